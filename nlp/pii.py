"""Private data in a text: phone numbers, papers, accounts, mail addresses, number plates and names of persons."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from nlp.names import find_names
from nlp.reading import Pii

_MASKS = {
    "phone": "[số điện thoại]",
    "id": "[số giấy tờ]",
    "bank": "[số tài khoản]",
    "email": "[thư điện tử]",
    "plate": "[biển số]",
    "name": "[tên riêng]",
}

#: Letters and signs typed for digits and what stands between them; one for one, so that places in the text stay.
_LOOKALIKE = re.compile(
    r"(?<![^\W\d])[oO]+(?=[ .\-]?[0-9])|(?<=[0-9])[oO](?![^\W\d])|(?<=[0-9])[lI](?=[0-9])|[\xa0–—_]"
)
_MEANT = str.maketrans("oOlI\xa0–—_", "0011 ---")
#: Without digits so near each other, or digits in words, there is no number to look for.
_SOME_NUMBER = re.compile(r"[0-9](?:[^0-9\n]{0,4}[0-9]){3}")

#: Not inside a longer number, code or date: "TN26-0912-345", "1.234", "15/0912".
_START = r"(?<![\w+])(?<![0-9][.,/\-])"
_END = r"(?!\w)"
#: A phone may also follow another phone ("0912345678/0987654321") or stick to a word ("SĐT0912345678", "gọi0912…").
_PHONE_START = rf"(?:{_START}|(?<=[0-9]{{9}}-)|(?<=[0-9]{{3}}/)|(?<=[dđ]t)|(?<=zalo)|(?-i:(?<=[a-zà-ỹ])))"
#: What people put between the digits of a number.
_GAP = r"[ .\-]{0,3}"
_PARENTHESIS = r"[ .\-()]{0,3}"
_ABROAD = r"(?:\+?84|0084)"

_PHONE = re.compile(
    _PHONE_START
    + r"\(?(?:"
    # Mobile: 0 or 84, then nine digits of which the first is 3, 5, 7, 8 or 9.
    + rf"(?:{_ABROAD}\)?{_GAP}0?|0){_GAP}[35789](?:{_PARENTHESIS}[0-9]){{8}}"
    # Land line: 02, then nine digits; the area code often in parentheses.
    + rf"|(?:{_ABROAD}|0)\)?{_GAP}2(?:{_PARENTHESIS}[0-9]){{9}}"
    # Mobile numbers of before 2018, still on signs and papers: 01x and eight digits.
    + rf"|01[2689](?:{_GAP}[0-9]){{8}}"
    # Grouped by what elsewhere parts numbers.
    + r"|0[35789][0-9]{2}([,/*])[0-9]{3}\1[0-9]{3}"
    # Abroad, where many have family at work: the plus sign is the evidence.
    + rf"|\+(?!84)[1-9](?:{_GAP}[0-9]){{8,13}}"
    + r")(?![0-9])",
    re.IGNORECASE,
)
#: Words between what a number is called and the number: "căn cước của mẹ tôi là".
_OF = (
    r"(?:[\s:.,()\-]{1,3}(?:số|so|sô|mã|ma|là|la|của|cua|tôi|toi|em|e|mình|minh|mẹ|me|bố|bo|cháu|chau|con|bà|ông|cũ|cu"
    r"|mới|moi|cá|nhân|ca|nhan|gắn|chip|mang|nó|no|này|nay|đây|day|chồng|vợ|liên|hệ|nhà|bàn)(?!\w)){0,5}"
    r"[\s:.,()#\-]{0,3}"
)
#: The nine digits after the 0, which some leave out once they have said what follows.
_PHONE_SHORT = re.compile(
    rf"\b(?:sđt|sdt|đt|điện\s+thoại|dien\s+thoai|zalo|số\s+máy|so\s+may){_OF}"
    rf"(?P<number>[35789](?:{_GAP}[0-9]){{8}})(?![0-9])",
    re.IGNORECASE,
)
_MONEY = r"(?!\s*(?:đ|đồng|dong|vnd|vnđ|triệu|trieu|tr|tỷ|tỉ|ty|nghìn|nghin|ngàn|k|usd|m2|m3|kg|kwh|số|km)\b)"
_CARD_WORD = (
    r"\b(?:cmnd|cmt|cmtnd|cmnd/cccd|cccd|cc|căn\s+cước(?:\s+công\s+dân)?|can\s+cuoc(?:\s+cong\s+dan)?"
    r"|chứng\s+minh(?:\s+nhân\s+dân|\s+thư)?|chung\s+minh(?:\s+nhan\s+dan|\s+thu)?"
    r"|định\s+danh|dinh\s+danh|hộ\s+chiếu|ho\s+chieu|bhxh|bhyt|giấy\s+tờ)"
)
_ID_INTRODUCED = re.compile(
    _CARD_WORD + _OF + r"(?P<number>(?:[0-9](?:[ .\-]{0,2}[0-9]){11}|[0-9](?:[ .\-]{0,2}[0-9]){8}"
    r"|[A-Z][0-9]{7}|[A-Z]{2}[0-9](?:[ .\-]?[0-9]){12}|[0-9]{10}))" + _END,
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
_BANK = (
    r"(?:vietcombank|vcb|techcombank|tcb|vietinbank|viettin|bidv|agribank|mb ?bank|mb|acb|vp ?bank|tp ?bank|sacombank"
    r"|shb|vib|hd ?bank|ocb|msb|seabank|lp ?bank|lienvietpostbank|eximbank|scb|nam ?a ?bank|pvcombank|bac ?a ?bank|timo"
    r"|cake|abbank|kienlongbank|baoviet ?bank|chính sách|csxh)"
)
#: Words between "tài khoản" and its number; a bank among them.
_HELD = (
    rf"(?:[\s:.,()\-]{{1,3}}(?:số|so|là|la|của|cua|tôi|toi|em|nó|no|ngân|ngan|hàng|hang|nh|nhận|nhan|đây|day|này|nay|mẹ"
    rf"|bọn|chúng|thụ|hưởng|lừa|đảo|{_BANK})(?!\w)){{0,7}}[\s:.,()#\-]{{0,3}}"
)
_ACCOUNT = re.compile(
    rf"\b(?:s\.?tk|số\s+tk|so\s+tk|tài\s+khoản|tai\s+khoan|tk|tknh|acc|account|ngân\s+hàng|ngan\s+hang){_HELD}"
    rf"(?P<number>[0-9](?:[ .\-]?[0-9]){{7,18}}|(?<=stk)[ :.]{{0,2}}[0-9]{{6,7}}){_END}{_MONEY}",
    re.IGNORECASE,
)
#: "190345678 Techcombank", "01234567 (ngân hàng BIDV)": looked for backwards from the bank.
_BANK_NAME = re.compile(rf"\b{_BANK}{_END}", re.IGNORECASE)
_BEFORE_BANK = re.compile(
    _START
    + r"(?P<number>[0-9](?:[ .\-]?[0-9]){7,18})[ ,(\-]{1,3}(?:tại |tai )?(?:(?:ngân hàng|ngan hang|nh)[ :]{1,2})?$",
    re.IGNORECASE,
)
#: What is numbered like a phone: "hóa đơn nước số 0345678901".
_NO_PHONE = re.compile(
    r"(?:hóa đơn|hoá đơn|hoa don|mst|thuế|mã kh|khách hàng|khach hang|công tơ|cong to|biên lai|bien lai|vận đơn"
    r"|mã đơn|seri|sê ri)"
    r"(?:\s+(?:số|so|nước|điện|nuoc|dien|là))*[\s:.#]*$",
    re.IGNORECASE,
)
_EMAIL = re.compile(
    r"(?<![\w.+\-])[^\W_][\w.+\-]{0,63}"
    r"(?: ?@ ?|\s?[(\[](?:at|a|@)[)\]]\s?|\s(?:a còng|a cong|a móc|@)\s)"
    r"(?:[a-z0-9\-]{1,63}(?:\.[a-z0-9\-]{2,63}){1,4}"
    r"|(?:gmail|yahoo|hotmail|outlook|icloud)(?:\s?(?:\.|,|chấm|cham|dot)\s?|\s)com(?:\s?(?:\.|chấm|cham)\s?vn)?(?!\w))"
    r"|(?<![\w.+\-])[a-z0-9][\w.+\-]{2,63} ?(?:gmail|yahoo|hotmail)\.com(?:\.vn)?(?!\w)",
    re.IGNORECASE,
)
#: A plate: province 11 to 99, series of one or two signs, four or five digits. Five digits need no word before them.
_SERIES = r"[1-9][0-9] ?-?[ ]?(?:[A-HK-NPS-VX-Z](?:[A-Z]|[1-9](?=[ .\-]))?|MĐ[1-9]?|LD|NN|NG|QT)"
_PLATE = re.compile(
    rf"(?<![\w.,/])(?<![0-9]-)(?:{_SERIES}[ .\-]{{0,3}}[0-9]{{3}}\.?[0-9]{{2}}|"
    r"(?-i:[1-9][0-9]-[A-Z][0-9A-Z][ \-][0-9]{4}))"
    r"(?!\w|[.,][0-9])",
    re.IGNORECASE,
)
_PLATE_INTRODUCED = re.compile(
    r"\b(?:bks|bsx|bs|biển\s+(?:kiểm\s+soát|số\s+xe|số)|bien\s+(?:kiem\s+soat|so\s+xe|so)|biển|bien|xe)"
    r"(?:\s+(?:là|la|số|so|xe))?"
    r"[\s:.]{1,3}(?P<number>[1-9][0-9][ \-]{0,2}[A-Z](?:[A-Z]|[0-9])?[ .\-]{0,3}[0-9]{2,3}[ .\-]?[0-9]{2})(?!\w)",
    re.IGNORECASE,
)

_DIGIT_WORDS = {
    "không": "0", "khong": "0", "một": "1", "mot": "1", "mốt": "1", "hai": "2", "ba": "3", "bốn": "4", "bon": "4",
    "tư": "4", "tu": "4", "năm": "5", "nam": "5", "lăm": "5", "sáu": "6", "sau": "6", "bảy": "7", "bẩy": "7",
    "bay": "7",     "tám": "8", "tam": "8", "chín": "9", "chin": "9",
}  # fmt: skip
_UNIT = rf"(?:(?:{'|'.join(_DIGIT_WORDS)})(?!\w)|[0-9])"
_UNITS = re.compile(_UNIT, re.IGNORECASE)
#: Without four digits in a row, figures or words, no number is said word by word.
_SAID = re.compile(rf"(?<!\w){_UNIT}(?:[ ,.\-]{{1,2}}{_UNIT}){{3}}", re.IGNORECASE)
#: "không chín một hai …", digits among the words.
_SPOKEN = re.compile(
    rf"(?<!\w)(?:không|khong|0(?=[0-9 ,.\-]{{0,14}}[^\W\d]))(?:[ ,.\-]{{0,2}}{_UNIT}){{9,11}}", re.IGNORECASE
)
_SPOKEN_CARD = re.compile(rf"{_CARD_WORD}{_OF}(?P<number>{_UNIT}(?:[ ,.\-]{{0,2}}{_UNIT}){{8,11}})", re.IGNORECASE)
_SPOKEN_ACCOUNT = re.compile(
    rf"\b(?:stk|số\s+tk|tài\s+khoản|tai\s+khoan){_HELD}(?P<number>{_UNIT}(?:[ ,.\-]{{0,2}}{_UNIT}){{7,15}})",
    re.IGNORECASE,
)
_SPOKEN_PHONE = re.compile(r"0(?:[35789][0-9]{8}|2[0-9]{9})")
#: Characters before a number that may say what it is.
_NEAR = 40
#: Digits of the two sorts of cards.
_NEW_CARD, _OLD_CARD = 12, 9


def find(text: str) -> tuple[Pii, ...]:
    """Spans of private data in the text as given, in order and apart from each other."""
    if unicodedata.is_normalized("NFC", text):
        return _find(text)
    composed, places = _composed(text)
    return tuple(Pii(places[span.start], places[span.end], span.type) for span in _find(composed))


def mask(text: str, spans: Iterable[Pii]) -> str:
    """Give the text with each span replaced by what kind of data stood there."""
    parts, at = [], 0
    for span in sorted(spans, key=lambda span: span.start):
        parts += [text[at : span.start], _MASKS[span.type]]
        at = span.end
    return "".join((*parts, text[at:]))


def _find(text: str) -> tuple[Pii, ...]:
    spans: list[Pii] = []
    for span in _all(text):
        at = bisect_right(spans, span.start, key=_start)
        free = at == 0 or spans[at - 1].end <= span.start
        if free and (at == len(spans) or span.end <= spans[at].start):
            spans.insert(at, span)
    return tuple(spans)


def _start(span: Pii) -> int:
    return span.start


def _composed(text: str) -> tuple[str, list[int]]:
    """Return the text composed (NFC), and where in the given text each of its characters, and its end, stood."""
    parts: list[str] = []
    places: list[int] = []
    for match in re.finditer(r".[\u0300-\u036f]*", text, re.DOTALL):
        part = unicodedata.normalize("NFC", match[0])
        parts.append(part)
        places += [match.start()] * len(part)
    return "".join(parts), [*places, len(text)]


def _all(text: str) -> Iterator[Pii]:
    """Every match, the surest first."""
    if "@" in text or "com" in text.lower():
        yield from (Pii(m.start(), m.end(), "email") for m in _EMAIL.finditer(text))
    if _SOME_NUMBER.search(text):
        yield from _numbers(_LOOKALIKE.sub(lambda match: match[0].translate(_MEANT), text))
    yield from _spoken(text)
    yield from (Pii(start, end, "name") for start, end in find_names(text))


def _numbers(text: str) -> Iterator[Pii]:
    yield from _introduced(text, (_ID_INTRODUCED, "id"), (_ACCOUNT, "bank"))
    yield from _banked(text)
    for pattern, kind in ((_ID_TWELVE, "id"), (_PHONE, "phone"), (_PLATE, "plate")):
        for match in pattern.finditer(text):
            if kind != "phone" or not _NO_PHONE.search(text, max(0, match.start() - _NEAR), match.start()):
                yield Pii(match.start(), match.end(), kind)
    yield from _introduced(text, (_PHONE_SHORT, "phone"), (_PLATE_INTRODUCED, "plate"))
    for match in _ID_NINE.finditer(text):
        if not _OTHER_NUMBER.search(text, max(0, match.start() - _NEAR), match.start()):
            yield Pii(match.start(), match.end(), "id")


def _introduced(text: str, *patterns: tuple[re.Pattern[str], str]) -> Iterator[Pii]:
    for pattern, kind in patterns:
        for match in pattern.finditer(text):
            yield Pii(*match.span("number"), kind)


def _banked(text: str) -> Iterator[Pii]:
    """Find numbers before a bank's name; what looks like a phone is taken for one all the same."""
    for bank in _BANK_NAME.finditer(text):
        number = _BEFORE_BANK.search(text, max(0, bank.start() - _NEAR), bank.start())
        if number and not _PHONE.fullmatch(number["number"]):
            yield Pii(*number.span("number"), "bank")


def _spoken(text: str) -> Iterator[Pii]:
    """Find numbers said word by word, as voice typing writes them."""
    if not _SAID.search(text):
        return
    for match in _SPOKEN_CARD.finditer(text):
        start, end = match.span("number")
        units = list(_UNITS.finditer(text, start, end))
        digits = _NEW_CARD if len(units) == _NEW_CARD else _OLD_CARD
        yield Pii(start, units[digits - 1].end(), "id")
    yield from (Pii(*match.span("number"), "bank") for match in _SPOKEN_ACCOUNT.finditer(text))
    for match in _SPOKEN.finditer(text):
        units = list(_UNITS.finditer(text, match.start(), match.end()))
        said = "".join(_DIGIT_WORDS.get(unit[0].lower(), unit[0]) for unit in units)
        phone = _SPOKEN_PHONE.match(said)
        end = units[phone.end() - 1].end() if phone else match.end()
        if not any(map(str.isalpha, text[match.start() : end])):
            continue
        if phone:
            yield Pii(match.start(), end, "phone")
        elif len(units) == _NEW_CARD:
            yield Pii(match.start(), match.end(), "id")
