"""What stands in a Word file, read back: each rule of layout in its own unit."""

import io
import re
import zipfile
from dataclasses import replace

import pytest
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.text.paragraph import Paragraph as Line

from documents.measure import width
from documents.rendering import docx
from domain.drafts import Draft, Paragraph, Section
from tests.documents.reading import W, after, element, line, lines, look, opened, part, rule_length
from tests.documents.samples import FIELDS, PARTY, PLAIN, STATE


@pytest.fixture(scope="module")
def state() -> Document:
    return opened(STATE)


@pytest.fixture(scope="module")
def party() -> Document:
    return opened(PARTY)


@pytest.fixture(params=["state", "party"])
def either(request: pytest.FixtureRequest) -> Document:
    return request.getfixturevalue(request.param)


def test_paper_is_a4_and_upright(either: Document) -> None:
    for section in either.sections:
        assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)


def test_margins(state: Document, party: Document) -> None:
    def margins(document: Document) -> list[tuple[float, ...]]:
        return [
            tuple(round(side.mm, 1) for side in (s.top_margin, s.bottom_margin, s.left_margin, s.right_margin))
            for s in document.sections
        ]

    for top, bottom, left, right in margins(state):
        assert 20 <= top <= 25
        assert 20 <= bottom <= 25
        assert 30 <= left <= 35
        assert 15 <= right <= 20
    assert set(margins(party)) == {(20, 20, 30, 15)}, "Party bodies have no ranges"


def test_black_times_new_roman_in_vietnamese() -> None:
    styles = part(PLAIN, "word/styles.xml")
    assert set(re.findall(r'w:(?:ascii|hAnsi|eastAsia|cs)="([^"]+)"', re.search("<w:rFonts.*?/>", styles)[0])) == {
        "Times New Roman"
    }
    assert styles.count("<w:rFonts") == 1, "no style has a typeface of its own"
    assert re.findall('<w:color w:val="([^"]+)"', styles) == ["000000"]
    assert '<w:lang w:val="vi-VN"' in styles


def test_page_number_centred_in_the_top_margin_and_none_on_page_one(either: Document) -> None:
    for section in either.sections:
        [number] = section.header.paragraphs
        assert element(number).find(f"{W}fldSimple").get(f"{W}instr").strip() == "PAGE"
        assert look(number) == (14, False, False, ALIGN.CENTER)
        assert section.header_distance.mm + 14 * 25.4 / 72 < section.top_margin.mm, "within the margin"
        assert section.different_first_page_header_footer
        assert [element(found).findall(f"{W}fldSimple") for found in section.first_page_header.paragraphs] == [[]]


def test_motto_of_the_state(state: Document) -> None:
    motto = line(state, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
    size, *rest = look(motto)
    assert 12 <= size <= 13
    assert rest == [True, False, ALIGN.CENTER]
    second = line(state, "Độc lập - Tự do - Hạnh phúc")
    size, *rest = look(second)
    assert 13 <= size <= 14
    assert rest == [True, False, ALIGN.CENTER]
    room = state.tables[0].columns[1].width.mm
    assert rule_length(after(state, second.text), room) == pytest.approx(width(second.text, size, bold=True), abs=0.2)
    assert room > width(motto.text, look(motto)[0], bold=True), "on one line"


def test_motto_of_the_party(party: Document) -> None:
    motto = line(party, "ĐẢNG CỘNG SẢN VIỆT NAM")
    size, *rest = look(motto)
    assert 15 <= size <= 16
    assert rest == [True, False, ALIGN.CENTER]
    room = party.tables[0].columns[1].width.mm
    assert rule_length(after(party, motto.text), room) == pytest.approx(width(motto.text, size, bold=True), abs=0.2)
    assert not any("CỘNG HÒA" in found.text for found in lines(party))


def test_bodies_top_left(state: Document, party: Document) -> None:
    for document, draft, sizes in ((state, STATE, (12, 13)), (party, PARTY, (13, 14))):
        above, issuer = line(document, draft.above), line(document, draft.issuer)
        assert look(above)[0] in sizes
        assert look(above)[1:] == (False, False, ALIGN.CENTER)
        assert look(issuer)[0] in sizes
        assert look(issuer)[1:] == (True, False, ALIGN.CENTER)
    room = state.tables[0].columns[0].width.mm
    words = width(STATE.issuer, look(line(state, STATE.issuer))[0], bold=True)
    assert words / 3 <= rule_length(after(state, STATE.issuer), room) <= words / 2
    assert after(party, PARTY.issuer).text == "*"


def test_number_and_date_on_one_line(either: Document) -> None:
    left, right = either.tables[0].rows[1].cells
    assert left.text.startswith("Số")
    assert look(left.paragraphs[0]) == (13, False, False, ALIGN.CENTER)
    assert "ngày" in right.text
    size, *rest = look(right.paragraphs[0])
    assert 13 <= size <= 14
    assert rest == [False, True, ALIGN.CENTER]


def test_a_body_with_none_above_it() -> None:
    assert opened(replace(PLAIN, above="")).tables[0].cell(0, 0).paragraphs[0].text == PLAIN.issuer


def test_kind_and_about_with_a_rule(state: Document, party: Document) -> None:
    for document, draft, sizes in ((state, STATE, (13, 14)), (party, PARTY, (15, 16))):
        size, *rest = look(line(document, draft.kind))
        assert sizes[0] <= size <= sizes[1]
        assert rest == [True, False, ALIGN.CENTER]
        about = line(document, draft.about)
        assert 13 <= look(about)[0] <= 14
        assert look(about)[1:] == (True, False, ALIGN.CENTER)
        words = width(about.text, look(about)[0], bold=True)
        assert words / 3 <= rule_length(after(document, about.text), 165) <= words / 2


def test_greeting(state: Document, party: Document) -> None:
    assert 13 <= look(line(state, "Kính gửi:"))[0] <= 14
    several = [found for found in lines(state) if found.style.name == "Addressee"]
    assert [found.text for found in several] == [
        "- Chủ tịch Ủy ban nhân dân tỉnh;",
        "- Ban Tuyên giáo và Dân vận Tỉnh ủy.",
    ]
    greeting = line(state, "Kính gửi:")
    colon = greeting.paragraph_format.left_indent.mm + width("Kính gửi", look(greeting)[0])
    assert {round(found.paragraph_format.left_indent.mm - colon, 1) for found in several} == {0}
    assert line(party, "Kính gửi:").text == "Kính gửi: Thường trực Tỉnh ủy"
    assert not any("Kính gửi" in found.text for found in lines(opened(replace(PLAIN, addressees=()))))


def test_body(either: Document) -> None:
    body = line(either, "Từ ngày 01 đến hết ngày 31")
    assert look(body) == (14, False, False, ALIGN.JUSTIFY)
    layout = body.style.paragraph_format
    assert round(layout.first_line_indent.mm, 1) in (10, 12.7)
    assert layout.space_after.pt >= 6
    assert 1 <= layout.line_spacing <= 1.5


def test_headings_are_headings(state: Document) -> None:
    headings = [(found.text, found.style.name) for found in state.paragraphs if found.style.name.startswith("Heading")]
    assert headings == [
        ("I. TÌNH HÌNH TIẾP NHẬN", "Heading 1"),
        ("II. KẾT QUẢ GIẢI QUYẾT", "Heading 1"),
        ("1. Theo lĩnh vực", "Heading 2"),
        ("2. Phần việc quá hạn", "Heading 2"),
        ("a) Cơ quan còn việc quá hạn", "Heading 3"),
        ("b) Nguyên nhân", "Heading 3"),
        ("III. KIẾN NGHỊ", "Heading 1"),
    ]
    for level, bold in ((1, True), (2, True), (3, False)):
        style = state.styles[f"Heading {level}"]
        assert (style.font.size.pt, bool(style.font.bold)) == (14, bold)
        assert style.paragraph_format.keep_with_next
        assert style.element.find(f"{W}pPr/{W}outlineLvl").get(f"{W}val") == str(level - 1)


def test_points_count_in_the_vietnamese_alphabet() -> None:
    points = tuple(Section(f"Điểm {at}", (Paragraph("Nội dung."),)) for at in range(8))
    draft = replace(STATE, sections=(Section("Phần", (Section("Mục", points),)),))
    found = [point.text[0] for point in opened(draft).paragraphs if point.style.name == "Heading 3"]
    assert "".join(found) == "abcdđegh"


@pytest.mark.parametrize(
    ("draft", "last"),
    [
        (PLAIN, "Số liệu từng xã, phường nêu tại các phụ lục kèm theo./."),
        (replace(PLAIN, end="."), "Số liệu từng xã, phường nêu tại các phụ lục kèm theo."),
        (replace(STATE, sections=(Section("Số liệu", (FIELDS,)),)), "./."),
        (replace(STATE, sections=(), opening=(Paragraph("Không phát sinh."),)), "Không phát sinh./."),
    ],
)
def test_the_end_of_the_text(draft: Draft, last: str) -> None:
    before_foot = [block for block in opened(draft).iter_inner_content() if isinstance(block, Line) and block.text]
    annexes = [at for at, block in enumerate(before_foot) if block.style.name == "Annex"]
    assert before_foot[annexes[0] - 1].text == last
    assert before_foot[annexes[0] - 1].paragraph_format.keep_with_next, "a signature does not stand on a page alone"


def test_recipients(either: Document) -> None:
    label = line(either, "Nơi nhận:")
    assert look(label)[:3] == (12, True, True)
    listed = [found for found in lines(either) if found.style.name == "Recipients"]
    assert {look(found)[:3] for found in listed} == {(11, False, False)}
    assert listed[0].text == "- Như trên;"
    assert listed[-1].text.startswith("- Lưu:")
    assert all(found.text.endswith(";") for found in listed[:-1])
    assert listed[-1].text.endswith(".")


def test_signer(state: Document, party: Document) -> None:
    for document, draft in ((state, STATE), (party, PARTY)):
        for words in draft.signer:
            assert look(line(document, words)) == (14, True, False, ALIGN.CENTER)
        foot = next(grid for grid in document.tables if "Nơi nhận" in grid.cell(0, 0).text)
        assert foot.cell(0, 1).text.rstrip("\n") == "\n".join(draft.signer), "room for a signature, and no name"
        assert element(foot.rows[0]).find(f"{W}trPr/{W}cantSplit") is not None


def test_each_annex_has_pages_of_its_own(either: Document) -> None:
    assert len(either.sections) == 3
    starts = [start.get(f"{W}start") for start in either.element.body.iter(f"{W}pgNumType")]
    assert starts == ["1", "1", "1"]
    heads = [found for found in either.paragraphs if found.style.name == "Annex"]
    assert [found.text for found in heads] == ["Phụ lục I", "Phụ lục II"]
    titles = [found for found in either.paragraphs if found.style.name == "Annex Title"]
    assert [found.text for found in titles] == ["SỐ PHẢN ÁNH THEO XÃ, PHƯỜNG", "NGUỒN SỐ LIỆU"]
    for found in (*heads, *titles):
        assert look(found) == (14, True, False, ALIGN.CENTER)
    for found in either.paragraphs:
        if found.style.name == "Annex Of":
            assert look(found) == (14, False, True, ALIGN.CENTER)


def test_a_single_annex_has_no_number() -> None:
    heads = [found.text for found in opened(replace(PLAIN, traces=())).paragraphs if found.style.name == "Annex"]
    assert heads == ["Phụ lục"]


def test_traces_are_the_last_annex(state: Document) -> None:
    rows = [[cell.text for cell in row.cells] for row in state.tables[-1].rows]
    assert rows[0] == list(STATE.traces_head)
    assert rows[1] == [
        "I.1",
        "Phản ánh tiếp nhận",
        "1.511",
        "storage.figures.province",
        "01/10/2026–\n31/10/2026",
        "2026.11",
    ]


def test_a_draft_says_so_on_its_first_page_and_in_its_properties(either: Document) -> None:
    mark = either.tables[0].cell(2, 0).paragraphs[0]
    assert mark.text == "DỰ THẢO"
    assert {side.tag.removeprefix(W) for side in element(mark).find(f"{W}pPr/{W}pBdr")} == {
        "top",
        "bottom",
        "left",
        "right",
    }
    assert either.core_properties.content_status == "DỰ THẢO"


def test_properties_know_no_person_and_no_machine() -> None:
    with zipfile.ZipFile(io.BytesIO(docx(STATE, "x").content)) as file:
        core, app = file.read("docProps/core.xml").decode(), file.read("docProps/app.xml").decode()
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.create_system for entry in file.infolist()} == {0}
        pictures = [file.read(name) for name in file.namelist() if name.endswith(".png")]
    assert re.findall(r"<(\w+:\w+)>", core) == ["dc:title", "dc:language", "cp:contentStatus"]
    assert app.endswith('extended-properties"/>')
    assert len(pictures) == 2
    assert not any(b"tEXt" in picture or b"tIME" in picture for picture in pictures)


def test_nothing_personal_or_foreign_is_left_of_the_template() -> None:
    with zipfile.ZipFile(io.BytesIO(docx(PLAIN, "x").content)) as file:
        assert not [name for name in file.namelist() if re.search("thumbnail|customXml|WithEffects", name)]
        words = b"".join(file.read(name) for name in file.namelist())
    assert not re.findall(rb"python-docx|Macintosh|en-US|ja-JP", words)
    assert part(PLAIN, "word/styles.xml").count("<w:docDefaults/>") == 1
