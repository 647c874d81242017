"""Tables, pictures and odd contents of a Word file, read back."""

from dataclasses import replace

import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN

from documents.measure import width
from documents.rendering import docx
from domain.drafts import Chart, Paragraph, Section, Table
from tests.documents.reading import WP, W, element, line, look, opened
from tests.documents.samples import FIELDS, PLACES, PLAIN, STATE, long_table


def test_tables() -> None:
    grid = next(grid for grid in opened(PLAIN).tables if grid.cell(0, 0).text == "TT")
    assert element(grid.rows[0]).find(f"{W}trPr/{W}tblHeader") is not None
    assert all(element(row).find(f"{W}trPr/{W}cantSplit") is not None for row in grid.rows)
    assert [look(cell.paragraphs[0])[3] for cell in grid.rows[1].cells] == [ALIGN.LEFT] * 2 + [ALIGN.RIGHT] * 4
    assert [cell.text for cell in grid.rows[-1].cells] == ["", "Tổng cộng", "1.511", "1.319", "1.178", "89,3%"]
    assert all(look(cell.paragraphs[0])[1] for cell in grid.rows[-1].cells), "the total is bold"
    assert not look(grid.rows[1].cells[1].paragraphs[0])[1]
    assert sum(column.width.mm for column in grid.columns) == pytest.approx(165, abs=0.1)
    assert element(grid).tblPr.find(f"{W}tblCaption").get(f"{W}val") == FIELDS.title


def test_a_table_of_two_hundred_rows() -> None:
    grid = opened(long_table(200)).tables[1]
    assert len(grid.rows) == 201
    kept = [row.cells[0].paragraphs[0].paragraph_format.keep_with_next for row in grid.rows]
    assert kept[1:] == [None] * 198 + [True, None], "it may break anywhere but before its last row"


def test_an_empty_table_shows_its_head_and_its_note() -> None:
    table = Table(
        "Bảng 1", ("Cơ quan", "Số việc"), (), note="Không có việc quá hạn.", figures=frozenset({1}), total=True
    )
    document = opened(replace(STATE, sections=(Section("Số liệu", (table,)),)))
    assert [cell.text for cell in document.tables[1].rows[0].cells] == ["Cơ quan", "Số việc"]
    assert line(document, "Không có việc quá hạn.").style.name == "Note"


def test_a_very_long_word_does_not_push_columns_out_of_the_page() -> None:
    table = Table("Bảng 1", ("TT", "Nội dung", "Số"), (("1", "dài" * 120, "5"), ("2", "ngắn", "7")))
    grid = opened(replace(STATE, sections=(Section("Số liệu", (table,)),))).tables[1]
    assert sum(column.width.mm for column in grid.columns) == pytest.approx(165, abs=0.1)
    assert min(column.width.mm for column in grid.columns) > 7


def test_what_is_missing_is_said_apart() -> None:
    missing = line(
        opened(replace(PLAIN, opening=(Paragraph("Tuần 39 chưa có số liệu.", "missing"),))), "Tuần 39 chưa có số liệu"
    )
    assert missing.style.name == "Missing"
    assert look(missing)[2]


def test_pictures_have_words_for_who_cannot_see_them() -> None:
    state = opened(STATE)
    alts = [found.get("descr") for found in state.element.body.iter(f"{WP}docPr")]
    assert alts[0].startswith("Số phản ánh mỗi tuần tăng từ 214")
    assert len(alts) == 2
    assert [round(shape.width.mm) for shape in state.inline_shapes] == [165, 165]
    for part in state.part.package.image_parts:
        assert (part.image.horz_dpi, part.image.px_width) == (200, pytest.approx(165 / 25.4 * 200, abs=1))


def test_text_is_text() -> None:
    words = 'A & B <w:br/> "C"\x00\x0b\ud800\nhàng hai'
    draft = replace(STATE, opening=(Paragraph(words),), about='<&"', sections=())
    draft = replace(draft, annexes=(("A&B<", (Chart("bars", "T", ("<",), (("&", (1.0,)),), '"<&'),)),))
    document = opened(draft)
    assert line(document, "A & B").text == 'A & B <w:br/> "C"\nhàng hai./.'
    assert document.core_properties.title == 'BÁO CÁO <&"'
    assert [found.get("descr") for found in document.element.body.iter(f"{WP}docPr")] == ['"<&']


def test_the_same_draft_is_the_same_file() -> None:
    draft = replace(PLAIN, opening=(), sections=(Section("Số liệu", (FIELDS, PLACES)),))
    assert docx(draft, "x") == docx(draft, "x")
    assert docx(PLAIN, "x").name == "x.docx"


def test_a_table_of_many_columns_is_set_smaller_before_words_break() -> None:
    months = tuple(f"Tháng {month}" for month in range(1, 11))
    table = Table("Bảng 1", ("TT", "Xã, phường", *months), (("1", "Phường Phan Đình Phùng", *["120"] * 10),))
    head = opened(replace(PLAIN, sections=(Section("Số liệu", (table,)),))).tables[1].rows[0].cells[2]
    size = head.paragraphs[0].runs[0].font.size.pt
    assert 9 <= size < 12
    assert width("Tháng", size, bold=True) < head.width.mm


def test_headings_too_wide_for_a_line_are_broken_into_like_halves() -> None:
    draft = replace(PLAIN, issuer="VĂN PHÒNG ỦY BAN NHÂN DÂN TỈNH THÁI NGUYÊN")
    lines_of_issuer = line(opened(draft), "VĂN PHÒNG").text.split("\n")
    assert len(lines_of_issuer) == 2
    widths = [width(words, 12, bold=True) for words in lines_of_issuer]
    assert max(widths) < 1.5 * min(widths)
