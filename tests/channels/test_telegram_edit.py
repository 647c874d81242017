"""Messages that take the place of an earlier one, against a Telegram server on loopback."""

import json
from datetime import timedelta

import pytest

from channels.telegram import Telegram
from domain.messages import Address, Delivered, Delivery, OutboundMessage, Refused, TryLater
from tests.emulators.lo_bot_api import TOKEN, LoBotApi

LAN = Address("telegram", "5123400187")
PICTURE = "AgACAgUAAxkBAAIBk2dLphoto1"
NEXT = (("o:queue:1", "Trang sau"),)


def message(text: str, replaces: str | None = None, **more: object) -> OutboundMessage:
    given = {"id": 1, "address": LAN, "text": text, "replaces": replaces, **more}
    return OutboundMessage(**given)  # type: ignore[arg-type] # as given


async def send(telegram: Telegram, text: str, replaces: str | None = None, **more: object) -> Delivery:
    """Send one message."""
    (delivery,) = await telegram.send([message(text, replaces, **more)])
    return delivery


@pytest.fixture
async def card(telegram: Telegram, server: LoBotApi) -> str:
    """The id of a message that shows the first page."""
    assert await send(telegram, "Trang 1", buttons=NEXT) == Delivered()
    [(_, number)] = server.shown
    return number


def shown(server: LoBotApi) -> list[str]:
    """Return the texts in Lan's chat, from the top."""
    return [text for (chat, _), (text, _) in server.shown.items() if chat == LAN.chat]


async def test_a_card_shows_its_next_page_in_the_same_place(telegram: Telegram, server: LoBotApi, card: str) -> None:
    assert await send(telegram, "Trang 2", card, buttons=(("o:queue:0", "Trang trước"),)) == Delivered()
    assert shown(server) == ["Trang 2"]
    [asked] = server.sent("editMessageText")
    assert (asked["chat_id"], asked["message_id"]) == (LAN.chat, card)
    [[button]] = json.loads(asked["reply_markup"])["inline_keyboard"]
    assert button["callback_data"] == "o:queue:0"


async def test_a_card_that_loses_its_buttons_is_sent_without_them(
    telegram: Telegram, server: LoBotApi, card: str
) -> None:
    assert await send(telegram, "Không còn việc nào.", card) == Delivered()
    assert "reply_markup" not in server.sent("editMessageText")[0]


async def test_an_edit_that_changes_nothing_is_delivered(telegram: Telegram, server: LoBotApi, card: str) -> None:
    for _ in range(2):
        assert await send(telegram, "Trang 2", card, buttons=NEXT) == Delivered()
    assert shown(server) == ["Trang 2"]
    assert len(server.sent()) == 1, "nothing new was sent"


@pytest.mark.parametrize(
    "description",
    [
        "Bad Request: message to edit not found",
        "Bad Request: message can't be edited",
        "Bad Request: there is no text in the message to edit",
        "Bad Request: MESSAGE_ID_INVALID",
    ],
)
async def test_where_nothing_can_be_edited_a_new_message_is_sent(
    description: str, telegram: Telegram, server: LoBotApi, card: str
) -> None:
    server.fail("editMessageText", 400, description)
    assert await send(telegram, "Trang 2", card, buttons=NEXT) == Delivered()
    assert shown(server) == ["Trang 1", "Trang 2"]
    assert "reply_markup" in server.sent()[-1]


@pytest.mark.parametrize("nowhere", ["999", "0"])
async def test_a_card_that_was_deleted_comes_back_at_the_bottom(
    nowhere: str, telegram: Telegram, server: LoBotApi
) -> None:
    assert await send(telegram, "Trang 2", nowhere) == Delivered()
    assert shown(server) == ["Trang 2"]


async def test_a_text_of_several_parts_is_sent_anew(telegram: Telegram, server: LoBotApi, card: str) -> None:
    assert await send(telegram, "a" * 4000 + "\n\n" + "b" * 4000, card, buttons=NEXT) == Delivered()
    assert [text[0] for text in shown(server)] == ["T", "a", "b"]
    assert not server.sent("editMessageText")


async def test_a_card_with_pictures_is_sent_anew_so_that_they_stay_together(
    telegram: Telegram, server: LoBotApi, card: str
) -> None:
    server.keep_file(PICTURE)
    assert await send(telegram, "Hồ sơ", card, photos=(PICTURE,)) == Delivered()
    assert [method for method, _ in server.requests] == ["sendMessage", "sendMessage", "sendPhoto"]


async def test_a_pause_that_telegram_asks_for_holds_edits_too(telegram: Telegram, server: LoBotApi, card: str) -> None:
    server.fail("editMessageText", 429, "Too Many Requests: retry after 17", retry_after=17)
    asked = await send(telegram, "Trang 2", card)
    assert asked == TryLater(timedelta(seconds=17), "Telegram asked for a pause", channel_wide=True)
    assert isinstance(await send(telegram, "Trang 2", card), TryLater)
    assert len(server.sent("editMessageText")) == 1
    assert shown(server) == ["Trang 1"], "a new message would run into the same wall"


async def test_trouble_on_the_way_is_tried_again_as_an_edit(telegram: Telegram, server: LoBotApi, card: str) -> None:
    server.answer("editMessageText", 502, "<html>Bad Gateway</html>")
    assert isinstance(await send(telegram, "Trang 2", card), TryLater)
    assert await send(telegram, "Trang 2", card) == Delivered()
    assert shown(server) == ["Trang 2"]


async def test_an_edit_that_arrived_but_was_not_heard_of_is_harmless(server: LoBotApi) -> None:
    impatient = Telegram(TOKEN, server.url, timeout=0.2)
    assert await send(impatient, "Trang 1") == Delivered()
    [(_, number)] = server.shown
    server.stall("editMessageText", 0.5)
    assert isinstance(await send(impatient, "Trang 2", number), TryLater)
    assert await send(impatient, "Trang 2", number) == Delivered()
    await impatient.close()
    assert shown(server) == ["Trang 2"]


async def test_who_blocked_the_bot_is_gone_for_edits_too(telegram: Telegram, server: LoBotApi, card: str) -> None:
    server.fail("editMessageText", 403, "Forbidden: bot was blocked by the user")
    delivery = await send(telegram, "Trang 2", card)
    assert isinstance(delivery, Refused)
    assert delivery.gone
    assert shown(server) == ["Trang 1"]


async def test_a_chat_that_is_not_there_is_gone(telegram: Telegram, server: LoBotApi) -> None:
    server.fail_chat(LAN.chat, 400, "Bad Request: chat not found")
    delivery = await send(telegram, "Trang 2", "17")
    assert isinstance(delivery, Refused)
    assert delivery.gone


async def test_in_a_group_that_moved_the_card_comes_anew(telegram: Telegram, server: LoBotApi) -> None:
    group = Address("telegram", "-200300400")
    server.fail_chat(group.chat, 400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1002003004005)
    assert await send(telegram, "Trang 2", "17", address=group) == Delivered()
    assert [fields["chat_id"] for fields in server.sent()] == [group.chat, "-1002003004005"]
