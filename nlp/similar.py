"""Finds open reports of what may be the same problem, so that a citizen can be asked "có phải cùng việc này không?".

An :class:`Index` lives in memory and is fed by the caller. A search looks only where a report of the same problem can
be: in the same field of the same commune, at the same named place, around the same point; newest first and not more
than ``_SCORED`` in all, so its cost does not grow with the register. What is found there is scored by a few measures
that can be explained one by one; their weights were fitted on written pairs (``bench/similar.py --fit``).
"""

import math
import re
import tomllib
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice, pairwise
from pathlib import Path
from sys import intern
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.communes import kilometres
from nlp.normalize import Word, fold, normalize, split

#: From this probability on two reports are worth the question: the fitting half of the pairs has nine in ten above it,
#: and one in five of what is above it is wrong. A question costs little, a second case costs two agencies a visit.
SAME = 0.2
#: So many reports are scored at most for one search; of one named place, and of one square of the grid.
_SCORED, _AT_PLACE, _IN_SQUARE = 160, 40, 20
#: Squares of the grid, in degrees: some 1.1 km.
_SQUARE = 0.01
#: Beyond this two points are simply apart, in km; and the distance at which nearness has fallen to a third.
_APART, _NEAR = 3.0, 0.25
#: In seconds.
_MONTH = 30 * 86_400
#: Characters of a report that are compared; what happened and where is told early.
_READ = 1_000
#: Texts that the shares of common syllables count as, against those in the index.
_PRIOR = 2_000
#: Folded words that open a place and tell it from another of its kind, before a number: "tổ 4" is not "tổ 5".
_NUMBERED = {
    "xom", "thon", "to", "ban", "ngo", "ngach", "hem", "km", "ql", "dt", "so", "khu", "lop", "tang", "ap", "khoi",
}  # fmt: skip
#: Before a name, however it is written; and only before a capital, since they are everyday words.
_NAMED = {"xom", "thon", "ap"}
_PROPER = {"duong", "pho", "cau", "cho", "truong", "ban", "lang", "ngo", "khu", "suoi", "ho", "kenh"}
#: Two words that open a place, as one: "quốc lộ 3" is "ql 3".
_JOINED = {
    ("quoc", "lo"): "ql", ("duong", "tinh"): "dt", ("tinh", "lo"): "dt", ("cay", "so"): "km", ("dan", "pho"): "to",
    ("so", "nha"): "so",
}  # fmt: skip
#: "ql3", "km112": written as one.
_GLUED = re.compile(r"(ql|dt|km|to|ngo|xom)([0-9]{1,4})")
#: Never the name of a place.
_NO_NAME = {
    "toi", "minh", "em", "nha", "nay", "kia", "do", "ay", "co", "bi", "khong", "la", "thi", "o", "vao", "ra", "di",
    "tren", "duoi", "trong", "ngoai", "gan", "va", "voi", "cua", "cho", "ma", "da", "dang", "bao", "ca", "cu", "hon",
    "nao", "den", "tu", "se", "duoc",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """A report as far as it matters for finding its like."""

    id: int
    #: "giao_thong.duong_hu_hong"; what stands before the dot is the field.
    topic: str
    #: Moment it was made, aware.
    at: datetime
    #: What the citizen wrote.
    text: str
    #: Other topics it may be of.
    topics: tuple[str, ...] = ()
    #: Code of the commune, None when unknown.
    commune: str | None = None
    #: The finer place in the citizen's words, None when none was given.
    detail: str | None = None
    #: Latitude and longitude in degrees, None when not shared.
    point: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """An indexed report and the probability that it is of the same problem."""

    id: int
    probability: float


class Measures(NamedTuple):
    """How alike two reports are; each weighed by the number of the same name in ``WEIGHTS``."""

    #: 1 the same topic, 0.5 a likely one of the other, 0 only the same field.
    topic: float
    #: Kinds of place on which both agree ("xóm Đông", "tổ 4"), at most 2; and on which they differ.
    agree: float
    differ: float
    #: Both gave a point: 1 at the same spot, falling with distance; and km apart, at most 3. 0 without points.
    near: float
    apart: float
    #: Shared syllables, and pairs of them in a row, as shares of all in both, the rarer the heavier.
    words: float
    pairs: float
    #: How rare the rarest pair of syllables is that both have, 0 to 1: a name, mostly.
    name: float
    #: Months between them, at most 3.
    months: float


#: Fitted by ``python -m bench.similar --fit``.
BIAS = -6.7
WEIGHTS = Measures(
    topic=1.3, agree=2.6, differ=-8.7, near=2.8, apart=-3.5, words=10.0, pairs=4.7, name=4.8, months=-13.5
)

#: A field with where to look: a commune, a commune and a named place, or a square of the grid.
_Key = tuple[str, str] | tuple[str, str, str] | tuple[str, int, int]


class _Weights(NamedTuple):
    """Checksums in rising order, and the weight of each."""

    of: NDArray[np.uint32]
    weights: NDArray[np.float64]


class _Entry(NamedTuple):
    """What is kept of a report."""

    topic: str
    point: tuple[float, float] | None
    #: Seconds since 1970.
    at: float
    #: What was named: ("xom", "dong").
    places: frozenset[tuple[str, str]]
    #: Checksums of its syllables, and of each two in a row, four bytes each; and what all of them weigh.
    words: bytes
    pairs: bytes
    words_weight: float
    pairs_weight: float
    keys: tuple[_Key, ...]


class Index:
    """Open reports by where their like would be looked for. Not safe for use from several threads at once."""

    def __init__(self, communes: Mapping[str, str] | None = None) -> None:
        """``communes``: code to name. All of a commune's reports may say its name, so there it says nothing."""
        self._names = {code: fold(name).split() for code, name in (communes or {}).items()}
        self._entries: dict[int, _Entry] = {}
        #: Ids in the order they came; a dictionary so that one can be taken out.
        self._blocks: dict[_Key, dict[int, None]] = {}
        self._seen: Counter[int] = Counter()

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, report: Report) -> None:
        """Put a report in, in place of an earlier one with its id. Feed them oldest first: the newest are looked at."""
        self.remove(report.id)
        entry, _, _ = self._entry(report)
        self._entries[report.id] = entry
        self._seen.update(_checksums(entry.words))
        for key in entry.keys:
            self._blocks.setdefault(key, {})[report.id] = None

    def remove(self, report_id: int) -> None:
        """Take a report out, when it is closed or erased; nothing happens when it is not there."""
        entry = self._entries.pop(report_id, None)
        if entry is None:
            return
        for checksum in _checksums(entry.words):
            self._seen[checksum] -= 1
            if not self._seen[checksum]:
                del self._seen[checksum]
        for key in entry.keys:
            block = self._blocks[key]
            del block[report_id]
            if not block:
                del self._blocks[key]

    def trim(self, most: int, since: datetime) -> None:
        """Take out what was put in first, while there are more than ``most`` or it was made before ``since``."""
        while self._entries:
            first = next(iter(self._entries))
            if len(self._entries) <= most and self._entries[first].at >= since.timestamp():
                break
            self.remove(first)

    def find(self, report: Report, limit: int = 5, least: float = SAME) -> list[Match]:
        """Return the reports most likely of the same problem, best first, none below ``least``; never itself."""
        found = [Match(other, probability(measured)) for other, measured in self.compare(report)]
        found = [match for match in found if match.probability >= least]
        return sorted(found, key=lambda match: (-match.probability, -match.id))[:limit]

    def compare(self, report: Report) -> Iterator[tuple[int, Measures]]:
        """Measure a report against each that a search scores: id and measures."""
        query, words, pairs = self._entry(report)
        ids = [other for other in self._candidates(report, query) if other != report.id]
        others = [self._entries[other] for other in ids]
        shared_words, _ = _shared(words, [other.words for other in others])
        shared_pairs, rarest = _shared(pairs, [other.pairs for other in others])
        for number, other in enumerate(others):
            yield (
                ids[number],
                Measures(
                    topic=1.0 if query.topic == other.topic else 0.5 if other.topic in report.topics else 0.0,
                    **_place_measures(query, other),
                    words=_share(shared_words[number], query.words_weight, other.words_weight),
                    pairs=_share(shared_pairs[number], query.pairs_weight, other.pairs_weight),
                    name=rarest[number],
                    months=min(abs(query.at - other.at) / _MONTH, 3.0),
                ),
            )

    def _candidates(self, report: Report, query: _Entry) -> list[int]:
        """Ids to score: of the named places and of the squares around first, then the newest of the commune."""
        found: dict[int, None] = {}
        for field in dict.fromkeys(map(_field, (report.topic, *report.topics))):
            for most, keys in (
                (_AT_PLACE, _place_keys(field, report.commune, query.places)),
                (_IN_SQUARE, _square_keys(field, report.point, 1)),
                (_SCORED, _commune_keys(field, report.commune)),
            ):
                for key in keys:
                    found.update(dict.fromkeys(islice(reversed(self._blocks.get(key, {})), most)))
        return list(islice(found, _SCORED))

    def _entry(self, report: Report) -> tuple[_Entry, _Weights, _Weights]:
        """Return what is kept of a report, and the weights of its syllables and of each two in a row."""
        said = split(normalize(_told(report)))
        syllables = [part for word in said for part in fold(word.written).split()]
        words, pairs = self._weights(_without(syllables, self._names.get(report.commune or "", [])))
        places, field = _places(said), _field(report.topic)
        keys = (
            *_place_keys(field, report.commune, places),
            *_square_keys(field, report.point, 0),
            *_commune_keys(field, report.commune),
        )
        entry = _Entry(
            topic=intern(report.topic),
            point=report.point,
            at=report.at.timestamp(),
            places=places,
            words=words.of.tobytes(),
            pairs=pairs.of.tobytes(),
            words_weight=float(words.weights.sum()),
            pairs_weight=float(pairs.weights.sum()),
            keys=keys,
        )
        return entry, words, pairs

    def _weights(self, syllables: list[str]) -> tuple[_Weights, _Weights]:
        """Weigh each syllable by its rarity, 0 to 1, and each two in a row by the more frequent of them."""
        shares, every = _shares(), math.log(1 + len(self._entries) + _PRIOR)
        rarity = {
            one: 1 - math.log(1 + self._seen[_checksum(one)] + _PRIOR * shares.get(one, 0.0)) / every
            for one in syllables
        }
        return (
            _sorted({_checksum(one): weight for one, weight in rarity.items()}),
            _sorted({_checksum(f"{one} {two}"): min(rarity[one], rarity[two]) for one, two in pairwise(syllables)}),
        )


def probability(measured: Measures) -> float:
    """Probability that two reports so alike are of the same problem."""
    total = BIAS + sum(map(float.__mul__, WEIGHTS, measured))
    return 1 / (1 + math.exp(-max(min(total, 50.0), -50.0)))


def _place_measures(query: _Entry, other: _Entry) -> dict[str, float]:
    agree = differ = 0
    if query.places and other.places:
        agreed = {kind for kind, _ in query.places & other.places}
        named = {kind for kind, _ in query.places} & {kind for kind, _ in other.places}
        agree, differ = len(agreed), len(named - agreed)
    near = apart = 0.0
    if query.point and other.point:
        km = kilometres(*query.point, *other.point)
        near, apart = math.exp(-km / _NEAR), min(km, _APART)
    return {"agree": float(min(agree, 2)), "differ": float(min(differ, 2)), "near": near, "apart": apart}


def _shared(own: _Weights, others: Sequence[bytes]) -> tuple[list[float], list[float]]:
    """Sum and maximum of the weights of what each of the others shares, all of them at once."""
    if not len(own.of):
        return [0.0] * len(others), [0.0] * len(others)
    every = np.frombuffer(b"".join(others), dtype=np.uint32)
    whose = np.repeat(np.arange(len(others)), [len(other) // 4 for other in others])
    at = np.minimum(np.searchsorted(own.of, every), len(own.of) - 1)
    hits = np.flatnonzero(own.of[at] == every)
    whose, weights = whose[hits], own.weights[at[hits]]
    most = np.zeros(len(others))
    np.maximum.at(most, whose, weights)
    return np.bincount(whose, weights, minlength=len(others)).tolist(), most.tolist()


def _share(shared: float, own: float, other: float) -> float:
    """Return what is shared as a part of the geometric mean of what each has."""
    return shared / math.sqrt(own * other) if shared else 0.0


def _sorted(weights: Mapping[int, float]) -> _Weights:
    return _Weights(
        np.array(sorted(weights), dtype=np.uint32),
        np.array([weights[one] for one in sorted(weights)], dtype=np.float64),
    )


def _checksums(packed: bytes) -> list[int]:
    checksums: list[int] = np.frombuffer(packed, dtype=np.uint32).tolist()
    return checksums


def _without(syllables: list[str], name: list[str]) -> list[str]:
    """Leave a name out wherever it stands."""
    left: list[str] = []
    for syllable in syllables:
        left.append(syllable)
        if name and left[-len(name) :] == name:
            del left[-len(name) :]
    return left


def _told(report: Report) -> str:
    """Return the text, the place before it when it is not in the text."""
    if report.detail and report.detail not in report.text:
        return f"{report.detail}. {report.text}"[:_READ]
    return report.text[:_READ]


def _places(words: list[Word]) -> frozenset[tuple[str, str]]:
    """Places named, as kind and the first syllable of the name: {("xom", "dong"), ("ql", "37")}."""
    found: set[tuple[str, str]] = set()
    for index, word in enumerate(words):
        if glued := _GLUED.fullmatch(word.folded):
            found.add((intern(glued[1]), intern(glued[2])))
        if index + 1 == len(words):
            break
        name, kind = words[index + 1], word.folded
        if index and (words[index - 1].folded, kind) in _JOINED:
            kind = _JOINED[words[index - 1].folded, kind]
        if name.typed[0].isdigit():
            if kind in _NUMBERED:
                found.add((intern(kind), intern(name.folded)))
        elif name.folded not in _NO_NAME and len(name.folded) > 1 and (kind in _NAMED or _is_proper(kind, name)):
            found.add((intern(kind), intern(name.folded)))
    return frozenset(found)


def _is_proper(kind: str, name: Word) -> bool:
    return kind in _PROPER and name.typed[0].isupper() and not name.typed.isupper()


def _field(topic: str) -> str:
    return topic.partition(".")[0]


def _commune_keys(field: str, commune: str | None) -> Iterator[_Key]:
    if commune:
        yield field, commune


def _place_keys(field: str, commune: str | None, places: frozenset[tuple[str, str]]) -> Iterator[_Key]:
    if commune:
        for kind, name in sorted(places):
            yield field, commune, intern(f"{kind} {name}")


def _square_keys(field: str, point: tuple[float, float] | None, around: int) -> Iterator[_Key]:
    """Squares of the grid with the point and so many ``around`` it."""
    if point:
        row, column = math.floor(point[0] / _SQUARE), math.floor(point[1] / _SQUARE)
        for north in range(-around, around + 1):
            for east in range(-around, around + 1):
                yield field, row + north, column + east


def _checksum(part: str) -> int:
    return zlib.crc32(part.encode("utf-8", "replace"))


@cache
def _shares() -> dict[str, float]:
    """Return the share of texts that hold a syllable, for the most frequent ones, from ``syllables.toml``."""
    with (Path(__file__).parent / "syllables.toml").open("rb") as file:
        per_thousand: dict[str, int] = tomllib.load(file)["per_thousand"]
    return {syllable: count / 1000 for syllable, count in per_thousand.items()}
