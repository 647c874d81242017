"""What a quarter's report costs, beside 10,000 and beside 1,000,000 cases: one province, the same three years.

The small register is a simulated province (bench/province); the large one holds each of its cases a hundred times, with
people, tasks and histories of their own, so that the quarter has a hundred times as much to count as well.
``python -m bench.reports --write`` keeps the table in docs/benchmarks.md.
"""

import argparse
import asyncio
import logging
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import structlog
from sqlalchemy import delete, func, select

from bench.growth import databases, multiply
from bench.province.build import build, rules_at_end
from bench.province.coordination import Coordination
from bench.province.quick import copying
from bench.province.world import rules_of_years
from documents import rendering
from domain.drafts import Layout
from domain.periods import Period, PeriodKind
from domain.rulesets import Ruleset
from handlers import tallying, ticks
from handlers.coordination.drafting import draft
from handlers.coordination.material import gather
from handlers.texts import Texts
from storage.database import Database
from storage.figures import tallies
from storage.tables import cases

#: When the reports are asked for, and a day of the quarter they are about.
NOW, WITHIN = datetime(2026, 10, 1, 1, 0, tzinfo=UTC), date(2026, 8, 1)
_SEED, _TIMES = 7, 3


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of one report, the best of a few."""

    what: str
    stored: int
    #: Tasks that began or ended in the quarter.
    counted: int
    gathered: float
    written: float
    rendered: float
    #: Of all of it what this process was at work, whatever else the machine did; the database's share is not in it.
    worked: float

    @property
    def whole(self) -> float:
        """All of it."""
        return self.gathered + self.written + self.rendered


async def report(database: Database, rules: Ruleset, period: Period, layout: Layout, agency: str | None) -> Cost:
    """Make a report as `handlers.reporting` does: count, write, render both files."""
    texts = Texts(rules)
    best: Cost | None = None
    for _ in range(_TIMES):
        begun, idle = time.perf_counter(), time.process_time()
        async with database.read() as transaction:
            material = await gather(transaction, rules, period, agency, NOW)
        gathered = time.perf_counter()
        written = draft(material, texts, layout)
        drafted = time.perf_counter()
        rendering.docx(written, "bench")
        rendering.xlsx(written, "bench")
        ended, worked = time.perf_counter(), time.process_time() - idle
        async with database.read() as transaction:
            stored = (await transaction.execute(select(func.count()).select_from(cases))).scalar_one()
        counted = material.this.figures.received
        what = f"{agency or 'province'}, {layout} layout"
        cost = Cost(what, stored, counted, gathered - begun, drafted - gathered, ended - drafted, worked)
        best = min(best or cost, cost, key=lambda one: one.whole)
    assert best
    return best


async def measure(url: str, small: int, times: int, told: Callable[[str], None]) -> list[Cost]:
    """Make the reports beside so many cases, and beside as many times more."""
    rules = rules_at_end(rules_of_years())
    period = rules.reporting.cut.period(PeriodKind.QUARTER, WITHIN)
    database = Database(url)
    await database.migrate()
    with copying():
        await build(database, small, _SEED, told)
    await Coordination(database, rules, _SEED).keep()
    found = []
    for more in (1, times):
        if more > 1:
            begun = time.perf_counter()
            async with database.read() as transaction:
                ids = list((await transaction.execute(select(cases.c.id).where(cases.c.reason != "matter"))).scalars())
            await multiply(database, ids, more)
            told(f"{time.perf_counter() - begun:.0f} s to copy every case {more} times")
            async with database.begin() as transaction:
                await transaction.execute(delete(tallies))
            begun = time.perf_counter()
            stretches = await ticks.run(database, rules, tallying.tally, NOW)
            told(f"{time.perf_counter() - begun:.0f} s to tally {stretches} stretches of time")
        for layout, agency in ((Layout.PARTY, None), (Layout.STATE, None), (Layout.STATE, "VPUB")):
            found.append(await report(database, rules, period, layout, agency))
            told(table(found[-1:]).splitlines()[-1])
    await database.close()
    return found


def table(costs: list[Cost]) -> str:
    """Return the figures as Markdown."""
    lines = ["| a quarter's report | stored | received in it | gathered | written | rendered | seconds | | at work |"]
    lines.append("|---|---|---|---|---|---|---|---|---|")
    first: dict[str, float] = {}
    for one in costs:
        ratio = one.whole / first.setdefault(one.what, one.whole)
        parts = " | ".join(f"{seconds:.2f}" for seconds in (one.gathered, one.written, one.rendered, one.whole))
        lines.append(f"| {one.what} | {one.stored:,} | {one.counted:,} | {parts} | {ratio:.1f}x | {one.worked:.2f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print; with --write also keep the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="cases of the small register")
    parser.add_argument("--times", type=int, default=100, help="how many times the large one has as many")
    parser.add_argument("--database", choices=("PostgreSQL", "SQLite"), default="PostgreSQL")
    parser.add_argument("--write", action="store_true", help="keep the table in docs/benchmarks.md")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory(prefix="hoiam-bench-") as folder, databases(Path(folder)) as kinds:
        costs = asyncio.run(measure(kinds[given.database](), given.cases, given.times, print))
    figures = table(costs)
    print(figures, flush=True)
    if given.write:
        from bench.__main__ import keep  # noqa: PLC0415 - it brings the reader with it

        keep("Reports", f"On {given.database}.\n\n{figures}")


if __name__ == "__main__":
    main()
