"""What moves the promised date, and how the citizen hears of it."""

from dataclasses import replace
from datetime import datetime

from domain.cases import Case
from domain.limits import Span
from domain.transitions import CaseStatus, EventKind, Outcome
from storage import cases
from tests.journeys.people import Heard, Person, Town, on_both

ROAD = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"
#: Three working days from Wednesday 18 November, and later ones.
PROMISED, EXTENDED = "thứ Hai 23/11/2026", "thứ Hai 30/11/2026"


async def _taken(town: Town, citizen: Person, officer: Person) -> str:
    """Have a concern sent and taken; return its number."""
    await citizen.says(ROAD)
    await citizen.presses("Đồng ý")
    await citizen.presses("✅ Gửi")
    case = await _case(town, citizen)
    await officer.says(f"/nhan {case.number}")
    assert PROMISED in (await citizen.hears())[-1]
    return case.number


async def _case(town: Town, citizen: Person) -> Case:
    [case] = await town.cases_of(citizen)
    return case


async def _happened(town: Town, case: Case) -> list[EventKind]:
    async with town.database.read() as transaction:
        return [event.kind for event in await cases.history(transaction, case.id)]


def _day(town: Town, moment: datetime) -> str:
    return f"{moment.astimezone(town.rules.calendar.zone):%d/%m/%Y}"


def _telling(heard: list[Heard], words: str) -> list[Heard]:
    return [one for one in heard if words in one]


@on_both
async def test_a_question_stops_the_clock_until_the_reply(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _taken(town, citizen, officer)
    await officer.says(f"/hoi {number} Ổ gà ở trước nhà ai vậy bà con?")
    [asked] = await citizen.hears()
    assert "trước nhà ai" in asked
    assert (await _case(town, citizen)).status is CaseStatus.WAITING_FOR_CITIZEN
    await town.passes(days=1, hours=23)
    await citizen.presses("Trả lời")
    assert "Đã chuyển câu trả lời" in (await citizen.says("trước nhà ông Tư"))[-1]
    assert any("trước nhà ông Tư" in heard for heard in await officer.hears())
    case = await _case(town, citizen)
    assert (case.status, _day(town, case.due_at)) == (CaseStatus.ACCEPTED, "25/11/2026")
    [shown] = await citizen.says(f"/theodoi {number}")
    assert "thứ Tư 25/11/2026" in shown


async def test_who_replies_is_told_the_date_that_moved(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _taken(town, citizen, officer)
    await officer.says(f"/hoi {number} Ổ gà ở trước nhà ai vậy bà con?")
    await citizen.hears()
    await town.passes(days=1, hours=23)
    await citizen.presses("Trả lời")
    assert _telling(await citizen.says("trước nhà ông Tư"), "thứ Tư 25/11/2026")


@on_both
async def test_a_question_left_open_is_repeated_once_and_then_lapses(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _taken(town, citizen, officer)
    await officer.says(f"/hoi {number} Ổ gà ở trước nhà ai vậy bà con?")
    await citizen.hears()
    heard: list[Heard] = []
    for _ in range(9):
        await town.passes(days=1)
        heard += await citizen.hears()
    again = _telling(heard, "vẫn chờ trả lời")
    assert len(again) == 1
    assert "Trả lời" in again[0].buttons
    case = await _case(town, citizen)
    assert case.status is CaseStatus.ACCEPTED
    assert (await _happened(town, case)).count(EventKind.QUESTION_LAPSED) == 1


async def test_a_lapsed_question_is_told_to_its_officer_and_the_date_to_the_citizen(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _taken(town, citizen, officer)
    await officer.says(f"/hoi {number} Ổ gà ở trước nhà ai vậy bà con?")
    await citizen.hears()
    await officer.hears()
    await town.passes(days=8, hours=8)
    due = _day(town, (await _case(town, citizen)).due_at)
    assert _telling(await officer.hears(), number), "there is work to go on with"
    assert _telling(await citizen.hears(), due), "the date is not what was promised"


async def test_a_reply_after_the_question_lapsed_still_arrives(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _taken(town, citizen, officer)
    await officer.says(f"/hoi {number} Ổ gà ở trước nhà ai vậy bà con?")
    await citizen.hears()
    await citizen.presses("Trả lời")
    await town.passes(days=9)
    await citizen.says("trước nhà ông Tư")
    assert any("trước nhà ông Tư" in heard for heard in await officer.hears())


async def test_who_was_asked_long_enough_is_not_asked_again(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _taken(town, citizen, officer)
    await officer.says(f"/hoi {number} Ổ gà ở trước nhà ai vậy bà con?")
    await town.passes(days=9)
    await citizen.hears()
    [*_, refused] = await officer.says(f"/hoi {number} Bà con ơi, ở trước nhà ai vậy?")
    assert "đủ 6 ngày làm việc" in refused
    assert "Hỏi người dân" not in refused.buttons
    assert not _telling(await citizen.hears(), "trước nhà ai")
    assert (await _case(town, citizen)).status is CaseStatus.ACCEPTED


async def test_questions_answered_at_once_hardly_move_the_date_however_many(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _taken(town, citizen, officer)
    for question in ("Ổ gà ở trước nhà ai vậy bà con?", "Ổ gà rộng chừng mấy mét vậy bà con?", "Xe tải đi được không?"):
        await officer.says(f"/hoi {number} {question}")
        assert question in (await citizen.hears())[-1]
        await citizen.presses("Trả lời")
        await citizen.says("trước nhà ông Tư, rộng một mét, xe tải không đi được")
    case = await _case(town, citizen)
    assert case.status is CaseStatus.ACCEPTED
    assert _day(town, case.due_at) <= "24/11/2026", "a few seconds are not three working days"


@on_both
async def test_a_new_date_by_buttons_comes_with_its_reason_and_once_only(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _taken(town, citizen, officer)
    [days] = await officer.presses("Gia hạn")
    assert "một lần" in days
    [why] = await officer.presses(EXTENDED)
    assert EXTENDED in why
    [done] = await officer.says("mưa cả tuần, nhà thầu chưa trải nhựa được")
    assert f"Đã hẹn lại {number}" in done
    [told] = await citizen.hears()
    assert "mưa cả tuần, nhà thầu chưa trải nhựa được" in told
    assert f"đến {EXTENDED} (trước đây hẹn {PROMISED})" in told
    assert _day(town, (await _case(town, citizen)).due_at) == "30/11/2026"
    [refused] = await officer.says(f"/giahan {number} 2/12 vẫn còn mưa to")
    assert "đã hẹn lại một lần" in refused
    assert await citizen.hears() == []
    [card] = await officer.says(f"/hoso {number}")
    assert "Gia hạn" not in card.buttons
    assert "(đã gia hạn)" in card


async def test_a_new_date_is_typed_in_one_line(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _taken(town, citizen, officer)
    await officer.says(f"/giahan {number} 30/11 chờ nhà thầu giao nhựa đường")
    [told] = await citizen.hears()
    assert EXTENDED in told
    assert "Lý do: chờ nhà thầu giao nhựa đường" in told
    case = await _case(town, citizen)
    assert _day(town, case.lead.promised_at) == "23/11/2026", "what was promised first stays known"


async def test_a_new_date_too_far_or_without_a_reason_is_not_set(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _taken(town, citizen, officer)
    for typed in ("31/12 chờ nhà thầu giao nhựa đường", "20/11 chờ nhà thầu giao nhựa đường", "hôm nào rảnh"):
        [refused] = await officer.says(f"/giahan {number} {typed}")
        assert f'Không hẹn đến "{typed}" được' in refused
        assert refused.buttons
    [why] = await officer.says(f"/giahan {number} 30/11")
    assert "Vì sao" in why
    assert await citizen.hears() == []
    assert _day(town, (await _case(town, citizen)).due_at) == "23/11/2026"


@on_both
async def test_progress_is_told_and_the_date_stays(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _taken(town, citizen, officer)
    await officer.presses("Báo tiến độ")
    [sent] = await officer.says("sáng nay đã đo đường, mai đổ bê tông")
    assert "Ngày hẹn không đổi" in sent
    [told] = await citizen.hears()
    assert "sáng nay đã đo đường, mai đổ bê tông" in told
    assert f"không đổi: {PROMISED}" in told
    case = await _case(town, citizen)
    assert case.number == number
    assert (await _happened(town, case))[-1] is EventKind.PROGRESSED


@on_both
async def test_who_does_not_agree_with_being_declined_is_heard_again(town: Town) -> None:
    citizen, desk = await town.citizen(), await town.officer("VPUB")
    await citizen.says("đường ổ gà to lắm mấy hôm nay xe ngã suốt")
    await citizen.presses("Đồng ý")
    await citizen.presses("Không rõ")
    await citizen.presses("✅ Gửi")
    case = await _case(town, citizen)
    await desk.says(f"/tuchoi {case.number} không rõ đường nào, xã nào nên không giao được")
    [declined] = await citizen.hears()
    assert "Lý do: không rõ đường nào, xã nào nên không giao được" in declined
    assert list(declined.buttons) == ["Tôi chưa đồng ý"]
    case = await _case(town, citizen)
    assert (case.status, case.outcome) == (CaseStatus.CLOSED, Outcome.DECLINED)
    await citizen.presses("Tôi chưa đồng ý")
    assert "đã mở lại" in (await citizen.says("đường liên xã từ Kha Sơn đi Dương Thành"))[-1]
    case = await _case(town, citizen)
    assert (case.status, case.outcome, case.agency) == (CaseStatus.ACCEPTED, None, "VPUB")
    assert any("đường liên xã từ Kha Sơn đi Dương Thành" in heard for heard in await desk.hears())
    assert "Đã chuyển" in (await desk.says(f"/chuyen {case.number} SXD đường liên xã do Sở quản lý"))[-1]


async def test_only_the_desk_declines(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _taken(town, citizen, officer)
    [refused] = await officer.says(f"/tuchoi {number} không có tiền làm đường này")
    assert "Chỉ bộ phận tiếp nhận" in refused
    assert await citizen.hears() == []


@on_both
async def test_a_date_that_new_rules_move_is_told(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _taken(town, citizen, officer)
    clocks = town.rules.clocks
    longer = replace(clocks.tiers["A"], answer=Span(days=5, source="a test"))
    town.rules = replace(town.rules, clocks=replace(clocks, version="new", tiers={**clocks.tiers, "A": longer}))
    town.decider.adopt(town.rules)
    town.sender.adopt(town.rules)
    await town.passes(minutes=1)
    [told] = await citizen.hears()
    assert f"{number}" in told
    assert f"nay là thứ Tư 25/11/2026 (trước đây {PROMISED})" in told
    case = await _case(town, citizen)
    assert (await _happened(town, case))[-1] is EventKind.RECOMPUTED
    await town.passes(minutes=1)
    assert await citizen.hears() == [], "once"
