"""Complaints and denunciations: the bot says what to do, and keeps nothing of what was said."""

import pytest
from sqlalchemy import text

from tests.journeys.people import Town, on_both

#: A word that stands in each text and nowhere else.
MARK = "Bịa"
COMPLAINT = f"tôi khiếu nại quyết định thu hồi đất số 12 của UBND xã Kha Sơn với ông Nguyễn Văn {MARK}, xử ép nhà tôi"
DENUNCIATION = f"tôi tố cáo ông Nguyễn Văn {MARK} kế toán xã Kha Sơn rút tiền cứu trợ bỏ túi"


async def _everything(town: Town) -> dict[str, list[dict[str, object]]]:
    """Return all rows of all tables."""
    async with town.database.read() as transaction:
        tables = (await transaction.execute(text("SELECT name FROM sqlite_master WHERE type='table'"))).scalars().all()
        return {
            table: [dict(row) for row in (await transaction.execute(text(f'SELECT * FROM "{table}"'))).mappings()]  # noqa: S608
            for table in tables
        }


@on_both
async def test_a_complaint_is_told_the_right_the_form_the_place_and_the_hours(town: Town) -> None:
    citizen = await town.citizen()
    [guided] = await citizen.says(COMPLAINT)
    assert "có quyền khiếu nại" in guided
    assert "tin nhắn ở đây không thay được đơn" in guided, "what the bot cannot do"
    assert "họ tên, địa chỉ" in guided
    assert "ký tên" in guided
    assert "Trụ sở Ủy ban nhân dân xã Kha Sơn: thứ Hai đến thứ Sáu" in guided
    assert "Ban Tiếp công dân tỉnh Thái Nguyên" in guided
    assert list(guided.buttons) == ["Gặp cán bộ"]
    assert await town.cases_of(citizen) == []


@on_both
async def test_a_denunciation_is_told_who_may_have_it_and_to_say_no_more(town: Town) -> None:
    citizen = await town.citizen()
    [guided] = await citizen.says(DENUNCIATION)
    assert "ĐỪNG kể thêm chi tiết ở đây" in guided
    assert "giữ kín tên người tố cáo" in guided
    assert "ký tên" in guided
    assert "có quyền yêu cầu được bảo vệ" in guided
    province, commune = (
        next(line for line in guided.text.splitlines() if place in line)
        for place in ("Ban Tiếp công dân tỉnh Thái Nguyên", "Trụ sở Ủy ban nhân dân xã Kha Sơn")
    )
    assert "thứ Hai đến thứ Sáu" in province
    assert "chỉ khi việc không liên quan đến chính nơi này" in commune
    assert guided.text.index(province) < guided.text.index(commune), "the accused one's own office comes last"
    assert await town.cases_of(citizen) == []


@pytest.mark.parametrize(
    "words",
    [
        f"tôi muốn khiếu nại quyết định thu hồi đất với ông Nguyễn Văn {MARK}, xử ép nhà tôi",
        f"tôi tố cáo ông Nguyễn Văn {MARK} rút tiền cứu trợ bỏ túi",
    ],
    ids=["complaint", "denunciation"],
)
async def test_without_a_place_the_province_receives(town: Town, words: str) -> None:
    citizen = await town.citizen()
    [guided] = await citizen.says(words)
    assert "Ban Tiếp công dân tỉnh Thái Nguyên" in guided
    assert "thứ Hai đến thứ Sáu" in guided
    assert "Trụ sở Ủy ban nhân dân" not in guided
    assert "không giữ lại nội dung" in guided


@on_both
@pytest.mark.parametrize(
    ("words", "kind"), [(COMPLAINT, "khieu_nai"), (DENUNCIATION, "to_cao")], ids=["complaint", "denunciation"]
)
async def test_nothing_is_kept_but_that_there_was_one(town: Town, words: str, kind: str) -> None:
    citizen = await town.citizen()
    await citizen.says(words)
    await town.passes(hours=1)
    held = await _everything(town)
    counted = held.pop("guidance")
    assert [(row["kind"], row["commune"]) for row in counted] == [(kind, "05953")]
    assert {name for row in counted for name in row} == {"id", "kind", "topic", "commune", "at"}
    assert held["inbox"], "the message itself is known, so that it is not decided twice"
    for table, rows in held.items():
        for word in (MARK, "cứu trợ", "thu hồi đất", "kế toán"):
            shown = [row for row in rows if word in str(row)]
            assert not shown, f"{word} in {table}"


async def test_who_goes_on_about_it_is_guided_again_and_nothing_is_kept(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says(DENUNCIATION)
    [guided] = await citizen.says(f"tôi tố cáo ông {MARK} ở xã Kha Sơn còn lấy cả tiền xi măng làm đường")
    assert "ĐỪNG kể thêm" in guided
    assert MARK not in str(await _everything(town))
    assert await town.cases_of(citizen) == []


async def test_who_wants_a_person_after_guidance_gets_one_without_the_words(town: Town) -> None:
    citizen, desk = await town.citizen(), await town.officer("VPUB")
    await citizen.says(COMPLAINT)
    [called] = await citizen.presses("Gặp cán bộ")
    assert "Cán bộ sẽ nhắn lại" in called
    await town.passes(minutes=1)
    await desk.hears()
    [card] = await desk.presses("TN26-")
    assert "chưa kể nội dung" in card
    assert MARK not in str(await _everything(town))


async def test_a_concern_in_hand_outlives_guidance(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says("đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã")
    [card] = await citizen.presses("Đồng ý")
    await citizen.says(DENUNCIATION)
    await citizen.presses("✅ Gửi", on=card)
    [case] = await town.cases_of(citizen)
    assert "ổ gà" in case.text
    assert MARK not in str(await _everything(town))
