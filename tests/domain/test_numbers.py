"""Case numbers."""

from hypothesis import assume, given
from hypothesis import strategies as st

from domain.numbers import case_number, find_case_number

serials = st.integers(1, 50_000_000)


@given(serials)
def test_a_number_is_found_in_whatever_it_stands(serial: int) -> None:
    number = case_number("TN", 2026, serial)
    for typed in (
        number,
        number.lower(),
        number.replace("-", " "),
        number.replace("-", ""),
        f"hồ sơ {number} đâu rồi?",
    ):
        assert find_case_number(typed, "TN", 2026) == number


@given(serials, serials)
def test_numbers_are_distinct(one: int, other: int) -> None:
    assume(one != other)
    assert case_number("TN", 2026, one) != case_number("TN", 2026, other)


@given(serials, st.integers(0, 6), st.integers(1, 9))
def test_a_wrong_digit_is_noticed(serial: int, place: int, by: int) -> None:
    digits = list(case_number("TN", 2026, serial).replace("-", ""))
    digits[-1 - place] = str((int(digits[-1 - place]) + by) % 10)
    assert find_case_number("".join(digits), "TN", 2026) is None


@given(serials, st.integers(0, 5))
def test_two_neighbours_swapped_are_noticed(serial: int, place: int) -> None:
    digits = list(case_number("TN", 2026, serial).replace("-", ""))
    left, right = -2 - place, -1 - place
    assume(digits[left] != digits[right])
    digits[left], digits[right] = digits[right], digits[left]
    assert find_case_number("".join(digits), "TN", 2026) is None


def test_the_prefix_may_be_left_out() -> None:
    number = case_number("TN", 2026, 417)
    assert number == "TN26-0004-175"
    assert find_case_number("0004-175", "TN", 2026) == number
    assert find_case_number("0004 175", "TN", 2026) == number


def test_phones_and_money_are_no_case_numbers() -> None:
    for typed in ("0912 345 678", "1.200.000 đồng", "năm 2026", ""):
        assert find_case_number(typed, "TN", 2026) is None
