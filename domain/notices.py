"""Service notices: what is broken, where, until when, what to do; and who asked to be told of what."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

from domain.conversation import AskForNotices, Conversation, Step
from domain.correcting import find_topics
from domain.dates import find_moment
from domain.messages import Button, Say
from domain.rulesets import Ruleset, Topic, read_rules
from domain.words import fold

_NUMBER = re.compile(r"tb[\s-]*(\d{1,9})\b[\s:,]*", re.IGNORECASE)
#: What comes before the hour: "đến 17h mai", "tới 20/11".
_UNTIL = re.compile(r"\b(?:den|toi)\b(?= *(?:het *)?(?:ngay|\d))")
#: The end of what and where; not the colon of an hour.
_COLON = re.compile(r":(?!\d)")
_WHOLE_DAY = re.compile(r"\s*het\s+")
#: Words that join what is broken to where, left over at the end.
_JOINTS = re.compile(r"[\s,.;-]+$|(?:^|\s)(?:o|tai|cac|cua|va|xa|phuong|tren dia ban)$")
#: "báo cho tôi khi mất điện", "khi nào mất nước thì nhắn tôi", "đăng ký nhận tin cúp điện".
_ASKS = re.compile(
    r"\b(?:bao|nhan)(?: tin)?(?: cho)? (?:toi|minh|em|chau|bac|nha toi)(?: biet)? (?:khi|neu|luc|truoc khi)\b(?! nao)"
    r"|\b(?:khi nao|neu|luc nao|bao gio)\b.{3,60}\b(?:thi )?(?:bao|nhan)(?: tin)?(?: cho)? (?:toi|minh|em|chau|bac)\b"
    r"|\bdang ky nhan (?:tin|thong bao)\b|\btheo doi thong bao\b"
)
#: Topics and places offered at once.
_OFFERED = 3


class NoticeStatus(StrEnum):
    """Where a notice stands."""

    DRAFT = "draft"
    #: Waits for the second person.
    PROPOSED = "proposed"
    LIVE = "live"
    #: Mended, and said so.
    ENDED = "ended"
    #: Its time is over; nobody is told.
    EXPIRED = "expired"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class NoticeRules:
    """The bounds of notices: ``rules/coordination.toml``."""

    #: Notices one person gets in seven days at most; what is over is dropped.
    per_week: int
    #: Tiers of topics that are told however many there were: danger.
    unlimited: Collection[str]
    #: A notice ends by itself after so many days at the latest.
    longest_days: int
    #: A draft that nobody goes on with is dropped after so many.
    draft_days: int
    #: A person may ask for so many.
    wishes: int
    #: Fewer words do not say what to do; more is no notice.
    least_words: int
    longest: int


@cache
def notice_rules() -> NoticeRules:
    """Return the bounds of notices."""
    row = read_rules("coordination")["notices"]
    return NoticeRules(**{name: value for name, value in row.items() if name != "source"})


@dataclass(frozen=True, slots=True)
class Notice:
    """A service notice, from its draft to its end."""

    #: 0: not written yet.
    id: int
    #: The issuing body.
    agency: str
    status: NoticeStatus
    #: What is broken, in a few words: "mất nước".
    what: str
    topic: str | None
    #: Codes of communes.
    communes: tuple[str, ...]
    until: datetime | None
    #: Why, and what to do.
    words: str
    #: Seat that wrote it.
    drafted_by: int
    at: datetime
    #: Seat and agency of the second person.
    approved_by: int | None = None
    approved_for: str | None = None
    #: How many were told, and how many were not since they had their number of the week.
    told: int = 0
    dropped: int = 0

    @property
    def number(self) -> str:
        """What people call it: "TB5"."""
        return f"TB{self.id}"

    @property
    def missing(self) -> str | None:
        """Return what is to be asked next: "topic", "where", "until", "words"; None when it is whole."""
        if not self.topic:
            return "topic"
        if not self.communes:
            return "where"
        if self.until is None:
            return "until"
        return None if len(self.words.split()) >= notice_rules().least_words else "words"


@dataclass(frozen=True, slots=True)
class Typed:
    """What could be made of a notice typed at once."""

    what: str
    topics: tuple[str, ...]
    communes: tuple[str, ...]
    until: datetime | None
    words: str


def find_number(typed: str) -> tuple[int, str] | None:
    """Find the number at the beginning: "tb 5 duyet" → (5, "duyet")."""
    found = _NUMBER.match(typed.strip())
    return (int(found[1]), typed.strip()[found.end() :].strip()) if found else None


def parse(typed: str, may: Collection[str], rules: Ruleset, now: datetime) -> Typed:
    """Read "mất nước xã Kha Sơn đến 17h mai: sửa ống, bà con trữ nước"; ``may`` are the topics it can be about."""
    colon = _COLON.search(typed)
    head, words = (typed[: colon.start()], typed[colon.end() :].strip()) if colon else (typed, "")
    until = None
    if said := list(_UNTIL.finditer(_aligned(head))):
        until, head = find_until(head[said[-1].end() :], now, rules), head[: said[-1].start()]
    communes, what = find_communes(head, rules)
    topics = [topic.slug for topic in find_topics(what, rules) if topic.slug in may] if what else []
    return Typed(what, tuple(topics), communes, until, words)


def find_until(typed: str, now: datetime, rules: Ruleset) -> datetime | None:
    """Return the moment typed, where it lies ahead and within the bounds."""
    whole = _WHOLE_DAY.match(_aligned(typed))
    found = find_moment(typed[whole.end() if whole else 0 :].strip(), now, rules.calendar)
    latest = now + timedelta(days=notice_rules().longest_days)
    return found[0] if found and not found[1] and now < found[0] <= latest else None


def find_communes(typed: str, rules: Ruleset) -> tuple[tuple[str, ...], str]:
    """Return the communes named, and the words without them: "mất nước xã Kha Sơn" → (05953), "mất nước"."""
    found, rest = [], typed
    for code, area in sorted(rules.communes.items(), key=lambda row: -len(row[1].name)):
        for name in (area.full_name, area.name):
            at = re.search(rf"\b{re.escape(fold(name))}\b", _aligned(rest))
            # A bare name of one syllable is a word like any other.
            if at and (name == area.full_name or " " in name):
                found.append(code)
                rest = f"{rest[: at.start()].rstrip()} {rest[at.end() :].lstrip()}".strip()
                break
    while left_over := _JOINTS.search(_aligned(rest)):
        rest = rest[: left_over.start()]
    return tuple(sorted(found)), rest.strip(" ,.;-")


def _aligned(typed: str) -> str:
    """Return the text folded, as long as it was: places in one are places in the other."""
    return "".join((fold(letter) or " ")[0] for letter in typed)


def topics_of(agency: str, rules: Ruleset) -> list[Topic]:
    """Return what an agency may give notice of anywhere: what it leads or watches; the desk of everything."""
    body = rules.agencies[agency].body
    found = (topic for topic in rules.topics.values() if not topic.restricted and not topic.personal)
    own = (agency, body)
    return [topic for topic in found if agency == rules.desk or topic.lead in own or set(topic.watch) & set(own)]


def may_issue(agency: str, communes: Collection[str], rules: Ruleset) -> bool:
    """Say whether an agency serves all of these communes: notice is given of one's own work only."""
    known = rules.agencies[agency]
    if known.commune is not None:
        return set(communes) == {known.commune}
    return all((rules.agency_for(known.body, code) or known).id in (agency, known.id) for code in communes)


def is_danger(topic: str, rules: Ruleset) -> bool:
    """Say whether notices of a topic are told however many there were."""
    return rules.topics[topic].tier in notice_rules().unlimited


# What citizens ask for.


def asks_for_notices(words: str) -> bool:
    """Say whether somebody asks to be told of something when it happens."""
    return _ASKS.search(fold(words)) is not None


def public_topics(topics: Collection[str], known: Mapping[str, Topic]) -> tuple[str, ...]:
    """Return those of the topics that notices are given of."""
    return tuple(slug for slug in topics if slug in known and not (known[slug].restricted or known[slug].personal))


def wishes(typed: str, rules: Ruleset) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the topics and communes that words without a reading name: "mất nước xã Kha Sơn"."""
    communes, rest = find_communes(typed, rules)
    found = find_topics(rest, rules) if rest else []
    return public_topics([topic.slug for topic in found], rules.topics), communes


def offer(topics: Collection[str], communes: Collection[str], serial: int) -> Say | None:
    """Return the question what somebody wants to be told of; None where neither topic nor place is known.

    ``serial``: of the concern it may be instead, 0 for none.
    """
    places = [*communes][:_OFFERED] or [""]
    wanted = [(topic, place) for topic in [*topics][:_OFFERED] for place in places][:_OFFERED]
    wanted += [("", place) for place in places if place]
    if not wanted:
        return None
    buttons = [
        Button(f"wish:{serial}:{topic}:{place}", "wish", {"topic": topic or None, "commune": place or None})
        for topic, place in wanted
    ]
    other = (Button(f"show:{serial}", "no_wish"), Button(f"drop:{serial}", "drop")) if serial else ()
    return Say("ask_wish", {"most": notice_rules().per_week}, (*buttons, *other))


def wished(conversation: Conversation, of: str, more: str, rules: Ruleset) -> Step:
    """Take a wish that was pressed: "topic:commune", one of which may be empty.

    ``of``: serial of the concern that was kept, should it have been one.
    """
    topic, _, commune = more.partition(":")
    known = (topic in rules.topics or not topic) and (commune in rules.communes or not commune)
    if not known or not (topic or commune):
        return Step(conversation, (Say("old_button"),))
    concern = conversation.concern(of)
    rest = conversation.drop(concern) if concern else conversation
    return Step(rest, (), (AskForNotices(topic or None, commune or None),))
