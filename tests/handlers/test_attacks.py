"""What must not be possible, tried the way an attacker would."""

import asyncio
import re
import string
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import text

from bot.__main__ import new_code
from bot.assembly import configure_logging
from domain.cases import Case
from domain.commands import find_command
from domain.messages import Address, Choice, InboundMessage, Text
from domain.numbers import case_number
from domain.transitions import CaseStatus
from handlers.officers import COMMANDS
from storage import cases, inbox, officers
from storage.database import Database
from tests.conftest import MORNING
from tests.handlers.doing import arrive, files
from tests.journeys.people import Heard, Town
from tests.journeys.web import WebPerson

ROAD = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"
WATER = "nhà tôi ở xã Kha Sơn mất nước máy ba ngày nay không có giọt nào"
RUDE = "cán bộ một cửa xã Kha Sơn quát tháo, hạch sách người dân, thái độ rất khó chịu"
#: A number with a good check digit that no case has.
NOBODYS = case_number("TN", 2026, 999)
VERBS = (*(command.verb for command in COMMANDS), "page", "vacate", "revoke", "leave_sure")
#: Spellings of the commands about a case.
ABOUT_CASES = [spelling for command in COMMANDS if command.about_case for spelling in command.spellings]


async def now_of(town: Town, number: str) -> Case:
    """Return a case as it is now."""
    async with town.database.read() as transaction:
        found = await cases.by_number(transaction, number)
    assert found
    return found


def without(number: str, heard: list[Heard]) -> list[str]:
    """Return what was said, with the number that was asked for taken out."""
    return [re.sub(number, "…", repr(message), flags=re.IGNORECASE) for message in heard]


# A citizen without a seat.


async def test_officers_buttons_do_nothing_for_who_has_no_seat(town: Town) -> None:
    victim, attacker = await town.citizen(), await town.citizen()
    case = await files(victim, ROAD)
    for verb in VERBS:
        for choice in (f"o:{verb}", f"o:{verb}:{case.number}", f"o:{verb}:{case.number}:SXD", f"o:{verb}:0"):
            [refused] = await arrive(town, attacker, Choice(choice))
            assert "Nút này của chuyện cũ" in refused
    assert await now_of(town, case.number) == case


async def test_officers_commands_do_nothing_for_who_has_no_seat(town: Town) -> None:
    victim, attacker = await town.citizen(), await town.citizen()
    case = await files(victim, ROAD)
    for command in (*ABOUT_CASES, "viec", "nhanhet", "ghe", "nghi", "bangiao", "thoi"):
        [refused] = await attacker.says(f"/{command} {case.number} SXD một lý do rất dài và rõ ràng")
        assert "không biết lệnh này" in refused or "Không có hồ sơ này" in refused
        assert case.number not in refused.text
    assert await now_of(town, case.number) == case


async def test_another_citizens_case_is_like_one_that_does_not_exist(town: Town) -> None:
    victim, attacker, officer = await town.citizen(), await town.citizen(), await town.officer("KT-05953")
    case = await files(victim, ROAD)
    await attacker.says(WATER)
    await attacker.presses("Đồng ý")
    tries = (
        Text("/theodoi {}"), Text("/hoso {}"), Choice("case:{}"), Choice("reply:{}"), Choice("done:{}"),
        Choice("undone:{}"), Choice("join:1:{}"), Text("thôi được rồi, hồ sơ {} xong rồi"),
    )  # fmt: skip
    for step in ("as it was filed", "with a question open", "answered", "closed"):
        if step == "with a question open":
            await officer.says(f"/nhan {case.number}")
            await officer.says(f"/hoi {case.number} Gần nhà ai vậy bà con?")
        if step == "answered":
            await officer.says(f"/traloi {case.number} Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông.")
        if step == "closed":
            await victim.hears()
            await victim.presses("👍")
        before = await now_of(town, case.number)
        for one in tries:
            asked = []
            for number in (case.number, NOBODYS):
                content = Text(one.text.format(number)) if isinstance(one, Text) else Choice(one.id.format(number))
                asked.append(without(number, await arrive(town, attacker, content)))
            assert asked[0] == asked[1], f"{one} tells whether there is such a case, {step}"
        assert await now_of(town, case.number) == before, step
    assert not any("nước máy" in heard for heard in await officer.hears())


async def test_a_concern_joined_to_anothers_case_stays_with_who_wrote_it(town: Town) -> None:
    victim, attacker = await town.citizen(), await town.citizen()
    case = await files(victim, ROAD)
    await attacker.says(WATER)
    await attacker.presses("Đồng ý")
    [card] = await attacker.sends(Choice(f"join:1:{case.number}"))
    assert "✅ Gửi" in card.buttons
    assert case.number not in card.text
    await attacker.presses("✅ Gửi")
    [own] = await town.cases_of(attacker)
    assert "mất nước" in own.text


async def test_a_concern_joined_to_a_case_that_ended_meanwhile_is_not_lost(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    case = await files(citizen, ROAD)
    await town.passes(hours=1)
    [asked] = await citizen.says("đường bê tông xã Kha Sơn lại vỡ nát, ổ gà chi chít")
    assert "Bổ sung hồ sơ này" in asked.buttons
    await officer.says(f"/nhan {case.number}")
    await officer.says(f"/traloi {case.number} Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông.")
    await citizen.hears()
    await citizen.presses("👍")
    [added] = await citizen.presses("Bổ sung hồ sơ này", on=asked)
    assert "Đã bổ sung" in added
    assert "ổ gà chi chít" in (await now_of(town, case.number)).text
    assert any("ổ gà chi chít" in heard for heard in await officer.hears())


# Officers of other agencies.


@pytest.mark.parametrize("agency", ["KT-05953", "HCC-05953", "VPUB", "SXD"])
async def test_a_restricted_case_does_not_exist_for_other_agencies(town: Town, agency: str) -> None:
    citizen, stranger = await town.citizen(), await town.officer(agency)
    case = await files(citizen, RUDE)
    assert case.restricted
    assert case.agency != agency
    reason = "một lý do rất dài và rõ ràng để chuyển"
    for command in ABOUT_CASES:
        asked = f"/{command} {{}} SXD {reason}"
        heard = [await arrive(town, stranger, Text(asked.format(number))) for number in (case.number, NOBODYS)]
        assert without(case.number, heard[0]) == without(NOBODYS, heard[1])
        assert "Không có hồ sơ này" in heard[0][-1]
    for verb in ("view", "take", "ask", "refer", "topic", "answer"):
        for more in ("", ":SXD", f":{agency}"):
            heard = [
                await arrive(town, stranger, Choice(f"o:{verb}:{number}{more}")) for number in (case.number, NOBODYS)
            ]
            assert without(case.number, heard[0]) == without(NOBODYS, heard[1])
            assert "Không có hồ sơ này" in heard[0][-1]
    for page in ("", ":0", ":1", ":99999", ":-1"):
        [queue] = await arrive(town, stranger, Choice(f"o:queue{page}"))
        assert case.number not in repr(queue)
    assert await now_of(town, case.number) == case
    # Neither new work, nor reminders, nor what is late elsewhere tells of it.
    await stranger.hears()
    for _ in range(10):
        await town.passes(days=3)
    told = await stranger.hears()
    assert not any(case.number in repr(heard) for heard in told)
    assert (await now_of(town, case.number)).status is not CaseStatus.CLOSED


async def test_a_restricted_case_can_be_sent_neither_to_a_commune_nor_to_the_desk(town: Town) -> None:
    case = await files(await town.citizen(), RUDE)
    officer = await town.officer(case.agency, role="inspector")
    await officer.says(f"/nhan {case.number}")
    for agency in ("VPUB", "KT-05953", "HCC-05953", "VP-05953", "CAX-05953"):
        [offered] = await officer.says(f"/chuyen {case.number} {agency} đây là việc của xã")
        assert "Không chuyển đến" in offered
        assert not any(key.endswith(("-05953", ":VPUB")) for key in offered.buttons.values())
    assert (await now_of(town, case.number)).agency == case.agency


async def test_who_gave_a_seat_up_or_changed_it_has_lost_the_old_ones_cases(town: Town) -> None:
    case = await files(await town.citizen(), ROAD)
    officer = await town.officer("KT-05953")
    await officer.says(f"/nhan {case.number}")
    await officer.presses("Trả lời")
    await officer.says(f"/canbo {await town.code('KT-05908')}")
    before = await now_of(town, case.number)
    [heard] = await officer.says("Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông.")
    assert "Đã trả lời" not in heard
    assert "Không có hồ sơ này" in (await officer.says(f"/hoso {case.number}"))[-1]
    await officer.says("/thoi")
    await officer.presses("Thôi")
    assert "Nút này của chuyện cũ" in (await officer.sends(Choice(f"o:view:{case.number}")))[-1]
    assert await now_of(town, case.number) == before


async def test_an_answer_begun_before_the_case_moved_on_is_not_sent(town: Town) -> None:
    case = await files(await town.citizen(), ROAD)
    first, second = await town.officer("KT-05953"), await town.officer("KT-05953")
    await first.says(f"/nhan {case.number}")
    await first.presses("Trả lời")
    await second.says(f"/chuyen {case.number} SXD đây là tỉnh lộ")
    [refused] = await first.says("Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông.")
    assert "Không có hồ sơ này" in refused
    assert (await now_of(town, case.number)).answer is None


# Invitations.


async def test_a_code_is_good_once_and_for_seven_days(town: Town) -> None:
    code = await town.code("KT-05953")
    first, second, late = await town.citizen(), await town.citizen(), await town.citizen()
    assert "làm việc cho" in (await first.says(f"/canbo {code.lower()}"))[-1]
    [used] = await second.says(f"/canbo {code}")
    expired = await town.code("KT-05953")
    await town.passes(days=7)
    [old] = await late.says(f"/canbo {expired}")
    [none] = await late.says("/canbo NONESUCH")
    assert "Mã không đúng" in used
    assert used == old == none, "nobody learns whether there ever was such a code"


def test_codes_cannot_be_guessed_in_the_time_they_are_good() -> None:
    codes = [new_code() for _ in range(3_000)]
    letters = set("".join(codes))
    assert len(set(codes)) == len(codes)
    assert {len(code) for code in codes} == {10}
    assert letters < set(string.ascii_uppercase + string.digits)
    assert not letters & set("0O1IL"), "they are read out over the phone"
    tries, open_codes = 1_000 * officers.VALID.total_seconds(), 200
    assert tries * open_codes / len(letters) ** 10 < 1 / 5_000, "a thousand tries a second, two hundred codes open"


async def test_a_code_used_by_two_at_once_seats_one(database: Database) -> None:
    people = [Address("web", "first"), Address("web", "second")]
    async with database.begin() as transaction:
        await inbox.put(transaction, [InboundMessage(one, one.chat, Text("/canbo X")) for one in people], MORNING)
        of = await inbox.conversation_ids(transaction, people)
        await officers.invite(transaction, "CODE", "SXD", MORNING)

    async def bind(person: Address) -> officers.Officer | officers.Head | None:
        async with database.begin() as transaction:
            return await officers.bind(transaction, of[person], "CODE", MORNING)

    async with asyncio.timeout(20):
        async with database.begin() as transaction:
            seat = await officers.bind(transaction, of[people[0]], "CODE", MORNING)
            waiting = asyncio.create_task(bind(people[1]))
            # The other has begun and waits for this commit.
            done, _ = await asyncio.wait({waiting}, timeout=0.3)
            assert not done
        assert await waiting is None
    assert seat
    async with database.read() as transaction:
        assert len((await officers.of_agencies(transaction, ["SXD"]))["SXD"]) == 1


async def test_the_register_of_invitations_gives_nobody_a_code(town: Town) -> None:
    code = await town.code("KT-05953")
    async with town.database.read() as transaction:
        rows = (await transaction.execute(text("SELECT * FROM invitations"))).all()
    assert code not in str(rows)
    [row] = rows
    [refused] = await (await town.citizen()).says(f"/canbo {row.code_hash}")
    assert "Mã không đúng" in refused


# Erasure.


async def test_what_was_erased_is_reached_by_no_command(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await citizen.says(f"{ROAD}, gọi tôi 0912 345 678")
    await citizen.presses("Đồng ý")
    await citizen.presses("Cho cán bộ gọi tôi")
    await citizen.presses("✅ Gửi")
    [case] = await town.cases_of(citizen)
    await officer.says(f"/nhan {case.number}")
    await officer.says(f"/hoi {case.number} Nhà bà con gần cây đa phải không?")
    await citizen.hears()
    await citizen.presses("Trả lời")
    await citizen.says("ngay cạnh nhà ông Bịa")
    await citizen.says("/xoadulieu")
    await citizen.presses("Xóa hết")
    await town.passes(minutes=5)
    await officer.hears()
    for command in (*(f"/{command} {case.number} SXD lý do này nọ" for command in ABOUT_CASES), "/viec"):
        heard = repr(await officer.says(command))
        assert not any(word in heard for word in ("có người ngã", "0912", "xóm Đông", "cây đa", "Bịa")), command
    for said in (f"/theodoi {case.number}", "/theodoi", "/dulieu"):
        assert "ổ gà" not in repr(await citizen.says(said))
    for choice in (f"case:{case.number}", f"undone:{case.number}", "send:1", "show:1"):
        assert case.number not in repr(await citizen.sends(Choice(choice)))


async def test_what_was_erased_at_night_does_not_reach_officers_in_the_morning(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    case = await files(citizen, ROAD)
    await officer.says(f"/nhan {case.number}")
    await officer.says(f"/hoi {case.number} Gần nhà ai vậy bà con?")
    await town.passes(hours=14)
    await citizen.hears()
    await citizen.presses("Trả lời")
    await citizen.says("ngay cạnh nhà ông Bịa")
    await citizen.says("/xoadulieu")
    await citizen.presses("Xóa hết")
    await town.passes(hours=12)
    heard = await officer.hears()
    assert any("đã rút" in message for message in heard)
    assert "Bịa" not in repr(heard)


async def test_who_erased_everything_and_then_takes_a_seat_keeps_it(town: Town) -> None:
    person = await town.citizen()
    await person.says(ROAD)
    await person.says("/xoadulieu")
    await person.presses("Xóa hết")
    await town.officer("KT-05953", person)
    await person.says("/viec")
    await town.passes(days=30)
    [queue] = await person.says("/viec")
    assert "0 việc đang mở" in queue


# Logs.


@pytest.fixture
def _default_logging() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.mark.usefixtures("_default_logging")
@pytest.mark.parametrize("pretty", [False, True])
async def test_no_log_line_holds_words_numbers_or_tokens_even_when_everything_fails(
    town: Town,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    *,
    pretty: bool,
) -> None:
    configure_logging("debug", pretty=pretty)
    code = await town.code("KT-05953")
    citizen, officer = await town.citizen(), await town.citizen()
    assert isinstance(citizen, WebPerson)
    await officer.says(f"/canbo {code}")
    await citizen.says(f"{ROAD}, gọi tôi 0912 345 678")
    await citizen.presses("Đồng ý")
    await citizen.presses("Cho cán bộ gọi tôi")

    async def rename(table: str, to: str) -> None:
        async with town.database.begin() as transaction:
            await transaction.execute(text(f"ALTER TABLE {table} RENAME TO {to}"))

    await rename("inbox", "away")
    headers = {"Authorization": f"Bearer {citizen.token}"}
    payload = {"client_id": str(uuid4()), "text": f"{ROAD} 0912 345 678"}
    assert (await citizen.http.post("/chat/messages", json=payload, headers=headers)).status_code == 503
    await rename("away", "inbox")
    await rename("cases", "away")
    for _ in range(3):
        await citizen.posts(Text(f"{ROAD} 0912 345 678"))
        await town.work()
        town.now += timedelta(minutes=1)
    await rename("away", "cases")
    await citizen.hears()
    await citizen.presses("✅ Gửi")
    town.now += timedelta(minutes=1)
    await town.work()
    [case] = await town.cases_of(citizen)
    await officer.says(f"/nhan {case.number}")
    await officer.says(f"/hoi {case.number} Nhà bà con gần cây đa phải không?")
    await town.passes(days=9)

    printed = capsys.readouterr()
    logged = printed.out + printed.err + caplog.text
    assert "inbox_put_failed" in logged
    assert "batch_failed" in logged
    assert "sent" in logged
    # "0912" alone may stand in the microseconds of a line.
    for secret in ("ổ gà", "xóm Đông", "0912 345", "0912345", "cây đa", citizen.token, code):
        assert secret not in logged


def test_officers_commands_are_no_citizens_commands() -> None:
    shared = {"hoso", "trogiup", "help", "start"}
    for spelling in {"canbo", *(one for command in COMMANDS for one in command.spellings)} - shared:
        assert find_command(f"/{spelling} x") == ("unknown", "x")
