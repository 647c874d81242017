"""Service notices, and who asked for which. Nobody is ever put on a list for having complained."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from domain.notices import Notice, NoticeStatus
from storage.database import Transaction
from storage.inbox import insert as insert_once
from storage.tables import BigInteger, UtcDateTime, conversations, metadata

#: So long the number of notices a person got counts.
WEEK = timedelta(days=7)

notices = Table(
    "notices",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("agency", String(32), nullable=False),
    Column("status", String(12), nullable=False),
    Column("what", Text, nullable=False),
    Column("topic", String(64)),
    Column("until", UtcDateTime),
    Column("words", Text, nullable=False),
    # Seats; the second person is another one than the first.
    Column("drafted_by", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("approved_by", BigInteger),
    Column("approved_for", String(32)),
    Column("told", Integer, nullable=False, server_default="0"),
    Column("dropped", Integer, nullable=False, server_default="0"),
    # What is still to be told of it, its beginning or its end, and up to which conversation that is done.
    Column("telling", String(8)),
    Column("told_up_to", BigInteger, nullable=False, server_default="0"),
    sqlite_autoincrement=True,
)
Index("ix_notices_status", notices.c.status, notices.c.topic)
Index("ix_notices_telling", notices.c.id, sqlite_where=notices.c.telling.is_not(None),
      postgresql_where=notices.c.telling.is_not(None))  # fmt: skip

notice_places = Table(
    "notice_places",
    metadata,
    Column("notice_id", BigInteger, ForeignKey("notices.id", ondelete="CASCADE"), primary_key=True),
    Column("commune", String(8), primary_key=True),
)

#: What people asked to be told of: a topic somewhere, a topic anywhere, or whatever there is in a place.
wishes = Table(
    "wishes",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("conversation_id", BigInteger, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    # Empty: every topic; every commune.
    Column("topic", String(64), nullable=False),
    Column("commune", String(8), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("conversation_id", "topic", "commune"),
    sqlite_autoincrement=True,
)
Index("ix_wishes_of", wishes.c.commune, wishes.c.topic, wishes.c.conversation_id)

#: Who was told of a notice: to be told of its end, and not to be told too many in a week. Deleted after that.
notice_people = Table(
    "notice_people",
    metadata,
    Column("notice_id", BigInteger, ForeignKey("notices.id", ondelete="CASCADE"), primary_key=True),
    Column("conversation_id", BigInteger, ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)
Index("ix_notice_people_of", notice_people.c.conversation_id, notice_people.c.at)
Index("ix_notice_people_at", notice_people.c.at)

BEGINNING, END = "begin", "end"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked to be told of."""

    #: Slug; None for every topic.
    topic: str | None
    #: Code; None for every commune.
    commune: str | None


# Notices.


async def put(transaction: Transaction, notice: Notice) -> Notice:
    """Write a draft, or a draft changed."""
    row = {
        "agency": notice.agency, "status": notice.status, "what": notice.what, "topic": notice.topic,
        "until": notice.until, "words": notice.words, "drafted_by": notice.drafted_by, "at": notice.at,
    }  # fmt: skip
    if notice.id:
        await transaction.execute(update(notices).where(notices.c.id == notice.id).values(row))
        of = notice.id
    else:
        of = (await transaction.execute(insert(notices).values(row).returning(notices.c.id))).scalar_one()
    await transaction.execute(delete(notice_places).where(notice_places.c.notice_id == of))
    if notice.communes:
        places = [{"notice_id": of, "commune": code} for code in notice.communes]
        await transaction.execute(insert(notice_places), places)
    return await _only(transaction, of)


async def get(transaction: Transaction, of: int) -> Notice | None:
    """Return a notice."""
    found = await _read(transaction, select(notices).where(notices.c.id == of))
    return found[0] if found else None


async def shown(transaction: Transaction, agency: str | None, limit: int) -> list[Notice]:
    """Return what is to be done and what was told of late: of an agency, or, for None, what is public of all."""
    public = (NoticeStatus.LIVE, NoticeStatus.ENDED, NoticeStatus.EXPIRED)
    own = notices.c.agency == agency if agency else notices.c.status.in_(public)
    query = select(notices).where(own, notices.c.status != NoticeStatus.DROPPED)
    return await _read(transaction, query.order_by(notices.c.id.desc()).limit(limit))


async def to_approve(transaction: Transaction, agency: str | None, limit: int) -> list[Notice]:
    """Return what waits for a second person: of an agency, or, for None, of all."""
    query = select(notices).where(notices.c.status == NoticeStatus.PROPOSED)
    query = query if agency is None else query.where(notices.c.agency == agency)
    return await _read(transaction, query.order_by(notices.c.id).limit(limit))


async def live(transaction: Transaction, topic: str | None, commune: str | None, now: datetime) -> list[Notice]:
    """Return what is on now, latest first: of a topic and a commune, or, where one is None, whatever that is."""
    query = select(notices).where(notices.c.status == NoticeStatus.LIVE, notices.c.until > now)
    if topic:
        query = query.where(notices.c.topic == topic)
    if commune:
        here = exists().where(notice_places.c.notice_id == notices.c.id, notice_places.c.commune == commune)
        query = query.where(here)
    return await _read(transaction, query.order_by(notices.c.id.desc()))


async def approve(transaction: Transaction, of: int, seat: int, agency: str, now: datetime) -> bool:
    """Let a notice out; never by the seat that wrote it. Returns whether it was waiting and is still to come."""
    query = (
        update(notices)
        .where(
            notices.c.id == of,
            notices.c.status == NoticeStatus.PROPOSED,
            notices.c.drafted_by != seat,
            notices.c.until > now,
        )
        .values(status=NoticeStatus.LIVE, approved_by=seat, approved_for=agency, at=now, telling=BEGINNING)
        .returning(notices.c.id)
    )
    return (await transaction.execute(query)).first() is not None


async def move(transaction: Transaction, of: int, before: Collection[NoticeStatus], after: NoticeStatus) -> bool:
    """Change where a notice stands; a mended one is told to who heard of it. Returns whether it stood there."""
    values: dict[str, object] = {"status": after}
    if after is NoticeStatus.ENDED:
        values |= {"telling": END, "told_up_to": 0}
    query = update(notices).where(notices.c.id == of, notices.c.status.in_(before)).values(values)
    return (await transaction.execute(query.returning(notices.c.id))).first() is not None


async def expire(transaction: Transaction, now: datetime, drafted_before: datetime, limit: int) -> int:
    """End what is over, drop drafts nobody went on with, and forget who was told. Returns how many ended."""
    over = or_(
        (notices.c.status == NoticeStatus.LIVE) & (notices.c.until <= now),
        notices.c.status.in_((NoticeStatus.DRAFT, NoticeStatus.PROPOSED)) & (notices.c.at <= drafted_before),
    )
    due = select(notices.c.id, notices.c.status).where(over).limit(limit).with_for_update(skip_locked=True)
    found = (await transaction.execute(due)).all()
    for before, after in ((True, NoticeStatus.EXPIRED), (False, NoticeStatus.DROPPED)):
        ids = [row.id for row in found if (row.status == NoticeStatus.LIVE) is before]
        await transaction.execute(update(notices).where(notices.c.id.in_(ids)).values(status=after, telling=None))
    quiet = select(notices.c.id).where(notices.c.status != NoticeStatus.LIVE, notices.c.telling.is_(None))
    gone = notice_people.c.notice_id.in_(quiet) & (notice_people.c.at <= now - WEEK)
    await transaction.execute(delete(notice_people).where(gone))
    return len(found)


# Telling.


async def next_to_tell(transaction: Transaction, now: datetime) -> tuple[Notice, str, int] | None:
    """Return a notice with somebody still to tell, locked: what is to be told, and up to whom that is done."""
    query = (
        select(notices)
        .where(notices.c.telling.is_not(None), or_(notices.c.telling == END, notices.c.until > now))
        .order_by(notices.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = (await transaction.execute(query)).first()
    return (await _only(transaction, row.id), row.telling, row.told_up_to) if row else None


async def who_asked(transaction: Transaction, notice: Notice, after: int, limit: int) -> list[int]:
    """Return the conversations after this one that asked for a notice's topic or place and can be reached, by id."""
    query = (
        select(wishes.c.conversation_id)
        .join(conversations, conversations.c.id == wishes.c.conversation_id)
        .where(
            wishes.c.conversation_id > after,
            wishes.c.topic.in_(("", notice.topic)),
            wishes.c.commune.in_(("", *notice.communes)),
            conversations.c.blocked_at.is_(None),
            conversations.c.erased_at.is_(None),
        )
        .distinct()
        .order_by(wishes.c.conversation_id)
        .limit(limit)
    )
    return list((await transaction.execute(query)).scalars())


async def who_heard(transaction: Transaction, notice: Notice, after: int, limit: int) -> list[int]:
    """Return the conversations after this one that were told of a notice, by id."""
    query = (
        select(notice_people.c.conversation_id)
        .where(notice_people.c.notice_id == notice.id, notice_people.c.conversation_id > after)
        .order_by(notice_people.c.conversation_id)
        .limit(limit)
    )
    return list((await transaction.execute(query)).scalars())


async def lately(transaction: Transaction, people: Collection[int], now: datetime) -> dict[int, int]:
    """Return how many notices each of these conversations was told in the last seven days."""
    query = (
        select(notice_people.c.conversation_id, func.count())
        .where(notice_people.c.conversation_id.in_(people), notice_people.c.at > now - WEEK)
        .group_by(notice_people.c.conversation_id)
    )
    return {row[0]: row[1] for row in await transaction.execute(query)} if people else {}


async def heard(transaction: Transaction, notice: int, people: Collection[int], now: datetime) -> None:
    """Keep who was told of a notice, until its end is told."""
    rows = [{"notice_id": notice, "conversation_id": of, "at": now} for of in people]
    if rows:
        await transaction.execute(insert_once(transaction, notice_people).on_conflict_do_nothing(), rows)


async def went_on(transaction: Transaction, notice: int, up_to: int | None, *, told: int = 0, dropped: int = 0) -> None:
    """Keep up to whom a notice is told, None when it is told to all, and how many that were."""
    values: dict[str, Any] = {"told": notices.c.told + told, "dropped": notices.c.dropped + dropped}
    values |= {"telling": None} if up_to is None else {"told_up_to": up_to}
    await transaction.execute(update(notices).where(notices.c.id == notice).values(values))


# Wishes.


async def wish(transaction: Transaction, conversation_id: int, wanted: Wish, now: datetime, most: int) -> bool:
    """Keep what somebody asked for. Returns False when there are too many already."""
    if len(await wishes_of(transaction, conversation_id)) >= most:
        return False
    row = {
        "conversation_id": conversation_id, "topic": wanted.topic or "", "commune": wanted.commune or "", "at": now
    }  # fmt: skip
    await transaction.execute(insert_once(transaction, wishes).values(row).on_conflict_do_nothing())
    return True


async def wishes_of(transaction: Transaction, conversation_id: int) -> list[Wish]:
    """Return what somebody asked for."""
    query = select(wishes).where(wishes.c.conversation_id == conversation_id).order_by(wishes.c.id)
    return [Wish(row.topic or None, row.commune or None) for row in await transaction.execute(query)]


async def leave(transaction: Transaction, conversation_id: int) -> int:
    """Forget all that somebody asked for and was told. Returns how many wishes there were."""
    await transaction.execute(delete(notice_people).where(notice_people.c.conversation_id == conversation_id))
    query = delete(wishes).where(wishes.c.conversation_id == conversation_id).returning(wishes.c.id)
    return len((await transaction.execute(query)).all())


async def _only(transaction: Transaction, of: int) -> Notice:
    return (await _read(transaction, select(notices).where(notices.c.id == of)))[0]


async def _read(transaction: Transaction, query: Select[Any]) -> list[Notice]:
    rows: Sequence[Row[Any]] = (await transaction.execute(query)).all()
    where = select(notice_places).where(notice_places.c.notice_id.in_({row.id for row in rows}))
    places: dict[int, list[str]] = {row.id: [] for row in rows}
    for place in await transaction.execute(where.order_by(notice_places.c.commune)) if rows else ():
        places[place.notice_id].append(place.commune)
    return [
        Notice(
            row.id,
            row.agency,
            NoticeStatus(row.status),
            row.what,
            row.topic,
            tuple(places[row.id]),
            row.until,
            row.words,
            row.drafted_by,
            row.at,
            row.approved_by,
            row.approved_for,
            row.told,
            row.dropped,
        )
        for row in rows
    ]


async def count(transaction: Transaction, start: datetime, end: datetime, agency: str | None) -> int:
    """Count the notices approved from ``start`` to before ``end``, of an agency or of all."""
    query = select(func.count()).where(notices.c.approved_by.is_not(None), notices.c.at >= start, notices.c.at < end)
    made: int = (
        await transaction.execute(query if agency is None else query.where(notices.c.agency == agency))
    ).scalar_one()
    return made
