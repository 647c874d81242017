"""The inbox: every message that came in, decided exactly once, in order within its conversation.

A worker leases whole conversations, not messages: owning a conversation is what keeps its order. Each lease carries
a rising token; a worker that slept past its lease finds another token when it wants to write, and writes nothing.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, case, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.messages import Address, Content, InboundMessage
from storage.codec import dump, load
from storage.database import Transaction
from storage.tables import channels, conversations, inbox, outbox


@dataclass(frozen=True, slots=True)
class WaitingMessage:
    """A message that waits to be decided."""

    id: int
    content: Content
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """A leased conversation with the messages that wait in it, oldest first."""

    conversation_id: int
    address: Address
    token: int
    messages: tuple[WaitingMessage, ...]


@dataclass(frozen=True, slots=True)
class SetAside:
    """A message that failed again and again."""

    id: int
    channel: str
    at: datetime
    error: str


def insert(transaction: Transaction, table: Any) -> Any:  # noqa: ANN401 - the dialects' inserts share no base
    """Return the dialect's INSERT, which knows ON CONFLICT."""
    return (sqlite if transaction.dialect.name == "sqlite" else postgresql).insert(table)


async def put(transaction: Transaction, messages: Sequence[InboundMessage], now: datetime) -> int:
    """Store what came in; replays are dropped by UNIQUE(channel, external_id). Returns how many were new."""
    if not messages:
        return 0
    addresses = sorted({message.address for message in messages})
    known = await conversation_ids(transaction, addresses)
    if fresh := [address for address in addresses if address not in known]:
        rows = [{"channel": at.channel, "chat": at.chat, "created_at": now} for at in fresh]
        await transaction.execute(insert(transaction, conversations).on_conflict_do_nothing(), rows)
        known |= await conversation_ids(transaction, fresh)
    rows = [
        {
            "channel": message.address.channel,
            "external_id": message.external_id,
            "conversation_id": known[message.address],
            "body": dump(Content, message.content),
            "received_at": now,
        }
        for message in messages
    ]
    query = insert(transaction, inbox).values(rows).on_conflict_do_nothing().returning(inbox.c.conversation_id)
    arrived = Counter((await transaction.execute(query)).scalars())
    counted = (
        update(conversations)
        .where(conversations.c.id == bindparam("of"))
        .values(
            waiting=conversations.c.waiting + bindparam("more"),
            waiting_since=func.coalesce(conversations.c.waiting_since, now),
            heard_at=now,
            blocked_at=None,
            erased_at=None,
        )
    )
    if arrived:
        changes = [{"of": of, "more": more} for of, more in sorted(arrived.items())]
        await transaction.execute(counted, changes)
        # Whoever writes at night is awake: what was held for the morning may come now.
        held = (outbox.c.conversation_id.in_(arrived), outbox.c.settled_at.is_(None), outbox.c.not_before > now)
        await transaction.execute(update(outbox).where(*held).values(not_before=now, next_attempt_at=now))
    return arrived.total()


async def conversation_ids(transaction: Transaction, addresses: Collection[Address]) -> dict[Address, int]:
    """Return the ids of the conversations that exist at these addresses."""
    found: dict[Address, int] = {}
    for channel in {address.channel for address in addresses}:
        chats = [address.chat for address in addresses if address.channel == channel]
        query = select(conversations.c.id, conversations.c.chat).where(
            conversations.c.channel == channel, conversations.c.chat.in_(chats)
        )
        found |= {Address(channel, chat): of for of, chat in await transaction.execute(query)}
    return found


async def claim(
    transaction: Transaction, limit: int, most_messages: int, lease: timedelta, now: datetime
) -> list[Claim]:
    """Lease up to ``limit`` conversations with messages waiting, those waiting longest first."""
    free = or_(conversations.c.lease_until.is_(None), conversations.c.lease_until < now)
    waiting = (
        select(conversations.c.id)
        .where(conversations.c.waiting > 0, free)
        .order_by(conversations.c.waiting_since)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    query = (
        update(conversations)
        .where(conversations.c.id.in_(waiting.scalar_subquery()))
        .values(lease_until=now + lease, lease_token=conversations.c.lease_token + 1)
        .returning(conversations.c.id, conversations.c.channel, conversations.c.chat, conversations.c.lease_token)
    )
    leased = {row.id: row for row in await transaction.execute(query)}
    if not leased:
        return []
    undecided = (
        select(inbox.c.id, inbox.c.conversation_id, inbox.c.body, inbox.c.received_at)
        .where(inbox.c.conversation_id.in_(leased), inbox.c.decided_at.is_(None))
        .order_by(inbox.c.id)
    )
    messages: dict[int, list[WaitingMessage]] = {of: [] for of in leased}
    for row in await transaction.execute(undecided):
        if len(messages[row.conversation_id]) < most_messages:
            messages[row.conversation_id].append(WaitingMessage(row.id, load(Content, row.body), row.received_at))
    return [
        Claim(of, Address(row.channel, row.chat), row.lease_token, tuple(messages[of])) for of, row in leased.items()
    ]


async def states(transaction: Transaction, claims: Collection[Claim]) -> dict[int, str | None]:
    """Lock the claimed conversations and return the stored state of those whose lease still holds.

    By id, as everybody who locks several; and only against change, so that others may still write to their outbox.
    """
    tokens = {claim.conversation_id: claim.token for claim in claims}
    query = (
        select(conversations.c.id, conversations.c.lease_token, conversations.c.state)
        .where(conversations.c.id.in_(tokens))
        .order_by(conversations.c.id)
        .with_for_update(key_share=True)
    )
    return {row.id: row.state for row in await transaction.execute(query) if row.lease_token == tokens[row.id]}


async def finish(
    transaction: Transaction,
    decided: Mapping[int, Sequence[int]],
    states: Mapping[int, Mapping[str, Any]],
    now: datetime,
) -> None:
    """Mark messages decided and give the leases back. ``decided`` is conversation id → message ids.

    ``states`` holds what to store of each conversation: ``state``, ``nudge_at``, ``erased_at``.
    """
    ids = [message for messages in decided.values() for message in messages]
    if ids:
        await transaction.execute(update(inbox).where(inbox.c.id.in_(ids)).values(decided_at=now, body=None))
    left = conversations.c.waiting - bindparam("less")
    query = (
        update(conversations)
        .where(conversations.c.id == bindparam("of"))
        .values(
            state=bindparam("state"),
            nudge_at=bindparam("nudge_at"),
            erased_at=bindparam("erased_at"),
            waiting=left,
            waiting_since=case((left > 0, now), else_=None),
            lease_until=None,
        )
    )
    rows = [{"of": of, "less": len(messages), **states[of]} for of, messages in decided.items()]
    if rows:
        await transaction.execute(query, rows)


async def release(transaction: Transaction, claims: Collection[Claim]) -> None:
    """Give leases back with nothing decided."""
    query = (
        update(conversations)
        .where(conversations.c.id == bindparam("of"), conversations.c.lease_token == bindparam("token"))
        .values(lease_until=None)
    )
    leases = sorted((claim.conversation_id, claim.token) for claim in claims)
    await transaction.execute(query, [{"of": of, "token": token} for of, token in leases])


async def fail(
    transaction: Transaction,
    claim: Claim,
    message: WaitingMessage,
    error: str,
    *,
    most: int,
    retry: timedelta,
    now: datetime,
) -> bool:
    """Count a failure of a message; after ``most`` it is set aside. Returns whether it was.

    The conversation is leased for ``retry`` longer, so that the next try does not follow at once.
    """
    mine = and_(conversations.c.id == claim.conversation_id, conversations.c.lease_token == claim.token)
    if (await transaction.execute(update(conversations).where(mine).values(lease_until=now + retry))).rowcount == 0:
        return False
    counted = (
        update(inbox)
        .where(inbox.c.id == message.id)
        .values(attempts=inbox.c.attempts + 1, error=error)
        .returning(inbox.c.attempts)
    )
    if (await transaction.execute(counted)).scalar_one() < most:
        return False
    await transaction.execute(update(inbox).where(inbox.c.id == message.id).values(set_aside_at=now, decided_at=now))
    left = conversations.c.waiting - 1
    await transaction.execute(
        update(conversations)
        .where(mine)
        .values(waiting=left, waiting_since=case((left > 0, now), else_=None), lease_until=None)
    )
    return True


async def set_aside(transaction: Transaction) -> list[SetAside]:
    """Return the messages that were set aside, latest first."""
    query = select(inbox).where(inbox.c.set_aside_at.is_not(None)).order_by(inbox.c.set_aside_at.desc()).limit(100)
    return [SetAside(row.id, row.channel, row.set_aside_at, row.error) for row in await transaction.execute(query)]


async def retry_set_aside(transaction: Transaction, now: datetime) -> int:
    """Put what was set aside back to be decided. Returns how many messages."""
    query = (
        update(inbox)
        .where(inbox.c.set_aside_at.is_not(None), inbox.c.body.is_not(None))
        .values(set_aside_at=None, decided_at=None, attempts=0)
        .returning(inbox.c.conversation_id)
    )
    again = Counter((await transaction.execute(query)).scalars())
    for of, more in again.items():
        values = {"waiting": conversations.c.waiting + more, "waiting_since": now}
        await transaction.execute(update(conversations).where(conversations.c.id == of).values(values))
    return again.total()


async def backlog(transaction: Transaction) -> tuple[int, datetime | None]:
    """Return how many conversations wait, and since when the one that waits longest."""
    query = select(func.count(), func.min(conversations.c.waiting_since)).where(conversations.c.waiting > 0)
    count, since = (await transaction.execute(query)).one()
    return count, since


async def lead_polling(
    transaction: Transaction, channel: str, poller: str, lease: timedelta, now: datetime
) -> int | None:
    """Become or stay the one process that polls a channel. Returns the cursor to poll from, None when another leads."""
    await transaction.execute(insert(transaction, channels).values(name=channel).on_conflict_do_nothing())
    mine = or_(channels.c.poller == poller, channels.c.poller_until.is_(None), channels.c.poller_until < now)
    query = (
        update(channels)
        .where(channels.c.name == channel, mine)
        .values(poller=poller, poller_until=now + lease)
        .returning(channels.c.cursor)
    )
    cursor: int | None = (await transaction.execute(query)).scalar_one_or_none()
    return cursor


async def move_cursor(transaction: Transaction, channel: str, cursor: int) -> None:
    """Remember the next update to ask the channel for."""
    await transaction.execute(update(channels).where(channels.c.name == channel).values(cursor=cursor))
