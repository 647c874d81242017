"""What agencies and the clock do with a case: take, pass on, ask, put off, answer, take up again."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from domain.cases import Case, CaseEvent, Task, change
from domain.clocks import Calendar
from domain.limits import Escalation
from domain.messages import Photo
from domain.routing import Reason, heir_of
from domain.rulesets import Ruleset
from domain.transitions import OPEN, OPEN_TASK, CaseStatus, EventKind, TaskRole, TaskStatus

_E = EventKind
_NOTHING = timedelta(0)


def deadline(rules: Ruleset, tier: str, start: datetime, *, topic: str | None = None, urgent: bool = False) -> datetime:
    """Return by when a case of this tier is to be answered."""
    return rules.clocks.limits(tier, topic, urgent=urgent).answer.after(rules.calendar, start)


def lead_task(
    case: Case, agency: str, rules: Ruleset, now: datetime, *, due_at: datetime, promised_at: datetime | None = None
) -> Task:
    """Return the task of an agency that is to answer for a case from now on."""
    limits = rules.clocks.limits(case.tier, case.topic, urgent=case.urgent)
    task = Task(
        n=len(case.tasks) + 1,
        agency=agency,
        role=TaskRole.LEAD,
        status=TaskStatus.OFFERED,
        opened_at=now,
        accept_by=limits.accept.after(rules.calendar, now),
        progress_by=limits.progress.after(rules.calendar, now) if limits.progress else None,
        due_at=due_at,
        promised_at=promised_at or due_at,
    )
    return replace(task, remind_at=remind_due(case, task, rules, now))


def take(case: Case, task: Task, rules: Ruleset, *, now: datetime, actor: str, officer: int) -> tuple[Case, CaseEvent]:
    """Take a task; it is assigned to who takes it."""
    partner = task if task.role is TaskRole.PARTNER else None
    kind = _E.PARTNER_ACCEPTED if partner else _E.ACCEPTED
    case, event = change(case, kind, now=now, actor=actor, agency=task.agency, about=partner)
    taken = case.nth(task.n)
    taken = replace(taken, officer=officer, announced_at=taken.announced_at or now)
    return on_the_clock(case.keep(taken), rules, now), event


def refer(
    case: Case, to: str, rules: Ruleset, *, now: datetime, actor: str, note: str, charged: bool = True
) -> tuple[Case, CaseEvent]:
    """Pass a case on; until it is taken, or the hours for that are over, the sender's clock runs.

    Without ``charged`` the receiver's runs at once: the sender had no part in it.
    """
    kind = _E.SENT_TO_DESK if to == rules.desk else _E.REFERRED
    if case.status is CaseStatus.WAITING_FOR_CITIZEN:
        case = _after_wait(case, rules, now)
    sent = case.lead
    opens = lead_task(case, to, rules, now, due_at=sent.due_at, promised_at=sent.promised_at)
    opens = replace(opens, sender=sent.n if charged else None)
    case, event = change(case, kind, now=now, actor=actor, note=note, opens=opens, agency=sent.agency)
    # That somebody is complained about stays true, whoever has the case.
    reason = case.reason if case.restricted or case.of_office else str(Reason.COMPETENT)
    return on_the_clock(replace(case, reason=reason), rules, now), event


def ask(case: Case, question: str, rules: Ruleset, *, now: datetime, actor: str) -> tuple[Case, CaseEvent]:
    """Ask the citizen; the clock stands still until the reply, or until the allowed time is over."""
    case, event = change(case, _E.CITIZEN_ASKED, now=now, actor=actor, note=question)
    calendar, days = rules.calendar, rules.clocks.updates.question_days
    # Repeated once, then the work goes on without a reply.
    again, lapses = (calendar.at_opening(calendar.add_working_days(now, n * days)) for n in (1, 2))
    lapses = min(lapses, calendar.add_working_hours(now, _allowance(case, rules) / timedelta(hours=1)))
    case = replace(case, question=question, asked_at=now, next_update_at=again if again < lapses else None)
    return case.keep(replace(case.lead, remind_at=lapses)), event


def may_ask(case: Case, rules: Ruleset) -> bool:
    """Say whether the clock may stand still once more."""
    return _allowance(case, rules) > _NOTHING


def _allowance(case: Case, rules: Ruleset) -> timedelta:
    return rules.clocks.updates.pause_days * _working_day(rules.calendar) - case.pause


def _working_day(calendar: Calendar) -> timedelta:
    some_day = date.min
    return sum(
        (datetime.combine(some_day, closes) - datetime.combine(some_day, opens) for opens, closes in calendar.hours),
        _NOTHING,
    )


def resume(
    case: Case, kind: EventKind, rules: Ruleset, *, now: datetime, actor: str, note: str = ""
) -> tuple[Case, CaseEvent]:
    """Go on after a question, with a reply or without; the promised date is put off by the time it stood still."""
    case, event = change(case, kind, now=now, actor=actor, note=note)
    return on_the_clock(_after_wait(case, rules, now), rules, now), event


def _after_wait(case: Case, rules: Ruleset, now: datetime) -> Case:
    """Put the promised date off by the working time that was waited for the citizen, within what is allowed."""
    stood = min(rules.calendar.working_time(case.asked_at or now, now), _allowance(case, rules))
    pause, lead = case.pause + stood, case.lead
    due, promised = (_put_off(moment, case.pause, pause, case, rules) for moment in (lead.due_at, lead.promised_at))
    return replace(case.keep(replace(lead, due_at=due, promised_at=promised)), due_at=due, pause=pause)


def _put_off(moment: datetime, before: timedelta, pause: timedelta, case: Case, rules: Ruleset) -> datetime:
    """Return a date that took a pause of ``before`` into account with the whole ``pause``.

    A limit in days moves by whole working days, the nearest to all that was waited: ten short questions move it by
    what they took together.
    """
    if not rules.clocks.limits(case.tier, case.topic, urgent=case.urgent).answer.days:
        return (
            rules.calendar.add_working_hours(moment, (pause - before) / timedelta(hours=1))
            if pause > before
            else moment
        )
    days = round(pause / _working_day(rules.calendar)) - round(before / _working_day(rules.calendar))
    return rules.calendar.add_working_days(moment, days) if days > 0 else moment


def latest_extension(case: Case, rules: Ruleset) -> datetime:
    """Return the last day to which the promised date can be moved."""
    return rules.calendar.add_working_days(case.lead.promised_at, rules.clocks.updates.extension_days)


def extend(
    case: Case, due_at: datetime, reason: str, rules: Ruleset, *, now: datetime, actor: str
) -> tuple[Case, CaseEvent]:
    """Move the promised date, once; what was promised first stays known."""
    note = f"{case.due_at.isoformat()} {due_at.isoformat()} {reason}"
    case, event = change(case, _E.EXTENDED, now=now, actor=actor, note=note)
    task = replace(case.lead, due_at=due_at, progressed_at=now)
    return on_the_clock(replace(case.keep(task), due_at=due_at, extension=reason), rules, now), event


def progress(case: Case, note: str, rules: Ruleset, *, now: datetime, actor: str) -> tuple[Case, CaseEvent]:
    """Tell the citizen how it stands; the date stays."""
    case, event = change(case, _E.PROGRESSED, now=now, actor=actor, note=note)
    return on_the_clock(case.keep(replace(case.lead, progressed_at=now)), rules, now), event


def propose(
    case: Case, words: str, photos: tuple[Photo, ...], rules: Ruleset, *, now: datetime, actor: str
) -> tuple[Case, CaseEvent]:
    """Put an answer before the agency's lead; a question that is still open is not waited for any more."""
    if case.status is CaseStatus.WAITING_FOR_CITIZEN:
        case = _after_wait(case, rules, now)
    case, event = change(case, _E.ANSWER_PROPOSED, now=now, actor=actor, note=words)
    return on_the_clock(case.keep(replace(case.lead, reply=words, photos=photos)), rules, now), event


def answer(case: Case, words: str, rules: Ruleset, *, now: datetime, actor: str) -> tuple[Case, CaseEvent]:
    """Answer the citizen, who is to judge it."""
    if case.status is CaseStatus.WAITING_FOR_CITIZEN:
        case = _after_wait(case, rules, now)
    case, event = change(case, _E.ANSWERED, now=now, actor=actor, note=words)
    silence = now + timedelta(days=rules.clocks.updates.silence_days)
    return replace(case, answer=words, answered_at=now, next_update_at=silence), event


def reopen(
    case: Case, rules: Ruleset, *, now: datetime, note: str, actor: str = "citizen"
) -> tuple[Case, list[CaseEvent]]:
    """Take a case up again because its citizen says so; after too many times the desk decides.

    Returns the case and what happened, in order.
    """
    due = deadline(rules, case.tier, now, topic=case.topic, urgent=case.urgent)
    last = case.lead
    again = replace(
        lead_task(case, last.agency, rules, now, due_at=due),
        status=TaskStatus.ACCEPTED,
        accepted_at=now,
        # Of a restricted case it is looked again whether anybody may see it.
        announced_at=None if case.restricted else now,
        officer=last.officer,
    )
    case, event = change(case, _E.DISPUTED, now=now, actor=actor, note=note, opens=again)
    case = replace(
        case, reopened=case.reopened + 1, due_at=due, counted_from=now, pause=_NOTHING, extension=None,
        clocked_by=rules.clocks.version,
    )  # fmt: skip
    happened = [event]
    if case.reopened > rules.clocks.updates.reopenings and not case.restricted and case.agency != rules.desk:
        case, sent = refer(case, rules.desk, rules, now=now, actor="rules", note=note)
        happened.append(sent)
    return on_the_clock(case, rules, now), happened


def call_partner(
    case: Case, agency: str, question: str, due_at: datetime, rules: Ruleset, *, now: datetime, actor: str
) -> tuple[Case, CaseEvent]:
    """Call another agency in with a question and a date; the lead goes on answering for the case."""
    limits = rules.clocks.limits(case.tier, case.topic, urgent=case.urgent)
    task = Task(
        n=len(case.tasks) + 1,
        agency=agency,
        role=TaskRole.PARTNER,
        status=TaskStatus.OFFERED,
        opened_at=now,
        accept_by=limits.accept.after(rules.calendar, now),
        progress_by=None,
        due_at=due_at,
        promised_at=due_at,
        question=question,
    )
    task = replace(task, remind_at=remind_due(case, task, rules, now))
    return change(case, _E.PARTNER_CALLED, now=now, actor=actor, note=f"{agency}: {question}", opens=task)


def reply_as_partner(
    case: Case, task: Task, words: str, *, now: datetime, actor: str, declines: bool = False
) -> tuple[Case, CaseEvent]:
    """Reply to the lead; the citizen gets one answer, the lead's."""
    kind = _E.PARTNER_DECLINED if declines else _E.PARTNER_REPLIED
    case, event = change(case, kind, now=now, actor=actor, note=words, agency=task.agency, about=task)
    done = case.nth(task.n)
    return case.keep(replace(done, reply=words)), event


def merge(case: Case, into: Case, *, now: datetime, actor: str) -> tuple[Case, CaseEvent]:
    """End a case that is the same problem as another one, which goes on for both."""
    case, event = change(case, _E.MERGED, now=now, actor=actor, note=into.number)
    return replace(case, merged_into=into.number, next_update_at=None), event


def split(case: Case, agency: str, rules: Ruleset, *, now: datetime, actor: str) -> tuple[Case, CaseEvent]:
    """Undo a merging: the case goes on by itself, with an agency and a date of its own."""
    due = deadline(rules, case.tier, now, topic=case.topic, urgent=case.urgent)
    opens = lead_task(case, agency, rules, now, due_at=due)
    case, event = change(case, _E.SPLIT, now=now, actor=actor, note=case.merged_into or "", opens=opens)
    case = replace(
        case, merged_into=None, due_at=due, counted_from=now, pause=_NOTHING, clocked_by=rules.clocks.version
    )
    return on_the_clock(case, rules, now), event


def succeed(case: Case, ended: Case, rules: Ruleset, *, now: datetime) -> tuple[Case, list[CaseEvent]]:
    """Let a merged case go on in the place of the one it was merged into: same agency, same dates, same answer."""
    lead = ended.lead
    opens = lead_task(case, lead.agency, rules, now, due_at=lead.due_at, promised_at=lead.promised_at)
    case, event = change(case, _E.SPLIT, now=now, actor="rules", note=ended.number, opens=opens)
    happened = [event]
    case = replace(
        case, merged_into=None, due_at=lead.due_at, counted_from=ended.counted_from, pause=ended.pause,
        clocked_by=ended.clocked_by, extension=ended.extension, answer=ended.answer, answered_at=ended.answered_at,
    )  # fmt: skip
    if lead.accepted_at:
        case, event = change(case, _E.ACCEPTED, now=now, actor="rules")
        case = case.keep(replace(case.lead, officer=lead.officer, announced_at=now))
        happened.append(event)
    if ended.status is CaseStatus.ANSWERED:
        case, event = change(case, _E.ANSWERED, now=now, actor="rules", note=ended.answer or "")
        case = replace(case, next_update_at=now + timedelta(days=rules.clocks.updates.silence_days))
        happened.append(event)
    return on_the_clock(case, rules, now), happened


def as_followed(own: Case, into: Case) -> Case:
    """Return a merged case as its citizen sees it: how the one it goes on in stands."""
    if own.number == into.number:
        return own
    return replace(
        own,
        # What the other citizen was asked is not asked of this one.
        status=CaseStatus.ACCEPTED if into.status is CaseStatus.WAITING_FOR_CITIZEN else into.status,
        agency=into.agency,
        due_at=into.due_at,
        answer=into.answer,
        outcome=into.outcome,
        question=None,
        tasks=into.tasks,
    )


def inherit(case: Case, rules: Ruleset, *, now: datetime) -> tuple[Case, list[CaseEvent]]:
    """Hand what dissolved agencies have to do over to their heirs, dates and all; nobody gets what he must not have."""

    def heir(agency: str) -> str:
        if agency not in rules.heirs:
            return agency
        return heir_of(agency, rules, restricted=case.restricted, accused=case.accused, commune=case.commune).id

    went_on, happened = case, []
    for task in case.tasks:
        if task.status in OPEN_TASK and task.agency in rules.heirs:
            opens = replace(
                task,
                n=len(went_on.tasks) + 1,
                agency=heir(task.agency),
                opened_at=now,
                charged=_NOTHING,
                # Seats go along, but not to where they must not have the case.
                officer=task.officer if heir(task.agency) == rules.heirs[task.agency] else None,
                announced_at=None,
            )
            note = f"{task.agency} {opens.agency}"
            went_on, event = change(went_on, _E.INHERITED, now=now, actor="rules", note=note, about=task, opens=opens)
            happened.append(event)
    return replace(went_on, watch=tuple(dict.fromkeys(map(heir, case.watch)))), happened


def recompute(case: Case, rules: Ruleset, *, now: datetime) -> tuple[Case, CaseEvent | None]:
    """Count an open deadline anew by rules that changed; an extension that was granted stays. None: it is the same."""
    lead = case.lead
    due = deadline(rules, case.tier, case.counted_from or case.filed_at, topic=case.topic, urgent=case.urgent)
    promised = _put_off(due, _NOTHING, case.pause, case, rules)
    case = replace(case, clocked_by=rules.clocks.version)
    if promised == lead.promised_at:
        return case, None
    due_at = max(promised, lead.due_at) if case.extension else promised
    note = f"{case.due_at.isoformat()} {due_at.isoformat()}"
    case, event = change(case, _E.RECOMPUTED, now=now, actor="rules", note=note)
    case = replace(case.keep(replace(case.lead, due_at=due_at, promised_at=promised)), due_at=due_at)
    return (case if case.status is CaseStatus.WAITING_FOR_CITIZEN else on_the_clock(case, rules, now)), event


# When people hear.


def news_due(rules: Ruleset, case: Case, now: datetime) -> datetime:
    """Return when news of a case may be told: at once when it is urgent, else outside quiet hours."""
    return now if case.urgent else rules.calendar.after_quiet(now)


def update_due(rules: Ruleset, due_at: datetime, now: datetime) -> datetime:
    """Return when the citizen hears next although nothing changed.

    The morning of the working day before the promised one, that of the promised one, then every few working days.
    """
    updates, calendar = rules.clocks.updates, rules.calendar
    for days_before in (updates.before_days, 0):
        day = calendar.add_working_days(due_at, -days_before)
        moment = calendar.at_opening(day)
        if now < moment < due_at:
            return moment
    if now < due_at:
        return due_at
    return calendar.at_opening(calendar.add_working_days(now, updates.overdue_every_days))


def on_the_clock(case: Case, rules: Ruleset, now: datetime) -> Case:
    """Return a case at work with its next update and its tasks' next reminders set from their limits."""
    if case.status not in OPEN:
        return case
    tasks = [
        replace(task, remind_at=remind_due(case, task, rules, now)) for task in case.tasks if task.status in OPEN_TASK
    ]
    return replace(case.keep(*tasks), next_update_at=update_due(rules, case.due_at, now))


def remind_due(case: Case, task: Task, rules: Ruleset, now: datetime) -> datetime | None:
    """Return when somebody is next to be told that a limit is near or missed."""
    moments = [
        moment
        for step in rules.clocks.escalation
        if (limit := _limit(case, task, step.limit, rules))
        for moment in step.moments(rules.calendar, limit, now)
        if moment > now
    ]
    return min(moments, default=None)


def steps_due(case: Case, task: Task, rules: Ruleset, now: datetime) -> list[Escalation]:
    """Return the steps that came due since the reminder was set; that a limit is near is not told once it is past."""
    since = task.remind_at or now
    return [
        step
        for step in rules.clocks.escalation
        if (limit := _limit(case, task, step.limit, rules))
        and not (step.before_days and limit <= now)
        and any(since <= moment <= now for moment in step.moments(rules.calendar, limit, now))
    ]


def _limit(case: Case, task: Task, name: str, rules: Ruleset) -> datetime | None:
    """Return a limit of a task that is not met yet; None when it is, or does not concern it."""
    lead = task.role is TaskRole.LEAD
    match name:
        case "accept" if task.accepted_at is None:
            return task.accept_by
        case "progress" if lead and task.accepted_at and task.progressed_at is None:
            return task.progress_by
        case "answer" if lead:
            return task.due_at
        case "reply" if not lead:
            return task.due_at
        case "notice" if lead and not any(one.accepted_at for one in case.tasks):
            return rules.clocks.notice.after(rules.calendar, case.filed_at)
    return None
