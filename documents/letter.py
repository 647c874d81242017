"""A draft as pages: its head, its parts, whom it goes to and who signs, and its annexes."""

from collections.abc import Sequence
from dataclasses import replace

from documents import charts
from documents.look import Look
from documents.measure import balanced, width
from documents.party import PARTY
from documents.state import STATE
from documents.word import Paper, columns, file, frame, kept, paragraph, picture, rule, section, section_break, table
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
    paper = Paper(LOOKS[draft.layout])
    look = paper.look
    content = [
        _head(draft, look),
        _titles(draft, look),
        _greeting(draft, look),
        kept(paragraph("", "Gap") + _parts(paper, _ended((*draft.opening, *draft.sections), draft.end))),
        _foot(draft, look),
    ]
    annexes = annexes_of(draft)
    for number, (title, parts) in enumerate(annexes, 1):
        label = f"{draft.annex_label} {_roman(number)}" if len(annexes) > 1 else draft.annex_label
        content += [section_break(look), _annex_head(draft, label, title, look)]
        # A table that bears its annex's name need not say it again.
        untitled = tuple(
            replace(part, title="") if isinstance(part, Table) and part.title == title else part for part in parts
        )
        content.append(_parts(paper, _ended(untitled, draft.end)))
    if not annexes:
        content.append(paragraph("", "Break"))  # after a table Word adds one of its own, of full height
    return file(paper, "".join(content) + section(look), draft)


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


def _head(draft: Draft, look: Look) -> str:
    """Return the two columns at the top: the body and the number; the motto, place and date; the mark of a draft."""
    mottos = [width(line, size, bold=True) for line, size in zip(draft.motto, look.motto, strict=True)]
    right = min(max(*mottos, width(draft.place_and_date, look.place)) + _LOOSE, look.width * 0.6)
    left = look.width - right
    above = balanced(draft.above, look.above, left - _LOOSE)
    issuer = balanced(draft.issuer, look.issuer, left - _LOOSE, bold=True)
    body = [paragraph(above, "Above")] if above else []
    body.append(paragraph(issuer, "Issuer"))
    body.append(paragraph(look.sign, "Sign") if look.sign else _short_rule(issuer, look.issuer, left))
    motto = [paragraph(line, f"Motto {at}") for at, line in enumerate(draft.motto, 1)]
    rows = [
        ("".join(body), "".join(motto) + rule(mottos[-1], right)),
        (paragraph(draft.number, "Number"), paragraph(draft.place_and_date, "Place")),
        (frame(draft.draft_mark, "Mark", look.mark, left), paragraph("", "Place")),
    ]
    return columns(rows, (left, right))


def _titles(draft: Draft, look: Look) -> str:
    """Return the kind and what it is about, with a rule under it."""
    about = balanced(draft.about, look.about, look.width - _LOOSE, bold=True)
    return paragraph(draft.kind, "Title") + paragraph(about, "Subtitle") + _short_rule(about, look.about, look.width)


def _short_rule(words: str, size: int, room: float) -> str:
    """Return the rule under bold words."""
    return rule(width(words, size, bold=True) * _SHORT, room)


def _greeting(draft: Draft, look: Look) -> str:
    """Return whom it goes to: one addressee on the line of the greeting, several on lines of their own."""
    if not draft.addressees:
        return ""
    if len(draft.addressees) == 1:
        return paragraph(f"{draft.greeting} {draft.addressees[0].rstrip(';.')}", "Greeting")
    colon = _GREETING + width(draft.greeting.rstrip(":"), look.body)
    return paragraph(draft.greeting, "Greeting Many", left=_GREETING) + "".join(
        paragraph(line, "Addressee", left=colon) for line in _listed(draft.addressees)
    )


def _foot(draft: Draft, look: Look) -> str:
    """Return who gets it on the left, and on the right who signs with room for it."""
    recipients = paragraph(draft.recipients_label, "Recipients Label") + "".join(
        paragraph(line, "Recipients") for line in _listed(draft.recipients)
    )
    signer = "".join(paragraph(line, "Signer") for line in (*draft.signer, *[""] * _SIGNATURE))
    return columns([(recipients, signer)], (look.width / 2, look.width / 2), above=_SPACE)


def _annex_head(draft: Draft, label: str, title: str, look: Look) -> str:
    """Return an annex's name, its title in capitals, which document it belongs to, and a rule."""
    title = balanced(title.upper(), look.body, look.width - _LOOSE, bold=True)
    belongs = paragraph(draft.annex_of, "Annex Of") if draft.annex_of else ""
    return (
        paragraph(label, "Annex")
        + paragraph(title, "Annex Title")
        + belongs
        + _short_rule(title, look.body, look.width)
    )


def _parts(paper: Paper, parts: Sequence[Part], level: int = 1) -> str:
    """Return parts one after another; sections count within their own level."""
    written, number = [], 0
    for part in parts:
        match part:
            case Paragraph():
                written.append(paragraph(part.text, _STYLES[part.style]))
            case Table():
                title = paragraph(part.title, "Caption") if part.title else ""
                note = paragraph(part.note, "Note") if part.note else paragraph("", "Gap")
                written.append(title + table(part, paper.look) + note)
            case Chart():
                size = (paper.look.width, charts.height(part))
                written.append(picture(paper, charts.png(part, size), part.alt, size))
                written.append(paragraph(part.title, "Picture Title"))
            case Section():
                number += 1
                written.append(paragraph(_heading(part.title, number, level), f"Heading {min(level, 3)}"))
                written.append(_parts(paper, part.parts, level + 1))
    return "".join(written)


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
