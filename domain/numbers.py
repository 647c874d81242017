"""Case numbers that people can read over the phone: ``TN26-0004-175``.

Province, year, a serial of six digits or more, and one check digit (Damm), which finds every single wrong digit
and every two neighbours swapped. Only digits after the prefix: nothing to mishear.
"""

import re

#: Damm, "Total anti-symmetrische Quasigruppen" (2004): the quasigroup of order 10.
_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip
_SHAPE = re.compile(r"\b([a-z]{2})[\s.-]*(\d{2})[\s.-]*((?:\d[\s.-]*){6,}\d)\b", re.IGNORECASE)
_BARE = re.compile(r"(?<![\d.,])(\d{4})[\s.-](\d{3})(?![\d.,])")


def check_digit(digits: str) -> str:
    """Return the Damm digit of a string of digits."""
    interim = "0"
    for digit in digits:
        interim = _DAMM[int(interim)][int(digit)]
    return interim


def case_number(prefix: str, year: int, serial: int) -> str:
    """Return the number of the case with this serial: ``case_number("TN", 2026, 417)`` → ``TN26-0004-175``."""
    year %= 100
    digits = f"{serial:06d}"
    digits += check_digit(f"{year:02d}{digits}")
    return f"{prefix}{year:02d}-{digits[:-3]}-{digits[-3:]}"


def find_case_number(text: str, prefix: str, year: int) -> str | None:
    """Find a case number in what somebody typed, spaces and dots and lower case forgiven.

    The prefix and year may be left out when the digits are grouped as printed. None when the check digit is wrong.
    """
    for found_prefix, found_year, spaced in _SHAPE.findall(text):
        digits = re.sub(r"\D", "", spaced)
        if check_digit(found_year + digits) == "0":
            return f"{found_prefix.upper()}{found_year}-{digits[:-3]}-{digits[-3:]}"
    for head, tail in _BARE.findall(text):
        if check_digit(f"{year % 100:02d}{head}{tail}") == "0":
            return f"{prefix}{year % 100:02d}-{head}-{tail}"
    return None


def without_case_numbers(text: str) -> str:
    """Return a text with everything that looks like a case number left out, right or not: "[…]"."""
    return _BARE.sub("[…]", _SHAPE.sub("[…]", text))
