"""Training of the linear model from the corpus: some 15 seconds on one core for 7,000 messages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize
from sklearn.model_selection import GroupKFold
from sklearn.svm import LinearSVC

from nlp.corpus import Row, label, load_rows, part
from nlp.features import COLUMNS, Featurizer, counts, vectors
from nlp.model import Floats, Learned, Model, log_odds, shares
from nlp.normalize import fold, normalize, split

#: Softness of the margin; .1 and 1 were a point worse.
_C = 0.3
#: Where the optimizer stops; ten times finer changes no weight by a thousandth and takes a sixth longer.
_TOLERANCE = 1e-2
#: Parts of the corpus that calibration leaves out in turn, by author.
_FOLDS = 3
#: Fewer classes than this are no topics.
_FEW = 20

Progress = Callable[[str], None]
Labels = NDArray[np.generic]
Doubles = NDArray[np.floating]


def train(corpus: Path, topic_names: Mapping[str, str], progress: Progress = lambda _: None) -> Model:
    """Train on every ``*.jsonl`` of a folder but what is kept to measure with.

    ``topic_names`` (slug to name) serve as examples of their topics.
    """
    return train_rows([row for row in load_rows(corpus.glob("*.jsonl")) if part(row) != "dev"], topic_names, progress)


def train_rows(rows: Sequence[Row], topic_names: Mapping[str, str], progress: Progress = lambda _: None) -> Model:
    """Train on labelled messages of three topics and three kinds or more.

    Heads are one-against-the-rest linear SVMs: as right as logistic regression here and ten times as fast. Their scores
    become probabilities by a scale (and for yes-no heads a shift) fitted on authors left out of the training.
    """
    rows = [row for row in rows if label(row)]
    progress(f"features of {len(rows)} messages")
    columns, matrix, idf = _matrix([row["text"] for row in rows], list(topic_names.values()))
    named = np.array([label(row) or "" for row in rows])
    groups = [row.get("group", "") for row in rows]
    kinds = np.array([row.get("kind") or "khac" for row in rows])
    flags = [np.array([bool(row.get(flag)) for row in rows]) for flag in ("urgent", "restricted")]

    progress("topics")
    classes, topic, chances = _many(matrix, named, np.array(list(topic_names)), groups)
    progress("kinds, urgency, accusations")
    kind_classes, kind, _ = _many(matrix, kinds, np.array([], dtype=str), groups)
    rates = np.array([[flag[named == name].mean() if name in named else 0.0 for flag in flags] for name in classes])
    guessed = log_odds(chances @ rates)
    urgent, urgent_tilt = _yes_no(matrix, flags[0], guessed[:, 0], groups)
    restricted, restricted_tilt = _yes_no(matrix, flags[1], guessed[:, 1], groups)
    heads = (topic, kind, urgent, restricted)
    learned = Learned(
        columns=columns,
        idf=idf,
        weights=np.hstack([head.weights for head in heads]).astype(np.float32),
        scale=np.concatenate([head.scale for head in heads]).astype(np.float32),
        shift=np.concatenate([head.shift for head in heads]).astype(np.float32),
        rates=rates.astype(np.float32),
        tilt=np.array([urgent_tilt, restricted_tilt], dtype=np.float32),
    )
    return Model(classes, kind_classes, learned, [row["correction"] for row in rows if "correction" in row])


@dataclass(frozen=True, slots=True)
class _Head:
    """Columns by outputs, and the line that turns each output's score into a calibrated one."""

    weights: Doubles
    scale: Doubles
    shift: Doubles


def _matrix(texts: Sequence[str], names: Sequence[str]) -> tuple[NDArray[np.int32], sparse.csr_matrix, Floats]:
    """Columns that occur, unit vectors of (texts, texts without diacritics, names), and the idf of the columns."""
    featurizer = Featurizer()
    plain = [fold(text) for text in texts]
    # Copies without diacritics: a third of the citizens write so, and they gain two points by it.
    features = [featurizer.columns(split(normalize(text))) for text in (*texts, *plain, *names)]
    hashed = [counts(block, np.arange(COLUMNS, dtype=np.int32), COLUMNS) for block in zip(*features, strict=True)]
    seen = sum(np.bincount(block.indices, minlength=COLUMNS) for block in hashed)
    occurring = np.flatnonzero(seen).astype(np.int32)
    blocks = [block[:, occurring] for block in hashed]
    frequency = sum(np.bincount(block.indices, minlength=len(occurring)) for block in blocks)
    idf = (np.log((1 + len(features)) / (1 + frequency)) + 1).astype(np.float32)
    return occurring, vectors(blocks, idf), idf


def _many(
    matrix: sparse.csr_matrix, labels: Labels, names: Labels, groups: Sequence[str]
) -> tuple[list[str], _Head, Floats]:
    """Classes and head of a choice of one of many, and the probabilities it gives to authors it has not seen.

    ``labels`` belong to the first rows of the matrix, their plain copies follow, then one row for each of ``names``.
    """
    count = len(labels)
    every = np.concatenate([labels, labels, names])
    classes, weights, bias = _fit(matrix[: len(every)], every)
    scores = np.full((count, len(classes)), -2.0)
    for kept, out in _folds(count, groups):
        # Without the plain copies, for time; a doubled C stands in for them.
        some = np.concatenate([kept, np.arange(2 * count, 2 * count + len(names))])
        found, part, offset = _fit(matrix[some], every[some], 2 * _C)
        scores[np.ix_(out, np.searchsorted(classes, found))] = matrix[out] @ part + offset
    truth = np.searchsorted(classes, labels)

    def loss(line: Doubles) -> float:
        return float(-np.log(shares(scores * line[0] + line[1])[np.arange(count), truth] + 1e-9).mean())

    scale, shift = minimize(loss, np.array([10.0, 3.0]), method="Nelder-Mead", options={"xatol": 0.05, "fatol": 1e-4}).x
    head = _Head(weights, np.full(len(classes), scale), bias * scale + shift)
    return [str(name) for name in classes], head, shares(scores * scale + shift)


def _yes_no(
    matrix: sparse.csr_matrix, flag: NDArray[np.bool_], guessed: NDArray[np.floating], groups: Sequence[str]
) -> tuple[_Head, float]:
    """Head of a yes or no, and how much the log odds ``guessed`` from the topic count beside it."""
    count = len(flag)
    _, weights, bias = _fit(matrix[: 2 * count], np.concatenate([flag, flag]))
    scores = np.zeros(count)
    for kept, out in _folds(count, groups):
        _, part, offset = _fit(matrix[kept], flag[kept], 2 * _C)
        scores[out] = (matrix[out] @ part + offset)[:, 0]
    sign = np.where(flag, 1.0, -1.0)

    def loss(line: Doubles) -> float:
        return float(np.logaddexp(0, -sign * (scores * line[0] + line[1] + guessed * line[2])).mean())

    slope, shift, tilt = minimize(loss, np.array([2.0, 0.0, 0.3]), method="Nelder-Mead").x
    return _Head(weights, np.array([slope]), bias * slope + shift), float(tilt)


def _fit(
    matrix: sparse.csr_matrix, labels: NDArray[np.generic], softness: float = _C
) -> tuple[Labels, Doubles, Doubles]:
    """Classes in order, weights (columns by outputs) and bias; two classes have one output."""
    classes = np.unique(labels)
    if len(classes) == 1:
        return classes, np.zeros((matrix.shape[1], 1)), np.full(1, -1.0)
    # Beside so many reports a denunciation is hardly ever seen without balance (macro F1 of kinds .67, not .74).
    balance = "balanced" if len(classes) < _FEW else None
    machine = LinearSVC(C=softness, class_weight=balance, tol=_TOLERANCE, random_state=0).fit(matrix, labels)
    return classes, machine.coef_.T, np.atleast_1d(machine.intercept_)


def _folds(count: int, groups: Sequence[str]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    return list(GroupKFold(_FOLDS).split(np.zeros(count), groups=groups))
