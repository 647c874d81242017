"""Updates as Telegram sends them, and as strangers might."""

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from telegram import Update

from channels.telegram import parse_update, parse_webhook, secret_of, webhook_reply
from domain.messages import Address, Choice, Content, InboundMessage, Location, Photo, Text, Unsupported

Payload = Callable[[str], dict[str, Any]]
LAN = Address("telegram", "5123400187")
GROUP = Address("telegram", "-1002003004005")
PAYLOADS = sorted((Path(__file__).parent / "payloads").glob("*.json"))

PRIVATE: dict[str, Content] = {
    "private_text": Text("đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"),
    "start_with_code": Text("/start TN26-0042"),
    "callback": Choice("yes:3", on="403"),
    "callback_on_old_message": Choice("follow:7", on="12"),
    "photo_with_caption": Photo(
        "AgACAgUAAxkBAAIBk2dLphotoLarge0003", "Hố ga mất nắp trước cổng trường", "AQADotoLarge0003"
    ),
    "photo_of_album": Photo("AgACAgUAAxkBAAIBk2dLphotoSmall0001", unique="AQADotoSmall0001"),
    "location": Location(21.483311, 105.954872),
    "live_location": Location(21.48, 105.95),
    "venue": Location(21.5942, 105.8482),
    "location_impossible": Unsupported("location"),
    "sticker": Unsupported("sticker"),
    "sticker_with_effect": Unsupported("sticker"),
    "voice": Unsupported("voice"),
    "video": Unsupported("video"),
    "animation": Unsupported("animation"),
    "document": Unsupported("document"),
    "contact": Unsupported("contact"),
    "poll": Unsupported("poll"),
    "edited": Unsupported("edited"),
    "newer_than_the_library": Unsupported("unknown"),
    "malformed_private": Unsupported("unreadable"),
    "malformed_text_number": Unsupported("unreadable"),
    "lone_surrogate": Text("rác ? đầy đường"),
}
IN_GROUP: dict[str, Content] = {
    "group_command": Text("/nhan@HoiAmBot TN26-0042"),
    "group_command_plain": Text("/viec"),
    "group_reply_to_bot": Text("đã cử anh em xuống kiểm tra"),
    "callback_in_group": Choice("accept:42", on="404"),
}
NOBODY_TO_ANSWER = [
    "callback_inline", "live_location_moved", "group_chatter", "group_command_of_another_bot", "group_reply_to_person",
    "group_topic_chatter", "group_joined", "group_moved", "private_pinned", "my_chat_member", "inline_query",
    "poll_answer", "channel_post", "malformed_group", "malformed_empty",
]  # fmt: skip


STORED: TypeAdapter[Content] = TypeAdapter(Content)


def storable(message: InboundMessage | None) -> bool:
    """Tell whether the inbox can keep what a message holds: one that it cannot would hold up all others."""
    return message is None or STORED.validate_json(STORED.dump_json(message.content)) == message.content


@pytest.mark.parametrize("name", PRIVATE)
def test_what_a_citizen_sends_becomes_a_message(name: str, payload: Payload) -> None:
    update = payload(name)
    assert parse_update(update, "HoiAmBot") == InboundMessage(LAN, str(update["update_id"]), PRIVATE[name])


@pytest.mark.parametrize("name", IN_GROUP)
def test_a_group_talks_to_the_bot_by_commands_replies_and_buttons(name: str, payload: Payload) -> None:
    update = payload(name)
    assert parse_update(update, "hoiambot") == InboundMessage(GROUP, str(update["update_id"]), IN_GROUP[name])


@pytest.mark.parametrize("name", NOBODY_TO_ANSWER)
def test_what_is_not_said_to_us_is_no_message(name: str, payload: Payload) -> None:
    assert parse_update(payload(name), "HoiAmBot") is None


def test_with_the_username_unknown_every_command_and_reply_to_a_bot_counts(payload: Payload) -> None:
    assert parse_update(payload("group_command_of_another_bot")) is not None
    assert parse_update(payload("group_reply_to_bot")) is not None
    assert parse_update(payload("group_reply_to_person")) is None


def test_a_parsed_update_is_taken_as_well(payload: Payload) -> None:
    raw = payload("private_text")
    assert parse_update(Update.de_json(raw, None)) == parse_update(raw)


def test_text_is_handed_on_as_it_was_typed(payload: Payload) -> None:
    for name in ("nfd_text", "html_in_name", "long_text", "emoji_flood"):
        update = payload(name)
        message = parse_update(update)
        assert message is not None
        assert message.content == Text(update["message"]["text"])
    nfd = payload("nfd_text")["message"]["text"]
    assert nfd != unicodedata.normalize("NFC", nfd)


def test_names_of_people_are_left_behind(payload: Payload) -> None:
    assert "alert" not in repr(parse_update(payload("html_in_name")))


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_every_payload_is_expected_somewhere_and_can_be_stored(path: Path) -> None:
    as_typed = {"nfd_text", "html_in_name", "long_text", "emoji_flood"}
    assert path.stem in {*PRIVATE, *IN_GROUP, *NOBODY_TO_ANSWER, *as_typed}
    assert storable(parse_update(json.loads(path.read_text())))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.sampled_from(["message", "edited_message", "callback_query", "my_chat_member", "poll"]),
    st.sampled_from(
        [
            "update_id",
            "text",
            "date",
            "chat",
            "photo",
            "location",
            "from",
            "data",
            "message",
            "caption",
            "message_id",
        ]
    ),
    JSON,
)
def test_no_payload_makes_parsing_fail(kind: str, spoiled: str, junk: Any) -> None:  # noqa: ANN401 - anything at all
    chat = {"id": 5, "type": "private"}
    message = {"message_id": 1, "date": 1794300000, "chat": chat, "from": {"id": 5, "is_bot": False, "first_name": "L"}}
    body = {**message, "message": message, "id": "1", "data": "x", "chat_instance": "1", "text": "a", spoiled: junk}
    found = parse_update({"update_id": 1, kind: body, **({"update_id": junk} if spoiled == "update_id" else {})})
    assert storable(found)


def test_a_delivery_to_the_webhook_is_parsed(payload: Payload) -> None:
    body = json.dumps(payload("private_text")).encode()
    assert parse_webhook(body) == parse_update(payload("private_text"))
    assert webhook_reply(body) is None


def test_a_pressed_button_is_answered_in_the_delivery_itself(payload: Payload) -> None:
    reply = webhook_reply(json.dumps(payload("callback")).encode())
    assert reply == {"method": "answerCallbackQuery", "callback_query_id": "22004837199411002"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b"1" * 5000])
def test_a_delivery_that_is_no_update_is_no_message(body: bytes) -> None:
    assert parse_webhook(body) is None
    assert webhook_reply(body) is None


def test_the_webhook_secret_depends_on_token_and_key_and_shows_neither() -> None:
    secret = secret_of("7123:token", "key")
    assert secret == secret_of("7123:token", "key")
    assert secret not in {secret_of("7123:token", "other"), secret_of("7124:token", "key")}
    assert secret.isascii()
    assert secret.isalnum()
    assert len(secret) == 64
