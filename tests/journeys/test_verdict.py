"""What the citizen says of an answer and what follows: done, done in part, not done, silence, second thoughts."""

import pytest

from domain.transitions import CaseStatus, EventKind, Outcome
from storage import cases
from tests.journeys.people import Heard, Person, Town, on_both

ROAD = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"
ANSWER = "Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông, cắm biển báo. Chưa chụp được ảnh vì trời tối."
AGAIN = "Chiều nay đội duy tu đã đổ nhựa nốt hố trước cổng nhà văn hóa. Chưa chụp được ảnh vì trời mưa."


async def _answered(town: Town, citizen: Person, officer: Person, answer: str = ANSWER) -> str:
    """Have a concern answered; return its number."""
    await citizen.says(ROAD)
    await citizen.presses("Đồng ý")
    await citizen.presses("✅ Gửi")
    [case] = await town.cases_of(citizen)
    await officer.says(f"/nhan {case.number}")
    await officer.says(f"/traloi {case.number} {answer}")
    assert any(answer in heard for heard in await citizen.hears())
    return case.number


async def _not_done(citizen: Person, words: str) -> Heard:
    """Say of the latest answer that it is not done; return the reply."""
    await citizen.presses("Chưa được")
    return (await citizen.says(words))[-1]


async def _happened(town: Town, citizen: Person) -> list[EventKind]:
    """Return what happened to the citizen's only case, oldest first."""
    [case] = await town.cases_of(citizen)
    async with town.database.read() as transaction:
        return [event.kind for event in await cases.history(transaction, case.id)]


@on_both
async def test_done_and_how_it_was_handled_are_two_questions(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await _answered(town, citizen, officer)
    [closed] = await citizen.presses("👍 Được rồi")
    assert "khép lại" in closed
    assert list(closed.buttons) == ["🙂 Hài lòng", "😐 Tạm được", "🙁 Chưa hài lòng"]
    [case] = await town.cases_of(citizen)
    assert (case.status, case.outcome, case.rating) == (CaseStatus.CLOSED, Outcome.CONFIRMED, None)
    [thanks] = await citizen.presses("🙁 Chưa hài lòng")
    assert "nói thật" in thanks
    [case] = await town.cases_of(citizen)
    assert (case.outcome, case.rating) == (Outcome.CONFIRMED, 1), "a bad rating does not undo that it is done"


@pytest.mark.parametrize(("label", "rating"), [("🙂 Hài lòng", 3), ("😐 Tạm được", 2), ("🙁 Chưa hài lòng", 1)])
async def test_each_rating_is_kept_and_may_be_changed(town: Town, label: str, rating: int) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await _answered(town, citizen, officer)
    await citizen.presses("👍 Được rồi")
    await citizen.presses(label)
    [case] = await town.cases_of(citizen)
    assert case.rating == rating
    await citizen.presses("😐 Tạm được")
    [case] = await town.cases_of(citizen)
    assert case.rating == 2
    assert not any("😐" in heard or "Tạm được" in heard for heard in await officer.hears()), "ratings are counted only"


@on_both
async def test_what_is_left_after_done_in_part_is_taken_up_again(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await _answered(town, citizen, officer)
    [asked] = await citizen.presses("Được một phần")
    assert "Còn phần nào chưa được" in asked
    assert list(asked.buttons) == ["Thôi, thế cũng được"]
    assert "đã mở lại" in (await citizen.says("còn một hố to trước cổng nhà văn hóa"))[-1]
    assert any("còn một hố to trước cổng nhà văn hóa" in heard for heard in await officer.hears())
    [case] = await town.cases_of(citizen)
    assert (case.status, case.outcome, case.agency) == (CaseStatus.ACCEPTED, None, "KT-05953")
    await officer.says(f"/traloi {case.number} {AGAIN}")
    assert any(AGAIN in heard for heard in await citizen.hears())
    assert "khép lại" in (await citizen.presses("👍 Được rồi"))[-1]


@on_both
async def test_who_lets_the_rest_be_closes_it_as_done_in_part(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await _answered(town, citizen, officer)
    await citizen.presses("Được một phần")
    [closed] = await citizen.presses("Thôi, thế cũng được")
    assert "khép lại" in closed
    assert "🙂 Hài lòng" in closed.buttons
    [case] = await town.cases_of(citizen)
    assert (case.status, case.outcome) == (CaseStatus.CLOSED, Outcome.PARTLY)
    assert "Không có gì" in (await citizen.says("cảm ơn nhé"))[-1]
    assert (await _happened(town, citizen))[-1] is EventKind.SETTLED_PARTLY


@pytest.mark.parametrize("first_thought", ["Được một phần", "Chưa được"])
async def test_thanks_after_a_second_thought_open_nothing_again(town: Town, first_thought: str) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await _answered(town, citizen, officer)
    await citizen.presses(first_thought)
    await citizen.presses("👍 Được rồi")
    assert "Không có gì" in (await citizen.says("cảm ơn nhé"))[-1]
    [case] = await town.cases_of(citizen)
    assert (case.status, case.outcome) == (CaseStatus.CLOSED, Outcome.CONFIRMED)


async def test_another_matter_is_not_taken_for_what_is_not_done(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await _answered(town, citizen, officer)
    await citizen.presses("Chưa được")
    await town.passes(days=8)
    await citizen.hears()
    await citizen.says("nhà tôi ở xã Phú Bình mất nước máy ba ngày nay không có giọt nào")
    await citizen.presses("✅ Gửi")
    assert {case.topic: case.status for case in await town.cases_of(citizen)} == {
        "nuoc_sach.mat_nuoc": CaseStatus.REFERRED,
        "giao_thong.duong_hu_hong": CaseStatus.CLOSED,
    }


@on_both
async def test_not_done_is_told_to_the_agency_and_its_lead(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    lead, colleague = await town.officer("KT-05953", role="lead"), await town.officer("KT-05953")
    await _answered(town, citizen, officer)
    [promised] = [case.due_at for case in await town.cases_of(citizen)]
    for seat in (officer, lead, colleague):
        await seat.hears()
    await town.passes(days=1)
    for seat in (officer, lead, colleague):
        await seat.hears()
    assert "đã mở lại" in await _not_done(citizen, "vẫn còn một hố to giữa đường")
    for seat in (officer, lead):
        assert ["vẫn còn một hố to giữa đường" in heard for heard in await seat.hears()] == [True], "once each"
    assert await colleague.hears() == [], "the case is its officer's"
    [case] = await town.cases_of(citizen)
    assert (case.status, case.agency, case.reopened) == (CaseStatus.ACCEPTED, "KT-05953", 1)
    assert case.due_at > promised


async def test_not_done_is_answered_with_the_new_date(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await _answered(town, citizen, officer)
    await town.passes(days=1)
    told = await _not_done(citizen, "vẫn còn một hố to giữa đường")
    assert "thứ Ba 24/11/2026" in told, "three working days from Thursday"


@on_both
async def test_the_second_not_done_is_for_the_desk_to_decide(town: Town) -> None:
    citizen, officer, desk = await town.citizen(), await town.officer("KT-05953"), await town.officer("VPUB")
    number = await _answered(town, citizen, officer)
    await _not_done(citizen, "vẫn còn một hố to giữa đường")
    await officer.says(f"/traloi {number} {AGAIN}")
    await citizen.hears()
    await officer.hears()
    await _not_done(citizen, "hố đó vẫn y nguyên")
    [case] = await town.cases_of(citizen)
    assert (case.status, case.agency, case.reopened) == (CaseStatus.IN_TRIAGE, "VPUB", 2)
    assert (await _happened(town, citizen))[-2:] == [EventKind.DISPUTED, EventKind.SENT_TO_DESK]
    told = [heard for heard in await officer.hears() if "hố đó vẫn y nguyên" in heard]
    assert ["lần thứ hai" in heard for heard in told] == [True]
    await town.passes(minutes=1)
    assert any("hố đó vẫn y nguyên" in heard for heard in await desk.hears())
    assert "Không có hồ sơ này" in (await officer.says(f"/hoso {number}"))[-1]
    assert "Đã chuyển" in (await desk.says(f"/chuyen {number} SXD đường này do Sở quản lý"))[-1]


async def test_the_citizen_hears_who_decides_after_the_second_not_done(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _answered(town, citizen, officer)
    await _not_done(citizen, "vẫn còn một hố to giữa đường")
    await officer.says(f"/traloi {number} {AGAIN}")
    await citizen.hears()
    assert "Văn phòng Ủy ban nhân dân tỉnh" in await _not_done(citizen, "hố đó vẫn y nguyên")


@on_both
async def test_silence_is_unconfirmed_and_can_still_be_contradicted(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await _answered(town, citizen, officer)
    await town.passes(days=6)
    assert await citizen.hears() == []
    await town.passes(days=1, hours=1)
    [closed] = await citizen.hears()
    assert "không coi đó là hài lòng" in closed
    assert list(closed.buttons) == ["Chưa được"]
    [case] = await town.cases_of(citizen)
    assert (case.status, case.outcome) == (CaseStatus.CLOSED, Outcome.UNCONFIRMED)
    assert "đã mở lại" in await _not_done(citizen, "làm gì có ai đến đâu")
    [case] = await town.cases_of(citizen)
    assert (case.status, case.outcome) == (CaseStatus.ACCEPTED, None)
    assert any("làm gì có ai đến đâu" in heard for heard in await officer.hears())


@on_both
@pytest.mark.parametrize("verdict", ["👍 Được rồi", "Được một phần", "Chưa được"])
async def test_buttons_of_an_answer_that_was_judged_show_how_it_stands(town: Town, verdict: str) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await _answered(town, citizen, officer)
    await _not_done(citizen, "vẫn còn một hố to giữa đường")
    before = await _happened(town, citizen)
    [shown] = await citizen.presses(verdict)
    assert "đang giải quyết" in shown
    assert await _happened(town, citizen) == before


async def test_buttons_of_an_answer_that_was_confirmed_change_nothing(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await _answered(town, citizen, officer)
    await citizen.presses("👍 Được rồi")
    for verdict in ("👍 Được rồi", "Được một phần"):
        [shown] = await citizen.presses(verdict)
        assert "bà con đã xác nhận xong" in shown
    [case] = await town.cases_of(citizen)
    assert (case.status, case.outcome) == (CaseStatus.CLOSED, Outcome.CONFIRMED)


async def test_more_about_an_answered_case_alerts_the_lead(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    lead = await town.officer("KT-05953", role="lead")
    await _answered(town, citizen, officer)
    await lead.hears()
    [asked] = await citizen.says("đường vào xóm Đông xã Kha Sơn mưa xuống lại thành ổ gà rồi")
    assert list(asked.buttons) == ["Việc đó chưa xong, mở lại", "Bổ sung hồ sơ này", "Đây là việc mới"]
    await citizen.presses("Bổ sung")
    [alerted] = await lead.hears()
    assert "hồ sơ đã trả lời" in alerted
    assert "lại thành ổ gà rồi" in alerted
    [case] = await town.cases_of(citizen)
    assert case.status is CaseStatus.ANSWERED


async def test_who_adds_to_an_answered_case_can_say_at_once_that_it_is_not_done(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await _answered(town, citizen, officer)
    await citizen.says("đường vào xóm Đông xã Kha Sơn mưa xuống lại thành ổ gà rồi")
    [added] = await citizen.presses("Bổ sung")
    assert "Chưa được" in added.buttons


@on_both
async def test_the_same_again_after_closing_may_reopen_the_case(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    lead = await town.officer("KT-05953", role="lead")
    await _answered(town, citizen, officer)
    await citizen.presses("👍 Được rồi")
    await lead.hears()
    [asked] = await citizen.says("đường vào xóm Đông xã Kha Sơn mưa xuống lại thành ổ gà rồi")
    assert list(asked.buttons) == ["Việc đó chưa xong, mở lại", "Đây là việc mới"]
    assert "đã mở lại" in (await citizen.presses("Việc đó chưa xong"))[-1]
    assert ["lại thành ổ gà rồi" in heard for heard in await lead.hears()] == [True]
    [case] = await town.cases_of(citizen)
    assert (case.status, case.reopened) == (CaseStatus.ACCEPTED, 1)


async def test_the_same_again_after_closing_may_be_a_new_matter(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await _answered(town, citizen, officer)
    await citizen.presses("👍 Được rồi")
    await citizen.says("đường vào xóm Đông xã Kha Sơn mưa xuống lại thành ổ gà rồi")
    [card] = await citizen.presses("Đây là việc mới")
    assert "✅ Gửi" in card.buttons
    await citizen.presses("✅ Gửi")
    newer, older = await town.cases_of(citizen)
    assert (newer.status, older.status) == (CaseStatus.REFERRED, CaseStatus.CLOSED)
