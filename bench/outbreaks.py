"""Three simulated years of a province's counts, with outbreaks planted in each: sparse, bursty, seasonal.

What is drawn follows from the seed alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.deployment import rules_of
from bot.holidays import public_holidays
from domain.usual import Ground, ground_of

START = date(2023, 9, 30)
YEAR, WEEK = 364, 7
DAYS = 3 * YEAR
#: People a day in the middle of the three years, all cells together; growth a year, as a share of that.
_PER_DAY, _GROWTH = 137.0, 0.3
Matrix = NDArray[np.float64]
Whole = NDArray[np.int64]

#: Seasons: topic to (first and last day of the year, how many times as many).
_SEASONS = {
    "thoat_nuoc.ngap_ung": (182, 273, 4.0),
    "thoat_nuoc.cong_ranh_tac": (166, 273, 2.0),
    "dien.mat_dien": (152, 212, 3.0),
    "giao_duc.thu_chi_tuyen_sinh": (235, 268, 10.0),
    "moi_truong.dot_rac_rom_ra": (274, 304, 5.0),
    "nuoc_sach.mat_nuoc": (121, 196, 2.0),
    "nong_nghiep.vat_nuoi_dich_benh": (1, 60, 3.0),
}
_WEEKDAYS = (1.3, 1.15, 1.1, 1.05, 1.05, 0.75, 0.6)


class Outbreak(NamedTuple):
    """Something that really happens."""

    kind: str
    topic: str
    area: tuple[str, ...]
    first: int
    last: int
    #: Extra people by day and commune.
    people: Whole


@dataclass
class World:
    """Three simulated years."""

    ground: Ground
    #: People by day, commune and topic; the outbreaks are in it.
    counts: Whole
    outbreaks: list[Outbreak]


@cache
def province() -> Ground:
    """Return what is looked at, with the holidays of all simulated years."""
    off, work = public_holidays(range(2022, 2028))
    return replace(ground_of(rules_of("thai-nguyen")), off=off, work=work)


def build(seed: int) -> World:
    """Simulate three years."""
    chance, ground = np.random.default_rng(seed), province()
    sizes = chance.lognormal(0, 0.8, len(ground.communes))
    weights = chance.lognormal(0, 1.0, len(ground.topics))
    own = chance.gamma(3.0, 1 / 3.0, (len(ground.communes), len(ground.topics)))
    cells = own * np.outer(sizes / sizes.sum(), weights / weights.sum())
    cells /= cells.sum()
    days = _days(ground) * np.linspace(1 - _GROWTH * 1.5, 1 + _GROWTH * 1.5, DAYS) * _PER_DAY
    topics = np.stack([_season(slug, chance) for slug in ground.topics], axis=1)
    # Weeks in which a topic is on everybody's lips, or on nobody's.
    topics *= np.repeat(chance.gamma(20.0, 1 / 20.0, (DAYS // WEEK, len(ground.topics))), WEEK, axis=0)
    counts = _bursts(days[:, None, None] * topics[:, None, :] * cells[None], chance)
    outbreaks: list[Outbreak] = []
    for first in (0, YEAR, 2 * YEAR):
        planted = list(_plant(first, chance, ground))
        for one in planted:
            topic = ground.topics.index(one.topic)
            for n, commune in enumerate(one.area):
                counts[one.first : one.last + 1, ground.communes.index(commune), topic] += one.people[:, n]
        outbreaks = planted  # those of the last year are looked for; the earlier ones are in the history
    return World(ground, counts, outbreaks)


def _days(ground: Ground) -> Matrix:
    """Return how much is written on each day; after days off more than else."""
    found = []
    for n in range(DAYS):
        day = START + timedelta(days=n)
        after = day not in ground.off and day - timedelta(days=1) in ground.off
        found.append((0.4 if day in ground.off else _WEEKDAYS[day.weekday()]) * (1.3 if after else 1.0))
    return np.array(found)


def _season(slug: str, chance: np.random.Generator) -> Matrix:
    """Return how much more than else a topic has on each day; peaks shift by some days from year to year."""
    days = [(START + timedelta(days=n)).timetuple().tm_yday for n in range(DAYS)]
    if slug in _SEASONS:
        first, last, times = _SEASONS[slug]
        found = []
        for year in range(3):
            shift, height = int(chance.integers(-5, 6)), times * float(chance.uniform(0.8, 1.25))
            within = days[year * YEAR : (year + 1) * YEAR]
            found += [height if first + shift <= day <= last + shift else 1.0 for day in within]
        return np.array(found)
    swing, phase = chance.uniform(0, 0.35), chance.uniform(0, 2 * np.pi)
    return np.array([1 + swing * np.sin(2 * np.pi * day / 365 + phase) for day in days])


def _bursts(means: Matrix, chance: np.random.Generator) -> Whole:
    """Return negative binomial counts of these means: Poisson bursts, logarithmic in size, over up to four days."""
    share = 0.25
    size = -share / ((1 - share) * np.log(1 - share))
    bursts: Whole = chance.poisson(means / size).astype(np.int64)
    counts = np.zeros_like(bursts)
    for day, commune, topic in zip(*np.nonzero(bursts), strict=True):
        for people in chance.logseries(share, bursts[day, commune, topic]):
            counts[day, commune, topic] += 1
            for later in chance.integers(0, 4, people - 1):
                counts[min(DAYS - 1, day + later), commune, topic] += 1
    return np.asarray(counts, dtype=np.int64)


def _plant(begin: int, chance: np.random.Generator, ground: Ground) -> Iterator[Outbreak]:
    """Give a year's outbreaks: four of each kind, far enough apart in place or time to be told apart."""
    centres = _apart(chance, ground)
    for n in range(4):
        near = (centres[n], *ground.neighbours[centres[n]])
        alone = near[:1]

        def at(first: int, daily: Sequence[Sequence[float]], kind: str, topic: str, area: tuple[str, ...]) -> Outbreak:
            people = chance.poisson(np.array(daily, dtype=float))
            people[0, 0] = max(people[0, 0], 1)
            return Outbreak(kind, topic, area, begin + first, begin + first + len(daily) - 1, people)

        def some(length: int) -> int:
            return int(chance.integers(14, YEAR - length - 14))

        growing = [[0.1 * 1.065**day] for day in range(56)]
        yield at(some(56), growing, "factory smell, grows over 8 weeks", "moi_truong.khoi_bui_nha_may", alone)
        flood = tuple(dict.fromkeys([*near, *(far for one in near for far in ground.neighbours[one])]))[:10]
        rain = [[level] * len(flood) for level in (1.0, 2.5, 2.0, 1.0, 0.5)]
        yield at(270 + 22 * n + int(chance.integers(0, 7)), rain, "flood, 10 communes", "thoat_nuoc.ngap_ung", flood)
        september = (date(2024, 9, 5) - START).days % YEAR + int(chance.integers(0, 14))
        yield at(september, [[2.0]] * 7, "one school's fees, in September", "giao_duc.thu_chi_tuyen_sinh", alone)
        poisoning = [[6.0], [3.0], [1.0], [0.5]]
        yield at(some(4), poisoning, "food poisoning, about 10 people", "y_te.an_toan_thuc_pham", alone)
        yield at(some(3), [[8.0], [6.0], [2.0]], "water cut off, 2 days", "nuoc_sach.mat_nuoc", alone)
        yield at(some(21), [[0.8]] * 21, "refuse left lying, 3 weeks", "rac_ve_sinh.rac_khong_thu_gom", alone)
        yield at(some(10), [[0.35] * len(near)] * 10, "disease, thin over 6 communes", "y_te.dich_benh", near)


def _apart(chance: np.random.Generator, ground: Ground) -> list[str]:
    """Return four communes that have no neighbour in common."""
    found: list[str] = []
    taken: set[str] = set()
    for commune in map(str, chance.permutation(ground.communes)):
        near = {commune, *ground.neighbours[commune]}
        if taken.isdisjoint(near):
            found.append(commune)
            taken |= near
    return found[:4]
