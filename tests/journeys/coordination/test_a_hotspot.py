"""From the first complaint about a road to the month's report: everything coordination does, in one story.

The people of Kha Sơn complain of a road for two days. The coordinating office is warned, makes a matter of it and calls
in the province's builders; the public is told, the people hear once how it stands, the road is mended. Meanwhile the
office asks a question of another body, and both do what their programme says. The report of the month tells of it all,
and of nobody who wrote.
"""

import io
import re
from datetime import datetime

import docx
import pytest

from tests.handlers.doing import files, fill, hears_all
from tests.journeys.people import Heard, Person, Town
from tests.storage.test_warnings import Register

pytestmark = pytest.mark.parametrize("person_kind", ["web"])
HOLES = "đường vào chợ Kha Sơn xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"
DEEP = "đường xóm Bắc xã Kha Sơn ổ gà sâu quá, học sinh ngã xe"
MENDED = "Đã rải đá, vá xong 14 ổ gà quanh chợ Kha Sơn ngày 20/11, mời bà con xem lại."


def _with(heard: list[Heard], words: str) -> list[Heard]:
    return [one for one in heard if words in one]


def _named(heard: Heard, prefix: str) -> str:
    """Return what something is called: "VD1", "TD1", "TN26-0000-014"."""
    found = re.search(rf"{prefix}[\d-]+", heard.text)
    assert found, heard.text
    return found[0]


async def _confirmed(coordinator: Person) -> str:
    """Make a matter of the morning's warning; return its name."""
    [told] = _with(await coordinator.hears(), "Cảnh báo sớm mới")
    assert "xã Kha Sơn: từ 10 người trong 7 ngày" in told
    await coordinator.presses("Mở CB1", on=told)
    await coordinator.presses("✅ Xác nhận, lập vấn đề")
    [shown] = await coordinator.presses("✅ Xác nhận, mở vấn đề")
    assert "Chủ trì: Phòng Kinh tế xã Kha Sơn" in shown
    assert "Từ 10 phản ánh" in shown
    return _named(shown, "VD")


async def _question(coordinator: Person, builders: Person) -> None:
    """Let the office ask something and be answered."""
    [sent] = await coordinator.says("/traodoi hoi SXD 25/11 Kế hoạch duy tu đường xã trong tháng")
    await builders.hears()
    await builders.says(f"/traodoi {_named(sent, 'TD')} Duy tu 12 km, xong trước 15/12.")
    [told] = _with(await coordinator.hears(), "Duy tu 12 km")
    assert "trả lời đủ" in told


async def _programme(coordinator: Person, builders: Person) -> None:
    """Let both bodies sign a programme, and do what it says."""
    await coordinator.says("/chuongtrinh moi Chương trình phối hợp giữ đường sạch đẹp")
    for words in ("1/11/2026 - 31/12/2027", "SXD", "đủ", "Dân cùng giữ đường", "SXD", "Ra quân dọn đường xã", "20/11"):
        await coordinator.says(words)
    await coordinator.presses("Cùng làm: Ban Tuyên giáo")
    await coordinator.says("/chuongtrinh CT1 gui")
    await coordinator.says("/chuongtrinh CT1 ky")
    await builders.hears()
    await builders.says("/chuongtrinh CT1 ky")
    await coordinator.says("/chuongtrinh CT1.1 xong đã vận động 60 đoàn viên tham gia")
    [done] = await builders.says("/chuongtrinh CT1.1 xong đã dọn 3 km đường cùng 60 người")
    assert "Hoạt động này đã xong" in done


async def _month(town: Town, coordinator: Person) -> str:
    """Let the month end, and return the words of its report."""
    town.now = datetime(2026, 12, 16, 9, tzinfo=town.rules.calendar.zone)
    await town.passes(minutes=1)
    await coordinator.hears()
    heard = await coordinator.says("/baocao thang")
    await town.reports()
    heard += await coordinator.hears()
    [ready] = [one for one in heard if one.files and "tháng 12/2026" in one]
    [draft] = [content for name, content in ready.files if name.endswith(".docx")]
    document = docx.Document(io.BytesIO(draft))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


async def test_what_troubles_people_is_found_settled_and_reported(town: Town) -> None:
    coordinator, lead = await town.officer("BTGDV", role="coordinator"), await town.officer("KT-05953", role="lead")
    builders, engineer = await town.officer("SXD", role="lead"), await town.officer("SXD")
    await Register(town.database, town.rules).remembers(60)

    # Wednesday and Thursday: two who wait for an answer here, and ten more, complain of the roads.
    first, second = await town.citizen(), await town.citizen()
    await files(first, HOLES)
    await fill(town, 2)
    await town.passes(days=1)
    second_case = await files(second, DEEP)
    await fill(town, 8)

    # Friday: it is too many for chance. A person says so, too, and it becomes a matter with a day to inform the public.
    await town.passes(days=1)
    matter = await _confirmed(coordinator)
    await coordinator.says(f"/vande {matter} thanhvien SXD 3 ngày đo nền đường, nêu cách sửa")
    [told] = _with(await lead.hears(), f"🔥 Vấn đề nổi cộm {matter}")
    await lead.presses("Xem vấn đề", on=told)
    [task] = await lead.presses("Mở việc của cơ quan")
    number = _named(task, "TN26-")
    await lead.says(f"/nhan {number}")
    await town.passes(minutes=11)
    assert _with(await engineer.hears(), "được mời phối hợp 1 việc"), "any officer of a member works on it"
    await engineer.says(f"/traloi {number} Nền đường yếu, cần rải đá dăm dày 20 phân rồi vá.")

    # The public is informed within the day, and everybody of whose road it is hears once.
    await lead.hears()
    shown = (await lead.says(f"/vande {matter} congbo Loa truyền thanh xã 17 giờ: đang rải đá, mai vá xong"))[-1]
    assert "Loa truyền thanh xã 17 giờ" in shown
    for citizen in (first, second):
        await citizen.hears()
    [told] = await lead.says(f"/vande {matter} tiendo Chiều nay đã rải đá dăm đoạn qua chợ, mai vá xong")
    assert "Đã nhắn từ 10 người" in told
    await town.passes(days=1)
    for citizen in (first, second):
        assert len(_with(await hears_all(citizen), "rải đá dăm đoạn qua chợ")) == 1

    # The road is mended. What was learnt is kept; the people's own cases are answered on their own.
    await lead.says(f"/traloi {number} {MENDED}")
    await coordinator.says(f"/vande {matter} ketthuc")
    [later] = await coordinator.says("thôi")
    assert "🔥 Đang giải quyết" in later, "not today"
    await coordinator.says(f"/vande {matter} ketthuc")
    await coordinator.says("đã vá xong 14 ổ gà")
    [shown] = await coordinator.says("vá trước mùa mưa, không đợi dân báo")
    assert "✅ Đã kết thúc" in shown
    for citizen in (first, second):
        assert len(_with(await hears_all(citizen), "vá xong 14 ổ gà")) == 1
    await lead.says(f"/nhan {second_case.number}")
    await lead.says(f"/traloi {second_case.number} Sáng 21/11 đội duy tu đã rải đá, vá xong đoạn xóm Bắc.")
    [answer] = _with(await hears_all(second), "vá xong đoạn xóm Bắc")
    await second.presses("👍 Được rồi", on=answer)

    # On other days the office asks, is answered, and both do what they signed.
    await _question(coordinator, builders)
    await _programme(coordinator, builders)

    # Two turns of the matter (who led, who took part), two of the question, two of the programme's activity.
    report = await _month(town, coordinator)
    for said in (
        "Trong kỳ có 6 lượt cơ quan, đơn vị phối hợp, trong 3 việc phối hợp, của 3 cơ quan, đơn vị.",
        "trong kỳ ký 1 chương trình và 1 nội dung",
        "1 nội dung đã xong, 0 nội dung chậm",
        "đúng hạn 1, trễ hạn 0, chưa trả lời 0",
        "tiếp nhận mới 12 phản ánh",
        "phát ra 1 cảnh báo sớm; 1 cảnh báo được xác nhận",
        "Trong kỳ theo dõi 1 vấn đề nổi cộm, 1 vấn đề đã kết thúc.",
        "1 vấn đề đã có thông tin ban đầu cho công chúng, trong đó 1 vấn đề trong vòng 24 giờ.",
        "Đã 1 lần công bố thông tin về các vấn đề nổi cộm",
    ):
        assert said in report
    for secret in ("TN26-", "người ngã", "học sinh ngã xe", "xóm Bắc", "ngõ tối om"):
        assert secret not in report
