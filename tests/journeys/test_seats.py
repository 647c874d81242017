"""Who works for an agency: names and roles, assigning, leave, handing over, leaving; the lead's digest."""

from domain.cases import Case
from domain.messages import Choice
from domain.roles import Role
from storage import cases
from tests.handlers.doing import files
from tests.journeys.people import Heard, Person, Town, on_both

ROAD = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"
DRAIN = "cống trước chợ xã Kha Sơn tắc mấy hôm nay, nước thải tràn ra đường"
OFFICE = "KT-05953"


async def _office(town: Town) -> tuple[Person, Person, Person]:
    """Return Hạnh, Hải and their lead Bình."""
    names = {"Hạnh": Role.OFFICER, "Hải": Role.OFFICER, "Bình": Role.LEAD}
    first, second, lead = [await town.officer(OFFICE, name=name, role=role) for name, role in names.items()]
    return first, second, lead


async def _filed(town: Town, *words: str) -> list[str]:
    """Have concerns sent, each by somebody else; return their numbers once they were announced."""
    numbers = [(await files(await town.citizen(), one)).number for one in words]
    await town.passes(minutes=1)
    return numbers


async def _now(town: Town, number: str) -> Case:
    async with town.database.read() as transaction:
        found = await cases.by_number(transaction, number)
    assert found
    return found


async def _mine(person: Person) -> Heard:
    """Return what is assigned to somebody."""
    return (await person.says("/viec toi"))[-1]


@on_both
async def test_seats_have_names_and_roles(town: Town) -> None:
    first, _, lead = await _office(town)
    [seats] = await first.says("/ghe")
    assert "3 chỗ làm việc" in seats
    assert "• Hạnh (cán bộ), là cửa sổ này" in seats
    assert "• Bình (lãnh đạo)" in seats
    assert not any(label.startswith("Thu chỗ") for label in seats.buttons)
    [seats] = await lead.says("/ghe")
    assert {"Thu chỗ của Hạnh", "Thu chỗ của Hải", "Hủy các mã mời chưa dùng"} <= set(seats.buttons)
    assert "Thu chỗ của Bình" not in seats.buttons


@on_both
async def test_work_is_assigned_by_button_and_by_name(town: Town) -> None:
    first, second, lead = await _office(town)
    road, drain = await _filed(town, ROAD, DRAIN)
    for one in (first, second):
        assert "2 việc mới" in (await one.hears())[-1], "new work is everybody's"
    await lead.says(f"/hoso {road}")
    await lead.presses("Giao người")
    assert f"Đã giao {road} cho Hạnh" in (await lead.presses("Hạnh"))[-1]
    assert f"Đã giao {drain} cho Hải" in (await lead.says(f"/giao {drain} hai"))[-1]
    [given] = await first.hears()
    assert f"được giao {road}" in given
    assert road in await _mine(first)
    assert drain not in await _mine(first)
    assert "Người làm: Hạnh" in (await second.says(f"/hoso {road}"))[-1]


async def test_a_name_that_two_have_or_nobody_is_asked_about(town: Town) -> None:
    _, _, lead = await _office(town)
    [road] = await _filed(town, ROAD)
    await lead.hears()
    for name in ("h", "Lan"):
        [asked] = await lead.says(f"/giao {road} {name}")
        assert "cho ai?" in asked
        assert {"Hạnh", "Hải", "Bình"} <= set(asked.buttons)
    assert (await _now(town, road)).lead.officer is None


async def test_who_takes_a_case_has_it_and_hears_of_it(town: Town) -> None:
    first, second, _ = await _office(town)
    [road] = await _filed(town, ROAD)
    await first.says(f"/nhan {road}")
    assert road in await _mine(first)
    await second.hears()
    await town.passes(days=2)
    assert any("sắp đến hạn" in heard for heard in await first.hears())
    assert not any(road in heard for heard in await second.hears())


# Leave.


@on_both
async def test_in_leave_the_substitute_hears_until_one_is_back(town: Town) -> None:
    first, second, lead = await _office(town)
    [road] = await _filed(town, ROAD)
    await first.says(f"/nhan {road}")
    [until] = await first.says("/nghỉ")
    assert "đến hết ngày nào" in until
    [who] = await first.presses("3 ngày làm việc")
    assert "đến hết thứ Hai 23/11/2026" in who
    assert "Việc mới và lời nhắc được gửi cho Hải" in (await first.presses("Hải"))[-1]
    assert "làm thay Hạnh đến hết thứ Hai" in (await second.hears())[-1]
    assert "Hạnh (cán bộ), nghỉ đến thứ Hai 23/11/2026" in (await lead.says("/ghe"))[-1]
    await town.passes(days=2)
    assert any("sắp đến hạn" in heard for heard in await second.hears())
    assert await first.hears() == []

    assert "đi làm lại" in (await first.says("/nghi thôi"))[-1]
    assert "không phải làm thay nữa" in (await second.hears())[-1]
    await town.passes(days=3, hours=10)
    assert any("ĐÃ TRỄ" in heard for heard in await first.hears())
    assert not any("ĐÃ TRỄ" in heard for heard in await second.hears())


async def test_leave_ends_by_itself(town: Town) -> None:
    first, second, _ = await _office(town)
    assert "Đi làm sớm" in (await first.says("/nghi 20/11 Hải"))[-1]
    await town.passes(days=3)
    await first.hears()
    await second.hears()
    await _filed(town, ROAD)
    for one in (first, second):
        assert any("1 việc mới" in heard for heard in await one.hears())
    assert "nghỉ đến" not in (await second.says("/ghe"))[-1].text


async def test_new_work_does_not_reach_who_is_in_leave(town: Town) -> None:
    first, second, _ = await _office(town)
    await first.says("/nghi 20/11 Hải")
    await second.hears()
    await _filed(town, ROAD)
    assert any("1 việc mới" in heard for heard in await second.hears())
    assert await first.hears() == []


async def test_a_day_that_is_past_or_none_is_asked_again(town: Town) -> None:
    first, _, _ = await _office(town)
    for typed in ("1/11/2026", "hôm kia", "32/11"):
        [asked] = await first.says(f"/nghi {typed} Hải")
        assert "Chưa rõ" in asked
        assert "2 ngày làm việc" in asked.buttons


# Handing over and leaving.


@on_both
async def test_all_work_is_handed_over_by_button(town: Town) -> None:
    first, second, _ = await _office(town)
    road, drain = await _filed(town, ROAD, DRAIN)
    for number in (road, drain):
        await first.says(f"/nhan {number}")
    await second.hears()
    await first.says("/bangiao")
    assert "Đã bàn giao 2 việc cho Hải" in (await first.presses("Hải"))[-1]
    assert ": 2 việc" in await _mine(second)
    assert ": 0 việc" in await _mine(first)
    told = await second.says(f"/hoso {road}")
    assert "Giao người: Hải" in told[-1]


@on_both
async def test_who_leaves_gives_the_work_back_and_the_lead_hears_it(town: Town) -> None:
    first, second, lead = await _office(town)
    road, drain = await _filed(town, ROAD, DRAIN)
    for number in (road, drain):
        await first.says(f"/nhan {number}")
    await lead.hears()
    [sure] = await first.says("/thoi")
    assert "Việc đang giữ sẽ trở lại thành việc chung" in sure
    assert await lead.hears() == [], "a thumb slips"
    assert "không còn làm việc cho" in (await first.presses("Thôi làm việc"))[-1]
    [told] = await lead.hears()
    assert "Hạnh đã thôi làm việc" in told
    assert "2 việc đang chờ giao người khác" in told
    assert "không biết lệnh này" in (await first.says("/viec"))[-1]
    card = (await second.says(f"/hoso {road}"))[-1]
    assert "Người làm" not in card
    assert "Giao người: chung cả cơ quan" in card
    assert "Đã ghi tên đồng chí" in (await second.presses("Nhận việc"))[-1]
    assert road in await _mine(second)
    await lead.says(f"/giao {drain} Hải")
    assert ": 2 việc" in await _mine(second)


async def test_a_lead_vacates_a_seat_and_nobody_else_can(town: Town) -> None:
    first, second, lead = await _office(town)
    [road] = await _filed(town, ROAD)
    await first.says(f"/nhan {road}")
    await first.hears()
    seats = (await lead.says("/ghe"))[-1]
    assert "do lãnh đạo" in (await second.sends(Choice(seats.buttons["Thu chỗ của Hạnh"])))[-1], "a button made by hand"
    assert await first.hears() == []
    [done] = await lead.presses("Thu chỗ của Hạnh")
    assert "Đã thu chỗ của Hạnh" in done
    assert "1 việc của người đó trở lại" in done
    assert "không còn làm việc cho" in (await first.hears())[-1]
    assert "2 chỗ làm việc" in (await second.says("/ghe"))[-1]


async def test_a_lead_makes_unused_codes_worth_nothing(town: Town) -> None:
    _, _, lead = await _office(town)
    code, elsewhere = await town.code(OFFICE), await town.code("SXD")
    await lead.says("/ghe")
    assert "Đã hủy 1 mã mời" in (await lead.presses("Hủy các mã"))[-1]
    newcomer = await town.citizen()
    assert "Mã không đúng" in (await newcomer.says(f"/canbo {code}"))[-1]
    assert "làm việc cho" in (await newcomer.says(f"/canbo {elsewhere}"))[-1]


# The lead's digest.


async def _digests(town: Town, lead: Person, *, hours: int) -> list[Heard]:
    """Return the digests of the coming hours, an hour at a time."""
    await lead.hears()
    found: list[Heard] = []
    for _ in range(hours):
        await town.passes(hours=1)
        found += [heard for heard in await lead.hears() if "Chào buổi sáng" in heard]
    return found


@on_both
async def test_the_lead_gets_the_figures_once_each_working_morning(town: Town) -> None:
    first, _, lead = await _office(town)
    road, _ = await _filed(town, ROAD, DRAIN)
    await first.says(f"/nhan {road}")
    await first.hears()
    found = await _digests(town, lead, hours=6 * 24)
    days = [heard.text.splitlines()[0].partition(", ")[2] for heard in found]
    assert days == ["thứ Năm 19/11/2026:", "thứ Sáu 20/11/2026:", "thứ Hai 23/11/2026:", "thứ Ba 24/11/2026:"]
    assert all("Đang mở: 2 việc" in heard for heard in found)
    assert "Chưa ai nhận: 1" in found[0]
    assert "Đến hạn hôm nay: 2" in found[2]
    assert "🔴 Đã trễ: 2" in found[3]
    assert not any("Chào buổi sáng" in heard for heard in await first.hears())
    [late] = await lead.presses("🔴 Trễ")
    assert road in late


async def test_a_lead_with_nothing_to_worry_about_is_told_so(town: Town) -> None:
    _, _, lead = await _office(town)
    [digest] = await _digests(town, lead, hours=24)
    assert "Đang mở: 0 việc" in digest
    assert "Không có việc nào gấp hôm nay" in digest


async def test_after_days_of_silence_there_is_one_digest(town: Town) -> None:
    _, _, lead = await _office(town)
    await town.passes(days=8)
    found = [heard for heard in await lead.hears() if "Chào buổi sáng" in heard]
    assert len(found) == 1
    assert "thứ Năm 26/11/2026" in found[0]
