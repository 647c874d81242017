"""WordprocessingML: paragraphs, rules, tables, pictures and sections as text, and the file they make.

Elements stand in the order of the schema (ECMA-376 part 1, 17.3 to 17.6); Word refuses another one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from documents import measure
from documents.look import Look
from documents.package import APP, CORE, app, core, pack, xml
from documents.styles import SETTINGS, WORD, style_id, styles_xml, twips
from domain.drafts import Draft, Table

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_SECTION = (
    '<w:sectPr><w:headerReference w:type="default" r:id="rId3"/><w:headerReference w:type="first" r:id="rId4"/>'
    '<w:type w:val="nextPage"/><w:pgSz w:w="{width}" w:h="{height}"/><w:pgMar w:top="{top}" w:right="{right}"'
    ' w:bottom="{bottom}" w:left="{left}" w:header="{header}" w:footer="{header}" w:gutter="0"/>'
    '<w:pgNumType w:start="1"/><w:titlePg/></w:sectPr>'
)
_PICTURE = (
    '<w:p><w:pPr><w:pStyle w:val="Picture"/></w:pPr><w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">'
    '<wp:extent cx="{width}" cy="{height}"/><wp:docPr id="{number}" name="{name}" descr="{alt}"/>'
    '<wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/></wp:cNvGraphicFramePr>'
    '<a:graphic><a:graphicData uri="{drawing}/picture"><pic:pic>'
    '<pic:nvPicPr><pic:cNvPr id="{number}" name="{name}" descr="{alt}"/><pic:cNvPicPr/></pic:nvPicPr>'
    '<pic:blipFill><a:blip r:embed="rId{rel}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
    '<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
    '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
    "</wp:inline></w:drawing></w:r></w:p>"
)
#: Tables of many columns are set smaller, down to this size in points, before a word is broken.
_SMALLEST = 9
#: A table of so many rows stays on one page; of a longer one no row stands alone at its end.
_WHOLE = 12
#: A millimetre in the units of drawings (English metric units).
_EMU = 36_000
#: Relationships 1 to 4 of a document are its styles, settings, header and first header; pictures follow.
_FIRST_PICTURE = 5


@dataclass(slots=True)
class Paper:
    """What a document is written on: its look, and the pictures on it so far, as PNG."""

    look: Look
    pictures: list[bytes] = field(default_factory=list)


def paragraph(
    text: str, style: str, *, keep: bool = False, left: float = 0, right: float = 0, borders: str = "", size: int = 0
) -> str:
    """Return a paragraph; line ends within the text stay line ends. ``left`` and ``right`` in mm are left free.

    ``size`` in points is another one than its style's.
    """
    sized = f'<w:rPr><w:sz w:val="{size * 2}"/><w:szCs w:val="{size * 2}"/></w:rPr>' if size else ""
    kept = "<w:keepNext/>" if keep else ""
    bordered = f"<w:pBdr>{borders}</w:pBdr>" if borders else ""
    indent = f'<w:ind w:left="{twips(left)}" w:right="{twips(right)}"/>' if left or right else ""
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{xml(line)}</w:t>' for line in text.split("\n"))
    return (
        f'<w:p><w:pPr><w:pStyle w:val="{style_id(style)}"/>{kept}{bordered}{indent}</w:pPr>'
        f"{f'<w:r>{sized}{lines}</w:r>' if text else ''}</w:p>"
    )


def kept(blocks: str) -> str:
    """Return blocks, at least one, whose last paragraph stays on the page of what follows."""
    before, style, rest = blocks.rpartition("<w:pStyle ")
    value, end, rest = rest.partition("/>")
    return before + style + value + end + "<w:keepNext/>" + rest.removeprefix("<w:keepNext/>")


def rule(length: float, room: float) -> str:
    """Return a solid rule of a length in mm, in the middle of the room there is."""
    side = max(room - length, 0) / 2
    return paragraph("", "Rule", left=side, right=side, borders=_border("top", space=1))


def frame(text: str, style: str, size: int, room: float) -> str:
    """Return a line with a frame around it, a little wider than its words."""
    side = max(room - measure.width(text, size, bold=True) - 6, 0) / 2
    borders = "".join(_border(side, space=2) for side in ("top", "left", "bottom", "right"))
    return paragraph(text, style, left=side, right=side, borders=borders)


def columns(rows: Sequence[Sequence[str]], widths: Sequence[float], *, above: float = 0) -> str:
    """Return blocks side by side, without borders; widths, and what is left free above, in mm. Rows stay whole."""
    free = f'<w:tblCellMar><w:top w:w="{twips(above)}" w:type="dxa"/></w:tblCellMar>' if above else ""
    return _grid([_row(row, widths) for row in rows], widths, margins=free)


def table(content: Table, look: Look) -> str:
    """Return a table: its head comes again on each page, no row is split, figures stand to the right."""
    size = measure.cell_size(content, range(look.cell, _SMALLEST - 1, -1), look.width)
    other = 0 if size == look.cell else size
    widths = measure.columns(content, size, look.width)
    styles = ["Cell Figure" if at in content.figures else "Cell" for at in range(len(content.head))]
    rows = [_row([paragraph(text, "Cell Head", size=other) for text in content.head], widths, head=True)]
    for after, cells in zip(range(len(content.rows) - 1, -1, -1), content.rows, strict=True):
        total = " Total" if content.total and not after else ""
        keep = after == 1 or (after > 1 and len(content.rows) <= _WHOLE)
        row = [paragraph(text, style + total, keep=keep, size=other) for text, style in zip(cells, styles, strict=True)]
        rows.append(_row(row, widths))
    borders = "".join(_border(side) for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
    padding = f'w:w="{twips(measure.PADDING / 2)}" w:type="dxa"'
    return _grid(
        rows,
        widths,
        borders=f"<w:tblBorders>{borders}</w:tblBorders>",
        margins=f"<w:tblCellMar><w:left {padding}/><w:right {padding}/></w:tblCellMar>",
        name=f'<w:tblCaption w:val="{xml(content.title)}"/>',
    )


def picture(paper: Paper, png: bytes, alt: str, size: tuple[float, float]) -> str:
    """Return a picture with the words that stand for it; its width and height in mm."""
    paper.pictures.append(png)
    number = len(paper.pictures)
    return _PICTURE.format(
        width=round(size[0] * _EMU),
        height=round(size[1] * _EMU),
        number=number,
        rel=number + _FIRST_PICTURE - 1,
        name=f"Picture {number}",
        alt=xml(alt),
        drawing=_DRAWING,
    )


def section(look: Look) -> str:
    """Return what ends a part: A4, the margins, pages from 1, of which the first shows no number."""
    lengths = {name: getattr(look, name) for name in ("top", "right", "bottom", "left", "header")}
    return _SECTION.format(**{name: twips(mm) for name, mm in ({"width": 210, "height": 297} | lengths).items()})


def section_break(look: Look) -> str:
    """Return the end of a part that is not the last."""
    return f'<w:p><w:pPr><w:pStyle w:val="Break"/>{section(look)}</w:pPr></w:p>'


def file(paper: Paper, body: str, draft: Draft) -> bytes:
    """Return the Word file with a body."""
    document = (
        f'<w:document {WORD} xmlns:r="{_OFFICE}" xmlns:wp="{_DRAWING}/wordprocessingDrawing"'
        f' xmlns:a="{_DRAWING}/main" xmlns:pic="{_DRAWING}/picture"><w:body>{body}</w:body></w:document>'
    )
    number = '<w:fldSimple w:instr=" PAGE "><w:r><w:t>2</w:t></w:r></w:fldSimple>'
    parts = {"document": document, "styles": styles_xml(paper.look), "settings": SETTINGS}
    parts |= {f"header{at}": _header(text) for at, text in enumerate((number, ""), 1)}
    pictures = {f"media/image{at}.png": png for at, png in enumerate(paper.pictures, 1)}
    rels = [
        ("styles", "styles.xml"),
        ("settings", "settings.xml"),
        ("header", "header1.xml"),
        ("header", "header2.xml"),
    ]
    rels += [("image", name) for name in pictures]
    kinds = {"document": "document.main", "header1": "header", "header2": "header"}
    overrides = {f"/word/{name}.xml": f"{_TYPES}.{kinds.get(name, name)}+xml" for name in parts}
    overrides["/" + CORE] = "application/vnd.openxmlformats-package.core-properties+xml"
    overrides["/" + APP] = "application/vnd.openxmlformats-officedocument.extended-properties+xml"
    return pack(
        {
            "[Content_Types].xml": _content_types(overrides),
            "_rels/.rels": _relationships(
                [
                    (f"{_OFFICE}/officeDocument", "word/document.xml"),
                    (f"{_PACKAGE}/relationships/metadata/core-properties", CORE),
                    (f"{_OFFICE}/extended-properties", APP),
                ]
            ),
            CORE: core(draft),
            APP: app(),
            "word/_rels/document.xml.rels": _relationships([(f"{_OFFICE}/{kind}", target) for kind, target in rels]),
        }
        | {f"word/{name}.xml": _HEAD + part for name, part in parts.items()}
        | {f"word/{name}": png for name, png in pictures.items()}
    )


def _border(side: str, *, space: int = 0) -> str:
    return f'<w:{side} w:val="single" w:sz="4" w:space="{space}" w:color="000000"/>'


def _row(cells: Sequence[str], widths: Sequence[float], *, head: bool = False) -> str:
    repeated, middle = ("<w:tblHeader/>", '<w:vAlign w:val="center"/>') if head else ("", "")
    return (
        f"<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>"
        + "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{twips(width)}" w:type="dxa"/>{middle}</w:tcPr>{cell}</w:tc>'
            for cell, width in zip(cells, widths, strict=True)
        )
        + "</w:tr>"
    )


def _grid(rows: Sequence[str], widths: Sequence[float], *, borders: str = "", margins: str = "", name: str = "") -> str:
    grid = "".join(f'<w:gridCol w:w="{twips(width)}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(twips(width) for width in widths)}" w:type="dxa"/>{borders}'
        f'<w:tblLayout w:type="fixed"/>{margins}{name}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{"".join(rows)}</w:tbl>'
    )


def _header(content: str) -> str:
    return f'<w:hdr {WORD}><w:p><w:pPr><w:pStyle w:val="Header"/></w:pPr>{content}</w:p></w:hdr>'


def _relationships(targets: Sequence[tuple[str, str]]) -> str:
    rels = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{rels}</Relationships>'


def _content_types(overrides: dict[str, str]) -> str:
    listed = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in overrides.items())
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="png" ContentType="image/png"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{listed}</Types>'
    )
