"""Seats: which chat works for which agency in which role, village heads, and the one-time codes that make one."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Row, delete, func, insert, select, update

from domain.roles import Role
from storage.database import Transaction
from storage.inbox import insert as upsert
from storage.tables import conversations, heads, invitations, officers, open_task, tasks

#: An invitation is good for so long.
VALID = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Officer:
    """A chat that works for an agency."""

    id: int
    conversation_id: int
    agency: str
    role: Role = Role.OFFICER
    name: str = ""
    away_until: datetime | None = None
    #: The seat that has its new work meanwhile.
    substitute: int | None = None
    #: The channel of its chat; known of who acts.
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """A village head's chat."""

    conversation_id: int
    commune: str
    name: str


def recipients(
    seats: Collection[Officer],
    now: datetime,
    *,
    restricted: bool = False,
    lead: bool = False,
    officer: int | None = None,
) -> list[Officer]:
    """Return who of an agency's seats is to be told something.

    What is restricted only inspectors hear. A lead's news goes to all where no lead is appointed; what is assigned
    goes to its officer, in leave to the substitute, and to all when neither is there.
    """
    if restricted:
        return [seat for seat in seats if seat.role is Role.INSPECTOR]
    if lead:
        return [seat for seat in seats if seat.role is Role.LEAD] or list(seats)
    by_id = {seat.id: seat for seat in seats}
    assigned = by_id.get(officer or 0)
    if assigned and assigned.away_until and assigned.away_until > now:
        assigned = by_id.get(assigned.substitute or 0)
    present = [seat for seat in seats if not (seat.away_until and seat.away_until > now)]
    return [assigned] if assigned else present or list(seats)


def secret_hash(code: str) -> str:
    """Return what is stored of a code: reading the table gives nobody anything."""
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()


async def invite(
    transaction: Transaction, code: str, agency: str, now: datetime, *, role: str = Role.OFFICER, name: str = ""
) -> None:
    """Make a code good for one seat at an agency, or for the head of a village in a commune (``agency`` its code)."""
    row = {
        "code_hash": secret_hash(code), "agency": agency, "role": role, "name": name[:80], "expires_at": now + VALID
    }  # fmt: skip
    await transaction.execute(insert(invitations).values(row))


async def revoke(transaction: Transaction, agency: str, now: datetime) -> int:
    """Make the unused codes of an agency worth nothing. Returns how many there were."""
    query = (
        update(invitations)
        .where(invitations.c.agency == agency, invitations.c.used_at.is_(None), invitations.c.expires_at > now)
        .values(expires_at=now)
        .returning(invitations.c.code_hash)
    )
    return len((await transaction.execute(query)).all())


async def bind(transaction: Transaction, conversation_id: int, code: str, now: datetime) -> Officer | Head | None:
    """Use a code: the conversation now works in its role. None when the code is unknown, used or too old."""
    use = (
        update(invitations)
        .where(
            invitations.c.code_hash == secret_hash(code),
            invitations.c.used_at.is_(None),
            invitations.c.expires_at > now,
        )
        .values(used_at=now)
        .returning(invitations.c.agency, invitations.c.role, invitations.c.name)
    )
    found = (await transaction.execute(use)).first()
    if found is None:
        return None
    if found.role == Role.HEAD:
        row = {"commune": found.agency, "name": found.name, "bound_at": now}
        head = upsert(transaction, heads).values(conversation_id=conversation_id, **row)
        await transaction.execute(head.on_conflict_do_update(index_elements=[heads.c.conversation_id], set_=row))
        return Head(conversation_id, found.agency, found.name)
    row = {
        "agency": found.agency, "role": found.role, "name": found.name, "bound_at": now, "away_until": None,
        "substitute": None, "digest_at": None,
    }  # fmt: skip
    seat = upsert(transaction, officers).values(conversation_id=conversation_id, **row)
    query = seat.on_conflict_do_update(index_elements=[officers.c.conversation_id], set_=row).returning(*officers.c)
    return _officer((await transaction.execute(query)).one())


async def leave(transaction: Transaction, conversation_id: int) -> None:
    """Give a seat up."""
    await transaction.execute(delete(officers).where(officers.c.conversation_id == conversation_id))


async def save(transaction: Transaction, seat: Officer) -> None:
    """Write a seat's role, leave and substitute."""
    query = update(officers).where(officers.c.id == seat.id)
    await transaction.execute(query.values(role=seat.role, away_until=seat.away_until, substitute=seat.substitute))


async def move(transaction: Transaction, heirs: Mapping[str, str]) -> list[Officer]:
    """Give the seats of agencies that are no more to their heirs. Returns them as they were."""
    query = select(officers).where(officers.c.agency.in_(heirs)).with_for_update()
    moved = [_officer(row) for row in await transaction.execute(query)]
    for agency in {seat.agency for seat in moved}:
        await transaction.execute(update(officers).where(officers.c.agency == agency).values(agency=heirs[agency]))
    return moved


async def at(transaction: Transaction, conversation_ids: Collection[int]) -> dict[int, Officer]:
    """Return the officers among these conversations."""
    query = (
        select(officers, conversations.c.channel)
        .join(conversations, conversations.c.id == officers.c.conversation_id)
        .where(officers.c.conversation_id.in_(conversation_ids))
    )
    return {
        row.conversation_id: replace(_officer(row), channel=row.channel) for row in await transaction.execute(query)
    }


async def heads_at(transaction: Transaction, conversation_ids: Collection[int]) -> dict[int, Head]:
    """Return the village heads among these conversations."""
    query = select(heads).where(heads.c.conversation_id.in_(conversation_ids))
    return {
        row.conversation_id: Head(row.conversation_id, row.commune, row.name)
        for row in await transaction.execute(query)
    }


async def of_agencies(transaction: Transaction, agencies: Collection[str]) -> dict[str, list[Officer]]:
    """Return the officers of these agencies."""
    found: dict[str, list[Officer]] = {agency: [] for agency in agencies}
    for row in await transaction.execute(
        select(officers).where(officers.c.agency.in_(agencies)).order_by(officers.c.id)
    ):
        found[row.agency].append(_officer(row))
    return found


async def due_for_digest(transaction: Transaction, now: datetime, limit: int) -> list[Officer]:
    """Return leads whose digest is due, locked."""
    query = (
        select(officers)
        .where(officers.c.digest_at <= now)
        .order_by(officers.c.digest_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_officer(row) for row in await transaction.execute(query)]


async def next_digest(transaction: Transaction, seats: Collection[int], at: datetime) -> None:
    """Set when these seats get their next digest."""
    await transaction.execute(update(officers).where(officers.c.id.in_(seats)).values(digest_at=at))


async def without_seats(transaction: Transaction) -> list[tuple[str, int]]:
    """Return agencies that have open tasks and no seat, most tasks first."""
    query = (
        select(tasks.c.agency, func.count())
        .where(open_task, tasks.c.agency.not_in(select(officers.c.agency)))
        .group_by(tasks.c.agency)
        .order_by(func.count().desc(), tasks.c.agency)
    )
    return [(row[0], row[1]) for row in await transaction.execute(query)]


async def awake(transaction: Transaction, since: datetime) -> set[str]:
    """Return the agencies where somebody wrote since the moment."""
    query = (
        select(officers.c.agency)
        .join(conversations, conversations.c.id == officers.c.conversation_id)
        .where(conversations.c.heard_at > since)
        .distinct()
    )
    return set((await transaction.execute(query)).scalars())


def _officer(row: Row[tuple[object, ...]]) -> Officer:
    return Officer(row.id, row.conversation_id, row.agency, Role(row.role), row.name, row.away_until, row.substitute)
