"""People for the journeys: they write, press buttons and read, over a real channel; the clock is the test's."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

import httpx

from channels.webchat import WebChat
from domain.messages import Address
from domain.rulesets import Ruleset
from handlers import ticks
from handlers.deciding import Decider
from handlers.ports import Channel
from handlers.sending import Sender
from handlers.texts import Texts
from nlp.reader import Reader
from storage import cases, inbox, officers
from storage.cases import Case
from storage.database import Database
from web.app import Web


@dataclass(frozen=True, slots=True)
class Heard:
    """A message a person got."""

    text: str
    #: Label to id.
    buttons: dict[str, str]

    def __contains__(self, words: str) -> bool:
        return words in self.text


class Person(Protocol):
    """Somebody with a chat."""

    address: Address

    async def says(self, text: str) -> list[Heard]:
        """Write, and return what comes back."""

    async def presses(self, label: str) -> list[Heard]:
        """Press the newest button whose label begins so, and return what comes back."""

    async def hears(self) -> list[Heard]:
        """Return what came unprompted."""


@dataclass
class Town:
    """A running bot with a clock that a test moves."""

    database: Database
    rules: Ruleset
    decider: Decider
    sender: Sender
    webchat: WebChat
    http: httpx.AsyncClient
    now: datetime
    _codes: int = 0

    @classmethod
    def build(cls, database: Database, rules: Ruleset, reader: Reader, now: datetime, *more: Channel) -> "Town":
        """Build a town on a database; ``more`` are channels besides the web chat."""
        webchat = WebChat(database, "a key for tests")
        channels: dict[str, Channel] = {channel.name: channel for channel in (webchat, *more)}
        app = Web(database, webchat, wake=lambda: None).app()
        return cls(
            database,
            rules,
            Decider(database, reader, rules),
            Sender(database, rules, Texts(rules), channels),
            webchat,
            httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://town"),
            now,
        )

    async def work(self) -> None:
        """Decide what came in and send what is due, until nothing is left to do."""
        while await self.decider.decide(self.now) or await self.sender.send(self.now):
            # Where chats are spaced out, time must pass for the next message.
            self.now += timedelta(seconds=1)

    async def passes(self, **time: float) -> None:
        """Let time pass, with its scheduled work."""
        self.now += timedelta(**time)
        await ticks.tick(self.database, self.rules, self.now)
        await self.work()

    async def citizen(self) -> "WebPerson":
        """Return somebody new with a web chat."""
        token = (await self.http.post("/chat/sessions")).json()["token"]
        address = self.webchat.address(token)
        assert address
        return WebPerson(self, token, address)

    async def officer(self, agency: str) -> "WebPerson":
        """Return somebody who works for an agency."""
        person = await self.citizen()
        assert "làm việc cho" in (await person.says(f"/canbo {await self.code(agency)}"))[-1]
        return person

    async def code(self, agency: str) -> str:
        """Return an invitation."""
        self._codes += 1
        code = f"CODE{self._codes}"
        async with self.database.begin() as transaction:
            await officers.invite(transaction, code, agency, self.now)
        return code

    async def cases_of(self, person: Person) -> list[Case]:
        """Return a person's cases, latest first."""
        async with self.database.read() as transaction:
            known = await inbox.conversation_ids(transaction, [person.address])
            found = await cases.of_citizens(transaction, list(known.values()), self.now)
        return [case for own in found.values() for case in own]


@dataclass
class WebPerson:
    """Somebody at the web chat's HTTP edge."""

    town: Town
    token: str
    address: Address
    _last: int = 0
    _heard: list[Heard] = field(default_factory=list)

    async def says(self, text: str) -> list[Heard]:
        """Write."""
        return await self._posts({"text": text})

    async def presses(self, label: str) -> list[Heard]:
        """Press the newest button whose label begins so."""
        return await self._posts({"choice": find_button(self._heard, label)})

    async def shares(self, latitude: float, longitude: float) -> list[Heard]:
        """Share a position."""
        return await self._posts({"location": {"latitude": latitude, "longitude": longitude}})

    async def hears(self) -> list[Heard]:
        """Read what is new."""
        answer = await self.town.http.get(f"/chat/messages?after={self._last}", headers=self._headers)
        messages = answer.json()["messages"]
        self._last = max([self._last, *(message["id"] for message in messages)])
        heard = [
            Heard(message["text"], {choice["label"]: choice["id"] for choice in message["choices"]})
            for message in messages
        ]
        self._heard += heard
        return heard

    async def _posts(self, payload: dict[str, object]) -> list[Heard]:
        answer = await self.town.http.post(
            "/chat/messages", json={"client_id": str(uuid4()), **payload}, headers=self._headers
        )
        assert answer.status_code == 202, answer.text
        await self.town.work()
        return await self.hears()

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def find_button(heard: list[Heard], label: str) -> str:
    """Return the id of the newest button whose label begins so."""
    for message in reversed(heard):
        for shown, key in message.buttons.items():
            if shown.startswith(label):
                return key
    raise AssertionError(f"no button {label!r} among {[list(message.buttons) for message in heard]}")
