"""An exchange in the making: one thing is asked at a time, all of it is kept, and it can be gone on with."""

import re
from dataclasses import replace
from datetime import datetime

from domain.conversation import Awaiting, Step
from domain.dates import find_day
from domain.exchanges import Exchange, ExchangeKind, Recipient, exchange_rules, find_bodies, next_look
from domain.messages import Button, Say
from domain.rulesets import Agency
from handlers.coordination.room import Room
from handlers.coordination.words import enough, head, masked, names_a_case, own_names, stops
from handlers.understanding import clean
from storage import exchanges as rows
from storage import matters, programmes

#: A matter or a content of a programme, named in a text.
_LINK = re.compile(r"\b(?:vd[\s-]?(\d{1,9})|ct[\s-]?(\d{1,9})\.(\d{1,3}))\b", re.IGNORECASE)
#: Fewer words are no question, no reply and no reason.
LEAST_WORDS = 3
#: Words of an agency's name that are tried.
_LONGEST_NAME = 9
_OFFERED = 6
_DAYS_OFFERED = (3, 5, 10, 15)
NEW = Button("k:exchanges:moi", "k_exchange_new")
LIST = Button("k:exchanges", "k_exchanges")


async def begin(room: Room, kind: ExchangeKind, rest: str) -> Step:
    """Take what was typed at once, and ask for what is missing."""
    to, left = _ids(room, rest)
    named, found = "", list[Agency]()
    if not to:
        named, found, left = _names(room, left)
        to = [found[0].id] if len(found) == 1 else []
    day = find_day(left, room.now, room.rules.calendar) if to or found else None
    due = day[0] if day and day[0] > room.now else None
    recipients = tuple(Recipient(agency) for agency in dict.fromkeys(to))
    draft = Exchange(0, kind, room.agency, room.actor, "", due, recipients)
    others = await rows.of_agencies(room.transaction, [room.agency])
    unused = (one for one in others if one.sent_at is None and one.actor == room.actor and not one.recipients)
    if empty := next((one for one in unused if not one.text), None):
        draft = replace(draft, id=empty.id)
    else:
        draft = replace(draft, id=await rows.begin(room.transaction, draft))
    await rows.save(room.transaction, draft, None)
    words = (day[1] if day else left).strip()
    step = await _write(room, draft, words, send=bool(to and due)) if words else _next(room, draft)
    written = await rows.get(room.transaction, draft.id) if found and not to else None
    return _whom(room, written, named) if written else step


def _ids(room: Room, typed: str) -> tuple[list[str], str]:
    """Return the agencies whose ids stand at the beginning, and what follows."""
    found: list[str] = []
    while typed:
        word, *after = re.split(r"[\s,]+", typed.strip(" ,"), maxsplit=1)
        agency = room.rules.agencies.get(word.upper())
        if agency is None or agency.id in own_names(room):
            break
        found.append(agency.id)
        typed = after[0] if after else ""
    return found, typed


def _names(room: Room, typed: str) -> tuple[str, list[Agency], str]:
    """Return the longest beginning that names agencies, those, and what follows."""
    words = typed.split()
    for count in range(min(len(words), _LONGEST_NAME), 1, -1):
        named = " ".join(words[:count]).rstrip(",:")
        if found := [one for one in find_bodies(named, room.rules) if one.id not in own_names(room)]:
            return named, found, " ".join(words[count:])
    return "", [], typed


async def draft_step(room: Room, one: Exchange, rest: str) -> Step:
    """Do what is asked of a draft; without a word, ask for what is missing of it."""
    found = head(rest, ("den", "rut", "noidung", "han", "gui", "xoa"))
    if found is None:
        return _next(room, one)
    verb, words = found
    if stops(words):
        return room.says(Say("exchange_kept", {"id": one.id}, (open_button(one), LIST)))
    match verb:
        case "den":
            return await _add(room, one, words)
        case "rut":
            left = tuple(to for to in one.recipients if to.agency != words.upper())
            one = replace(one, recipients=left)
            await rows.save(room.transaction, one, None)
            return _whom(room, one)
        case "noidung":
            return await _write(room, one, words)
        case "han":
            return await _due(room, one, words)
        case "gui":
            return await _send(room, one)
    await rows.drop(room.transaction, one.id)
    return room.says(Say("exchange_dropped", {"id": one.id}, (NEW, LIST)))


def _next(room: Room, one: Exchange) -> Step:
    """Ask for what is missing of a draft; when nothing is, show it for sending."""
    waits = f"TD{one.id}"
    if not one.recipients:
        return _whom(room, one)
    if not one.text:
        say = Say("exchange_text", {**line(one, room.now), "days": exchange_rules().days[one.kind]}, (LIST,))
        return room.says(say, awaiting=Awaiting("k:exchanges", waits, "noidung"))
    if one.due_at is None:
        usual = exchange_rules().days[one.kind]
        days = sorted({usual, *_DAYS_OFFERED})
        buttons = tuple(Button(f"k:exchanges:{waits}:han:d{n}", "working_days", {"days": n}) for n in days)
        say = Say("exchange_when", {**line(one, room.now), "days": usual}, buttons)
        return room.says(say, awaiting=Awaiting("k:exchanges", waits, "han"))
    buttons = tuple(
        Button(f"k:exchanges:{waits}:{verb}", f"k_exchange_{verb}") for verb in ("gui", "den", "noidung", "han", "xoa")
    )
    return room.says(Say("exchange_draft", {**line(one, room.now), "text": one.text}, buttons))


def _whom(room: Room, one: Exchange, typed: str = "") -> Step:
    """Ask to whom; what was typed is looked for among names and ids."""
    taken = {to.agency for to in one.recipients} | own_names(room)
    found = [agency for agency in find_bodies(typed, room.rules) if agency.id not in taken]
    offered = [agency.id for agency in found] or [
        of for of in (room.rules.coordinator, room.rules.desk) if of not in taken and not typed
    ]
    way = f"k:exchanges:TD{one.id}"
    buttons = tuple(Button(f"{way}:den:{of}", "agency", {"agency": of}) for of in offered[:_OFFERED])
    if one.recipients:
        buttons += (Button(f"{way}:noidung" if not one.text else way, "k_exchange_enough"),)
        buttons += tuple(
            Button(f"{way}:rut:{to.agency}", "k_exchange_out", {"agency": to.agency}) for to in one.recipients[-1:]
        )
    values = {**line(one, room.now), "typed": typed[:60], "found": len(found)}
    return room.says(Say("exchange_whom", values, buttons), awaiting=Awaiting("k:exchanges", f"TD{one.id}", "den"))


async def _add(room: Room, one: Exchange, typed: str) -> Step:
    if enough(typed) and one.recipients:
        return _next(room, one)
    found = [agency for agency in find_bodies(typed, room.rules) if agency.id not in own_names(room)]
    if len(found) != 1:
        return _whom(room, one, typed)
    if one.recipient(found[0].id) is None:
        one = replace(one, recipients=(*one.recipients, Recipient(found[0].id)))
        await rows.save(room.transaction, one, None)
    return _whom(room, one)


async def _write(room: Room, one: Exchange, words: str, *, send: bool = False) -> Step:
    if len(words.split()) < LEAST_WORDS:
        await rows.save(room.transaction, one, None)
        return _next(room, replace(one, text=""))
    if coordinated(room, one) and names_a_case(words, room.rules, room.now):
        await rows.save(room.transaction, one, None)
        return room.says(
            Say("exchange_no_cases", {"id": one.id}, (LIST,)),
            awaiting=Awaiting("k:exchanges", f"TD{one.id}", "noidung"),
        )
    one = await _linked(room, replace(one, text=clean(words)))
    await rows.save(room.transaction, one, None)
    return await _send(room, one) if send else _next(room, one)


async def _linked(room: Room, one: Exchange) -> Exchange:
    """Tie an exchange to the matter or content its text names, where that exists for the sender."""
    named = _LINK.search(one.text)
    if named and named[1]:
        return replace(one, content=None, matter=await _matter(room, int(named[1])))
    if named:
        of = int(named[2]), int(named[3])
        found = await programmes.load(room.transaction, [of[0]])
        exists = found and own_names(room) & set(found[0].bodies) and found[0].content(of[1])
        return replace(one, matter=None, content=of if exists else None)
    return replace(one, matter=None, content=None)


async def _matter(room: Room, number: int) -> int | None:
    """Return the matter, where it is one of the sender's; the coordinating office has all."""
    agency = None if room.coordinates else room.agency
    return number if number in {one.id for one in await matters.live(room.transaction, agency)} else None


async def _due(room: Room, one: Exchange, typed: str) -> Step:
    day = find_day(typed, room.now, room.rules.calendar)
    if day is None or day[0] <= room.now:
        return _next(room, replace(one, due_at=None))
    one = replace(one, due_at=day[0])
    await rows.save(room.transaction, one, None)
    return _next(room, one)


async def _send(room: Room, one: Exchange) -> Step:
    if not one.recipients or not one.text or one.due_at is None:
        return _next(room, one)
    if one.due_at <= room.now:
        return _next(room, replace(one, due_at=None))
    if coordinated(room, one):
        if names_a_case(one.text, room.rules, room.now):
            waiting = Awaiting("k:exchanges", f"TD{one.id}", "noidung")
            return room.says(Say("exchange_no_cases", {"id": one.id}, (LIST,)), awaiting=waiting)
        one = replace(one, text=masked(one.text))
    one = replace(one, sent_at=room.now)
    await rows.save(room.transaction, one, next_look(one, room.rules, room.now))
    came = Say("exchange_came", {**line(one, room.now), "text": one.text}, to_reply(one))
    told = {to.agency: await room.tell(to.agency, came, key=str(one.id)) for to in one.recipients}
    values = {**line(one, room.now), "nobody": [agency for agency, seats in told.items() if not seats]}
    return room.says(Say("exchange_sent", values, (open_button(one), LIST)))


def line(one: Exchange, now: datetime) -> dict[str, object]:
    """Return what a list and most texts say of an exchange."""
    return {
        "id": one.id,
        "kind": one.kind,
        "sender": one.sender,
        "to": [recipient.agency for recipient in one.recipients],
        "missing": list(one.missing),
        "subject": one.subject,
        "due": one.due_at and one.due_at.isoformat(),
        "late": one.open and one.due_at is not None and one.due_at < now,
    }


def open_button(one: Exchange) -> Button:
    """Return the button that opens an exchange."""
    return Button(f"k:exchanges:TD{one.id}", "k_exchange", {"id": one.id})


def to_reply(one: Exchange) -> tuple[Button, ...]:
    """Return the buttons of who is to reply, the last of them to open it."""
    way = f"k:exchanges:TD{one.id}"
    noted = (Button(f"{way}:daro", "k_exchange_noted"),) if one.kind is ExchangeKind.INFORM else ()
    return (*noted, Button(f"{way}:traloi", "k_exchange_reply"), open_button(one))


def coordinated(room: Room, one: Exchange) -> bool:
    """Say whether the coordinating office is a party."""
    parties = {one.sender, *(to.agency for to in one.recipients)}
    return room.rules.coordinator in parties
