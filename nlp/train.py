"""Training of the linear model from the corpus: some 20 seconds on one core for 6,500 messages."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize, minimize_scalar
from sklearn.model_selection import GroupKFold
from sklearn.svm import LinearSVC

from nlp.corpus import Row, label, load_rows
from nlp.features import COLUMNS, Featurizer, counts, vectors
from nlp.model import Floats, Model, softmax
from nlp.normalize import fold, normalize, split

#: Softness of the margin; .1 and 1 were a point worse.
_C = 0.3
#: Parts of the corpus that calibration leaves out in turn, by author.
_FOLDS = 3

Progress = Callable[[str], None]
Labels = NDArray[np.str_]


def train(corpus: Path, topic_names: Mapping[str, str], progress: Progress = lambda _: None) -> Model:
    """Train on every ``*.jsonl`` of a folder; ``topic_names`` (slug to name) serve as examples of their topics."""
    return train_rows(load_rows(corpus.glob("*.jsonl")), topic_names, progress)


def train_rows(rows: Sequence[Row], topic_names: Mapping[str, str], progress: Progress = lambda _: None) -> Model:
    """Train on labelled messages.

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
    classes, weights, scale, shift = _many(matrix, named, np.array(list(topic_names)), groups)
    progress("kinds, urgency, accusations")
    kind_classes, *kind_head = _many(matrix, kinds, np.array([], dtype=str), groups)
    heads = [(weights, scale, shift), tuple(kind_head), *(_yes_no(matrix, flag, groups) for flag in flags)]
    return Model(
        classes,
        kind_classes,
        columns,
        idf,
        np.hstack([head[0] for head in heads]).astype(np.float32),
        np.concatenate([head[1] for head in heads]).astype(np.float32),
        np.concatenate([head[2] for head in heads]).astype(np.float32),
    )


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
) -> tuple[list[str], Floats, Floats, Floats]:
    """Classes, weights, scale and shift of a head that chooses one of many.

    ``labels`` belong to the first rows of the matrix, their plain copies follow, then one row for each of ``names``.
    """
    count = len(labels)
    every = np.concatenate([labels, labels, names])
    used = np.arange(len(every)) if len(names) else np.arange(2 * count)
    classes, weights, bias = _fit(matrix[used], every)
    scores = np.zeros((count, len(classes)))
    for kept, out in _folds(count, groups):
        # Without the plain copies, for time; a doubled C stands in for them.
        some = np.concatenate([kept, np.arange(2 * count, 2 * count + len(names))])
        found, part, offset = _fit(matrix[some], every[some], 2 * _C)
        at = np.searchsorted(classes, found)
        scores[out] = -2.0
        scores[np.ix_(out, at)] = matrix[out] @ part + offset
    truth = np.searchsorted(classes, labels)

    def loss(log_scale: float) -> float:
        chosen = softmax((scores * np.exp(log_scale)).astype(np.float32))[np.arange(count), truth]
        return float(-np.log(chosen + 1e-9).mean())

    scale = float(np.exp(minimize_scalar(loss, bounds=(-1, 3), method="bounded").x))
    return [str(name) for name in classes], weights, np.full(len(classes), scale), bias * scale


def _yes_no(matrix: sparse.csr_matrix, flag: NDArray[np.bool_], groups: Sequence[str]) -> tuple[Floats, Floats, Floats]:
    """Weights, scale and shift of a head that says yes or no (Platt's sigmoid)."""
    count = len(flag)
    both = np.concatenate([flag, flag])
    _, weights, bias = _fit(matrix[: 2 * count], both)
    scores = np.zeros(count)
    for kept, out in _folds(count, groups):
        _, part, offset = _fit(matrix[kept], flag[kept], 2 * _C)
        scores[out] = (matrix[out] @ part + offset)[:, 0]
    sign = np.where(flag, 1.0, -1.0)

    def loss(line: NDArray[np.float64]) -> float:
        return float(np.logaddexp(0, -sign * (scores * line[0] + line[1])).mean())

    slope, offset = minimize(loss, np.array([2.0, 0.0]), method="Nelder-Mead").x
    return weights, np.array([slope]), bias * slope + offset


def _fit(matrix: sparse.csr_matrix, labels: NDArray[np.generic], softness: float = _C) -> tuple[Labels, Floats, Floats]:
    """Classes in order, weights (columns by outputs) and bias; two classes have one output."""
    if len(np.unique(labels)) == 1:
        return np.unique(labels), np.zeros((matrix.shape[1], 1)), np.full(1, -1.0)
    machine = LinearSVC(C=softness, random_state=0).fit(matrix, labels)
    return machine.classes_, machine.coef_.T, np.atleast_1d(machine.intercept_)


def _folds(count: int, groups: Sequence[str]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    return list(GroupKFold(_FOLDS).split(np.zeros(count), groups=groups))
