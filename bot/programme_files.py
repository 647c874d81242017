"""Files of coordination programmes: TOML in, with every fault named by its line; TOML out."""

import json
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from domain.errors import OperatorError
from domain.programmes import Activity, Content, Happened, Programme, ProgrammeEvent
from domain.rulesets import Ruleset

#: Who the history says it was.
_ACTOR = "import"
#: What a row may hold: needed, and besides.
_COLUMNS = {
    "programmes": ("key title first last bodies", "draft signed renewed ended contents"),
    "contents": ("title year lead", "n focal signed activities"),
    "activities": ("title day", "n bodies done moved dropped"),
    "done": ("by day words", ""),
    "moved": ("to why by", ""),
    "dropped": ("why by", ""),
    "renewed": ("until why", ""),
    "ended": ("day why", ""),
}
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{1,63}")


class ProgrammeFileError(OperatorError):
    """A file cannot be read or does not fit; the message has a line for each fault."""


class _Reader:
    """Reads one file; faults are gathered, each with the line of its row."""

    def __init__(self, name: str, text: str, rules: Ruleset, now: datetime) -> None:
        self.faults: list[str] = []
        self._name, self._rules, self._now = name, rules, now
        heads = [(found[1], line) for line, row in enumerate(text.split("\n"), 1)
                 if (found := re.match(r"\s*\[\[([\w.]+)\]\]", row))]  # fmt: skip
        # Tables nest in the order they stand in: walking the rows in order meets the heads in order.
        self._lines: dict[str, Iterator[int]] = {
            kind: iter([line for head, line in heads if head.rpartition(".")[2] == kind]) for kind in _COLUMNS
        }
        self._at = 1

    def programmes(self, table: Mapping[str, Any]) -> list[Programme]:
        """Read all there are."""
        for name in table:
            if name != "programmes":
                self.faults.append(f"{self._name}: {name} is not known; a file holds [[programmes]]")
        return [self._programme(row) for row in self._rows(table, "programmes")]

    def _programme(self, row: Mapping[str, Any]) -> Programme:
        self._at = next(self._lines["programmes"], self._at)
        self._check("programmes", row)
        key = self._text(row, "key")
        if not _KEY.fullmatch(key):
            self._fault("key", f'"{key}" must be 2 to 64 letters without accents, digits, and . _ : -')
        bodies = self._bodies(row, "bodies")
        if bodies and self._rules.coordinator not in bodies:
            self._fault("bodies", f"{self._rules.coordinator} coordinates, so it is one of those who sign")
        first, last = self._day(row, "first"), self._day(row, "last")
        if first and last and last <= first:
            self._fault("last", f"{last} is not after the first day, {first}")
        events: list[ProgrammeEvent] = []
        if not row.get("draft", False):
            events.append(self._event(Happened.PROPOSED, self._rules.coordinator, day=first))
        events += self._signatures(row, Happened.SIGNED, bodies)
        for one in self._rows(row, "renewed"):
            self._check("renewed", one)
            day = self._day(one, "until")
            events.append(self._event(Happened.RENEWED, self._rules.coordinator, day=day, note=self._text(one, "why")))
        contents = tuple(self._content(one, n, bodies, events) for n, one in enumerate(self._rows(row, "contents"), 1))
        if len({content.n for content in contents}) < len(contents):
            self._fault("contents", "two of them have the same n")
        if "ended" in row:
            self._check("ended", row["ended"])
            day, why = self._day(row["ended"], "day"), self._text(row["ended"], "why")
            events.append(self._event(Happened.ENDED, self._rules.coordinator, day=day, note=why))
        return Programme(0, key, self._text(row, "title"), first, last, bodies, contents, tuple(events))

    def _content(
        self, row: Mapping[str, Any], n: int, bodies: tuple[str, ...], events: list[ProgrammeEvent]
    ) -> Content:
        self._at = next(self._lines["contents"], self._at)
        self._check("contents", row)
        n, lead = self._number(row, "n", n), self._body(row, "lead", bodies)
        focal = self._body(row, "focal", bodies) if "focal" in row else lead
        events += self._signatures(row, Happened.CONTENT_SIGNED, bodies, n)
        activities = tuple(
            self._activity(one, i, n, lead, bodies, events) for i, one in enumerate(self._rows(row, "activities"), 1)
        )
        if len({activity.n for activity in activities}) < len(activities):
            self._fault("activities", "two of them have the same n")
        return Content(n, self._number(row, "year", 0), self._text(row, "title"), lead, focal, activities)

    def _activity(
        self, row: Mapping[str, Any], n: int, content: int, lead: str, bodies: tuple[str, ...],
        events: list[ProgrammeEvent],
    ) -> Activity:  # fmt: skip
        self._at = next(self._lines["activities"], self._at)
        self._check("activities", row)
        n = self._number(row, "n", n)
        does = self._bodies(row, "bodies", bodies) if "bodies" in row else (lead,)
        for one in self._rows(row, "moved"):
            self._check("moved", one)
            by, day = self._body(one, "by", bodies), self._day(one, "to")
            events.append(self._event(Happened.PUT_OFF, by, content, n, day, self._text(one, "why")))
        for one in self._rows(row, "done"):
            self._check("done", one)
            by, day = self._body(one, "by", does), self._day(one, "day")
            if day and day > self._now.astimezone(self._rules.calendar.zone).date():
                self._fault("done", f"{day} is still to come")
            events.append(self._event(Happened.DONE, by, content, n, day, self._text(one, "words")))
        if "dropped" in row:
            self._check("dropped", row["dropped"])
            by, why = self._body(row["dropped"], "by", bodies), self._text(row["dropped"], "why")
            events.append(self._event(Happened.DROPPED, by, content, n, None, why))
        return Activity(n, self._text(row, "title"), self._day(row, "day") or date.min, does)

    def _event(
        self, kind: Happened, agency: str, content: int | None = None, activity: int | None = None,
        day: date | None = None, note: str = "",
    ) -> ProgrammeEvent:  # fmt: skip
        return ProgrammeEvent(kind, self._now, _ACTOR, agency, content, activity, day, note)

    def _signatures(
        self, row: Mapping[str, Any], kind: Happened, bodies: tuple[str, ...], content: int | None = None
    ) -> list[ProgrammeEvent]:
        signed = row.get("signed", {})
        if not isinstance(signed, dict):
            self._fault("signed", "must be { SXD = 2026-01-15, … }")
            return []
        for body in signed:
            if body not in bodies:
                self._fault("signed", f"{body} is not one of the bodies that sign")
        return [self._event(kind, body, content, day=self._day(signed, body)) for body in signed]

    def _fault(self, column: str, says: str) -> None:
        self.faults.append(f"{self._name}, line {self._at}, {column}: {says}")

    def _rows(self, row: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
        found = row.get(name, [])
        if isinstance(found, list) and all(isinstance(one, dict) for one in found):
            return found
        self._fault(name, "must be tables, such as [[programmes.contents]]")
        return []

    def _check(self, kind: str, row: Mapping[str, Any]) -> None:
        needed, other = (names.split() for names in _COLUMNS[kind])
        if not isinstance(row, dict):
            self._fault(kind, f"must be a table of {', '.join(needed)}")
            return
        for name in needed:
            if name not in row:
                self._fault(name, f"is missing; {kind} need {', '.join(needed)}")
        for name in row:
            if name not in (*needed, *other):
                self._fault(name, f"is not known; {kind} have {', '.join((*needed, *other))}")

    def _text(self, row: Mapping[str, Any], name: str) -> str:
        value = row.get(name, "") if isinstance(row, dict) else ""
        if isinstance(value, str) and (value.strip() or name not in row):
            return value.strip()
        self._fault(name, "must be words")
        return ""

    def _day(self, row: Mapping[str, Any], name: str) -> date | None:
        value = row.get(name) if isinstance(row, dict) else None
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        self._fault(name, f"{value!r} must be a day without quotes, such as 2026-11-30")
        return None

    def _number(self, row: Mapping[str, Any], name: str, otherwise: int) -> int:
        value = row.get(name, otherwise)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self._fault(name, f"{value!r} must be a number")
        return otherwise

    def _body(self, row: Mapping[str, Any], name: str, among: Collection[str]) -> str:
        value = self._text(row, name)
        if name in row and value and value not in among:
            self._fault(name, f"{value} is not one of {', '.join(among)}")
        return value

    def _bodies(self, row: Mapping[str, Any], name: str, among: Collection[str] | None = None) -> tuple[str, ...]:
        value = row.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self._fault(name, 'must be a list of agency ids, such as ["BTGDV", "SXD"]')
            return ()
        for one in value:
            if among is not None and one not in among:
                self._fault(name, f"{one} is not one of {', '.join(among)}")
            elif self._rules.agencies.get(one) is None or self._rules.agencies[one].id != one:
                self._fault(name, f"there is no agency {one}; `hoiam agencies` lists their ids")
        return tuple(dict.fromkeys(value))


def parse(files: Mapping[str, bytes], rules: Ruleset, now: datetime) -> list[Programme]:
    """Read files, by name, into programmes without ids. Raises ProgrammeFileError with a line for each fault."""
    found: list[Programme] = []
    faults: list[str] = []
    for name, content in files.items():
        try:
            text = content.decode("utf-8-sig")
            table = tomllib.loads(text)
        except UnicodeDecodeError:
            faults.append(f"{name}: this is no UTF-8; save it as UTF-8")
            continue
        except tomllib.TOMLDecodeError as error:  # it names line and column
            faults.append(f"{name}: this is no TOML: {error}")
            continue
        reader = _Reader(name, text, rules, now)
        found += reader.programmes(table)
        faults += reader.faults
    keys = [one.key for one in found]
    faults += [
        f"{key} stands twice; each programme has a key of its own" for key in {k for k in keys if keys.count(k) > 1}
    ]
    if faults:
        raise ProgrammeFileError("\n".join(faults))
    return found


def to_toml(programmes: Iterable[Programme]) -> str:
    """Return programmes as TOML; a draft without days cannot be written yet and is left out."""
    return "\n".join(_programme_lines(one) for one in programmes if one.first)


def _programme_lines(one: Programme) -> str:
    events = one.events
    lines = [
        "[[programmes]]", f"key = {_quoted(one.key)}", f"title = {_quoted(one.title)}", f"first = {one.first}",
        f"last = {one.last}", f"bodies = {_list(one.bodies)}",
    ]  # fmt: skip
    if not any(event.kind is Happened.PROPOSED for event in events):
        lines.append("draft = true")
    lines += _signed(one.signed().values())
    renewed = [f"{{ until = {e.day}, why = {_quoted(e.note)} }}" for e in events if e.kind is Happened.RENEWED]
    lines += [f"renewed = [{', '.join(renewed)}]"] if renewed else []
    lines += [f"ended = {{ day = {e.day}, why = {_quoted(e.note)} }}" for e in events if e.kind is Happened.ENDED][:1]
    for content in one.contents:
        lines += [
            "", "[[programmes.contents]]", f"n = {content.n}", f"year = {content.year}",
            f"title = {_quoted(content.title)}", f"lead = {_quoted(content.lead)}", f"focal = {_quoted(content.focal)}",
            *_signed(one.signed(content.n).values()),
        ]  # fmt: skip
        for activity in content.activities:
            lines += _activity_lines(
                activity, [e for e in events if (e.content, e.activity) == (content.n, activity.n)]
            )
    return "\n".join([*lines, ""])


def _activity_lines(activity: Activity, events: list[ProgrammeEvent]) -> list[str]:
    lines = [
        "", "[[programmes.contents.activities]]", f"n = {activity.n}", f"day = {activity.day}",
        f"title = {_quoted(activity.title)}", f"bodies = {_list(activity.bodies)}",
    ]  # fmt: skip
    rows_of = {
        "moved": [f"{{ to = {e.day}, why = {_quoted(e.note)}, by = {_quoted(e.agency)} }},"
                  for e in events if e.kind is Happened.PUT_OFF],
        "done": [f"{{ by = {_quoted(e.agency)}, day = {e.day}, words = {_quoted(e.note)} }},"
                 for e in events if e.kind is Happened.DONE],
    }  # fmt: skip
    lines += ["\n  ".join([f"{name} = [", *found]) + "\n]" for name, found in rows_of.items() if found]
    dropped = [e for e in events if e.kind is Happened.DROPPED][:1]
    return lines + [f"dropped = {{ why = {_quoted(e.note)}, by = {_quoted(e.agency)} }}" for e in dropped]


def _signed(events: Iterable[ProgrammeEvent]) -> list[str]:
    days = ", ".join(f"{event.agency} = {event.day}" for event in events)
    return [f"signed = {{ {days} }}"] if days else []


def _quoted(words: str) -> str:
    return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(words: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, words))}]"
