"""Several agencies at one case: the lead calls partners in with a question and a date; the answer stays one."""

from domain import casework
from domain.cases import Case, allowed
from domain.conversation import Awaiting, Step
from domain.dates import find_day
from domain.messages import Button, Say
from domain.rulesets import Agency
from domain.transitions import EventKind
from handlers import referring
from handlers.desk import HOME, Desk, open_button
from handlers.understanding import clean

#: Working days offered by button, and taken where none is named.
_DAYS_OFFERED = (1, 2, 3, 5)
_USUAL_DAYS = 2
#: Fewer words are no question, and no reply.
_LEAST_WORDS = 3


async def call(desk: Desk, rest: str) -> Step:
    """Call another agency in: whom, until when, with what question."""
    found = await desk.find_own(rest)
    if not found:
        return desk.no_case()
    case, typed = found
    if not allowed(case, EventKind.PARTNER_CALLED) or case.restricted:
        return desk.not_now(case, *open_button(case))
    code, _, more = typed.partition(" ")
    agency = desk.rules.agencies.get(code.upper())
    never = (case.agency, desk.rules.coordinator)
    if agency is None or agency.id in never or agency.id in desk.rules.heirs:
        return desk.says(_whom(desk, case, code))
    if case.task_of(agency.id):
        return desk.says(Say("partner_already", {"number": case.number, "agency": agency.id}, open_button(case)))
    day = find_day(more, desk.unit.now, desk.rules.calendar)
    question = clean(day[1] if day else more)
    if len(question.split()) < _LEAST_WORDS:
        return _ask_more(desk, case, agency, more if day else "")
    due = day[0] if day else desk.rules.calendar.add_working_days(desk.unit.now, _USUAL_DAYS)
    if due <= desk.unit.now or (desk.unit.now < case.due_at < due):
        values = {"number": case.number, "due": case.due_at.isoformat(), "asked": due.isoformat()}
        way = f"o:partner:{case.number}:{agency.id}"
        buttons = tuple(
            Button(f"{way}:d{n}", "working_days", {"days": n})
            for n in _DAYS_OFFERED
            if desk.rules.calendar.add_working_days(desk.unit.now, n) <= case.due_at
        )
        waiting = Awaiting("partner", case.number, agency.id)
        return desk.says(Say("partner_too_late", values, (*buttons, *HOME)), awaiting=waiting)
    case, event = casework.call_partner(case, agency.id, question, due, desk.rules, now=desk.unit.now, actor=desk.actor)
    desk.unit.save(case, event)
    return desk.says(
        Say("partner_called", {"number": case.number, "agency": agency.id, "due": due.isoformat()}, open_button(case))
    )


def _whom(desk: Desk, case: Case, typed: str) -> Say:
    offered = [one for one in referring.candidates(case, desk.rules) if not case.task_of(one.id)]
    buttons = tuple(Button(f"o:partner:{case.number}:{one.id}", "agency", {"agency": one.id}) for one in offered)
    return Say("partner_whom", {"number": case.number, "wanted": typed or None}, (*buttons, *HOME))


def _ask_more(desk: Desk, case: Case, agency: Agency, day: str) -> Step:
    """Ask for the question; the date can be chosen by button first."""
    chosen = find_day(day, desk.unit.now, desk.rules.calendar) if day else None
    due = chosen[0].isoformat() if chosen else None
    values = {"number": case.number, "agency": agency.id, "days": _USUAL_DAYS, "due": due}
    way = f"o:partner:{case.number}:{agency.id}"
    buttons = () if day else tuple(Button(f"{way}:d{n}", "working_days", {"days": n}) for n in _DAYS_OFFERED)
    more = f"{agency.id} {day}".strip()
    return desk.says(Say("write_partner", values, buttons), awaiting=Awaiting("partner", case.number, more))


async def reply(desk: Desk, case: Case, words: str) -> Step:
    """Reply to the lead as a partner."""
    if len(words.split()) < _LEAST_WORDS:
        return desk.says(Say("write_reply_lead", {"number": case.number}), awaiting=Awaiting("answer", case.number))
    return await _done(desk, case, words, declines=False)


async def decline(desk: Desk, case: Case, words: str) -> Step:
    """Say as a partner that one is not competent, and why."""
    words = clean(words)
    if len(words.split()) < _LEAST_WORDS:
        return desk.says(Say("write_partner_no", {"number": case.number}), awaiting=Awaiting("refer", case.number))
    return await _done(desk, case, words, declines=True)


async def _done(desk: Desk, case: Case, words: str, *, declines: bool) -> Step:
    case, event = casework.reply_as_partner(
        case, desk.task(case), words, now=desk.unit.now, actor=desk.actor, declines=declines
    )
    desk.unit.save(case, event)
    text = "partner_declined" if declines else "partner_replied"
    say = Say(text, {"number": case.number, "agency": desk.officer.agency, "words": words}, open_button(case))
    await desk.tell(case.agency, say, case, officer=case.lead.officer)
    return desk.says(Say("reply_sent_to_lead", {"number": case.number, "agency": case.agency}, HOME))
