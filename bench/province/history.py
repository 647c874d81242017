"""What each agency had to answer, and until when, read from the raw rows of ``events`` alone.

Nothing of ours decides with it: dates are counted anew, by a calendar of its own, from the figures of ``clocks.toml``.
Where a case was erased, its notes are empty; the new date of an extension is then looked up in ``tasks``.
"""

import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from storage.database import Transaction

ZONE = timezone(timedelta(hours=7))
_CLOCKS = tomllib.loads((Path(__file__).parents[2] / "domain" / "rules" / "clocks.toml").read_text(encoding="utf-8"))
_NOTHING = timedelta()
_OPENS = {"filed", "referred", "sent_to_desk", "disputed", "split", "inherited"}
_PASSES = {"referred", "sent_to_desk", "inherited"}
_ENDS = {"answered", "declined", "merged", "withdrawn"}
_AFTER_QUESTION = {"citizen_replied", "question_lapsed", "answer_proposed", "answered", "referred", "sent_to_desk"}
#: Deeds of whoever has the case: they tell who got it where the note is gone.
_OWNERS = {"accepted", "handoff_lapsed", "referred", "sent_to_desk", "withdrawn", "merged", "declined", "inherited"}


class Days:
    """Working days and hours, counted out one by one."""

    def __init__(self, off: Collection[date], work: Collection[date]) -> None:
        days = (date(2023, 1, 1) + timedelta(days=n) for n in range(365 * 5))
        self._days = [day for day in days if day in work or (day.weekday() < 5 and day not in off)]  # noqa: PLR2004
        self._hours = [tuple(map(_clock, stretch)) for stretch in _CLOCKS["hours"]]
        self.length = sum((closes - opens for opens, closes in self._hours), _NOTHING)

    def after_days(self, moment: datetime, days: int) -> datetime:
        """Return the close of the working day so many working days later."""
        day = self._days[bisect_right(self._days, moment.astimezone(ZONE).date()) + days - 1]
        return _midnight(day) + self._hours[-1][1]

    def after_hours(self, moment: datetime, hours: float) -> datetime:
        """Return the moment so many working hours later."""
        left = timedelta(hours=hours)
        for n in range(bisect_left(self._days, moment.astimezone(ZONE).date()), len(self._days)):
            for opens, closes in self._hours:
                begins = max(moment, _midnight(self._days[n]) + opens)
                worked = _midnight(self._days[n]) + closes - begins
                if worked > _NOTHING:
                    if left <= worked:
                        return begins + left
                    left -= worked
        raise ValueError(moment)

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time between two moments."""
        first, last = (bisect_left(self._days, moment.astimezone(ZONE).date()) for moment in (start, end))
        return sum(
            (
                max(min(end, _midnight(day) + closes) - max(start, _midnight(day) + opens), _NOTHING)
                for day in self._days[first : last + 1]
                for opens, closes in self._hours
            ),
            _NOTHING,
        )


def _clock(told: str) -> timedelta:
    hours, minutes = told.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


@dataclass(slots=True)
class Spell:
    """A time in which a case was one agency's to answer."""

    case: int
    agency: str
    opened: datetime
    by: str
    #: From where the citizen waits.
    since: datetime
    #: 1, 2, … among the tasks of its case.
    n: int
    due: datetime
    promised: datetime
    accepted: datetime | None = None
    ended: datetime | None = None
    ended_by: str = ""
    verdict: str = ""
    #: The case's last answer.
    last: bool = False
    #: Dates as they stood, from when on.
    dates: list[tuple[datetime, datetime]] = field(default_factory=list)


@dataclass(slots=True)
class Row:
    """What a case is, apart from its history."""

    number: str
    tier: str
    topic: str | None
    commune: str | None
    counted: bool
    rating: int | None
    person: int | None


@dataclass(frozen=True, slots=True)
class Event:
    """A row of a history."""

    case: int
    kind: str
    at: datetime
    actor: str
    agency: str
    note: str
    clock: str


@dataclass(slots=True)
class _Course:
    """A case on its way through its history."""

    of: int
    tier: str
    due: datetime
    promised: datetime
    pause: timedelta = _NOTHING
    asked: datetime | None = None
    tasks: int = 0
    spells: list[Spell] = field(default_factory=list)


class Histories:
    """All histories of a register, read into spells."""

    def __init__(self, days: Days, desk: str) -> None:
        self._days, self._desk = days, desk
        self.cases: dict[int, Row] = {}
        self.spells: list[Spell] = []
        #: Dates of tasks whose extension lost its words.
        self._kept: dict[tuple[int, int], tuple[datetime, datetime]] = {}
        #: How withdrawn cases stood, for who goes on in their place.
        self._left: dict[str, _Course] = {}

    async def read(self, transaction: Transaction) -> None:
        """Read everything."""
        for id_, *rest in await rows(transaction, _CASES):
            number, tier, topic, commune, restricted, reason, rating, person = rest
            counted = not restricted and reason != "matter"
            self.cases[id_] = Row(number, tier, topic, commune, counted, rating, person)
        for case, n, due, promised in await rows(transaction, _WORDLESS):
            self._kept[case, n] = moment(due), moment(promised)
        waiting: list[list[Event]] = []
        found = await rows(
            transaction, "SELECT case_id, kind, at, actor, agency, note, clock FROM events ORDER BY case_id, id"
        )
        for _, group in groupby(found, key=lambda row: row[0]):
            events = [Event(case, kind, moment(at), *rest) for case, kind, at, *rest in group]
            if any(event.kind == "split" and event.actor == "rules" for event in events):
                waiting.append(events)
            else:
                self._follow(events)
        # Who goes on in another one's place takes over its dates: those that left first, first.
        waiting.sort(key=lambda events: next(e.at for e in events if e.kind == "split" and e.actor == "rules"))
        for events in waiting:
            self._follow(events)

    def _follow(self, events: list[Event]) -> None:
        case = self.cases[events[0].case]
        due = self._deadline(case.tier, events[0].at)
        course = _Course(events[0].case, case.tier, due, due)
        for n, event in enumerate(events):
            self._happens(course, event, events[n + 1 :])
        if course.spells[-1].ended is None:
            self._dates(course, course.spells[-1])
        answered = [spell for spell in course.spells if spell.ended_by == "answered"]
        if answered:
            answered[-1].last = True
        if case.counted:
            self.spells += course.spells

    def _happens(self, course: _Course, event: Event, later: list[Event]) -> None:
        spell = course.spells[-1] if course.spells else None
        if course.asked and event.kind in _AFTER_QUESTION:
            self._resume(course, event.at)
        if event.kind in _OPENS:
            self._passes(course, event, later)
        elif event.kind == "partner_called":
            course.tasks += 1
        elif spell is None:
            raise ValueError(event)
        elif event.kind in _ENDS:
            self._ends(course, spell, event)
        else:
            self._goes_on(course, spell, event)

    def _ends(self, course: _Course, spell: Spell, event: Event) -> None:
        if event.kind == "withdrawn":
            self._left[self.cases[course.of].number] = replace(course, spells=[])
        if spell.ended is None:
            self._end(course, spell, event)

    def _goes_on(self, course: _Course, spell: Spell, event: Event) -> None:
        match event.kind:
            case "accepted":
                spell.accepted = spell.accepted or event.at
            case "citizen_asked":
                course.asked = event.at
            case "extended":
                kept = self._kept.get((course.of, spell.n), (course.due,))
                course.due = datetime.fromisoformat(event.note.split()[1]) if event.note else kept[0]
                spell.dates.append((event.at, course.due))
            case "confirmed" | "settled_partly" | "closed_unconfirmed":
                spell.verdict = event.kind
            case "recomputed":
                raise NotImplementedError("these years have one set of clocks")

    def _passes(self, course: _Course, event: Event, later: list[Event]) -> None:
        """Let a case begin with an agency, and end with the one that had it."""
        spell = course.spells[-1] if course.spells else None
        owner = next((one.agency for one in later if one.kind in _OWNERS), "")
        if event.kind == "inherited":
            giver, _, to = event.note.partition(" ")
            if spell is None or spell.ended or (giver or event.agency) != spell.agency or (not to and owner == giver):
                course.tasks += 1  # of a partner
                return
        elif event.kind == "referred":
            to = event.note.partition(":")[0] or owner
        else:
            to = {"sent_to_desk": self._desk, "split": event.clock}.get(event.kind, event.agency)
        if spell and spell.ended is None:
            self._end(course, spell, event)
        if event.kind == "disputed" and spell:
            spell.verdict = event.kind
        since = event.at
        if event.kind in _PASSES and spell:
            since = spell.since
        if event.kind in ("disputed", "split"):
            course.due = course.promised = self._deadline(course.tier, event.at)
            course.pause = _NOTHING
            if event.kind == "split" and event.actor == "rules":
                left = self._left[event.note]
                course.due, course.promised, course.pause = left.due, left.promised, left.pause
        course.tasks += 1
        begun = Spell(course.of, to, event.at, event.kind, since, course.tasks, course.due, course.promised)
        begun.dates.append((event.at, course.due))
        if event.kind == "disputed":
            begun.accepted = event.at
        course.spells.append(begun)

    def _end(self, course: _Course, spell: Spell, event: Event) -> None:
        spell.ended, spell.ended_by = event.at, event.kind
        self._dates(course, spell)
        course.asked = None if event.kind != "inherited" else course.asked

    def _dates(self, course: _Course, spell: Spell) -> None:
        if kept := self._kept.get((course.of, spell.n)):
            course.due, course.promised = kept
        spell.due, spell.promised = course.due, course.promised

    def _deadline(self, tier: str, start: datetime) -> datetime:
        limit = _CLOCKS["tiers"][tier]["answer"]
        if "days" in limit:
            return self._days.after_days(start, limit["days"])
        return self._days.after_hours(start, limit["hours"])

    def _resume(self, course: _Course, at: datetime) -> None:
        """Put the dates off by the time that was waited for the citizen, within what is allowed."""
        days, before = self._days, course.pause
        allowed = _CLOCKS["updates"]["pause_days"] * days.length - before
        stood = min(days.worked(course.asked or at, at), allowed)
        course.pause, course.asked = before + stood, None
        if "days" not in _CLOCKS["tiers"][course.tier]["answer"]:
            if stood > _NOTHING:
                hours = stood / timedelta(hours=1)
                course.due, course.promised = (days.after_hours(one, hours) for one in (course.due, course.promised))
        elif (more := round(course.pause / days.length) - round(before / days.length)) > 0:
            course.due, course.promised = (days.after_days(one, more) for one in (course.due, course.promised))
        course.spells[-1].dates.append((at, course.due))


_CASES = "SELECT id, number, tier, topic, commune, restricted, reason, rating, conversation_id FROM cases ORDER BY id"
_WORDLESS = """
    SELECT case_id, n, due_at, promised_at FROM tasks WHERE role = 'lead' AND due_at <> promised_at
      AND case_id IN (SELECT case_id FROM events WHERE kind = 'extended' AND note = '')"""


async def rows(transaction: Transaction, sql: str) -> Iterator[tuple[Any, ...]]:
    """Return what a query finds, plain."""
    found = (await transaction.exec_driver_sql(sql)).all()
    return (tuple(int(one) if isinstance(one, Decimal) else one for one in row) for row in found)


def moment(told: object) -> datetime:
    """Return a moment as the database told it: SQLite keeps them as words."""
    at = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    return at if at.tzinfo else at.replace(tzinfo=UTC)
