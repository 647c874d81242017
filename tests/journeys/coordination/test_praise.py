"""Praise reaches whom it is for, is counted without a word or a name, and people decide who is commended."""

from dataclasses import asdict
from datetime import date, timedelta

from sqlalchemy import text

from domain.commending import Standing
from domain.periods import Period, PeriodKind
from handlers import praise as praising
from storage import praise
from storage.unit import Unit
from tests.journeys.people import Person, Town, on_both

WORDS = "Cảm ơn anh em điện lực sửa điện cho xóm Đông xã Kha Sơn rất nhanh, số tôi 0912345678"
QUARTER = Period(date(2026, 7, 15), date(2026, 10, 15), PeriodKind.QUARTER, 3, 2026)
POWER, DESK = "DIENLUC", "VPUB"


async def praises(town: Town, words: str) -> Person:
    """Let somebody new praise, and return who."""
    citizen = await town.citizen()
    await citizen.says(words)
    [card] = await citizen.presses("Đồng ý")
    assert "lời khen" in card
    await citizen.presses("👍 Gửi lời khen")
    return citizen


async def counted(town: Town) -> dict[str, int]:
    async with town.database.read() as transaction:
        return await praise.counts(transaction, town.now - timedelta(days=1), town.now + timedelta(days=1))


async def count(town: Town) -> None:
    async with town.database.begin() as transaction:
        await praise.count(transaction, POWER, None, None, town.now)


async def nominate(town: Town, agency: str) -> None:
    standing = Standing(agency, 132, 118, 100.0, 0.86, 0.79, 0.91)
    async with town.database.begin() as transaction:
        unit = Unit(transaction, town.now)
        measures = {key: value for key, value in asdict(standing).items() if key != "agency"} | {"usual": 0.71}
        assert await praising.nominate(unit, town.rules, QUARTER, [(agency, measures)]) == 1
        assert await praising.nominate(unit, town.rules, QUARTER, [(agency, measures)]) == 0
        await unit.flush()
    await town.work()


@on_both
async def test_praise_reaches_whom_it_is_for(town: Town) -> None:
    power = town.rules.agency_for(POWER, "05953")
    assert power
    officer = await town.officer(power.id)
    citizen = await town.citizen()
    await citizen.says(WORDS)
    [card] = await citizen.presses("Đồng ý")
    assert power.name in card
    assert "không thấy tên và số máy" in card
    assert list(card.buttons) == ["👍 Gửi lời khen", "Còn việc cần giải quyết", "Đổi nơi", "Bỏ, không gửi"]
    [thanks] = await citizen.presses("👍 Gửi lời khen")
    assert f"{power.name} sẽ đọc được" in thanks
    [told] = await officer.hears()
    assert "sửa điện cho xóm Đông" in told
    assert "0912345678" not in told
    assert await town.cases_of(citizen) == []
    assert await counted(town) == {power.id: 1}
    # Nothing of it is kept but the count.
    async with town.database.read() as transaction:
        row = (await transaction.execute(text("SELECT * FROM praises"))).mappings().one()
    assert set(row) == {"id", "agency", "topic", "commune", "at"}


async def test_what_is_still_to_be_settled_goes_its_usual_way(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says("cảm ơn cán bộ xã Kha Sơn đã sửa đường xóm Đông nhưng vẫn còn ổ gà to")
    await citizen.presses("Đồng ý")
    [card] = await citizen.presses("Còn việc cần giải quyết")
    assert "Phản ánh: " in card
    await citizen.presses("✅ Gửi")
    assert len(await town.cases_of(citizen)) == 1
    assert await counted(town) == {}


async def test_what_sounds_like_praise_of_officials_reaches_only_who_watches_over_them_if_it_is_none(
    town: Town,
) -> None:
    accused = await town.officer("HCC-05953", role="lead")
    citizen = await town.citizen()
    await citizen.says(
        "cảm ơn cán bộ một cửa xã Kha Sơn đã phục vụ tận tình, thái độ tuyệt vời quá cơ, ngồi chờ cả buổi"
    )
    [card] = await citizen.presses("Đồng ý")
    assert "CHƯA hài lòng" in card
    await citizen.presses("Còn việc cần giải quyết")
    [card] = await citizen.presses("Hồ sơ")
    assert "hành chính công" not in card
    await citizen.presses("✅ Gửi")
    assert await accused.hears() == []


async def test_one_person_praising_often_counts_once(town: Town) -> None:
    citizen = await praises(town, WORDS)
    for _ in range(5):
        await citizen.says(WORDS)
        await citizen.presses("👍 Gửi lời khen")
    assert list((await counted(town)).values()) == [1]
    town.now += timedelta(days=30)
    await citizen.says(WORDS)
    await citizen.presses("👍 Gửi lời khen")
    assert list((await counted(town)).values()) == [1]


async def test_where_nobody_knows_who_is_meant_the_desk_passes_it_on(town: Town) -> None:
    desk = await town.officer(DESK)
    citizen = await town.citizen()
    await citizen.says("Tôi thấy chính quyền ta làm tốt, dân rất phấn khởi")
    await citizen.presses("Đồng ý")
    [card] = await citizen.presses("Không rõ")
    assert "Chưa rõ khen nơi nào" in card
    await citizen.presses("👍 Gửi lời khen")
    [told] = await desk.hears()
    assert "chuyển lời đến đúng đơn vị" in told
    assert await counted(town) == {}


async def test_erasing_takes_the_words_off_officers_pages_and_the_count_stays(town: Town) -> None:
    power = town.rules.agency_for(POWER, "05953")
    assert power
    officer = await town.officer(power.id)
    other = await praises(town, "Cảm ơn điện lực xã Kha Sơn trực tết đến đêm, rất trách nhiệm")
    citizen = await praises(town, WORDS)
    await officer.hears()
    await citizen.says("/xoadulieu")
    await citizen.presses("Xóa hết")
    async with town.database.read() as transaction:
        shown = list((await transaction.execute(text("SELECT text FROM web_messages"))).scalars())
    assert not [words for words in shown if "xóm Đông" in words]
    assert [words for words in shown if "trực tết" in words]
    assert await counted(town) == {power.id: 2}
    assert other


async def test_the_coordinator_sees_steps_of_five_and_never_the_words(town: Town) -> None:
    seat = await town.officer("BTGDV", role="coordinator")
    await praises(town, WORDS)
    for _ in range(3):
        await count(town)
    [shown] = await seat.says("/khen")
    assert "Chưa nơi nào có từ 5 lời" in shown
    for _ in range(3):
        await count(town)
    [shown] = await seat.says("/khen")
    assert "từ 5 lời" in shown
    assert "7" not in shown
    assert "xóm Đông" not in shown


async def test_a_nomination_is_decided_by_people_and_told_to_the_agency(town: Town) -> None:
    seat = await town.officer("BTGDV", role="coordinator")
    lead, other = await town.officer("KT-05953", role="lead"), await town.officer("HCC-05953", role="lead")
    await nominate(town, "KT-05953")
    [told] = await seat.hears()
    assert "1 cơ quan" in told
    await seat.presses("🏅 Khen thưởng")
    [card] = await seat.presses("KN1")
    assert "ít nhất 130 câu trả lời" in card
    assert "86%" not in card, "shares of so few would tell who was not content"
    [asked] = await seat.presses("Ghi quyết định khen")
    assert "số mấy" in asked
    [asked] = await seat.says("khen nhé")
    assert '"khen nhé" chưa có số' in asked
    [done] = await seat.says("125/QĐ-UBND ngày 20/11/2026")
    assert "đã khen, 125/QĐ-UBND ngày 20/11/2026" in done
    [told] = await lead.hears()
    assert "Chúc mừng" in told
    assert await other.hears() == []
    # Decided is decided; another agency's is nobody's business; a lead decides nothing.
    [again] = await seat.says("/khen KN1 khong ly do khac")
    assert "đã khen" in again
    assert "Không có đề xuất khen nào mang số này" in (await other.says("/khen kn 1"))[-1]
    [own] = await lead.says("/khen KN1")
    assert "132 câu trả lời" in own
    assert "Ghi quyết định khen" not in own.buttons


async def test_declining_needs_a_reason_and_a_lead_cannot_decide(town: Town) -> None:
    seat = await town.officer("BTGDV", role="coordinator")
    lead = await town.officer("KT-05953", role="lead")
    await nominate(town, "KT-05953")
    await seat.hears()
    [kept] = await lead.says("/khen KN1 khen 1/QĐ-UBND")
    assert "chờ quyết định" in kept
    [asked] = await seat.says("/khen KN1 khong")
    assert "Vì sao" in asked
    [done] = await seat.says("đang xem xét kỷ luật một cán bộ")
    assert "không khen" in done
    assert "Lý do: đang xem xét" in done
    assert await lead.hears() == []
