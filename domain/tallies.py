"""What the coordinating office may know of a period, from tallies that were written once when each stretch closed."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from domain.periods import Cut
from domain.wall import LEAST, Grid, Shown, Tally, stepped, summed

#: What comes in, and what goes out: filed, taken up again; answered or otherwise ended.
IN, OUT = ("filed", "again"), "left"
_NONE = Tally(0, 0)
#: Longer than any stretch.
_STRETCH = timedelta(days=40)

#: By key and first day of the stretch.
Rows = Mapping[str, Mapping[date, Tally]]


@dataclass(frozen=True, slots=True)
class Balance:
    """A period of the province: what stood, came, went, is left. Exact all together, or not."""

    opening: Shown
    flows: Mapping[str, Shown]
    open: Shown

    @property
    def received(self) -> Shown:
        """What came."""
        return summed(*(self.flows[name] for name in IN))

    @property
    def ended(self) -> Shown:
        """What went."""
        return self.flows[OUT]

    @property
    def exact(self) -> bool:
        """Whether opening + received - ended = open can be shown."""
        return self.opening.exact and self.open.exact and self.received.exact and self.ended.exact


class Tallies:
    """The province's counts by time, by commune and by field, as far as the wall shows them."""

    def __init__(
        self, flows: Rows, communes: Rows, fields: Rows, closed: Mapping[str, Sequence[date]], cut: Cut
    ) -> None:
        """Lay the grids. ``closed``: the first days of the stretches ("flow") and months ("month") that are counted."""
        self._months = _borders(closed.get("month", ()), cut, weeks=False)
        self._borders = _borders(closed.get("flow", ()), cut, weeks=True)
        rows = _filled({name: flows.get(name, {}) for name in (*IN, OUT)}, self._borders)
        self._stock = [0]
        for n in range(len(self._borders) - 1):
            came = sum(rows[name][n].cases for name in IN)
            self._stock.append(self._stock[-1] + came - rows[OUT][n].cases)
        # Where what stays open is few, what ended waits: else the few would be what came less what went.
        few = {border for border, stock in enumerate(self._stock) if 0 < stock < LEAST}
        # Three rows of figures add up to what was filed: where one must not give it away, none does.
        hidden: set[date] = set()
        while True:
            sealed = {n for n, day in enumerate(self._months) if day in hidden}
            self._communes = _grid(_filled(communes, self._months), sealed)
            self._fields = _grid(_filled(fields, self._months), sealed)
            late = {n for n, day in enumerate(self._borders) if day in hidden}
            self._flows = Grid(rows, sealed={"filed": late, OUT: few})
            more = {self._months[n] for n in self._communes.sealed | self._fields.sealed}
            more |= {day for day in self._months if not self._flows.ripe("filed", bisect_left(self._borders, day))}
            if more <= hidden:
                break
            hidden |= more

    @property
    def until(self) -> date | None:
        """The day up to which everything is counted, not itself; None before the first stretch is over."""
        return self._borders[-1] if self._borders else None

    def balance(self, start: date, end: date) -> Balance:
        """Return a period of the province; what it does not share whole stretches with is not exact."""
        first, last, whole = _within(self._borders, start, end)
        flows = {name: _as(self._flows.shown(name, first, last), exact=whole) for name in (*IN, OUT)}
        return Balance(self._standing(first, exact=whole), flows, self._standing(last, exact=whole))

    def _standing(self, border: int, *, exact: bool) -> Shown:
        if not self._stock or border >= len(self._stock):
            return Shown(0, exact=False)
        stock = self._stock[border]
        known = exact and (border == 0 or all(self._flows.ripe(name, border) for name in (*IN, OUT)))
        return Shown(stock) if known else stepped(stock)

    def communes(self, start: date, end: date) -> dict[str, Shown]:
        """Return what was filed in a period, by commune; "" where none was named."""
        return self._divided(self._communes, start, end)

    def fields(self, start: date, end: date) -> dict[str, Shown]:
        """Return what was filed in a period, by field; "" where none was known."""
        return self._divided(self._fields, start, end)

    def _divided(self, grid: Grid, start: date, end: date) -> dict[str, Shown]:
        first, last, whole = _within(self._months, start, end)
        return {key: _as(grid.shown(key, first, last), exact=whole) for key in grid.keys}

    def months(self, start: date, end: date) -> list[tuple[date, Shown]]:
        """Return what was filed in each month within a period, by its first day."""
        found = []
        for first, after in pairwise(self._months):
            if start <= first and after <= end:
                begin, stop, whole = _within(self._borders, first, after)
                found.append((first, _as(self._flows.shown("filed", begin, stop), exact=whole)))
        return found


def _borders(closed: Sequence[date], cut: Cut, *, weeks: bool) -> list[date]:
    """Return where the counted stretches begin, and where the last of them ends."""
    if not closed:
        return []
    return cut.borders(closed[0], closed[-1] + _STRETCH, weeks=weeks)[: len(closed) + 1]


def _grid(rows: Mapping[str, Sequence[Tally]], sealed: Collection[int]) -> Grid:
    """Return a grid whose rows together are all that was filed; where that is sealed, so is each of them."""
    return Grid(rows, divides=True, sealed=dict.fromkeys(rows, sealed))


def _filled(rows: Rows, borders: Sequence[date]) -> dict[str, list[Tally]]:
    return {key: [row.get(day, _NONE) for day in borders[:-1]] for key, row in rows.items()}


def _within(borders: Sequence[date], start: date, end: date) -> tuple[int, int, bool]:
    """Return the first and last border within a period, and whether it begins and ends at them."""
    first, last = bisect_left(borders, start), bisect_right(borders, end) - 1
    if not borders or last < first:
        return 0, 0, False
    return first, last, borders[last] == end and (borders[first] == start or first == 0)


def _as(shown: Shown, *, exact: bool) -> Shown:
    return shown if exact else Shown(shown.value, exact=False)
