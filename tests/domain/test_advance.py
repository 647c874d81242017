"""What a message leads to: two issues in one, shared positions, other provinces, and that nothing typed is lost."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.deployment import rules_of
from domain.advance import advance
from domain.cases import Case
from domain.choices import choose
from domain.commands import yes_or_no
from domain.concerns import ConcernKind, Decision, Facts
from domain.conversation import AddToCase, Conversation, FileCase, Step
from domain.filing import file_case, new_concern
from domain.messages import Content, Location, Photo, Text
from domain.rulesets import CommuneArea
from handlers.texts import Texts
from storage.conversations import load_state, state_row

RULES = rules_of("thai-nguyen")
TEXTS = Texts(RULES)
NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
AGREED = Conversation(agreed=True)
ROAD, RUBBISH, WATER = "giao_thong.duong_hu_hong", "rac_ve_sinh.rac_khong_thu_gom", "nuoc_sach.mat_nuoc"
KHA_SON, PHU_BINH = "05953", "05908"
NOTHING = Facts(Decision.DESK)


def facts(text: str, topic: str | None = ROAD, **more: object) -> Facts:
    """Return what a sure reading means; an unsure one without a topic."""
    decision = Decision.ROUTE if topic else Decision.DESK
    return replace(Facts(decision, ConcernKind.REPORT, topic, text=text), **more)


def two(**more: object) -> Facts:
    """Return what a text about a road and about rubbish means."""
    whole = facts("đường xóm Đông ổ gà to lắm, với lại rác cả tuần không ai dọn", commune=KHA_SON, **more)
    road = replace(whole, text="đường xóm Đông ổ gà to lắm,", detail="xóm Đông")
    rubbish = replace(whole, topic=RUBBISH, text="với lại rác cả tuần không ai dọn", detail=None)
    return replace(whole, parts=(road, rubbish))


def say(conversation: Conversation, meant: Facts, cases: Sequence[Case] = ()) -> Step:
    """Let the citizen write."""
    return told(conversation, Text(meant.text), meant, cases)


def told(conversation: Conversation, content: Content, meant: Facts, cases: Sequence[Case] = ()) -> Step:
    """Let the citizen send something; the state goes by way of the database."""
    step = advance(conversation, content, meant, cases, RULES, NOW)
    kept = load_state(str(state_row(step.conversation, NOW)["state"]))
    assert kept == step.conversation
    for one in step.says:
        TEXTS.render(one)
    return step


def press(step: Step, key: str, cases: Sequence[Case] = ()) -> Step:
    """Press the newest button with this key."""
    [*_, button] = [button for one in step.says for button in one.buttons if button.key == key]
    after = choose(step.conversation, button.id, cases, RULES, NOW)
    for one in after.says:
        TEXTS.render(one)
    return after


def keys(step: Step) -> list[str]:
    """Return what was said, by its keys."""
    return [one.key for one in step.says]


def filed(step: Step) -> list[tuple[str | None, str]]:
    """Return topic and text of what was sent."""
    return [(effect.concern.topic, effect.concern.text) for effect in step.effects if isinstance(effect, FileCase)]


def a_case(topic: str = ROAD) -> Case:
    """Return a case just sent."""
    return file_case(new_concern(1, facts("đường hỏng", topic, commune=KHA_SON), NOW), 1, 1, RULES, NOW)[0]


# Two issues in one message.


def test_two_issues_are_offered_as_two_cases() -> None:
    step = say(AGREED, two())
    assert keys(step) == ["two_issues"]
    text, buttons = TEXTS.render(step.says[0])
    assert RULES.topics[ROAD].name in text
    assert RULES.topics[RUBBISH].name in text
    assert [label for _, label in buttons] == ["Tách làm hai việc", "Chỉ là một việc"]


@pytest.mark.parametrize("leaves", ["send", "drop"])
def test_when_split_the_second_comes_by_itself_after_the_first(leaves: str) -> None:
    first = press(say(AGREED, two()), "split")
    assert keys(first) == ["card"]
    assert first.says[0].values["topic"] == ROAD
    assert first.says[0].values["detail"] == "xóm Đông"
    second = press(first, leaves)
    assert keys(second)[-2:] == ["next_one", "card"]
    assert second.says[-1].values["topic"] == RUBBISH
    assert (second.says[-1].values["commune"], second.says[-1].values["detail"]) == (KHA_SON, None)
    last = press(second, "send")
    assert filed(last) == [(RUBBISH, "với lại rác cả tuần không ai dọn")]
    assert last.conversation.concerns == ()


def test_what_both_issues_share_goes_with_both() -> None:
    meant = two(phones=("0912 345 678",), urgent=True, restricted=True)
    step = press(told(AGREED, Photo("a-picture", meant.text), meant), "split")
    shared = {(c.commune, c.phone, c.photos, c.urgent, c.restricted) for c in step.conversation.concerns}
    assert shared == {(KHA_SON, "0912 345 678", ("a-picture",), True, True)}


def test_one_matter_stays_one() -> None:
    step = press(say(AGREED, two()), "whole")
    assert keys(step) == ["card"]
    assert filed(press(step, "send")) == [(ROAD, two().text)]


@pytest.mark.parametrize(("typed", "count"), [("tách ra nhé", 2), ("Hai việc ạ", 2), ("một việc thôi", 1)])
def test_the_answer_may_be_typed(typed: str, count: int) -> None:
    step = say(say(AGREED, two()).conversation, facts(typed, None, talk="vo_nghia"))
    assert keys(step) == ["card"]
    assert len(step.conversation.concerns) == count


def test_first_contact_does_not_lose_that_there_are_two() -> None:
    notice = say(Conversation(), two())
    assert keys(notice) == ["notice"]
    assert keys(press(notice, "agree")) == ["two_issues"]


def test_danger_comes_before_the_question() -> None:
    assert keys(say(AGREED, two(urgent=True))) == ["danger", "two_issues"]


def test_guidance_comes_before_the_question() -> None:
    step = say(AGREED, replace(two(), decision=Decision.GUIDE, kind=ConcernKind.COMPLAINT))
    assert keys(step) == ["guidance_khieu_nai"]
    assert step.conversation.concerns == ()


@pytest.mark.parametrize("more", [facts("xe ngã suốt", None), facts("rác hôi lắm", RUBBISH)])
def test_who_writes_on_instead_of_answering_has_one_matter(more: Facts) -> None:
    step = say(say(AGREED, two()).conversation, more)
    assert keys(step) == ["card"]
    [concern] = step.conversation.concerns
    assert concern.text == f"{two().text}\n{more.text}"


def test_another_matter_meanwhile_leaves_the_question_open() -> None:
    step = say(say(AGREED, two()).conversation, facts("mất nước ba ngày nay", WATER, commune=KHA_SON))
    assert keys(press(step, "send")) == ["next_one", "two_issues"]


def test_two_issues_after_a_picture_take_it_with_them() -> None:
    picture = told(AGREED, Photo("a-picture"), NOTHING)
    step = press(say(picture.conversation, two()), "split")
    assert [concern.photos for concern in step.conversation.concerns] == [("a-picture",), ("a-picture",)]


def test_two_issues_are_no_remark_on_what_was_sent() -> None:
    unsure = replace(two(), decision=Decision.ASK, choices=(RUBBISH, WATER))
    assert keys(say(AGREED, unsure, [a_case(WATER)])) == ["two_issues"]
    asked = say(AGREED, unsure, [a_case(ROAD)])
    assert keys(asked) == ["join_or_new"]
    assert keys(press(asked, "new", [a_case(ROAD)])) == ["two_issues"]


def test_two_issues_are_no_answer_to_where() -> None:
    asked = say(AGREED, facts("mất nước ba ngày nay", WATER))
    step = say(asked.conversation, two())
    assert keys(step) == ["two_issues"]
    assert len(step.conversation.concerns) == 2


def test_an_old_split_button_splits_nothing() -> None:
    asked = say(AGREED, two())
    split = press(asked, "split")
    again = press(Step(split.conversation, asked.says), "split")
    assert keys(again) == ["old_button"]
    assert again.conversation == split.conversation


# Shared positions.

HERE = Facts(Decision.DESK, nearest=(KHA_SON, 1.24))
ELSEWHERE = Facts(Decision.DESK, outside="Bắc Ninh")
POINT = Location(21.45, 105.97)


def test_a_position_proposes_its_commune() -> None:
    asked = told(say(AGREED, facts("đường ổ gà to lắm")).conversation, POINT, HERE)
    text, buttons = TEXTS.render(asked.says[0])
    assert text == "Vị trí này có vẻ ở xã Kha Sơn, cách trung tâm chừng 1,2 km. Có đúng là xã Kha Sơn không ạ?"
    assert [label for _, label in buttons] == ["Đúng rồi", "Xã, phường khác"]
    card = press(asked, "right")
    assert keys(card) == ["card"]
    assert (card.says[0].values["commune"], card.says[0].values["located"]) == (KHA_SON, True)
    assert card.conversation.concerns[0].location == (21.45, 105.97)


@pytest.mark.parametrize(
    ("kilometres", "said"), [(0.01, "100 mét"), (0.62, "600 mét"), (0.97, "1 km"), (2.0, "2 km"), (12.34, "12,3 km")]
)
def test_distances_are_said_as_people_say_them(kilometres: float, said: str) -> None:
    meant = Facts(Decision.DESK, nearest=(KHA_SON, kilometres))
    asked = told(say(AGREED, facts("đường ổ gà to lắm")).conversation, POINT, meant)
    assert f"chừng {said}." in TEXTS.render(asked.says[0])[0]


def test_another_commune_is_asked_for_and_the_point_kept() -> None:
    asked = told(say(AGREED, facts("đường ổ gà to lắm")).conversation, POINT, HERE)
    where = press(asked, "other_commune")
    assert keys(where) == ["ask_place"]
    card = say(where.conversation, facts("xã Phú Bình", None, commune=PHU_BINH))
    assert card.says[0].values["commune"] == PHU_BINH
    assert card.conversation.concerns[0].location == (21.45, 105.97)


@pytest.mark.parametrize(
    ("typed", "meant", "said"),
    [
        ("đúng rồi ạ", {"talk": "vo_nghia"}, "card"),
        ("Không phải!", {"talk": "vo_nghia"}, "ask_place"),
        ("xã Phú Bình", {"commune": PHU_BINH}, "card"),
        ("sát cây đa", {}, "is_it_here"),
        ("kha sown", {"nearby": (KHA_SON,)}, "which_commune"),
    ],
)
def test_a_typed_answer_does_as_well(typed: str, meant: dict[str, Any], said: str) -> None:
    asked = told(say(AGREED, facts("đường ổ gà to lắm")).conversation, POINT, HERE)
    assert keys(say(asked.conversation, facts(typed, None, **meant))) == [said]


def test_a_known_commune_stays_and_the_point_is_only_kept() -> None:
    for meant in (HERE, ELSEWHERE, NOTHING):
        card = told(say(AGREED, facts("đường ổ gà to lắm", commune=PHU_BINH)).conversation, POINT, meant)
        assert keys(card) == ["card"]
        assert card.says[0].values["commune"] == PHU_BINH
        assert keys(press(card, "change_place")) == ["ask_place"]


def test_of_communes_that_fit_the_words_a_position_picks_one() -> None:
    unclear = say(AGREED, facts("đường ổ gà", communes=(KHA_SON, PHU_BINH))).conversation
    assert keys(told(unclear, POINT, HERE)) == ["is_it_here"]
    assert keys(told(unclear, POINT, Facts(Decision.DESK, nearest=("05941", 2.0)))) == ["which_commune"]


def test_a_position_outside_the_province_is_told_so_and_nothing_is_lost() -> None:
    step = told(say(AGREED, facts("đường ổ gà to lắm")).conversation, POINT, ELSEWHERE)
    assert keys(step) == ["outside"]
    [concern] = step.conversation.concerns
    assert (concern.location, concern.text) == ((21.45, 105.97), "đường ổ gà to lắm")
    assert keys(press(step, "inside")) == ["ask_place"]


def test_a_position_before_any_word_is_proposed_when_the_words_come() -> None:
    first = told(Conversation(), POINT, HERE)
    assert keys(first) == ["location_of_what"]
    notice = say(first.conversation, facts("đường ổ gà to lắm"))
    assert keys(notice) == ["notice"]
    assert keys(press(notice, "agree")) == ["is_it_here"]
    named = say(first.conversation, facts("đường ổ gà to lắm", commune=PHU_BINH))
    assert press(named, "agree").says[0].values["commune"] == PHU_BINH


def test_words_after_a_position_keep_the_topics_they_may_mean() -> None:
    first = told(AGREED, POINT, HERE)
    unsure = replace(facts("có cái hố to", ROAD), decision=Decision.ASK, choices=(ROAD, WATER))
    assert keys(say(first.conversation, unsure)) == ["which_topic"]


def test_a_position_with_a_case_open_goes_to_the_case() -> None:
    step = told(AGREED, POINT, HERE, [a_case()])
    assert [type(effect) for effect in step.effects] == [AddToCase]


def test_a_position_nobody_knows_is_kept_as_it_is() -> None:
    step = told(say(AGREED, facts("đường ổ gà", outside="Hà Nội")).conversation, POINT, NOTHING)
    assert keys(step) == ["outside"]
    assert keys(told(step.conversation, POINT, HERE)) == ["is_it_here"], "a point in the province answers it"


# Nothing typed is lost.


def test_what_seems_to_be_elsewhere_is_kept_until_the_citizen_says() -> None:
    step = say(Conversation(), facts("đường ổ gà to lắm ở Hà Nội", outside="Hà Nội", detail="ngõ 5"))
    text, buttons = TEXTS.render(step.says[0])
    assert "chỉ nhận việc của Thái Nguyên" in text
    assert "báo chính quyền ở đó" in text
    assert [label for _, label in buttons] == ["Việc xảy ra ở Thái Nguyên", "Bỏ, không gửi"]
    where = press(press(step, "inside"), "agree")
    assert keys(where) == ["ask_place"]
    card = say(where.conversation, facts("xã Kha Sơn", None, commune=KHA_SON))
    assert filed(press(card, "send")) == [(ROAD, "đường ổ gà to lắm ở Hà Nội\nxã Kha Sơn")]
    assert press(step, "drop").conversation.concerns == ()


def test_a_commune_typed_instead_says_that_it_is_here() -> None:
    step = say(AGREED, facts("đường ổ gà to lắm", outside="Hà Nội"))
    card = say(step.conversation, facts("xã Kha Sơn", None, commune=KHA_SON))
    assert keys(card) == ["card"]
    assert card.conversation.concerns[0].text.startswith("đường ổ gà to lắm")


def test_where_it_is_may_turn_out_to_be_elsewhere() -> None:
    where = say(AGREED, facts("đường ổ gà to lắm"))
    step = say(where.conversation, facts("ở Hà Nội", None, outside="Hà Nội"))
    assert keys(step) == ["outside"]
    again = say(step.conversation, facts("gần nhà văn hóa", None))
    assert again.says[0].values["detail"] == "gần nhà văn hóa", "who goes on means that it is here"


def test_another_province_in_a_remark_changes_no_known_place() -> None:
    step = say(AGREED, facts("đường ổ gà to lắm", commune=KHA_SON))
    more = say(step.conversation, facts("toàn xe Hà Nội chạy qua", None, outside="Hà Nội"))
    assert keys(more) == ["card"]
    assert more.says[0].values["commune"] == KHA_SON


def test_an_answer_to_where_keeps_its_words_and_its_phone_number() -> None:
    where = say(AGREED, facts("đường ổ gà to lắm"))
    typed = "ngã ba xã Kha Sơn, gọi [số điện thoại]"
    step = say(where.conversation, facts(typed, None, commune=KHA_SON, phones=("0912 345 678",)))
    [concern] = step.conversation.concerns
    assert concern.text == f"đường ổ gà to lắm\n{typed}"
    assert concern.phone == "0912 345 678"


def test_a_long_message_about_something_else_is_no_answer_to_where() -> None:
    where = say(AGREED, facts("đường ổ gà to lắm"))
    long = "à mà nhà tôi ở xã Kha Sơn mất nước máy ba ngày nay rồi không có giọt nào"
    step = say(where.conversation, facts(long, WATER, commune=KHA_SON))
    assert [concern.topic for concern in step.conversation.concerns] == [ROAD, WATER]
    assert keys(press(step, "send")) == ["next_one", "ask_place"]


def with_unsent(count: int) -> Conversation:
    """Return a conversation with so many concerns, each about another commune."""
    conversation = AGREED
    for n, code in zip(range(count), RULES.communes, strict=False):
        step = say(conversation, facts(f"ổ gà {n}", commune=code))
        conversation = step.conversation
    return conversation


def commune(n: int) -> CommuneArea:
    """Return some commune."""
    return list(RULES.communes.values())[n]


def test_however_many_are_unsent_the_newest_is_kept_and_the_others_come_in_turn() -> None:
    step = say(with_unsent(8), facts("ổ gà 8", commune=commune(8).code))
    assert keys(step) == ["many_unsent", "card"]
    assert step.says[0].values["count"] == 8
    sent = []
    while step.conversation.concerns:
        step = press(step, "send")
        sent += [text for _, text in filed(step)]
    assert sorted(sent) == sorted(f"ổ gà {n}" for n in range(9))


def test_what_is_not_kept_is_said_not_to_be_kept() -> None:
    full = with_unsent(20)
    assert len(full.concerns) == 20
    step = say(full, facts("ổ gà 20", commune=commune(20).code))
    assert keys(step) == ["too_many"]
    assert "CHƯA giữ được" in TEXTS.render(step.says[0])[0]
    assert {button.key for button in step.says[0].buttons} == {"show", "drop"}
    assert step.conversation.concerns == full.concerns


def test_joining_a_case_brings_the_next_unsent_concern() -> None:
    water = say(AGREED, facts("mất nước", WATER, commune=KHA_SON))
    step = say(water.conversation, facts("ổ gà nữa", commune=KHA_SON), [a_case()])
    assert keys(step) == ["join_or_new"]
    assert keys(press(step, "join", [a_case()])) == ["added", "next_one", "card"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Đúng", True), ("dung roi em a", True), ("vâng ạ.", True), ("ừ", True), ("tách ra", True), ("2 việc", True),
        ("không", False), ("Không phải đâu", None), ("ko", False), ("một việc thôi nhé", False), ("xã khác", False),
        ("đúng là xã Kha Sơn", None), ("hai hôm nay mất điện", None), ("", None), ("không có nước", None),
    ],
)  # fmt: skip
def test_yes_and_no_are_known_only_when_nothing_else_is_said(text: str, answer: bool | None) -> None:
    assert yes_or_no(text) is answer
