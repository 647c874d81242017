"""Service notices on their way to who asked for them, and what citizens ask for."""

from collections.abc import Sequence
from datetime import timedelta

from domain.conversation import AskForNotices, AwaitNotice, LeaveNotices, ShowWishes
from domain.messages import Button, Say
from domain.notices import Notice, NoticeStatus, is_danger, notice_rules
from domain.rulesets import Ruleset
from storage import notices
from storage.notices import END, Wish
from storage.unit import Unit

#: So many people are told in one transaction.
_BATCH = 200
#: Notices that are on and shown at once to who asks for them.
_SHOWN = 2
_LEAVE = (Button("leave", "leave_notices"),)


def public(notice: Notice) -> dict[str, object]:
    """Return what everybody may know of a notice: the bodies that issue and approve it, never a person."""
    return {
        "number": notice.number,
        "agency": notice.agency,
        "by": notice.approved_for,
        "what": notice.what,
        "topic": notice.topic,
        "communes": list(notice.communes),
        "until": notice.until.isoformat() if notice.until else None,
        "words": notice.words,
    }


# What citizens ask for.


async def asked(
    unit: Unit, effect: AskForNotices | AwaitNotice | ShowWishes | LeaveNotices, conversation_id: int, key: str
) -> None:
    """Do what somebody asks for about notices."""
    match effect:
        case AskForNotices(topic, commune):
            await _wish(unit, Wish(topic, commune), conversation_id, key)
        case AwaitNotice(of):
            await _await(unit, of, conversation_id, key)
        case ShowWishes():
            unit.say(conversation_id, await _wishes(unit, conversation_id, "wishes"), f"{key}:wishes")
        case LeaveNotices():
            left = await notices.leave(unit.transaction, conversation_id)
            unit.say(conversation_id, Say("left_notices", {"left": left}), f"{key}:left")


async def _wish(unit: Unit, wanted: Wish, conversation_id: int, key: str) -> None:
    """Keep the wish, and tell what is on already."""
    if not await notices.wish(unit.transaction, conversation_id, wanted, unit.now, notice_rules().wishes):
        unit.say(conversation_id, await _wishes(unit, conversation_id, "too_many_wishes"), f"{key}:wishes")
        return
    unit.say(conversation_id, await _wishes(unit, conversation_id, "wished"), f"{key}:wishes")
    for notice in (await notices.live(unit.transaction, wanted.topic, wanted.commune, unit.now))[:_SHOWN]:
        await _told(unit, notice, conversation_id)


async def _wishes(unit: Unit, conversation_id: int, text: str) -> Say:
    found = await notices.wishes_of(unit.transaction, conversation_id)
    values = {"wishes": [{"topic": one.topic, "commune": one.commune} for one in found]}
    return Say(text, values, _LEAVE if found else ())


async def _await(unit: Unit, of: int, conversation_id: int, key: str) -> None:
    """Let somebody who was about to report it hear of its end, if it is still to come."""
    notice = await notices.get(unit.transaction, of)
    if notice is None or notice.status is not NoticeStatus.LIVE or not notice.until or notice.until <= unit.now:
        unit.say(conversation_id, Say("notice_over"), f"{key}:awaits")
        return
    await notices.heard(unit.transaction, notice.id, [conversation_id], unit.now)
    unit.say(conversation_id, Say("notice_awaited", public(notice)), f"{key}:awaits")


async def _told(unit: Unit, notice: Notice, conversation_id: int) -> None:
    unit.say(conversation_id, Say("notice_told", public(notice), _LEAVE), f"notice:{notice.number}:{conversation_id}")
    await notices.heard(unit.transaction, notice.id, [conversation_id], unit.now)


async def forget(unit: Unit, conversation_id: int) -> None:
    """Forget what somebody asked for and was told, who has everything erased."""
    await notices.leave(unit.transaction, conversation_id)


# Ticks.


async def tell(unit: Unit, rules: Ruleset) -> int:
    """Tell who asked for it that a notice begins, and who heard of it that it has ended; by day, each person once."""
    if rules.calendar.after_quiet(unit.now) > unit.now:
        return 0
    taken = 0
    while taken < _BATCH and (found := await notices.next_to_tell(unit.transaction, unit.now)):
        notice, telling, after = found
        who = notices.who_heard if telling == END else notices.who_asked
        people = await who(unit.transaction, notice, after, _BATCH)
        told = people if telling == END else await _begin(unit, rules, notice, people)
        if telling == END:
            for of in people:
                unit.say(of, Say("notice_ended", public(notice)), f"notice:{notice.number}:{of}:end")
        begun = len(told) if telling != END else 0
        up_to = people[-1] if len(people) == _BATCH else None
        dropped = len(people) - len(told)
        await notices.went_on(unit.transaction, notice.id, up_to, told=begun, dropped=dropped)
        taken += len(people)
    return taken


async def _begin(unit: Unit, rules: Ruleset, notice: Notice, people: Sequence[int]) -> list[int]:
    """Tell of a notice, but nobody more often in a week than the rules allow; what is over is dropped."""
    limit = None if is_danger(notice.topic or "", rules) else notice_rules().per_week
    lately = await notices.lately(unit.transaction, people, unit.now)
    told = [of for of in people if limit is None or lately.get(of, 0) < limit]
    for of in told:
        await _told(unit, notice, of)
    return told


async def expire(unit: Unit, _rules: Ruleset) -> int:
    """End notices whose time is over, and tell nobody; forget who was told once that is of no more use."""
    drafted_before = unit.now - timedelta(days=notice_rules().draft_days)
    return await notices.expire(unit.transaction, unit.now, drafted_before, _BATCH)
