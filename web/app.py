"""HTTP: the chat page and its JSON, the Telegram webhook, health. Answers 200 or 202 only after the inbox commit."""

import hmac
import json
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from channels.webchat import BadPayloadError, WebChat, parse_post
from domain.messages import Address, InboundMessage
from handlers.faults import fault
from handlers.texts import read_texts
from storage import inbox
from storage.conversations import WebMessage
from storage.database import Database

log = structlog.get_logger()

HERE = Path(__file__).parent
_STATIC = {"chat.js": "text/javascript", "chat.css": "text/css", "icon.svg": "image/svg+xml"}
#: Bytes of one request; a long petition fits.
_LARGEST_BODY = 64_000
_LARGEST_UPDATE = 1_000_000
#: Messages of one session within a minute.
_PER_MINUTE = 40
_SESSIONS_REMEMBERED = 20_000
#: A page that waits is answered after so many seconds at the latest.
_LONGEST_WAIT = 30
_STREAM_TICK = 15
#: Ids are whole numbers of 64 bits to the database.
_HIGHEST_ID = 2**63
_SECURITY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault
    """A request is refused; ``code`` is the text shown and what a program can read."""

    def __init__(self, status: int, code: str, **headers: str) -> None:
        super().__init__(code)
        self.status, self.code, self.headers = status, code, headers


@dataclass
class Pace:
    """How many messages each session sent in this minute. A brake, not a register: it forgets the oldest."""

    limit: int = _PER_MINUTE
    _counts: OrderedDict[tuple[str, int], int] = field(default_factory=OrderedDict)

    def allows(self, session: str, minute: int) -> bool:
        """Count one message."""
        key = (session, minute)
        self._counts[key] = self._counts.get(key, 0) + 1
        if len(self._counts) > _SESSIONS_REMEMBERED:
            self._counts.popitem(last=False)
        return self._counts[key] <= self.limit


@dataclass
class Web:
    """What the routes work with."""

    database: Database
    webchat: WebChat
    #: Called after something new is in the inbox.
    wake: Callable[[], None]
    #: Parses a Telegram webhook's body; None when there is no webhook.
    parse_telegram: Callable[[bytes], InboundMessage | None] | None = None
    #: What the answer to a delivery asks Telegram to do at once, such as ending a button's waiting sign.
    reply_telegram: Callable[[bytes], object | None] | None = None
    telegram_secret: str = ""
    #: Raises or returns a word for each thing that is not ready.
    ready: Callable[[], Awaitable[dict[str, str]]] | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    pace: Pace = field(default_factory=Pace)
    #: Set when the process stops: open streams end by themselves.
    stopping: bool = False

    def app(self) -> Starlette:
        """Return the application."""
        return Starlette(
            routes=[
                Route("/", _page),
                Route("/can-bo", _page),
                Route("/static/{name}", _static),
                Route("/chat/sessions", self.new_session, methods=["POST"]),
                Route("/chat/messages", self.post_message, methods=["POST"]),
                Route("/chat/messages", self.get_messages, methods=["GET"]),
                Route("/chat/stream", self.stream, methods=["GET"]),
                Route("/chat/files/{id:int}", self.file, methods=["GET"]),
                Route("/telegram/webhook", self.telegram, methods=["POST"]),
                Route("/health/live", _live),
                Route("/health/ready", self.readiness),
            ],
            exception_handlers={Refusal: _refused, HTTPException: _http_error, Exception: _fault},
        )

    async def new_session(self, _request: Request) -> Response:
        """Give out a token."""
        return JSONResponse({"token": self.webchat.new_token()}, 201)

    async def post_message(self, request: Request) -> Response:
        """Store what the page sent, then say so."""
        address = self._session(request)
        if not self.pace.allows(address.chat, int(time.time() // 60)):
            raise Refusal(429, "too_many", **{"Retry-After": "60"})
        try:
            message = parse_post(address, await _body(request, _LARGEST_BODY))
        except BadPayloadError as error:
            raise Refusal(400, "bad_request") from error
        await self._store(message)
        return JSONResponse({"status": "stored"}, 202)

    async def get_messages(self, request: Request) -> Response:
        """Return what came after a message; with ``wait``, wait for something to come."""
        address, after = self._session(request), _number(request, "after", 0, 2**53)
        wait = _number(request, "wait", 0, _LONGEST_WAIT)
        deadline = time.monotonic() + wait
        messages = await self.webchat.log(address, after)
        while not messages and not self.stopping and (left := deadline - time.monotonic()) > 0:
            # Another process may have sent it, which wakes nobody here: look again now and then.
            await self.webchat.wait(address, min(left, 1.0))
            messages = await self.webchat.log(address, after)
        return JSONResponse(
            {"messages": [_shown(message) for message in messages]}, headers={"Cache-Control": "no-store"}
        )

    async def stream(self, request: Request) -> Response:
        """Send what comes, as it comes (server-sent events)."""
        address, after = self._session(request), _number(request, "after", 0, 2**53)
        return StreamingResponse(
            self._events(address, after),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def _events(self, address: Address, after: int) -> AsyncIterator[str]:
        yield ": hello\n\n"
        quiet_since = time.monotonic()
        while not self.stopping:
            for message in await self.webchat.log(address, after):
                after = message.id
                yield f"id: {message.id}\ndata: {json.dumps(_shown(message), ensure_ascii=False)}\n\n"
                quiet_since = time.monotonic()
            if time.monotonic() - quiet_since > _STREAM_TICK:
                yield ": still here\n\n"
                quiet_since = time.monotonic()
            await self.webchat.wait(address, 1.0)

    async def file(self, request: Request) -> Response:
        """Give a file to the chat it was sent to; for everybody else there is none."""
        address, of = self._session(request), request.path_params["id"]
        found = await self.webchat.file(address, of) if of < _HIGHEST_ID else None
        if found is None:
            raise Refusal(404, "no_file")
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        return Response(found.content, media_type=found.media_type, headers=headers)

    async def telegram(self, request: Request) -> Response:
        """Store an update that Telegram delivers, then say so; a wrong secret is refused."""
        if self.parse_telegram is None:
            raise Refusal(404, "not_found")
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given.encode(), self.telegram_secret.encode()):
            raise Refusal(401, "no_session")
        body = await _body(request, _LARGEST_UPDATE)
        message = self.parse_telegram(body)
        if message is not None:
            await self._store(message)
        reply = self.reply_telegram(body) if self.reply_telegram else None
        return JSONResponse(reply) if reply is not None else Response(status_code=200)

    async def readiness(self, _request: Request) -> Response:
        """Say whether the process can serve: the database answers and the workers run."""
        try:
            wrong = await self.ready() if self.ready else {}
        except Exception as error:  # whatever it is, the process is not ready
            wrong = {"database": type(error).__name__}
        return JSONResponse({"status": "ready" if not wrong else "not ready", **wrong}, 503 if wrong else 200)

    def _session(self, request: Request) -> Address:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        address = self.webchat.address(token.strip()) if scheme.lower() == "bearer" else None
        if address is None:
            raise Refusal(401, "no_session")
        return address

    async def _store(self, message: InboundMessage) -> None:
        try:
            async with self.database.begin() as transaction:
                await inbox.put(transaction, [message], self.clock())
        except Exception as error:
            log.error("inbox_put_failed", **fault(error))  # noqa: TRY400 - see faults
            raise Refusal(503, "unavailable", **{"Retry-After": "5"}) from error
        self.wake()


async def _page(_request: Request) -> Response:
    return FileResponse(HERE / "chat.html", media_type="text/html; charset=utf-8", headers=_SECURITY)


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _STATIC:
        raise Refusal(404, "not_found")
    return FileResponse(HERE / name, media_type=_STATIC[name], headers=_SECURITY)


async def _live(_request: Request) -> Response:
    return JSONResponse({"status": "live"})


async def _body(request: Request, largest: int) -> bytes:
    """Read a body, but not more than ``largest`` bytes of it."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > largest:
                raise Refusal(413, "too_long")
    except ClientDisconnect as error:
        raise Refusal(400, "bad_request") from error
    return bytes(body)


def _number(request: Request, name: str, least: int, most: int) -> int:
    given = request.query_params.get(name, "0")
    if not given.isdecimal() or not given.isascii() or len(given) > 16:  # noqa: PLR2004 - beyond any id
        raise Refusal(400, "bad_request")
    return min(max(int(given), least), most)


def _shown(message: WebMessage) -> dict[str, object]:
    return {
        "id": message.id,
        "text": message.text,
        "choices": [{"id": key, "label": label} for key, label in message.choices],
        "at": message.at.isoformat(),
        "replaces": message.replaces,
        "files": [{"id": of, "name": name} for of, name in message.files],
    }


_TEXTS = read_texts("http")


def _error(status: int, code: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": {"code": code, "message": _TEXTS[code]}}, status, headers=headers)


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 - registered for nothing else
    return _error(error.status, error.code, error.headers)


async def _http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    status = error.status_code
    code = "not_found" if status == 404 else "bad_request"  # noqa: PLR2004
    return _error(status, code, dict(error.headers or {}))


async def _fault(_request: Request, error: Exception) -> Response:
    log.error("request_failed", **fault(error))
    return _error(503, "unavailable", {"Retry-After": "5"})
