"""How long things may take, and who is told when they take longer; read from ``rules/clocks.toml``."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from domain.clocks import Calendar
from domain.errors import OperatorError

#: What can be told, and which limits there are.
TOLD = ("officer", "lead", "watch", "caller", "desk")
LIMITS = ("accept", "progress", "answer", "reply", "notice")


class ClockError(OperatorError):
    """A row of the clocks makes no sense; the message names it."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time; one of the three is set."""

    #: Round the clock.
    minutes: float = 0
    #: Of work.
    hours: float = 0
    days: int = 0
    source: str = ""

    def after(self, calendar: Calendar, start: datetime) -> datetime:
        """Return when the stretch that begins at ``start`` is over."""
        if self.minutes:
            return start + timedelta(minutes=self.minutes)
        return (
            calendar.add_working_days(start, self.days) if self.days else calendar.add_working_hours(start, self.hours)
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """By when a task is to be taken, the citizen to be told how it stands, and the case to be answered."""

    accept: Span
    answer: Span
    progress: Span | None = None


@dataclass(frozen=True, slots=True)
class Escalation:
    """A step: who is told how long before or after a limit."""

    #: One of LIMITS.
    limit: str
    tell: tuple[str, ...]
    after: Span | None = None
    #: Working days ahead of the limit, in the morning.
    before_days: int = 0
    #: Told again every so many working days; 0 never.
    every_days: int = 0

    def moments(self, calendar: Calendar, limit: datetime, until: datetime) -> list[datetime]:
        """Return when the step is due for a limit: all moments up to ``until``, and the first one after it."""
        if self.before_days:
            return [calendar.at_opening(calendar.add_working_days(limit, -self.before_days))]
        first = self.after.after(calendar, limit) if self.after and self.after != Span() else limit
        if self.after and self.after.days:
            first = calendar.at_opening(first)
        found = [first]
        while self.every_days and found[-1] <= until:
            found.append(calendar.at_opening(calendar.add_working_days(found[-1], self.every_days)))
        return found


@dataclass(frozen=True, slots=True)
class Updates:
    """When people hear although nothing changed; see ``rules/clocks.toml``."""

    before_days: int
    overdue_every_days: int
    silence_days: int
    nudge_minutes: int
    question_days: int
    pause_days: int
    extension_days: int
    reopenings: int
    digest: bool


@dataclass(frozen=True, slots=True)
class Approval:
    """What the lead of an agency approves before it goes to the citizen."""

    answers: bool
    extensions: bool


@dataclass(frozen=True, slots=True)
class ClockRules:
    """All limits of a deployment."""

    #: Changes with every figure and every day off: open deadlines are recomputed then.
    version: str
    tiers: Mapping[str, Limits]
    #: Limits of single topics, and in danger, that come before the tier's; what they do not name is the tier's.
    topics: Mapping[str, Mapping[str, Span]]
    urgent: Mapping[str, Span]
    notice: Span
    updates: Updates
    approval: Approval
    escalation: tuple[Escalation, ...]

    def limits(self, tier: str, topic: str | None = None, *, urgent: bool = False) -> Limits:
        """Return the limits of a case: its topic's before its tier's, and those of danger before both."""
        own = dict(self.topics.get(topic or "", {}))
        return replace(self.tiers[tier], **own, **(dict(self.urgent) if urgent else {}))


def parse_clocks(row: Mapping[str, Any], days_off: str) -> ClockRules:
    """Return the limits of ``rules/clocks.toml``; ``days_off`` names the version of the calendar.

    Raises ClockError naming the row that makes no sense.
    """
    try:
        return ClockRules(
            version=_version(row, days_off),
            tiers={name: _limits(f"tiers.{name}", tier) for name, tier in row["tiers"].items()},
            topics={slug: _spans(f"topics.{slug}", own) for slug, own in row["topics"].items()},
            urgent=_spans("urgent", row["urgent"]),
            notice=_span("notice", row["notice"]),
            updates=Updates(**row["updates"]),
            approval=Approval(**row["approval"]),
            escalation=tuple(_escalation(n, step) for n, step in enumerate(row["escalation"], 1)),
        )
    except (KeyError, TypeError) as error:  # it names what is missing or nobody knows
        raise ClockError(f"rules/clocks.toml: {error}") from error


def merged(row: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rules with those of a deployment laid over them, table by table."""
    return {
        **row,
        **{
            key: merged(row[key], value) if isinstance(value, dict) and isinstance(row.get(key), dict) else value
            for key, value in over.items()
        },
    }


def _limits(where: str, row: Mapping[str, Any]) -> Limits:
    if not row.get("name"):
        raise ClockError(f"rules/clocks.toml: {where} has no name")
    return Limits(**_spans(where, {key: value for key, value in row.items() if key != "name"}))


def _spans(where: str, row: Mapping[str, Any]) -> dict[str, Span]:
    known = {field.name for field in fields(Limits)}
    if unknown := set(row) - known:
        raise ClockError(f"rules/clocks.toml: {where}: {', '.join(sorted(unknown))} is no limit")
    return {name: _span(f"{where}.{name}", value) for name, value in row.items()}


def _span(where: str, row: Mapping[str, Any]) -> Span:
    span = Span(**row)
    given = [amount for amount in (span.minutes, span.hours, span.days) if amount]
    if len(given) != 1 or given[0] < 0:
        raise ClockError(f"rules/clocks.toml: {where} names one of minutes, hours, days, more than 0")
    if not span.source:
        raise ClockError(f"rules/clocks.toml: {where} does not say where its figure is from")
    return span


def _escalation(n: int, row: Mapping[str, Any]) -> Escalation:
    step = Escalation(**{**row, "tell": tuple(row["tell"]), "after": Span(**row["after"]) if "after" in row else None})
    if step.limit not in LIMITS or set(step.tell) - set(TOLD) or not step.tell:
        raise ClockError(f"rules/clocks.toml: escalation {n}: limit is one of {LIMITS}, tell some of {TOLD}")
    if (step.after is None) == (step.before_days == 0):
        raise ClockError(f"rules/clocks.toml: escalation {n}: it is either `after` the limit or `before_days`")
    return step


def _version(row: Mapping[str, Any], days_off: str) -> str:
    """Return a name for these figures; what only people read does not count."""
    counted = {key: value for key, value in row.items() if key in ("hours", "tiers", "topics", "urgent")}
    text = json.dumps([counted, days_off], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
