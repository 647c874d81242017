"""Messages to people, against a Telegram server on loopback."""

import asyncio
import json
import logging
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from channels.splitting import split_text
from channels.telegram import Telegram, TelegramCallError, keyboard
from domain.messages import Address, Delivered, InboundMessage, OutboundMessage, Refused, Say, Text, TryLater
from storage import inbox, outbox
from storage.database import Database
from tests.emulators.lo_bot_api import TOKEN, USERNAME, LoBotApi

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
LAN = Address("telegram", "5123400187")
PICTURE, OTHER_PICTURE = "AgACAgUAAxkBAAIBk2dLphoto1", "AgACAgUAAxkBAAIBk2dLphoto2"


def message(text: str = "Đã chuyển tới UBND xã Kha Sơn.", **more: object) -> OutboundMessage:
    given = {"id": 1, "address": LAN, "text": text, **more}
    return OutboundMessage(**given)  # type: ignore[arg-type] # as given


async def test_a_text_arrives_as_it_is(telegram: Telegram, server: LoBotApi) -> None:
    text = "Nước <b>bẩn</b> & đục, _rất_ *hôi* 😡"
    assert await telegram.send([message(text)]) == [Delivered()]
    assert server.sent() == [{"chat_id": LAN.chat, "text": text}]


async def test_buttons_hang_below_two_short_ones_in_a_row(telegram: Telegram, server: LoBotApi) -> None:
    buttons = (("yes:1", "Đúng"), ("no:1", "Không"), ("all:1", "Xem tất cả hồ sơ của tôi"), ("x", "Thôi"))
    assert await telegram.send([message(buttons=buttons)]) == [Delivered()]
    rows = json.loads(server.sent()[0]["reply_markup"])["inline_keyboard"]
    assert [[button["callback_data"] for button in row] for row in rows] == [["yes:1", "no:1"], ["all:1"], ["x"]]


@pytest.mark.parametrize("of", ["", "a" * 65, "đường" * 12])
async def test_a_button_id_telegram_would_not_take_is_a_mistake_of_ours(
    of: str, telegram: Telegram, server: LoBotApi
) -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        keyboard([(of, "Đúng")])
    with capture_logs() as logs:
        (delivery,) = await telegram.send([message(buttons=((of, "Đúng"),))])
    assert isinstance(delivery, Refused)
    assert not delivery.gone
    assert [entry["log_level"] for entry in logs] == ["error"]
    assert not server.requests


async def test_a_long_text_goes_out_in_parts_with_the_buttons_on_the_last(telegram: Telegram, server: LoBotApi) -> None:
    text = "\n\n".join(f"Hồ sơ {n}: đường hỏng 😡 " * 30 for n in range(9))
    assert await telegram.send([message(text, buttons=(("yes", "Đúng"),))]) == [Delivered()]
    parts = server.sent()
    assert [("reply_markup" in part) for part in parts] == [False] * (len(parts) - 1) + [True]
    assert " ".join(" ".join(part["text"] for part in parts).split()) == " ".join(text.split())


async def test_when_a_later_part_fails_all_parts_are_tried_again(telegram: Telegram, server: LoBotApi) -> None:
    text = "a" * 4000 + "\n\n" + "b" * 4000
    server.answer("sendMessage", 200, '{"ok": true, "result": {"message_id": 1}}')
    server.fail("sendMessage", 502, "Bad Gateway")
    (delivery,) = await telegram.send([message(text)])
    assert isinstance(delivery, TryLater)
    assert await telegram.send([message(text)]) == [Delivered()]
    assert [part["text"][0] for part in server.sent()] == ["a", "b", "a", "b"]


async def test_pictures_follow_the_text(telegram: Telegram, server: LoBotApi) -> None:
    server.keep_file(PICTURE), server.keep_file(OTHER_PICTURE)
    one, two = message(photos=(PICTURE,)), message(photos=(PICTURE, OTHER_PICTURE))
    assert await telegram.send([one]) == [Delivered()]
    assert await telegram.send([two]) == [Delivered()]
    assert [method for method, _ in server.requests] == ["sendMessage", "sendPhoto", "sendMessage", "sendMediaGroup"]
    assert [part["media"] for part in json.loads(server.sent("sendMediaGroup")[0]["media"])] == [PICTURE, OTHER_PICTURE]


async def test_a_picture_telegram_does_not_take_is_left_out(telegram: Telegram, server: LoBotApi) -> None:
    server.keep_file(PICTURE)
    assert await telegram.send([message(photos=("of-another-channel", PICTURE))]) == [Delivered()]
    assert [fields["photo"] for fields in server.sent("sendPhoto")] == ["of-another-channel", PICTURE]


async def test_the_server_may_answer_anything_to_a_message_it_took(telegram: Telegram, server: LoBotApi) -> None:
    server.answer("sendMessage", 200, '{"ok": true, "result": {"date": "a date the library cannot parse"}}')
    assert await telegram.send([message()]) == [Delivered()]


async def test_telegram_is_left_alone_as_long_as_it_asks(telegram: Telegram, server: LoBotApi) -> None:
    server.fail("sendMessage", 429, "Too Many Requests: retry after 17", retry_after=17)
    asked = await telegram.send([message()])
    assert asked == [TryLater(timedelta(seconds=17), "Telegram asked for a pause", channel_wide=True)]
    (again,) = await telegram.send([message()])
    assert isinstance(again, TryLater)
    assert timedelta(seconds=10) < again.after < timedelta(seconds=17)
    assert again.channel_wide
    assert len(server.sent()) == 1


async def test_after_the_pause_it_goes_on(telegram: Telegram, server: LoBotApi) -> None:
    server.fail("sendMessage", 429, "Too Many Requests: retry after 1", retry_after=1)
    await telegram.send([message()])
    await asyncio.sleep(1.01)
    assert await telegram.send([message()]) == [Delivered()]


@pytest.mark.parametrize("description", ["Forbidden: bot was blocked by the user", "Forbidden: user is deactivated"])
async def test_who_blocked_the_bot_is_gone(description: str, telegram: Telegram, server: LoBotApi) -> None:
    server.fail_chat(LAN.chat, 403, description)
    (delivery,) = await telegram.send([message()])
    assert isinstance(delivery, Refused)
    assert delivery.gone


@pytest.mark.parametrize(
    ("description", "gone"),
    [
        ("Bad Request: chat not found", True),
        ("Bad Request: message text is empty", False),
        ("Bad Request: not enough rights to send text messages to the chat", False),
    ],
)
async def test_a_bad_request_is_refused_for_good(
    description: str,
    gone: bool,
    telegram: Telegram,
    server: LoBotApi,
) -> None:
    server.fail_chat(LAN.chat, 400, description)
    (delivery,) = await telegram.send([message()])
    assert isinstance(delivery, Refused)
    assert delivery.gone is gone


async def test_a_blank_text_is_refused_by_telegram_itself(telegram: Telegram) -> None:
    (delivery,) = await telegram.send([message("  \n ")])
    assert isinstance(delivery, Refused)
    assert "text is empty" in delivery.why


@pytest.mark.parametrize(("status", "body"), [(502, "<html>Bad Gateway</html>"), (500, "{}"), (200, "not JSON")])
async def test_trouble_on_the_way_is_tried_again(status: int, body: str, telegram: Telegram, server: LoBotApi) -> None:
    server.answer("sendMessage", status, body)
    (delivery,) = await telegram.send([message()])
    assert isinstance(delivery, TryLater)
    assert not delivery.channel_wide
    assert delivery.after <= timedelta(seconds=10)


async def test_silence_is_tried_again_although_the_message_may_have_arrived(
    server: LoBotApi,
) -> None:
    impatient = Telegram(TOKEN, server.url, timeout=0.2)
    server.stall("sendMessage", 0.5)
    (delivery,) = await impatient.send([message()])
    await impatient.close()
    assert delivery == TryLater(timedelta(seconds=5), "TimedOut: Timed out")
    assert server.emulator.requests[-1]["method"] == "sendMessage"


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    channel = Telegram(TOKEN, "http://127.0.0.1:1", timeout=0.3)
    (delivery,) = await channel.send([message()])
    await channel.close()
    assert isinstance(delivery, TryLater)


async def test_a_fault_of_ours_or_the_library_costs_no_message(telegram: Telegram, server: LoBotApi) -> None:
    server.answer("sendMessage", 200, '{"ok": false}')
    with capture_logs() as logs:
        (delivery,) = await telegram.send([message()])
    assert isinstance(delivery, TryLater)
    assert [entry["event"] for entry in logs] == ["telegram_send_failed"]


async def test_a_refused_token_stops_the_channel_and_says_what_to_check(server: LoBotApi) -> None:
    channel = Telegram("7123456789:a-wrong-token", server.url)
    (delivery,) = await channel.send([message()])
    assert isinstance(delivery, TryLater)
    assert delivery.channel_wide
    assert delivery.after >= timedelta(minutes=1)
    assert "HOIAM_TELEGRAM_TOKEN" in delivery.why
    with pytest.raises(TelegramCallError, match="HOIAM_TELEGRAM_TOKEN"):
        await channel.check()
    await channel.close()


async def test_a_group_that_moved_is_followed(telegram: Telegram, server: LoBotApi) -> None:
    server.fail_chat("-200300400", 400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1002003004005)
    text = "a" * 4000 + "\n\n" + "b" * 400
    assert await telegram.send([message(text, address=Address("telegram", "-200300400"))]) == [Delivered()]
    assert [part["chat_id"] for part in server.sent()] == ["-200300400", "-1002003004005", "-1002003004005"]


async def test_each_message_of_a_batch_has_its_own_fate_in_order(telegram: Telegram, server: LoBotApi) -> None:
    server.fail_chat("2", 403, "Forbidden: bot was blocked by the user")
    server.fail_chat("3", 502, "Bad Gateway")
    batch = [message(address=Address("telegram", str(chat))) for chat in (1, 2, 3, 4)]
    assert [type(delivery) for delivery in await telegram.send(batch)] == [Delivered, Refused, TryLater, Delivered]
    assert await telegram.send([]) == []


async def test_no_more_go_out_in_a_second_than_telegram_allows(server: LoBotApi) -> None:
    channel = Telegram(TOKEN, server.url, per_second=5)
    began = time.monotonic()
    await channel.send([message(address=Address("telegram", str(chat))) for chat in range(1, 13)])
    assert 2 <= time.monotonic() - began < 8
    await channel.close()


async def test_the_outbox_spaces_people_by_a_second_and_groups_by_three(telegram: Telegram, database: Database) -> None:
    chats = {"5": 1, "-1005": 3}
    async with database.begin() as transaction:
        came = [InboundMessage(Address("telegram", chat), chat, Text("a")) for chat in chats]
        await inbox.put(transaction, came, NOW)
        ids = await inbox.conversation_ids(transaction, [one.address for one in came])
        pending = [
            outbox.Pending(of, Say("greeting"), f"{n}:{of}", NOW) for n in range(2) for of in sorted(ids.values())
        ]
        await outbox.put(transaction, pending, NOW)
    due = {}
    for second in range(5):
        now = NOW + timedelta(seconds=second)
        async with database.begin() as transaction:
            leased = await outbox.claim(transaction, ["telegram"], 10, timedelta(minutes=1), now)
            deliveries = [(row, Delivered()) for row in leased]
            await outbox.record(transaction, deliveries, spacing=telegram.spacing, now=now)
        due[second] = sorted(row.address.chat for row in leased)
    assert due == {0: ["-1005", "5"], 1: ["5"], 2: [], 3: ["-1005"], 4: []}


async def test_check_returns_the_username(telegram: Telegram) -> None:
    assert await telegram.check() == USERNAME
    assert telegram.username == USERNAME


async def test_neither_token_nor_text_is_logged(
    server: LoBotApi, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("telegram", "httpx", "httpcore"):
        # What pytest's handler would hear of these loggers is decided by the channel alone.
        monkeypatch.setattr(logging.getLogger(name), "level", logging.NOTSET)
    channel = Telegram(TOKEN, server.url, timeout=3)
    server.answer("sendMessage", 502, f"a proxy quotes {TOKEN} and bí mật")
    with capture_logs() as logs:
        deliveries = await channel.send([message("bí mật"), message("bí mật", address=Address("telegram", "x"))])
    await channel.close()
    for said in (caplog.text, repr(logs), repr(deliveries)):
        assert TOKEN not in said
    for said in (caplog.text, repr(logs)):
        assert "bí mật" not in said


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ngắn", ["ngắn"]),
        ("đoạn một\n\nđoạn hai", ["đoạn một", "đoạn hai"]),
        ("dòng một dài\ndòng hai", ["dòng một dài", "dòng hai"]),
        ("một hai ba bốn năm", ["một hai ba", "bốn năm"]),
        ("aaaaaaaaaaaaaaaaaaaa", ["aaaaaaaaaaaa", "aaaaaaaa"]),
        ("😡" * 7, ["😡" * 6, "😡"]),
        ("a" * 11 + "👍🏽b", ["a" * 11, "👍🏽b"]),
        ("a" * 11 + "e\u0301b", ["a" * 11, "e\u0301b"]),
        ("\u0301" * 20, ["\u0301" * 12, "\u0301" * 8]),
        ("a" * 12 + " " * 30, ["a" * 12]),
        (" " * 30, [" " * 30]),
    ],
)
def test_texts_are_split_where_a_reader_would(text: str, parts: list[str]) -> None:
    assert split_text(text, 12) == parts


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200) | st.text("a \n😡\u200d\u0301", max_size=200))
def test_split_texts_fit_and_lose_nothing_but_blanks(text: str) -> None:
    parts = split_text(text, 12)
    assert "".join("".join(parts).split()) == "".join(text.split())
    if text.strip():
        assert all(part.strip() and len(part.encode("utf-16-le")) <= 24 for part in parts)
