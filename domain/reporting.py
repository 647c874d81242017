"""When reports are made, for whom, and when agencies are asked for their own words: ``rules/coordination.toml``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from domain.clocks import Calendar
from domain.errors import OperatorError
from domain.periods import Cut, Period, PeriodKind

#: For whom a report is made: the coordinating office, in Party layout; the desk, in that of state bodies.
COORDINATOR, DESK = "coordinator", "desk"


class ReportingError(OperatorError):
    """A row of the calendar of reports makes no sense; the message names it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A report that is made for every period of a kind."""

    kind: PeriodKind
    #: COORDINATOR, DESK.
    makes: tuple[str, ...]
    #: Working days after the period's last day, at opening.
    ready_days: int
    #: Working days before that, in which agencies write; 0: they are not asked.
    ask_days: int = 0

    def ready_at(self, period: Period, calendar: Calendar) -> datetime:
        """Return when the report of a period is made."""
        last = datetime.combine(period.last, calendar.hours[0][0], calendar.zone)
        return calendar.at_opening(calendar.add_working_days(last, self.ready_days))

    def ask_at(self, period: Period, calendar: Calendar) -> datetime | None:
        """Return when agencies are asked for their own words."""
        if not self.ask_days:
            return None
        return calendar.at_opening(calendar.add_working_days(self.ready_at(period, calendar), -self.ask_days))


@dataclass(frozen=True, slots=True)
class Meeting:
    """A regular meeting (giao ban) that figures are prepared for."""

    name: str
    #: MONTH: on a day of the month; WEEK: on a weekday, 0 is Monday.
    every: PeriodKind
    day: int
    #: Working days ahead, at opening.
    ahead: int
    makes: tuple[str, ...]

    def next(self, after: datetime, calendar: Calendar) -> date:
        """Return the first day of it whose preparation is due after a moment."""
        day = after.astimezone(calendar.zone).date()
        while not (self._falls_on(day) and self.prepared_at(day, calendar) > after):
            day += timedelta(days=1)
        return day

    def prepared_at(self, day: date, calendar: Calendar) -> datetime:
        """Return when it is prepared."""
        opens = datetime.combine(day, calendar.hours[0][0], calendar.zone)
        return calendar.at_opening(calendar.add_working_days(opens, -self.ahead))

    def _falls_on(self, day: date) -> bool:
        return day.weekday() == self.day if self.every is PeriodKind.WEEK else day.day == self.day


@dataclass(frozen=True, slots=True)
class Reporting:
    """How a deployment reports."""

    cut: Cut
    plans: tuple[Plan, ...]
    meetings: tuple[Meeting, ...]
    #: An agency is asked for its own words when it received at least so many cases in the period.
    asked_from: int
    #: Working days between two reminders of those who have not written.
    remind_days: int
    #: An agency is compared with others from so many answers on; so many are nominated at most.
    compared_from: int
    nominated: int

    def plan(self, kind: PeriodKind) -> Plan | None:
        """Return the plan for a kind of period."""
        return next((plan for plan in self.plans if plan.kind is kind), None)


def parse_reporting(row: Mapping[str, Any]) -> Reporting:
    """Return the rules of reports in ``rules/coordination.toml``. Raises ReportingError naming what makes no sense."""
    try:
        return Reporting(
            cut=Cut(row["periods"]["closes_on"]),
            plans=tuple(
                Plan(PeriodKind(one["kind"]), tuple(one["makes"]), one["ready_days"], one.get("ask_days", 0))
                for one in row["reports"]
            ),
            meetings=tuple(
                Meeting(one["name"], PeriodKind(one["every"]), one["day"], one["ahead"], tuple(one["makes"]))
                for one in row["meetings"]
            ),
            asked_from=row["opinions"]["asked_from"],
            remind_days=row["opinions"]["remind_days"],
            compared_from=row["commendation"]["compared_from"],
            nominated=row["commendation"]["nominated"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ReportingError(f"rules/coordination.toml: {error}") from error
