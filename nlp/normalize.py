"""The shapes a text takes before anything is looked up in it: cleaned, folded, split, written out."""

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

#: Characters of a message that are read at all; nobody types more, and every cost below is linear in it.
MAX_CHARS = 8_000
#: Letters of the units written after numbers: m, k, h, kg.
_UNIT_OF_MEASURE = 2

#: Characters without a shape: controls, soft hyphen, zero-width and direction marks, lone surrogates, private use.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\ue000-\uf8ff]"
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")
_WORD = re.compile(r"\w+")

#: The old way of placing the tone ("hoà", "thuỷ") to the usual one ("hòa", "thủy"); only where the syllable ends.
_TONE = re.compile(r"o[àáảãạèéẻẽẹ]\b|(?<!q)u[ỳýỷỹỵ]\b")
_TONED = {
    "o" + old: new + plain
    for plain, olds, news in (("a", "àáảãạ", "òóỏõọ"), ("e", "èéẻẽẹ", "òóỏõọ"))
    for old, new in zip(olds, news, strict=True)
} | {"u" + old: new + "y" for old, new in zip("ỳýỷỹỵ", "ùúủũụ", strict=True)}


def _plain_letter(letter: str) -> str:
    if letter in "đĐ":
        return "d"
    return unicodedata.normalize("NFD", letter)[0].lower()


#: Every accented Latin letter to its plain lower-case one, and loose accents to nothing.
_PLAIN = {
    code: _plain_letter(chr(code)) for block in (range(0xC0, 0x250), range(0x1E00, 0x1F00)) for code in block
} | dict.fromkeys(range(0x300, 0x370))


class Word(NamedTuple):
    """A run of letters or digits: ``text[start:end]`` of the text it was split from."""

    typed: str
    #: Lower case without diacritics.
    folded: str
    #: Lower case, abbreviations written out: "bhyt" is "bảo hiểm y tế".
    written: str
    start: int
    end: int


def normalize(text: str) -> str:
    """Compose, drop markup and the invisible, fold white space; idempotent, at most ``MAX_CHARS`` long."""
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text[:MAX_CHARS]))
    if "<" in text:
        text = _TAG.sub(" ", text)
    return " ".join(text.split())[:MAX_CHARS].rstrip()


def fold(text: str) -> str:
    """Lower case without diacritics: "Đường Điện" and "duong dien" become the same."""
    return text.lower().translate(_PLAIN)


def respell(text: str) -> str:
    """Lower case with each tone where the usual spelling puts it, to compare what was typed with what is written."""
    lower = text.lower()
    return lower if lower.isascii() else _TONE.sub(lambda match: _TONED[match[0]], lower)


def split(text: str) -> list[Word]:
    """Words of a normalized text with their places in it."""
    words: list[Word] = []
    for match in _WORD.finditer(text):
        typed = match[0]
        lower = respell(typed)
        written = teencode().get(lower, lower)
        # "200 m", "5 kg" are amounts, and a capital alone ("khu A") is a name.
        amount = bool(words) and words[-1].typed[0].isdigit()
        if (amount and len(lower) <= _UNIT_OF_MEASURE) or (len(lower) == 1 and typed.isupper()):
            written = lower
        words.append(Word(typed, fold(typed), written, match.start(), match.end()))
    return words


@cache
def teencode() -> dict[str, str]:
    """Abbreviations and what they stand for, from ``teencode.toml``."""
    with (Path(__file__).parent / "teencode.toml").open("rb") as file:
        return {short: full for full, shorts in tomllib.load(file)["means"].items() for short in shorts}
