"""How programmes, contents and activities stand, and when people are reminded."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.programmes import (
    Activity,
    Content,
    Happened,
    PlanState,
    Programme,
    ProgrammeEvent,
    ProgrammeRules,
    ProgrammeStatus,
    inherited,
    next_reminder,
    programme_rules,
    signed_between,
)
from domain.rulesets import Ruleset

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
TODAY = date(2026, 11, 18)
RULES = ProgrammeRules(ahead=(5, 1), late_every=5, soon_days=10)
ACTIVITY = Activity(1, "Tập huấn", date(2026, 12, 20), ("A", "B"))
CONTENT = Content(1, 2026, "Nắm dư luận", "A", "B", (ACTIVITY,))


def happened(
    kind: Happened, agency: str, day: date | None = TODAY, *, of: tuple[int, int] | None = (1, 1)
) -> ProgrammeEvent:
    content, activity = of or (None, None)
    return ProgrammeEvent(kind, NOW, "officer:1", agency, content, activity, day, "đã làm")


def programme(*events: ProgrammeEvent, contents: tuple[Content, ...] = (CONTENT,)) -> Programme:
    return Programme(3, "k", "Chương trình", date(2026, 1, 1), date(2026, 12, 31), ("A", "B"), contents, events)


PROPOSED = happened(Happened.PROPOSED, "A", of=None)
SIGNED = tuple(happened(Happened.SIGNED, body, of=None) for body in "AB")


def test_a_programme_is_a_draft_then_to_be_signed_then_in_force_then_over() -> None:
    assert programme().status(TODAY) is ProgrammeStatus.DRAFT
    assert programme(PROPOSED, SIGNED[0]).status(TODAY) is ProgrammeStatus.SIGNING
    assert programme(PROPOSED, SIGNED[0]).unsigned() == ("B",)
    in_force = programme(PROPOSED, *SIGNED)
    assert in_force.status(TODAY) is ProgrammeStatus.IN_FORCE
    assert in_force.status(date(2026, 12, 31)) is ProgrammeStatus.IN_FORCE
    assert in_force.status(date(2027, 1, 1)) is ProgrammeStatus.ENDED
    renewed = replace(in_force, events=(*in_force.events, happened(Happened.RENEWED, "A", date(2028, 1, 1), of=None)))
    assert renewed.status(date(2027, 1, 1)) is ProgrammeStatus.IN_FORCE
    ended = replace(in_force, events=(*in_force.events, happened(Happened.ENDED, "A", of=None)))
    assert ended.status(TODAY) is ProgrammeStatus.ENDED


def test_it_is_signed_on_the_day_of_the_last_body() -> None:
    late = happened(Happened.SIGNED, "B", date(2026, 2, 2), of=None)
    early = happened(Happened.SIGNED, "A", date(2026, 1, 30), of=None)
    assert programme(early).signed_on() is None
    signed = programme(late, early)
    assert signed.signed_on() == date(2026, 2, 2)
    assert signed_between([signed], date(2026, 2, 1), date(2026, 3, 1)).programmes == 1
    assert signed_between([signed], date(2026, 1, 1), date(2026, 2, 2)).programmes == 0


@pytest.mark.parametrize(
    ("today", "state"),
    [
        (date(2026, 12, 9), PlanState.NOT_BEGUN),
        (date(2026, 12, 10), PlanState.DUE),
        (date(2026, 12, 20), PlanState.DUE),
        (date(2026, 12, 21), PlanState.LATE),
    ],
)
def test_a_content_stands_as_its_most_urgent_activity(today: date, state: PlanState) -> None:
    why = programme(PROPOSED).of_content(CONTENT, today, RULES)
    assert (why.standing, why.activity, why.missing) == (state, ACTIVITY, ("A", "B"))


def test_done_needs_every_body_and_put_off_counts_by_the_new_day() -> None:
    part = programme(happened(Happened.DONE, "A"))
    assert part.of_content(CONTENT, TODAY, RULES).standing is PlanState.ON_THE_WAY
    assert part.of_content(CONTENT, date(2026, 12, 21), RULES).missing == ("B",)
    done = programme(happened(Happened.DONE, "A"), happened(Happened.DONE, "B"))
    assert done.of_content(CONTENT, date(2027, 5, 1), RULES).standing is PlanState.DONE
    moved = programme(
        happened(Happened.PUT_OFF, "A", date(2027, 1, 31)), happened(Happened.PUT_OFF, "A", date(2027, 2, 28))
    )
    assert moved.day_of(CONTENT, ACTIVITY) == date(2027, 2, 28)
    assert moved.of_content(CONTENT, date(2027, 2, 1), RULES).standing is PlanState.NOT_BEGUN


def test_what_was_given_up_is_no_longer_late_and_a_year_with_nothing_done_is() -> None:
    dropped = programme(happened(Happened.DROPPED, "A"))
    assert dropped.of_content(CONTENT, date(2026, 12, 30), RULES).standing is PlanState.NOT_BEGUN
    assert dropped.of_content(CONTENT, date(2027, 1, 1), RULES).standing is PlanState.LATE
    second = replace(ACTIVITY, n=2)
    both = replace(CONTENT, activities=(ACTIVITY, second))
    done = programme(happened(Happened.DROPPED, "A"), *(happened(Happened.DONE, one, of=(1, 2)) for one in "AB"))
    assert done.of_content(both, date(2027, 1, 1), RULES).standing is PlanState.DONE


def test_one_done_of_two_is_on_the_way() -> None:
    both = replace(CONTENT, activities=(ACTIVITY, replace(ACTIVITY, n=2, day=date(2027, 6, 1))))
    begun = programme(*(happened(Happened.DONE, one) for one in "AB"))
    why = begun.of_content(both, TODAY, RULES)
    assert (why.standing, why.done, why.of, why.day) == (PlanState.ON_THE_WAY, 1, 2, date(2027, 6, 1))


def test_an_heir_has_signed_and_done_what_the_dissolved_body_did() -> None:
    one = inherited(programme(PROPOSED, *SIGNED, happened(Happened.DONE, "B")), {"B": "C"})
    assert one.bodies == ("A", "C")
    assert one.unsigned() == ()
    assert one.missing(one.contents[0], one.contents[0].activities[0]) == ("A",)
    merged = inherited(programme(SIGNED[0]), {"B": "A"})
    assert merged.bodies == ("A",)
    assert merged.contents[0].activities[0].bodies == ("A",)


def test_reminders_come_five_and_one_working_days_ahead_and_then_every_five(rules: Ruleset) -> None:
    now, seen = datetime(2026, 11, 9, 2, tzinfo=UTC), []
    for _ in range(5):
        now = next_reminder(date(2026, 11, 30), now, rules.calendar, ahead=(5, 1), late_every=5)
        seen.append(f"{now.astimezone(ZoneInfo('Asia/Ho_Chi_Minh')):%a %d/%m %H}")
    assert seen == ["Mon 23/11 07", "Fri 27/11 07", "Tue 01/12 07", "Tue 08/12 07", "Tue 15/12 07"]


@given(st.integers(-400, 400), st.integers(0, 23))
def test_a_reminder_is_always_ahead_and_on_a_working_day(rules: Ruleset, days: int, hours: int) -> None:
    own, now = programme_rules(), NOW + timedelta(hours=hours)
    moment = next_reminder(TODAY + timedelta(days), now, rules.calendar, ahead=own.ahead, late_every=own.late_every)
    assert moment > now
    assert rules.calendar.is_working_day(moment.astimezone(rules.calendar.zone).date())
