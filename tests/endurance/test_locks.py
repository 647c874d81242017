"""Processes that work on the same conversations at once do not lock each other out (PostgreSQL)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from domain.messages import Address, Delivered, InboundMessage, Say, Text
from storage import inbox, outbox
from storage.database import Database
from storage.inbox import Claim
from storage.outbox import Pending
from tests.conftest import MORNING

_LEASE = timedelta(minutes=1)


@pytest.fixture
async def shared(postgres: Callable[[], str]) -> AsyncIterator[Database]:
    """An empty database on PostgreSQL."""
    async with AsyncExitStack() as stack:
        database = Database(postgres())
        stack.push_async_callback(database.close)
        await database.migrate()
        yield database


def _messages(chats: range, batch: int = 0) -> list[InboundMessage]:
    """Return a message of each chat; the chats sort the other way round than they came."""
    return [InboundMessage(Address("telegram", str(1000 - n)), f"{batch}:{n}", Text("a")) for n in chats]


async def _put(database: Database, messages: list[InboundMessage]) -> None:
    async with database.begin() as transaction:
        await inbox.put(transaction, messages, MORNING)


async def _claim(database: Database) -> list[Claim]:
    async with database.begin() as transaction:
        return await inbox.claim(transaction, 1000, 10, _LEASE, MORNING)


async def test_an_officer_and_a_citizen_who_write_to_each_other_at_once_are_both_decided(shared: Database) -> None:
    await _put(shared, _messages(range(2)))
    one, other = await _claim(shared)
    door = asyncio.Barrier(2)

    async def decide(claim: Claim, to: Claim) -> None:
        async with shared.begin() as transaction:
            assert await inbox.states(transaction, [claim])
            await door.wait()
            say = Pending(to.conversation_id, Say("agreed"), f"to {to.conversation_id}", MORNING)
            await outbox.put(transaction, [say], MORNING)

    await asyncio.gather(decide(one, other), decide(other, one))


async def test_storing_a_batch_and_deciding_it_go_together(shared: Database) -> None:
    """A platform delivers a batch while the same chats' last messages are being decided and answers recorded."""
    chats = range(150)
    await _put(shared, _messages(chats))
    claims = await _claim(shared)
    async with shared.begin() as transaction:
        says = [Pending(claim.conversation_id, Say("agreed"), f"{claim.conversation_id}", MORNING) for claim in claims]
        await outbox.put(transaction, says, MORNING)
        leased = await outbox.claim(transaction, ["telegram"], 1000, _LEASE, MORNING)

    async def lock() -> None:
        async with shared.begin() as transaction:
            await inbox.states(transaction, claims)

    async def record() -> None:
        async with shared.begin() as transaction:
            sent = [(row, Delivered()) for row in leased]
            await outbox.record(transaction, sent, spacing=lambda _: timedelta(seconds=1), now=MORNING)

    for batch in range(1, 9):
        await asyncio.gather(_put(shared, _messages(chats, batch)), lock(), record())
