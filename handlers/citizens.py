"""What a citizen's step brings about in the register."""

from dataclasses import replace

from domain import casework
from domain.cards import status
from domain.cases import Case, allowed, change
from domain.casework import news_due, on_the_clock
from domain.conversation import (
    AddToCase,
    AskForNotices,
    AwaitNotice,
    CountGuidance,
    Effect,
    EraseEverything,
    FileCase,
    Judge,
    LeaveNotices,
    PassOnPraise,
    Rate,
    ReplyToQuestion,
    ShowWishes,
    TakeOver,
)
from domain.filing import file_case
from domain.messages import Button, Say
from domain.rulesets import Ruleset
from domain.transitions import OPEN, CaseStatus, EventKind, Outcome
from handlers import joining, notices, referring
from handlers import praise as praising
from storage import takeovers
from storage.unit import Unit


async def apply(unit: Unit, effect: Effect, conversation_id: int, key: str, serial: int, rules: Ruleset) -> None:
    """Write an effect. ``key`` names the message it comes from; ``serial`` is that of a case, should one be filed."""
    match effect:
        case FileCase():
            await _file(unit, effect, conversation_id, key, serial, rules)
        case TakeOver():
            await _take_over(unit, effect, conversation_id, key)
        case CountGuidance():
            unit.guided(effect)
        case PassOnPraise():
            await praising.pass_on(unit, effect, conversation_id, key, rules)
        case AskForNotices() | AwaitNotice() | ShowWishes() | LeaveNotices():
            await notices.asked(unit, effect, conversation_id, key)
        case EraseEverything():
            await erase_citizen(unit, conversation_id, key, rules)
        case AddToCase(number) | ReplyToQuestion(number) | Judge(number) | Rate(number):
            if own := await _own(unit, conversation_id, number):
                await _about_case(unit, effect, own, key, rules)


async def _about_case(
    unit: Unit, effect: AddToCase | ReplyToQuestion | Judge | Rate, own: Case, key: str, rules: Ruleset
) -> None:
    """Do it to the case; what is said about a merged one is kept with it and told where it goes on."""
    into = await unit.goes_on_in(own)
    match effect:
        case Judge(done=True):
            confirm(unit, own, partly=effect.partly)
        case Rate(rating=rating):
            rate(unit, own, rating)
        case AddToCase():
            await _add(unit, effect, own, into, key, rules)
        case ReplyToQuestion():
            await _reply(unit, effect, own, into, key, rules)
        case Judge():
            await dispute(unit, effect, own, into, key, rules)


async def _own(unit: Unit, conversation_id: int, number: str) -> Case | None:
    case = await unit.case(number)
    return case if case and case.conversation_id == conversation_id else None


async def _file(unit: Unit, filed: FileCase, conversation_id: int, key: str, serial: int, rules: Ruleset) -> None:
    concern = filed.concern
    case, event = file_case(concern, serial, conversation_id, rules, unit.now)
    unit.file(case, event)
    into = await unit.case(filed.same_as) if filed.same_as else None
    if into and joining.may_merge(case, into):
        case = await joining.join(unit, case, into, "citizen")
        values = {"number": case.number, "agency": into.agency, "due": into.due_at.isoformat()}
        if not concern.on_behalf:
            follow = (Button(f"case:{case.number}", "follow"),)
            unit.say(conversation_id, Say("joined", values, follow), f"{key}:filed")
            return
    else:
        values = {"number": case.number, "agency": case.agency, "due": case.due_at.isoformat()}
    if concern.on_behalf:
        code = takeovers.new_code()
        await unit.flush()
        await takeovers.put(unit.transaction, case.id, code)
        unit.say(conversation_id, Say("filed_for", {**values, "code": code}), f"{key}:filed")
        return
    told = concern.text or concern.photos or concern.location
    text = "filed" if told else "human_called"
    unit.say(conversation_id, Say(text, values, (Button(f"case:{case.number}", "follow"),)), f"{key}:filed")


async def _take_over(unit: Unit, taken: TakeOver, conversation_id: int, key: str) -> None:
    """Hand a case to the person a village head wrote for; the head has nothing to do with it any more."""
    await unit.flush()
    case = await unit.case(taken.number)
    if case is None or not case.on_behalf or not await takeovers.use(unit.transaction, taken.number, taken.code):
        unit.say(conversation_id, Say("takeover_wrong"), f"{key}:taken")
        return
    # What waits for the morning is the new one's to hear: it stands in the card.
    await unit.unsay(case, of=case.conversation_id)
    case, event = change(case, EventKind.TAKEN_OVER, now=unit.now, actor="citizen")
    case = replace(case, conversation_id=conversation_id, on_behalf=False)
    unit.hand_to(case, conversation_id)
    unit.save(case, event)
    card = status(casework.as_followed(case, await unit.goes_on_in(case)))
    unit.say(conversation_id, replace(card, key="taken_over"), f"{key}:taken")


async def _add(unit: Unit, added: AddToCase, own: Case, into: Case, key: str, rules: Ruleset) -> None:
    """Add what was said to the citizen's case. On one that is answered or closed the agency's lead hears of it too."""
    if not allowed(own, EventKind.ADDED):
        return
    kept, event = change(own, EventKind.ADDED, now=unit.now, actor="citizen", note=added.text)
    kept = replace(with_words(kept, added.text, added.photos), location=added.location or own.location)
    unit.save(kept, event)
    case = kept if into is own else into
    over = case.status not in OPEN
    text = "officer_added_late" if over else "officer_added"
    await tell_agency(unit, case, text, key, rules, added.text, lead=over, of=own)


def with_words(case: Case, words: str, photos: tuple[str, ...]) -> Case:
    """Return the case with what its citizen said more."""
    return replace(case, text=f"{case.text}\n{words}".strip(), photos=(*case.photos, *photos))


async def _reply(unit: Unit, replied: ReplyToQuestion, own: Case, into: Case, key: str, rules: Ruleset) -> None:
    """Pass a reply on; one that comes after the question lapsed is an addition like any other."""
    if into is not own or not allowed(own, EventKind.CITIZEN_REPLIED):
        await _add(unit, AddToCase(own.number, replied.text, replied.photos), own, into, key, rules)
        unit.say(own.conversation_id, Say("added", {"number": own.number}), f"{key}:{own.number}:added")
        return
    case, event = casework.resume(
        own, EventKind.CITIZEN_REPLIED, rules, now=unit.now, actor="citizen", note=replied.text
    )
    values = {
        "number": case.number,
        "agency": case.agency,
        "due": case.due_at.isoformat() if case.due_at != own.due_at else None,
    }
    unit.say(case.conversation_id, Say("replied", values), f"{key}:{case.number}:replied")
    case = with_words(case, replied.text, replied.photos)
    unit.save(on_the_clock(case, rules, unit.now), event)
    await tell_agency(unit, case, "officer_replied", key, rules, replied.text)


def confirm(unit: Unit, case: Case, *, partly: bool = False) -> None:
    """Close a case as done, or as done in part and let rest: its citizen said so."""
    kind = EventKind.SETTLED_PARTLY if partly else EventKind.CONFIRMED
    if allowed(case, kind):
        case, event = change(case, kind, now=unit.now, actor="citizen")
        unit.save(replace(case, next_update_at=None), event)


def rate(unit: Unit, case: Case, rating: int) -> None:
    """Keep how the citizen found it was handled."""
    if allowed(case, EventKind.RATED):
        case, event = change(case, EventKind.RATED, now=unit.now, actor="citizen", note=str(rating))
        unit.save(replace(case, rating=rating), event)


async def dispute(unit: Unit, judged: Judge, own: Case, into: Case, key: str, rules: Ruleset) -> None:
    """Take a case up again: a citizen says what is not done. Its agency hears it, and its lead; at last the desk."""
    if not allowed(into, EventKind.DISPUTED):
        # Somebody else said so first: what is told is heard all the same.
        await _add(unit, AddToCase(own.number, judged.note, judged.photos), own, into, key, rules)
        unit.say(own.conversation_id, Say("added", {"number": own.number}), f"{key}:{own.number}:added")
        return
    before, note = into.agency, judged.note
    case, happened = casework.reopen(into, rules, now=unit.now, note=note if into is own else "")
    if into is own:
        case = with_words(case, note, judged.photos)
    elif note or judged.photos:
        kept, event = change(own, EventKind.ADDED, now=unit.now, actor="citizen", note=note)
        unit.save(with_words(kept, note, judged.photos), event)
    unit.save(case, *happened)
    if case.restricted:
        case = referring.to_competent(unit, case, rules)
    values = {
        "number": own.number,
        "agency": case.agency,
        "due": case.due_at.isoformat(),
        "desk": before != case.agency and not case.restricted,
    }
    follow = (Button(f"case:{own.number}", "follow"),)
    unit.say(own.conversation_id, Say("disputed", values, follow), f"{key}:{own.number}:disputed")
    await _tell_others(unit, own, case, key, rules)
    text = "officer_disagreed" if into.outcome is Outcome.DECLINED else "officer_disputed"
    await tell_agency(unit, case, text, key, rules, note, of=own)
    await tell_agency(unit, case, text, key, rules, note, lead=True, of=own)
    if before != case.agency and not case.restricted:
        say = Say("officer_taken_by_desk", {"number": case.number, "note": note, "agency": case.agency})
        when = news_due(rules, case, unit.now)
        await unit.say_to(before, say, f"{key}:{case.number}:desk", not_before=when)


async def _tell_others(unit: Unit, own: Case, case: Case, key: str, rules: Ruleset) -> None:
    """Tell those who reported the same that somebody says it is not done."""
    told = {own.conversation_id}
    for other in (case, *await unit.followers(case)):
        if other.conversation_id not in told:
            told.add(other.conversation_id)
            values = {"number": other.number, "due": case.due_at.isoformat()}
            say = Say("reopened_by_other", values, (Button(f"case:{other.number}", "follow"),))
            when = news_due(rules, case, unit.now)
            unit.say(other.conversation_id, say, f"{key}:{other.number}:other", not_before=when)


async def tell_agency(  # noqa: PLR0913 - what is told, of whom, to whom
    unit: Unit, case: Case, text: str, key: str, rules: Ruleset, note: str = "", *, lead: bool = False,
    of: Case | None = None,
) -> None:  # fmt: skip
    """Tell who of a case's agency has it that something happened to it; with ``lead`` its lead.

    ``of`` is the merged case whose citizen said it: its number stands in the message, so that erasing finds it.
    """
    own = of.number if of and of.number != case.number else None
    say = Say(text, {"number": case.number, "note": note, "of": own}, (Button(f"o:view:{case.number}", "o_view"),))
    await unit.say_to(
        case.agency,
        say,
        f"{key}:{own or case.number}:{text}",
        not_before=news_due(rules, case, unit.now),
        restricted=case.restricted,
        lead=lead,
        officer=case.lead.officer,
    )


async def erase_citizen(unit: Unit, conversation_id: int, key: str, rules: Ruleset) -> None:
    """Erase what is personal; cases that are still open end as withdrawn, unless others reported the same."""
    before = {case.number: case for case in unit.cases_of(conversation_id)}
    await praising.unshow(unit, conversation_id)
    await notices.forget(unit, conversation_id)
    for emptied in await unit.erase(conversation_id):
        if emptied.status is CaseStatus.CLOSED:
            continue
        case, event = change(emptied, EventKind.WITHDRAWN, now=unit.now, actor="citizen")
        went_on = await joining.promote(unit, before.get(emptied.number, emptied), rules)
        unit.save(replace(case, next_update_at=None), event)
        text, note = ("officer_goes_on", went_on.number) if went_on else ("officer_withdrawn", "")
        await tell_agency(unit, case, text, key, rules, note)
