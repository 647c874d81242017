"""Answers that are answers: refused with a reason, made from templates, with pictures, approved by the lead."""

from dataclasses import replace

import pytest

from domain.messages import Photo
from domain.rulesets import Ruleset
from domain.transitions import CaseStatus, EventKind
from nlp.reader import Reader
from storage import cases
from storage.database import Database
from tests.conftest import MORNING
from tests.handlers.doing import files
from tests.journeys.people import Person, Platform, Town, on_both

ROAD = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"
DONE = "Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông."
NO_PICTURE = "Chưa chụp được ảnh vì trời tối."
AFTER, OTHER_AFTER = "AgACAgUAAxkBAAIBk2dLphotoAfter", "AgACAgUAAxkBAAIBk2dLphotoOther"
on_telegram = pytest.mark.parametrize("person_kind", ["telegram"])


async def _taken(citizen: Person, officer: Person) -> str:
    """Have a road reported and taken; return its number. What the citizen hears begins after that."""
    number = (await files(citizen, ROAD)).number
    await officer.says(f"/nhan {number}")
    await citizen.hears()
    return number


async def _status(town: Town, citizen: Person) -> CaseStatus:
    return (await town.cases_of(citizen))[0].status


@on_both
async def test_an_answer_goes_out_once_it_tells_what_was_done(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _taken(citizen, officer)
    await officer.says(f"/hoso {number}")
    [asked] = await officer.presses("Trả lời")
    assert "đã làm gì, khi nào, ở đâu" in asked
    [refused] = await officer.says("Đã tiếp nhận, kiểm tra, xử lý theo quy định.")
    assert "Chưa gửi được" in refused
    assert "Ví dụ" in refused or "ví dụ" in refused
    assert await citizen.hears() == []
    [sent] = await officer.says(f"{DONE} {NO_PICTURE}")
    assert "Đã trả lời" in sent
    [answer] = await citizen.hears()
    assert DONE in answer
    assert "👍 Được rồi" in answer.buttons
    assert await _status(town, citizen) is CaseStatus.ANSWERED


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("đã xong", "ngắn quá"),
        (ROAD, "lời của người dân chép lại"),
        ("Cơ quan đã tiếp nhận và chuyển bộ phận chuyên môn kiểm tra, xử lý theo quy định.", "Chưa rõ đã làm việc gì"),
        ("Chúng tôi sẽ sửa lại đoạn đường này cho bà con đi lại", "mới hứa"),
        ("Ngày [ngày] đã vá, sửa [đã làm gì] tại xóm Đông.", "chưa điền: [ngày], [đã làm gì]"),
        ("asdf jkl qwer zxcv uiop hjkl", "không đọc ra chữ"),
        ("Bà con cho hỏi đoạn này ở gần nhà ai vậy?", "/hoi"),
        ("Chưa sửa được đoạn đường này cho bà con", "vì sao"),
    ],
)
async def test_what_is_no_answer_is_refused_with_the_reason(town: Town, words: str, why: str) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _taken(citizen, officer)
    [refused] = await officer.says(f"/traloi {number} {words}")
    assert why in refused
    assert "Xem mẫu" in refused.buttons
    assert await citizen.hears() == []
    assert await _status(town, citizen) is CaseStatus.ACCEPTED
    assert "Đã trả lời" in (await officer.says(DONE))[-1], "the next message is taken for the answer"


async def test_one_text_for_case_after_case_is_refused_in_the_end(town: Town) -> None:
    officer = await town.officer("KT-05953")
    most = town.rules.answers.most_used
    for n in range(most + 1):
        citizen = await town.citizen()
        number = await _taken(citizen, officer)
        words = f"Ngày {n + 1}/11 đội duy tu đã vá xong {n + 1} ổ gà ở xóm Số {n + 1}."
        [said] = await officer.says(f"/traloi {number} {words}")
        assert ("Đã trả lời" in said) == (n < most)
    assert f"đã gửi {most} lần" in said
    assert await citizen.hears() == []
    own = "Thay 12 m cống vỡ làm đọng nước trước cổng chùa, đổ lại bê tông mặt đường, chiều qua đã thông xe."
    assert "Đã trả lời" in (await officer.says(own))[-1]


async def test_an_answer_is_made_from_a_template_by_button(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _taken(citizen, officer)
    await officer.says(f"/hoso {number}")
    await officer.presses("Trả lời")
    [offered] = await officer.presses("Xem mẫu")
    assert next(iter(offered.buttons)) == "Đã sửa đường", "the topic's own comes first"
    [template] = await officer.presses("Đã sửa đường")
    assert template.text.startswith("Ngày [ngày] đã vá"), "alone in its message, to be copied whole"
    assert "chưa điền" in (await officer.says(template.text))[-1]
    filled = template.text
    for blank, word in {
        "ngày": "20/11", "đã làm gì": "3 ổ gà", "ở đâu": "đầu xóm Đông", "ai, số điện thoại": "Phòng Kinh tế xã",
    }.items():  # fmt: skip
        filled = filled.replace(f"[{blank}]", word)
    assert "Đã trả lời" in (await officer.says(filled))[-1]
    assert "Ngày 20/11 đã vá, sửa 3 ổ gà tại đầu xóm Đông" in (await citizen.hears())[-1]


async def test_templates_are_no_answer_before_the_case_is_taken(town: Town) -> None:
    officer = await town.officer("KT-05953")
    number = (await files(await town.citizen(), ROAD)).number
    [told] = await officer.says(f"/mau {number}")
    assert "chưa làm được việc này" in told
    assert "Nhận việc" in told.buttons


# Pictures.


@on_telegram
async def test_work_that_can_be_seen_wants_a_picture_or_says_why_there_is_none(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _taken(citizen, officer)
    [refused] = await officer.says(f"/traloi {number} {DONE}")
    assert "cần ảnh sau khi làm" in refused
    [kept] = await officer.sends(Photo(AFTER))
    assert f"Đã giữ 1 ảnh cho câu trả lời {number}" in kept
    assert "Đã trả lời" in (await officer.says(DONE))[-1]
    answer, picture = await citizen.hears()
    assert DONE in answer
    assert "1 ảnh sau khi làm" in answer
    assert picture.photos == (AFTER,)


@on_telegram
async def test_a_picture_comes_with_the_answer_as_its_caption(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _taken(citizen, officer)
    assert "Đã trả lời" in (await officer.sends(Photo(AFTER, f"/traloi {number} {DONE}")))[-1]
    answer, picture = await citizen.hears()
    assert DONE in answer
    assert picture.photos == (AFTER,)


@on_telegram
async def test_a_picture_before_all_words_is_kept_and_its_case_asked_for(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _taken(citizen, officer)
    [asked] = await officer.sends(Photo(AFTER))
    assert "Ảnh này cho hồ sơ nào" in asked
    await officer.presses(number)
    assert "Đã trả lời" in (await officer.says(DONE))[-1]
    assert (await citizen.hears())[-1].photos == (AFTER,)


@on_telegram
async def test_a_picture_shown_in_another_case_is_refused_and_a_fresh_one_is_taken(town: Town) -> None:
    citizen, second, officer = await town.citizen(), await town.citizen(), await town.officer("KT-05953")
    number = await _taken(citizen, officer)
    await officer.sends(Photo(AFTER, f"/traloi {number} {DONE}"))
    other = await _taken(second, officer)
    words = "Chiều nay đội duy tu đã rải đá 200 m đường xóm Bắc."
    [refused] = await officer.sends(Photo(AFTER, f"/traloi {other} {words}"))
    assert "Ảnh này đã dùng cho một hồ sơ khác" in refused
    assert await second.hears() == []
    assert "Đã trả lời" in (await officer.sends(Photo(OTHER_AFTER, words)))[-1]
    *_, picture = await second.hears()
    assert picture.photos == (OTHER_AFTER,)


# Approval by the lead, where the deployment asks for it.


@pytest.fixture
def careful(sqlite: Database, rules: Ruleset, reader: Reader, platform: Platform) -> Town:
    """Return a town where the lead approves answers and extensions."""
    approval = replace(rules.clocks.approval, answers=True, extensions=True)
    changed = replace(rules, clocks=replace(rules.clocks, approval=approval))
    return Town.build(sqlite, changed, reader, MORNING, platform)


@on_both
async def test_an_answer_is_given_back_mended_and_approved(careful: Town) -> None:
    citizen, officer = await careful.citizen(), await careful.officer("KT-05953", name="Hạnh")
    lead = await careful.officer("KT-05953", role="lead", name="Bình")
    number = await _taken(citizen, officer)
    [proposed] = await officer.says(f"/traloi {number} {DONE} {NO_PICTURE}")
    assert "Lãnh đạo duyệt xong mới gửi" in proposed
    assert await citizen.hears() == []
    assert DONE in (await lead.hears())[-1]
    await lead.presses("Trả lại để sửa")
    assert "Đã trả lại" in (await lead.says("ghi rõ ai làm, làm bằng gì"))[-1]
    [back] = await officer.hears()
    assert "ghi rõ ai làm, làm bằng gì" in back
    assert DONE in back, "what was written is at hand"
    await officer.presses("Mở hồ sơ")
    await officer.presses("Trả lời")
    mended = f"Sáng nay đội duy tu của xã đã vá 3 ổ gà đầu xóm Đông bằng nhựa nguội. {NO_PICTURE}"
    await officer.says(mended)
    await lead.hears()
    assert "Đã trả lời" in (await lead.presses("✅ Duyệt"))[-1]
    [answer] = await citizen.hears()
    assert mended in answer
    assert "Lãnh đạo đã duyệt" in (await officer.hears())[-1]
    [case] = await careful.cases_of(citizen)
    async with careful.database.read() as transaction:
        happened = [event.kind for event in await cases.history(transaction, case.id)]
    assert happened[-4:] == [
        EventKind.ANSWER_PROPOSED, EventKind.ANSWER_RETURNED, EventKind.ANSWER_PROPOSED, EventKind.ANSWERED,
    ]  # fmt: skip


async def test_only_the_lead_approves_and_only_what_waits(careful: Town) -> None:
    citizen, officer = await careful.citizen(), await careful.officer("KT-05953")
    lead = await careful.officer("KT-05953", role="lead")
    number = await _taken(citizen, officer)
    assert "không có câu trả lời nào chờ duyệt" in (await lead.says(f"/duyet {number}"))[0]
    await officer.says(f"/traloi {number} {DONE}")
    assert "do lãnh đạo" in (await officer.says(f"/duyet {number}"))[-1]
    assert "do lãnh đạo" in (await officer.says(f"/tralai {number} chưa rõ ai làm"))[-1]
    assert await citizen.hears() == []
    await lead.hears()
    [queue] = await lead.says("/viec")
    [waiting] = await lead.presses("Chờ duyệt", queue)
    assert number in waiting
    await lead.presses(number, waiting)
    await lead.presses("✅ Duyệt")
    assert DONE in (await citizen.hears())[-1]


async def test_who_leads_needs_nobody_s_approval_nor_do_officers_without_a_lead(careful: Town) -> None:
    for role in ("officer", "lead"):
        citizen, alone = await careful.citizen(), await careful.officer("KT-05953", role=role)
        number = await _taken(citizen, alone)
        assert "Đã trả lời" in (await alone.says(f"/traloi {number} {DONE}"))[-1]


@on_telegram
async def test_an_approved_answer_brings_its_picture(careful: Town) -> None:
    citizen, officer = await careful.citizen(), await careful.officer("KT-05953")
    lead = await careful.officer("KT-05953", role="lead")
    number = await _taken(citizen, officer)
    await officer.sends(Photo(AFTER, f"/traloi {number} {DONE}"))
    proposed, picture = await lead.hears()
    assert "kèm 1 ảnh" in proposed
    assert picture.photos == (AFTER,)
    await lead.presses("✅ Duyệt")
    assert (await citizen.hears())[-1].photos == (AFTER,)


@on_both
async def test_an_extension_is_granted_with_one_press_or_refused(careful: Town) -> None:
    citizen, officer = await careful.citizen(), await careful.officer("KT-05953")
    lead = await careful.officer("KT-05953", role="lead")
    number = await _taken(citizen, officer)
    await officer.says(f"/giahan {number} 26/11 chờ nhà thầu giao đá")
    [asked] = await lead.hears()
    assert "chờ nhà thầu giao đá" in asked
    await lead.presses("Không đồng ý")
    assert "không đồng ý gia hạn" in (await officer.hears())[-1]
    assert await citizen.hears() == []
    await officer.says(f"/giahan {number} 26/11 mưa lũ chưa thi công được")
    await lead.hears()
    await lead.presses("✅ Đồng ý gia hạn")
    [told] = await citizen.hears()
    assert "thứ Năm 26/11/2026" in told
    assert "mưa lũ chưa thi công được" in told
