"""Cases, the tasks agencies have with them, and their history."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, delete, func, insert, or_, select, union_all, update
from sqlalchemy import case as case_when

from domain.cases import Case, CaseEvent, Task
from domain.concerns import ConcernKind
from domain.conversation import CountGuidance
from domain.messages import Photo
from domain.transitions import CaseStatus, EventKind, Outcome, TaskRole, TaskStatus
from storage import corrections, matter_cases
from storage.database import Transaction
from storage.inbox import insert as upsert
from storage.tables import cases, contacts, counters, events, guidance, known_problems, open_case, open_task, tasks

#: A closed case still belongs to the talk with its citizen for so long.
_RECENT = timedelta(days=30)
#: So many of a citizen's cases are looked at with each message.
_MOST = 20
#: A queue is counted up to here: more is many.
MOST_COUNTED = 999
#: What is counted of an agency's open tasks for its lead.
COUNTED = ("open", "late", "today", "new", "submitted", "reopened")
#: Columns that are written once.
_FIXED = frozenset({"id", "number", "filed_at", "kind", "ruleset", "read_by"})
_TASK_KEY = ("case_id", "n")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of an agency's open tasks are asked for; all that is None does not matter."""

    agency: str
    #: Restricted cases as well; nobody but an inspector may ask for them.
    restricted: bool = False
    #: Assigned to this seat.
    officer: int | None = None
    #: Due before this moment.
    due_before: datetime | None = None
    commune: str | None = None
    #: A topic, or a field with all its topics.
    topic: str | None = None
    #: In this status.
    status: TaskStatus | None = None


async def take_serials(transaction: Transaction, count: int) -> range:
    """Set so many serials aside for case numbers; a serial that is never used leaves a gap, nothing worse."""
    row = upsert(transaction, counters).values(name="case", value=count)
    query = row.on_conflict_do_update(
        index_elements=[counters.c.name], set_={"value": counters.c.value + count}
    ).returning(counters.c.value)
    last: int = (await transaction.execute(query)).scalar_one()
    return range(last - count + 1, last + 1)


def _select() -> Select[Any]:
    return select(cases, contacts.c.phone).join(contacts, contacts.c.case_id == cases.c.id, isouter=True)


async def of_citizens(
    transaction: Transaction, conversation_ids: Collection[int], now: datetime
) -> dict[int, list[Case]]:
    """Return the open and lately ended cases of these conversations, latest first, locked for writing."""
    recent = or_(cases.c.status != CaseStatus.CLOSED, cases.c.filed_at > now - _RECENT)
    query = (
        _select()
        .where(cases.c.conversation_id.in_(conversation_ids), recent)
        .order_by(cases.c.id.desc())
        .with_for_update(of=cases, key_share=True)
    )
    found: dict[int, list[Case]] = {}
    for case in await _cases(transaction, query):
        mine = found.setdefault(case.conversation_id or 0, [])
        if len(mine) < _MOST:
            mine.append(case)
    return found


async def _cases(transaction: Transaction, query: Select[Any]) -> list[Case]:
    """Return the cases a query finds, with their tasks."""
    rows = (await transaction.execute(query)).all()
    if not rows:
        return []
    theirs: dict[int, list[Task]] = {row.id: [] for row in rows}
    every = select(tasks).where(tasks.c.case_id.in_(theirs)).order_by(tasks.c.case_id, tasks.c.n)
    for task in await transaction.execute(every):
        theirs[task.case_id].append(_task(task))
    return [_case(row, tuple(theirs[row.id])) for row in rows]


async def by_number(transaction: Transaction, number: str) -> Case | None:
    """Return the case with this number, locked for writing."""
    found = await by_numbers(transaction, [number])
    return found[0] if found else None


async def by_numbers(transaction: Transaction, numbers: Collection[str]) -> list[Case]:
    """Return the cases with these numbers, locked for writing."""
    query = _select().where(cases.c.number.in_(numbers)).order_by(cases.c.id)
    return await _cases(transaction, query.with_for_update(of=cases, key_share=True))


async def merged_into(transaction: Transaction, numbers: Collection[str]) -> list[Case]:
    """Return the cases that were merged into these, oldest first, locked for writing."""
    query = _select().where(cases.c.merged_into.in_(numbers)).order_by(cases.c.id)
    return await _cases(transaction, query.with_for_update(of=cases, key_share=True))


async def queue(transaction: Transaction, wanted: Wanted, limit: int, offset: int) -> tuple[list[Case], int]:
    """Return a page of the cases an agency has an open task with, the most pressing first, and how many there are.

    More than MOST_COUNTED are not counted.
    """
    page = _wanted(wanted).order_by(tasks.c.due_at, tasks.c.case_id).limit(limit).offset(offset).subquery()
    found = await _cases(
        transaction, _select().join(page, page.c.case_id == cases.c.id).order_by(page.c.due_at, cases.c.id)
    )
    some = _wanted(wanted).limit(MOST_COUNTED + 1).subquery()
    count: int = (await transaction.execute(select(func.count()).select_from(some))).scalar_one()
    return found, count


def _wanted(wanted: Wanted) -> Select[Any]:
    query = select(tasks.c.case_id, tasks.c.due_at).where(tasks.c.agency == wanted.agency, open_task)
    if wanted.officer is not None:
        query = query.where(tasks.c.officer == wanted.officer)
    if wanted.due_before:
        query = query.where(tasks.c.due_at < wanted.due_before)
    if wanted.status:
        query = query.where(tasks.c.status == wanted.status)
    of_case: list[ColumnElement[bool]] = []
    # Who was called in before a case became restricted has nothing to do with it any more.
    own = and_(cases.c.restricted, cases.c.agency == wanted.agency)
    of_case.append(or_(cases.c.restricted.is_(False), own) if wanted.restricted else cases.c.restricted.is_(False))
    if wanted.commune:
        of_case.append(cases.c.commune == wanted.commune)
    if wanted.topic:
        of_case.append(
            or_(cases.c.topic == wanted.topic, cases.c.topic.startswith(f"{wanted.topic}.", autoescape=True))
        )
    return query.join(cases, cases.c.id == tasks.c.case_id).where(*of_case)


async def counts(
    transaction: Transaction, agencies: Collection[str], now: datetime, today: datetime
) -> dict[str, dict[str, int]]:
    """Return COUNTED for each of these agencies: of its open tasks, restricted cases left out."""
    figures = {
        "open": func.count(),
        "late": _count(tasks.c.due_at <= now),
        "today": _count(tasks.c.due_at > now, tasks.c.due_at <= today),
        "new": _count(tasks.c.status == TaskStatus.OFFERED),
        "submitted": _count(tasks.c.status == TaskStatus.SUBMITTED),
        "reopened": _count(cases.c.reopened > 0),
    }
    query = (
        select(tasks.c.agency, *(figure.label(name) for name, figure in figures.items()))
        .join(cases, cases.c.id == tasks.c.case_id)
        .where(tasks.c.agency.in_(agencies), open_task, cases.c.restricted.is_(False))
        .group_by(tasks.c.agency)
    )
    rows = await transaction.execute(query) if agencies else ()
    return {row.agency: {name: getattr(row, name) for name in COUNTED} for row in rows}


def _count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case_when((and_(*conditions), 1), else_=0)), 0)


async def due_for_update(transaction: Transaction, now: datetime, limit: int) -> list[Case]:
    """Return cases whose citizen is to hear something now, locked; what another process has is left to it."""
    column = cases.c.next_update_at
    return await _locked(transaction, _select().where(column <= now).order_by(column).limit(limit))


async def due_for_reminder(transaction: Transaction, now: datetime, limit: int) -> list[Case]:
    """Return cases with a task of which somebody is to be reminded now, locked; what another process has is its own."""
    due = select(tasks.c.case_id).where(tasks.c.remind_at <= now).order_by(tasks.c.remind_at).limit(limit)
    return await _locked(transaction, _select().where(cases.c.id.in_(due)).order_by(cases.c.id))


async def clocked_otherwise(transaction: Transaction, version: str, limit: int) -> list[Case]:
    """Return open cases whose deadline was counted by other rules than these, locked."""
    # Two ranges of the index, for "other than" is none: where all are counted by these rules, nothing is looked at.
    ranges = (cases.c.clocked_by < version, cases.c.clocked_by > version)
    ids = union_all(*(select(cases.c.id).where(one, open_case) for one in ranges)).limit(limit)
    return await _locked(transaction, _select().where(cases.c.id.in_(ids)).order_by(cases.c.id))


async def of_agencies(transaction: Transaction, agencies: Collection[str], limit: int) -> list[Case]:
    """Return cases with which these agencies have an open task, locked."""
    theirs = select(tasks.c.case_id).where(tasks.c.agency.in_(agencies), open_task)
    return await _locked(transaction, _select().where(cases.c.id.in_(theirs.limit(limit))).order_by(cases.c.id))


async def _locked(transaction: Transaction, query: Select[Any]) -> list[Case]:
    return await _cases(transaction, query.with_for_update(of=cases, skip_locked=True, key_share=True))


async def unannounced(
    transaction: Transaction, limit: int, *, urgent_or_of: Collection[str] | None = None
) -> list[Case]:
    """Return cases with an open task its agency was not told of, locked; what another process has is left to it.

    With ``urgent_or_of`` only urgent ones, and those of these agencies: at night the others wait.
    """
    new = select(tasks.c.case_id).where(tasks.c.announced_at.is_(None), open_task)
    if urgent_or_of is not None:
        new = new.join(cases, cases.c.id == tasks.c.case_id).where(
            or_(cases.c.urgent, tasks.c.agency.in_(urgent_or_of))
        )
    new = new.order_by(tasks.c.agency, tasks.c.case_id).limit(limit)
    return await _locked(transaction, _select().where(cases.c.id.in_(new)).order_by(cases.c.id))


async def file(transaction: Transaction, filed: Sequence[Case]) -> None:
    """Write new cases."""
    if filed:
        await transaction.execute(insert(cases), [_row(case) for case in filed])
        await transaction.execute(insert(tasks), [_task_row(case, task) for case in filed for task in case.tasks])
        await _write_contacts(transaction, filed)


async def save(transaction: Transaction, changed: Sequence[Case]) -> None:
    """Write cases that changed, and their tasks."""
    if not changed:
        return
    names = [column.name for column in cases.columns if column.name not in _FIXED]
    query = update(cases).where(cases.c.id == bindparam("of")).values({name: bindparam(name) for name in names})
    rows = [{"of": row["id"], **{name: row[name] for name in names}} for row in map(_row, changed)]
    await transaction.execute(query, rows)
    fresh = upsert(transaction, tasks)
    fresh = fresh.on_conflict_do_update(
        index_elements=_TASK_KEY,
        set_={column.name: fresh.excluded[column.name] for column in tasks.columns if column.name not in _TASK_KEY},
    )
    await transaction.execute(fresh, [_task_row(case, task) for case in changed for task in case.tasks])


async def _write_contacts(transaction: Transaction, filed: Sequence[Case]) -> None:
    if given := [{"case_id": case.id, "phone": case.phone} for case in filed if case.phone]:
        await transaction.execute(insert(contacts), given)


async def record(transaction: Transaction, happened: Sequence[CaseEvent]) -> None:
    """Append to histories."""
    if happened:
        rows = [
            {
                "case_id": event.case_id, "kind": event.kind, "at": event.at, "actor": event.actor,
                "agency": event.agency, "note": event.note, "clock": event.clock,
            }
            for event in happened
        ]  # fmt: skip
        await transaction.execute(insert(events), rows)


async def history(transaction: Transaction, case_id: int) -> list[CaseEvent]:
    """Return a case's history, oldest first."""
    query = select(events).where(events.c.case_id == case_id).order_by(events.c.id)
    return [
        CaseEvent(row.case_id, EventKind(row.kind), row.at, row.actor, row.agency, row.note, row.clock)
        for row in await transaction.execute(query)
    ]


async def count_guidance(transaction: Transaction, guided: Sequence[CountGuidance], now: datetime) -> None:
    """Count complaints and denunciations that were guided."""
    if guided:
        rows = [{"kind": one.kind, "topic": one.topic, "commune": one.commune, "at": now} for one in guided]
        await transaction.execute(insert(guidance), rows)


async def erase(transaction: Transaction, conversation_id: int) -> list[Case]:
    """Take everything personal out of a citizen's cases and unlink them; returns them as they are now."""
    theirs = cases.c.conversation_id == conversation_id
    # What was filed for somebody else is not the filer's to erase.
    await transaction.execute(update(cases).where(theirs, cases.c.on_behalf).values(conversation_id=None))
    own = await _cases(transaction, _select().where(theirs))
    if ids := [case.id for case in own]:
        await transaction.execute(delete(contacts).where(contacts.c.case_id.in_(ids)))
        await corrections.erase(transaction, ids)
        await matter_cases.forget(transaction, ids)
        # What others wrote may repeat it: questions and answers go too. The history keeps that they were given.
        await transaction.execute(update(events).where(events.c.case_id.in_(ids)).values(note=""))
        await transaction.execute(delete(known_problems).where(known_problems.c.case_id.in_(ids)))
    emptied = [_emptied(case) for case in own]
    await save(transaction, emptied)
    return emptied


def _emptied(case: Case) -> Case:
    tasks_kept = tuple(replace(task, question="", reply="", photos=()) for task in case.tasks)
    return replace(
        case, conversation_id=None, text="", detail=None, location=None, photos=(), answer=None, question=None,
        extension=case.extension and "", phone=None, tasks=tasks_kept,
    )  # fmt: skip


def _row(case: Case) -> dict[str, Any]:
    latitude, longitude = case.location or (None, None)
    row = {name: getattr(case, name) for name in _PLAIN}
    return row | {
        "status": str(case.status),
        "kind": str(case.kind),
        "watch": json.dumps(case.watch),
        "outcome": case.outcome and str(case.outcome),
        "latitude": latitude,
        "longitude": longitude,
        "photos": json.dumps(case.photos),
    }


def _case(row: Row[Any], of_agencies: tuple[Task, ...]) -> Case:
    return Case(
        **{name: getattr(row, name) for name in _PLAIN},
        status=CaseStatus(row.status),
        kind=ConcernKind(row.kind),
        watch=tuple(json.loads(row.watch)),
        outcome=row.outcome and Outcome(row.outcome),
        location=None if row.latitude is None else (row.latitude, row.longitude),
        photos=tuple(json.loads(row.photos)),
        phone=row.phone,
        tasks=of_agencies,
    )


#: Columns that are stored as they are.
_PLAIN = [
    column.name
    for column in cases.columns
    if column.name not in ("status", "kind", "watch", "outcome", "latitude", "longitude", "photos")
]
_TASK_KINDS = ("opened_by", "ended_by", "verdict")
_TASK_PLAIN = [
    column.name for column in tasks.columns if column.name not in ("case_id", "role", "status", "photos", *_TASK_KINDS)
]


def _task_row(case: Case, task: Task) -> dict[str, Any]:
    row = {name: getattr(task, name) for name in _TASK_PLAIN}
    photos = json.dumps([(photo.reference, photo.unique) for photo in task.photos])
    kinds = {name: (kind := getattr(task, name)) and str(kind) for name in _TASK_KINDS}
    return row | kinds | {"case_id": case.id, "role": str(task.role), "status": str(task.status), "photos": photos}


def _task(row: Row[Any]) -> Task:
    return Task(
        **{name: getattr(row, name) for name in _TASK_PLAIN},
        role=TaskRole(row.role),
        status=TaskStatus(row.status),
        opened_by=EventKind(row.opened_by),
        ended_by=row.ended_by and EventKind(row.ended_by),
        verdict=row.verdict and EventKind(row.verdict),
        photos=tuple(Photo(reference, unique=unique) for reference, unique in json.loads(row.photos)),
    )
