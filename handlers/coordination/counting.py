"""What is counted for whom: the one way from the register to a figure, for chat, scoreboard and report."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property

from domain.figures import AGAIN, PASSED, Counts, Figures, Movement, Standing, Took
from domain.periods import Period
from domain.rulesets import Ruleset
from domain.tallies import Tallies
from domain.wall import Shown
from storage import figures
from storage.database import Transaction


@dataclass(frozen=True)
class Counted:
    """A period as the register has it: for agencies' leads of their own; of all others only through the wall."""

    start: datetime
    end: datetime
    movements: tuple[Movement, ...]
    opening: Mapping[str, Standing]
    closing: Mapping[str, Standing]
    #: How long each agency took, and all together.
    took: Mapping[str, Took]
    waited: Took

    @cached_property
    def _counts(self) -> Counts:
        return Counts(self.movements)

    @cached_property
    def agencies(self) -> dict[str, Figures]:
        """The figures of every agency that had anything to do."""
        return self._counts.agencies(self.opening, self.closing, self.took)

    @cached_property
    def whole(self) -> Figures:
        """The figures of all agencies together."""
        return self._counts.whole(self.opening, self.closing, self.waited)

    def of(self, agency: str) -> Figures:
        """Return the figures of an agency."""
        return self.agencies.get(agency, Figures())


async def counted(
    transaction: Transaction, rules: Ruleset, start: date, end: date, *, agency: str | None = None,
    until: datetime | None = None, each: bool = True,
) -> Counted:  # fmt: skip
    """Count the days from ``start`` to before ``end``, or only to a moment; of one agency or of all.

    Without ``each`` it is not looked how long single agencies took.
    """
    first, last = midnight(start, rules), midnight(end, rules)
    last = min(last, until) if until else last
    agencies, together = await figures.took(transaction, first, last, agency, each=each)
    return Counted(
        first,
        last,
        tuple(await figures.movements(transaction, first, last, agency)),
        await figures.standing(transaction, first, agency),
        await figures.standing(transaction, last, agency),
        agencies,
        together,
    )


async def tallies(transaction: Transaction, rules: Ruleset) -> Tallies:
    """Return what the coordinating office may know of the province."""
    rows = await figures.all_tallies(transaction)
    closed = {kind: sorted(starts) for kind, starts in rows.get("closed", {}).items()}
    return Tallies(rows.get("flow", {}), rows.get("commune", {}), rows.get("field", {}), closed, rules.reporting.cut)


def filed(seen: Counted) -> Counter[str]:
    """Count what was filed by field; "" where none was known."""
    found: Counter[str] = Counter()
    for some in seen.movements:
        if some.opened_by and some.opened_by not in PASSED | AGAIN:
            found[(some.topic or "").partition(".")[0]] += some.n
    return found


def midnight(day: date, rules: Ruleset) -> datetime:
    """Return the moment a day begins."""
    return datetime.combine(day, time(), rules.calendar.zone)


def today(now: datetime, rules: Ruleset) -> date:
    """Return the day it is."""
    return now.astimezone(rules.calendar.zone).date()


def named(period: Period) -> dict[str, object]:
    """Return a period as texts name it."""
    return {
        "kind": str(period.kind), "n": period.n, "year": period.year,
        "first": period.start.isoformat(), "last": period.last.isoformat(),
    }  # fmt: skip


def plain(shown: Shown) -> list[object]:
    """Return a count as texts take it."""
    return [shown.value, shown.exact]
