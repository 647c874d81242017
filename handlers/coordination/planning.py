"""A programme in the making: one thing is asked at a time, all of it is kept, and it can be gone on with."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date

from domain.conversation import Awaiting, Step
from domain.dates import find_day
from domain.exchanges import find_bodies
from domain.messages import Button, Say
from domain.programmes import (
    Activity,
    Content,
    Happened,
    Programme,
    ProgrammeEvent,
    ProgrammeStatus,
    next_reminder,
    programme_rules,
)
from domain.words import fold
from handlers.coordination.programme_cards import LIST, At, back, may_plan, not_yours, shown, to_sign, today, way
from handlers.coordination.room import HOME, Room
from handlers.coordination.words import date_first, enough, masked, names_a_case, stops
from storage import programmes as rows
from storage.programmes import Due

#: Fewer words are no title.
_LEAST_WORDS = 3
_LONGEST = 300
_OFFERED, _SHOWN = 6, 8
#: The coordinating office and another.
_LEAST_BODIES = 2
_YEARS = re.compile(r"(20\d\d)(?:\s*[-–]\s*(20\d\d))?$")
_YEAR_FIRST = re.compile(r"(20\d\d)[\s:.,-]+(?=\S)")
_TO = re.compile(r"^(?:den|toi|[-–])\s*")
#: A programme is usually for five years.
_TERM = 5


async def begin(room: Room, typed: str) -> Step:
    """Begin a draft by its title."""
    title, refused = masked(typed)[:_LONGEST], names_a_case(typed, room.rules, room.now)
    if stops(typed):
        return room.says(Say("programme_not_begun", {}, (LIST,)))
    if refused or len(title.split()) < _LEAST_WORDS:
        text = "programme_no_cases" if refused else "programme_title"
        return room.says(Say(text, {}, (LIST,)), awaiting=Awaiting("k:programmes", "moi"))
    key = f"{room.now:%Y%m%d}-{room.key}"
    made = await rows.begin(room.transaction, key, title, room.now)
    one = Programme(made, key, title, None, None, (room.agency,))
    await rows.save(room.transaction, one)
    return next_step(room, one)


def next_step(room: Room, one: Programme) -> Step:
    """Ask for what is missing of a draft; when nothing is, show it."""
    if one.first is None:
        year = room.now.astimezone(room.rules.calendar.zone).year
        terms = (f"{year}-{year + _TERM - 1}", f"{year + 1}-{year + _TERM}", f"{year}")
        buttons = tuple(
            Button(f"k:programmes:{way(one)}:thoigian:{term}", "k_programme_term", {"term": term}) for term in terms
        )
        say = Say("programme_term", {"id": one.id, "title": one.title}, buttons)
        return room.says(say, awaiting=Awaiting("k:programmes", way(one), "thoigian"))
    if len(one.bodies) < _LEAST_BODIES:
        return _whom(room, one, "")
    if not one.contents:
        return _ask_content(room, one)
    values = {
        "id": one.id,
        "title": one.title,
        "first": one.first and shown(one.first),
        "last": one.last and shown(one.last),
        "bodies": list(one.bodies),
        "contents": [
            {"n": content.n, "year": content.year, "title": content.title, "lead": content.lead,
             "activities": len(content.activities)}
            for content in one.contents[:_SHOWN]
        ],
        "more": max(0, len(one.contents) - _SHOWN),
    }  # fmt: skip
    contents = tuple(
        Button(f"k:programmes:{way(one, content)}", "k_programme_content", {"code": way(one, content)})
        for content in one.contents[:_SHOWN]
    )
    deeds = ("gui", "noidung", "coquan", "thoigian", "ten", "xoa")
    buttons = tuple(Button(f"k:programmes:{way(one)}:{verb}", f"k_programme_{verb}") for verb in deeds)
    return room.says(Say("programme_draft", values, (*buttons, *contents, LIST)))


async def do(at: At, verb: str) -> Step:
    """Do one thing to a programme in the making or to its plan, where the seat may."""
    room, one = at.room, at.one
    status, verb = one.status(today(room)), verb.replace(" ", "")
    plans = at.content is not None and may_plan(room, at.content) and verb in ("them", "cung")
    if not room.coordinates and not plans:
        return not_yours(room)
    if status is ProgrammeStatus.ENDED or (verb in _DRAFT_ONLY and status is not ProgrammeStatus.DRAFT):
        return room.says(Say("programme_settled", {"id": one.id}, (back(one), LIST)))
    return await _DEEDS[verb](at)


async def _rename(at: At) -> Step:
    if len(at.words.split()) < _LEAST_WORDS:
        waiting = Awaiting("k:programmes", way(at.one), "ten")
        return at.room.says(Say("programme_title", {}, (back(at.one),)), awaiting=waiting)
    return await _saved(at, replace(at.one, title=at.words[:_LONGEST]))


async def _saved(at: At, one: Programme) -> Step:
    await rows.save(at.room.transaction, one)
    return next_step(at.room, one)


async def _set_term(at: At) -> Step:
    term = _term(at.room, at.words)
    if term is None:
        return next_step(at.room, replace(at.one, first=None))
    return await _saved(at, replace(at.one, first=term[0], last=term[1]))


def _term(room: Room, words: str) -> tuple[date, date] | None:
    """Read first and last day: "2026-2030", "2026", "1/1/2026 - 31/12/2030"."""
    if years := _YEARS.match(words.strip()):
        first, last = date(int(years[1]), 1, 1), date(int(years[2] or years[1]), 12, 31)
        return (first, last) if first < last else None
    begins = find_day(words, room.now, room.rules.calendar)
    ends = find_day(_TO.sub("", fold(begins[1])), room.now, room.rules.calendar) if begins else None
    if not begins or not ends:
        return None
    zone = room.rules.calendar.zone
    first, last = begins[0].astimezone(zone).date(), ends[0].astimezone(zone).date()
    return (first, last) if first < last else None


def _whom(room: Room, one: Programme, typed: str) -> Step:
    """Ask who signs; what was typed is looked for among names and ids."""
    found = [agency for agency in find_bodies(typed, room.rules) if agency.id not in one.bodies]
    usual = [of for of in ("HDND", room.rules.desk, "TAND", "VKSND", "MTTQ") if of in room.rules.agencies]
    offered = [agency.id for agency in found] if typed else [of for of in usual if of not in one.bodies]
    where, last = way(one), one.bodies[-1]
    buttons = tuple(Button(f"k:programmes:{where}:coquan:{of}", "agency", {"agency": of}) for of in offered[:_OFFERED])
    if len(one.bodies) >= _LEAST_BODIES:
        buttons += (
            Button(f"k:programmes:{where}:coquan:du", "k_programme_enough"),
            Button(f"k:programmes:{where}:rut:{last}", "k_programme_out", {"agency": last}),
        )
    values = {"id": one.id, "bodies": list(one.bodies), "typed": typed[:60], "found": len(found)}
    return room.says(Say("programme_whom", values, buttons), awaiting=Awaiting("k:programmes", where, "coquan"))


async def _add_body(at: At) -> Step:
    room, one, typed = at.room, at.one, at.words
    if enough(typed) and len(one.bodies) >= _LEAST_BODIES:
        return next_step(room, one)
    found = [agency.id for agency in find_bodies(typed, room.rules) if agency.id not in one.bodies]
    if len(found) == 1:
        await rows.save(room.transaction, one := replace(one, bodies=(*one.bodies, found[0])))
        return _whom(room, one, "")
    return _whom(room, one, typed)


async def _take_out(at: At) -> Step:
    one, gone = at.one, at.words.upper()
    left = tuple(body for body in one.bodies if body != gone or body == at.room.rules.coordinator)
    used = {part for content in one.contents for part in (content.lead, content.focal)}
    one = one if gone in used else replace(one, bodies=left)
    await rows.save(at.room.transaction, one)
    return _whom(at.room, one, "")


def _ask_content(room: Room, one: Programme) -> Step:
    values = {"id": one.id, "n": len(one.contents) + 1, "year": _year(room, one)}
    say = Say("programme_write_content", values, (back(one),) if one.contents else ())
    return room.says(say, awaiting=Awaiting("k:programmes", way(one), "noidung"))


def _year(room: Room, one: Programme) -> int:
    """Return the year a content is for where none is named: this one, within the programme."""
    year = today(room).year
    return min(max(year, one.first.year), one.until.year) if one.first and one.until else year


async def _add_content(at: At) -> Step:
    room, one = at.room, at.one
    found = _YEAR_FIRST.match(at.words)
    year, title = (int(found[1]), at.words[found.end() :]) if found else (_year(room, one), at.words)
    if len(title.split()) < _LEAST_WORDS:
        return _ask_content(room, one)
    n = max((content.n for content in one.contents), default=0) + 1
    content = Content(n, year, title[:_LONGEST], room.agency, room.agency)
    await rows.save_content(room.transaction, one.id, content)
    return _ask_lead(room, replace(one, contents=(*one.contents, content)), content, "chutri")


def _ask_lead(room: Room, one: Programme, content: Content, verb: str) -> Step:
    where = way(one, content)
    buttons = tuple(
        Button(f"k:programmes:{where}:{verb}:{body}", "agency", {"agency": body}) for body in one.bodies[:_SHOWN]
    )
    say = Say("programme_who_leads", {"code": where, "title": content.title, "focal": verb == "daumoi"}, buttons)
    return room.says(say, awaiting=Awaiting("k:programmes", where, verb))


async def _lead(at: At) -> Step:
    """Set who leads a content; who leads is also who is reminded, until another one is named."""
    return await _give(at, "chutri")


async def _focal(at: At) -> Step:
    """Set who is reminded of a content."""
    return await _give(at, "daumoi")


async def _give(at: At, verb: str) -> Step:
    room, one, content = at.room, at.one, at.content
    if content is None or one.signed(content.n):
        return (
            _of_which(at)
            if content is None
            else room.says(Say("programme_settled", {"id": one.id}, (back(one, content),)))
        )
    body = next((found.id for found in find_bodies(at.words, room.rules) if found.id in one.bodies), None)
    if body is None:
        return _ask_lead(room, one, content, verb)
    if verb == "daumoi":
        content = replace(content, focal=body)
    else:
        content = replace(content, lead=body, focal=body if content.focal == content.lead else content.focal)
    await rows.save_content(room.transaction, one.id, content)
    return _ask_activity(room, one, content, "")


def _ask_activity(room: Room, one: Programme, content: Content, title: str) -> Step:
    """Ask what is planned, then for when: one thing at a time."""
    where = way(one, content)
    more = f"them {title} |" if title else "them"
    buttons = (back(one, content), Button(f"k:programmes:{way(one)}", "k_programme_on", {"id": one.id}))
    say = Say("programme_write_activity", {"code": where, "title": title, "lead": content.lead}, buttons)
    return room.says(say, awaiting=Awaiting("k:programmes", where, more))


async def _add_activity(at: At) -> Step:
    """Plan an activity: a day and what, or what, a bar and a day."""
    room, one, content = at.room, at.one, at.content
    if content is None:
        return _of_which(at)
    title, bar, day_typed = at.words.rpartition("|")
    day, rest = date_first(day_typed.strip() if bar else at.words, room)
    title = " ".join((title if bar else rest).split())
    named = len(title.split()) > 1  # a verb and what
    if not named or day is None:
        return _ask_activity(room, one, content, title if named else "")
    n = max((activity.n for activity in content.activities), default=0) + 1
    activity = Activity(n, title[:_LONGEST], day, (content.lead,))
    await _keep(room, one, content, activity)
    return _who_else(room, one, content, activity)


async def _keep(room: Room, one: Programme, content: Content, activity: Activity) -> None:
    own, day = programme_rules(), one.day_of(content, activity)
    look = next_reminder(day, room.now, room.rules.calendar, ahead=own.ahead, late_every=own.late_every)
    await rows.save_activity(room.transaction, Due(one.id, content.n, activity.n), activity, look)


def _who_else(room: Room, one: Programme, content: Content, activity: Activity) -> Step:
    where = way(one, content, activity)
    others = [body for body in one.bodies if body not in activity.bodies]
    buttons = tuple(
        Button(f"k:programmes:{where}:cung:{body}", "k_programme_cung", {"agency": body}) for body in others[:_OFFERED]
    )
    more = Button(f"k:programmes:{way(one, content)}:them", "k_programme_them")
    values = {"code": where, "title": activity.title, "day": shown(activity.day), "bodies": list(activity.bodies)}
    return room.says(Say("programme_planned", values, (*buttons, more, back(one, content), back(one))))


async def _join(at: At) -> Step:
    """Let another body do its part of an activity."""
    room, one, content, activity = at.room, at.one, at.content, at.activity
    if content is None or activity is None:
        return _of_which(at)
    body = next((found.id for found in find_bodies(at.words, room.rules) if found.id in one.bodies), None)
    if body and body not in activity.bodies:
        activity = replace(activity, bodies=(*activity.bodies, body))
        await _keep(room, one, content, activity)
    return _who_else(room, one, content, activity)


def _of_which(at: At) -> Step:
    """Say that this is said of a content or an activity, and none was named."""
    return at.room.says(Say("programme_of_which", {"id": at.one.id}, (back(at.one), LIST)))


async def _propose(at: At) -> Step:
    """Send a draft to be signed; later on, remind who has not signed it, or a content that was added."""
    room, one = at.room, at.one
    if one.first is None or len(one.bodies) < _LEAST_BODIES or not one.contents:
        return next_step(room, one)
    if one.status(today(room)) is ProgrammeStatus.DRAFT:
        event = ProgrammeEvent(Happened.PROPOSED, room.now, room.actor, room.agency, day=today(room))
        await rows.record(room.transaction, one.id, event)
    values = {"id": one.id, "title": one.title, "contents": len(one.contents), "by": room.agency}
    buttons = (Button(f"k:programmes:{way(one)}:ky", "k_programme_ky"), back(one))
    told = {
        body: await room.tell(body, Say("programme_to_sign", values, buttons), key=str(one.id))
        for body in to_sign(one)
        if body != room.agency
    }
    nobody = [body for body, seats in told.items() if not seats]
    own = buttons if room.agency in to_sign(one) else buttons[1:]
    return room.says(Say("programme_sent", {**values, "nobody": nobody}, (*own, LIST)))


async def _delete(at: At) -> Step:
    if fold(at.words) != "han":  # a thumb slips, and much was typed
        sure = Button(f"k:programmes:{way(at.one)}:xoa:han", "k_programme_xoa")
        return at.room.says(Say("programme_delete_sure", {"title": at.one.title}, (sure, back(at.one))))
    await rows.drop(at.room.transaction, at.one.id)
    return at.room.says(Say("programme_deleted", {"title": at.one.title}, (LIST, *HOME)))


_DEEDS: dict[str, Callable[[At], Awaitable[Step]]] = {
    "ten": _rename,
    "thoigian": _set_term,
    "coquan": _add_body,
    "rut": _take_out,
    "noidung": _add_content,
    "chutri": _lead,
    "daumoi": _focal,
    "them": _add_activity,
    "cung": _join,
    "gui": _propose,
    "xoa": _delete,
}
#: As they are typed.
DEEDS = (*_DEEDS, "thoi gian", "co quan", "noi dung", "chu tri", "dau moi")
#: What was sent to be signed is not changed any more.
_DRAFT_ONLY = ("ten", "thoigian", "coquan", "rut", "xoa")
