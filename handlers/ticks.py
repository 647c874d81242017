"""Scheduled updates.

Due work is a column; a tick takes the rows that are due, looks at each again, writes what is to be said and when it is
due next, all in one transaction. A late tick catches up; two ticking processes do no harm.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime

from domain.cards import send_or_drop, verdict_buttons
from domain.cases import OPEN, Case, CaseStatus, EventKind, change, news_due
from domain.messages import Button, Say
from domain.rulesets import Ruleset
from handlers.citizens import on_the_clock
from handlers.officers import summary
from storage import cases, conversations, officers
from storage.database import Database
from storage.outbox import AWAKE
from storage.unit import Unit

#: So many rows are taken in one transaction.
_BATCH = 200
#: A digest names so many cases and counts the rest.
_NAMED = 5

Tick = Callable[[Unit, Ruleset], Awaitable[int]]


async def tick(database: Database, rules: Ruleset, now: datetime) -> dict[str, int]:
    """Run all due work once. Returns how many rows each tick took."""
    return {name: await run(database, rules, one, now) for name, one in TICKS.items()}


async def run(database: Database, rules: Ruleset, one: Tick, now: datetime) -> int:
    """Run one tick until nothing of it is due."""
    taken = 0
    while True:
        async with database.begin() as transaction:
            unit = Unit(transaction, now)
            count = await one(unit, rules)
            await unit.flush()
        taken += count
        if count < _BATCH:
            return taken


async def announce(unit: Unit, rules: Ruleset) -> int:
    """Tell agencies of new work: one digest, however many cases; urgent ones also at night."""
    new = await cases.unannounced(unit.transaction, _BATCH)
    quiet = rules.calendar.after_quiet(unit.now) > unit.now
    awake = await officers.awake(unit.transaction, unit.now - AWAKE) if quiet and new else set()
    told = [case for case in new if case.urgent or not quiet or case.agency in awake]
    for case in told:
        unit.save(replace(case, announced_at=unit.now))
    for agency, own in _by_agency(told).items():
        await unit.say_to(agency, _digest("new_work", agency, own, unit.now), f"new:{own[0].id}:{own[0].referrals}")
    # What waits for the morning is not counted: the tick is done.
    return len(told)


async def update_citizens(unit: Unit, rules: Ruleset) -> int:
    """Let citizens hear although nothing changed: before the promised day, on it, and while it is late."""
    due = await cases.due_for_update(unit.transaction, unit.now, _BATCH)
    for case in due:
        _UPDATES[case.status](unit, rules, case)
    return len(due)


def _update_open(unit: Unit, rules: Ruleset, case: Case) -> None:
    zone = rules.calendar.zone
    late = unit.now >= case.due_at
    today = unit.now.astimezone(zone).date() == case.due_at.astimezone(zone).date()
    text = "update_late" if late else "update_today" if today else "update_before"
    values = {"number": case.number, "agency": case.agency, "due": case.due_at.isoformat(), "status": str(case.status)}
    _tell(unit, rules, case, Say(text, values, (Button(f"case:{case.number}", "follow"),)))
    unit.save(replace(case, next_update_at=on_the_clock(case, rules, unit).next_update_at))


def _repeat_question(unit: Unit, rules: Ruleset, case: Case) -> None:
    """Repeat an open question; once, for the next thing due is that it lapses."""
    values = {"number": case.number, "agency": case.agency, "question": case.question}
    _tell(unit, rules, case, Say("question_again", values, (Button(f"reply:{case.number}", "reply"),)))
    unit.save(replace(case, next_update_at=None))


def _close_unconfirmed(unit: Unit, rules: Ruleset, case: Case) -> None:
    """Close an answered case whose citizen stayed silent. It is counted as unconfirmed, never as satisfied."""
    closed, event = change(case, EventKind.CLOSED_UNCONFIRMED, now=unit.now, actor="clock")
    undone = verdict_buttons(case.number)[1:]
    _tell(unit, rules, case, Say("closed_unconfirmed", {"number": case.number}, undone))
    unit.save(replace(closed, next_update_at=None), event)


def _nothing_due(unit: Unit, _rules: Ruleset, case: Case) -> None:
    unit.save(replace(case, next_update_at=None))


_UPDATES: dict[CaseStatus, Callable[[Unit, Ruleset, Case], None]] = {
    **dict.fromkeys(OPEN, _update_open),
    CaseStatus.WAITING_FOR_CITIZEN: _repeat_question,
    CaseStatus.ANSWERED: _close_unconfirmed,
    CaseStatus.CLOSED: _nothing_due,
}


def _tell(unit: Unit, rules: Ruleset, case: Case, say: Say) -> None:
    key = f"case:{case.id}:{say.key}:{case.next_update_at}"
    unit.say(case.conversation_id, say, key, not_before=news_due(rules, case, unit.now))


async def remind_agencies(unit: Unit, rules: Ruleset) -> int:
    """Remind agencies ahead of the deadline; put what is late before those who watch, and the desk."""
    due = await cases.due_for_reminder(unit.transaction, unit.now, _BATCH)
    early: list[Case] = []
    late: list[Case] = []
    for case in due:
        if case.status is CaseStatus.WAITING_FOR_CITIZEN and not case.next_update_at:
            _lapse(unit, rules, case)
        elif case.status not in OPEN:
            unit.save(replace(case, remind_at=None))
        elif unit.now < case.due_at:
            early.append(case)
            unit.save(replace(case, remind_at=on_the_clock(case, rules, unit).remind_at))
        else:
            late.append(_escalate(unit, rules, case))
    await _digests(unit, rules, "reminder", early, lambda case: (case.agency,))
    await _digests(unit, rules, "late_work", late, lambda case: (case.agency,))
    await _digests(unit, rules, "late_elsewhere", late, lambda case: _overseers(case, rules))
    return len(due)


def _lapse(unit: Unit, rules: Ruleset, case: Case) -> None:
    """Go on without a reply."""
    case, event = change(case, EventKind.QUESTION_LAPSED, now=unit.now, actor="clock")
    unit.save(on_the_clock(case, rules, unit), event)


def _escalate(unit: Unit, rules: Ruleset, case: Case) -> Case:
    case, event = change(case, EventKind.ESCALATED, now=unit.now, actor="clock")
    unit.save(replace(case, remind_at=on_the_clock(case, rules, unit).remind_at), event)
    return case


def _overseers(case: Case, rules: Ruleset) -> tuple[str, ...]:
    """Return who hears of late work besides its agency; nobody of a restricted case."""
    if case.restricted:
        return ()
    return tuple({*case.watch, rules.desk} - {case.agency})


async def _digests(
    unit: Unit, rules: Ruleset, text: str, due: Iterable[Case], to: Callable[[Case], tuple[str, ...]]
) -> None:
    told: dict[str, list[Case]] = defaultdict(list)
    for case in due:
        for agency in to(case):
            told[agency].append(case)
    for agency, own in told.items():
        key = f"{text}:{agency}:{own[0].id}:{unit.now.isoformat()}"
        await unit.say_to(
            agency, _digest(text, agency, own, unit.now), key, not_before=rules.calendar.after_quiet(unit.now)
        )


def _by_agency(due: Iterable[Case]) -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = defaultdict(list)
    for case in due:
        found[case.agency].append(case)
    return found


def _digest(text: str, agency: str, own: list[Case], now: datetime) -> Say:
    """Return one message for many cases. To those who watch it shows number, topic and place, never the words."""
    lines = [summary(case, now >= case.due_at) for case in own[:_NAMED]]
    elsewhere = text == "late_elsewhere"
    for line, case in zip(lines, own, strict=False):
        line["agency"] = case.agency
        if elsewhere:
            line["text"] = ""
    values = {"agency": agency, "count": len(own), "cases": lines}
    if elsewhere:
        return Say(text, values)
    first = tuple(Button(f"o:view:{case.number}", "case", {"number": case.number}) for case in own[:_NAMED])
    return Say(text, values, (*first, Button("o:queue", "o_queue")))


async def nudge(unit: Unit, rules: Ruleset) -> int:
    """Ask once about concerns that were understood but never sent."""
    found = await conversations.to_nudge(unit.transaction, unit.now, _BATCH)
    for of, conversation in found:
        for concern in conversation.concerns[-1:]:
            say = Say(
                "not_sent_yet", {"topic": concern.topic, "count": len(conversation.concerns)}, send_or_drop(concern)
            )
            when = rules.calendar.after_quiet(unit.now)
            unit.say(of, say, f"nudge:{of}:{concern.serial}:{concern.begun_at}", not_before=when)
        await conversations.save(unit.transaction, of, replace(conversation, nudge_at=None), unit.now)
    return len(found)


async def forget(unit: Unit, _rules: Ruleset) -> int:
    """Delete what is left of conversations that were erased."""
    return await conversations.forget(unit.transaction, unit.now, _BATCH)


#: All ticks, by the name the log and `hoiam tick` show.
TICKS: dict[str, Tick] = {
    "announce": announce,
    "update_citizens": update_citizens,
    "remind_agencies": remind_agencies,
    "nudge": nudge,
    "forget": forget,
}
