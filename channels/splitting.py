"""Long texts in parts, for channels that carry only so much at once."""

import unicodedata

#: Characters that belong to the one before: zero-width joiner, variation selectors, skin tones.
_JOINED = frozenset("\u200d\ufe0e\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
#: No cluster of characters is longer; a text made of joiners alone is cut anywhere.
_LONGEST_CLUSTER = 32


def split_text(text: str, limit: int) -> list[str]:
    """Split a text into parts of at most ``limit`` UTF-16 units, at a paragraph, a line, a space, or where it must."""
    parts = []
    rest = text
    while _units(rest) > limit:
        # Half of a surrogate pair at the end is dropped.
        head = rest[:limit].encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")
        cut = _boundary(rest, len(head)) or _between_clusters(rest, len(head))
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    # No channel takes a blank part; if all is blank, let it say so.
    return [part for part in (*parts, rest) if part.strip()] or [text]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _boundary(text: str, most: int) -> int | None:
    """Find where to cut in the second half; cutting earlier would make more messages than needed."""
    for mark in ("\n\n", "\n", " "):
        if (at := text.rfind(mark, most // 2, most + len(mark))) > 0:
            return at
    return None


def _between_clusters(text: str, cut: int) -> int:
    """Move a cut back so that it separates no accent from its letter and no emoji from its tone."""
    for at in range(cut, max(cut - _LONGEST_CLUSTER, 1), -1):
        joined = text[at] in _JOINED or unicodedata.combining(text[at]) or text[at - 1] == "\u200d"
        if not joined:
            return at
    return cut
