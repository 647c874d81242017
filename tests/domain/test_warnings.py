"""What is usual, what stands out, and what becomes of a warning from day to day."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rises import Recent, figures_of, find_rises
from domain.rulesets import Ruleset
from domain.usual import Count, Expected, Ground, Usual, ground_of, likely_most, upper_tail
from domain.warnings import (
    EarlyWarning,
    Figures,
    Told,
    Warned,
    WarningKind,
    WarningStatus,
    find_silent,
    go_on,
    is_known,
    is_known_silent,
    left_out,
)

COMMUNES, TOPICS = tuple(f"{n:02d}" for n in range(20)), ("road", "waste", "fees", "smell", "water")
RING = {one: (COMMUNES[n - 1], COMMUNES[(n + 1) % 20]) for n, one in enumerate(COMMUNES)}
GROUND = Ground(COMMUNES, TOPICS, RING, frozenset(), frozenset())
START = date(2024, 1, 1).toordinal()
QUIET = Figures(0, 0.1, 1.0)


def background(days: int, seed: int, *, daily: float = 0.04) -> list[Count]:
    """Return so many days of nothing in particular."""
    chance = random.Random(seed)
    return [
        Count(START + day, commune, topic, 1)
        for day in range(days)
        for commune in COMMUNES
        for topic in TOPICS
        if chance.random() < daily
    ]


def learn(counts: Iterable[Count], day: int, ground: Ground = GROUND, **more: object) -> tuple[Usual, Recent]:
    """Return what is usual before the week up to a day, and that week; days are counted from the first."""
    counts, until = list(counts), START + day - 6
    series: dict[str, dict[int, int]] = {}
    for row in counts:
        if row.day < until:
            series.setdefault(row.topic, {}).setdefault(row.day, 0)
            series[row.topic][row.day] += row.people
    usual = Usual(counts, series, START, until, ground, **more)  # type: ignore[arg-type]
    return usual, Recent(counts, START + day)


def extra(day: int, people: dict[str, int], topic: str = "smell") -> list[Count]:
    """Return people of one day, by commune."""
    return [Count(START + day, commune, topic, count) for commune, count in people.items()]


@given(size=st.integers(1, 12), odds=st.integers(1, 19), count=st.integers(0, 60))
def test_the_tail_is_that_of_the_negative_binomial(size: int, odds: int, count: int) -> None:
    share = Fraction(odds, 20)
    below = sum((comb(n + size - 1, n) * share**n * (1 - share) ** size for n in range(count)), Fraction(0))
    mean = size * share / (1 - share)
    found = upper_tail(count, Expected(float(mean), float(mean / (1 - share))))
    assert found == pytest.approx(float(1 - below), rel=1e-9, abs=1e-12)


def test_what_is_said_to_be_likely_at_most_is_exceeded_one_time_in_twenty() -> None:
    expected = Expected(4.0, 6.0)
    most = likely_most(expected)
    assert upper_tail(most + 1, expected) <= 0.05 < upper_tail(most, expected)


def test_chance_is_said_as_it_is() -> None:
    """In a province where nothing happens, what has a chance of p comes with a probability of p, or a little less."""
    rare = looked = 0
    for seed in range(6):
        usual, recent = learn(background(420, seed, daily=0.2), 419)
        for commune in COMMUNES:
            for topic in TOPICS:
                rare += figures_of(usual, recent, (commune,), topic).chance <= 0.1
                looked += 1
    assert 0.02 < rare / looked < 0.11


def test_nothing_is_raised_where_nothing_happens() -> None:
    counts = background(400, 1)
    raised = [one for day in range(200, 400, 5) for one in find_rises(*learn(counts, day))]
    assert len(raised) <= 2


def test_many_in_one_commune_are_one_warning() -> None:
    [rise] = find_rises(*learn(background(300, 2) + extra(299, {"07": 12}), 299))
    assert (rise.kind, rise.area, rise.topic) == (WarningKind.RISE, ("07",), "smell")
    assert rise.figures.people >= 12
    assert rise.figures.chance < 1e-6
    assert "one_day" in rise.figures.doubts


def test_four_are_never_a_warning() -> None:
    assert find_rises(*learn(extra(299, {"07": 4}), 299)) == []


def test_a_few_in_each_of_several_neighbours_are_a_warning_of_the_neighbourhood() -> None:
    counts = background(300, 3, daily=0.01)
    [rise] = find_rises(*learn(counts + extra(298, {"06": 3, "07": 3, "08": 3}), 299))
    assert rise.kind is WarningKind.SPREAD
    assert set(rise.area) >= {"06", "07", "08"}


def test_what_stands_out_far_apart_are_two_warnings() -> None:
    found = find_rises(*learn(background(300, 4) + extra(299, {"02": 14, "12": 14}), 299))
    assert sorted(one.commune for one in found) == ["02", "12"]


def test_what_comes_everywhere_at_once_is_no_warning_of_a_place() -> None:
    """A season that comes early, a day of much talk: all communes have it, so none stands out."""
    counts = background(300, 5, daily=0.2)
    talk = [row for day in (297, 298, 299) for row in extra(day, dict.fromkeys(COMMUNES, 1))]
    assert find_rises(*learn(counts + talk, 299)) == []
    assert find_rises(*learn(counts + talk[:3] * 5, 299)), "in a few communes alone it is one"


def test_a_season_is_learnt_from_the_years_before() -> None:
    counts = background(3 * 364, 6)
    for year in range(3):
        for day in range(245, 260):
            counts += extra(364 * year + day, {"03": 2, "04": 2}, "fees")
    [first] = find_rises(*learn(counts, 251))
    assert first.topic == "fees"
    assert "no_season" in first.figures.doubts
    third, recent = learn(counts, 2 * 364 + 251)
    season = third.season("fees", recent.day)
    assert season
    assert season > 3
    expected = third.expected(("03",), "fees", recent.day - 6, recent.day)
    assert expected.mean > 3 * third.expected(("03",), "fees", recent.day + 94, recent.day + 100).mean


def test_days_of_the_week_and_days_off_are_learnt() -> None:
    off = frozenset(date.fromordinal(START + day) for day in range(30, 390, 30))
    ground = replace(GROUND, off=off)
    chance = random.Random(7)
    share = {5: 0.05, 6: 0.05}
    counts = [
        Count(START + day, commune, topic, 1)
        for day in range(400)
        for commune in COMMUNES
        for topic in TOPICS
        if chance.random() < (0.02 if ground.kind(START + day) == 7 else share.get((START + day - 1) % 7, 0.2))
    ]
    usual, _ = learn(counts, 399, ground)
    monday, saturday = date(2025, 2, 3).toordinal(), date(2025, 2, 8).toordinal()
    assert usual.factor("road", monday) > 2.5 * usual.factor("road", saturday)
    day_off = min(off).toordinal()
    assert usual.factor("road", day_off) < 0.5


def test_the_days_of_a_confirmed_warning_are_not_usual() -> None:
    counts = background(300, 8) + [row for day in range(150, 200) for row in extra(day, {"07": 3})]
    confirmed = EarlyWarning(
        1,
        Warned(WarningKind.RISE, QUIET, ("07",), "smell"),
        date.fromordinal(START + 156),
        date.fromordinal(START + 200),
        WarningStatus.CONFIRMED,
    )
    spans = left_out([confirmed, replace(confirmed, status=WarningStatus.DISMISSED)])
    assert spans == {("07", "smell"): [(START + 150, START + 200)]}
    with_it, recent = learn(counts, 299)
    without, _ = learn(counts, 299, left_out=spans)
    week = (("07",), "smell", recent.day - 6, recent.day)
    assert without.expected(*week).mean < with_it.expected(*week).mean / 3


def test_a_place_that_is_no_more_is_passed_over() -> None:
    usual, recent = learn([*background(300, 9), Count(START + 298, "99", "smell", 9)], 299)
    assert find_rises(usual, recent) == []
    assert usual.expected(("99",), "smell", recent.day, recent.day).mean == 0


def test_in_the_first_weeks_nothing_is_raised() -> None:
    assert find_rises(*learn(background(20, 1) + extra(19, {"07": 30}), 19)) == []


def warning(status: WarningStatus, people: int = 12) -> tuple[EarlyWarning, Warned]:
    """Return a warning of the first of January, and what was found then."""
    found = Warned(WarningKind.RISE, Figures(people, 0.5, 1e-9), ("07",), "smell")
    return EarlyWarning(1, found, date(2026, 1, 1), date(2026, 1, 1), status), found


def test_an_open_warning_goes_on_and_lapses_when_it_is_quiet() -> None:
    one, found = warning(WarningStatus.RAISED)
    day = date(2026, 1, 2)
    wider = replace(found, area=("08", "09"))
    assert go_on(one, [wider], QUIET, day, GROUND).warned.area == ("07", "08", "09")
    assert go_on(one, [], replace(found.figures, chance=0.001), day, GROUND).last_day == day
    assert go_on(one, [], QUIET, date(2026, 1, 7), GROUND) == one
    assert go_on(one, [], QUIET, date(2026, 1, 8), GROUND).status is WarningStatus.LAPSED


def test_a_confirmed_one_that_was_quiet_is_over() -> None:
    one, found = warning(WarningStatus.CONFIRMED)
    assert go_on(one, [found], QUIET, date(2026, 1, 7), GROUND).last_day == date(2026, 1, 7)
    assert go_on(one, [found], QUIET, date(2026, 1, 8), GROUND) == one
    assert not is_known(found, one, date(2026, 1, 8), GROUND), "it is raised anew"


def test_what_was_dismissed_is_not_raised_again_unless_it_doubles() -> None:
    one, found = warning(WarningStatus.DISMISSED)
    grown = replace(found, figures=replace(found.figures, people=24))
    assert is_known(found, one, date(2026, 1, 14), GROUND)
    assert is_known(replace(found, area=("08",)), one, date(2026, 1, 14), GROUND), "nor next door"
    assert not is_known(replace(found, area=("12",)), one, date(2026, 1, 14), GROUND)
    assert not is_known(replace(found, topic="road"), one, date(2026, 1, 14), GROUND)
    assert not is_known(grown, one, date(2026, 1, 14), GROUND)
    assert not is_known(found, one, date(2026, 1, 15), GROUND)


def test_a_lapsed_one_is_not_known_any_more() -> None:
    one, found = warning(WarningStatus.LAPSED)
    assert not is_known(found, one, date(2026, 1, 2), GROUND)


def test_who_is_silent() -> None:
    found = find_silent({"SXD": 5, "SYT": 4}, {"SXD": 9, "SCT": 5, "SNV": 4})
    assert [(one.agency, one.figures.people, one.figures.doubts) for one in found] == [
        ("SXD", 9, ("idle",)),
        ("SCT", 5, ("idle",)),
    ]
    [untaken] = find_silent({"SYT": 6}, {})
    assert untaken.figures.doubts == ("untaken",)
    known = EarlyWarning(1, untaken, date(2026, 1, 1), date(2026, 1, 1), WarningStatus.DISMISSED)
    assert is_known_silent(untaken, known, date(2026, 1, 14))
    assert not is_known_silent(untaken, known, date(2026, 1, 15))
    assert not is_known_silent(replace(untaken, agency="SXD"), known, date(2026, 1, 2))


@given(st.integers(0, 10_000), st.floats(0, 10_000), st.floats(0, 1))
def test_nothing_under_five_is_told(people: int, expected: float, chance: float) -> None:
    told = Told.of(Figures(people, expected, chance))
    assert told.people % 5 == told.usual % 5 == 0
    assert 0 <= people - told.people < 5
    assert told.usual == 0 or expected >= 5
    assert chance <= 10.0**-told.rarity


def test_restricted_topics_and_foreign_neighbours_are_not_looked_at(rules: Ruleset) -> None:
    ground = ground_of(rules)
    assert "hanh_chinh.tham_nhung" not in ground.topics
    assert set(ground.neighbours) == set(ground.communes) == set(rules.communes)
    assert {near for some in ground.neighbours.values() for near in some} <= set(rules.communes)
    assert all(1 <= len(some) <= 5 for some in ground.neighbours.values())
