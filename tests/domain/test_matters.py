"""Matters: their clock, their case, what is proposed, what people type."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.cases import clock_of
from domain.matters import (
    Matter,
    MatterState,
    by_day,
    case_of,
    clusters,
    end,
    find_matter,
    inform,
    is_one,
    known_already,
    matter_rules,
    open_matter,
    reminder_due,
    spread,
    usual_lead,
)
from domain.numbers import without_case_numbers
from domain.rulesets import Ruleset
from domain.transitions import CaseStatus, TaskStatus
from tests.conftest import MORNING

RUBBISH, ROAD = "rac_ve_sinh.bai_rac_mui_hoi", "giao_thong.duong_hu_hong"
PROPOSED = Matter(7, MatterState.PROPOSED, "Đường hỏng", ROAD, ("05953",), date(2026, 11, 4), "KT-05953", MORNING)


def _reminders(rules: Ruleset, opened: datetime, *, until: timedelta) -> list[str]:
    """Return when somebody is reminded of a matter nobody speaks of publicly: "18 20:30"."""
    matter, told = open_matter(PROPOSED, rules.calendar, opened), []
    while matter.remind_at and matter.remind_at <= opened + until:
        told.append(f"{matter.remind_at.astimezone(rules.calendar.zone):%d %H:%M}")
        later = reminder_due(matter, rules.calendar, matter.remind_at)
        matter = replace(matter, remind_at=later)
    return told


def test_the_public_is_to_be_informed_within_24_hours_round_the_clock(rules: Ruleset) -> None:
    friday_evening = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
    matter = open_matter(PROPOSED, rules.calendar, friday_evening)
    assert matter.inform_by == friday_evening + timedelta(hours=24), "Saturday counts"
    assert "Nghị định 244/2026" in matter_rules().inform_source


def test_reminders_come_at_half_time_two_hours_before_at_the_hour_and_each_day_after(rules: Ruleset) -> None:
    at_ten = MORNING + timedelta(hours=1)
    assert _reminders(rules, at_ten, until=timedelta(days=3)) == [
        "18 20:30",  # half time would be 22:00
        "19 08:00",
        "19 10:00",
        "20 10:00",
        "21 10:00",
    ]


def test_what_was_said_publicly_ends_the_clock_and_the_first_time_counts(rules: Ruleset) -> None:
    opened = open_matter(PROPOSED, rules.calendar, MORNING)
    told = inform(opened, MORNING + timedelta(hours=3))
    again = inform(told, MORNING + timedelta(hours=9))
    assert again.informed_at == MORNING + timedelta(hours=3)
    assert again.remind_at is None
    assert reminder_due(again, rules.calendar, MORNING + timedelta(days=2)) is None


def test_an_ended_matter_is_not_looked_after_any_more(rules: Ruleset) -> None:
    ended = end(open_matter(PROPOSED, rules.calendar, MORNING), MatterState.ENDED, MORNING)
    assert (ended.look_at, ended.remind_at) == (None, None)


@pytest.mark.parametrize(
    ("moment", "told"),
    [("18 09:00", "18 09:00"), ("18 21:00", "18 20:30"), ("19 03:00", "18 20:30"), ("19 07:00", "19 07:00")],
)
def test_a_moment_of_the_night_is_moved_to_the_evening(rules: Ruleset, moment: str, told: str) -> None:
    zone = rules.calendar.zone
    at = datetime.strptime(f"2026 11 {moment}", "%Y %m %d %H:%M").replace(tzinfo=zone)
    assert f"{by_day(at, rules.calendar):%d %H:%M}" == told


def test_its_case_is_the_leads_and_nobodys_concern(rules: Ruleset) -> None:
    case, event = case_of(PROPOSED, "Đường hỏng", 417, rules, now=MORNING, actor="officer:1")
    assert (case.conversation_id, case.reason, case.restricted, case.watch) == (None, "matter", False, ())
    assert (case.agency, case.status, case.lead.status) == ("KT-05953", CaseStatus.REFERRED, TaskStatus.OFFERED)
    assert case.lead.accept_by < case.due_at == rules.calendar.add_working_days(MORNING, 15)
    assert clock_of(case) == event.clock == "KT-05953"


def test_over_several_communes_a_body_of_the_province_leads(rules: Ruleset) -> None:
    assert usual_lead(ROAD, ("05953",), rules) == "KT-05953"
    several = usual_lead(ROAD, ("05953", "05950"), rules)
    assert several
    assert rules.agencies[several].commune is None
    assert usual_lead(None, ("05953",), rules) is None


#: Communes on a line.
LINE = {"1": ["2"], "2": ["1", "3"], "3": ["2"]}


def test_neighbours_count_together_around_the_one_that_has_the_most() -> None:
    cells = {"1": 6, "2": 5, "5": 9, "8": 12}
    assert clusters(cells, LINE, least=10, named=5) == [("8",), ("1", "2")]
    assert clusters({"1": 5, "2": 6, "3": 5}, LINE, least=10, named=5) == [("2", "1", "3")]


def test_a_commune_with_fewer_than_five_people_is_named_in_none() -> None:
    assert clusters({"1": 9, "2": 4}, LINE, least=10, named=5) == []


@pytest.mark.parametrize(
    ("people", "earlier", "alike", "one"),
    [(10, 5, 0.6, True), (9, 0, 1, False), (10, 6, 1, False), (19, 0, 0.1, False), (20, 0, 0.1, True)],
)
def test_a_matter_needs_many_more_people_than_before_and_one_cause_or_very_many(
    people: int, earlier: int, alike: float, *, one: bool
) -> None:
    assert is_one(people, earlier, alike) is one


def test_a_matter_of_the_same_topic_and_place_is_known() -> None:
    assert known_already(ROAD, ("05950", "05953"), [PROPOSED])
    assert not known_already(RUBBISH, ("05953",), [PROPOSED])
    assert not known_already(ROAD, ("05950",), [PROPOSED])


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("VD7 đã họp", (7, "đã họp")),
        ("vđ 7", (7, "")),
        ("vd-07 tiendo", (7, "tiendo")),
        ("7 tiendo", (7, "tiendo")),
        ("VD7đã", None),
        ("đã họp VD7", None),
        ("", None),
    ],
)
def test_a_matter_is_found_as_people_type_it(typed: str, found: tuple[int, str] | None) -> None:
    assert find_matter(typed) == found


def test_a_button_is_spread_and_typed_colons_stay() -> None:
    assert spread("VD7:thanhvien:SXD:d3") == "VD7 thanhvien SXD d3"
    assert spread("VD7 congbo lúc 8:30") == "VD7 congbo lúc 8:30"


@pytest.mark.parametrize("number", ["TN26-0004-175", "tn26 0004 175", "0004-175", "TN26.0004.175"])
def test_case_numbers_are_left_out_of_what_the_coordinator_reads(number: str) -> None:
    assert without_case_numbers(f"làm {number} trước 30/11/2026") == "làm […] trước 30/11/2026"
