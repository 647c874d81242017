"""Messages that take the place of an earlier one on the web chat: what a page gets, what is kept."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select

from channels.webchat import parse_post
from domain.messages import Address, Choice, Delivered, OutboundMessage
from storage import conversations, inbox
from storage.database import Database
from storage.tables import web_messages
from tests.web.edge import Edge, bearer, events_of, listening, said


@pytest.fixture
async def edge(database: Database) -> AsyncIterator[Edge]:
    """An edge on each kind of database."""
    built = Edge.build(database)
    async with built.http:
        yield built


@pytest.fixture
async def token(edge: Edge) -> str:
    """A session that has said something."""
    token = await edge.token()
    await edge.post(token, said())
    return token


async def texts(edge: Edge, token: str, after: int = 0) -> list[str]:
    return [message["text"] for message in await edge.log(token, after)]


async def newest(edge: Edge, token: str) -> int:
    """Return the id of the newest message."""
    number: int = (await edge.log(token))[-1]["id"]
    return number


async def count(edge: Edge) -> tuple[int, int]:
    """Return how many messages are kept, and how many of them say something."""
    rows = select(func.count(), func.count().filter(web_messages.c.text != "")).select_from(web_messages)
    async with edge.web.database.read() as transaction:
        kept, telling = (await transaction.execute(rows)).one()
        return kept, telling


async def test_a_message_that_replaces_another_has_its_own_id_and_names_the_place(edge: Edge, token: str) -> None:
    await edge.says(token, "Trang 1")
    [first] = await edge.log(token)
    assert first["replaces"] is None
    await edge.says(token, "Trang 2", first["id"])
    [second] = await edge.log(token, first["id"])
    assert second["id"] > first["id"]
    assert second["replaces"] == first["id"]
    assert second["choices"] == first["choices"]


async def test_who_asks_anew_gets_the_newest_state_only(edge: Edge, token: str) -> None:
    await edge.says(token, "Trang 1")
    card = await newest(edge, token)
    await edge.says(token, "tin khác")
    for page in (2, 3, 4):
        await edge.says(token, f"Trang {page}", card)
    assert await texts(edge, token) == ["tin khác", "Trang 4"]
    assert await count(edge) == (5, 2), "nothing is left of what was replaced but that it was shown"


async def test_every_state_names_the_first_of_its_place_whichever_was_pressed_on(edge: Edge, token: str) -> None:
    await edge.says(token, "Trang 1")
    card = await newest(edge, token)
    for page in (2, 3, 4):
        await edge.says(token, f"Trang {page}", await newest(edge, token))
        assert (await edge.log(token))[-1]["replaces"] == card
    # Pressed on a page that was gone by then, as a second tab may show it.
    await edge.says(token, "Trang 5", card)
    assert [(message["text"], message["replaces"]) for message in await edge.log(token)] == [("Trang 5", card)]


async def test_two_cards_do_not_touch_each_other(edge: Edge, token: str) -> None:
    await edge.says(token, "A1")
    one = await newest(edge, token)
    await edge.says(token, "B1")
    other = await newest(edge, token)
    await edge.says(token, "A2", one)
    await edge.says(token, "B2", other)
    assert [(message["text"], message["replaces"]) for message in await edge.log(token)] == [("A2", one), ("B2", other)]


async def test_a_page_that_was_away_finds_the_place_of_what_it_missed(edge: Edge, token: str) -> None:
    await edge.says(token, "Trang 1")
    seen = await newest(edge, token)
    for page in (2, 3):
        await edge.says(token, f"Trang {page}", await newest(edge, token))
    [message] = await edge.log(token, after=seen)
    assert (message["text"], message["replaces"]) == ("Trang 3", seen)


async def test_what_replaces_something_unknown_is_shown(edge: Edge, token: str) -> None:
    await edge.says(token, "Trang 2", 2**53)
    assert await texts(edge, token) == ["Trang 2"]


async def test_nobody_replaces_what_another_was_shown(edge: Edge, token: str) -> None:
    other = await edge.token()
    await edge.post(other, said())
    await edge.says(other, "của người khác")
    theirs = await newest(edge, other)
    await edge.says(other, "của người khác, mới", theirs)
    for target in (theirs, await newest(edge, other)):
        await edge.says(token, "Trang 2", target)
    assert await texts(edge, other) == ["của người khác, mới"]
    assert (await edge.log(token))[-1]["replaces"] != theirs, "nor learns what belongs together"


async def test_a_message_sent_again_replaces_once(edge: Edge, token: str) -> None:
    await edge.says(token, "Trang 1")
    card = await newest(edge, token)
    again = await edge.says(token, "Trang 2", card)
    before = await edge.log(token)
    assert await edge.web.webchat.send([again]) == [Delivered()]
    assert await edge.log(token) == before


async def test_a_sender_that_slept_does_not_bring_an_old_page_back(edge: Edge, token: str) -> None:
    await edge.says(token, "Trang 1")
    card = await newest(edge, token)
    slept = await edge.says(token, "Trang 2", card)
    await edge.says(token, "Trang 3", card)
    assert await edge.web.webchat.send([slept]) == [Delivered()]
    assert await texts(edge, token) == ["Trang 3"]


async def test_several_states_sent_together_leave_the_last(edge: Edge, token: str) -> None:
    await edge.says(token, "Trang 1")
    card = await newest(edge, token)
    address = edge.address(token)
    pages = [OutboundMessage(page, address, f"Trang {page}", replaces=str(card)) for page in (2, 3)]
    assert await edge.web.webchat.send(pages) == [Delivered(), Delivered()]
    assert await texts(edge, token) == ["Trang 3"]


async def test_the_stream_brings_each_state_as_it_comes(edge: Edge, token: str) -> None:
    async with asyncio.timeout(20), listening(edge) as client:
        async with client.stream("GET", "/chat/stream", headers=bearer(token)) as stream:
            events = events_of(stream)
            await edge.says(token, "Trang 1")
            first = await anext(events)
            for page in (2, 3):
                await edge.says(token, f"Trang {page}", first["id"])
                event = await anext(events)
                assert (event["text"], event["replaces"]) == (f"Trang {page}", first["id"])
        # It broke off, and the page tells what it saw last.
        await edge.says(token, "Trang 4", event["id"])
        async with client.stream("GET", f"/chat/stream?after={event['id']}", headers=bearer(token)) as stream:
            again = await anext(events_of(stream))
    assert (again["text"], again["replaces"]) == ("Trang 4", first["id"])


async def test_erasing_leaves_nothing_of_any_state(edge: Edge, token: str) -> None:
    await edge.says(token, "Trang 1: TN26-0004-175")
    await edge.says(token, "Trang 2: TN26-0004-175", await newest(edge, token))
    await edge.says(token, "tin khác")
    async with edge.web.database.begin() as transaction:
        await conversations.erase_shown(transaction, ["TN26-0004-175"])
    assert await texts(edge, token) == ["tin khác"]
    async with edge.web.database.begin() as transaction:
        known = await inbox.conversation_ids(transaction, [edge.address(token)])
        await conversations.erase_messages(transaction, known[edge.address(token)])
    assert await count(edge) == (0, 0)


async def test_a_step_back_forgets_what_was_replaced(edge: Edge, token: str) -> None:
    await edge.says(token, "Trang 1")
    await edge.says(token, "Trang 2", await newest(edge, token))
    await edge.web.database.downgrade("0002")
    await edge.web.database.migrate()
    assert [(message["text"], message["replaces"]) for message in await edge.log(token)] == [("Trang 2", None)]


def test_the_message_a_button_was_pressed_on_is_told() -> None:
    address = Address("web", "a")
    pressed = parse_post(address, b'{"client_id": "1", "choice": "o:queue:1", "on": 7}')
    assert pressed.content == Choice("o:queue:1", on="7")
    untold = parse_post(address, b'{"client_id": "1", "choice": "o:queue:1"}')
    assert untold.content == Choice("o:queue:1")
