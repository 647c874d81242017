"""Cases: what may happen to one, by whom it is owned, and until when."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.concerns import ConcernKind
from domain.rulesets import Ruleset


class CaseStatus(StrEnum):
    """Where a case stands."""

    #: The desk decides whose it is.
    IN_TRIAGE = "in_triage"
    #: With an agency that has not accepted it yet.
    REFERRED = "referred"
    #: The agency works on it.
    ACCEPTED = "accepted"
    #: A question to the citizen is open.
    WAITING_FOR_CITIZEN = "waiting_for_citizen"
    #: The agency has answered; the citizen has not judged yet.
    ANSWERED = "answered"
    #: The end; see the outcome.
    CLOSED = "closed"


class Outcome(StrEnum):
    """How a case ended."""

    #: The citizen said it is done.
    CONFIRMED = "confirmed"
    #: The citizen stayed silent. Never counted as satisfied.
    UNCONFIRMED = "unconfirmed"
    #: The citizen took it back.
    WITHDRAWN = "withdrawn"


class EventKind(StrEnum):
    """What happened to a case. Past tense; one row of its history each."""

    FILED = "filed"
    ADDED = "added"
    REFERRED = "referred"
    ACCEPTED = "accepted"
    CITIZEN_ASKED = "citizen_asked"
    CITIZEN_REPLIED = "citizen_replied"
    QUESTION_LAPSED = "question_lapsed"
    ANSWERED = "answered"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    CLOSED_UNCONFIRMED = "closed_unconfirmed"
    WITHDRAWN = "withdrawn"
    ESCALATED = "escalated"
    #: An officer set another topic; the note says from which to which.
    CORRECTED = "corrected"


_S, _E = CaseStatus, EventKind
#: What may happen in which status, and where it leads. Everything else is refused.
TRANSITIONS: dict[tuple[CaseStatus, EventKind], CaseStatus] = {
    (_S.IN_TRIAGE, _E.ADDED): _S.IN_TRIAGE,
    (_S.IN_TRIAGE, _E.REFERRED): _S.REFERRED,
    (_S.IN_TRIAGE, _E.ACCEPTED): _S.ACCEPTED,
    (_S.IN_TRIAGE, _E.WITHDRAWN): _S.CLOSED,
    (_S.IN_TRIAGE, _E.ESCALATED): _S.IN_TRIAGE,
    (_S.REFERRED, _E.ADDED): _S.REFERRED,
    (_S.REFERRED, _E.REFERRED): _S.REFERRED,
    (_S.REFERRED, _E.ACCEPTED): _S.ACCEPTED,
    (_S.REFERRED, _E.WITHDRAWN): _S.CLOSED,
    (_S.REFERRED, _E.ESCALATED): _S.REFERRED,
    (_S.ACCEPTED, _E.ADDED): _S.ACCEPTED,
    (_S.ACCEPTED, _E.REFERRED): _S.REFERRED,
    (_S.ACCEPTED, _E.CITIZEN_ASKED): _S.WAITING_FOR_CITIZEN,
    (_S.ACCEPTED, _E.ANSWERED): _S.ANSWERED,
    (_S.ACCEPTED, _E.WITHDRAWN): _S.CLOSED,
    (_S.ACCEPTED, _E.ESCALATED): _S.ACCEPTED,
    (_S.WAITING_FOR_CITIZEN, _E.ADDED): _S.WAITING_FOR_CITIZEN,
    (_S.WAITING_FOR_CITIZEN, _E.CITIZEN_REPLIED): _S.ACCEPTED,
    (_S.WAITING_FOR_CITIZEN, _E.QUESTION_LAPSED): _S.ACCEPTED,
    (_S.WAITING_FOR_CITIZEN, _E.ANSWERED): _S.ANSWERED,
    (_S.WAITING_FOR_CITIZEN, _E.WITHDRAWN): _S.CLOSED,
    (_S.WAITING_FOR_CITIZEN, _E.ESCALATED): _S.WAITING_FOR_CITIZEN,
    (_S.ANSWERED, _E.ADDED): _S.ANSWERED,
    (_S.ANSWERED, _E.CONFIRMED): _S.CLOSED,
    (_S.ANSWERED, _E.DISPUTED): _S.ACCEPTED,
    (_S.ANSWERED, _E.CLOSED_UNCONFIRMED): _S.CLOSED,
    (_S.ANSWERED, _E.WITHDRAWN): _S.CLOSED,
    (_S.CLOSED, _E.DISPUTED): _S.ACCEPTED,
    **{(status, _E.CORRECTED): status for status in _S if status is not _S.CLOSED},
}

_OUTCOMES = {
    EventKind.CONFIRMED: Outcome.CONFIRMED,
    EventKind.CLOSED_UNCONFIRMED: Outcome.UNCONFIRMED,
    EventKind.WITHDRAWN: Outcome.WITHDRAWN,
}

#: The agency works, or ought to: its deadline counts.
OPEN = frozenset({CaseStatus.IN_TRIAGE, CaseStatus.REFERRED, CaseStatus.ACCEPTED, CaseStatus.WAITING_FOR_CITIZEN})


@dataclass(frozen=True, slots=True)
class NotAllowedError(Exception):
    """The case is not in a status in which this can happen."""

    status: CaseStatus
    event: EventKind


@dataclass(frozen=True, slots=True)
class Case:
    """A filed concern. Holds no identity: only the id of the conversation it came from."""

    #: Row id, 0 until stored.
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
    #: Agency id that owns it. A case is never without one.
    agency: str
    #: Agency ids that follow it and are told when it is late.
    watch: tuple[str, ...]
    #: Why this agency: topic, place, legal basis.
    reason: str
    filed_at: datetime
    #: By when the citizen was promised an answer.
    due_at: datetime
    #: When the citizen hears next, whatever happens; None when closed or answered.
    next_update_at: datetime | None
    #: When the agency is reminded next; None when it need not be.
    remind_at: datetime | None
    #: When the agency was told of the case; None while it waits for the next digest.
    announced_at: datetime | None
    #: Rules that decided it.
    ruleset: str
    #: How often an agency said "not ours".
    referrals: int = 0
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


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """A row of a case's history."""

    case_id: int
    kind: EventKind
    at: datetime
    #: "citizen", "rules", "clock", "officer:<id>".
    actor: str
    #: Agency on whose clock it happened.
    agency: str
    #: Reason, question or answer, in the words of whoever acted.
    note: str = ""


def allowed(status: CaseStatus, event: EventKind) -> bool:
    """Say whether the event may happen in the status."""
    return (status, event) in TRANSITIONS


def change(case: Case, event: EventKind, *, now: datetime, actor: str, note: str = "") -> tuple[Case, CaseEvent]:
    """Move a case along the transition table. Raises NotAllowedError when the table has no such row."""
    status = TRANSITIONS.get((case.status, event))
    if status is None:
        raise NotAllowedError(case.status, event)
    happened = CaseEvent(case.id, event, now, actor, case.agency, note)
    return replace(case, status=status, outcome=_OUTCOMES.get(event)), happened


def deadline(rules: Ruleset, tier: str, start: datetime) -> datetime:
    """Return by when a case of this tier is to be answered."""
    limits = rules.clocks["tiers"][tier]
    if "hours" in limits:
        return rules.calendar.add_working_hours(start, limits["hours"])
    return rules.calendar.add_working_days(start, limits["days"])


def news_due(rules: Ruleset, case: Case, now: datetime) -> datetime:
    """Return when news of a case may be told: at once when it is urgent, else outside quiet hours."""
    return now if case.urgent else rules.calendar.after_quiet(now)


def update_due(rules: Ruleset, due_at: datetime, now: datetime) -> datetime:
    """Return when the citizen hears next although nothing changed.

    The morning of the working day before the promised one, that of the promised one, then every few working days.
    """
    updates, calendar = rules.clocks["updates"], rules.calendar
    for days_before in (updates["before_days"], 0):
        day = calendar.add_working_days(due_at, -days_before)
        moment = calendar.at_opening(day)
        if now < moment < due_at:
            return moment
    if now < due_at:
        return due_at
    return calendar.at_opening(calendar.add_working_days(now, updates["overdue_every_days"]))


def remind_due(rules: Ruleset, tier: str, due_at: datetime, now: datetime) -> datetime:
    """Return when the agency is reminded of an open case: ahead of the deadline, at it, then every few working days."""
    updates, calendar = rules.clocks["updates"], rules.calendar
    if "hours" not in rules.clocks["tiers"][tier]:
        early = calendar.at_opening(calendar.add_working_days(due_at, -updates["remind_days"]))
        if now < early:
            return early
    if now < due_at:
        return due_at
    return calendar.at_opening(calendar.add_working_days(now, updates["escalate_every_days"]))
