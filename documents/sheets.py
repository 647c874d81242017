"""The tables of a draft as a workbook: a list of them, a sheet for each, and last where the figures come from."""

import re
import textwrap
from collections.abc import Sequence
from typing import cast

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from documents.letter import annexes_of
from documents.package import printable, sealed
from domain.drafts import Draft, Table, tables_of

#: Excel's own bound, and what it forbids in names of sheets.
_LONGEST_NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
#: A figure as Vietnamese write it: 1.234 or 1234, with a comma before decimals; perhaps a sign, perhaps per cent.
_FIGURE = re.compile(r"([+\-−]?)(0|[1-9]\d*|[1-9]\d{0,2}(?:\.\d{3})+)(?:,(\d+))?\s?(%?)")
#: What a spreadsheet may take for a formula, were it typed.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SIDE = Side(style="thin", color="FF000000")
_BORDER = Border(left=_SIDE, right=_SIDE, top=_SIDE, bottom=_SIDE)
#: More columns than this are printed on a page turned sideways.
_UPRIGHT = 6
#: Widths of columns, in letters.
_NARROWEST, _WIDEST = 8, 60
_SIZE = 12


def workbook(draft: Draft) -> bytes:
    """Return the tables of a draft as an Excel file."""
    tables = tables_of((*draft.sections, *(part for _, parts in annexes_of(draft) for part in parts)))
    book = Workbook()
    book.remove(book.worksheets[0])
    titles = [draft.sheets_title, *(table.title for table in tables)]
    names = [_name(number, title) for number, title in enumerate(titles)]
    _list(book.create_sheet(names[0]), draft, names[1:], tables)
    for name, table in zip(names[1:], tables, strict=True):
        _fill(book.create_sheet(name), table)
    return sealed(book.save, draft)


def figure(text: str) -> tuple[float, str] | None:
    """Return the number a cell shows and the format that shows it so; none where it is no plain figure."""
    found = _FIGURE.fullmatch(text.strip())
    if not found:
        return None
    sign, whole, decimals, percent = found.groups()
    number = float(f"{whole.replace('.', '')}.{decimals or 0}") / (100 if percent else 1)
    shown = "#,##0" + (f".{'0' * len(decimals)}" if decimals else "") + percent
    if sign in ("-", "−"):
        number = -number
    return number, f"+{shown};-{shown};{shown}" if sign == "+" else shown


def _list(sheet: Worksheet, draft: Draft, names: Sequence[str], tables: Sequence[Table]) -> None:
    """Write the first sheet: whose draft of what this is, and the other sheets with a way to each."""
    for row, text in enumerate((draft.issuer, draft.draft_mark, draft.kind, draft.about), 1):
        _write(sheet, (row, 1), text, bold=True)
    _write(sheet, (6, 1), draft.sheets_title, bold=True)
    for column, text in enumerate(draft.sheets_head, 1):
        _write(sheet, (7, column), text, bold=True, inside=True)
    for number, (name, table) in enumerate(zip(names, tables, strict=True), 1):
        _write(sheet, (7 + number, 1), str(number), inside=True, figures=True)
        cell = _write(sheet, (7 + number, 2), table.title, inside=True)
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{name}'!A1")
    sheet.column_dimensions["A"].width = _NARROWEST
    sheet.column_dimensions["B"].width = _WIDEST
    _page(sheet, 7)


def _fill(sheet: Worksheet, table: Table) -> None:
    """Write a table: its title, its head, its rows, and what is said under it."""
    _write(sheet, (1, 1), table.title, bold=True)
    for column, text in enumerate(table.head, 1):
        _write(sheet, (3, column), text, bold=True, inside=True)
    for number, cells in enumerate(table.rows, 1):
        bold = table.total and number == len(table.rows)
        for column, text in enumerate(cells):
            _write(sheet, (3 + number, column + 1), text, bold=bold, inside=True, figures=column in table.figures)
    if table.note:
        _write(sheet, (5 + len(table.rows), 1), table.note)
    for column, texts in enumerate(zip(table.head, *table.rows, strict=True), 1):
        longest = max(len(line) for text in texts for line in text.split("\n"))
        sheet.column_dimensions[get_column_letter(column)].width = min(max(longest + 3, _NARROWEST), _WIDEST)
    sheet.freeze_panes = "A4"
    _page(sheet, 3)


def _write(
    sheet: Worksheet, at: tuple[int, int], text: str, *, bold: bool = False, inside: bool = False, figures: bool = False
) -> Cell:
    """Write a cell: a number where it is a figure, else text and nothing but text."""
    cell = cast("Cell", sheet.cell(*at))  # no cells are merged
    text = printable(text)
    number = figure(text) if figures else None
    if number:
        cell.value, cell.number_format = number
    else:
        cell.value = text or None
        if text:
            cell.data_type = "s"
        cell.quotePrefix = text.startswith(_FORMULA)
    cell.font = Font(name="Times New Roman", size=_SIZE, bold=bold)
    if inside:
        cell.border = _BORDER
        cell.alignment = Alignment(horizontal="right" if figures else None, vertical="top", wrap_text=True)
    return cell


def _page(sheet: Worksheet, head: int) -> None:
    """Print a sheet on A4, as wide as the paper, with its head on every page."""
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape" if sheet.max_column > _UPRIGHT else "portrait"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{head}:{head}"


def _name(number: int, title: str) -> str:
    """Return a sheet's name: a number, which keeps names apart, and as much of the title as has room."""
    words = f"{number}. {_FORBIDDEN.sub(' ', printable(title))}" if number else _FORBIDDEN.sub(" ", printable(title))
    return textwrap.shorten(words, _LONGEST_NAME, placeholder="…")
