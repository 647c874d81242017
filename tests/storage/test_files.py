"""Files that are kept for a while and go to those chats alone they were sent to."""

from datetime import timedelta

import pytest

from domain.messages import Address, InboundMessage, OutboundMessage, Text
from storage import conversations, files, inbox
from storage.database import Database, Transaction
from tests.conftest import MORNING

LAN, MINH = Address("web", "lan"), Address("web", "minh")
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


async def people(transaction: Transaction) -> dict[Address, int]:
    """Return the conversations of two people."""
    await inbox.put(transaction, [InboundMessage(who, f"{who.chat}:1", Text("chào")) for who in (LAN, MINH)], MORNING)
    return await inbox.conversation_ids(transaction, [LAN, MINH])


async def shown(transaction: Transaction, outbox: int, of: int, file: int, replaces: str | None = None) -> int:
    """Put a message with a file before a web chat. Returns the id of the message."""
    message = OutboundMessage(outbox, LAN, "Báo cáo đây ạ.", replaces=replaces)
    await conversations.show_on_web(transaction, [(message, of)], MORNING)
    await files.show_on_web(transaction, {outbox: [file]})
    return (await conversations.web_log(transaction, of, 0))[-1].id


async def test_a_file_is_only_for_who_it_was_sent_to(database: Database) -> None:
    async with database.begin() as transaction:
        of = await people(transaction)
        file = await files.put(transaction, "Báo cáo.docx", DOCX, b"words", MORNING)
        message = await shown(transaction, 1, of[LAN], file)
        found = await files.of_conversation(transaction, file, of[LAN])
        assert found
        assert (found.name, found.media_type, found.content) == ("Báo cáo.docx", DOCX, b"words")
        assert await files.of_conversation(transaction, file, of[MINH]) is None
        assert await files.names_on_web(transaction, [message]) == {message: [(file, "Báo cáo.docx")]}


async def test_what_was_sent_again_hangs_once(database: Database) -> None:
    async with database.begin() as transaction:
        of = await people(transaction)
        file = await files.put(transaction, "a.xlsx", DOCX, b"x", MORNING)
        await shown(transaction, 1, of[LAN], file)
        message = await shown(transaction, 1, of[LAN], file)
        assert len((await files.names_on_web(transaction, [message]))[message]) == 1


async def test_erasing_the_messages_takes_the_right_away(database: Database) -> None:
    async with database.begin() as transaction:
        of = await people(transaction)
        file = await files.put(transaction, "a.xlsx", DOCX, b"x", MORNING)
        await shown(transaction, 1, of[LAN], file)
        await conversations.erase_messages(transaction, of[LAN])
        assert await files.of_conversation(transaction, file, of[LAN]) is None


async def test_what_another_message_took_the_place_of_is_gone(database: Database) -> None:
    async with database.begin() as transaction:
        of = await people(transaction)
        old, new = [await files.put(transaction, name, DOCX, b"x", MORNING) for name in ("a.docx", "b.docx")]
        first = await shown(transaction, 1, of[LAN], old)
        await shown(transaction, 2, of[LAN], new, replaces=str(first))
        assert await files.of_conversation(transaction, old, of[LAN]) is None
        assert await files.of_conversation(transaction, new, of[LAN])


async def test_a_file_goes_when_its_time_is_over_and_is_not_hung_up_any_more(database: Database) -> None:
    async with database.begin() as transaction:
        of = await people(transaction)
        file = await files.put(transaction, "a.xlsx", DOCX, b"x", MORNING)
        await shown(transaction, 1, of[LAN], file)
        assert await files.expire(transaction, MORNING + files.KEPT - timedelta(seconds=1), 10) == 0
        assert await files.expire(transaction, MORNING + files.KEPT, 10) == 1
        assert await files.of_conversation(transaction, file, of[LAN]) is None
        assert await files.load(transaction, [file]) == {}
        await shown(transaction, 2, of[LAN], file)


async def test_a_name_is_no_path_and_keeps_its_ending(database: Database) -> None:
    async with database.begin() as transaction:
        of = await files.put(transaction, f"../{'á' * 300}/quý.docx", DOCX, b"", MORNING)
        name = (await files.load(transaction, [of]))[of].name
    assert len(name) == 160
    assert name.startswith("..-á")
    assert name.endswith(".docx")


async def test_what_is_too_large_to_send_is_refused(database: Database) -> None:
    async with database.begin() as transaction:
        with pytest.raises(ValueError, match="too large"):
            await files.put(transaction, "a.docx", DOCX, b"x" * (files.LARGEST + 1), MORNING)
