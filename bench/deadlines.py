"""Are the promised days right: our calendar beside simpler rules, on 1,000 due dates worked out by hand.

``python -m bench.deadlines`` prints the table as Markdown; ``--write`` keeps it in docs/deadlines.md, which says how
the due dates in tests/domain/due_dates.tsv were made.
"""

import argparse
import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import holidays
import numpy as np

from bot.holidays import public_holidays
from domain.clocks import Calendar
from domain.rulesets import load_ruleset

ROOT = Path(__file__).parents[1]
DUE_DATES = ROOT / "tests" / "domain" / "due_dates.tsv"
DOCUMENT = ROOT / "docs" / "deadlines.md"
YEARS = range(2025, 2028)
OFF, WORK = public_holidays(YEARS)
CALENDAR = load_ruleset("thai-nguyen", off=OFF, work=WORK).calendar
#: Hours.
WORKED_A_DAY = 7.5
_DAY = timedelta(days=1)


class Row(NamedTuple):
    """A due date worked out by hand; the limit is in working days where it has days, else in working hours."""

    start: datetime
    days: int
    hours: float
    due: date


#: The day on which a rule wants what began at ``start`` to be done.
Rule = Callable[[Row], date]


def load() -> list[Row]:
    """Read the due dates."""
    with DUE_DATES.open(encoding="utf-8") as file:
        return [
            Row(
                datetime.fromisoformat(row["start"]).replace(tzinfo=CALENDAR.zone),
                int(row["limit"][:-1]) if row["limit"].endswith("d") else 0,
                float(row["limit"][:-1]) if row["limit"].endswith("h") else 0,
                datetime.fromisoformat(row["due"]).date(),
            )
            for row in csv.DictReader(file, delimiter="\t")
        ]


def calendar_days(row: Row) -> date:
    """Count days and hours as a clock does."""
    return (row.start + timedelta(days=row.days, hours=row.hours)).date()


def helpdesk(row: Row) -> date:
    """Return the first day on which django-helpdesk escalates; weekends and days off are its "escalation exclusions".

    Its rule (``escalate_tickets``): of the last ``escalate_days`` days those that are excluded do not count, and a
    ticket as old as the rest is escalated. So a day off makes the limit shorter, not longer. Its shortest limit is a
    day. Re-expressed, and checked against version 2.6.1 itself: run at the end of every day, on Viet Nam's clock, it
    escalates each of the 1,000 on the same day as this.
    """
    limit, today = row.days or 1, row.start.date()
    while True:
        counted = sum(CALENDAR.is_working_day(today - back * _DAY) for back in range(1, limit + 1))
        if row.start.date() + counted * _DAY <= today:
            return today
        today += _DAY


def weekends(row: Row) -> date:
    """Take numpy's business days as they come, Monday to Friday; a limit in hours is the nearest number of days."""
    days = row.days or round(row.hours / WORKED_A_DAY)
    # The first day is not counted, be it open or not; what is over on the first day is over on an open one.
    return date.fromisoformat(str(np.busday_offset(row.start.date(), days, "backward" if days else "forward")))


def by(calendar: Calendar) -> Rule:
    """Count as a calendar of ours does."""
    return lambda row: (
        calendar.add_working_days(row.start, row.days) if row.days else calendar.add_working_hours(row.start, row.hours)
    ).date()


def package() -> Calendar:
    """Return the calendar with the days off of the `holidays` package alone."""
    known = holidays.country_holidays("VN", years=YEARS)
    return replace(CALENDAR, off=frozenset(known), work=frozenset(known.weekend_workdays))


RULES: tuple[tuple[str, Rule], ...] = (
    ("(a) plain calendar days", calendar_days),
    ("(b) django-helpdesk 2.6.1, our days off excluded", helpdesk),
    ("(c) weekends only, `numpy.busday_offset`", weekends),
    (f"(d) `holidays` {version('holidays')} alone, our hours", by(package())),
    ("Hồi Âm", by(CALENDAR)),
)


def table(rows: Sequence[Row]) -> str:
    """Write how each rule does as Markdown; errors are in calendar days."""
    of_days, of_hours = sum(row.days > 0 for row in rows), sum(row.days == 0 for row in rows)
    counts = f"the same day, of {len(rows):,} | of {of_days} in days | of {of_hours} in hours"
    lines = [f"| rule | {counts} | mean error | worst | too early | too late |", "|---|---|---|---|---|---|---|---|"]
    for name, rule in RULES:
        errors = [(rule(row) - row.due).days for row in rows]
        same = [row for row, error in zip(rows, errors, strict=True) if not error]
        cells = (
            f"{len(same):,}",
            f"{sum(row.days > 0 for row in same)}",
            f"{sum(row.days == 0 for row in same)}",
            f"{mean(map(abs, errors)):.2f} d",
            f"{max(map(abs, errors))} d",
            f"{sum(error < 0 for error in errors)}",
            f"{sum(error > 0 for error in errors)}",
        )
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Compare and print; with --write also keep the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.deadlines", description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the table in docs/deadlines.md")
    given = parser.parse_args()
    figures = table(load())
    print(figures)
    if given.write:
        text = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(re.sub(r"\| rule \|(.*\n\|)*.*", lambda _: figures, text, count=1), encoding="utf-8")


if __name__ == "__main__":
    main()
