"""An officer's queue, the card of a case, the commands, and a flood taken with one thumb."""

import pytest

from domain.transitions import CaseStatus, EventKind
from handlers.officers import COMMANDS, Command
from storage import cases
from tests.handlers.doing import files
from tests.journeys.people import Person, Town, on_both

ROAD = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"
DRAIN = "cống trước chợ xã Kha Sơn tắc mấy hôm nay, nước thải tràn ra đường"
HOUSE = "hàng xóm nhà tôi ở xóm Bắc xã Kha Sơn xây nhà không phép, sai phép"
POWER = "nhà tôi ở xã Kha Sơn mất điện từ tối qua đến giờ chưa có"
POWER_ELSEWHERE = "nhà tôi ở xã Phú Bình mất điện từ sáng đến giờ"


async def _filed(town: Town, *words: str) -> list[str]:
    """Have concerns sent, each by somebody else; return their numbers."""
    return [(await files(await town.citizen(), one)).number for one in words]


async def _statuses(town: Town, agency: str) -> list[CaseStatus]:
    async with town.database.read() as transaction:
        found, _ = await cases.queue(transaction, cases.Wanted(agency), 100, 0)
    return [case.status for case in found]


@on_both
async def test_what_is_due_first_stands_first(town: Town) -> None:
    officer = await town.officer("KT-05953")
    house, road = await _filed(town, HOUSE, ROAD)
    [queue] = await officer.says("/viec")
    assert "2 việc đang mở" in queue
    assert f"1. {road}" in queue
    assert f"2. {house}" in queue
    assert list(queue.buttons)[:2] == [road, house]


@on_both
async def test_the_queue_is_one_card_that_pages_in_its_place(town: Town) -> None:
    officer = await town.officer("KT-05953")
    numbers = await _filed(town, *[ROAD] * 6)
    [first] = await officer.says("/viec")
    assert "6 việc đang mở" in first
    assert "Trang trước" not in " ".join(first.buttons)
    [second] = await officer.presses("Trang sau")
    assert second.replaces == first.id
    assert f"6. {numbers[-1]}" in second
    [back] = await officer.presses("◀ Trang trước")
    assert back.replaces
    assert back.text == first.text
    [new] = await officer.presses("Chưa nhận")
    assert new.replaces
    assert "chưa nhận: 6 việc" in new
    assert "Chưa nhận" not in new.buttons, "the filter that is on is not offered"
    [late] = await officer.presses("🔴 Trễ")
    assert late.replaces
    assert "đã trễ: 0 việc" in late


async def test_a_page_that_is_no_more_shows_the_last_one_there_is(town: Town) -> None:
    officer, colleague = await town.officer("KT-05953"), await town.officer("KT-05953")
    numbers = await _filed(town, *[ROAD] * 6)
    await officer.says("/viec")
    await colleague.says(f"/chuyen {numbers[-1]} SXD đây là đường tỉnh")
    [page] = await officer.presses("Trang sau")
    assert "5 việc đang mở" in page
    assert f"5. {numbers[4]}" in page
    assert "Không có việc nào" not in page


async def test_pages_that_are_typed_are_counted_from_one(town: Town) -> None:
    officer = await town.officer("KT-05953")
    await _filed(town, *[ROAD] * 6)
    assert "1. TN26-" in (await officer.says("/viec 1"))[-1]
    assert "6. TN26-" in (await officer.says("/viec 2"))[-1]
    assert "6. TN26-" in (await officer.says("/viec 900"))[-1]


@on_both
async def test_the_queue_is_filtered_by_a_word(town: Town) -> None:
    officer = await town.officer("KT-05953")
    road, drain = await _filed(town, ROAD, DRAIN)
    await officer.says(f"/nhan {road}")
    for word, shown, hidden in [
        ("toi", road, drain),
        ("của tôi", road, drain),
        ("mới", drain, road),
        ("chua nhan", drain, road),
        ("ổ gà", road, drain),
        ("Giao thông", road, drain),
        ("cống rãnh", drain, road),
    ]:
        [queue] = await officer.says(f"/viec {word}")
        assert ": 1 việc" in queue
        assert shown in queue
        assert hidden not in queue
    assert ": 0 việc" in (await officer.says("/viec trễ"))[-1]
    await town.passes(days=7)
    await officer.hears()
    [late] = await officer.says("/viec TRE")
    assert "đã trễ: 2 việc" in late
    assert "🔴" in late


async def test_an_agency_of_many_communes_filters_by_commune(town: Town) -> None:
    officer = await town.officer("DIENLUC")
    here, there = await _filed(town, POWER, POWER_ELSEWHERE)
    for word in ("Kha Sơn", "xã Kha Sơn", "kha son"):
        [queue] = await officer.says(f"/viec {word}")
        assert "xã Kha Sơn: 1 việc" in queue
        assert here in queue
        assert there not in queue


async def test_a_word_that_names_nothing_gets_a_clear_answer(town: Town) -> None:
    officer = await town.officer("KT-05953")
    [told] = await officer.says("/viec zzyzx")
    assert 'Không thấy xã, phường hay việc nào tên "zzyzx"' in told
    assert "/viec Kha Sơn" in told


@on_both
async def test_a_case_card_tells_its_story_and_what_can_be_done(town: Town) -> None:
    officer = await town.officer("KT-05953", name="Hạnh")
    [number] = await _filed(town, ROAD)
    await officer.says("/viec")
    [card] = await officer.presses(number)
    assert "chờ cơ quan nhận" in card
    assert "Nơi: xóm Đông, xã Kha Sơn" in card
    assert "ổ gà to lắm" in card
    assert "Nghị quyết 332" in card, "the rule that makes it theirs"
    assert {"Nhận việc", "Chuyển", "Sửa chủ đề", "Ghi chú", "Xem việc"} <= set(card.buttons)
    assert "Trả lời" not in card.buttons
    [taken] = await officer.presses("Nhận việc")
    assert {"Trả lời", "Báo tiến độ", "Hỏi người dân", "Mời phối hợp", "Gia hạn", "Chuyển"} <= set(taken.buttons)
    await officer.presses("Ghi chú")
    await officer.says("chiều có người ở nhà")
    [card] = await officer.says(f"/hoso {number}")
    assert "Người làm: Hạnh" in card
    order = [card.text.index(words) for words in ("Người dân gửi", "Nhận việc", "Ghi chú nội bộ: chiều có người ở nhà")]
    assert order == sorted(order)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.verb)
async def test_every_command_has_a_help_of_its_own(town: Town, command: Command) -> None:
    officer = await town.officer("KT-05953")
    for spelling in command.spellings:
        [told] = await officer.says(f"/trogiup {spelling}")
        assert any(told.text.startswith(f"/{one}") for one in command.spellings)


@pytest.mark.parametrize("command", [one for one in COMMANDS if one.about_case], ids=lambda command: command.verb)
async def test_a_command_without_its_case_shows_its_help(town: Town, command: Command) -> None:
    officer = await town.officer("KT-05953")
    spelling = command.spellings[0]
    assert await officer.says(f"/{spelling}") == await officer.says(f"/trogiup {spelling}")


async def test_help_names_every_command_the_officer_has(town: Town) -> None:
    desk, officer = await town.officer("VPUB"), await town.officer("KT-05953")
    [told], [shorter] = await desk.says("/trogiup"), await officer.says("/trogiup")
    for command in COMMANDS:
        if command.verb != "help":
            assert any(f"/{spelling}" in told for spelling in command.spellings), command.verb
    assert "/tuchoi" not in shorter
    assert 'Không có lệnh "/bay"' in (await officer.says("/trogiup bay"))[-1]
    assert 'Không có lệnh "/bay"' in (await officer.says("/bay lên"))[-1]


@pytest.mark.parametrize(
    "typed",
    [
        "/NHAN {number}", "  /nhan    {number}  ", "nhận {number}", "Nhan {number}", "/ nhận {number}",
        "/nhạn {number}", "/nhan {lower}", "nhận {spaced}", "/nhan {bare}", "/nhan@HoiAmBot {number}",
    ],
)  # fmt: skip
async def test_commands_are_forgiven_how_they_are_typed(town: Town, typed: str) -> None:
    officer = await town.officer("KT-05953")
    [number] = await _filed(town, ROAD)
    forms = {
        "number": number, "lower": number.lower(), "spaced": number.lower().replace("-", " "),
        "bare": number.partition("-")[2],
    }  # fmt: skip
    assert f"Đã nhận {number}" in (await officer.says(typed.format(**forms)))[-1]


@pytest.mark.parametrize("typed", ["{number}", "/{number}", "{lower}", " {spaced} "])
async def test_a_number_alone_opens_the_case(town: Town, typed: str) -> None:
    officer = await town.officer("KT-05953")
    [number] = await _filed(town, ROAD)
    forms = {"number": number, "lower": number.lower(), "spaced": number.lower().replace("-", " ")}
    [card] = await officer.says(typed.format(**forms))
    assert card.text.startswith(number)
    assert "Nhận việc" in card.buttons


@pytest.mark.parametrize("typed", ["/hoso TN26-0000-010", "/nhan 123", "/traloi TN26-9999-990 đã vá xong ổ gà"])
async def test_a_number_that_is_wrong_is_told(town: Town, typed: str) -> None:
    officer = await town.officer("KT-05953")
    [told] = await officer.says(typed)
    assert "Không có hồ sơ này" in told
    assert "/viec" in told


# A flood.


async def _heard_once(citizens: list[Person], words: str) -> bool:
    return [sum(words in one for one in await citizen.hears()) for citizen in citizens] == [1] * len(citizens)


@on_both
async def test_a_flood_is_taken_by_one_button_of_the_filtered_queue(town: Town) -> None:
    officer, citizens = await town.officer("KT-05953"), [await town.citizen() for _ in range(3)]
    for citizen in citizens:
        await files(citizen, DRAIN)
        await citizen.hears()
    [number] = await _filed(town, ROAD)
    assert "Nhận hết" not in " ".join((await officer.says("/viec"))[-1].buttons), "not what has nothing in common"
    await officer.says("/viec cống rãnh")
    [taken] = await officer.presses("Nhận hết")
    assert "Đã nhận 3 việc mới" in taken
    assert await _heard_once(citizens, "đã nhận việc")
    [mine] = await officer.says("/viec toi")
    assert "3 việc" in mine
    assert number not in mine
    assert "Nhận hết" not in " ".join((await officer.says("/viec cống rãnh"))[-1].buttons), "nothing is left to take"


async def test_a_flood_is_taken_by_one_command(town: Town) -> None:
    officer = await town.officer("DIENLUC")
    await _filed(town, POWER, POWER, POWER_ELSEWHERE)
    assert "Đã nhận 2 việc mới: xã Kha Sơn" in (await officer.says("/nhanhet Kha Sơn"))[-1]
    assert "Không còn việc mới nào" in (await officer.says("/nhanhet Kha Sơn"))[-1]
    assert sorted(await _statuses(town, "DIENLUC")) == [CaseStatus.ACCEPTED, CaseStatus.ACCEPTED, CaseStatus.REFERRED]
    assert "Đã nhận 1 việc mới" in (await officer.says("/nhanhet mất điện"))[-1]


@pytest.mark.parametrize("typed", ["/nhanhet", "/nhanhet zzyzx", "/nhanhet toi"])
async def test_nothing_is_taken_in_bulk_that_is_not_named(town: Town, typed: str) -> None:
    officer = await town.officer("KT-05953")
    await _filed(town, ROAD, DRAIN)
    [told] = await officer.says(typed)
    assert "/nhanhet TÊN XÃ hoặc TÊN VIỆC" in told
    assert await _statuses(town, "KT-05953") == [CaseStatus.REFERRED] * 2


async def test_each_case_of_a_flood_has_its_own_history(town: Town) -> None:
    citizens, officer = [await town.citizen() for _ in range(2)], await town.officer("KT-05953")
    for citizen in citizens:
        await files(citizen, DRAIN)
    await officer.says("/nhanhet Kha Sơn")
    for citizen in citizens:
        [case] = await town.cases_of(citizen)
        async with town.database.read() as transaction:
            happened = [event.kind for event in await cases.history(transaction, case.id)]
        assert happened == [EventKind.FILED, EventKind.ACCEPTED]
