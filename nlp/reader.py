"""Reads texts: the one thing the rest of the project asks of this package."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp.accused import find_accused
from nlp.communes import nearest
from nlp.deep import Deep
from nlp.lexicon import Lexicon, written_out
from nlp.model import Floats, Model, Scores
from nlp.normalize import Word, normalize, split
from nlp.parts import cut
from nlp.pii import find as find_pii
from nlp.places import Gazetteer
from nlp.reading import Commune, Part, Reading
from nlp.register import find_register

_TALK = "talk."
#: Above this a text may accuse somebody, and who that is is looked for.
_LIKELY = 0.05
#: Above this it is taken for small talk: finds .7 of it, and one concern in a hundred is asked twice.
_CHATTY = 0.35
#: How sure a decision of the lexicon is taken to be.
_SURE = 0.95
_BEST = 5
#: The linear model is believed alone where it is so sure of the topic, and so sure that nothing is the matter besides.
_SURE_TOPIC, _NO_FLAG = 0.85, 0.04
#: A complaint or denunciation overlooked costs its writer a right, so these count for more: five in a hundred more are
#: found, and the F1 of kinds stays.
_LEGAL, _LEGAL_WEIGHT = ("khieu_nai", "to_cao"), 1.5
#: Two issues are looked for where the deep reader holds them possible; each side must be so likely about one topic, and
#: the whole text about either and about both. Finds four in ten, and every other text so cut has one issue.
_SEVERAL, _PART, _EACH, _BOTH = 0.05, 0.4, 0.08, 0.5


class Reader:
    """Trained models, a gazetteer and a few rules, made into readings."""

    def __init__(self, model: Model, gazetteer: Gazetteer, deep: Deep | None = None, *, explain: bool = True) -> None:
        """``deep``: asked about what the linear model is not sure of. ``explain``: also find the words that decided.

        A deep reader that was taught other topics or kinds than the linear model is left out.
        """
        self._explain = explain
        self._model = model
        self._deep = deep if deep and (deep.topics, deep.kinds) == (model.topics, model.kinds) else None
        #: Which models a reading comes from: "linear 3fa92c1b, deep 81bc02aa".
        self.version = f"linear {model.version}" + (f", deep {self._deep.version}" if self._deep else "")
        self._gazetteer = gazetteer
        self._lexicon = Lexicon()
        self._is_talk = np.array([name.startswith(_TALK) for name in model.topics])
        self._kind_weights = np.array([_LEGAL_WEIGHT if kind in _LEGAL else 1.0 for kind in model.kinds])
        self._topics = np.flatnonzero(~self._is_talk)
        self._talks = np.flatnonzero(self._is_talk)

    def read(self, texts: Sequence[str], *, hurried: bool = False) -> list[Reading]:
        """One reading a text, in order. Any text is read, in time bounded by ``normalize.MAX_CHARS``; none raises.

        ``hurried`` leaves the deep reader out: a tenth of the time, and less is sure.
        """
        clean = [normalize(text) for text in texts]
        words = [split(text) for text in clean]
        scores, deeply = self._scores(words, hurried=hurried)
        return [
            self._reading(text, clean[i], words[i], scores, i, deep=bool(deeply[i]))
            if words[i]
            else self._wordless(text)
            for i, text in enumerate(texts)
        ]

    def _scores(self, words: Sequence[Sequence[Word]], *, hurried: bool) -> tuple[Scores, NDArray[np.bool_]]:
        """Scores of texts, and which of them the deep reader was asked about."""
        scores = self._model.scores(words)
        if hurried or self._deep is None:
            return scores, np.zeros(len(words), dtype=np.bool_)
        sure = scores.topic[:, self._topics].max(axis=1, initial=0) >= _SURE_TOPIC
        sure &= (scores.urgent < _NO_FLAG) & (scores.restricted < _NO_FLAG)
        doubtful = ~sure & np.array([len(one) > 0 for one in words], dtype=np.bool_)
        rows = np.flatnonzero(doubtful)
        return self._deep.refine(scores, rows, [words[row] for row in rows.tolist()]), doubtful

    def nearest(self, latitude: float, longitude: float) -> tuple[Commune, float] | None:
        """Return the commune whose centre is nearest to a point, and the kilometres between; None far from all."""
        return nearest(latitude, longitude)

    def suggest(self, text: str) -> tuple[Commune, ...]:
        """Return the communes whose names come near to what was typed, nearest first."""
        return self._gazetteer.suggest(text)

    def _wordless(self, text: str) -> Reading:
        """Nothing, or only signs and pictures."""
        empty = not text.strip()
        return Reading(talk=None if empty else "vo_nghia", talk_probability=0.0 if empty else 1.0, read_by=self.version)

    def _reading(
        self, text: str, clean: str, words: Sequence[Word], scores: Scores, index: int, *, deep: bool
    ) -> Reading:
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
            parts=self._parts(clean, words, chances) if deep and not talk and scores.several[index] >= _SEVERAL else (),
            deep=deep,
            read_by=self.version,
        )

    def _parts(self, clean: str, words: Sequence[Word], whole: Floats) -> tuple[Part, ...]:
        """Cut a text in two and say what each part is about; nothing where that is not clear."""
        found = cut(clean, words, lambda some: self._model.scores(some).topic[:, self._topics])
        if found is None:
            return ()
        at, halves = found
        topics = self._topics[halves.argmax(axis=1)]
        clear = halves.max(axis=1).min() >= _PART
        if not clear or whole[topics].min() < _EACH or whole[topics].sum() < _BOTH:
            return ()
        texts = (clean[: words[at].start], clean[words[at].start :])
        return tuple(
            Part(text.strip(), self._model.topics[topic], float(half.max()))
            for text, topic, half in zip(texts, topics, halves, strict=True)
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
        best = int(np.argmax(chances * self._kind_weights))
        if named and self._model.kinds[best] != named:
            return named, _SURE
        return self._model.kinds[best], float(chances[best])
