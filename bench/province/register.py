"""The clock of the simulated years, the cases that are alive, and the rows they leave."""

import heapq
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from bench.province.agencies import Agencies
from domain.cases import Case, CaseEvent, change
from domain.casework import on_the_clock
from domain.clocks import Calendar
from domain.rulesets import Ruleset
from domain.transitions import OPEN, CaseStatus, EventKind
from handlers.joining import may_merge
from storage import cases
from storage.database import Database

#: Cases written in one transaction.
_CHUNK = 2000
#: Who reports the same within so long may join.
_SAME = timedelta(days=21)

#: What happens at a moment: it gets the register, a case's id and the number of the task it was planned for.
Happening = Callable[["Register", int, int], None]


class Remembering(Calendar):
    """The calendar, each question of it answered once: a million cases ask the same ones."""

    def add_working_days(self, start: datetime, days: int) -> datetime:
        """Return what Calendar returns; it is the same for all moments of a day."""
        local = start.astimezone(self.zone).replace(hour=12, minute=0, second=0, microsecond=0)
        return _days_after(self, local, days)

    def add_working_hours(self, start: datetime, hours: float) -> datetime:
        """Return what Calendar returns; one limit is asked for again and again."""
        if hours in (4, 8):
            return _hours_after(self, start, hours)
        return Calendar.add_working_hours(self, start, hours)

    def __hash__(self) -> int:
        """There is one."""
        return id(self)


@cache
def _days_after(calendar: Remembering, noon: datetime, days: int) -> datetime:
    return Calendar.add_working_days(calendar, noon, days).astimezone(UTC)


@cache
def _hours_after(calendar: Remembering, start: datetime, hours: float) -> datetime:
    return Calendar.add_working_hours(calendar, start, hours)


def remembering(rules: Ruleset) -> Ruleset:
    """Return the rules with a calendar that remembers."""
    own = rules.calendar
    return replace(rules, calendar=Remembering(own.zone, own.hours, own.off, own.work, own.quiet))


class Register:
    """All that is alive, in the order of time. What is over goes to the database, once."""

    def __init__(self, rules: Ruleset, agencies: Agencies, seats: dict[str, int], seed: int) -> None:
        self.rules = rules
        self.agencies = agencies
        self.now = datetime.min.replace(tzinfo=UTC)
        self.random = random.Random(f"lives {seed}")
        #: Who is at each agency's desk.
        self._seats = seats
        self._heap: list[tuple[datetime, int, Happening, int, int]] = []
        self._planned = 0
        self.live: dict[int, Case] = {}
        #: What each case is about, whatever it was filed as.
        self.topics: dict[int, str] = {}
        self._events: dict[int, list[CaseEvent]] = {}
        self._waiting: dict[int, int] = defaultdict(int)
        self.ids: dict[str, int] = {}
        self.followers: dict[str, list[int]] = defaultdict(list)
        #: Cases of a person; only those that are alive.
        self.of: dict[int, set[int]] = defaultdict(set)
        self._latest: dict[tuple[str | None, str | None], int] = {}
        #: What is over and not written yet.
        self.done: list[tuple[Case, list[CaseEvent]]] = []
        #: Conversations whose people had everything erased.
        self.erased: set[int] = set()

    # Time.

    def at(self, when: datetime, happens: Happening, case: int, task: int = 0) -> None:
        """Plan something; it looks by itself whether it still makes sense then."""
        self._planned += 1
        self._waiting[case] += 1
        heapq.heappush(self._heap, (max(when, self.now), self._planned, happens, case, task))

    def run(self, until: datetime) -> None:
        """Let everything happen that is planned before a moment."""
        heap = self._heap
        while heap and heap[0][0] < until:
            self.now, _, happens, case, task = heapq.heappop(heap)
            self._waiting[case] -= 1
            happens(self, case, task)
            self._finish(case)
        self.now = until

    def working(self, least: float, most: float, since: datetime | None = None) -> datetime:
        """Return a moment after some working hours."""
        hours = self.random.uniform(least, most)
        at = self.rules.calendar.add_working_hours(since or self.now, hours)
        return at + timedelta(seconds=self.random.randrange(400))

    def later(self, least: float, most: float) -> datetime:
        """Return a moment after some hours round the clock."""
        return self.now + timedelta(seconds=round(self.random.uniform(least, most) * 3600))

    def chance(self, share: float) -> bool:
        """Say whether something that happens so often happens."""
        return self.random.random() < share

    # Cases.

    def file(self, case: Case, event: CaseEvent, topic: str) -> None:
        """Take a new case in."""
        self.live[case.id] = _announced(case)
        self._events[case.id] = [event]
        self.ids[case.number] = case.id
        self.topics[case.id] = topic
        if case.conversation_id is not None:
            self.of[case.conversation_id].add(case.id)

    def save(self, case: Case, *happened: CaseEvent) -> None:
        """Put a case in the place of its older self, with what happened to it."""
        self.live[case.id] = _announced(case)
        self._events[case.id] += happened

    def do(self, case: Case, kind: EventKind, actor: str, note: str = "", **values: Any) -> Case:  # noqa: ANN401
        """Let something happen that only moves the case; ``values`` are set on it afterwards."""
        moved, event = change(case, kind, now=self.now, actor=actor, note=note)
        self.save(replace(moved, **values), event)
        return self.live[case.id]

    def speaks(self, case: Case) -> bool:
        """Say whether there is anybody who can say something about a case."""
        return case.conversation_id is not None and case.conversation_id not in self.erased

    def seat(self, agency: str) -> int:
        """Return who works for an agency."""
        return self._seats.get(agency) or self._seats.setdefault(agency, 1000 + len(self._seats))

    def actor(self, case: Case) -> str:
        """Return who acts for the agency that has a case."""
        return f"officer:{self.seat(case.agency)}"

    def same(self, case: Case) -> Case | None:
        """Return the latest open case that a new one of its topic and commune may join; remember the new one else."""
        key = (case.topic, case.commune)
        found = self.live.get(self._latest.get(key, 0))
        if found and self.now - found.filed_at < _SAME and may_merge(case, found):
            return found
        if case.topic and case.commune:
            self._latest[key] = case.id
        return None

    def follow(self, merged: list[int], into: Case, actor: str) -> None:
        """Let merged cases go on in another one; its history says so."""
        for one in merged:
            case = replace(self.live[one], merged_into=into.number)
            self.save(case)
            into = self.do(into, EventKind.FOLLOWED, actor, case.number)
            self.followers[into.number].append(one)

    # What is over.

    def _finish(self, case: int) -> None:
        """Set aside what nothing will happen to any more, to be written; a follower not before the one it follows."""
        one = self.live.get(case)
        if one is None or self._waiting[case] or one.status is not CaseStatus.CLOSED:
            return
        if one.merged_into and self.ids.get(one.merged_into) in self.live:
            return
        self._end(one)
        for follower in self.followers.pop(one.number, ()):
            self._finish(follower)

    def _end(self, case: Case) -> None:
        self.done.append((self.live.pop(case.id), self._events.pop(case.id)))
        self._waiting.pop(case.id, None)
        del self.ids[case.number], self.topics[case.id]
        if case.conversation_id is not None:
            self.of[case.conversation_id].discard(case.id)

    def rest(self) -> None:
        """Set aside all that is still alive, as it stands now; what fell due meanwhile was told."""
        for case in list(self.live.values()):
            if case.status is CaseStatus.WAITING_FOR_CITIZEN:
                repeated = case.next_update_at and case.next_update_at <= self.now
                self.live[case.id] = replace(case, next_update_at=None if repeated else case.next_update_at)
            elif case.status in OPEN:
                self.live[case.id] = on_the_clock(case, self.rules, self.now)
            self._end(self.live[case.id])

    async def write(self, database: Database) -> int:
        """Write what is over. Returns how many cases that is."""
        for begun in range(0, len(self.done), _CHUNK):
            chunk = self.done[begun : begun + _CHUNK]
            async with database.begin() as transaction:
                await cases.file(transaction, [case for case, _ in chunk])
                await cases.record(transaction, [event for _, happened in chunk for event in happened])
        count = len(self.done)
        self.done.clear()
        return count


def _announced(case: Case) -> Case:
    """Return a case of whose tasks the agencies were told when they got them."""
    if all(task.announced_at for task in case.tasks):
        return case
    return case.keep(*(replace(task, announced_at=task.announced_at or task.opened_at) for task in case.tasks))
