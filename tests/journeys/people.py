"""A town and its people: they write, press buttons and read, over a real channel; the clock is the test's."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import pytest

from documents import rendering
from domain.cases import Case
from domain.messages import Address, Choice, Content, Location, Text
from domain.rulesets import Ruleset
from handlers import ticks
from handlers.deciding import Decider
from handlers.ports import Channel
from handlers.reporting import Reporter
from handlers.sending import Sender
from handlers.texts import Texts
from nlp.reader import Reader
from storage import cases, inbox, officers
from storage.database import Database

#: A journey that is gone through on each platform.
on_both = pytest.mark.parametrize("person_kind", ["web", "telegram"])
#: Where chats are spaced out, time must pass for the next message: a group on Telegram hears one every three seconds.
_ROUND = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message a person got."""

    text: str
    #: Label to id.
    buttons: dict[str, str] = field(default_factory=dict)
    #: Pictures, by the platform's own references.
    photos: tuple[str, ...] = ()
    #: Files that came with it: name and content.
    files: tuple[tuple[str, bytes], ...] = ()
    #: The platform's own id of the message, if it has buttons to press.
    id: str | None = field(default=None, compare=False, repr=False)
    #: The id of the message whose place it took; None for a new one at the bottom.
    replaces: str | None = field(default=None, compare=False, repr=False)

    def __contains__(self, words: str) -> bool:
        return words in self.text


@dataclass
class Person(ABC):
    """Somebody with a chat."""

    town: "Town"
    address: Address
    _heard: list[Heard] = field(default_factory=list, init=False)

    async def says(self, text: str) -> list[Heard]:
        """Write, and return what comes back."""
        return await self.sends(Text(text))

    async def presses(self, label: str, on: Heard | None = None) -> list[Heard]:
        """Press the newest button whose label begins so, or that of one message, and return what comes back."""
        return await self.sends(find_button([on] if on else self._heard, label))

    async def shares(self, latitude: float, longitude: float) -> list[Heard]:
        """Share a position, and return what comes back."""
        return await self.sends(Location(latitude, longitude))

    async def sends(self, content: Content) -> list[Heard]:
        """Send anything, and return what comes back."""
        await self.posts(content)
        await self.town.work()
        return await self.hears()

    async def hears(self) -> list[Heard]:
        """Return what came unprompted."""
        heard = await self._reads()
        for message in heard:
            # What was replaced is not on the screen any more.
            place = message.replaces
            self._heard = [one for one in self._heard if place is None or place not in (one.id, one.replaces)]
            self._heard.append(message)
        return heard

    @abstractmethod
    async def posts(self, content: Content) -> None:
        """Send something and wait for nothing but that it is stored."""

    @abstractmethod
    async def _reads(self) -> list[Heard]:
        """Return what the platform shows since it was read last."""


class Platform(Protocol):
    """Where people chat."""

    @property
    def channel(self) -> Channel:
        """What the bot speaks through."""

    async def newcomer(self, town: "Town") -> Person:
        """Return somebody the bot has never met."""


@dataclass
class Town:
    """A running bot with a clock that a test moves."""

    database: Database
    rules: Ruleset
    decider: Decider
    sender: Sender
    reporter: Reporter
    #: Where its people chat.
    platform: Platform
    now: datetime
    _codes: int = field(default=0, init=False)

    @classmethod
    def build(
        cls, database: Database, rules: Ruleset, reader: Reader, now: datetime, platform: Platform, *more: Platform
    ) -> "Town":
        """Build a town on a database; ``more`` are platforms the bot serves besides."""
        channels = {one.channel.name: one.channel for one in (platform, *more)}
        sender = Sender(database, rules, Texts(rules), channels)
        reporter = Reporter(database, rules, Texts(rules), rendering)
        return cls(database, rules, Decider(database, reader, rules), sender, reporter, platform, now)

    async def work(self) -> None:
        """Decide what came in and send what is due, until nothing is left to do."""
        while await self.decider.decide(self.now) or await self.sender.send(self.now):
            self.now += _ROUND

    async def passes(self, **time: float) -> None:
        """Let time pass, with its scheduled work."""
        self.now += timedelta(**time)
        await ticks.tick(self.database, self.rules, self.now)
        await self.work()

    async def reports(self) -> None:
        """Let reports that are due be made and sent."""
        while await self.reporter.make(self.now):
            await self.work()

    async def citizen(self) -> Person:
        """Return somebody new."""
        return await self.platform.newcomer(self)

    async def officer(
        self, agency: str, person: Person | None = None, *, role: str = "officer", name: str = ""
    ) -> Person:
        """Return somebody who works for an agency: somebody new, if not told who."""
        person = person or await self.platform.newcomer(self)
        assert "làm việc cho" in (await person.says(f"/canbo {await self.code(agency, role=role, name=name)}"))[-1]
        return person

    async def head(self, commune: str) -> Person:
        """Return the head of a village in a commune."""
        person = await self.platform.newcomer(self)
        assert "gửi thay" in (await person.says(f"/canbo {await self.code(commune, role='head')}"))[-1]
        return person

    async def code(self, agency: str, *, role: str = "officer", name: str = "") -> str:
        """Return an invitation."""
        self._codes += 1
        code = f"CODE{self._codes}"
        async with self.database.begin() as transaction:
            await officers.invite(transaction, code, agency, self.now, role=role, name=name)
        return code

    async def cases_of(self, person: Person) -> list[Case]:
        """Return a person's cases, latest first."""
        async with self.database.read() as transaction:
            known = await inbox.conversation_ids(transaction, [person.address])
            found = await cases.of_citizens(transaction, list(known.values()), self.now)
        return [case for own in found.values() for case in own]


def find_button(heard: list[Heard], label: str) -> Choice:
    """Return the press of the newest button whose label begins so."""
    for message in reversed(heard):
        for shown, key in message.buttons.items():
            if shown.startswith(label):
                return Choice(key, message.id)
    raise AssertionError(f"no button {label!r} among {[list(message.buttons) for message in heard]}")
