"""A morning's warning: who hears it, what it says of itself, and what a person makes of it."""

import re

from storage import warnings
from tests.conftest import MORNING
from tests.journeys.people import Heard, Person, Town, on_both
from tests.storage.test_warnings import DAY, Register

CROWD = [f"c{n}" for n in range(12)]


async def _morning(town: Town, *, people: int = 12) -> None:
    """Let so many people have written about one road yesterday, after two quiet months, and the morning come."""
    register = Register(town.database, town.rules)
    await register.remembers(60)
    await register.file(CROWD[:people], MORNING - DAY)
    await town.passes(hours=0)


async def _warned(person: Person) -> list[Heard]:
    """Return what somebody hears of warnings."""
    return [heard for heard in await person.hears() if "Cảnh báo sớm" in heard]


def _small_counts(heard: Heard) -> list[str]:
    """Return the counts of people under five, and exact ones, that somebody could read."""
    return re.findall(r"\b(?:[1-4]|12) người", heard.text)


@on_both
async def test_the_office_hears_it_in_the_morning_looks_and_dismisses_it(town: Town) -> None:
    office = await town.officer("BTGDV", role="coordinator")
    await _morning(town)
    [told] = await _warned(office)
    assert "🔔 CB1 · Đường xã, đường thôn, ngõ hư hỏng, ổ gà, xã Kha Sơn: từ 10 người trong 7 ngày" in told
    assert "thường dưới 5" in told
    [card] = await office.presses("Mở CB1")
    assert "Trong 7 ngày tính hết thứ Ba 17/11/2026, có từ 10 người báo việc này ở xã Kha Sơn." in card
    assert "thường chỉ có dưới 5 người" in card
    assert "chưa đến 1 trong 1" in card
    assert "Mỗi sáng máy xem 30.820 lần" in card
    for doubt in ("Mới đếm chưa đủ một năm", "Phần lớn gửi trong một ngày", "Máy xếp loại"):
        assert doubt in card
    assert _small_counts(told) == _small_counts(card) == []
    [asked] = await office.presses("Bỏ qua")
    assert "Vì sao bỏ qua CB1?" in asked
    [short] = await office.says("kệ")
    assert "ít nhất ba từ" in short
    [number] = await office.says("là hồ sơ TN26-0000-019 gửi nhiều lần")
    assert "đừng ghi mã hồ sơ" in number
    [done] = await office.says("hôm đó xã họp dân về con đường")
    assert "Đã bỏ qua: hôm đó xã họp dân về con đường" in done
    assert "Không có cảnh báo nào đang chờ xem" in (await office.says("/diemnong"))[-1]
    await town.passes(days=1)
    assert await _warned(office) == [], "what was dismissed is not raised again"
    [why] = await office.says("/diemnong xã Kha Sơn, ổ gà")
    assert "đã được bỏ qua: hôm đó xã họp dân" in why


async def test_what_is_confirmed_becomes_a_matter(town: Town) -> None:
    office = await town.officer("BTGDV", role="coordinator")
    await _morning(town)
    await office.hears()
    [matter] = await office.says("/diemnong cb 1 xác nhận")
    assert "VD1" in matter
    assert "xã Kha Sơn" in matter
    assert "Đã xác nhận" not in (await office.says("/diemnong CB1"))[-1], "only the opened matter confirms it"
    await office.says("/vande VD1 mo")
    assert "✅ Đã xác nhận, thành vấn đề VD1." in (await office.says("/diemnong CB1"))[-1]


async def test_at_night_nobody_is_woken_and_the_desk_hears_it_too(town: Town) -> None:
    office, desk = await town.officer("BTGDV", role="coordinator"), await town.officer("VPUB", role="lead")
    register = Register(town.database, town.rules)
    await register.remembers(61)
    await register.file(CROWD, MORNING)
    await town.passes(hours=16.5)  # half past one at night
    assert await _warned(office) == []
    await town.passes(hours=6)
    for person in (office, desk):
        assert len(await _warned(person)) == 1
    assert "Bỏ qua, nêu lý do" in (await desk.says("/diemnong CB1"))[-1].buttons


async def test_a_lead_sees_what_the_own_agency_leads_and_decides_nothing(town: Town) -> None:
    here, elsewhere = await town.officer("KT-05953", role="lead"), await town.officer("SYT", role="lead")
    await _morning(town)
    assert [await _warned(person) for person in (here, elsewhere)] == [[], []], "only the office and the desk are told"
    [listed] = await here.says("/diemnong")
    assert "CB1" in listed
    [card] = await here.presses("Mở CB1")
    assert "✅ Xác nhận, lập vấn đề" not in card.buttons
    assert "Bỏ qua, nêu lý do" not in (await here.says("/diemnong CB1 bo không có gì đâu"))[-1].buttons
    async with town.database.read() as transaction:
        assert len(await warnings.raised(transaction)) == 1
    assert "Không có cảnh báo nào" in (await elsewhere.says("/diemnong"))[-1]
    assert "Không có cảnh báo này" in (await elsewhere.says("/diemnong CB1"))[-1]
    assert "do cơ quan khác chủ trì" in (await elsewhere.says("/diemnong xã Kha Sơn, ổ gà"))[-1]


async def test_why_there_is_no_warning_can_be_asked(town: Town) -> None:
    office = await town.officer("BTGDV", role="coordinator")
    assert "Chưa đủ ngày" in (await office.says("/diemnong xã Kha Sơn, ổ gà"))[-1]
    await _morning(town, people=4)
    assert await _warned(office) == []
    [few] = await office.says("/diemnong xã Kha Sơn, ổ gà")
    assert "có dưới 5 người báo" in few
    assert "thường không quá 5 người" in few
    assert "ít hơn 5 người thì không báo" in few
    [which] = await office.says("/diemnong kha sơn rác")
    assert "Hỏi về việc nào" in which
    [pressed] = await office.presses("Rác không thu gom")
    assert "Rác không thu gom, thu gom chậm, xã Kha Sơn" in pressed
    assert "giữ kín" in (await office.says("/diemnong xã Kha Sơn, tham nhũng"))[-1]
    for unclear in ("/diemnong rác", "/diemnong xã Kha Sơn", "/diemnong xã Không Có, rác"):
        assert "Chưa rõ nơi nào" in (await office.says(unclear))[-1]


async def test_an_agency_that_takes_nothing_is_told_of(town: Town) -> None:
    office, lead = await town.officer("BTGDV", role="coordinator"), await town.officer("KT-05953", role="lead")
    register = Register(town.database, town.rules)
    await register.remembers(30)
    await register.file(CROWD[:6], MORNING - DAY * 10)
    await town.passes(hours=0)
    [told] = await _warned(office)
    assert "🔇 CB1 · Phòng Kinh tế xã Kha Sơn: việc của từ 5 người quá giờ chưa ai nhận" in told
    [card] = await office.presses("Mở CB1")
    assert "quá giờ nhận hơn 3 ngày làm việc" in card
    assert not re.search(r"TN26|\b6 (?:hồ sơ|người)", card.text)
    assert "CB1" in (await lead.says("/diemnong"))[-1], "it sees what is said of it"
    [seen] = await office.presses("✅ Xác nhận", on=card)
    assert "✅ Đã xác nhận." in seen
    await town.passes(days=1)
    assert await _warned(office) == []
