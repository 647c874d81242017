"""Answers that are answers: checked before they go out, approved where the deployment says so."""

from datetime import timedelta

from domain import casework
from domain.answering import fingerprint, flaws, templates
from domain.cards import verdict_buttons
from domain.cases import Case, allowed, change
from domain.conversation import Awaiting, Step
from domain.messages import Button, Photo, Say
from domain.transitions import EventKind, TaskRole, TaskStatus
from handlers import partners
from handlers.desk import HOME, Desk, open_button
from handlers.queue import actions, case_card
from handlers.understanding import clean
from storage import answers

#: Where pictures cannot be sent, none is asked for.
_WITHOUT_PICTURES = frozenset({"web"})
#: Flaws told at once; more than that nobody reads.
_TOLD = 2
_MOST_PHOTOS = 10


async def answer(desk: Desk, rest: str) -> Step:
    """Answer the citizen; as a partner, reply to the lead."""
    found = await desk.find(rest)
    if not found:
        return desk.no_case()
    case, words = found[0], clean(found[1])
    if desk.task(case).role is TaskRole.PARTNER:
        return await partners.reply(desk, case, words)
    if not allowed(case, EventKind.ANSWERED):
        return desk.not_now(case, *open_button(case))
    fresh = await _never_shown(desk, case)
    waiting = Awaiting("answer", case.number, photos=fresh[:_MOST_PHOTOS])
    template = (Button(f"o:template:{case.number}", "o_template"),)
    if not words:
        return desk.says(Say("write_answer", {"number": case.number}, template), awaiting=waiting)
    refused = await _flaws(desk, case, words)
    if len(fresh) < len(desk.photos):
        refused.append({"key": "flaw_photo_used", "values": {"number": case.number}})
    if refused:
        return desk.says(Say("answer_refused", {"number": case.number, "flaws": refused}, template), awaiting=waiting)
    if desk.rules.clocks.approval.answers and not await desk.leads(case):
        return await _propose(desk, case, words)
    await _send(desk, case, words, desk.photos)
    return desk.says(Say("answer_sent", {"number": case.number}, HOME))


async def _flaws(desk: Desk, case: Case, words: str) -> list[dict[str, object]]:
    """Return why it is no answer, the most important first, as texts within a text."""
    rules, print_of = desk.rules.answers, fingerprint(words)
    since = desk.unit.now - timedelta(days=rules.days)
    used = await answers.used(desk.unit.transaction, case.agency, print_of, since, case.id)
    found = flaws(
        words,
        asked=case.text,
        question=case.question,
        topic=case.topic,
        photos=len(desk.photos),
        used=used,
        rules=rules,
    )
    if desk.officer.channel in _WITHOUT_PICTURES:
        found = [one for one in found if one.key != "picture"]
    told: list[dict[str, object]] = [{"key": f"flaw_{one.key}", "values": one.values} for one in found[:_TOLD]]
    return told


async def _never_shown(desk: Desk, case: Case) -> tuple[Photo, ...]:
    """Return the pictures that were not proof in another case."""
    names = [photo.unique for photo in desk.photos if photo.unique]
    known = await answers.shown_before(desk.unit.transaction, names, case.id) if names else set()
    return tuple(photo for photo in desk.photos if photo.unique not in known)


async def _propose(desk: Desk, case: Case, words: str) -> Step:
    """Put an answer before the agency's lead."""
    case, event = casework.propose(case, words, desk.photos, desk.rules, now=desk.unit.now, actor=desk.actor)
    desk.unit.save(case, event)
    values = {"number": case.number, "words": words, "photos": [photo.reference for photo in desk.photos]}
    buttons = (
        Button(f"o:approve:{case.number}", "o_approve"),
        Button(f"o:return:{case.number}", "o_return"),
        *open_button(case),
    )
    await desk.tell(case.agency, Say("answer_to_approve", values, buttons), case, lead=True)
    return desk.says(Say("answer_proposed", {"number": case.number}, HOME))


async def approve(desk: Desk, rest: str) -> Step:
    """Let a proposed answer go out."""
    found = await desk.find_own(rest)
    if not found:
        return desk.no_case()
    case, _ = found
    if case.lead.status is not TaskStatus.SUBMITTED:
        return desk.says(Say("nothing_to_approve", {"number": case.number}), await case_card(desk, case))
    if not await desk.leads(case):
        return desk.says(Say("for_leads", {"agency": case.agency}, HOME))
    await _send(desk, case, case.lead.reply, case.lead.photos)
    if case.lead.officer not in (None, desk.officer.id):
        say = Say("answer_approved", {"number": case.number})
        await desk.tell(case.agency, say, case, officer=case.lead.officer)
    return desk.says(Say("answer_sent", {"number": case.number}, HOME))


async def give_back(desk: Desk, rest: str) -> Step:
    """Give a proposed answer back to its officer, with what is to be mended."""
    found = await desk.find_own(rest)
    if not found:
        return desk.no_case()
    case, words = found[0], clean(found[1])
    if case.lead.status is not TaskStatus.SUBMITTED:
        return desk.says(Say("nothing_to_approve", {"number": case.number}), await case_card(desk, case))
    if not await desk.leads(case):
        return desk.says(Say("for_leads", {"agency": case.agency}, HOME))
    if not words:
        return desk.says(Say("write_return", {"number": case.number}), awaiting=Awaiting("return", case.number))
    draft = case.lead.reply
    case, event = change(case, EventKind.ANSWER_RETURNED, now=desk.unit.now, actor=desk.actor, note=words)
    desk.unit.save(casework.on_the_clock(case, desk.rules, desk.unit.now), event)
    say = Say("answer_given_back", {"number": case.number, "words": words, "draft": draft}, open_button(case))
    await desk.tell(case.agency, say, case, officer=case.lead.officer)
    return desk.says(Say("answer_returned", {"number": case.number}, HOME))


async def _send(desk: Desk, case: Case, words: str, photos: tuple[Photo, ...]) -> None:
    """Answer: the citizen, and everybody who reported the same, hears it once."""
    ended = case.partners
    case, event = casework.answer(case, words, desk.rules, now=desk.unit.now, actor=desk.actor)
    desk.unit.save(case, event)
    transaction = desk.unit.transaction
    await answers.put(transaction, case.agency, fingerprint(words), case.id, desk.unit.now)
    await answers.put_proofs(transaction, [photo.unique for photo in photos if photo.unique], case.id, desk.unit.now)
    values = {"agency": case.agency, "answer": words, "photos": [photo.reference for photo in photos]}
    await desk.tell_citizens(case, "answered", values, buttons=verdict_buttons(case.number), followers=True)
    for task in ended:
        say = Say("partner_not_needed", {"number": case.number, "agency": case.agency})
        await desk.tell(task.agency, say, case, officer=task.officer)


async def template(desk: Desk, rest: str) -> Step:
    """Show texts with blanks to fill in, those of the topic first."""
    found = await desk.find(rest)
    if not found:
        return desk.no_case()
    case, slug = found
    if not allowed(case, EventKind.ANSWERED):
        return desk.says(Say("not_now", {"number": case.number, "status": str(case.status)}, await actions(desk, case)))
    offered, waiting = templates(case.topic, desk.rules.answers), Awaiting("answer", case.number)
    if chosen := next((one for one in offered if one.slug == slug), None):
        # Alone in its message: on a phone a whole message is copied with one touch.
        return desk.says(Say("template", {"text": chosen.text}), awaiting=waiting)
    buttons = tuple(Button(f"o:template:{case.number}:{one.slug}", "template", {"name": one.name}) for one in offered)
    return desk.says(Say("templates", {"number": case.number}, (*buttons, *HOME)), awaiting=waiting)
