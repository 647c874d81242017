"""The few cases where a word decides: despair, an announced complaint or denunciation, a bare greeting."""

import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

from nlp.normalize import Word, fold


class Lexicon:
    """Phrases of ``lexicon.toml``, looked for in texts that :func:`written_out` gives."""

    def __init__(self) -> None:
        with Path(__file__).with_suffix(".toml").open("rb") as file:
            phrases: dict[str, list[str]] = tomllib.load(file)
        self._despair = _pattern([*_either(phrases["despair"]), *phrases["despair_spelled"]])
        self._kinds = {kind: _pattern(_either(phrases[kind])) for kind in ("to_cao", "khieu_nai")}
        self._whole = {phrase: talk for talk in ("chao", "cam_on") for phrase in _either(phrases[talk])}

    def despairs(self, text: str) -> bool:
        """Whether somebody speaks of ending their life."""
        return self._despair.search(text) is not None

    def kind(self, text: str) -> str | None:
        """Name the kind the writer says it is, None when they say none."""
        return next((kind for kind, pattern in self._kinds.items() if pattern.search(text)), None)

    def talk(self, text: str) -> str | None:
        """Name the small talk that the whole message is, None when it is more."""
        return self._whole.get(text)


def written_out(words: Sequence[Word]) -> str:
    """Words in lower case, abbreviations written out, with single spaces."""
    return " ".join(word.written for word in words)


def _either(phrases: Iterable[str]) -> list[str]:
    """Phrases as spelled and as typed without diacritics; half and half would be another word."""
    return [form for phrase in phrases for form in (phrase, fold(phrase), _unabbreviated(phrase))]


def _unabbreviated(phrase: str) -> str:
    """Give the plain form of a text whose "k" was written out: "không muon song"."""
    return " ".join(word if word == "không" else fold(word) for word in phrase.split())


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(phrases)})\b")
