"""Seats: which chat works for which agency, and the one-time codes that give one."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from storage.database import Transaction
from storage.inbox import insert as upsert
from storage.tables import conversations, invitations, officers

#: An invitation is good for so long.
VALID = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Officer:
    """A chat that works for an agency."""

    id: int
    conversation_id: int
    agency: str


def _hash(code: str) -> str:
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()


async def invite(transaction: Transaction, code: str, agency: str, now: datetime) -> None:
    """Make a code good for one seat at an agency."""
    row = {"code_hash": _hash(code), "agency": agency, "expires_at": now + VALID}
    await transaction.execute(insert(invitations).values(row))


async def bind(transaction: Transaction, conversation_id: int, code: str, now: datetime) -> Officer | None:
    """Use a code: the conversation now works for its agency. None when the code is unknown, used or too old."""
    use = (
        update(invitations)
        .where(invitations.c.code_hash == _hash(code), invitations.c.used_at.is_(None), invitations.c.expires_at > now)
        .values(used_at=now)
        .returning(invitations.c.agency)
    )
    agency: str | None = (await transaction.execute(use)).scalar_one_or_none()
    if agency is None:
        return None
    seat = upsert(transaction, officers).values(conversation_id=conversation_id, agency=agency, bound_at=now)
    query = seat.on_conflict_do_update(
        index_elements=[officers.c.conversation_id], set_={"agency": agency, "bound_at": now}
    ).returning(officers.c.id)
    return Officer((await transaction.execute(query)).scalar_one(), conversation_id, agency)


async def leave(transaction: Transaction, conversation_id: int) -> None:
    """Give a seat up."""
    await transaction.execute(delete(officers).where(officers.c.conversation_id == conversation_id))


async def at(transaction: Transaction, conversation_ids: Collection[int]) -> dict[int, Officer]:
    """Return the officers among these conversations."""
    query = select(officers).where(officers.c.conversation_id.in_(conversation_ids))
    return {
        row.conversation_id: Officer(row.id, row.conversation_id, row.agency)
        for row in await transaction.execute(query)
    }


async def of_agencies(transaction: Transaction, agencies: Collection[str]) -> dict[str, list[Officer]]:
    """Return the officers of these agencies."""
    found: dict[str, list[Officer]] = {agency: [] for agency in agencies}
    for row in await transaction.execute(
        select(officers).where(officers.c.agency.in_(agencies)).order_by(officers.c.id)
    ):
        found[row.agency].append(Officer(row.id, row.conversation_id, row.agency))
    return found


async def awake(transaction: Transaction, since: datetime) -> set[str]:
    """Return the agencies where somebody wrote since the moment."""
    query = (
        select(officers.c.agency)
        .join(conversations, conversations.c.id == officers.c.conversation_id)
        .where(conversations.c.heard_at > since)
        .distinct()
    )
    return set((await transaction.execute(query)).scalars())
