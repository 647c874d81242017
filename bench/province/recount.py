"""A second count of all figures, from `bench.province.history`, compared with what the register says of itself."""

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from bench.province.history import ZONE, Days, Histories, Spell
from bench.province.world import FIRST, LAST
from domain.figures import Counts, Figures, Times
from domain.periods import Cut, PeriodKind
from domain.rulesets import Ruleset
from domain.wall import Tally
from storage import figures
from storage.database import Database

_PASSED, _AGAIN = ("referred", "sent_to_desk", "inherited"), ("disputed", "split")
_VERDICTS = {
    "confirmed": "confirmed", "settled_partly": "partly", "closed_unconfirmed": "unconfirmed", "disputed": "disputed",
    "": "waiting",
}  # fmt: skip
#: The key of all agencies together.
_ALL = "province"
_BUSIEST = 12
_TALLIED = {"flow": ("flow",), "month": ("commune", "field")}
_ENDS = {"answered": "answered", "declined": "refused", "merged": "merged", "withdrawn": "withdrawn"}


@dataclass
class Compared:
    """How many figures were compared, and which differ."""

    figures: int = 0
    differences: list[str] = field(default_factory=list)
    #: Tasks that were past their date as it stood at a period's end, but not by the date they have now.
    moved: int = 0

    def compare(self, what: str, register: object, events: object) -> None:
        """Compare two figures."""
        self.figures += 1
        if register != events:
            self.differences.append(f"{what}: register {register}, events {events}")


def periods(cut: Cut) -> Iterator[tuple[str, date, date]]:
    """Yield each month, quarter and year that reports are made of, and all three years: name, first day, day after."""
    for kind in (PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR):
        period = cut.period(kind, FIRST)
        while period.start < LAST:
            yield f"{kind} from {period.start:%d/%m/%Y}", period.start, period.end
            period = cut.period(kind, period.end)
    yield "three years", FIRST, LAST


def midnight(day: date) -> datetime:
    """Return when a day begins in Viet Nam."""
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


async def recount(
    database: Database, rules: Ruleset, told: Callable[[str], None] = print
) -> tuple[Compared, Histories]:
    """Count everything twice. Returns what came of it and what was counted from."""
    found = Compared()
    histories = await read(database, rules)
    told(f"{len(histories.cases)} cases, {len(histories.spells)} lead tasks")
    second = Recount(histories)
    for name, first, last in periods(rules.reporting.cut):
        start, end = midnight(first), midnight(last)
        async with database.read() as transaction:
            rows = await figures.movements(transaction, start, end)
            opening = await figures.standing(transaction, start)
            closing = await figures.standing(transaction, end)
            took, waited = await figures.took(transaction, start, end)
        counts = Counts(rows)
        register: dict[str, Figures] = counts.agencies(opening, closing, took)
        register[_ALL] = counts.whole(opening, closing, waited)
        events = second.count(start, end)
        for of in sorted(register.keys() | events.keys()):
            one, other = register.get(of, Figures()), events.get(of, Figures())
            for figure in fields(Figures):
                found.compare(f"{name}, {of}, {figure.name}", getattr(one, figure.name), getattr(other, figure.name))
            found.compare(f"{name}, {of}, balance", one.opening + one.received - one.ended, other.open)
        if name.startswith(PeriodKind.QUARTER):
            await _opened(database, start, end, events, found)
        found.moved += second.moved(end)
        told(f"{name}: {register[_ALL].received} received; {len(found.differences)} differences so far")
    await _tallies(database, rules, second, found)
    return found, histories


async def _opened(
    database: Database, start: datetime, end: datetime, events: dict[str, Figures], found: Compared
) -> None:
    """Compare what the leads of the busiest agencies find behind each of their figures."""
    busiest = sorted(events.keys() - {_ALL}, key=lambda of: (-events[of].received, of))[:_BUSIEST]
    async with database.read() as transaction:
        for of in busiest:
            for figure in figures.OPENED:
                _, total = await figures.behind(transaction, of, figure, start, end, limit=1, offset=0)
                mine = events[of]
                known = mine.answered - mine.on_time if figure == "late" else getattr(mine, figure)
                found.compare(f"behind {figure} of {of} from {start:%d/%m/%Y}", total, known)


async def _tallies(database: Database, rules: Ruleset, second: "Recount", found: Compared) -> None:
    """Compare what was tallied for the coordinating office: by stretch, and by month, commune and field."""
    async with database.read() as transaction:
        kept = await figures.all_tallies(transaction)
    for kind, starts in kept.get("closed", {}).items():
        borders = rules.reporting.cut.borders(min(starts), max(starts) + timedelta(days=40), weeks=kind == "flow")
        after = dict(pairwise(borders))
        for first in sorted(starts):
            start, end = midnight(first), midnight(after[first])
            counted = second.flows(start, end) if kind == "flow" else second.filed(start, end, set(rules.fields))
            for of in counted.keys() | {of for of in kept if of in _TALLIED[kind]}:
                rows = {key: by_day[first] for key, by_day in kept.get(of, {}).items() if first in by_day}
                mine = counted.get(of, {})
                for key in rows.keys() | mine.keys():
                    tally = rows.get(key, Tally(0, 0))
                    was = (tally.cases, tally.people)
                    found.compare(f"tally {of} {key!r} from {first}", was, mine.get(key, (0, 0)))


async def read(database: Database, rules: Ruleset) -> Histories:
    """Read all histories of a register."""
    histories = Histories(Days(rules.calendar.off, rules.calendar.work), rules.desk)
    async with database.read() as transaction:
        await histories.read(transaction)
    return histories


class Recount:
    """Counts spells."""

    def __init__(self, histories: Histories) -> None:
        self._cases = histories.cases
        self._spells = sorted(histories.spells, key=lambda spell: spell.opened)
        self._opened = [spell.opened for spell in self._spells]
        self._gone = sorted((one for one in self._spells if one.ended), key=lambda one: one.ended or one.opened)
        self._ended = [one.ended for one in self._gone if one.ended]

    def _received(self, start: datetime, end: datetime) -> list[Spell]:
        return self._spells[bisect_left(self._opened, start) : bisect_left(self._opened, end)]

    def _open(self, at: datetime) -> list[Spell]:
        begun = self._spells[: bisect_left(self._opened, at)]
        return [spell for spell in begun if spell.ended is None or spell.ended >= at]

    def count(self, start: datetime, end: datetime) -> dict[str, Figures]:
        """Return the figures of each agency and of the province."""
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        accepting: dict[str, list[timedelta]] = defaultdict(list)
        answering: dict[str, list[timedelta]] = defaultdict(list)
        self._came(counts, accepting, start, end)
        for spell in self._gone[bisect_left(self._ended, start) : bisect_left(self._ended, end)]:
            if spell.ended_by in _PASSED:
                counts[spell.agency]["passed_on"] += 1
                continue
            _both(counts, spell, _ENDS[spell.ended_by])
            if spell.ended_by == "answered" and spell.ended:
                self._answered(counts, spell, spell.ended)
                answering[spell.agency].append(spell.ended - spell.opened)
                answering[_ALL].append(spell.ended - spell.since)
        return {
            of: Figures(accepting=_times(accepting[of]), answering=_times(answering[of]), **counts[of]) for of in counts
        }

    def _came(
        self, counts: dict[str, Counter[str]], accepting: dict[str, list[timedelta]], start: datetime, end: datetime
    ) -> None:
        for spell in self._open(start):
            _both(counts, spell, "opening")
        for spell in self._open(end):
            if spell.due < end:
                _both(counts, spell, "overdue")
        for spell in self._received(start, end):
            passed, again = spell.by in _PASSED, spell.by in _AGAIN
            counts[spell.agency]["passed_in" if passed else "again" if again else "filed"] += 1
            if not passed:
                counts[_ALL]["again" if again else "filed"] += 1
            if spell.accepted:
                for of in (spell.agency, _ALL):
                    accepting[of].append(spell.accepted - spell.opened)

    def _answered(self, counts: dict[str, Counter[str]], spell: Spell, at: datetime) -> None:
        _both(counts, spell, _VERDICTS[spell.verdict])
        rating = self._cases[spell.case].rating
        told = {
            "on_time": at <= spell.due,
            "on_time_promised": at <= spell.promised,
            "extended": spell.due > spell.promised,
            "rated": spell.last and rating is not None,
            "rated_good": spell.last and rating == 3,  # noqa: PLR2004 - the best mark
        }
        for figure, so in told.items():
            if so:
                _both(counts, spell, figure)

    def moved(self, end: datetime) -> int:
        """Count what was past its date at a moment by the date of that moment, and is not by the one it has now."""
        return sum(_date_at(spell, end) < end <= spell.due for spell in self._open(end))

    def flows(self, start: datetime, end: datetime) -> dict[str, dict[str, tuple[int, int]]]:
        """Return what came and went in the province: cases and people."""
        spells: dict[str, list[Spell]] = defaultdict(list)
        for spell in self._received(start, end):
            if spell.by not in _PASSED:
                spells["again" if spell.by in _AGAIN else "filed"].append(spell)
        for spell in self._gone[bisect_left(self._ended, start) : bisect_left(self._ended, end)]:
            if spell.ended_by not in _PASSED:
                spells["left"].append(spell)
        return {"flow": {name: self._people(theirs) for name, theirs in spells.items()}}

    def filed(self, start: datetime, end: datetime, known: set[str]) -> dict[str, dict[str, tuple[int, int]]]:
        """Return what was filed by commune and by field: cases and people; "" where there is none."""
        places: dict[str, list[Spell]] = defaultdict(list)
        of_fields: dict[str, list[Spell]] = defaultdict(list)
        for spell in self._received(start, end):
            if spell.by == "filed":
                case = self._cases[spell.case]
                about = (case.topic or "").partition(".")[0]
                places[case.commune or ""].append(spell)
                of_fields[about if about in known else ""].append(spell)
        return {
            "commune": {key: self._people(theirs) for key, theirs in places.items()},
            "field": {key: self._people(theirs) for key, theirs in of_fields.items()},
        }

    def _people(self, spells: list[Spell]) -> tuple[int, int]:
        people = {self._cases[spell.case].person for spell in spells} - {None}
        return len(spells), len(people)


def _both(counts: dict[str, Counter[str]], spell: Spell, figure: str) -> None:
    counts[spell.agency][figure] += 1
    counts[_ALL][figure] += 1


def _date_at(spell: Spell, at: datetime) -> datetime:
    return [due for since, due in spell.dates if since < at][-1]


def _times(durations: Iterable[timedelta]) -> Times:
    ordered = sorted(durations)
    if not ordered:
        return Times(0, None, None)
    middle, slow = (ordered[math.ceil(share * len(ordered)) - 1] for share in (0.5, 0.9))
    return Times(len(ordered), middle, slow)
