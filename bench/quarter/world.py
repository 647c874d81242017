"""The clock, the wires and the people of a simulated quarter. People see messages and buttons, and nothing else."""

import heapq
import random
import re
import tomllib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from domain.messages import Address, Content, Delivered, Delivery, InboundMessage, OutboundMessage, Refused, TryLater
from domain.rulesets import Ruleset
from handlers import ticks
from handlers.deciding import Decider
from handlers.ports import TextReader
from handlers.sending import Sender
from handlers.texts import Texts
from nlp.reader import Reader
from nlp.reading import Commune, Reading
from storage import inbox
from storage.database import Database

TEXTS = tomllib.loads((Path(__file__).parent / "texts.toml").read_text(encoding="utf-8"))
_NUMBER = re.compile(r"[A-Z]{2}\d\d-\d{4,}-\d{3}")
#: A number that only shows what numbers look like.
_EXAMPLE = re.compile(r"ví dụ \S+")
#: Messages of one transaction into the inbox.
_CHUNK = 200
#: Rows decided and sent together: a step's work in few transactions.
_BATCH = 500
#: One message in so many is put off by the platform.
_HICCUP = 400
#: At these hours: one step of the clock later it must not be night.
_HICCUPS = range(7, 15)
#: In the daytime and at night one step of the clock takes so many minutes.
STEPS = (30, 60)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is the matter, as only the people know it."""

    id: int
    topic: str
    commune: str
    #: "xóm 5 xã Kha Sơn".
    at: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was taken by a wire."""

    at: datetime
    #: Outbox row.
    id: int
    to: Address
    #: Hash of the text.
    text: int
    #: Case numbers in text and buttons.
    numbers: frozenset[str]


#: What follows the verb of each button, by verb: "send:1", "o:view:TN26-…" → {"send": [["1"]], "view": [["TN26-…"]]}.
Buttons = Mapping[str, list[list[str]]]


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as a person sees it."""

    text: str
    buttons: Buttons

    @property
    def urgent(self) -> bool:
        """Say whether it tells of something urgent."""
        return "⚠️" in self.text


class Person(ABC):
    """Somebody with a chat."""

    def __init__(self, world: "World", address: Address) -> None:
        self.world = world
        self.address = address
        self.random = random.Random(f"{world.seed} {address.chat}")
        world.people[address] = self

    @abstractmethod
    def hears(self, heard: Heard) -> None:
        """Take a message in, and plan what to do about it."""

    def begins(self, problem: Problem) -> None:
        """Have something on one's mind from here on."""
        self.problem: Problem | None = problem

    def posts(self, content: Content, at: datetime) -> None:
        """Send something at a moment."""
        self.world.plan(at, self.address, content)

    def soon(self, least: float = 2, most: float = 20) -> datetime:
        """Return a moment some minutes from now."""
        return self.world.now + timedelta(minutes=self.random.uniform(least, most))


class Wire:
    """A channel that keeps what it was given to send."""

    def __init__(self, name: str, world: "World") -> None:
        self._name = name
        self._world = world

    @property
    def name(self) -> str:
        """Return the platform's name, which the handlers know by what it can do."""
        return self._name

    def spacing(self, _address: Address, /) -> timedelta:
        """Return that chats need no pause: the clock's steps are minutes."""
        return timedelta()

    async def send(self, messages: Sequence[OutboundMessage]) -> list[Delivery]:
        """Take messages; now and then a platform wants to wait, and some people have blocked it."""
        return [self._take(message) for message in messages]

    def _take(self, message: OutboundMessage) -> Delivery:
        world = self._world
        if message.address in world.blocked:
            return Refused("blocked by the user", gone=True)
        if world.now.astimezone(world.rules.calendar.zone).hour in _HICCUPS and world.random.randrange(_HICCUP) == 0:
            return TryLater(timedelta(minutes=1), "too many requests")
        words = [_EXAMPLE.sub("", message.text), *(button for button, _ in message.buttons)]
        numbers = frozenset(_NUMBER.findall(" ".join(words)))
        world.sent.append(Sent(world.now, message.id, message.address, hash(message.text), numbers))
        world.unheard.append(message)
        return Delivered()


class Hurried:
    """The reader as it reads when much waits: without the deep model. Everything else takes its ordinary way."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def read(self, texts: Sequence[str], *, hurried: bool = False) -> list[Reading]:
        """Return a reading of each text, always in a hurry."""
        del hurried
        return self._reader.read(texts, hurried=True)

    def suggest(self, text: str) -> tuple[Commune, ...]:
        """Return the communes whose names come near."""
        return self._reader.suggest(text)

    def nearest(self, latitude: float, longitude: float) -> tuple[Commune, float] | None:
        """Return the commune of a point."""
        return self._reader.nearest(latitude, longitude)


@dataclass
class World:
    """A province over a quarter."""

    database: Database
    rules: Ruleset
    reader: TextReader
    now: datetime
    seed: int
    people: dict[Address, Person] = field(default_factory=dict)
    #: What people have blocked.
    blocked: set[Address] = field(default_factory=set)
    sent: list[Sent] = field(default_factory=list)
    unheard: list[OutboundMessage] = field(default_factory=list)
    #: What each case is about.
    problems: dict[str, Problem] = field(default_factory=dict)
    #: When each address wrote, in order.
    wrote: dict[Address, list[datetime]] = field(default_factory=dict)
    #: Messages put into the inbox.
    posted: int = 0
    _plans: list[tuple[datetime, int, Address, Content, Problem | None]] = field(default_factory=list)
    _planned: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(f"{self.seed} world")
        self.begun_by = self.rules
        self.wires = {name: Wire(name, self) for name in ("telegram", "web")}
        self.decider = Decider(self.database, self.reader, self.rules, batch=_BATCH)
        self.sender = Sender(self.database, self.rules, Texts(self.rules), self.wires, batch=_BATCH)

    def plan(self, at: datetime, address: Address, content: Content, problem: Problem | None = None) -> None:
        """Have somebody send something at a moment; with a problem it is what the person then has on the mind."""
        self._planned += 1
        heapq.heappush(self._plans, (at, self._planned, address, content, problem))

    def adopt(self, rules: Ruleset) -> None:
        """Go on by other rules."""
        self.rules = rules
        self.decider.adopt(rules)
        self.sender.adopt(rules)

    async def step(self, minutes: float) -> None:
        """Let time pass: what people send comes in, is decided, ticks tick, all that is due goes out and is heard."""
        self.now += timedelta(minutes=minutes)
        while self._plans and self._plans[0][0] <= self.now:
            await self._put()
        while await self.decider.decide(self.now):
            pass
        await ticks.tick(self.database, self.rules, self.now)
        while await self.sender.send(self.now):
            pass
        heard, self.unheard = self.unheard, []
        for message in heard:
            self.people[message.address].hears(_seen(message))

    async def _put(self) -> None:
        """Put what is due into the inbox, so many at a time."""
        messages: list[InboundMessage] = []
        while self._plans and self._plans[0][0] <= self.now and len(messages) < _CHUNK:
            _, n, address, content, problem = heapq.heappop(self._plans)
            if problem:
                self.people[address].begins(problem)
            messages.append(InboundMessage(address, str(n), content))
            self.wrote.setdefault(address, []).append(self.now)
        async with self.database.begin() as transaction:
            self.posted += await inbox.put(transaction, messages, self.now)


def _seen(message: OutboundMessage) -> Heard:
    buttons: dict[str, list[list[str]]] = {}
    for button, _ in message.buttons:
        verb, *rest = button.removeprefix("o:").split(":")
        buttons.setdefault(verb, []).append(rest)
    return Heard(message.text, buttons)
