"""Working days, working hours and quiet hours, as the law counts them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_WEEKEND = (5, 6)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days and hours are worked in a place."""

    zone: ZoneInfo
    #: The worked stretches of a day, in order.
    hours: tuple[tuple[time, time], ...]
    #: Weekdays that are off, and weekend days that are worked instead.
    off: frozenset[date]
    work: frozenset[date]
    #: No message that can wait is sent from ... to ...
    quiet: tuple[time, time]

    def is_working_day(self, day: date) -> bool:
        """Say whether offices work on the day."""
        return day in self.work or (day.weekday() not in _WEEKEND and day not in self.off)

    def add_working_days(self, start: datetime, days: int) -> datetime:
        """Return the close of business ``days`` working days after ``start`` (negative counts back).

        The first day is not counted and the last is a working day: Civil Code 2015, articles 147-148.
        """
        day, step = start.astimezone(self.zone).date(), timedelta(days=1 if days >= 0 else -1)
        left = abs(days)
        while left:
            day += step
            left -= self.is_working_day(day)
        return datetime.combine(day, self.hours[-1][1], self.zone).astimezone(start.tzinfo)

    def add_working_hours(self, start: datetime, hours: float) -> datetime:
        """Return the moment at which so many working hours have passed since ``start``."""
        left, day, local = (
            timedelta(hours=hours),
            start.astimezone(self.zone).date(),
            start.astimezone(self.zone),
        )
        while True:
            for opens, closes in self.hours if self.is_working_day(day) else ():
                begin = max(local, datetime.combine(day, opens, self.zone))
                end = datetime.combine(day, closes, self.zone)
                if begin < end:
                    if begin + left <= end:
                        return (begin + left).astimezone(start.tzinfo)
                    left -= end - begin
            day += timedelta(days=1)

    def at_opening(self, moment: datetime) -> datetime:
        """Return when offices open on the day of ``moment``."""
        day = moment.astimezone(self.zone).date()
        return datetime.combine(day, self.hours[0][0], self.zone).astimezone(moment.tzinfo)

    def after_quiet(self, moment: datetime) -> datetime:
        """Return ``moment``, or the end of the quiet hours it falls into."""
        local = moment.astimezone(self.zone)
        begins, ends = self.quiet
        if local.time() >= begins:
            local = datetime.combine(local.date() + timedelta(days=1), ends, self.zone)
        elif local.time() < ends:
            local = datetime.combine(local.date(), ends, self.zone)
        return local.astimezone(moment.tzinfo)
