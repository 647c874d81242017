"""Words as people type them, made alike."""

import unicodedata


def fold(text: str) -> str:
    """Return the text in lower case without diacritics, spaces folded."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return " ".join(bare.replace("đ", "d").split())
