"""The wall, attacked: whatever is shown of whatever periods, no count of one to four people follows from it."""

from collections import defaultdict
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.wall import LEAST, LEAST_SHARED, Grid, Shown, Tally, at_least, share, summed


def _grid(rows: dict[str, list[int]], *, divides: bool = True) -> Grid:
    return Grid({key: [Tally(n, n) for n in counts] for key, counts in rows.items()}, divides=divides)


def test_a_small_month_is_not_shown_and_does_not_follow_from_the_quarter() -> None:
    grid = _grid({"a": [7, 3, 8], "b": [20, 30, 20]})
    assert grid.shown("a", 0, 1) == Shown(7)
    assert grid.shown("a", 1, 2) == Shown(0, exact=False)
    assert grid.shown("a", 0, 3) == Shown(18), "the quarter is exact"
    assert not grid.shown("a", 2, 3).exact, "for the quarter less two months would be the third"
    assert not grid.shown("b", 1, 2).exact, "nor from what the province had in that month"
    assert grid.shown("b", 0, 3) == Shown(70)


def test_what_is_not_ripe_yet_waits_for_the_next_period() -> None:
    grid = _grid({"a": [9, 8, 3], "b": [50, 50, 50]})
    assert grid.shown("a", 0, 3) == Shown(17, exact=False), "at least so many: two months of it are known"


def test_one_person_who_writes_often_is_not_ripe() -> None:
    grid = Grid({"a": [Tally(50, 1)], "b": [Tally(60, 40)]}, divides=True)
    assert grid.shown("a", 0, 1) == Shown(0, exact=False)
    assert grid.shown("b", 0, 1) == Shown(0, exact=False)


def test_where_all_are_few_their_sum_is_sealed() -> None:
    assert _grid({"a": [3], "b": [0]}).sealed == {1}
    assert _grid({"a": [3], "b": [2]}).sealed == set()


@given(
    st.integers(1, 6).flatmap(
        lambda stretches: st.lists(
            st.lists(st.sampled_from([0, 0, 1, 2, 3, 4, 5, 6, 7, 12, 40]), min_size=stretches, max_size=stretches),
            min_size=1,
            max_size=4,
        )
    )
)
@settings(max_examples=300, deadline=None)
def test_no_sum_or_difference_of_all_that_is_shown_is_one_to_four(counts: list[list[int]]) -> None:
    """Take every figure of every period, and the province's where not sealed, as equations; solve for the rest."""
    rows, stretches = len(counts), len(counts[0])
    grid = _grid({str(n): row for n, row in enumerate(counts)})
    known = []
    for first, last in combinations(range(stretches + 1), 2):
        exact = [row for row in range(rows) if grid.shown(str(row), first, last).exact]
        known += [_equation(rows, stretches, {row}, first, last) for row in exact]
        if first not in grid.sealed and last not in grid.sealed:
            known.append(_equation(rows, stretches, set(range(rows)), first, last))
    space = np.array(known) if known else np.zeros((1, rows * stretches))
    rank = np.linalg.matrix_rank(space)
    for row in range(rows):
        for first, last in combinations(range(stretches + 1), 2):
            if 0 < sum(counts[row][first:last]) < LEAST:
                wanted = _equation(rows, stretches, {row}, first, last)
                assert np.linalg.matrix_rank(np.vstack([space, wanted])) > rank, (row, first, last)


def _equation(rows: int, stretches: int, of: set[int], first: int, last: int) -> np.ndarray:
    cells = np.zeros((rows, stretches))
    cells[sorted(of), first:last] = 1
    return cells.ravel()


@given(st.lists(st.integers(0, 60), min_size=1, max_size=12))
def test_lower_bounds_are_true(counts: list[int]) -> None:
    grid = _grid({"a": counts}, divides=False)
    for first, last in combinations(range(len(counts) + 1), 2):
        shown = grid.shown("a", first, last)
        assert shown.value <= sum(counts[first:last])
        assert shown.value == 0 or shown.value >= LEAST
        assert not shown.exact or shown.value == sum(counts[first:last])


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (3, 29, None),
        (29, 30, (95, 100)),
        (30, 30, (95, 100)),
        (1, 30, (0, 5)),
        (999, 1000, (99, 100)),
        (503, 1000, (50, 51)),
    ],
)
def test_shares_are_said_in_bands(part: int, whole: int, said: tuple[int, int] | None) -> None:
    assert share(part, whole) == said


def test_steps_and_sums() -> None:
    assert [at_least(n) for n in (0, 4, 5, 9, 10)] == [0, 0, 5, 5, 10]
    assert summed(Shown(7), Shown(5, exact=False)) == Shown(12, exact=False)


def test_no_band_beside_a_step_tells_one_to_four() -> None:
    for least in range(LEAST_SHARED, 1400, LEAST):
        parts, rests = defaultdict(set), defaultdict(set)
        for whole in range(least, least + LEAST):
            for part in range(whole + 1):
                parts[share(part, whole)].add(part)
                rests[share(part, whole)].add(whole - part)
        for few in (*parts.values(), *rests.values()):
            assert len(few) > 1 or not 0 < min(few) < LEAST
