"""Where a text that tells of two issues is cut: the place whose two sides speak most clearly of different topics."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from nlp.model import Floats
from nlp.normalize import Word

#: Fewer words than this tell of nothing.
_FEW = 3
#: Places looked at; the likeliest come first.
_MOST = 24
#: How much likelier a place is where people pause or begin anew, in log odds.
_PAUSE, _OPENING = 1.0, 1.0
#: Words that begin another matter, folded.
_OPENINGS = {"con", "voi", "ngoai", "tien", "nua", "them", "va", "ma", "a", "dong", "roi", "thu", "hai"}
_PAUSES = re.compile(r"[,.;!?\n:+-]")

#: Probabilities of topics, n by topics, for n lists of words.
TopicScores = Callable[[Sequence[Sequence[Word]]], Floats]


class Cut(NamedTuple):
    """Where a text is cut in two."""

    #: The word at which the second issue begins.
    at: int
    #: Probabilities of topics of what stands before and after: two by topics.
    halves: Floats


def cut(text: str, words: Sequence[Word], score: TopicScores) -> Cut | None:
    """Find where the second issue begins; None where both sides are about the same, wherever it is cut."""
    likely = {at: _likely(text, words, at) for at in range(_FEW, len(words) - _FEW + 1)}
    places = sorted(likely, key=lambda at: -likely[at])[:_MOST]
    if not places:
        return None
    before, after = score([words[:at] for at in places]), score([words[at:] for at in places])
    first, second = before.argmax(axis=1), after.argmax(axis=1)
    worth = np.log(before.max(axis=1) + 1e-6) + np.log(after.max(axis=1) + 1e-6)
    worth += np.array([likely[at] for at in places])
    worth[first == second] = -np.inf
    best = int(worth.argmax())
    return Cut(places[best], np.stack([before[best], after[best]])) if np.isfinite(worth[best]) else None


def _likely(text: str, words: Sequence[Word], at: int) -> float:
    pause = bool(_PAUSES.search(text, words[at - 1].end, words[at].start))
    return _PAUSE * pause + _OPENING * (words[at].folded in _OPENINGS)
