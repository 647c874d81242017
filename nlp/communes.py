"""All 3,321 communes of the country, and the one nearest to a point."""

from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from sys import intern
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nlp.reading import Commune

TABLE = Path(__file__).parent / "communes.tsv"

#: Mean radius of the earth, km.
_EARTH = 6371.0
#: Viet Nam with its islands: degrees north and east.
_SOUTH, _NORTH, _WEST, _EAST = 6.5, 23.5, 102.0, 117.9
#: A point farther than this from every centre, in km, is at sea or abroad.
_FAR = 30.0
#: Communes whose area the source does not give are taken to be of the usual size, km².
_USUAL_AREA = 72.0


class _Centres(NamedTuple):
    """Where the communes are, row by row, in radians, and how far each reaches beside the others."""

    communes: tuple[Commune, ...]
    lat: npt.NDArray[np.float64]
    lon: npt.NDArray[np.float64]
    reach: npt.NDArray[np.float64]


def all_communes() -> tuple[Commune, ...]:
    """Return the communes of the country in the order of their official codes.

    Source: vietnamadminunits 1.0.4 (MIT), kept in ``communes.tsv``, which ``python -m nlp.build_communes`` writes.
    """
    return _centres().communes


def nearest(lat: float, lon: float) -> tuple[Commune, float] | None:
    """Return the commune a point most likely lies in, and how far its centre is, in kilometres.

    ``lat`` and ``lon`` are degrees of WGS 84. None outside Viet Nam, or farther than 30 km from every centre. Centres
    and areas are those of vietnamadminunits 1.0.4 (MIT). It has no borders, so the answer is to be confirmed: of the
    centres of 9,311 old wards 85 in 100 come out in their commune of today.
    """
    if not (_SOUTH <= lat <= _NORTH and _WEST <= lon <= _EAST):
        return None
    centres = _centres()
    y, x = radians(lat), radians(lon)
    half = np.sin((centres.lat - y) / 2) ** 2 + cos(y) * np.cos(centres.lat) * np.sin((centres.lon - x) / 2) ** 2
    away = 2 * _EARTH * np.arcsin(np.sqrt(half))
    best = int(np.argmin(away / centres.reach))
    return (centres.communes[best], float(away[best])) if away[best] <= _FAR else None


@cache
def _centres() -> _Centres:
    communes: list[Commune] = []
    numbers: list[tuple[float, float, float]] = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            code, kind, name, province, lat, lon, area = line.split("\t")
            # One string a province, not 3,321 of them.
            communes.append(Commune(code, name, intern(kind), intern(province)))
            numbers.append((float(lat), float(lon), float(area or _USUAL_AREA)))
    degrees = np.array(numbers)
    # The middle of a wide commune is far from most of it. The fourth root of the area, the square root of a radius,
    # was best of those tried: 85.0 % of old wards found, 83.5 % by the distance alone.
    return _Centres(tuple(communes), np.radians(degrees[:, 0]), np.radians(degrees[:, 1]), degrees[:, 2] ** 0.25)


def apart(one: Commune, other: Commune) -> float:
    """Return the distance of the centres of two communes in kilometres; 0 for one that is not of the country's."""
    rows = _rows()
    if one.code not in rows or other.code not in rows:
        return 0.0
    centres = _centres()
    here, there = (np.degrees((centres.lat[row], centres.lon[row])) for row in (rows[one.code], rows[other.code]))
    return kilometres(here[0], here[1], there[0], there[1])


@cache
def _rows() -> dict[str, int]:
    return {commune.code: row for row, commune in enumerate(_centres().communes)}


def kilometres(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Return the distance of two points given in degrees."""
    y, other_y = radians(lat), radians(other_lat)
    across = cos(y) * cos(other_y) * sin(radians(other_lon - lon) / 2) ** 2
    return 2 * _EARTH * asin(sqrt(sin((other_y - y) / 2) ** 2 + across))
