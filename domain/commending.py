"""Who does well, measured fairly: enough answers, the mix of what came taken into account, intervals kept.

An answer counts for its agency when it was given by the date first promised and the citizen confirmed it. Silence and
"not done" count against it. How hard a field is, is taken from all agencies together (indirect standardisation): an
agency is held against what others achieve with the same fields.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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


def compare(movements: Iterable[Movement], least: int) -> Comparison:
    """Compare agencies by the answers they gave in a period; those with at least so many."""
    #: Of each agency and field: how many answers, how many good ones.
    answers: dict[str, Counter[str]] = defaultdict(Counter)
    goods: dict[str, Counter[str]] = defaultdict(Counter)
    for some in movements:
        if some.ended_by == "answered":
            field = (some.topic or "").partition(".")[0]
            answers[some.agency][field] += some.n
            if some.on_time_promised and some.verdict == "confirmed":
                goods[some.agency][field] += some.n
    every, good = _together(answers), _together(goods)
    usual = good.total() / every.total() if every else 0.0
    rates = {field: good[field] / many for field, many in every.items()}
    found = [
        _standing(agency, fields, goods[agency].total(), rates, usual)
        for agency, fields in answers.items()
        if fields.total() >= least
    ]
    return Comparison(usual, tuple(sorted(found, key=lambda one: (-one.low, one.agency))))


def _together(counted: Mapping[str, Counter[str]]) -> Counter[str]:
    """Return the counts of all agencies together."""
    return sum(counted.values(), Counter())


def _standing(agency: str, fields: Counter[str], good: int, rates: Mapping[str, float], usual: float) -> Standing:
    expected = sum(rates[field] * many for field, many in fields.items())
    share = min(1.0, usual * good / expected) if expected else 0.0
    low, high = wilson(share, fields.total())
    return Standing(agency, fields.total(), good, expected, share, low, high)


def wilson(share: float, n: int) -> tuple[float, float]:
    """Return the interval in which a share of n lies, 95 times in 100 (Wilson, 1927)."""
    if not n:
        return 0.0, 1.0
    middle = share + _Z**2 / (2 * n)
    spread = _Z * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n * n))
    scale = 1 + _Z**2 / n
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
