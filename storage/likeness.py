"""Open cases that a citizen may be asked about, and what happened to cases since: rows for the index of likeness.

Restricted cases do not exist here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from domain.concerns import ConcernKind
from domain.routing import Reason
from domain.transitions import CaseStatus
from storage.database import Transaction
from storage.tables import cases, events, open_case

#: Praise tells of no problem; what was erased tells of nothing.
_TOLD_OF = (
    open_case,
    cases.c.restricted.is_(False),
    cases.c.topic.is_not(None),
    cases.c.reason != Reason.MATTER,
    cases.c.kind != ConcernKind.PRAISE,
    cases.c.text != "",
)


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An open, unrestricted case: what is compared of it, and what is shown."""

    id: int
    number: str
    status: CaseStatus
    #: The citizen's conversation; to leave out their own, never to be shown.
    conversation_id: int | None
    topic: str
    #: Code of the commune, None when unknown.
    commune: str | None
    #: The finer place in the citizen's words.
    detail: str | None
    #: What the citizen wrote.
    text: str
    agency: str
    filed_at: datetime
    #: Latitude and longitude in degrees.
    location: tuple[float, float] | None


async def open_ids(transaction: Transaction, since: datetime) -> list[int]:
    """Return the ids of the open cases filed since a moment, oldest first; its cost follows how many are open."""
    query = select(cases.c.id).where(cases.c.filed_at >= since, *_TOLD_OF).order_by(cases.c.filed_at)
    return list((await transaction.execute(query)).scalars())


async def still_open(transaction: Transaction, ids: Collection[int]) -> dict[int, OpenCase]:
    """Return, by id, those of these cases that are open and may be told of; a few hundred at a time."""
    query = select(
        cases.c.id, cases.c.number, cases.c.status, cases.c.conversation_id, cases.c.topic, cases.c.commune,
        cases.c.detail, cases.c.text, cases.c.agency, cases.c.filed_at, cases.c.latitude, cases.c.longitude,
    ).where(cases.c.id.in_(ids), *_TOLD_OF)  # fmt: skip
    return {
        row.id: OpenCase(
            id=row.id,
            number=row.number,
            status=CaseStatus(row.status),
            conversation_id=row.conversation_id,
            topic=row.topic,
            commune=row.commune,
            detail=row.detail,
            text=row.text,
            agency=row.agency,
            filed_at=row.filed_at,
            location=None if row.latitude is None else (row.latitude, row.longitude),
        )
        for row in await transaction.execute(query)
    }


async def newest_event(transaction: Transaction) -> int:
    """Return the highest id of all histories, 0 when there is none."""
    newest: int | None = (await transaction.execute(select(func.max(events.c.id)))).scalar_one()
    return newest or 0


async def happened_since(transaction: Transaction, last: int, limit: int) -> dict[int, int]:
    """Return event id → case id of what was recorded after the event ``last``, lowest first."""
    query = select(events.c.id, events.c.case_id).where(events.c.id > last).order_by(events.c.id).limit(limit)
    return {row.id: row.case_id for row in await transaction.execute(query)}


async def happened(transaction: Transaction, ids: Collection[int]) -> dict[int, int]:
    """Return event id → case id of those of these events that are there."""
    query = select(events.c.id, events.c.case_id).where(events.c.id.in_(ids))
    return {row.id: row.case_id for row in await transaction.execute(query)}
