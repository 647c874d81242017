"""The deep reader: a small pretrained encoder, fine-tuned on the corpus by :mod:`nlp.teach`, run by onnxruntime.

It is asked about the texts that the linear model is not sure of, and its scores are weighed together with that one's.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from nlp.lexicon import written_out
from nlp.model import Floats, Scores, log_odds
from nlp.normalize import Word
from nlp.pieces import Pieces

#: The model that comes with the package.
DEEP = Path(__file__).parent / "deep.onnx"
#: Key of the model's metadata under which everything beside the weights is kept, as JSON.
NOTES = "hoiam"
#: Numbers of the pieces with a meaning of their own.
BEGIN, PAD, END, UNKNOWN = 0, 1, 2, 3
#: Pieces of a text that are read; the first words and the last of a petition say what it is about.
_MOST, _LAST = 192, 64
#: Yes-or-no outputs, last in a row of margins.
FLAGS = ("urgent", "restricted", "several")
#: No class is held to be less likely than this.
_FLOOR = 1e-4
#: A text of fewer syllables may be without diacritics by chance.
_FEW_SYLLABLES = 3


@dataclass(frozen=True, slots=True)
class Alphabet:
    """How a text becomes numbers: pieces of syllables, and whole syllables where diacritics are missing.

    A syllable typed without diacritics stands for several; its vector began as their mean, weighed by how often each
    occurs, so that nothing has to be restored first.
    """

    pieces: Pieces
    #: Syllables without diacritics to their numbers.
    plain: Mapping[str, int]

    def numbers(self, written: str) -> list[int]:
        """Numbers of a text given in lower case, abbreviations written out, single spaces."""
        syllables = written.split()
        bare = written.isascii() and len(syllables) >= _FEW_SYLLABLES
        found: list[int] = []
        for syllable in syllables:
            whole = self.plain.get(syllable) if bare else None
            found.extend(self.pieces.of(syllable) if whole is None else (whole,))
        if len(found) > _MOST:
            found = found[: _MOST - _LAST] + found[-_LAST:]
        return [BEGIN, *found, END]


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each of two readers counts, and a shift: what turns their log odds into one probability."""

    linear: float
    deep: float
    shift: float = 0.0


class Deep:
    """Scores texts; every call is pure, so that threads may share it."""

    def __init__(self, model: bytes | Path) -> None:
        """``model``: the file, or what it holds. A call uses one thread: the process has others to run beside it."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        source = model if isinstance(model, bytes) else str(model)
        self._session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        kept: dict[str, Any] = json.loads(self._session.get_modelmeta().custom_metadata_map[NOTES])
        self.topics: tuple[str, ...] = tuple(kept["topics"])
        self.kinds: tuple[str, ...] = tuple(kept["kinds"])
        #: What it was taught from: hash of the corpus, name of the base, how many messages.
        self.stamp: dict[str, str | int] = kept["stamp"]
        #: Short hash of what was learned: names the model in logs and on cases.
        self.version: str = kept["version"]
        self._alphabet = Alphabet(Pieces(kept["pieces"], kept["scores"], UNKNOWN), kept["plain"])
        self._weights = {head: Weights(**values) for head, values in kept.get("weights", {}).items()}

    @classmethod
    def load(cls, path: Path = DEEP) -> Self | None:
        """Load the model, None where there is none: the linear one then reads alone."""
        return cls(path) if path.exists() else None

    def margins(self, texts: Sequence[Sequence[Word]]) -> Floats:
        """Raw outputs, n by (topics, kinds, urgent, restricted, several)."""
        outputs = np.zeros((len(texts), len(self.topics) + len(self.kinds) + len(FLAGS)), dtype=np.float32)
        # One by one: in a batch the scale of eight-bit sums, and so a text's answer, would hang on its neighbours; and
        # on one thread a batch is no faster.
        for row, words in zip(outputs, texts, strict=True):
            numbers = np.array([self._alphabet.numbers(written_out(words))], dtype=np.int64)
            row[:] = self._session.run(None, {"ids": numbers})[0][0]
        return outputs

    def refine(self, scores: Scores, rows: NDArray[np.int64], texts: Sequence[Sequence[Word]]) -> Scores:
        """Scores with those of ``rows``, whose words are ``texts``, weighed together with what this reader says."""
        if not len(rows):
            return scores
        margins = self.margins(texts)
        topics, kinds = len(self.topics), len(self.topics) + len(self.kinds)
        refined = Scores(*(part.copy() for part in scores))
        refined.topic[rows] = blend(scores.topic[rows], margins[:, :topics], self._weights["topic"])
        refined.kind[rows] = blend(scores.kind[rows], margins[:, topics:kinds], self._weights["kind"])
        for column, head in enumerate(FLAGS):
            chances = getattr(refined, head)
            chances[rows] = blend_flag(chances[rows], margins[:, kinds + column], self._weights[head])
        return refined


def blend(chances: Floats, margins: Floats, weights: Weights) -> Floats:
    """Probabilities from those of the linear model and the margins of the deep one, both n by classes."""
    logs = weights.linear * np.log(chances + _FLOOR) + weights.deep * margins
    raised = np.exp(logs - logs.max(axis=1, keepdims=True))
    probabilities: Floats = (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)
    return probabilities


def blend_flag(chances: Floats, margins: Floats, weights: Weights) -> Floats:
    """Probability of a yes, from that of the linear model and the margin of the deep one, both n."""
    odds = weights.linear * log_odds(chances) + weights.deep * margins + weights.shift
    probabilities: Floats = np.exp(-np.logaddexp(0, -odds)).astype(np.float32)
    return probabilities
