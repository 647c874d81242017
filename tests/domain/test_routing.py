"""Which agency answers, and why."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.deployment import rules_of
from domain.concerns import Concern, Decision, Facts
from domain.filing import new_concern
from domain.routing import Reason, route
from domain.rulesets import RuleError, Ruleset, load_ruleset, provinces

RULES = rules_of("thai-nguyen")


def concern(topic: str | None, commune: str | None = "05953", **more: object) -> Concern:
    """Return some concern."""
    facts = Facts(Decision.ROUTE, topic=topic, commune=commune, text="…")
    return replace(new_concern(1, facts, datetime(2026, 11, 18, tzinfo=UTC)), **more)


@pytest.mark.parametrize(
    ("topic", "agency"),
    [
        ("giao_thong.duong_hu_hong", "Phòng Kinh tế xã Kha Sơn"),
        ("giao_thong.quoc_lo_duong_tinh", "Sở Xây dựng tỉnh Thái Nguyên"),
        ("dien.mat_dien", "Công ty Điện lực Thái Nguyên"),
        ("hanh_chinh.ho_so_cham", "Trung tâm Phục vụ hành chính công xã Kha Sơn"),
        ("an_ninh.tieng_on", "Công an xã Kha Sơn"),
        ("hanh_chinh.tham_nhung", "Thanh tra tỉnh Thái Nguyên"),
    ],
)
def test_topic_and_place_give_the_agency(topic: str, agency: str) -> None:
    assert route(concern(topic), RULES).agency.name == agency


def test_a_ward_has_its_own_kind_of_office() -> None:
    ward = next(code for code, area in RULES.communes.items() if area.name == "Sông Công")
    assert route(concern("giao_thong.duong_hu_hong", ward), RULES).agency.name == (
        "Phòng Kinh tế, Hạ tầng và Đô thị phường Sông Công"
    )


def test_what_lacks_topic_or_place_goes_to_the_desk_with_the_reason() -> None:
    assert route(concern(None), RULES).reason is Reason.NO_TOPIC
    assert route(concern("giao_thong.duong_hu_hong", None), RULES).reason is Reason.NO_PLACE
    assert route(concern(None), RULES).agency.id == RULES.desk


def test_danger_goes_by_the_urgent_clock() -> None:
    assert route(concern("giao_thong.duong_hu_hong", urgent=True), RULES).tier == "E"


topics = st.sampled_from(sorted(RULES.topics))
bodies = st.none() | st.sampled_from(sorted(RULES.called))


@given(topics, st.sampled_from(sorted(RULES.communes)), bodies)
def test_an_accusation_never_reaches_the_accused_nor_those_beside_them(
    topic: str, commune: str, accused: str | None
) -> None:
    way = route(concern(topic, commune, restricted=True, accused=accused), RULES)
    told = {agency.id for agency in (way.agency, *way.watch)}
    assert f"{accused}-{commune}" not in told
    if accused:
        assert not any(of.endswith(f"-{commune}") for of in told)


@given(topics | st.none(), st.none() | st.sampled_from(sorted(RULES.communes)), st.booleans(), st.booleans())
def test_every_concern_has_an_agency_a_clock_and_a_reason(
    topic: str | None,
    commune: str | None,
    urgent: bool,
    restricted: bool,
) -> None:
    way = route(concern(topic, commune, urgent=urgent, restricted=restricted), RULES)
    assert way.agency.id in RULES.agencies
    assert way.tier in RULES.clocks.tiers
    assert way.agency not in way.watch


@pytest.mark.parametrize("province", provinces())
def test_the_rules_of_every_province_hold(province: str) -> None:
    rules = rules_of(province)
    for topic in rules.topics.values():
        for commune in rules.communes:
            assert rules.agency_for(topic.lead, commune), f"{topic.slug} has no agency in {commune}"


def test_the_provinces_are_complete() -> None:
    assert len(rules_of("thai-nguyen").communes) == 92
    assert len(rules_of("hung-yen").communes) == 104
    old_phu_binh = {
        "05908": "Phú Bình",
        "05917": "Tân Khánh",
        "05923": "Tân Thành",
        "05941": "Điềm Thụy",
        "05953": "Kha Sơn",
    }
    assert {code: RULES.communes[code].name for code in old_phu_binh} == old_phu_binh


def test_two_water_companies_share_hung_yen() -> None:
    rules: Ruleset = rules_of("hung-yen")
    names = {rules.agency_for("CAPNUOC", code) for code in rules.communes}
    assert len(names) == 2


def test_an_unknown_province_names_the_setting() -> None:
    with pytest.raises(RuleError, match="HOIAM_PROVINCE"):
        load_ruleset("ha-noi", off=frozenset(), work=frozenset())


@given(topics, st.none() | st.sampled_from(sorted(RULES.communes)), bodies)
def test_the_desk_gets_no_restricted_case(topic: str, commune: str | None, accused: str | None) -> None:
    way = route(concern(topic, commune, restricted=True, accused=accused), RULES)
    assert way.agency.id != RULES.desk
    assert way.watch == ()


def test_violence_at_home_without_a_place_goes_to_the_police_of_the_province() -> None:
    assert route(concern("an_ninh.bao_luc_gia_dinh", None), RULES).agency.id == "CAT"
