"""Private data in a text: where the phone numbers, identity numbers and mail addresses stand."""

import re
from collections.abc import Iterable, Iterator

from nlp.reading import Pii

_MASKS = {"phone": "[số điện thoại]", "id": "[số giấy tờ]", "email": "[thư điện tử]"}

#: Not inside a longer number, code or date: "TN26-0912-345", "1.234", "15/0912".
_START = r"(?<![\w+])(?<![0-9][.,/\-])"
_END = r"(?!\w)"
#: A phone may also follow another phone ("0912345678/0987654321") or stick to its label ("sđt0912345678").
_PHONE_START = rf"(?:{_START}|(?<=[0-9]{{9}}[/\-])|(?<=[dđ]t))"
#: What people put between the digits of a number.
_GAP = r"[ \u00a0.\-]{0,3}"
_PARENTHESIS = r"[ \u00a0.\-()]{0,3}"

_PHONE = re.compile(
    _PHONE_START
    + r"\(?(?:"
    # Mobile: 0 or 84, then nine digits of which the first is 3, 5, 7, 8 or 9.
    + rf"(?:\+?84\)?{_GAP}0?|0){_GAP}[35789](?:{_PARENTHESIS}[0-9]){{8}}"
    # Land line: 02, then nine digits; the area code often in parentheses.
    + rf"|(?:\+?84|0)\)?{_GAP}2(?:{_PARENTHESIS}[0-9]){{9}}"
    # Mobile numbers of before 2018, still on signs and papers: 01x and eight digits.
    + rf"|01[2689](?:{_GAP}[0-9]){{8}}"
    # Abroad, where many have family at work: the plus sign is the evidence.
    + rf"|\+(?!84)[1-9](?:{_GAP}[0-9]){{8,13}}"
    + r")(?![0-9])",
    re.IGNORECASE,
)
_MONEY = r"(?!\s*(?:đ|đồng|dong|vnd|vnđ|triệu|trieu|tr|tỷ|tỉ|ty|nghìn|nghin|ngàn|k|usd|m2|m3|kg|kwh|số|km)\b)"
_CARD_WORD = (
    r"\b(?:cmnd|cmt|cmtnd|cccd|căn\s+cước(?:\s+công\s+dân)?|can\s+cuoc(?:\s+cong\s+dan)?"
    r"|chứng\s+minh(?:\s+nhân\s+dân|\s+thư)?|chung\s+minh(?:\s+nhan\s+dan|\s+thu)?"
    r"|định\s+danh|dinh\s+danh|hộ\s+chiếu|ho\s+chieu)"
)
_ID_INTRODUCED = re.compile(
    _CARD_WORD + r"[\s:.,\-]{0,3}(?:(?:số|so|sô|là|la|của|cua|tôi|toi|em|mình|minh)[\s:.,\-]{0,3}){0,4}"
    r"(?P<number>(?:[0-9](?:[ .\-]?[0-9]){11}|[0-9](?:[ .\-]?[0-9]){8}|[A-Z][0-9]{7}))" + _END,
    re.IGNORECASE,
)
#: Twelve digits beginning with 0 can only be a citizen's card; in groups of three or four as it is printed.
_ID_TWELVE = re.compile(
    _START + r"(?:0[0-9]{11}|0[0-9]{2}([ .\-])[0-9]{3}\1[0-9]{3}\1[0-9]{3}|0[0-9]{3}([ .\-])[0-9]{4}\2[0-9]{4})" + _END
)
#: Nine digits on end may be the old card, whose first two digits are a province (01 to 38).
_ID_NINE = re.compile(_START + r"[0-3][0-9]{8}" + _END + _MONEY, re.IGNORECASE)
#: What is also numbered with nine digits: customers, accounts, invoices, cases, plots.
_OTHER_NUMBER = re.compile(
    r"(?:mã|ma|hóa đơn|hoá đơn|hoa don|tài khoản|tai khoan|stk|khách hàng|khach hang|mst|thuế|thue|hồ sơ|ho so"
    r"|biên lai|bien lai|đơn hàng|don hang|vận đơn|van don|công tơ|cong to|serial|seri|thửa|tờ|giá|gia|tiền|tien)"
    r"(?:\s+\w{1,8}){0,2}[\s:.#]*$",
    re.IGNORECASE,
)
_EMAIL = re.compile(
    r"(?<![\w.+\-])[a-z0-9][\w.+\-]{0,63}@[a-z0-9\-]{1,63}(?:\.[a-z0-9\-]{2,63}){1,4}", re.IGNORECASE | re.ASCII
)


def find(text: str) -> tuple[Pii, ...]:
    """Spans of private data in the text as given, in order and apart from each other."""
    taken = bytearray(len(text))
    spans: list[Pii] = []
    for span in _all(text):
        if not any(taken[span.start : span.end]):
            taken[span.start : span.end] = b"\1" * (span.end - span.start)
            spans.append(span)
    return tuple(sorted(spans, key=lambda span: span.start))


def mask(text: str, spans: Iterable[Pii]) -> str:
    """Give the text with each span replaced by what kind of data stood there."""
    parts, at = [], 0
    for span in sorted(spans, key=lambda span: span.start):
        parts += [text[at : span.start], _MASKS[span.type]]
        at = span.end
    return "".join((*parts, text[at:]))


def _all(text: str) -> Iterator[Pii]:
    """Every match, the surest first."""
    if "@" in text:
        yield from (Pii(m.start(), m.end(), "email") for m in _EMAIL.finditer(text))
    for match in _ID_INTRODUCED.finditer(text):
        yield Pii(match.start("number"), match.end("number"), "id")
    for pattern, kind in ((_ID_TWELVE, "id"), (_PHONE, "phone")):
        yield from (Pii(m.start(), m.end(), kind) for m in pattern.finditer(text))
    for match in _ID_NINE.finditer(text):
        if not _OTHER_NUMBER.search(text[max(0, match.start() - 40) : match.start()]):
            yield Pii(match.start(), match.end(), "id")
