"""A look as the named styles of a Word file. They replace all that Word's own template brings."""

from dataclasses import dataclass

from documents.look import Look

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_FONT = '<w:rFonts w:ascii="{0}" w:hAnsi="{0}" w:eastAsia="{0}" w:cs="{0}"/>'.format("Times New Roman")
_LANGUAGE = '<w:lang w:val="vi-VN" w:eastAsia="vi-VN" w:bidi="vi-VN"/>'

#: Word lays the file out as Word 2013 and later do. No language but Vietnamese, no history of edits.
SETTINGS = f"""<w:settings {WORD}>
<w:zoom w:percent="100"/>
<w:defaultTabStop w:val="720"/>
<w:characterSpacingControl w:val="doNotCompress"/>
<w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>
</w:compat>
<w:themeFontLang w:val="vi-VN"/>
<w:decimalSymbol w:val=","/>
<w:listSeparator w:val=";"/>
</w:settings>"""


@dataclass(frozen=True, slots=True)
class Style:
    """A paragraph style: type in points, indents in millimetres."""

    name: str
    size: int
    bold: bool = False
    italic: bool = False
    #: "left", "center", "right", or "both" for justified.
    align: str = "left"
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

    def xml(self) -> str:
        """Return the style as it stands in styles.xml; the order of elements is the schema's."""
        outline = "" if self.level is None else f'<w:outlineLvl w:val="{self.level}"/>'
        default, based = (' w:default="1"', "") if self.name == "Normal" else ("", '<w:basedOn w:val="Normal"/>')
        return (
            f'<w:style w:type="paragraph"{default} w:styleId="{style_id(self.name)}">'
            f'<w:name w:val="{self.name}"/>{based}<w:qFormat/><w:pPr>{"<w:keepNext/>" * self.keep}'
            f'<w:spacing w:before="{self.before * 20}" w:after="{self.after * 20}" w:line="{round(self.line * 240)}"'
            f' w:lineRule="auto"/><w:ind w:left="{twips(self.left)}" w:firstLine="{twips(self.first)}"/>'
            f'<w:jc w:val="{self.align}"/>{outline}</w:pPr><w:rPr>{"<w:b/><w:bCs/>" * self.bold}'
            f'{"<w:i/><w:iCs/>" * self.italic}<w:sz w:val="{self.size * 2}"/><w:szCs w:val="{self.size * 2}"/></w:rPr>'
            "</w:style>"
        )


def style_id(name: str) -> str:
    """Return the key of a style, by which paragraphs name it."""
    return name.title().replace(" ", "")


def twips(millimetres: float) -> int:
    """Return a length in twentieths of a point."""
    return round(millimetres / 25.4 * 1440)


def styles_of(look: Look) -> tuple[Style, ...]:
    """Return every style a document of this look uses."""
    body, gap, line, indent = look.body, look.gap, look.line, look.indent
    return (
        Style("Normal", body),
        Style("header", look.page_number, align="center"),
        *(Style(f"Motto {at}", size, bold=True, align="center") for at, size in enumerate(look.motto, 1)),
        Style("Above", look.above, align="center"),
        Style("Issuer", look.issuer, bold=True, align="center"),
        Style("Sign", look.issuer, align="center"),
        Style("Number", look.number, align="center"),
        Style("Place", look.place, italic=True, align="center"),
        Style("Mark", look.mark, bold=True, align="center", before=gap),
        Style("Rule", 1, align="center", before=3, keep=True),
        Style("Break", 1),
        Style("Gap", gap),
        Style("Title", look.kind, bold=True, align="center", before=18, keep=True),
        Style("Subtitle", look.about, bold=True, align="center", keep=True),
        Style("Greeting", body, align="center", before=gap, after=gap),
        Style("Greeting Many", body, before=gap, keep=True),
        Style("Addressee", body, after=3),
        Style("Body Text", body, align="both", first=indent, after=gap, line=line),
        Style("Quote", body, italic=True, align="both", left=indent, after=gap, line=line),
        Style("Missing", body, italic=True, align="both", left=indent, after=gap, line=line),
        Style("Note", look.note, italic=True, align="both", before=3, after=gap),
        Style("End", body, align="right", after=gap),
        Style("heading 1", body, bold=True, first=indent, before=gap, after=gap, keep=True, level=0),
        Style("heading 2", body, bold=True, first=indent, after=gap, line=line, keep=True, level=1),
        Style("heading 3", body, first=indent, after=gap, line=line, keep=True, level=2),
        Style("caption", look.cell, bold=True, align="center", before=gap, after=gap, keep=True),
        Style("Cell", look.cell, before=2, after=2),
        Style("Cell Figure", look.cell, align="right", before=2, after=2),
        Style("Cell Total", look.cell, bold=True, before=2, after=2),
        Style("Cell Figure Total", look.cell, bold=True, align="right", before=2, after=2),
        Style("Cell Head", look.cell, bold=True, align="center", before=2, after=2, keep=True),
        Style("Picture", body, align="center", before=gap, keep=True),
        Style("Picture Title", look.cell, bold=True, align="center", before=3, after=2 * gap),
        Style("Recipients Label", look.recipients_label, bold=True, italic=True),
        Style("Recipients", look.recipients),
        Style("Signer", body, bold=True, align="center"),
        Style("Annex", look.annex, bold=True, align="center", keep=True, level=0),
        Style("Annex Title", body, bold=True, align="center", keep=True),
        Style("Annex Of", body, italic=True, align="center", keep=True),
    )


def styles_xml(look: Look) -> str:
    """Return styles.xml: Vietnamese in black Times New Roman, whatever script Word takes it for."""
    return (
        f"<w:styles {WORD}><w:docDefaults><w:rPrDefault><w:rPr>{_FONT}"
        f'<w:color w:val="000000"/><w:sz w:val="{look.body * 2}"/><w:szCs w:val="{look.body * 2}"/>{_LANGUAGE}'
        "</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"
        f"{''.join(style.xml() for style in styles_of(look))}"
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr>'
        '<w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/><w:left w:w="0" w:type="dxa"/>'
        '<w:bottom w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
        "</w:styles>"
    )
