"""Every report of the three years, and the review of a programme at their end, as files; how long it all took."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench.province.build import rules_at_end
from bench.province.world import FIRST, LAST, rules_of_years
from documents import rendering
from domain.drafts import Layout
from domain.periods import LENGTHS, Cut, Period, PeriodKind
from handlers.coordination.drafting import draft
from handlers.coordination.material import gather
from handlers.texts import Texts
from storage.database import Database

_NOW = datetime(2026, 10, 1, 1, 0, tzinfo=UTC)
#: Weeks are made for the coordinating office alone.
_LAYOUTS = {PeriodKind.WEEK: (Layout.PARTY,)}


def _periods(cut: Cut) -> Iterator[Period]:
    """Yield all periods that lie within the three years, and the years from first to last whole month."""
    for kind in (PeriodKind.WEEK, *LENGTHS):
        period = cut.period(kind, FIRST)
        while period.end <= LAST:
            if period.start >= FIRST:
                yield period
            period = cut.period(kind, period.end)
    months = cut.borders(FIRST, LAST, weeks=False)
    yield Period(months[1], months[-1], PeriodKind.INTERIM, 0, LAST.year)


async def make(database: Database, folder: Path, *, only: PeriodKind | None) -> None:
    """Make all reports into a folder, or those of one kind, and print how long each kind took."""
    rules = rules_at_end(rules_of_years())
    texts = Texts(rules)
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - nobody else waits for this process
    took: dict[PeriodKind, list[float]] = {}
    for period in _periods(rules.reporting.cut):
        if only and period.kind is not only:
            continue
        for layout in _LAYOUTS.get(period.kind, tuple(Layout)):
            begun = time.perf_counter()
            async with database.read() as transaction:
                material = await gather(transaction, rules, period, None, _NOW)
            written = draft(material, texts, layout)
            name = f"{period.kind}-{period.start}-{layout}"
            for file in (rendering.docx(written, name), rendering.xlsx(written, name)):
                (folder / file.name).write_bytes(file.content)
            took.setdefault(period.kind, []).append(time.perf_counter() - begun)
    for kind, seconds in took.items():
        print(f"{kind}: {len(seconds)} reports, {sum(seconds):.0f} s, slowest {max(seconds):.1f} s")
    print(f"all: {sum(map(len, took.values()))} reports, {sum(map(sum, took.values())):.0f} s")
