"""The inbox: once, in order, by one at a time."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from domain.messages import Address, Choice, InboundMessage, Location, Photo, Text, Unsupported
from storage import inbox
from storage.database import Database
from storage.inbox import Claim
from tests.conftest import MORNING

LEASE = timedelta(seconds=30)
KEPT = {"state": None, "nudge_at": None, "erased_at": None}


def message(chat: str, n: int) -> InboundMessage:
    """Return the n-th message of a chat."""
    return InboundMessage(Address("web", chat), f"{chat}:{n}", Text(str(n)))


async def put(database: Database, *messages: InboundMessage) -> int:
    """Put messages."""
    async with database.begin() as transaction:
        return await inbox.put(transaction, messages, MORNING)


async def claim(database: Database, limit: int = 10, later: timedelta = timedelta()) -> list[Claim]:
    """Claim conversations."""
    async with database.begin() as transaction:
        return await inbox.claim(transaction, limit, 20, LEASE, MORNING + later)


async def finish(database: Database, claims: list[Claim]) -> list[int]:
    """Finish what is still ours; return the conversations that were."""
    async with database.begin() as transaction:
        held = await inbox.states(transaction, claims)
        decided = {one.conversation_id: [m.id for m in one.messages] for one in claims if one.conversation_id in held}
        await inbox.finish(transaction, decided, dict.fromkeys(decided, KEPT), MORNING)
    return list(decided)


async def test_a_replay_is_dropped(database: Database) -> None:
    assert await put(database, message("an", 1), message("an", 2), message("an", 1)) == 2
    assert await put(database, message("an", 2)) == 0
    [claimed] = await claim(database)
    assert [m.content for m in claimed.messages] == [Text("1"), Text("2")]


async def test_every_content_comes_back_as_it_went_in(database: Database) -> None:
    contents = [
        Text("đường"),
        Choice("send:1"),
        Location(21.5, 105.9),
        Photo("f", "ảnh"),
        Photo("g"),
        Unsupported("voice"),
    ]
    address = Address("telegram", "7")
    await put(database, *(InboundMessage(address, str(n), content) for n, content in enumerate(contents)))
    [claimed] = await claim(database)
    assert [m.content for m in claimed.messages] == contents


async def test_a_claimed_conversation_is_nobody_elses_until_the_lease_ends(database: Database) -> None:
    await put(database, message("an", 1))
    first = await claim(database)
    assert await claim(database) == []
    second = await claim(database, later=LEASE * 2)
    assert await finish(database, first) == [], "who slept past the lease writes nothing"
    assert await finish(database, second) == [second[0].conversation_id]
    assert await claim(database, later=LEASE * 4) == []


async def test_what_comes_in_meanwhile_is_decided_next(database: Database) -> None:
    await put(database, message("an", 1))
    first = await claim(database)
    await put(database, message("an", 2))
    await finish(database, first)
    [second] = await claim(database)
    assert [m.content for m in second.messages] == [Text("2")]


async def test_who_waits_longest_comes_first(database: Database) -> None:
    for chat in ("an", "binh", "chi"):
        await put(database, message(chat, 1))
    claimed = await claim(database, limit=2)
    assert {one.address.chat for one in claimed} <= {"an", "binh", "chi"}
    assert len(claimed) == 2
    assert len(await claim(database, limit=2)) == 1


async def test_many_workers_decide_each_message_once_and_in_order(database: Database) -> None:
    chats = [f"chat-{n}" for n in range(20)]
    seen: dict[str, list[str]] = {chat: [] for chat in chats}

    async def citizen(chat: str) -> None:
        for n in range(6):
            await put(database, message(chat, n))

    async def worker() -> None:
        idle = 0
        while idle < 20:
            claimed = await claim(database, limit=3)
            idle = 0 if claimed else idle + 1
            for one in claimed:
                seen[one.address.chat] += [m.content.text for m in one.messages if isinstance(m.content, Text)]
            if claimed:
                await finish(database, claimed)
            await asyncio.sleep(0)

    await asyncio.gather(*(citizen(chat) for chat in chats), *(worker() for _ in range(4)))
    while rest := await claim(database):
        for one in rest:
            seen[one.address.chat] += [m.content.text for m in one.messages if isinstance(m.content, Text)]
        await finish(database, rest)
    assert seen == {chat: [str(n) for n in range(6)] for chat in chats}
    assert max(Counter(len(of) for of in seen.values())) == 6


async def test_concurrent_replays_leave_one_row(database: Database) -> None:
    counts = await asyncio.gather(*(put(database, message("an", 1), message("binh", 1)) for _ in range(5)))
    assert sum(counts) == 2


async def test_one_process_polls_at_a_time(database: Database) -> None:
    async with database.begin() as transaction:
        assert await inbox.lead_polling(transaction, "telegram", "one", LEASE, MORNING) == 0
        await inbox.move_cursor(transaction, "telegram", 42)
    async with database.begin() as transaction:
        assert await inbox.lead_polling(transaction, "telegram", "two", LEASE, MORNING) is None
        assert await inbox.lead_polling(transaction, "telegram", "one", LEASE, MORNING) == 42
        assert await inbox.lead_polling(transaction, "telegram", "two", LEASE, MORNING + LEASE * 2) == 42


async def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="time zone"):
        async with database.begin() as transaction:
            await inbox.put(transaction, [message("an", 1)], MORNING.replace(tzinfo=None))
