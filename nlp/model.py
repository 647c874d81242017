"""The linear model that runs: weights, calibration, and how they are kept in a file."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

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


@dataclass(frozen=True, slots=True)
class Scores:
    """Probabilities for n texts."""

    #: n by topics and small talk together; rows sum to 1.
    topic: Floats
    #: n by kinds; rows sum to 1.
    kind: Floats
    #: n each, between 0 and 1.
    urgent: Floats
    restricted: Floats


class Model:
    """One sparse product gives every score: topics and small talk, kind, urgent, restricted."""

    def __init__(
        self,
        topics: Sequence[str],
        kinds: Sequence[str],
        columns: NDArray[np.int32],
        idf: Floats,
        weights: Floats,
        scale: Floats,
        shift: Floats,
    ) -> None:
        """``weights`` is known columns by outputs (topics, kinds, urgent, restricted); scores are x * scale + shift."""
        self.topics = tuple(topics)
        self.kinds = tuple(kinds)
        self._columns = columns
        self._idf = idf
        self._weights = weights
        self._scale = scale
        self._shift = shift
        self._lookup = np.full(COLUMNS, -1, dtype=np.int32)
        self._lookup[columns] = np.arange(len(columns), dtype=np.int32)
        self._featurizer = Featurizer()

    def scores(self, texts: Sequence[Sequence[Word]]) -> Scores:
        """Probabilities for texts given as words; a text without words gets the model's prior."""
        columns = [self._featurizer.columns(words) for words in texts]
        blocks = [counts(block, self._lookup, len(self._idf)) for block in zip(*columns, strict=True)]
        raw = np.asarray(vectors(blocks, self._idf) @ self._weights) if blocks else np.zeros((0, len(self._scale)))
        logits = raw * self._scale + self._shift
        topics, kinds = len(self.topics), len(self.kinds)
        flags = 1 / (1 + np.exp(-logits[:, topics + kinds :]))
        return Scores(
            softmax(logits[:, :topics]), softmax(logits[:, topics : topics + kinds]), flags[:, 0], flags[:, 1]
        )

    def why(self, words: Sequence[Word], topic: int, limit: int = 4) -> tuple[str, ...]:
        """The words, as typed, that speak most for a topic, in the order of the text."""
        distinct = {word.folded: word for word in words if len(word.written) > 1 and not word.typed.isdigit()}
        columns = [self._featurizer.word_columns(word.written) for word in distinct.values()]
        flat = self._lookup[[column for one in columns for column in one]]
        # Index -1, an unknown column, reads some weight and is then multiplied by nothing.
        speak = iter((self._weights[flat, topic] * self._idf[flat] * (flat >= 0)).tolist())
        votes = [sum(next(speak) for _ in one) for one in columns]
        bar = max(max(votes, default=0.0) * _TELLING, 1e-6)
        ranked = sorted(zip(votes, distinct.values(), strict=True), key=lambda pair: -pair[0])[:limit]
        telling = [word for vote, word in ranked if vote >= bar]
        return tuple(word.typed for word in sorted(telling, key=lambda word: word.start))

    def save(self, path: Path, stamp: str) -> None:
        """Write the model with its stamp; weights in half precision, which changes no answer."""
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                stamp=np.array(stamp),
                topics=np.array(self.topics),
                kinds=np.array(self.kinds),
                columns=self._columns,
                idf=self._idf,
                weights=self._weights.astype(np.float16),
                scale=self._scale,
                shift=self._shift,
            )

    @classmethod
    def load(cls, path: Path, stamp: str | None = None) -> Self:
        """Read a model; with a ``stamp`` given, only one that was made from it."""
        with np.load(path, allow_pickle=False) as file:
            if stamp is not None and str(file["stamp"]) != stamp:
                raise StaleModelError(f"{path} is not made from this corpus and code")
            return cls(
                [str(topic) for topic in file["topics"]],
                [str(kind) for kind in file["kinds"]],
                file["columns"],
                file["idf"],
                file["weights"].astype(np.float32),
                file["scale"],
                file["shift"],
            )


def make_stamp(corpus: Iterable[Path], topic_names: Mapping[str, str]) -> str:
    """SHA-256 over everything a model depends on: the corpus files, the topic names, the code."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in (*sorted(corpus), *(here / name for name in _CODE)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    digest.update(repr(sorted(topic_names.items())).encode())
    return digest.hexdigest()


def softmax(logits: Floats) -> Floats:
    """Rows of scores to rows of probabilities."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
    probabilities: Floats = (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)
    return probabilities
