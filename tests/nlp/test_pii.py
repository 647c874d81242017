"""Which numbers are private, and where they stand."""

import json
import time
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp import pii

PHONE, CARD, MAIL = "[số điện thoại]", "[số giấy tờ]", "[thư điện tử]"
BANK, PLATE, NAME = "[số tài khoản]", "[biển số]", "[tên riêng]"


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
        ("o912 345 678", PHONE),
        ("09o2345678", PHONE),
        ("gọi0912345678nhé", f"gọi{PHONE}nhé"),
        ("0084 912 345 678", PHONE),
        ("0912,345,678", PHONE),
        ("sđt của em 912345678", f"sđt của em {PHONE}"),
        ("(0280) 3.851.234", PHONE),
        ("số không chín một hai ba bốn năm sáu bảy tám nhé", f"số {PHONE} nhé"),
        ("khong chin mot hai ba bon nam sau bay tam", PHONE),
        ("căn cước không một chín một tám năm không không một hai ba bốn", f"căn cước {CARD}"),
        ("stk 1903 4567 8120 16 Techcombank", f"stk {BANK} Techcombank"),
        ("tài khoản ngân hàng BIDV: 45110000123456", f"tài khoản ngân hàng BIDV: {BANK}"),
        ("gửi 060123456789 sacombank", f"gửi {BANK} sacombank"),
        ("xe 20A-123.45 đỗ", f"xe {PLATE} đỗ"),
        ("20-B1 123.45", PLATE),
        ("bks 20c12345", f"bks {PLATE}"),
        ("biển 89 E1 234.56", f"biển {PLATE}"),
        ("an.nguyen a còng gmail chấm com", MAIL),
        ("ông Tuấn, 0912345678", f"ông {NAME}, {PHONE}"),
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
        "hóa đơn nước số 0345678901",
        "lớp 12A1 2025",
        "giá 20k 50.000 đồng",
        "tài khoản bị trừ 1.500.000 đồng",
        "không ba bốn năm nay rồi",
        "Nghị định 168/2024/NĐ-CP",
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


@pytest.mark.parametrize("file", ["pii_dev.jsonl", "pii_unseen.jsonl"])
def test_written_messages_keep_their_figures(file: str) -> None:
    found, there, wrong = Counter[str](), Counter[str](), Counter[str]()
    for line in (Path(__file__).parent / file).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        marked = {tuple(span) for span in row["pii"]}
        spans = {(span.start, span.end, span.type) for span in pii.find(row["text"])}
        there.update(kind for _, _, kind in marked)
        found.update(kind for _, _, kind in marked & spans)
        wrong.update(kind for _, _, kind in spans - marked)
    for kind, least in {"phone": 0.99, "id": 0.99, "email": 0.99, "bank": 0.9, "plate": 0.9, "name": 0.85}.items():
        assert found[kind] >= least * there[kind] > 0, kind
        assert wrong[kind] <= 0.05 * there[kind], kind


def test_offsets_are_those_of_the_text_as_given() -> None:
    text = unicodedata.normalize("NFD", "Nhà ông Tuấn, số 0912345678")
    masked = pii.mask(text, pii.find(text))
    assert unicodedata.normalize("NFC", masked) == f"Nhà ông {NAME}, số {PHONE}"


@pytest.mark.parametrize(
    "part",
    [
        "0",
        "0 ",
        "0-",
        "(0",
        "+84 ",
        "Nguyễn Văn ",
        "ÔNG TÔI ",
        "An ",
        "không ba ",
        "stk số ",
        "a@",
        "20A-",
        "123456789 ",
    ],
)
def test_any_text_takes_little_time(part: str) -> None:
    begun = time.thread_time()
    pii.find((part * 8_000)[:8_000])
    # Some 30 ms; what is not linear takes seconds.
    assert time.thread_time() - begun < 0.3
