"""The few cases where a word decides: despair, an announced complaint or denunciation, a bare greeting."""

import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

from nlp.normalize import Word, fold


class Lexicon:
    """Phrases of ``lexicon.toml``, ready to be looked for."""

    def __init__(self) -> None:
        with Path(__file__).with_suffix(".toml").open("rb") as file:
            phrases: dict[str, list[str]] = tomllib.load(file)
        self._despair = _pattern(phrases["despair"])
        self._not_despair = _pattern(phrases["not_despair"])
        self._kinds = {kind: _pattern(phrases[kind]) for kind in ("to_cao", "khieu_nai")}
        self._whole = {phrase: talk for talk in ("chao", "cam_on") for phrase in phrases[talk]}

    def despairs(self, folded: str) -> bool:
        """Whether somebody speaks of ending their life."""
        return self._despair.search(self._not_despair.sub(" ", folded)) is not None

    def kind(self, folded: str) -> str | None:
        """The kind the writer names, None when they name none."""
        return next((kind for kind, pattern in self._kinds.items() if pattern.search(folded)), None)

    def talk(self, folded: str) -> str | None:
        """The small talk that the whole message is, None when it is more."""
        return self._whole.get(folded)


def plain(words: Sequence[Word]) -> str:
    """Words folded, abbreviations written out, with single spaces: what the phrases are matched on."""
    return fold(" ".join(word.written for word in words))


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(phrases)})\b")
