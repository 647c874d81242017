"""WordprocessingML that python-docx does not model: the only place where its elements are touched.

What a schema puts in order (ECMA-376 part 1, 17.3 to 17.7) is inserted before what may follow it.
"""
# ruff: noqa: SLF001 - python-docx keeps the elements it wraps in private attributes, and says to reach for them there

from docx.document import Document
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.section import Section
from docx.shape import InlineShape
from docx.shared import Length
from docx.styles.style import ParagraphStyle
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

#: What python-docx's template holds of other languages, other programs and styles that are no more.
_UNWANTED_PARTS = {"thumbnail", "customXml", "stylesWithEffects", "numbering"}
_UNWANTED_SETTINGS = ("w:zoom", "w:savePreviewPicture", "w:compat/w:useFELayout", "w:themeFontLang")
_SETTINGS = {
    "w:compat/w:compatSetting[@w:name='compatibilityMode']": "15",  # Word 2013 and later
    "w:decimalSymbol": ",",
    "w:listSeparator": ";",
}


def strip(document: Document) -> None:
    """Take away what the template brings, its defaults of type and its English settings."""
    for rels in (document.part.package.rels, document.part.rels):
        for key in [key for key, rel in rels.items() if rel.reltype.rpartition("/")[2] in _UNWANTED_PARTS]:
            del rels[key]
    [defaults] = document.styles.element.xpath("w:docDefaults")
    defaults.clear()
    settings = document.settings.element
    for path in _UNWANTED_SETTINGS:
        [unwanted] = settings.xpath(path)
        unwanted.getparent().remove(unwanted)
    for path, value in _SETTINGS.items():
        [setting] = settings.xpath(path)
        setting.set(qn("w:val"), value)


def set_style(line: Paragraph, name: str) -> None:
    """Give a paragraph a style of ours. Looking it up by its name is most of the time of a long table: 2 ms a cell."""
    line._p.style = name.replace(" ", "")


def set_script(style: ParagraphStyle, typeface: str, language: str) -> None:
    """Give a style its typeface and language also for what Word takes for East Asian or complex script."""
    style.font.name = typeface
    properties = style.element.get_or_add_rPr()
    for script in ("w:eastAsia", "w:cs"):
        properties.rFonts.set(qn(script), typeface)
    properties.append(_made("w:lang", val=language, eastAsia=language, bidi=language))


def set_outline(style: ParagraphStyle, level: int) -> None:
    """Give a style its place in the outline of headings, from 0."""
    style.element.get_or_add_pPr().append(_made("w:outlineLvl", val=level))


def add_borders(line: Paragraph, *sides: str, space: int) -> None:
    """Draw half a point around a paragraph: sides in the order top, left, bottom, right; space in points."""
    borders = _made("w:pBdr")
    for side in sides:
        borders.append(_made(f"w:{side}", val="single", sz=4, space=space, color="000000"))
    line._p.get_or_add_pPr().insert_element_before(borders, "w:spacing", "w:ind", "w:jc")


def add_page_number(line: Paragraph) -> None:
    """Write the number of the page into a paragraph; programs that do not count show the second one's."""
    field = _made("w:fldSimple", instr=" PAGE ")
    field.append(line.add_run("2")._r)
    line._p.append(field)


def start_at_one(section: Section) -> None:
    """Count the pages of a section anew."""
    section._sectPr.insert_element_before(_made("w:pgNumType", start=1), "w:cols", "w:titlePg", "w:docGrid")


def keep_whole(row: _Row, *, repeated: bool) -> None:
    """Keep a row on one page; a repeated one, a table's head, is shown again on each."""
    properties = row._tr.get_or_add_trPr()
    properties.append(_made("w:cantSplit"))
    if repeated:
        properties.append(_made("w:tblHeader"))


def set_lengths(table: Table, *, width: Length, top: Length, sides: Length) -> None:
    """Give a table its width, and leave room free within all cells, above their text and beside it."""
    properties = table._tbl.tblPr
    [total] = properties.xpath("w:tblW")
    total.attrib.update({qn("w:w"): str(width.twips), qn("w:type"): "dxa"})
    margins = _made("w:tblCellMar")
    for name, length in (("top", top), ("left", sides), ("right", sides)):
        margins.append(_made(f"w:{name}", w=length.twips, type="dxa"))
    properties.insert_element_before(margins, "w:tblLook")


def set_title(table: Table, title: str) -> None:
    """Give a table the words that stand for it."""
    table._tbl.tblPr.append(_made("w:tblCaption", val=title))


def set_alternative(picture: InlineShape, words: str) -> None:
    """Give a picture the words that stand for it."""
    picture._inline.docPr.set("descr", words)


def empty(cell: _Cell) -> _Cell:
    """Return a new cell without the paragraph it has; a cell must have one, so others are to follow."""
    cell._tc.remove(cell.paragraphs[0]._p)
    return cell


def _made(tag: str, **attributes: str | int) -> BaseOxmlElement:
    """Return an element with attributes of Word's namespace."""
    return OxmlElement(tag, {qn(f"w:{name}"): str(value) for name, value in attributes.items()})
