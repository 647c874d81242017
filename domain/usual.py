"""What is usual: how many new reporters a topic has in a commune on a day, from what there was before.

A cell is a topic in a commune. Its people over a stretch of days are taken as Poisson with an intensity that is itself
not known, Gamma distributed: so their number is negative binomial, exactly. The mean of the intensity is::

    cell's own rate x day of week or holiday x season x how things stand lately in the topic and in the commune

The cell's own rate is shrunk towards that of its topic in the province, by as much as the communes of that topic are
alike (empirical Bayes, Gamma-Poisson: Clayton and Kaldor, Biometrics 43, 1987). The variance adds what is not known of
the rate, the bursts in which people write (measured per topic by weeks), and what days and season leave unexplained.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import accumulate
from math import exp, lgamma, log1p
from typing import Any, NamedTuple

from domain.rulesets import Ruleset, read_rules

_WEEK, _KINDS, _OFF, _AFTER, _FRIDAY, _WEEKS = 7, 9, 7, 8, 4, 52
_YEAR = _WEEK * _WEEKS
#: So many people are worth as much as what is believed before anybody was counted.
_FEW, _SOME, _MANY = 2.0, 10.0, 20.0
#: A week further off than so many times what chance explains tells of an outbreak, not of what is usual: it counts as
#: so far off and no further.
_OUTLYING = 4.0
_MOST_BURSTS = 5.0
#: How different communes are in a topic (variance of their rates over the mean squared): at least, at most, and the
#: guess, worth so many people squared.
_ALIKE, _UNLIKE, _GUESS = 0.05, 5.0, 5.0
_TINY = 1e-17
Cell = tuple[str, str]
#: Days and people by commune and topic.
_Cells = dict[Cell, list[tuple[int, int]]]


class Count(NamedTuple):
    """New reporters of a cell on a day (``date.toordinal``)."""

    day: int
    commune: str
    topic: str
    people: int


class Expected(NamedTuple):
    """How many people are expected, and their variance."""

    mean: float
    variance: float


@dataclass(frozen=True, slots=True)
class Ground:
    """What is looked at: each of these topics in each of these communes."""

    communes: tuple[str, ...]
    topics: tuple[str, ...]
    #: The communes next to each.
    neighbours: Mapping[str, tuple[str, ...]]
    #: Days off, and weekend days that are worked.
    off: frozenset[date]
    work: frozenset[date]

    @property
    def cells(self) -> int:
        """How many there are."""
        return len(self.communes) * len(self.topics)

    def kind(self, day: int) -> int:
        """Return 0 to 6 for Monday to Sunday, 7 for a day off, 8 for the first after it.

        A weekend day that is worked is like a Friday.
        """
        as_date = date.fromordinal(day)
        if as_date in self.off:
            return _OFF
        if as_date in self.work:
            return _FRIDAY
        return _AFTER if date.fromordinal(day - 1) in self.off else as_date.weekday()


def ground_of(rules: Ruleset) -> Ground:
    """Return what is looked at in a province: all topics but the restricted ones, which count in nothing."""
    topics = tuple(slug for slug, topic in rules.topics.items() if not topic.restricted)
    near = _neighbours(rules.slug)
    here = {code: tuple(one for one in near.get(code, ()) if one in rules.communes) for code in rules.communes}
    return Ground(tuple(rules.communes), topics, here, rules.calendar.off, rules.calendar.work)


@cache
def _neighbours(slug: str) -> Mapping[str, Sequence[str]]:
    return read_rules(f"neighbours/{slug}")


@cache
def usual_rules() -> Mapping[str, Any]:
    """Return ``rules/warnings.toml``."""
    return read_rules("warnings")


def upper_tail(count: int, expected: Expected) -> float:
    """Return the probability of so many people or more: the tail of the negative binomial, summed up.

    ``expected.variance`` is above its mean.
    """
    if count <= 0:
        return 1.0
    mean, size = expected.mean, expected.mean**2 / (expected.variance - expected.mean)
    odds = mean / (size + mean)

    def at(n: int) -> float:
        return exp(lgamma(n + size) - lgamma(size) - lgamma(n + 1) - size * log1p(mean / size) - n * log1p(size / mean))

    if count <= mean:
        return max(0.0, 1.0 - sum(map(at, range(count))))
    total, term, n = 0.0, at(count), count
    while term > total * _TINY:
        total += term
        term *= (n + size) / (n + 1) * odds
        n += 1
    return total


def likely_most(expected: Expected, chance: float = 0.05) -> int:
    """Return how many people there usually are at most: more come with a probability below ``chance``."""
    count = 0
    while upper_tail(count + 1, expected) > chance:
        count += 1
    return count


class Usual:
    """What is usual in each cell, from the days before ``until``."""

    def __init__(
        self,
        counts: Iterable[Count],
        series: Mapping[str, Mapping[int, int]],
        since: int,
        until: int,
        ground: Ground,
        left_out: Mapping[Cell, Sequence[tuple[int, int]]] | None = None,
    ) -> None:
        """Learn it.

        ``counts`` are those of the last year, ``series`` the topics' people by day for as many years as there are,
        ``since`` the first day anything was counted, ``left_out`` the first and last days of confirmed warnings.
        """
        limits = usual_rules()["usual"]
        self.ground, self.until = ground, until
        self.known_days = until - since
        self._first = max(since, until - limits["days"])
        self._limits = limits
        self._left_out = left_out or {}
        self._kind_of: dict[int, int] = {}
        self._week_of: dict[int, int] = {}
        cells = self._by_cell(counts)
        self._own = {cell: sum(people for _, people in days) for cell, days in cells.items()}
        self._kinds = self._weekdays(cells)
        self._calendar = [(self._kind(day), self._week(day)) for day in range(self._first, until)]
        years = self._years(since)
        self._seasons = {topic: self._season(series.get(topic, {}), years) for topic in ground.topics}
        self._exposed = {topic: [0.0, *accumulate(self._factors(topic))] for topic in ground.topics}
        self._rate, self._shape = self._rates()
        self._bursts = self._measure_bursts(cells)
        self._lately_topic, self._lately_commune = self._lately(cells)
        self._everywhere = dict.fromkeys(ground.topics, 0.0)
        for (commune, topic), rate in self._rate.items():
            self._everywhere[topic] += rate * self._lately_commune[commune]

    def expected(self, communes: Sequence[str], topic: str, first: int, last: int, elsewhere: int = 0) -> Expected:
        """Return what is expected of the communes together, from a first to a last day not before ``until``.

        ``elsewhere`` is how many people there were of the topic in the rest of the province on those days: where it is
        more than usual there too, it is a season that came early or a day of much talk, and more is expected here.
        """
        communes = [commune for commune in communes if commune in self._lately_commune]
        exposed = sum(self.factor(topic, day) for day in range(first, last + 1)) * self._lately_topic[topic]
        means = [self._rate[commune, topic] * self._lately_commune[commune] * exposed for commune in communes]
        mean, rest = sum(means), max(0.0, self._everywhere[topic] * exposed - sum(means))
        more = min(self._limits["season_most"], max(1.0, (elsewhere + _MANY) / (rest + _MANY)))
        variance = sum(
            more * own * self._bursts[topic] + (more * own) ** 2 / self._shape[commune, topic]
            for commune, own in zip(communes, means, strict=True)
        )
        # What season and level miss, they miss in all communes alike.
        return Expected(more * mean, variance + (more * mean * self._limits["unexplained"]) ** 2)

    def factor(self, topic: str, day: int) -> float:
        """Return how much more than on other days a topic has on a day."""
        return self._kinds[topic][self._kind(day)] * self._seasons[topic][self._week(day)]

    def season(self, topic: str, day: int) -> float | None:
        """Return how much more than the year round a topic has at this time of the year; None when not known."""
        return self._seasons[topic][self._week(day)] if self.known_days >= self._limits["season_least"] else None

    def lately(self, commune: str, topic: str) -> tuple[float, float]:
        """Return how much more than usual there has been in the topic, and in the commune, lately."""
        return self._lately_topic[topic], self._lately_commune[commune]

    def own_people(self, commune: str, topic: str) -> int:
        """Return how many people the cell itself had, as far as it is counted."""
        return self._own[commune, topic]

    def _kind(self, day: int) -> int:
        if day not in self._kind_of:
            self._kind_of[day] = self.ground.kind(day)
        return self._kind_of[day]

    def _week(self, day: int) -> int:
        if day not in self._week_of:
            self._week_of[day] = min(_WEEKS - 1, (date.fromordinal(day).timetuple().tm_yday - 1) // _WEEK)
        return self._week_of[day]

    def _by_cell(self, counts: Iterable[Count]) -> _Cells:
        """Return the days and people of each cell in the last year, without what is left out."""
        found: _Cells = {(commune, topic): [] for topic in self.ground.topics for commune in self.ground.communes}
        for day, commune, topic, people in counts:
            if self._first <= day < self.until and (days := found.get((commune, topic))) is not None:
                days.append((day, people))
        for cell, spans in self._left_out.items():
            found[cell] = [
                (day, people)
                for day, people in found.get(cell, [])
                if not any(first <= day <= last for first, last in spans)
            ]
        return found

    def _weekdays(self, cells: _Cells) -> dict[str, list[float]]:
        """Return by topic how much more each kind of day has; where few people tell, as all topics together."""
        days = [0] * _KINDS
        for day in range(self._first, self.until):
            days[self._kind(day)] += 1
        seen: dict[str, list[int]] = {topic: [0] * _KINDS for topic in self.ground.topics}
        for (_, topic), people_of in cells.items():
            for day, people in people_of:
                seen[topic][self._kind_of[day]] += people
        whole = [sum(column) for column in zip(*seen.values(), strict=True)]
        average = sum(whole) / max(1, sum(days))
        shared = [(whole[n] + _SOME) / (days[n] * average + _SOME) for n in range(_KINDS)]
        spread = sum(days[n] * shared[n] for n in range(_KINDS)) or 1.0
        found = {}
        for topic, own in seen.items():
            usual = [sum(own) * days[n] * shared[n] / spread for n in range(_KINDS)]
            found[topic] = [shared[n] * (own[n] + _MANY) / (usual[n] + _MANY) for n in range(_KINDS)]
        return found

    def _years(self, since: int) -> list[tuple[int, int, list[int]]]:
        """Return whole years back from ``until``: first day, day after the last, and days by week of the year."""
        count = (self.until - since + _YEAR - self._limits["season_least"]) // _YEAR
        found = []
        for n in range(min(self._limits["season_years"], count)):
            first, end = max(since, self.until - (n + 1) * _YEAR), self.until - n * _YEAR
            days = [0] * _WEEKS
            for day in range(first, end):
                days[self._week(day)] += 1
            found.append((first, end, days))
        return found

    def _season(self, series: Mapping[int, int], years: Sequence[tuple[int, int, list[int]]]) -> list[float]:
        """Return how much more than the year round each week of the year has."""
        seen, flat = [0.0] * _WEEKS, [0.0] * _WEEKS
        for first, end, days in years:
            whole = 0
            for day in range(first, end):
                if people := series.get(day):
                    seen[self._week_of[day]] += people
                    whole += people
            daily = whole / (end - first)
            for week in range(_WEEKS):
                flat[week] += daily * days[week]
        most = self._limits["season_most"]
        smooth = [(_around(seen, n) + _SOME) / (_around(flat, n) + _SOME) for n in range(_WEEKS)]
        return [min(most, max(1 / most, value)) for value in smooth]

    def _factors(self, topic: str) -> list[float]:
        kinds, season = self._kinds[topic], self._seasons[topic]
        return [kinds[kind] * season[week] for kind, week in self._calendar]

    def _exposure(self, topic: str, first: int, end: int) -> float:
        """Return the sum of a topic's factors over days of the past, the last left out."""
        first, end = max(first, self._first) - self._first, min(end, self.until) - self._first
        return max(0.0, self._exposed[topic][end] - self._exposed[topic][first]) if end > first else 0.0

    def _rates(self) -> tuple[dict[Cell, float], dict[Cell, float]]:
        """Return by cell its people on a day of factor one, and the shape of what is known of that."""
        by_commune = dict.fromkeys(self.ground.communes, _FEW)
        by_topic = dict.fromkeys(self.ground.topics, 1.0)
        for (commune, topic), people in self._own.items():
            by_commune[commune] += people
            by_topic[topic] += people
        everybody = sum(by_commune.values())
        rate, shape = {}, {}
        for topic in self.ground.topics:
            whole = self._exposure(topic, self._first, self.until)
            daily = by_topic[topic] / max(whole, 1.0)
            prior = {commune: daily * by_commune[commune] / everybody for commune in self.ground.communes}
            alike = 1 / self._unlike(topic, prior, whole)
            for commune, mean in prior.items():
                spans = self._left_out.get((commune, topic), ())
                exposed = whole - sum(self._exposure(topic, first, last + 1) for first, last in spans)
                shape[commune, topic] = alike + self._own[commune, topic]
                rate[commune, topic] = shape[commune, topic] / (alike / mean + max(exposed, 0.0))
        return rate, shape

    def _unlike(self, topic: str, prior: Mapping[str, float], exposed: float) -> float:
        """Return how unlike communes are in a topic beyond chance, by the method of moments."""
        beyond = squares = _GUESS
        for commune, mean in prior.items():
            usual = mean * exposed
            beyond += (self._own[commune, topic] - usual) ** 2 - usual
            squares += usual**2
        return min(_UNLIKE, max(_ALIKE, beyond / squares))

    def _measure_bursts(self, cells: _Cells) -> dict[str, float]:
        """Return by topic the variance of a week's people over their mean, as all cells of the topic show it."""
        count = (self.until - self._first) // _WEEK
        exposed = {
            topic: [self._exposure(topic, self.until - (n + 1) * _WEEK, self.until - n * _WEEK) for n in range(count)]
            for topic in self.ground.topics
        }
        whole = {topic: (sum(weeks_of), sum(one**2 for one in weeks_of)) for topic, weeks_of in exposed.items()}
        squares = dict.fromkeys(self.ground.topics, _MANY)
        means = dict.fromkeys(self.ground.topics, _MANY)
        for (_, topic), rate in self._rate.items():
            means[topic] += rate * whole[topic][0]
            squares[topic] += rate**2 * whole[topic][1]
        for (commune, topic), days in cells.items():
            weeks: dict[int, int] = {}
            for day, people in days:
                week = (self.until - 1 - day) // _WEEK
                weeks[week] = weeks.get(week, 0) + people
            weeks.pop(count, None)
            rate, exposed_in = self._rate[commune, topic], exposed[topic]
            for week, people in weeks.items():
                usual = rate * exposed_in[week]
                squares[topic] += min((people - usual) ** 2, _OUTLYING**2 * (usual + 1)) - usual**2
        return {topic: min(_MOST_BURSTS, max(1.0, squares[topic] / means[topic])) for topic in self.ground.topics}

    def _lately(self, cells: _Cells) -> tuple[dict[str, float], dict[str, float]]:
        """Return by topic and by commune how the last weeks compare with what the year makes one expect."""
        begins, most = self.until - self._limits["lately"], self._limits["lately_most"]
        topics, communes = dict.fromkeys(self.ground.topics, _MANY), dict.fromkeys(self.ground.communes, _MANY)
        for (commune, topic), days in cells.items():
            people = sum(count for day, count in days if day >= begins)
            topics[topic] += people
            communes[commune] += people
        usual_topics, usual_communes = dict.fromkeys(topics, _MANY), dict.fromkeys(communes, _MANY)
        exposed = {topic: self._exposure(topic, begins, self.until) for topic in topics}
        for (_, topic), rate in self._rate.items():
            usual_topics[topic] += rate * exposed[topic]
        by_topic = {topic: min(most, max(1 / most, topics[topic] / usual_topics[topic])) for topic in topics}
        for (commune, topic), rate in self._rate.items():
            usual_communes[commune] += rate * exposed[topic] * by_topic[topic]
        by_commune = {one: min(most, max(1 / most, communes[one] / usual_communes[one])) for one in communes}
        return by_topic, by_commune


def _around(values: Sequence[float], n: int) -> float:
    """Return a week with half of each week beside it; the year is a ring."""
    return values[n] + (values[n - 1] + values[(n + 1) % _WEEKS]) / 2
