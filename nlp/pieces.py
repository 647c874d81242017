"""Syllables cut into the pieces of a word list, each piece a number: what the deep reader sees of a text."""

from collections.abc import Sequence

#: Opens a word in the word list of sentencepiece.
OPENER = "\u2581"
#: A piece that is not in the list costs this much more than the rarest that is.
_UNKNOWN = 10.0
#: Syllables remembered with their pieces.
_REMEMBERED = 60_000
#: Letters of the longest run without a space that is cut; no word is longer.
_LONGEST = 40


class Pieces:
    """The likeliest cut of a syllable, each piece by itself: the unigram model of sentencepiece."""

    def __init__(self, names: Sequence[str], scores: Sequence[float], unknown: int) -> None:
        """``scores`` are log probabilities; ``unknown`` numbers the piece that stands for any other letter."""
        self._numbers = {name: number for number, name in enumerate(names) if name}
        self._scores = tuple(scores)
        self._unknown = unknown
        self._floor = min(scores) - _UNKNOWN
        self._widest = max(map(len, self._numbers))
        self._known: dict[str, tuple[int, ...]] = {}

    def of(self, syllable: str) -> tuple[int, ...]:
        """Numbers of the pieces of one syllable, without white space in it."""
        cut = self._known.get(syllable)
        if cut is None:
            cut = self._cut(OPENER + syllable[:_LONGEST])
            if len(self._known) < _REMEMBERED:
                self._known[syllable] = cut
        return cut

    def _cut(self, letters: str) -> tuple[int, ...]:
        """Viterbi over all cuts: ``best[end]`` is the score of the best cut of ``letters[:end]`` and its last piece."""
        best: list[tuple[float, int, int]] = [(0.0, 0, 0)]
        for end in range(1, len(letters) + 1):
            score, piece, start = best[end - 1][0] + self._floor, self._unknown, end - 1
            for begin in range(max(0, end - self._widest), end):
                number = self._numbers.get(letters[begin:end])
                if number is not None and best[begin][0] + self._scores[number] > score:
                    score, piece, start = best[begin][0] + self._scores[number], number, begin
            best.append((score, piece, start))
        cut: list[int] = []
        end = len(letters)
        while end:
            _, piece, start = best[end]
            cut.append(piece)
            end = start
        return tuple(reversed(cut))
