"""A report as a draft: what it says, before it has a layout. Every figure knows where it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Layout(StrEnum):
    """By which rules a document looks."""

    #: State bodies: Decree 30/2020/ND-CP, appendix I.
    STATE = "state"
    #: Party bodies: Guidance 36-HD/VPTW of 3 April 2018.
    PARTY = "party"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of running text."""

    text: str
    #: "body", "note" (small, under a table or chart), "missing" (says that something is not known), or "quote".
    style: str = "body"


@dataclass(frozen=True, slots=True)
class Table:
    """A table. Cells are text as they are shown; "" is an empty cell."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    #: Printed under it: the counting rule, what is not shown and why.
    note: str = ""
    #: Columns that hold figures, aligned to the right; others to the left.
    figures: frozenset[int] = frozenset()
    #: The last row is a total, in bold.
    total: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of figures that also stand in a table or a sentence."""

    #: "bars" (one or more series side by side), "lying" (horizontal bars, for long labels), "lines" (over time).
    kind: str
    title: str
    labels: tuple[str, ...]
    #: Name and values of each; None is a gap.
    series: tuple[tuple[str, tuple[float | None, ...]], ...]
    #: What it shows in one sentence, for who cannot see it.
    alt: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part. Top ones count I, II, III; those within 1, 2, 3."""

    title: str
    parts: tuple["Paragraph | Table | Chart | Section", ...]


Part = Paragraph | Table | Chart | Section


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a figure comes from: a row of the annex "Nguồn số liệu"."""

    #: "B.1": section and number.
    of: str
    name: str
    value: str
    #: The function that counts it, by its path in the code ("storage.figures.province").
    query: str
    #: Both days belong to it.
    first: date
    last: date
    #: Version of the rules it was counted by.
    ruleset: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A report, unnumbered and unsigned."""

    layout: Layout
    #: Top left: the body above, and the body that reports. In capitals as printed.
    above: str
    issuer: str
    #: Top right: two lines for state bodies, one for Party bodies.
    motto: tuple[str, ...]
    #: The number's place with room to fill in: "Số:      /BC-VPUB".
    number: str
    #: "Thái Nguyên, ngày      tháng 10 năm 2026".
    place_and_date: str
    #: "BÁO CÁO", and what about.
    kind: str
    about: str
    #: "Kính gửi:" and whom; none where it goes to nobody above.
    greeting: str
    addressees: tuple[str, ...]
    #: Paragraphs before the first section.
    opening: tuple[Paragraph, ...]
    sections: tuple[Section, ...]
    #: "Nơi nhận:" and its lines.
    recipients_label: str
    recipients: tuple[str, ...]
    #: Above the room for a signature: "TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH".
    signer: tuple[str, ...]
    #: "DỰ THẢO": stands on the first page until somebody signs.
    draft_mark: str
    #: Appendices with page numbers of their own: title and tables.
    annexes: tuple[tuple[str, tuple[Part, ...]], ...] = ()
    traces: tuple[Trace, ...] = ()
    #: What the annex of traces is called, and its columns.
    traces_title: str = ""
    traces_head: tuple[str, ...] = ()
    #: Ends the text: "./." for state bodies, "." for Party bodies.
    end: str = "./."
    #: "Phụ lục": stands above each annex, with a Roman number where there are several.
    annex_label: str = field(kw_only=True)
    #: Under an annex's title, in brackets: "(Kèm theo Báo cáo số      /BC-VPUB ngày      tháng 10 năm 2026 của …)".
    annex_of: str = ""
    #: What the first sheet of the workbook is called, which lists the others, and its columns: number, table.
    sheets_title: str = field(kw_only=True)
    sheets_head: tuple[str, str] = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A file."""

    name: str
    media_type: str
    content: bytes


def tables_of(parts: Sequence[Part]) -> list[Table]:
    """Return the tables among parts, also those within sections, in order: the sheets of an annex."""
    found: list[Table] = []
    for part in parts:
        match part:
            case Table():
                found.append(part)
            case Section():
                found += tables_of(part.parts)
    return found
