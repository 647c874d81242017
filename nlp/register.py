"""How a text is written: ordinary, without diacritics, in teencode, in capitals, formally."""

import re
from collections.abc import Sequence

from nlp.normalize import Word, teencode

_FORMAL = re.compile(
    r"kính gửi|kính đề nghị|kính mong|kính đề|trân trọng|đề nghị quý|cử tri|quý cơ quan|kiến nghị"
    r"|kinh gui|kinh de nghi",
    re.IGNORECASE,
)
#: Shares of words or letters above which a text is of a register.
_CAPITALS, _SHORT = 0.7, 0.12
#: Vietnamese without one diacritic in so many words is typed without them.
_ENOUGH_WORDS = 3


def find_register(text: str, words: Sequence[Word]) -> str:
    """``thuong khong_dau teencode hoa trang_trong`` of a normalized text."""
    letters = [letter for letter in text if letter.isalpha()]
    if len(letters) > 2 * _ENOUGH_WORDS and sum(map(str.isupper, letters)) > _CAPITALS * len(letters):
        return "hoa"
    if _FORMAL.search(text) and len(words) > 2 * _ENOUGH_WORDS:
        return "trang_trong"
    short = teencode()
    # "a", "e", "tui" are how people talk, not teencode by themselves.
    abbreviated = sum(word.typed in short and word.typed not in {"a", "e", "tui"} for word in words)
    if abbreviated and abbreviated >= _SHORT * len(words):
        return "teencode"
    if len(words) >= _ENOUGH_WORDS and all(word.typed.lower() == word.folded for word in words):
        return "khong_dau"
    return "thuong"
