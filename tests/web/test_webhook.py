"""Telegram's webhook: what is stored before a delivery is acknowledged."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.telegram import parse_webhook, webhook_reply
from storage.database import Database
from tests.web.edge import Edge, assert_refused

SECRET = "what-telegram-shows"
UPDATE = (Path(__file__).parents[1] / "channels/payloads/private_text.json").read_bytes()
WEBHOOK = "/telegram/webhook"


@pytest.fixture
async def webhook(sqlite: Database) -> AsyncIterator[Edge]:
    """An edge that Telegram delivers to."""
    built = Edge.build(sqlite, parse_telegram=parse_webhook, reply_telegram=webhook_reply, telegram_secret=SECRET)
    async with built.http:
        yield built


def shown(secret: str = SECRET) -> dict[str, str]:
    """Return the headers of a delivery."""
    return {"X-Telegram-Bot-Api-Secret-Token": secret}


async def test_without_telegram_there_is_no_webhook(edge: Edge) -> None:
    for headers in ({}, shown(), shown("")):
        assert_refused(await edge.http.post(WEBHOOK, content=UPDATE, headers=headers), 404, "Không có trang này")
    assert await edge.stored() == []


@pytest.mark.parametrize("headers", [{}, shown(""), shown("wrong"), shown(SECRET.upper()), shown(SECRET + "x")])
async def test_a_delivery_without_the_secret_is_refused(webhook: Edge, headers: dict[str, str]) -> None:
    assert (await webhook.http.post(WEBHOOK, content=UPDATE, headers=headers)).status_code == 401
    assert await webhook.stored() == []


async def test_a_delivery_is_stored_and_then_acknowledged_and_its_replay_dropped(webhook: Edge) -> None:
    for _ in range(3):
        answer = await webhook.http.post(WEBHOOK, content=UPDATE, headers=shown())
        assert (answer.status_code, answer.content) == (200, b"")
    assert await webhook.stored() == [str(json.loads(UPDATE)["update_id"])]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"update_id": 1}'])
async def test_a_delivery_that_is_no_update_is_acknowledged_so_that_it_does_not_come_again(
    webhook: Edge, body: bytes
) -> None:
    answer = await webhook.http.post(WEBHOOK, content=body, headers=shown())
    assert answer.status_code == 200
    assert await webhook.stored() == []


async def test_a_delivery_too_large_for_telegram_is_refused(webhook: Edge) -> None:
    answer = await webhook.http.post(WEBHOOK, content=b"a" * 1_000_001, headers=shown())
    assert answer.status_code == 413


async def test_a_pressed_button_is_answered_at_once(webhook: Edge) -> None:
    pressed = (Path(__file__).parents[1] / "channels/payloads/callback.json").read_bytes()
    answer = await webhook.http.post(WEBHOOK, content=pressed, headers=shown())
    query = json.loads(pressed)["callback_query"]["id"]
    assert answer.json() == {"method": "answerCallbackQuery", "callback_query_id": query}
    assert len(await webhook.stored()) == 1
