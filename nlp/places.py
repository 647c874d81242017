"""Where a text says it happened: communes of today and old units, as people write them."""

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nlp.detail import find_detail
from nlp.normalize import Word, fold, normalize, respell, split
from nlp.reading import Commune, PlaceReading
from nlp.units import Unit, all_units

#: What may stand before a name, folded, and the kind it says; typed with diacritics it must be the kind itself.
_KINDS = {
    "xa": "xã",
    "x": "xã",
    "phuong": "phường",
    "p": "phường",
    "ph": "phường",
    "tt": "thị trấn",
    "thi tran": "thị trấn",
    "huyen": "huyện",
    "h": "huyện",
    "tx": "thị xã",
    "thi xa": "thị xã",
    "tp": "thành phố",
    "thanh pho": "thành phố",
    "tinh": "tỉnh",
}
#: A name straight after these is the street's, the hamlet's or the company's own.
_STREET = {
    "đường",
    "duong",
    "phố",
    "pho",
    "ngõ",
    "ngo",
    "ngách",
    "hẻm",
    "đg",
    "xóm",
    "xom",
    "thôn",
    "thon",
    "bản",
    "làng",
    "ty",
}
_TITLE = {"ông", "ong", "bà", "anh", "chị", "cô", "chú", "bác", "thầy", "cụ", "tên", "mr", "ô", "đ/c", "đồng chí"}
_NAMED_AFTER = {
    "trường",
    "truong",
    "thpt",
    "thcs",
    "học",
    "non",
    "viện",
    "cầu",
    "chợ",
    "quán",
    "ty",
    "thị",
    "khu",
    "thôn",
    "xóm",
}
_AT = {"ở", "o", "tại", "tai", "thuộc", "thuoc", "về", "đến", "từ", "sang", "qua"}
#: Folded family and middle names: after one of them a name is a person's.
_SURNAMES = {
    "nguyen", "tran", "le", "pham", "hoang", "huynh", "phan", "vu", "vo", "dang", "bui", "do", "ho", "ngo",
    "duong", "ly", "nong", "ma", "trieu", "dinh", "dao", "doan", "luong", "trinh", "ta", "to", "chu", "luu",
    "van", "thi", "duc", "huu", "quang", "ngoc", "minh", "thu", "thanh",
}  # fmt: skip
#: How alike, 0 to 1, a name must be to be offered at all.
_ALIKE = 0.7
#: A name so much less alike than the nearest is not offered beside it.
_FARTHER = 0.2
#: Syllables of a name, or letters of a syllable, that many things share; a longer one is told by itself.
_SHORT = 2


@dataclass(frozen=True, slots=True)
class _Mention:
    """Words ``start`` to ``end`` of the text name one of ``units``."""

    start: int
    end: int
    #: The kind written before the name, None when it stood alone.
    kind: str | None
    units: tuple[Unit, ...]

    def at(self, *levels: str) -> tuple[Unit, ...]:
        return tuple(unit for unit in self.units if unit.level in levels)


class Gazetteer:
    """Names to communes. One dictionary lookup a word sequence: the cost does not grow with the number of communes."""

    def __init__(self, communes: Iterable[Commune], home: str) -> None:
        """``home`` is the province preferred when a name stands in several."""
        communes = tuple(communes)
        self._home = home
        self._units: dict[str, tuple[Unit, ...]] = {}
        for unit in all_units(communes):
            key = fold(unit.name)
            self._units[key] = (*self._units.get(key, ()), unit)
        self._firsts = {key.split(" ", 1)[0] for key in self._units}
        self._longest = max(len(key.split()) for key in self._units)
        with (Path(__file__).parent / "ordinary.toml").open("rb") as file:
            ordinary = {name: frozenset(names) for name, names in tomllib.load(file).items()}
        self._phrases, self._sounds, self._honoured = (ordinary[k] for k in ("phrases", "sounds", "honoured"))
        self._streets = frozenset(map(fold, self._honoured))

    def find(self, text: str) -> PlaceReading:
        """Read the place out of a text."""
        text = normalize(text)
        return self.read(text, split(text))

    def read(self, text: str, words: Sequence[Word]) -> PlaceReading:
        """Read the place out of a normalized text and its words."""
        mentions = list(self._mentions(text, words))
        place = self._resolve(text, words, mentions)
        named = {index for m in mentions for index in range(m.start - _kind_width(words, m), m.end)}
        detail = find_detail(text, words, named, self._streets)
        return PlaceReading(place.commune, place.candidates, place.province, place.old_name, detail)

    def suggest(self, text: str, limit: int = 6) -> tuple[Commune, ...]:
        """Communes of the home province whose names, of today or old, are nearest to what was typed, best first."""
        typed = [word.folded for word in split(normalize(text[:200]))]
        typed = [word for word in typed if word not in _KINDS] or typed
        best: dict[Commune, float] = {}
        for name, units in self._units.items():
            score = _likeness(typed, name)
            for unit in units:
                # An old name leads to a commune of another name, a surprise: of equals it comes second.
                worth = score if unit.level == "commune" else score - 0.05
                if worth >= _ALIKE and unit.province == self._home and unit.level != "province":
                    for commune in unit.communes:
                        best[commune] = max(worth, best.get(commune, 0.0))
        nearest = max(best.values(), default=0.0) - _FARTHER
        near = [commune for commune, worth in best.items() if worth >= nearest]
        return tuple(sorted(near, key=lambda commune: (-best[commune], commune.name))[:limit])

    def _mentions(self, text: str, words: Sequence[Word]) -> Iterator[_Mention]:
        """Names in the text from left to right, the longest first, none inside another."""
        run = _runs(text, words)
        index = 0
        while index < len(words):
            mention = None
            if words[index].folded in self._firsts:
                for width in range(min(self._longest, run[index]), 0, -1):
                    units = self._units.get(" ".join(word.folded for word in words[index : index + width]))
                    mention = self._mention(text, words, index, index + width, units) if units else None
                    if mention:
                        break
            if mention:
                yield mention
            index = mention.end if mention else index + 1

    def _mention(
        self, text: str, words: Sequence[Word], start: int, end: int, units: tuple[Unit, ...]
    ) -> _Mention | None:
        """Make the mention, None where the words mean something else."""
        kind = _kind_before(text, words, start)
        typed = respell(" ".join(word.typed for word in words[start:end]))
        exact = tuple(unit for unit in units if respell(unit.name) == typed)
        if exact:
            units = exact
        elif typed != fold(typed) and not kind:
            return None
        if kind:
            if end - start == 1 and not exact:
                return None
            units = tuple(unit for unit in units if unit.kind == kind) or units
        elif not self._stands_alone(text, words, start, end, typed, exact=bool(exact)):
            return None
        else:
            units = self._bare(units)
        return _Mention(start, end, kind, units)

    def _stands_alone(self, text: str, words: Sequence[Word], start: int, end: int, typed: str, *, exact: bool) -> bool:
        """Whether a name without its kind is a place here rather than words, a street or a person."""
        before = words[start - 1].typed.lower() if start else ""
        first = words[start]
        if start and text[words[start - 1].end : first.start] == " ":
            if before in _STREET or before in _TITLE:
                return False
            if (
                words[start - 1].folded in _SURNAMES
                and words[start - 1].typed[0].isupper()
                and first.typed[0].isupper()
            ):
                return False
        if all(
            word.typed.lower() in _AT or word.typed.lower() in {"ạ", "a", "nhé"}
            for word in (*words[:start], *words[end:])
        ):
            return end - start >= _SHORT or exact
        capitals = exact and all(word.typed[0].isupper() and not word.typed[1:].isupper() for word in words[start:end])
        if end - start == 1:
            return capitals and len(typed) > _SHORT
        if typed in self._honoured:
            return (
                (capitals or end - start > _SHORT)
                and before not in _NAMED_AFTER
                and (end - start > _SHORT or before in _AT or not before)
            )
        if capitals:
            return True
        return typed not in (self._phrases if exact and typed != fold(typed) else self._sounds)

    def _bare(self, units: tuple[Unit, ...]) -> tuple[Unit, ...]:
        """Tell what a name without its kind means: the province if there is one today, else places near home."""
        provinces = tuple(unit for unit in units if unit.level == "province")
        if any(unit.name == unit.province for unit in provinces):
            return provinces
        near = tuple(unit for unit in units if unit.level != "province" and unit.province == self._home)
        return near or provinces or units

    def _resolve(self, text: str, words: Sequence[Word], mentions: Sequence[_Mention]) -> PlaceReading:
        """One reading out of all mentions: the finest units, within the areas named with them."""
        local = [m for m in mentions if m.at("commune", "ward") and not m.at("district")]
        areas = [m for m in mentions if m.at("district")]
        named = [unit.province for m in mentions for unit in m.at("province")]
        # A name with its kind is surer than a name alone.
        local = [m for m in local if m.kind] or local
        readings = [self._local(m, areas, named) for m in local]
        if not readings:
            readings = [self._area(areas[0], named)] if areas else []
        if not readings:
            return PlaceReading(province=named[0] if named else None)
        after = _province_after(text, words, local[0], mentions) if local else None
        if after and readings[0].province != after:
            return PlaceReading(province=after)
        return _merge(readings)

    def _local(self, mention: _Mention, areas: Sequence[_Mention], named: Sequence[str]) -> PlaceReading:
        """Communes a mention of a ward may mean, narrowed by districts and provinces named beside it."""
        units = mention.at("commune", "ward")
        # "xã Tân Thành huyện Phú Bình": the district decides, the province after it, then home.
        within = {commune for area in areas for unit in area.at("district") for commune in unit.communes}
        for fits in (
            lambda unit: bool(within.intersection(unit.communes)),
            lambda unit: unit.province in named,
            lambda unit: unit.province == self._home,
            lambda unit: unit.level == "commune",
        ):
            units = tuple(unit for unit in units if fits(unit)) or units
        communes = tuple(dict.fromkeys(commune for unit in units for commune in unit.communes))
        communes = tuple(c for c in communes if c in within) or communes
        old = units[0].title if len(units) == 1 and units[0].level == "ward" else None
        return _reading(communes, old)

    def _area(self, mention: _Mention, named: Sequence[str]) -> PlaceReading:
        """All communes that an old district became."""
        units = mention.at("district")
        units = tuple(u for u in units if u.province in named) or units
        units = tuple(u for u in units if u.province == self._home) or units
        return _reading(units[0].communes, units[0].title)


def _reading(communes: tuple[Commune, ...], old_name: str | None) -> PlaceReading:
    provinces = {commune.province for commune in communes}
    province = communes[0].province if len(provinces) == 1 else None
    if len(communes) == 1:
        return PlaceReading(communes[0], (), province, old_name)
    return PlaceReading(None, communes, province, old_name)


def _merge(readings: Sequence[PlaceReading]) -> PlaceReading:
    """Several places named: all of them are candidates."""
    communes = tuple(
        dict.fromkeys(c for r in readings for c in ((r.commune,) if r.commune else r.candidates)),
    )
    return _reading(communes, readings[0].old_name) if len(readings) > 1 else readings[0]


def _runs(text: str, words: Sequence[Word]) -> list[int]:
    """For each word, how many words from it on have nothing but a space between them."""
    run = [1] * len(words)
    for index in range(len(words) - 2, -1, -1):
        if text[words[index].end : words[index + 1].start] == " ":
            run[index] = run[index + 1] + 1
    return run


def _kind_before(text: str, words: Sequence[Word], start: int) -> str | None:
    """Find the kind of unit written before the word at ``start``."""
    if not start or text[words[start - 1].end : words[start].start] not in {" ", ".", ". ", ": "}:
        return None
    for width in (2, 1):
        before = words[max(0, start - width) : start]
        kind = _KINDS.get(" ".join(word.folded for word in before))
        typed = respell(" ".join(word.typed for word in before))
        if kind and typed in {kind, fold(typed)}:
            return kind
    return None


def _kind_width(words: Sequence[Word], mention: _Mention) -> int:
    """Words the kind before a mention takes."""
    if mention.kind is None:
        return 0
    pair = " ".join(word.folded for word in words[max(0, mention.start - 2) : mention.start])
    return 2 if pair in _KINDS else 1


def _province_after(text: str, words: Sequence[Word], mention: _Mention, mentions: Sequence[_Mention]) -> str | None:
    """Find the province written straight after a mention: "xã Lê Lợi, Hà Nội"."""
    for other in mentions:
        gap = text[words[mention.end - 1].end : words[other.start].start]
        if (
            other.start >= mention.end
            and other.at("province")
            and gap.strip(" ,-(").lower() in {"", "tỉnh", "tp", "tinh"}
        ):
            return other.at("province")[0].province
    return None


def _likeness(typed: Sequence[str], name: str) -> float:
    """How alike a folded name and the nearest run of typed words are, 0 to 1."""
    width = len(name.split())
    windows = {" ".join(typed[i : i + width]) for i in range(max(1, len(typed) - width + 1))} | {" ".join(typed)}
    best = 0.0
    for window in windows:
        if len(window) >= 3 and (name.startswith(window) or f" {window}" in f" {name}"):  # noqa: PLR2004 - "an" begins a tenth of all names
            best = max(best, 0.8 + 0.2 * len(window) / len(name))
        matcher = difflib.SequenceMatcher(None, window, name, autojunk=False)
        if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best:
            best = max(best, matcher.ratio())
    return best
