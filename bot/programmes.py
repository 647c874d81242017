"""Coordination programmes of files: checked, brought into the database, written out again.

Rows of a file that the database has already change nothing; what only the database has stays there.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from bot.deployment import rules_of
from bot.directory import rules_in_force
from bot.programme_files import ProgrammeFileError, parse, to_toml
from domain.programmes import (
    Content,
    Happened,
    Programme,
    ProgrammeEvent,
    ProgrammeStatus,
    next_reminder,
    programme_rules,
)
from domain.rulesets import Ruleset
from storage import programmes as rows
from storage.database import Database, Transaction
from storage.programmes import Due


def check(files: Mapping[str, bytes], province: str, now: datetime) -> str:
    """Read files against the packaged rules, without a database. Returns what they hold."""
    found = parse(files, rules_of(province), now)
    contents = sum(len(one.contents) for one in found)
    activities = sum(len(content.activities) for one in found for content in one.contents)
    return f"no contradiction: {len(found)} programmes, {contents} contents, {activities} activities"


async def bring_in(
    database: Database, province: str, files: Mapping[str, bytes], *, store: bool, now: datetime
) -> list[str]:
    """Say what the files would change, and store it if wanted. Raises ProgrammeFileError; then nothing changes."""
    rules = await rules_in_force(database, province)
    wanted = parse(files, rules, now)
    async with database.begin() if store else database.read() as transaction:
        known = {one.key: one for one in await rows.everything(transaction)}
        lines = [line for one in wanted for line in _compare(known.get(one.key), one)]
        if store:
            for one in wanted:
                await _store(transaction, known.get(one.key), one, rules, now)
    if not any(line[0] in "+~" for line in lines):
        return [*lines, "nothing changes"]
    return [*lines, "stored" if store else "nothing is stored yet: the same with --apply stores it"]


def _compare(old: Programme | None, new: Programme) -> list[str]:
    if old is None:
        return [f"+ programme {new.key}: {new.title}, {len(new.contents)} contents, {len(new.events)} events"]
    lines = [
        f"~ programme {new.key}: {name} {before} -> {after}"
        for name, before, after in (
            ("title", old.title, new.title), ("first", old.first, new.first), ("last", old.last, new.last)
        )
        if before != after
    ]  # fmt: skip
    if old.bodies != new.bodies:
        if old.status(date.max) is not ProgrammeStatus.DRAFT:
            raise ProgrammeFileError(
                f"{new.key}: bodies: {', '.join(old.bodies)} were sent it to sign, and that stands; "
                "begin a new programme for others"
            )
        lines.append(f"~ programme {new.key}: bodies {', '.join(old.bodies)} -> {', '.join(new.bodies)}")
    for content in new.contents:
        before = old.content(content.n)
        where = f"{new.key} content {content.n}"
        if before is None:
            lines.append(f"+ {where}: {content.title}, {len(content.activities)} activities")
            continue
        if _own(before) != _own(content):
            lines.append(f"~ {where}: {_own(before)} -> {_own(content)}")
        for activity in content.activities:
            was = before.activity(activity.n)
            if was != activity:
                lines.append(f"{'~' if was else '+'} {where} activity {activity.n}: {activity.day} {activity.title}")
    lines += [f"+ {new.key}: {event.kind} {event.agency} {event.day or ''}".rstrip() for event in _unknown(old, new)]
    gone = {content.n for content in old.contents} - {content.n for content in new.contents}
    return lines + [f"! {new.key} content {n} is in the database and not in the file: it stays" for n in sorted(gone)]


def _own(content: Content) -> str:
    return f"{content.year} {content.title} ({content.lead}, {content.focal})"


def _unknown(old: Programme, new: Programme) -> Iterable[ProgrammeEvent]:
    """Return what happened by the file and is not in the history yet."""
    known = {_same(event) for event in old.events}
    return [event for event in new.events if _same(event) not in known]


def _same(event: ProgrammeEvent) -> tuple[object, ...]:
    """Return what makes two events one: a body signs or does its part once; it may put off and renew again."""
    key = (event.kind, event.content, event.activity)
    again = event.kind in (Happened.PUT_OFF, Happened.RENEWED)
    alone = event.kind in (Happened.PROPOSED, Happened.ENDED, Happened.DROPPED)
    return (*key, event.day, event.note) if again else key if alone else (*key, event.agency)


async def _store(
    transaction: Transaction, old: Programme | None, new: Programme, rules: Ruleset, now: datetime
) -> None:
    made = old.id if old else await rows.begin(transaction, new.key, new.title, now)
    if old is None or (old.title, old.first, old.last, old.bodies) != (new.title, new.first, new.last, new.bodies):
        await rows.save(transaction, Programme(made, new.key, new.title, new.first, new.last, new.bodies))
    own, happened = programme_rules(), _unknown(old, new) if old else new.events
    moved = {(event.content, event.activity) for event in happened if event.kind is Happened.PUT_OFF}
    for content in new.contents:
        before = old.content(content.n) if old else None
        if before is None or _own(before) != _own(content):
            await rows.save_content(transaction, made, content)
        for activity in content.activities:
            if before is None or before.activity(activity.n) != activity or (content.n, activity.n) in moved:
                day = new.day_of(content, activity)
                look = next_reminder(day, now, rules.calendar, ahead=own.ahead, late_every=own.late_every)
                await rows.save_activity(transaction, Due(made, content.n, activity.n), activity, look)
    await rows.record(transaction, made, *happened)


async def export(database: Database) -> str:
    """Return all programmes as TOML; importing it changes nothing."""
    async with database.read() as transaction:
        found = await rows.everything(transaction)
    return to_toml(reversed(found))
