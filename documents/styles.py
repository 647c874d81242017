"""A look as the named styles of a Word file. They replace all that python-docx's template brings."""

from dataclasses import dataclass

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

from documents import oxml
from documents.look import Look

_LEFT, _CENTER, _RIGHT, _BOTH = (ALIGN.LEFT, ALIGN.CENTER, ALIGN.RIGHT, ALIGN.JUSTIFY)
#: Styles of the template that others rest on.
_KEPT = {"Normal", "Normal Table", "Table Grid", "Default Paragraph Font", "No List"}


@dataclass(frozen=True, slots=True)
class Style:
    """A paragraph style: type in points, indents in millimetres."""

    name: str
    size: int
    bold: bool = False
    italic: bool = False
    align: ALIGN = _LEFT
    #: Of the first line, and of all lines.
    first: float = 0
    left: float = 0
    before: int = 0
    after: int = 0
    line: float = 1
    #: Stays on the page of the paragraph that follows.
    keep: bool = False
    #: Its place in the outline of headings, from 0.
    level: int | None = None

    def fill(self, style: ParagraphStyle) -> None:
        """Give a style of Word these properties."""
        font, layout = style.font, style.paragraph_format
        font.size, font.bold, font.italic = Pt(self.size), self.bold, self.italic
        layout.alignment = self.align
        layout.first_line_indent, layout.left_indent = Mm(self.first), Mm(self.left)
        layout.space_before, layout.space_after, layout.line_spacing = Pt(self.before), Pt(self.after), self.line
        layout.keep_with_next = self.keep
        style.quick_style = True
        if self.level is not None:
            oxml.set_outline(style, self.level)


def define(document: Document, look: Look) -> None:
    """Give a new document the styles of a look: Vietnamese in black Times New Roman."""
    oxml.strip(document)
    styles = document.styles
    words_own = {style.name for style in styles}
    for style in list(styles):
        if style.name not in _KEPT:
            style.delete()
    grid = styles["Table Grid"].element
    grid.remove(grid.pPr)  # lines alone; spacing is for the styles of cells to say
    normal = styles["Normal"]
    oxml.set_script(normal, "Times New Roman", "vi-VN")
    normal.font.color.rgb = RGBColor(0, 0, 0)
    Style("Normal", look.body).fill(normal)
    for ours in styles_of(look):
        style = styles.add_style(ours.name, WD_STYLE_TYPE.PARAGRAPH, builtin=ours.name in words_own)
        style.base_style = normal
        ours.fill(style)


def styles_of(look: Look) -> tuple[Style, ...]:
    """Return every style a document of this look uses, but for the one they all rest on."""
    body, gap, line, indent = look.body, look.gap, look.line, look.indent
    return (
        Style("Header", look.page_number, align=_CENTER),
        *(Style(f"Motto {at}", size, bold=True, align=_CENTER) for at, size in enumerate(look.motto, 1)),
        Style("Above", look.above, align=_CENTER),
        Style("Issuer", look.issuer, bold=True, align=_CENTER),
        Style("Sign", look.issuer, align=_CENTER),
        Style("Number", look.number, align=_CENTER),
        Style("Place", look.place, italic=True, align=_CENTER),
        Style("Mark", look.mark, bold=True, align=_CENTER, before=gap),
        Style("Rule", 1, align=_CENTER, before=3, keep=True),
        Style("Break", 1),
        Style("Gap", gap),
        Style("Title", look.kind, bold=True, align=_CENTER, before=18, keep=True),
        Style("Subtitle", look.about, bold=True, align=_CENTER, keep=True),
        Style("Greeting", body, align=_CENTER, before=gap, after=gap),
        Style("Greeting Many", body, before=gap, keep=True),
        Style("Addressee", body, after=3),
        Style("Body Text", body, align=_BOTH, first=indent, after=gap, line=line),
        Style("Quote", body, italic=True, align=_BOTH, left=indent, after=gap, line=line),
        Style("Missing", body, italic=True, align=_BOTH, left=indent, after=gap, line=line),
        Style("Note", look.note, italic=True, align=_BOTH, before=3, after=gap),
        Style("End", body, align=_RIGHT, after=gap),
        Style("Heading 1", body, bold=True, first=indent, before=gap, after=gap, keep=True, level=0),
        Style("Heading 2", body, bold=True, first=indent, after=gap, line=line, keep=True, level=1),
        Style("Heading 3", body, first=indent, after=gap, line=line, keep=True, level=2),
        Style("Caption", look.cell, bold=True, align=_CENTER, before=gap, after=gap, keep=True),
        Style("Cell", look.cell, before=2, after=2),
        Style("Cell Figure", look.cell, align=_RIGHT, before=2, after=2),
        Style("Cell Total", look.cell, bold=True, before=2, after=2),
        Style("Cell Figure Total", look.cell, bold=True, align=_RIGHT, before=2, after=2),
        Style("Cell Head", look.cell, bold=True, align=_CENTER, before=2, after=2, keep=True),
        Style("Picture", body, align=_CENTER, before=gap, keep=True),
        Style("Picture Title", look.cell, bold=True, align=_CENTER, before=3, after=2 * gap),
        Style("Recipients Label", look.recipients_label, bold=True, italic=True),
        Style("Recipients", look.recipients),
        Style("Signer", body, bold=True, align=_CENTER),
        Style("Annex", look.annex, bold=True, align=_CENTER, keep=True, level=0),
        Style("Annex Title", body, bold=True, align=_CENTER, keep=True),
        Style("Annex Of", body, italic=True, align=_CENTER, keep=True),
    )
