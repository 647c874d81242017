"""How a document of either kind looks. The values stand in state.py and party.py, each with its rule."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Margins and indents in millimetres, type in points, line spacing in lines."""

    top: float
    bottom: float
    left: float
    right: float
    #: From the paper's edge to the page number, within the top margin.
    header: float
    #: The lines top right, one size each.
    motto: tuple[int, ...]
    #: The two bodies top left.
    above: int
    issuer: int
    #: What stands under the issuer: a sign, or "" for a rule.
    sign: str
    number: int
    place: int
    mark: int
    kind: int
    about: int
    body: int
    #: First line of a paragraph.
    indent: float
    #: Between paragraphs.
    gap: int
    line: float
    recipients_label: int
    recipients: int
    annex: int
    page_number: int
    #: Tables and what is printed under them; the rules are silent on both.
    cell: int
    note: int

    @property
    def width(self) -> float:
        """Return the width of the text on A4."""
        return 210 - self.left - self.right
