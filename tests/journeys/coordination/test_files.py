"""A file that is put beside a message reaches the person's phone, with its name and content."""

from domain.messages import Say
from storage import files, inbox
from storage.unit import Unit
from tests.journeys.people import Town, on_both

NAME = "Báo cáo quý III năm 2026 (dự thảo).docx"


@on_both
async def test_a_file_reaches_the_phone(town: Town) -> None:
    seat = await town.officer("BTGDV", role="coordinator")
    async with town.database.begin() as transaction:
        of = (await inbox.conversation_ids(transaction, [seat.address]))[seat.address]
        docx = await files.put(transaction, NAME, "application/msword", b"PK docx", town.now)
        xlsx = await files.put(transaction, "Phụ lục.xlsx", "application/vnd.ms-excel", b"PK xlsx", town.now)
        unit = Unit(transaction, town.now)
        unit.say(of, Say("coordination_help", {"coordinates": True, "typed": ""}, files=(docx, xlsx)), "report:1")
        await unit.flush()
    await town.work()
    [heard] = await seat.hears()
    assert "Quy chế 238" in heard
    assert heard.files == ((NAME, b"PK docx"), ("Phụ lục.xlsx", b"PK xlsx"))
