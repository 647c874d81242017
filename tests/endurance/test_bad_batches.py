"""A message that breaks deciding, and a worker that slept past its lease: the rest goes on, nothing happens twice."""

import asyncio
import itertools
import json
import threading
from collections.abc import AsyncIterator, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import func, select
from structlog.testing import capture_logs

from bot import doctor
from bot.assembly import configure_logging
from bot.settings import Settings
from channels.webchat import WebChat
from domain.messages import Address, Choice, Content, InboundMessage, Say, Text
from domain.rulesets import Ruleset
from handlers import deciding
from handlers.deciding import MOST_ATTEMPTS, RETRY, Decider
from handlers.ports import TextReader
from handlers.sending import Sender
from handlers.texts import Texts
from nlp.reader import Reader
from nlp.reading import Commune, Reading
from storage import conversations, inbox
from storage.database import Database
from storage.tables import cases, events, outbox
from storage.tables import conversations as talks
from storage.tables import inbox as inbox_rows
from tests.conftest import MORNING

_BAD = "câu này làm máy đọc hỏng, số 0912345678"
_GOOD = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm"
_SET_ASIDE = Say("set_aside")
_A_BIT = timedelta(milliseconds=1)


class Broken(Exception):  # noqa: N818 - what doctor shows
    """The reader's fault. Its words repeat the text, as those of real faults do."""


@dataclass
class Around:
    """What all readers here have in common: they stand around a real one."""

    reader: TextReader

    def suggest(self, text: str) -> tuple[Commune, ...]:
        """Suggest as the other does."""
        return self.reader.suggest(text)

    def nearest(self, latitude: float, longitude: float) -> tuple[Commune, float] | None:
        """Locate as the other does."""
        return self.reader.nearest(latitude, longitude)


@dataclass
class Stumbling(Around):
    """A reader that stumbles over one text as long as it is not mended."""

    mended: bool = False
    #: How often it stumbled.
    stumbled: int = 0

    def read(self, texts: Sequence[str], *, hurried: bool = False) -> list[Reading]:
        """Read, or stumble."""
        if _BAD in texts and not self.mended:
            self.stumbled += 1
            raise Broken(_BAD)
        return self.reader.read(texts, hurried=hurried)


@dataclass
class Sleeping(Around):
    """A reader that falls asleep, and may stumble when it wakes."""

    stumbles: bool = False
    asleep: threading.Event = field(default_factory=threading.Event)
    woken: threading.Event = field(default_factory=threading.Event)

    def read(self, texts: Sequence[str], *, hurried: bool = False) -> list[Reading]:
        """Sleep, then read."""
        self.asleep.set()
        assert self.woken.wait(30)
        if self.stumbles:
            raise Broken
        return self.reader.read(texts, hurried=hurried)


@dataclass
class Together(Around):
    """A reader whose first two callers come out together."""

    door: threading.Barrier = field(default_factory=lambda: threading.Barrier(2, timeout=30))
    calls: Iterator[int] = field(default_factory=itertools.count)

    def read(self, texts: Sequence[str], *, hurried: bool = False) -> list[Reading]:
        """Wait for the other, then read."""
        if next(self.calls) < 2:
            self.door.wait()
        return self.reader.read(texts, hurried=hurried)


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged, as it is handed to the renderer."""
    with capture_logs() as entries:
        yield entries


@pytest.fixture
async def beside(database: Database, database_url: str) -> AsyncIterator[Database]:
    """The same database, opened a second time as another process would."""
    del database  # it migrates first
    opened = Database(database_url)
    yield opened
    await opened.close()


async def _write(database: Database, chat: str, *contents: Content, now: datetime = MORNING) -> None:
    address = Address("web", chat)
    messages = [InboundMessage(address, str(uuid4()), content) for content in contents]
    async with database.begin() as transaction:
        await inbox.put(transaction, messages, now)


async def _heard(database: Database, rules: Ruleset, chat: str, now: datetime) -> list[str]:
    """Send all that is due and return the texts before a page."""
    webchat = WebChat(database, "a key for tests")
    sender = Sender(database, rules, Texts(rules), {webchat.name: webchat})
    while await sender.send(now):
        pass
    return [message.text for message in await webchat.log(Address("web", chat), 0)]


async def _row(database: Database, table: Any, where: Any) -> Any:  # noqa: ANN401 - any table
    async with database.read() as transaction:
        return (await transaction.execute(select(table).where(where))).one()


async def _undecided(database: Database) -> list[tuple[str, int]]:
    """Return the error and the number of attempts of each message that waits."""
    query = select(inbox_rows).where(inbox_rows.c.decided_at.is_(None)).order_by(inbox_rows.c.id)
    async with database.read() as transaction:
        return [(row.error or "", row.attempts) for row in await transaction.execute(query)]


async def _count(database: Database, table: Any) -> int:  # noqa: ANN401 - any table
    async with database.read() as transaction:
        count: int = (await transaction.execute(select(func.count()).select_from(table))).scalar_one()
        return count


async def _examine(database_url: str, tmp_path: Path, *, retry: bool = False) -> list[str]:
    lines: list[str] = []
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg] # pydantic-settings takes it, its types do not say so
        database_url=database_url,
        secret_key="a key for tests",  # type: ignore[arg-type] # pydantic wraps it
        telegram_token="",  # type: ignore[arg-type] # none
        model_path=tmp_path / "model.npz",
    )
    await doctor.examine(settings, lines.append, retry=retry)
    return lines


async def _until_set_aside(decider: Decider, now: datetime) -> datetime:
    """Decide until nothing is tried any more. Returns when that is."""
    for _ in range(3 * MOST_ATTEMPTS):
        await decider.decide(now)
        now += RETRY + _A_BIT
    return now


def _told(heard: Sequence[str], rules: Ruleset) -> int:
    """Return how often a citizen was told that a message could not be read."""
    said = Texts(rules).render(_SET_ASIDE)[0]
    return list(heard).count(said)


async def test_one_bad_message_does_not_hold_up_the_rest_of_its_batch(
    database: Database, reader: Reader, rules: Ruleset
) -> None:
    for n in range(20):
        await _write(database, f"good-{n}", Text(_GOOD))
    await _write(database, "bad", Text(_BAD))
    stumbling = Stumbling(reader)
    decided = await Decider(database, stumbling, rules).decide(MORNING)
    assert decided == 20
    assert stumbling.stumbled == 2  # with all the others, then alone
    for n in range(20):
        assert len(await _heard(database, rules, f"good-{n}", MORNING)) == 1


async def test_a_bad_message_is_tried_a_few_times_then_set_aside_and_its_citizen_told_once(
    database: Database, reader: Reader, rules: Ruleset
) -> None:
    await _write(database, "bad", Text(_GOOD), Text(_BAD), Choice("agree"), Choice("send:1"))
    stumbling = Stumbling(reader)
    decider = Decider(database, stumbling, rules)
    await decider.decide(MORNING)  # the first message, alone
    assert await _undecided(database) == [("", 0), ("", 0), ("", 0)]
    for attempt in range(1, MOST_ATTEMPTS):
        now = MORNING + attempt * (RETRY + _A_BIT)
        assert await decider.decide(now) == 0
        assert (await _undecided(database))[0] == ("Broken", attempt)
        assert await decider.decide(now + RETRY / 2) == 0  # not yet
        assert (await _undecided(database))[0] == ("Broken", attempt)
    now += RETRY + _A_BIT
    assert await decider.decide(now) == 0
    assert await _undecided(database) == [("", 0), ("", 0)]  # the bad one is set aside
    stumbled = stumbling.stumbled
    assert await decider.decide(now) == 2
    assert await decider.decide(now + RETRY) == 0
    assert stumbling.stumbled == stumbled
    heard = await _heard(database, rules, "bad", now)
    assert _told(heard, rules) == 1
    talk = await _row(database, talks, talks.c.chat == "bad")
    assert (talk.waiting, talk.waiting_since) == (0, None)
    # What came before and after was decided: the concern is a case.
    assert (await _row(database, cases, cases.c.conversation_id == talk.id)).text == _GOOD


async def test_doctor_lists_what_was_set_aside_and_retries_it(
    database: Database, database_url: str, reader: Reader, rules: Ruleset, tmp_path: Path
) -> None:
    await _write(database, "bad", Text(_BAD))
    stumbling = Stumbling(reader)
    decider = Decider(database, stumbling, rules)
    now = await _until_set_aside(decider, MORNING)
    row = await _row(database, inbox_rows, inbox_rows.c.set_aside_at.is_not(None))

    lines = await _examine(database_url, tmp_path)
    assert [line for line in lines if f"message {row.id} (web) was set aside" in line and "Broken" in line]
    assert any("hoiam doctor --retry" in line for line in lines)
    assert not [line for line in lines if "0912345678" in line]
    assert "0912345678" not in row.error

    # The cause is still there: tried again, set aside again, and the citizen is not told a second time.
    assert any(
        "1 messages will be decided again" in line for line in await _examine(database_url, tmp_path, retry=True)
    )
    stumbled = stumbling.stumbled
    now = await _until_set_aside(decider, now)
    assert stumbling.stumbled == 2 * stumbled
    assert _told(await _heard(database, rules, "bad", now), rules) == 1

    stumbling.mended = True
    assert any(
        "1 messages will be decided again" in line for line in await _examine(database_url, tmp_path, retry=True)
    )
    assert await decider.decide(now) == 1
    heard = await _heard(database, rules, "bad", now)
    assert len(heard) == 2  # and now the notice
    assert not [line for line in await _examine(database_url, tmp_path) if "set aside" in line]
    assert (await _row(database, inbox_rows, inbox_rows.c.id == row.id)).body is None


@pytest.mark.parametrize("stumbles", [False, True])
async def test_a_worker_that_slept_past_its_lease_writes_nothing(
    stumbles: bool,
    database: Database,
    beside: Database,
    reader: Reader,
    rules: Ruleset,
) -> None:
    await _write(database, "somebody", Text(_GOOD), Choice("agree"), Choice("send:1"))
    sleeping = Sleeping(reader, stumbles)
    slow = asyncio.create_task(Decider(database, sleeping, rules).decide(MORNING))
    try:
        assert await asyncio.to_thread(sleeping.asleep.wait, 30)
        assert await Decider(beside, reader, rules).decide(MORNING + deciding.LEASE) == 0  # still leased
        later = MORNING + deciding.LEASE + _A_BIT
        assert await Decider(beside, reader, rules).decide(later) == 3
        decided = await _picture(beside)
    finally:
        sleeping.woken.set()
        result = await slow
    assert result == 0
    assert await _picture(beside) == decided
    assert [await _count(beside, table) for table in (cases, events, outbox)] == [1, 1, 3]
    assert len(await _heard(beside, rules, "somebody", later)) == 3


async def test_a_worker_that_slept_past_its_lease_leaves_newer_work_to_its_owner(
    database: Database, beside: Database, reader: Reader, rules: Ruleset
) -> None:
    """The other has the lease but has not decided yet: the late one must not write over it either."""
    await _write(database, "somebody", Text(_GOOD), Choice("agree"), Choice("send:1"))
    first, second = Sleeping(reader), Sleeping(reader)
    slow = asyncio.create_task(Decider(database, first, rules).decide(MORNING))
    assert await asyncio.to_thread(first.asleep.wait, 30)
    later = MORNING + deciding.LEASE + _A_BIT
    owner = asyncio.create_task(Decider(beside, second, rules).decide(later))
    assert await asyncio.to_thread(second.asleep.wait, 30)
    before = await _picture(beside)
    first.woken.set()
    assert await slow == 0
    assert await _picture(beside) == before
    second.woken.set()
    assert await owner == 3
    assert [await _count(beside, table) for table in (cases, events, outbox)] == [1, 1, 3]


async def _picture(database: Database) -> str:
    """Return all that deciding may have changed, as one text."""
    rows = []
    async with database.read() as transaction:
        for table in (talks, inbox_rows, outbox, cases, events):
            rows += [list(row) for row in await transaction.execute(select(table).order_by(table.c.id))]
    return json.dumps(rows, default=str)


@pytest.mark.parametrize("pretty", [False, True])
async def test_what_broke_deciding_is_logged_without_the_words_of_the_citizen(
    pretty: bool,
    sqlite: Database,
    reader: Reader,
    rules: Ruleset,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await _write(sqlite, "bad", Text(_BAD))
    configure_logging("info", pretty=pretty)
    try:
        await Decider(sqlite, Stumbling(reader), rules).decide(MORNING)
    finally:
        structlog.reset_defaults()
    logged = capsys.readouterr().out
    assert "message_failed" in logged
    assert "0912345678" not in logged


async def test_the_state_survives_what_was_set_aside(database: Database, reader: Reader, rules: Ruleset) -> None:
    """Trying alone, again and again, must not lose the conversation's state or hold messages back for good."""
    await _write(database, "bad", Text(_BAD), *(Text(_BAD) for _ in range(3)), Text(_GOOD))
    now = MORNING
    decider = Decider(database, Stumbling(reader), rules)
    for _ in range(5 * MOST_ATTEMPTS):
        await decider.decide(now)
        now += RETRY + _A_BIT
    talk = await _row(database, talks, talks.c.chat == "bad")
    assert talk.waiting == 0
    assert [concern.text for concern in conversations.load_state(talk.state).concerns] == [_GOOD]
    # Each message that was set aside is told of.
    assert _told(await _heard(database, rules, "bad", now), rules) == 4


async def test_two_batches_at_once_have_serials_enough(database: Database, reader: Reader, rules: Ruleset) -> None:
    """A process decides two batches at a time; in each, everybody may press "send"."""
    count = 250
    for chat in range(count):
        await _write(database, f"{chat}", Text(_GOOD), Choice("agree"))
    first = Decider(database, reader, rules)
    while await first.decide(MORNING):
        pass
    for chat in range(count):
        await _write(database, f"{chat}", Choice("send:1"))
    decider = Decider(database, reader, rules, batch=50)
    assert await decider.decide(MORNING) == 50  # leaves 150 serials in stock: enough for one of the next, not for two
    decider.batch, decider.reader = 100, Together(reader)
    with capture_logs() as entries:
        while sum(await asyncio.gather(*(decider.decide(MORNING) for _ in range(2)))):
            pass
    assert [entry["event"] for entry in entries] == []
    assert await _count(database, cases) == count


async def test_a_worker_that_is_stopped_gives_its_conversations_back(
    database: Database, beside: Database, reader: Reader, rules: Ruleset
) -> None:
    await _write(database, "somebody", Text(_GOOD))
    sleeping = Sleeping(reader)
    worker = asyncio.create_task(Decider(database, sleeping, rules).decide(MORNING))
    assert await asyncio.to_thread(sleeping.asleep.wait, 30)
    worker.cancel()
    sleeping.woken.set()
    await asyncio.gather(worker, return_exceptions=True)
    assert await Decider(beside, reader, rules).decide(MORNING + timedelta(seconds=1)) == 1
