"""The linear model that runs: weights, calibration, and how they are kept in a file."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from nlp.features import COLUMNS, Featurizer, counts, vectors
from nlp.normalize import Word

#: Files whose change makes a trained model stale.
_CODE = ("features.py", "model.py", "normalize.py", "train.py", "teencode.toml")

Floats = NDArray[np.float32]

#: Share of the strongest word's weight below which a word does not explain the answer.
_TELLING = 0.3


class StaleModelError(Exception):
    """The model file was made from another corpus or by other code; train again."""


class Scores(NamedTuple):
    """Probabilities for n texts."""

    #: n by topics and small talk together; rows sum to 1.
    topic: Floats
    #: n by kinds; rows sum to 1.
    kind: Floats
    #: n each, between 0 and 1.
    urgent: Floats
    restricted: Floats
    #: Two issues in one text; 0 from the linear model, which cannot tell.
    several: Floats


@dataclass(frozen=True, slots=True)
class Learned:
    """The numbers training found."""

    #: Hashed columns that occur in the corpus, rising; all below are in their order.
    columns: NDArray[np.int32]
    #: Weight of rarity of each column.
    idf: Floats
    #: Columns by outputs: topics, kinds, urgent, restricted.
    weights: Floats
    #: For each output, the line that turns its margin into a calibrated score.
    scale: Floats
    shift: Floats
    #: Topics by flags: how often a topic is urgent, restricted.
    rates: Floats
    #: For each flag, how much its rate in the topics read counts.
    tilt: Floats


class Model:
    """One sparse product gives every score: topics and small talk, kind, urgent, restricted."""

    def __init__(
        self, topics: Sequence[str], kinds: Sequence[str], learned: Learned, corrections: Iterable[str] = ()
    ) -> None:
        self.topics = tuple(topics)
        self.kinds = tuple(kinds)
        #: Short hashes of the officers' corrections it has learned from, beside its corpus.
        self.corrections = frozenset(corrections)
        #: Short hash of what was learned: names the model in logs and on cases.
        self.version = hashlib.sha256(learned.weights.astype(np.float16).tobytes()).hexdigest()[:8]
        self._learned = learned
        self._lookup = np.full(COLUMNS, -1, dtype=np.int32)
        self._lookup[learned.columns] = np.arange(len(learned.columns), dtype=np.int32)
        self._featurizer = Featurizer()

    def scores(self, texts: Sequence[Sequence[Word]]) -> Scores:
        """Probabilities for texts given as words; a text without words gets the model's prior."""
        it = self._learned
        columns = [self._featurizer.columns(words) for words in texts]
        blocks = [counts(block, self._lookup, len(it.idf)) for block in zip(*columns, strict=True)]
        margins = vectors(blocks, it.idf) @ it.weights if blocks else it.weights[:0]
        scores = margins * it.scale + it.shift
        topics, kinds = len(self.topics), len(self.kinds)
        topic = shares(scores[:, :topics])
        flags = scores[:, topics + kinds :] + it.tilt * log_odds(topic @ it.rates)
        chances = np.exp(-np.logaddexp(0, -flags)).astype(np.float32)
        return Scores(
            topic,
            shares(scores[:, topics : topics + kinds]),
            chances[:, 0],
            chances[:, 1],
            np.zeros(len(topic), dtype=np.float32),
        )

    def why(self, words: Sequence[Word], topic: int, limit: int = 4) -> tuple[str, ...]:
        """Pick the words, as typed, that speak most for a topic, in the order of the text."""
        distinct = {word.folded: word for word in words if len(word.written) > 1 and not word.typed.isdigit()}
        columns = [self._featurizer.word_columns(word.written) for word in distinct.values()]
        flat = self._lookup[[column for one in columns for column in one]]
        it = self._learned
        # Index -1, an unknown column, reads some weight and is then multiplied by nothing.
        speak = iter((it.weights[flat, topic] * it.idf[flat] * (flat >= 0)).tolist())
        votes = [sum(next(speak) for _ in one) for one in columns]
        bar = max(max(votes, default=0.0) * _TELLING, 1e-6)
        ranked = sorted(zip(votes, distinct.values(), strict=True), key=lambda pair: -pair[0])[:limit]
        telling = [word for vote, word in ranked if vote >= bar]
        return tuple(word.typed for word in sorted(telling, key=lambda word: word.start))

    def save(self, path: Path, stamp: str) -> None:
        """Write the model with its stamp; weights in half precision, which changes no answer."""
        with path.open("wb") as file:
            arrays = {field.name: getattr(self._learned, field.name) for field in fields(Learned)}
            arrays["weights"] = arrays["weights"].astype(np.float16)
            arrays["corrections"] = np.array(sorted(self.corrections), dtype=np.str_)
            np.savez_compressed(file, stamp=stamp, topics=self.topics, kinds=self.kinds, **arrays)

    @classmethod
    def load(cls, path: Path, stamp: str | None = None) -> Self:
        """Read a model; with a ``stamp`` given, only one that was made from it."""
        with np.load(path, allow_pickle=False) as file:
            if stamp is not None and str(file["stamp"]) != stamp:
                raise StaleModelError(f"{path} is not made from this corpus and code")
            arrays = {field.name: file[field.name] for field in fields(Learned)}
            arrays["weights"] = arrays["weights"].astype(np.float32)
            corrections = file["corrections"].tolist()
            return cls(file["topics"].tolist(), file["kinds"].tolist(), Learned(**arrays), corrections)


def make_stamp(corpus: Iterable[Path], topic_names: Mapping[str, str]) -> str:
    """SHA-256 over everything a model depends on: the corpus files, the topic names, the code."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in (*sorted(corpus), *(here / name for name in _CODE)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    digest.update(repr(sorted(topic_names.items())).encode())
    return digest.hexdigest()


def shares(scores: NDArray[np.floating]) -> Floats:
    """Rows of scores to rows of probabilities: each score's sigmoid, brought to the sum 1.

    A plain softmax of the margins was too sure of its best and too unsure of its doubtful answers
    (calibration error .07 against .04).
    """
    logs = -np.logaddexp(0, -scores)
    raised = np.exp(logs - logs.max(axis=1, keepdims=True, initial=-np.inf))
    probabilities: Floats = (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)
    return probabilities


def log_odds(chances: NDArray[np.floating]) -> NDArray[np.floating]:
    """Logarithm of the odds, kept within reach for 0 and 1."""
    return np.log((chances + 1e-3) / (1 - chances + 1e-3))
