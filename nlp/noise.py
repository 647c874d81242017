"""The same words as another hand would type them: what teaching adds to the corpus."""

from random import Random

from nlp.normalize import fold

#: What ears and keyboards confuse at the beginning of a syllable.
_CONFUSED = (
    ("tr", "ch"), ("ch", "tr"), ("s", "x"), ("x", "s"), ("gi", "d"), ("d", "gi"), ("r", "d"), ("l", "n"), ("n", "l"),
    ("v", "d"), ("qu", "w"),
)  # fmt: skip
_HOOK, _TILDE = "ảẳẩẻểỉỏổởủửỷ", "ãẵẫẽễĩõỗỡũữỹ"
_TONES = str.maketrans(_HOOK + _TILDE, _TILDE + _HOOK)
#: Shares of texts that lose their diacritics wholly, or from some word on; and of those mistyped.
_PLAIN, _PARTLY, _MISTYPED = 0.32, 0.04, 0.5
#: Shares of syllables of a mistyped text: dropped, mistyped, misheard, with the other tone, without diacritics.
_STEPS = (0.04, 0.03, 0.05, 0.03, 0.02)
#: Joins of two texts into one that tells of two issues.
_JOINS = (" ", " ", " với lại ", " còn ", " nữa là ", " tiện thể ", " à mà ", " ngoài ra ", " thêm nữa ", " mà ")


def retyped(written: str, random: Random) -> str:
    """Return a text, in lower case and single spaces, as somebody in a hurry types it; often as it was."""
    share = random.random()
    if share < _PLAIN:
        written = fold(written)
    elif share < _PLAIN + _PARTLY:
        syllables = written.split()
        begin = random.randrange(len(syllables) + 1)
        written = " ".join([*syllables[:begin], *map(fold, syllables[begin:])])
    if random.random() < _MISTYPED:
        written = " ".join(filter(None, (_mistyped(one, random) for one in written.split()))) or written
    return written


def joined(first: str, second: str, random: Random) -> str:
    """Return two texts said in one breath."""
    return first + random.choice(_JOINS) + second


def _mistyped(syllable: str, random: Random) -> str:
    share = random.random()
    for limit, change in zip(_STEPS, (_dropped, _slipped, _misheard, _other_tone, _bare), strict=True):
        if share < limit:
            return change(syllable, random)
        share -= limit
    return syllable


def _dropped(_syllable: str, _random: Random) -> str:
    return ""


def _slipped(syllable: str, random: Random) -> str:
    """Two letters swapped, one left out, or one doubled."""
    if len(syllable) <= len("ai"):
        return syllable
    at = random.randrange(len(syllable) - 1)
    before, one, two, after = syllable[:at], syllable[at], syllable[at + 1], syllable[at + 2 :]
    return before + random.choice((two + one, two + one, two, two, one + one + two)) + after


def _misheard(syllable: str, _random: Random) -> str:
    for heard, written in _CONFUSED:
        if syllable.startswith(heard) and not syllable.startswith(f"{heard}h"):
            return written + syllable[len(heard) :]
    return syllable


def _other_tone(syllable: str, _random: Random) -> str:
    return syllable.translate(_TONES)


def _bare(syllable: str, _random: Random) -> str:
    return fold(syllable)
