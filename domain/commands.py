"""What citizens may type as a command: Vietnamese without diacritics, the slash left out where that is unmistakable."""

import re
from collections.abc import Sequence
from datetime import datetime

from domain.cards import follow, status
from domain.cases import Case
from domain.conversation import Conversation, LeaveNotices, ShowWishes, Step, TakeOver
from domain.messages import Button, Say
from domain.notices import offer, wishes
from domain.numbers import find_case_number
from domain.rulesets import Ruleset
from domain.words import fold

#: Spellings of each command; the first is the one shown.
_COMMANDS = {
    "start": ("start", "batdau"),
    "help": ("trogiup", "help", "huongdan"),
    "follow": ("theodoi", "hoso", "hosocuatoi"),
    "hotlines": ("khancap",),
    "data": ("dulieu",),
    "erase": ("xoadulieu",),
    "take_over": ("nhanlai",),
    "notices": ("thongbao",),
    "leave": ("thoi", "thoinhan", "thoinhantin"),
}
#: Words that are a command by themselves, nothing more in the message.
_PHRASES = {
    "ho so cua toi": "follow",
    "theo doi": "follow",
    "theo doi ho so": "follow",
    "xem ho so": "follow",
    "tro giup": "help",
    "huong dan": "help",
    "thong bao": "notices",
    "thoi nhan": "leave",
    "thoi nhan tin": "leave",
    "thoi nhan thong bao": "leave",
    "xoa du lieu": "erase",
    "xoa du lieu cua toi": "erase",
}
#: Words that are a whole answer to a question of the bot, as its buttons are: to "is it here?", to "shall I split it?".
_YES = frozenset({
    "dung", "dung roi", "dung vay", "phai", "phai roi", "u", "uh", "vang", "da", "co", "ok", "oke", "dong y",
    "tach", "tach ra", "tach lam hai", "tach lam hai viec", "hai", "hai viec", "hai chuyen", "2 viec", "2 chuyen",
})  # fmt: skip
_NO = frozenset({
    "khong", "khong phai", "khong dung", "k", "ko", "sai", "sai roi", "nham", "nham roi", "xa khac", "phuong khac",
    "noi khac", "khong tach", "mot", "mot viec", "mot chuyen", "1 viec", "1 chuyen", "chi mot viec", "chi la mot viec",
})  # fmt: skip
#: What is said at the end for courtesy.
_COURTESY = re.compile(r"(?: (?:a|nhe|nha|em|anh|chi|ban|do|thoi))+$")
#: What a village head copied for somebody: the number of a case and eleven letters, whatever stands before them.
_SLIP = re.compile(r"\b[a-z]{2}[\s.-]*\d{2}[\s.-]*\d{4,}[\s.-]*\d{3}\s+[a-z]{11}\s*$", re.IGNORECASE)
_LONGEST_SLIP = 80
#: Letters, with some room for combining marks and signs.
_LONGEST_PHRASE = 2 * max(map(len, _PHRASES))
_NAMES = {spelling: name for name, spellings in _COMMANDS.items() for spelling in spellings}


def split_command(text: str) -> tuple[str, str] | None:
    """Split "/NHAN@HoiAmBot TN26-…  xong rồi" into ("nhan", "TN26-… xong rồi"); None when it is no command."""
    text = text.strip()
    if not text.startswith("/"):
        return None
    head, *rest = text[1:].split(maxsplit=1) or [""]
    return fold(head.partition("@")[0]).replace("_", ""), "".join(rest)


def find_command(text: str) -> tuple[str, str] | None:
    """Find the command in a text: (name, what follows). Name is "unknown" for a slash nobody knows; None for words."""
    if len(text) <= _LONGEST_SLIP and (slip := _SLIP.search(text)):
        return "take_over", slip[0]
    if found := split_command(text):
        name, rest = _NAMES.get(found[0], "unknown"), found[1]
        # "/thoi" alone or "/thoi nhận tin"; with anything else behind it is the one of officers.
        other = name == "leave" and rest and not fold(rest).startswith("nhan")
        return ("unknown" if other else name), rest
    if len(text) > _LONGEST_PHRASE:
        return None
    phrase = _PHRASES.get(fold(text).strip(" .!?"))
    return (phrase, "") if phrase else None


def yes_or_no(text: str) -> bool | None:
    """Say what a typed answer means that is nothing but a yes or a no; None for all else."""
    if len(text) > _LONGEST_PHRASE:
        return None
    words = _COURTESY.sub("", fold(text).strip(" .,!?"))
    return True if words in _YES else False if words in _NO else None


def command(
    conversation: Conversation, name: str, rest: str, cases: Sequence[Case], rules: Ruleset, now: datetime
) -> Step:
    """Do what the command says."""
    match name:
        case "start":
            say = Say("welcome", {"province": rules.province}, (Button("mine", "mine"), Button("help", "help")))
        case "help":
            say = Say("help", {}, (Button("mine", "mine"),))
        case "follow":
            say = _follow(rest, cases, rules, now)
        case "notices" | "leave":
            return _notices(conversation, name, rest, rules)
        case "hotlines":
            say = Say("hotlines", {"hotlines": list(rules.hotlines)})
        case "data":
            say = Say("data", {"cases": len(cases), "concerns": len(conversation.concerns)})
        case "take_over":
            number, code = find_case_number(rest, rules.prefix, now.year), rest.split()[-1:] or [""]
            if not number or len(rest.split()) < 2:  # noqa: PLR2004 - number and code
                return Step(conversation, (Say("takeover_help"),))
            return Step(conversation, (), (TakeOver(number, code[0]),))
        case "erase":
            say = Say("erase_sure", {"cases": len(cases)}, (Button("erase", "erase"), Button("keep", "keep")))
        case _:
            say = Say("unknown_command")
    return Step(conversation, (say,))


def _follow(rest: str, cases: Sequence[Case], rules: Ruleset, now: datetime) -> Say:
    """Show the cases, one of them, or, for "/theodoi mất nước xã Kha Sơn", what notices there could be."""
    if not rest:
        return follow(cases)
    number = find_case_number(rest, rules.prefix, now.year)
    own = next((case for case in cases if case.number == number), None)
    if own or number:
        return status(own) if own else Say("no_such_case")
    return offer(*wishes(rest, rules), 0) or Say("no_such_case")


def _notices(conversation: Conversation, name: str, rest: str, rules: Ruleset) -> Step:
    """Show what notices are asked for, ask for more, or for none any more."""
    if name == "leave":
        return Step(conversation, (), (LeaveNotices(),))
    asked = offer(*wishes(rest, rules), 0) if rest else None
    return Step(conversation, (asked,)) if asked else Step(conversation, (), (ShowWishes(),))
