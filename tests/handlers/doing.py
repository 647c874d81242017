"""What the tests of this folder let people do."""

from uuid import uuid4

from domain.cases import Case
from domain.messages import Content, InboundMessage
from storage import inbox
from tests.journeys.people import Heard, Person, Town


async def arrive(town: Town, person: Person, content: Content) -> list[Heard]:
    """Let something arrive as a channel hands it over, however fast; return what comes back."""
    async with town.database.begin() as transaction:
        await inbox.put(transaction, [InboundMessage(person.address, str(uuid4()), content)], town.now)
    await town.work()
    return await person.hears()


async def files(citizen: Person, words: str) -> Case:
    """Have a concern sent as it was understood."""
    heard = await citizen.says(words)
    if "Đồng ý, gửi tiếp" in heard[-1].buttons:
        await citizen.presses("Đồng ý")
    await citizen.presses("✅ Gửi")
    return (await citizen.town.cases_of(citizen))[0]
