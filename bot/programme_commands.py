"""``hoiam programme``: check, import, export."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.settings import Settings

# Each imports what it runs with, as in ``bot.__main__``.

programme = typer.Typer(help="Coordination programmes: what bodies signed to do together, and what was done.")
_Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILES", help="TOML; docs/programmes.md, examples/programme.", exists=True, dir_okay=False),
]


@programme.command()
def check(files: _Files) -> None:
    """Say whether the files can be read and fit the rules, without a database."""
    from bot import programmes  # noqa: PLC0415

    typer.echo(programmes.check(_contents(files), Settings().province, datetime.now(UTC)))


@programme.command("import")
def bring_in(
    files: _Files,
    store: Annotated[bool, typer.Option("--apply", help="Store it; without this, only say what would change.")] = False,
) -> None:
    """Say what the files add to the programmes in the database; --apply stores it. Twice changes nothing."""
    from bot import directory, programmes  # noqa: PLC0415

    settings, contents = Settings(), _contents(files)

    async def work() -> None:
        async with directory.opened(settings) as database:
            now = datetime.now(UTC)
            for line in await programmes.bring_in(database, settings.province, contents, store=store, now=now):
                typer.echo(line)

    asyncio.run(work())


@programme.command()
def export() -> None:
    """Print all programmes with what was signed and done as TOML; importing it changes nothing."""
    from bot import directory, programmes  # noqa: PLC0415

    async def work() -> None:
        async with directory.opened(Settings()) as database:
            typer.echo(await programmes.export(database), nl=False)

    asyncio.run(work())


def _contents(files: list[Path]) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in files}
