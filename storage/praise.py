"""Praise from citizens, counted without a word or a person; and nominations."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Column,
    Date,
    Index,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
    update,
)

from storage.database import Transaction
from storage.inbox import insert as insert_once
from storage.tables import BigInteger, UtcDateTime, inbox, metadata, outbox, web_messages

#: In the outbox's keys: what is told of praise, and the message it comes from ("in:7:0:praised:…").
TOLD = "praised"

praises = Table(
    "praises",
    metadata,
    Column("id", BigInteger, primary_key=True),
    # Empty: the desk was to find out.
    Column("agency", String(32)),
    Column("topic", String(64)),
    Column("commune", String(8)),
    Column("at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_praises_at", praises.c.at)

nominations = Table(
    "nominations",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("agency", String(32), nullable=False),
    # First day, and the day after the last.
    Column("starts", Date, nullable=False),
    Column("ends", Date, nullable=False),
    # JSON: what it is nominated by.
    Column("measures", Text, nullable=False),
    # "proposed", "awarded" or "declined".
    Column("status", String(12), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    # Number and date of the decision, as a person typed it.
    Column("decision", String(160), nullable=False, server_default=""),
    Column("proposed_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("decided_by", String(32)),
    UniqueConstraint("agency", "starts", "ends"),
    sqlite_autoincrement=True,
)


class NominationStatus(StrEnum):
    """What became of a nomination; people decide."""

    PROPOSED = "proposed"
    AWARDED = "awarded"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Nomination:
    """An agency that did well in a period, by fair measures."""

    id: int
    agency: str
    starts: date
    #: The day after the last.
    ends: date
    measures: Mapping[str, float]
    status: NominationStatus
    reason: str = ""
    decision: str = ""
    decided_at: datetime | None = None
    decided_by: str | None = None

    @property
    def number(self) -> str:
        """What people call it: "KN3"."""
        return f"KN{self.id}"


async def count(
    transaction: Transaction, agency: str | None, topic: str | None, commune: str | None, now: datetime
) -> None:
    """Count one praise."""
    row = {"agency": agency, "topic": topic, "commune": commune, "at": now}
    await transaction.execute(insert(praises).values(row))


async def counts(transaction: Transaction, start: datetime, end: datetime) -> dict[str, int]:
    """Return how often each agency was praised from ``start`` to before ``end``; those never praised are missing."""
    query = (
        select(praises.c.agency, func.count())
        .where(praises.c.at >= start, praises.c.at < end, praises.c.agency.is_not(None))
        .group_by(praises.c.agency)
    )
    return {row[0]: row[1] for row in await transaction.execute(query)}


async def unshow(transaction: Transaction, conversation_id: int) -> None:
    """Take the words of somebody's praise back from the outbox and from officers' web chats. The count stays.

    The outbox's key names the message it came from: that is all there is to find it by.
    """
    query = select(outbox.c.id, outbox.c.dedupe_key).where(outbox.c.dedupe_key.contains(f":{TOLD}:"))
    told = {row.id: int(row.dedupe_key.split(":")[1]) for row in await transaction.execute(query)}
    own = select(inbox.c.id).where(inbox.c.conversation_id == conversation_id, inbox.c.id.in_(set(told.values())))
    mine = set((await transaction.execute(own)).scalars()) if told else set()
    gone = [of for of, message in told.items() if message in mine]
    if gone:
        await transaction.execute(delete(web_messages).where(web_messages.c.outbox_id.in_(gone)))
        await transaction.execute(delete(outbox).where(outbox.c.id.in_(gone), outbox.c.settled_at.is_(None)))


async def nominate(
    transaction: Transaction, agency: str, starts: date, ends: date, measures: Mapping[str, float], now: datetime
) -> bool:
    """Put an agency up for commendation, once for a period. Returns whether it is new."""
    row = {
        "agency": agency, "starts": starts, "ends": ends, "measures": json.dumps(dict(measures)),
        "status": NominationStatus.PROPOSED, "proposed_at": now,
    }  # fmt: skip
    query = insert_once(transaction, nominations).values(row).on_conflict_do_nothing().returning(nominations.c.id)
    return (await transaction.execute(query)).first() is not None


async def nominated(transaction: Transaction, agency: str | None = None, limit: int = 10) -> list[Nomination]:
    """Return nominations of all agencies or of one, open ones first, then the latest."""
    query = select(nominations).order_by(
        nominations.c.status != NominationStatus.PROPOSED, nominations.c.ends.desc(), nominations.c.id
    )
    query = query.limit(limit) if agency is None else query.where(nominations.c.agency == agency).limit(limit)
    return [_nomination(row) for row in await transaction.execute(query)]


async def nomination(transaction: Transaction, of: int) -> Nomination | None:
    """Return a nomination."""
    row = (await transaction.execute(select(nominations).where(nominations.c.id == of))).first()
    return _nomination(row) if row else None


async def decide(
    transaction: Transaction, of: int, status: NominationStatus, words: str, by: str, now: datetime
) -> bool:
    """Record the decision that awards, or the reason that declines. Returns whether it was open still."""
    awarded = status is NominationStatus.AWARDED
    query = (
        update(nominations)
        .where(nominations.c.id == of, nominations.c.status == NominationStatus.PROPOSED)
        .values(
            status=status, decision=words if awarded else "", reason="" if awarded else words, decided_at=now,
            decided_by=by,
        )
        .returning(nominations.c.id)
    )  # fmt: skip
    return (await transaction.execute(query)).first() is not None


def _nomination(row: Row[Any]) -> Nomination:
    return Nomination(
        row.id,
        row.agency,
        row.starts,
        row.ends,
        json.loads(row.measures),
        NominationStatus(row.status),
        row.reason,
        row.decision,
        row.decided_at,
        row.decided_by,
    )
