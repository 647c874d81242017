"""What the tests of this folder let people do."""

from collections.abc import Collection, Sequence
from uuid import uuid4

from sqlalchemy import text

from domain.cases import Case
from domain.concerns import Decision, Facts
from domain.filing import file_case, new_concern
from domain.messages import Address, Content, InboundMessage, Text
from storage import cases, inbox
from tests.journeys.people import Heard, Person, Town

ROAD = "giao_thong.duong_hu_hong"


async def arrive(town: Town, person: Person, content: Content) -> list[Heard]:
    """Let something arrive as a channel hands it over, however fast; return what comes back."""
    async with town.database.begin() as transaction:
        await inbox.put(transaction, [InboundMessage(person.address, str(uuid4()), content)], town.now)
    await town.work()
    return await person.hears()


async def arrive_all(town: Town, sent: Sequence[tuple[Person, Sequence[Content]]]) -> list[list[Heard]]:
    """Let all that people send arrive at once; return what comes back to each."""
    messages = [
        InboundMessage(person.address, str(uuid4()), content) for person, contents in sent for content in contents
    ]
    async with town.database.begin() as transaction:
        await inbox.put(transaction, messages, town.now)
    await town.work()
    return [await hears_all(person) for person, _ in sent]


async def hears_all(person: Person) -> list[Heard]:
    """Return all that came, however many pages of it the platform has."""
    heard: list[Heard] = []
    while more := await person.hears():
        heard += more
    return heard


async def everything(town: Town, *, without: Collection[str] = ()) -> str:
    """Return all that the database holds, but for some tables, as one text."""
    async with town.database.read() as transaction:
        names = (await transaction.execute(text("SELECT name FROM sqlite_master WHERE type='table'"))).scalars()
        tables = sorted(set(names) - set(without))
        rows = [row for table in tables for row in await transaction.execute(text(f'SELECT * FROM "{table}"'))]  # noqa: S608
    return "\n".join(map(str, rows))


async def files(citizen: Person, words: str) -> Case:
    """Have a concern sent as it was understood."""
    heard = await citizen.says(words)
    if "Đồng ý, gửi tiếp" in heard[-1].buttons:
        heard = await citizen.presses("Đồng ý")
    if "Không, việc khác" in heard[-1].buttons:
        await citizen.presses("Không, việc khác")
    await citizen.presses("✅ Gửi")
    return (await citizen.town.cases_of(citizen))[0]


async def fill(town: Town, many: int, *, words: str = "ngõ tối om", topic: str = ROAD, commune: str = "05953") -> None:
    """Let so many people have filed a concern just now, without their chats."""
    people = [Address("web", str(uuid4())) for _ in range(many)]
    async with town.database.begin() as transaction:
        await inbox.put(transaction, [InboundMessage(one, "x" + one.chat, Text(words)) for one in people], town.now)
        known = await inbox.conversation_ids(transaction, people)
        serials = await cases.take_serials(transaction, many)
        filed = [
            file_case(new_concern(1, facts, town.now), serial, known[one], town.rules, town.now)
            for one, serial in zip(people, serials, strict=True)
            if (facts := Facts(Decision.ROUTE, topic=topic, commune=commune, text=words))
        ]
        await cases.file(transaction, [case for case, _ in filed])
        await cases.record(transaction, [event for _, event in filed])
        await transaction.execute(text("UPDATE inbox SET decided_at = received_at"))
        await transaction.execute(text("UPDATE conversations SET waiting = 0, waiting_since = NULL"))
