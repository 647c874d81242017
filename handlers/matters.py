"""What a matter does in the register: its own case, its members' tasks, the citizens' cases that belong to it.

Coordination acts through here and is given no case: counts, states and dates come back, never a number or a word of a
citizen's.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from domain import casework
from domain.cases import Case, allowed, change
from domain.conversation import Awaiting, Step
from domain.matters import (
    Matter,
    MatterEvent,
    MatterEventKind,
    MatterState,
    Member,
    begins,
    case_of,
    clusters,
    is_one,
    known_already,
    matter_rules,
    open_matter,
    reminder_due,
    usual_lead,
)
from domain.messages import Button, Say
from domain.routing import Reason
from domain.rulesets import Ruleset, read_rules
from domain.transitions import OPEN, CaseStatus, EventKind
from domain.wall import at_least
from handlers.coordination.room import HOME, Room
from handlers.texts import Texts
from handlers.understanding import clean
from nlp.similar import Index, Report
from storage import cases, likeness, matter_cases, matters, warnings
from storage.unit import Unit

#: So many rows are taken in one transaction.
_BATCH = 200
#: Fewer words give no reason.
_LEAST_WORDS = 3
#: Of a matter, in characters.
_LONGEST_NAME = 100
#: Reports compared with each other, and from what share on most are alike.
_COMPARED, _MOST_ALIKE = 60, 0.6
#: Cases shown of a matter's.
_SHOWN = 8


def register(room: Room) -> Unit:
    """Return the register of the message. Only here: what coordination does with cases, it does through this module."""
    return room._desk.unit  # noqa: SLF001


def usual_name(topic: str, communes: tuple[str, ...], rules: Ruleset) -> str:
    """Return what a matter is called until a person names it."""
    return Texts(rules).render(Say("matter_name", {"topic": topic, "communes": list(communes)}))[0][:_LONGEST_NAME]


# The task group.


async def found(unit: Unit, matter: Matter, rules: Ruleset, actor: str) -> Matter:
    """Open a matter: its own case is filed with its lead, and the reports there are join it."""
    [serial] = await cases.take_serials(unit.transaction, 1)
    asked = Say("matter_asked", {"id": matter.id, "name": matter.name, "communes": list(matter.communes)})
    text = Texts(rules).render(asked)[0]
    case, event = case_of(matter, text, serial, rules, now=unit.now, actor=actor)
    unit.file(case, event)
    await unit.flush()
    matter = replace(open_matter(matter, rules.calendar, unit.now), case_id=case.id, number=case.number)
    await matters.save(unit.transaction, matter)
    await gather(unit, matter, rules, answered=True)
    return matter


async def gather(unit: Unit, matter: Matter, rules: Ruleset, *, answered: bool = False) -> int:
    """Let the reports of a matter's topic and communes join it. Returns how many did."""
    if not matter.topic:
        return 0
    since = begins(matter, rules.calendar)
    new = await matter_cases.joinable(
        unit.transaction, matter.id, matter.topic, matter.communes, since, answered=answered
    )
    await matter_cases.join(unit.transaction, matter.id, new, "", unit.now)
    return len(new)


async def own_case(unit: Unit, matter: Matter) -> Case | None:
    """Return a matter's own case."""
    return await unit.case(matter.number) if matter.number else None


async def call_members(unit: Unit, matter: Matter, rules: Ruleset) -> None:
    """Call in the members who have no task yet, once the lead has taken the matter; after a change of lead all again.

    Who replied, or said that it is not competent, is not called again unless asked anew.
    """
    case = await own_case(unit, matter)
    if case is None or not allowed(case, EventKind.PARTNER_CALLED):
        return
    for member in await matters.members(unit.transaction, matter):
        if member.agency == case.agency or case.task_of(member.agency) or _is_done(case, member):
            continue
        due = max(member.due_at, rules.calendar.add_working_days(unit.now, 1))
        case, event = casework.call_partner(
            case, member.agency, member.question, due, rules, now=unit.now, actor=f"matter:{matter.id}"
        )
        unit.save(case, event)
    await unit.flush()


def _is_done(case: Case, member: Member) -> bool:
    """Say whether a member has done with what it is asked."""
    done = (EventKind.PARTNER_REPLIED, EventKind.PARTNER_DECLINED)
    own = [task for task in case.tasks if task.agency == member.agency and task.ended_by in done]
    return any(task.opened_at >= member.wanted_at for task in own)


async def pass_on(unit: Unit, matter: Matter, to: str, why: str, rules: Ruleset, actor: str) -> bool:
    """Give a matter's case to another lead. Returns whether it can be: it is not answered yet."""
    case = await own_case(unit, matter)
    if case is None or case.agency == to or not allowed(case, EventKind.REFERRED):
        return False
    kept, event = casework.refer(case, to, rules, now=unit.now, actor=actor, note=f"{to}: {why}", charged=False)
    unit.save(_still_a_matters(kept), event)
    await unit.flush()
    return True


def _still_a_matters(case: Case) -> Case:
    """Return a matter's case with its reason, which passing it on, or another topic, takes from it."""
    return replace(case, reason=str(Reason.MATTER))


async def is_answered(unit: Unit, matter: Matter) -> bool:
    """Say whether the lead has done its task."""
    case = await own_case(unit, matter)
    return case is None or case.status not in OPEN


async def answer_of(unit: Unit, matter: Matter) -> str:
    """Return what the lead answered; empty while it has not."""
    case = await own_case(unit, matter)
    return (case and case.answer) or ""


async def note_progress(unit: Unit, matter: Matter, words: str, rules: Ruleset, actor: str) -> None:
    """Record progress with the lead's task, which is asked for it otherwise."""
    case = await own_case(unit, matter)
    if case and allowed(case, EventKind.PROGRESSED):
        unit.save(*casework.progress(case, words, rules, now=unit.now, actor=actor))


async def dissolve(unit: Unit, matter: Matter, why: str, actor: str) -> None:
    """End a matter's own case: as done where the lead has answered, else as taken back. No citizen's case ends."""
    case = await own_case(unit, matter)
    if case is None or case.status is CaseStatus.CLOSED:
        return
    kind = EventKind.CONFIRMED if case.status is CaseStatus.ANSWERED else EventKind.WITHDRAWN
    ended, event = change(case, kind, now=unit.now, actor=actor, note=why)
    unit.save(replace(ended, next_update_at=None), event)
    await unit.flush()


# Its citizens and their cases.


async def tell_people(unit: Unit, matter: Matter, say: Say, key: str, rules: Ruleset) -> int:
    """Tell each person who reported it, once, by the number of the own case and by day. Returns in steps how many."""
    await unit.flush()
    long_ago = unit.now - timedelta(days=matter_rules().told_days)
    people = await matter_cases.people(unit.transaction, matter.id, long_ago)
    when = rules.calendar.after_quiet(unit.now)
    for conversation, number in people.items():
        follow = (Button(f"case:{number}", "follow"),)
        mine = replace(say, values={**say.values, "number": number}, buttons=follow)
        unit.say(conversation, mine, f"{key}:matter:{matter.id}:{conversation}", not_before=when)
    return at_least(len(people))


async def sizes(unit: Unit, of: list[Matter]) -> dict[int, tuple[int, int]]:
    """Return of each matter how many cases it has, and from how many people: in steps of five."""
    counted = await matter_cases.sizes(unit.transaction, [matter.id for matter in of])
    return {matter: (at_least(count), at_least(people)) for matter, (count, people) in counted.items()}


async def add(room: Room, matter: Matter, rest: str) -> Step:
    """Let a case that the lead's agency sees join its matter, with a reason."""
    case, why = await _named(room, rest)
    if case is None:
        return room.says(Say("matter_which_case", {"id": matter.id}, await _own_numbers(room, matter)))
    if len(why.split()) < _LEAST_WORDS:
        say = Say("matter_why_add", {"id": matter.id, "number": case.number})
        return room.says(say, awaiting=Awaiting("k:matters", f"VD{matter.id} them", case.number))
    await room.desk.unit.flush()
    await matter_cases.join(room.transaction, matter.id, [case.id], why, room.now)
    return room.says(Say("matter_added", {"id": matter.id, "number": case.number}, _back(matter)))


async def remove(room: Room, matter: Matter, rest: str) -> Step:
    """Let a case leave the matter, with a reason; its citizen hears no more of it."""
    case, why = await _named(room, rest)
    if case is None or not await matter_cases.holds(room.transaction, matter.id, case.id):
        return room.says(Say("matter_which_case", {"id": matter.id}, await _own_numbers(room, matter)))
    if len(why.split()) < _LEAST_WORDS:
        say = Say("matter_why_remove", {"id": matter.id, "number": case.number})
        return room.says(say, awaiting=Awaiting("k:matters", f"VD{matter.id} bot", case.number))
    await matter_cases.leave(room.transaction, matter.id, case.id, why, room.now)
    return room.says(Say("matter_removed", {"id": matter.id, "number": case.number}, _back(matter)))


async def show_cases(room: Room, matter: Matter) -> Step:
    """Show the matter's cases that are with the own agency."""
    buttons = await _own_numbers(room, matter)
    return room.says(Say("matter_cases", {"id": matter.id, "count": len(buttons)}, (*buttons, *_back(matter))))


async def _named(room: Room, rest: str) -> tuple[Case | None, str]:
    """Return the case somebody means, and why; none that is restricted or a matter's own."""
    named = await room.desk.find(rest)
    if named is None or named[0].restricted or named[0].reason == Reason.MATTER:
        return None, ""
    return named[0], clean(named[1])


async def _own_numbers(room: Room, matter: Matter) -> tuple[Button, ...]:
    await room.desk.unit.flush()
    numbers = await matter_cases.numbers(room.transaction, matter.id, room.agency, _SHOWN)
    return tuple(Button(f"o:view:{number}", "case", {"number": number}) for number in numbers)


def _back(matter: Matter) -> tuple[Button, ...]:
    return (Button(f"k:matters:VD{matter.id}", "matter_back", {"id": matter.id}), *HOME)


# Ticks.


async def propose(unit: Unit, rules: Ruleset) -> int:
    """Propose matters, once each working morning: where many different people reported one topic, more than before."""
    own, calendar = matter_rules(), rules.calendar
    today = unit.now.astimezone(calendar.zone).date()
    if unit.now < calendar.at_opening(unit.now) or not calendar.is_working_day(today):
        return 0
    if not await matters.first_on(unit.transaction, today):
        return 0
    start = unit.now - timedelta(days=own.days)
    cells = await matters.reporters(unit.transaction, start, unit.now)
    before = await matters.reporters(unit.transaction, start - timedelta(days=own.days), start)
    again = unit.now - timedelta(days=own.again_days)
    known = [*await matters.live(unit.transaction), *await matters.ended_since(unit.transaction, again)]
    # What was warned of is confirmed or dismissed there.
    warned = [one.warned for one in await warnings.known(unit.transaction, again.astimezone(calendar.zone).date())]
    neighbours, proposed = read_rules(f"neighbours/{rules.slug}"), 0
    for topic in sorted({topic for topic, _ in cells}):
        row = rules.topics.get(topic)
        if row is None or row.restricted or row.personal:
            continue
        here = {commune: count for (slug, commune), count in cells.items() if slug == topic}
        for communes in clusters(here, neighbours, least=own.people, named=own.people_in_commune):
            people = await matters.reporters_in(unit.transaction, topic, communes, start, unit.now)
            earlier = sum(before.get((topic, commune), 0) for commune in communes)
            # What too few told of, or was told of before, is not compared.
            told = any(one.topic == topic and set(one.area) & set(communes) for one in warned)
            if told or not is_one(people, earlier, alike=1) or known_already(topic, communes, known):
                continue
            alike = await _alike(unit, topic, communes, rules)
            if is_one(people, earlier, alike):
                await _propose(unit, topic, communes, people, alike, rules)
                proposed += 1
    return proposed


async def _alike(unit: Unit, topic: str, communes: tuple[str, ...], rules: Ruleset) -> float:
    """Return the share of the newest open reports, one of each person, that have another one like them."""
    start = unit.now - timedelta(days=matter_rules().days)
    ids = await matter_cases.joinable(unit.transaction, 0, topic, communes, start, answered=False)
    found = await likeness.still_open(unit.transaction, ids[-_COMPARED:])
    reports = {
        case.conversation_id: Report(
            case.id, case.topic, case.filed_at, case.text,
            commune=case.commune, detail=case.detail, point=case.location,
        )
        for case in sorted(found.values(), key=lambda case: case.filed_at)
    }  # fmt: skip
    names = {code: area.name for code, area in rules.communes.items()}
    return await asyncio.to_thread(share_alike, list(reports.values()), names)


def share_alike(reports: list[Report], communes: Mapping[str, str]) -> float:
    """Return the share of reports that have another one that is likely of the same problem; ``communes`` by code."""
    index = Index(communes)
    for report in reports:
        index.add(report)
    return sum(bool(index.find(report, limit=1)) for report in reports) / max(1, len(reports))


async def _propose(
    unit: Unit, topic: str, communes: tuple[str, ...], people: int, alike: float, rules: Ruleset
) -> None:
    since = (unit.now - timedelta(days=matter_rules().days)).astimezone(rules.calendar.zone).date()
    name, lead = usual_name(topic, communes, rules), usual_lead(topic, communes, rules)
    matter = Matter(0, MatterState.PROPOSED, name, topic, communes, since, lead, unit.now)
    matter = await matters.put(unit.transaction, matter)
    event = MatterEvent(matter.id, MatterEventKind.PROPOSED, unit.now, "rules", rules.coordinator)
    await matters.record(unit.transaction, event)
    level = "most" if alike >= _MOST_ALIKE else "some" if alike >= matter_rules().alike else "few"
    values = {"id": matter.id, "name": name, "people": at_least(people), "days": matter_rules().days, "alike": level}
    say = Say("matter_proposed", values, (Button(f"k:matters:VD{matter.id}", "matter_look"),))
    when = rules.calendar.after_quiet(unit.now)
    for agency in {rules.coordinator, rules.desk}:
        lead_only = agency != rules.coordinator
        await unit.say_to(agency, say, f"matter:{matter.id}:proposed", not_before=when, lead=lead_only)


async def tend(unit: Unit, rules: Ruleset) -> int:
    """Look after open matters: new reports join, members who have no task yet are called in."""
    due = await matters.due_for_look(unit.transaction, unit.now, _BATCH)
    for matter in due:
        case = await own_case(unit, matter)
        if case and case.reason != Reason.MATTER:
            unit.save(_still_a_matters(case))
        await gather(unit, matter, rules)
        await call_members(unit, matter, rules)
        look_at = unit.now + timedelta(minutes=matter_rules().look_minutes)
        await matters.save(unit.transaction, replace(matter, look_at=look_at))
    return len(due)


async def remind(unit: Unit, rules: Ruleset) -> int:
    """Remind the lead and the coordinator of the first public information: ahead of the hour, and when it is over.

    What comes due at night is looked at again in the morning, when the hours that are left are others.
    """
    due = await matters.due_for_reminder(unit.transaction, unit.now, _BATCH)
    morning = rules.calendar.after_quiet(unit.now)
    for matter in due:
        if morning == unit.now:
            await _remind(unit, matter, rules)
        next_at = reminder_due(matter, rules.calendar, unit.now) if morning == unit.now else morning
        await matters.save(unit.transaction, replace(matter, remind_at=next_at))
    return len(due)


async def _remind(unit: Unit, matter: Matter, rules: Ruleset) -> None:
    said = inform_clock(matter, unit)
    text = "matter_inform_late" if said["late"] else "matter_inform_soon"
    buttons = (Button(f"k:matters:VD{matter.id}:congbo", "matter_inform"), *_back(matter))
    say = Say(text, {"id": matter.id, "name": matter.name, "lead": matter.lead, **said}, buttons)
    key = f"matter:{matter.id}:inform:{matter.remind_at}"
    await unit.say_to(rules.coordinator, say, key)
    if matter.lead:
        await unit.say_to(matter.lead, say, key, lead=True)


def inform_clock(matter: Matter, unit: Unit) -> dict[str, object]:
    """Return the clock of the first public information, in values: until when, how many hours are left or over."""
    if matter.inform_by is None:
        return {"inform_by": None, "late": False, "hours": 0, "informed": False}
    left = matter.inform_by - unit.now
    return {
        "inform_by": matter.inform_by.isoformat(),
        "late": matter.informed_at is None and left <= timedelta(0),
        "hours": int(abs(left) / timedelta(hours=1)),
        "informed": matter.informed_at is not None,
    }


def status_of(member: Member) -> str:
    """Return how a member stands: its task's status, or that it waits for the lead to take the matter."""
    return str(member.status) if member.status else "waits"
