"""Matters (vấn đề nổi cộm): what troubles many people, named by a person and worked on by a task group.

Nothing here is a citizen's: a matter has a name, a topic and communes; the cases it is about stay with their agencies.
Its task group is a case of its own, led by one agency, with the members as partners.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from domain.cases import Case, CaseEvent, clock_of, opened
from domain.casework import deadline, lead_task, update_due
from domain.clocks import Calendar
from domain.concerns import ConcernKind
from domain.numbers import case_number
from domain.routing import Reason
from domain.rulesets import Agency, Ruleset, read_rules
from domain.transitions import CaseStatus, EventKind, TaskStatus

#: A moment that falls into the night is moved to so long before it begins.
_BEFORE_NIGHT = timedelta(minutes=30)
_ID = re.compile(r"\s*(?:v[d\u0111])?[\s.-]*0*(\d{1,9})(?=\s|$)", re.IGNORECASE)
#: A button's way, which has no spaces: "VD7:member:SXD".
_BUTTON = re.compile(r"\S+:\S*")


class MatterState(StrEnum):
    """Where a matter stands."""

    #: The system, or a person, thinks it is one; nobody has confirmed it.
    PROPOSED = "proposed"
    OPEN = "open"
    ENDED = "ended"
    #: It was none, and why.
    DROPPED = "dropped"


class MatterEventKind(StrEnum):
    """What happened to a matter."""

    PROPOSED = "proposed"
    OPENED = "opened"
    DROPPED = "dropped"
    RENAMED = "renamed"
    #: Another agency leads it.
    LED = "led"
    MEMBER_CALLED = "member_called"
    DECIDED = "decided"
    #: The citizens of its cases were told how it stands.
    PROGRESSED = "progressed"
    #: Something was said publicly.
    INFORMED = "informed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Matter:
    """A matter."""

    id: int
    state: MatterState
    name: str
    topic: str | None
    #: Codes of communes.
    communes: tuple[str, ...]
    #: Reports from this day on are of it.
    since: date
    #: The agency that leads it; of an open one whoever has its case.
    lead: str | None
    proposed_at: datetime
    #: The warning it comes from.
    warning: int | None = None
    opened_at: datetime | None = None
    #: By when the public is to be informed first, and when it was.
    inform_by: datetime | None = None
    informed_at: datetime | None = None
    #: When somebody is reminded of that next; when it is looked for new reports next.
    remind_at: datetime | None = None
    look_at: datetime | None = None
    ended_at: datetime | None = None
    #: Its own case, which holds no citizen's words.
    case_id: int | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class MatterEvent:
    """A row of a matter's history."""

    matter: int
    kind: MatterEventKind
    at: datetime
    #: "officer:<id>", "rules".
    actor: str
    agency: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """An agency of the task group."""

    agency: str
    #: What it is asked, until when.
    question: str
    due_at: datetime
    wanted_at: datetime
    #: Of its task; None: it is called in once the lead has taken the matter.
    status: TaskStatus | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MatterRules:
    """The table ``[matters]`` of ``rules/coordination.toml``."""

    people: int
    days: int
    grown: float
    alike: float
    people_anyhow: int
    people_in_commune: int
    again_days: int
    back_days: int
    look_minutes: int
    told_days: int
    tier: str
    urgent: bool
    member_days: int
    inform_hours: float
    inform_source: str
    remind_before_hours: tuple[float, ...]
    late_every_hours: float


@cache
def matter_rules() -> MatterRules:
    """Return the rules of matters."""
    row = read_rules("coordination")["matters"]
    inform: Mapping[str, Any] = row["inform"]
    plain = {name: value for name, value in row.items() if name not in ("inform", "tier_source")}
    return MatterRules(
        **plain,
        inform_hours=inform["hours"],
        inform_source=inform["source"],
        remind_before_hours=tuple(inform["remind_before_hours"]),
        late_every_hours=inform["late_every_hours"],
    )


# What becomes of a matter.


def open_matter(matter: Matter, calendar: Calendar, now: datetime) -> Matter:
    """Confirm a matter: from here on the clock of the first public information runs."""
    matter = replace(
        matter,
        state=MatterState.OPEN,
        opened_at=now,
        inform_by=now + timedelta(hours=matter_rules().inform_hours),
        look_at=now,
    )
    return replace(matter, remind_at=reminder_due(matter, calendar, now))


def inform(matter: Matter, now: datetime) -> Matter:
    """Record that something was said publicly; the first time ends the clock."""
    return replace(matter, informed_at=matter.informed_at or now, remind_at=None)


def end(matter: Matter, state: MatterState, now: datetime) -> Matter:
    """End a matter, or drop one that is none."""
    return replace(matter, state=state, ended_at=now, remind_at=None, look_at=None)


def reminder_due(matter: Matter, calendar: Calendar, now: datetime) -> datetime | None:
    """Return when somebody is to be told next that the public is not informed yet; None when there is no need."""
    if matter.state is not MatterState.OPEN or matter.informed_at or matter.inform_by is None:
        return None
    rules, due = matter_rules(), matter.inform_by
    ahead = [by_day(due - timedelta(hours=hours), calendar) for hours in rules.remind_before_hours]
    every = timedelta(hours=rules.late_every_hours)
    late = due + max(0, (now - due) // every + 1) * every if now >= due else due
    return min(moment for moment in (*ahead, late) if moment > now)


def by_day(moment: datetime, calendar: Calendar) -> datetime:
    """Return a moment of the day, or the evening before the night it falls into."""
    woken = calendar.after_quiet(moment)
    if woken == moment:
        return moment
    evening = datetime.combine(woken.astimezone(calendar.zone).date() - timedelta(days=1), calendar.quiet[0])
    return (evening.replace(tzinfo=calendar.zone) - _BEFORE_NIGHT).astimezone(moment.tzinfo)


def begins(matter: Matter, calendar: Calendar) -> datetime:
    """Return the moment from which reports are of the matter."""
    return datetime.combine(matter.since, time(), calendar.zone)


# Its task group.


def case_of(
    matter: Matter, text: str, serial: int, rules: Ruleset, *, now: datetime, actor: str
) -> tuple[Case, CaseEvent]:
    """Return the matter's own case with the first row of its history: filed with its lead, nobody's words in it."""
    own, lead = matter_rules(), matter.lead or rules.desk
    due_at = deadline(rules, own.tier, now, topic=matter.topic, urgent=own.urgent)
    case = Case(
        id=serial,
        number=case_number(rules.prefix, now.astimezone(rules.calendar.zone).year, serial),
        conversation_id=None,
        status=CaseStatus.REFERRED,
        kind=ConcernKind.OTHER,
        topic=matter.topic,
        tier=own.tier,
        urgent=own.urgent,
        restricted=False,
        commune=matter.communes[0] if matter.communes else None,
        detail=None,
        text=text,
        agency=lead,
        watch=(),
        reason=str(Reason.MATTER),
        filed_at=now,
        due_at=due_at,
        next_update_at=update_due(rules, due_at, now),
        ruleset=rules.version,
        counted_from=now,
        clocked_by=rules.clocks.version,
    )
    case = opened(case.keep(lead_task(case, lead, rules, now, due_at=due_at)), now)
    return case, CaseEvent(serial, EventKind.FILED, now, actor, lead, str(Reason.MATTER), clock=clock_of(case))


def usual_lead(topic: str | None, communes: Sequence[str], rules: Ruleset) -> str | None:
    """Return who would lead: who leads the topic in the commune; over several communes a body of the province."""
    here = communes[0] if communes else None
    lead, known = rules.lead_of(topic, here), rules.topic_in(topic, here)
    if lead is None or known is None:
        return None
    above = (rules.agency_for(body, here) for body in known.watch)
    provincial = [agency for agency in above if agency and agency.commune is None and agency.id != rules.desk]
    return provincial[0].id if len(communes) > 1 and lead.commune and provincial else lead.id


def may_be_in(agency: Agency, rules: Ruleset) -> bool:
    """Say whether an agency may lead or be a member: not one for which no case exists, nor one that is no more."""
    return agency.id != rules.coordinator and agency.id not in rules.heirs


def candidates(matter: Matter, rules: Ruleset) -> list[Agency]:
    """Return whose matter it may be as well, the likeliest first: who follows its topic, who leads its field."""
    field = (matter.topic or "").partition(".")[0]
    found: list[Agency | None] = []
    for commune in matter.communes:
        topic = rules.topic_in(matter.topic, commune)
        found += [rules.agency_for(body, commune) for body in ((topic.lead, *topic.watch) if topic else ())]
    here = matter.communes[0] if matter.communes else None
    found += [rules.lead_of(topic.slug, here) for topic in rules.topics_of(field)]
    found += [rules.agency_for(body, commune) for commune in matter.communes for body in ("VP", "CAX")]
    return list({agency.id: agency for agency in found if agency and may_be_in(agency, rules)}.values())


# What is proposed.


def clusters(
    cells: Mapping[str, int], neighbours: Mapping[str, Collection[str]], *, least: int, named: int
) -> list[tuple[str, ...]]:
    """Return communes in which together at least ``least`` people reported one topic, the most first.

    ``cells``: people by commune; a commune with fewer than ``named`` people is in none. Each commune is in one at most,
    with those around the one that has the most.
    """
    left = {commune: count for commune, count in cells.items() if count >= named}
    found = []
    for seed in sorted(left, key=lambda commune: (-left[commune], commune)):
        if seed not in left:
            continue
        around = (seed, *sorted(left.keys() & set(neighbours.get(seed, ()))))
        if sum(left[commune] for commune in around) >= least:
            found.append(around)
            left = {commune: count for commune, count in left.items() if commune not in around}
    return found


def known_already(topic: str, communes: Collection[str], matters: Collection[Matter]) -> bool:
    """Say whether one of these matters is of the topic in one of the communes."""
    return any(matter.topic == topic and set(matter.communes) & set(communes) for matter in matters)


def is_one(people: int, earlier: int, alike: float) -> bool:
    """Say whether so many people are to be looked at: more than before, and with one cause, or very many.

    ``earlier``: people of as many days before; ``alike``: share of the reports that have one like them.
    """
    rules = matter_rules()
    enough = rules.people if alike >= rules.alike else rules.people_anyhow
    return people >= max(enough, rules.grown * earlier)


# What people type.


def find_matter(typed: str) -> tuple[int, str] | None:
    """Find the matter named first: "VD7 đã họp" → (7, "đã họp"); None when there is none."""
    found = _ID.match(typed)
    return (int(found[1]), typed[found.end() :].strip()) if found else None


def spread(rest: str) -> str:
    """Return what a button carries as somebody would type it; what was typed stays as it is."""
    return rest.replace(":", " ") if _BUTTON.fullmatch(rest) else rest
