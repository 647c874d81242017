"""What a citizen's step brings about in the register."""

from dataclasses import replace

from domain.cases import Case, CaseStatus, EventKind, allowed, change, news_due, remind_due, update_due
from domain.conversation import (
    AddToCase,
    CountGuidance,
    Effect,
    EraseEverything,
    FileCase,
    Judge,
    ReplyToQuestion,
)
from domain.filing import file_case
from domain.messages import Button, Say
from domain.rulesets import Ruleset
from storage.unit import Unit


async def apply(unit: Unit, effect: Effect, conversation_id: int, key: str, serial: int, rules: Ruleset) -> None:
    """Write an effect. ``key`` names the message it comes from; ``serial`` is that of a case, should one be filed."""
    match effect:
        case FileCase(concern):
            case, event = file_case(concern, serial, conversation_id, rules, unit.now)
            unit.file(case, event)
            values = {"number": case.number, "agency": case.agency, "due": case.due_at.isoformat()}
            told = concern.text or concern.photos or concern.location
            text = "filed" if told else "human_called"
            unit.say(conversation_id, Say(text, values, (Button(f"case:{case.number}", "follow"),)), f"{key}:filed")
        case AddToCase(number):
            if own := await _own(unit, conversation_id, number):
                await _add(unit, effect, own, key, rules)
        case ReplyToQuestion(number):
            if own := await _own(unit, conversation_id, number):
                await _reply(unit, effect, own, key, rules)
        case Judge(number, done):
            if own := await _own(unit, conversation_id, number):
                await (confirm(unit, own) if done else dispute(unit, effect, own, key, rules))
        case CountGuidance():
            unit.guided(effect)
        case EraseEverything():
            await erase_citizen(unit, conversation_id, key, rules)


async def _own(unit: Unit, conversation_id: int, number: str) -> Case | None:
    case = await unit.case(number)
    return case if case and case.conversation_id == conversation_id else None


async def _add(unit: Unit, added: AddToCase, case: Case, key: str, rules: Ruleset) -> None:
    if not allowed(case.status, EventKind.ADDED):
        return
    case, event = change(case, EventKind.ADDED, now=unit.now, actor="citizen", note=added.text)
    case = replace(
        case,
        text=f"{case.text}\n{added.text}".strip(),
        photos=(*case.photos, *added.photos),
        location=added.location or case.location,
    )
    unit.save(case, event)
    await tell_agency(unit, case, "officer_added", key, rules, note=added.text)


async def _reply(unit: Unit, replied: ReplyToQuestion, case: Case, key: str, rules: Ruleset) -> None:
    """Pass a reply on; one that comes after the question lapsed is an addition like any other."""
    if not allowed(case.status, EventKind.CITIZEN_REPLIED):
        await _add(unit, AddToCase(case.number, replied.text, replied.photos), case, key, rules)
        return
    case, event = change(case, EventKind.CITIZEN_REPLIED, now=unit.now, actor="citizen", note=replied.text)
    case = replace(case, text=f"{case.text}\n{replied.text}".strip(), photos=(*case.photos, *replied.photos))
    unit.save(on_the_clock(case, rules, unit), event)
    await tell_agency(unit, case, "officer_replied", key, rules, note=replied.text)


async def confirm(unit: Unit, case: Case) -> None:
    """Close a case as done: its citizen said so."""
    if allowed(case.status, EventKind.CONFIRMED):
        case, event = change(case, EventKind.CONFIRMED, now=unit.now, actor="citizen")
        unit.save(replace(case, next_update_at=None, remind_at=None), event)


async def dispute(unit: Unit, judged: Judge, case: Case, key: str, rules: Ruleset) -> None:
    """Take a case up again: its citizen says it is not done."""
    if allowed(case.status, EventKind.DISPUTED):
        case, event = change(case, EventKind.DISPUTED, now=unit.now, actor="citizen", note=judged.note)
        case = replace(case, text=f"{case.text}\n{judged.note}".strip(), photos=(*case.photos, *judged.photos))
        unit.save(on_the_clock(case, rules, unit), event)
        await tell_agency(unit, case, "officer_disputed", key, rules, note=judged.note)


def on_the_clock(case: Case, rules: Ruleset, unit: Unit) -> Case:
    """Return the case with its next update and reminder set from its deadline."""
    return replace(
        case,
        next_update_at=update_due(rules, case.due_at, unit.now),
        remind_at=remind_due(rules, case.tier, case.due_at, unit.now),
    )


async def tell_agency(unit: Unit, case: Case, text: str, key: str, rules: Ruleset, note: str = "") -> None:
    """Tell the seats of a case's agency that something happened to it."""
    say = Say(text, {"number": case.number, "note": note}, (Button(f"o:view:{case.number}", "o_view"),))
    await unit.say_to(case.agency, say, f"{key}:{case.number}:{text}", not_before=news_due(rules, case, unit.now))


async def erase_citizen(unit: Unit, conversation_id: int, key: str, rules: Ruleset) -> None:
    """Erase what is personal; cases that are still open end as withdrawn, and their agencies are told."""
    for emptied in await unit.erase(conversation_id):
        if emptied.status is CaseStatus.CLOSED:
            continue
        case, event = change(emptied, EventKind.WITHDRAWN, now=unit.now, actor="citizen")
        unit.save(replace(case, next_update_at=None, remind_at=None), event)
        await tell_agency(unit, case, "officer_withdrawn", key, rules)
