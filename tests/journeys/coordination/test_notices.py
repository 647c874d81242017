"""Service notices: drafted, let out by a second person, told to who asked for them and to nobody else."""

from datetime import timedelta

from sqlalchemy import text

from domain.notices import notice_rules
from tests.journeys.people import Person, Town, on_both

WATER, POWER, DESK = "CAPNUOC", "DIENLUC", "VPUB"
NOTICE = "/thongbao mất nước xã Kha Sơn đến 17h mai: công ty sửa đường ống, bà con trữ nước từ tối nay"


async def asks(town: Town, words: str = "/theodoi mất nước xã Kha Sơn", choice: str = "Mất nước") -> Person:
    """Let somebody new ask for notices."""
    citizen = await town.citizen()
    await citizen.says(words)
    [wished] = await citizen.presses(choice)
    assert "Hồi Âm sẽ nhắn" in wished
    return citizen


async def water(town: Town) -> tuple[Person, Person]:
    """Return an officer and the lead of the waterworks."""
    return await town.officer(WATER), await town.officer(WATER, role="lead")


async def issue(officer: Person, lead: Person, words: str = NOTICE) -> None:
    """Draft a notice and let it out."""
    draft = (await officer.says(words))[-1]
    await officer.presses("Gửi duyệt")
    assert "đang thông báo" in (await lead.says(f"/thongbao {draft.text.partition(':')[0]} duyet"))[-1]
    await officer.hears()


async def rows(town: Town, table: str) -> int:
    async with town.database.read() as transaction:
        count: int = (await transaction.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()  # noqa: S608
    return count


@on_both
async def test_from_the_draft_to_the_end(town: Town) -> None:
    officer, lead = await water(town)
    citizen, other = await asks(town), await asks(town, "/theodoi mất điện xã Kha Sơn", "Mất điện")
    [draft] = await officer.says(NOTICE)
    assert "TB1: bản nháp" in draft
    assert "Mất nước, xã Kha Sơn, đến 17:00 thứ Năm 19/11/2026" in draft
    await officer.presses("Gửi duyệt")
    # Nobody lets out what they wrote.
    assert "cần người thứ hai" in (await officer.says("/thongbao TB1 duyet"))[-1]
    [waiting] = await lead.hears()
    assert "Chờ đồng chí duyệt TB1" in waiting
    [out] = await lead.presses("✅ Duyệt")
    assert "đang thông báo" in out
    await town.passes(minutes=1)
    [told] = await citizen.hears()
    agency = town.rules.agencies[WATER].name
    assert f"📣 {agency} thông báo:" in told
    assert "bà con trữ nước" in told
    assert "Thôi nhận: nhắn /thoi" in told
    await lead.says("/thongbao tb 1 xong")
    await lead.presses("Đúng, nhắn mọi người")
    await town.passes(minutes=1)
    [ended] = await citizen.hears()
    assert "đã xong việc mất nước, xã Kha Sơn" in ended
    await town.passes(days=2)
    assert await citizen.hears() == []
    assert await other.hears() == []


async def test_words_ask_for_notices_and_may_be_a_report_after_all(town: Town) -> None:
    citizen = await town.citizen()
    [asked] = await citizen.says("báo cho tôi khi mất điện ở xã Kha Sơn")
    assert "nhiều nhất 3 tin một tuần" in asked
    assert list(asked.buttons)[:2] == ["Mất điện, điện yếu, chập chờn, xã Kha Sơn", "Mọi thông báo, xã Kha Sơn"]
    await citizen.presses("Không, tôi báo")
    [card] = await citizen.presses("Đồng ý")
    assert "Mất điện" in card
    await citizen.says("báo cho tôi khi có mất nước ở xã Kha Sơn")
    await citizen.presses("Mọi thông báo")
    [shown] = await citizen.says("/thongbao")
    assert "• Mọi thông báo, xã Kha Sơn" in shown
    [left] = await citizen.says("thôi nhận")
    assert "Đã thôi" in left
    assert await rows(town, "wishes") == 0
    assert "chưa đăng ký" in (await citizen.says("/thongbao"))[-1]


async def test_who_complained_is_on_no_list(town: Town) -> None:
    officer, lead = await water(town)
    citizen = await town.citizen()
    await citizen.says("mất nước ba ngày nay ở xóm Đông xã Kha Sơn")
    await citizen.presses("Đồng ý")
    await citizen.presses("✅ Gửi")
    await lead.hears(), await officer.hears()
    await issue(officer, lead)
    await town.passes(minutes=1)
    assert await citizen.hears() == []


async def test_who_is_about_to_report_it_is_told_and_hears_the_end(town: Town) -> None:
    officer, lead = await water(town)
    await issue(officer, lead)
    citizen = await town.citizen()
    await citizen.says("nhà tôi ở xóm Đông xã Kha Sơn mất nước từ sáng")
    [known] = await citizen.presses("Đồng ý")
    assert "Việc này cơ quan đang thông báo" in known
    assert "bà con trữ nước" in known
    [waits] = await citizen.presses("Đúng, xong thì nhắn tôi")
    assert "xong việc Hồi Âm nhắn" in waits
    assert await town.cases_of(citizen) == []
    await lead.says("/thongbao TB1 xong co")
    await town.passes(minutes=1)
    assert "đã xong việc" in (await citizen.hears())[-1]
    # It is over: the next report goes its way; and one who says no may send at once.
    await citizen.says("nhà tôi ở xóm Đông xã Kha Sơn lại mất nước")
    await citizen.presses("✅ Gửi")
    assert len(await town.cases_of(citizen)) == 1


async def test_it_may_be_another_matter(town: Town) -> None:
    officer, lead = await water(town)
    await issue(officer, lead)
    citizen = await town.citizen()
    await citizen.says("nhà tôi ở xóm Đông xã Kha Sơn mất nước cả tháng nay")
    await citizen.presses("Đồng ý")
    await citizen.presses("Không, việc khác")
    await citizen.presses("✅ Gửi")
    assert len(await town.cases_of(citizen)) == 1


async def test_nobody_hears_more_than_the_number_of_the_week_but_of_danger(town: Town) -> None:
    officer, lead = await town.officer("KT-05953"), await town.officer("KT-05953", role="lead")
    citizen = await asks(town, "/theodoi xã Kha Sơn", "Mọi thông báo")
    for n in range(notice_rules().per_week + 1):
        await issue(
            officer, lead, f"/thongbao đường thôn hư hỏng xóm {n} đến 17h mai: bà con đi đường vòng qua xóm Tây"
        )
        await town.passes(minutes=1)
    assert len(await citizen.hears()) == notice_rules().per_week
    await issue(officer, lead, "/thongbao ngập úng khi mưa đến 17h mai: bà con không qua ngầm tràn")
    await town.passes(minutes=1)
    assert "ngầm tràn" in (await citizen.hears())[-1]
    # Dropped is dropped; after a week there is room again.
    await town.passes(days=8)
    assert await citizen.hears() == []


async def test_what_is_over_by_the_morning_tells_nobody(town: Town) -> None:
    officer, lead = await water(town)
    citizen = await asks(town)
    await town.passes(hours=13)
    await issue(officer, lead, "/thongbao mất nước xã Kha Sơn đến 5h mai: sửa ống trong đêm nay")
    await town.passes(hours=3)
    assert await citizen.hears() == []
    await town.passes(hours=9)
    assert await citizen.hears() == []
    assert "hết hạn" in (await officer.says("/thongbao TB1"))[-1]


async def test_at_night_nobody_is_woken(town: Town) -> None:
    officer, lead = await water(town)
    citizen = await asks(town)
    await town.passes(hours=13)
    await issue(officer, lead)
    await town.passes(minutes=10)
    assert await citizen.hears() == []
    await town.passes(hours=10)
    assert "trữ nước" in (await citizen.hears())[-1]


async def test_step_by_step_nothing_typed_is_lost(town: Town) -> None:
    officer = await town.officer(POWER)
    await officer.says("/thongbao")
    await officer.presses("Soạn thông báo")
    [asked] = await officer.says("cắt điện sửa trạm biến áp")
    assert "về việc gì" in asked
    [asked] = await officer.presses("Mất điện")
    assert "ở xã, phường nào" in asked
    assert 'Chưa nhận ra "Kha Sen"' in (await officer.says("Kha Sen"))[-1]
    [asked] = await officer.says("xã Kha Sơn, xã Phú Bình")
    assert "đến khi nào" in asked
    assert '"hôm qua" chưa rõ' in (await officer.says("hôm qua"))[-1]
    [asked] = await officer.says("11h30 mai")
    assert "làm gì" in asked
    [shown] = await officer.says("Nhà có người ốm dùng máy thở gọi số 0912345678")
    assert "Cắt điện sửa trạm biến áp, xã Phú Bình, xã Kha Sơn, đến 11:30" in shown
    assert "0912345678" not in shown
    # Where there is no second person, the desk's lead decides.
    desk = await town.officer(DESK, role="lead")
    [proposed] = await officer.presses("Gửi duyệt")
    assert town.rules.agencies[DESK].name in proposed
    await desk.hears()
    await desk.presses("Chưa duyệt")
    await desk.says("chưa nói mấy giờ bắt đầu cắt")
    [back] = await officer.hears()
    assert "chưa nói mấy giờ" in back
    await officer.presses("Mở thông báo")
    await officer.presses("Sửa lời")
    await officer.says("Cắt từ 7 giờ, nhà có người dùng máy thở báo trước cho điện lực")
    await officer.presses("Gửi duyệt")
    await desk.hears()
    [out] = await desk.presses("✅ Duyệt")
    assert f"({town.rules.agencies[DESK].name} duyệt)" in out


async def test_others_neither_see_drafts_nor_let_them_out_nor_speak_of_what_is_not_theirs(town: Town) -> None:
    officer, lead = await water(town)
    stranger, seat = await town.officer("KT-05443", role="lead"), await town.officer("BTGDV", role="coordinator")
    await officer.says(NOTICE)
    await officer.presses("Gửi duyệt")
    for who in (stranger, seat):
        for words in ("TB1", "TB1 duyet", "TB1 khong vi le khac", "TB1 bo", "TB1 xong co", "TB9"):
            assert "Không có thông báo TB" in (await who.says(f"/thongbao {words}"))[-1]
    assert "Ở đây chỉ xem" in (await seat.says(NOTICE))[-1]
    # A commune's office speaks of its own commune.
    [draft] = await stranger.says("/thongbao đèn đường hỏng xã Kha Sơn đến 17h mai: đang thay bóng đèn")
    assert "ở xã, phường nào" in draft
    await asks(town)
    await lead.says("/thongbao TB1 duyet")
    await town.passes(minutes=1)
    [shown] = await seat.says("/thongbao TB1")
    assert "dưới 5 người" in shown
    assert "Báo đã xong" not in shown.buttons


async def test_erasing_and_leaving_take_everything_away(town: Town) -> None:
    officer, lead = await water(town)
    citizen, other = await asks(town), await asks(town)
    await issue(officer, lead)
    await town.passes(minutes=1)
    assert (await rows(town, "wishes"), await rows(town, "notice_people")) == (2, 2)
    await citizen.says("/xoadulieu")
    await citizen.presses("Xóa hết")
    await other.presses("Thôi nhận")
    assert (await rows(town, "wishes"), await rows(town, "notice_people")) == (0, 0)
    await citizen.hears(), await other.hears()
    await lead.says("/thongbao TB1 xong co")
    await town.passes(minutes=1)
    assert await citizen.hears() + await other.hears() == []


async def test_what_is_on_already_is_told_to_who_asks_now_and_once(town: Town) -> None:
    officer, lead = await water(town)
    await issue(officer, lead)
    citizen = await town.citizen()
    await citizen.says("/theodoi mất nước xã Kha Sơn")
    wished, told = await citizen.presses("Mất nước")
    assert "Hồi Âm sẽ nhắn" in wished
    assert "trữ nước" in told
    await town.passes(minutes=1)
    assert await citizen.hears() == []
    # What was told is forgotten a week after it is over.
    await town.passes(days=3)
    assert await rows(town, "notice_people") == 1
    await town.passes(days=6)
    assert await rows(town, "notice_people") == 0


async def test_a_draft_nobody_goes_on_with_is_dropped(town: Town) -> None:
    officer, _ = await water(town)
    await officer.says(NOTICE)
    town.now += timedelta(days=notice_rules().draft_days)
    await town.passes(minutes=1)
    assert "đã bỏ" in (await officer.says("/thongbao TB1"))[-1]
