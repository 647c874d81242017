"""What an officer does with a case of the own agency: take, ask, tell how it stands, extend, assign, note."""

from dataclasses import replace

from domain import casework
from domain.cases import Case, Task, allowed, change
from domain.conversation import Awaiting, Step
from domain.dates import find_day
from domain.messages import Button, Say
from domain.roles import Role
from domain.transitions import EventKind, TaskRole, TaskStatus
from domain.words import fold
from handlers.desk import HOME, Desk, open_button
from handlers.queue import actions, as_wanted, case_card, is_nobodys, parse_filter
from handlers.understanding import clean
from storage.officers import Officer

#: Cases taken at once from one flood.
_FLOOD = 200
#: Working days offered by button for a new date.
_DAYS_OFFERED = (1, 2, 3, 5, 10)
#: Fewer words give no reason, and say nothing of how it stands.
_LEAST_WORDS = 3
#: On the lead's buttons: the proposed date is set, or not.
_AGREED, _REFUSED = "agreed", "refused"


async def take(desk: Desk, rest: str) -> Step:
    """Take a task: the citizen hears that the lead has it; it is assigned to who took it."""
    found = await desk.find(rest)
    if not found:
        return desk.no_case()
    case, _ = found
    task = desk.task(case)
    partner = task.role is TaskRole.PARTNER
    if is_nobodys(case, task):
        await give(desk, case, task, desk.officer)
        return desk.says(Say("taken_over_by", {"number": case.number}, await actions(desk, await desk.again(case))))
    if not (task.status is TaskStatus.OFFERED if partner else allowed(case, EventKind.ACCEPTED)):
        return desk.says(
            Say("not_now", {"number": case.number, "status": str(case.status)}), await case_card(desk, case)
        )
    case = await take_task(desk, case, task)
    due = desk.task(case).due_at.isoformat()
    text = "taken_as_partner" if partner else "taken"
    values = {"number": case.number, "due": due, "office": case.of_office}
    return desk.says(Say(text, values, await actions(desk, case)))


async def take_task(desk: Desk, case: Case, task: Task) -> Case:
    """Take a task and tell who waits for that: the citizen, or the lead that called the partner in."""
    case, event = casework.take(case, task, desk.rules, now=desk.unit.now, actor=desk.actor, officer=desk.officer.id)
    desk.unit.save(case, event)
    if task.role is TaskRole.PARTNER:
        values = {"number": case.number, "agency": task.agency, "due": task.due_at.isoformat()}
        await desk.tell(case.agency, Say("partner_took", values, open_button(case)), case, officer=case.lead.officer)
    else:
        await desk.tell_citizens(case, "accepted", {"agency": case.agency, "due": case.due_at.isoformat()})
    return case


async def take_all(desk: Desk, rest: str) -> Step:
    """Take all that is new of one place or topic at once: one flood, one thumb."""
    _, wanted = parse_filter(rest, desk.rules)
    if wanted is None or not wanted.startswith(("c-", "t-")):
        return desk.says(Say("help_take_all", {}, HOME))
    asked = replace(as_wanted(desk, wanted), status=TaskStatus.OFFERED)
    found, count = await desk.unit.queue(asked, _FLOOD, 0)
    for case in found:
        await take_task(desk, case, desk.task(case))
    return desk.says(Say("taken_all", {"count": len(found), "left": count - len(found), "filter": wanted}, HOME))


async def ask(desk: Desk, rest: str) -> Step:
    """Ask the citizen; the clock stands still for the reply, within bounds."""
    found = await desk.find_own(rest)
    if not found:
        return desk.no_case()
    case, question = found[0], clean(found[1])
    if not allowed(case, EventKind.CITIZEN_ASKED) or case.of_office:
        return desk.not_now(case, *open_button(case))
    if not casework.may_ask(case, desk.rules):
        days = desk.rules.clocks.updates.pause_days
        return desk.says(Say("asked_enough", {"number": case.number, "days": days}, await actions(desk, case)))
    if not question:
        return desk.says(Say("write_question", {"number": case.number}), awaiting=Awaiting("ask", case.number))
    case, event = casework.ask(case, question, desk.rules, now=desk.unit.now, actor=desk.actor)
    desk.unit.save(case, event)
    reply = (Button(f"reply:{case.number}", "reply"),)
    await desk.tell_citizens(case, "question", {"agency": case.agency, "question": question}, buttons=reply)
    return desk.says(Say("asked", {"number": case.number}, HOME))


async def progress(desk: Desk, rest: str) -> Step:
    """Tell the citizen how it stands. The date stays as it is."""
    found = await desk.find_own(rest)
    if not found:
        return desk.no_case()
    case, words = found[0], clean(found[1])
    if not allowed(case, EventKind.PROGRESSED):
        return desk.not_now(case, *open_button(case))
    if len(words.split()) < _LEAST_WORDS:
        return desk.says(Say("write_progress", {"number": case.number}), awaiting=Awaiting("progress", case.number))
    case, event = casework.progress(case, words, desk.rules, now=desk.unit.now, actor=desk.actor)
    desk.unit.save(case, event)
    values = {"agency": case.agency, "words": words, "due": case.due_at.isoformat()}
    await desk.tell_citizens(case, "progress", values, followers=True)
    return desk.says(Say("progress_sent", {"number": case.number}, HOME))


async def extend(desk: Desk, rest: str) -> Step:
    """Move the promised date, once, with a reason that the citizen reads."""
    found = await desk.find_own(rest)
    if not found:
        return desk.no_case()
    case, typed = found
    if not allowed(case, EventKind.EXTENDED):
        return desk.not_now(case, *open_button(case))
    if case.extension is not None:
        return desk.says(Say("extended_already", {"number": case.number, "due": case.due_at.isoformat()}, HOME))
    if typed in (_AGREED, _REFUSED):
        return await _decide_extension(desk, case, typed)
    latest = casework.latest_extension(case, desk.rules)
    day = find_day(typed, desk.unit.now, desk.rules.calendar)
    values = {"number": case.number, "due": case.due_at.isoformat(), "latest": latest.isoformat()}
    if day is None or not case.due_at < day[0] <= latest:
        buttons = tuple(
            Button(f"o:extend:{case.number}:{shown}", "day", {"day": of}) for shown, of in _days(desk, case)
        )
        return desk.says(
            Say("extend_until", {**values, "typed": typed[:40] if day or typed else None}, (*buttons, *HOME))
        )
    until, reason = day[0], clean(day[1])
    if len(reason.split()) < _LEAST_WORDS:
        chosen = typed[: len(typed) - len(day[1])].strip() if day[1] else typed.strip()
        say = Say("write_extension", {**values, "until": until.isoformat()})
        return desk.says(say, awaiting=Awaiting("extend", case.number, chosen))
    if desk.rules.clocks.approval.extensions and not await desk.leads(case):
        return await _propose_extension(desk, case, typed, reason)
    case, event = casework.extend(case, until, reason, desk.rules, now=desk.unit.now, actor=desk.actor)
    desk.unit.save(case, event)
    told = {"agency": case.agency, "reason": reason, "due": until.isoformat(), "before": values["due"]}
    await desk.tell_citizens(case, "extended", told, followers=True)
    return desk.says(Say("extension_set", {"number": case.number, "due": until.isoformat()}, HOME))


def _days(desk: Desk, case: Case) -> list[tuple[str, str]]:
    """Return the new dates offered by button: as typed, and as a moment."""
    calendar = desk.rules.calendar
    latest = casework.latest_extension(case, desk.rules)
    start = max(case.due_at, desk.unit.now)
    days = {calendar.add_working_days(start, n) for n in _DAYS_OFFERED}
    shown = [day for day in sorted(days) if day <= latest]
    return [(f"{day.astimezone(calendar.zone):%d/%m/%Y}", day.isoformat()) for day in shown]


async def _propose_extension(desk: Desk, case: Case, typed: str, reason: str) -> Step:
    """Put a new date before the agency's lead, who sets it with one press."""
    case, event = change(case, EventKind.NOTED, now=desk.unit.now, actor=desk.actor, note=typed)
    desk.unit.save(case.keep(replace(case.lead, question=typed)), event)
    buttons = (
        Button(f"o:extend:{case.number}:{_AGREED}", "o_extend_yes"),
        Button(f"o:extend:{case.number}:{_REFUSED}", "o_extend_no"),
        *open_button(case),
    )
    values = {"number": case.number, "day": typed.partition(" ")[0], "reason": reason}
    await desk.tell(case.agency, Say("extension_proposed", values, buttons), case, lead=True)
    return desk.says(Say("extension_asked", {"number": case.number}, HOME))


async def _decide_extension(desk: Desk, case: Case, decided: str) -> Step:
    """Set the new date an officer proposed, or leave the old one, as the agency's lead."""
    proposed = case.lead.question
    if not proposed or not await desk.leads(case):
        return desk.not_now(case, *open_button(case))
    case = case.keep(replace(case.lead, question=""))
    desk.unit.save(case)
    if decided == _AGREED:
        return await extend(desk, f"{case.number} {proposed}")
    say = Say("extension_refused", {"number": case.number, "due": case.due_at.isoformat()}, open_button(case))
    await desk.tell(case.agency, say, case, officer=case.lead.officer)
    return desk.says(Say("extension_left", {"number": case.number}, HOME))


async def assign(desk: Desk, rest: str) -> Step:
    """Give a task to a colleague."""
    found = await desk.find(rest)
    if not found:
        return desk.no_case()
    case, typed = found
    if not allowed(case, EventKind.ASSIGNED):
        return desk.not_now(case, *open_button(case))
    seats = [seat for seat in await desk.unit.seats(desk.officer.agency) if may_have(seat, case)]
    to = find_seat(typed, seats)
    if to is None:
        buttons = tuple(
            Button(f"o:assign:{case.number}:{seat.id}", "seat", {"name": seat.name, "id": seat.id}) for seat in seats
        )
        return desk.says(Say("assign_to_whom", {"number": case.number}, (*buttons, *HOME)))
    await give(desk, case, desk.task(case), to)
    return desk.says(Say("assigned", {"number": case.number, "name": to.name or f"#{to.id}"}, HOME))


def may_have(seat: Officer, case: Case) -> bool:
    """Say whether a seat may be given the case."""
    return seat.role is Role.INSPECTOR or not case.restricted


def find_seat(typed: str, seats: list[Officer]) -> Officer | None:
    """Return the seat somebody means: by its number, or by a part of a name that only one has."""
    wanted = fold(typed).removeprefix("#")
    if not wanted:
        return None
    named = [seat for seat in seats if str(seat.id) == wanted]
    named = named or [seat for seat in seats if wanted in fold(seat.name)]
    return named[0] if len(named) == 1 else None


async def give(desk: Desk, case: Case, task: Task, to: Officer | None) -> None:
    """Assign a task to a seat, and tell it; to nobody in particular with None."""
    note = (to.name or f"#{to.id}") if to else ""
    case, event = change(case, EventKind.ASSIGNED, now=desk.unit.now, actor=desk.actor, note=note, agency=task.agency)
    task = case.nth(task.n)
    desk.unit.save(case.keep(replace(task, officer=to.id if to else None)), event)
    if to and to.id != desk.officer.id:
        values = {"number": case.number, "topic": case.topic, "due": task.due_at.isoformat()}
        await desk.tell(task.agency, Say("given", values, open_button(case)), case, officer=to.id)


async def note(desk: Desk, rest: str) -> Step:
    """Keep a note that only the own agency reads."""
    found = await desk.find(rest)
    if not found:
        return desk.no_case()
    case, words = found[0], clean(found[1])
    if not words:
        return desk.says(Say("write_note", {"number": case.number}), awaiting=Awaiting("note", case.number))
    case, event = change(
        case, EventKind.NOTED, now=desk.unit.now, actor=desk.actor, note=words, agency=desk.officer.agency
    )
    desk.unit.save(case, event)
    return desk.says(Say("noted", {"number": case.number}, open_button(case)))
