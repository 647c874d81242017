"""Who is accused: the post or unit named in a text that accuses somebody."""

from collections.abc import Sequence

from nlp.normalize import Word, fold, respell

_POSTS = (
    "phó chủ tịch", "chủ tịch", "phó bí thư", "bí thư", "trưởng công an", "phó công an", "công an",
    "phó trưởng phòng", "trưởng phòng", "trưởng thôn", "trưởng xóm", "trưởng bản", "trưởng ban", "phó ban",
    "tổ trưởng", "đội trưởng", "trưởng trạm", "trạm trưởng", "phó hiệu trưởng", "hiệu trưởng", "hiệu phó",
    "giám đốc", "phó giám đốc", "cán bộ", "công chức", "địa chính", "kế toán", "thủ quỹ", "văn thư", "tư pháp",
    "cảnh sát", "csgt", "dân quân", "bác sĩ", "y tá", "cô giáo", "thầy giáo", "giáo viên", "chủ nhiệm",
    "kiểm lâm", "quản lý thị trường", "ban quản lý", "thanh tra", "văn phòng đăng ký", "phòng kinh tế",
    "lãnh đạo", "ủy ban", "ubnd", "hội trưởng",
)  # fmt: skip
#: Words that go on naming a unit after the post.
_UNIT = {
    "xã", "phường", "thôn", "xóm", "bản", "tổ", "huyện", "tỉnh", "thị", "trấn", "thành", "phố", "ubnd", "ủy",
    "ban", "nhân", "dân", "công", "an", "trường", "tiểu", "học", "thcs", "thpt", "mầm", "non", "trạm", "y", "tế",
    "phòng", "bộ", "phận", "một", "cửa", "địa", "chính", "kinh", "tư", "pháp", "hội", "phụ", "nữ", "nông", "chi",
    "hợp", "tác", "hộ", "tịch", "môi", "giao", "thông", "bệnh", "viện", "trung", "tâm", "khu", "nghiệp", "đội",
    "dự", "án", "hđnd", "đảng", "mttq", "văn", "đất", "đai",
}  # fmt: skip
_UNIT_FOLDED = {fold(word) for word in _UNIT}
_MOST = 5
#: Words of the longest post.
_LONGEST = max(len(post.split()) for post in _POSTS)


def find_accused(text: str, words: Sequence[Word]) -> str | None:
    """Find the first post or unit named, with up to five words that say where; as typed, None when there is none."""
    folded = [word.folded for word in words]
    for start, first in enumerate(folded):
        if first not in _FIRSTS:
            continue
        for width in range(min(_LONGEST, len(words) - start), 0, -1):
            if _is_post(words[start : start + width], folded[start : start + width]):
                end = start + width
                while end < len(words) and end - start - width < _MOST and _goes_on(text, words, end):
                    end += 1
                return text[words[start].start : words[end - 1].end]
    return None


def _is_post(words: Sequence[Word], folded: Sequence[str]) -> bool:
    post = _POSTS_FOLDED.get(" ".join(folded))
    typed = respell(" ".join(word.typed for word in words))
    # "cán bộ" or "can bo"; but "cận bờ" is no post.
    return post is not None and typed in {post, fold(post)}


def _goes_on(text: str, words: Sequence[Word], index: int) -> bool:
    """Whether the word belongs to the name: it follows closely, and is a unit word, a number or capitalised."""
    word = words[index]
    if text[words[index - 1].end : word.start] != " ":
        return False
    typed = word.typed.lower()
    if typed in _UNIT or (typed == word.folded and typed in _UNIT_FOLDED):
        return True
    return typed.isdigit() or (word.typed[0].isupper() and not (len(word.typed) > 1 and word.typed.isupper()))


_POSTS_FOLDED = {fold(post): post for post in _POSTS}
_FIRSTS = {post.split()[0] for post in _POSTS_FOLDED}
