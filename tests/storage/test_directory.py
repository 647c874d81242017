"""The directory as it was last applied, on both databases."""

from domain.messages import Address, InboundMessage, Text
from domain.rulesets import Ruleset
from storage import directory, inbox, officers
from storage.database import Database, Transaction
from storage.directory import Stored
from tests.conftest import MORNING
from tests.storage.test_corrections import filed


async def put(transaction: Transaction, text: str, after: int) -> bool:
    """Store a directory."""
    return await directory.store(transaction, text, after=after, by="ada", now=MORNING)


async def test_there_is_none_before_the_first(database: Database) -> None:
    async with database.read() as transaction:
        assert await directory.version(transaction) == 0
        assert await directory.load(transaction) is None


async def test_each_takes_the_place_of_the_last_and_the_version_rises(database: Database) -> None:
    for after, text in enumerate(["officers = []", "agencies = []  # Đồng Hỷ"]):
        async with database.begin() as transaction:
            assert await put(transaction, text, after)
    async with database.read() as transaction:
        assert await directory.version(transaction) == 2
        assert await directory.load(transaction) == Stored(2, "agencies = []  # Đồng Hỷ", "ada", MORNING)


async def test_who_looked_before_another_stored_stores_nothing(database: Database) -> None:
    async with database.begin() as transaction:
        assert await put(transaction, "first", 0)
        assert not await put(transaction, "also after none", 0)
        assert await put(transaction, "second", 1)
        assert not await put(transaction, "also after the first", 1)
        stored = await directory.load(transaction)
    assert stored
    assert (stored.version, stored.text) == (2, "second")


async def test_open_cases_are_counted_by_agency(database: Database, rules: Ruleset) -> None:
    for chat in ("a", "b"):
        await filed(database, rules, chat)
    async with database.read() as transaction:
        assert await directory.open_cases(transaction, ["KT-05953", "SXD"]) == {"KT-05953": 2}
        assert await directory.open_cases(transaction, ["SXD"]) == {}


async def test_who_has_a_seat_is_known_by_agency_and_name(database: Database) -> None:
    invited = [("SXD", "lead", "Nguyễn Văn Thí"), ("05953", "head", "Trần Thị Dụ"), ("SYT", "officer", "Lê Văn Mẫu")]
    async with database.begin() as transaction:
        for n, (agency, role, name) in enumerate(invited):
            await officers.invite(transaction, f"CODE{n}", agency, MORNING, role=role, name=name)
        for n in (0, 1):  # the third has not come yet
            address = Address("web", str(n))
            await inbox.put(transaction, [InboundMessage(address, str(n), Text("x"))], MORNING)
            [conversation] = (await inbox.conversation_ids(transaction, [address])).values()
            assert await officers.bind(transaction, conversation, f"CODE{n}", MORNING)
        assert await directory.seated(transaction) == {("SXD", "Nguyễn Văn Thí"), ("05953", "Trần Thị Dụ")}
