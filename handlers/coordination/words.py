"""How what is typed in coordination is read, and what of it a coordinating office may read."""

import re
from datetime import date, datetime

from domain.dates import find_day
from domain.numbers import find_case_number
from domain.rulesets import Ruleset
from domain.words import fold
from handlers.coordination.room import Room
from handlers.understanding import clean
from nlp.pii import find as find_pii
from nlp.pii import mask

_DATE = re.compile(r"\s*\d{1,2}/\d{1,2}(?!\d)")
_ENOUGH = ("du", "du roi", "het", "het roi")
_STOPS = ("thoi", "dung", "dung lai", "de sau")
#: Names and plates stay; the rest of what is private goes to no coordinating office.
_KEPT = ("name", "plate")


def spaced(rest: str) -> str:
    """Return what follows a command: that of a button, parted by colons, as if it had been typed."""
    return (rest if " " in rest else rest.replace(":", " ")).strip()


def head(typed: str, names: tuple[str, ...]) -> tuple[str, str] | None:
    """Return which of these names the words begin with, and what follows; longer names are tried first."""
    words = fold(typed).split()
    for name in sorted(names, key=len, reverse=True):
        count = len(name.split())
        if words[:count] == name.split():
            return name, (typed.split(None, count)[count:] or [""])[0]
    return None


def stops(typed: str) -> bool:
    """Say whether somebody wants to stop here."""
    return fold(typed).strip(" .!") in _STOPS


def enough(typed: str) -> bool:
    """Say whether somebody has nothing to add to a list."""
    return fold(typed).strip(" .!") in _ENOUGH


def date_first(typed: str, room: Room) -> tuple[date | None, str]:
    """Return the date words begin with, "20/11", and what follows; "3 ngày tập huấn" begins with none."""
    found = find_day(typed, room.now, room.rules.calendar) if _DATE.match(typed) else None
    return (found[0].astimezone(room.rules.calendar.zone).date(), found[1]) if found else (None, typed)


def names_a_case(text: str, rules: Ruleset, now: datetime) -> bool:
    """Say whether a text holds the number of a case: the coordinating office has none of them."""
    return find_case_number(text, rules.prefix, now.year) is not None


def masked(text: str) -> str:
    """Return a text as the coordinating office may read it: no phone, no papers, no account, no mail address."""
    cleaned = clean(text)
    return mask(cleaned, [one for one in find_pii(cleaned) if one.type not in _KEPT])


def own_names(room: Room) -> set[str]:
    """Return the ids the seat's agency goes by: its own, and those of agencies it took over."""
    return {room.agency, *(one for one, heir in room.rules.heirs.items() if heir == room.agency)}
