"""Which numbers are private, and where they stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp import pii

PHONE, CARD, MAIL = "[số điện thoại]", "[số giấy tờ]", "[thư điện tử]"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("gọi 0912345678 nhé", f"gọi {PHONE} nhé"),
        ("0912 345 678", PHONE),
        ("0912.345.678", PHONE),
        ("0978 12 34 56", PHONE),
        ("+84 912 345 678", PHONE),
        ("(+84)912345678", PHONE),
        ("84912345678", PHONE),
        ("sđt0912345678", f"sđt{PHONE}"),
        ("0912345678/0987654321", f"{PHONE}/{PHONE}"),
        ("0912345678, 500.000 đồng", f"{PHONE}, 500.000 đồng"),
        ("(0208) 3 851 234", PHONE),
        ("0208.3851234", PHONE),
        ("+886 912 345 678", PHONE),
        ("cccd 019185001234", f"cccd {CARD}"),
        ("số 019 185 001 234", f"số {CARD}"),
        ("căn cước của tôi là 019185001234", f"căn cước của tôi là {CARD}"),
        ("CMND: 091 234 567", f"CMND: {CARD}"),
        ("091234567", CARD),
        ("thư an.nguyen+1@mail.vn.", f"thư {MAIL}."),
    ],
)
def test_private_data_is_masked(text: str, masked: str) -> None:
    assert pii.mask(text, pii.find(text)) == masked


@pytest.mark.parametrize(
    "text",
    [
        "12.500.000 đồng",
        "123456789 đồng",
        "15/09/2025",
        "2025-09-15",
        "TN26-0417-385",
        "TN26-0912-345678",
        "gọi 112, 113, 1022 hay 19001234",
        "1900 1234",
        "mã khách hàng 091234567",
        "PA0512345678901",
        "thửa 123456789",
        "km 12+300 quốc lộ 37",
        "a@b",
    ],
)
def test_public_numbers_are_left_alone(text: str) -> None:
    assert pii.find(text) == ()


@given(st.text(alphabet="0123456789 .-()+/@abcđcmn", max_size=80))
def test_spans_lie_in_the_text_and_apart(text: str) -> None:
    spans = pii.find(text)
    bounds = [bound for span in spans for bound in (span.start, span.end)]
    assert bounds == sorted(bounds)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)


def test_a_megabyte_of_phones_takes_no_minute() -> None:
    assert len(pii.find("0912345678 " * 90_000)) == 90_000
