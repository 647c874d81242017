"""The web chat: sessions, what a page posts, and what it is shown."""

import asyncio
import json
import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from itsdangerous import BadSignature, Signer

from domain.messages import (
    Address,
    Attachment,
    Choice,
    Content,
    Delivered,
    Delivery,
    InboundMessage,
    Location,
    OutboundMessage,
    Text,
    TryLater,
)
from storage import conversations, files, inbox
from storage.conversations import WebMessage
from storage.database import Database

NAME = "web"
_LONGEST_ID = 64
#: Ids of messages are whole numbers that JavaScript keeps apart.
_HIGHEST_MESSAGE = 2**53
_LATITUDES, _LONGITUDES = 90, 180


class BadPayloadError(Exception):
    """What the page posted is not a message."""


class WebChat:
    """Carries messages to pages. Sending is writing a row; a page that waits is woken to read it."""

    name = NAME

    def __init__(self, database: Database, secret_key: str) -> None:
        self._database = database
        self._signer = Signer(secret_key, salt="hoiam.webchat")
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)

    def new_token(self) -> str:
        """Return a session token. Nothing is stored before the first message."""
        return self._signer.sign(secrets.token_urlsafe(18)).decode()

    def address(self, token: str) -> Address | None:
        """Return the address a token stands for; None when it is not one of ours."""
        try:
            return Address(NAME, self._signer.unsign(token).decode())
        except BadSignature:
            return None

    def spacing(self, _address: Address) -> timedelta:
        """Return the least time between two messages to one chat: none."""
        return timedelta()

    async def send(self, messages: Sequence[OutboundMessage]) -> list[Delivery]:
        """Put messages before their pages, each once."""
        try:
            async with self._database.begin() as transaction:
                known = await inbox.conversation_ids(transaction, [message.address for message in messages])
                shown = [(message, known[message.address]) for message in messages if message.address in known]
                await conversations.show_on_web(transaction, shown, datetime.now(UTC))
                await files.show_on_web(transaction, {one.id: [file.id for file in one.files] for one, _ in shown})
        except Exception as error:  # a database that is busy or away: the outbox tries again
            return [TryLater(timedelta(seconds=2), type(error).__name__) for _ in messages]
        for message in messages:
            for event in self._waiting.get(message.address.chat, ()):
                event.set()
        return [Delivered() for _ in messages]

    async def log(self, address: Address, after: int) -> list[WebMessage]:
        """Return what the page is to show after the message ``after``."""
        async with self._database.read() as transaction:
            known = await inbox.conversation_ids(transaction, [address])
            messages = await conversations.web_log(transaction, known[address], after) if known else []
            names = await files.names_on_web(transaction, [message.id for message in messages])
        return [replace(message, files=tuple(names.get(message.id, ()))) for message in messages]

    async def file(self, address: Address, file_id: int) -> Attachment | None:
        """Return a file that was sent to this address and still stands there; None for everybody else."""
        async with self._database.read() as transaction:
            known = await inbox.conversation_ids(transaction, [address])
            return await files.of_conversation(transaction, file_id, known[address]) if known else None

    async def wait(self, address: Address, seconds: float) -> None:
        """Return when something may be new for the page, or after so many seconds."""
        event = asyncio.Event()
        self._waiting[address.chat].add(event)
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting[address.chat].discard(event)
            if not self._waiting[address.chat]:
                del self._waiting[address.chat]


def parse_post(address: Address, body: bytes) -> InboundMessage:
    """Turn what a page posts into a message. Raises BadPayloadError."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadPayloadError("not JSON") from error
    client_id = payload.get("client_id") if isinstance(payload, dict) else None
    if not isinstance(client_id, str) or not 0 < len(client_id) <= _LONGEST_ID or not _is_plain(client_id):
        raise BadPayloadError("client_id")
    # The id is the page's own; the address before it keeps two pages apart.
    return InboundMessage(address, f"{address.chat}:{client_id}", _content(payload))


def _is_plain(text: str) -> bool:
    """Tell whether a database keeps the text as it is."""
    return text.isascii() and text.isprintable()


def _pressed_on(payload: dict[str, Any]) -> str | None:
    """Return the id of the message a button was pressed on, if the page tells it."""
    match payload.get("on"):
        case None:
            return None
        case int(on) if not isinstance(on, bool) and 0 < on <= _HIGHEST_MESSAGE:
            return str(on)
    raise BadPayloadError("on")


def _content(payload: dict[str, Any]) -> Content:
    match payload:
        case {"text": str(text)} if text.strip():
            # A lone surrogate is no character; a database could not keep it.
            return Text(text.encode("utf-8", "replace").decode().replace("\x00", ""))
        case {"choice": str(choice)} if 0 < len(choice.encode("utf-8", "replace")) <= _LONGEST_ID:
            return Choice(choice.encode("ascii", "replace").decode().replace("\x00", ""), _pressed_on(payload))
        case {"location": {"latitude": int() | float() as latitude, "longitude": int() | float() as longitude}}:
            numbers = not isinstance(latitude, bool) and not isinstance(longitude, bool)  # Python counts with True
            if numbers and abs(latitude) <= _LATITUDES and abs(longitude) <= _LONGITUDES:
                return Location(float(latitude), float(longitude))
    raise BadPayloadError("text, choice or location")
