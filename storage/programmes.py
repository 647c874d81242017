"""Coordination programmes: what was signed, planned and done."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    and_,
    delete,
    insert,
    select,
    update,
)

from domain.programmes import Activity, Content, Happened, Programme, ProgrammeEvent
from storage.database import Transaction
from storage.tables import BigInteger, UtcDateTime, metadata

programmes = Table(
    "programmes",
    metadata,
    Column("id", BigInteger, primary_key=True),
    # Names it in files of import and export.
    Column("key", String(64), nullable=False, unique=True),
    Column("title", Text, nullable=False),
    # As signed; empty in a draft.
    Column("first_day", Date),
    Column("last_day", Date),
    Column("begun_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)
programme_bodies = Table(
    "programme_bodies",
    metadata,
    Column("programme", BigInteger, ForeignKey("programmes.id", ondelete="CASCADE"), primary_key=True,
           autoincrement=False),
    Column("agency", String(32), primary_key=True),
    # The order in which they stand.
    Column("n", Integer, nullable=False),
)  # fmt: skip
Index("ix_programme_bodies_agency", programme_bodies.c.agency)
programme_contents = Table(
    "programme_contents",
    metadata,
    Column("programme", BigInteger, ForeignKey("programmes.id", ondelete="CASCADE"), primary_key=True,
           autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("year", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("lead", String(32), nullable=False),
    Column("focal", String(32), nullable=False),
)  # fmt: skip
programme_activities = Table(
    "programme_activities",
    metadata,
    Column("programme", BigInteger, primary_key=True, autoincrement=False),
    Column("content", Integer, primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    # As first planned; where it was put off to is an event.
    Column("day", Date, nullable=False),
    # Agency ids, parted by spaces.
    Column("bodies", Text, nullable=False),
    # When to look whether somebody is to be reminded of it; empty: never again.
    Column("remind_at", UtcDateTime),
    ForeignKeyConstraint(
        ["programme", "content"], ["programme_contents.programme", "programme_contents.n"], ondelete="CASCADE"
    ),
)
Index("ix_programme_activities_remind", programme_activities.c.remind_at,
      sqlite_where=programme_activities.c.remind_at.is_not(None),
      postgresql_where=programme_activities.c.remind_at.is_not(None))  # fmt: skip
#: History of programmes: append only.
programme_events = Table(
    "programme_events",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("programme", BigInteger, ForeignKey("programmes.id", ondelete="CASCADE"), nullable=False),
    Column("content", Integer),
    Column("activity", Integer),
    Column("kind", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(32), nullable=False),
    Column("agency", String(32), nullable=False),
    # The day it happened; of what was put off or renewed the new one.
    Column("day", Date),
    Column("note", Text, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_programme_events_programme", programme_events.c.programme, programme_events.c.id)
# What was done in a period is counted by its day.
Index("ix_programme_events_day", programme_events.c.kind, programme_events.c.day)


@dataclass(frozen=True, slots=True)
class Due:
    """An activity at which somebody is to look."""

    programme: int
    content: int
    activity: int


async def begin(transaction: Transaction, key: str, title: str, now: datetime) -> int:
    """Begin a programme. Returns its id."""
    row = {"key": key, "title": title, "begun_at": now}
    made: int = (await transaction.execute(insert(programmes).values(row).returning(programmes.c.id))).scalar_one()
    return made


async def save(transaction: Transaction, programme: Programme) -> None:
    """Write title, days and bodies of a draft."""
    own = programmes.c.id == programme.id
    row = {"title": programme.title, "first_day": programme.first, "last_day": programme.last}
    await transaction.execute(update(programmes).where(own).values(row))
    await transaction.execute(delete(programme_bodies).where(programme_bodies.c.programme == programme.id))
    bodies = [{"programme": programme.id, "agency": body, "n": n} for n, body in enumerate(programme.bodies)]
    if bodies:
        await transaction.execute(insert(programme_bodies), bodies)


async def save_content(transaction: Transaction, programme: int, content: Content) -> None:
    """Add a content, or write one that nobody signed yet anew; its activities stand apart."""
    row = {"year": content.year, "title": content.title, "lead": content.lead, "focal": content.focal}
    own = and_(programme_contents.c.programme == programme, programme_contents.c.n == content.n)
    changed = await transaction.execute(update(programme_contents).where(own).values(row))
    if not changed.rowcount:
        await transaction.execute(insert(programme_contents).values(programme=programme, n=content.n, **row))


async def save_activity(transaction: Transaction, of: Due, activity: Activity, remind_at: datetime | None) -> None:
    """Add an activity, or write its row anew."""
    row = {
        "title": activity.title, "day": activity.day, "bodies": " ".join(activity.bodies), "remind_at": remind_at
    }  # fmt: skip
    changed = await transaction.execute(update(programme_activities).where(_is(of)).values(row))
    if not changed.rowcount:
        key = {"programme": of.programme, "content": of.content, "n": of.activity}
        await transaction.execute(insert(programme_activities).values(**key, **row))


async def remind(transaction: Transaction, of: Due, at: datetime | None) -> None:
    """Set when to look at an activity next."""
    await transaction.execute(update(programme_activities).where(_is(of)).values(remind_at=at))


async def record(transaction: Transaction, programme: int, *happened: ProgrammeEvent) -> None:
    """Add to a programme's history."""
    rows = [
        {
            "programme": programme, "content": event.content, "activity": event.activity, "kind": event.kind,
            "at": event.at, "actor": event.actor, "agency": event.agency, "day": event.day, "note": event.note,
        }
        for event in happened
    ]  # fmt: skip
    if rows:
        await transaction.execute(insert(programme_events), rows)


async def drop(transaction: Transaction, programme: int) -> None:
    """Delete a draft."""
    await transaction.execute(delete(programmes).where(programmes.c.id == programme))


async def of_agencies(transaction: Transaction, agencies: Collection[str]) -> list[Programme]:
    """Return the programmes these bodies are parties to, latest first."""
    mine = select(programme_bodies.c.programme).where(programme_bodies.c.agency.in_(agencies))
    found = await transaction.execute(select(programmes.c.id).where(programmes.c.id.in_(mine)))
    return await load(transaction, list(found.scalars()))


async def everything(transaction: Transaction) -> list[Programme]:
    """Return all programmes, latest first."""
    return await load(transaction, list((await transaction.execute(select(programmes.c.id))).scalars()))


async def load(transaction: Transaction, ids: Collection[int], *, lock: bool = False) -> list[Programme]:
    """Return these programmes with all that belongs to them, latest first; locked against others who change them."""
    if not ids:
        return []
    query = select(programmes).where(programmes.c.id.in_(ids)).order_by(programmes.c.id.desc())
    heads = (await transaction.execute(query.with_for_update() if lock else query)).all()

    async def rows(table: Table, *order: str) -> dict[int, list[Row[tuple[object, ...]]]]:
        query = select(table).where(table.c.programme.in_(ids)).order_by(*(table.c[name] for name in order))
        grouped: dict[int, list[Row[tuple[object, ...]]]] = defaultdict(list)
        for row in await transaction.execute(query):
            grouped[row.programme].append(row)
        return grouped

    bodies = await rows(programme_bodies, "n")
    contents = await rows(programme_contents, "n")
    activities = await rows(programme_activities, "content", "n")
    events = await rows(programme_events, "id")
    return [
        Programme(
            row.id,
            row.key,
            row.title,
            row.first_day,
            row.last_day,
            tuple(one.agency for one in bodies[row.id]),
            tuple(_content(one, activities[row.id]) for one in contents[row.id]),
            tuple(map(_event, events[row.id])),
        )
        for row in heads
    ]


async def due(transaction: Transaction, now: datetime, limit: int) -> list[Due]:
    """Return activities to look at, locked."""
    activity = programme_activities.c
    query = (
        select(activity.programme, activity.content, activity.n)
        .where(activity.remind_at <= now)
        .order_by(activity.remind_at, activity.programme, activity.content, activity.n)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Due(row.programme, row.content, row.n) for row in await transaction.execute(query)]


def _is(of: Due) -> ColumnElement[bool]:
    activity = programme_activities.c
    return and_(activity.programme == of.programme, activity.content == of.content, activity.n == of.activity)


def _content(row: Row[tuple[object, ...]], activities: list[Row[tuple[object, ...]]]) -> Content:
    own = (one for one in activities if one.content == row.n)
    planned = tuple(Activity(one.n, one.title, one.day, tuple(one.bodies.split())) for one in own)
    return Content(row.n, row.year, row.title, row.lead, row.focal, planned)


def _event(row: Row[tuple[object, ...]]) -> ProgrammeEvent:
    return ProgrammeEvent(
        Happened(row.kind), row.at, row.actor, row.agency, row.content, row.activity, row.day, row.note
    )
