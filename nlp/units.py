"""Administrative units people name: today's communes, and the old ones that became them on 1 July 2025."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

from nlp.normalize import fold, respell
from nlp.reading import Commune


class _Row(TypedDict):
    """What is used of a row of ``ward_mapping``."""

    old_province: str
    old_district: str
    old_ward: str
    new_province: str
    new_ward: str
    new_ward_key: str
    is_default: bool


class _Province(TypedDict):
    name: str
    short: str


class _Mapping(TypedDict):
    """What is used of ``mapping.json``."""

    ward_mapping: list[_Row]
    province_mapping: dict[str, str]
    province_names: dict[str, _Province]
    old_province_names: dict[str, _Province]


@dataclass(frozen=True, slots=True)
class Unit:
    """Something a citizen may name, and the communes of today it stands for."""

    #: "commune" (today's), "ward" (an old xã, phường, thị trấn), "district" or "province".
    level: str
    #: "xã", "phường", "thị trấn", "huyện", "thị xã", "thành phố", "tỉnh" …
    kind: str
    #: Name without its kind: "Nga My".
    name: str
    #: Province of today.
    province: str
    #: Communes of today in it, the likeliest first; none for a province.
    communes: tuple[Commune, ...] = ()
    #: The old district of an old ward: "huyện Phú Bình".
    district: str = ""

    @property
    def title(self) -> str:
        """As an old paper names it: "xã Nga My (huyện Phú Bình)"."""
        return f"{self.kind} {self.name}" + (f" ({self.district})" if self.district else "")


def all_units(communes: Iterable[Commune]) -> Iterator[Unit]:
    """Today's communes, the old units they were made from, and every province of the country.

    Old units come from underthesea 9.5 (Apache-2.0), ``address/data/mapping.json``, which it took from
    vietnamadminunits 1.0.4 (MIT). The file is found without importing the package: the import takes 1.6 s.
    """
    communes = tuple(communes)
    mapping = _mapping()
    for commune in communes:
        yield Unit("commune", commune.kind, commune.name, commune.province, (commune,))
    yield from _old_units(communes, mapping["ward_mapping"])
    for key, province in mapping["province_names"].items():
        yield Unit("province", "tỉnh", province["short"], province["short"])
        for old, new in mapping["province_mapping"].items():
            old_name = mapping["old_province_names"][old]["short"]
            if new == key and old_name != province["short"]:
                yield Unit("province", "tỉnh", old_name, province["short"])


def _mapping() -> _Mapping:
    package = find_spec("underthesea")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("underthesea is not installed; its list of administrative units is needed")
    path = Path(package.origin).parent / "address" / "data" / "mapping.json"
    mapping: _Mapping = json.loads(path.read_text(encoding="utf-8"))
    return mapping


def _old_units(communes: Iterable[Commune], rows: Iterable[_Row]) -> Iterator[Unit]:
    """Old wards and districts of the provinces given, with the communes they became."""
    today = {(c.province, _key(c.kind + c.name)): c for c in communes}
    provinces = {c.province for c in communes}
    wards: dict[tuple[str, str, str], list[Commune]] = {}
    districts: dict[tuple[str, str], list[Commune]] = {}
    for row in rows:
        province = _bare(row["new_province"])[1]
        if province not in provinces:
            continue
        # Two communes (Văn Lang, Văn Lăng) have no name in the file, only this key.
        commune = today.get((province, _key(row["new_ward"] or row["new_ward_key"])))
        if commune is None:
            continue
        became = wards.setdefault((province, row["old_district"], row["old_ward"]), [])
        became.insert(0 if row.get("is_default") else len(became), commune)
        within = districts.setdefault((province, row["old_district"]), [])
        within.extend([commune] if commune not in within else [])
    for (province, district, ward), became in wards.items():
        kind, name = _bare(ward)
        yield Unit("ward", kind, name, province, tuple(became), " ".join(_bare(district)))
    for (province, district), within in districts.items():
        kind, name = _bare(district)
        # The commune that kept the district's name is where most people of the name live.
        within.sort(key=lambda commune: commune.name != name)
        yield Unit("district", kind, name, province, tuple(within))


def _key(name: str) -> str:
    return respell(name).replace(" ", "")


def _bare(name: str) -> tuple[str, str]:
    """Kind and name of a unit: "Thị trấn Hương Sơn" → ("thị trấn", "Hương Sơn")."""
    words = name.split()
    width = 2 if fold(" ".join(words[:2])) in {"thi tran", "thi xa", "thanh pho"} else 1
    return " ".join(words[:width]).lower(), " ".join(words[width:])
