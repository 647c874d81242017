"""Exchanges between bodies: who informs, asks or proposes and who replied; and how coordination is counted."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from domain.programmes import next_reminder
from domain.rulesets import Agency, RuleError, Ruleset, read_rules
from domain.words import fold

#: A subject is the first sentence, no longer than this.
_LONGEST_SUBJECT = 90


class ExchangeKind(StrEnum):
    """What an exchange wants."""

    INFORM = "inform"
    ASK = "ask"
    PROPOSE = "propose"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A body an exchange goes to."""

    agency: str
    read_at: datetime | None = None
    replied_at: datetime | None = None
    #: Its words; empty where it only said that it took note.
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """From one body to one or more others."""

    id: int
    kind: ExchangeKind
    #: Agency id.
    sender: str
    #: "officer:<id>": who wrote it, whose draft it is.
    actor: str
    text: str
    due_at: datetime | None
    recipients: tuple[Recipient, ...] = ()
    #: What it is about: id of a matter; (programme, content).
    matter: int | None = None
    content: tuple[int, int] | None = None
    #: None while it is a draft.
    sent_at: datetime | None = None
    closed_at: datetime | None = None
    #: Why its sender closed it; empty when all replied.
    reason: str = ""

    @property
    def subject(self) -> str:
        """Return the first sentence, cut where it is too long."""
        line = self.text.strip().partition("\n")[0]
        sentence = line.partition(". ")[0]
        return sentence if len(sentence) <= _LONGEST_SUBJECT else sentence[: _LONGEST_SUBJECT - 1].rstrip() + "…"

    @property
    def open(self) -> bool:
        """Whether somebody is still to reply."""
        return self.sent_at is not None and self.closed_at is None

    @property
    def missing(self) -> tuple[str, ...]:
        """Who has not replied."""
        return tuple(one.agency for one in self.recipients if one.replied_at is None)

    def recipient(self, agency: str) -> Recipient | None:
        """Return what a body has to do with it."""
        return next((one for one in self.recipients if one.agency == agency), None)


@dataclass(frozen=True, slots=True)
class ExchangeRules:
    """When a reply is due: ``[exchanges]`` of ``rules/coordination.toml``."""

    #: Working days to reply, where no day is named.
    days: Mapping[ExchangeKind, int]
    #: Working days ahead of the day on which who has not replied is reminded.
    ahead: tuple[int, ...]
    #: Working days between reminders of what is late.
    late_every: int

    @classmethod
    def parse(cls, rows: Mapping[str, Any]) -> "ExchangeRules":
        """Read the table."""
        days = {ExchangeKind(kind): count for kind, count in rows["days"].items()}
        return cls(days, tuple(sorted(rows["ahead"], reverse=True)), rows["late_every"])


def exchange_rules() -> ExchangeRules:
    """Return when replies are due."""
    return ExchangeRules.parse(read_rules("coordination")["exchanges"])


def next_look(one: Exchange, rules: Ruleset, now: datetime) -> datetime | None:
    """Return when somebody is to be reminded of an exchange next; None when nobody need be."""
    if not one.open or one.due_at is None:
        return None
    own, day = exchange_rules(), one.due_at.astimezone(rules.calendar.zone).date()
    return next_reminder(day, now, rules.calendar, ahead=own.ahead, late_every=own.late_every)


def find_bodies(typed: str, rules: Ruleset) -> list[Agency]:
    """Return the agencies whose id was typed, whose name has all the words, or else those in a row; best first."""
    wanted = fold(typed).split()
    if not wanted:
        return []
    alive = {one.id: one for one in rules.agencies.values() if one.id not in rules.heirs}
    exact = rules.agencies.get(typed.strip().upper())
    if exact and exact.id in alive:
        return [exact]
    found = [one for one in alive.values() if all(word in _words(one.name) for word in wanted)]
    found = found or [one for one in alive.values() if " ".join(wanted) in " ".join(_words(one.name))]
    # A body of the province before those of communes, the shorter name before the longer.
    return sorted(found, key=lambda one: (one.commune is not None, len(one.name), one.id))


@lru_cache(maxsize=4096)  # a province has some seven hundred, tried several times for one message
def _words(name: str) -> tuple[str, ...]:
    return tuple(fold(name).split())


class Action(StrEnum):
    """What a coordinated action can be; the part of its key before the first colon."""

    ACTIVITY = "activity"
    EXCHANGE = "exchange"
    MATTER = "matter"
    PARTNER = "partner"
    REFERRAL = "referral"


#: Casework: its keys are "case:<id>:<agency>", and a partner's reply and a referral to it are one action.
CASEWORK = (Action.PARTNER, Action.REFERRAL)


@dataclass(frozen=True, slots=True)
class CountingRule:
    """What counts as "lượt cơ quan, đơn vị phối hợp": ``[counting]`` of ``rules/coordination.toml``."""

    version: str
    zone: ZoneInfo
    counts: frozenset[Action]
    #: The rule in words, one sentence each, to be printed under every figure counted by it.
    wording: tuple[str, ...]

    @classmethod
    def parse(cls, rows: Mapping[str, Any], zone: ZoneInfo) -> "CountingRule":
        """Read the table; raises RuleError where an action has no words or is none."""
        unknown = set(rows["counts"]) - set(Action)
        unsaid = set(rows["counts"]) - set(rows["wording"])
        if unknown or unsaid:
            what = ", ".join(sorted(unknown or unsaid))
            raise RuleError(
                f"rules/coordination.toml: [counting] {what}: counts is one of {', '.join(Action)}, in words"
            )
        counts = frozenset(Action(one) for one in rows["counts"])
        said = [rows["wording"][kind] for kind in Action if kind in counts]
        return cls(rows["version"], zone, counts, (rows["wording"]["unit"], *said, rows["wording"]["once"]))


def counting_rule(rules: Ruleset) -> CountingRule:
    """Return the rule in force."""
    return CountingRule.parse(read_rules("coordination")["counting"], rules.calendar.zone)


@dataclass(frozen=True, slots=True)
class Explained:
    """A figure taken apart."""

    total: int
    #: Distinct actions and distinct bodies among them.
    actions: int
    bodies: int
    #: How many of the total by kind of action ("activity", "exchange", "matter", "case"), most first.
    by_kind: Mapping[str, int]
    #: How many of the total by body, most first. Casework is left out: of one body it may be a handful of people's.
    by_body: Mapping[str, int]


def explain(pairs: Iterable[tuple[str, str]]) -> Explained:
    """Take apart what was counted: pairs of body and action, each counted once."""
    distinct = set(pairs)
    kinds = Counter(action.partition(":")[0] for _, action in distinct)
    bodies = Counter(body for body, action in distinct if not action.startswith("case:"))
    return Explained(
        len(distinct),
        len({action for _, action in distinct}),
        len({body for body, _ in distinct}),
        _most_first(kinds),
        _most_first(bodies),
    )


def _most_first(counted: Counter[str]) -> dict[str, int]:
    return dict(sorted(counted.items(), key=lambda row: (-row[1], row[0])))


@dataclass(frozen=True, slots=True)
class Flow:
    """Exchanges in a period, as counted at its end."""

    sent: int
    #: Replies that were due in it, and how many came in time, late, not at all.
    due: int
    in_time: int
    late: int
    missing: int


def flow(exchanges: Sequence[Exchange], start: datetime, end: datetime) -> Flow:
    """Count exchanges that were sent, and the replies due, from ``start`` to before ``end``."""
    sent = sum(one.sent_at is not None and start <= one.sent_at < end for one in exchanges)
    due = [
        (one.due_at, recipient.replied_at)
        for one in exchanges
        if one.sent_at and one.due_at and start <= one.due_at < end
        for recipient in one.recipients
    ]
    replied = [(by, at) for by, at in due if at and at < end]
    in_time = sum(at <= by for by, at in replied)
    return Flow(sent, len(due), in_time, len(replied) - in_time, len(due) - len(replied))
