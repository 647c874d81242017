"""Danger, despair, complaints, denunciations, erasure: where a wrong word does harm."""

from pathlib import Path

from sqlalchemy import text

from domain.transitions import CaseStatus
from tests.journeys.people import Town, on_both

ROAD = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"


async def _everything(town: Town) -> str:
    """Return all that the database holds, as one text."""
    async with town.database.read() as transaction:
        tables = (await transaction.execute(text("SELECT name FROM sqlite_master WHERE type='table'"))).scalars().all()
        rows = [row for table in tables for row in await transaction.execute(text(f'SELECT * FROM "{table}"'))]  # noqa: S608
    return "\n".join(map(str, rows))


@on_both
async def test_danger_shows_the_hotline_before_anything_else(town: Town) -> None:
    citizen = await town.citizen()
    hotline, *rest = await citizen.says("cháy nhà ở chợ Kha Sơn rồi, lửa to lắm cứu với")
    assert hotline.text.startswith("⚠️")
    assert "114" in hotline.text.splitlines()[1]
    assert "Đồng ý, gửi tiếp" in rest[0].buttons


@on_both
async def test_danger_reaches_officers_at_night(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("CAX-05953")
    await town.passes(hours=14)
    await citizen.says("cháy nhà ở chợ xã Kha Sơn rồi, lửa to lắm cứu với")
    await citizen.presses("Đồng ý")
    await citizen.presses("✅ Gửi")
    await town.passes(minutes=1)
    assert any("KHẨN" in heard for heard in await officer.hears())


async def test_other_work_waits_for_the_morning(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await town.passes(hours=14)
    await citizen.says("đèn đường xóm Đông xã Kha Sơn hỏng mấy hôm rồi chưa sửa")
    await citizen.presses("Đồng ý")
    await citizen.presses("✅ Gửi")
    await town.passes(hours=1)
    assert await officer.hears() == []
    await town.passes(hours=8)
    assert any("1 việc mới" in heard for heard in await officer.hears())


async def test_despair_is_met_by_a_person_first(town: Town) -> None:
    citizen, desk = await town.citizen(), await town.officer("VPUB")
    [warm] = await citizen.says("tôi không muốn sống nữa, mệt mỏi quá rồi")
    assert "115" in warm
    assert "Đồng ý, gửi tiếp" not in warm.buttons
    [called] = await citizen.presses("Gặp cán bộ")
    assert "Cán bộ sẽ nhắn lại" in called
    await town.passes(minutes=1)
    assert any("KHẨN" in heard for heard in await desk.hears())
    assert "không muốn sống" not in await _everything(town)


@on_both
async def test_a_denunciation_is_guided_and_nothing_of_it_is_kept(town: Town) -> None:
    citizen = await town.citizen()
    [guided] = await citizen.says("tôi tố cáo ông Nguyễn Văn Bịa kế toán xã Kha Sơn rút tiền cứu trợ bỏ túi")
    assert "tố cáo" in guided
    assert "Ban Tiếp công dân" in guided
    assert await town.cases_of(citizen) == []
    held = await _everything(town)
    assert "Bịa" not in held
    assert "cứu trợ" not in held
    assert "to_cao" in held, "that there was one is counted"


async def test_nothing_of_a_denunciation_is_left_in_the_file(town: Town, tmp_path: Path) -> None:
    citizen = await town.citizen()
    await citizen.says("tôi tố cáo ông Nguyễn Văn Bịa kế toán xã Kha Sơn rút tiền cứu trợ bỏ túi")
    await town.database.close()
    assert "Bịa".encode() not in (tmp_path / "test.db").read_bytes()


async def test_a_complaint_is_guided(town: Town) -> None:
    citizen = await town.citizen()
    [guided] = await citizen.says("tôi khiếu nại quyết định thu hồi đất số 12 của UBND xã Kha Sơn, xử ép nhà tôi")
    assert "khiếu nại" in guided
    assert "xã Kha Sơn" in guided
    assert await town.cases_of(citizen) == []


async def test_what_is_said_of_officials_never_reaches_their_commune(town: Town) -> None:
    citizen, commune = await town.citizen(), await town.officer("HCC-05953")
    await citizen.says("cán bộ một cửa xã Kha Sơn quát tháo, hạch sách người dân, thái độ rất khó chịu")
    await citizen.presses("Đồng ý")
    await citizen.presses("✅ Gửi")
    [case] = await town.cases_of(citizen)
    assert not case.agency.endswith("05953")
    assert case.watch == ()
    await town.passes(days=30)
    assert not any(case.number in heard for heard in await commune.hears())
    [refused] = await commune.says(f"/hoso {case.number}")
    assert "Không có hồ sơ này" in refused


@on_both
async def test_a_citizen_erases_everything(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await citizen.says(f"{ROAD}, gọi tôi 0912 345 678")
    await citizen.presses("Đồng ý")
    await citizen.presses("Cho cán bộ gọi tôi")
    await citizen.presses("✅ Gửi")
    [case] = await town.cases_of(citizen)
    [sure] = await citizen.says("/xoadulieu")
    assert "rút lại" in sure
    [erased] = await citizen.presses("Xóa hết")
    assert "không còn giữ gì" in erased
    assert any("đã rút" in heard for heard in await officer.hears())

    await town.passes(hours=2)
    held = await _everything(town)
    assert citizen.address.chat not in held
    assert "0912 345 678" not in held
    assert "ổ gà" not in held
    async with town.database.begin() as transaction:
        from storage import cases  # noqa: PLC0415

        left = await cases.by_number(transaction, case.number)
    assert left
    assert (left.status, left.conversation_id) == (CaseStatus.CLOSED, None)


async def test_who_writes_again_after_erasure_begins_anew(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says(ROAD)
    await citizen.presses("Đồng ý")
    await citizen.says("/xoadulieu")
    await citizen.presses("Xóa hết")
    [notice] = await citizen.says(ROAD)
    assert "Đồng ý, gửi tiếp" in notice.buttons
    await town.passes(minutes=5)
    [card] = await citizen.presses("Đồng ý")
    assert "✅ Gửi" in card.buttons


async def test_what_officers_were_shown_is_erased_too(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await citizen.says(ROAD)
    await citizen.presses("Đồng ý")
    await citizen.presses("✅ Gửi")
    [case] = await town.cases_of(citizen)
    assert "ổ gà to lắm" in (await officer.says(f"/hoso {case.number}"))[-1]
    await citizen.says("/xoadulieu")
    await citizen.presses("Xóa hết")
    assert "ổ gà to lắm" not in await _everything(town)


async def test_a_human_is_called_once_however_often_the_button_is_pressed(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says("cho tôi gặp cán bộ")
    await citizen.presses("Gặp cán bộ")
    await citizen.presses("Gặp cán bộ")
    assert len(await town.cases_of(citizen)) == 1
