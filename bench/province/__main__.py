"""A province of three years: ``build`` a register of it, ``recount`` its figures from raw events (same ``--seed``).

``reports`` makes all its reports into a folder, or those of one kind (``--kind interim``).
``python -m bench.province build --database sqlite+aiosqlite:///province.db --concerns 150000 --seed 7``
"""

import argparse
import asyncio
import logging
import sys
import time
from pathlib import Path

import structlog

from bench.province.build import build, rules_at_end
from bench.province.coordination import Coordination
from bench.province.describe import describe, keep
from bench.province.quick import copying
from bench.province.recount import recount
from bench.province.reports import make
from bench.province.world import rules_of_years
from domain.periods import PeriodKind
from storage.database import Database

#: Differences that are printed.
_SHOWN = 30


async def _build(given: argparse.Namespace) -> None:
    database = Database(given.database)
    await database.migrate()
    try:
        with copying():
            await build(database, given.concerns, given.seed)
        await Coordination(database, rules_at_end(rules_of_years()), given.seed).keep()
    finally:
        await database.close()


async def _recount(given: argparse.Namespace) -> int:
    database, rules = Database(given.database), rules_at_end(rules_of_years())
    begun = time.perf_counter()
    try:
        found, histories = await recount(database, rules)
    finally:
        await database.close()
    print("\n".join(found.differences[:_SHOWN]))
    print(f"{found.figures:,} figures, {len(found.differences)} differences; {time.perf_counter() - begun:.0f} s")
    print(f"past their date at a period's end by the date of then, but not by today's: {found.moved}")
    tables = describe(histories, rules_of_years(), given.seed, found)
    print(tables)
    if given.write:
        keep(tables)
    return 1 if found.differences or not histories.cases else 0


async def _reports(given: argparse.Namespace) -> None:
    database = Database(given.database)
    try:
        await make(database, given.to, only=given.kind)
    finally:
        await database.close()


def main() -> None:
    """Do what is asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("build", "recount", "reports"))
    parser.add_argument("--database", required=True, help="address of an empty database")
    parser.add_argument("--concerns", type=int, default=150_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--write", action="store_true", help="keep what is recounted in docs/province.md")
    parser.add_argument("--to", type=Path, default=Path("reports"), help="folder for the reports")
    parser.add_argument("--kind", type=PeriodKind, help="only reports of this kind")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    if given.what == "build":
        asyncio.run(_build(given))
    elif given.what == "reports":
        asyncio.run(_reports(given))
    else:
        sys.exit(asyncio.run(_recount(given)))


if __name__ == "__main__":
    main()
