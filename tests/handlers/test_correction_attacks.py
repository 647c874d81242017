"""What correcting a topic must not make possible, tried the way an attacker would."""

from typing import Any

import pytest
from sqlalchemy import text

from domain.messages import Choice, Text
from tests.handlers.doing import arrive, files
from tests.handlers.test_attacks import NOBODYS, ROAD, RUDE, now_of, without
from tests.journeys.people import Town

LAMP = "chieu_sang_cay_xanh.den_duong"
ABUSE = "an_ninh.bao_luc_gia_dinh"
WAYS = (
    "o:topic:{}", "o:topic:{}:giao_thong", f"o:topic:{{}}:{LAMP}", f"o:topic:{{}}:{LAMP}:sure",
    f"o:topic:{{}}:{ABUSE}:sure",
)  # fmt: skip


async def rows(town: Town) -> list[Any]:
    """Return the table of corrections as it stands in the database."""
    async with town.database.read() as transaction:
        return list((await transaction.execute(text("SELECT * FROM corrections"))).all())


@pytest.mark.parametrize("agency", ["KT-05908", "SXD", "CAX-05953"])
async def test_to_other_agencies_a_case_does_not_exist(town: Town, agency: str) -> None:
    case, stranger = await files(await town.citizen(), ROAD), await town.officer(agency)
    for way in WAYS:
        heard = [await arrive(town, stranger, Choice(way.format(number))) for number in (case.number, NOBODYS)]
        assert without(case.number, heard[0]) == without(NOBODYS, heard[1])
        assert "Không có hồ sơ này" in heard[0][-1]
    for words in ("", "đèn đường", LAMP):
        heard = [await arrive(town, stranger, Text(f"/chude {number} {words}")) for number in (case.number, NOBODYS)]
        assert without(case.number, heard[0]) == without(NOBODYS, heard[1])
    assert await now_of(town, case.number) == case
    assert await rows(town) == []


@pytest.mark.parametrize("agency", ["VPUB", "KT-05953", "SXD"])
async def test_a_restricted_case_does_not_exist_even_for_the_desk(town: Town, agency: str) -> None:
    case, stranger = await files(await town.citizen(), RUDE), await town.officer(agency)
    assert case.restricted
    for way in WAYS:
        heard = [await arrive(town, stranger, Choice(way.format(number))) for number in (case.number, NOBODYS)]
        assert without(case.number, heard[0]) == without(NOBODYS, heard[1])
    assert await now_of(town, case.number) == case
    assert await rows(town) == []


async def test_no_word_of_a_restricted_case_leaves_its_agency(town: Town) -> None:
    case = await files(await town.citizen(), RUDE)
    officer = await town.officer(case.agency)
    [card] = await officer.says(f"/hoso {case.number}")
    assert "Sửa chủ đề" not in card.buttons
    for way in WAYS:
        [refused] = await arrive(town, officer, Choice(way.format(case.number)))
        assert "không sửa chủ đề được" in refused
    assert await now_of(town, case.number) == case
    assert await rows(town) == []


async def test_erasing_takes_what_was_corrected_with_it(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    case = await files(citizen, ROAD)
    other = await files(await town.citizen(), ROAD)
    for one in (case, other):
        await officer.says(f"/chude {one.number} {LAMP}")
    assert len(await rows(town)) == 2
    await citizen.says("/xoadulieu")
    await citizen.presses("Xóa hết")
    assert [row.case_id for row in await rows(town)] == [other.id]
    for way in WAYS:
        heard = await arrive(town, officer, Choice(way.format(case.number)))
        assert "ổ gà" not in repr(heard)
        assert "đã khép lại" in heard[-1]
    assert [row.case_id for row in await rows(town)] == [other.id], "nothing brings it back"


async def test_a_citizen_corrects_nothing(town: Town) -> None:
    citizen = await town.citizen()
    case = await files(citizen, ROAD)
    for way in WAYS:
        assert "Nút này của chuyện cũ" in (await arrive(town, citizen, Choice(way.format(case.number))))[-1]
    await citizen.says(f"/chude {case.number} {LAMP}")
    assert await now_of(town, case.number) == case
    assert await rows(town) == []


@pytest.mark.parametrize(
    "more", ["nonsense", "giao_thong.nonsense", "a.b:sure", ":::", "%s", "..", "giao_thong duong", "o:topic"]
)
async def test_odd_buttons_change_nothing(town: Town, more: str) -> None:
    case, officer = await files(await town.citizen(), ROAD), await town.officer("KT-05953")
    await arrive(town, officer, Choice(f"o:topic:{case.number}:{more}"))
    assert await now_of(town, case.number) == case
    assert await rows(town) == []
