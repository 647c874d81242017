"""Cases that go from hand to hand, and several agencies at one case."""

import pytest

from domain.cases import Case
from domain.transitions import CaseStatus, EventKind
from storage import cases
from tests.handlers.doing import files
from tests.journeys.people import Heard, Person, Town, on_both

ROAD = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"
POWER = "nhà tôi ở xã Kha Sơn mất điện từ tối qua đến giờ chưa có"
DONE = "Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông. Chưa chụp được ảnh vì trời tối."


async def _filed(citizen: Person, words: str = ROAD) -> str:
    """Have a concern sent; return its number. What the citizen hears begins after that."""
    number = (await files(citizen, words)).number
    await citizen.hears()
    return number


async def _now(town: Town, number: str) -> Case:
    async with town.database.read() as transaction:
        found = await cases.by_number(transaction, number)
    assert found
    return found


async def _happened(town: Town, number: str) -> list[EventKind]:
    case = await _now(town, number)
    async with town.database.read() as transaction:
        return [event.kind for event in await cases.history(transaction, case.id)]


def _hours(case: Case, agency: str) -> int:
    """Return the hours charged to an agency so far."""
    return round(sum(task.charged.total_seconds() for task in case.tasks if task.agency == agency) / 3600)


def _telling(heard: list[Heard], words: str) -> int:
    return sum(words in one for one in heard)


# Not ours.


@on_both
async def test_not_ours_is_said_by_buttons_with_whose_and_why(town: Town) -> None:
    citizen, officer, other = await town.citizen(), await town.officer("KT-05953"), await town.officer("SXD")
    number = await _filed(citizen)
    await officer.says(f"/hoso {number}")
    [whose] = await officer.presses("Chuyển")
    assert "là việc của ai" in whose
    [why] = await officer.presses("Sở Xây dựng")
    assert "người dân cũng sẽ đọc" in why
    assert "Vì sao" in (await officer.says("việc này"))[-1], "two words are no reason"
    [moved] = await officer.says("đây là tỉnh lộ do Sở quản lý")
    assert "Đến khi bên đó nhận (muộn nhất" in moved, "eight working hours"
    assert "thứ Năm 19/11/2026" in moved
    assert "thời gian vẫn tính cho đồng chí" in moved
    [told] = await citizen.hears()
    assert "đây là tỉnh lộ do Sở quản lý" in told
    await town.passes(minutes=1)
    await other.hears()
    [card] = await other.presses(number)
    assert "Chuyển cơ quan khác: Sở Xây dựng tỉnh Thái Nguyên, đây là tỉnh lộ do Sở quản lý" in card


async def test_whose_it_is_cannot_be_nobody_or_oneself(town: Town) -> None:
    officer = await town.officer("KT-05953")
    number = await _filed(await town.citizen())
    for whom in ("ABC", "KT-05953"):
        [asked] = await officer.says(f"/chuyen {number} {whom} không phải của chúng tôi")
        assert f'Không chuyển đến "{whom}" được' in asked
    assert (await _now(town, number)).agency == "KT-05953"


@on_both
async def test_the_second_not_ours_is_decided_by_the_desk_and_ends_there(town: Town) -> None:
    citizen, desk = await town.citizen(), await town.officer("VPUB")
    officer, other = await town.officer("KT-05953"), await town.officer("SXD")
    number = await _filed(citizen)
    await officer.says(f"/chuyen {number} SXD đây là tỉnh lộ")
    await citizen.hears()
    [told] = await other.says(f"/chuyen {number} KT-05953 đây là đường của xã")
    assert "đã bị chuyển một lần" in told
    assert "muộn nhất" in told
    [heard] = await citizen.hears()
    assert "hai cơ quan chưa thống nhất việc của ai" in heard
    assert "đây là đường của xã" in heard
    assert (await _now(town, number)).status is CaseStatus.IN_TRIAGE
    await town.passes(minutes=1)
    await desk.hears()
    [card] = await desk.presses(number)
    assert "Phòng Kinh tế xã Kha Sơn, đây là đường của xã" in card, "what the second one proposes"
    await desk.presses("Chuyển")
    await desk.presses("Phòng Kinh tế")
    assert "Đã chuyển" in (await desk.says("bản đồ ghi là đường xã"))[-1]
    case = await _now(town, number)
    assert (case.agency, case.referrals) == ("KT-05953", 2), "the desk's word is no refusal"
    await officer.says(f"/nhan {number}")
    assert _telling(await citizen.hears(), "đã nhận việc") == 1


@on_both
async def test_the_time_of_a_hand_off_is_the_sender_s_until_it_is_taken(town: Town) -> None:
    officer, other = await town.officer("KT-05953"), await town.officer("SXD")
    number = await _filed(await town.citizen())
    await officer.says(f"/nhan {number}")
    await officer.says(f"/chuyen {number} SXD đây là tỉnh lộ")
    await town.passes(hours=5)
    await other.hears()
    [card] = await other.says(f"/hoso {number}")
    assert "Phòng Kinh tế xã Kha Sơn 5 giờ; Sở Xây dựng tỉnh Thái Nguyên 0 giờ" in card
    await other.says(f"/nhan {number}")
    await town.passes(hours=2)
    [card] = await other.says(f"/hoso {number}")
    assert "Phòng Kinh tế xã Kha Sơn 5 giờ; Sở Xây dựng tỉnh Thái Nguyên 2 giờ" in card
    case = await _now(town, number)
    assert _hours(case, "KT-05953") == 5


async def test_who_does_not_take_what_was_passed_on_is_charged_once_the_hours_are_over(town: Town) -> None:
    officer, other = await town.officer("KT-05953"), await town.officer("SXD")
    number = await _filed(await town.citizen())
    await officer.says(f"/chuyen {number} SXD đây là tỉnh lộ")
    for _ in range(30):
        await town.passes(hours=1)
    assert EventKind.HANDOFF_LAPSED in await _happened(town, number)
    assert _telling(await other.hears(), "quá giờ nhận") > 0
    [card] = await other.says(f"/hoso {number}")
    assert "Quá giờ nhận việc, thời gian từ đây tính cho nơi được chuyển" in card
    assert "Phòng Kinh tế xã Kha Sơn 25 giờ; Sở Xây dựng tỉnh Thái Nguyên 5 giờ" in card


# Partners.


async def _taken(citizen: Person, officer: Person, words: str = ROAD) -> str:
    number = await _filed(citizen, words)
    await officer.says(f"/nhan {number}")
    await citizen.hears()
    return number


@on_both
async def test_a_partner_is_called_in_by_buttons_and_its_reply_reaches_the_lead_alone(town: Town) -> None:
    citizen, officer, partner = await town.citizen(), await town.officer("KT-05953"), await town.officer("SXD")
    number = await _taken(citizen, officer)
    await officer.says(f"/hoso {number}")
    await officer.presses("Mời phối hợp")
    await officer.presses("Sở Xây dựng")
    [asked] = await officer.presses("2 ngày làm việc")
    assert "Hẹn trả lời thứ Sáu 20/11/2026" in asked
    [called] = await officer.says("đường này có thuộc Sở không?")
    assert "Câu trả lời cho người dân vẫn do đồng chí gửi" in called

    await town.passes(minutes=1)
    [invited] = await partner.hears()
    assert "được mời phối hợp 1 việc" in invited
    [queue] = await partner.says("/viec")
    assert f"🤝 {number}" in queue
    assert "Hạn: thứ Sáu 20/11/2026" in queue
    [card] = await partner.presses(number)
    assert 'Phòng Kinh tế xã Kha Sơn mời phối hợp: "đường này có thuộc Sở không?"' in card
    assert "Gia hạn" not in card.buttons
    assert "Đã nhận phối hợp" in (await partner.presses("Nhận việc"))[-1]
    assert "đã nhận phối hợp" in (await officer.hears())[-1]
    await partner.presses("Trả lời cơ quan chủ trì")
    assert "Đã trả lời" in (await partner.says("đường này của xã, Sở cho mượn máy lu"))[-1]
    [replied] = await officer.hears()
    assert "Sở cho mượn máy lu" in replied
    [card] = await officer.presses("Mở hồ sơ")
    assert 'đã trả lời, "đường này của xã, Sở cho mượn máy lu"' in card
    assert "Đơn vị phối hợp trả lời: Sở Xây dựng tỉnh Thái Nguyên" in card
    assert await citizen.hears() == []
    assert "Phần phối hợp của đồng chí" in (await partner.says(f"/hoso {number}"))[-1]

    await officer.says(f"/traloi {number} {DONE}")
    assert _telling(await citizen.hears(), "đã có trả lời của Phòng Kinh tế") == 1


async def test_a_partner_is_called_in_by_one_command(town: Town) -> None:
    officer, partner = await town.officer("KT-05953"), await town.officer("DIENLUC")
    number = await _taken(await town.citizen(), officer)
    [called] = await officer.says(f"/phoihop {number} DIENLUC 20/11 cột điện này của ai quản lý?")
    assert "Công ty Điện lực" in called
    assert "thứ Sáu 20/11/2026" in called
    again = f"/phoihop {number} DIENLUC 20/11 cột điện này của ai quản lý?"
    assert "đang có việc với" in (await officer.says(again))[-1]
    await town.passes(minutes=1)
    assert _telling(await partner.hears(), number) == 1


async def test_a_partner_s_date_lies_before_the_citizen_s(town: Town) -> None:
    officer = await town.officer("KT-05953")
    number = await _taken(await town.citizen(), officer)
    [refused] = await officer.says(f"/phoihop {number} DIENLUC 30/11 cột điện này của ai quản lý?")
    assert "không muộn hơn ngày đã hẹn người dân (thứ Hai 23/11/2026)" in refused
    assert "5 ngày làm việc" not in refused.buttons
    await officer.presses("3 ngày làm việc")
    assert "hẹn trả lời thứ Hai 23/11/2026" in (await officer.says("cột điện này của ai quản lý?"))[-1]
    assert len((await _now(town, number)).partners) == 1


async def test_a_partner_that_is_not_competent_says_why_to_the_lead(town: Town) -> None:
    citizen, officer, partner = await town.citizen(), await town.officer("KT-05953"), await town.officer("DIENLUC")
    number = await _taken(citizen, officer)
    await officer.says(f"/phoihop {number} DIENLUC 2 ngày cột điện này của ai quản lý?")
    await partner.says(f"/hoso {number}")
    await partner.presses("Không phải việc của mình")
    await partner.says("cột này là cột viễn thông")
    [told] = await officer.hears()
    assert "không thuộc việc của mình" in told
    assert "cột này là cột viễn thông" in told
    case = await _now(town, number)
    assert (case.agency, case.partners) == ("KT-05953", ())
    assert await citizen.hears() == []


@on_both
async def test_a_late_partner_is_the_caller_s_to_know_and_nobody_else_is_blamed(town: Town) -> None:
    officer, partner = await town.officer("KT-05953"), await town.officer("DIENLUC")
    watcher, desk = await town.officer("SXD"), await town.officer("VPUB")
    number = await _taken(await town.citizen(), officer)
    await officer.says(f"/phoihop {number} DIENLUC 1 ngày cột điện này của ai quản lý?")
    for _ in range(34):
        await town.passes(hours=1)
    assert _telling(await officer.hears(), "có nơi phối hợp trả lời trễ") > 0
    assert _telling(await partner.hears(), "cơ quan chủ trì đang chờ") == 1
    assert await watcher.hears() == []
    assert await desk.hears() == []
    [card] = await officer.says(f"/hoso {number}")
    assert "Nơi phối hợp trả lời trễ, đã báo" in card


@on_both
async def test_a_partner_is_told_when_it_is_not_needed_any_more(town: Town) -> None:
    citizen, officer, partner = await town.citizen(), await town.officer("KT-05953"), await town.officer("SXD")
    number = await _taken(citizen, officer)
    await officer.says(f"/phoihop {number} SXD 2 ngày đường này có thuộc Sở không?")
    await town.passes(minutes=1)
    await partner.hears()
    await officer.says(f"/traloi {number} {DONE}")
    [told] = await partner.hears()
    assert "không cần phối hợp nữa" in told
    assert "0 việc đang mở" in (await partner.says("/viec"))[-1]
    await town.passes(days=3)
    assert await partner.hears() == []


@pytest.mark.parametrize("command", ["traloi", "chuyen", "giahan", "hoi", "tiendo", "giao", "tuchoi"])
async def test_a_partner_cannot_do_what_is_the_lead_s(town: Town, command: str) -> None:
    citizen, officer, partner = await town.citizen(), await town.officer("KT-05953"), await town.officer("DIENLUC")
    number = await _taken(citizen, officer)
    await officer.says(f"/phoihop {number} DIENLUC 2 ngày cột điện này của ai quản lý?")
    before = await _now(town, number)
    await partner.says(f"/{command} {number} 20/11 SXD đã dời cột ra khỏi đường sáng nay")
    after = await _now(town, number)
    assert (after.agency, after.status, after.due_at, after.answer) == (
        before.agency, before.status, before.due_at, before.answer,
    )  # fmt: skip
    assert await citizen.hears() == []


@on_both
async def test_a_utility_acts_and_the_commune_that_watches_is_warned_when_it_is_late(town: Town) -> None:
    citizen, utility, commune = await town.citizen(), await town.officer("DIENLUC"), await town.officer("KT-05953")
    number = await _taken(citizen, utility, POWER)
    for _ in range(5 * 24 + 10):
        await town.passes(hours=1)
    warned = [heard for heard in await commune.hears() if number in heard]
    assert len(warned) == 1
    assert "theo dõi: 1 việc của nơi khác đã trễ" in warned[0]
    assert "Công ty Điện lực Thái Nguyên, hạn thứ Hai 23/11/2026" in warned[0]
    assert "Không có hồ sơ này" in (await commune.says(f"/hoso {number}"))[-1], "who watches does not read the words"
