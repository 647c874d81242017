"""What is seen of the figures: a lead sees the own agency's to the last case, the coordinating office nobody."""

import pytest

from domain.cases import Case
from storage import cases
from tests.handlers.doing import files
from tests.journeys.people import Person, Town

pytestmark = pytest.mark.parametrize("person_kind", ["web"])
ANSWER = "Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông, cắm biển báo. Chưa chụp được ảnh vì trời tối."
ROAD = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"
DRAIN = "cống trước chợ xã Tân Khánh tắc mấy hôm nay, nước thải tràn ra đường"


async def _coordinator(town: Town) -> Person:
    return await town.officer("BTGDV", role="coordinator")


async def test_a_lead_opens_the_cases_behind_each_own_figure(town: Town) -> None:
    lead = await town.officer("KT-05953", role="lead")
    citizen = await town.citizen()
    case = await files(citizen, ROAD)
    await lead.says(f"/nhan {case.number}")
    await lead.says(f"/traloi {case.number} {ANSWER}")
    await citizen.hears()
    await citizen.presses("Chưa")
    await citizen.says("vẫn còn một hố sâu trước cổng chùa")
    board = (await lead.says("/bangdiem"))[-1]
    assert "Đầu kỳ 0 + nhận 2 - xong 1 = còn 1" in board
    assert "làm lại 1" in board
    listed = (await lead.presses("Dân báo chưa xong: 1"))[-1]
    assert case.number in listed
    assert "xóm Đông" in (await lead.presses(case.number))[-1]
    assert "nhận 2" in (await lead.says("/tinhhinh"))[-1]


async def test_the_coordinating_office_sees_the_week_that_is_over_and_no_few(town: Town) -> None:
    coordinator = await _coordinator(town)
    assert "Chưa có tuần nào" in (await coordinator.says("/tinhhinh"))[-1]
    for _ in range(7):
        await files(await town.citizen(), ROAD)
    for _ in range(3):
        await files(await town.citizen(), DRAIN)
    await town.passes(days=7)
    seen = (await coordinator.says("/tinhhinh"))[-1]
    assert "Nhận mới 10" in seen
    assert "Giao thông" in seen
    assert ": từ 5" in seen
    assert "Thoát nước" not in seen, "three are not named"
    board = (await coordinator.says("/bangdiem tuần"))[-1]
    assert "Đầu kỳ 0 + nhận 10 - xong 0 = còn 10" in board


@pytest.mark.parametrize(
    "typed",
    ["/viec", "/hoso {}", "/nhan {}", "/traloi {} xong rồi nhé", "/ghe", "{}", "/chuyen {} SXD", "k:behind:open:thang"],
)
async def test_no_command_of_officers_exists_for_the_coordinating_office(town: Town, typed: str) -> None:
    coordinator = await _coordinator(town)
    case = await files(await town.citizen(), ROAD)
    heard = await coordinator.says(typed.format(case.number))
    said = " ".join(one.text for one in heard)
    assert case.number not in said
    assert "xóm Đông" not in said
    assert "điều phối" in said


async def test_who_works_at_the_coordinating_office_is_a_coordinator_however_invited(town: Town) -> None:
    person = await town.officer("BTGDV", role="lead")
    assert "Cửa sổ điều phối" in (await person.says("/viec"))[-1]
    other = await town.officer("KT-05953", role="coordinator")
    assert "điều phối" not in (await other.says("/viec"))[-1]


async def test_nobody_can_pass_a_case_to_the_coordinating_office(town: Town) -> None:
    officer = await town.officer("KT-05953")
    await _coordinator(town)
    case = await files(await town.citizen(), ROAD)
    await officer.says(f"/nhan {case.number}")
    for typed in (
        f"/chuyen {case.number} BTGDV xin ý kiến chỉ đạo ạ",
        f"/phoihop {case.number} BTGDV mai cho xin ý kiến",
    ):
        await officer.says(typed)
    await town.passes(days=1)
    [kept] = [one for one in await _cases(town) if one.number == case.number]
    assert kept.agency == "KT-05953"
    assert {task.agency for task in kept.tasks} == {"KT-05953"}


async def _cases(town: Town) -> list[Case]:
    async with town.database.read() as transaction:
        return await cases.of_agencies(transaction, ["KT-05953", "BTGDV"], 10)
