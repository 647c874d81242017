"""Service notices (/thongbao): any seat drafts one, a second person lets it out, who asked for it hears."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from domain.conversation import Awaiting, Step
from domain.correcting import find_topics
from domain.messages import Button, Say
from domain.notices import (
    Notice,
    NoticeStatus,
    find_communes,
    find_number,
    find_until,
    may_issue,
    notice_rules,
    parse,
    topics_of,
)
from domain.roles import Role
from domain.wall import at_least
from domain.words import fold
from handlers.coordination.room import Room
from handlers.coordination.words import masked, names_a_case, spaced
from handlers.notices import public
from storage import notices as store

#: Notices of one list; topics offered at once, more are offered by field.
_LISTED, _OFFERED = 6, 10
_NEW = ("soan", "moi")
LIST = (Button("k:notice", "k_notice"),)
#: Fewer words do not say why.
_LEAST_WORDS = 2
_SHORT = 40
#: What is asked for what is missing.
_ASKED = {
    "topic": "notice_ask_topic",
    "where": "notice_ask_where",
    "until": "notice_ask_until",
    "words": "notice_ask_words",
}

Act = Callable[[Room, Notice, str], Awaitable[Step]]


async def notice(room: Room, rest: str) -> Step:
    """Show notices, one of them, or do something to one ("TB5 duyet"); other words begin a new one."""
    typed = spaced(rest)
    if not typed:
        return await _list(room)
    if found := find_number(typed):
        return await _one(room, *found)
    head, _, words = typed.partition(" ")
    if room.coordinates:
        return room.says(Say("notice_not_yours", {}, LIST))
    return await _new(room, words if fold(head) in _NEW else typed)


async def _one(room: Room, of: int, typed: str) -> Step:
    one = await store.get(room.transaction, of)
    if one is None or not await _sees(room, one):
        return room.says(Say("notice_none", {"number": f"TB{of}"}, LIST))
    verb, _, words = typed.partition(" ")
    name = fold(verb)
    if name in _DRAFTING and _own(room, one) and one.status is NoticeStatus.DRAFT:
        return await _DRAFTING[name](room, one, words.strip())
    if name in _ACTIONS:
        return await _ACTIONS[name](room, one, words.strip())
    return await _card(room, one)


def _own(room: Room, one: Notice) -> bool:
    return one.agency == room.agency and not room.coordinates


async def _approves(room: Room, one: Notice) -> bool:
    """Say whether the seat may let it out: a second person of the agency, or who leads the desk; never its author."""
    if room.coordinates or one.status is not NoticeStatus.PROPOSED or one.drafted_by == room.seat.id:
        return False
    return _own(room, one) or (room.agency == room.rules.desk and await room.desk.leads())


async def _sees(room: Room, one: Notice) -> bool:
    public_now = one.status in (NoticeStatus.LIVE, NoticeStatus.ENDED, NoticeStatus.EXPIRED)
    return _own(room, one) or public_now or await _approves(room, one)


async def _list(room: Room) -> Step:
    """Show what is public, and to an agency its own drafts and what waits for it."""
    found = await store.shown(room.transaction, None if room.coordinates else room.agency, _LISTED)
    if room.agency == room.rules.desk and not room.coordinates:
        waiting = await store.to_approve(room.transaction, None, _LISTED)
        known = {one.id for one in found}
        found = [*(one for one in waiting if one.id not in known), *found][:_LISTED]
    buttons = tuple(Button(f"k:notice:{one.number}", "notice", public(one)) for one in found)
    new = () if room.coordinates else (Button("k:notice:soan", "notice_new"),)
    values = {"notices": [_values(one) for one in found], "coordinates": room.coordinates}
    return room.replies(Say("notices", values, (*new, *buttons)))


def _values(one: Notice) -> dict[str, object]:
    """Return what a seat is shown of a notice: how many heard of it in steps of five, for they may be few."""
    return {
        **public(one),
        "status": str(one.status),
        "told": at_least(one.told),
        "dropped": at_least(one.dropped),
        "whole": one.missing is None,
    }


async def _card(room: Room, one: Notice, trouble: str | None = None) -> Step:
    """Show a notice as citizens will read it, with what can be done about it now."""
    way, own = f"k:notice:{one.number}", _own(room, one)
    names: tuple[str, ...] = ()
    if own and one.status is NoticeStatus.DRAFT:
        names = ("gui", "words", "until", "where", "bo")
    elif one.status is NoticeStatus.PROPOSED:
        names = (("duyet", "khong") if await _approves(room, one) else ()) + (("sua", "bo") if own else ())
    elif own and one.status in (NoticeStatus.LIVE, NoticeStatus.EXPIRED):
        names = ("xong",)
    buttons = tuple(Button(f"{way}:{name}", f"notice_{name}") for name in names)
    return room.replies(Say("notice_card", {**_values(one), "trouble": trouble}, (*buttons, *LIST)))


# Drafting, at once or step by step. A draft is kept: nothing typed is lost on the way.


async def _new(room: Room, typed: str) -> Step:
    may = [topic.slug for topic in topics_of(room.agency, room.rules)]
    if not may:
        return room.says(Say("notice_no_topics", {}, LIST))
    if not typed.strip():
        return room.says(Say("notice_write"), awaiting=Awaiting("k:notice", "soan"))
    read = parse(masked(typed), may, room.rules, room.now)
    own = room.rules.agencies[room.agency].commune
    communes = read.communes or ((own,) if own else ())
    draft = Notice(
        id=0,
        agency=room.agency,
        status=NoticeStatus.DRAFT,
        what="" if names_a_case(read.what, room.rules, room.now) else read.what[: notice_rules().longest],
        topic=read.topics[0] if len(read.topics) == 1 else None,
        communes=communes if may_issue(room.agency, communes, room.rules) else (),
        until=read.until,
        words="" if names_a_case(read.words, room.rules, room.now) else read.words[: notice_rules().longest],
        drafted_by=room.seat.id,
        at=room.now,
    )
    return await _next(room, await store.put(room.transaction, draft), read.topics)


async def _next(room: Room, one: Notice, topics: tuple[str, ...] = (), typed: str = "") -> Step:
    """Ask for what is missing, one thing at a time; show the notice when it is whole."""
    if (missing := one.missing) is None:
        return await _card(room, one)
    values = {**_values(one), "typed": typed[:_SHORT] or None, "days": notice_rules().longest_days}
    waiting = Awaiting("k:notice", one.number, missing)
    buttons = _topic_buttons(room, one, topics) if missing == "topic" else ()
    return room.says(Say(_ASKED[missing], values, buttons), awaiting=waiting)


def _topic_buttons(room: Room, one: Notice, topics: tuple[str, ...]) -> tuple[Button, ...]:
    """Offer the topics that fit what was typed, else those of the agency, by field where they are many."""
    offered = topics or tuple(topic.slug for topic in topics_of(room.agency, room.rules))
    way = f"k:notice:{one.number}"
    if len(offered) > _OFFERED:
        fields = dict.fromkeys(slug.partition(".")[0] for slug in offered)
        return tuple(Button(f"{way}:field:{field}", "field", {"field": field}) for field in fields)
    return tuple(Button(f"{way}:topic:{slug}", "topic", {"topic": slug}) for slug in offered)


async def _save(room: Room, one: Notice) -> Notice:
    return await store.put(room.transaction, replace(one, at=room.now))


async def _set_field(room: Room, one: Notice, words: str) -> Step:
    may = topics_of(room.agency, room.rules)
    return await _next(room, one, tuple(topic.slug for topic in may if topic.slug.startswith(f"{words}.")))


async def _set_topic(room: Room, one: Notice, words: str) -> Step:
    may = [topic.slug for topic in topics_of(room.agency, room.rules)]
    if words in may:
        return await _next(room, await _save(room, replace(one, topic=words)))
    found = tuple(topic.slug for topic in find_topics(words, room.rules) if topic.slug in may) if words else ()
    if len(found) == 1:
        what = "" if names_a_case(words, room.rules, room.now) else masked(words)
        return await _next(room, await _save(room, replace(one, topic=found[0], what=one.what or what)))
    return await _next(room, replace(one, topic=None), found, words)


async def _set_where(room: Room, one: Notice, words: str) -> Step:
    communes, _ = find_communes(words, room.rules)
    if not communes or not may_issue(room.agency, communes, room.rules):
        return await _next(room, replace(one, communes=()), typed=words)
    return await _next(room, await _save(room, replace(one, communes=communes)))


async def _set_until(room: Room, one: Notice, words: str) -> Step:
    until = find_until(words, room.now, room.rules)
    if until is None:
        return await _next(room, replace(one, until=None), typed=words)
    return await _next(room, await _save(room, replace(one, until=until)))


async def _set_words(room: Room, one: Notice, words: str) -> Step:
    said = masked(words)
    if len(said) > notice_rules().longest or names_a_case(said, room.rules, room.now):
        said = ""
    if replace(one, words=said).missing == "words":
        return await _next(room, replace(one, words=""), typed=words)
    return await _next(room, await _save(room, replace(one, words=said)))


# What is done to one.


async def _propose(room: Room, one: Notice, _words: str) -> Step:
    """Ask for a second person: another of the agency, its lead first; where there is none, the desk's lead."""
    if one.missing or not one.until or one.until <= room.now:
        return await _next(room, replace(one, until=None) if not one.missing else one)
    one = await _save(room, replace(one, status=NoticeStatus.PROPOSED))
    others = [
        seat for seat in await room.desk.unit.seats(room.agency)
        if seat.id != room.seat.id and seat.role is not Role.INSPECTOR
    ]  # fmt: skip
    ways = ("duyet", "khong")
    buttons = tuple(Button(f"k:notice:{one.number}:{name}", f"notice_{name}") for name in ways)
    say = Say("notice_to_approve", _values(one), buttons)
    for seat in [seat for seat in others if seat.role is Role.LEAD] or others:
        when = room.rules.calendar.after_quiet(room.now)
        room.desk.unit.say(seat.conversation_id, say, f"{room.key}:{one.number}:{seat.id}", not_before=when)
    if not others:
        await room.tell(room.rules.desk, say, key=one.number)
    values = {**_values(one), "desk": None if others else room.rules.desk}
    return room.says(Say("notice_proposed", values, LIST))


async def _approve(room: Room, one: Notice, _words: str) -> Step:
    if not await _approves(room, one):
        return await _card(room, one, "author" if one.drafted_by == room.seat.id else "not_now")
    if not await store.approve(room.transaction, one.id, room.seat.id, room.agency, room.now):
        return await _card(room, one, "too_late")
    one = await store.get(room.transaction, one.id) or one
    await _tell_author(room, one, Say("notice_out", _values(one), LIST))
    return await _card(room, one)


async def _tell_author(room: Room, one: Notice, say: Say) -> None:
    """Tell who wrote a notice what became of it, and the agency's leads where that seat is gone."""
    seats = await room.desk.unit.seats(one.agency)
    when = room.rules.calendar.after_quiet(room.now)
    author = next((seat for seat in seats if seat.id == one.drafted_by), None)
    if author is None:
        await room.tell(one.agency, say, key=one.number)
    else:
        room.desk.unit.say(author.conversation_id, say, f"{room.key}:{one.number}:{say.key}", not_before=when)


async def _refuse(room: Room, one: Notice, words: str) -> Step:
    """Give a notice back to its agency as a draft, with a reason."""
    if not await _approves(room, one):
        return await _card(room, one, "not_now")
    why = masked(words)
    if len(why.split()) < _LEAST_WORDS:
        return room.says(Say("notice_why_not", _values(one)), awaiting=Awaiting("k:notice", one.number, "khong"))
    await store.move(room.transaction, one.id, [NoticeStatus.PROPOSED], NoticeStatus.DRAFT)
    back = Say("notice_given_back", {**_values(one), "why": why}, (Button(f"k:notice:{one.number}", "notice_open"),))
    await _tell_author(room, one, back)
    return room.says(Say("notice_refused", _values(one), LIST))


async def _change(room: Room, one: Notice, _words: str) -> Step:
    """Take a notice back that waits for the second person."""
    if _own(room, one):
        await store.move(room.transaction, one.id, [NoticeStatus.PROPOSED], NoticeStatus.DRAFT)
    return await _card(room, await store.get(room.transaction, one.id) or one)


async def _drop(room: Room, one: Notice, _words: str) -> Step:
    waiting = (NoticeStatus.DRAFT, NoticeStatus.PROPOSED)
    if not _own(room, one) or not await store.move(room.transaction, one.id, waiting, NoticeStatus.DROPPED):
        return await _card(room, one)
    return room.says(Say("notice_dropped", _values(one), LIST))


async def _end(room: Room, one: Notice, words: str) -> Step:
    """Tell who heard of it that it is mended; asked once more, for it cannot be taken back."""
    over = (NoticeStatus.LIVE, NoticeStatus.EXPIRED)
    if not _own(room, one) or one.status not in over:
        return await _card(room, one)
    if fold(words) != "co":
        sure = (Button(f"k:notice:{one.number}:xong:co", "notice_sure"), Button(f"k:notice:{one.number}", "notice_no"))
        return room.replies(Say("notice_end_sure", _values(one), sure))
    await store.move(room.transaction, one.id, over, NoticeStatus.ENDED)
    return await _card(room, await store.get(room.transaction, one.id) or one)


_DRAFTING: dict[str, Act] = {
    "topic": _set_topic,
    "field": _set_field,
    "where": _set_where,
    "until": _set_until,
    "words": _set_words,
    "gui": _propose,
}
_ACTIONS: dict[str, Act] = {
    "duyet": _approve,
    "khong": _refuse,
    "sua": _change,
    "bo": _drop,
    "xong": _end,
}
