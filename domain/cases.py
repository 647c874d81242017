"""Cases and the tasks agencies have with them: who owns one, until when, and on whose clock its time runs."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.concerns import ConcernKind
from domain.messages import Photo
from domain.transitions import (
    ENDS_PARTNERS,
    MOVES,
    OF_PARTNERS,
    OPEN_TASK,
    OUTCOMES,
    TASK_TRANSITIONS,
    TRANSITIONS,
    VERDICTS,
    CaseStatus,
    EventKind,
    Outcome,
    TaskRole,
    TaskStatus,
)

#: Whose clock an event leaves running when it is not an agency's: the citizen's; nobody's once the case has ended.
CITIZEN, NOBODY = "citizen", ""
_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class NotAllowedError(Exception):
    """The case is not in a status in which this can happen."""

    status: CaseStatus
    event: EventKind


@dataclass(frozen=True, slots=True)
class Task:
    """What one agency has to do with a case, with a clock of its own."""

    #: 1, 2, … within its case.
    n: int
    agency: str
    role: TaskRole
    status: TaskStatus
    opened_at: datetime
    #: By when it is to be taken, the citizen told how it stands, and the answer (a partner's reply) given.
    accept_by: datetime
    progress_by: datetime | None
    due_at: datetime
    #: ``due_at`` without extension: "on time" is counted by both.
    promised_at: datetime
    #: Task of the agency that passed it on, while the time until it is taken is charged to that one.
    sender: int | None = None
    accepted_at: datetime | None = None
    #: When the citizen was last told how it stands.
    progressed_at: datetime | None = None
    ended_at: datetime | None = None
    #: When the agency was told of it; None while it waits for the next digest.
    announced_at: datetime | None = None
    #: When somebody is reminded of it next; None when nobody need be.
    remind_at: datetime | None = None
    #: The seat it is assigned to; None while it is anybody's.
    officer: int | None = None
    #: Time of the case charged to it. That of partners is within the lead's and charged to nobody.
    charged: timedelta = _NOTHING
    #: The event it began and ended with; how the citizen judged the answer it ended with. For counting.
    opened_by: EventKind = EventKind.FILED
    ended_by: EventKind | None = None
    verdict: EventKind | None = None
    #: What the lead asks a partner.
    question: str = ""
    #: What a partner replied; of a lead the answer that waits for approval, and its pictures.
    reply: str = ""
    photos: tuple[Photo, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A filed concern. Holds no identity: only the id of the conversation it came from."""

    #: Row id, known before it is stored.
    id: int
    #: What people quote: "TN26-0004-175".
    number: str
    #: The citizen's conversation; None after erasure.
    conversation_id: int | None
    status: CaseStatus
    kind: ConcernKind
    topic: str | None
    tier: str
    urgent: bool
    restricted: bool
    #: Code of the commune, None when unknown.
    commune: str | None
    #: The finer place in the citizen's words.
    detail: str | None
    #: What the citizen wrote, private data masked, all parts.
    text: str
    #: Agency id that owns it: that of its lead's task. A case is never without one.
    agency: str
    #: Agency ids that follow it and are told when it is late.
    watch: tuple[str, ...]
    #: Why this agency: topic, place, legal basis.
    reason: str
    filed_at: datetime
    #: By when the citizen is promised an answer.
    due_at: datetime
    #: When the citizen hears next, whatever happens; None when closed.
    next_update_at: datetime | None
    #: Rules that decided it.
    ruleset: str
    #: What agencies had and have to do with it, oldest first.
    tasks: tuple[Task, ...] = ()
    #: Task on whose clock time runs, since when; None: it waits on the citizen, or has ended.
    clock: int | None = None
    clock_at: datetime | None = None
    #: Time in which no agency's clock ran.
    paused: timedelta = _NOTHING
    #: Working time the promised date was put off for the citizen's replies, since ``counted_from``.
    pause: timedelta = _NOTHING
    #: What the promised date is counted from: filing, or the last "not done".
    counted_from: datetime | None = None
    #: Version of the clock rules that say so.
    clocked_by: str = ""
    #: Why the promised date was moved; it can be once.
    extension: str | None = None
    #: How often an agency said "not ours".
    referrals: int = 0
    #: How often the citizen said "not done".
    reopened: int = 0
    outcome: Outcome | None = None
    answer: str | None = None
    answered_at: datetime | None = None
    #: Latest question to the citizen.
    question: str | None = None
    asked_at: datetime | None = None
    location: tuple[float, float] | None = None
    photos: tuple[str, ...] = ()
    #: Only when the citizen gave it for this case.
    phone: str | None = None
    #: Version of the reader whose reading it came from; None when nothing was read.
    read_by: str | None = None
    #: Number of the case it was merged into.
    merged_into: str | None = None
    #: Body complained about: no office of it ever has the case.
    accused: str | None = None
    #: Filed by a village head for somebody who has not taken it over yet.
    on_behalf: bool = False
    #: How the citizen found it was handled, from 1 to 3, apart from the result.
    rating: int | None = None

    @property
    def lead(self) -> Task:
        """The task of the agency that owns it."""
        return next(task for task in reversed(self.tasks) if task.role is TaskRole.LEAD)

    @property
    def of_office(self) -> bool:
        """Whether an office opened it for a matter (`routing.Reason.MATTER`): no citizen waits for it."""
        return self.reason == "matter"

    @property
    def partners(self) -> tuple[Task, ...]:
        """The partners' tasks that are still open."""
        return tuple(task for task in self.tasks if task.role is TaskRole.PARTNER and task.status in OPEN_TASK)

    def nth(self, n: int) -> Task:
        """Return a task as it is now."""
        return next(task for task in self.tasks if task.n == n)

    def task_of(self, agency: str) -> Task | None:
        """Return what the agency has to do with it now: as its lead, or as a partner."""
        if agency == self.agency:
            return self.lead
        return next((task for task in self.partners if task.agency == agency), None)

    def keep(self, *tasks: Task) -> "Case":
        """Return the case with tasks put in the place of their older selves, or added."""
        kept = {task.n: task for task in (*self.tasks, *tasks)}
        return replace(self, tasks=tuple(kept.values()))


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """A row of a case's history."""

    case_id: int
    kind: EventKind
    at: datetime
    #: "citizen", "rules", "clock", "officer:<id>".
    actor: str
    #: Agency whose deed it is, or that had the case.
    agency: str
    #: Reason, question or answer, in the words of whoever acted.
    note: str = ""
    #: Whose clock runs from here on: an agency's id, CITIZEN or NOBODY.
    clock: str = NOBODY


def allowed(case: Case, kind: EventKind) -> bool:
    """Say whether the event may happen to the case now."""
    if (case.status, kind) not in TRANSITIONS:
        return False
    if case.outcome is Outcome.MERGED and kind in (EventKind.DISPUTED, EventKind.RATED):
        return kind is EventKind.RATED
    if kind is EventKind.SPLIT:
        return case.outcome is Outcome.MERGED
    return kind not in MOVES or kind in OF_PARTNERS or (case.lead.status, kind) in TASK_TRANSITIONS


def change(  # noqa: PLR0913 - what happened, each by name
    case: Case,
    kind: EventKind,
    *,
    now: datetime,
    actor: str,
    note: str = "",
    agency: str | None = None,
    about: Task | None = None,
    opens: Task | None = None,
) -> tuple[Case, CaseEvent]:
    """Move a case along the transition tables, its time settled to whose it is.

    ``agency`` is whose deed it is, the owner's if not told; ``about`` the task it moves when that is not the lead's;
    ``opens`` a task that begins with it. Raises NotAllowedError when the tables have no such row.
    """
    if not allowed(case, kind):
        raise NotAllowedError(case.status, kind)
    deed = agency or case.agency
    case = _settled(case, now)
    status, ended = TRANSITIONS[case.status, kind], OUTCOMES.get(kind, case.outcome)
    if kind in VERDICTS:
        case = case.keep(replace(case.lead, verdict=kind))
    begun = (replace(opens, opened_by=kind),) if opens else ()
    case = case.keep(*_moved(case, kind, about, now), *begun)
    case = replace(case, status=status, outcome=ended if status is CaseStatus.CLOSED else None)
    case = replace(case, agency=case.lead.agency, clock=_charged(case))
    return case, CaseEvent(case.id, kind, now, actor, deed, note, clock_of(case))


def clock_of(case: Case) -> str:
    """Return on whose clock the time of a case runs."""
    if case.clock is not None:
        return case.nth(case.clock).agency
    return NOBODY if case.status is CaseStatus.CLOSED else CITIZEN


def opened(case: Case, now: datetime) -> Case:
    """Return a case that was just filed, its clock started."""
    return replace(case, clock=_charged(case), clock_at=now)


def _settled(case: Case, now: datetime) -> Case:
    """Charge the time since the last event to whose clock ran. Processes' clocks differ: time never runs back."""
    since = case.clock_at or case.filed_at
    passed = max(now - since, _NOTHING)
    if case.clock is None:
        return replace(case, clock_at=since + passed, paused=case.paused + passed)
    charged = case.nth(case.clock)
    return replace(case.keep(replace(charged, charged=charged.charged + passed)), clock_at=since + passed)


def _moved(case: Case, kind: EventKind, about: Task | None, now: datetime) -> list[Task]:
    """Return the tasks that the event moves, as they are after it."""
    if kind not in MOVES:
        return []
    about = case.nth(about.n) if about else case.lead
    moved = [_step(about, TASK_TRANSITIONS[about.status, kind], kind, now)]
    if kind is EventKind.HANDOFF_LAPSED:
        moved = [replace(about, sender=None)]
    if kind in ENDS_PARTNERS:
        moved += [_step(task, TaskStatus.ENDED, kind, now) for task in case.partners]
    return moved


def _step(task: Task, status: TaskStatus, kind: EventKind, now: datetime) -> Task:
    taken = status is TaskStatus.ACCEPTED and task.accepted_at is None
    if status in OPEN_TASK:
        return replace(task, status=status, accepted_at=now if taken else task.accepted_at)
    if task.ended_at:  # what became of the case changes nothing about a task that was done
        return replace(task, status=status)
    return replace(task, status=status, ended_at=now, ended_by=kind, remind_at=None)


def _charged(case: Case) -> int | None:
    """Return the task whose clock runs: that of the sender until what was passed on is taken."""
    if case.status in (CaseStatus.WAITING_FOR_CITIZEN, CaseStatus.ANSWERED, CaseStatus.CLOSED):
        return None
    lead = case.lead
    return lead.sender if lead.status is TaskStatus.OFFERED and lead.sender is not None else lead.n
