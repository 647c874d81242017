"""Working days, working hours, quiet hours: the calendar beside a wall calendar, and what must hold of it always."""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.deployment import rules_of
from bot.holidays import public_holidays, unconfirmed
from domain.rulesets import load_ruleset

OFF, WORK = public_holidays(range(2025, 2029))
CALENDAR = load_ruleset("thai-nguyen", off=OFF, work=WORK).calendar
moments = st.datetimes(datetime(2025, 12, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
spans = st.timedeltas(timedelta(0), timedelta(days=200))

#: Every working day of fourteen months, week by week, to be held beside a wall calendar. Off are, of days that are no
#: Saturday or Sunday: 1/1; Tết 16-20/2; 27/4 for Giỗ Tổ (10/3 of the lunar year) on Sunday 26/4; 30/4; 1/5; 1-2/9; 1/1
#: (Bộ luật Lao động 2019, articles 111-112); 2/1 and 31/8, for which Saturdays 10/1 and 22/8 are worked (the first by
#: 12729/VPCP-KGVX of 25 December 2025). `due_dates.tsv` was counted along this list.
WORKED = """\
2025-12: 01 02 03 04 05 | 08 09 10 11 12 | 15 16 17 18 19 | 22 23 24 25 26 | 29 30 31
2026-01: 05 06 07 08 09 10 | 12 13 14 15 16 | 19 20 21 22 23 | 26 27 28 29 30
2026-02: 02 03 04 05 06 | 09 10 11 12 13 | 23 24 25 26 27
2026-03: 02 03 04 05 06 | 09 10 11 12 13 | 16 17 18 19 20 | 23 24 25 26 27 | 30 31
2026-04: 01 02 03 | 06 07 08 09 10 | 13 14 15 16 17 | 20 21 22 23 24 | 28 29
2026-05: 04 05 06 07 08 | 11 12 13 14 15 | 18 19 20 21 22 | 25 26 27 28 29
2026-06: 01 02 03 04 05 | 08 09 10 11 12 | 15 16 17 18 19 | 22 23 24 25 26 | 29 30
2026-07: 01 02 03 | 06 07 08 09 10 | 13 14 15 16 17 | 20 21 22 23 24 | 27 28 29 30 31
2026-08: 03 04 05 06 07 | 10 11 12 13 14 | 17 18 19 20 21 22 | 24 25 26 27 28
2026-09: 03 04 | 07 08 09 10 11 | 14 15 16 17 18 | 21 22 23 24 25 | 28 29 30
2026-10: 01 02 | 05 06 07 08 09 | 12 13 14 15 16 | 19 20 21 22 23 | 26 27 28 29 30
2026-11: 02 03 04 05 06 | 09 10 11 12 13 | 16 17 18 19 20 | 23 24 25 26 27 | 30
2026-12: 01 02 03 04 | 07 08 09 10 11 | 14 15 16 17 18 | 21 22 23 24 25 | 28 29 30 31
2027-01: 04 05 06 07 08 | 11 12 13 14 15 | 18 19 20 21 22 | 25 26 27 28 29
"""


def local(text: str) -> datetime:
    """Return a moment of Viet Nam's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=CALENDAR.zone)


def due_date(start: str, limit: str) -> datetime:
    """Return what the calendar says of a limit written "3d" or "0.25h"."""
    if limit.endswith("d"):
        return CALENDAR.add_working_days(local(start), int(limit[:-1]))
    return CALENDAR.add_working_hours(local(start), float(limit[:-1]))


def test_the_working_days_are_those_of_the_wall_calendar() -> None:
    months = [line.split(":") for line in WORKED.splitlines()]
    by_hand = {date.fromisoformat(f"{month}-{day}") for month, days in months for day in days.replace("|", "").split()}
    days = [date(2025, 12, 1) + timedelta(days=number) for number in range(31 + 365 + 31)]
    assert {day for day in days if CALENDAR.is_working_day(day)} == by_hand


def test_a_thousand_due_dates_are_those_worked_out_by_hand() -> None:
    with Path(__file__).with_name("due_dates.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len({(row["start"], row["limit"]) for row in rows}) == 1000
    wrong = [row for row in rows if due_date(row["start"], row["limit"]) != local(row["due"])]
    assert wrong == []


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


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-18 09:00", "2026-11-18 11:00", 2),
        ("2026-11-18 11:00", "2026-11-18 14:00", 1),
        ("2026-11-18 11:30", "2026-11-18 13:30", 0),
        ("2026-11-18 16:00", "2026-11-19 08:30", 2),
        ("2026-11-18 00:00", "2026-11-19 00:00", 7.5),
        ("2026-11-20 17:00", "2026-11-23 07:30", 0),
        # The week of Tết; the Saturdays that are worked; eight days around 2 September.
        ("2026-02-14 00:00", "2026-02-23 00:00", 0),
        ("2026-01-10 00:00", "2026-01-11 12:00", 7.5),
        ("2026-08-21 17:00", "2026-08-23 08:00", 7.5),
        ("2026-08-21 17:00", "2026-09-05 00:00", 8 * 7.5),
        ("2026-11-18 11:00", "2026-11-18 09:00", 0),
    ],
)
def test_working_time(start: str, end: str, hours: float) -> None:
    assert CALENDAR.working_time(local(start), local(end)) == timedelta(hours=hours)


def test_a_day_off_that_is_worked_after_all_is_worked() -> None:
    calendar = replace(CALENDAR, work=WORK | {date(2026, 9, 2)})
    assert calendar.is_working_day(date(2026, 9, 2))
    assert calendar.working_time(local("2026-09-02 00:00"), local("2026-09-03 00:00")) == timedelta(hours=7.5)


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-18 07:30", "2026-11-18 07:30"),
        ("2026-11-18 09:17", "2026-11-18 09:17"),
        ("2026-11-18 11:30", "2026-11-18 13:30"),
        ("2026-11-18 17:00", "2026-11-19 07:30"),
        ("2026-11-20 18:00", "2026-11-23 07:30"),
        ("2026-02-13 17:00", "2026-02-23 07:30"),
        ("2026-01-10 05:00", "2026-01-10 07:30"),
    ],
)
def test_next_opening(moment: str, opening: str) -> None:
    assert CALENDAR.next_opening(local(moment)) == local(opening)


@pytest.mark.parametrize("moment", ["2026-11-18 00:00", "2026-11-18 12:00", "2026-11-18 23:59"])
def test_opening_and_closing_are_those_of_the_day_in_viet_nam(moment: str) -> None:
    elsewhere = local(moment).astimezone(UTC)
    assert CALENDAR.at_opening(elsewhere) == local("2026-11-18 07:30")
    assert CALENDAR.at_closing(elsewhere) == local("2026-11-18 17:00")


@given(moments, st.integers(1, 30))
def test_a_due_day_is_a_working_day_and_later_than_the_start(start: datetime, days: int) -> None:
    due = CALENDAR.add_working_days(start, days)
    assert due > start
    assert CALENDAR.is_working_day(due.astimezone(CALENDAR.zone).date())
    assert due == CALENDAR.at_closing(due)
    assert CALENDAR.add_working_days(start, days + 1) > due


@given(moments, st.integers(1, 30))
def test_days_counted_on_are_days_counted_back(start: datetime, days: int) -> None:
    begins = CALENDAR.at_closing(CALENDAR.next_opening(start))
    assert CALENDAR.add_working_days(CALENDAR.add_working_days(begins, days), -days) == begins


@given(moments, st.floats(0.25, 40))
def test_working_hours_never_end_outside_office_hours(start: datetime, hours: float) -> None:
    due = CALENDAR.add_working_hours(start, hours).astimezone(CALENDAR.zone)
    assert due >= start
    assert any(opens <= due.time() <= closes for opens, closes in CALENDAR.hours)


@given(moments, st.floats(0, 400))
def test_working_time_undoes_working_hours(start: datetime, hours: float) -> None:
    assert CALENDAR.working_time(start, CALENDAR.add_working_hours(start, hours)) == timedelta(hours=hours)


@given(moments, spans, spans)
def test_working_time_adds_up(start: datetime, first: timedelta, second: timedelta) -> None:
    middle, end = start + first, start + first + second
    both = CALENDAR.working_time(start, middle) + CALENDAR.working_time(middle, end)
    assert both == CALENDAR.working_time(start, end)


@given(moments, spans)
def test_working_time_is_that_of_the_days_one_by_one(start: datetime, span: timedelta) -> None:
    end, total = start + span, timedelta(0)
    day = CALENDAR.at_opening(start)
    while day <= end:
        if CALENDAR.is_working_day(day.astimezone(CALENDAR.zone).date()):
            for begins, closes in ((0, 4), (6, 9.5)):
                total += max(
                    min(end, day + timedelta(hours=closes)) - max(start, day + timedelta(hours=begins)), timedelta(0)
                )
        day += timedelta(days=1)
    assert CALENDAR.working_time(start, end) == total


@given(moments, spans)
def test_no_working_time_runs_backwards(start: datetime, span: timedelta) -> None:
    assert CALENDAR.working_time(start + span, start) == timedelta(0)


@given(moments)
def test_until_the_next_opening_nobody_works_and_then_somebody_does(moment: datetime) -> None:
    opening = CALENDAR.next_opening(moment)
    assert opening >= moment
    assert CALENDAR.working_time(moment, opening) == timedelta(0)
    assert CALENDAR.working_time(opening, opening + timedelta(microseconds=1)) == timedelta(microseconds=1)
    assert CALENDAR.next_opening(opening) == opening


def test_the_calendar_of_a_deployment_knows_this_year() -> None:
    assert date(datetime.now(UTC).year, 9, 2) in rules_of("hung-yen").calendar.off


def test_days_off_are_an_estimate_until_they_are_decided() -> None:
    assert unconfirmed(range(2025, 2027)) == []
    assert unconfirmed([2026, 2099]) == [2099]
