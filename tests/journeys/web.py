"""People at the web chat's HTTP edge."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from channels.webchat import WebChat
from domain.messages import Choice, Content, Location, Text
from storage.database import Database
from tests.journeys.people import Heard, Person, Town
from web.app import Web


@dataclass(frozen=True, slots=True)
class WebPlatform:
    """The page's HTTP edge, in process."""

    channel: WebChat
    edge: Web
    http: httpx.AsyncClient

    async def newcomer(self, town: Town) -> "WebPerson":
        """Return somebody who has just opened the page."""
        self.edge.clock = lambda: town.now
        token = (await self.http.post("/chat/sessions")).json()["token"]
        address = self.channel.address(token)
        assert address
        return WebPerson(town, address, self.http, token)


@asynccontextmanager
async def on_web(database: Database) -> AsyncIterator[WebPlatform]:
    """Serve the web chat."""
    channel = WebChat(database, "a key for tests")
    edge = Web(database, channel, wake=lambda: None)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(edge.app()), base_url="http://town") as http:
        yield WebPlatform(channel, edge, http)


@dataclass
class WebPerson(Person):
    """Somebody with the page open."""

    http: httpx.AsyncClient
    token: str
    _last: int = field(default=0, init=False)

    async def posts(self, content: Content) -> None:
        """Post as the page does."""
        payload = {"client_id": str(uuid4()), **_payload(content)}
        answer = await self.http.post("/chat/messages", json=payload, headers=self._headers)
        assert answer.status_code == 202, answer.text

    async def _reads(self) -> list[Heard]:
        answer = await self.http.get(f"/chat/messages?after={self._last}", headers=self._headers)
        messages = answer.json()["messages"]
        self._last = max([self._last, *(message["id"] for message in messages)])
        return [_heard(message, [await self._fetches(file) for file in message["files"]]) for message in messages]

    async def _fetches(self, file: dict[str, Any]) -> tuple[str, bytes]:
        answer = await self.http.get(f"/chat/files/{file['id']}", headers=self._headers)
        assert answer.status_code == 200, answer.text
        return file["name"], answer.content

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def _heard(message: dict[str, Any], files: list[tuple[str, bytes]]) -> Heard:
    buttons = {choice["label"]: choice["id"] for choice in message["choices"]}
    replaces = message["replaces"]
    place = str(replaces) if replaces else None
    return Heard(message["text"], buttons, files=tuple(files), id=str(message["id"]), replaces=place)


def _payload(content: Content) -> dict[str, Any]:
    match content:
        case Text(text):
            return {"text": text}
        case Choice(id, on):
            return {"choice": id, "on": int(on) if on else None}
        case Location(latitude, longitude):
            return {"location": {"latitude": latitude, "longitude": longitude}}
    raise AssertionError(f"the page cannot send {content}")
