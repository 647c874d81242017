"""Files to people on Telegram."""

from structlog.testing import capture_logs

from channels.telegram import Telegram
from domain.messages import Attachment, Delivered, TryLater
from tests.channels.test_telegram_send import LAN, message
from tests.emulators.lo_bot_api import LoBotApi

REPORT = Attachment(7, "Báo cáo quý III năm 2026.docx", "application/octet-stream", b"PK\x03\x04 report")
ANNEX = Attachment(8, 'Phụ lục "số liệu".xlsx', "application/octet-stream", b"PK\x03\x04 annex")


async def test_files_follow_the_text_under_their_own_names(telegram: Telegram, server: LoBotApi) -> None:
    assert await telegram.send([message(files=(REPORT, ANNEX), buttons=(("k:x", "Xem"),))]) == [Delivered()]
    assert [method for method, _ in server.requests] == ["sendMessage", "sendDocument", "sendDocument"]
    assert all(fields["chat_id"] == LAN.chat for _, fields in server.requests)
    assert [content for _, content in server.files.values()] == [REPORT.content, ANNEX.content]
    assert [name.replace("%22", '"') for name, _ in server.files.values()] == [REPORT.name, ANNEX.name]


async def test_what_was_asked_to_slow_down_between_two_files_is_sent_again_whole(
    telegram: Telegram, server: LoBotApi
) -> None:
    server.answer("sendDocument", 200, '{"ok": true, "result": {"message_id": 2}}')
    server.fail("sendDocument", 429, "Too Many Requests: retry after 1", retry_after=1)
    (delivery,) = await telegram.send([message(files=(REPORT, ANNEX))])
    assert isinstance(delivery, TryLater)
    assert delivery.channel_wide


async def test_a_server_in_trouble_gets_it_again(telegram: Telegram, server: LoBotApi) -> None:
    server.fail("sendDocument", 502, "Bad Gateway")
    (delivery,) = await telegram.send([message(files=(REPORT,))])
    assert isinstance(delivery, TryLater)
    assert await telegram.send([message(files=(REPORT,))]) == [Delivered()]
    assert [method for method, _ in server.requests] == ["sendMessage", "sendDocument"] * 2


async def test_a_file_telegram_does_not_take_costs_neither_the_text_nor_the_other(
    telegram: Telegram, server: LoBotApi
) -> None:
    server.fail("sendDocument", 400, "Bad Request: file is too big")
    with capture_logs() as logs:
        assert await telegram.send([message(files=(REPORT, ANNEX))]) == [Delivered()]
    assert len(server.sent("sendDocument")) == 2
    assert [(entry["event"], entry["file"]) for entry in logs] == [("telegram_file_refused", 7)]
    assert "Báo cáo" not in str(logs)


async def test_what_comes_with_a_file_is_a_new_message_also_when_it_would_replace_one(
    telegram: Telegram, server: LoBotApi
) -> None:
    await telegram.send([message()])
    assert await telegram.send([message(replaces="1", files=(REPORT,))]) == [Delivered()]
    assert not server.sent("editMessageText")
