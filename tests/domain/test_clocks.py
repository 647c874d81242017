"""Working days, working hours, quiet hours."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.deployment import rules_of
from bot.holidays import public_holidays
from domain.cases import deadline, remind_due, update_due
from domain.clocks import Calendar
from domain.rulesets import load_ruleset

OFF, WORK = public_holidays(range(2025, 2029))
RULES = load_ruleset("thai-nguyen", off=OFF, work=WORK)
CALENDAR = RULES.calendar
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def local(text: str) -> datetime:
    """Return a moment of Viet Nam's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=CALENDAR.zone)


@pytest.mark.parametrize(
    ("filed", "days", "due"),
    [
        # The first day is not counted; the last is a working day.
        ("2026-11-18 09:00", 3, "2026-11-23 17:00"),
        ("2026-11-20 16:59", 5, "2026-11-27 17:00"),
        ("2026-11-21 10:00", 1, "2026-11-23 17:00"),
        # Over Tết 2026: off from 16 to 20 February.
        ("2026-02-13 09:00", 3, "2026-02-25 17:00"),
        # 2 January is off, Saturday 10 January is worked instead; the package knows neither.
        ("2025-12-31 09:00", 1, "2026-01-05 17:00"),
        ("2026-01-08 09:00", 2, "2026-01-10 17:00"),
        # Hùng Kings on a Sunday moves to Monday 27 April; 30 April and 1 May follow.
        ("2026-04-24 09:00", 3, "2026-05-04 17:00"),
        # 31 August is off, Saturday 22 August is worked instead.
        ("2026-08-21 09:00", 1, "2026-08-22 17:00"),
        ("2026-08-28 09:00", 1, "2026-09-03 17:00"),
    ],
)
def test_working_days(filed: str, days: int, due: str) -> None:
    assert CALENDAR.add_working_days(local(filed), days) == local(due)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-11-18 09:00", 2, "2026-11-18 11:00"),
        ("2026-11-18 09:00", 4, "2026-11-18 15:00"),
        ("2026-11-18 12:00", 1, "2026-11-18 14:30"),
        ("2026-11-18 16:00", 4, "2026-11-19 10:30"),
        ("2026-11-20 20:00", 1, "2026-11-23 08:30"),
        ("2026-02-13 16:30", 1, "2026-02-23 08:00"),
    ],
)
def test_working_hours(start: str, hours: float, due: str) -> None:
    assert CALENDAR.add_working_hours(local(start), hours) == local(due)


@pytest.mark.parametrize(
    ("moment", "sent"),
    [
        ("2026-11-18 20:59", "2026-11-18 20:59"),
        ("2026-11-18 21:00", "2026-11-19 07:00"),
        ("2026-11-18 03:00", "2026-11-18 07:00"),
        ("2026-11-18 07:00", "2026-11-18 07:00"),
    ],
)
def test_quiet_hours(moment: str, sent: str) -> None:
    assert CALENDAR.after_quiet(local(moment)) == local(sent)


@given(moments, st.integers(1, 30))
def test_a_due_day_is_a_working_day_and_later_than_the_start(start: datetime, days: int) -> None:
    due = CALENDAR.add_working_days(start, days)
    assert due > start
    assert CALENDAR.is_working_day(due.astimezone(CALENDAR.zone).date())
    assert CALENDAR.add_working_days(start, days + 1) > due


@given(moments, st.floats(0.25, 40))
def test_working_hours_never_end_outside_office_hours(start: datetime, hours: float) -> None:
    due = CALENDAR.add_working_hours(start, hours).astimezone(CALENDAR.zone)
    assert due >= start
    assert any(opens <= due.time() <= closes for opens, closes in CALENDAR.hours)


@given(moments, st.sampled_from(sorted(RULES.clocks["tiers"])))
def test_updates_and_reminders_always_lie_ahead(filed: datetime, tier: str) -> None:
    due, now = deadline(RULES, tier, filed), filed
    for _ in range(12):
        coming = update_due(RULES, due, now)
        assert coming > now
        assert remind_due(RULES, tier, due, now) > now
        now = coming


def test_the_calendar_of_a_deployment_knows_this_year() -> None:
    calendar: Calendar = rules_of("hung-yen").calendar
    assert calendar.off
    assert calendar.zone.utcoffset(datetime.now(UTC).replace(tzinfo=None)) == timedelta(hours=7)
