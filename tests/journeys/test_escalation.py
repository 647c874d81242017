"""Who hears of what is late: step by step as ``rules/clocks.toml`` says, each step once, nothing at night."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.transitions import EventKind
from storage import cases
from tests.handlers.doing import files
from tests.journeys.people import Heard, Person, Town, on_both

ROAD = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"
DRAIN = "cống trước chợ xã Kha Sơn tắc mấy hôm nay, nước thải tràn ra đường"
LAMP = "đèn đường xóm Bắc xã Kha Sơn hỏng cả tháng nay tối om"
FLOOD = "nước lũ đang dâng rất nhanh vào nhà dân ở xã Kha Sơn, nguy hiểm lắm cứu với"
UNTAKEN, UNTAKEN_ELSEWHERE = "quá giờ nhận mà chưa ai nhận", "quá giờ mà chưa nhận"
NEAR, LATE, LATE_ELSEWHERE, UNTOLD = "sắp đến hạn", "ĐÃ TRỄ", "của nơi khác đã trễ", "đến lúc báo tiến độ"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass
class Diary:
    """What each person heard, and when."""

    town: Town
    people: Mapping[str, Person]
    lines: list[tuple[str, datetime, Heard]]

    def when(self, who: str, words: str) -> list[str]:
        """Return the days and hours in which somebody heard the words: "Thu 10"."""
        return [f"{_DAYS[at.weekday()]} {at.hour}" for name, at, heard in self.lines if name == who and words in heard]


async def _office(town: Town) -> dict[str, Person]:
    return {
        "officer": await town.officer("KT-05953", name="Hạnh"),
        "colleague": await town.officer("KT-05953", name="Hải"),
        "lead": await town.officer("KT-05953", name="Bình", role="lead"),
        "watch": await town.officer("SXD"),
        "desk": await town.officer("VPUB"),
    }


async def _follow(town: Town, people: Mapping[str, Person], *, hours: int) -> Diary:
    """Let hours pass one by one, and write down who hears what."""
    diary = Diary(town, people, [])
    for person in people.values():
        await person.hears()
    for _ in range(hours):
        await town.passes(hours=1)
        at = town.now.astimezone(town.rules.calendar.zone)
        diary.lines += [(name, at, heard) for name, person in people.items() for heard in await person.hears()]
    return diary


@on_both
async def test_what_nobody_takes_is_told_to_the_office_then_to_those_above(town: Town) -> None:
    people = await _office(town)
    await files(await town.citizen(), ROAD)  # Wednesday nine o'clock: to be taken by Thursday half past nine
    diary = await _follow(town, people, hours=2 * 24 + 6)
    assert diary.when("officer", UNTAKEN) == ["Thu 10", "Thu 16"]
    assert diary.when("colleague", UNTAKEN) == ["Thu 10", "Thu 16"]
    assert diary.when("lead", UNTAKEN)[-2:] == ["Thu 16", "Fri 10"]
    assert diary.when("watch", UNTAKEN_ELSEWHERE) == ["Fri 10"]
    assert diary.when("desk", UNTAKEN_ELSEWHERE) == ["Fri 10"]
    assert diary.when("watch", LATE_ELSEWHERE) == [], "the answer is not late yet"


async def test_once_it_is_taken_nobody_is_told_that_it_is_not(town: Town) -> None:
    people = await _office(town)
    case = await files(await town.citizen(), ROAD)
    await town.passes(hours=25)
    await people["officer"].says(f"/nhan {case.number}")
    diary = await _follow(town, people, hours=30)
    for who in people:
        assert diary.when(who, UNTAKEN) == diary.when(who, UNTAKEN_ELSEWHERE) == []


@on_both
async def test_a_progress_nobody_tells_is_asked_for_then_told_to_the_lead(town: Town) -> None:
    people = await _office(town)
    case = await files(await town.citizen(), ROAD)
    await people["officer"].says(f"/nhan {case.number}")
    diary = await _follow(town, people, hours=5 * 24 + 4)
    assert diary.when("officer", UNTOLD) == ["Fri 17", "Mon 8"]
    assert diary.when("lead", UNTOLD) == ["Mon 8"]
    assert diary.when("colleague", UNTOLD) == diary.when("watch", UNTOLD) == diary.when("desk", UNTOLD) == []


async def test_a_progress_that_was_told_is_not_asked_for(town: Town) -> None:
    people = await _office(town)
    case = await files(await town.citizen(), ROAD)
    await people["officer"].says(f"/nhan {case.number}")
    await people["officer"].says(f"/tiendo {case.number} đã khảo sát sáng nay, mai đổ bê tông")
    diary = await _follow(town, people, hours=5 * 24 + 4)
    assert diary.when("officer", UNTOLD) == diary.when("lead", UNTOLD) == []


@on_both
async def test_a_late_answer_is_told_to_all_at_once_and_every_two_working_days(town: Town) -> None:
    people = await _office(town)
    case = await files(await town.citizen(), ROAD)
    await people["officer"].says(f"/nhan {case.number}")
    diary = await _follow(town, people, hours=10 * 24)
    assert diary.when("officer", NEAR) == ["Fri 8"]
    late = ["Mon 17", "Wed 8", "Fri 8"]
    assert diary.when("officer", LATE) == diary.when("lead", LATE) == late
    assert diary.when("watch", LATE_ELSEWHERE) == diary.when("desk", LATE_ELSEWHERE) == late
    assert diary.when("colleague", LATE) == diary.when("colleague", NEAR) == [], "it is Hạnh's"
    [told] = [one for who, _, one in diary.lines if who == "watch"][:1]
    assert "Phòng Kinh tế xã Kha Sơn, hạn thứ Hai 23/11/2026" in told
    assert "ổ gà to lắm" not in told


async def test_an_answered_case_alarms_nobody(town: Town) -> None:
    people = await _office(town)
    case = await files(await town.citizen(), ROAD)
    await people["officer"].says(f"/nhan {case.number}")
    await people["officer"].says(f"/traloi {case.number} Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông.")
    diary = await _follow(town, people, hours=6 * 24)
    assert not any(case.number in heard for _, _, heard in diary.lines)


async def test_ten_working_days_without_anybody_are_told_with_the_law(town: Town) -> None:
    people = await _office(town)
    await files(await town.citizen(), ROAD)
    await town.passes(days=13)
    diary = await _follow(town, people, hours=2 * 24)
    for who in ("lead", "desk"):
        assert diary.when(who, "Luật Tiếp công dân, Điều 28") == ["Wed 17"]


async def test_the_history_says_that_those_above_were_told(town: Town) -> None:
    people = await _office(town)
    case = await files(await town.citizen(), ROAD)
    await _follow(town, people, hours=6 * 24)
    async with town.database.read() as transaction:
        alarms = [event for event in await cases.history(transaction, case.id) if event.kind is EventKind.ESCALATED]
    assert [event.note for event in alarms] == ["accept", "accept", "answer"]
    assert "Quá hạn trả lời, đã báo" in (await people["officer"].says(f"/hoso {case.number}"))[-1]


@on_both
async def test_nothing_is_told_at_night(town: Town) -> None:
    people = await _office(town)
    for words in (ROAD, DRAIN, LAMP):
        await files(await town.citizen(), words)
        await town.passes(hours=5)
    diary = await _follow(town, people, hours=9 * 24)
    assert {at.hour for _, at, _ in diary.lines} <= set(range(7, 21))
    assert len(diary.lines) > len(people)


async def test_danger_is_told_at_night(town: Town) -> None:
    officer = await town.officer("QS-05953")
    await town.passes(hours=14)
    case = await files(await town.citizen(), FLOOD)
    assert case.urgent
    await town.passes(minutes=1)
    assert any("KHẨN" in heard for heard in await officer.hears())
    await town.passes(minutes=20)
    assert any(UNTAKEN in heard for heard in await officer.hears())


@on_both
async def test_after_days_of_silence_everybody_hears_of_each_case_once(town: Town) -> None:
    people = await _office(town)
    numbers = [(await files(await town.citizen(), words)).number for words in (ROAD, DRAIN, LAMP)]
    await town.passes(days=12)
    for who, person in people.items():
        heard = [one for one in await person.hears() if "Chào buổi sáng" not in one]
        assert len(heard) == 1, who
        assert all(number in heard[0] for number in numbers)
        assert LATE in heard[0] or LATE_ELSEWHERE in heard[0]
    await town.passes(hours=3)
    for person in people.values():
        assert await person.hears() == [], "nothing is told again"
