"""The HTTP edge: what pages and platforms may send, what they get back, and what is stored before they get it."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import text

from channels.webchat import WebChat
from storage.database import Database
from tests.web.edge import ROAD, Edge, assert_refused, bearer, events_of, listening, said
from web.app import Pace

# Sessions.


async def test_a_session_costs_nothing_until_something_is_said(edge: Edge) -> None:
    tokens = {await edge.token() for _ in range(5)}
    assert len(tokens) == 5
    async with edge.web.database.read() as transaction:
        assert (await transaction.execute(text("SELECT count(*) FROM conversations"))).scalar_one() == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Bearer demo-officer.c2lnbmF0dXJl"},
        {"Authorization": "Bearer ..."},
        {"Authorization": "Bearer " + "A" * 9000},
        {"Authorization": "Basic YTpi"},
        {b"Authorization": "Bearer ổ gà.đường".encode()},
        {b"Authorization": b"Bearer \xff\xfe.\xff"},
    ],
)
async def test_without_a_token_of_ours_there_is_no_session(edge: Edge, headers: httpx._types.HeaderTypes) -> None:
    for answer in (
        await edge.http.post("/chat/messages", json=said(), headers=headers),
        await edge.http.get("/chat/messages", headers=headers),
        await edge.http.get("/chat/stream", headers=headers),
    ):
        assert_refused(answer, 401, "đã hết hạn")
    assert await edge.stored() == []


async def test_a_forged_token_is_refused(edge: Edge) -> None:
    token = await edge.token()
    name, _, signature = token.partition(".")
    foreign = WebChat(edge.web.database, "another key").new_token()
    for forged in (f"{name}x.{signature}", f"{name}.{signature[::-1]}", f"{name}.", f".{signature}", name, foreign):
        assert_refused(await edge.post(forged, said()), 401, "đã hết hạn")
    assert (await edge.post(token, said())).status_code == 202


async def test_nobody_reads_anothers_messages(edge: Edge) -> None:
    mine, other = await edge.token(), await edge.token()
    for token in (mine, other):
        await edge.post(token, said())
    await edge.says(mine, "của tôi")
    answer = await edge.http.get("/chat/messages", headers=bearer(other))
    assert answer.json() == {"messages": []}


# What a page posts.


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe\x00",
        b"[" * 60_000,
        b"9" * 60_000,
        b'{"client_id": "1", "text": "a"} {}',
        {},
        {"text": ROAD},
        {"client_id": "", "text": ROAD},
        {"client_id": 7, "text": ROAD},
        {"client_id": None, "text": ROAD},
        {"client_id": "x" * 65, "text": ROAD},
        {"client_id": "đ", "text": ROAD},
        {"client_id": "a\x00b", "text": ROAD},
        {"client_id": "a\nb", "text": ROAD},
        {"client_id": "1"},
        {"client_id": "1", "text": ""},
        {"client_id": "1", "text": " \n\t\u3000\u00a0"},
        {"client_id": "1", "text": 7},
        {"client_id": "1", "text": None},
        {"client_id": "1", "text": [ROAD]},
        {"client_id": "1", "text": {"$gt": ""}},
        {"client_id": "1", "choice": ""},
        {"client_id": "1", "choice": 1},
        {"client_id": "1", "choice": "x" * 65},
        {"client_id": "1", "choice": "ổ" * 22},
        *({"client_id": "1", "choice": "agree", "on": on} for on in (0, -7, 1.5, True, "7", [7], 2**53 + 1, 10**300)),
        {"client_id": "1", "location": "here"},
        {"client_id": "1", "location": {"latitude": 21.5}},
        {"client_id": "1", "location": {"latitude": "21.5", "longitude": "105.9"}},
        {"client_id": "1", "location": {"latitude": 91, "longitude": 105.9}},
        {"client_id": "1", "location": {"latitude": float("nan"), "longitude": 105.9}},
        {"client_id": "1", "location": {"latitude": float("inf"), "longitude": 105.9}},
        {"client_id": "1", "location": {"latitude": 10**300, "longitude": 105.9}},
        {"client_id": "1", "location": {"latitude": True, "longitude": False}},
    ],
)
async def test_what_is_no_message_is_refused_and_not_stored(edge: Edge, body: object) -> None:
    assert_refused(await edge.post(await edge.token(), body), 400, "chưa đúng dạng")
    assert await edge.stored() == []
    assert edge.woken == []


@pytest.mark.parametrize(
    "body",
    [
        said(words="\ud83d lẻ loi"),
        said(words="\x00 không"),
        {"client_id": "1", "choice": "agree"},
        {"client_id": "1", "choice": "đ" * 32},
        *({"client_id": "1", "choice": "agree", "on": on} for on in (7, 2**53, None)),
        {"client_id": "1", "location": {"latitude": -90, "longitude": 180.0}},
        {"client_id": "1", "text": " ", "choice": "agree"},
        {**said(), "more": {"of": ["the", "same"]}},
    ],
)
async def test_what_is_a_message_is_stored_before_it_is_acknowledged(edge: Edge, body: object) -> None:
    answer = await edge.post(await edge.token(), body)
    assert (answer.status_code, answer.json()) == (202, {"status": "stored"})
    assert len(await edge.stored()) == 1
    assert edge.woken == [None]


async def test_a_message_sent_again_is_acknowledged_and_stored_once(edge: Edge) -> None:
    token = await edge.token()
    answers = await asyncio.gather(*(edge.post(token, said("same")) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {202}
    assert len(await edge.stored()) == 1


async def test_two_pages_may_use_the_same_id(edge: Edge) -> None:
    for _ in range(2):
        await edge.post(await edge.token(), said("1"))
    assert len(await edge.stored()) == 2


async def test_a_body_over_the_limit_is_refused_and_not_stored(edge: Edge) -> None:
    token = await edge.token()
    most = 64_000 - len(json.dumps(said(words="")))
    assert_refused(await edge.post(token, said("1", "a" * (most + 1))), 413, "dài quá")
    assert await edge.stored() == []
    assert (await edge.post(token, said("2", "a" * most))).status_code == 202


async def test_a_body_that_does_not_tell_its_length_is_counted_as_it_comes(edge: Edge) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1000
            yield b"a" * 1000

    answer = await edge.http.post("/chat/messages", content=endless(), headers=bearer(await edge.token()))
    assert_refused(answer, 413, "dài quá")
    assert read <= 66_000


async def test_who_sends_too_fast_is_asked_to_wait_and_others_are_not(sqlite: Database) -> None:
    edge = Edge.build(sqlite, pace=Pace(limit=3))
    token = await edge.token()
    # Seven within at most two minutes of the clock: one of the minutes has more than three.
    answers = [await edge.post(token, said(str(n))) for n in range(7)]
    refused = [answer for answer in answers if answer.status_code != 202]
    assert refused
    for answer in refused:
        assert_refused(answer, 429, "nhanh quá")
        assert answer.headers["Retry-After"] == "60"
    assert len(await edge.stored()) == 7 - len(refused)
    assert (await edge.post(await edge.token(), said())).status_code == 202


def test_the_pace_forgets_old_sessions_instead_of_growing() -> None:
    pace = Pace(limit=1)
    assert pace.allows("mine", 0)
    assert not pace.allows("mine", 0)
    for n in range(20_000):
        assert pace.allows(f"session {n}", 0)
    assert pace.allows("mine", 0)


# The database is away.


async def test_a_message_is_not_acknowledged_while_the_database_is_away(postgres: Callable[[], str]) -> None:
    url = postgres()
    name = urlsplit(url).path.strip("/")
    database, keeper = Database(url), Database(url.replace(f"/{name}?", "/postgres?"))

    async def keep(*orders: str) -> None:
        async with keeper.begin() as transaction:
            for order in orders:
                await transaction.execute(text(order))

    await database.migrate()
    edge = Edge.build(database, ready=database_only(database))
    token = await edge.token()
    await keep(
        f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false",
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",  # noqa: S608 - our own name
    )
    answer = await edge.post(token, said("once"))
    assert_refused(answer, 503, "Hệ thống đang bận")
    assert int(answer.headers["Retry-After"]) > 0
    assert edge.woken == []
    unread = await edge.http.get("/chat/messages", headers=bearer(token))
    assert unread.status_code >= 500
    assert ROAD not in unread.text
    assert (await edge.http.get("/health/ready")).status_code == 503
    assert (await edge.http.get("/health/live")).status_code == 200

    await keep(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
    assert (await edge.post(token, said("once"))).status_code == 202
    assert (await edge.post(token, said("once"))).status_code == 202
    assert len(await edge.stored()) == 1
    assert (await edge.http.get("/health/ready")).status_code == 200
    await database.close()
    await keeper.close()


def database_only(database: Database) -> Callable[[], Any]:
    """Return a readiness that asks nothing but the database."""

    async def ready() -> dict[str, str]:
        await database.ping()
        return {}

    return ready


# Reading.


@pytest.mark.parametrize("path", ["/chat/messages", "/chat/stream"])
@pytest.mark.parametrize("after", ["x", "-1", "1.5", "1e3", "", " ", "٣", "²", "0x10", "9" * 17, "1;DROP TABLE inbox"])
async def test_a_nonsense_place_in_the_log_is_refused(edge: Edge, path: str, after: str) -> None:
    answer = await edge.http.get(path, params={"after": after}, headers=bearer(await edge.token()))
    assert_refused(answer, 400, "chưa đúng dạng")


@pytest.mark.parametrize("wait", ["x", "-1", "0.5", "", "∞"])
async def test_a_nonsense_wait_is_refused(edge: Edge, wait: str) -> None:
    answer = await edge.http.get("/chat/messages", params={"wait": wait}, headers=bearer(await edge.token()))
    assert_refused(answer, 400, "chưa đúng dạng")


async def test_messages_are_read_from_where_the_page_left_off(edge: Edge) -> None:
    token = await edge.token()
    await edge.post(token, said())
    for words in ("một", "hai", "ba"):
        await edge.says(token, words)
    messages = (await edge.http.get("/chat/messages", headers=bearer(token))).json()["messages"]
    assert [message["text"] for message in messages] == ["một", "hai", "ba"]
    assert messages[0]["choices"] == [{"id": "agree", "label": "Đồng ý"}]
    later = await edge.http.get(f"/chat/messages?after={messages[1]['id']}", headers=bearer(token))
    assert later.json()["messages"] == messages[2:]
    assert later.headers["Cache-Control"] == "no-store"
    none = await edge.http.get(f"/chat/messages?after={9 * 10**15}", headers=bearer(token))
    assert none.json() == {"messages": []}


async def test_a_page_that_waits_is_answered_when_a_message_comes(edge: Edge) -> None:
    token = await edge.token()
    await edge.post(token, said())
    # Waits at most thirty seconds whatever it asks for; the test's time-out is shorter.
    async with asyncio.timeout(10):
        waiting = asyncio.create_task(edge.http.get("/chat/messages?wait=999999", headers=bearer(token)))
        await edge.http.get("/chat/messages", headers=bearer(token))
        assert not waiting.done()
        await edge.says(token, "đến rồi")
        [message] = (await waiting).json()["messages"]
    assert message["text"] == "đến rồi"


# The stream, over a real connection.


async def test_the_stream_delivers_and_goes_on_where_it_broke_off(edge: Edge) -> None:
    token = await edge.token()
    await edge.post(token, said())
    async with asyncio.timeout(20), listening(edge) as client:
        async with client.stream("GET", "/chat/stream", headers=bearer(token)) as stream:
            assert stream.headers["Content-Type"].startswith("text/event-stream")
            assert stream.headers["Cache-Control"] == "no-store"
            events = events_of(stream)
            await edge.says(token, "dòng một\ndòng hai\n\ndata: giả")
            first = await anext(events)
            assert first["text"] == "dòng một\ndòng hai\n\ndata: giả"
        await edge.says(token, "lúc mất mạng")
        async with client.stream("GET", f"/chat/stream?after={first['id']}", headers=bearer(token)) as stream:
            events = events_of(stream)
            assert (await anext(events))["text"] == "lúc mất mạng"
            await edge.says(token, "lúc có mạng lại")
            assert (await anext(events))["text"] == "lúc có mạng lại"


async def test_a_stream_ends_when_the_process_is_told_to_stop(edge: Edge) -> None:
    token = await edge.token()
    ended = asyncio.Event()

    async def follow(client: httpx.AsyncClient, began: asyncio.Event) -> None:
        with contextlib.suppress(httpx.HTTPError):
            async with client.stream("GET", "/chat/stream", headers=bearer(token)) as stream:
                began.set()
                async for _ in stream.aiter_raw():
                    pass
        ended.set()

    async with asyncio.timeout(20):
        async with listening(edge) as client:
            began = asyncio.Event()
            following = asyncio.create_task(follow(client, began))
            await began.wait()
        await following
    assert ended.is_set()


# Pages, other routes and methods.


async def test_the_page_is_locked_down_and_loads_nothing_from_elsewhere(edge: Edge) -> None:
    for path in ("/", "/can-bo"):
        page = await edge.http.get(path)
        assert page.status_code == 200
        policy = page.headers["Content-Security-Policy"]
        for rule in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
            assert rule in policy
        assert "unsafe" not in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        links = re.findall(r'(?:src|href|srcset|action|data)="([^"]*)"', page.text)
        assets = [link for link in links if not link.startswith(("#", "tel:"))]
        assert assets
        assert all(re.fullmatch(r"/static/[a-z.]+", link) for link in assets)
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", page.text), "the policy forbids them"
        for link in set(assets):
            asset = await edge.http.get(link)
            assert asset.status_code == 200
            assert asset.headers["X-Content-Type-Options"] == "nosniff"
            foreign = re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z][^\s\"')]*", asset.text)
            assert [url for url in foreign if "www.w3.org" not in url] == []


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/chat",
        "/chat/messages/1",
        "/static/",
        "/static/app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/app.py",
        "/static/chat.html",
        "/.env",
        "/docs",
    ],
)
async def test_there_is_nothing_where_nothing_was_put(edge: Edge, path: str) -> None:
    assert_refused(await edge.http.get(path), 404, "Không có trang này")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/chat/messages"),
        ("PUT", "/chat/messages"),
        ("GET", "/chat/sessions"),
        ("POST", "/"),
        ("POST", "/chat/stream"),
        ("GET", "/telegram/webhook"),
        ("POST", "/health/live"),
    ],
)
async def test_another_method_is_refused_and_told_which_ones_there_are(edge: Edge, method: str, path: str) -> None:
    answer = await edge.http.request(method, path)
    assert_refused(answer, 405, "chưa đúng dạng")
    assert answer.headers["Allow"]
