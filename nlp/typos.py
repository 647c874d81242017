"""Names one slip of the finger away: "kha xon", "phan dinh phug", "Kha Sowrn"."""

import re
from collections.abc import Iterable, Iterator

#: Letters of a name, without spaces, below which a slip makes another word of it.
_LEAST = 5
_DOUBLED = re.compile(r"(aa|ee|oo|dd)")
#: Beginnings of syllables that sound alike.
_AS = {"tr": "ch", "s": "x", "gi": "d", "r": "d", "ngh": "ng", "gh": "g", "k": "c", "n": "l"}
_HEARD = re.compile("^(?:" + "|".join(sorted(_AS, key=len, reverse=True)) + ")(?=[aeiouy])")
_TELEX_TONE = re.compile(r"(?<=[aeiouy])(\w*?)[sfrxj](?=\w{0,2}$)")


class Typos:
    """Folded names, found by anything one letter left out, put in, changed or two swapped from them.

    Each name is kept under every string one letter shorter, so a look-up costs as much for ten names as for ten
    thousand.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._near: dict[str, list[str]] = {}
        self._sounds: dict[str, list[str]] = {}
        for name in names:
            if len(name.replace(" ", "")) >= _LEAST and " " in name:
                self._sounds.setdefault(_sound(name), []).append(name)
                for near in {name, *_shorter(name)}:
                    self._near.setdefault(near, []).append(name)

    def find(self, typed: str) -> tuple[str, ...]:
        """Return the names that may have been meant by a folded string that is none."""
        if self._sounds.get(_sound(typed)):
            return tuple(self._sounds[_sound(typed)])
        for text in (typed, _without_telex(typed)):
            found = dict.fromkeys(
                name for near in (text, *_shorter(text)) for name in self._near.get(near, ()) if _one_slip(text, name)
            )
            if found:
                return tuple(found)
        return ()


def _sound(name: str) -> str:
    """Spell a folded name as a Northerner hears it: "tong chan" and "tong tran" are one."""
    return " ".join([_HEARD.sub(lambda match: _AS[match[0]], word) for word in name.split()]).replace("y", "i")


def _shorter(text: str) -> Iterator[str]:
    """Yield the text without each of its letters; a first letter is seldom wrong."""
    return (text[:index] + text[index + 1 :] for index in range(1, len(text)))


def _one_slip(typed: str, name: str) -> bool:
    """Whether one letter, or two neighbours swapped, make the difference."""
    start = 0
    while start < min(len(typed), len(name)) and typed[start] == name[start]:
        start += 1
    one, other = typed[start:], name[start:]
    return one[1:] == other[1:] or one[1:] == other or one == other[1:] or _swapped(one, other)


def _swapped(one: str, other: str) -> bool:
    return len(one) > 1 and len(other) > 1 and one[:2] == other[1::-1] and one[2:] == other[2:]


def _without_telex(text: str) -> str:
    """Drop what a keyboard left that did not compose: "khaf sown" is "kha son"."""
    return " ".join(
        _TELEX_TONE.sub(r"\1", _DOUBLED.sub(lambda match: match[0][0], word.replace("w", ""))) for word in text.split()
    )
