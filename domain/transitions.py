"""What may happen to a case and to an agency's task, and where it leads. Everything that is not here is refused."""

from enum import StrEnum


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
    #: The citizen said it is done in part, and let it rest.
    PARTLY = "partly"
    #: The citizen stayed silent. Never counted as satisfied.
    UNCONFIRMED = "unconfirmed"
    #: The desk declined it with a reason.
    DECLINED = "declined"
    #: It is the same problem as another case, which goes on.
    MERGED = "merged"
    #: The citizen took it back.
    WITHDRAWN = "withdrawn"


class TaskRole(StrEnum):
    """What an agency has to do with a case."""

    #: It answers for the case. A case has one lead at a time.
    LEAD = "lead"
    #: It was called in by the lead, with a question and a date.
    PARTNER = "partner"


class TaskStatus(StrEnum):
    """Where an agency's task stands."""

    #: The agency has hours to take it.
    OFFERED = "offered"
    ACCEPTED = "accepted"
    #: A question to the citizen is open: the clock stands still.
    PAUSED = "paused"
    #: The answer waits for the agency's lead to approve it.
    SUBMITTED = "submitted"
    #: Answered, or replied to the lead.
    DONE = "done"
    #: Passed on to another agency.
    RETURNED = "returned"
    #: The case ended without it.
    ENDED = "ended"


class EventKind(StrEnum):
    """What happened to a case. Past tense; one row of its history each."""

    FILED = "filed"
    ADDED = "added"
    REFERRED = "referred"
    #: "Not ours" for the second time, "not done" for the second time: the desk decides.
    SENT_TO_DESK = "sent_to_desk"
    #: The hours to take a case that was passed on are over: from here on the receiver's clock runs.
    HANDOFF_LAPSED = "handoff_lapsed"
    ACCEPTED = "accepted"
    CITIZEN_ASKED = "citizen_asked"
    CITIZEN_REPLIED = "citizen_replied"
    QUESTION_LAPSED = "question_lapsed"
    PROGRESSED = "progressed"
    EXTENDED = "extended"
    ANSWER_PROPOSED = "answer_proposed"
    ANSWER_RETURNED = "answer_returned"
    ANSWERED = "answered"
    CONFIRMED = "confirmed"
    #: The citizen let it rest although it is done in part only.
    SETTLED_PARTLY = "settled_partly"
    #: The citizen said "not done", or what is left to do.
    DISPUTED = "disputed"
    CLOSED_UNCONFIRMED = "closed_unconfirmed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    RATED = "rated"
    MERGED = "merged"
    SPLIT = "split"
    #: Another case was merged into this one, or split off it.
    FOLLOWED = "followed"
    UNFOLLOWED = "unfollowed"
    PARTNER_CALLED = "partner_called"
    PARTNER_ACCEPTED = "partner_accepted"
    PARTNER_REPLIED = "partner_replied"
    #: The partner says that it is not competent, and why.
    PARTNER_DECLINED = "partner_declined"
    ASSIGNED = "assigned"
    #: A note that only its agency reads.
    NOTED = "noted"
    #: An officer set another topic; the note says from which to which.
    CORRECTED = "corrected"
    ESCALATED = "escalated"
    #: The rules of the clocks changed, and the open deadline with them.
    RECOMPUTED = "recomputed"
    #: Its agency was dissolved or merged: the heir goes on with the same clock.
    INHERITED = "inherited"
    #: The citizen a village head wrote for goes on by himself.
    TAKEN_OVER = "taken_over"


_S, _T, _E = CaseStatus, TaskStatus, EventKind

#: The agency works, or ought to: its deadline counts.
OPEN = frozenset({_S.IN_TRIAGE, _S.REFERRED, _S.ACCEPTED, _S.WAITING_FOR_CITIZEN})
#: The task is still to be done.
OPEN_TASK = frozenset({_T.OFFERED, _T.ACCEPTED, _T.PAUSED, _T.SUBMITTED})
_AT_WORK = (_S.ACCEPTED, _S.WAITING_FOR_CITIZEN)
_SHOWN = (*OPEN, _S.ANSWERED)

#: What may happen to a case in which status, and where it leads.
TRANSITIONS: dict[tuple[CaseStatus, EventKind], CaseStatus] = {
    # To whom it goes.
    **{(status, _E.REFERRED): _S.REFERRED for status in OPEN},
    **{(status, _E.SENT_TO_DESK): _S.IN_TRIAGE for status in OPEN - {_S.IN_TRIAGE}},
    (_S.IN_TRIAGE, _E.ACCEPTED): _S.ACCEPTED,
    (_S.REFERRED, _E.ACCEPTED): _S.ACCEPTED,
    (_S.IN_TRIAGE, _E.HANDOFF_LAPSED): _S.IN_TRIAGE,
    (_S.REFERRED, _E.HANDOFF_LAPSED): _S.REFERRED,
    # The work.
    (_S.ACCEPTED, _E.CITIZEN_ASKED): _S.WAITING_FOR_CITIZEN,
    (_S.WAITING_FOR_CITIZEN, _E.CITIZEN_REPLIED): _S.ACCEPTED,
    (_S.WAITING_FOR_CITIZEN, _E.QUESTION_LAPSED): _S.ACCEPTED,
    **{
        (status, kind): status
        for status in _AT_WORK
        for kind in (
            _E.PROGRESSED, _E.EXTENDED, _E.PARTNER_CALLED, _E.PARTNER_ACCEPTED, _E.PARTNER_REPLIED, _E.PARTNER_DECLINED,
        )
    },
    (_S.ACCEPTED, _E.ANSWER_PROPOSED): _S.ACCEPTED,
    (_S.WAITING_FOR_CITIZEN, _E.ANSWER_PROPOSED): _S.ACCEPTED,
    (_S.ACCEPTED, _E.ANSWER_RETURNED): _S.ACCEPTED,
    (_S.ACCEPTED, _E.ANSWERED): _S.ANSWERED,
    (_S.WAITING_FOR_CITIZEN, _E.ANSWERED): _S.ANSWERED,
    # The citizen's verdict, and the ends.
    (_S.ANSWERED, _E.CONFIRMED): _S.CLOSED,
    (_S.ANSWERED, _E.SETTLED_PARTLY): _S.CLOSED,
    (_S.ANSWERED, _E.CLOSED_UNCONFIRMED): _S.CLOSED,
    (_S.ANSWERED, _E.DISPUTED): _S.ACCEPTED,
    (_S.CLOSED, _E.DISPUTED): _S.ACCEPTED,
    (_S.ANSWERED, _E.RATED): _S.ANSWERED,
    (_S.CLOSED, _E.RATED): _S.CLOSED,
    (_S.IN_TRIAGE, _E.DECLINED): _S.CLOSED,
    **{(status, _E.WITHDRAWN): _S.CLOSED for status in _SHOWN},
    **{(status, _E.MERGED): _S.CLOSED for status in _SHOWN},
    (_S.CLOSED, _E.SPLIT): _S.REFERRED,
    # What changes no status.
    **{(status, kind): status for status in _SHOWN for kind in (_E.ADDED, _E.CORRECTED, _E.FOLLOWED, _E.UNFOLLOWED)},
    (_S.CLOSED, _E.ADDED): _S.CLOSED,
    (_S.CLOSED, _E.UNFOLLOWED): _S.CLOSED,
    **{(status, kind): status for status in OPEN for kind in (_E.ASSIGNED, _E.ESCALATED, _E.RECOMPUTED, _E.INHERITED)},
    **{(status, kind): status for status in _S for kind in (_E.NOTED, _E.TAKEN_OVER)},
}  # fmt: skip

#: What moves a task: the lead's, or that of the partner it is about.
TASK_TRANSITIONS: dict[tuple[TaskStatus, EventKind], TaskStatus] = {
    **{(status, kind): _T.RETURNED for status in OPEN_TASK for kind in (_E.REFERRED, _E.SENT_TO_DESK)},
    (_T.OFFERED, _E.HANDOFF_LAPSED): _T.OFFERED,
    (_T.OFFERED, _E.ACCEPTED): _T.ACCEPTED,
    (_T.ACCEPTED, _E.CITIZEN_ASKED): _T.PAUSED,
    (_T.PAUSED, _E.CITIZEN_REPLIED): _T.ACCEPTED,
    (_T.PAUSED, _E.QUESTION_LAPSED): _T.ACCEPTED,
    **{(status, _E.ANSWER_PROPOSED): _T.SUBMITTED for status in (_T.ACCEPTED, _T.PAUSED, _T.SUBMITTED)},
    (_T.SUBMITTED, _E.ANSWER_RETURNED): _T.ACCEPTED,
    **{(status, _E.ANSWERED): _T.DONE for status in (_T.ACCEPTED, _T.PAUSED, _T.SUBMITTED)},
    (_T.OFFERED, _E.PARTNER_ACCEPTED): _T.ACCEPTED,
    **{(status, _E.PARTNER_REPLIED): _T.DONE for status in (_T.OFFERED, _T.ACCEPTED)},
    **{(status, _E.PARTNER_DECLINED): _T.RETURNED for status in (_T.OFFERED, _T.ACCEPTED)},
    **{(status, _E.INHERITED): _T.RETURNED for status in OPEN_TASK},
    **{
        (status, kind): _T.ENDED if status in OPEN_TASK else status
        for status in _T
        for kind in (_E.DECLINED, _E.WITHDRAWN, _E.MERGED)
    },
}

#: Events after which partners have nothing left to do.
ENDS_PARTNERS = frozenset({_E.ANSWERED, _E.DECLINED, _E.WITHDRAWN, _E.MERGED, _E.REFERRED, _E.SENT_TO_DESK})
#: Events that move the lead's task, or a partner's.
MOVES = frozenset(kind for _, kind in TASK_TRANSITIONS)

#: Events that move the task they are about, whatever the lead's is doing.
OF_PARTNERS = frozenset({_E.PARTNER_ACCEPTED, _E.PARTNER_REPLIED, _E.PARTNER_DECLINED, _E.INHERITED})

#: What the citizen, or silence, says of an answer.
VERDICTS = frozenset({_E.CONFIRMED, _E.SETTLED_PARTLY, _E.CLOSED_UNCONFIRMED, _E.DISPUTED})

OUTCOMES = {
    _E.CONFIRMED: Outcome.CONFIRMED,
    _E.SETTLED_PARTLY: Outcome.PARTLY,
    _E.CLOSED_UNCONFIRMED: Outcome.UNCONFIRMED,
    _E.DECLINED: Outcome.DECLINED,
    _E.MERGED: Outcome.MERGED,
    _E.WITHDRAWN: Outcome.WITHDRAWN,
}
