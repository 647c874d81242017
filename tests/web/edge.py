"""The HTTP edge of one process, in process and on loopback."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from sqlalchemy import text

from channels.webchat import WebChat
from domain.messages import Address, Delivered, OutboundMessage
from storage.database import Database
from web.app import Web

ROAD = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"


@dataclass
class Edge:
    """The HTTP edge of one process, with the database behind it."""

    web: Web
    http: httpx.AsyncClient
    #: How often the workers were woken.
    woken: list[None]
    _said: int = 0

    @classmethod
    def build(cls, database: Database, **more: Any) -> "Edge":  # noqa: ANN401 - whatever Web takes
        """Build an edge on a database."""
        woken: list[None] = []
        web = Web(database, WebChat(database, "a key for tests"), wake=lambda: woken.append(None), **more)
        transport = httpx.ASGITransport(app=web.app(), raise_app_exceptions=False)
        return cls(web, httpx.AsyncClient(transport=transport, base_url="http://edge"), woken)

    async def token(self) -> str:
        """Return a new session's token."""
        answer = await self.http.post("/chat/sessions")
        assert answer.status_code == 201
        token: str = answer.json()["token"]
        return token

    async def post(self, token: str, body: object) -> httpx.Response:
        """Post to the chat: bytes as they are, anything else as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.http.post("/chat/messages", content=content, headers=bearer(token))

    async def stored(self) -> list[str]:
        """Return the ids of all messages in the inbox."""
        async with self.web.database.read() as transaction:
            return list((await transaction.execute(text("SELECT external_id FROM inbox ORDER BY id"))).scalars())

    async def says(self, token: str, words: str, replaces: int | None = None) -> OutboundMessage:
        """Let the bot say something in a session, in the place of an earlier message or at the end."""
        self._said += 1
        place = str(replaces) if replaces else None
        message = OutboundMessage(self._said, self.address(token), words, (("agree", "Đồng ý"),), replaces=place)
        assert await self.web.webchat.send([message]) == [Delivered()]
        return message

    async def log(self, token: str, after: int = 0) -> list[dict[str, Any]]:
        """Return what a page gets when it asks."""
        answer = await self.http.get(f"/chat/messages?after={after}", headers=bearer(token))
        messages: list[dict[str, Any]] = answer.json()["messages"]
        return messages

    def address(self, token: str) -> Address:
        """Return the address of a session."""
        address = self.web.webchat.address(token)
        assert address
        return address


def bearer(token: str) -> dict[str, str]:
    """Return the headers of a session."""
    return {"Authorization": f"Bearer {token}"}


def said(client_id: str = "1", words: str = ROAD) -> dict[str, object]:
    """Return what a page posts."""
    return {"client_id": client_id, "text": words}


def assert_refused(answer: httpx.Response, status: int, words: str) -> None:
    assert answer.status_code == status
    assert words in answer.json()["error"]["message"]


@contextlib.asynccontextmanager
async def listening(edge: Edge) -> AsyncIterator[httpx.AsyncClient]:
    """Serve an edge on loopback, as ``hoiam serve`` does."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        edge.web.app(), log_config=None, access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
            yield client
    finally:
        server.should_exit = True
        await serving


async def events_of(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """Return the messages of a stream as they come."""
    async for line in answer.aiter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))
