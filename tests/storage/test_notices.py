"""Notices and who asked for them, on both databases."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update

from domain.messages import Address, InboundMessage, Text
from domain.notices import Notice, NoticeStatus
from storage import inbox, notices
from storage.database import Database, Transaction
from storage.notices import END, Wish
from storage.tables import conversations
from tests.conftest import MORNING

WATER, KHA_SON, OTHER = "nuoc_sach.mat_nuoc", "05953", "05443"
TOMORROW = MORNING + timedelta(days=1)
DRAFT = Notice(0, "CAPNUOC", NoticeStatus.DRAFT, "mất nước", WATER, (KHA_SON,), TOMORROW, "trữ nước nhé", 7, MORNING)


async def people(transaction: Transaction, count: int) -> list[int]:
    """Return the conversations of so many people."""
    addresses = [Address("web", f"p{n}") for n in range(count)]
    await inbox.put(transaction, [InboundMessage(who, f"{who.chat}:1", Text("chào")) for who in addresses], MORNING)
    known = await inbox.conversation_ids(transaction, addresses)
    return [known[who] for who in addresses]


async def out(transaction: Transaction) -> Notice:
    """Return a notice that a second person has let out."""
    one = await notices.put(transaction, replace(DRAFT, status=NoticeStatus.PROPOSED))
    assert not await notices.approve(transaction, one.id, 7, "CAPNUOC", MORNING), "the author"
    assert not await notices.approve(transaction, one.id, 8, "CAPNUOC", TOMORROW), "too late"
    assert await notices.approve(transaction, one.id, 8, "CAPNUOC", MORNING)
    assert not await notices.approve(transaction, one.id, 9, "CAPNUOC", MORNING), "once"
    return (await notices.live(transaction, WATER, KHA_SON, MORNING))[0]


async def test_a_draft_is_kept_as_it_is_changed(database: Database) -> None:
    async with database.begin() as transaction:
        one = await notices.put(transaction, replace(DRAFT, topic=None, communes=(), until=None, words=""))
        whole = await notices.put(transaction, replace(DRAFT, id=one.id, communes=(OTHER, KHA_SON)))
        assert whole == replace(DRAFT, id=one.id, communes=(OTHER, KHA_SON))
        assert await notices.get(transaction, one.id) == whole
        assert await notices.live(transaction, WATER, KHA_SON, MORNING) == []


async def test_who_asked_for_the_topic_or_the_place_hears_once(database: Database) -> None:
    async with database.begin() as transaction:
        both, topic, place, elsewhere, otherwise = await people(transaction, 5)
        for of, topic_of, commune in (
            (both, WATER, KHA_SON),
            (both, None, KHA_SON),
            (topic, WATER, None),
            (place, None, KHA_SON),
            (elsewhere, WATER, OTHER),
            (otherwise, "dien.mat_dien", KHA_SON),
        ):
            assert await notices.wish(transaction, of, Wish(topic_of, commune), MORNING, 20)
        one = await out(transaction)
        assert await notices.who_asked(transaction, one, 0, 10) == [both, topic, place]
        assert await notices.who_asked(transaction, one, both, 1) == [topic]


async def test_wishes_are_kept_once_and_have_a_bound(database: Database) -> None:
    async with database.begin() as transaction:
        [of] = await people(transaction, 1)
        assert await notices.wish(transaction, of, Wish(WATER, None), MORNING, 2)
        assert await notices.wish(transaction, of, Wish(WATER, None), MORNING, 2)
        assert await notices.wish(transaction, of, Wish(None, KHA_SON), MORNING, 2)
        assert not await notices.wish(transaction, of, Wish(None, OTHER), MORNING, 2)
        assert await notices.wishes_of(transaction, of) == [Wish(WATER, None), Wish(None, KHA_SON)]
        assert await notices.leave(transaction, of) == 2
        assert await notices.wishes_of(transaction, of) == []


async def test_telling_goes_on_where_it_stopped_and_the_end_goes_to_who_heard(database: Database) -> None:
    async with database.begin() as transaction:
        first, second = await people(transaction, 2)
        one = await out(transaction)
        assert await notices.next_to_tell(transaction, MORNING) == (one, "begin", 0)
        await notices.heard(transaction, one.id, [first, second], MORNING)
        await notices.heard(transaction, one.id, [first], MORNING)
        await notices.went_on(transaction, one.id, first, told=1, dropped=3)
        found = await notices.next_to_tell(transaction, MORNING)
        assert found
        assert (found[2], found[0].told, found[0].dropped) == (first, 1, 3)
        await notices.went_on(transaction, one.id, None, told=1)
        assert await notices.next_to_tell(transaction, MORNING) is None
        assert await notices.lately(transaction, [first, second], MORNING) == {first: 1, second: 1}
        assert await notices.lately(transaction, [first], MORNING + notices.WEEK) == {}
        assert await notices.move(transaction, one.id, [NoticeStatus.LIVE], NoticeStatus.ENDED)
        assert not await notices.move(transaction, one.id, [NoticeStatus.LIVE], NoticeStatus.ENDED)
        found = await notices.next_to_tell(transaction, TOMORROW)
        assert found
        assert found[1:] == (END, 0)
        assert await notices.who_heard(transaction, one, first, 10) == [second]


async def test_what_is_over_expires_and_is_forgotten(database: Database) -> None:
    async with database.begin() as transaction:
        [of] = await people(transaction, 1)
        one = await out(transaction)
        draft = await notices.put(transaction, DRAFT)
        await notices.heard(transaction, one.id, [of], MORNING)
        assert await notices.expire(transaction, MORNING, MORNING - timedelta(days=7), 10) == 0
        assert await notices.expire(transaction, TOMORROW, MORNING, 10) == 2
        ended, dropped = await notices.get(transaction, one.id), await notices.get(transaction, draft.id)
        assert (ended and ended.status, dropped and dropped.status) == (NoticeStatus.EXPIRED, NoticeStatus.DROPPED)
        assert await notices.next_to_tell(transaction, TOMORROW) is None
        assert await notices.who_heard(transaction, one, 0, 10) == [of]
        assert await notices.expire(transaction, MORNING + notices.WEEK, MORNING, 10) == 0
        assert await notices.who_heard(transaction, one, 0, 10) == []


async def test_who_cannot_be_reached_is_not_tried(database: Database) -> None:
    async with database.begin() as transaction:
        [of] = await people(transaction, 1)
        await notices.wish(transaction, of, Wish(WATER, None), MORNING, 20)
        await transaction.execute(update(conversations).values(blocked_at=MORNING))
        assert await notices.who_asked(transaction, await out(transaction), 0, 10) == []
