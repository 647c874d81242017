"""What the linear model sees of a text: five blocks of features, each feature hashed to a column.

Folded words, pairs of them, words as spelled, words as they sound, pairs of sounds; each block has an equal share in a
text's vector. Sounds reach misspelt words (a point on noisy text). Character n-grams of two to five brought nothing
beside them, and doubled the time.
"""

import re
import zlib
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlp.normalize import Word, fold

#: Hashed columns there are in all; some 100,000 of them occur in the corpus.
COLUMNS = 1 << 18


#: What northern ears and keyboards confuse, on folded syllables: tr/ch, s/x, d/gi/r, l/n, c/k/q, i/y.
_SOUNDS = (
    (re.compile(r"^tr"), "ch"),
    (re.compile(r"^s"), "x"),
    (re.compile(r"^(?:gi|r)(?=[aeiouy])"), "d"),
    (re.compile(r"^l"), "n"),
    (re.compile(r"^[kq]"), "c"),
    (re.compile(r"y"), "i"),
)
#: Syllables remembered with their columns; Vietnamese has some 7,000, the rest are slips and names.
_REMEMBERED = 60_000

Columns = list[int]


class Featurizer:
    """Turns words into columns. Remembers the columns of a syllable, since syllables come again and again."""

    def __init__(self) -> None:
        self._syllables: dict[str, tuple[str, str, int, int, int]] = {}

    def columns(self, words: Sequence[Word]) -> tuple[Columns, ...]:
        """Columns of one text, a list for each block."""
        known = [self._syllable(part) for word in words for part in word.written.split()]
        folded = [syllable[0] for syllable in known]
        sounds = [syllable[1] for syllable in known]
        return (
            [syllable[2] for syllable in known],
            [_column(f"b{one} {two}") for one, two in pairwise(folded)],
            [syllable[3] for syllable in known],
            [syllable[4] for syllable in known],
            [_column(f"q{one} {two}") for one, two in pairwise(sounds)],
        )

    def word_columns(self, written: str) -> Columns:
        """Columns of one written-out word alone, without its neighbours."""
        return [column for part in written.split() for column in self._syllable(part)[2:]]

    def _syllable(self, spelled: str) -> tuple[str, str, int, int, int]:
        known = self._syllables.get(spelled)
        if known is None:
            folded = fold(spelled)
            sound = _sound(folded)
            known = (folded, sound, _column("w" + folded), _column("u" + spelled), _column("p" + sound))
            if len(self._syllables) < _REMEMBERED:
                self._syllables[spelled] = known
        return known


def counts(columns: Iterable[Columns], lookup: NDArray[np.int32], width: int) -> sparse.csr_matrix:
    """Damped counts, 1 + ln(n), of one block: texts by the ``width`` columns that ``lookup`` knows (-1: unknown)."""
    lists = list(columns)
    bounds = np.zeros(len(lists) + 1, dtype=np.int64)
    np.cumsum([len(one) for one in lists], out=bounds[1:])
    every = lookup[np.fromiter((column for one in lists for column in one), dtype=np.int32, count=int(bounds[-1]))]
    known = every >= 0
    bounds = np.concatenate([[0], np.cumsum(known)])[bounds]
    matrix = sparse.csr_matrix(
        (np.ones(int(bounds[-1]), dtype=np.float32), every[known], bounds), shape=(len(lists), width)
    )
    matrix.sum_duplicates()
    matrix.data = 1 + np.log(matrix.data)
    return matrix


def vectors(blocks: Sequence[sparse.csr_matrix], idf: NDArray[np.float32]) -> sparse.csr_matrix:
    """Make unit vectors of texts: each block weighed by ``idf`` and brought to length 1, all of them added."""
    total = None
    for matrix in blocks:
        weighed = matrix.copy()
        weighed.data = weighed.data * idf[weighed.indices]
        scaled = _unit(weighed)
        total = scaled if total is None else total + scaled
    return _unit(total)


def _unit(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """Rows brought to length 1, in place; empty rows stay empty."""
    sizes = np.diff(matrix.indptr)
    squares = np.zeros(matrix.shape[0], dtype=np.float64)
    filled = sizes > 0
    squares[filled] = (
        np.add.reduceat(matrix.data.astype(np.float64) ** 2, matrix.indptr[:-1][filled]) if filled.any() else 0
    )
    scale = 1 / np.sqrt(np.where(squares > 0, squares, 1.0))
    matrix.data = (matrix.data * np.repeat(scale, sizes)).astype(np.float32)
    return matrix


def _column(feature: str) -> int:
    # crc32 spreads short strings well enough, is the same everywhere, and needs no import of 60 MB.
    return zlib.crc32(feature.encode("utf-8", "replace")) & (COLUMNS - 1)


def _sound(folded: str) -> str:
    for pattern, heard in _SOUNDS:
        folded = pattern.sub(heard, folded)
    return folded
