"""Public holidays of Viet Nam: the `holidays` package, with what it misses from ``domain/rules/holidays.toml``."""

from collections.abc import Iterable
from datetime import date

import holidays

from domain.rulesets import read_rules

_CULTURE_DAY = (11, 24)


def public_holidays(years: range) -> tuple[frozenset[date], frozenset[date]]:
    """Return the days off, and the weekend days worked instead, of these years."""
    known, extra = holidays.country_holidays("VN", years=years), read_rules("holidays")
    off = {day for day in known if extra["culture_day"] or (day.month, day.day) != _CULTURE_DAY}
    off = (off | set(extra["off"])) - set(extra["work"])
    work = (set(known.weekend_workdays) | set(extra["work"])) - off
    return frozenset(off), frozenset(work)


def unconfirmed(years: Iterable[int]) -> list[int]:
    """Return those of the years whose days off are still an estimate: no decision stands in ``holidays.toml``."""
    confirmed = read_rules("holidays")["confirmed"]
    return [year for year in years if str(year) not in confirmed]
