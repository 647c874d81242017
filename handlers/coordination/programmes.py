"""Coordination programmes, by chat: what was signed, how each content stands, what a body did of it.

A programme exists for the bodies that sign it, for nobody else; its draft for the coordinating office alone.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date

from domain.conversation import Awaiting, Step
from domain.dates import find_day
from domain.messages import Button, Say
from domain.programmes import (
    Activity,
    Content,
    Happened,
    PlanState,
    Programme,
    ProgrammeEvent,
    ProgrammeStatus,
    inherited,
    next_reminder,
    programme_rules,
)
from handlers.coordination import planning
from handlers.coordination.programme_cards import (
    LIST,
    At,
    back,
    card,
    content_buttons,
    content_card,
    may_plan,
    not_yours,
    open_activities,
    shown,
    to_sign,
    today,
    way,
)
from handlers.coordination.room import HOME, Room
from handlers.coordination.words import date_first, head, masked, names_a_case, own_names, spaced, stops
from storage import programmes as rows
from storage.programmes import Due

_NAMED = re.compile(r"ct[\s-]*(\d{1,9})(?:\.(\d{1,3}))?(?:\.(\d{1,3}))?(?![\w.])[\s:]*", re.IGNORECASE)
_YEAR = re.compile(r"[0-9]{4}")
#: Fewer words are no evidence and no reason.
_LEAST_WORDS = 3
_SHOWN = 8
_NOT_SIGNED_NOW = (ProgrammeStatus.DRAFT, ProgrammeStatus.ENDED)


async def programme(room: Room, rest: str) -> Step:
    """List programmes, open one or a content of it, sign, tell what was done; or begin one."""
    typed = spaced(rest)
    if named := _NAMED.match(typed):
        numbers = tuple(int(one) if one else None for one in named.groups())
        return await _of_one(room, numbers, typed[named.end() :].strip())
    if beginning := head(typed, ("moi",)):
        return await planning.begin(room, beginning[1]) if room.coordinates else not_yours(room)
    if typed:
        return room.says(Say("programme_unclear", {"typed": typed[:60]}, (LIST,)))
    return await _list(room)


async def _list(room: Room) -> Step:
    day, own = today(room), programme_rules()
    found = [inherited(one, room.rules.heirs) for one in await rows.of_agencies(room.transaction, own_names(room))]
    lines = []
    for one in found:
        status = one.status(day)
        if status is ProgrammeStatus.DRAFT and not room.coordinates:
            continue
        # What is not signed by all binds nobody yet.
        bound = [content for content in one.contents if not one.unsigned(content.n)]
        states = [one.of_content(content, day, own).standing for content in bound]
        lines.append(
            {
                "id": one.id,
                "title": one.title,
                "status": status,
                "until": one.until and shown(one.until),
                "late": states.count(PlanState.LATE),
                "near": states.count(PlanState.DUE),
                "to_sign": status not in _NOT_SIGNED_NOW and room.agency in to_sign(one),
            }
        )
    buttons = tuple(
        Button(f"k:programmes:CT{line['id']}", "k_programme", {"id": line["id"]}) for line in lines[:_SHOWN]
    )
    new = (Button("k:programmes:moi", "k_programme_new"),) if room.coordinates else ()
    values = {"programmes": lines[:_SHOWN], "more": max(0, len(lines) - _SHOWN), "coordinates": room.coordinates}
    return room.replies(Say("programmes", values, (*buttons, *new, *HOME)))


async def _of_one(room: Room, numbers: tuple[int | None, ...], rest: str) -> Step:
    """Do what is asked of a programme, a content or an activity; for who is no party there is none."""
    found = await rows.load(room.transaction, [numbers[0] or 0], lock=True)
    one = inherited(found[0], room.rules.heirs) if found else None
    content = one.content(numbers[1]) if one and numbers[1] else None
    activity = content.activity(numbers[2]) if content and numbers[2] else None
    unknown = (numbers[1] and not content) or (numbers[2] and not activity)
    if one is None or unknown or not _sees(room, one):
        return room.says(Say("programme_none", {}, (LIST,)))
    if not rest:
        return _show(room, one, content)
    if verb := head(rest, (*_DEEDS, *planning.DEEDS)):
        return await _do(At(room, one, content, activity, verb[1]), verb[0])
    return room.says(Say("programme_unclear", {"typed": rest[:60]}, (back(one, content), LIST)))


def _sees(room: Room, one: Programme) -> bool:
    return room.agency in one.bodies and (room.coordinates or one.status(today(room)) is not ProgrammeStatus.DRAFT)


async def _do(at: At, verb: str) -> Step:
    room, one, content = at.room, at.one, at.content
    if stops(at.words):
        return room.says(Say("programme_kept", {"id": one.id}, (back(one, content), LIST)))
    if names_a_case(at.words, room.rules, room.now):
        waiting = Awaiting("k:programmes", way(one, content, at.activity), verb)
        return room.says(Say("programme_no_cases", {}, (back(one, content),)), awaiting=waiting)
    at = replace(at, words=masked(at.words))
    return await (_DEEDS[verb](at) if verb in _DEEDS else planning.do(at, verb))


def _show(room: Room, one: Programme, content: Content | None = None) -> Step:
    if content:
        return content_card(room, one, content)
    draft = one.status(today(room)) is ProgrammeStatus.DRAFT
    return planning.next_step(room, one) if draft else card(room, one, today(room).year)


async def _record(at: At, *events: ProgrammeEvent) -> Programme:
    await rows.record(at.room.transaction, at.one.id, *events)
    return inherited((await rows.load(at.room.transaction, [at.one.id]))[0], at.room.rules.heirs)


def _event(
    at: At, kind: Happened, day: date | None, note: str = "", activity: Activity | None = None
) -> ProgrammeEvent:
    content, n = (at.content.n, activity.n) if at.content and activity else (None, None)
    return ProgrammeEvent(kind, at.room.now, at.room.actor, at.room.agency, content, n, day, note)


def _day_first(room: Room, words: str) -> tuple[date | None, str]:
    """Return the day that what was typed begins with, and what follows."""
    found = find_day(words, room.now, room.rules.calendar)
    return (found[0].astimezone(room.rules.calendar.zone).date(), found[1]) if found else (None, words)


async def _tell_all(at: At, say: Say) -> None:
    for body in at.one.bodies:
        if body != at.room.agency:
            await at.room.tell(body, say, key=str(at.one.id))


async def _sign(at: At) -> Step:
    """Write down that the seat's body signed: the programme, and each content it has not signed yet."""
    room, one, now = at.room, at.one, today(at.room)
    day = min(date_first(at.words, room)[0] or now, now)
    if one.status(now) in _NOT_SIGNED_NOW or room.agency not in to_sign(one):
        return _show(room, one)
    missing = [content for content in one.contents if room.agency in one.unsigned(content.n)]
    events = [
        ProgrammeEvent(Happened.CONTENT_SIGNED, room.now, room.actor, room.agency, content.n, day=day)
        for content in missing
    ]
    if whole := room.agency in one.unsigned():
        events.insert(0, ProgrammeEvent(Happened.SIGNED, room.now, room.actor, room.agency, day=day))
    one = await _record(at, *events)
    values = {"id": one.id, "title": one.title, "whole": whole, "contents": len(missing), "left": to_sign(one)}
    if not values["left"]:
        await _tell_all(at, Say("programme_signed_by_all", values, (back(one),)))
    return room.says(Say("programme_signed", values, (back(one), LIST)))


async def _done(at: At) -> Step:
    """Take what a body did of an activity, with evidence."""
    room, one, content = at.room, at.one, at.content
    if content is None or one.status(today(room)) is ProgrammeStatus.DRAFT:
        return _show(room, one, content)
    mine = [one_ for one_ in open_activities(room, one, content) if room.agency in one.missing(content, one_)]
    if at.activity is None and len(mine) > 1:
        return _which(at, mine, "xong")
    activity = at.activity or (mine[0] if mine else None)
    if activity is None or activity not in mine:
        values = {"code": way(one, content), "plans": may_plan(room, content)}
        return room.says(Say("programme_nothing_to_do", values, (*content_buttons(room, one, content), back(one))))
    day, evidence = date_first(at.words or _kept(at, "xong"), room)
    where, future = way(one, content, activity), day is not None and day > today(room)
    if len(evidence.split()) < _LEAST_WORDS or future:
        say = Say(
            "programme_write_evidence",
            {"code": where, "title": activity.title, "future": future},
            (back(one, content),),
        )
        return room.says(say, awaiting=Awaiting("k:programmes", where, "xong"))
    one = await _record(at, _event(at, Happened.DONE, day or today(room), evidence, activity))
    values = {"code": where, "title": activity.title, "missing": list(one.missing(content, activity))}
    if not values["missing"] and room.agency != content.focal:
        await room.tell(content.focal, Say("programme_activity_done", values, (back(one, content),)), key=where)
    return room.says(Say("programme_done", values, (back(one, content), back(one))))


async def _put_off(at: At) -> Step:
    """Move an activity to another day, with a reason."""
    chosen = _planned(at, "hoan")
    if isinstance(chosen, Step):
        return chosen
    room, one, (content, activity) = at.room, at.one, chosen
    where = way(one, content, activity)
    day, reason = _day_first(room, at.words or _kept(at, "hoan"))
    day = day if day and day > today(room) else None
    if day is None or len(reason.split()) < _LEAST_WORDS:
        more = f"hoan {shown(day)}" if day else "hoan"
        say = Say(
            "programme_when_instead",
            {"code": where, "title": activity.title, "day": day and shown(day)},
            (back(one, content),),
        )
        return room.says(say, awaiting=Awaiting("k:programmes", where, more))
    one = await _record(at, _event(at, Happened.PUT_OFF, day, reason, activity))
    own = programme_rules()
    look = next_reminder(day, room.now, room.rules.calendar, ahead=own.ahead, late_every=own.late_every)
    await rows.remind(room.transaction, Due(one.id, content.n, activity.n), look)
    values = {"code": where, "title": activity.title, "day": shown(day), "note": reason}
    for body in sorted({content.focal, *activity.bodies} - {room.agency}):
        await room.tell(body, Say("programme_moved", values, (back(one, content),)), key=where)
    return room.says(Say("programme_put_off", values, (back(one, content), back(one))))


async def _drop(at: At) -> Step:
    """Give an activity up, with a reason."""
    chosen = _planned(at, "bo")
    if isinstance(chosen, Step):
        return chosen
    room, one, (content, activity) = at.room, at.one, chosen
    where, reason = way(one, content, activity), at.words or _kept(at, "bo")
    values = {"code": where, "title": activity.title}
    if len(reason.split()) < _LEAST_WORDS:
        waiting = Awaiting("k:programmes", where, "bo")
        return room.says(Say("programme_why_drop", values, (back(one, content),)), awaiting=waiting)
    one = await _record(at, _event(at, Happened.DROPPED, today(room), reason, activity))
    return room.says(Say("programme_dropped", values, (back(one, content), back(one))))


def _planned(at: At, verb: str) -> Step | tuple[Content, Activity]:
    """Return the open activity that is meant, where the seat may plan it; else the step that says why not."""
    room, one, content = at.room, at.one, at.content
    if content is None:
        return _show(room, one)
    if not may_plan(room, content):
        values = {"focal": content.focal, "lead": content.lead}
        return room.says(Say("programme_for_focal", values, (back(one, content),)))
    planned = open_activities(room, one, content)
    if at.activity is None and len(planned) > 1:
        return _which(at, planned, verb)
    activity = at.activity or (planned[0] if planned else None)
    return (content, activity) if activity in planned and activity else content_card(room, one, content)


def _which(at: At, among: list[Activity], verb: str) -> Step:
    """Ask which activity is meant; what was typed is kept until it is chosen."""
    where = way(at.one, at.content)
    buttons = tuple(
        Button(f"k:programmes:{where}.{one.n}:{verb}", "k_programme_activity", {"n": one.n, "title": one.title[:40]})
        for one in among[:_SHOWN]
    )
    waiting = Awaiting("k:programmes", where, f"{verb} {at.words}".strip())
    return at.room.says(Say("programme_which", {"code": where}, (*buttons, back(at.one, at.content))), awaiting=waiting)


def _kept(at: At, verb: str) -> str:
    """Return what was typed before the activity was chosen."""
    waiting = at.room.conversation.awaiting
    if waiting is None or waiting.what != "k:programmes" or waiting.of != way(at.one, at.content):
        return ""
    return waiting.more.removeprefix(verb).strip() if waiting.more.startswith(verb) else ""


async def _renew(at: At) -> Step:
    """Let a programme go on until another day."""
    room, one = at.room, at.one
    day, note = _day_first(room, at.words)
    if not room.coordinates or one.until is None or one.status(today(room)) is ProgrammeStatus.DRAFT:
        return not_yours(room)
    if day is None or day <= one.until:
        say = Say("programme_until_when", {"id": one.id, "until": shown(one.until)}, (back(one),))
        return room.says(say, awaiting=Awaiting("k:programmes", way(one), "giahan"))
    one = await _record(at, _event(at, Happened.RENEWED, day, note))
    values = {"id": one.id, "title": one.title, "until": shown(day)}
    await _tell_all(at, Say("programme_renewed", values, (back(one),)))
    return card(room, one, today(room).year)


async def _end(at: At) -> Step:
    """End a programme, with its result."""
    room, one = at.room, at.one
    if not room.coordinates or one.status(today(room)) is ProgrammeStatus.DRAFT:
        return not_yours(room)
    if len(at.words.split()) < _LEAST_WORDS:
        waiting = Awaiting("k:programmes", way(one), "ketthuc")
        return room.says(Say("programme_why_end", {"id": one.id}, (back(one),)), awaiting=waiting)
    one = await _record(at, _event(at, Happened.ENDED, today(room), at.words))
    await _tell_all(at, Say("programme_ended", {"id": one.id, "title": one.title, "note": at.words}, (back(one),)))
    return card(room, one, today(room).year)


async def _year(at: At) -> Step:
    """Show the contents of another year."""
    return card(at.room, at.one, int(at.words) if _YEAR.fullmatch(at.words) else today(at.room).year)


_DEEDS: dict[str, Callable[[At], Awaitable[Step]]] = {
    "ky": _sign,
    "xong": _done,
    "hoan": _put_off,
    "bo": _drop,
    "giahan": _renew,
    "gia han": _renew,
    "ketthuc": _end,
    "ket thuc": _end,
    "nam": _year,
}
