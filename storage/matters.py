"""Matters: what troubles many people, who works on it, what was said publicly.

Coordination reads here: no query names a citizen, a conversation or a citizen's words. Which cases belong to a matter
stands in ``storage.matter_cases``, which coordination may not read.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Row,
    Select,
    String,
    Table,
    Text,
    and_,
    func,
    insert,
    or_,
    select,
    update,
)

from domain.concerns import ConcernKind
from domain.matters import Matter, MatterEvent, MatterEventKind, MatterState, Member
from domain.routing import Reason
from domain.transitions import TaskRole, TaskStatus
from storage.database import Transaction
from storage.inbox import insert as upsert
from storage.tables import BigInteger, UtcDateTime, cases, counters, metadata, tasks

matters = Table(
    "matters",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("state", String(12), nullable=False),
    Column("name", String(160), nullable=False),
    Column("topic", String(64)),
    # JSON list of codes.
    Column("communes", Text, nullable=False),
    Column("since", Date, nullable=False),
    # Who is to lead it; once it has a case, whoever has that.
    Column("lead", String(32)),
    Column("proposed_at", UtcDateTime, nullable=False),
    Column("warning", BigInteger),
    Column("opened_at", UtcDateTime),
    # The first public information: by when, when, and when somebody is reminded next.
    Column("inform_by", UtcDateTime),
    Column("informed_at", UtcDateTime),
    Column("remind_at", UtcDateTime),
    # When new reports join and members are called in next.
    Column("look_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    # Its own case.
    Column("case_id", BigInteger, ForeignKey("cases.id", ondelete="SET NULL"), unique=True),
    Column("number", String(24)),
    sqlite_autoincrement=True,
)
Index("ix_matters_state", matters.c.state, matters.c.id)
Index("ix_matters_remind", matters.c.remind_at, sqlite_where=matters.c.remind_at.is_not(None),
      postgresql_where=matters.c.remind_at.is_not(None))  # fmt: skip
Index("ix_matters_look", matters.c.look_at, sqlite_where=matters.c.look_at.is_not(None),
      postgresql_where=matters.c.look_at.is_not(None))  # fmt: skip

#: Whom a matter wants as members, and what of them.
matter_members = Table(
    "matter_members",
    metadata,
    Column("matter", BigInteger, ForeignKey("matters.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("agency", String(32), primary_key=True),
    Column("question", Text, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("wanted_at", UtcDateTime, nullable=False),
)
Index("ix_matter_members_agency", matter_members.c.agency)

#: History of matters: append only.
matter_events = Table(
    "matter_events",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("matter", BigInteger, ForeignKey("matters.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(32), nullable=False),
    Column("agency", String(32), nullable=False),
    Column("note", Text, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_matter_events_matter", matter_events.c.matter, matter_events.c.id)
Index("ix_matter_events_at", matter_events.c.at)

_LIVE = (MatterState.PROPOSED, MatterState.OPEN)
_OTHERWISE = ("id", "state", "communes", "lead")
_PLAIN = [field.name for field in fields(Matter) if field.name not in _OTHERWISE]


def _select() -> Select[Any]:
    has = func.coalesce(cases.c.agency, matters.c.lead).label("led_by")
    return select(matters, has).join(cases, cases.c.id == matters.c.case_id, isouter=True)


async def put(transaction: Transaction, matter: Matter) -> Matter:
    """Write a new matter; return it with its id."""
    query = insert(matters).values(_row(matter)).returning(matters.c.id)
    return (await get(transaction, (await transaction.execute(query)).scalar_one())) or matter


async def save(transaction: Transaction, matter: Matter) -> None:
    """Write a matter that changed."""
    await transaction.execute(update(matters).where(matters.c.id == matter.id).values(_row(matter)))


async def get(transaction: Transaction, matter: int) -> Matter | None:
    """Return a matter, locked for writing."""
    query = _select().where(matters.c.id == matter).with_for_update(of=matters)
    found = (await transaction.execute(query)).first()
    return _matter(found) if found else None


async def live(transaction: Transaction, agency: str | None = None) -> list[Matter]:
    """Return matters that are open or proposed, latest first; only open ones that an agency leads or is a member of."""
    query = _select().where(matters.c.state.in_(_LIVE)).order_by(matters.c.id.desc())
    if agency:
        of = select(matter_members.c.matter).where(matter_members.c.agency == agency)
        theirs = or_(cases.c.agency == agency, matters.c.id.in_(of))
        query = query.where(matters.c.state == MatterState.OPEN, theirs)
    return [_matter(row) for row in await transaction.execute(query)]


async def ended_since(transaction: Transaction, since: datetime) -> list[Matter]:
    """Return matters that ended or were dropped since a moment."""
    return [_matter(row) for row in await transaction.execute(_select().where(matters.c.ended_at >= since))]


async def due_for_reminder(transaction: Transaction, now: datetime, limit: int) -> list[Matter]:
    """Return matters of whose public information somebody is to be reminded, locked."""
    return await _due(transaction, matters.c.remind_at, now, limit)


async def due_for_look(transaction: Transaction, now: datetime, limit: int) -> list[Matter]:
    """Return matters that are to be looked after, locked."""
    return await _due(transaction, matters.c.look_at, now, limit)


async def _due(transaction: Transaction, column: Column[Any], now: datetime, limit: int) -> list[Matter]:
    query = _select().where(column <= now).order_by(column).limit(limit)
    return [_matter(row) for row in await transaction.execute(query.with_for_update(of=matters, skip_locked=True))]


async def want(transaction: Transaction, matter: int, member: Member) -> None:
    """Want an agency as a member, or ask it something else."""
    row = {"question": member.question, "due_at": member.due_at, "wanted_at": member.wanted_at}
    query = upsert(transaction, matter_members).values(matter=matter, agency=member.agency, **row)
    await transaction.execute(query.on_conflict_do_update(index_elements=["matter", "agency"], set_=row))


async def members(transaction: Transaction, matter: Matter) -> list[Member]:
    """Return whom a matter wants as members, each with how its latest task stands."""
    latest = (
        select(tasks.c.agency, func.max(tasks.c.n).label("n"))
        .where(tasks.c.case_id == matter.case_id, tasks.c.role == TaskRole.PARTNER)
        .group_by(tasks.c.agency)
        .subquery()
    )
    query = (
        select(matter_members, tasks.c.status, tasks.c.ended_at, tasks.c.due_at.label("task_due"))
        .join(latest, latest.c.agency == matter_members.c.agency, isouter=True)
        .join(tasks, and_(tasks.c.case_id == matter.case_id, tasks.c.n == latest.c.n), isouter=True)
        .where(matter_members.c.matter == matter.id)
        .order_by(matter_members.c.wanted_at, matter_members.c.agency)
    )
    return [
        Member(
            row.agency,
            row.question,
            row.task_due or row.due_at,
            row.wanted_at,
            row.status and TaskStatus(row.status),
            row.ended_at,
        )
        for row in await transaction.execute(query)
    ]


async def lead_task(transaction: Transaction, matter: Matter) -> tuple[TaskStatus, datetime] | None:
    """Return how the lead's task stands, and until when it is due; None before the matter has one."""
    query = (
        select(tasks.c.status, tasks.c.due_at)
        .where(tasks.c.case_id == matter.case_id, tasks.c.role == TaskRole.LEAD)
        .order_by(tasks.c.n.desc())
        .limit(1)
    )
    found = (await transaction.execute(query)).first()
    return (TaskStatus(found.status), found.due_at) if found else None


async def record(transaction: Transaction, event: MatterEvent) -> None:
    """Append to a matter's history."""
    row = {"matter": event.matter, "kind": event.kind, "at": event.at, "actor": event.actor, "agency": event.agency}
    await transaction.execute(insert(matter_events).values(**row, note=event.note))


async def history(transaction: Transaction, matter: int) -> list[MatterEvent]:
    """Return what happened to a matter, oldest first."""
    query = select(matter_events).where(matter_events.c.matter == matter).order_by(matter_events.c.id)
    return [_event(row) for row in await transaction.execute(query)]


async def happened(transaction: Transaction, start: datetime, end: datetime) -> list[MatterEvent]:
    """Return what happened to matters from one moment until before another, oldest first: for reports."""
    within = and_(matter_events.c.at >= start, matter_events.c.at < end)
    query = select(matter_events).where(within).order_by(matter_events.c.id)
    return [_event(row) for row in await transaction.execute(query)]


async def named(transaction: Transaction, ids: Collection[int]) -> dict[int, Matter]:
    """Return these matters by their id."""
    found = await transaction.execute(_select().where(matters.c.id.in_(ids)))
    return {row.id: _matter(row) for row in found}


# What is proposed. Restricted cases, praise and matters' own cases count in nothing; nor does who was erased.

_COUNTED = (
    cases.c.restricted.is_(False),
    cases.c.reason != Reason.MATTER,
    cases.c.kind != ConcernKind.PRAISE,
    cases.c.topic.is_not(None),
    cases.c.commune.is_not(None),
)


async def reporters(transaction: Transaction, start: datetime, end: datetime) -> dict[tuple[str, str], int]:
    """Return how many different people reported a topic in a commune, by (topic, commune). Its cost is the time's."""
    query = (
        select(cases.c.topic, cases.c.commune, func.count(cases.c.conversation_id.distinct()).label("people"))
        .join(tasks, and_(tasks.c.case_id == cases.c.id, tasks.c.n == 1))
        .where(tasks.c.opened_at >= start, tasks.c.opened_at < end, *_COUNTED)
        .group_by(cases.c.topic, cases.c.commune)
    )
    return {(row.topic, row.commune): row.people for row in await transaction.execute(query)}


async def reporters_in(
    transaction: Transaction, topic: str, communes: Sequence[str], start: datetime, end: datetime
) -> int:
    """Return how many different people reported a topic in any of these communes."""
    query = (
        select(func.count(cases.c.conversation_id.distinct()))
        .join(tasks, and_(tasks.c.case_id == cases.c.id, tasks.c.n == 1))
        .where(tasks.c.opened_at >= start, tasks.c.opened_at < end, *_COUNTED)
        .where(cases.c.topic == topic, cases.c.commune.in_(communes))
    )
    count: int = (await transaction.execute(query)).scalar_one()
    return count


async def first_on(transaction: Transaction, day: date) -> bool:
    """Say whether nobody looked for matters on this day or later, and note that somebody has: one process does."""
    row = upsert(transaction, counters).values(name="matters", value=day.toordinal())
    query = row.on_conflict_do_update(
        index_elements=[counters.c.name],
        set_={"value": day.toordinal()},
        where=counters.c.value < day.toordinal(),
    ).returning(counters.c.value)
    return (await transaction.execute(query)).first() is not None


def _row(matter: Matter) -> dict[str, Any]:
    row = {name: getattr(matter, name) for name in _PLAIN}
    return row | {"state": str(matter.state), "communes": json.dumps(matter.communes), "lead": matter.lead}


def _matter(row: Row[Any]) -> Matter:
    return Matter(
        **{name: getattr(row, name) for name in _PLAIN},
        id=row.id,
        state=MatterState(row.state),
        communes=tuple(json.loads(row.communes)),
        lead=row.led_by,
    )


def _event(row: Row[Any]) -> MatterEvent:
    return MatterEvent(row.matter, MatterEventKind(row.kind), row.at, row.actor, row.agency, row.note)
