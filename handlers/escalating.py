"""What agencies hear without having asked: new work, limits that are near or missed, the lead's morning digest.

Everybody hears of many cases in one message. Those who only follow a case see number, topic and place, never the words;
of a restricted case nobody hears but the inspectors of the agency that has it.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain import casework
from domain.cases import Case, Task, change
from domain.limits import Escalation
from domain.messages import Button, Say
from domain.routing import inspector_for
from domain.rulesets import Ruleset
from domain.transitions import OPEN_TASK, EventKind, TaskRole, TaskStatus
from handlers.queue import summary
from handlers.referring import may_have
from storage import cases, officers
from storage.officers import Officer, recipients
from storage.outbox import AWAKE
from storage.unit import Unit

#: So many rows are taken in one transaction.
_BATCH = 200
#: A digest names so many cases and counts the rest.
_NAMED = 5


#: What each step is called to the agency itself, and to those who follow the case.
_TEXTS = {
    "accept": "to_accept",
    "progress": "to_progress",
    "answer": "late_work",
    "reply": "late_reply",
    "notice": "late_notice",
}
_ELSEWHERE = {
    "accept": "untaken_elsewhere",
    "progress": "untold_elsewhere",
    "answer": "late_elsewhere",
    "reply": "late_elsewhere",
    "notice": "notice_elsewhere",
}
#: The weightiest first.
_WEIGHTS = (
    "late_notice", "late_work", "late_reply", "late_partner", "untaken_partner", "to_accept", "to_progress",
    "new_work", "called_in", "reminder", "notice_elsewhere", "late_elsewhere", "untaken_elsewhere", "untold_elsewhere",
)  # fmt: skip


@dataclass
class Digests:
    """What is to be told, gathered by seat: one message for many cases."""

    unit: Unit
    rules: Ruleset
    _told: dict[tuple[str, int], list[tuple[Case, Task]]] = field(default_factory=lambda: defaultdict(list))
    _seats: dict[int, Officer] = field(default_factory=dict)

    async def add(
        self, text: str, agency: str, case: Case, task: Task, *, lead: bool = False, officer: int | None = None
    ) -> int:
        """Gather a case for those of an agency who are to hear of it. Returns how many they are."""
        seats = recipients(
            await self.unit.seats(agency), self.unit.now, restricted=case.restricted, lead=lead, officer=officer
        )
        for seat in seats:
            self._seats[seat.id] = seat
            self._gather(text, seat.id, case, task)
        return len(seats)

    def _gather(self, text: str, seat: int, case: Case, task: Task) -> None:
        """Tell a seat of one case once: the weightiest that is to be said of it."""
        for (other, whose), told in self._told.items():
            known = next((one for one in told if one[0].id == case.id), None)
            if whose == seat and known:
                if _WEIGHTS.index(other) <= _WEIGHTS.index(text):
                    return
                told.remove(known)
        self._told[text, seat].append((case, task))

    def send(self) -> None:
        """Write the messages; what is urgent does not wait for the morning."""
        quiet_until = self.rules.calendar.after_quiet(self.unit.now)
        for (text, seat_id), told in self._told.items():
            if not told:
                continue
            seat = self._seats[seat_id]
            urgent = any(case.urgent for case, _ in told)
            key = f"{text}:{seat_id}:{told[0][0].id}:{told[0][1].n}:{self.unit.now.isoformat()}"
            say = _digest(text, seat.agency, told, self.unit)
            self.unit.say(seat.conversation_id, say, key, not_before=self.unit.now if urgent else quiet_until)


def _digest(text: str, agency: str, told: list[tuple[Case, Task]], unit: Unit) -> Say:
    # No words: a message may wait for the morning, and the case be restricted by then.
    lines = [{**summary(case, unit.now, task), "agency": task.agency, "text": ""} for case, task in told[:_NAMED]]
    values = {"agency": agency, "count": len(told), "cases": lines}
    if text in _ELSEWHERE.values():
        return Say(text, values)
    buttons = tuple(Button(f"o:view:{case.number}", "case", {"number": case.number}) for case, _ in told[:_NAMED])
    return Say(text, values, (*buttons, Button("o:queue", "o_queue")))


async def announce(unit: Unit, rules: Ruleset) -> int:
    """Tell agencies of new work: one digest, however many cases; urgent ones also at night."""
    quiet = rules.calendar.after_quiet(unit.now) > unit.now
    awake = await officers.awake(unit.transaction, unit.now - AWAKE) if quiet else None
    new = await cases.unannounced(unit.transaction, _BATCH, urgent_or_of=awake)
    digests = Digests(unit, rules)
    for case in new:
        case = await _with_inspector(unit, rules, case)  # noqa: PLW2901 - it may have moved
        fresh = [task for task in case.tasks if task.announced_at is None and task.status in OPEN_TASK]
        for task in fresh:
            if task.remind_at and task.remind_at <= unit.now:
                continue  # late already: the reminder tells of it
            text = "called_in" if task.role is TaskRole.PARTNER else "new_work"
            await digests.add(text, task.agency, case, task)
        unit.save(case.keep(*(replace(task, announced_at=unit.now) for task in fresh)))
    digests.send()
    return len(new)


async def _with_inspector(unit: Unit, rules: Ruleset, case: Case) -> Case:
    """Take a restricted case to where somebody may see it: to who leads its topic, else to the inspectorate."""
    if not case.restricted or await _has_inspector(unit, case.agency):
        return case
    lead, inspector = rules.lead_of(case.topic, case.commune), inspector_for(case.accused, case.commune, rules).id
    for to in (lead.id if lead else inspector, inspector):
        if may_have(case, rules.agencies[to], rules) and (to == inspector or await _has_inspector(unit, to)):
            note = f"{to}: {case.agency}"
            case, event = casework.refer(case, to, rules, now=unit.now, actor="rules", note=note, charged=False)
            unit.save(case, event)
            return case
    return case


async def _has_inspector(unit: Unit, agency: str) -> bool:
    return bool(recipients(await unit.seats(agency), unit.now, restricted=True))


async def remind_agencies(unit: Unit, rules: Ruleset) -> int:
    """Tell who is to hear of limits that are near or missed, step by step as the rules say."""
    due = await cases.due_for_reminder(unit.transaction, unit.now, _BATCH)
    digests = Digests(unit, rules)
    for case in due:
        case = await _with_inspector(unit, rules, case)  # noqa: PLW2901 - it may have moved
        for task in case.tasks:
            if task.remind_at and task.remind_at <= unit.now:
                case = await _remind(unit, rules, case, task, digests)  # noqa: PLW2901 - as it is after it
        unit.save(case)
    digests.send()
    return len(due)


async def _remind(unit: Unit, rules: Ruleset, case: Case, task: Task, digests: Digests) -> Case:
    if task.status is TaskStatus.PAUSED:
        case, event = casework.resume(case, EventKind.QUESTION_LAPSED, rules, now=unit.now, actor="clock")
        unit.save(case, event)
        values = {"number": case.number, "agency": case.agency, "due": case.due_at.isoformat()}
        say = Say("question_lapsed", values, (Button(f"case:{case.number}", "follow"),))
        when = casework.news_due(rules, case, unit.now)
        unit.say(case.conversation_id, say, f"case:{case.id}:lapsed:{case.asked_at}", not_before=when)
        told = Say("officer_lapsed", values, (Button(f"o:view:{case.number}", "o_view"),))
        key, lead = f"case:{case.id}:{case.number}:lapsed:{case.asked_at}", case.lead
        await unit.say_to(lead.agency, told, key, not_before=when, restricted=case.restricted, officer=lead.officer)
        return case
    if task.status not in OPEN_TASK:
        return case.keep(replace(task, remind_at=None))
    if task.sender is not None and task.status is TaskStatus.OFFERED and unit.now >= task.accept_by:
        case, event = change(case, EventKind.HANDOFF_LAPSED, now=unit.now, actor="clock", agency=task.agency)
        unit.save(case, event)
    steps = casework.steps_due(case, task, rules, unit.now)
    for step in steps:
        await _tell(rules, case, task, step, digests)
    if missed := [step for step in steps if not step.before_days and set(step.tell) - {"officer"}]:
        case, event = change(
            case, EventKind.ESCALATED, now=unit.now, actor="clock", agency=task.agency, note=missed[-1].limit
        )
        unit.save(case, event)
    current = case.nth(task.n)
    return case.keep(replace(current, remind_at=casework.remind_due(case, current, rules, unit.now)))


async def _tell(rules: Ruleset, case: Case, task: Task, step: Escalation, digests: Digests) -> None:
    text, elsewhere = "reminder" if step.before_days else _TEXTS[step.limit], _ELSEWHERE[step.limit]
    # A partner's taking concerns who called it in, and nobody else.
    partner, public = task.role is TaskRole.PARTNER, not case.restricted
    watched = public and not (partner and step.limit == "accept")
    for who in step.tell:
        match who:
            case "officer":
                await digests.add(text, task.agency, case, task, officer=task.officer)
            case "lead":
                await digests.add(text, task.agency, case, task, lead=True)
            case "caller" if partner and public:
                late = "untaken_partner" if step.limit == "accept" else "late_partner"
                await digests.add(late, case.agency, case, task, officer=case.lead.officer)
            case "watch" if watched:
                for agency in set(case.watch) - {task.agency, case.agency}:
                    await digests.add(elsewhere, agency, case, task, lead=True)
            case "desk" if watched and rules.desk != task.agency and rules.desk not in case.watch:
                await digests.add(elsewhere, rules.desk, case, task)


async def digest(unit: Unit, rules: Ruleset) -> int:
    """Give each lead the morning's figures of the agency."""
    due = await officers.due_for_digest(unit.transaction, unit.now, _BATCH)
    counted = await cases.counts(unit.transaction, {seat.agency for seat in due}, unit.now, _end_of_day(unit, rules))
    calendar = rules.calendar
    working = calendar.is_working_day(unit.now.astimezone(calendar.zone).date())
    for seat in due if working else ():
        figures = counted.get(seat.agency, {})
        values = {
            "agency": seat.agency,
            "day": unit.now.isoformat(),
            **{name: figures.get(name, 0) for name in cases.COUNTED},
        }
        buttons = (
            Button("o:queue:0:late", "o_late"),
            Button("o:queue:0:new", "o_new"),
            Button("o:queue", "o_queue"),
        )
        unit.say(seat.conversation_id, Say("morning_digest", values, buttons), f"digest:{seat.id}:{unit.now:%Y%m%d}")
    if due:
        tomorrow = calendar.at_opening(calendar.add_working_days(unit.now, 1))
        await officers.next_digest(unit.transaction, [seat.id for seat in due], tomorrow)
    return len(due)


def _end_of_day(unit: Unit, rules: Ruleset) -> datetime:
    return rules.calendar.at_closing(unit.now)
