"""Figures of a period: counted from what began and ended in it, so that they always balance.

    opening + received - ended = open

What is counted are an agency's lead tasks: one for each time that a case was its to answer. Of the province, what one
agency passes on is received by another at the same moment, and falls away on both sides.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import NamedTuple

#: What a task began with (`Task.opened_by`), and ended with (`Task.ended_by`).
PASSED = frozenset({"referred", "sent_to_desk", "inherited"})
AGAIN = frozenset({"disputed", "split"})
#: Best of the three marks.
_GOOD = 3


class Movement(NamedTuple):
    """A lead task that began or ended in a period, without whose concern it was."""

    agency: str
    opened_at: datetime
    #: From where the citizen waits, filed or taken up again; None: since it began.
    since: datetime | None
    accepted_at: datetime | None
    ended_at: datetime | None
    #: Ended by the date as it then stood, by the one promised first; whether that was moved.
    on_time: bool | None
    on_time_promised: bool | None
    extended: bool
    opened_by: str
    ended_by: str | None
    verdict: str | None
    #: 1 to 3, of the case's last answer only.
    rating: int | None
    #: Slug of the topic; what it was about decides how hard it is.
    topic: str | None = None


class Standing(NamedTuple):
    """What was open at a moment: how many tasks, and of how many the date was past."""

    open: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took: of how many, in the middle, and for the slowest tenth at least; by nearest rank."""

    n: int
    median: timedelta | None
    p90: timedelta | None

    @classmethod
    def of(cls, durations: Iterable[timedelta]) -> "Times":
        """Take the times of durations."""
        ordered = sorted(durations)
        return cls(len(ordered), _nearest(ordered, 0.5), _nearest(ordered, 0.9))


def _nearest(ordered: Sequence[timedelta], share: float) -> timedelta | None:
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else None


_NO_TIMES = Times(0, None, None)


@dataclass(frozen=True, slots=True)
class Figures:
    """What an agency, or all of them, had to do in a period and what became of it."""

    opening: int = 0
    #: Received: new, from another agency, or taken up again since the citizen said "not done".
    filed: int = 0
    passed_in: int = 0
    again: int = 0
    #: Ended: answered, passed on ("bounced"), declined with a reason, joined to another case, taken back.
    answered: int = 0
    passed_on: int = 0
    refused: int = 0
    merged: int = 0
    withdrawn: int = 0
    #: Of the answers: in time by the date as it stood, by the date first promised, and after a moved one.
    on_time: int = 0
    on_time_promised: int = 0
    extended: int = 0
    #: Open at the end with their date past.
    overdue: int = 0
    #: What citizens said of the answers since: done, in part, nothing in time, not done, nothing yet.
    confirmed: int = 0
    partly: int = 0
    unconfirmed: int = 0
    disputed: int = 0
    waiting: int = 0
    rated: int = 0
    rated_good: int = 0
    #: Of what was received, until it was accepted; of what was answered, until it was.
    accepting: Times = field(default=_NO_TIMES)
    answering: Times = field(default=_NO_TIMES)

    @property
    def received(self) -> int:
        """All that came."""
        return self.filed + self.passed_in + self.again

    @property
    def ended(self) -> int:
        """All that went."""
        return self.answered + self.passed_on + self.refused + self.merged + self.withdrawn

    @property
    def open(self) -> int:
        """What is left at the end."""
        return self.opening + self.received - self.ended


_VERDICTS = {
    "confirmed": "confirmed",
    "settled_partly": "partly",
    "closed_unconfirmed": "unconfirmed",
    "disputed": "disputed",
    None: "waiting",
}
_ENDS = {"answered": "answered", "declined": "refused", "merged": "merged", "withdrawn": "withdrawn"}
_BEGINS = dict.fromkeys(PASSED, "passed_in") | dict.fromkeys(AGAIN, "again")


class _Sums:
    """What the movements of an agency add up to."""

    __slots__ = ("accepting", "answering", "counted", "waited")

    def __init__(self) -> None:
        self.counted: defaultdict[str, int] = defaultdict(int)
        self.accepting: list[timedelta] = []
        self.answering: list[timedelta] = []
        #: How long the citizens of its answers had waited.
        self.waited: list[timedelta] = []


class Counts:
    """The movements of a period, from ``start`` to before ``end``, each added up once for its agency."""

    def __init__(self, movements: Iterable[Movement], start: datetime, end: datetime) -> None:
        self._agencies: defaultdict[str, _Sums] = defaultdict(_Sums)
        for task in movements:
            sums, ended_at = self._agencies[task.agency], task.ended_at
            if start <= task.opened_at < end:
                sums.counted[_BEGINS.get(task.opened_by, "filed")] += 1
                # An inherited task was accepted before it began anew.
                if task.accepted_at and task.accepted_at >= task.opened_at:
                    sums.accepting.append(task.accepted_at - task.opened_at)
            if ended_at is None or not start <= ended_at < end:
                continue
            sums.counted["passed_on" if task.ended_by in PASSED else _ENDS[task.ended_by or ""]] += 1
            if task.ended_by == "answered":
                _count_answer(sums, task, ended_at)

    def agencies(self, opening: Mapping[str, Standing], closing: Mapping[str, Standing]) -> dict[str, Figures]:
        """Return the figures of every agency that had anything to do; what stood at the start and at the end."""
        return {
            agency: _figures(
                (sums := self._agencies.get(agency) or _Sums()).counted,
                opening.get(agency, Standing()).open,
                closing.get(agency, Standing()).overdue,
                sums.accepting,
                sums.answering,
            )
            for agency in sorted({*self._agencies, *opening, *closing})
        }

    def whole(self, opening: Mapping[str, Standing], closing: Mapping[str, Standing]) -> Figures:
        """Return the figures of all agencies together: nothing is passed on, and what counts is the citizens' wait."""
        every = list(self._agencies.values())
        counted: Counter[str] = Counter()
        for sums in every:
            counted.update(sums.counted)
        counted["passed_in"] = counted["passed_on"] = 0
        return _figures(
            counted,
            sum(one.open for one in opening.values()),
            sum(one.overdue for one in closing.values()),
            chain.from_iterable(sums.accepting for sums in every),
            chain.from_iterable(sums.waited for sums in every),
        )


def _count_answer(sums: _Sums, task: Movement, at: datetime) -> None:
    counted = sums.counted
    counted["on_time"] += bool(task.on_time)
    counted["on_time_promised"] += bool(task.on_time_promised)
    counted["extended"] += task.extended
    counted[_VERDICTS[task.verdict]] += 1
    if task.rating is not None:
        counted["rated"] += 1
        counted["rated_good"] += task.rating == _GOOD
    sums.answering.append(at - task.opened_at)
    sums.waited.append(at - (task.since or task.opened_at))


def _figures(
    counted: Mapping[str, int],
    opening: int,
    overdue: int,
    accepting: Iterable[timedelta],
    answering: Iterable[timedelta],
) -> Figures:
    figures = Figures(accepting=Times.of(accepting), answering=Times.of(answering))
    return replace(figures, opening=opening, overdue=overdue, **counted)  # type: ignore[arg-type]  # counts by name
