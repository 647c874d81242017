"""From a reading to facts: what is cheapest to do, two issues in one text, where a position lies."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.deployment import rules_of
from domain.concerns import Decision, Facts
from domain.rulesets import Costs
from handlers.understanding import cheapest, locate, understand
from nlp.pii import find
from nlp.reading import Commune, Part, PlaceReading, Reading

#: With costs of our own: those of the deployment are tuned.
RULES = replace(rules_of("thai-nguyen"), costs=Costs(wrong_agency=10, wrong_topic=3, question=1.2, desk=4))
#: The first two have the same lead, the others each their own.
ROAD, SEWER = "giao_thong.duong_hu_hong", "thoat_nuoc.cong_ranh_tac"
RUBBISH, POWER, NOISE = "rac_ve_sinh.rac_khong_thu_gom", "dien.mat_dien", "an_ninh.tieng_on"
KHA_SON = Commune("05953", "Kha Sơn", "xã", "Thái Nguyên")


@pytest.mark.parametrize(
    ("topics", "decision"),
    [
        ([(ROAD, 0.95), (RUBBISH, 0.03)], Decision.ROUTE),
        # One question is dearer than one chance in ten of the wrong agency, and cheaper than two in ten.
        ([(ROAD, 0.9), (RUBBISH, 0.1)], Decision.ROUTE),
        ([(ROAD, 0.8), (RUBBISH, 0.2)], Decision.ASK),
        # The same doubt within one agency costs less than a question.
        ([(ROAD, 0.7), (SEWER, 0.3)], Decision.ROUTE),
        ([(ROAD, 0.5), (SEWER, 0.5)], Decision.ASK),
        # The doubt that is left is about what nobody named.
        ([(ROAD, 0.28), (RUBBISH, 0.02)], Decision.DESK),
        ([(ROAD, 0.25), (RUBBISH, 0.1)], Decision.ASK),
        ([(ROAD, 0.2), *((topic, 0.04) for topic in (RUBBISH, POWER, NOISE))], Decision.DESK),
        ([], Decision.DESK),
    ],
)
def test_the_cheapest_is_done(topics: list[tuple[str, float]], decision: Decision) -> None:
    assert cheapest(topics, RULES) is decision


def test_costs_are_data() -> None:
    doubtful = [(ROAD, 0.8), (RUBBISH, 0.2)]
    patient = replace(RULES, costs=replace(RULES.costs, question=3.0))
    assert (cheapest(doubtful, RULES), cheapest(doubtful, patient)) == (Decision.ASK, Decision.ROUTE)


@given(st.lists(st.floats(0, 0.2), min_size=5, max_size=5))
def test_a_question_always_has_something_to_choose(chances: list[float]) -> None:
    topics = tuple(zip((ROAD, SEWER, RUBBISH, POWER, NOISE), sorted(chances, reverse=True), strict=True))
    facts = understand("…", Reading(topics=topics), RULES)
    assert len(facts.choices) <= 4
    assert facts.choices == tuple(topic for topic, likely in topics if likely >= 0.05)[:4]
    assert facts.decision is not Decision.ASK or facts.choices


def test_a_complaint_is_guided_whatever_it_costs() -> None:
    reading = Reading(topics=((ROAD, 0.99),), kind="khieu_nai", kind_probability=0.8)
    assert understand("tôi khiếu nại", reading, RULES).decision is Decision.GUIDE


# Two issues.

FIRST, SECOND = "Đường xóm Đông xã Kha Sơn ổ gà, ai hỏi gọi 0912 345 678.", "Còn rác thì cả tuần không ai dọn"


def two_issues(**more: object) -> Facts:
    """Return the facts of a text about a road and about rubbish."""
    text = f"{FIRST}\n  {SECOND}"
    reading = Reading(
        topics=((ROAD, 0.5), (RUBBISH, 0.4)),
        kind="phan_anh",
        urgent=0.9,
        place=PlaceReading(commune=KHA_SON, province="Thái Nguyên", detail="xóm Đông"),
        pii=find(text),
        parts=(Part(FIRST, ROAD, 0.9), Part(SECOND, RUBBISH, 0.8)),
    )
    return understand(text, replace(reading, **more), RULES)


def test_each_issue_has_its_own_words_and_topic_and_shares_the_rest() -> None:
    whole = two_issues()
    road, rubbish = whole.parts
    assert road.text == FIRST.replace("0912 345 678", "[số điện thoại]")
    assert rubbish.text == SECOND
    assert [(part.topic, part.decision) for part in whole.parts] == [(ROAD, Decision.ROUTE), (RUBBISH, Decision.ROUTE)]
    assert {(part.commune, part.urgent, part.phones) for part in whole.parts} == {("05953", True, ("0912 345 678",))}
    assert (road.detail, rubbish.detail) == ("xóm Đông", None)


def test_a_finer_place_that_no_part_names_holds_for_all() -> None:
    whole = two_issues(place=PlaceReading(commune=KHA_SON, detail="tổ 5"))
    assert [part.detail for part in whole.parts] == ["tổ 5", "tổ 5"]


def test_what_only_the_whole_gives_away_is_masked_in_the_part() -> None:
    text = "bà Bịa kêu đường hỏng, Bịa còn bảo rác không ai dọn"
    reading = Reading(
        topics=((ROAD, 0.5),),
        pii=(replace(find("0912345678")[0], start=3, end=6, type="bank"),),
        parts=(Part("bà Bịa kêu đường hỏng,", ROAD, 0.9), Part("Bịa còn bảo rác không ai dọn", RUBBISH, 0.9)),
    )
    assert not any("Bịa" in part.text for part in understand(text, reading, RULES).parts)


def test_names_and_plates_stay_for_those_who_have_to_find_the_place() -> None:
    text = "trước nhà ông Tuấn xe 20C-123.45 đổ đất, gọi 0912 345 678"
    said = understand(text, Reading(topics=((ROAD, 0.9),), pii=find(text)), RULES).text
    assert said == "trước nhà ông Tuấn xe 20C-123.45 đổ đất, gọi [số điện thoại]"


@pytest.mark.parametrize(
    "more",
    [
        {"kind": "to_cao", "kind_probability": 0.9},
        {"talk": "chui", "talk_probability": 0.9},
        {"parts": (Part(FIRST, ROAD, 0.9), Part(SECOND, ROAD, 0.9))},
    ],
    ids=["guided", "small talk", "one topic"],
)
def test_there_is_nothing_to_split(more: dict[str, object]) -> None:
    assert two_issues(**more).parts == ()


# Positions.


def test_a_position_lies_in_a_commune_in_another_province_or_nowhere() -> None:
    assert locate((KHA_SON, 1.2), RULES).nearest == ("05953", 1.2)
    abroad = locate((Commune("07210", "Bắc Giang", "phường", "Bắc Ninh"), 2.0), RULES)
    assert (abroad.nearest, abroad.outside) == (None, "Bắc Ninh")
    assert locate(None, RULES) == Facts(Decision.DESK)
