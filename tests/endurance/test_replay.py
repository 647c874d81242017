"""A platform that delivers twice, to two processes at once: one row each."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from domain.messages import Address, InboundMessage, Text
from storage import inbox
from storage.database import Database
from storage.tables import conversations
from storage.tables import inbox as inbox_rows
from tests.conftest import MORNING

_CHATS, _EACH = 20, 5


@pytest.fixture
async def doors(postgres: Callable[[], str]) -> AsyncIterator[tuple[Database, Database]]:
    """One PostgreSQL database, opened by two processes."""
    url = postgres()
    async with AsyncExitStack() as stack:
        first, second = Database(url), Database(url)
        stack.push_async_callback(first.close)
        stack.push_async_callback(second.close)
        await first.migrate()
        yield first, second


def _updates() -> list[InboundMessage]:
    """Return what a platform has to deliver, chats mixed."""
    return [
        InboundMessage(Address("telegram", str(chat)), f"{n * _CHATS + chat}", Text(f"{chat}: {n}"))
        for n in range(_EACH)
        for chat in range(_CHATS)
    ]


async def _put(database: Database, *messages: InboundMessage) -> int:
    async with database.begin() as transaction:
        return await inbox.put(transaction, messages, MORNING)


async def _check(database: Database) -> None:
    """Every message is there once, in order within its conversation, and counted once."""
    async with database.read() as transaction:
        rows = (await transaction.execute(select(inbox_rows).order_by(inbox_rows.c.id))).all()
        talks = {row.id: row for row in await transaction.execute(select(conversations))}
        counts = select(inbox_rows.c.conversation_id, func.count()).group_by(inbox_rows.c.conversation_id)
        waiting = {row[0]: row[1] for row in await transaction.execute(counts)}
    assert sorted(int(row.external_id) for row in rows) == list(range(_CHATS * _EACH))
    assert len(talks) == _CHATS
    assert {of: talk.waiting for of, talk in talks.items()} == waiting
    for of, talk in talks.items():
        came = [int(row.external_id) for row in rows if row.conversation_id == of]
        assert came == sorted(came)
        assert {number % _CHATS for number in came} == {int(talk.chat)}


async def test_a_batch_that_two_processes_fetched_is_stored_once(doors: tuple[Database, Database]) -> None:
    """The leader of polling changed while the old one was still storing."""
    new = await asyncio.gather(*(_put(door, *_updates()) for door in doors))
    assert sum(new) == _CHATS * _EACH
    await _check(doors[0])


async def test_overlapping_batches_are_stored_once(doors: tuple[Database, Database]) -> None:
    updates = _updates()
    for start in range(0, len(updates), 10):
        # In the platform's order, as every process fetches them.
        batches = [updates[max(start - back, 0) : start + 20] for back in (0, 10, 0, 20)]
        await asyncio.gather(*(_put(doors[n % 2], *batch) for n, batch in enumerate(batches)))
    await _check(doors[0])


async def test_one_message_delivered_many_times_at_once_is_stored_once(doors: tuple[Database, Database]) -> None:
    """A webhook that was slow to answer is called again, wherever the load balancer sends it."""
    for update in _updates():
        new = await asyncio.gather(*(_put(doors[n % 2], update) for n in range(4)))
        assert sum(new) == 1
    await _check(doors[0])


async def test_a_replay_of_what_was_decided_wakes_nobody(doors: tuple[Database, Database]) -> None:
    update = _updates()[0]
    await _put(doors[0], update)
    async with doors[0].begin() as transaction:
        (claim,) = await inbox.claim(transaction, 10, 10, timedelta(minutes=1), MORNING)
        row = {"state": None, "nudge_at": None, "erased_at": None}
        await inbox.finish(transaction, {claim.conversation_id: [claim.messages[0].id]},
                           {claim.conversation_id: row}, MORNING)  # fmt: skip
    assert await asyncio.gather(*(_put(door, update) for door in doors)) == [0, 0]
    async with doors[0].read() as transaction:
        talk = (await transaction.execute(select(conversations))).one()
    assert (talk.waiting, talk.waiting_since) == (0, None)
