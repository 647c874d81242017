"""Exchanges between bodies, by chat: to inform, to ask, to propose; to reply; to close.

An exchange exists for its sender and its recipients, for nobody else. What is not sent yet is a draft in the register:
whoever stops on the way finds it again.
"""

import re
from dataclasses import replace

from domain.conversation import Awaiting, Step
from domain.exchanges import Exchange, ExchangeKind, Recipient, counting_rule, explain, next_look
from domain.messages import Button, Say
from domain.words import fold
from handlers.coordination.exchange_drafts import (
    LEAST_WORDS,
    LIST,
    NEW,
    begin,
    coordinated,
    draft_step,
    line,
    open_button,
    to_reply,
)
from handlers.coordination.room import HOME, Room
from handlers.coordination.words import head, masked, names_a_case, own_names, spaced, stops
from handlers.understanding import clean
from storage import exchanges as rows

_NAMED = re.compile(r"td[\s-]*(\d{1,9})(?!\w)[\s:]*", re.IGNORECASE)
_KINDS = {
    "hoi": ExchangeKind.ASK,
    "baotin": ExchangeKind.INFORM,
    "bao tin": ExchangeKind.INFORM,
    "denghi": ExchangeKind.PROPOSE,
    "de nghi": ExchangeKind.PROPOSE,
}
_SHOWN, _BODIES_SHOWN = 8, 5


async def exchange(room: Room, rest: str) -> Step:
    """List exchanges, open one, reply, close, or begin a new one."""
    typed = spaced(rest)
    if named := _NAMED.match(typed):
        return await _of_one(room, int(named[1]), typed[named.end() :].strip())
    if kind := head(typed, tuple(_KINDS)):
        return await begin(room, _KINDS[kind[0]], kind[1])
    if head(typed, ("moi",)):
        buttons = tuple(
            Button(f"k:exchanges:{word}", f"k_exchange_{_KINDS[word]}") for word in ("hoi", "baotin", "denghi")
        )
        return room.says(Say("exchange_kind_which", {}, (*buttons, LIST)))
    if head(typed, ("luot",)):
        return await _counted(room)
    if typed:
        return room.says(Say("exchange_unclear", {"typed": typed[:60]}, (NEW, LIST)))
    return await _list(room)


async def _list(room: Room) -> Step:
    mine = own_names(room)
    found = await rows.of_agencies(room.transaction, mine)
    to_me = [one for one in found if one.open and mine & set(one.missing) and one.sender not in mine]
    from_me = [one for one in found if one.open and one.sender in mine]
    drafts = [one for one in found if one.sent_at is None]
    shown = [*to_me, *from_me, *drafts][:_SHOWN]
    values = {
        "to_me": [line(one, room.now) for one in to_me if one in shown],
        "from_me": [line(one, room.now) for one in from_me if one in shown],
        "drafts": [line(one, room.now) for one in drafts if one in shown],
        "more": len(to_me) + len(from_me) + len(drafts) - len(shown),
        "others": await rows.count_open(room.transaction) - len([one for one in found if one.open])
        if room.coordinates
        else 0,
    }
    buttons = tuple(Button(f"k:exchanges:TD{one.id}", "k_exchange", {"id": one.id}) for one in shown)
    return room.replies(Say("exchanges", values, (*buttons, NEW, *HOME)))


async def _counted(room: Room) -> Step:
    """Say how often bodies worked together this year, and by which rule that is counted."""
    rule = counting_rule(room.rules)
    today = room.now.astimezone(rule.zone)
    start = today.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    found = explain(await rows.coordinated(room.transaction, start, room.now, rule))
    by_body = dict(list(found.by_body.items())[:_BODIES_SHOWN]) if room.coordinates else {}
    values = {
        "total": found.total,
        "actions": found.actions,
        "bodies": found.bodies,
        "by_kind": dict(found.by_kind),
        "by_body": by_body,
        "own": found.by_body.get(room.agency, 0),
        "since": start.isoformat(),
        "rule": list(rule.wording),
    }
    return room.says(Say("exchange_counted", values, (LIST, *HOME)))


async def _of_one(room: Room, number: int, rest: str) -> Step:
    """Do what is asked of one exchange; for all but its sender and recipients there is none."""
    one = await rows.get(room.transaction, number)
    mine = own_names(room)
    sender = one is not None and one.sender in mine
    recipient = next((to for to in one.recipients if to.agency in mine), None) if one and one.sent_at else None
    if one is None or not (sender or recipient):
        return room.says(Say("exchange_none", {"id": number}, (LIST,)))
    if one.sent_at is None:
        return await draft_step(room, one, rest)
    if sender:
        closing = head(rest, ("dong",))
        if rest and not closing:
            return room.says(Say("exchange_own", {"id": one.id}, (open_button(one), LIST)))
        return await _close(room, one, closing[1]) if closing else _card(room, one)
    assert recipient  # noqa: S101 - neither sender nor recipient was sent away above
    if rest:
        return await _reply(room, one, recipient, rest)
    if recipient.read_at is None:
        one = _with(one, replace(recipient, read_at=room.now))
        await rows.save(room.transaction, one, next_look(one, room.rules, room.now))
    return _card(room, one)


def _with(one: Exchange, recipient: Recipient) -> Exchange:
    return replace(one, recipients=tuple(recipient if to.agency == recipient.agency else to for to in one.recipients))


def _card(room: Room, one: Exchange) -> Step:
    values = {
        **line(one, room.now),
        "text": one.text,
        "sent": one.sent_at and one.sent_at.isoformat(),
        "closed": one.closed_at and one.closed_at.isoformat(),
        "reason": one.reason,
        "matter": one.matter,
        "content": one.content and f"{one.content[0]}.{one.content[1]}",
        "recipients": [
            {
                "agency": to.agency,
                "read": to.read_at and to.read_at.isoformat(),
                "replied": to.replied_at and to.replied_at.isoformat(),
                "reply": to.reply,
            }
            for to in one.recipients
            # A recipient reads its own reply; what others replied is the sender's.
            if one.sender in own_names(room) or to.agency in own_names(room)
        ],
        "waiting": len(one.missing),
    }
    way = f"k:exchanges:TD{one.id}"
    buttons: tuple[Button, ...] = ()
    if one.sender in own_names(room) and one.open:
        buttons = (Button(f"{way}:dong", "k_exchange_dong"),)
    elif set(one.missing) & own_names(room):
        buttons = to_reply(one)[:-1]
    return room.replies(Say("exchange_card", values, (*buttons, LIST)))


async def _reply(room: Room, one: Exchange, recipient: Recipient, rest: str) -> Step:
    told = head(rest, ("traloi",))
    words = told[1] if told else rest
    noted = fold(words) == "daro" and one.kind is ExchangeKind.INFORM
    waiting = Awaiting("k:exchanges", f"TD{one.id}", "traloi")
    if stops(words):
        return room.says(Say("exchange_not_replied", {"id": one.id}, (open_button(one), LIST)))
    if one.reason:
        return room.says(Say("exchange_over", {"id": one.id}, (open_button(one), LIST)))
    if not noted and len(words.split()) < LEAST_WORDS:
        return room.says(Say("exchange_write_reply", line(one, room.now)), awaiting=waiting)
    if coordinated(room, one):
        if names_a_case(words, room.rules, room.now):
            return room.says(Say("exchange_no_cases", {"id": one.id}, (open_button(one),)), awaiting=waiting)
        words = masked(words)
    said = "" if noted else clean(words)
    read, replied = recipient.read_at or room.now, recipient.replied_at or room.now
    reply = "\n".join(part for part in (recipient.reply, said) if part)
    one = _with(one, replace(recipient, read_at=read, replied_at=replied, reply=reply))
    if one.open and not one.missing:
        one = replace(one, closed_at=room.now)
    await rows.save(room.transaction, one, next_look(one, room.rules, room.now))
    values = {**line(one, room.now), "agency": recipient.agency, "reply": said, "waiting": len(one.missing)}
    sender = room.rules.heirs.get(one.sender, one.sender)
    await room.tell(sender, Say("exchange_replied", values, (open_button(one),)), key=f"{one.id}:{recipient.agency}")
    return room.says(Say("exchange_thanks", line(one, room.now), (open_button(one), LIST)))


async def _close(room: Room, one: Exchange, reason: str) -> Step:
    if not one.open:
        return _card(room, one)
    if stops(reason):
        return _card(room, one)
    if len(reason.split()) < LEAST_WORDS:
        waiting = Awaiting("k:exchanges", f"TD{one.id}", "dong")
        return room.says(Say("exchange_why_close", line(one, room.now)), awaiting=waiting)
    if coordinated(room, one) and names_a_case(reason, room.rules, room.now):
        waiting = Awaiting("k:exchanges", f"TD{one.id}", "dong")
        return room.says(Say("exchange_no_cases", {"id": one.id}, (open_button(one),)), awaiting=waiting)
    one = replace(one, closed_at=room.now, reason=masked(reason))
    await rows.save(room.transaction, one, None)
    for agency in (room.rules.heirs.get(body, body) for body in one.missing):
        await room.tell(agency, Say("exchange_closed", {**line(one, room.now), "reason": one.reason}), key=str(one.id))
    return room.says(Say("exchange_done", line(one, room.now), (open_button(one), LIST)))
