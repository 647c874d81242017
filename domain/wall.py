"""The wall: how figures about people are shown to who must not find a person behind them.

Nothing is shown that counts one to four people, and nothing from which such a count follows:

* **Counts over time** are exact, but only between moments at which they are ripe (`Grid`): since the last such moment
  of a row, nobody or at least five people came. Whatever periods are asked for, and however they overlap, their
  differences are sums over whole stretches between ripe moments.
* **Everything finer**, and what stands still, is said in steps of five (`stepped`); shares in bands (`share`).

The reasons, and what an attacker can still learn, stand in ``docs/adr/0010-the-wall.md``.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

#: Fewer people than this are not counted out.
LEAST = 5
#: Shares of fewer are not said: one of them would be seen.
LEAST_SHARED = 30
#: Shares of so many are said to the point, of fewer in bands of five.
MANY = 1000
_BAND = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """A count as it is shown: itself, or at least so many (0: fewer than five, or not to be said)."""

    value: int
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Tally:
    """What came in one stretch of time: how many cases, from how many people."""

    cases: int
    people: int


def at_least(count: int) -> int:
    """Return the count in steps of five, rounded down: 0, 5, 10."""
    return count // LEAST * LEAST


def stepped(count: int) -> Shown:
    """Return a count that is shown in steps of five."""
    return Shown(at_least(count), exact=False)


def share(part: int, whole: int) -> tuple[int, int] | None:
    """Return from how many percent to under how many a share lies; None of too few to say."""
    if whole < LEAST_SHARED:
        return None
    width = 1 if whole >= MANY else _BAND
    lowest = min(100 * part // whole // width * width, 100 - width)
    return lowest, lowest + width


class Grid:
    """Rows of counts over consecutive stretches of time, and the borders between stretches at which each row is ripe.

    The borders are gone through in order, so that what was shown once never has to be taken back.
    """

    def __init__(
        self,
        rows: Mapping[str, Sequence[Tally]],
        *,
        divides: bool = False,
        sealed: Mapping[str, Collection[int]] = MappingProxyType({}),
    ) -> None:
        """Find the ripe borders. All rows have as many tallies: border n lies before tally n.

        ``divides``: together the rows are a known sum, which would give away a row that alone is not ripe; others are
        held back with it. ``sealed``: borders at which a row is not to count as ripe.
        """
        self._rows = rows
        self._ripe: dict[str, list[int]] = {key: [0] for key in rows}
        #: Borders at which the sum of all rows must not be known either.
        self.sealed: set[int] = set()
        self.stretches = max(map(len, rows.values()), default=0)
        people, gaps = dict.fromkeys(rows, 0), dict.fromkeys(rows, 0)
        for border in range(1, self.stretches + 1):
            for key, tallies in rows.items():
                gaps[key] += tallies[border - 1].cases
                # The same people may come in two stretches: the most in any of them is sure.
                people[key] = max(people[key], tallies[border - 1].people)
            held = {key for key in rows if border in sealed.get(key, ()) or not _ripe(gaps[key], people[key])}
            if divides and held:
                held = self._with_others(border, held, gaps)
            for key in rows.keys() - held:
                self._ripe[key].append(border)
                people[key] = gaps[key] = 0

    def _with_others(self, border: int, held: set[str], gaps: Mapping[str, int]) -> set[str]:
        """Hold back others, the smallest first, until the sum gives nothing away; seal it where none are left."""
        for key in sorted(gaps.keys() - held, key=lambda key: (gaps[key], key)):
            if len(held) > 1 and sum(gaps[one] for one in held) >= LEAST:
                return held
            if gaps[key]:
                held = held | {key}
        if len(held) == 1 or sum(gaps[one] for one in held) < LEAST:
            self.sealed.add(border)
        return held

    @property
    def keys(self) -> tuple[str, ...]:
        """The rows, in the order they were given."""
        return tuple(self._rows)

    def shown(self, key: str, first: int, last: int) -> Shown:
        """Return what came to a row between two borders; less than that, not exact, where it is not ripe at both."""
        ripe = [border for border in self._ripe.get(key, [0]) if first <= border <= last]
        if not ripe:
            return Shown(0, exact=False)
        since, until = ripe[0], ripe[-1]
        tallies = self._rows.get(key, ())[since:until]
        return Shown(sum(tally.cases for tally in tallies), exact=(since, until) == (first, last))

    def ripe(self, key: str, border: int) -> bool:
        """Say whether a row is ripe at a border."""
        return border in self._ripe.get(key, [0])


def _ripe(gap: int, people: int) -> bool:
    return gap == 0 or (gap >= LEAST and people >= LEAST)


def summed(*counts: Shown) -> Shown:
    """Return the sum of counts as it may be shown: what follows from them anyway."""
    return Shown(sum(count.value for count in counts), exact=all(count.exact for count in counts))
