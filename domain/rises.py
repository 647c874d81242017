"""Rises: where more people tell of something than chance explains.

Each morning every cell (a topic in a commune) is looked at over windows of days, and every commune together with its
neighbours. That many looks find something by chance alone, so a rise must stand out among all of them: the share of
false ones among those of a morning is held down (Benjamini and Hochberg, Journal of the Royal Statistical Society B 57,
1995). What stands out at neighbouring places is one rise.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from domain.usual import Count, Expected, Ground, Usual, likely_most, upper_tail, usual_rules
from domain.wall import LEAST
from domain.warnings import Figures, Warned, WarningKind, still_stands, touches

#: From here on the time of the year, or how things stand lately, is a reason why it may be nothing.
_MORE = 1.4
#: Most people of a window on one day: one event, perhaps one post that was passed on.
_ONE_DAY = 0.7
#: Of a cell with fewer people in a year what is usual comes from other places.
_HARDLY = 5
#: Fewer people than this are few, if not too few.
_FEW = 10


class _Hit(NamedTuple):
    """A place that stands out: a commune alone, or one with its neighbours."""

    chance: float
    topic: str
    area: tuple[str, ...]


class Recent:
    """New reporters of the last days up to a day, the longest window long."""

    def __init__(self, counts: Iterable[Count], day: int) -> None:
        """``day`` is the last whole one, ``date.toordinal``."""
        self.day, self.days = day, max(usual_rules()["rise"]["windows"])
        self._counts: dict[str, dict[str, list[int]]] = defaultdict(dict)
        self._whole: dict[tuple[str, int], int] = {}
        for row in counts:
            if 0 <= (back := day - row.day) < self.days:
                self._counts[row.topic].setdefault(row.commune, [0] * self.days)[back] += row.people

    @property
    def topics(self) -> Mapping[str, Mapping[str, Sequence[int]]]:
        """Return people by topic and commune, the last day first."""
        return self._counts

    def people(self, communes: Iterable[str], topic: str, days: int | None = None) -> int:
        """Return how many people there were in these communes over the last days."""
        here = self._counts.get(topic, {})
        return sum(sum(here[commune][: days or self.days]) for commune in communes if commune in here)

    def elsewhere(self, communes: Sequence[str], topic: str, days: int | None = None) -> int:
        """Return how many people there were of the topic in all other communes."""
        days = days or self.days
        if (topic, days) not in self._whole:
            self._whole[topic, days] = self.people(self._counts.get(topic, {}), topic, days)
        return self._whole[topic, days] - self.people(communes, topic, days)

    def by_day(self, communes: Iterable[str], topic: str) -> list[int]:
        """Return people by day, the last day first."""
        here = self._counts.get(topic, {})
        return [sum(day) for day in zip(*(here[commune] for commune in communes if commune in here), strict=True)]


def enough_known(usual: Usual) -> bool:
    """Say whether there has been counting for long enough to say what is usual."""
    return usual.known_days >= int(usual_rules()["usual"]["lately"])


def looks_of(ground: Ground) -> int:
    """Return how many looks are taken each morning."""
    rise = usual_rules()["rise"]
    return ground.cells * (len(rise["windows"]) + len(rise["spread_windows"]))


def find_rises(usual: Usual, recent: Recent) -> list[Warned]:
    """Return what stands out on the morning after a day, the least likely first; nothing before enough is known."""
    if not enough_known(usual):
        return []
    hits = sorted([*_alone(usual, recent), *_together(usual, recent)])
    looks, allowed = looks_of(usual.ground), usual_rules()["rise"]["false_share"]
    passed = max((n for n, hit in enumerate(hits, 1) if hit.chance <= allowed * n / looks), default=0)
    told = _telling(usual, recent, hits[:passed])
    return [_warned(usual, recent, one, looks) for one in _joined(told, usual.ground)]


def _telling(usual: Usual, recent: Recent, hits: Sequence[_Hit]) -> list[_Hit]:
    """Return the hits that tell more than those before: a hit may stand out for the communes of another alone."""
    told: list[_Hit] = []
    covered: dict[str, set[str]] = defaultdict(set)
    for hit in hits:
        rest = tuple(commune for commune in hit.area if commune not in covered[hit.topic])
        if rest and (len(rest) == len(hit.area) or still_stands(_stand(usual, recent, rest, hit.topic))):
            told.append(hit)
            covered[hit.topic].update(hit.area)
    return told


def _alone(usual: Usual, recent: Recent) -> Iterator[_Hit]:
    """Give each commune with enough people of a topic, and how likely that is over each window."""
    rise = usual_rules()["rise"]
    for topic in usual.ground.topics:
        for commune in recent.topics.get(topic, {}):
            if commune in usual.ground.neighbours:
                yield from _looks(usual, recent, (commune,), topic, rise["windows"])


def _together(usual: Usual, recent: Recent) -> Iterator[_Hit]:
    """Give each commune with its neighbours where people write from several of them, none of them most."""
    rise, near = usual_rules()["rise"], usual.ground.neighbours
    for topic in usual.ground.topics:
        here = {commune: sum(days) for commune, days in recent.topics.get(topic, {}).items() if commune in near}
        for centre in sorted({*here, *(other for commune in here for other in near[commune])}):
            area = (centre, *near[centre])
            people = sorted((here.get(commune, 0) for commune in area), reverse=True)
            several = sum(1 for count in people if count) >= rise["spread_communes"]
            if several and people[0] <= rise["spread_share"] * sum(people):
                yield from _looks(usual, recent, area, topic, rise["spread_windows"])


def _looks(usual: Usual, recent: Recent, area: tuple[str, ...], topic: str, windows: Sequence[int]) -> Iterator[_Hit]:
    for days in windows:
        people = recent.people(area, topic, days)
        if people >= usual_rules()["rise"]["least"]:
            yield _Hit(upper_tail(people, expect(usual, recent, area, topic, days)), topic, area)


def expect(usual: Usual, recent: Recent, area: Sequence[str], topic: str, days: int) -> Expected:
    """Return what is expected in an area over the last days."""
    elsewhere = recent.elsewhere(area, topic, days)
    return usual.expected(area, topic, recent.day - days + 1, recent.day, elsewhere)


def _joined(hits: Sequence[_Hit], ground: Ground) -> list[list[_Hit]]:
    """Return the hits of a topic that touch each other together, the least likely first."""
    joined: list[list[_Hit]] = []
    for hit in hits:
        touching = [group for group in joined if any(touches(one, hit, ground) for one in group)]
        merged = [one for group in touching for one in group]
        joined = [group for group in joined if group not in touching]
        joined.append([*merged, hit])
    return sorted(sorted(group) for group in joined)


def join_places(
    hits: Iterable[tuple[float, str, tuple[str, ...]]], ground: Ground
) -> list[tuple[str, tuple[str, ...]]]:
    """Return the topic and area of each group of (rank, topic, area) that touch each other, the lowest rank first."""
    return [(group[0].topic, _area(group)) for group in _joined([_Hit(*hit) for hit in hits], ground)]


def _area(hits: Sequence[_Hit]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(commune for hit in hits for commune in hit.area))


def _warned(usual: Usual, recent: Recent, hits: Sequence[_Hit], looks: int) -> Warned:
    area = _area(hits)
    figures = figures_of(usual, recent, area, hits[0].topic, chance=hits[0].chance, looks=looks)
    return Warned(WarningKind.SPREAD if len(area) > 1 else WarningKind.RISE, figures, area, hits[0].topic)


def figures_of(
    usual: Usual, recent: Recent, area: Sequence[str], topic: str, *, chance: float = 1.0, looks: int = 0
) -> Figures:
    """Return what there is and what would be usual in an area over the longest window."""
    stands = _stand(usual, recent, area, topic)
    doubts = _doubts(usual, recent, area, topic)
    looks = looks or looks_of(usual.ground)
    return replace(stands, chance=min(stands.chance, chance), looks=looks, doubts=doubts)


def _stand(usual: Usual, recent: Recent, area: Sequence[str], topic: str) -> Figures:
    people, expected = recent.people(area, topic), expect(usual, recent, area, topic, recent.days)
    return Figures(people, expected.mean, upper_tail(people, expected))


def _doubts(usual: Usual, recent: Recent, area: Sequence[str], topic: str) -> tuple[str, ...]:
    """Return why it may be nothing after all."""
    people, by_day = recent.people(area, topic), recent.by_day(area, topic)
    season = usual.season(topic, recent.day)
    in_topic, in_commune = usual.lately(area[0], topic)
    days = range(recent.day - recent.days + 1, recent.day + 1)
    found = {
        "no_season": season is None,
        "season": season is not None and season >= _MORE,
        "holiday": any(date.fromordinal(day) in usual.ground.off for day in days),
        "one_day": max(by_day, default=0) > _ONE_DAY * people,
        "few": people < _FEW,
        "hardly": usual.own_people(area[0], topic) < _HARDLY,
        "topic": in_topic >= _MORE,
        "commune": in_commune >= _MORE,
    }
    return tuple(key for key, holds in found.items() if holds)


def usual_most(expected: Expected) -> int:
    """Return how many people there usually are at most, up to the next five."""
    return -(-max(1, likely_most(expected)) // LEAST) * LEAST


def history_begins(until: date) -> date:
    """Return the first day whose people are asked for, for what is usual before ``until``."""
    return until - timedelta(days=int(usual_rules()["usual"]["days"]))


def seasons_begin(until: date) -> date:
    """Return the first day of the years from which seasons are learnt."""
    return until - timedelta(days=int(usual_rules()["usual"]["season_years"]) * 366)
