"""Names of persons in a text: "anh Tuấn", "bà Tám", "Nguyễn Văn Hùng", "chau ten la bui thi mo".

A name is found by what stands before it ("ông", "tên là", "tôi là") or by its family name. Streets, schools and posts
are not persons: "đường Hoàng Văn Thụ", "ông chủ tịch xã". Initials hide a name already: "bà L.T.M.".
"""

import re
import tomllib
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path
from typing import NamedTuple

from nlp.normalize import fold, respell

_WORD = re.compile(r"[^\W\d_]+(?:/c)?")
#: What calls a person and is followed by a name; and what does so only before a name we know.
_CALLS = {
    "anh", "chị", "ông", "bà", "cô", "chú", "bác", "cậu", "mợ", "dì", "dượng", "thím", "cháu", "cụ", "thằng", "lão",
    "mụ", "đ/c",
}  # fmt: skip
_WEAK_CALLS = {
    "nhà", "con", "hộ", "em", "bạn", "mẹ", "bố", "má", "vợ", "chồng", "thầy", "bé", "a", "c", "e", "chi", "bac",
    "chu", "co", "thay", "nha", "ban", "ong", "chau", "ba",
}  # fmt: skip
#: In a text without diacritics: what a capital may follow, and what a name in small letters may follow.
_PLAIN_CALLS = {"ong", "chau", "anh"}
_PLAIN_SMALL_CALLS = {"ong", "anh", "chi", "bac", "chau"}
_NAME = {"tên", "ten"}
_IS = {"là", "la"}
#: Who may be named: "tên em là".
_SELF = {
    "tôi", "em", "cháu", "mình", "con", "bà", "ông", "anh", "chị", "nó", "tui", "mk", "e", "toi", "chau", "minh",
    "ba", "chi", "ong", "no",
}  # fmt: skip
_FIRST_PERSON = {
    "tôi", "em", "cháu", "mình", "con", "tui", "mk", "e", "toi", "chau", "minh", "bác", "cô", "bà", "ông",
}  # fmt: skip
#: "họ và tên: X", "liên hệ: X": the two words before the name.
_LABELS = {
    "và tên", "họ tên", "liên hệ", "đại diện", "chủ hộ", "người gửi", "ký tên", "làm đơn", "phản ánh", "trân trọng",
    "đồng chí", "va ten", "ho ten", "lien he", "dai dien", "chu ho", "nguoi gui", "dong chi",
}  # fmt: skip
#: After any of these a name may stand.
_TRIGGERS = _CALLS | _WEAK_CALLS | _PLAIN_CALLS | _PLAIN_SMALL_CALLS | _NAME | _IS | _SELF
_TRIGGERS |= {label.split()[1] for label in _LABELS}
#: "con chó tên Vàng", "đổi tên": what bears the name is no person.
_NAMELESS = {
    "đường", "phố", "quán", "xóm", "thôn", "xã", "trường", "chó", "mèo", "trâu", "ty", "file", "phim", "thuốc",
    "biển", "đổi", "nhãn", "mang",
}  # fmt: skip
#: Ends in a word that opens places, and is a post: "hieu truong Bui Thi Sam" is no school.
_POSTS = {
    "hieu truong", "hiệu trưởng", "doi truong", "tram truong", "to truong", "vien truong", "truong thon", "trưởng thôn",
    "truong xom", "trưởng xóm", "truong ban", "trưởng bản", "bi thu thon", "thu thon", "thư thôn", "thu xa", "thư xã",
    "tich xa", "tịch xã", "tich phuong", "tịch phường", "an xa", "an xã", "quan tri", "quản trị",
}  # fmt: skip
#: What makes a name of any family word before it.
_COMMON_MIDDLES = {"văn", "thị", "van", "thi"}
#: "vi phạm thì phạt": with this before it the family is half of a word.
_HALVES = {"vi", "xam", "quy", "dang", "phu", "tan", "tu"}
#: Families so frequent that any middle name after them makes a name, in small letters too.
_FREQUENT = {"nguyễn", "trần", "lê", "phạm", "hoàng", "huỳnh", "vũ", "bùi", "đặng", "nguyen"}
#: And those that "van", "thi" make a name of without diacritics; others need a call before them.
_PLAIN_FREQUENT = {"nguyen", "tran", "pham", "hoang", "huynh", "bui"}
#: Second halves of given names believed in small letters: "tuấn anh", "mai hương".
_SECOND = {"anh", "linh", "hương", "thảo"}
#: Words of the longest name, "Nguyễn Thị Hồng Nhung", and of a whole one: family, middle, given.
_MOST, _WHOLE = 4, 3
#: Share of capitals above which they say nothing, of letters or, among so many words, of first letters.
_SHOUTED, _ENOUGH = 0.7, 6


class _Token(NamedTuple):
    #: Lower case, the tone where the usual spelling has it.
    lower: str
    start: int
    end: int
    #: Follows the word before with nothing but a space.
    joined: bool
    #: Written as a name is: a capital first, in a text where that says something.
    capital: bool


class _Small(NamedTuple):
    """What is believed in small letters, as spelled in a text with diacritics or in one without."""

    families: frozenset[str]
    middles: frozenset[str]
    given: frozenset[str]
    sure: frozenset[str]
    calls: AbstractSet[str]


class _Lists(NamedTuple):
    """Word lists of ``names.toml``."""

    families: frozenset[str]
    rare_families: frozenset[str]
    #: All families without diacritics, everyday words among them.
    folded_families: frozenset[str]
    middles: frozenset[str]
    given: frozenset[str]
    compounds: frozenset[str]
    stops: frozenset[str]
    places: frozenset[str]
    honoured: frozenset[str]
    spelled: _Small
    plain: _Small


class _Text(NamedTuple):
    given: str
    tokens: list[_Token]
    #: Without one letter beyond ASCII: "ba" may be "bà" as well as three.
    plain: bool
    lists: _Lists
    small: _Small


def find_names(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each name in a composed (NFC) text, without "ông", "bà" before it; in order and apart."""
    lists, plain = _lists(), text.isascii()
    tokens = _tokens(text)
    read = _Text(text, tokens, plain, lists, lists.plain if plain else lists.spelled)
    families = (lists.families, lists.rare_families, read.small.families)
    index, before = 0, ""
    while index < len(tokens):
        end, word = index, tokens[index].lower
        if before in _TRIGGERS:
            end = _after_call(read, index)
        if end == index and (any(word in some for some in families) or _unmistakable(read, index)):
            end = _full_name(read, index)
        if end > index:
            yield tokens[index].start, tokens[end - 1].end
        index = max(end, index + 1)
        before = tokens[index - 1].lower


def _unmistakable(read: _Text, index: int) -> bool:
    """Whether three capitals in a row, "Văn" or "Thị" within, name a person of any family."""
    if not read.tokens[index].capital:
        return False
    whole = read.tokens[index : index + _WHOLE]
    return (
        len(whole) == _WHOLE
        and all(token.capital for token in whole)
        and whole[1].joined
        and whole[2].joined
        and (whole[1].lower in _COMMON_MIDDLES or (read.plain and whole[0].lower in read.lists.folded_families))
    )


def _tokens(text: str) -> list[_Token]:
    """Words of letters; capitals count only where not everything is written in them."""
    words = [(match[0], *match.span()) for match in _WORD.finditer(text)]
    capitals = sum(map(str.isupper, text))
    loud = capitals > _SHOUTED * sum(map(len, text.split())) or (
        len(words) >= _ENOUGH and sum(word[0].isupper() for word, _, _ in words) > _SHOUTED * len(words)
    )
    respelled = respell(text)
    # A few foreign letters grow when made small; then word by word.
    whole = len(respelled) == len(text)
    tokens: list[_Token] = []
    last = -2
    for word, start, end in words:
        lower = respelled[start:end] if whole else respell(word)
        joined = start - last == 1 and text[last] in " \xa0"
        capital = not loud and lower[0] != word[0] and (len(word) == 1 or not word.isupper())
        tokens.append(_Token(lower, start, end, joined, capital))
        last = end
    return tokens


def _after_call(read: _Text, index: int) -> int:
    """One past the last word of the name that begins at ``index`` because of what stands before it."""
    token, before = read.tokens[index], read.tokens[index - 1]
    call = before.lower
    if not token.joined:
        return _labelled(read, index)
    if f"{call} {token.lower}" in read.lists.honoured:
        return index
    if call in _NAME or (call in _IS and index > 1) or (call in _SELF and _word(read, index - 2) in _NAME):
        return _introduced(read, index)
    if not token.capital:
        return _small(read, index) if call in read.small.calls else _labelled(read, index)
    if call in _CALLS or (read.plain and call in _PLAIN_CALLS):
        # "đường Bà Triệu", "chợ Ông Tạ".
        place = before.capital and _word(read, index - 2) in read.lists.places
        return index if place else _run(read, index)
    if call in _WEAK_CALLS and (token.lower in read.lists.given or token.lower in read.lists.families):
        return _run(read, index)
    return _labelled(read, index)


def _word(read: _Text, index: int) -> str:
    return read.tokens[index].lower if index >= 0 else ""


def _labelled(read: _Text, index: int) -> int:
    """After "họ và tên:", "liên hệ:": a name with a family, or one we know."""
    token, lists = read.tokens[index], read.lists
    if not token.capital or f"{_word(read, index - 2)} {_word(read, index - 1)}" not in _LABELS:
        return index
    if read.given[read.tokens[index - 1].end : token.start].strip(" :.,-\n"):
        return index
    known = token.lower in lists.given or token.lower in lists.families or token.lower in lists.rare_families
    return _run(read, index) if known else index


def _introduced(read: _Text, index: int) -> int:
    """After "tên", "tên tôi", "tên là", "tôi là"."""
    token, lists, at = read.tokens[index], read.lists, index - 1
    if is_form := _word(read, at) in _IS:
        at -= 1
    if _word(read, at) in _SELF and _word(read, at - 1) in _NAME:
        at -= 1
    named = _word(read, at) in _NAME
    if not named and _word(read, at) not in _FIRST_PERSON:
        return index
    if named and _word(read, at - 1) in _NAMELESS:
        return index
    if not token.capital:
        # "ten minh", "ten nhung" are "tên mình", "tên nhưng" without diacritics.
        return _small(read, index) if is_form or not read.plain else _full_name(read, index)
    known = token.lower in lists.given or token.lower in lists.families or token.lower in lists.rare_families
    return _run(read, index) if named or known else index


def _run(read: _Text, first: int) -> int:
    """One past a name in capitals: a family with up to three more words, a given name with one more we know."""
    tokens, lists, end = read.tokens, read.lists, first
    while end < len(tokens) and end - first < _MOST and tokens[end].capital and (end == first or tokens[end].joined):
        # "Phạm Thị Huyền" without diacritics is all words that end names elsewhere.
        within = end > first and _COMMON_MIDDLES & {tokens[end].lower, tokens[end - 1].lower}
        if not within and (tokens[end].lower in lists.stops or _compound(read, end)):
            break
        end += 1
    family = tokens[first].lower in lists.families or tokens[first].lower in lists.rare_families
    if end - first > 1 and not family:
        end = first + 2 if tokens[first + 1].lower in lists.given else first + 1
    initial = end - first == 1 and tokens[first].end - tokens[first].start == 1
    return first if initial or _hidden(read, first) else end


def _hidden(read: _Text, first: int) -> bool:
    """Whether only initials are given: "ông T.", "bà L.T.M."."""
    token = read.tokens[first]
    return token.end - token.start == 1 and read.given[token.end : token.end + 1] == "."


def _small(read: _Text, first: int) -> int:
    """One past a name in small letters (or all in capitals) after a call: only names that are hardly anything else."""
    end = _full_name(read, first)
    if end > first:
        return end
    if read.tokens[first].lower not in read.small.sure or _compound(read, first):
        return first
    after = first + 1
    both = after < len(read.tokens) and read.tokens[after].joined and read.tokens[after].lower in _SECOND
    return after + 1 if both and not _compound(read, after) else after


def _compound(read: _Text, index: int) -> bool:
    """Whether the word is half of another: "bảo vệ", "bảy mươi", "anh hùng"."""
    tokens, compounds = read.tokens, read.lists.compounds
    token = tokens[index].lower
    if index + 1 < len(tokens) and tokens[index + 1].joined and f"{token}-{tokens[index + 1].lower}" in compounds:
        return True
    return index > 0 and tokens[index].joined and f"{tokens[index - 1].lower}-{token}" in compounds


def _full_name(read: _Text, first: int) -> int:
    """One past a family name with what belongs to it, where no place is named after the person."""
    token, lists = read.tokens[first], read.lists
    if token.capital:
        known = token.lower in lists.families or token.lower in lists.rare_families
        end = _capitals(read, first) if known or _unmistakable(read, first) else first
    else:
        end = _spoken(read, first) if token.lower in read.small.families else first
    if end == first or _is_place(read, first):
        return first
    called = token.joined and _word(read, first - 1) in _CALLS
    return first if not called and _is_honoured(read, first, end) else end


def _capitals(read: _Text, first: int) -> int:
    tokens, lists = read.tokens, read.lists
    end = first + 1
    while end < len(tokens) and end - first <= _MOST and tokens[end].capital and tokens[end].joined:
        if tokens[end].lower in lists.stops and not _COMMON_MIDDLES & {tokens[end].lower, tokens[end - 1].lower}:
            break
        end += 1
    second = _word(read, first + 1) if end > first + 1 else ""
    sure = tokens[first].lower in lists.families
    if end - first >= _WHOLE:
        return end if sure or second in lists.middles or _unmistakable(read, first) else first
    return end if sure and second in lists.given else first


def _spoken(read: _Text, first: int) -> int:
    """One past "nguyễn văn hùng", "tran thi lan", "phạm thị thu hà" in small letters."""
    small, stops = read.small, read.lists.stops
    words = read.tokens[first : first + 4]
    if len(words) < _WHOLE or not (words[1].joined and words[2].joined):
        return first
    family, middle, given = (token.lower for token in words[:_WHOLE])
    called = read.tokens[first].joined and _word(read, first - 1) in small.calls | _IS | _NAME
    if not called and (_compound(read, first) or (read.plain and family not in _PLAIN_FREQUENT)):
        return first
    if read.plain and _word(read, first - 1) in _HALVES:
        return first
    common = middle in _COMMON_MIDDLES and given not in stops and (given in small.given or not read.plain)
    known = (
        middle in small.middles
        and given in small.given
        and (family in _FREQUENT or (called and family not in read.lists.rare_families))
    )
    if not (common or known):
        return first
    longer = middle in {"thị", "thi"} and given in small.middles and len(words) > _WHOLE
    return first + 4 if longer and words[3].joined and words[3].lower in small.given else first + _WHOLE


def _is_honoured(read: _Text, first: int, end: int) -> bool:
    """Whether the words are, begin or end with a name that streets bear."""
    words = [token.lower for token in read.tokens[first:end]]
    sizes = range(2, len(words) + 1)
    return any(" ".join(part) in read.lists.honoured for size in sizes for part in (words[:size], words[-size:]))


def _is_place(read: _Text, first: int) -> bool:
    """Whether what stands before makes it a street, a school, a firm."""
    if not first or not read.tokens[first].joined:
        return False
    before = read.tokens[first - 1]
    if before.lower in _CALLS or (before.lower in _WEAK_CALLS and not before.capital):
        return False
    if f"{_word(read, first - 2)} {before.lower}" in _POSTS:
        return False
    return before.lower in read.lists.places or (before.capital and before.joined)


@cache
def _lists() -> _Lists:
    with (Path(__file__).parent / "names.toml").open("rb") as file:
        raw = tomllib.load(file)
    rows = {name: frozenset(map(respell, raw[name].split())) for name in raw}
    honoured = frozenset(" ".join(respell(name).split()) for name in raw["honoured"].split(","))
    families, rare, middles, given = rows["families"], rows["rare_families"], rows["middles"], rows["given"]
    return _Lists(
        # Folded, these are everyday words even with a capital: "Do", "Đang", "Vụ".
        families=families | (_plain(families) - _plain({"đỗ", "đặng", "vũ", "bàn", "đào", "dương", "giàng", "quàng"})),
        rare_families=rare,
        folded_families=_plain(families | rare),
        middles=middles | _plain(middles),
        given=given | _plain(given),
        compounds=rows["compounds"] | _plain(rows["compounds"]),
        stops=rows["stops"],
        places=rows["places"],
        honoured=honoured | _plain(honoured),
        spelled=_Small(families | rare, middles, given, rows["sure"], _CALLS),
        plain=_Small(
            _plain(rows["plain_families"]),
            _plain(middles),
            _plain(given),
            _plain(rows["sure_plain"]),
            _PLAIN_SMALL_CALLS,
        ),
    )


def _plain(words: AbstractSet[str]) -> frozenset[str]:
    return frozenset(map(fold, words))
