"""How figures, shares, times and periods are said."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
#: Between a number and its unit: no line ends there.
_NBSP = "\N{NO-BREAK SPACE}"
_ROMAN = ("", "I", "II", "III", "IV")


def number(value: float) -> str:
    """Say a number as it is written here: "12.345", "2,5"."""
    whole = f"{value:,.1f}".removesuffix(".0") if isinstance(value, float) else f"{value:,}"
    return whole.translate(str.maketrans(",.", ".,"))


def shown(labels: Mapping[str, str], count: Sequence[Any]) -> str:
    """Say a count with its wall: "17", "từ 15", "dưới 5"."""
    value, exact = count
    if exact:
        return number(value)
    return labels["from"].format(number(value)) if value else labels["few"]


def share(labels: Mapping[str, str], of: Sequence[int] | None) -> str:
    """Say a share: "52 %", "90-95 %", or that there are too few to say."""
    if of is None:
        return labels["too_few"]
    lowest, under = of
    return f"{lowest}{_NBSP}%" if under - lowest == 1 else f"{lowest}-{under}{_NBSP}%"


def percent(part: int, whole: int) -> str:
    """Say a share exactly, to one digit: "91,2 %"; of nothing "-"."""
    return f"{number(round(100 * part / whole, 1))}{_NBSP}%" if whole else "-"


def took(labels: Mapping[str, str], seconds: float) -> str:
    """Say how long something took: "45 phút", "5,5 giờ", "2,5 ngày"."""
    for unit, name, most in ((_MINUTE, "minutes", 90 * _MINUTE), (_HOUR, "hours", 36 * _HOUR)):
        if seconds < most:
            return f"{number(round(seconds / unit, 1 if unit == _HOUR else None))}{_NBSP}{labels[name]}"
    return f"{number(round(seconds / _DAY, 1))}{_NBSP}{labels['days']}"


def period(labels: Mapping[str, str], of: Mapping[str, Any]) -> str:
    """Say a period: "tuần 47 (16/11 - 22/11/2026)", "quý III năm 2026"."""
    first, last = date.fromisoformat(of["first"]), date.fromisoformat(of["last"])
    kind = of["kind"] if of["kind"] != "half" else f"half_{of['n']}"
    return labels[kind].format(
        n=of["n"], roman=_ROMAN[of["n"]] if of["n"] < len(_ROMAN) else of["n"], year=of["year"],
        first=f"{first:%d/%m/%Y}" if first.year != last.year else f"{first:%d/%m}", last=f"{last:%d/%m/%Y}",
    )  # fmt: skip
