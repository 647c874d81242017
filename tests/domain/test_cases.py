"""The transition tables, walked at random: a case always has an owner, a clock and an end, and its times add up."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.deployment import rules_of
from domain import casework
from domain.cases import CITIZEN, NOBODY, Case, CaseEvent, NotAllowedError, allowed, change
from domain.concerns import Concern, ConcernKind
from domain.filing import file_case
from domain.transitions import (
    OPEN,
    OPEN_TASK,
    TASK_TRANSITIONS,
    TRANSITIONS,
    CaseStatus,
    EventKind,
    TaskRole,
    TaskStatus,
)

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
RULES = rules_of("thai-nguyen")
AGENCIES = ("KT-05953", "SXD", "VPUB", "DIENLUC", "CAX-05953")


def concern(topic: str | None = "giao_thong.duong_hu_hong", commune: str | None = "05953") -> Concern:
    """Return a concern about a road in Kha Sơn, if not told otherwise."""
    return Concern(
        serial=1, text="ổ gà to", kind=ConcernKind.REPORT, topic=topic, choices=(), urgent=False, restricted=False,
        accused=None, commune=commune, communes=(), old_name=None, detail="xóm Đông", begun_at=NOW,
    )  # fmt: skip


def case(topic: str | None = "giao_thong.duong_hu_hong") -> Case:
    """Return a case that was just filed."""
    return file_case(concern(topic), 1, 1, RULES, NOW)[0]


class Walk:
    """A case and what has happened to it."""

    def __init__(self, topic: str | None) -> None:
        self.case, first = file_case(concern(topic), 1, 1, RULES, NOW)
        self.events = [first]
        self.now = NOW

    def do(self, what: str, which: int) -> None:
        """Do something to the case. Raises NotAllowedError when it cannot be done now."""
        done = DEEDS[what](self.case, which, self.now)
        if done:
            self.case, *happened = done
            self.events += [event for event in happened if event]


Done = tuple[Case, *tuple[CaseEvent | None, ...]] | None
BY = "officer:1"


def _call(case: Case, which: int, now: datetime) -> Done:
    agency, until = AGENCIES[which], RULES.calendar.add_working_days(now, 2)
    if case.task_of(agency):
        return None
    return casework.call_partner(case, agency, "của ai?", until, RULES, now=now, actor=BY)


def _partner(what: str) -> Callable[[Case, int, datetime], Done]:
    def do(case: Case, which: int, now: datetime) -> Done:
        partners = [task for task in case.tasks if task.role is TaskRole.PARTNER and task.status in OPEN_TASK]
        if not partners:
            return None
        task = partners[which % len(partners)]
        if what == "take":
            return casework.take(case, task, RULES, now=now, actor=BY, officer=2)
        return casework.reply_as_partner(case, task, "rồi", now=now, actor=BY, declines=what == "decline")

    return do


def _recompute(case: Case, which: int, now: datetime) -> Done:
    if case.status not in OPEN:
        return None
    return casework.recompute(case, replace(RULES, clocks=replace(RULES.clocks, version=f"v{which}")), now=now)


def _inherit(case: Case, which: int, now: datetime) -> Done:
    agency, heir = AGENCIES[which], AGENCIES[(which + 1) % len(AGENCIES)]
    went_on, happened = casework.inherit(case, replace(RULES, heirs={agency: heir}), now=now)
    return (went_on, *happened)


def _dispute(case: Case, _which: int, now: datetime) -> Done:
    reopened, happened = casework.reopen(case, RULES, now=now, note="chưa")
    return (reopened, *happened)


def _extend(case: Case, _which: int, now: datetime) -> Done:
    until = RULES.calendar.add_working_days(max(case.due_at, now), 1)
    return casework.extend(case, until, "chờ ống", RULES, now=now, actor=BY)


def _happens(kind: EventKind) -> Callable[[Case, int, datetime], Done]:
    return lambda case, _which, now: change(case, kind, now=now, actor=BY)


def _resumes(kind: EventKind) -> Callable[[Case, int, datetime], Done]:
    return lambda case, _which, now: casework.resume(case, kind, RULES, now=now, actor=BY)


#: What people and the clock do to a case; the number says to whom.
DEEDS: dict[str, Callable[[Case, int, datetime], Done]] = {
    "take": lambda case, which, now: casework.take(case, case.lead, RULES, now=now, actor=BY, officer=which),
    "refer": lambda case, which, now: casework.refer(case, AGENCIES[which], RULES, now=now, actor=BY, note="vì"),
    "to the desk": lambda case, _, now: casework.refer(case, RULES.desk, RULES, now=now, actor=BY, note="vì"),
    "ask": lambda case, _, now: casework.ask(case, "ở đâu?", RULES, now=now, actor=BY),
    "reply": _resumes(EventKind.CITIZEN_REPLIED),
    "lapse": _resumes(EventKind.QUESTION_LAPSED),
    "extend": _extend,
    "progress": lambda case, _, now: casework.progress(case, "đang làm", RULES, now=now, actor=BY),
    "answer": lambda case, _, now: casework.answer(case, "đã vá", RULES, now=now, actor=BY),
    "propose": lambda case, _, now: casework.propose(case, "đã vá", (), RULES, now=now, actor=BY),
    "dispute": _dispute,
    "call": _call,
    "partner takes": _partner("take"),
    "partner replies": _partner("reply"),
    "partner declines": _partner("decline"),
    "merge": lambda case, _, now: casework.merge(case, replace(case, number="TN26-0000-027"), now=now, actor=BY),
    "split": lambda case, which, now: casework.split(case, AGENCIES[which], RULES, now=now, actor=BY),
    "inherit": _inherit,
    "recompute": _recompute,
    **{
        str(kind): _happens(kind)
        for kind in (
            EventKind.ANSWER_RETURNED, EventKind.CONFIRMED, EventKind.SETTLED_PARTLY,
            EventKind.CLOSED_UNCONFIRMED, EventKind.WITHDRAWN, EventKind.HANDOFF_LAPSED, EventKind.ADDED,
            EventKind.NOTED, EventKind.DECLINED, EventKind.RATED, EventKind.ESCALATED, EventKind.CORRECTED,
        )
    },
}  # fmt: skip
#: A deed, to whom, and how many minutes after the last one.
deeds = st.tuples(st.sampled_from(sorted(DEEDS)), st.integers(0, 4), st.integers(1, 6 * 24 * 60))


def times_of(events: list[CaseEvent]) -> dict[str, timedelta]:
    """Add up whose clock ran how long, from the history alone."""
    found: dict[str, timedelta] = {}
    for event, following in pairwise(events):
        found[event.clock] = found.get(event.clock, timedelta(0)) + (following.at - event.at)
    return found


def check(walk: Walk) -> None:
    """Check what must hold of every case at every moment."""
    case = walk.case
    leads = [task for task in case.tasks if task.role is TaskRole.LEAD]
    assert case.agency == case.lead.agency in {*AGENCIES, "KT-05953"}
    assert sum(task.status in OPEN_TASK for task in leads) == (case.status in OPEN)
    assert (case.outcome is not None) == (case.status is CaseStatus.CLOSED)
    # Its time is an agency's while one works, the citizen's while it waits for the citizen, nobody's at the end.
    waits = case.status in (CaseStatus.WAITING_FOR_CITIZEN, CaseStatus.ANSWERED, CaseStatus.CLOSED)
    assert (case.clock is None) == waits
    assert walk.events[-1].clock == (
        NOBODY if case.status is CaseStatus.CLOSED else CITIZEN if waits else casework_clock(case)
    )
    # The sum of the tasks' times and the pauses is the time of the case, and the history alone says the same.
    assert case.clock_at
    assert sum((task.charged for task in leads), case.paused) == case.clock_at - case.filed_at
    counted = times_of([*walk.events, replace(walk.events[-1], at=case.clock_at)])
    for agency in {task.agency for task in leads}:
        own = sum((task.charged for task in leads if task.agency == agency), timedelta(0))
        assert counted.get(agency, timedelta(0)) == own
    assert counted.get(CITIZEN, timedelta(0)) + counted.get(NOBODY, timedelta(0)) == case.paused
    # What is open is due, and somebody is reminded of it or hears next; partners only work while the lead does.
    for task in case.tasks:
        assert task.charged >= timedelta(0)
        assert (task.ended_at is None) == (task.status in OPEN_TASK)
        if task.role is TaskRole.PARTNER and task.status in OPEN_TASK:
            assert case.status in (CaseStatus.ACCEPTED, CaseStatus.WAITING_FOR_CITIZEN)
    if case.status in OPEN:
        assert case.lead.remind_at or case.status is CaseStatus.WAITING_FOR_CITIZEN
        assert case.due_at == case.lead.due_at >= case.lead.promised_at


def casework_clock(case: Case) -> str:
    """Return whose clock runs."""
    return next(task.agency for task in case.tasks if task.n == case.clock)


@given(st.sampled_from(["giao_thong.duong_hu_hong", None]), st.lists(deeds, max_size=25))
def test_whatever_happens_a_case_has_an_owner_a_clock_and_times_that_add_up(
    topic: str | None, done: list[tuple[str, int, int]]
) -> None:
    walk = Walk(topic)
    check(walk)
    for what, which, minutes in done:
        walk.now += timedelta(minutes=minutes)
        before = walk.case
        try:
            walk.do(what, which)
        except NotAllowedError:
            assert walk.case is before
        check(walk)
    assert can_end(walk.case)


def can_end(case: Case) -> bool:
    """Say whether some way of allowed steps leads to the end."""
    return case.status is CaseStatus.CLOSED or allowed(case, EventKind.WITHDRAWN)


@pytest.mark.parametrize("status", list(CaseStatus))
def test_from_every_status_a_case_can_be_answered_and_closed(status: CaseStatus) -> None:
    """By the agency's and the citizen's own steps, not only by withdrawing."""
    reached = {status}
    ways = {key: to for key, to in TRANSITIONS.items() if key[1] not in (EventKind.WITHDRAWN, EventKind.MERGED)}
    while more := {to for (at, _), to in ways.items() if at in reached} - reached:
        reached |= more
    assert {CaseStatus.ANSWERED, CaseStatus.CLOSED} <= reached


@pytest.mark.parametrize("status", sorted(OPEN_TASK))
def test_every_open_task_can_end(status: TaskStatus) -> None:
    reached = {status}
    while more := {to for (at, _), to in TASK_TRANSITIONS.items() if at in reached} - reached:
        reached |= more
    assert reached - OPEN_TASK


@pytest.mark.parametrize("status", sorted(OPEN))
def test_a_citizen_can_always_add_and_withdraw_while_a_case_is_open(status: CaseStatus) -> None:
    assert (status, EventKind.ADDED) in TRANSITIONS
    assert (status, EventKind.WITHDRAWN) in TRANSITIONS


def taken(at: datetime = NOW) -> Case:
    """Return a case that its agency has taken."""
    filed = case()
    return casework.take(filed, filed.lead, RULES, now=at, actor="officer:1", officer=1)[0]


def charged(case: Case) -> dict[str, timedelta]:
    """Return the time charged to each agency."""
    return {task.agency: task.charged for task in case.tasks if task.charged}


def test_the_time_of_a_hand_off_is_the_senders_until_it_is_taken() -> None:
    sent, _ = casework.refer(taken(), "SXD", RULES, now=NOW + timedelta(hours=1), actor="officer:1", note="của Sở")
    received, _ = casework.take(sent, sent.lead, RULES, now=NOW + timedelta(hours=3), actor="officer:2", officer=2)
    assert charged(received) == {"KT-05953": timedelta(hours=3)}
    later, _ = casework.answer(received, "đã vá", RULES, now=NOW + timedelta(hours=8), actor="officer:2")
    assert charged(later) == {"KT-05953": timedelta(hours=3), "SXD": timedelta(hours=5)}


def test_who_lets_the_hours_to_take_it_pass_is_charged_from_there() -> None:
    sent, _ = casework.refer(taken(), "SXD", RULES, now=NOW, actor="officer:1", note="của Sở")
    lapsed, event = change(sent, EventKind.HANDOFF_LAPSED, now=sent.lead.accept_by, actor="clock")
    assert event.clock == "SXD"
    received, _ = casework.take(
        lapsed, lapsed.lead, RULES, now=sent.lead.accept_by + timedelta(hours=2), actor="officer:2", officer=2
    )
    assert charged(received) == {"KT-05953": sent.lead.accept_by - NOW, "SXD": timedelta(hours=2)}


def test_the_promised_date_is_put_off_for_the_citizens_reply_but_only_so_far() -> None:
    asked, _ = casework.ask(taken(), "gần nhà ai?", RULES, now=NOW, actor="officer:1")
    soon, _ = casework.resume(asked, EventKind.CITIZEN_REPLIED, RULES, now=NOW + timedelta(days=1), actor="citizen")
    assert soon.due_at > asked.due_at
    assert soon.lead.promised_at == soon.due_at
    late, _ = casework.resume(asked, EventKind.CITIZEN_REPLIED, RULES, now=NOW + timedelta(days=60), actor="citizen")
    days = RULES.clocks.updates.pause_days
    assert late.due_at <= RULES.calendar.add_working_days(asked.due_at, days)
    assert not casework.may_ask(late, RULES)
    assert casework.may_ask(soon, RULES)


def test_an_extension_leaves_what_was_promised_first() -> None:
    until = RULES.calendar.add_working_days(NOW, 8)
    extended, event = casework.extend(taken(), until, "chờ ống", RULES, now=NOW, actor="officer:1")
    assert extended.due_at == extended.lead.due_at == until
    assert extended.lead.promised_at == taken().due_at
    assert "chờ ống" in event.note


def test_not_done_begins_a_task_with_a_date_of_its_own_and_the_second_time_the_desk_has_it() -> None:
    answered, _ = casework.answer(taken(), "đã vá", RULES, now=NOW, actor="officer:1")
    again, [event] = casework.reopen(answered, RULES, now=NOW + timedelta(days=1), note="chưa")
    assert (again.status, again.agency, event.kind) == (CaseStatus.ACCEPTED, "KT-05953", EventKind.DISPUTED)
    assert again.lead.n == 2
    assert again.due_at > answered.due_at
    answered, _ = casework.answer(again, "vá nốt", RULES, now=NOW + timedelta(days=2), actor="officer:1")
    desk, happened = casework.reopen(answered, RULES, now=NOW + timedelta(days=3), note="vẫn chưa")
    assert (desk.status, desk.agency) == (CaseStatus.IN_TRIAGE, RULES.desk)
    assert [event.kind for event in happened] == [EventKind.DISPUTED, EventKind.SENT_TO_DESK]


def test_new_rules_move_open_deadlines_and_leave_what_was_extended() -> None:
    filed = taken()
    longer = replace(RULES.clocks.tiers["A"], answer=replace(RULES.clocks.tiers["A"].answer, days=5))
    rules = replace(RULES, clocks=replace(RULES.clocks, version="new", tiers={**RULES.clocks.tiers, "A": longer}))
    moved, event = casework.recompute(filed, rules, now=NOW)
    assert event
    assert moved.due_at == RULES.calendar.add_working_days(NOW, 5)
    assert moved.clocked_by == "new"
    assert casework.recompute(moved, rules, now=NOW)[1] is None
    until = RULES.calendar.add_working_days(NOW, 9)
    extended, _ = casework.extend(filed, until, "chờ ống", RULES, now=NOW, actor="officer:1")
    assert casework.recompute(extended, rules, now=NOW)[0].due_at == until


def test_a_partners_task_ends_with_the_answer() -> None:
    until = RULES.calendar.add_working_days(NOW, 2)
    called, _ = casework.call_partner(taken(), "DIENLUC", "của ai?", until, RULES, now=NOW, actor="officer:1")
    assert [task.agency for task in called.partners] == ["DIENLUC"]
    answered, _ = casework.answer(called, "đã vá", RULES, now=NOW, actor="officer:1")
    assert answered.partners == ()


def test_a_dissolved_agency_hands_over_with_the_clock_running() -> None:
    rules = replace(RULES, heirs={"KT-05953": "SXD"})
    inherited, [event] = casework.inherit(taken(), rules, now=NOW + timedelta(hours=5))
    assert (inherited.agency, inherited.status, event.clock) == ("SXD", CaseStatus.ACCEPTED, "SXD")
    assert charged(inherited) == {"KT-05953": timedelta(hours=5)}
    assert inherited.due_at == taken().due_at


def test_reminders_always_lie_ahead() -> None:
    walked = taken()
    now = NOW
    for _ in range(40):
        due = casework.remind_due(walked, walked.lead, RULES, now)
        assert due
        assert due > now
        now = due
