"""When an answer is an answer: what was done and where or when, or why not and who or what is next.

An answer typed without diacritics is judged by words without them. What the words are stands in ``rules/answers.toml``;
how often the judgement is right, in docs/answers.md.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.errors import OperatorError
from domain.words import fold

#: Words; numbers keep their dots, slashes and colons: "12/11", "1.500", "17:30".
_WORD = re.compile(r"[^\W_]+(?:[.,/:-]\d[^\W_]*)*")
_SENTENCE = re.compile(r"(?<=[.;!?…])\s+|\n+")
#: A day, an hour, a span; in folded words parted by spaces.
_TIME = re.compile(
    r"(?<= )(?:(?:ngay|hom) )?(?:0?[1-9]|[12]\d|3[01])[/.-](?:0?[1-9]|1[0-2])(?:[/.-](?:20)?\d\d)?(?= )"
    r"|(?<= )\d{1,2}(?:h|g|:)(?:[0-5]\d)?(?= )|(?<= )\d{1,2} gio(?= )"
    r"|(?<= )(?:ngay|thang|nam|quy|tuan|thu) (?:\d{1,4}|[ivx]+)(?:[/-]\d{1,4})?(?= )"
    r"|(?<= )(?:\d+|mot|hai|ba|bon|nam|sau|bay|muoi) (?:phut|gio|tieng|ngay|tuan|thang)(?= )"
)
#: The shape of a Vietnamese syllable without diacritics.
_SYLLABLE = re.compile(r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(?:ch|ng|nh|[cmnpt])?")
#: What stands where a word should: a gap of dots or lines, or a blank of a template.
_GAP = re.compile(r"\.{4,}|_{2,}|(?<!\S)(?:\.{3}|…)")
_BLANK = re.compile(r"\[([^\[\]]{1,60})\]")
_TONES = "\u0300\u0301\u0303\u0309\u0323"
#: What is followed by the name of a place; the name may change, the text stays the same.
_NAMED = frozenset({"xa", "phuong", "thon", "xom", "to"})
#: Of fewer different words, half of them said again and again is no speech, if there are so many at all.
_FEW, _LEAST_RUN = 8, 4
#: The most words a place is named with.
_LONGEST_NAME = 3


class AnswerRuleError(OperatorError):
    """``rules/answers.toml`` cannot be used; the message names the row."""


@dataclass(frozen=True, slots=True)
class Template:
    """An answer to fill in."""

    #: "done_road".
    slug: str
    #: What the officer chooses by.
    name: str
    #: With blanks in brackets: "[ngày]".
    text: str
    #: Topics or fields it is for; none: for all.
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerRules:
    """``rules/answers.toml``, ready to be looked for in answers."""

    least_words: int
    #: Words of one sentence that are neither stock nor the citizen's, without which nothing was told.
    least_new: int
    #: The same where a question is answered or a reason given.
    least_told: int
    #: A run of so many of the citizen's words is copied.
    copied_run: int
    #: How often one text may be sent by an agency within so many days.
    most_used: int
    days: int
    #: Topics whose work can be seen.
    pictures: frozenset[str]
    blanks: frozenset[str]
    #: Each list of words by its name, as patterns of words between spaces: as spelled, and folded.
    lists: Mapping[str, tuple[re.Pattern[str], re.Pattern[str]]]
    templates: tuple[Template, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why an answer is none; officers read ``flaw_<key>`` of the texts."""

    key: str
    values: Mapping[str, object]


_LISTS = (
    "visible", "deeds", "no_picture", "refusing", "reasons", "promising", "asking", "times", "places", "positions",
    "bodies", "stock", "joining",
)  # fmt: skip
_NUMBERS = ("least_words", "least_new", "least_told", "copied_run", "most_used", "days")


def parse_answers(row: Mapping[str, Any]) -> AnswerRules:
    """Return the rules of ``rules/answers.toml``. Raises AnswerRuleError naming a row that is missing or senseless."""
    known = {*_LISTS, *_NUMBERS, "pictures", "blanks", "templates"}
    if wrong := known ^ set(row):
        raise AnswerRuleError(f"rules/answers.toml: {min(wrong)} is missing, or nobody knows it")
    for name in _NUMBERS:
        if not isinstance(row[name], int) or row[name] < 1:
            raise AnswerRuleError(f"rules/answers.toml: {name} is a number from 1")
    for name in (*_LISTS, "blanks"):
        if not row[name] or not all(isinstance(word, str) and fold(word) for word in row[name]):
            raise AnswerRuleError(f"rules/answers.toml: {name} is a list of words")
    blanks = frozenset(fold(name) for name in row["blanks"])
    templates = tuple(_template(slug, values, blanks) for slug, values in row["templates"].items())
    return AnswerRules(
        **{name: row[name] for name in _NUMBERS},
        pictures=frozenset(row["pictures"]),
        blanks=blanks,
        lists={name: (_pattern(row[name], spelled), _pattern(row[name], fold)) for name in _LISTS},
        templates=templates,
    )


def _template(slug: str, row: Mapping[str, Any], blanks: frozenset[str]) -> Template:
    try:
        template = Template(slug, row["name"], row["text"], tuple(row.get("topics", ())))
    except KeyError as error:
        raise AnswerRuleError(f"rules/answers.toml: templates.{slug} has no {error}") from error
    if unknown := {fold(name) for name in _BLANK.findall(template.text)} - blanks:
        raise AnswerRuleError(f"rules/answers.toml: templates.{slug}: {min(unknown)} is not among the blanks")
    return template


def _pattern(phrases: Iterable[str], form: Callable[[str], str]) -> re.Pattern[str]:
    formed = {" ".join(map(form, _WORD.findall(unicodedata.normalize("NFC", phrase)))) for phrase in phrases}
    longest_first = sorted(formed, key=len, reverse=True)
    return re.compile(f"(?<= )(?:{'|'.join(map(re.escape, longest_first))})(?= )")


def spelled(word: str) -> str:
    """Return a word in lower case with its tone at its end, so that "hòa" and "hoà" are one."""
    letters = unicodedata.normalize("NFD", word.lower())
    tone = "".join(c for c in letters if c in _TONES)
    return unicodedata.normalize("NFC", "".join(c for c in letters if c not in _TONES)) + tone


def templates(topic: str | None, rules: AnswerRules) -> tuple[Template, ...]:
    """Return what an answer about the topic can be made from: the topic's own, its field's, then those for all."""
    ranks = (topic, (topic or "").partition(".")[0])
    own = [one for rank in ranks for one in rules.templates if rank and rank in one.topics]
    return (*own, *(one for one in rules.templates if not one.topics))


def blanks(text: str, rules: AnswerRules) -> list[str]:
    """Return the blanks of a template that nobody filled in, and gaps of dots or lines in place of words."""
    text = unicodedata.normalize("NFC", text)
    named = [f"[{name}]" for name in _BLANK.findall(text) if fold(name) in rules.blanks]
    return named + [gap.strip() for gap in _GAP.findall(text)]


def fingerprint(answer: str) -> str:
    """Return 16 hex digits that are the same for one text sent again with other numbers, days and places."""
    answer = unicodedata.normalize("NFC", answer)
    capitals = answer.upper() != answer
    kept: list[str] = []
    left = 0  # words that may still be the name of a place: the first whatever it is, others with a capital
    for word in _WORD.findall(answer):
        if any(map(str.isdigit, word)):
            continue
        folded = fold(word)
        if folded in _NAMED:
            left = _LONGEST_NAME
        elif left == _LONGEST_NAME or (left and capitals and word[0].isupper()):
            left -= 1
            continue
        else:
            left = 0
        kept.append(folded)
    return hashlib.sha256(" ".join(kept).encode()).hexdigest()[:16]


class _Theirs:
    """What the citizen wrote, and what the officer asked: words that tell nothing when they come back."""

    def __init__(self, text: str, rules: AnswerRules) -> None:
        words = [fold(word) for word in _WORD.findall(text)]
        self.words = frozenset(words)
        self._length = rules.copied_run
        self._runs = set(_runs(words, self._length))
        self.asks = bool(rules.lists["asking"][True].search(f" {' '.join(words)} "))

    def copied(self, words: Sequence[str]) -> set[int]:
        """Return which words stand in a run of theirs."""
        starts = [n for n, run in enumerate(_runs(words, self._length)) if run in self._runs]
        return {n + k for n in starts for k in range(self._length)}


class _Sentence:
    """A sentence of an answer, and what each list finds in it.

    bare: the answer has no diacritics. capitals: it has small letters, so that capitals mean names.
    """

    def __init__(self, text: str, rules: AnswerRules, *, bare: bool, capitals: bool) -> None:
        self._rules, self._bare, self._capitals = rules, bare, capitals
        self.asks = text.endswith("?")
        self._written = _WORD.findall(text)
        self._folded = [fold(word) for word in self._written]
        self._plain = f" {' '.join(self._folded)} "
        self._line = self._plain if bare else f" {' '.join(map(spelled, self._written))} "
        self._dull = self._at("stock") | self._at("joining") | self._at("times") | self._of(_TIME, self._plain)

    def has(self, name: str) -> bool:
        """Say whether a phrase of the list is in the sentence."""
        return bool(self._rules.lists[name][self._bare].search(self._line))

    @property
    def told(self) -> bool:
        """Say whether this is told of as a thing done, neither refused nor promised."""
        return not self.has("refusing") and not self.has("promising")

    @property
    def explains(self) -> bool:
        """Say whether something is refused and a reason given."""
        return self.has("refusing") and self.has("reasons")

    @property
    def dated(self) -> bool:
        """Say whether a day or hour is named."""
        return self.has("times") or bool(_TIME.search(self._plain))

    @property
    def numbered(self) -> bool:
        """Say whether there is a number besides those of days: a phone, a sum, a paper, a house."""
        when = self._of(_TIME, self._plain)
        return any(any(map(str.isdigit, word)) for n, word in enumerate(self._folded) if n not in when)

    @property
    def placed(self) -> bool:
        """Say whether a place is named: "xóm Đông", "ngõ 12", "trước cổng trường"."""
        return self.has("positions") or any(
            self._named(n + 1) or (self._bare and n + 1 < len(self._folded) and not {n, n + 1} & self._dull)
            for n in self._at("places")
        )

    def tells(self, theirs: "_Theirs", least: int) -> bool:
        """Say whether a deed is named with what it was done to, or so many words that are no stock, names or joints.

        The citizen's own words count half, copied ones not at all; an amount counts as one more: "6 thanh".
        """
        places = self._at("places")
        dull = self._dull | places | {n + 1 for n in places if self._named(n + 1)}
        dull |= theirs.copied(self._folded)
        plain = [n for n in range(len(self._folded)) if n not in dull and not self._name(n)]
        words = {self._folded[n] for n in plain if self._folded[n].isalpha()}
        amounts = sum(self._folded[n].isdecimal() and n + 1 in plain and self._folded[n + 1].isalpha() for n in plain)
        weight = len(words) - len(words & theirs.words) / 2 + amounts
        return weight >= least or (len(words) > 1 and (self.has("visible") or self.has("deeds")))

    def _name(self, n: int) -> bool:
        return self._capitals and n > 0 and self._written[n][0].isupper()

    def _named(self, n: int) -> bool:
        return n < len(self._written) and (self._name(n) or self._written[n][0].isdigit())

    def _at(self, name: str) -> set[int]:
        return self._of(self._rules.lists[name][self._bare], self._line)

    @staticmethod
    def _of(pattern: re.Pattern[str], line: str) -> set[int]:
        found: set[int] = set()
        for match in pattern.finditer(line):
            first = line.count(" ", 0, match.start()) - 1
            found.update(range(first, first + match.group().count(" ") + 1))
        return found


def flaws(
    answer: str, *, asked: str, question: str | None, topic: str | None, photos: int, used: int, rules: AnswerRules
) -> list[Flaw]:
    """Return why this is no answer, the weightiest first; nothing when it is one.

    asked: what the citizen wrote. question: what the officer asked the citizen last, if anything. photos: how many come
    with the answer. used: how often the agency sent an answer of this ``fingerprint`` in the last ``rules.days`` days.
    """
    answer = unicodedata.normalize("NFC", answer).strip()
    if not answer:
        return [Flaw("empty", {})]
    if left := blanks(answer, rules):
        return [Flaw("blanks", {"blanks": left})]
    words = [fold(word) for word in _WORD.findall(answer)]
    if _mashed(words):
        return [Flaw("mashed", {})]
    bare = 3 * sum(fold(word) != word.lower() for word in _WORD.findall(answer)) < len(words)
    capitals = answer.upper() != answer
    sentences = [_Sentence(part, rules, bare=bare, capitals=capitals) for part in _SENTENCE.split(answer)]
    theirs = _Theirs(f"{asked}\n{question or ''}", rules)
    found = [
        *_told(sentences, words, theirs, rules),
        *_shown(sentences, topic, photos, rules),
    ]
    if used >= rules.most_used:
        found.append(Flaw("repeated", {"used": used, "days": rules.days}))
    return found


def _mashed(words: list[str]) -> bool:
    """Say whether these are no words of a language: keys struck at random, numbers, one word over and over."""
    letters = [word for word in words if word.isalpha()]
    real = sum(bool(_SYLLABLE.fullmatch(word)) for word in letters)
    few = len(set(letters)) < _FEW
    return 2 * real <= len(letters) or (few and len(letters) >= _LEAST_RUN and 2 * len(set(letters)) <= len(letters))


def _told(sentences: list[_Sentence], words: list[str], theirs: _Theirs, rules: AnswerRules) -> list[Flaw]:
    """Return what the words lack."""
    if len(set(words)) < rules.least_words:
        return [Flaw("short", {"least": rules.least_words})]
    telling = [
        one
        for one in sentences
        if one.tells(theirs, rules.least_told if theirs.asks or one.explains else rules.least_new)
    ]
    dated = any(one.dated for one in sentences)
    facts = dated or any(one.numbered for one in sentences)
    if sentences[-1].asks and not facts:
        return [Flaw("asks", {})]
    if not telling:
        return [_hollow(sentences, words, theirs)]
    if any(one.told for one in telling):
        return [] if facts or any(one.placed for one in sentences) else [Flaw("where", {})]
    if any(one.has("refusing") for one in sentences):
        if not any(one.has("reasons") for one in sentences):
            return [Flaw("why", {})]
        return [] if facts or any(one.has("bodies") for one in sentences) else [Flaw("next", {})]
    return [] if dated else [Flaw("promise", {})]


def _hollow(sentences: list[_Sentence], words: list[str], theirs: _Theirs) -> Flaw:
    """Say which of the ways of telling nothing this is."""
    if 2 * len(theirs.copied(words)) >= len(words):
        return Flaw("copied", {})
    if any(one.has("promising") for one in sentences):
        return Flaw("promise", {})
    if any(one.has("refusing") for one in sentences):
        return Flaw("why", {})
    return Flaw("what", {})


def _runs(words: Sequence[str], length: int) -> list[tuple[str, ...]]:
    """Return all runs of so many words, in order."""
    return [tuple(words[n : n + length]) for n in range(len(words) - length + 1)]


def _shown(sentences: list[_Sentence], topic: str | None, photos: int, rules: AnswerRules) -> list[Flaw]:
    """Return that a picture is missing of work said to be done, where the text does not say why there is none."""
    if photos or topic not in rules.pictures or any(one.has("no_picture") for one in sentences):
        return []
    return [Flaw("picture", {})] if any(one.has("visible") and one.told for one in sentences) else []
