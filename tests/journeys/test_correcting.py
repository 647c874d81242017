"""Officers correct what a case is about, and the reader learns from it."""

from dataclasses import replace

import pytest

from domain.cases import Case
from domain.messages import Choice
from domain.transitions import CaseStatus, EventKind
from storage import cases, corrections
from storage.corrections import Correction
from tests.journeys.people import Person, Town, on_both

ROAD = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"
LAMP = "chieu_sang_cay_xanh.den_duong"
STATE_ROAD = "giao_thong.quoc_lo_duong_tinh"


async def file(town: Town, citizen: Person, words: str = ROAD) -> Case:
    """Have a road reported; return its case."""
    await citizen.says(words)
    await citizen.presses("Đồng ý")
    await citizen.presses("✅ Gửi")
    return (await town.cases_of(citizen))[0]


async def now_of(town: Town, case: Case) -> Case:
    """Return a case as it is now."""
    async with town.database.read() as transaction:
        found = await cases.by_number(transaction, case.number)
    assert found
    return found


def told(case: Case) -> Case:
    """Return a case without what its clock counts along the way."""
    return replace(case, tasks=(), clock_at=None)


async def learned(town: Town) -> list[Correction]:
    """Return what the reader can learn from."""
    async with town.database.read() as transaction:
        return await corrections.every(transaction)


@on_both
async def test_a_topic_is_corrected_by_buttons_and_the_citizen_is_left_in_peace(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    case = await file(town, citizen)
    await citizen.hears()
    await officer.says(f"/hoso {case.number}")
    [which] = await officer.presses("Sửa chủ đề")
    assert "Đường xã, đường thôn" in which
    [topics] = await officer.presses("Chiếu sáng")
    assert "Việc khác" in topics.buttons
    [done] = await officer.presses("Đèn đường")
    assert "→ Đèn đường hỏng" in done
    assert "Hạn trả lời không đổi" in done
    assert "đúng nơi đang giữ hồ sơ" in done
    assert not any(label.startswith("Chuyển") for label in done.buttons)
    after = await now_of(town, case)
    assert told(after) == told(replace(case, topic=LAMP))
    [row] = await learned(town)
    assert row == Correction(
        case_id=case.id, text=case.text, before=case.topic, after=LAMP, kind="phan_anh", urgent=case.urgent,
        agency="KT-05953", at=row.at, ruleset=town.rules.version, read_by=case.read_by,
    )  # fmt: skip
    async with town.database.read() as transaction:
        [*_, event] = await cases.history(transaction, case.id)
    assert (event.kind, event.note) == (EventKind.CORRECTED, f"{case.topic} {LAMP}")
    assert event.actor.startswith("officer:")
    [card] = await officer.says(f"/hoso {case.number}")
    assert "Sửa chủ đề: Đường xã, đường thôn, ngõ hư hỏng, ổ gà → Đèn đường hỏng" in card
    assert await citizen.hears() == []


async def test_words_find_the_topic_and_the_reply_offers_to_refer_to_who_leads_it(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    case = await file(town, citizen)
    [which] = await officer.says(f"/chude {case.number.lower().replace('-', ' ')} quoc lo")
    assert list(which.buttons)[:1] == ["Quốc lộ, đường tỉnh, cao tốc hư hỏng"]
    [done] = await officer.presses("Quốc lộ")
    assert "thuộc Sở Xây dựng" in done
    assert "vẫn ở Phòng Kinh tế xã Kha Sơn" in done
    assert (await now_of(town, case)).agency == "KT-05953"
    [why] = await officer.presses("Chuyển sang Sở Xây dựng")
    assert "Vì sao" in why
    await officer.says("đây là tỉnh lộ do Sở quản lý")
    moved = await now_of(town, case)
    assert (moved.agency, moved.topic, moved.due_at) == ("SXD", STATE_ROAD, case.due_at)


@pytest.mark.parametrize("words", ["zzz", "{{ 1 }}", "x" * 3_000])
async def test_words_that_name_no_topic_show_the_fields(town: Town, words: str) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    case = await file(town, citizen)
    [which] = await officer.says(f"/chude {case.number} {words}")
    assert f'Không thấy chủ đề nào khớp với "{words[:60]}"' in which
    assert set(town.rules.fields.values()) <= set(which.buttons)


async def test_the_topic_it_has_already_changes_nothing(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    case = await file(town, citizen)
    [same] = await officer.says(f"/chude {case.number} {case.topic}")
    assert "Không có gì phải sửa" in same
    assert told(await now_of(town, case)) == told(case)
    assert await learned(town) == []


async def test_the_last_correction_counts_and_going_back_leaves_nothing_to_learn(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    case = await file(town, citizen)
    await officer.says(f"/chude {case.number} {LAMP}")
    await officer.says(f"/chude {case.number} {STATE_ROAD}")
    [row] = await learned(town)
    assert (row.before, row.after) == (case.topic, STATE_ROAD)
    await officer.says(f"/chude {case.number} {case.topic}")
    assert await learned(town) == []
    assert told(await now_of(town, case)) == told(case)


async def test_only_what_was_filed_is_learned_and_no_name_with_it(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    case = await file(town, citizen, f"{ROAD}, tôi là Nguyễn Văn Bịa, số 0912 345 678")
    await officer.says(f"/nhan {case.number}")
    await officer.says(f"/hoi {case.number} Gần nhà ai vậy bà con?")
    await citizen.hears()
    await citizen.presses("Trả lời")
    await citizen.says("ngay cạnh nhà ông Trần Văn Bốn")
    await officer.says(f"/chude {case.number} {LAMP}")
    [row] = await learned(town)
    assert "ổ gà" in row.text
    assert not any(word in row.text for word in ("Bịa", "0912", "Bốn", "cạnh nhà"))


async def test_the_desk_names_a_topic_that_was_not_known_and_refers(town: Town) -> None:
    citizen, desk = await town.citizen(), await town.officer("VPUB")
    case = await file(town, citizen)
    async with town.database.begin() as transaction:
        unknown = replace(case, topic=None, agency="VPUB", status=CaseStatus.IN_TRIAGE, reason="no_topic")
        await cases.save(transaction, [unknown.keep(replace(case.lead, agency="VPUB"))])
    [done] = await desk.says(f"/chude {case.number} {LAMP}")
    assert "Chưa rõ thuộc việc gì → Đèn đường" in done
    assert (await now_of(town, case)).status is CaseStatus.IN_TRIAGE
    [row] = await learned(town)
    assert (row.before, row.agency) == (None, "VPUB")
    await desk.presses("Chuyển sang Phòng Kinh tế")
    await desk.says("đèn đường trong xóm do xã quản lý")
    assert (await now_of(town, case)).agency == "KT-05953"


async def test_the_desk_corrects_anothers_case_and_its_agency_is_told(town: Town) -> None:
    citizen, officer, desk = await town.citizen(), await town.officer("KT-05953"), await town.officer("VPUB")
    case = await file(town, citizen)
    [done] = await desk.says(f"/chude {case.number} {STATE_ROAD}")
    assert not any(label.startswith("Chuyển") for label in done.buttons)
    assert "ổ gà to lắm" not in done.text
    assert any("đã sửa chủ đề" in heard and "Quốc lộ" in heard for heard in await officer.hears())
    [row] = await learned(town)
    assert row.agency == "VPUB"
    assert "Không có hồ sơ này" in (await desk.says(f"/hoso {case.number}"))[-1]


async def test_a_restricted_topic_is_asked_about_twice_and_nothing_of_it_is_learned(town: Town) -> None:
    citizen, officer, desk = await town.citizen(), await town.officer("KT-05953"), await town.officer("VPUB")
    case = await file(town, citizen)
    await officer.says(f"/chude {case.number} {LAMP}")
    [sure] = await officer.says(f"/chude {case.number} an_ninh.bao_luc_gia_dinh")
    assert "chắc chứ" in sure
    assert not (await now_of(town, case)).restricted
    [done] = await officer.presses("Đúng, sửa")
    assert "hạn chế người xem" in done
    assert await learned(town) == []
    after = await now_of(town, case)
    assert (after.restricted, after.watch, after.agency) == (True, (), "CAX-05953"), "who leads such cases has it"
    assert "Không có hồ sơ này" in (await desk.says(f"/chude {case.number} {LAMP}"))[-1]
    assert "Không có hồ sơ này" in (await officer.says(f"/chude {case.number} {LAMP}"))[-1], "nor those who had it"
    inspector = await town.officer("CAX-05953", role="inspector")
    await town.passes(minutes=1)
    assert any(case.number in heard for heard in await inspector.hears()), "who leads the topic goes on with it"
    assert (await now_of(town, case)).agency == "CAX-05953"


async def test_what_has_ended_is_not_corrected(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    case = await file(town, citizen)
    await officer.says(f"/nhan {case.number}")
    await officer.says(f"/traloi {case.number} Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông.")
    [card] = await officer.says(f"/hoso {case.number}")
    assert "Sửa chủ đề" in card.buttons
    await citizen.hears()
    await citizen.presses("👍")
    [card] = await officer.says(f"/hoso {case.number}")
    assert "Sửa chủ đề" not in card.buttons
    before = await now_of(town, case)
    [refused] = await officer.sends(Choice(f"o:topic:{case.number}:{LAMP}"))
    assert "đã khép lại" in refused
    assert await now_of(town, case) == before
    assert await learned(town) == []
