"""/baocao: a report on request. /ykien: what an agency says in its own words."""

import re
from dataclasses import replace
from datetime import date

from domain.conversation import Awaiting, Step
from domain.messages import Button, Say
from domain.periods import LENGTHS, Period, PeriodKind
from domain.reporting import COORDINATOR, DESK
from domain.words import fold
from handlers.coordination.counting import named, today
from handlers.coordination.room import HOME, Room
from handlers.coordination.scoreboard import WORDS, kind_of
from handlers.coordination.words import masked, names_a_case
from handlers.understanding import clean
from storage import programmes, reports
from storage.reports import Opinion

#: A case's number, or a phone's: neither belongs into a report.
_NUMBERS = re.compile(r"[a-zA-Z]{2}\d{2}[\s.-]?\d{4}[\s.-]?\d{3}|(?:\d[\s.-]?){8,}")
_REVIEWS = {"soket": PeriodKind.INTERIM, "tongket": PeriodKind.FINAL}
#: Words that say there is nothing.
_NOTHING = ("khong co", "khong", "khong co gi", "-")


def makes(room: Room) -> str:
    """Return for whom a seat's reports are made: the coordinating office, the desk for the province, or its agency."""
    if room.coordinates:
        return COORDINATOR
    return DESK if room.agency == room.rules.desk else room.agency


async def report(room: Room, rest: str) -> Step:
    """Have a report made: of the last period of a kind that is over, or of a programme so far."""
    words = fold(rest)
    review = next((kind for word, kind in _REVIEWS.items() if words.replace(" ", "").startswith(word)), None)
    if review:
        return await _review(room, review, words)
    kind = kind_of(rest)
    if kind is None:
        kinds = (PeriodKind.WEEK, *LENGTHS)
        buttons = tuple(Button(f"k:reports:{WORDS[kind]}", f"k_{kind}") for kind in kinds)
        return room.says(Say("report_which", {"typed": rest.strip()[:20]}, (*buttons, *HOME)))
    return await _wanted(room, room.rules.reporting.cut.latest(kind, today(room.now, room.rules)))


async def _wanted(room: Room, period: Period, programme: int = 0) -> Step:
    found = await reports.plan(room.transaction, period, makes(room), room.now, planned=False, programme=programme)
    if found.made_at and found.document and found.annex:
        return room.says(Say("report_ready", {"period": named(period)}, HOME, files=(found.document, found.annex)))
    await reports.want(room.transaction, found, room.seat.id, room.now)
    return room.says(Say("report_wanted", {"period": named(period)}, HOME))


async def _review(room: Room, kind: PeriodKind, words: str) -> Step:
    """Review a programme from its first day: until yesterday on the way, until its last day at its end."""
    found = re.search(r"ct\s*-?\s*(\d{1,9})\b", words)
    known = await programmes.load(room.transaction, [int(found[1])]) if found else []
    programme = known[0] if known else None
    mine = programme and (room.coordinates or room.agency in programme.bodies)
    if programme is None or not mine or programme.first is None or programme.last is None:
        return room.says(Say("report_no_programme", {"typed": words.split(" ", 1)[-1][:20]}, HOME))
    day = today(room.now, room.rules)
    end = min(day, programme.last) if kind is PeriodKind.INTERIM else programme.last
    # The last month that is over: figures by place are counted by months.
    end = room.rules.reporting.cut.period(PeriodKind.MONTH, end).start
    if end <= programme.first:
        period = room.rules.reporting.cut.latest(PeriodKind.MONTH, day)
        return room.says(Say("report_not_over", {"period": named(_span(programme.first, programme.last, kind)),
                                                 "latest": named(period)}, HOME))  # fmt: skip
    return await _wanted(room, _span(programme.first, end, kind), programme.id)


def _span(start: date, end: date, kind: PeriodKind) -> Period:
    return Period(start, end, kind, 0, end.year)


async def opinion(room: Room, rest: str) -> Step:
    """Take an agency's own words: difficulties first, then proposals."""
    waiting = [] if room.coordinates else await reports.open_opinions(room.transaction, room.agency)
    typed, _, words = rest.partition(" ")
    asked = next((one for one in waiting if str(one.id) == typed), None)
    if asked is None:
        if not waiting:
            return room.says(Say("opinion_none", {}, HOME))
        asked, words = waiting[0], ""
    if not words.strip():
        return _ask(room, asked)
    said = clean(words.removeprefix("+ "))
    if _NUMBERS.search(said) or names_a_case(said, room.rules, room.now):
        # What was asked, difficulties or proposals, stays asked.
        more = room.conversation.awaiting.more if room.conversation.awaiting else ""
        return room.says(
            Say("opinion_number", {}, _nothing(asked)), awaiting=Awaiting("k:opinion", str(asked.id), more)
        )
    said = "" if fold(said) in _NOTHING else masked(said)
    return await _note(room, asked, said)


async def _note(room: Room, asked: Opinion, said: str) -> Step:
    waiting = room.conversation.awaiting
    if waiting is None or waiting.more != _SECOND:
        asked = replace(asked, difficulties=said)
        await reports.say(room.transaction, asked)
        return room.says(
            Say("opinion_proposals", {}, _nothing(asked)), awaiting=Awaiting("k:opinion", str(asked.id), _SECOND)
        )
    asked = replace(asked, proposals=said, answered_at=room.now)
    await reports.say(room.transaction, asked)
    values = {"agency": room.agency, "period": _named(room, asked), "difficulties": asked.difficulties,
              "proposals": asked.proposals}  # fmt: skip
    return room.says(Say("opinion_noted", values, HOME))


#: Awaited after the difficulties; stands before the words, as a mark.
_SECOND = "+"


def _ask(room: Room, asked: Opinion) -> Step:
    say = Say("opinion_difficulties", {"period": _named(room, asked)}, _nothing(asked))
    return room.says(say, awaiting=Awaiting("k:opinion", str(asked.id), ""))


def _named(room: Room, asked: Opinion) -> dict[str, object]:
    return named(room.rules.reporting.cut.period(asked.period.kind, asked.period.start))


def _nothing(asked: Opinion) -> tuple[Button, ...]:
    return (Button(f"k:nothing:{asked.id}", "k_nothing"),)


async def nothing(room: Room, rest: str) -> Step:
    """Say that there is nothing to say, by button."""
    return await opinion(room, f"{rest} {_NOTHING[0]}")
