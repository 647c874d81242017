"""A draft as pages: its head, its parts, whom it goes to and who signs, and its annexes."""

from collections.abc import Sequence
from dataclasses import replace

from docx.document import Document
from docx.table import _Cell

from documents import charts
from documents.look import Look
from documents.measure import balanced, width
from documents.package import sealed
from documents.party import PARTY
from documents.state import STATE
from documents.word import begin_section, blank, columns, frame, paragraph, picture, row, rule, table
from domain.drafts import Chart, Draft, Layout, Paragraph, Part, Section, Table

LOOKS = {Layout.STATE: STATE, Layout.PARTY: PARTY}
#: Of a rule under a line of words: between a third and a half of it.
_SHORT = 0.4
#: Words need a little more room than they take.
_LOOSE = 2.0
#: From the left margin to a greeting of several, in mm.
_GREETING = 30.0
#: Above the foot, in mm.
_SPACE = 4.0
#: Lines left free for a signature.
_SIGNATURE = 5
_STYLES = {"body": "Body Text", "note": "Note", "missing": "Missing", "quote": "Quote", "end": "End"}
#: Letters in the order of the Vietnamese alphabet, for points.
_LETTERS = (*"abcd", "đ", *"eghiklmnopqrstuvxy")


def letter(draft: Draft) -> bytes:
    """Return a draft as a Word file."""
    look = LOOKS[draft.layout]
    page = blank(look)
    _head(page, draft, look)
    _titles(page, draft, look)
    _greeting(page, draft, look)
    paragraph(page, "", "Gap")
    _parts(page, _ended((*draft.opening, *draft.sections), draft.end), look)
    page.paragraphs[-1].paragraph_format.keep_with_next = True  # a signature does not stand on a page alone
    _foot(page, draft, look)
    annexes = annexes_of(draft)
    for number, (title, parts) in enumerate(annexes, 1):
        label = f"{draft.annex_label} {_roman(number)}" if len(annexes) > 1 else draft.annex_label
        begin_section(page)
        _annex_head(page, draft, (label, title), look)
        # A table that bears its annex's name need not say it again.
        untitled = tuple(
            replace(part, title="") if isinstance(part, Table) and part.title == title else part for part in parts
        )
        _parts(page, _ended(untitled, draft.end), look)
    if not annexes:
        paragraph(page, "", "Break")  # after a table Word adds one of its own, of full height
    return sealed(page.save, draft)


def annexes_of(draft: Draft) -> tuple[tuple[str, tuple[Part, ...]], ...]:
    """Return a draft's annexes; the traces of its figures are the last one."""
    return (*draft.annexes, (draft.traces_title, (traces_of(draft),))) if draft.traces else draft.annexes


def traces_of(draft: Draft) -> Table:
    """Return where the figures of a draft come from, a row each."""
    rows = tuple(
        (
            trace.of,
            trace.name,
            trace.value,
            trace.query,
            f"{trace.first:%d/%m/%Y}–\n{trace.last:%d/%m/%Y}",
            trace.ruleset,
        )
        for trace in draft.traces
    )
    return Table(draft.traces_title, draft.traces_head, rows, figures=frozenset({2}))


def _head(page: Document, draft: Draft, look: Look) -> None:
    """Write the two columns at the top: the body and the number; the motto, place and date; the mark of a draft."""
    mottos = [width(line, size, bold=True) for line, size in zip(draft.motto, look.motto, strict=True)]
    right = min(max(*mottos, width(draft.place_and_date, look.place)) + _LOOSE, look.width * 0.6)
    left = look.width - right
    above = balanced(draft.above, look.above, left - _LOOSE)
    issuer = balanced(draft.issuer, look.issuer, left - _LOOSE, bold=True)
    grid = columns(page, (left, right))
    body, motto = row(grid)
    if above:
        paragraph(body, above, "Above")
    paragraph(body, issuer, "Issuer")
    if look.sign:
        paragraph(body, look.sign, "Sign")
    else:
        _short_rule(body, issuer, look.issuer, left)
    for at, line in enumerate(draft.motto, 1):
        paragraph(motto, line, f"Motto {at}")
    rule(motto, mottos[-1], right)
    number, place = row(grid)
    paragraph(number, draft.number, "Number")
    paragraph(place, draft.place_and_date, "Place")
    mark, beside = row(grid)
    frame(mark, draft.draft_mark, "Mark", look.mark, left)
    paragraph(beside, "", "Place")


def _titles(page: Document, draft: Draft, look: Look) -> None:
    """Write the kind and what it is about, with a rule under it."""
    about = balanced(draft.about, look.about, look.width - _LOOSE, bold=True)
    paragraph(page, draft.kind, "Title")
    paragraph(page, about, "Subtitle")
    _short_rule(page, about, look.about, look.width)


def _short_rule(place: Document | _Cell, words: str, size: int, room: float) -> None:
    """Draw the rule under bold words."""
    rule(place, width(words, size, bold=True) * _SHORT, room)


def _greeting(page: Document, draft: Draft, look: Look) -> None:
    """Write whom it goes to: one addressee on the line of the greeting, several on lines of their own."""
    match draft.addressees:
        case ():
            return
        case (only,):
            paragraph(page, f"{draft.greeting} {only.rstrip(';.')}", "Greeting")
        case several:
            colon = _GREETING + width(draft.greeting.rstrip(":"), look.body)
            paragraph(page, draft.greeting, "Greeting Many", left=_GREETING)
            for line in _listed(several):
                paragraph(page, line, "Addressee", left=colon)


def _foot(page: Document, draft: Draft, look: Look) -> None:
    """Write who gets it on the left, and on the right who signs with room for it."""
    recipients, signer = row(columns(page, (look.width / 2, look.width / 2), above=_SPACE))
    paragraph(recipients, draft.recipients_label, "Recipients Label")
    for line in _listed(draft.recipients):
        paragraph(recipients, line, "Recipients")
    for line in (*draft.signer, *[""] * _SIGNATURE):
        paragraph(signer, line, "Signer")


def _annex_head(page: Document, draft: Draft, names: tuple[str, str], look: Look) -> None:
    """Write an annex's name, its title in capitals, which document it belongs to, and a rule."""
    label, title = names
    title = balanced(title.upper(), look.body, look.width - _LOOSE, bold=True)
    paragraph(page, label, "Annex")
    paragraph(page, title, "Annex Title")
    if draft.annex_of:
        paragraph(page, draft.annex_of, "Annex Of")
    _short_rule(page, title, look.body, look.width)


def _parts(page: Document, parts: Sequence[Part], look: Look, level: int = 1) -> None:
    """Write parts one after another; sections count within their own level."""
    number = 0
    for part in parts:
        match part:
            case Paragraph():
                paragraph(page, part.text, _STYLES[part.style])
            case Table():
                _table(page, part, look)
            case Chart():
                size = (look.width, charts.height(part))
                picture(page, charts.png(part, size), part.alt, size)
                paragraph(page, part.title, "Picture Title")
            case Section():
                number += 1
                paragraph(page, _heading(part.title, number, level), f"Heading {min(level, 3)}")
                _parts(page, part.parts, look, level + 1)


def _table(page: Document, part: Table, look: Look) -> None:
    """Write a table between its title and its note; without a note there is a little room."""
    if part.title:
        paragraph(page, part.title, "Caption")
    table(page, part, look)
    paragraph(page, part.note, "Note" if part.note else "Gap")


def _heading(title: str, number: int, level: int) -> str:
    """Return a numbered title: I. IN CAPITALS, 1. or a)."""
    match level:
        case 1:
            return f"{_roman(number)}. {title.upper()}"
        case 2:
            return f"{number}. {title}"
        case _:
            return f"{_LETTERS[(number - 1) % len(_LETTERS)]}) {title}"


def _ended(parts: tuple[Part, ...], end: str) -> tuple[Part, ...]:
    """Return parts whose last words are followed by the sign that ends a text; after a table it stands alone."""
    match parts:
        case (*before, Paragraph() as last):
            return (*before, replace(last, text=last.text.rstrip(" .") + end))
        case (*before, Section() as last):
            return (*before, replace(last, parts=_ended(last.parts, end)))
    return parts if end == "." else (*parts, Paragraph(end, "end"))


def _listed(lines: Sequence[str]) -> list[str]:
    """Return lines as a list is printed: a hyphen before each, a semicolon after, a full stop after the last."""
    bare = [line.strip().removeprefix("-").strip().rstrip(";.") for line in lines]
    return [f"- {line}{';' if number < len(bare) else '.'}" for number, line in enumerate(bare, 1)]


def _roman(number: int) -> str:
    """Return a number in Roman numerals."""
    numeral = ""
    for value, sign in ((50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        numeral += sign * (number // value)
        number %= value
    return numeral
