"""Administrative units people name: today's communes, and the old ones that became them on 1 July 2025."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

from nlp.communes import apart
from nlp.normalize import respell
from nlp.reading import Commune

#: A part of a divided ward that lies farther than this from the other, in km, is a namesake's: the table was made by
#: names, and gives ward 4 of Mỹ Tho to Cao Lãnh. 24 of its 562 parts; no true one is as far.
_NOT_BESIDE = 25


class Row(TypedDict):
    """What is used of a row of ``ward_mapping``."""

    old_province: str
    old_district: str
    old_ward: str
    new_province: str
    new_ward: str
    #: "tinhthainguyen", "huyenphubinh", "xakhason": unique together.
    old_province_key: str
    old_district_key: str
    old_ward_key: str
    new_province_key: str
    new_ward_key: str
    #: "merged", "divided", "renamed" or "unchanged".
    mapping_type: str
    is_default: bool


class _Province(TypedDict):
    name: str
    short: str


class Mapping(TypedDict):
    """What is used of ``mapping.json``."""

    ward_mapping: list[Row]
    province_mapping: dict[str, str]
    province_names: dict[str, _Province]
    old_province_names: dict[str, _Province]


@dataclass(frozen=True, slots=True)
class Unit:
    """Something a citizen may name, and the communes of today it stands for."""

    #: "commune" (today's), "ward" (an old xã, phường, thị trấn), "district" or "province".
    level: str
    #: "xã", "phường", "thị trấn", "huyện", "quận", "thị xã", "thành phố", "tỉnh" …
    kind: str
    #: Name without its kind: "Nga My".
    name: str
    #: Province of today.
    province: str
    #: Communes of today in it, the likeliest first; none for a province.
    communes: tuple[Commune, ...] = ()
    #: The old district of an old ward: "huyện Phú Bình".
    district: str = ""
    #: The old province of an old ward or district: "Bắc Kạn".
    old_province: str = ""

    @property
    def title(self) -> str:
        """As an old paper names it: "xã Nga My (huyện Phú Bình)"."""
        return f"{self.kind} {self.name}" + (f" ({self.district})" if self.district else "")

    def lies_in(self, area: "Unit") -> bool:
        """Whether it is part of the other: of a province, of an old district, or an old ward of a commune of today."""
        if self.province != area.province:
            return False
        if area.level == "province":
            return self.level != "province" and (area.name == area.province or self.old_province in {"", area.name})
        if area.level == "district":
            if self.level == "ward":
                return self.district == f"{area.kind} {area.name}"
            return self.level == "commune" and self.communes[0] in area.communes
        return area.level == "commune" and self.level == "ward" and area.communes[0] in self.communes


def all_units(communes: Iterable[Commune]) -> Iterator[Unit]:
    """Today's communes, the old units they were made from, and every province of the country.

    Old units come from underthesea 9.5 (Apache-2.0), ``address/data/mapping.json``, which it took from
    vietnamadminunits 1.0.4 (MIT). The file is found without importing the package: the import takes 1.6 s.
    """
    communes = tuple(communes)
    mapping = load_mapping()
    for commune in communes:
        yield Unit("commune", commune.kind, commune.name, commune.province, (commune,))
    yield from _old_units(communes, mapping["ward_mapping"])
    for key, province in mapping["province_names"].items():
        yield Unit("province", "tỉnh", province["short"], province["short"])
        for old, new in mapping["province_mapping"].items():
            old_name = mapping["old_province_names"][old]["short"]
            if new == key and old_name != province["short"]:
                yield Unit("province", "tỉnh", old_name, province["short"])


def load_mapping() -> Mapping:
    """Read underthesea's table of what became of the old units."""
    package = find_spec("underthesea")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("underthesea is not installed; its list of administrative units is needed")
    path = Path(package.origin).parent / "address" / "data" / "mapping.json"
    mapping: Mapping = json.loads(path.read_text(encoding="utf-8"))
    return mapping


def _old_units(communes: Iterable[Commune], rows: Iterable[Row]) -> Iterator[Unit]:
    """Old wards and districts of the provinces given, with the communes they became."""
    today = {(c.province, _key(c.kind + c.name)): c for c in communes}
    provinces = {c.province for c in communes}
    wards: dict[tuple[str, str, str, str], list[Commune]] = {}
    districts: dict[tuple[str, str, str], dict[str, Commune]] = {}
    for row in rows:
        province = _bare(row["new_province"])[1]
        if province not in provinces:
            continue
        # A dozen communes (Văn Lang, Văn Lăng, Cẩm Giang …) have no name in the file, only this key.
        commune = today.get((province, _key(row["new_ward"] or row["new_ward_key"])))
        if commune is None:
            continue
        place = (province, row["old_province"], row["old_district"])
        # Old wards without a name kept the one of their commune.
        became = wards.setdefault((*place, row["old_ward"] or f"{commune.kind} {commune.name}"), [])
        became.insert(0 if row.get("is_default") else len(became), commune)
        districts.setdefault(place, {})[commune.code] = commune
    for (province, old_province, district, ward), became in wards.items():
        kind, name = _bare(ward)
        parts = tuple(c for c in became if c is became[0] or apart(became[0], c) < _NOT_BESIDE)
        yield Unit("ward", kind, name, province, parts, " ".join(_bare(district)), _bare(old_province)[1])
    for (province, old_province, district), within in districts.items():
        kind, name = _bare(district)
        # The commune that kept the district's name is where most people of the name live.
        parts = tuple(sorted(within.values(), key=lambda commune: commune.name != name))
        yield Unit("district", kind, name, province, parts, "", _bare(old_province)[1])


@cache
def _key(name: str) -> str:
    return respell(name).replace(" ", "")


@cache
def _bare(name: str) -> tuple[str, str]:
    """Kind and name of a unit: "Thị trấn Hương Sơn" → ("thị trấn", "Hương Sơn")."""
    kind, _, rest = name.partition(" ")
    if kind.lower() in {"thị", "thành", "đặc"}:
        second, _, rest = rest.partition(" ")
        kind = f"{kind} {second}"
    return kind.lower(), rest
