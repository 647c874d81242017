"""One problem, many people: asked first, told together, and nobody reads what another wrote."""

import pytest

from domain.cases import Case
from domain.transitions import CaseStatus, EventKind, Outcome
from storage import cases
from tests.journeys.people import Heard, Person, Town, on_both

#: What only the first citizen wrote.
SECRET = "cháu tôi ngã gãy tay"
FIRST = f"đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua {SECRET}"
SECOND = "xóm Đông xã Kha Sơn đường ổ gà to lắm, đi lại khổ quá"
ANSWER = "Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông, cắm biển báo. Chưa chụp được ảnh vì trời tối."


async def _says(citizen: Person, text: str) -> Heard:
    """Write, agree at first contact, and return what is shown of it."""
    shown = (await citizen.says(text))[-1]
    return (await citizen.presses("Đồng ý"))[-1] if "Đồng ý, gửi tiếp" in shown.buttons else shown


async def _files(town: Town, citizen: Person, text: str) -> Case:
    shown = await _says(citizen, text)
    if "✅ Gửi" not in shown.buttons:
        await citizen.presses("Không, việc khác")
    await citizen.presses("✅ Gửi")
    return (await town.cases_of(citizen))[0]


async def _joins(town: Town, citizen: Person, text: str = SECOND) -> Case:
    await _says(citizen, text)
    await citizen.presses("Đúng, cùng việc đó")
    return (await town.cases_of(citizen))[0]


async def _stored(town: Town, number: str) -> Case:
    async with town.database.begin() as transaction:
        found = await cases.by_number(transaction, number)
    assert found
    return found


async def _happened(town: Town, case: Case) -> list[EventKind]:
    async with town.database.read() as transaction:
        return [event.kind for event in await cases.history(transaction, case.id)]


@on_both
async def test_the_second_is_asked_joins_and_both_hear_the_outcome_once(town: Town) -> None:
    first, second, officer = await town.citizen(), await town.citizen(), await town.officer("KT-05953")
    case = await _files(town, first, FIRST)
    asked = await _says(second, SECOND)
    assert "đã có người báo việc này" in asked
    assert "Đường xã, đường thôn" in asked
    assert "xóm Đông, xã Kha Sơn, báo thứ Tư 18/11/2026" in asked
    assert SECRET not in asked
    assert case.number not in asked
    assert list(asked.buttons) == ["Đúng, cùng việc đó", "Không, việc khác"]
    [joined] = await second.presses("Đúng, cùng việc đó")
    [own] = await town.cases_of(second)
    assert own.number in joined
    assert (await _stored(town, own.number)).merged_into == case.number
    assert EventKind.FOLLOWED in await _happened(town, case)

    await town.passes(minutes=1)
    assert "1 việc mới" in (await officer.hears())[-1]
    [card] = await officer.says(f"/hoso {case.number}")
    assert "Còn 1 người báo cùng việc" in card
    assert "đi lại khổ quá" in card
    await officer.says(f"/nhan {case.number}")
    await officer.says(f"/traloi {case.number} {ANSWER}")
    await town.passes(days=1)
    for citizen in (first, second):
        assert sum(ANSWER in heard for heard in await citizen.hears()) == 1
    assert "khép lại" in (await first.presses("👍 Được rồi"))[-1]
    assert (await _stored(town, case.number)).outcome is Outcome.CONFIRMED


async def test_what_the_first_typed_for_the_place_is_not_shown(town: Town) -> None:
    first, second = await town.citizen(), await town.citizen()
    await _says(first, "đường ổ gà to lắm mấy hôm nay xe ngã suốt")
    await first.shares(21.428, 106.001)
    await first.says("ngay trước cửa nhà tôi, tôi bán nước ở đó")
    await first.presses("Đúng rồi")
    await first.presses("✅ Gửi")
    asked = await _says(second, "đường xã Kha Sơn ổ gà to lắm, xe ngã suốt")
    assert "đã có người báo việc này" in asked
    assert "bán nước" not in asked


async def test_who_says_it_is_something_else_files_a_case_of_its_own(town: Town) -> None:
    first, second = await town.citizen(), await town.citizen()
    case = await _files(town, first, FIRST)
    await _says(second, SECOND)
    [card] = await second.presses("Không, việc khác")
    await second.presses("✅ Gửi", on=card)
    [own] = await town.cases_of(second)
    assert (own.status, own.merged_into) == (CaseStatus.REFERRED, None)
    assert own.number != case.number


@on_both
async def test_a_follower_sees_how_it_stands(town: Town) -> None:
    first, second, officer = await town.citizen(), await town.citizen(), await town.officer("KT-05953")
    case = await _files(town, first, FIRST)
    own = await _joins(town, second)
    await officer.says(f"/nhan {case.number}")
    [listed] = await second.says("/theodoi")
    assert f"{own.number}: Đường xã, đường thôn, ngõ hư hỏng, ổ gà. đang giải quyết" in listed
    [shown] = await second.presses(own.number)
    assert "Nơi giải quyết: Phòng Kinh tế xã Kha Sơn" in shown
    assert "Hẹn trả lời chậm nhất: thứ Hai 23/11/2026" in shown
    await officer.says(f"/traloi {case.number} {ANSWER}")
    shown = (await second.says(f"/theodoi {own.number}"))[-1]
    assert f"Trả lời: {ANSWER}" in shown
    assert "Chưa được" in shown.buttons


async def test_a_follower_is_not_asked_what_the_first_was_asked(town: Town) -> None:
    first, second, officer = await town.citizen(), await town.citizen(), await town.officer("KT-05953")
    case = await _files(town, first, FIRST)
    own = await _joins(town, second)
    await officer.says(f"/nhan {case.number}")
    await officer.says(f"/hoi {case.number} Cháu ngã ở trước nhà ai vậy?")
    [shown] = await second.says(f"/theodoi {own.number}")
    assert "Cháu ngã" not in shown
    assert "bà con trả lời" not in shown
    assert "Trả lời" not in shown.buttons


@on_both
async def test_a_follower_may_say_that_it_is_not_done(town: Town) -> None:
    first, second, officer = await town.citizen(), await town.citizen(), await town.officer("KT-05953")
    case = await _files(town, first, FIRST)
    own = await _joins(town, second)
    await officer.says(f"/nhan {case.number}")
    await officer.says(f"/traloi {case.number} {ANSWER}")
    await first.hears()
    await first.presses("👍 Được rồi")
    await second.hears()
    await second.presses("Chưa được")
    told = await second.says("đoạn cuối xóm vẫn y nguyên")
    assert any(f"{own.number} đã mở lại" in heard for heard in told)
    assert any("đoạn cuối xóm vẫn y nguyên" in heard for heard in await officer.hears())
    again = await _stored(town, case.number)
    assert (again.status, again.outcome, again.reopened) == (CaseStatus.ACCEPTED, None, 1)
    for citizen in (first, second):
        assert "đang giải quyết" in (await citizen.says("/theodoi"))[-1]


async def test_of_two_who_say_that_it_is_not_done_both_are_heard(town: Town) -> None:
    first, second, officer = await town.citizen(), await town.citizen(), await town.officer("KT-05953")
    case = await _files(town, first, FIRST)
    await _joins(town, second)
    await officer.says(f"/nhan {case.number}")
    await officer.says(f"/traloi {case.number} {ANSWER}")
    for citizen in (first, second):
        await citizen.hears()
        await citizen.presses("Chưa được")
    await first.says("trước cổng nhà tôi vẫn chưa vá")
    await second.says("đoạn cuối xóm vẫn y nguyên")
    heard = await officer.hears()
    for words in ("trước cổng nhà tôi vẫn chưa vá", "đoạn cuối xóm vẫn y nguyên"):
        assert any(words in one for one in heard)
    assert (await _stored(town, case.number)).reopened == 1, "that is one answer that was not good"


async def test_a_follower_hears_that_it_was_closed_for_silence(town: Town) -> None:
    first, second, officer = await town.citizen(), await town.citizen(), await town.officer("KT-05953")
    case = await _files(town, first, FIRST)
    await _joins(town, second)
    await officer.says(f"/nhan {case.number}")
    await officer.says(f"/traloi {case.number} {ANSWER}")
    for citizen in (first, second):
        await citizen.hears()
    await town.passes(days=7, hours=1)
    for citizen in (first, second):
        assert any("tạm khép lại" in heard for heard in await citizen.hears())


async def test_a_follower_rates_for_himself(town: Town) -> None:
    first, second, officer = await town.citizen(), await town.citizen(), await town.officer("KT-05953")
    case = await _files(town, first, FIRST)
    own = await _joins(town, second)
    await officer.says(f"/nhan {case.number}")
    await officer.says(f"/traloi {case.number} {ANSWER}")
    await second.hears()
    await second.presses("👍 Được rồi")
    await second.presses("😐 Tạm được")
    assert (await _stored(town, own.number)).rating == 2
    first_case = await _stored(town, case.number)
    assert (first_case.status, first_case.rating) == (CaseStatus.ANSWERED, None), "the first judges his own"


@on_both
async def test_an_officer_joins_two_cases_and_takes_them_apart(town: Town) -> None:
    first, second, officer = await town.citizen(), await town.citizen(), await town.officer("KT-05953")
    case, own = await _files(town, first, FIRST), await _files(town, second, SECOND)
    [merged] = await officer.says(f"/gop {own.number} {case.number}")
    assert "Đã gộp" in merged
    [told] = await second.hears()
    assert "cùng một việc với người khác đã báo" in told
    assert SECRET not in told
    assert case.number not in told
    assert await first.hears() == []
    assert (await _stored(town, own.number)).outcome is Outcome.MERGED
    [apart] = await officer.says(f"/tach {own.number}")
    assert "Đã tách" in apart
    assert "được xem riêng" in (await second.hears())[-1]
    alone = await _stored(town, own.number)
    assert (alone.status, alone.outcome, alone.merged_into) == (CaseStatus.REFERRED, None, None)
    await officer.says(f"/nhan {case.number}")
    await officer.says(f"/traloi {case.number} {ANSWER}")
    assert not any(ANSWER in heard for heard in await second.hears())
    assert EventKind.UNFOLLOWED in await _happened(town, case)


@on_both
async def test_the_follower_goes_on_when_the_first_erases_everything(town: Town) -> None:
    first, second, officer = await town.citizen(), await town.citizen(), await town.officer("KT-05953")
    case = await _files(town, first, FIRST)
    own = await _joins(town, second)
    await officer.says(f"/nhan {case.number}")
    await officer.hears()
    await first.says("/xoadulieu")
    await first.presses("Xóa hết")
    told = await officer.hears()
    assert any(f"làm tiếp theo {own.number}" in heard for heard in told)
    went_on = await _stored(town, own.number)
    assert (went_on.outcome, went_on.merged_into, went_on.agency) == (None, None, "KT-05953")
    await officer.says(f"/nhan {own.number}")
    await officer.says(f"/traloi {own.number} {ANSWER}")
    assert sum(ANSWER in heard for heard in await second.hears()) == 1
    assert "khép lại" in (await second.presses("👍 Được rồi"))[-1]


async def test_the_follower_keeps_the_date_that_was_promised(town: Town) -> None:
    first, second = await town.citizen(), await town.citizen()
    await _files(town, first, FIRST)
    own = await _joins(town, second)
    await town.passes(days=1)
    await first.says("/xoadulieu")
    await first.presses("Xóa hết")
    assert (await _stored(town, own.number)).due_at == own.due_at


@on_both
async def test_what_is_being_mended_is_told_to_who_reports_it(town: Town) -> None:
    first, second, officer = await town.citizen(), await town.citizen(), await town.officer("KT-05953")
    case = await _files(town, first, FIRST)
    await officer.says(f"/nhan {case.number}")
    [announced] = await officer.says(f"/dangsua {case.number} 17h đang vá ổ gà đầu xóm Đông")
    assert "đang vá ổ gà đầu xóm Đông" in announced
    assert "đang vá ổ gà đầu xóm Đông" in (await first.hears())[-1]
    known = await _says(second, SECOND)
    assert "Phòng Kinh tế xã Kha Sơn: đang vá ổ gà đầu xóm Đông." in known
    assert "Dự kiến xong 17:00 thứ Tư 18/11/2026" in known
    assert SECRET not in known
    [joined] = await second.presses("Đúng, cùng việc đó")
    assert "Mã hồ sơ của bà con" in joined
    await officer.says(f"/traloi {case.number} {ANSWER}")
    assert sum(ANSWER in heard for heard in await second.hears()) == 1


async def test_what_should_be_mended_by_now_is_not_told_any_more(town: Town) -> None:
    first, second, officer = await town.citizen(), await town.citizen(), await town.officer("KT-05953")
    case = await _files(town, first, FIRST)
    await officer.says(f"/dangsua {case.number} 11h đang vá ổ gà đầu xóm Đông")
    await town.passes(hours=3)
    shown = await _says(second, SECOND)
    assert "đang vá ổ gà" not in shown
    assert "đã có người báo việc này" in shown, "but it is open still"


@pytest.mark.parametrize(
    ("topic", "first_text", "second_text"),
    [
        ("giao_thong.duong_hu_hong", FIRST, SECOND.replace("Kha Sơn", "Phú Bình")),
        (
            "dat_dai.giay_chung_nhan",
            "tôi nộp hồ sơ cấp sổ đỏ ở xã Kha Sơn ba tháng nay chưa có kết quả",
            "tôi nộp hồ sơ cấp sổ đỏ ở xã Kha Sơn ba tháng nay chưa có kết quả gì cả",
        ),
        (
            "hanh_chinh.thai_do_can_bo",
            "cán bộ một cửa xã Kha Sơn quát tháo, hạch sách người dân, thái độ rất khó chịu",
            "cán bộ một cửa xã Kha Sơn quát tháo, hạch sách người dân, thái độ rất khó chịu",
        ),
    ],
    ids=["another commune", "somebody's own papers", "restricted"],
)
async def test_what_is_not_for_all_is_never_asked(town: Town, topic: str, first_text: str, second_text: str) -> None:
    first, second = await town.citizen(), await town.citizen()
    case = await _files(town, first, first_text)
    assert "✅ Gửi" in (await _says(second, second_text)).buttons
    await second.presses("✅ Gửi")
    [own] = await town.cases_of(second)
    assert (case.topic, own.topic, own.merged_into) == (topic, topic, None)
