"""Figures of a period: counted from what began and ended in it, so that they always balance.

    opening + received - ended = open

What is counted are an agency's lead tasks: one for each time that a case was its to answer. Of the province, what one
agency passes on is received by another at the same moment, and falls away on both sides.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
    #: Filed, or taken up again: from where the citizen waits.
    since: datetime
    accepted_at: datetime | None
    ended_at: datetime | None
    due_at: datetime
    promised_at: datetime
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


def count(
    movements: Iterable[Movement], opening: Standing, overdue: int, start: datetime, end: datetime, *, whole: bool
) -> Figures:
    """Count a period from ``start`` to before ``end``.

    ``opening`` stood at its start, ``overdue`` at its end. ``whole``: of all agencies together, where nothing is passed
    on and the citizen's wait counts from when the case was filed.
    """
    counted: Counter[str] = Counter()
    accepting, answering = [], []
    for task in movements:
        if start <= task.opened_at < end:
            kind = "passed_in" if task.opened_by in PASSED else "again" if task.opened_by in AGAIN else "filed"
            counted[kind] += 1
            # An inherited task was accepted before it began anew.
            if task.accepted_at and task.accepted_at >= task.opened_at:
                accepting.append(task.accepted_at - task.opened_at)
        if task.ended_at is None or not start <= task.ended_at < end:
            continue
        counted["passed_on" if task.ended_by in PASSED else _ENDS[task.ended_by or ""]] += 1
        if task.ended_by == "answered":
            _count_answer(counted, task, task.ended_at)
            answering.append(task.ended_at - (task.since if whole else task.opened_at))
    if whole:
        counted["passed_in"] = counted["passed_on"] = 0
    return Figures(
        opening=opening.open,
        overdue=overdue,
        accepting=Times.of(accepting),
        answering=Times.of(answering),
        **counted,
    )


def _count_answer(counted: Counter[str], task: Movement, at: datetime) -> None:
    verdict = _VERDICTS[task.verdict]
    counted["on_time"] += at <= task.due_at
    counted["on_time_promised"] += at <= task.promised_at
    counted["extended"] += task.due_at > task.promised_at
    counted[verdict] += 1
    if task.rating is not None:
        counted["rated"] += 1
        counted["rated_good"] += task.rating == _GOOD


def by_agency(
    movements: Iterable[Movement],
    opening: Mapping[str, Standing],
    closing: Mapping[str, Standing],
    start: datetime,
    end: datetime,
) -> dict[str, Figures]:
    """Count the period for every agency that had anything to do in it."""
    theirs: dict[str, list[Movement]] = {agency: [] for agency in (*opening, *closing)}
    for task in movements:
        theirs.setdefault(task.agency, []).append(task)
    return {
        agency: count(
            theirs[agency],
            opening.get(agency, Standing()),
            closing.get(agency, Standing()).overdue,
            start,
            end,
            whole=False,
        )
        for agency in sorted(theirs)
    }


def whole(
    movements: Iterable[Movement],
    opening: Mapping[str, Standing],
    closing: Mapping[str, Standing],
    start: datetime,
    end: datetime,
) -> Figures:
    """Count the period for all agencies together."""
    stood = Standing(sum(one.open for one in opening.values()))
    return count(movements, stood, sum(one.overdue for one in closing.values()), start, end, whole=True)
