"""Figures of a period: counted from what began and ended in it, so that they always balance.

    opening + received - ended = open

What is counted are an agency's lead tasks: one for each time that a case was its to answer. Of the province, what one
agency passes on is received by another at the same moment, and falls away on both sides.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import NamedTuple

#: What a task began with (`Task.opened_by`), and ended with (`Task.ended_by`).
PASSED = frozenset({"referred", "sent_to_desk", "inherited"})
AGAIN = frozenset({"disputed", "split"})
#: Best of the three marks.
_GOOD = 3


class Movement(NamedTuple):
    """Lead tasks that began or ended in a period, as many as are alike in all that is counted; nobody's own."""

    agency: str
    #: Slug of the topic; what it was about decides how hard it is.
    topic: str | None
    #: What they began with, and ended with; None where that was not in the period.
    opened_by: str | None
    ended_by: str | None
    #: Of answers: given by the date as it then stood, by the one promised first; whether that was moved.
    on_time: bool | None
    on_time_promised: bool | None
    extended: bool | None
    verdict: str | None
    #: 1 to 3, of the case's last answer only.
    rating: int | None
    #: How many there are.
    n: int


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


_NO_TIMES = Times(0, None, None)


class Took(NamedTuple):
    """How long an agency took to accept what it received, and to answer what it answered."""

    accepting: Times = _NO_TIMES
    answering: Times = _NO_TIMES


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


class Counts:
    """The movements of a period, added up once."""

    def __init__(self, movements: Iterable[Movement]) -> None:
        self._agencies: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for some in movements:
            counted = self._agencies[some.agency]
            if some.opened_by:
                counted[_BEGINS.get(some.opened_by, "filed")] += some.n
            if some.ended_by:
                counted["passed_on" if some.ended_by in PASSED else _ENDS[some.ended_by]] += some.n
            if some.ended_by == "answered":
                counted[_VERDICTS[some.verdict]] += some.n
                for name, yes in (
                    ("on_time", some.on_time),
                    ("on_time_promised", some.on_time_promised),
                    ("extended", some.extended),
                    ("rated", some.rating is not None),
                    ("rated_good", some.rating == _GOOD),
                ):
                    counted[name] += some.n if yes else 0

    def agencies(
        self, opening: Mapping[str, Standing], closing: Mapping[str, Standing], took: Mapping[str, Took]
    ) -> dict[str, Figures]:
        """Return the figures of every agency that had anything to do; what stood at the start and at the end."""
        return {
            agency: _figures(
                self._agencies.get(agency, Counter()),
                opening.get(agency, Standing()).open,
                closing.get(agency, Standing()).overdue,
                took.get(agency, Took()),
            )
            for agency in sorted({*self._agencies, *opening, *closing})
        }

    def whole(self, opening: Mapping[str, Standing], closing: Mapping[str, Standing], took: Took) -> Figures:
        """Return the figures of all agencies together: nothing is passed on, and what counts is the citizens' wait."""
        counted: Counter[str] = Counter()
        for of_agency in self._agencies.values():
            counted.update(of_agency)
        counted["passed_in"] = counted["passed_on"] = 0
        stood = sum(one.open for one in opening.values())
        return _figures(counted, stood, sum(one.overdue for one in closing.values()), took)


def _figures(counted: Mapping[str, int], opening: int, overdue: int, took: Took) -> Figures:
    figures = Figures(accepting=took.accepting, answering=took.answering)
    return replace(figures, opening=opening, overdue=overdue, **counted)  # type: ignore[arg-type]  # counts by name
