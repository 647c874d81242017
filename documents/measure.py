"""How wide words are in print, so that rules and columns fit them on any machine, whatever fonts it has."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import matplotlib as mpl

from domain.drafts import Table

_MM = 25.4 / 72
#: Left and right of a cell's text together, in mm.
PADDING = 3.0
#: The share of a table's breadth that the longest word of each column may take together.
_FULL = 0.85


@cache
def _advances(face: str) -> dict[int, int]:
    """Return how far each ASCII letter of Times advances, in thousandths of its size (Adobe's font metrics)."""
    path = Path(mpl.get_data_path()) / "fonts" / "afm" / f"{face}.afm"
    found = re.findall(r"^C (\d+) ; WX (\d+) ;", path.read_text(encoding="ascii"), re.MULTILINE)
    return {int(code): int(advance) for code, advance in found}


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width in mm of the longest line of a text. Marks above and below a letter take no room."""
    advances = _advances("ptmb8a" if bold else "ptmr8a")
    letters = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return max(
        sum(advances.get(ord(letter), 500) for letter in line if not unicodedata.combining(letter))
        for line in letters.split("\n")
    ) * (size * _MM / 1000)


def balanced(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """Return a heading that is wider than the room in mm broken into as few lines as hold it, of like widths."""
    if width(text, size, bold=bold) <= room or "\n" in text:
        return text
    lines = shorter = _wrapped(text, size, room, bold=bold)
    while len(shorter) == len(lines) and room > 0:
        lines, room = shorter, room - 1
        shorter = _wrapped(text, size, room, bold=bold)
    return "\n".join(lines)


def _wrapped(text: str, size: float, room: float, *, bold: bool) -> list[str]:
    """Return a text broken into lines as a word processor does."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width(longer, size, bold=bold) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def cell_size(table: Table, sizes: Sequence[int], room: float) -> int:
    """Return the first of some sizes at which a table's longest words leave room for others, else the first."""
    for size in sizes:
        if sum(_widest(_words(texts), size) for texts in _cells(table)) <= room * _FULL:
            return size
    return sizes[0]


def columns(table: Table, size: float, room: float) -> list[float]:
    """Share the room, in mm, among a table's columns: each gets its longest word, then what its longest line asks."""
    cells = _cells(table)
    wants = [_widest(texts, size) for texts in cells]
    needs = [_widest(_words(texts), size) for texts in cells]
    if sum(needs) > room:  # some word has to be broken
        needs = [min(need, room / len(needs)) for need in needs]
    asked = [want - need for want, need in zip(wants, needs, strict=True)]
    spare = room - sum(needs)
    if sum(asked) <= spare:
        return [want * room / sum(wants) for want in wants]
    return [need + spare * more / sum(asked) for need, more in zip(needs, asked, strict=True)]


def _cells(table: Table) -> list[list[str]]:
    """Return the texts of each column, its head first."""
    return [[head, *(row[at] for row in table.rows)] for at, head in enumerate(table.head)]


def _words(texts: Sequence[str]) -> list[str]:
    return [word for text in texts for word in text.split()]


def _widest(texts: Sequence[str], size: float) -> float:
    """Return the widest of some texts with what stands beside it in a cell, all taken as bold."""
    return PADDING + max((width(text, size, bold=True) for text in texts), default=0.0)
