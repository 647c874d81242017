"""Days and hours as officers type them: "30/11", "17h", "3 ngày"."""

import re
from datetime import date, datetime, time

from domain.clocks import Calendar
from domain.words import fold

_DAY = re.compile(r"(?:ngay )?(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}|\d{2}))?(?![\d/])")
#: So many working days from now: "3 ngày", "d3" on a button.
_COUNT = re.compile(r"(?:d(\d{1,2})|(\d{1,2}) ngay)\b")
_HOUR = re.compile(r"(\d{1,2})(?:h|g|:| gio ?)(\d{2})?\b")
_WORDS = {"hom nay": 0, "ngay mai": 1, "mai": 1}
#: A day without a year that lies further back than this is meant for the next year.
_BACK = 60


def find_day(typed: str, now: datetime, calendar: Calendar) -> tuple[datetime, str] | None:
    """Find a day at the beginning of what was typed: its close of business, and what follows.

    "30/11 chờ vật tư" → (30 November 17:00, "chờ vật tư"). None when there is no day or it does not exist.
    """
    folded = _aligned(typed)
    if found := _COUNT.match(folded):
        return calendar.add_working_days(now, int(found[1] or found[2])), _rest(typed, found.end())
    today = now.astimezone(calendar.zone).date()
    if found := _DAY.match(folded):
        try:
            day = _date(int(found[1]), int(found[2]), found[3], today)
        except ValueError:
            return None
        closes = datetime.combine(day, calendar.hours[-1][1], calendar.zone)
        return closes.astimezone(now.tzinfo), _rest(typed, found.end())
    return None


def find_moment(typed: str, now: datetime, calendar: Calendar) -> tuple[datetime, str] | None:
    """Find an hour with or without a day, or a day alone, at the beginning: "17h", "17h30 mai", "8h 30/11", "30/11"."""
    folded = _aligned(typed)
    found = _HOUR.match(folded)
    if not found:
        return find_day(typed, now, calendar)
    try:
        at = time(int(found[1]), int(found[2] or 0))
    except ValueError:
        return None
    rest = _rest(typed, found.end())
    day = now.astimezone(calendar.zone).date()
    if later := find_day(rest, now, calendar):
        day, rest = later[0].astimezone(calendar.zone).date(), later[1]
    else:
        for words, days in _WORDS.items():
            if _aligned(rest).startswith(words):
                day, rest = date.fromordinal(day.toordinal() + days), _rest(rest, len(words))
                break
    return datetime.combine(day, at, calendar.zone).astimezone(now.tzinfo), rest


def _date(day: int, month: int, year: str | None, today: date) -> date:
    if year:
        return date(int(year) + (2000 if len(year) == 2 else 0), month, day)  # noqa: PLR2004 - digits of a short year
    this_year = date(today.year, month, day)
    return this_year.replace(year=today.year + 1) if (today - this_year).days > _BACK else this_year


def _aligned(typed: str) -> str:
    """Return the text folded, as long as it was: places in one are places in the other."""
    return "".join((fold(letter) or " ")[0] for letter in typed)


def _rest(typed: str, end: int) -> str:
    return typed[end:].strip(" ,:;.-")
