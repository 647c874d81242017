"""The outbox: every message that goes out is a row first, written with what caused it, and sent at least once.

Within a conversation rows go out in order: only the oldest due row can be claimed. A row that is held back for quiet
hours does not hold up those after it; one that waits for another try does.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, delete, exists, func, or_, select, update

from domain.messages import Address, Delivered, Delivery, Refused, Say, TryLater
from storage.codec import dump, load
from storage.database import Transaction
from storage.inbox import insert
from storage.tables import cases, channels, conversations, outbox

#: Who wrote so lately is awake.
AWAKE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Pending:
    """Something to be said, as it is written to the outbox."""

    conversation_id: int
    say: Say
    #: The same key is the same effect: written once.
    dedupe_key: str
    not_before: datetime


@dataclass(frozen=True, slots=True)
class Leased:
    """A row of the outbox on its way."""

    id: int
    token: int
    conversation_id: int
    address: Address
    say: Say
    attempts: int


async def put(transaction: Transaction, pending: Sequence[Pending], now: datetime) -> None:
    """Write what is to be said; what was written before under the same key is left alone.

    What is held for the morning goes at once to who wrote a moment ago.
    """
    held = {row.conversation_id for row in pending if row.not_before > now}
    query = select(conversations.c.id).where(conversations.c.id.in_(held), conversations.c.heard_at > now - AWAKE)
    awake = set((await transaction.execute(query)).scalars()) if held else set()
    rows = [
        {
            "conversation_id": row.conversation_id,
            "dedupe_key": row.dedupe_key,
            "say": dump(Say, row.say),
            "not_before": now if row.conversation_id in awake else row.not_before,
            "next_attempt_at": now if row.conversation_id in awake else row.not_before,
            "created_at": now,
        }
        for row in pending
    ]
    if rows:
        await transaction.execute(insert(transaction, outbox).on_conflict_do_nothing(), rows)


async def withdraw(
    transaction: Transaction, numbers: Sequence[str], *, but: int | None = None, of: int | None = None
) -> None:
    """Delete what is still to be said of these cases: to all, to all but one conversation, or of one alone."""
    about = [outbox.c.dedupe_key.contains(f":{number}:") for number in numbers]
    if about:
        query = delete(outbox).where(outbox.c.settled_at.is_(None), or_(*about))
        query = query if but is None else query.where(outbox.c.conversation_id != but)
        await transaction.execute(query if of is None else query.where(outbox.c.conversation_id == of))


async def claim(
    transaction: Transaction, names: Sequence[str], limit: int, lease: timedelta, now: datetime
) -> list[Leased]:
    """Lease up to ``limit`` rows of these channels that are due, one of each conversation: its oldest."""
    earlier = outbox.alias("earlier")
    first = ~exists().where(
        earlier.c.conversation_id == outbox.c.conversation_id,
        earlier.c.settled_at.is_(None),
        earlier.c.not_before <= now,
        earlier.c.id < outbox.c.id,
    )
    due = (
        select(outbox.c.id)
        .join(conversations, conversations.c.id == outbox.c.conversation_id)
        .join(channels, channels.c.name == conversations.c.channel, isouter=True)
        .where(
            outbox.c.settled_at.is_(None),
            outbox.c.next_attempt_at <= now,
            or_(outbox.c.lease_until.is_(None), outbox.c.lease_until < now),
            conversations.c.channel.in_(names),
            or_(conversations.c.send_after.is_(None), conversations.c.send_after <= now),
            or_(channels.c.paused_until.is_(None), channels.c.paused_until <= now),
            first,
        )
        .order_by(outbox.c.next_attempt_at, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=outbox, key_share=True)
    )
    query = (
        update(outbox)
        .where(outbox.c.id.in_(due.scalar_subquery()))
        .values(lease_until=now + lease, lease_token=outbox.c.lease_token + 1, attempts=outbox.c.attempts + 1)
        .returning(outbox.c.id, outbox.c.lease_token, outbox.c.conversation_id, outbox.c.say, outbox.c.attempts)
    )
    rows = (await transaction.execute(query)).all()
    # SQLite returns nothing of joined tables, so the addresses are asked for apart.
    at = select(conversations.c.id, conversations.c.channel, conversations.c.chat).where(
        conversations.c.id.in_({row.conversation_id for row in rows})
    )
    addresses = {row.id: Address(row.channel, row.chat) for row in await transaction.execute(at)} if rows else {}
    leased = [
        Leased(
            row.id,
            row.lease_token,
            row.conversation_id,
            addresses[row.conversation_id],
            load(Say, row.say),
            row.attempts,
        )
        for row in rows
    ]
    return sorted(leased, key=lambda row: row.id)


async def record(
    transaction: Transaction,
    deliveries: Sequence[tuple[Leased, Delivery]],
    *,
    spacing: Callable[[Address], timedelta],
    now: datetime,
) -> None:
    """Write how sending went. ``spacing`` tells the least time between two messages to one chat."""
    settled: list[dict[str, object]] = []
    later: list[dict[str, object]] = []
    for row, delivery in deliveries:
        key = {"of": row.id, "token": row.token}
        match delivery:
            case Delivered():
                settled.append({**key, "outcome": "delivered", "error": None})
            case Refused(why, gone):
                settled.append({**key, "outcome": "refused", "error": why})
                if gone:
                    ours = exists().where(outbox.c.id == row.id, outbox.c.lease_token == row.token)
                    blocked = update(conversations).where(conversations.c.id == row.conversation_id, ours)
                    await transaction.execute(blocked.values(blocked_at=now))
            case TryLater(after, why):
                later.append({**key, "next_attempt_at": now + after, "error": why})
    mine = and_(outbox.c.id == bindparam("of"), outbox.c.lease_token == bindparam("token"))
    if settled:
        # What was said is not kept: the case is the register, not the chat.
        done = (
            update(outbox)
            .where(mine)
            .values(settled_at=now, outcome=bindparam("outcome"), error=bindparam("error"), say=None, lease_until=None)
        )
        await transaction.execute(done, settled)
        await _space_out(transaction, [row for row, _ in deliveries], spacing, now)
    if later:
        again = (
            update(outbox)
            .where(mine)
            .values(next_attempt_at=bindparam("next_attempt_at"), error=bindparam("error"), lease_until=None)
        )
        await transaction.execute(again, later)


async def release(transaction: Transaction, leased: Sequence[Leased]) -> None:
    """Give leases back; what was sent meanwhile without being recorded is sent again."""
    query = (
        update(outbox)
        .where(outbox.c.id == bindparam("of"), outbox.c.lease_token == bindparam("token"))
        .values(lease_until=None)
    )
    await transaction.execute(query, [{"of": row.id, "token": row.token} for row in leased])


async def _space_out(
    transaction: Transaction, rows: Sequence[Leased], spacing: Callable[[Address], timedelta], now: datetime
) -> None:
    """Let nothing out to these chats before their next turn."""
    paces: dict[timedelta, set[int]] = defaultdict(set)
    for row in rows:
        paces[spacing(row.address)].add(row.conversation_id)
    for pace, of in paces.items():
        if pace:
            # One by one and by id, as everybody who locks several.
            paced = update(conversations).where(conversations.c.id == bindparam("of")).values(send_after=now + pace)
            await transaction.execute(paced, [{"of": one} for one in sorted(of)])


async def pause(transaction: Transaction, channel: str, until: datetime) -> None:
    """Let nothing out of a channel before the moment, or a later one it was told before."""
    await transaction.execute(insert(transaction, channels).values(name=channel).on_conflict_do_nothing())
    sooner = or_(channels.c.paused_until.is_(None), channels.c.paused_until < until)
    query = update(channels).where(channels.c.name == channel, sooner).values(paused_until=until)
    await transaction.execute(query)


async def unsettled(transaction: Transaction) -> int:
    """Return how many rows wait to be sent."""
    query = select(func.count()).select_from(outbox).where(outbox.c.settled_at.is_(None))
    count: int = (await transaction.execute(query)).scalar_one()
    return count


async def unreachable_cases(transaction: Transaction, conversation_ids: Sequence[int]) -> list[tuple[str, str, bool]]:
    """Return number, agency and whether it is restricted of each open case of these conversations."""
    query = select(cases.c.number, cases.c.agency, cases.c.restricted).where(
        cases.c.conversation_id.in_(conversation_ids), cases.c.status != "closed"
    )
    return [(row.number, row.agency, row.restricted) for row in await transaction.execute(query)]


async def blocked(transaction: Transaction) -> int:
    """Return how many chats cannot be reached any more."""
    query = select(func.count()).select_from(conversations).where(conversations.c.blocked_at.is_not(None))
    count: int = (await transaction.execute(query)).scalar_one()
    return count
