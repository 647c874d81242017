"""From Telegram into the inbox: stored first, confirmed after, by one process, whatever happens on the way."""

import asyncio
import contextlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientSession, web
from structlog.testing import capture_logs

from channels.telegram import LEASE, POLL_SECONDS, Telegram, TelegramCallError, parse_webhook, secret_of
from domain.messages import Choice, Content, Text, Unsupported
from storage import inbox
from storage.database import Database
from tests.emulators.lo_bot_api import TOKEN, USERNAME, LoBotApi

Payload = Callable[[str], dict[str, Any]]
MANY = timedelta(minutes=1)


def now() -> datetime:
    return datetime.now(UTC)


def update(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return an update without id: the server numbers it."""
    return {kind: body}


def citizen(text: str, chat: int = 5) -> dict[str, Any]:
    who = {"id": chat, "is_bot": False, "first_name": "Lan"}
    where = {"id": chat, "type": "private", "first_name": "Lan"}
    return update("message", {"message_id": 1, "date": 1794300000, "from": who, "chat": where, "text": text})


async def until(true: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(8):
        while True:
            found = true()
            if found is True or (not isinstance(found, bool) and await found):
                return
            await asyncio.sleep(0.02)


@asynccontextmanager
async def polling(
    telegram: Telegram, database: Database, poller: str = "one", wake: Callable[[], None] = lambda: None
) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(telegram.run_polling(database, poller, wake, now))
    try:
        yield task
        assert not task.done()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def contents(database: Database) -> list[Content]:
    """Return what waits in the inbox, conversation by conversation, and leave it there."""
    async with database.begin() as transaction:
        claims = await inbox.claim(transaction, 100, 100, -MANY, now())
    return [message.content for claim in claims for message in claim.messages]


async def waiting(database: Database, count: int) -> bool:
    return len(await contents(database)) == count


async def cursor(database: Database) -> int:
    async with database.begin() as transaction:
        return await inbox.lead_polling(transaction, "telegram", "looking", timedelta(), now() + LEASE * 2) or 0


def test_a_poll_with_its_time_out_ends_before_the_lease() -> None:
    assert timedelta(seconds=POLL_SECONDS + 15) < LEASE
    assert POLL_SECONDS <= 25


async def test_updates_are_stored_then_confirmed_then_somebody_is_woken(
    telegram: Telegram, server: LoBotApi, database: Database
) -> None:
    woken = asyncio.Event()
    for text in ("đèn đường hỏng", "ở tổ 5"):
        await server.citizen_sends(citizen(text))
    async with polling(telegram, database, wake=woken.set):
        await asyncio.wait_for(woken.wait(), 5)
        assert await contents(database) == [Text("đèn đường hỏng"), Text("ở tổ 5")]
        await until(lambda: server.held() == [])
    assert [fields["offset"] for fields in server.sent("getUpdates")] == ["0", "3"]
    assert await cursor(database) == 3


async def test_telegram_keeps_an_update_that_could_not_be_stored(
    telegram: Telegram, server: LoBotApi, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server.citizen_sends(citizen("mất nước ba ngày"))
    begin, broken = database.begin, asyncio.Event()

    @asynccontextmanager
    async def begin_on_a_full_disk() -> AsyncIterator[Any]:
        async with begin() as transaction:
            yield transaction
            if server.sent("getUpdates") and not broken.is_set():
                broken.set()
                raise OSError(28, "No space left on device")

    monkeypatch.setattr(database, "begin", begin_on_a_full_disk)
    with capture_logs() as logs:
        async with polling(telegram, database):
            await broken.wait()
            assert server.held() == [1]
            assert await contents(database) == []
            # The disk has room again.
            await until(lambda: waiting(database, 1))
            await until(lambda: server.held() == [])
    assert [fields["offset"] for fields in server.sent("getUpdates")] == ["0", "0", "2"]
    assert "mất nước" not in repr(logs)


async def test_a_replay_is_dropped(telegram: Telegram, server: LoBotApi, database: Database) -> None:
    await server.citizen_sends(citizen("cây đổ chắn đường"))
    async with polling(telegram, database):
        await until(lambda: waiting(database, 1))
    async with database.begin() as transaction:
        # As after a restored backup: the offset is behind the inbox.
        await inbox.move_cursor(transaction, "telegram", 0)
    asked = len(server.sent("getUpdates"))
    async with polling(telegram, database):
        await until(lambda: len(server.sent("getUpdates")) >= asked + 2)
    assert await contents(database) == [Text("cây đổ chắn đường")]


async def test_only_one_process_polls_and_another_takes_over_when_it_stops(
    telegram: Telegram, server: LoBotApi, database: Database
) -> None:
    other = Telegram(TOKEN, server.url, timeout=3)
    with capture_logs() as logs:
        async with polling(telegram, database, "one"):
            await until(lambda: len(server.sent("getUpdates")) == 1)
            async with polling(other, database, "two"):
                await asyncio.sleep(0.3)
                await server.citizen_sends(citizen("một"))
                await until(lambda: waiting(database, 1))
                assert not [entry for entry in logs if entry["log_level"] == "error"]  # nobody met a 409
        asked = len(server.sent("getUpdates"))
        # It gave its lease back, so nobody waits for its end.
        async with polling(other, database, "two"):
            await until(lambda: len(server.sent("getUpdates")) > asked)
            await server.citizen_sends(citizen("hai"))
            await until(lambda: waiting(database, 2))
    await other.close()


async def test_a_dead_leader_is_replaced_when_its_lease_ends(
    telegram: Telegram, server: LoBotApi, database: Database
) -> None:
    async with database.begin() as transaction:
        assert await inbox.lead_polling(transaction, "telegram", "dead", LEASE, now() - LEASE) == 0
    async with polling(telegram, database):
        await until(lambda: len(server.sent("getUpdates")) == 1)


async def test_one_malformed_update_does_not_sink_the_others(
    telegram: Telegram, server: LoBotApi, database: Database, payload: Payload
) -> None:
    await server.citizen_sends(citizen("trước"))
    for name in ("malformed_private", "malformed_group", "malformed_empty", "malformed_text_number"):
        await server.citizen_sends(update("message", payload(name)["message"]))
    await server.citizen_sends(citizen("sau"))
    async with polling(telegram, database):
        await until(lambda: server.held() == [])
        found = await contents(database)
    assert found.count(Unsupported("unreadable")) == 2
    assert [one for one in found if isinstance(one, Text)] == [Text("trước"), Text("sau")]


async def test_pressed_buttons_are_answered_and_an_old_one_harms_nothing(
    telegram: Telegram, server: LoBotApi, database: Database, payload: Payload
) -> None:
    old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    server.fail("answerCallbackQuery", 400, old)
    for name in ("callback", "callback_on_old_message", "callback_inline"):
        await server.citizen_sends(update("callback_query", payload(name)["callback_query"]))
    async with polling(telegram, database):
        await until(lambda: len(server.sent("answerCallbackQuery")) == 3)
        await until(lambda: server.held() == [])
    assert await contents(database) == [Choice("yes:3", on="403"), Choice("follow:7", on="12")]


async def test_answers_that_hang_do_not_hold_up_polling(
    server: LoBotApi, database: Database, payload: Payload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.telegram._ANSWERING", 0.1)
    server.stall("answerCallbackQuery", 3.0)
    await server.citizen_sends(update("callback_query", payload("callback")["callback_query"]))
    patient = Telegram(TOKEN, server.url, timeout=5)
    with capture_logs() as logs:
        async with polling(patient, database), asyncio.timeout(2):
            await until(lambda: server.held() == [])
    await patient.close()
    assert "telegram_callbacks_unanswered" in [entry["event"] for entry in logs]


async def test_a_group_is_heard_although_the_username_cannot_be_asked_for(
    telegram: Telegram, server: LoBotApi, database: Database, payload: Payload
) -> None:
    server.fail("getMe", 502, "Bad Gateway")
    await server.citizen_sends(update("message", payload("group_command")["message"]))
    async with polling(telegram, database):
        await until(lambda: waiting(database, 1))


async def test_a_poller_stops_although_the_database_is_away(
    telegram: Telegram, server: LoBotApi, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OSError

    with capture_logs() as logs:
        async with polling(telegram, database):
            await until(lambda: len(server.sent("getUpdates")) == 1)
            monkeypatch.setattr(database, "begin", away)
    assert logs[-1]["event"] == "telegram_lease_kept"


async def test_the_username_is_asked_for_once_and_only_for_groups(
    telegram: Telegram, server: LoBotApi, database: Database, payload: Payload
) -> None:
    await server.citizen_sends(citizen("chào"))
    async with polling(telegram, database):
        await until(lambda: server.held() == [])
        assert not server.sent("getMe")
        for name in ("group_command", "group_command_of_another_bot", "group_chatter"):
            await server.citizen_sends(update("message", payload(name)["message"]))
            await until(lambda: server.held() == [])
    assert len(server.sent("getMe")) == 1
    assert telegram.username == USERNAME
    assert await contents(database) == [Text("chào"), Text("/nhan@HoiAmBot TN26-0042")]


async def test_polling_outlives_every_failure(telegram: Telegram, server: LoBotApi, database: Database) -> None:
    server.fail("getUpdates", 502, "Bad Gateway")
    server.answer("getUpdates", 200, '{"ok": true, "result": [{"no": "id"}]}')
    await server.citizen_sends(citizen("vẫn tới"))
    with capture_logs() as logs:
        async with polling(telegram, database):
            await until(lambda: waiting(database, 1))
    events = [entry["event"] for entry in logs if entry["log_level"] in ("warning", "error")]
    assert events == [
        "telegram_poll_failed",
        "telegram_update_unreadable",
        "telegram_intake_failed",
    ]
    assert TOKEN not in repr(logs)


async def test_a_webhook_in_the_way_is_named_and_left_alone(
    telegram: Telegram, server: LoBotApi, database: Database
) -> None:
    await telegram.set_webhook("https://hoiam.example/telegram/webhook", "secret")
    with capture_logs() as logs:
        async with polling(telegram, database):
            await until(lambda: len(server.sent("getUpdates")) == 2)
            assert not server.sent("deleteWebhook")
            await telegram.delete_webhook()
            await server.citizen_sends(citizen("tới rồi"))
            await until(lambda: waiting(database, 1))
    hints = [entry["hint"] for entry in logs if entry["event"] == "telegram_webhook_is_set"]
    assert hints
    assert "--delete-webhook" in hints[0]


@pytest.mark.parametrize(
    ("status", "description", "event"),
    [
        (409, "Conflict: terminated by other getUpdates request", "telegram_polled_elsewhere"),
        (401, "Unauthorized", "telegram_token_refused"),
    ],
)
async def test_what_an_operator_must_mend_is_said_in_words(
    status: int, description: str, event: str, telegram: Telegram, server: LoBotApi, database: Database
) -> None:
    server.fail("getUpdates", status, description)
    with capture_logs() as logs:
        async with polling(telegram, database):
            await until(lambda: len(server.sent("getUpdates")) == 2)
    assert [entry["event"] for entry in logs if "hint" in entry] == [event]


async def test_a_pause_that_telegram_asks_for_is_kept(telegram: Telegram, server: LoBotApi, database: Database) -> None:
    server.fail("getUpdates", 429, "Too Many Requests: retry after 1", retry_after=1)
    async with polling(telegram, database):
        await until(lambda: len(server.sent("getUpdates")) == 2)
    first, second = server.moments
    assert second - first >= 1


def test_pauses_grow_up_to_half_a_minute_and_differ(telegram: Telegram) -> None:
    pauses = [telegram._complain(OSError(), failures) for failures in range(1, 60)]  # noqa: SLF001 - waiting is slow
    assert pauses[0] <= 0.5
    assert 15 <= pauses[-1] <= 30
    assert len(set(pauses)) > 50


async def test_the_webhook_brings_updates_with_the_secret_and_is_answered_after_the_commit(
    telegram: Telegram, server: LoBotApi, database: Database
) -> None:
    secret, broken = secret_of(TOKEN, "key"), True

    async def receive(request: web.Request) -> web.Response:
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given, secret):
            return web.Response(status=401)
        message = parse_webhook(await request.read(), telegram.username)
        if broken:
            return web.Response(status=503)
        async with database.begin() as transaction:
            await inbox.put(transaction, [message] if message else [], now())
        return web.Response()

    async with serving(receive) as url:
        await telegram.set_webhook(url, secret)
        await server.citizen_sends(citizen("ngập"))
        assert server.held() == [1]
        broken = False
        assert await server.deliver() == 1
        assert await contents(database) == [Text("ngập")]
        # A stranger who knows the address but not the secret:
        async with ClientSession() as stranger, stranger.post(url, data=json.dumps(citizen("giả"))) as response:
            assert response.status == 401
        await telegram.delete_webhook()
    assert await contents(database) == [Text("ngập")]
    assert json.loads(server.sent("setWebhook")[0]["allowed_updates"]) == [
        "message",
        "edited_message",
        "callback_query",
    ]


@asynccontextmanager
async def serving(receive: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[str]:
    """Serve one address on loopback."""
    app = web.Application()
    app.router.add_post("/telegram/webhook", receive)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}/telegram/webhook"
    finally:
        await runner.cleanup()


async def test_a_webhook_address_that_telegram_does_not_take_is_reported(telegram: Telegram) -> None:
    with pytest.raises(TelegramCallError, match="HTTPS"):
        await telegram.set_webhook("http://hoiam.example/", "secret")


async def test_a_stopped_poller_stops_at_once(telegram: Telegram, server: LoBotApi, database: Database) -> None:
    task = asyncio.create_task(telegram.run_polling(database, "one", lambda: None, now))
    await until(lambda: len(server.sent("getUpdates")) == 1)
    task.cancel()
    await asyncio.wait({task}, timeout=5)
    assert task.cancelled()
