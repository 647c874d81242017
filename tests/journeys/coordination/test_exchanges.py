"""Exchanges between bodies: to inform, to ask, to propose; replies, reminders, and what is counted."""

import re

from domain.directory import apply
from domain.directory_files import parse
from tests.journeys.people import Heard, Person, Town, on_both

#: The departments of building and of trade become one.
MERGED = """id;name;body;communes;heir
SXDCT;Sở Xây dựng và Công Thương;SXD;;
SXD;Sở Xây dựng;SXD;;SXDCT
"""


def _number(heard: Heard) -> str:
    found = re.search(r"TD\d+", heard.text)
    assert found, heard.text
    return found[0]


async def _people(town: Town) -> tuple[Person, Person, Person]:
    office = await town.officer("BTGDV", role="coordinator")
    roads = await town.officer("SXD", role="lead")
    schools = await town.officer("SGDDT", role="lead")
    return office, roads, schools


@on_both
async def test_step_by_step_one_thing_at_a_time_and_back_again(town: Town) -> None:
    office, roads, schools = await _people(town)
    await office.says("/traodoi")
    await office.presses("➕ Trao đổi mới")
    [whom] = await office.presses("❓ Hỏi")
    number = _number(whom)
    [found] = await office.says("sở xây dựng")
    assert "Sở Xây dựng" in found
    [found] = await office.says("giáo dục")
    assert "Sở Xây dựng tỉnh Thái Nguyên; Sở Giáo dục và Đào tạo tỉnh Thái Nguyên" in found
    [text] = await office.presses("Đủ rồi")
    assert "nội dung là gì" in text
    [kept] = await office.says("thôi")
    assert "vẫn giữ" in kept
    [listed] = await office.says("/traodoi")
    assert f"{number} · hỏi: chưa có nội dung" in listed
    await office.presses(number)
    [when] = await office.says("Tình hình thu đầu năm học ở các trường. Xin cho biết nơi nào còn vướng.")
    assert "trước ngày nào" in when
    [draft] = await office.says("30/11")
    assert "chưa gửi" in draft
    assert "thứ Hai 30/11/2026" in draft
    [sent] = await office.presses("📨 Gửi")
    assert "Đã gửi" in sent
    [asked] = await roads.hears()
    assert "Ban Tuyên giáo và Dân vận Tỉnh ủy" in asked
    assert "nơi nào còn vướng" in asked
    await schools.hears()
    [thanks] = await schools.says(f"/traodoi {number.lower()} Còn ba trường chưa công khai mức thu.")
    assert "Đã gửi trả lời" in thanks
    [told] = await office.hears()
    assert "Còn ba trường chưa công khai" in told
    assert "Còn chờ 1 nơi" in told
    await roads.presses("✍️ Trả lời", on=asked)
    await roads.says("Sở không có trường trực thuộc.")
    [told] = await office.hears()
    assert "đã trả lời đủ" in told
    [card] = await office.says(f"/traodoi {number}")
    assert "Còn ba trường" in card
    assert "Đã đủ trả lời" in card
    [theirs] = await roads.says(f"/traodoi {number}")
    assert "Còn ba trường" not in theirs, "what others replied is the sender's"


async def test_in_one_line_then_late_and_closed(town: Town) -> None:
    office, roads, schools = await _people(town)
    [sent] = await office.says("/traodoi denghi SXD, SGDDT 20/11 Cùng khảo sát đường trước các cổng trường")
    number = _number(sent)
    await schools.hears()
    await schools.says(f"/traodoi {number} Sở đồng ý, cử hai đồng chí.")
    await roads.hears()
    await office.hears()
    # Wednesday now: the day before it is due, then the working day after it, Monday.
    heard: list[tuple[str, str, Heard]] = []
    for days in (1, 1, 3, 1, 1):
        await town.passes(days=days)
        at = f"{town.now.astimezone(town.rules.calendar.zone):%a}"
        for name, person in (("roads", roads), ("schools", schools), ("office", office)):
            heard += [(name, at, one) for one in await person.hears()]
    assert [(who, at) for who, at, one in heard if "chờ Sở Xây dựng" in one] == [
        ("roads", day) for day in ("Thu", "Mon", "Tue", "Wed")
    ]
    assert [(who, at) for who, at, one in heard if "đã quá hạn mà chưa đủ" in one] == [
        ("office", day) for day in ("Mon", "Tue", "Wed")
    ]
    assert not [one for who, _, one in heard if who == "schools" and number in one]
    [why] = await office.says(f"/traodoi {number} đóng")
    assert "vì sao" in why
    await office.says("Hai sở đã bàn trực tiếp")
    [told] = await roads.hears()
    assert "Hai sở đã bàn trực tiếp" in told
    await town.passes(days=1)
    assert not [one for one in await roads.hears() if number in one]
    [over] = await roads.says(f"/traodoi {number} xin bổ sung thêm ý kiến")
    assert "đã được nơi gửi khép lại" in over


async def test_a_name_with_many_offices_is_asked_and_nothing_typed_is_lost(town: Town) -> None:
    office, *_ = await _people(town)
    [whom] = await office.says("/traodoi hỏi phòng kinh tế 30/11 tình hình vụ đông ở xã thế nào")
    assert "cơ quan khớp" in whom
    number = _number(whom)
    [more] = await office.says("phòng kinh tế xã kha sơn")
    assert "Phòng Kinh tế xã Kha Sơn" in more
    [draft] = await office.presses("Đủ rồi")
    assert "tình hình vụ đông ở xã thế nào" in draft
    assert "30/11/2026" in draft
    await office.says("/traodoi")
    await office.says(f"/traodoi {number}")
    [dropped] = await office.presses("Bỏ nháp")
    assert "Đã bỏ" in dropped
    [none] = await office.says(f"/traodoi {number}")
    assert "Không có trao đổi" in none


async def test_what_is_not_yours_is_not_there(town: Town) -> None:
    office, roads, schools = await _people(town)
    police = await town.officer("CAT", role="lead")
    [sent] = await roads.says("/traodoi hoi SGDDT 30/11 số liệu học sinh đi xe điện đến trường")
    number = _number(sent)
    for stranger in (office, police):
        for typed in (f"/traodoi {number}", f"/traodoi {number} xin được góp một ý", f"/traodoi {number} dong vì thế"):
            [none] = await stranger.says(typed)
            assert "Không có trao đổi" in none
            assert "xe điện" not in none
    [listed] = await office.says("/traodoi")
    assert "giữa các cơ quan khác trong tỉnh: 1" in listed
    [listed] = await police.says("/traodoi")
    assert "các cơ quan khác" not in listed
    officer = await town.officer("SGDDT")
    assert "Không có lệnh" in (await officer.says(f"/traodoi {number}"))[-1], "a lead's business"
    assert "số liệu học sinh" in (await schools.hears())[-1]


async def test_no_case_and_no_phone_goes_to_the_coordinating_office(town: Town) -> None:
    office, roads, _ = await _people(town)
    [refused] = await roads.says("/traodoi hoi BTGDV 30/11 xin ý kiến về hồ sơ TN26-0004-175 đang kéo dài")
    assert "không xem hồ sơ" in refused
    [again] = await roads.says("xin ý kiến về một việc kéo dài, hỏi bà con số 0912 345 678")
    number = _number(again)
    [card] = await office.says(f"/traodoi {number}")
    assert "Không có trao đổi" in card, "it is a draft still"
    await roads.presses("📨 Gửi")
    [came] = await office.hears()
    assert "0912" not in came
    assert "[số điện thoại]" in came
    [refused] = await office.says(f"/traodoi {number} xem hồ sơ 0004-175 giúp")
    assert "không xem hồ sơ" in refused
    # Added to the recipients later: looked at again before it is sent.
    await roads.says("/traodoi hoi SGDDT hồ sơ TN26-0004-175 có thuộc trường không")
    [draft] = await roads.says("30/11")
    number = _number(draft)
    await roads.says(f"/traodoi {number} den BTGDV")
    [refused] = await roads.says(f"/traodoi {number} gui")
    assert "không xem hồ sơ" in refused
    assert await office.hears() == []


async def test_what_is_counted_is_said_with_its_rule(town: Town) -> None:
    office, roads, schools = await _people(town)
    [sent] = await office.says("/traodoi baotin SXD, SGDDT 30/11 Lịch giao ban dư luận xã hội tháng mười hai")
    [counted] = await office.says("/traodoi luot")
    assert ": 0 lượt" in counted
    [came] = await roads.hears()
    await roads.presses("👍 Đã nhận", on=came)
    counted = (await office.says("/traodoi luot"))[-1]
    assert ": 2 lượt cơ quan, đơn vị phối hợp (2 nơi, 1 việc); cơ quan mình 1 lượt" in counted
    assert "Một lượt là một cơ quan" in counted
    [came] = await schools.hears()
    await schools.presses("👍 Đã nhận", on=came)
    await schools.says(f"/traodoi {_number(sent)} Bổ sung: sở cử đồng chí phó giám đốc dự.")
    counted = (await schools.says("/traodoi luot"))[-1]
    assert ": 3 lượt" in counted


async def test_whoever_goes_on_for_a_dissolved_body_replies_and_has_signed(town: Town) -> None:
    office, roads, _ = await _people(town)
    await office.says("/chuongtrinh moi Chương trình phối hợp một năm")
    for typed in ("2026", "SXD", "đủ", "Tuyên truyền về an toàn giao thông", "SXD"):
        await office.says(typed)
    await office.says("/chuongtrinh CT1 gui")
    await office.says("/chuongtrinh CT1 ky")
    await roads.says("/chuongtrinh CT1 ky")
    sent = (await roads.says("/traodoi hoi BTGDV 30/11 lịch giao ban tháng mười hai"))[-1]
    asked = (await office.says("/traodoi hoi SXD 30/11 các điểm đen giao thông còn lại"))[-1]
    rules = apply(parse({"agencies.csv": MERGED.encode()}, town.rules), town.rules)
    town.rules = rules
    town.decider.adopt(rules)
    town.sender.adopt(rules)
    await town.passes(minutes=1)
    await roads.hears()
    listed = (await roads.says("/traodoi"))[-1]
    assert "Sở Xây dựng và Công Thương" in (await roads.says("/chuongtrinh CT1"))[-1]
    assert _number(asked) in listed
    assert _number(sent) in listed
    await office.hears()
    await roads.says(f"/traodoi {_number(asked)} còn hai điểm ở quốc lộ 3")
    assert "còn hai điểm" in (await office.hears())[-1]
    await office.says(f"/traodoi {_number(sent)} giao ban ngày 25 hằng tháng")
    assert "giao ban ngày 25" in (await roads.hears())[-1]
    card = (await roads.says("/chuongtrinh CT1"))[-1]
    assert "đang thực hiện" in card
