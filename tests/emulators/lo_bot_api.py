"""A Telegram server on loopback: lo-bot-api-emulator, written by others, and what it lacks.

Around it stands a middleware that gives the bot a username, keeps what was asked of each method, refuses edits as
Telegram does, and answers with errors or silence where a test wants that.
"""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from aiohttp import web
from lo_bot_api_emulator import LoBotApiEmulator  # type: ignore[import-untyped] # ships no types

TOKEN = "7123456789:AAHinvented-token_for-tests"
USERNAME = "HoiAmBot"
#: What Telegram says of an edit that changes nothing.
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)

_PARSED = web.RequestKey("parsed", tuple[dict[str, Any], dict[str, Any]])

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class LoBotApi:
    """The running emulator."""

    def __init__(self) -> None:
        self.emulator = LoBotApiEmulator(allow_insecure_loopback_webhooks=True)
        self._parse = self.emulator.read_request
        self.emulator.read_request = self._read
        self.url = ""
        #: (method, fields) of every request, in order.
        self.requests: list[tuple[str, dict[str, str]]] = []
        #: The id of the message that a request made or edited, by the request's place.
        self.ids: dict[int, str] = {}
        #: Name and content of what a request uploaded, by the request's place.
        self.files: dict[int, tuple[str, bytes]] = {}
        #: When they came, by the loop's clock.
        self.moments: list[float] = []
        #: (chat, message id) → text and keyboard of what the bot's messages show now.
        self.shown: dict[tuple[str, str], tuple[str, str]] = {}
        self._faults: dict[str, deque[web.Response | float]] = defaultdict(deque)
        self._chats: dict[str, web.Response] = {}

    def sent(self, method: str = "sendMessage") -> list[dict[str, str]]:
        """Return what was asked of a method."""
        return [fields for name, fields in self.requests if name == method]

    def fail(self, method: str, status: int, description: str, **parameters: int) -> None:
        """Let the next call of a method fail as the real server would."""
        self._faults[method].append(_error(status, description, parameters))

    def fail_chat(self, chat: str, status: int, description: str, **parameters: int) -> None:
        """Let everything sent to a chat fail."""
        self._chats[chat] = _error(status, description, parameters)

    def answer(self, method: str, status: int, body: str) -> None:
        """Let the next call of a method be answered with this, whatever it is."""
        self._faults[method].append(web.Response(status=status, text=body, content_type="application/json"))

    def stall(self, method: str, seconds: float) -> None:
        """Let the next call of a method take effect, but hear of it only later."""
        self._faults[method].append(seconds)

    async def citizen_sends(self, update: dict[str, Any]) -> int:
        """Queue an update, and deliver it if there is a webhook. Returns its id."""
        number: int = await self.emulator.enqueue_update(update, token=TOKEN)
        return number

    async def deliver(self) -> int:
        """Try again what the webhook did not take. Returns how many it took."""
        count: int = await self.emulator.deliver_updates(token=TOKEN)
        return count

    def held(self) -> list[int]:
        """Return the ids of the updates that are not confirmed."""
        state = self.emulator._update_queues._state(TOKEN)  # noqa: SLF001 - the emulator shows it nowhere else
        return [update["update_id"] for update in state.updates]

    def keep_file(self, reference: str) -> str:
        """Let the server know a file."""
        self.emulator.assets[reference] = {"data": b"", "size": 0}
        return reference

    @web.middleware
    async def _shim(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        method = request.match_info.get("method", "")
        if request.match_info.get("token") != TOKEN:
            return _error(401, "Unauthorized", {})
        given, uploads = await self._read(request)
        fields = {name: str(value) for name, value in given.items()}
        place = len(self.requests)
        self.requests.append((method, fields))
        for upload in uploads.values():
            self.files[place] = (upload["filename"], upload["data"])
        self.moments.append(asyncio.get_running_loop().time())
        fault = self._faults[method].popleft() if self._faults[method] else None
        if isinstance(fault, web.Response):
            return fault
        if refusal := self._chats.get(fields.get("chat_id", "")):
            return _copy(refusal)
        if method == "editMessageText" and (refused := self._refuse_edit(fields)):
            return refused
        response = await handler(request)
        if method in ("sendMessage", "editMessageText") and response.status == HTTPStatus.OK:
            self.ids[place] = self._show(fields, response)
        if isinstance(fault, float):
            await asyncio.sleep(fault)
        if method == "getMe" and isinstance(response, web.Response) and response.text:
            body = json.loads(response.text)
            body["result"]["username"] = USERNAME
            return web.json_response(body)
        return response

    async def _read(self, request: web.Request) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return fields and uploads of a request. What was uploaded can be read only once: the emulator asks us too."""
        if _PARSED not in request:
            request[_PARSED] = await self._parse(request)
        return request[_PARSED]

    def _refuse_edit(self, fields: dict[str, str]) -> web.Response | None:
        now = self.shown.get((fields["chat_id"], fields["message_id"]))
        if now is None:
            return _error(400, "Bad Request: message to edit not found", {})
        return _error(400, f"Bad Request: {NOT_MODIFIED}", {}) if now == _look(fields) else None

    def _show(self, fields: dict[str, str], response: web.StreamResponse) -> str:
        assert isinstance(response, web.Response)
        assert response.text
        number = str(json.loads(response.text)["result"]["message_id"])
        self.shown[fields["chat_id"], number] = _look(fields)
        return number

    @asynccontextmanager
    async def running(self) -> AsyncIterator["LoBotApi"]:
        """Serve on a free port of loopback."""
        app = self.emulator.app()
        app.middlewares.append(self._shim)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            host, port = runner.addresses[0][:2]
            self.url = f"http://{host}:{port}"
            yield self
        finally:
            await runner.cleanup()


def _look(fields: dict[str, str]) -> tuple[str, str]:
    return fields["text"], fields.get("reply_markup", "")


def _error(status: int, description: str, parameters: dict[str, int]) -> web.Response:
    body = {"ok": False, "error_code": status, "description": description}
    return web.json_response({**body, "parameters": parameters} if parameters else body, status=status)


def _copy(response: web.Response) -> web.Response:
    return web.Response(status=response.status, text=response.text, content_type="application/json")
