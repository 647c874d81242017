"""Scheduled updates.

Due work is a column; a tick takes the rows that are due, looks at each again, writes what is to be said and when it is
due next, all in one transaction. A late tick catches up; two ticking processes do no harm.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from domain import casework
from domain.cards import send_or_drop, verdict_buttons
from domain.cases import Case, change
from domain.casework import news_due, update_due
from domain.messages import Button, Say
from domain.rulesets import Ruleset
from domain.transitions import OPEN, CaseStatus, EventKind
from handlers import escalating, matters, notices, programmes, reporting, tallying, warning
from storage import cases, conversations, files, officers
from storage.database import Database
from storage.unit import Unit

#: So many rows are taken in one transaction.
_BATCH = 200

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


async def update_citizens(unit: Unit, rules: Ruleset) -> int:
    """Let citizens hear although nothing changed: before the promised day, on it, and while it is late."""
    due = await cases.due_for_update(unit.transaction, unit.now, _BATCH)
    await unit.load_followers(due)
    for case in due:
        await _UPDATES[case.status](unit, rules, case)
    return len(due)


async def _update_open(unit: Unit, rules: Ruleset, case: Case) -> None:
    zone = rules.calendar.zone
    late = unit.now >= case.due_at
    today = unit.now.astimezone(zone).date() == case.due_at.astimezone(zone).date()
    text = "update_late" if late else "update_today" if today else "update_before"
    values = {"number": case.number, "agency": case.agency, "due": case.due_at.isoformat(), "status": str(case.status)}
    await _tell(unit, rules, case, Say(text, values, (Button(f"case:{case.number}", "follow"),)))
    unit.save(replace(case, next_update_at=update_due(rules, case.due_at, unit.now)))


async def _repeat_question(unit: Unit, rules: Ruleset, case: Case) -> None:
    """Repeat an open question; once, for the next thing due is that it lapses."""
    values = {"number": case.number, "agency": case.agency, "question": case.question}
    say = Say("question_again", values, (Button(f"reply:{case.number}", "reply"),))
    key = f"case:{case.id}:question_again:{case.next_update_at}"
    unit.say(case.conversation_id, say, key, not_before=news_due(rules, case, unit.now))
    unit.save(replace(case, next_update_at=None))


async def _close_unconfirmed(unit: Unit, rules: Ruleset, case: Case) -> None:
    """Close an answered case whose citizen stayed silent. It is counted as unconfirmed, never as satisfied."""
    closed, event = change(case, EventKind.CLOSED_UNCONFIRMED, now=unit.now, actor="clock")
    undone = verdict_buttons(case.number)[-1:]
    await _tell(unit, rules, case, Say("closed_unconfirmed", {"number": case.number}, undone))
    unit.save(replace(closed, next_update_at=None), event)


async def _nothing_due(unit: Unit, _rules: Ruleset, case: Case) -> None:
    unit.save(replace(case, next_update_at=None))


_UPDATES: dict[CaseStatus, Callable[[Unit, Ruleset, Case], Awaitable[None]]] = {
    **dict.fromkeys(OPEN, _update_open),
    CaseStatus.WAITING_FOR_CITIZEN: _repeat_question,
    CaseStatus.ANSWERED: _close_unconfirmed,
    CaseStatus.CLOSED: _nothing_due,
}


async def _tell(unit: Unit, rules: Ruleset, case: Case, say: Say) -> None:
    """Tell a case's citizen, and those who reported the same: each person once, by the number of the own case."""
    told: set[int | None] = set()
    for own in (case, *await unit.followers(case)):
        if own.conversation_id in told:
            continue
        told.add(own.conversation_id)
        buttons = tuple(replace(button, id=button.id.replace(case.number, own.number)) for button in say.buttons)
        key = f"case:{own.id}:{say.key}:{case.next_update_at}"
        mine = replace(say, values={**say.values, "number": own.number}, buttons=buttons)
        unit.say(own.conversation_id, mine, key, not_before=news_due(rules, case, unit.now))


async def recompute(unit: Unit, rules: Ruleset) -> int:
    """Count open deadlines anew once the rules of the clocks have changed, and say so where a date moved."""
    found = await cases.clocked_otherwise(unit.transaction, rules.clocks.version, _BATCH)
    await unit.load_followers(found)
    for case in found:
        counted, event = casework.recompute(case, rules, now=unit.now)
        unit.save(counted, *((event,) if event else ()))
        if event and counted.due_at != case.due_at:
            values = {"number": case.number, "due": counted.due_at.isoformat(), "before": case.due_at.isoformat()}
            await _tell(unit, rules, case, Say("recomputed", values, (Button(f"case:{case.number}", "follow"),)))
            say = Say("officer_recomputed", values, (Button(f"o:view:{case.number}", "o_view"),))
            key, when = f"case:{case.id}:recomputed:{rules.clocks.version}", rules.calendar.after_quiet(unit.now)
            task = counted.lead
            await unit.say_to(task.agency, say, key, not_before=when, restricted=case.restricted, officer=task.officer)
    return len(found)


async def inherit(unit: Unit, rules: Ruleset) -> int:
    """Hand the open tasks and the seats of agencies that are no more over to their heirs."""
    if not rules.heirs:
        return 0
    for seat in await officers.move(unit.transaction, rules.heirs):
        moved = Say("seat_moved", {"from": seat.agency, "agency": rules.heirs[seat.agency]})
        key = f"seat:{seat.id}:moved:{seat.agency}"
        unit.say(seat.conversation_id, moved, key, not_before=rules.calendar.after_quiet(unit.now))
    found = await cases.of_agencies(unit.transaction, list(rules.heirs), _BATCH)
    for case in found:
        went_on, happened = casework.inherit(case, rules, now=unit.now)
        unit.save(went_on, *happened)
        if went_on.agency != case.agency:
            values = {
                "number": case.number,
                "from": case.agency,
                "agency": went_on.agency,
                "due": case.due_at.isoformat(),
            }
            await _tell(unit, rules, case, Say("inherited", values, (Button(f"case:{case.number}", "follow"),)))
    return len(found)


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


async def expire_files(unit: Unit, _rules: Ruleset) -> int:
    """Delete files that were kept long enough."""
    return await files.expire(unit.transaction, unit.now, _BATCH)


#: All ticks, by the name the log and `hoiam tick` show.
TICKS: dict[str, Tick] = {
    "recompute": recompute,
    "inherit": inherit,
    "tend_matters": matters.tend,
    "announce": escalating.announce,
    "update_citizens": update_citizens,
    "remind_agencies": escalating.remind_agencies,
    "digest": escalating.digest,
    "tally": tallying.tally,
    "close_days": warning.close_days,
    "look_for_warnings": warning.look,
    "plan_reports": reporting.plan_reports,
    "remind_of_opinions": reporting.remind_of_opinions,
    "prepare_meetings": reporting.prepare_meetings,
    "propose_matters": matters.propose,
    "remind_matters": matters.remind,
    "remind_programmes": programmes.remind_programmes,
    "remind_exchanges": programmes.remind_exchanges,
    "nudge": nudge,
    "forget": forget,
    "expire_files": expire_files,
    "tell_notices": notices.tell,
    "expire_notices": notices.expire,
}
