"""What stands in a workbook, read back."""

import io
import re
import zipfile
from dataclasses import replace

import openpyxl
import pytest
from openpyxl import Workbook

from documents.rendering import xlsx
from documents.sheets import figure
from domain.drafts import Draft, Section, Table
from tests.documents.samples import FIELDS, OVERDUE, STATE, long_table


def opened(draft: Draft) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(xlsx(draft, "x").content))


def of(table: Table) -> Workbook:
    return opened(replace(STATE, sections=(Section("Số liệu", (table,)),), annexes=(), traces=()))


def test_a_list_of_sheets_then_each_table_then_the_traces() -> None:
    book = opened(STATE)
    assert book.sheetnames[0] == "Danh mục bảng"
    assert book.sheetnames[-1] == "4. Nguồn số liệu"
    assert len(book.sheetnames) == 5
    first = book.worksheets[0]
    assert [first.cell(row, 2).value for row in range(8, 12)][:2] == [FIELDS.title, OVERDUE.title]
    for row, name in enumerate(book.sheetnames[1:], 8):
        assert first.cell(row, 2).hyperlink.location == f"'{name}'!A1"
    assert [first.cell(row, 1).value for row in range(1, 5)] == [STATE.issuer, "DỰ THẢO", "BÁO CÁO", STATE.about]


def test_figures_are_numbers_and_words_are_words() -> None:
    sheet = opened(STATE).worksheets[1]
    row = {cell.value: cell.number_format for cell in sheet[11]}
    assert row == {
        None: "General",
        "Tổng cộng": "General",
        1511: "#,##0",
        1319: "#,##0",
        1178: "#,##0",
        0.893: "#,##0.0%",
    }
    assert all(cell.font.name == "Times New Roman" for cell in sheet[11])
    assert sheet.cell(4, 1).value == "1", "a column that is not said to hold figures holds text"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.234", (1234, "#,##0")),
        ("1234", (1234, "#,##0")),
        ("12,50", (12.5, "#,##0.00")),
        ("1.234.567,8", (1234567.8, "#,##0.0")),
        ("−3", (-3, "#,##0")),
        ("+12,5%", (0.125, "+#,##0.0%;-#,##0.0%;#,##0.0%")),
        ("0", (0, "#,##0")),
        ("100 %", (1, "#,##0%")),
        ("007", None),
        ("12.5", None),
        ("1.23", None),
        ("dưới 5", None),
        ("…", None),
        ("", None),
        ("١٢", None),
        ("=1", None),
    ],
)
def test_what_is_a_figure(text: str, number: tuple[float, str] | None) -> None:
    assert figure(text) == (pytest.approx(number[0]), number[1]) if number else figure(text) is None


@pytest.mark.parametrize(
    "text", ["=1+1", "+84912", "-cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", '=HYPERLINK("x")', "\x00=1"]
)
def test_nothing_typed_becomes_a_formula(text: str) -> None:
    content = xlsx(
        replace(STATE, sections=(Section("S", (Table(text, (text, "B"), ((text, text),), text, frozenset({1})),)),)),
        "x",
    ).content
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        sheets = [file.read(name).decode() for name in file.namelist() if name.startswith("xl/worksheets/sheet")]
    assert not any("<f>" in sheet for sheet in sheets)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[1]
    for cell in (sheet["A1"], sheet["A3"], sheet["A4"], sheet["A6"]):
        assert cell.data_type == "s"
        assert cell.quotePrefix, "nor when somebody edits the cell"


def test_names_of_sheets_are_legal_and_differ() -> None:
    title = "[Bảng]: số/liệu* theo\\lĩnh vực? 'và' địa bàn, rất dài"
    table = Table(title, ("A",), (("1",),))
    names = opened(replace(STATE, sections=(Section("S", (table, table)),), annexes=(), traces=())).sheetnames
    assert len({name.lower() for name in names}) == 3
    assert all(len(name) <= 31 and not re.search(r"[\[\]:*?/\\']", name) for name in names)
    assert of(Table("", ("A",), ())).sheetnames[1]


def test_long_and_empty_tables() -> None:
    assert opened(long_table(200)).worksheets[1].max_row == 203
    sheet = of(Table("Bảng", ("A", "B"), (), note="Không có.")).worksheets[1]
    assert [cell.value for cell in sheet[3]] == ["A", "B"]
    assert sheet["A5"].value == "Không có."


def test_nothing_is_hidden_and_heads_stay_in_view() -> None:
    for sheet in opened(STATE).worksheets:
        assert sheet.sheet_state == "visible"
        assert not any(column.hidden for column in sheet.column_dimensions.values())
        assert not any(row.hidden for row in sheet.row_dimensions.values())
        assert sheet.page_setup.paperSize == int(sheet.PAPERSIZE_A4)
        assert sheet.print_title_rows
    assert opened(STATE).worksheets[1].freeze_panes == "A4"


def test_properties_know_no_person_and_no_hour() -> None:
    with zipfile.ZipFile(io.BytesIO(xlsx(STATE, "x").content)) as file:
        core = file.read("docProps/core.xml").decode()
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"openpyxl" not in b"".join(file.read(name) for name in file.namelist()).lower()
    assert re.findall(r"<(\w+:\w+)>", core) == ["dc:title", "dc:language", "cp:contentStatus"]
    assert "DỰ THẢO" in core


def test_the_same_draft_is_the_same_file() -> None:
    assert xlsx(STATE, "x") == xlsx(STATE, "x")
    assert xlsx(STATE, "x").name == "x.xlsx"
