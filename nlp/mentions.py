"""Finds in a text the names that may be places, and tells them from words, streets and persons."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nlp.detail import NEVER
from nlp.normalize import Word, fold, respell
from nlp.typos import Typos
from nlp.units import Unit

#: What may stand before a name, folded, and the kind it says; typed with diacritics it must be the kind itself.
KINDS = {
    "xa": "xã",
    "x": "xã",
    "phuong": "phường",
    "p": "phường",
    "ph": "phường",
    "f": "phường",
    "tt": "thị trấn",
    "thi tran": "thị trấn",
    "dac khu": "đặc khu",
    "huyen": "huyện",
    "h": "huyện",
    "quan": "quận",
    "q": "quận",
    "tx": "thị xã",
    "thi xa": "thị xã",
    "tp": "thành phố",
    "thanh pho": "thành phố",
    "tinh": "tỉnh",
}
#: The last words of kinds.
_KIND_ENDS = {kind.split()[-1] for kind in KINDS}
#: The levels a kind is said of. Kinds change (Chùa Hang was a thị trấn, then a phường), levels do not.
_LEVELS = {
    "huyện": ("district",),
    "quận": ("district",),
    "thị xã": ("district",),
    "thành phố": ("district", "province"),
    "tỉnh": ("province",),
}
_SMALL = ("commune", "ward")
#: Folded kinds that mean nothing else before a name; "xa" is far, "quan" an inn or a soldier, "tinh" love.
_PLAIN_KINDS = {"huyen", "phuong", "thi tran", "thi xa", "thanh pho", "tx", "tp"}
#: Kinds that are more often something else: no slip is looked for after them.
_DOUBTFUL = {"quan", "tinh", "q", "h", "f"}
#: A name straight after these is the street's, the hamlet's or the company's own.
_STREET = {
    "đường", "duong", "phố", "pho", "ngõ", "ngo", "ngách", "hẻm", "đg", "xóm", "xom", "thôn", "thon", "bản", "làng",
    "ấp", "buôn", "khối", "cụm", "tdp", "lộ", "kiệt", "cầu", "cau", "sông",
}  # fmt: skip
_TITLE = {
    "ông", "ong", "bà", "anh", "chị", "chi", "cô", "chú", "chu", "bác", "thầy", "thay", "cụ", "tên", "mr", "ô", "đ/c",
    "đồng chí", "chí", "tịch", "bạn", "cháu", "em", "thằng", "con",
    "giáo", "sĩ",
}  # fmt: skip
#: What is called after heroes and fine words.
_NAMED_AFTER = {
    "trường", "truong", "thpt", "thcs", "học", "non", "viện", "cầu", "chợ", "quán", "ty", "thị", "khu", "thôn", "xóm",
    "tưởng", "đoàn", "đội", "lăng", "gương", "hàng", "máy", "sạn", "chùa", "đình", "đền", "cư", "tòa", "shop", "tiệm",
    "lớp", "ca", "tổ", "phòng", "xe",
}  # fmt: skip
#: "Tôi tên là Lương Phú", "tên em là …": so many words from "tên" to the name.
_IS = {"là", "la", "tên", "ten"}
_TO_NAME = 3
#: A company's name may stand some words after these: "công ty cổ phần Gia Sàng".
_COMPANY = {"ty", "cty", "tnhh", "htx"}
_COMPANY_WORDS = 4
#: And a second street's after the first: "đường Lê Lợi và Nguyễn Văn Linh".
_STREETS_WORDS = 6
#: What bears the name of a province without being there: "bún bò Huế", "xe Hà Nội", "đài Hà Nội".
_FROM = {
    "bò", "bia", "chè", "nhãn", "vải", "gạo", "xe", "tàu", "đài", "báo", "tốc", "lộ", "người", "gốc", "số", "bún",
    "viện", "học", "hãng", "hàng", "bưởi", "cốm", "tiếng", "giọng", "khách", "tuyến", "tuyen", "lồng", "long",
}  # fmt: skip
AT = {"ở", "o", "tại", "tai", "thuộc", "thuoc", "về", "đến", "từ", "sang", "qua"}
#: Words before a name in small letters that make a place of it.
_LOCAL = AT | {
    "bên", "ben", "đoạn", "doan", "chỗ", "cho", "gần", "gan", "khu", "trong", "dưới", "trên", "tren", "ngoài", "ubnd",
    "đi", "di", "lên", "len", "xuống", "vào", "vao", "dân", "dan", "huyện", "xã", "tuyến", "tuyen", "kcn", "ccn", "quê",
    "que", "ra", "nhà", "nha", "em", "e", "tôi", "toi", "mình", "cháu", "vùng", "chợ", "viện", "tư", "tu", "tỉnh",
}  # fmt: skip
#: Where an abbreviation is a place: "ở hn", "quê sg"; "đến hn" is until today.
_AT_SHORT = {"ở", "o", "tại", "tai", "ra", "về", "ve", "ngoài", "ngoai", "vào", "trong", "quê", "que", "lên"}
_POLITE = {"ạ", "a", "nhé", "em", "e", "tôi", "mình", "cháu", "nhà", "dạ", "vâng"}
#: Folded family and middle names: after one of them a name is a person's.
_SURNAMES = {
    "nguyen", "tran", "le", "pham", "hoang", "huynh", "phan", "vu", "vo", "dang", "bui", "do", "ho", "ngo",
    "duong", "ly", "nong", "ma", "trieu", "dinh", "dao", "doan", "luong", "trinh", "ta", "to", "chu", "luu",
    "van", "thi", "duc", "huu", "quang", "ngoc", "minh", "thu", "thanh",
}  # fmt: skip
#: Syllables of a name, or letters of a syllable, that many things share; a longer one is told by itself.
_SHORT = 2
#: Letters from which a name after "ở" is looked for with a slip of the finger; after "xã" any.
_LONG = 8
#: Words a name with a slip may take.
_MOST_SLIPPED = 4
_JOINED = {" ", "-", " - ", "'", "’"}
_BETWEEN = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Mention:
    """Words ``start`` to ``end`` of the text name one of ``units``."""

    #: The first word of the kind, ``start`` when there is none.
    opens: int
    start: int
    end: int
    #: The kind written before the name, None when it stood alone.
    kind: str | None
    units: tuple[Unit, ...]
    #: Whether it is a place by itself; otherwise only beside an area it lies in.
    sure: bool = True
    #: Whether it reads as ordinary words: two such beside each other do not make each other places.
    words: bool = False

    def at(self, *levels: str) -> tuple[Unit, ...]:
        """Return its units of these levels."""
        return tuple(unit for unit in self.units if unit.level in levels)


class Finder:
    """Names of units to units. One look-up a word sequence: the cost does not grow with the number of units."""

    def __init__(self, units: Iterable[Unit], home: str) -> None:
        with (Path(__file__).parent / "ordinary.toml").open("rb") as file:
            ordinary = tomllib.load(file)
        self._home = home
        self._phrases, self._sounds, self._honoured, self._deeds = (
            frozenset(ordinary[name]) for name in ("phrases", "sounds", "honoured", "deeds")
        )
        self.streets = frozenset(map(fold, self._honoured))
        #: By name as the usual spelling has it, and folded.
        self._exact: dict[str, tuple[Unit, ...]] = {}
        self.folded: dict[str, tuple[Unit, ...]] = {}
        for unit in _with_other_names(units, ordinary["other_names"]):
            name = respell(unit.name)
            name = name if name.replace(" ", "").isalpha() else _BETWEEN.sub(" ", name)
            for names, key in ((self._exact, name), (self.folded, fold(name))):
                names[key] = (*names[key], unit) if key in names else (unit,)
        for name in ordinary["longer"]:
            self.folded[name] = ()
        #: The most words of a name that begins with these one or two.
        self._longest: dict[str, int] = {}
        for name in self.folded:
            syllables = name.split(" ")
            for begin in {syllables[0], " ".join(syllables[:2])}:
                self._longest[begin] = max(len(syllables), self._longest.get(begin, 0))
        #: Names of the home province alone.
        self.at_home = {
            name: near for name, all_of_name in self.folded.items() if (near := tuple(filter(self.near, all_of_name)))
        }
        self._syllables = {syllable for name in self.folded for syllable in name.split()}
        self._shorts = self._abbreviations(ordinary)
        self._typos = Typos(self.at_home)

    def near(self, unit: Unit) -> bool:
        """Whether it is in the home province."""
        return unit.province == self._home

    def mentions(self, text: str, words: Sequence[Word]) -> list[Mention]:
        """Names in the text from left to right, the longest first, none inside another; the sure before the unsure."""
        run = _runs(text, words)
        sure: list[Mention] = []
        unsure: list[Mention] = []
        index = 0
        while index < len(words):
            found = self._at(text, words, index, run[index])
            if found:
                (sure if found.sure else unsure).append(found)
            index = found.end if found and found.sure else index + 1
        taken = {index for mention in sure for index in range(mention.opens, mention.end)}
        for mention in unsure:
            if taken.isdisjoint(range(mention.opens, mention.end)):
                sure.append(mention)
                taken.update(range(mention.opens, mention.end))
        return sorted((mention for mention in sure if mention.units), key=lambda mention: mention.start)

    def _at(self, text: str, words: Sequence[Word], index: int, run: int) -> Mention | None:
        """Find the name that begins at a word."""
        first = words[index].folded
        unsure = None
        known = False
        two = f"{first} {words[index + 1].folded}" if run > 1 else first
        longest = min(self._longest.get(two) or 1, run) if first in self._longest else 0
        for width in range(longest, 0, -1):
            units = self.folded.get(" ".join([word.folded for word in words[index : index + width]]))
            if units == ():
                # A longer name with a place's inside, to be passed over.
                return Mention(index, index, index + width, None, ())
            if units:
                mention = self._mention(text, words, index, index + width, units)
                if mention and mention.sure:
                    return mention
                unsure = unsure or mention
                known = known or width > 1
        if first in self._shorts:
            return self._short(text, words, index)
        return unsure if known else self._slip(text, words, index, run) or unsure

    def _mention(
        self, text: str, words: Sequence[Word], start: int, end: int, units: tuple[Unit, ...]
    ) -> Mention | None:
        """Make the mention, None where the words mean something else."""
        opens, kind = _kind_before(text, words, start)
        typed = respell(" ".join([word.typed for word in words[start:end]]))
        exact = self._exact.get(typed)
        if kind:
            return self._kinded(words, Mention(opens, start, end, kind, units), exact)
        if exact:
            units = exact
        elif not typed.isascii():
            return None
        if self._is_named(text, words, start, end):
            return None
        if not self._stands_alone(text, words, start, end, typed, exact=bool(exact)):
            read_as_words = typed in self._phrases or typed in self._sounds
            return Mention(start, start, end, None, units, sure=False, words=read_as_words) if end - start > 1 else None
        provinces = [unit for unit in units if unit.level == "province"]
        if provinces and not any(map(self.near, provinces)) and start and words[start - 1].typed.lower() in _FROM:
            return Mention(start, start, end, None, units, sure=False, words=True)
        sure = any(map(self.near, units)) or bool(provinces)
        sure = sure or (bool(exact) and self._is_far_place(words, start, end, units))
        return Mention(start, start, end, None, units, sure)

    def _kinded(self, words: Sequence[Word], mention: Mention, exact: tuple[Unit, ...] | None) -> Mention | None:
        """Judge a name after its kind: at home it is believed, elsewhere only when nothing else can be meant."""
        levels = _LEVELS.get(mention.kind or "", _SMALL)
        name = words[mention.start : mention.end]
        if len(name) == 1 and not exact and levels is _SMALL:
            return None
        exact_near = tuple(filter(self.near, exact or ()))
        near = exact_near or tuple(filter(self.near, mention.units))
        if any(unit.level in levels for unit in near):
            does = " ".join([word.typed for word in name]) in self._deeds
            if does or not (exact_near or any(_is_meant(name, unit) for unit in near)):
                return None
            # All units stay: a district or province beside the name decides.
            return replace(mention, units=exact if exact_near and exact else mention.units)
        units = exact or (mention.units if all(word.typed.isascii() for word in name) else ())
        far = tuple(unit for unit in units if unit.level in levels)
        if far:
            return self._far(words, replace(mention, units=far), exact=bool(exact))
        return replace(mention, units=near) if near and _capitals(name) else None

    def _far(self, words: Sequence[Word], mention: Mention, *, exact: bool) -> Mention:
        """Judge a name of another province after its kind; not sure of it, it needs its district or province beside."""
        kind, name = mention.kind, words[mention.start : mention.end]
        said = " ".join([word.typed.lower() for word in words[mention.opens : mention.start]])
        same = tuple(unit for unit in mention.units if unit.kind == kind or unit.level in {"district", "province"})
        capitals = _capitals(name)
        accented = not all(word.typed.isascii() for word in name)
        # "xa trung tâm": who writes accents writes them on the kind too.
        plain = said in _PLAIN_KINDS or kind == "tỉnh" or (not said.isascii() and kind != "xã")
        if name[0].typed.isdigit():
            sure = kind == "quận" and said != "quan"
        elif exact and accented:
            # In small letters "xã trung tâm", "xã anh hùng" are words.
            answer = all(
                word.typed.lower() in AT | _POLITE for word in (*words[: mention.opens], *words[mention.end :])
            )
            sure = capitals or (bool(same) and fold(kind or "") != said and (answer or kind in _LEVELS))
        else:
            sure = bool(same) and (capitals or plain) and (len(name) > 1 or mention.units[0].level not in _SMALL)
        return replace(mention, units=same or mention.units, sure=sure)

    def _is_far_place(self, words: Sequence[Word], start: int, end: int, units: tuple[Unit, ...]) -> bool:
        """Whether a name alone, of another province, is surely meant: "ở Nha Trang", or "Cầu Giấy" as an answer."""
        if end - start == 1 or not all(word.typed[0].isupper() for word in words[start:end]):
            return False
        if len({unit.province for unit in units}) > 1 or all(word.typed.isupper() for word in words):
            return False
        before = words[start - 1].typed.lower() if start else ""
        if any(unit.level == "district" for unit in units):
            return before in AT or not before or any(unit.kind == "thành phố" for unit in units)
        return before in AT

    def _is_named(self, text: str, words: Sequence[Word], start: int, end: int) -> bool:
        """Whether what stands before a name says whose it is: a street's, a company's, a person's."""
        if not start or text[words[start - 1].end : words[start].start] != " ":
            return False
        before = words[start - 1]
        if before.typed.lower() in _STREET:
            return True
        if before.typed.lower() in _TITLE:
            # "dạ em Kha Sơn ạ" tells where, "em Thanh Mai lớp 3" who.
            return any(word.typed.lower() not in _POLITE for word in (*words[:start], *words[end:]))
        lately = words[max(0, start - _TO_NAME) : start]
        if before.typed.lower() in _IS and any(word.folded == "ten" for word in lately):
            return True
        if any(word.typed.lower() in _COMPANY for word in words[max(0, start - _COMPANY_WORDS) : start]):
            return True
        return before.folded in _SURNAMES and before.typed[0].isupper() and words[start].typed[0].isupper()

    def _stands_alone(self, text: str, words: Sequence[Word], start: int, end: int, typed: str, *, exact: bool) -> bool:
        """Whether a name without its kind is a place here rather than words or what bears a hero's name."""
        before = words[start - 1].typed.lower() if start else ""
        if all(word.typed.lower() in AT or word.typed.lower() in _POLITE for word in (*words[:start], *words[end:])):
            return end - start >= _SHORT or exact
        # Without accents a capital says as much, but at the beginning of a sentence.
        capitals = (exact or (start > 0 and typed.isascii())) and _capitals(words[start:end])
        if end - start == 1:
            return exact and capitals and len(typed) > _SHORT
        if typed in self._honoured or (typed.isascii() and typed in self.streets):
            street = any(word.typed.lower() in _STREET for word in words[max(0, start - _STREETS_WORDS) : start])
            return (
                not street
                and (capitals or end - start > _SHORT)
                and before not in _NAMED_AFTER
                and (end - start > _SHORT or before in AT or not before)
            )
        if capitals:
            return typed not in self._phrases or before not in _NAMED_AFTER
        if typed in (self._phrases if exact and not typed.isascii() else self._sounds):
            return False
        # In small letters in the middle of a sentence: "ký bằng vân tay" is no xã Bằng Vân.
        return before in _LOCAL or self._is_edge(text, words, start) or self._is_edge(text, words, end)

    @staticmethod
    def _is_edge(text: str, words: Sequence[Word], index: int) -> bool:
        """Whether a clause begins before the word, or the text ends there."""
        return index in {0, len(words)} or text[words[index - 1].end : words[index].start] != " "

    def _slip(self, text: str, words: Sequence[Word], start: int, run: int) -> Mention | None:
        """Find a name of the home province written with a slip, after its kind or after "ở"."""
        said = words[start - 1].typed.lower() if start else ""
        opens, kind = _kind_before(text, words, start)
        if said in _DOUBTFUL or not (kind or said in AT):
            return None
        levels = _LEVELS.get(kind, _SMALL) if kind else (*_SMALL, "district")
        for width in range(min(_MOST_SLIPPED, run), 0, -1):
            name = words[start : start + width]
            typed = " ".join([word.folded for word in name])
            capitals = _capitals(name)
            if not kind and (len(typed) < _LONG or not (capitals or start + width == len(words))):
                continue
            units = tuple(
                unit
                for found in self._typos.find(typed)
                for unit in self.at_home[found]
                if unit.level in levels and _is_meant(name, unit)
            )
            if units and (capitals or self._is_closed(text, words, start, start + width)):
                return Mention(opens, start, start + width, kind, units)
        return None

    def _is_closed(self, text: str, words: Sequence[Word], start: int, end: int) -> bool:
        """Whether small words can be nothing but a name: no words at all ("phug"), or the end of a clause."""
        if any(word.folded not in self._syllables and not word.typed.isdigit() for word in words[start:end]):
            return True
        if any(word.typed.lower() in NEVER for word in words[start:end]):
            return False
        return self._is_edge(text, words, end) or words[end].folded in KINDS

    def _short(self, text: str, words: Sequence[Word], index: int) -> Mention:
        """Read an abbreviation of a place; of itself it is one only where it is introduced: "tp tn", "ở hn", "hcm"."""
        opens, kind = _kind_before(text, words, index)
        before = words[index - 1].typed.lower() if index else ""
        introduced = kind == "tỉnh" or before in _AT_SHORT or len(words) == 1
        meanings = self._shorts[words[index].folded]
        for when, meant in meanings:
            if when == "always" or kind == "thành phố" or (when == "introduced" and introduced):
                return Mention(opens, index, index + 1, kind, meant)
        units = tuple(unit for _, meant in meanings for unit in meant)
        return Mention(index, index, index + 1, None, units, sure=False)

    def _abbreviations(self, ordinary: dict[str, dict[str, str]]) -> dict[str, list[tuple[str, tuple[Unit, ...]]]]:
        """Abbreviations with when they count and what they mean; those of the home cities are their initials."""
        shorts: dict[str, list[tuple[str, tuple[Unit, ...]]]] = {}
        for names in self.folded.items():
            for unit in names[1]:
                if self.near(unit) and unit.level == "district" and unit.kind.lower() == "thành phố":
                    initials = "".join(word[0] for word in names[0].split())
                    shorts.setdefault(initials, []).append(("city", (unit,)))
                    shorts.setdefault(f"tp{initials}", []).append(("always", (unit,)))
                if self.near(unit) and unit.name == self._home and unit.level == "province":
                    initials = "".join(word[0] for word in names[0].split())
                    shorts.setdefault(initials, []).append(("introduced", (unit,)))
                if unit.level == "district" and unit.kind == "quận" and unit.name.isdigit():
                    shorts.setdefault(f"q{unit.name}", []).append(("always", (unit,)))
        for when in ("always", "introduced", "city"):
            for short, name in ordinary[when].items():
                province = tuple(unit for unit in self.folded[fold(name)] if unit.level == "province")
                shorts.setdefault(short, []).append((when, province))
        return shorts


def _with_other_names(units: Iterable[Unit], others: dict[str, list[str]]) -> Iterator[Unit]:
    """Yield the units, and once more each that people also call otherwise."""
    for unit in units:
        yield unit
        if unit.level in {"province", "district"}:
            for other in others.get(unit.name, ()):
                yield replace(unit, name=other)


def _capitals(name: Sequence[Word]) -> bool:
    """Whether every word begins with a capital, and none is shouted."""
    return all(word.typed[0].isupper() and not word.typed[1:].isupper() for word in name)


def _is_meant(typed: Sequence[Word], unit: Unit) -> bool:
    """Whether the accents typed speak for the unit: "khoái chau" for Khoái Châu, not "tăng cường" for Tân Cương."""
    name = respell(unit.name).split()
    if len(name) != len(typed):
        return all(word.typed.isascii() for word in typed)
    astray = sum(
        respell(word.typed) != syllable and not (word.typed.isascii() and word.folded == fold(syllable))
        for word, syllable in zip(typed, name, strict=True)
    )
    if astray and any(word.typed in NEVER for word in typed):
        return False
    return astray <= 1 or all(word.typed[0].isupper() for word in typed)


def _runs(text: str, words: Sequence[Word]) -> list[int]:
    """For each word, how many words from it on may be one name."""
    run = [1] * len(words)
    for index in range(len(words) - 2, -1, -1):
        if text[words[index].end : words[index + 1].start] in _JOINED:
            run[index] = run[index + 1] + 1
    return run


def _kind_before(text: str, words: Sequence[Word], start: int) -> tuple[int, str | None]:
    """Find the kind of unit written before the word at ``start``, and where it begins."""
    if not start or words[start - 1].folded not in _KIND_ENDS:
        return start, None
    if text[words[start - 1].end : words[start].start] not in {" ", ".", ". ", ": "}:
        return start, None
    for width in (2, 1):
        before = words[max(0, start - width) : start]
        kind = KINDS.get(" ".join([word.folded for word in before]))
        if kind:
            typed = respell(" ".join([word.typed for word in before]))
            if typed in {kind, fold(typed)}:
                return start - len(before), kind
    return start, None
