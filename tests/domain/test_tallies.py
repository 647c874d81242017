"""The wall over a whole province, attacked: reports of all periods, kept side by side, and what follows from them.

Every figure that the balance, the fields, the communes and the months show is taken as an equation about what came and
went in each stretch of time, in each commune and field; whoever can solve it has broken the wall.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from domain.periods import LENGTHS, Cut, PeriodKind
from domain.tallies import IN, OUT, Tallies
from domain.wall import LEAST, Shown, Tally

COMMUNES, FIELDS = ("a", "b", ""), ("x", "y")
DAY = timedelta(days=1)
#: What is counted about time alone.
AGAIN = IN[1]


@dataclass(frozen=True)
class Province:
    """What truly happened: by stretch (weeks cut at months), commune and field; and how it is tallied."""

    cut: Cut
    #: Where stretches begin, and the last ends; which of these begin months.
    borders: list[date]
    months: list[date]
    #: (stretch, commune, field) → filed; (stretch) → again, left.
    filed: np.ndarray
    again: np.ndarray
    left: np.ndarray
    #: All of a stretch come from one person.
    alone: bool = False

    @property
    def size(self) -> int:
        """How many numbers nobody outside knows."""
        return self.filed.size + self.again.size + self.left.size

    @property
    def truth(self) -> np.ndarray:
        """These numbers."""
        return np.concatenate([self.filed.ravel(), self.again, self.left])

    def of(self, name: str, first: int, last: int, commune: int | None = None, field: int | None = None) -> np.ndarray:
        """Return which of the numbers make up a count between two borders."""
        filed, again, left = (np.zeros_like(one) for one in (self.filed, self.again, self.left))
        if name == "filed":
            filed[first:last, slice(None) if commune is None else commune, slice(None) if field is None else field] = 1
        else:
            (again if name == AGAIN else left)[first:last] = 1
        return np.concatenate([filed.ravel(), again, left])

    def stock(self, border: int) -> np.ndarray:
        """Return which of the numbers make up what stands open at a border."""
        return self.of("filed", 0, border) + self.of(AGAIN, 0, border) - self.of(OUT, 0, border)

    def tallies(self) -> Tallies:
        """Return what the coordinating office has."""

        def row(counts: np.ndarray, days: list[date]) -> dict[date, Tally]:
            people = (lambda n: min(n, 1)) if self.alone else int
            return {day: Tally(int(n), people(int(n))) for day, n in zip(days, counts, strict=True) if n}

        weeks, ends = self.borders[:-1], [self.borders.index(day) for day in self.months]
        monthly = np.add.reduceat(self.filed, ends[:-1], axis=0)
        whole = self.filed.sum(axis=(1, 2))
        flows = {"filed": row(whole, weeks), AGAIN: row(self.again, weeks), OUT: row(self.left, weeks)}
        communes = {key: row(monthly[:, n].sum(axis=1), self.months[:-1]) for n, key in enumerate(COMMUNES)}
        fields = {key: row(monthly[:, :, n].sum(axis=1), self.months[:-1]) for n, key in enumerate(FIELDS)}
        return Tallies(flows, communes, fields, {"flow": weeks, "month": self.months[:-1]}, self.cut)

    def asked(self) -> Iterator[tuple[date, date]]:
        """Yield all periods that can be asked for: of each kind, and of programmes that began on some day."""
        first, last = self.borders[0], self.borders[-1]
        found = set()
        for kind in (PeriodKind.WEEK, *LENGTHS):
            period = self.cut.period(kind, first)
            while period.end <= last:
                found.add((period.start, period.end))
                period = self.cut.period(kind, period.end)
        for end in self.months:
            found |= {(first + n * DAY, end) for n in range(0, (end - first).days, 9)}
        yield from sorted(found)


def province(months: int, counts: list[int], *, closes_on: int, alone: bool = False) -> Province:
    """Return a province of some months, its numbers drawn from ``counts`` in turn."""
    cut, start = Cut(closes_on), Cut(closes_on).period(PeriodKind.MONTH, date(2026, 9, 20)).start
    end = start
    for _ in range(months):
        end = cut.period(PeriodKind.MONTH, end).end
    borders = [day for day in cut.borders(start, end + 40 * DAY, weeks=True) if day <= end]
    ends = [day for day in cut.borders(start, end + 40 * DAY, weeks=False) if day <= end]
    n, of = len(borders) - 1, len(COMMUNES) * len(FIELDS)
    drawn = np.resize(np.array(counts), n * (of + 2))
    filed, again = drawn[: n * of].reshape(n, len(COMMUNES), len(FIELDS)), drawn[n * of : n * (of + 1)]
    # Nothing ends that did not come.
    left, stands = [], 0
    for stretch in range(n):
        stands += int(filed[stretch].sum() + again[stretch])
        gone = max(0, stands - int(drawn[n * (of + 1) + stretch]))
        left.append(gone)
        stands -= gone
    return Province(cut, borders, ends, filed, again, np.array(left), alone)


def told(one: Province) -> Iterator[tuple[np.ndarray, int, float, str]]:
    """Yield what is shown of all periods: which numbers, at least how many in all, at most how many, and what it is."""
    known = one.tallies()
    for start, end in one.asked():
        first, last = bisect_left(one.borders, start), bisect_right(one.borders, end) - 1
        balance = known.balance(start, end)
        counts = [(one.of(name, first, last), balance.flows[name], name) for name in (*IN, OUT)]
        counts += [(one.of("filed", first, last, n), known.communes(start, end)[key], f"commune {key}")
                   for n, key in enumerate(COMMUNES)]  # fmt: skip
        counts += [(one.of("filed", first, last, None, n), known.fields(start, end)[key], f"field {key}")
                   for n, key in enumerate(FIELDS)]  # fmt: skip
        for day, shown in known.months(start, end):
            after = one.cut.period(PeriodKind.MONTH, day).end
            counts.append((one.of("filed", one.borders.index(day), one.borders.index(after)), shown, "month"))
        for cells, shown, name in counts:
            yield cells, shown.value, shown.value if shown.exact else np.inf, f"{name} {start} {end}"
        for border, shown, name in ((first, balance.opening, "opening"), (last, balance.open, "open")):
            # In steps of five, where they are not exact.
            yield one.stock(border), shown.value, shown.value if shown.exact else shown.value + LEAST - 1, name


def secrets(one: Province) -> Iterator[tuple[np.ndarray, str]]:
    """Yield what must not follow: every count of one to four between any two borders, and of what stands open."""
    for first, last in combinations(range(len(one.borders)), 2):
        wanted = [(one.of(name, first, last), name) for name in (*IN, OUT)]
        wanted += [(one.of("filed", first, last, n), f"commune {key}") for n, key in enumerate(COMMUNES)]
        wanted += [(one.of("filed", first, last, None, n), f"field {key}") for n, key in enumerate(FIELDS)]
        for cells, name in wanted:
            if 0 < cells @ one.truth < LEAST:
                yield cells, f"{name} {one.borders[first]} {one.borders[last]}"
    for border in range(len(one.borders)):
        if 0 < one.stock(border) @ one.truth < LEAST:
            yield one.stock(border), f"open {one.borders[border]}"


def solved(one: Province) -> list[str]:
    """Return which small counts follow from all exact figures, by subtraction."""
    rows = [cells for cells, least, most, _ in told(one) if least == most]
    # A row space in reduced form: what lies in it leaves nothing over.
    space = np.unique(np.array(rows), axis=0) if rows else np.zeros((1, one.size))
    _, sizes, basis = np.linalg.svd(space.astype(float), full_matrices=False)
    basis = basis[sizes > 1e-9]
    return [name for cells, name in secrets(one) if np.abs(cells - basis.T @ (basis @ cells)).max() < 1e-9]


#: Quiet places, busy ones, and such as change between the two.
KINDS = ([0, 0, 0, 0, 1, 2, 3], [0, 0, 5, 1], [0, 1, 7], [0, 0, 12, 3], [0, 0, 0, 1, 9], [3, 8, 2, 11])


def some(months: int, kind: list[int], seed: int, *, closes_on: int, alone: bool) -> Province:
    """Return a province of a kind."""
    counts = np.random.default_rng(seed).choice(kind, 400).tolist()
    return province(months, counts, closes_on=closes_on, alone=alone)


PROVINCES = st.builds(
    some,
    st.integers(1, 4),
    st.sampled_from(KINDS),
    st.integers(0, 10**6),
    closes_on=st.sampled_from([0, 14]),
    alone=st.sampled_from([False, False, False, True]),
)


@given(PROVINCES)
@settings(max_examples=25, deadline=None)
def test_no_small_count_follows_from_all_reports_together(one: Province) -> None:
    assert solved(one) == []


@pytest.mark.parametrize("closes_on", [0, 14])
def test_what_fields_tell_of_a_month_is_not_two_more_than_what_its_weeks_tell(closes_on: int) -> None:
    assert solved(province(4, [0, 9, 1, 0, 1, 1, 0, 0, 0, 0, 0], closes_on=closes_on)) == []


def test_communes_and_fields_do_not_give_each_other_away() -> None:
    one = province(2, [0], closes_on=0)
    second = one.borders.index(one.months[1])
    # In the first month fields must not be told, communes may; in the second it would be the other way round.
    one.filed[0, 0] = 8, 2
    one.filed[second, 0] = 0, 3
    assert solved(one) == []
    assert one.tallies().communes(one.months[0], one.months[1])["a"] == Shown(10)


def test_the_attack_finds_what_is_there_to_be_found() -> None:
    one = province(2, [9, 1, 0, 4, 0, 0, 2], closes_on=0)
    known = one.of("filed", 0, 3), one.of("filed", 0, 2)
    assert (known[0] - known[1]) @ one.truth == one.filed[2].sum()
    assert solved(one) == []
    assert any(0 < cells @ one.truth < LEAST for cells, _ in secrets(one)), "there is something to be found"


@given(PROVINCES)
@settings(max_examples=40, deadline=None)
def test_what_is_shown_is_true(one: Province) -> None:
    for cells, least, most, name in told(one):
        assert least <= cells @ one.truth <= most, name
        assert "open" in name or not 0 < least < LEAST, name


@given(PROVINCES, st.integers(0, 10**6))
@settings(max_examples=12, deadline=None)
def test_nor_from_bounds_and_because_nothing_is_less_than_nothing(one: Province, seed: int) -> None:
    """Let a linear program look for the least and the most that a small count can be, given all that is shown."""
    shown = {(cells.tobytes(), least, most): cells for cells, least, most, _ in told(one)}
    equal = [(cells, least) for (_, least, most), cells in shown.items() if least == most]
    under = [(-cells, -least) for (_, least, most), cells in shown.items() if 0 < least < most]
    under += [(cells, most) for (_, least, most), cells in shown.items() if least < most < np.inf]
    wanted = list(secrets(one))
    for cells, name in np.random.default_rng(seed).permutation(np.array(wanted, dtype=object))[:2] if wanted else []:
        least, most = (
            linprog(
                sign * cells.astype(float),
                **dict(zip(("A_eq", "b_eq"), map(np.array, zip(*equal, strict=True)), strict=False)),
                **dict(zip(("A_ub", "b_ub"), map(np.array, zip(*under, strict=True)), strict=False)),
            )
            for sign in (1, -1)
        )
        # Unbounded (3) hides it well.
        assert 3 in (least.status, most.status) or np.floor(-most.fun + 1e-6) > np.ceil(least.fun - 1e-6), name


@given(PROVINCES)
@settings(max_examples=25, deadline=None)
def test_a_report_that_is_asked_for_later_shows_the_same(one: Province) -> None:
    """Nothing that comes later makes a figure of a period that is over more, or less."""
    then = next((day for day in one.months[1:-1]), None)
    if then is None:
        return
    n = one.borders.index(then)
    early = Province(one.cut, one.borders[: n + 1], one.months[: one.months.index(then) + 1], one.filed[:n],
                     one.again[:n], one.left[:n], one.alone)  # fmt: skip
    before, now = early.tallies(), one.tallies()
    for start, end in early.asked():
        assert before.balance(start, end) == now.balance(start, end)
        assert before.months(start, end) == now.months(start, end)
        assert before.communes(start, end) == now.communes(start, end)
        assert before.fields(start, end) == now.fields(start, end)
