"""The transition table, walked at random."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.cases import OPEN, TRANSITIONS, Case, CaseStatus, EventKind, NotAllowedError, allowed, change
from domain.concerns import ConcernKind

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)


def case(status: CaseStatus = CaseStatus.REFERRED) -> Case:
    """Return some case."""
    return Case(
        id=1, number="TN26-0000-019", conversation_id=1, status=status, kind=ConcernKind.REPORT, topic=None, tier="B",
        urgent=False, restricted=False, commune=None, detail=None, text="", agency="VPUB", watch=(), reason="no_topic",
        filed_at=NOW, due_at=NOW, next_update_at=None, remind_at=None, announced_at=None, ruleset="1",
    )  # fmt: skip


@given(st.sampled_from([CaseStatus.IN_TRIAGE, CaseStatus.REFERRED]), st.lists(st.sampled_from(list(EventKind))))
def test_whatever_happens_a_case_has_an_owner_and_only_an_end_has_an_outcome(
    start: CaseStatus, happens: list[EventKind]
) -> None:
    walked = case(start)
    for kind in happens:
        if not allowed(walked.status, kind):
            with pytest.raises(NotAllowedError):
                change(walked, kind, now=NOW, actor="clock")
            continue
        walked, event = change(walked, kind, now=NOW, actor="clock")
        assert walked.agency
        assert event.agency == walked.agency
        assert (walked.outcome is not None) == (walked.status is CaseStatus.CLOSED)


@pytest.mark.parametrize("status", list(CaseStatus))
def test_from_every_status_a_case_can_end(status: CaseStatus) -> None:
    reached = {status}
    while True:
        more = {to for (at, _), to in TRANSITIONS.items() if at in reached} - reached
        if not more:
            break
        reached |= more
    assert CaseStatus.CLOSED in reached


@pytest.mark.parametrize("status", sorted(OPEN))
def test_a_citizen_can_always_add_and_withdraw_while_a_case_is_open(status: CaseStatus) -> None:
    assert allowed(status, EventKind.ADDED)
    assert allowed(status, EventKind.WITHDRAWN)


def test_a_closed_case_opens_again_when_its_citizen_says_so() -> None:
    opened, _ = change(case(CaseStatus.CLOSED), EventKind.DISPUTED, now=NOW, actor="citizen")
    assert opened.status is CaseStatus.ACCEPTED
