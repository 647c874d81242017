"""A crowd that writes to ``hoiam serve`` over HTTP, processes that are killed under it, and what must hold after."""

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
from sqlalchemy import func, select, update

from bot.settings import Settings
from channels.webchat import WebChat
from domain.concerns import Decision
from domain.numbers import find_case_number
from domain.rulesets import Ruleset
from domain.transitions import EventKind
from handlers.understanding import understand
from nlp.reader import Reader
from storage.conversations import load_state
from storage.database import Database
from storage.tables import cases, conversations, events, inbox, outbox, web_messages

SECRET = "a key for the endurance tests"
ROOT = Path(__file__).parents[2]
#: A process imports the language models when it starts; on a busy machine that takes a while.
_STARTED_WITHIN = 90
_STOPPED_WITHIN = 10
_DRAINED_WITHIN = 60
#: Before a kill the register is looked at so often, for work in hand; a look takes some milliseconds.
_LOOKS = 300
#: Every so manieth citizen has a second concern.
_TALKATIVE = 8
#: So many requests are on their way at once.
_AT_ONCE = 32
#: What a client sees of a process that is dead or dies.
DEAD = (httpx.NetworkError, httpx.RemoteProtocolError, httpx.TimeoutException)
#: Where a process listens: below what systems give to clients, or one of them might hold the port when it starts again.
_PORTS = range(20_000, 32_000)
_HAMLETS = ("Đông", "Trung", "Soi", "Mai Sơn", "Phú Lợi", "Ngoài")


def _free_port() -> int:
    while True:
        # Not by the seed of the tests: those that run on the next core have the same.
        port = random.SystemRandom().choice(_PORTS)
        with socket.socket() as found, suppress(OSError):
            found.bind(("127.0.0.1", port))
            return port


@dataclass
class Process:
    """One ``python -m bot serve``, as an operator starts it."""

    database_url: str
    #: Where it runs and logs: far from any .env of a developer.
    folder: Path
    port: int = field(default_factory=_free_port)
    _running: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where its web chat listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it; it answers only later."""
        # Without compiled modules every start would take ten seconds longer.
        left_out = ("HOIAM_", "COV_", "PYTHONDONTWRITEBYTECODE")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(left_out)} | {
            "PYTHONPATH": str(ROOT),
            "HOIAM_DATABASE_URL": self.database_url,
            "HOIAM_SECRET_KEY": SECRET,
            "HOIAM_HTTP_PORT": str(self.port),
            "HOIAM_MODEL_PATH": str(ROOT / Settings.model_fields["model_path"].default),
            "HOIAM_TICK_SECONDS": "1",
        }
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(
                [sys.executable, "-m", "bot", "serve"], cwd=self.folder, env=environment, stdout=log, stderr=log
            )

    async def answers(self) -> None:
        """Return when it answers."""
        deadline = time.monotonic() + _STARTED_WITHIN
        async with httpx.AsyncClient(base_url=self.url) as http:
            while time.monotonic() < deadline:
                assert self._alive.poll() is None, f"it ended by itself:\n{self._log.read_text()[-3000:]}"
                try:
                    if (await http.get("/health/ready")).status_code == 200:
                        return
                except DEAD:
                    pass
                await asyncio.sleep(0.05)
        raise AssertionError(f"it did not start:\n{self._log.read_text()[-3000:]}")

    def kill(self) -> None:
        """Kill it as a power cut would."""
        assert self._alive.poll() is None, f"it ended by itself:\n{self._log.read_text()[-3000:]}"
        self._alive.kill()
        self._alive.wait()

    def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        self._alive.terminate()
        return self._alive.wait(_STOPPED_WITHIN)

    def end(self) -> None:
        """Make sure that it is gone."""
        if self._running and self._running.poll() is None:
            self.kill()

    def errors(self) -> list[str]:
        """Return what it logged as an error."""
        return [line for line in self._log.read_text().splitlines() if '"level": "error"' in line]

    @property
    def _log(self) -> Path:
        return self.folder / f"{self.port}.log"

    @property
    def _alive(self) -> subprocess.Popen[bytes]:
        assert self._running
        return self._running


@dataclass(frozen=True, slots=True)
class Concern:
    """Words that are understood at once: their card is the first answer to them."""

    text: str
    commune: str | None


def sure_concerns(reader: Reader, rules: Ruleset, form: str) -> list[Concern]:
    """Return concerns all over the province. ``form`` has places for a hamlet and a commune."""
    names = [f"{area.kind} {area.name}" for area in rules.communes.values()]
    texts = [form.format(_HAMLETS[n % len(_HAMLETS)], name) for n, name in enumerate(names)]
    facts = [understand(text, reading, rules) for text, reading in zip(texts, reader.read(texts), strict=True)]
    sure = [
        Concern(text, fact.commune)
        for text, fact in zip(texts, facts, strict=True)
        if fact.decision is Decision.ROUTE and fact.commune and fact.text == text
    ]
    assert len(sure) > 20
    return sure


class Road:
    """The way to the processes: each request takes any of them."""

    def __init__(self, processes: Sequence[Process]) -> None:
        self._processes = processes
        self._http = httpx.AsyncClient(timeout=10)
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def post(
        self, path: str, payload: Mapping[str, str], token: str, chance: random.Random
    ) -> httpx.Response | None:
        """Post to one of the processes; None when it is dead, or died before it answered."""
        url = chance.choice(self._processes).url
        headers = {"Authorization": f"Bearer {token}"} if token else None
        async with self._gate:
            try:
                return await self._http.post(url + path, json=payload, headers=headers)
            except DEAD:
                return None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()


@dataclass
class Citizen:
    """Somebody at the web chat who does not wait for replies, and repeats what was not taken."""

    concerns: tuple[Concern, ...]
    chance: random.Random
    token: str = ""
    #: The client ids of what was taken, in the order of posting.
    taken: list[str] = field(default_factory=list)
    #: How often something had to be said again.
    repeated: int = 0

    async def writes(self, road: Road) -> None:
        """Tell every concern, agree once, send each."""
        self.token = (await self._post(road, "/chat/sessions", {}))["token"]
        for serial, concern in enumerate(self.concerns, 1):
            await self._says(road, text=concern.text)
            if serial == 1:
                await self._says(road, choice="agree")
            await self._says(road, choice=f"send:{serial}")

    @property
    def expected(self) -> list[str]:
        """What is to be heard, in order."""
        rest = [shown for serial in range(1, len(self.concerns) + 1) for shown in (f"card {serial}", "filed")]
        return ["notice", *rest]

    async def _says(self, road: Road, **content: str) -> None:
        client_id = str(uuid4())
        await self._post(road, "/chat/messages", {"client_id": client_id, **content})
        self.taken.append(client_id)

    async def _post(self, road: Road, path: str, payload: dict[str, str]) -> dict[str, str]:
        """Post until it is taken, as the page does."""
        while True:
            answer = await road.post(path, payload, self.token, self.chance)
            if answer and answer.is_success:
                body: dict[str, str] = answer.json()
                return body
            assert answer is None or answer.status_code == 503, answer.text
            self.repeated += 1
            await asyncio.sleep(self.chance.uniform(0.4, 1.6))


def make_crowd(count: int, reader: Reader, rules: Ruleset, chance: random.Random) -> list[Citizen]:
    """Return citizens with a concern each, some with a second one about another matter elsewhere."""
    roads = sure_concerns(reader, rules, "đường vào xóm {} {} ổ gà to lắm")
    lamps = sure_concerns(reader, rules, "đèn đường ở xóm {} {} tắt cả tuần nay")
    crowd = []
    for n in range(count):
        first = chance.choice(roads)
        second = chance.choice([lamp for lamp in lamps if lamp.commune != first.commune])
        crowd.append(Citizen((first, second) if n % _TALKATIVE == 0 else (first,), random.Random(chance.random())))
    return crowd


@dataclass(frozen=True, slots=True)
class Wrecked:
    """What a process left behind when it was killed."""

    undecided: int
    unsent: int
    leased: int


async def write_under_fire(
    crowd: Sequence[Citizen], processes: Sequence[Process], database: Database, kills: int, chance: random.Random
) -> list[Wrecked]:
    """Let the crowd write in waves; in each wave but the last a process is killed, then started again."""
    waves = [crowd[n :: kills + 1] for n in range(kills + 1)]
    wrecked = []
    async with aclosing(Road(processes)) as road, asyncio.TaskGroup() as group:
        for n, wave in enumerate(waves):
            for citizen in wave:
                group.create_task(citizen.writes(road))
            if n < kills:
                await asyncio.sleep(chance.uniform(0.2, 1.2))
                victim = chance.choice(processes)
                await _work_in_hand(database)
                victim.kill()
                wrecked.append(await _look_at(database))
                await _let_leases_run_out(database)
                victim.start()
                await victim.answers()
    return wrecked


async def _work_in_hand(database: Database) -> None:
    """Return when somebody holds a lease: a kill that hits nothing tries nothing."""
    for _ in range(_LOOKS):
        if (await _look_at(database)).leased:
            return


async def _look_at(database: Database) -> Wrecked:
    async with database.read() as transaction:
        undecided = select(func.count()).select_from(inbox).where(inbox.c.decided_at.is_(None))
        unsent = select(func.count()).select_from(outbox).where(outbox.c.settled_at.is_(None))
        leased = select(func.count()).select_from(conversations).where(conversations.c.lease_until.is_not(None))
        sending = select(func.count()).select_from(outbox).where(outbox.c.lease_until.is_not(None))
        counts = [(await transaction.execute(query)).scalar_one() for query in (undecided, unsent, leased, sending)]
    return Wrecked(counts[0], counts[1], counts[2] + counts[3])


async def _let_leases_run_out(database: Database) -> None:
    """Do what a minute and a half of waiting would do.

    A process that lives on loses its leases too, and finds so only when it wants to write: worse than in life.
    """
    past = datetime.now(UTC) - timedelta(seconds=1)
    async with database.begin() as transaction:
        for table in (conversations, outbox):
            # What is being written right now is left alone: to wait for it might be to wait for one another.
            held = select(table.c.id).where(table.c.lease_until.is_not(None)).with_for_update(skip_locked=True)
            ids = list((await transaction.execute(held)).scalars())
            await transaction.execute(update(table).where(table.c.id.in_(ids)).values(lease_until=past))


async def drained(database: Database) -> None:
    """Return when everything is decided and sent."""
    deadline = time.monotonic() + _DRAINED_WITHIN
    while time.monotonic() < deadline:
        left = await _look_at(database)
        if not left.undecided and not left.unsent:
            return
        await asyncio.sleep(0.2)
    raise AssertionError(f"after {_DRAINED_WITHIN} s there is still work: {left}")


async def check_register(database: Database, crowd: Sequence[Citizen], rules: Ruleset) -> None:
    """Check what must be in the register when all is done: nothing lost, nothing twice, everything in order."""
    ids = await _check_inbox(database, crowd)
    await _check_cases(database, crowd, ids, rules)
    await _check_replies(database, crowd, ids)


async def _check_inbox(database: Database, crowd: Sequence[Citizen]) -> list[int]:
    """Every message that was taken is there once, in the order of posting, and decided. Returns conversation ids."""
    webchat = WebChat(database, SECRET)
    async with database.read() as transaction:
        rows = (await transaction.execute(select(inbox).order_by(inbox.c.id))).all()
        talks = {row.chat: row for row in await transaction.execute(select(conversations))}
    assert [row.id for row in rows if row.decided_at is None or row.set_aside_at or row.body is not None] == []
    assert [row.error for row in rows if row.error or row.attempts] == []
    came: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        came[row.conversation_id].append(row.external_id)
    ids = []
    for citizen in crowd:
        address = webchat.address(citizen.token)
        assert address
        talk = talks.pop(address.chat)
        assert came.pop(talk.id) == [f"{address.chat}:{client_id}" for client_id in citizen.taken]
        assert (talk.waiting, talk.waiting_since, talk.lease_until) == (0, None, None)
        assert load_state(talk.state).concerns == ()
        ids.append(talk.id)
    assert not talks
    assert not came
    return ids


async def _check_cases(database: Database, crowd: Sequence[Citizen], ids: Sequence[int], rules: Ruleset) -> None:
    """Every concern that was sent is one case of its citizen, filed once, with a number of its own."""
    async with database.read() as transaction:
        rows = (await transaction.execute(select(cases).order_by(cases.c.id))).all()
        filed = list(
            (await transaction.execute(select(events.c.case_id).where(events.c.kind == EventKind.FILED))).scalars()
        )
    of: dict[int, list[Concern]] = defaultdict(list)
    for row in rows:
        of[row.conversation_id].append(Concern(row.text, row.commune))
    assert {i: Counter(own) for i, own in of.items()} == {
        i: Counter(citizen.concerns) for i, citizen in zip(ids, crowd, strict=True)
    }
    assert sorted(filed) == [row.id for row in rows]
    numbers = [row.number for row in rows]
    assert len(set(numbers)) == len(numbers)
    assert [find_case_number(number, rules.prefix, 2000) for number in numbers] == numbers


async def _check_replies(database: Database, crowd: Sequence[Citizen], ids: Sequence[int]) -> None:
    """Every reply was delivered, stands before its page once, and in order."""
    async with database.read() as transaction:
        sent = (await transaction.execute(select(outbox))).all()
        shown = (await transaction.execute(select(web_messages).order_by(web_messages.c.id))).all()
    assert {(row.outcome, row.error) for row in sent} == {("delivered", None)}
    assert sorted(row.outbox_id for row in shown) == sorted(row.id for row in sent)
    heard: dict[int, list[str]] = defaultdict(list)
    for row in shown:
        heard[row.conversation_id].append(_kind(json.loads(row.choices)))
    assert heard == {i: citizen.expected for i, citizen in zip(ids, crowd, strict=True)}


def _kind(choices: list[tuple[str, str]]) -> str:
    """Tell a reply by its first button."""
    first = choices[0][0] if choices else ""
    verb, serial, *_ = [*first.split(":"), ""]
    # Whether it is the same problem as another's is asked in the place of the card.
    card = f"card {serial}"
    return {"agree": "notice", "send": card, "same": card, "case": "filed"}.get(verb, f"unexpected {first!r}")


def stopped_well(code: int) -> bool:
    """Say whether an exit code is that of a process that stopped because it was asked to."""
    return code in (0, -signal.SIGTERM)
