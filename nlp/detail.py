"""The finer place in the citizen's own words: "xóm Đông", "ngõ 5 tổ 8", "đường Quang Trung"."""

import re
from collections.abc import Collection, Iterator, Sequence

from nlp.normalize import Word

#: Words that open a fine place, with diacritics and without.
_OPENERS = {
    "xóm", "xom", "thôn", "thon", "tổ", "to", "tdp", "bản", "ban", "ngõ", "ngo", "ngách", "ngach", "hẻm", "hem",
    "kiệt", "đường", "duong", "phố", "pho", "khu", "ấp", "đội", "làng", "lang", "cụm", "khối", "kdc", "ql", "tl",
    "dt", "đt",
}  # fmt: skip
#: Openers that are common words too: only a number or a capital may follow.
_CAREFUL = {
    "tổ", "to", "bản", "ban", "đường", "duong", "phố", "pho", "khu", "đội", "làng", "lang", "cụm", "khối",
    "ngo", "hem", "ql", "tl", "dt", "đt",
}  # fmt: skip
#: Words that go with an opener before the name: "tổ dân phố 7", "đường tỉnh 261", "khu dân cư số 2".
_WITH = {
    "dân phố",
    "dan pho",
    "dân cư",
    "dan cu",
    "tỉnh",
    "tinh",
    "số",
    "so",
    "tái định cư",
    "đô thị",
    "làng",
    "xóm",
    "tổ",
}
#: Words that cannot begin or continue a name written small.
NEVER = {
    "minh", "mình", "toi", "tôi", "em", "e", "nha", "nhà", "chung", "này", "nay", "kia", "do", "đó", "ay", "ấy",
    "co", "có", "bi", "bị", "khong", "không", "ko", "k", "la", "là", "thi", "thì", "o", "ở", "vào", "vao", "ra",
    "đi", "di", "ngoài", "ngoai", "trên", "tren", "dưới", "duoi", "trong", "gần", "gan", "lên", "len", "xuống",
    "xuong", "hết", "het", "cũ", "cu", "cac", "các", "những", "nhung", "ai", "nào", "nao", "đã", "da", "đang",
    "dang", "sẽ", "se", "mà", "ma", "và", "va", "với", "voi", "của", "cua", "cho", "toàn", "toan", "được",
    "duoc", "từ", "tu", "đến", "den", "bà", "ba", "ông", "ong", "cháu", "chau", "tui", "tớ", "bác", "chú", "anh",
    "chị", "con", "cái", "hỏng", "hong", "ổ", "bẩn", "ban", "xấu", "tối", "cứ", "lại", "lai", "mấy", "may",
    "nhiều", "nhieu", "rất", "rat", "vẫn", "van", "bên", "ben", "cạnh", "canh", "đầu", "dau", "cuối", "cuoi",
    "sau", "trước", "truoc", "sáng", "chiều", "hôm", "hom", "qua", "nữa", "nua", "dân", "dan", "đấy", "day",
    "đây", "bao", "ngày", "ngay", "đêm", "dem", "mưa", "nắng", "trọ", "tro", "xã", "xa", "phường", "phuong",
    "huyện", "huyen",
}  # fmt: skip
_MOST = 3
_AT = {"ở", "o", "tại", "tai", "thuộc", "thuoc", "trong"}
#: "5", "12b", "5/2": a number of a lane or a group, not "8h" or "500k".
_NUMBER = re.compile(r"\d{1,4}[a-g]?", re.IGNORECASE)


def find_detail(text: str, words: Sequence[Word], places: Collection[int], streets: Collection[str]) -> str | None:
    """Find the longest stretch of fine places in a text, as typed.

    ``places`` are the numbers of words that name a commune or its kind; ``streets`` are folded names that streets bear.
    """
    spans: list[tuple[int, int]] = []
    for start, end in _spans(text, words, places, streets):
        gap = text[spans[-1][1] : words[start].start] if spans else "-"
        if spans and gap.strip(" ,") == "":
            spans[-1] = (spans[-1][0], words[end - 1].end)
        else:
            spans.append((words[start].start, words[end - 1].end))
    if not spans:
        return None
    start_char, end_char = max(spans, key=lambda span: span[1] - span[0])
    return text[start_char:end_char]


def _spans(
    text: str, words: Sequence[Word], places: Collection[int], streets: Collection[str]
) -> Iterator[tuple[int, int]]:
    """Word numbers (first, one past the last) of each fine place."""
    index = 0
    while index < len(words):
        end = index
        if index not in places and words[index].typed.lower() in _OPENERS and not _inside(words, index):
            end = max(_end(text, words, index, places), _street_end(words, index, streets))
        if end > index:
            yield index, end
        index = max(end, index + 1)


def _inside(words: Sequence[Word], index: int) -> bool:
    """Whether the opener is half of another word: "thành phố", "văn bản", "môi trường"."""
    pair = f"{words[index - 1].typed.lower()} {words[index].typed.lower()}" if index else ""
    return pair in {"thành phố", "thanh pho", "văn bản", "van ban", "thông đường", "dân phố", "dan pho"}


def _end(text: str, words: Sequence[Word], opener: int, places: Collection[int]) -> int:
    """One past the last word of the fine place that opens at ``opener``; ``opener`` itself when nothing fit follows."""
    first = opener + 1
    for width in (3, 2, 1):
        if " ".join(word.typed.lower() for word in words[first : first + width]) in _WITH:
            first += width
    end = first
    while end < len(words) and end - first < _MOST and end not in places and _joined(text, words, end):
        if not _is_proper(words[end]) or (end > first and words[end].typed in _OPENERS):
            break
        end += 1
        # "5" ends the name, "34/5" goes on.
        if words[end - 1].typed[0].isdigit() and text[words[end - 1].end : words[end - 1].end + 1] != "/":
            break
    if end > first:
        return end
    if words[opener].typed.lower() in _CAREFUL:
        return opener
    return _small_end(text, words, opener, first, places) or opener


def _street_end(words: Sequence[Word], opener: int, streets: Collection[str]) -> int:
    """One past a known street name after "duong", "pho", "ngo"; 0 when there is none."""
    for end in range(min(opener + 5, len(words)), opener + 2, -1):
        if " ".join(word.folded for word in words[opener + 1 : end]) in streets:
            return end
    return 0


def _small_end(text: str, words: Sequence[Word], opener: int, first: int, places: Collection[int]) -> int:
    """One past a name in small letters, which must be closed by something; 0 when there is none.

    "xom dong xa kha son", "o thon dong,", "thôn đông" as the whole message; not "cả xóm bịt mũi".
    """
    end = first
    while end < len(words) and end - first < _MOST and end not in places and _joined(text, words, end):
        if words[end].typed.lower() in NEVER or words[end].typed.lower() in _OPENERS:
            break
        end += 1
    if end == first:
        return 0
    before_place = end in places or (end < len(words) and words[end].typed.lower() in _OPENERS)
    introduced = opener == 0 or words[opener - 1].typed.lower() in _AT
    closed = end == len(words) or not _joined(text, words, end)
    return end if before_place or (introduced and closed) else 0


def _joined(text: str, words: Sequence[Word], index: int) -> bool:
    """Whether nothing but a space (or "số 5/2", "3-4") stands before the word."""
    gap = text[words[index - 1].end : words[index].start]
    return gap == " " or (gap in {"/", "-"} and words[index].typed[0].isdigit())


def _is_proper(word: Word) -> bool:
    """Tell a number or a capitalised word, but no shouting."""
    return bool(_NUMBER.fullmatch(word.typed)) or (
        word.typed[0].isupper() and (len(word.typed) == 1 or not word.typed.isupper())
    )
