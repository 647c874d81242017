"""The outbox: written once, in order, at the chat's pace."""

from datetime import timedelta

from domain.messages import Address, Delivered, Delivery, InboundMessage, Refused, Say, Text, TryLater
from storage import inbox, outbox
from storage.database import Database
from storage.outbox import Leased, Pending
from tests.conftest import MORNING

LEASE = timedelta(seconds=30)
SECOND = timedelta(seconds=1)


async def conversation(database: Database, chat: str) -> int:
    """Return the id of a conversation."""
    address = Address("web", chat)
    async with database.begin() as transaction:
        await inbox.put(transaction, [InboundMessage(address, chat, Text("…"))], MORNING - timedelta(hours=1))
        return (await inbox.conversation_ids(transaction, [address]))[address]


async def put(database: Database, of: int, key: str, held: timedelta = timedelta()) -> None:
    """Write a message."""
    async with database.begin() as transaction:
        await outbox.put(transaction, [Pending(of, Say(key), key, MORNING + held)], MORNING)


async def claim(database: Database, later: timedelta = timedelta()) -> list[Leased]:
    """Claim messages."""
    async with database.begin() as transaction:
        return await outbox.claim(transaction, ["web"], 50, LEASE, MORNING + later)


async def record(
    database: Database, *went: tuple[Leased, Delivery], spacing: timedelta = timedelta(), later: timedelta = timedelta()
) -> None:
    """Record how it went."""
    async with database.begin() as transaction:
        await outbox.record(transaction, went, spacing=lambda _: spacing, now=MORNING + later)


async def test_the_same_key_is_written_once(database: Database) -> None:
    of = await conversation(database, "an")
    await put(database, of, "a")
    await put(database, of, "a")
    [row] = await claim(database)
    await record(database, (row, Delivered()))
    await put(database, of, "a")
    assert await claim(database) == []


async def test_a_conversation_gets_its_messages_in_order(database: Database) -> None:
    an, binh = await conversation(database, "an"), await conversation(database, "binh")
    for of, key in ((an, "1"), (an, "2"), (binh, "3")):
        await put(database, of, key)
    first = await claim(database)
    assert [row.say.key for row in first] == ["1", "3"]
    assert await claim(database) == [], "the second waits for the first"
    await record(database, *((row, Delivered()) for row in first))
    assert [row.say.key for row in await claim(database)] == ["2"]


async def test_what_is_held_for_the_morning_does_not_hold_up_replies(database: Database) -> None:
    of = await conversation(database, "an")
    await put(database, of, "digest", held=timedelta(hours=8))
    await put(database, of, "reply")
    [row] = await claim(database)
    assert row.say.key == "reply"
    await record(database, (row, Delivered()))
    assert [row.say.key for row in await claim(database, timedelta(hours=9))] == ["digest"]


async def test_another_try_waits_as_long_as_asked_and_keeps_its_place(database: Database) -> None:
    of = await conversation(database, "an")
    await put(database, of, "1")
    await put(database, of, "2")
    [row] = await claim(database)
    await record(database, (row, TryLater(timedelta(seconds=7), "429")))
    assert await claim(database, timedelta(seconds=6)) == []
    [again] = await claim(database, timedelta(seconds=8))
    assert (again.say.key, again.attempts) == ("1", 2)


async def test_a_pause_of_the_channel_holds_everybody(database: Database) -> None:
    an, binh = await conversation(database, "an"), await conversation(database, "binh")
    await put(database, an, "1")
    [row] = await claim(database)
    await put(database, binh, "2")
    await record(database, (row, TryLater(timedelta(seconds=1), "429", channel_wide=True)))
    async with database.begin() as transaction:
        await outbox.pause(transaction, "web", MORNING + timedelta(seconds=30))
        await outbox.pause(transaction, "web", MORNING + timedelta(seconds=5))
    assert await claim(database, timedelta(seconds=29)) == []
    assert len(await claim(database, timedelta(seconds=31))) == 2


async def test_chats_are_spaced_out(database: Database) -> None:
    of = await conversation(database, "an")
    await put(database, of, "1")
    await put(database, of, "2")
    [row] = await claim(database)
    await record(database, (row, Delivered()), spacing=SECOND)
    assert await claim(database, SECOND / 2) == []
    assert [row.say.key for row in await claim(database, SECOND)] == ["2"]


async def test_a_chat_that_is_gone_is_marked(database: Database) -> None:
    of = await conversation(database, "an")
    await put(database, of, "1")
    [row] = await claim(database)
    await record(database, (row, Refused("blocked", gone=True)))
    async with database.read() as transaction:
        assert await outbox.blocked(transaction) == 1
        assert await outbox.unsettled(transaction) == 0
    async with database.begin() as transaction:
        await inbox.put(transaction, [InboundMessage(Address("web", "an"), "back", Text("…"))], MORNING)
        assert await outbox.blocked(transaction) == 0, "who writes again can be reached again"


async def test_a_sender_that_died_gives_its_rows_up(database: Database) -> None:
    of = await conversation(database, "an")
    await put(database, of, "1")
    [dead] = await claim(database)
    [alive] = await claim(database, LEASE * 2)
    assert alive.id == dead.id
    await record(database, (dead, TryLater(timedelta(hours=1), "late news")), later=LEASE * 2)
    await record(database, (alive, Delivered()), later=LEASE * 2)
    async with database.read() as transaction:
        assert await outbox.unsettled(transaction) == 0


async def test_who_wrote_a_moment_ago_is_not_kept_waiting_for_the_morning(database: Database) -> None:
    of = await conversation(database, "an")
    await put(database, of, "held", held=timedelta(hours=8))
    assert await claim(database) == []
    async with database.begin() as transaction:
        await inbox.put(transaction, [InboundMessage(Address("web", "an"), "awake", Text("…"))], MORNING)
    await put(database, of, "news", held=timedelta(hours=8))
    [row] = await claim(database)
    assert row.say.key == "held"
    await record(database, (row, Delivered()))
    assert [row.say.key for row in await claim(database)] == ["news"]
