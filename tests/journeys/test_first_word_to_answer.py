"""A concern from the first word to the confirmed answer."""

from domain.transitions import CaseStatus, Outcome
from tests.journeys.people import Town, on_both


@on_both
async def test_a_concern_comes_in_an_agency_answers_the_citizen_hears_back(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")

    [notice] = await citizen.says("đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã")
    assert "Máy đọc trước" in notice
    [card] = await citizen.presses("Đồng ý")
    assert "Đường xã, đường thôn" in card
    assert "xóm Đông, xã Kha Sơn" in card
    assert "Phòng Kinh tế xã Kha Sơn" in card
    assert "thứ Hai 23/11/2026" in card
    [filed] = await citizen.presses("✅ Gửi")
    assert "Mã hồ sơ: TN26-" in filed

    await town.passes(minutes=1)
    [digest] = await officer.hears()
    assert "1 việc mới" in digest
    [case_card] = await officer.presses("TN26-")
    assert "ổ gà to lắm" in case_card
    await officer.presses("Nhận việc")
    assert "đã nhận việc" in (await citizen.hears())[-1]

    await officer.presses("Trả lời")
    [sent] = await officer.says("Sáng nay đã vá xong 3 ổ gà đầu xóm Đông. Chưa chụp được ảnh vì trời tối.")
    assert "Đã trả lời" in sent
    [answer] = await citizen.hears()
    assert "vá xong 3 ổ gà" in answer

    [thanks] = await citizen.presses("👍 Được rồi")
    assert "khép lại" in thanks
    [case] = await town.cases_of(citizen)
    assert (case.status, case.outcome) == (CaseStatus.CLOSED, Outcome.CONFIRMED)
