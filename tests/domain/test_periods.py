"""Periods without gaps and overlaps, however a deployment cuts its months."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.periods import LENGTHS, Cut, Period, PeriodKind

DAYS = st.dates(date(2023, 1, 1), date(2030, 12, 31))
CUTS = st.sampled_from([Cut(), Cut(14), Cut(25), Cut(28)])
KINDS = st.sampled_from([PeriodKind.WEEK, *LENGTHS])


def test_a_reporting_month_begins_on_the_fifteenth_where_it_closes_on_the_fourteenth() -> None:
    cut = Cut(14)
    assert cut.period(PeriodKind.MONTH, date(2026, 1, 14)) == Period(
        date(2025, 12, 15), date(2026, 1, 15), PeriodKind.MONTH, 1, 2026
    )
    assert cut.period(PeriodKind.QUARTER, date(2026, 9, 15)).start == date(2026, 9, 15), "of the fourth quarter"
    assert cut.period(PeriodKind.YEAR, date(2025, 12, 15)).year == 2026
    assert cut.latest(PeriodKind.HALF, date(2026, 6, 20)).last == date(2026, 6, 14)


def test_a_week_is_named_as_in_the_calendar() -> None:
    week = Cut().period(PeriodKind.WEEK, date(2026, 11, 22))
    assert (week.start, week.last, week.n, week.year) == (date(2026, 11, 16), date(2026, 11, 22), 47, 2026)


@given(CUTS, KINDS, DAYS)
def test_every_day_lies_in_one_period_and_the_next_begins_where_it_ends(cut: Cut, kind: PeriodKind, day: date) -> None:
    period = cut.period(kind, day)
    assert period.start <= day < period.end
    assert cut.period(kind, period.end).start == period.end
    assert cut.before(cut.period(kind, period.end)) == period


@given(CUTS, DAYS)
def test_longer_periods_are_made_of_months(cut: Cut, day: date) -> None:
    for kind in LENGTHS:
        period = cut.period(kind, day)
        borders = cut.borders(period.start, period.end, weeks=False)
        assert borders[0] == period.start
        assert borders[-1] == period.end
        assert len(borders) == LENGTHS[kind] + 1


@given(CUTS, DAYS, st.integers(0, 200))
def test_borders_have_no_week_between_them_that_is_cut_twice(cut: Cut, first: date, days: int) -> None:
    borders = cut.borders(first, first + timedelta(days=days), weeks=True)
    assert borders == sorted(set(borders))
    assert all(after - before <= timedelta(days=31) for before, after in pairwise(borders))
