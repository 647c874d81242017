"""A platform that refuses, stalls and asks for pauses: nothing is lost, pauses are kept, order holds."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.workers import Workers
from channels.telegram import Telegram
from channels.webchat import WebChat
from documents import rendering
from domain.messages import (
    Address,
    Choice,
    Content,
    Delivered,
    Delivery,
    InboundMessage,
    OutboundMessage,
    Refused,
    Say,
    Text,
    TryLater,
)
from domain.rulesets import Ruleset
from handlers import sending
from handlers.deciding import Decider
from handlers.ports import Channel
from handlers.reporting import Reporter
from handlers.sending import Sender
from handlers.texts import Texts
from nlp.reader import Reader
from storage import inbox, officers, outbox
from storage.database import Database
from storage.outbox import Pending
from storage.tables import cases, channels, conversations
from storage.tables import outbox as outbox_rows
from tests.conftest import MORNING
from tests.emulators.lo_bot_api import TOKEN, LoBotApi

_SECOND = timedelta(seconds=1)
_CHATS, _BLOCKED = 60, 5
_CONCERN = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm"
_DESK = "900"
#: Out of a hundred sends so many go wrong, each way.
_WRONG = {"pause": 10, "bad gateway": 10, "silence": 10}
#: Seconds the channel waits for an answer, and the server is silent.
_PATIENCE, _SILENCE = 0.3, 0.45


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with capture_logs():
        yield


class Clock:
    """The test's clock. The loop's own clock, by which a channel keeps pauses, is moved along."""

    def __init__(self) -> None:
        self.now = MORNING

    def passes(self, time: timedelta) -> None:
        """Let time pass."""
        self.now += time

    @property
    def skipped(self) -> float:
        """How many seconds were not waited for."""
        return (self.now - MORNING).total_seconds()


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that a test moves."""
    clock, loop = Clock(), asyncio.get_running_loop()
    real = loop.time
    monkeypatch.setattr(loop, "time", lambda: real() + clock.skipped)
    return clock


@dataclass(frozen=True, slots=True)
class Attempt:
    """A message was given to a channel, and how it went."""

    at: datetime
    message: OutboundMessage
    delivery: Delivery


@dataclass
class Watched:
    """A channel that is watched."""

    channel: Channel
    clock: Clock
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name of the channel."""
        return self.channel.name

    def spacing(self, address: Address) -> timedelta:
        """Space as the channel does."""
        return self.channel.spacing(address)

    async def send(self, messages: Sequence[OutboundMessage]) -> list[Delivery]:
        """Send, and note how it went."""
        deliveries = await self.channel.send(messages)
        self.attempts += map(Attempt, [self.clock.now] * len(messages), messages, deliveries)
        return deliveries


@dataclass
class Scripted:
    """A platform that answers as a test says."""

    name: str
    answer: Callable[[OutboundMessage], Delivery]
    got: list[OutboundMessage] = field(default_factory=list)

    def spacing(self, _address: Address) -> timedelta:
        """Space nothing."""
        return timedelta()

    async def send(self, messages: Sequence[OutboundMessage]) -> list[Delivery]:
        """Answer."""
        self.got += messages
        return [self.answer(message) for message in messages]


@dataclass
class Slow:
    """A platform that takes its time."""

    name: str
    seconds: float
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def spacing(self, _address: Address) -> timedelta:
        """Space nothing."""
        return timedelta()

    async def send(self, messages: Sequence[OutboundMessage]) -> list[Delivery]:
        """Take time."""
        self.asked.set()
        await asyncio.sleep(self.seconds)
        return [Delivered() for _ in messages]


@dataclass
class Hanging:
    """A platform that does not answer until it is let go."""

    name: str
    delivery: Delivery = field(default_factory=Delivered)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    def spacing(self, _address: Address) -> timedelta:
        """Space nothing."""
        return timedelta()

    async def send(self, messages: Sequence[OutboundMessage]) -> list[Delivery]:
        """Hang."""
        self.asked.set()
        await self.let_go.wait()
        return [self.delivery for _ in messages]


class _KilledError(Exception):
    """The process ends here."""


@dataclass
class Dying:
    """A channel whose process dies when the platform has the messages, before anything is recorded."""

    channel: Channel

    @property
    def name(self) -> str:
        """The name of the channel."""
        return self.channel.name

    def spacing(self, address: Address) -> timedelta:
        """Space as the channel does."""
        return self.channel.spacing(address)

    async def send(self, messages: Sequence[OutboundMessage]) -> list[Delivery]:
        """Send, and die."""
        await self.channel.send(messages)
        raise _KilledError


def _sender(database: Database, rules: Ruleset, *channels: Channel, batch: int = 20) -> Sender:
    return Sender(database, rules, Texts(rules), {channel.name: channel for channel in channels}, batch)


async def _write(database: Database, address: Address, *contents: Content, now: datetime = MORNING) -> None:
    async with database.begin() as transaction:
        messages = [InboundMessage(address, str(uuid4()), content) for content in contents]
        await inbox.put(transaction, messages, now)


async def _pend(database: Database, address: Address, count: int = 1, now: datetime = MORNING) -> None:
    """Have something said to somebody."""
    await _write(database, address, Choice("x"), now=now)
    async with database.begin() as transaction:
        (of,) = (await inbox.conversation_ids(transaction, [address])).values()
        says = [Pending(of, Say("agreed"), str(uuid4()), now) for _ in range(count)]
        await outbox.put(transaction, says, now)


async def _say(database: Database, address: Address, say: Say) -> None:
    """Have something certain said to somebody."""
    async with database.begin() as transaction:
        (of,) = (await inbox.conversation_ids(transaction, [address])).values()
        await outbox.put(transaction, [Pending(of, say, str(uuid4()), MORNING)], MORNING)


async def _take_desk(database: Database, rules: Ruleset, address: Address) -> None:
    """Give an address a seat at the desk."""
    async with database.begin() as transaction:
        await officers.invite(transaction, "DESK", rules.desk, MORNING)
    await _write(database, address, Text("/canbo DESK"))


async def _decide(database: Database, reader: Reader, rules: Ruleset, now: datetime = MORNING) -> None:
    decider = Decider(database, reader, rules)
    while await decider.decide(now):
        pass


async def _rows(database: Database, table: Any) -> list[Any]:  # noqa: ANN401 - any table
    async with database.read() as transaction:
        return list(await transaction.execute(select(table)))


async def _send_all(sender: Sender, database: Database, clock: Clock) -> None:
    """Send until nothing is left."""
    for _ in range(5000):
        tried = await sender.send(clock.now)
        if not tried:
            async with database.read() as transaction:
                if not await outbox.unsettled(transaction):
                    return
        clock.passes(_SECOND / 2)
        await asyncio.sleep(0)
    raise AssertionError("it never ends")


def _misbehave(server: LoBotApi, chance: random.Random, sends: int) -> None:
    """Let a third of what is sent go wrong."""
    kinds = [kind for kind, count in _WRONG.items() for _ in range(count)]
    kinds += ["well"] * (100 - len(kinds))
    for _ in range(sends):
        match chance.choice(kinds):
            case "pause":
                seconds = chance.randint(2, 9)
                server.fail("sendMessage", 429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
            case "bad gateway":
                server.answer("sendMessage", 502, "<html>Bad Gateway</html>")
            case "silence":
                server.stall("sendMessage", _SILENCE)
            case _:
                server.stall("sendMessage", 0)
    for chat in range(1, _BLOCKED + 1):
        server.fail_chat(str(chat), 403, "Forbidden: bot was blocked by the user")


@pytest.fixture
async def telegram_server() -> AsyncIterator[LoBotApi]:
    """A Telegram server on loopback."""
    async with LoBotApi().running() as server:
        yield server


@pytest.fixture
async def telegram(telegram_server: LoBotApi) -> AsyncIterator[Telegram]:
    """The channel that talks to it; the overall pace is not what is tried here."""
    channel = Telegram(TOKEN, telegram_server.url, timeout=_PATIENCE, per_second=1000)
    yield channel
    await channel.close()


async def test_a_third_of_all_sends_goes_wrong_and_everybody_hears_everything_in_order(
    database: Database, clock: Clock, telegram_server: LoBotApi, telegram: Telegram, reader: Reader, rules: Ruleset
) -> None:
    chats = [Address("telegram", str(chat)) for chat in range(1, _CHATS + 1)]
    await _take_desk(database, rules, Address("telegram", _DESK))
    for address in chats:
        await _write(database, address, Text(_CONCERN), Choice("agree"), Choice("send:1"))
    await _decide(database, reader, rules)
    _misbehave(telegram_server, random.Random(4_238), sends=3000)
    watched = Watched(telegram, clock)
    await _send_all(_sender(database, rules, watched), database, clock)

    _check_tries(watched.attempts)
    rows = {row.id: row for row in await _rows(database, outbox_rows)}
    talks = {row.id: row for row in await _rows(database, conversations)}
    refused = {str(chat) for chat in range(1, _BLOCKED + 1)}
    assert {talk.chat for talk in talks.values() if talk.blocked_at} == refused
    # Nothing is lost: who can be reached has got everything, in order, each message delivered once.
    arrived: dict[str, list[int]] = defaultdict(list)
    for attempt in watched.attempts:
        if attempt.delivery == Delivered():
            arrived[attempt.message.address.chat].append(attempt.message.id)
    meant: dict[str, list[int]] = defaultdict(list)
    for of, row in sorted(rows.items()):
        chat = talks[row.conversation_id].chat
        assert row.outcome == ("refused" if chat in refused else "delivered")
        if chat not in refused:
            meant[chat].append(of)
    assert arrived == meant
    assert {len(own) for chat, own in meant.items() if chat != _DESK} == {3}
    # The desk hears of the open cases of those who cannot be reached.
    heard = [a.message.text for a in watched.attempts if a.message.address.chat == _DESK and a.delivery == Delivered()]
    lost = await _numbers(database, refused)
    assert len(lost) == _BLOCKED
    for number in lost:
        assert any(number in text for text in heard)
    for number in await _numbers(database, {talk.chat for talk in talks.values()} - refused):
        assert not any(number in text for text in heard)


async def test_while_the_platform_wants_a_pause_nothing_is_sent(
    sqlite: Database, clock: Clock, telegram_server: LoBotApi, telegram: Telegram, rules: Ruleset
) -> None:
    for chat in range(20):
        await _pend(sqlite, Address("telegram", str(100 + chat)), count=3)
    chance = random.Random(4_238)
    for _ in range(40):
        seconds = chance.randint(2, 9)
        server_says = f"Too Many Requests: retry after {seconds}"
        telegram_server.fail("sendMessage", 429, server_says, retry_after=seconds)
        for _ in range(chance.randint(0, 3)):
            telegram_server.stall("sendMessage", 0)
    watched = Watched(telegram, clock)
    await _send_all(_sender(sqlite, rules, watched), sqlite, clock)
    pauses = [a for a in watched.attempts if isinstance(a.delivery, TryLater) and a.delivery.channel_wide]
    assert len(pauses) > 20
    for pause in pauses:
        assert isinstance(pause.delivery, TryLater)
        until = pause.at + pause.delivery.after
        assert not [a for a in watched.attempts if pause.at < a.at < until]


async def _numbers(database: Database, chats: set[str]) -> list[str]:
    """Return the numbers of the cases of these chats."""
    query = select(cases.c.number).join(conversations, conversations.c.id == cases.c.conversation_id)
    async with database.read() as transaction:
        return list((await transaction.execute(query.where(conversations.c.chat.in_(chats)))).scalars())


def _check_tries(attempts: Sequence[Attempt]) -> None:
    """Check that a message waits as long as it was asked to, and longer with each try; and order within each chat."""
    tries: dict[int, list[Attempt]] = defaultdict(list)
    chats: dict[str, list[int]] = defaultdict(list)
    for attempt in attempts:
        tries[attempt.message.id].append(attempt)
        chats[attempt.message.address.chat].append(attempt.message.id)
    for own in tries.values():
        for n, (one, other) in enumerate(pairwise(own)):
            assert isinstance(one.delivery, TryLater)
            # A pause is the platform's word to all; it says nothing of this message.
            own_wait = timedelta() if one.delivery.channel_wide else _SECOND * 2**n
            assert other.at - one.at >= max(one.delivery.after, own_wait)
    for ids in chats.values():
        assert ids == sorted(ids)
    # Else nothing was tried.
    kinds = Counter(type(attempt.delivery).__name__ for attempt in attempts)
    assert kinds["TryLater"] > len(attempts) / 5
    whys = {attempt.delivery.why.split(":")[0] for attempt in attempts if isinstance(attempt.delivery, TryLater)}
    assert {"Telegram asked for a pause", "TimedOut"} < whys


async def test_of_two_pauses_asked_for_at_once_the_longer_is_kept(database: Database, rules: Ruleset) -> None:
    seconds = {"1": 30, "2": 5}
    platform = Scripted(
        "telegram", lambda message: TryLater(_SECOND * seconds.get(message.address.chat, 1), "429", channel_wide=True)
    )
    for chat in ("1", "2"):
        await _pend(database, Address("telegram", chat))
    sender = _sender(database, rules, platform)
    assert await sender.send(MORNING) == 2
    await _pend(database, Address("telegram", "3"))
    assert await sender.send(MORNING + 10 * _SECOND) == 0
    assert await sender.send(MORNING + 30 * _SECOND) == 3


async def test_a_message_that_failed_often_does_not_pause_everybody_for_longer_than_asked(
    database: Database, rules: Ruleset
) -> None:
    """After an outage of some hours comes a 429, for all come at once; the channel must not rest an hour for it."""
    outage: Delivery = TryLater(5 * _SECOND, "TimedOut")
    deliveries = [outage]
    platform = Scripted("telegram", lambda _: deliveries[0])
    await _pend(database, Address("telegram", "1"))
    sender = _sender(database, rules, platform)
    now = MORNING
    while len(platform.got) < 12:
        await sender.send(now)
        now += timedelta(minutes=10)
    deliveries[0] = TryLater(3 * _SECOND, "429", channel_wide=True)
    now += timedelta(hours=1)
    assert await sender.send(now) == 1
    deliveries[0] = Delivered()
    await _pend(database, Address("telegram", "2"), now=now)
    assert await sender.send(now + 2 * _SECOND) == 0
    assert await sender.send(now + 4 * _SECOND) > 0
    assert platform.got[-1].address.chat == "2"


async def test_a_pause_of_one_channel_does_not_concern_the_other(database: Database, rules: Ruleset) -> None:
    platform = Scripted("telegram", lambda _: TryLater(timedelta(hours=1), "429", channel_wide=True))
    webchat = WebChat(database, "a key for tests")
    sender = _sender(database, rules, platform, webchat)
    await _pend(database, Address("telegram", "1"), count=2)
    await sender.send(MORNING)
    page = Address("web", "somebody")
    await _pend(database, page)
    assert await sender.send(MORNING) == 1
    assert len(await webchat.log(page, 0)) == 1
    (row,) = await _rows(database, channels)
    assert row.paused_until == MORNING + timedelta(hours=1)


@pytest.mark.parametrize("seconds", [30.0, 0.2], ids=["hangs", "backlog"])
async def test_a_slow_channel_does_not_hold_up_the_other(
    seconds: float, sqlite: Database, reader: Reader, rules: Ruleset
) -> None:
    """Telegram takes half a minute to give up, or has hundreds of messages waiting; meanwhile a page is answered."""
    slow, webchat = Slow("telegram", seconds), WebChat(sqlite, "a key for tests")
    for chat in range(200):
        await _pend(sqlite, Address("telegram", str(chat)))
    workers = Workers(
        database=sqlite,
        rules=rules,
        decider=Decider(sqlite, reader, rules),
        sender=_sender(sqlite, rules, slow, webchat),
        reporter=Reporter(sqlite, rules, Texts(rules), rendering),
        telegram=None,
        process="test",
        tick_seconds=60,
    )
    running = asyncio.create_task(workers.run())
    try:
        async with asyncio.timeout(20):
            await slow.asked.wait()
        page = Address("web", "somebody")
        await _write(sqlite, page, Text(_CONCERN), now=datetime.now(UTC))
        workers.wake()
        async with asyncio.timeout(1.5):
            while not await webchat.log(page, 0):
                await webchat.wait(page, 0.1)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize(
    "late",
    [
        pytest.param(Delivered(), id="delivered"),
        pytest.param(TryLater(_SECOND, "502"), id="later"),
        pytest.param(Refused("blocked", gone=True), id="refused"),
    ],
)
async def test_a_sender_that_slept_past_its_lease_changes_nothing(
    late: Delivery, database: Database, database_url: str, rules: Ruleset
) -> None:
    hanging = Hanging("telegram", late)
    await _pend(database, Address("telegram", "1"))
    slow = asyncio.create_task(_sender(database, rules, hanging).send(MORNING))
    await hanging.asked.wait()
    async with aclosing(_Closing(database_url)) as beside:
        platform = Scripted("telegram", lambda _: Delivered())
        other = _sender(beside.database, rules, platform)
        assert await other.send(MORNING + sending.LEASE) == 0  # still leased
        assert await other.send(MORNING + sending.LEASE + _SECOND) == 1
        before = await _rows(beside.database, outbox_rows), await _rows(beside.database, conversations)
        hanging.let_go.set()
        await slow
        assert (await _rows(beside.database, outbox_rows), await _rows(beside.database, conversations)) == before


class _Closing:
    """A database of another process."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)

    async def aclose(self) -> None:
        await self.database.close()


async def test_the_desk_hears_once_of_a_case_whose_citizen_cannot_be_reached(
    database: Database, reader: Reader, rules: Ruleset
) -> None:
    citizen, desk = Address("telegram", "1"), Address("telegram", _DESK)
    platform = Scripted(
        "telegram", lambda message: Refused("blocked", gone=True) if message.address == citizen else Delivered()
    )
    await _take_desk(database, rules, desk)
    await _write(database, citizen, Text(_CONCERN), Choice("agree"), Choice("send:1"))
    await _decide(database, reader, rules)
    sender = _sender(database, rules, platform)
    while await sender.send(MORNING):
        pass
    (number,) = await _numbers(database, {"1"})
    assert len([message for message in platform.got if message.address == desk and number in message.text]) == 1


async def test_a_sender_that_is_stopped_gives_its_messages_back(database: Database, rules: Ruleset) -> None:
    hanging = Hanging("telegram")
    await _pend(database, Address("telegram", "1"))
    worker = asyncio.create_task(_sender(database, rules, hanging).send(MORNING))
    await hanging.asked.wait()
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    platform = Scripted("telegram", lambda _: Delivered())
    assert await _sender(database, rules, platform).send(MORNING + _SECOND) == 1


async def test_an_edit_whose_sender_died_before_recording_it_shows_once_on_telegram(
    database: Database, rules: Ruleset, telegram_server: LoBotApi, telegram: Telegram
) -> None:
    lan, sender = Address("telegram", "1"), _sender(database, rules, telegram)
    await _pend(database, lan)
    assert await sender.send(MORNING) == 1
    [(_, card)] = telegram_server.shown
    await _say(database, lan, Say("dropped", replaces=card))
    with pytest.raises(_KilledError):
        await _sender(database, rules, Dying(telegram)).send(MORNING + _SECOND)
    assert await sender.send(MORNING + sending.LEASE) == 0, "still leased"
    assert await sender.send(MORNING + sending.LEASE + 2 * _SECOND) == 1
    assert len(telegram_server.sent("editMessageText")) == 2
    [(text, _)] = telegram_server.shown.values()
    assert "Đã bỏ" in text
    assert {row.outcome for row in await _rows(database, outbox_rows)} == {"delivered"}


async def test_an_edit_whose_sender_died_before_recording_it_shows_once_on_the_web(
    database: Database, rules: Ruleset
) -> None:
    webchat, page = WebChat(database, "a key for tests"), Address("web", "somebody")
    sender = _sender(database, rules, webchat)
    await _pend(database, page)
    assert await sender.send(MORNING) == 1
    [card] = await webchat.log(page, 0)
    await _say(database, page, Say("dropped", replaces=str(card.id)))
    with pytest.raises(_KilledError):
        await _sender(database, rules, Dying(webchat)).send(MORNING)
    [before] = await webchat.log(page, 0)
    assert await sender.send(MORNING + sending.LEASE + _SECOND) == 1
    assert await webchat.log(page, 0) == [before]
    assert "Đã bỏ" in before.text


async def test_edits_that_telegram_puts_off_arrive_in_order(
    sqlite: Database, clock: Clock, telegram_server: LoBotApi, telegram: Telegram, rules: Ruleset
) -> None:
    lan, watched = Address("telegram", "1"), Watched(telegram, clock)
    sender = _sender(sqlite, rules, watched)
    await _pend(sqlite, lan)
    await sender.send(clock.now)
    [(_, card)] = telegram_server.shown
    telegram_server.fail("editMessageText", 429, "Too Many Requests: retry after 7", retry_after=7)
    telegram_server.answer("editMessageText", 502, "<html>Bad Gateway</html>")
    telegram_server.fail("editMessageText", 400, "Bad Request: message can't be edited")
    for key in ("dropped", "not_readable", "dropped"):
        await _say(sqlite, lan, Say(key, replaces=card))
    await _send_all(sender, sqlite, clock)
    ids = [attempt.message.id for attempt in watched.attempts]
    assert ids == sorted(ids)
    pause, repeat = watched.attempts[1], watched.attempts[2]
    assert repeat.at - pause.at >= 7 * _SECOND
    delivered = [attempt.at for attempt in watched.attempts if attempt.delivery == Delivered()]
    assert all(later - sooner >= _SECOND for sooner, later in pairwise(delivered)), "the chat's pace holds for edits"
    # The first could not be edited and came anew; the others found their place again.
    (edited, _), (new, _) = telegram_server.shown.values()
    assert "Đã bỏ" in edited
    assert "Đã bỏ" in new


async def test_pictures_go_out_only_through_the_channel_that_keeps_them(sqlite: Database, rules: Ruleset) -> None:
    platforms = [Scripted(name, lambda _: Delivered()) for name in ("telegram", "web")]
    values = {"number": "TN26-0004-175", "agency": rules.desk, "answer": "Đã vá xong.", "photos": ["AgAC1", "AgAC2"]}
    for platform in platforms:
        address = Address(platform.name, "1")
        await _pend(sqlite, address)
        await _say(sqlite, address, Say("answered", values))
    sender = _sender(sqlite, rules, *platforms)
    while await sender.send(MORNING):
        pass
    got = {platform.name: [message.photos for message in platform.got] for platform in platforms}
    assert got == {"telegram": [(), ("AgAC1", "AgAC2")], "web": [(), ()]}
