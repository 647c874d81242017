"""Files on the page: who has the message may fetch them, nobody else."""

import pytest

from domain.messages import Delivered, OutboundMessage
from storage import conversations, files, inbox
from tests.conftest import MORNING
from tests.web.edge import Edge, assert_refused, bearer, said

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NAME = 'Phụ lục "số liệu" quý III.xlsx'


async def sent(edge: Edge, token: str) -> int:
    """Send a file to a session and return its id."""
    assert (await edge.post(token, said())).status_code == 202
    async with edge.web.database.begin() as transaction:
        of = await files.put(transaction, NAME, XLSX, b"PK annex", MORNING)
        file = (await files.load(transaction, [of]))[of]
    message = OutboundMessage(1, edge.address(token), "Phụ lục đây ạ.", files=(file,))
    assert await edge.web.webchat.send([message]) == [Delivered()]
    return of


async def test_the_message_names_its_files_and_who_has_it_fetches_them(edge: Edge) -> None:
    token = await edge.token()
    of = await sent(edge, token)
    [message] = await edge.log(token)
    assert message["files"] == [{"id": of, "name": NAME}]
    answer = await edge.http.get(f"/chat/files/{of}", headers=bearer(token))
    assert (answer.status_code, answer.content) == (200, b"PK annex")
    assert answer.headers["Content-Type"] == XLSX
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename*=UTF-8''Ph%E1%BB%A5%20l%E1%BB%A5c%20%22s%E1%BB%91%20li%E1%BB%87u%22%20qu%C3%BD%20III.xlsx"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_for_anybody_else_there_is_no_such_file(edge: Edge) -> None:
    token, other, stranger = [await edge.token() for _ in range(3)]
    of = await sent(edge, token)
    assert (await edge.post(other, said("2"))).status_code == 202
    for who in (other, stranger):
        assert_refused(await edge.http.get(f"/chat/files/{of}", headers=bearer(who)), 404, "không còn")
    assert (await edge.http.get(f"/chat/files/{of}")).status_code == 401
    assert (await edge.http.get(f"/chat/files/{of}", headers=bearer("forged.token"))).status_code == 401


@pytest.mark.parametrize("of", ["0", "999999", "9" * 30, "-1", "1.5", "a", "%00"])
async def test_what_is_no_file_is_not_found(of: str, edge: Edge) -> None:
    token = await edge.token()
    await sent(edge, token)
    assert (await edge.http.get(f"/chat/files/{of}", headers=bearer(token))).status_code == 404


async def test_erasing_the_conversation_takes_the_file_away(edge: Edge) -> None:
    token = await edge.token()
    of = await sent(edge, token)
    async with edge.web.database.begin() as transaction:
        known = await inbox.conversation_ids(transaction, [edge.address(token)])
        await conversations.erase_messages(transaction, known[edge.address(token)])
    assert (await edge.http.get(f"/chat/files/{of}", headers=bearer(token))).status_code == 404
