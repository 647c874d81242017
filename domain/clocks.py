"""Working days, working hours and quiet hours, as the law counts them."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

_WEEK, _WEEKEND = 7, (5, 6)
_WORKING_WEEK = _WEEK - len(_WEEKEND)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """Which days and hours are worked in a place.

    Moments are aware. They are taken in the place's zone and given back in the zone they came in. A zone that turns its
    clock would need more; Viet Nam's has not since 1975.
    """

    zone: ZoneInfo
    #: The worked stretches of a day, in order.
    hours: tuple[tuple[time, time], ...]
    #: Days that are off, and weekend days that are worked instead.
    off: frozenset[date]
    work: frozenset[date]
    #: No message that can wait is sent from ... to ...
    quiet: tuple[time, time]

    def is_working_day(self, day: date) -> bool:
        """Say whether offices work on the day."""
        return day in self.work or (day.weekday() not in _WEEKEND and day not in self.off)

    def add_working_days(self, start: datetime, days: int) -> datetime:
        """Return the close of business ``days`` working days after ``start`` (negative counts back).

        The first day is not counted and the last is a working day: Civil Code 2015, articles 147-148, where it ends at
        midnight. It ends here when the office closes: an answer that nobody is there to give is of no use.
        """
        day, step = start.astimezone(self.zone).date(), _DAY if days >= 0 else -_DAY
        left = abs(days)
        while left:
            day += step
            left -= self.is_working_day(day)
        return datetime.combine(day, self.hours[-1][1], self.zone).astimezone(start.tzinfo)

    def add_working_hours(self, start: datetime, hours: float) -> datetime:
        """Return the moment at which so many working hours (0 or more) have passed since ``start``."""
        local, left = start.astimezone(self.zone), timedelta(hours=hours)
        day = local.date()
        while True:
            for opens, closes in self._stretches(day):
                begins = max(local, opens)
                if begins < closes:
                    if begins + left <= closes:
                        return (begins + left).astimezone(start.tzinfo)
                    left -= closes - begins
            day += _DAY

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """Return how much working time lies between two moments, to the microsecond; none when ``end`` is not later.

        For a <= b <= c it adds up: that of a to b and of b to c is that of a to c.
        """
        return max(self._worked_until(end) - self._worked_until(start), timedelta())

    def at_opening(self, moment: datetime) -> datetime:
        """Return when offices open on the day of ``moment``, were it a working day."""
        day = moment.astimezone(self.zone).date()
        return datetime.combine(day, self.hours[0][0], self.zone).astimezone(moment.tzinfo)

    def at_closing(self, moment: datetime) -> datetime:
        """Return the close of business on the day of ``moment``, were it a working day."""
        day = moment.astimezone(self.zone).date()
        return datetime.combine(day, self.hours[-1][1], self.zone).astimezone(moment.tzinfo)

    def next_opening(self, moment: datetime) -> datetime:
        """Return ``moment`` when offices are open then, else when they next open, be it after lunch."""
        return self.add_working_hours(moment, 0)

    def after_quiet(self, moment: datetime) -> datetime:
        """Return ``moment``, or the end of the quiet hours it falls into."""
        local = moment.astimezone(self.zone)
        begins, ends = self.quiet
        if local.time() >= begins:
            local = datetime.combine(local.date() + _DAY, ends, self.zone)
        elif local.time() < ends:
            local = datetime.combine(local.date(), ends, self.zone)
        return local.astimezone(moment.tzinfo)

    def _stretches(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Give opening and closing of each worked stretch of a day; a day off has none."""
        for opens, closes in self.hours if self.is_working_day(day) else ():
            yield datetime.combine(day, opens, self.zone), datetime.combine(day, closes, self.zone)

    def _worked_until(self, moment: datetime) -> timedelta:
        """Return the working time from the first day of the calendar, in the year 1, to a moment.

        Days are counted by arithmetic: one by one, 90 of them take 25 times as long, and simulations ask for millions.
        """
        local = moment.astimezone(self.zone)
        today = (min(local, closes) - opens for opens, closes in self._stretches(local.date()) if local > opens)
        return sum(today, self._working_days_before(local.date()) * self._working_day)

    def _working_days_before(self, day: date) -> int:
        """Return how many working days the calendar has before a day."""
        weeks, days = divmod(day.toordinal() - 1, _WEEK)  # its first day was a Monday
        off, work = self._exceptions
        return weeks * _WORKING_WEEK + min(days, _WORKING_WEEK) - bisect_left(off, day) + bisect_left(work, day)

    @cached_property
    def _exceptions(self) -> tuple[list[date], list[date]]:
        """Return the weekdays that are off and the weekend days that are worked, in order."""
        return (
            sorted(day for day in self.off - self.work if day.weekday() not in _WEEKEND),
            sorted(day for day in self.work if day.weekday() in _WEEKEND),
        )

    @cached_property
    def _working_day(self) -> timedelta:
        """Return how long a working day is."""
        day = date.min
        return sum(
            (datetime.combine(day, closes) - datetime.combine(day, opens) for opens, closes in self.hours), timedelta()
        )
