"""The province's own directory: which rules are in force with it, what an import changes, who is to be invited."""

import asyncio
import contextlib
import csv
import io
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from bot.deployment import rules_of
from bot.settings import Settings
from domain.directory import EMPTY, HEAD, Directory, DirectoryError, apply, compare, in_force
from domain.directory_files import parse, to_csv, to_toml
from domain.rulesets import Ruleset
from storage import directory, officers
from storage.database import Database, Transaction

TOML = "directory.toml"
#: What the text in the database is called in messages.
_STORED = "the directory in the database"
#: The register keeps so much of a name.
_KEPT_NAME = 80


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """Open the database alone, migrated: a command on the directory needs no web server and no reader."""
    database = Database(settings.database_url)
    try:
        await database.migrate()
        yield database
    finally:
        await database.close()


async def rules_in_force(database: Database, province: str) -> Ruleset:
    """Return the rules of a province with its own directory laid over them; the database is migrated.

    Raises DirectoryError when the directory no longer fits rules that came with a new release.
    `storage.directory.version` tells cheaply when to ask again.
    """
    packaged = rules_of(province)
    async with database.read() as transaction:
        own = await _own(transaction, packaged)
    return apply(own, packaged)


class Renewal:
    """Called now and then, returns the rules anew once they are others: another directory, another year's holidays."""

    def __init__(self, database: Database, province: str) -> None:
        self._database, self._province = database, province
        self._known: tuple[int, int] | None = None

    async def __call__(self) -> Ruleset | None:
        """Return the rules in force, None when they are those that were returned last."""
        async with self._database.read() as transaction:
            latest = (await directory.version(transaction), datetime.now(UTC).year)
        if latest == self._known:
            return None
        rules = await rules_in_force(self._database, self._province)
        self._known = latest
        return rules


def rules_here(settings: Settings) -> Ruleset:
    """Return the rules in force, for a command; the packaged ones where there is no database: looking makes none."""
    scheme, _, path = settings.database_url.partition(":///")
    if scheme.startswith("sqlite") and not Path(path).exists():
        return rules_of(settings.province)

    async def work() -> Ruleset:
        async with opened(settings) as database:
            return await rules_in_force(database, settings.province)

    return asyncio.run(work())


async def export(database: Database, province: str, *, as_csv: bool = False, own: bool = False) -> dict[str, str]:
    """Return all rows in force, as files by name: one TOML, or CSV files.

    ``own`` is the TOML of what was imported alone, whether it still fits the rules or not.
    """
    packaged = rules_of(province)
    async with database.read() as transaction:
        if own:
            stored = await directory.load(transaction)
            return {TOML: stored.text if stored else ""}
        rows = in_force(await _own(transaction, packaged), packaged)
    return to_csv(rows) if as_csv else {TOML: to_toml(rows)}


async def _own(transaction: Transaction, packaged: Ruleset) -> Directory:
    """Return the rows of the province's own directory, none before the first import."""
    stored = await directory.load(transaction)
    return parse({_STORED: stored.text.encode()}, packaged) if stored else EMPTY


def check(files: Mapping[str, bytes], province: str) -> str:
    """Read files against the packaged rules alone. Returns what they hold; raises DirectoryError."""
    packaged = rules_of(province)
    own = parse(files, packaged)
    apply(own, packaged)
    held = ", ".join(f"{len(rows)} {kind}" for kind, rows in own.kinds())
    return f"no contradiction; other than what comes with the program: {held}"


async def bring_in(
    database: Database, province: str, files: Mapping[str, bytes], *, store: bool, by: str, now: datetime
) -> list[str]:
    """Say what an import of files would change, and store it if wanted. Raises DirectoryError; then nothing changes."""
    packaged = rules_of(province)
    async with database.begin() if store else database.read() as transaction:
        version = await directory.version(transaction)
        lines: list[str] = []
        try:
            before = await _own(transaction, packaged)
            old = apply(before, packaged)
        except DirectoryError as error:  # a new release dropped what it names; these files are to mend that
            before, old = EMPTY, packaged
            lines = [*error.faults, "! so all of it goes; what is to stay must be in these files"]
        after = parse(files, packaged, before)
        new = apply(after, packaged)
        lines += compare(in_force(before, packaged), in_force(after, packaged))
        dissolved = [one for one, heir in new.heirs.items() if old.heirs.get(one) != heir]
        waiting = await directory.open_cases(transaction, dissolved)
        lines += [
            f"! {waiting.get(one, 0)} open cases of {one} go to {new.heirs[one]} ({new.agencies[one].name})"
            for one in dissolved
        ]
        if not lines:
            return ["nothing changes"]
        if store and not await directory.store(transaction, to_toml(after), after=version, by=by, now=now):
            raise DirectoryError("somebody else imported another directory just now: run the import again")
    end = f"stored as version {version + 1}" if store else "nothing is stored yet: the same with --apply stores it"
    return [*lines, end]


async def invite_all(database: Database, province: str, new_code: Callable[[], str], now: datetime) -> str:
    """Make a code for everybody of the directory who has no seat yet. Returns them as CSV, codes in the clear."""
    packaged = rules_of(province)
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(("agency", "agency_name", "name", "role", "code", "valid_until"))
    async with database.begin() as transaction:
        own = await _own(transaction, packaged)
        rules = apply(own, packaged)
        seated = await directory.seated(transaction)
        until = (now + officers.VALID).astimezone(rules.calendar.zone)
        for row in own.officers:
            if (row.agency, row.name[:_KEPT_NAME]) in seated:
                continue
            code = new_code()
            await officers.invite(transaction, code, row.agency, now, role=row.role, name=row.name)
            home = rules.communes[row.agency].full_name if row.role == HEAD else rules.agencies[row.agency].name
            writer.writerow((row.agency, home, row.name, row.role, code, f"{until:%d/%m/%Y %H:%M}"))
    return out.getvalue()
