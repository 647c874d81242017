"""How the tests read a Word file back: by python-docx, and by its XML where that models nothing."""

import io
import zipfile
from collections.abc import Iterator

import docx as reader
from docx.document import Document
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.table import Table as Grid
from docx.text.paragraph import Paragraph as Line

from documents.rendering import docx
from domain.drafts import Draft

WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def opened(draft: Draft) -> Document:
    return reader.Document(io.BytesIO(docx(draft, "x").content))


def part(draft: Draft, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(docx(draft, "x").content)) as file:
        return file.read(name).decode()


def lines(document: Document) -> Iterator[Line]:
    """Give all paragraphs, also those within tables, in order."""
    for block in document.iter_inner_content():
        if isinstance(block, Grid):
            for row in block.rows:
                for cell in row.cells:
                    yield from cell.paragraphs
        else:
            yield block


def line(document: Document, text: str) -> Line:
    return next(found for found in lines(document) if found.text.startswith(text))


def after(document: Document, text: str) -> Line:
    """Give the paragraph after the one that begins so: where there is a rule, that is it."""
    every = list(lines(document))
    return every[next(at for at, found in enumerate(every) if found.text.startswith(text)) + 1]


def element(thing: object) -> BaseOxmlElement:
    """Return the XML of a part: what the library does not model is read there."""
    return thing._element  # type: ignore[attr-defined]  # noqa: SLF001


def look(found: Line) -> tuple[float, bool, bool, object]:
    """Return size in points, bold, italic and alignment, as the paragraph's style gives them."""
    font = found.style.font
    return font.size.pt, bool(font.bold), bool(font.italic), found.style.paragraph_format.alignment


def rule_length(found: Line, room: float) -> float:
    """Return the length in mm of a rule in a room."""
    assert element(found).find(f"{W}pPr/{W}pBdr/{W}top").get(f"{W}val") == "single"
    return room - found.paragraph_format.left_indent.mm - found.paragraph_format.right_indent.mm
