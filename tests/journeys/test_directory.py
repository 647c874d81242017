"""What happens to people and cases when agencies are merged and when the rules of the clocks change."""

from dataclasses import replace

from domain.cases import Case
from domain.directory import apply
from domain.directory_files import parse
from domain.limits import Span
from domain.rulesets import Ruleset
from domain.transitions import CaseStatus, EventKind
from storage import cases
from tests.handlers.doing import files
from tests.journeys.people import Town, on_both

ROAD = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"
POWER = "nhà tôi ở xã Kha Sơn mất điện từ tối qua đến giờ chưa có"
RUDE = "cán bộ một cửa xã Kha Sơn quát tháo, hạch sách người dân, thái độ rất khó chịu"
#: One economic office for two communes.
MERGED = """id;name;body;communes;heir
KT-PB;Phòng Kinh tế liên xã;KT;05908,05953;
KT-05908;Phòng Kinh tế xã Phú Bình;KT;05908;KT-PB
KT-05953;Phòng Kinh tế xã Kha Sơn;KT;05953;KT-PB
"""
#: The department that supervises officials goes to the desk.
TO_THE_DESK = """id;name;body;communes;heir
SNV;Sở Nội vụ;SNV;;VPUB
"""


async def _adopt(town: Town, rules: Ruleset) -> None:
    """Let a town go on by other rules, as the workers do; return when the ticks have run."""
    town.rules = rules
    town.decider.adopt(rules)
    town.sender.adopt(rules)
    await town.passes(minutes=1)


def _with(rules: Ruleset, agencies: str) -> Ruleset:
    return apply(parse({"agencies.csv": agencies.encode()}, rules), rules)


def _three_days_more(rules: Ruleset) -> Ruleset:
    """Return the rules with six working days in the place of three."""
    tiers = {**rules.clocks.tiers, "A": replace(rules.clocks.tiers["A"], answer=Span(days=6, source="a test"))}
    return replace(rules, clocks=replace(rules.clocks, tiers=tiers, version="six days"))


async def _now(town: Town, case: Case) -> Case:
    async with town.database.read() as transaction:
        found = await cases.by_number(transaction, case.number)
    assert found
    return found


async def _happened(town: Town, case: Case) -> list[EventKind]:
    async with town.database.read() as transaction:
        return [event.kind for event in await cases.history(transaction, case.id)]


@on_both
async def test_the_heir_goes_on_with_cases_and_seats_and_the_citizen_hears_it(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953", name="Hạnh")
    colleague = await town.officer("KT-05908", name="Bảy")
    case = await files(citizen, ROAD)
    await officer.says(f"/nhan {case.number}")
    before = await _now(town, case)
    await citizen.hears()

    await _adopt(town, _with(town.rules, MERGED))
    [told] = await citizen.hears()
    assert "Phòng Kinh tế xã Kha Sơn đã sáp nhập, Phòng Kinh tế liên xã làm tiếp" in told
    assert "Ngày hẹn không đổi: thứ Hai 23/11/2026" in told
    after = await _now(town, case)
    assert (after.agency, after.status, after.due_at) == ("KT-PB", CaseStatus.ACCEPTED, before.due_at)
    for one in (officer, colleague):
        assert any("Từ nay cửa sổ này làm việc cho Phòng Kinh tế liên xã" in heard for heard in await one.hears())
        [card] = await one.says(f"/hoso {case.number}")
        assert "Bàn giao cho cơ quan kế thừa: Phòng Kinh tế xã Kha Sơn → Phòng Kinh tế liên xã" in card
        assert "Người làm: Hạnh" in card
    assert case.number in (await officer.says("/viec toi"))[-1]
    await officer.says(f"/traloi {case.number} Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông. Chưa có ảnh vì mưa.")
    assert "trả lời của Phòng Kinh tế liên xã" in (await citizen.hears())[-1]


async def test_what_is_new_goes_to_the_heir(town: Town) -> None:
    await _adopt(town, _with(town.rules, MERGED))
    assert (await files(await town.citizen(), ROAD)).agency == "KT-PB"


async def test_the_move_is_told_and_written_once(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    case = await files(citizen, ROAD)
    await citizen.hears()
    await _adopt(town, _with(town.rules, MERGED))
    assert len(await citizen.hears()) == 1
    await officer.hears()
    for _ in range(3):
        await town.passes(minutes=1)
    assert await citizen.hears() == await officer.hears() == []
    assert (await _happened(town, case)).count(EventKind.INHERITED) == 1


async def test_partners_and_those_who_watch_are_inherited_too(town: Town) -> None:
    citizen, utility, commune = await town.citizen(), await town.officer("DIENLUC"), await town.officer("KT-05953")
    case = await files(citizen, POWER)
    await utility.says(f"/nhan {case.number}")
    await utility.says(f"/phoihop {case.number} KT-05953 2 ngày cột ở đất của ai vậy?")
    await citizen.hears()
    await _adopt(town, _with(town.rules, MERGED))
    after = await _now(town, case)
    assert (after.agency, after.watch, [task.agency for task in after.partners]) == ("DIENLUC", ("KT-PB",), ["KT-PB"])
    assert await citizen.hears() == [], "who answers is the same"
    await commune.says(f"/hoso {case.number}")
    await commune.presses("Trả lời cơ quan")
    assert "Đã trả lời Công ty Điện lực" in (await commune.says("cột ở đất của thôn, cứ dời"))[-1]


@on_both
async def test_a_restricted_case_never_comes_to_the_desk_by_inheritance(town: Town) -> None:
    citizen, desk, inspector = await town.citizen(), await town.officer("VPUB"), await town.officer("TTT")
    supervisor = await town.officer("SNV", role="inspector")
    case = await files(citizen, RUDE)
    assert (case.agency, case.restricted) == ("SNV", True)
    await citizen.hears()
    await town.passes(minutes=1)
    await supervisor.hears()

    await _adopt(town, _with(town.rules, TO_THE_DESK))
    assert (await _now(town, case)).agency == "TTT"
    assert any(case.number in heard for heard in await inspector.hears())
    assert "Nhận việc" in (await inspector.says(f"/hoso {case.number}"))[-1].buttons
    assert "Thanh tra tỉnh" in (await citizen.hears())[-1]
    for outsider in (desk, supervisor):  # whose seat is the desk's from now on
        assert not any(case.number in heard for heard in await outsider.hears())
        assert "Không có hồ sơ này" in (await outsider.says(f"/hoso {case.number}"))[-1]
        assert "0 việc" in (await outsider.says("/viec"))[-1]


@on_both
async def test_a_date_that_new_rules_move_is_written_down_and_told(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    case = await files(citizen, ROAD)
    await officer.says(f"/nhan {case.number}")
    await citizen.hears()

    await _adopt(town, _three_days_more(town.rules))
    [told] = await citizen.hears()
    assert "ngày hẹn trả lời nay là thứ Năm 26/11/2026 (trước đây thứ Hai 23/11/2026)" in told
    assert "tính lại theo quy định mới: thứ Năm 26/11/2026" in (await officer.hears())[-1]
    [card] = await officer.says(f"/hoso {case.number}")
    assert "Tính lại hạn theo quy định mới: thứ Hai 23/11/2026 → thứ Năm 26/11/2026" in card
    assert "Hạn trả lời: thứ Năm 26/11/2026" in card

    await town.passes(minutes=1)
    assert await citizen.hears() == await officer.hears() == []
    assert (await _happened(town, case)).count(EventKind.RECOMPUTED) == 1


async def test_an_extension_that_was_granted_stays_when_the_rules_change(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    case = await files(citizen, ROAD)
    await officer.says(f"/nhan {case.number}")
    await officer.says(f"/giahan {case.number} 30/11 chờ nhà thầu giao đá")
    due = (await _now(town, case)).due_at
    await citizen.hears()
    await _adopt(town, _three_days_more(town.rules))
    after = await _now(town, case)
    assert after.due_at == due
    assert after.lead.promised_at < due
    assert await citizen.hears() == []


async def test_what_is_answered_keeps_its_date(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    case = await files(citizen, ROAD)
    await officer.says(f"/nhan {case.number}")
    await officer.says(f"/traloi {case.number} Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông.")
    await citizen.hears()
    due = (await _now(town, case)).due_at
    await _adopt(town, _three_days_more(town.rules))
    assert (await _now(town, case)).due_at == due
    assert await citizen.hears() == []
