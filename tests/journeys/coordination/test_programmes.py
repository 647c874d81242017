"""Coordination programmes: made step by step, signed by each body, done with evidence, reminded of, renewed, ended."""

import re

from tests.journeys.people import Heard, Person, Town, on_both

COURT, POLICE, SCHOOLS = "TAND", "CAT", "SGDDT"


async def _made(office: Person, *, day: str = "30/11") -> str:
    """Make a programme with two bodies, one content and one activity, and send it to be signed."""
    [asked] = await office.says("/chuongtrinh moi Chương trình phối hợp giai đoạn 2026-2030")
    found = re.search(r"CT\d+", asked.text)
    assert found
    code = found[0]
    await office.presses("2026-2030")
    await office.says("sở giáo dục")
    await office.says("đủ")
    await office.says("Nắm tình hình dư luận về thu chi đầu năm học")
    await office.presses("Sở Giáo dục")
    [when] = await office.says("Tập huấn cộng tác viên dư luận")
    assert "ngày nào" in when
    [planned] = await office.says(day)
    assert f"{code}.1.1 Tập huấn cộng tác viên dư luận: {day}/2026" in planned
    await office.presses("Cùng làm: Ban Tuyên giáo")
    await office.says(f"/chuongtrinh {code}")
    await office.presses("📨 Gửi")
    return code


async def _signed(town: Town) -> tuple[Person, Person, str]:
    office = await town.officer("BTGDV", role="coordinator")
    schools = await town.officer(SCHOOLS, role="lead")
    code = await _made(office)
    await schools.hears()
    await office.says(f"/chuongtrinh {code} ký")
    [signed] = await schools.says(f"/chuongtrinh {code} ky")
    assert "đã ký đủ" in signed
    await office.hears()
    return office, schools, code


@on_both
async def test_made_step_by_step_stopped_and_gone_on_with(town: Town) -> None:
    office = await town.officer("BTGDV", role="coordinator")
    schools = await town.officer(SCHOOLS, role="lead")
    [empty] = await office.says("/chuongtrinh")
    assert "chưa có chương trình nào" in empty
    await office.presses("➕ Chương trình mới")
    [term] = await office.says("Chương trình phối hợp công tác năm học")
    assert "Thời hạn" in term
    [kept] = await office.says("thôi")
    assert "vẫn giữ" in kept
    [term] = await office.says("/chuongtrinh CT1")
    assert "Chương trình phối hợp công tác năm học" in term
    [whom] = await office.says("1/9/2026 đến 31/5/2027")
    assert "các bên ký: Ban Tuyên giáo" in whom
    [nothing] = await office.says("sở vũ trụ")
    assert "Không tìm thấy" in nothing
    [whom] = await office.says("SGDDT")
    [content] = await office.presses("Đủ rồi")
    assert "nội dung thứ 1 (năm 2026)" in content
    assert (await schools.says("/chuongtrinh CT1"))[-1].text.startswith("Không có chương trình"), (
        "a draft is the office's"
    )
    [leads] = await office.says("Tuyên truyền về các khoản thu đầu năm")
    assert "chủ trì" in leads
    [activity] = await office.presses("Sở Giáo dục")
    assert "sẽ làm gì" in activity
    [planned] = await office.says("15/12 Công khai mức thu trên trang của sở")
    assert "CT1.1.1 Công khai mức thu trên trang của sở: 15/12/2026" in planned
    [draft] = await office.says("/chuongtrinh CT1")
    assert "1 hoạt động" in draft
    assert "01/09/2026 đến 31/05/2027" in draft
    await office.presses("📨 Gửi các bên ký")
    [asked] = await schools.hears()
    [signed] = await schools.presses("✍️ Ghi nhận", on=asked)
    assert "Còn chờ: Ban Tuyên giáo và Dân vận" in signed
    [card] = await office.says("/chuongtrinh ct 1")
    assert "✅ Sở Giáo dục" in card
    assert "⏳ Ban Tuyên giáo" in card
    await office.presses("✍️ Ghi nhận")
    [told] = await schools.hears()
    assert "có hiệu lực" in told
    [settled] = await office.says("/chuongtrinh CT1 ten Tên khác hẳn đi")
    assert "không sửa được nữa" in settled


async def test_each_body_tells_what_it_did_and_the_state_follows(town: Town) -> None:
    office, schools, code = await _signed(town)
    [card] = await schools.says(f"/chuongtrinh {code}")
    assert "⚪ 1.1 Nắm tình hình" in card
    [ask] = await schools.says(f"/chuongtrinh {code}.1 xong")
    assert "đã làm gì" in ask
    [future] = await schools.says("20/12 sẽ tập huấn 45 người")
    assert "chưa đến" in future
    [refused] = await schools.says("17/11 đã xem hồ sơ TN26-0004-175 của dân")
    assert "mã hồ sơ" in refused
    [done] = await schools.says("17/11 đã tập huấn 45 cộng tác viên, kế hoạch số 12")
    assert "Còn chờ: Ban Tuyên giáo" in done
    [card] = await office.says(f"/chuongtrinh {code}.1")
    assert "🔵 đang thực hiện" in card
    assert "17/11/2026: đã tập huấn 45 cộng tác viên, kế hoạch số 12" in card
    [again] = await schools.says(f"/chuongtrinh {code}.1 xong đã tập huấn thêm lần nữa")
    assert "không có hoạt động nào chờ" in again
    [done] = await office.says(f"/chuongtrinh {code}.1.1 xong 3 ngày tập huấn có báo cáo viên dự")
    assert "đã xong" in done, "no date: three days are what was done"
    [told] = await schools.hears()
    assert "các nơi đã làm xong" in told
    [listed] = await schools.says(f"/chuongtrinh {code}")
    assert "✅ 1.1 Nắm tình hình dư luận về thu chi đầu năm học: xong 1/1" in listed
    [counted] = await office.says("/traodoi luot")
    assert ": 2 lượt cơ quan, đơn vị phối hợp (2 nơi, 1 việc)" in counted


async def test_words_typed_before_the_activity_is_chosen_are_kept(town: Town) -> None:
    _, schools, code = await _signed(town)
    await schools.says(f"/chuongtrinh {code}.1 them 10/12 Tọa đàm với ban đại diện cha mẹ")
    [which] = await schools.says(f"/chuongtrinh {code}.1 xong đã tọa đàm ở ba trường")
    assert "nhiều hoạt động" in which
    [done] = await schools.presses("2. Tọa đàm")
    assert f"Đã ghi {code}.1.2 Tọa đàm" in done
    [which] = await schools.says(f"/chuongtrinh {code}.1.1 hoãn 15/12 chờ kinh phí tập huấn")
    assert "sang 15/12/2026: chờ kinh phí" in which
    [why] = await schools.says(f"/chuongtrinh {code}.1.1 bỏ")
    assert "vì sao" in why
    [dropped] = await schools.says("đã ghép vào hội nghị tỉnh")
    assert "không làm" in dropped


async def test_the_focal_point_and_who_has_not_done_it_are_reminded_the_office_of_what_is_late(town: Town) -> None:
    office, schools, code = await _signed(town)
    await office.says(f"/chuongtrinh {code}.1.1 xong đã cử báo cáo viên dự")
    await schools.hears()
    heard: list[tuple[str, str, Heard]] = []
    for days in (5, 1, 3, 3, 1, 1, 6):
        await town.passes(days=days)
        at = f"{town.now.astimezone(town.rules.calendar.zone):%d/%m}"
        for name, person in (("schools", schools), ("office", office)):
            heard += [(name, at, one) for one in await person.hears() if f"{code}.1.1" in one]
    # Planned for Monday 30 November: five working days and one ahead, on Tuesday, and five working days later.
    assert [(who, at) for who, at, _ in heard] == [
        ("schools", "23/11"), ("schools", "27/11"), ("schools", "01/12"), ("office", "01/12"), ("schools", "08/12"),
        ("office", "08/12"),
    ]  # fmt: skip
    late = next(one for who, at, one in heard if who == "office")
    assert "1 hoạt động đã quá ngày" in late
    assert "còn chờ Sở Giáo dục và Đào tạo" in late
    [listed] = await office.says("/chuongtrinh")
    assert "🔴 1 nội dung trễ" in listed
    await schools.says(f"/chuongtrinh {code}.1 xong đã tập huấn bù ngày hôm qua")
    await town.passes(days=8)
    assert not [one for one in await schools.hears() if f"{code}.1.1" in one]


async def test_for_others_there_is_no_such_programme_and_only_the_office_makes_one(town: Town) -> None:
    _, schools, code = await _signed(town)
    police = await town.officer(POLICE, role="lead")
    for typed in (code, f"{code}.1", f"{code} ky", f"{code}.1 xong đã làm rồi nhé", f"{code}.9", f"{code}.1.9"):
        [none] = await police.says(f"/chuongtrinh {typed}")
        assert none.text.startswith("Không có chương trình")
    assert "chưa có chương trình nào" in (await police.says("/chuongtrinh"))[-1]
    for typed in ("moi Chương trình của riêng sở", f"{code} noidung Thêm một việc khác", f"{code} giahan 31/12/2031"):
        [refused] = await schools.says(f"/chuongtrinh {typed}")
        assert "do Ban Tuyên giáo và Dân vận" in refused
    [unclear] = await schools.says(f"/chuongtrinh {code} abc xyz")
    assert "Chưa hiểu" in unclear
    assert "Không có lệnh" in (await (await town.officer(SCHOOLS)).says("/chuongtrinh"))[-1], "a lead's business"


async def test_a_content_of_a_new_year_is_signed_on_its_own_then_renewed_and_ended(town: Town) -> None:
    office, schools, code = await _signed(town)
    await office.says(f"/chuongtrinh {code} noidung 2027 Khảo sát ý kiến phụ huynh đầu năm")
    await office.says("SGDDT")
    [sent] = await office.says(f"/chuongtrinh {code} gửi")
    assert "Đã gửi" in sent
    [asked] = await schools.hears()
    await office.says(f"/chuongtrinh {code} ky")
    [signed] = await schools.presses("✍️ Ghi nhận", on=asked)
    assert f"1 nội dung của {code}" in signed
    [other] = await schools.says(f"/chuongtrinh {code} năm 2027")
    assert "2.2 " not in other
    assert "1.2 Khảo sát ý kiến phụ huynh đầu năm: chưa có hoạt động nào" in other
    await office.hears()
    [when] = await office.says(f"/chuongtrinh {code} gia hạn")
    assert "đến ngày nào" in when
    [card] = await office.says("31/12/2031 theo biên bản sơ kết")
    assert "đến 31/12/2031" in card
    await schools.hears()
    [why] = await office.says(f"/chuongtrinh {code} ketthuc")
    assert "kết quả" in why
    [card] = await office.says("Hoàn thành hai nội dung đã ký")
    assert "đã kết thúc" in card
    told = (await schools.hears())[-1]
    assert "Hoàn thành hai nội dung" in told
    await town.passes(days=14)
    assert not [one for one in await schools.hears() if f"{code}.1.1" in one], "what has ended reminds nobody"
