"""What is an answer, and what officers in a hurry send instead."""

import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from domain.answering import AnswerRuleError, blanks, fingerprint, flaws, parse_answers, spelled, templates
from domain.commands import fold
from domain.rulesets import read_rules
from handlers.texts import read_texts

RULES = parse_answers(read_rules("answers"))
TAXONOMY = read_rules("taxonomy")
TOPICS = [f"{name}.{slug}" for name, group in TAXONOMY.items() for slug in group["topics"]]
ROAD, BILL = "giao_thong.duong_hu_hong", "dien.hoa_don_cong_to_dien"
ASKED = "ổ gà to trước cổng trường tiểu học xã Kha Sơn, học sinh đi xe hay ngã"
GOOD = "Sáng nay đội duy tu đã vá xong 3 ổ gà trước cổng trường."
LABELLED = tomllib.loads((Path(__file__).parent / "answers.toml").read_text(encoding="utf-8"))["cases"]


def keys(answer: str, **other: Any) -> list[str]:  # noqa: ANN401 - whatever flaws takes
    """Return the keys of the flaws of an answer to ASKED, with a picture."""
    given: dict[str, Any] = {"asked": ASKED, "question": None, "topic": ROAD, "photos": 1, "used": 0, "rules": RULES}
    return [flaw.key for flaw in flaws(answer, **given | other)]


@pytest.mark.parametrize(
    ("answer", "flaw"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ("👍👍👍", "mashed"),
        ("123456", "mashed"),
        ("asdf qwer zxcv hjkl asdf", "mashed"),
        ("Đã vá đã vá đã vá đã vá ngày 12/11", "mashed"),
        ("Đã vá.", "short"),
        ("đã xong rồi nhé", "short"),
        ("Ngày [ngày] đã vá 3 ổ gà trước cổng trường", "blanks"),
        ("NGÀY [NGÀY] ĐÃ VÁ 3 Ổ GÀ", "blanks"),
        ("Ngày ... đã vá ổ gà tại ....", "blanks"),
        ("Đã vá ổ gà ngày ____", "blanks"),
        (ASKED, "copied"),
        (f"{ASKED}. Đã xử lý.", "copied"),
        (f"Về việc {fold(ASKED)}, ngay 12/11 da xu ly xong", "copied"),
        ("Đã xử lý xong ngày 12/11.", "what"),
        ("Đã xử lý xong tại xóm Đông ngày 12/11.", "what"),
        ("da xu ly xong tai xom Dong ngay 12/11", "what"),
        ("ĐÃ XỬ LÝ XONG NGÀY 12/11 TẠI XÓM ĐÔNG", "what"),
        ("Đã sửa xong ngày 12/11/2026.", "what"),
        ("Đã khắc phục xong ổ gà trước cổng trường sáng nay.", "what"),
        ("Đã ra văn bản số 45/UBND ngày 12/11 về việc chỉ đạo xử lý.", "what"),
        ("Đã cử đồng chí Nguyễn Văn A xuống kiểm tra lúc 8h ngày 12/11.", "what"),
        ("Phòng Kinh tế đã tiếp nhận và chuyển bộ phận chuyên môn.", "what"),
        ("Gọi 0912 000 111 nhé bác ạ.", "what"),
        ("Đội duy tu đã vá xong mấy ổ gà.", "where"),
        ("Phòng Kinh tế sẽ kiểm tra, xử lý theo quy định.", "promise"),
        ("Xã sẽ vá các ổ gà, bà con chờ thêm.", "promise"),
        ("Trước ngày 30/11 sẽ xử lý xong nội dung công dân phản ánh.", "promise"),
        ("Không làm được, đề nghị liên hệ nơi khác.", "why"),
        ("Chưa đổ nhựa đoạn cổng trường, bà con cứ đi tạm.", "why"),
        ("Chưa vá được vì trời mưa liên tục, đá ướt.", "next"),
        ("Bác cho hỏi ổ gà bên trái hay bên phải đường?", "asks"),
    ],
)
def test_what_lazy_officers_try_is_refused_and_named(answer: str, flaw: str) -> None:
    assert keys(answer) == [flaw]


@pytest.mark.parametrize(
    "answer",
    [
        GOOD,
        fold(GOOD),
        GOOD.upper(),
        unicodedata.normalize("NFD", GOOD),
        "Đã vá 3 ổ gà hôm qua.",
        "Trước 30/11 sẽ trải nhựa lại 80 m trước cổng trường.",
        "Chưa vá được vì trời mưa liên tục, đá ướt; trước ngày 30/11 xã làm.",
        "Chưa vá được vì đang chờ nhựa, bác gọi anh Tú 0912 000 111.",
        "Quốc lộ 37 do Sở Xây dựng quản lý, xã không được sửa. Bác gọi Sở 0208 000 456.",
    ],
)
def test_what_was_done_or_why_not_is_an_answer(answer: str) -> None:
    assert keys(answer) == []


def test_a_long_answer_may_say_its_words_again() -> None:
    assert keys(". ".join(f"Ngày {day}/11 đội duy tu đã vá {day} ổ gà trước cổng trường" for day in range(1, 29))) == []


def test_a_question_is_answered_by_a_fact() -> None:
    asked = "cho hỏi năm nay học phí lớp 7 bao nhiêu"
    told = "Năm học 2026-2027 được miễn học phí."
    assert keys(told, asked=asked, topic="giao_duc.thu_chi_tuyen_sinh") == []
    vague = "Học phí thực hiện theo quy định hiện hành."
    assert keys(vague, asked=asked, topic="giao_duc.thu_chi_tuyen_sinh") != []


def test_the_officers_own_question_is_no_answer_either() -> None:
    question = "Bác cho biết đoạn đường nào hỏng, trước nhà ai, từ hôm nào ạ"
    assert keys(question, question=question) == ["copied"]


def test_visible_work_needs_a_picture_or_a_reason() -> None:
    assert keys(GOOD, photos=0) == ["picture"]
    assert keys("Đã vá xong mấy ổ gà nhỏ.", photos=0) == ["where", "picture"]
    assert keys(f"{GOOD} Chưa chụp được ảnh vì trời tối.", photos=0) == []
    assert keys("Trước 30/11 sẽ vá ổ gà trước cổng trường.", photos=0) == []
    assert keys("Ngày 12/11 đã lập lại hóa đơn, trả lại 412.000 đồng.", photos=0, topic=BILL) == []
    assert keys(GOOD, photos=0, topic=None) == []


def test_the_same_text_again_and_again_is_refused() -> None:
    assert keys(GOOD, used=RULES.most_used - 1) == []
    [flaw] = flaws(GOOD, asked=ASKED, question=None, topic=ROAD, photos=1, used=RULES.most_used, rules=RULES)
    assert (flaw.key, flaw.values) == ("repeated", {"used": RULES.most_used, "days": RULES.days})


@pytest.mark.parametrize(
    "other",
    [
        "Ngày 3/12 tổ đã vá 12 ổ gà tại xóm Na Mao, xã Kha Sơn.",
        "ngay 3/12 to da va 12 o ga tai xom Na Mao, xa Kha Son",
        "Ngày 12/11 tổ đã vá 5 ổ gà tại xóm Đoài, xã Nhã!",
        "Ngày 12/11/2026, tổ đã vá 5 ổ gà tại xóm Đông, xã Nhã Lộng. TN26-0004-175",
    ],
)
def test_a_template_with_another_number_or_place_is_the_same_text(other: str) -> None:
    text = "Ngày 12/11 tổ đã vá 5 ổ gà tại xóm Đông, xã Nhã Lộng."
    assert fingerprint(other) == fingerprint(text)
    assert re.fullmatch("[0-9a-f]{16}", fingerprint(text))


def test_another_text_has_another_fingerprint() -> None:
    assert len({fingerprint(GOOD), fingerprint("Sáng nay đội duy tu đã vá xong 3 hố trước chợ."), fingerprint("")}) == 3


@pytest.mark.parametrize("topic", [None, *TOPICS])
def test_a_template_is_an_answer_once_filled_in_and_not_before(topic: str | None) -> None:
    filled = {
        "ngày": "12/11", "đã làm gì": "đổ 4 khối bê tông, xúc 2 xe đất", "sẽ làm gì": "đổ bê tông 60 m",
        "ở đâu": "xóm Đông", "vì sao": "trời mưa nên bê tông không đông", "ai, số điện thoại": "anh Tú, 0912 000 111",
        "cơ quan nào": "Sở Xây dựng", "thông tin": "lớp 7 được miễn học phí", "giấy tờ gì": "giấy khai sinh",
        "số tiền": "500.000 đồng", "giờ": "7h30",
    }  # fmt: skip
    offered = templates(topic, RULES)
    assert [one.slug for one in offered if not one.topics] == [
        "done", "planned", "impossible", "not_ours", "information",
    ]  # fmt: skip
    for one in offered:
        assert keys(one.text, topic=topic) == ["blanks"]
        text = re.sub(r"\[([^]]+)\]", lambda blank: filled[blank[1]], one.text)
        assert keys(text, topic=topic) == [], text


def test_the_topics_own_templates_come_before_its_fields() -> None:
    slugs = [one.slug for one in templates("dat_dai.giay_chung_nhan", RULES)]
    assert slugs[:3] == ["papers_late", "land", "done"]
    assert templates("dien.mat_dien", RULES)[0].slug == "power_back"


@pytest.mark.parametrize(
    "text", ["Xong rồi...", "Bác yên tâm… mai làm", "[số điện thoại]", "[tên riêng] đã gặp", "Giá 1.000.000", " […]"]
)
def test_dots_that_trail_off_and_masks_are_no_blanks(text: str) -> None:
    assert blanks(text, RULES) == []


def test_tone_marks_are_read_wherever_they_stand() -> None:
    assert spelled("hoà") == spelled("HÒA") != spelled("hoa")


def test_every_rule_names_what_exists_and_every_flaw_has_its_text() -> None:
    named = {topic for one in RULES.templates for topic in one.topics}
    assert RULES.pictures <= set(TOPICS)
    assert named <= {*TOPICS, *TAXONOMY}
    code = Path(flaws.__code__.co_filename).read_text(encoding="utf-8")
    assert {f"flaw_{key}" for key in re.findall(r'Flaw\("(\w+)"', code)} <= set(read_texts("officer"))


EXAMPLES = {
    key: found[1]
    for key, text in read_texts("officer").items()
    if key.startswith("flaw_") and (found := re.search(r"[Vv]í dụ: (.+)", text))
}


@pytest.mark.parametrize("key", EXAMPLES)
def test_the_example_an_officer_is_shown_is_an_answer(key: str) -> None:
    if key == "flaw_picture":
        assert keys(f"{GOOD} {EXAMPLES[key]}", photos=0) == []
    else:
        assert keys(EXAMPLES[key]) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"least_new": 0}, "least_new"),
        ({"least_words": "5"}, "least_words"),
        ({"stock": []}, "stock"),
        ({"joining": ["và", " "]}, "joining"),
        ({"unknown": 1}, "unknown"),
        ({"templates": {"x": {"name": "X"}}}, "templates.x has no 'text'"),
        ({"templates": {"x": {"name": "X", "text": "[chỗ lạ]"}}}, "cho la"),
    ],
)
def test_a_rule_that_makes_no_sense_is_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(AnswerRuleError, match=re.escape(named)):
        parse_answers(read_rules("answers") | change)


@pytest.mark.parametrize("name", ["days", "visible", "templates"])
def test_a_rule_that_is_missing_is_named(name: str) -> None:
    rows = read_rules("answers")
    del rows[name]
    with pytest.raises(AnswerRuleError, match=name):
        parse_answers(rows)


@pytest.mark.parametrize("part", ["tune", "dev"])
def test_few_good_answers_are_refused_and_most_bad_ones_are_caught(part: str) -> None:
    cases = [case for case in LABELLED if case["part"] == part]

    def refused(label: str) -> list[bool]:
        return [
            bool(keys(answer, **{name: case.get(name, default) for name, default in
                                 (("asked", ""), ("topic", None), ("photos", 0), ("used", 0))}))
            for case in cases
            for answer in case.get(label, ())
        ]  # fmt: skip

    good, bad = refused("good"), refused("bad")
    assert (len(good), len(bad)) > (60, 60)
    assert sum(good) <= 0.05 * len(good)
    assert sum(bad) >= 0.95 * len(bad)
