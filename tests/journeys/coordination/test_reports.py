"""Reports nobody types: asked for or made by the calendar, with agencies' own words, and nobody's name in them."""

import io
import zipfile
from datetime import datetime
from zoneinfo import ZoneInfo

import docx
import openpyxl
import pytest

from tests.handlers.doing import fill
from tests.journeys.people import Heard, Person, Town

pytestmark = pytest.mark.parametrize("person_kind", ["web"])
ROAD = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã, gọi em Lan 0912345678"


def _words(heard: Heard) -> str:
    """Return all words of a report's document."""
    [(name, content)] = [file for file in heard.files if file[0].endswith(".docx")]
    assert name.startswith("bao-cao-")
    document = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


async def _ready(town: Town, person: Person, period: str) -> Heard:
    """Return the report of a period once it is made."""
    await town.reports()
    return next(one for one in await person.hears() if one.files and period in one)


async def _a_month(town: Town) -> None:
    """Let twelve citizens write, and the month end."""
    await fill(town, 12, words=ROAD)
    town.now = datetime(2026, 12, 16, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    await town.passes(minutes=1)


async def test_the_coordinating_office_gets_a_draft_in_its_own_layout_and_no_word_of_a_citizen(town: Town) -> None:
    coordinator = await town.officer("BTGDV", role="coordinator")
    await _a_month(town)
    await coordinator.hears()
    heard = await coordinator.says("/baocao tháng")
    assert "Đang lập báo cáo" in heard[-1]
    ready = await _ready(town, coordinator, "tháng 12/2026")
    words = _words(ready)
    assert "ĐẢNG CỘNG SẢN VIỆT NAM" in words
    assert "DỰ THẢO" in words
    assert "tiếp nhận mới 12 phản ánh" in words
    for secret in ("xóm Đông", "ổ gà", "em Lan", "0912345678", "TN26-"):
        assert secret not in words
        for _, content in ready.files:
            with zipfile.ZipFile(io.BytesIO(content)) as package:
                assert all(secret.encode() not in package.read(name) for name in package.namelist())
    [annex] = [content for name, content in ready.files if name.endswith(".xlsx")]
    book = openpyxl.load_workbook(io.BytesIO(annex))
    assert "Nguồn số liệu" in book.sheetnames[-1]
    again = await coordinator.says("/baocao tháng")
    assert again[-1].files == ready.files, "made once"


async def test_the_desk_reports_as_a_state_body_and_an_agency_of_itself_alone(town: Town) -> None:
    desk, lead = await town.officer("VPUB", role="lead"), await town.officer("KT-05953", role="lead")
    await _a_month(town)
    for person, issuer in ((desk, "VĂN PHÒNG"), (lead, "PHÒNG KINH TẾ")):
        await person.says("/baocao thang")
        words = _words(await _ready(town, person, "tháng 12/2026"))
        assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in words
        assert issuer in words
        assert "tiếp nhận mới 12 phản ánh" in words


async def test_the_calendar_makes_a_report_once_and_catches_up_after_a_rest(town: Town) -> None:
    coordinator = await town.officer("BTGDV", role="coordinator")
    await _a_month(town)
    await town.passes(days=1)  # two working days after the fourteenth
    await town.reports()
    got = [one for one in await coordinator.hears() if one.files]
    assert sum("tháng 12/2026" in one for one in got) == 1
    for _ in range(3):
        await town.passes(hours=5)
        await town.reports()
    assert not [one for one in await coordinator.hears() if one.files]
    await town.passes(days=40, hours=9)  # nobody was there; January's is made late, once
    await town.reports()
    late = [one for one in await coordinator.hears() if one.files]
    assert sum("tháng 1/2027" in one for one in late) == 1


async def test_agencies_are_asked_for_their_own_words_and_find_them_in_the_draft(town: Town) -> None:
    coordinator = await town.officer("BTGDV", role="coordinator")
    lead = await town.officer("KT-05953", role="lead")
    await fill(town, 21, words=ROAD)
    # The fourth quarter ends on 14 December.
    town.now = datetime(2026, 12, 16, 8, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    await town.passes(minutes=1)
    asked = [one for one in await lead.hears() if "khó khăn, vướng mắc" in one]
    assert len(asked) == 1
    await lead.presses("🖊 Nêu ý kiến")
    refused = await lead.says("Hồ sơ TN26-0000-019 của bà Lan 0912345678 khó quá")
    assert "không nêu hồ sơ hay người cụ thể" in refused[-1]
    assert "Kiến nghị" in (await lead.says("Mưa kéo dài, thiếu nhựa đường để vá"))[-1]
    assert "Đã ghi ý kiến" in (await lead.says("Đề nghị Sở Xây dựng cấp vật tư sớm"))[-1]
    for _ in range(6):
        await town.passes(days=1)
    await coordinator.hears()
    await coordinator.says("/baocao quý")
    words = _words(await _ready(town, coordinator, "quý IV"))
    assert "Phòng Kinh tế xã Kha Sơn (gửi" in words
    assert "Mưa kéo dài, thiếu nhựa đường để vá" in words
    assert "Đề nghị Sở Xây dựng cấp vật tư sớm" in words
    assert "1 lượt gửi đúng hạn" in words


async def test_a_silent_agency_is_reminded_and_named(town: Town) -> None:
    coordinator = await town.officer("BTGDV", role="coordinator")
    lead = await town.officer("KT-05953", role="lead")
    await fill(town, 21, words=ROAD)
    town.now = datetime(2026, 12, 15, 8, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    await town.passes(minutes=1)
    for _ in range(7):
        await town.passes(days=1)
    assert sum("Nhắc lại" in one for one in await lead.hears()) >= 1
    await coordinator.hears()
    await coordinator.says("/baocao quý")
    assert "Chưa gửi ý kiến: Phòng Kinh tế xã Kha Sơn" in _words(await _ready(town, coordinator, "quý IV"))
