"""A village head writes for who has no phone; who got one goes on alone."""

from collections.abc import Callable

import pytest

from domain.cases import Case
from domain.messages import Choice
from domain.rulesets import Ruleset
from domain.transitions import EventKind
from nlp.reader import Reader
from storage import cases
from storage.database import Database
from tests.conftest import MORNING
from tests.journeys.people import Heard, Person, Platform, Town, on_both
from tests.journeys.telegram import on_telegram

ROAD = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"
ANSWER = "Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông, cắm biển báo. Chưa chụp được ảnh vì trời tối."


async def _writes_for(head: Person, text: str = ROAD) -> str:
    """Have a concern sent for somebody else; return the line to copy: "/nhanlai TN26-0000-019 ABCDEFGHJKM"."""
    await head.says(text)
    await head.presses("Đồng ý")
    [sent] = await head.presses("✅ Gửi thay")
    return next(line for line in sent.text.splitlines() if line.startswith("/nhanlai"))


async def _stored(town: Town, line: str) -> Case:
    async with town.database.begin() as transaction:
        found = await cases.by_number(transaction, line.split()[1])
    assert found
    return found


async def _answers(officer: Person, line: str) -> None:
    number = line.split()[1]
    await officer.says(f"/nhan {number}")
    await officer.says(f"/traloi {number} {ANSWER}")


def _answer_in(heard: list[Heard]) -> int:
    return sum(ANSWER in one for one in heard)


@on_both
async def test_a_head_writes_for_a_neighbour_who_then_goes_on_alone(town: Town) -> None:
    head, neighbour, officer = await town.head("05953"), await town.citizen(), await town.officer("KT-05953")
    await head.says(ROAD)
    [card] = await head.presses("Đồng ý")
    assert list(card.buttons)[:2] == ["✅ Gửi", "✅ Gửi thay bà con khác"]
    [sent] = await head.presses("✅ Gửi thay")
    assert "giữ kín như giữ chìa khóa" in sent
    line = next(line for line in sent.text.splitlines() if line.startswith("/nhanlai"))
    command, number, code = line.split()
    assert (command, len(code), code.isupper()) == ("/nhanlai", 11, True)
    assert (await _stored(town, line)).on_behalf

    [taken, *_] = await neighbour.says(line)
    assert "từ nay là của bà con" in taken
    assert "thứ Hai 23/11/2026" in taken
    [case] = await town.cases_of(neighbour)
    assert (case.number, case.on_behalf) == (number, False)
    assert await town.cases_of(head) == []
    await _answers(officer, line)
    await town.passes(days=1)
    assert _answer_in(await neighbour.hears()) == 1
    assert await head.hears() == []
    assert "Không có hồ sơ này" in (await head.says(f"/theodoi {number}"))[-1]
    assert "khép lại" in (await neighbour.presses("👍 Được rồi"))[-1]
    async with town.database.read() as transaction:
        happened = [event.kind for event in await cases.history(transaction, case.id)]
    assert EventKind.TAKEN_OVER in happened


async def test_who_takes_over_may_chat_somewhere_else(
    platform: Platform, sqlite: Database, rules: Ruleset, reader: Reader
) -> None:
    async with on_telegram(sqlite) as telegram:
        town = Town.build(sqlite, rules, reader, MORNING, platform, telegram)
        head, neighbour, officer = (
            await town.head("05953"), await telegram.newcomer(town), await town.officer("KT-05953")
        )  # fmt: skip
        line = await _writes_for(head)
        assert "từ nay là của bà con" in (await neighbour.says(line))[-1]
        await _answers(officer, line)
        assert _answer_in(await neighbour.hears()) == 1
        assert await head.hears() == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda line: line[:-1] + ("A" if line[-1] != "A" else "B"),
        lambda line: line.replace(line.split()[1], "TN26-0004-175"),
        lambda line: line.rsplit(" ", 1)[0] + " ABCDEFGHJKM",
    ],
    ids=["a letter wrong", "another number", "another code"],
)
async def test_a_wrong_line_takes_nothing(town: Town, spoil: Callable[[str], str]) -> None:
    head, stranger = await town.head("05953"), await town.citizen()
    line = await _writes_for(head)
    assert "không đúng hoặc đã dùng rồi" in (await stranger.says(spoil(line)))[-1]
    assert await town.cases_of(stranger) == []
    assert [case.number for case in await town.cases_of(head)] == [line.split()[1]]


@on_both
async def test_a_code_is_good_once(town: Town) -> None:
    head, neighbour, stranger = await town.head("05953"), await town.citizen(), await town.citizen()
    line = await _writes_for(head)
    await neighbour.says(line)
    assert "không đúng hoặc đã dùng rồi" in (await stranger.says(line))[-1]
    assert len(await town.cases_of(neighbour)) == 1


@pytest.mark.parametrize(
    "typed",
    [
        lambda line: line.lower(),
        lambda line: line.replace("-", " "),
        lambda line: line.upper().replace("/NHANLAI", "/NHẬN LẠI"),
        lambda line: f"  {line}\n",
    ],
    ids=["lower case", "spaces for dashes", "two words with diacritics", "with space around"],
)
async def test_a_line_copied_as_people_copy_is_taken(town: Town, typed: Callable[[str], str]) -> None:
    head, neighbour = await town.head("05953"), await town.citizen()
    line = await _writes_for(head)
    assert "từ nay là của bà con" in (await neighbour.says(typed(line)))[-1]


async def test_half_a_line_is_answered_with_an_example(town: Town) -> None:
    head, neighbour = await town.head("05953"), await town.citizen()
    line = await _writes_for(head)
    for half in ("/nhanlai", line.rsplit(" ", 1)[0]):
        assert "cả dòng" in (await neighbour.says(half))[-1]
    assert await town.cases_of(neighbour) == []


@on_both
async def test_a_heads_own_concern_is_like_anybodys(town: Town) -> None:
    head, officer = await town.head("05953"), await town.officer("KT-05953")
    await head.says(ROAD)
    await head.presses("Đồng ý")
    [sent] = await head.presses("✅ Gửi")
    assert "Mã hồ sơ" in sent
    assert "/nhanlai" not in sent
    [case] = await town.cases_of(head)
    assert not case.on_behalf
    await _answers(officer, f"/nhanlai {case.number}")
    assert _answer_in(await head.hears()) == 1


@on_both
async def test_until_somebody_takes_it_over_the_head_gets_the_answer(town: Town) -> None:
    head, officer = await town.head("05953"), await town.officer("KT-05953")
    line = await _writes_for(head)
    await _answers(officer, line)
    assert _answer_in(await head.hears()) == 1
    assert "khép lại" in (await head.presses("👍 Được rồi"))[-1]


@on_both
async def test_who_is_no_head_cannot_write_for_others(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says(ROAD)
    [card] = await citizen.presses("Đồng ý")
    assert not any("Gửi thay" in label for label in card.buttons)
    serial = card.buttons["✅ Gửi"].partition(":")[2]
    [refused] = await citizen.sends(Choice(f"behalf:{serial}"))
    assert "không dùng được nữa" in refused
    assert await town.cases_of(citizen) == []


async def test_a_question_of_the_agency_is_passed_to_who_took_over(town: Town) -> None:
    head, neighbour, officer = await town.head("05953"), await town.citizen(), await town.officer("KT-05953")
    line = await _writes_for(head)
    number = line.split()[1]
    await officer.says(f"/nhan {number}")
    await officer.says(f"/hoi {number} Ổ gà ở trước nhà ai vậy bà con?")
    assert "trước nhà ai" in (await head.hears())[-1]
    [taken, *_] = await neighbour.says(line)
    assert "trước nhà ai" in taken
    await neighbour.presses("Trả lời")
    await neighbour.says("trước nhà ông Tư")
    assert any("trước nhà ông Tư" in heard for heard in await officer.hears())


async def test_news_that_waits_for_the_morning_goes_to_who_took_over_at_night(town: Town) -> None:
    head, neighbour, officer = await town.head("05953"), await town.citizen(), await town.officer("KT-05953")
    line = await _writes_for(head)
    await town.passes(hours=14)
    await _answers(officer, line)
    assert await head.hears() == []
    [taken] = await neighbour.says(line)
    assert "Chưa được" in taken.buttons, "the answer is there at once, to be judged"
    await town.passes(hours=10)
    assert _answer_in(await head.hears()) == 0


async def test_a_head_who_erases_everything_leaves_the_neighbours_case(town: Town) -> None:
    head, neighbour, officer = await town.head("05953"), await town.citizen(), await town.officer("KT-05953")
    line = await _writes_for(head)
    await head.says("/xoadulieu")
    await head.presses("Xóa hết")
    assert "từ nay là của bà con" in (await neighbour.says(line))[-1]
    await _answers(officer, line)
    assert _answer_in(await neighbour.hears()) == 1


async def test_a_head_may_join_what_is_reported_already_for_a_neighbour(town: Town) -> None:
    first, head, neighbour = await town.citizen(), await town.head("05953"), await town.citizen()
    officer = await town.officer("KT-05953")
    await first.says(ROAD)
    await first.presses("Đồng ý")
    await first.presses("✅ Gửi")
    [case] = await town.cases_of(first)
    await head.says("xóm Đông xã Kha Sơn đường ổ gà to lắm, đi lại khổ quá")
    await head.presses("Đồng ý")
    [joined] = await head.presses("Đúng, gửi thay bà con khác")
    line = next(line for line in joined.text.splitlines() if line.startswith("/nhanlai"))
    await neighbour.says(line)
    await _answers(officer, f"/nhanlai {case.number}")
    assert _answer_in(await neighbour.hears()) == 1
