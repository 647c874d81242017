"""Reads texts: the one thing the rest of the project asks of this package."""

from collections.abc import Sequence

import numpy as np

from nlp.accused import find_accused
from nlp.lexicon import Lexicon, written_out
from nlp.model import Floats, Model, Scores
from nlp.normalize import Word, normalize, split
from nlp.pii import find as find_pii
from nlp.places import Gazetteer
from nlp.reading import Commune, Reading
from nlp.register import find_register

_TALK = "talk."
#: Above this a text is taken to accuse somebody.
_LIKELY = 0.5
#: Above this it is taken for small talk: finds .7 of it, and one concern in a hundred is asked twice.
_CHATTY = 0.35
#: How sure a decision of the lexicon is taken to be.
_SURE = 0.95
_BEST = 3


class Reader:
    """A trained model, a gazetteer and a few rules, made into readings."""

    def __init__(self, model: Model, gazetteer: Gazetteer, *, explain: bool = True) -> None:
        """``explain``: also find the words that decided, which takes a fifth of the time."""
        self._explain = explain
        self._model = model
        self._gazetteer = gazetteer
        self._lexicon = Lexicon()
        self._is_talk = np.array([name.startswith(_TALK) for name in model.topics])
        self._topics = np.flatnonzero(~self._is_talk)
        self._talks = np.flatnonzero(self._is_talk)

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """One reading a text, in order. Any text is read, in time bounded by ``normalize.MAX_CHARS``; none raises."""
        clean = [normalize(text) for text in texts]
        words = [split(text) for text in clean]
        scores = self._model.scores(words)
        return [
            self._reading(text, clean[i], words[i], scores, i) if words[i] else self._wordless(text)
            for i, text in enumerate(texts)
        ]

    def suggest(self, text: str) -> tuple[Commune, ...]:
        """Return the communes whose names come near to what was typed, nearest first."""
        return self._gazetteer.suggest(text)

    def _wordless(self, text: str) -> Reading:
        """Nothing, or only signs and pictures."""
        empty = not text.strip()
        return Reading(talk=None if empty else "vo_nghia", talk_probability=0.0 if empty else 1.0)

    def _reading(self, text: str, clean: str, words: Sequence[Word], scores: Scores, index: int) -> Reading:
        chances = scores.topic[index]
        written = written_out(words)
        order = self._topics[np.argsort(-chances[self._topics], kind="stable")[:_BEST]]
        talk, talk_chance = self._talk(written, chances)
        kind, kind_chance = self._kind(written, scores.kind[index])
        urgent = max(float(scores.urgent[index]), _SURE if self._lexicon.despairs(written) else 0.0)
        restricted = float(scores.restricted[index])
        return Reading(
            topics=tuple((self._model.topics[topic], float(chances[topic])) for topic in order),
            kind=kind,
            kind_probability=kind_chance,
            talk=talk,
            talk_probability=talk_chance,
            urgent=urgent,
            restricted=restricted,
            register=find_register(clean, words),
            place=self._gazetteer.read(clean, words),
            accused=find_accused(clean, words) if restricted > _LIKELY or kind == "to_cao" else None,
            pii=find_pii(text),
            why=self._model.why(words, int(order[0])) if self._explain and len(order) else (),
        )

    def _talk(self, written: str, chances: Floats) -> tuple[str | None, float]:
        """Name the small talk, None for a concern; and the probability of small talk."""
        if self._lexicon.despairs(written):
            return "tuyet_vong", _SURE
        known = self._lexicon.talk(written)
        if known:
            return known, _SURE
        total = float(chances[self._talks].sum())
        if total <= _CHATTY:
            return None, total
        best = self._talks[int(np.argmax(chances[self._talks]))]
        return self._model.topics[best].removeprefix(_TALK), total

    def _kind(self, written: str, chances: Floats) -> tuple[str, float]:
        named = self._lexicon.kind(written)
        best = int(np.argmax(chances))
        if named and self._model.kinds[best] != named:
            return named, _SURE
        return self._model.kinds[best], float(chances[best])
