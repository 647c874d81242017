"""Who does well, measured fairly: enough answers, the mix of what came taken into account, intervals kept.

An answer counts for its agency when it was given by the date first promised and the citizen confirmed it. Silence and
"not done" count against it. How hard a field is, is taken from all agencies together (indirect standardisation): an
agency is held against what others achieve with the same fields.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.figures import Movement

#: Of the normal distribution: 95 in 100 lie within so many deviations.
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Standing:
    """How an agency compares."""

    agency: str
    answers: int
    #: Good ones, as many as would be usual for what it had to answer.
    good: int
    expected: float
    #: Share of good ones had it the mix of the province, with the interval it lies in.
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """All agencies with enough answers, the surest first."""

    #: Share of good answers in the whole province.
    usual: float
    agencies: tuple[Standing, ...]

    def nominated(self, most: int) -> tuple[Standing, ...]:
        """Return those surely better than usual, at most so many."""
        return tuple(one for one in self.agencies if one.low > self.usual)[:most]


def compare(movements: Iterable[Movement], start: datetime, end: datetime, least: int) -> Comparison:
    """Compare agencies by the answers they gave from ``start`` to before ``end``; those with at least so many."""
    answers: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for task in movements:
        if task.ended_by == "answered" and task.ended_at and start <= task.ended_at < end:
            good = bool(task.on_time_promised) and task.verdict == "confirmed"
            answers[task.agency].append(((task.topic or "").partition(".")[0], good))
    usual = _share(good for theirs in answers.values() for _, good in theirs)
    of_field: dict[str, list[bool]] = defaultdict(list)
    for theirs in answers.values():
        for one, good in theirs:
            of_field[one].append(good)
    rates = {one: _share(goods) for one, goods in of_field.items()}
    found = [_standing(agency, theirs, rates, usual) for agency, theirs in answers.items() if len(theirs) >= least]
    return Comparison(usual, tuple(sorted(found, key=lambda one: (-one.low, one.agency))))


def _share(goods: Iterable[bool]) -> float:
    counted = list(goods)
    return sum(counted) / len(counted) if counted else 0.0


def _standing(agency: str, answers: list[tuple[str, bool]], rates: Mapping[str, float], usual: float) -> Standing:
    good, expected = sum(one for _, one in answers), sum(rates[field] for field, _ in answers)
    share = min(1.0, usual * good / expected) if expected else 0.0
    low, high = wilson(share, len(answers))
    return Standing(agency, len(answers), good, expected, share, low, high)


def wilson(share: float, n: int) -> tuple[float, float]:
    """Return the interval in which a share of n lies, 95 times in 100 (Wilson, 1927)."""
    if not n:
        return 0.0, 1.0
    middle = share + _Z**2 / (2 * n)
    spread = _Z * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n * n))
    scale = 1 + _Z**2 / n
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
