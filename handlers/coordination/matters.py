"""Matters (/vande): proposed, named and confirmed by a person, led by one agency with members, ended with a lesson.

Who may do what, and how it is shown, stands in ``matter_cards``. What touches cases is done by ``handlers.matters``.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta

from domain import matters as rules_of_matters
from domain.conversation import Awaiting, Step
from domain.correcting import find_topics
from domain.dates import find_day
from domain.matters import (
    Matter,
    MatterEvent,
    MatterEventKind,
    MatterState,
    Member,
    candidates,
    find_matter,
    matter_rules,
    may_be_in,
    spread,
    usual_lead,
)
from domain.messages import Button, Say
from domain.numbers import without_case_numbers
from domain.rulesets import Agency
from domain.words import fold
from handlers import matters as work
from handlers.coordination.matter_cards import LIST, card, line, manages, refusal, sees, show_list
from handlers.coordination.room import HOME, Room
from handlers.coordination.words import stops
from handlers.understanding import clean
from nlp.pii import find as find_pii
from nlp.pii import mask
from storage import matters as rows
from storage import warnings

#: Matters of one list, agencies offered, working days offered for a member's date.
LISTED, _OFFERED, _DAYS_OFFERED = 8, 6, (1, 2, 3, 5)
#: Fewer words say nothing, and give no reason.
_LEAST_WORDS = 3
_LONGEST_NAME = 100
#: Between what is typed for one question of the end and the next.
_BAR = "|"
_NEW = "moi"
#: Words kept of what was chosen before somebody types: an agency and a day, a case.
_CHOSEN = {"chutri": 1, "thanhvien": 3, "them": 1, "bot": 1}

Act = Callable[[Room, Matter, str], Awaitable[Step]]


async def matters(room: Room, rest: str) -> Step:
    """Show matters, one of them, or do something to one: "VD7 tiendo …"."""
    typed = spread(rest.strip())
    head, _, words = typed.partition(" ")
    if fold(head) == _NEW:
        if stops(words):
            return await show_list(room, "")
        return await _new(room, words) if manages(room) else room.says(Say("matter_for_managers", {}, HOME))
    found = find_matter(typed)
    if not found:
        return await show_list(room, typed)
    matter = await rows.get(room.transaction, found[0])
    if matter is None or not await sees(room, matter):
        return room.says(Say("matter_none", {"id": found[0]}, LIST))
    name, words = _split(found[1])
    if not name:
        return await card(room, matter, unknown=words)
    if _stops(name, words):
        return await card(room, matter)
    if why := refusal(room, matter, name):
        return await card(room, matter, refused=why)
    return await _ACTIONS[name](room, matter, words)


async def begin(room: Room, *, topic: str, communes: tuple[str, ...], since: date, warning: int | None = None) -> Step:
    """Begin a matter that a person has confirmed: what it is called and who leads it are offered, and may be changed.

    ``since``: reports from that day on are of it. ``warning``: the one it comes from, which is confirmed when the
    matter is opened.
    """
    for known in await rows.live(room.transaction):
        if rules_of_matters.known_already(topic, communes, [known]):
            if known.state is MatterState.PROPOSED:
                await rows.save(room.transaction, replace(known, warning=warning or known.warning))
            elif warning is not None:
                await warnings.confirm(room.transaction, warning, known.id, room.actor, room.now)
            return await card(room, known)
    name, lead = work.usual_name(topic, communes, room.rules), usual_lead(topic, communes, room.rules)
    matter = Matter(0, MatterState.PROPOSED, name, topic, communes, since, lead, room.now, warning=warning)
    return await card(room, await _put(room, matter))


async def _new(room: Room, words: str) -> Step:
    """Begin a matter by hand, by its name."""
    name = _words(room, words)[:_LONGEST_NAME]
    if len(name.split()) < 2:  # noqa: PLR2004 - one word names nothing
        return room.says(Say("matter_write_name", {}), awaiting=Awaiting("k:matters", _NEW))
    since = room.now - timedelta(days=matter_rules().back_days)
    day = since.astimezone(room.rules.calendar.zone).date()
    matter = await _put(room, Matter(0, MatterState.PROPOSED, name, None, (), day, None, room.now))
    return await _scope(room, matter, "")


async def _put(room: Room, matter: Matter) -> Matter:
    matter = await rows.put(room.transaction, matter)
    await _record(room, matter, MatterEventKind.PROPOSED)
    return matter


def _words(room: Room, typed: str) -> str:
    """Return what somebody typed as the coordinator may read it.

    A lead knows names, phone numbers and case numbers the coordinator may not: masked, and left out.
    """
    words = clean(typed)
    return words if room.coordinates else without_case_numbers(mask(words, find_pii(words)))


async def _record(room: Room, matter: Matter, kind: MatterEventKind, note: str = "") -> None:
    await rows.record(room.transaction, MatterEvent(matter.id, kind, room.now, room.actor, room.agency, note))


def _ask(room: Room, matter: Matter, text: str, action: str, more: str = "", *buttons: Button) -> Step:
    """Ask for words; what was chosen on the way is kept, and said."""
    values = {"id": matter.id, "name": matter.name, "chosen": more}
    return room.says(Say(text, values, buttons), awaiting=Awaiting("k:matters", f"VD{matter.id} {action}", more))


# What is done.


async def _rename(room: Room, matter: Matter, words: str) -> Step:
    name = _words(room, words)[:_LONGEST_NAME]
    if len(name.split()) < 2:  # noqa: PLR2004 - one word names nothing
        return _ask(room, matter, "matter_write_name", "ten")
    await rows.save(room.transaction, replace(matter, name=name))
    await _record(room, matter, MatterEventKind.RENAMED, name)
    return await card(room, replace(matter, name=name))


async def _scope(room: Room, matter: Matter, words: str) -> Step:
    """Set topic and communes, or the one that is still missing: "rác thải, xã Kha Sơn, xã Phú Bình"."""
    communes, rest = _find_communes(room, words)
    topics = [topic for topic in find_topics(rest, room.rules) if not topic.restricted]
    if rest.strip() in room.rules.topics and not room.rules.topics[rest.strip()].restricted:
        topics = [room.rules.topics[rest.strip()]]
    matter = replace(
        matter,
        communes=communes or matter.communes,
        topic=topics[0].slug if len(topics) == 1 else matter.topic,
    )
    matter = replace(matter, lead=usual_lead(matter.topic, matter.communes, room.rules))
    await rows.save(room.transaction, matter)
    if len(topics) > 1:
        way = f"k:matters:VD{matter.id}:phamvi"
        buttons = [Button(f"{way}:{topic.slug}", "topic", {"topic": topic.slug}) for topic in topics[:_OFFERED]]
        return _ask(room, matter, "matter_which_topic", "phamvi", "", *buttons)
    if not matter.topic or not matter.communes or not words:
        return _ask(room, matter, "matter_write_scope", "phamvi")
    return await card(room, matter)


def _find_communes(room: Room, words: str) -> tuple[tuple[str, ...], str]:
    """Return the communes named in folded words, and what is left of these."""
    rest, found = f" {fold(words.replace(',', ' '))} ", []
    for code, area in sorted(room.rules.communes.items(), key=lambda row: -len(row[1].name)):
        named = [name for name in (fold(area.full_name), fold(area.name)) if f" {name} " in rest]
        if named:
            found.append(code)
            rest = rest.replace(f" {named[0]} ", " ")
    return tuple(sorted(found)), rest


async def _open(room: Room, matter: Matter, _words_of: str) -> Step:
    """Confirm a matter: its lead is told, the clock of the first public information runs."""
    if not matter.topic or not matter.communes:
        return await _scope(room, matter, "")
    if not matter.lead:
        return await _set_lead(room, matter, "")
    unit = work.register(room)
    matter = await work.found(unit, matter, room.rules, room.actor)
    await _record(room, matter, MatterEventKind.OPENED)
    if matter.warning is not None:
        await warnings.confirm(room.transaction, matter.warning, matter.id, room.actor, room.now)
    values = {**line(room, matter), "by": room.agency}
    look = (Button(f"k:matters:VD{matter.id}", "matter_look"),)
    for agency in {matter.lead or room.rules.desk, room.rules.coordinator} - {room.agency}:
        await room.tell(agency, Say("matter_opened", values, look), lead=agency != room.rules.coordinator)
    return await card(room, matter)


async def _drop(room: Room, matter: Matter, words: str) -> Step:
    why = _words(room, words)
    if len(why.split()) < _LEAST_WORDS:
        return _ask(room, matter, "matter_write_drop", "bo")
    matter = rules_of_matters.end(matter, MatterState.DROPPED, room.now)
    await rows.save(room.transaction, matter)
    await _record(room, matter, MatterEventKind.DROPPED, why)
    return room.says(Say("matter_dropped", {"id": matter.id, "days": matter_rules().again_days}, LIST))


async def _set_lead(room: Room, matter: Matter, words: str) -> Step:
    """Name the lead; of an open matter with a reason, for its case is passed on."""
    agency, why, offered = _find_agency(room, matter, words)
    if agency is None:
        return _ask(room, matter, "matter_write_lead", "chutri", "", *_agencies(matter, "chutri", offered))
    if matter.state is MatterState.PROPOSED:
        await rows.save(room.transaction, replace(matter, lead=agency.id))
        return await card(room, replace(matter, lead=agency.id))
    why = _words(room, why)
    if len(why.split()) < _LEAST_WORDS:
        return _ask(room, matter, "matter_why_lead", "chutri", agency.id)
    before = matter.lead
    if not await work.pass_on(work.register(room), matter, agency.id, why, room.rules, room.actor):
        return await card(room, matter, refused="state")
    await _record(room, matter, MatterEventKind.LED, f"{agency.id}: {why}")
    matter = replace(matter, lead=agency.id)
    look = (Button(f"k:matters:VD{matter.id}", "matter_look"),)
    for told in {agency.id, before or agency.id} - {room.agency}:
        await room.tell(told, Say("matter_led", {**line(room, matter), "why": why}, look))
    return await card(room, matter)


async def _member(room: Room, matter: Matter, words: str) -> Step:
    """Want an agency as a member, with a question and a date: a task of the casework's own."""
    agency, more, offered = _find_agency(room, matter, words)
    if agency is None or agency.id == matter.lead:
        return _ask(room, matter, "matter_whom", "thanhvien", "", *_agencies(matter, "thanhvien", offered))
    calendar = room.rules.calendar
    day = find_day(more, room.now, calendar)
    question = _words(room, day[1] if day else more)
    if len(question.split()) < _LEAST_WORDS or (day and day[0] <= room.now):
        way = f"k:matters:VD{matter.id}:thanhvien:{agency.id}"
        chosen = more[: len(more) - len(day[1])].strip() if day and day[0] > room.now else ""
        buttons = () if chosen else tuple(Button(f"{way}:d{n}", "working_days", {"days": n}) for n in _DAYS_OFFERED)
        return _ask(room, matter, "matter_write_member", "thanhvien", f"{agency.id} {chosen}".strip(), *buttons)
    due = day[0] if day else calendar.add_working_days(room.now, matter_rules().member_days)
    await rows.want(room.transaction, matter.id, Member(agency.id, question, due, room.now))
    await _record(room, matter, MatterEventKind.MEMBER_CALLED, f"{agency.id}: {question}")
    await work.call_members(work.register(room), matter, room.rules)
    return await card(room, matter)


def _find_agency(room: Room, matter: Matter, typed: str) -> tuple[Agency | None, str, list[Agency]]:
    """Return the agency named first by its code, or by a name only one has; else those that may be meant."""
    code, _, more = typed.partition(" ")
    known = room.rules.agencies.get(code.upper())
    if known and known.id == code.upper() and may_be_in(known, room.rules):
        return known, more, []
    wanted = fold(typed)
    distinct = {agency.id: agency for agency in room.rules.agencies.values() if may_be_in(agency, room.rules)}
    named = [agency for agency in distinct.values() if wanted and wanted in fold(agency.name)]
    if len(named) == 1:
        return named[0], "", []
    return None, "", (named or candidates(matter, room.rules))[:_OFFERED]


def _agencies(matter: Matter, action: str, offered: list[Agency]) -> tuple[Button, ...]:
    way = f"k:matters:VD{matter.id}:{action}"
    return tuple(
        Button(f"{way}:{agency.id}", "agency", {"agency": agency.id}) for agency in offered if agency.id != matter.lead
    )


async def _decide(room: Room, matter: Matter, words: str) -> Step:
    """Record a decision; lead and members read it on their card."""
    decision = _words(room, words)
    if len(decision.split()) < _LEAST_WORDS:
        return _ask(room, matter, "matter_write_decision", "quyetdinh")
    await _record(room, matter, MatterEventKind.DECIDED, decision)
    values = {"id": matter.id, "name": matter.name, "words": decision, "by": room.agency}
    await _tell_group(room, matter, Say("matter_decided", values))
    return await card(room, matter)


async def _inform(room: Room, matter: Matter, words: str) -> Step:
    """Record what was said publicly; the first time ends the clock."""
    said = _words(room, words)
    if len(said.split()) < _LEAST_WORDS:
        return _ask(room, matter, "matter_write_public", "congbo")
    matter = rules_of_matters.inform(matter, room.now)
    await rows.save(room.transaction, matter)
    await _record(room, matter, MatterEventKind.INFORMED, said)
    return await card(room, matter)


async def _progress(room: Room, matter: Matter, words: str) -> Step:
    """Tell the citizens of its cases how it stands, each once."""
    said = _words(room, words)
    if len(said.split()) < _LEAST_WORDS:
        return _ask(room, matter, "matter_write_progress", "tiendo")
    if said != clean(words):
        # What has left for citizens cannot be taken back: it is not sent with holes in it.
        waiting = Awaiting("k:matters", f"VD{matter.id}", "tiendo")
        return room.says(Say("matter_progress_private", {"id": matter.id, "words": said}), awaiting=waiting)
    unit = work.register(room)
    await work.note_progress(unit, matter, said, room.rules, room.actor)
    say = Say("matter_news", {"topic": matter.topic, "agency": room.agency, "words": said})
    people = await work.tell_people(unit, matter, say, room.key, room.rules)
    await _record(room, matter, MatterEventKind.PROGRESSED, said)
    return room.says(Say("matter_told", {"id": matter.id, "people": people, "words": said}, LIST))


async def _end(room: Room, matter: Matter, words: str) -> Step:
    """End a matter: what came of it and what was learnt, and why now where its lead has not answered."""
    unit = work.register(room)
    asked = ["matter_write_outcome", "matter_write_learnt"]
    if not await work.is_answered(unit, matter):
        asked.append("matter_write_why_end")
    parts = [_words(room, part).strip() for part in words.split(_BAR)]
    given = [part for part in parts if len(part.split()) >= _LEAST_WORDS][: len(asked)]
    if len(given) < len(asked):
        kept = "".join(f"{part} {_BAR} " for part in given).strip()
        return _ask(room, matter, asked[len(given)], "ketthuc", kept)
    answer = await work.answer_of(unit, matter)
    await work.dissolve(unit, matter, given[2] if len(given) > 2 else given[0], room.actor)  # noqa: PLR2004
    matter = rules_of_matters.end(matter, MatterState.ENDED, room.now)
    await rows.save(room.transaction, matter)
    await _record(room, matter, MatterEventKind.ENDED, f" {_BAR} ".join(given))
    if answer:
        said = without_case_numbers(mask(answer, find_pii(answer)))
        news = Say("matter_over", {"topic": matter.topic, "agency": matter.lead, "words": said})
    else:
        news = Say("matter_over_unanswered", {"topic": matter.topic})
    await work.tell_people(unit, matter, news, room.key, room.rules)
    values = {"id": matter.id, "name": matter.name, "outcome": given[0], "learnt": given[1]}
    await _tell_group(room, matter, Say("matter_ended", values))
    return await card(room, matter)


async def _tell_group(room: Room, matter: Matter, say: Say) -> None:
    """Tell the lead and the members, but who says it."""
    members = await rows.members(room.transaction, matter)
    look = (Button(f"k:matters:VD{matter.id}", "matter_look"),)
    for agency in sorted({matter.lead or "", *(member.agency for member in members)} - {room.agency, ""}):
        await room.tell(agency, replace(say, buttons=look))


async def _show_cases(room: Room, matter: Matter, _words_of: str) -> Step:
    return await work.show_cases(room, matter)


_ACTIONS: dict[str, Act] = {
    "ten": _rename,
    "phamvi": _scope,
    "mo": _open,
    "bo": _drop,
    "chutri": _set_lead,
    "thanhvien": _member,
    "quyetdinh": _decide,
    "congbo": _inform,
    "tiendo": _progress,
    "them": work.add,
    "bot": work.remove,
    "hoso": _show_cases,
    "ketthuc": _end,
}


def _stops(name: str, words: str) -> bool:
    """Say whether somebody wants no more of what was asked, whatever was chosen on the way: "SXD 30/11 thôi"."""
    chosen, typed = _CHOSEN.get(name, 0), words.rpartition(_BAR)[2].split()
    return any(stops(" ".join(typed[n:])) for n in range(min(chosen, len(typed)) + 1))


def _split(typed: str) -> tuple[str, str]:
    """Split what is to be done from what follows; people write it as one word or as two, with diacritics."""
    words = typed.split()
    for n in (1, 2):
        name = fold("".join(words[:n]))
        if name in _ACTIONS:
            return name, typed.split(None, n)[n] if len(words) > n else ""
    return "", typed
