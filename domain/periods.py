"""Periods that are reported on, as a deployment cuts them (``rules/coordination.toml``)."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_MONTHS = 12


class PeriodKind(StrEnum):
    """How long a period is."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"
    #: Of a programme: reviewed on the way, and at its end.
    INTERIM = "interim"
    FINAL = "final"


#: How many months make one of a kind.
LENGTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.HALF: 6, PeriodKind.YEAR: 12}


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days that are reported on together."""

    start: date
    #: The day after its last.
    end: date
    kind: PeriodKind
    #: 47 of the weeks, 3 of the quarters of its year; 0 where there is one only.
    n: int
    year: int

    @property
    def last(self) -> date:
        """Its last day."""
        return self.end - _DAY


@dataclass(frozen=True, slots=True)
class Cut:
    """Where periods begin and end."""

    #: Last day of a reporting month; 0: that of the calendar's.
    closes_on: int = 0

    def period(self, kind: PeriodKind, day: date) -> Period:
        """Return the period of a kind that a day lies in; weeks begin on Mondays."""
        if kind is PeriodKind.WEEK:
            monday = day - timedelta(days=day.weekday())
            year, n, _ = monday.isocalendar()
            return Period(monday, monday + _WEEK, kind, n, year)
        length = LENGTHS[kind]
        month = self._month_of(day)
        first = month - month % length
        year, n = first // _MONTHS, first % _MONTHS // length + 1
        return Period(self._begin(first), self._begin(first + length), kind, n if length < _MONTHS else 0, year)

    def latest(self, kind: PeriodKind, today: date) -> Period:
        """Return the last period of a kind that is over."""
        return self.before(self.period(kind, today))

    def before(self, period: Period) -> Period:
        """Return the period before one; of a programme's, as many days before."""
        if period.kind in (PeriodKind.INTERIM, PeriodKind.FINAL):
            return Period(period.start - (period.end - period.start), period.start, period.kind, period.n, period.year)
        return self.period(period.kind, period.start - _DAY)

    def borders(self, first: date, today: date, *, weeks: bool) -> list[date]:
        """Return where months, and ``weeks`` as well, begin, from the one of the first day to today, in order."""
        kinds = (PeriodKind.MONTH, PeriodKind.WEEK) if weeks else (PeriodKind.MONTH,)
        begin = self.period(PeriodKind.MONTH, first).start
        found = {begin}
        for kind in kinds:
            period = self.period(kind, begin)
            while period.end <= today:
                found.add(period.end)
                period = self.period(kind, period.end)
        return sorted(found)

    def _month_of(self, day: date) -> int:
        """Return the reporting month of a day, counted from the year 0."""
        month = day.year * _MONTHS + day.month - 1
        return month + 1 if self.closes_on and day.day > self.closes_on else month

    def _begin(self, month: int) -> date:
        """Return the first day of a reporting month."""
        if not self.closes_on:
            return date(month // _MONTHS, month % _MONTHS + 1, 1)
        before = month - 1
        return date(before // _MONTHS, before % _MONTHS + 1, self.closes_on) + _DAY
