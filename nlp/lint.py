"""What is wrong with labelled messages: ``python -m nlp.lint [FOLDER]`` prints it, the worst first.

Errors (lines that cannot be used, doubles, contradictions, thin topics) make the exit code 1. Warnings point at what a
model may learn instead of the meaning: an author's pet word, a frame filled in again and again, one voice for a topic.
"""

import argparse
import json
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple, NotRequired, cast

from nlp import pii
from nlp.corpus import CORPUS, Row, label
from nlp.normalize import Word, fold, normalize, respell, split

#: Fields and topics a message may be about. Data of the project, read and not imported: this tool runs by itself.
TAXONOMY = Path(__file__).parents[1] / "domain" / "rules" / "taxonomy.toml"

KINDS = frozenset({"phan_anh", "kien_nghi", "khieu_nai", "to_cao", "hoi_dap", "khen", "khac"})
REGISTERS = frozenset({"thuong", "khong_dau", "teencode", "hoa", "trang_trong", "loi", "giong_noi"})
TALKS = frozenset(
    {"chao", "cam_on", "hoi_bot", "theo_doi", "vo_nghia", "ngoai_pham_vi", "chui", "gap_nguoi", "tuyet_vong"}
)

#: Rules in the order they are printed; what is wrong by the first five must be mended.
RULES = (
    "bad line", "exact double", "contradiction", "thin topic", "unknown label",
    "label in the text", "near double", "same skeleton", "frame", "pet word", "few voices", "private data",
)  # fmt: skip
ERRORS = frozenset(RULES[:5])

#: Fewer examples than this make a topic thin.
_ENOUGH = 100
#: Writers a topic should have, and messages in each of the registers that are hard to read.
_VOICES, _IN_REGISTER = 12, 8
_HARD_REGISTERS = ("khong_dau", "teencode")
#: Share of words two messages have in common from which one of them is a double.
_ALIKE = 0.85
#: 0.7 x 10 may be a little more than 7.
_ROUNDING = 1e-9
#: Syllables of a frame, and how often it may open or close the messages of a topic.
_FRAME, _FRAMED = 4, 6
#: Words a text must keep without numbers and names for its skeleton to tell anything.
_SKELETON = 5
#: Messages in which a word of one writer alone is a habit.
_HABIT = 6
#: What names follow: two messages that differ in the name only are one.
_PLACES = frozenset({
    "xa", "phuong", "thon", "xom", "ban", "to", "ngo", "ngach", "hem", "duong", "pho", "lang", "huyen", "tinh", "khu",
    "ap", "tdp", "kdc", "ql", "tl", "km", "so", "cho", "cau", "truong",
})  # fmt: skip


class Labelled(Row):
    """A labelled message of a file, with all that can be measured."""

    #: "giao_thong.jsonl:12".
    where: NotRequired[str]
    province: NotRequired[str | None]
    #: Several communes fit.
    ambiguous_place: NotRequired[bool]
    #: Spans of private data: first character, one past the last, type.
    pii: NotRequired[list[tuple[int, int, str]]]


class Taxonomy(NamedTuple):
    """Slugs "field.topic" with their names, as in ``taxonomy.toml``."""

    topics: Mapping[str, str]

    @property
    def fields(self) -> frozenset[str]:
        """Slugs of the fields."""
        return frozenset(slug.partition(".")[0] for slug in self.topics)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at."""

    #: One of RULES.
    rule: str
    #: "giao_thong.jsonl:12", or the topic.
    where: str
    #: What is wrong, and what to do.
    says: str
    #: The greater, the sooner it is printed among its like.
    weight: float = 0.0


def read_taxonomy(path: Path = TAXONOMY) -> Taxonomy:
    """Read the topics with their names."""
    fields = tomllib.loads(path.read_text(encoding="utf-8"))
    return Taxonomy(
        {f"{field}.{slug}": row["name"] for field, group in fields.items() for slug, row in group["topics"].items()}
    )


def read_file(path: Path, taxonomy: Taxonomy | None = None) -> tuple[list[Labelled], list[Finding]]:
    """Messages of a file, and its bad lines. Without a taxonomy any topic is known."""
    rows: list[Labelled] = []
    bad: list[Finding] = []
    # By bytes: a text may hold the line separators of Unicode.
    for number, line in enumerate(path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            where = f"{path.name}:{number}"
            row, wrong = _parse(line, taxonomy)
            if wrong:
                bad.append(Finding("bad line", where, wrong))
            else:
                row |= {"where": where, "group": f"{path.stem}/{row.get('author', '')}"}
                rows.append(row)
    return rows, bad


def _parse(line: bytes, taxonomy: Taxonomy | None) -> tuple[Labelled, str]:
    """Return a message, and what is wrong with it: empty when nothing is."""
    try:
        found = json.loads(line)
    except UnicodeDecodeError:
        return {"text": ""}, "is not UTF-8: save the file as UTF-8"
    except (ValueError, RecursionError) as error:
        return {"text": ""}, f"is not JSON ({error}): write one object a line"
    if not isinstance(found, dict):
        return {"text": ""}, 'is no object: write {"text": "…", "topic": "…"}'
    # null says that it is not known, or that there is none.
    row = {key: value for key, value in found.items() if value is not None}
    return cast("Labelled", row), _wrong_type(row) or _wrong_value(row, taxonomy)


def _wrong_type(row: Mapping[str, Any]) -> str:
    for kind, (keys, says) in _TYPES.items():
        for key in keys:
            if key in row and not isinstance(row[key], kind):
                return f"{key} must be {says}"
    return "" if str(row.get("text", "")).strip() else 'has no text: add "text": "…"'


def _wrong_value(row: Mapping[str, Any], taxonomy: Taxonomy | None) -> str:
    for key, known in (("kind", KINDS), ("talk", TALKS)):
        if key in row and row[key] not in known:
            return f"{key} {row[key]!r} is none of {' '.join(sorted(known))}"
    topics = [row[key] for key in ("topic", "also") if key in row]
    fields = row.get("fields", [])
    if taxonomy:
        unknown = [slug for slug in topics if slug not in taxonomy.topics]
        unknown += [slug for slug in fields if not isinstance(slug, str) or slug not in taxonomy.fields]
        if unknown:
            return f"{unknown[0]!r} is no topic or field of rules/taxonomy.toml: mend the slug"
    if not all(_is_span(span, len(row["text"])) for span in row.get("pii", [])):
        return "pii must be [[start, end, type], …] within the text"
    return ""


def _is_span(span: object, size: int) -> bool:
    match span:
        case [int(start), int(end), str()]:
            return 0 <= start < end <= size
    return False


#: Kind of value, the keys that hold it, and how to say it.
_TYPES = {
    str: (("text", "topic", "also", "kind", "talk", "commune", "province", "author", "register"), "words in quotes"),
    bool: (("urgent", "restricted", "several", "ambiguous_place"), "true or false"),
    list: (("fields", "pii"), "a list"),
}


class _Message(NamedTuple):
    """A row with its words, made once for all rules."""

    row: Labelled
    #: As spelled, lower case, without signs.
    spelled: tuple[str, ...]
    #: Without diacritics, abbreviations written out.
    folded: tuple[str, ...]
    #: Folded, without numbers and names.
    skeleton: tuple[str, ...]

    @property
    def where(self) -> str:
        return self.row["where"]

    @property
    def label(self) -> str:
        return label(self.row) or "?"


def lint(rows: Sequence[Labelled], taxonomy: Taxonomy) -> list[Finding]:
    """All that is to be found in messages that could be read."""
    messages = [_message(row) for row in rows]
    rules = (
        _doubles, _contradictions, _near_doubles, _skeletons, _frames, _pet_words, _private_data, _labels,
    )  # fmt: skip
    found = [finding for rule in rules for finding in rule(messages)]
    return [*found, *_thin(messages, taxonomy), *_leaks(messages, taxonomy)]


def lint_folder(folder: Path, taxonomy: Taxonomy) -> tuple[int, list[Finding]]:
    """Count the messages of all ``*.jsonl`` of a folder, and find what is wrong with them."""
    rows: list[Labelled] = []
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.jsonl")):
        read, bad = read_file(path, taxonomy)
        rows += read
        findings += bad
    return len(rows), findings + lint(rows, taxonomy)


def _message(row: Labelled) -> _Message:
    clean = normalize(row["text"])
    words = split(clean)
    folded = tuple(part for word in words for part in fold(word.written).split())
    return _Message(row, tuple(respell(word.typed) for word in words), folded, tuple(_skeleton(clean, words)))


def _skeleton(text: str, words: Sequence[Word]) -> Iterator[str]:
    """Give the folded words without numbers, capitalised words within the sentence, and what follows "xã", "ngõ"."""
    named = False
    shouting = text.isupper()
    for word in words:
        inside = word.start > 0 and text[word.start - 1] == " " and text[word.start - 2] not in ".!?:"
        name = any(map(str.isdigit, word.typed)) or (inside and not shouting and word.typed[0].isupper())
        if not name and not named:
            yield word.folded
        named = word.folded in _PLACES or (named and name)


def _doubles(messages: Sequence[_Message]) -> Iterator[Finding]:
    """Find texts of the same words, whatever the capitals and signs; of signs alone, the same signs."""
    for first, *others in _alike(messages, lambda message: message.spelled or message.row["text"]):
        for other in others:
            yield Finding("exact double", other.where, f"is {first.where} again: delete one")


def _contradictions(messages: Sequence[_Message]) -> Iterator[Finding]:
    """Find the same words with the same diacritics: the labels cannot both be right."""
    for first, *others in _alike(messages, lambda message: message.spelled or message.row["text"]):
        for other in others:
            if wrong := _differ(first.row, other.row):
                says = f"has the words of {first.where} but {wrong}: label both alike, or delete one"
                yield Finding("contradiction", other.where, says)


def _differ(one: Labelled, other: Labelled) -> str:
    """Name the label in which two rows differ; a topic that is the other's ``also`` does not."""
    right = {one.get("topic"), one.get("also")} & {other.get("topic"), other.get("also")}
    if label(one) != label(other) and not right - {None}:
        return f"{label(other)}, not {label(one)}"
    for key in ("kind", "urgent", "restricted"):
        if (one.get(key) or False) != (other.get(key) or False):
            return f"{key} {other.get(key)}, not {one.get(key)}"
    return ""


def _near_doubles(messages: Sequence[_Message]) -> Iterator[Finding]:
    for one, other, share in near_pairs([message.folded for message in messages]):
        first, second = messages[one], messages[other]
        if first.spelled != second.spelled:
            mark = "" if first.label == second.label else f", but {second.label}, not {first.label}"
            says = f"is {first.where} again ({share:.2f}{mark}): delete one"
            yield Finding("near double", second.where, says, share + bool(mark))


def near_pairs(bags: Sequence[Sequence[str]], alike: float = _ALIKE) -> list[tuple[int, int, float]]:
    """Pairs of numbers (lower, higher) of bags of words whose share of common words (Jaccard) is ``alike`` or more.

    Exact: two such bags must have one of their few rarest words in common (prefix filter), so only those are compared.
    """
    numbered = [_numbered(bag) for bag in bags]
    often = Counter(word for bag in numbered for word in bag)
    # Words become numbers, the rarest first.
    rank = {word: number for number, word in enumerate(sorted(often, key=lambda word: (often[word], word)))}
    sets = [{rank[word] for word in bag} for bag in numbered]
    holders: dict[int, list[int]] = defaultdict(list)
    found = []
    for number, words in enumerate(sets):
        rare = sorted(words)[: len(words) - ceil(alike * len(words) - _ROUNDING) + 1]
        for other in sorted({other for word in rare for other in holders[word]}):
            if min(len(words), len(sets[other])) < alike * max(len(words), len(sets[other])) - _ROUNDING:
                continue
            common = len(words & sets[other])
            share = common / (len(words) + len(sets[other]) - common)
            if share >= alike:
                found.append((other, number, share))
        for word in rare:
            holders[word].append(number)
    return found


def _numbered(bag: Iterable[str]) -> set[tuple[str, int]]:
    """Make a set of a bag: the second "ổ" of a text is a word by itself."""
    seen: Counter[str] = Counter()
    words = set()
    for word in bag:
        words.add((word, seen[word]))
        seen[word] += 1
    return words


def _skeletons(messages: Sequence[_Message]) -> Iterator[Finding]:
    told = [message for message in messages if len(message.skeleton) >= _SKELETON]
    for first, *others in _alike(told, lambda message: (message.label, message.skeleton)):
        if len({message.folded for message in (first, *others)}) > 1:
            lines = ", ".join(message.where for message in others)
            says = f"differs from {lines} in numbers and names only: keep one"
            yield Finding("same skeleton", first.where, says, len(others))


def _frames(messages: Sequence[_Message]) -> Iterator[Finding]:
    told = [message for message in messages if len(message.folded) > _FRAME]
    for side, cut in (("begin", slice(None, _FRAME)), ("end", slice(-_FRAME, None))):
        for group in _alike(told, lambda message, cut=cut: (message.label, message.folded[cut])):  # type: ignore[misc]
            if len(group) > _FRAMED:
                frame = " ".join(group[0].folded[cut])
                says = f'{len(group)} messages {side} with "{frame}", as {group[0].where}: rewrite most'
                yield Finding("frame", group[0].label, says, len(group))


def _pet_words(messages: Sequence[_Message]) -> Iterator[Finding]:
    """Words of one writer alone: whoever uses them is taken to have that writer's concern."""
    lines: dict[str, list[_Message]] = defaultdict(list)
    for message in messages:
        for word in set(message.spelled):
            lines[word].append(message)
    for word, used in lines.items():
        group = used[0].row["group"]
        if len(used) >= _HABIT and not word.isdigit() and all(message.row["group"] == group for message in used):
            says = f'"{word}" stands in {len(used)} messages, all of this writer, as {used[0].where}: use others'
            yield Finding("pet word", group, says, len(used))


def _private_data(messages: Sequence[_Message]) -> Iterator[Finding]:
    """Nobody can tell an invented number from a real one, so they are only counted."""
    found: dict[str, list[str]] = defaultdict(list)
    for message in messages:
        for kind in {span.type for span in pii.find(message.row["text"])}:
            found[kind].append(message.where)
    for kind, lines in found.items():
        says = f"{len(lines)} messages hold one, the first is {lines[0]}: make sure that all are invented"
        yield Finding("private data", kind, says, len(lines))


def _labels(messages: Sequence[_Message]) -> Iterator[Finding]:
    for message in messages:
        register = message.row.get("register")
        if register and register not in REGISTERS:
            says = f"register {register!r} is none of {' '.join(sorted(REGISTERS))}"
            yield Finding("unknown label", message.where, says)
        if bool(message.row.get("topic")) == bool(message.row.get("talk")):
            yield Finding("unknown label", message.where, "needs a topic or a talk, and not both")


def _thin(messages: Sequence[_Message], taxonomy: Taxonomy) -> Iterator[Finding]:
    of_topic: dict[str, list[_Message]] = {topic: [] for topic in taxonomy.topics}
    for message in messages:
        of_topic.get(message.label, []).append(message)
    for topic, some in of_topic.items():
        if len(some) < _ENOUGH:
            says = f"has {len(some)} messages: write {_ENOUGH - len(some)} more"
            yield Finding("thin topic", topic, says, _ENOUGH - len(some))
        voices = len({message.row["group"] for message in some})
        if voices < _VOICES:
            yield Finding("few voices", topic, f"has {voices} writers of {_VOICES}", _VOICES - voices)
        for register in _HARD_REGISTERS:
            count = sum(message.row.get("register") == register for message in some)
            if count < _IN_REGISTER:
                says = f"has {count} messages in {register} of {_IN_REGISTER}"
                yield Finding("few voices", topic, says, _IN_REGISTER - count)


def _leaks(messages: Sequence[_Message], taxonomy: Taxonomy) -> Iterator[Finding]:
    names = {
        tuple(fold(part).replace("_", " ").replace(",", " ").replace(";", " ").split()): slug
        for slug, name in taxonomy.topics.items()
        for part in (name, slug.partition(".")[2], slug.replace(".", " "))
    }
    for message in messages:
        if slug := names.get(tuple(" ".join(message.folded).replace("_", " ").split())):
            yield Finding("label in the text", message.where, f"is the name of {slug}: write what a citizen would")


def _alike(messages: Iterable[_Message], key: Callable[[_Message], object]) -> Iterator[list[_Message]]:
    """Yield groups of two or more messages with the same key, in order."""
    groups: dict[object, list[_Message]] = defaultdict(list)
    for message in messages:
        groups[key(message)].append(message)
    return (group for group in groups.values() if len(group) > 1)


def as_text(count: int, findings: Iterable[Finding], most: int) -> str:
    """Write findings out by rule, the worst first, so many of each."""
    lines = [f"{count:,} messages"]
    for rule in RULES:
        found = sorted((one for one in findings if one.rule == rule), key=lambda one: -one.weight)
        if found:
            lines.append(f"\n{'error' if rule in ERRORS else 'warning'}: {rule} ({len(found)})")
            lines += [f"  {one.where}: {one.says}" for one in found[:most]]
            lines += [f"  … and {len(found) - most} more: --most {len(found)} shows them"] * (len(found) > most)
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what is wrong; return 1 when something must be mended."""
    parser = argparse.ArgumentParser(prog="python -m nlp.lint", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=CORPUS, help="folder of labelled messages (*.jsonl)")
    parser.add_argument("--most", type=int, default=20, help="findings shown of each rule")
    given = parser.parse_args(arguments)
    count, findings = lint_folder(given.folder, read_taxonomy())
    print(as_text(count, findings, given.most))  # noqa: T201 - what it is run for
    return int(not count or any(finding.rule in ERRORS for finding in findings))


if __name__ == "__main__":
    raise SystemExit(main())
