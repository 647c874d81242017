"""The command line: ``hoiam`` or ``python -m bot``."""

import asyncio
import json
import secrets
import sys
from collections.abc import Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from bot import deployment
from bot.programme_commands import programme
from bot.settings import Settings
from domain.errors import OperatorError
from domain.roles import Role
from domain.routing import INSPECTORATE
from domain.rulesets import Ruleset, provinces
from handlers.classifying import classify as classify_text
from nlp.corpus import CORPUS, Row, kept_apart, load_rows
from nlp.lint import Labelled, Taxonomy, read_file

# Commands import what they run with: reading a text is not to wait for databases and web servers (two seconds).

cli = typer.Typer(
    help="Hồi Âm: citizens write, the agency that answers for it is found, and an answer comes back.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
directory = typer.Typer(help="The province's own agencies, competences, officers and reception of citizens.")
cli.add_typer(directory, name="directory", no_args_is_help=True)
cli.add_typer(programme, name="programme", no_args_is_help=True)
_Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILES", help="One TOML, or CSV files of Excel; docs/directory.md.", exists=True, dir_okay=False
    ),
]
#: No 0/O, 1/I/L: codes are read out over the phone.
_CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_CODE_LENGTH = 10
#: Lines of a labelled file that cannot be used are named one by one up to here.
_BAD_LINES = 20


def _settings(**changes: Any) -> Settings:  # noqa: ANN401 - any setting
    return Settings(**changes)


def _say(line: str) -> None:
    typer.echo(f"· {line}", err=True)


def new_code() -> str:
    """Return an invitation code."""
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH))


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="Port of the web chat.")] = 8080,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew: forget the last demo.")] = False,
) -> None:
    """Run everything on SQLite with sample cases and the web chat: no token, no network."""
    from bot import serving  # noqa: PLC0415

    _run(serving.demo(port, fresh=fresh))


@cli.command()
def serve() -> None:
    """Run the bot: web chat, Telegram, workers and ticks. Migrates the database first."""
    from bot import serving  # noqa: PLC0415

    _run(serving.serve(_settings(), pretty=sys.stderr.isatty()))


@cli.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from bot import serving  # noqa: PLC0415

    async def work() -> None:
        async with serving.opened(_settings()) as database:
            await database.migrate()
        _say("the database is up to date")

    _run(work())


@cli.command()
def train(
    force: Annotated[bool, typer.Option("--force", help="Take the new model even where it reads worse.")] = False,
) -> None:
    """Teach the reader from nlp/corpus and what officers corrected; the new model is taken if it reads better."""
    from bot import training  # noqa: PLC0415

    training.train(_settings(), typer.echo, _say, force=force)


@cli.command()
def teach() -> None:
    """Teach the deep reader anew, nlp/deep.onnx: an hour on two cores. `make reader` installs what that needs."""
    try:
        from nlp.teach import teach as make  # noqa: PLC0415 - PyTorch is there only where one teaches
    except ModuleNotFoundError as error:
        raise deployment.SettingError(f"{error.name} is not installed: teach by `make reader`") from error
    make(deployment.topic_names(deployment.rules_of(_settings().province)), _say)


@cli.command()
def evaluate(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Labelled messages, one JSON object a line; without it, what the corpus keeps apart.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    json_path: Annotated[
        Path | None,
        typer.Option(
            "--json", metavar="PATH", help="Also write all figures as JSON to this file; - prints nothing else."
        ),
    ] = None,
) -> None:
    """Measure the reader on labelled messages: a table of figures beside their targets, and what it confuses.

    Without a file it is measured on the part of its own corpus that it has not learned from: other writers' messages.
    """
    from bot import training  # noqa: PLC0415
    from nlp import evaluate as measure  # noqa: PLC0415

    settings = _settings()
    rules = deployment.rules_of(settings.province)
    leads = {slug: topic.lead for slug, topic in rules.topics.items()}
    names = deployment.topic_names(rules)
    to_file = json_path if str(json_path) != "-" else None
    if to_file:
        to_file.parent.mkdir(parents=True, exist_ok=True)
    rows: Sequence[Row] = _labelled(file, names) if file else kept_apart(CORPUS)
    reader = deployment.reader_of(settings, rules, _say, explain=False)
    figures = measure.evaluate(reader, rows, leads, training.acting(rules), _say)
    as_json = json.dumps(figures, ensure_ascii=False, indent=2)
    if to_file:
        to_file.write_text(as_json + "\n", encoding="utf-8")
    typer.echo(as_json if json_path and not to_file else measure.as_text(figures))


def _labelled(file: Path, names: Mapping[str, str]) -> list[Labelled]:
    """Read what can be measured of a file, and name the lines that cannot."""
    rows, bad = read_file(file, Taxonomy(names))
    for finding in bad[:_BAD_LINES]:
        _say(f"{finding.where}: {finding.says}")
    if len(bad) > _BAD_LINES:
        _say(f"and {len(bad) - _BAD_LINES} more lines of {file.name} that cannot be used")
    if not rows:
        typer.echo(f'hoiam: {file} holds no message to measure: write {{"text": "…", "topic": "…"}} a line', err=True)
        raise typer.Exit(2)
    learned = {row["text"] for row in load_rows(CORPUS.glob("*.jsonl"))}
    if known := sum(row["text"] in learned for row in rows):
        _say(
            f"{known:,} of the {len(rows):,} messages are in nlp/corpus: if the reader learned them, figures flatter it"
        )
    return rows


@cli.command()
def classify() -> None:
    """Read texts, one a line from standard input; print what each means, one JSON a line."""
    settings = _settings()
    rules = deployment.rules_of(settings.province)
    reader = deployment.reader_of(settings, rules, _say)
    for line in sys.stdin.buffer:
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        typer.echo(json.dumps(classify_text(text, reader.read([text])[0], rules), ensure_ascii=False))


@cli.command()
def invite(
    agency: Annotated[
        str,
        typer.Argument(help="Agency id, such as KT-05953 or SXD; `hoiam agencies`. Of a head: commune code."),
    ],
    role: Annotated[
        Role,
        typer.Option(help="lead: approves, gets the digest; inspector: restricted cases; head: a village's."),
    ] = Role.OFFICER,
    name: Annotated[str, typer.Option(help="Who it is for; colleagues see it.")] = "",
) -> None:
    """Print a one-time code that gives a chat a seat at an agency, or makes it a village head's."""
    from bot import directory as own  # noqa: PLC0415
    from bot import serving  # noqa: PLC0415
    from storage import officers  # noqa: PLC0415

    settings = _settings()
    rules = own.rules_here(settings)
    known = rules.communes if role is Role.HEAD else rules.agencies
    if agency.upper() not in known:
        raise deployment.SettingError(
            f"there is no commune {agency}; its code ends its agencies' ids, `hoiam agencies` lists them"
            if role is Role.HEAD
            else f"there is no agency {agency}; `hoiam agencies` lists their ids"
        )
    of, shown = _invited(agency.upper(), role, rules)

    async def work() -> None:
        code = new_code()
        async with serving.opened(settings) as database:
            await database.migrate()
            async with database.begin() as transaction:
                await officers.invite(transaction, code, of, datetime.now(UTC), role=role, name=name)
        typer.echo(f"{shown}: /canbo {code}   (good once, for {officers.VALID.days} days)")

    _run(work())


def _invited(of: str, role: Role, rules: Ruleset) -> tuple[str, str]:
    """Return for whom a code is: the id that is kept, and the name that is shown."""
    if role is Role.HEAD:
        return of, f"village head, {rules.communes[of].full_name}"
    agency = rules.agencies[of]
    role = Role.INSPECTOR if agency.body == INSPECTORATE else role
    return agency.id, agency.name if role is Role.OFFICER else f"{agency.name} ({role})"


@cli.command()
def agencies(
    words: Annotated[list[str] | None, typer.Argument(help="Show only those whose name has it.")] = None,
) -> None:
    """List the agencies of the province with their ids."""
    from bot import directory as own  # noqa: PLC0415

    wanted = " ".join(words or []).lower()
    rules = own.rules_here(_settings())
    for agency in {agency.id: agency for agency in rules.agencies.values()}.values():
        if wanted in agency.name.lower():
            typer.echo(f"{agency.id:14} {agency.name}")


@directory.command("check")
def check_directory(files: _Files) -> None:
    """Say whether the files can be read and fit the rules, without a database."""
    from bot import directory as own  # noqa: PLC0415

    typer.echo(own.check(_contents(files), _settings().province))


@directory.command("import")
def import_directory(
    files: _Files,
    store: Annotated[bool, typer.Option("--apply", help="Store it; without this, only say what would change.")] = False,
    by: Annotated[str, typer.Option(help="Who applies it, kept with the directory.", envvar="USER")] = "-",
) -> None:
    """Say what the files change in the directory in force, and what becomes of open cases; --apply stores it."""
    from bot import directory as own  # noqa: PLC0415

    settings, contents = _settings(), _contents(files)

    async def work() -> None:
        async with own.opened(settings) as database:
            now = datetime.now(UTC)
            for line in await own.bring_in(database, settings.province, contents, store=store, by=by[:64], now=now):
                typer.echo(line)

    _run(work())


@directory.command("export")
def export_directory(
    folder: Annotated[
        Path | None,
        typer.Option(
            "--csv", metavar="FOLDER", help="Write CSV files for Excel into this folder instead.", file_okay=False
        ),
    ] = None,
    stored: Annotated[
        bool, typer.Option("--own", help="Only what was imported, without what comes with the program.")
    ] = False,
) -> None:
    """Print the directory in force as TOML; importing it changes nothing."""
    from bot import directory as own  # noqa: PLC0415

    settings = _settings()

    async def work() -> dict[str, str]:
        async with own.opened(settings) as database:
            return await own.export(database, settings.province, as_csv=folder is not None, own=stored)

    files = asyncio.run(work())
    if folder is None or stored:
        typer.echo(files[own.TOML], nl=False)
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        # With the mark by which Excel knows UTF-8.
        (folder / name).write_text(text, encoding="utf-8-sig", newline="")


@directory.command("invite")
def invite_directory() -> None:
    """Print one code for each officer of the directory who has no seat yet, as CSV."""
    from bot import directory as own  # noqa: PLC0415

    settings = _settings()

    async def work() -> None:
        async with own.opened(settings) as database:
            typer.echo(await own.invite_all(database, settings.province, new_code, datetime.now(UTC)), nl=False)

    _run(work())


def _contents(files: Sequence[Path]) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in files}


@cli.command("check-rules")
def check_rules() -> None:
    """Read all rule files, say what contradicts itself, and list the rows nobody has confirmed yet."""
    for province in provinces():
        rules = deployment.rules_of(province)
        unsure = {agency.id: agency for agency in rules.agencies.values() if agency.verify}
        typer.echo(f"{province}: {len(rules.communes)} communes, {len(rules.topics)} topics, no contradiction")
        for agency in unsure.values():
            typer.echo(f"  to confirm: {agency.id:14} {agency.name}")


@cli.command()
def tick(
    at: Annotated[datetime | None, typer.Option(help="Pretend it is this moment (UTC): to try things out.")] = None,
) -> None:
    """Run all scheduled work that is due, once, and send what waits (for cron, or to try things out)."""
    from bot import assembly  # noqa: PLC0415
    from handlers import ticks  # noqa: PLC0415

    settings = _settings()
    now = at.replace(tzinfo=UTC) if at else datetime.now(UTC)

    async def work() -> None:
        async with assembly.assemble(settings, _say) as app:
            for name, rows in (await ticks.tick(app.database, app.rules, now)).items():
                typer.echo(f"{name}: {rows}")
            sent = 0
            while count := await app.workers.sender.send(now):
                sent += count
            typer.echo(f"sent: {sent}")

    _run(work())


@cli.command("doctor")
def check(
    retry: Annotated[bool, typer.Option("--retry", help="Try the messages that were set aside once more.")] = False,
    delete_webhook: Annotated[
        bool, typer.Option("--delete-webhook", help="Have Telegram stop delivering, so that polling works.")
    ] = False,
) -> None:
    """Look whether everything is in order, and say what to do where it is not; then the exit code is 1."""
    from bot import doctor  # noqa: PLC0415

    well = asyncio.run(doctor.examine(_settings(), typer.echo, retry=retry, delete_webhook=delete_webhook))
    if not well:
        raise typer.Exit(1)


def _run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def main() -> None:
    """Run the command line; failures an operator can mend are one line, not a stack trace."""
    try:
        cli()
    except OperatorError as error:
        typer.echo(f"hoiam: {error}", err=True)
        sys.exit(2)
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            typer.echo(f"hoiam: HOIAM_{name} is not right: {problem['msg']}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
