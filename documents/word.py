"""Paragraphs, rules, tables, pictures and sections of a Word file, by python-docx."""

import io
from collections.abc import Sequence

import docx
from docx.document import Document
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
from docx.shared import Mm, Pt
from docx.table import Table as Grid
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from documents import measure, oxml
from documents.look import Look
from documents.package import printable
from documents.styles import define
from domain.drafts import Table

#: Tables of many columns are set smaller, down to this size in points, before a word is broken.
_SMALLEST = 9
#: A table of so many rows stays on one page; of a longer one no row stands alone at its end.
_WHOLE = 12
#: Around a frame's words, left and right together, in mm.
_FRAME = 6


def blank(look: Look) -> Document:
    """Return a document without text: A4, the margins, page numbers from the second page on."""
    document = docx.Document()
    define(document, look)
    [section] = document.sections
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(look.top), Mm(look.bottom)
    section.left_margin, section.right_margin = Mm(look.left), Mm(look.right)
    section.header_distance = section.footer_distance = Mm(look.header)
    oxml.start_at_one(section)
    section.different_first_page_header_footer = True
    for header in (section.header, section.first_page_header):
        header.is_linked_to_previous = False
        header.paragraphs[0].style = "Header"
    oxml.add_page_number(section.header.paragraphs[0])
    return document


def begin_section(page: Document) -> None:
    """Begin a new page that counts from 1; all else is as before."""
    page.add_section(WD_SECTION.NEW_PAGE)
    page.paragraphs[-1].style = "Break"


def paragraph(
    place: Document | _Cell, text: str, style: str, *, left: float = 0, right: float = 0, size: int = 0
) -> Paragraph:
    """Add a paragraph; line ends within the text stay line ends. ``left`` and ``right`` in mm are left free.

    ``size`` in points is another one than its style's.
    """
    added = place.add_paragraph()
    oxml.set_style(added, style)
    if left or right:
        added.paragraph_format.left_indent, added.paragraph_format.right_indent = Mm(left), Mm(right)
    if text:
        run = added.add_run(printable(text))
        if size:
            run.font.size = Pt(size)
    return added


def rule(place: Document | _Cell, length: float, room: float) -> None:
    """Draw a solid rule of a length in mm, in the middle of the room there is."""
    side = max(room - length, 0) / 2
    oxml.add_borders(paragraph(place, "", "Rule", left=side, right=side), "top", space=1)


def frame(place: _Cell, text: str, style: str, size: int, room: float) -> None:
    """Add a line with a frame around it, a little wider than its words."""
    side = max(room - measure.width(text, size, bold=True) - _FRAME, 0) / 2
    line = paragraph(place, text, style, left=side, right=side)
    oxml.add_borders(line, "top", "left", "bottom", "right", space=2)


def columns(page: Document, widths: Sequence[float], *, above: float = 0) -> Grid:
    """Add room for blocks side by side, without borders; widths, and what is left free above, in mm."""
    return _grid(page, widths, "Normal Table", top=above)


def row(grid: Grid, *, head: bool = False) -> list[_Cell]:
    """Add a row that stays whole, its cells to be filled with one paragraph at least."""
    added = grid.add_row()  # type: ignore[no-untyped-call]
    oxml.keep_whole(added, repeated=head)
    return [oxml.empty(cell) for cell in added.cells]


def table(page: Document, content: Table, look: Look) -> None:
    """Add a table: its head comes again on each page, no row is split, figures stand to the right."""
    size = measure.cell_size(content, range(look.cell, _SMALLEST - 1, -1), look.width)
    other = 0 if size == look.cell else size
    grid = _grid(page, measure.columns(content, size, look.width), "Table Grid", sides=measure.PADDING / 2)
    oxml.set_title(grid, printable(content.title))
    for cell, text in zip(row(grid, head=True), content.head, strict=True):
        paragraph(cell, text, "Cell Head", size=other)
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    styles = ["Cell Figure" if at in content.figures else "Cell" for at in range(len(content.head))]
    for after, texts in zip(range(len(content.rows) - 1, -1, -1), content.rows, strict=True):
        total = " Total" if content.total and not after else ""
        keep = after == 1 or (after > 1 and len(content.rows) <= _WHOLE)
        for cell, text, style in zip(row(grid), texts, styles, strict=True):
            line = paragraph(cell, text, style + total, size=other)
            if keep:
                line.paragraph_format.keep_with_next = True


def picture(page: Document, png: bytes, alt: str, size: tuple[float, float]) -> None:
    """Add a picture with the words that stand for it; its width and height in mm."""
    run = paragraph(page, "", "Picture").add_run()
    oxml.set_alternative(run.add_picture(io.BytesIO(png), Mm(size[0]), Mm(size[1])), printable(alt))


def _grid(page: Document, widths: Sequence[float], style: str, *, top: float = 0, sides: float = 0) -> Grid:
    """Add a table without rows, of fixed widths and with room within its cells, all in mm."""
    grid: Grid = page.add_table(0, len(widths), style)
    grid.autofit = False
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Mm(width)
    oxml.set_lengths(grid, width=Mm(sum(widths)), top=Mm(top), sides=Mm(sides))
    return grid
