"""Where a text says it happened: communes of today and old units, as people write them."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from nlp.detail import find_detail
from nlp.mentions import KINDS, Finder, Mention
from nlp.normalize import Word, normalize, split
from nlp.reading import Commune, PlaceReading
from nlp.units import Unit, all_units

#: How alike, 0 to 1, a name must be to be offered at all.
_ALIKE = 0.7
#: A name so much less alike than the nearest is not offered beside it.
_FARTHER = 0.2
#: What stands between the ends of a road.
_TOWARDS = {"", "-", "–", "đi", "di", "về", "ve", "lên", "len", "ra", "vào", "đến", "sang", "xuống"}
#: What may stand between a place and the area it lies in, without spaces and signs.
_BESIDE = {"", "cũ", "cu", "thuộc", "thuoc", "của", "cua", "tỉnh", "tinh", "t", "tp", "nay là", "ở"}


class Gazetteer:
    """Names to communes; those of the home province first."""

    def __init__(self, communes: Iterable[Commune], home: str) -> None:
        """``home`` is the province preferred when a name stands in several; of others fewer ways of naming count."""
        self._home = home
        self._finder = Finder(all_units(communes), home)

    def find(self, text: str) -> PlaceReading:
        """Read the place out of a text."""
        text = normalize(text)
        return self.read(text, split(text))

    def read(self, text: str, words: Sequence[Word]) -> PlaceReading:
        """Read the place out of a normalized text and its words."""
        mentions = self._settle(text, words, self._finder.mentions(text, words))
        place = self._resolve(text, words, mentions)
        named = {index for m in mentions for index in range(m.opens, m.end)}
        detail = find_detail(text, words, named, self._finder.streets)
        return PlaceReading(place.commune, place.candidates, place.province, place.old_name, detail)

    def suggest(self, text: str, limit: int = 6) -> tuple[Commune, ...]:
        """Communes of the home province whose names, of today or old, are nearest to what was typed, best first."""
        typed = [word.folded for word in split(normalize(text[:200]))]
        typed = [word for word in typed if word not in KINDS] or typed
        best: dict[Commune, float] = {}
        for name, units in self._finder.at_home.items():
            score = _likeness(typed, name)
            for unit in units:
                # An old name leads to a commune of another name, a surprise: of equals it comes second.
                worth = score if unit.level == "commune" else score - 0.05
                if worth >= _ALIKE:
                    for commune in unit.communes:
                        best[commune] = max(worth, best.get(commune, 0.0))
        nearest = max(best.values(), default=0.0) - _FARTHER
        near = [commune for commune, worth in best.items() if worth >= nearest]
        return tuple(sorted(near, key=lambda commune: (-best[commune], commune.name))[:limit])

    def _settle(self, text: str, words: Sequence[Word], mentions: Sequence[Mention]) -> list[Mention]:
        """Mentions with the units they mean here, without those that are no places after all."""
        settled = []
        roads = _ends_of_roads(text, words, mentions)
        # "tan lap cho don": nothing but names.
        only = sum(mention.end - mention.opens for mention in mentions) == len(words)
        for index, mention in enumerate(mentions):
            if index in roads and not any(map(self._finder.near, mention.units)):
                continue
            related = mention.units
            beside = False
            for other in _beside(text, words, mentions, index):
                if mention.words and other.words and not only:
                    continue
                fits = tuple(u for u in related if any(u.lies_in(o) or o.lies_in(u) for o in other.units))
                near = tuple(filter(self._finder.near, fits))
                related, beside = (near or fits, True) if fits else (related, beside)
            if beside:
                settled.append(replace(mention, units=_of_kind(related, mention.kind)))
            elif mention.sure:
                settled.append(replace(mention, units=self._alone(mention)))
        return settled

    def _alone(self, mention: Mention) -> tuple[Unit, ...]:
        """Tell what a name with no area beside it means: the province if there is one today, else places near home."""
        near = tuple(filter(self._finder.near, mention.units))
        if mention.kind:
            return _of_kind(near, mention.kind) or _of_kind(mention.units, mention.kind)
        provinces = mention.at("province")
        # "Ở Thái Bình" is the province, of today or old; its city is said with "thành phố". But to people of Hưng Yên
        # their commune Bình Định is nearer than an old province far away.
        here = any(map(self._finder.near, provinces)) or any(unit.name == unit.province for unit in provinces)
        if provinces and not here and any(unit.level == "commune" for unit in near):
            return near
        return provinces or near or mention.units

    def _resolve(self, text: str, words: Sequence[Word], mentions: Sequence[Mention]) -> PlaceReading:
        """One reading out of all mentions: the finest units, within the areas named with them, at home first."""
        local = [m for m in mentions if m.at("commune", "ward") and not m.at("district")]
        areas = [m for m in mentions if m.at("district")]
        named = [unit.province for m in mentions for unit in m.at("province")]
        # A name with its kind is surer than a name alone.
        local = [m for m in local if m.kind] or local
        local = [m for m in local if any(map(self._finder.near, m.units))] or local
        areas = [m for m in areas if any(map(self._finder.near, m.units))] or areas
        readings = [self._local(m, areas, named) for m in local]
        if not readings:
            readings = [self._area(areas[0], named)] if areas else []
        if not readings:
            home = self._home if self._home in named else None
            return PlaceReading(province=home or (named[0] if named else None))
        after = _province_after(text, words, local[0], mentions) if local else None
        if after and readings[0].province != after:
            return PlaceReading(province=after)
        return _merge(readings)

    def _local(self, mention: Mention, areas: Sequence[Mention], named: Sequence[str]) -> PlaceReading:
        """Communes a mention of a ward may mean, narrowed by districts and provinces named beside it."""
        units = mention.at("commune", "ward")
        # "xã Tân Thành huyện Phú Bình": the district decides, the province after it, then home.
        within = {commune for area in areas for unit in area.at("district") for commune in unit.communes}
        for fits in (
            lambda unit: bool(within.intersection(unit.communes)),
            lambda unit: unit.province == self._home,
            lambda unit: unit.province in named,
            lambda unit: unit.level == "commune",
        ):
            units = tuple(unit for unit in units if fits(unit)) or units
        communes = tuple(dict.fromkeys(commune for unit in units for commune in unit.communes))
        communes = tuple(c for c in communes if c in within) or communes
        old = units[0].title if len(units) == 1 and units[0].level == "ward" else None
        return _reading(communes, old)

    def _area(self, mention: Mention, named: Sequence[str]) -> PlaceReading:
        """All communes that an old district became."""
        units = mention.at("district")
        units = tuple(u for u in units if u.province in named) or units
        units = tuple(u for u in units if u.province == self._home) or units
        return _reading(units[0].communes, units[0].title)


def _of_kind(units: tuple[Unit, ...], kind: str | None) -> tuple[Unit, ...]:
    """Of units of one name those of the kind, where there are such."""
    return tuple(unit for unit in units if unit.kind == kind) or units


def _beside(text: str, words: Sequence[Word], mentions: Sequence[Mention], index: int) -> list[Mention]:
    """Mentions in one chain with another: "xã Nga My, huyện Phú Bình, Thái Nguyên"; the nearest first."""
    after, before = [], []
    last = index
    while last + 1 < len(mentions) and _touch(text, words, mentions[last], mentions[last + 1]):
        last += 1
        after.append(mentions[last])
    first = index
    while first and _touch(text, words, mentions[first - 1], mentions[first]):
        first -= 1
        before.append(mentions[first])
    return after + before


def _touch(text: str, words: Sequence[Word], one: Mention, other: Mention) -> bool:
    gap = text[words[one.end - 1].end : words[other.opens].start]
    return gap.strip(" ,-–/(.;)").lower() in _BESIDE


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


def _ends_of_roads(text: str, words: Sequence[Word], mentions: Sequence[Mention]) -> set[int]:
    """Numbers of mentions that only say where a road leads: "cao tốc Hà Nội - Hải Phòng", "từ Hà Nội đi Lào Cai"."""
    ends: set[int] = set()
    for number, (one, other) in enumerate(pairwise(mentions)):
        provinces = [{unit.province for unit in mention.at("province")} for mention in (one, other)]
        gap = text[words[one.end - 1].end : words[other.opens].start].strip().lower()
        if all(provinces) and provinces[0].isdisjoint(provinces[1]) and gap in _TOWARDS:
            ends |= {number, number + 1}
    return ends


def _province_after(text: str, words: Sequence[Word], mention: Mention, mentions: Sequence[Mention]) -> str | None:
    """Find the province written straight after a mention: "xã Lê Lợi, Hà Nội"."""
    for other in mentions:
        if other.start >= mention.end and other.at("province") and _touch(text, words, mention, other):
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
