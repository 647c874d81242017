"""Which open case a citizen is asked about, on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.cases import Case, CaseEvent
from domain.concerns import Concern, ConcernKind, Decision, Facts
from domain.filing import file_case, new_concern
from domain.messages import Address, InboundMessage, Text
from domain.rulesets import Ruleset
from domain.transitions import CaseStatus, EventKind
from handlers import likeness
from handlers.likeness import KEPT, Likeness, Same
from storage import cases, inbox
from storage.database import Database, Transaction
from tests.conftest import MORNING

ROAD, WATER, BEATEN = "giao_thong.duong_hu_hong", "nuoc_sach.mat_nuoc", "an_ninh.bao_luc_gia_dinh"
HOLE = Facts(
    Decision.ROUTE,
    ConcernKind.REPORT,
    ROAD,
    commune="05953",
    detail="xóm Đông",
    text="ổ gà to trước nhà văn hóa xóm Đông, hôm qua có người ngã",
)
#: The same hole by another hand.
AGAIN = new_concern(1, replace(HOLE, text="duong xom dong o ga to doan nha van hoa", detail="xom dong"), MORNING)
#: Who asks; nobody's case is theirs unless said.
ASKS = 0


async def at_chat(transaction: Transaction, chat: str) -> int:
    """Return the id of a conversation, begun if need be."""
    address = Address("web", chat)
    await inbox.put(transaction, [InboundMessage(address, chat, Text("x"))], MORNING)
    return (await inbox.conversation_ids(transaction, [address]))[address]


async def put(
    transaction: Transaction, rules: Ruleset, facts: Facts, serial: int, chat: str = "an", at: datetime = MORNING
) -> Case:
    """File a case under a serial that was set aside."""
    case, event = file_case(new_concern(1, facts, at), serial, await at_chat(transaction, chat), rules, at)
    await cases.file(transaction, [case])
    await cases.record(transaction, [event])
    return case


async def filed(
    database: Database, rules: Ruleset, facts: Facts = HOLE, chat: str = "an", at: datetime = MORNING
) -> Case:
    """File a case under the next serial."""
    async with database.begin() as transaction:
        [serial] = await cases.take_serials(transaction, 1)
        return await put(transaction, rules, facts, serial, chat, at)


async def happens(database: Database, case: Case, kind: EventKind) -> None:
    """Write a case as it is now, with what happened to it."""
    async with database.begin() as transaction:
        await cases.save(transaction, [case])
        await cases.record(transaction, [CaseEvent(case.id, kind, MORNING, "officer:1", case.agency)])


async def refreshed(database: Database, known: Likeness, now: datetime = MORNING) -> Likeness:
    """Let an index take in all there is."""
    async with database.read() as transaction:
        while await known.refresh(transaction, now):
            pass
    return known


async def asked(
    database: Database, known: Likeness, concern: Concern = AGAIN, of: int = ASKS, now: datetime = MORNING
) -> Same | None:
    """Return what somebody is asked about."""
    async with database.read() as transaction:
        return await known.find(transaction, concern, now, of)


async def test_an_open_case_of_the_same_problem_is_found_with_what_is_shown(database: Database, rules: Ruleset) -> None:
    before = await filed(database, rules)
    known = await refreshed(database, Likeness(rules))
    await filed(database, rules, replace(HOLE, topic=WATER, text="xóm Đông mất nước ba ngày nay"), "binh")
    later = await filed(database, rules, replace(HOLE, text="xóm Tây ổ gà đoạn trạm bơm", detail="xóm Tây"), "chi")
    assert len(await refreshed(database, known)) == 3
    assert await asked(database, known) == Same(
        before.id, before.number, CaseStatus.REFERRED, ROAD, "05953", "xóm Đông", before.agency, MORNING
    )
    west = replace(AGAIN, text="duong xom tay nhieu o ga gan tram bom", detail="xom tay")
    found = await asked(database, known, west)
    assert found
    assert found.id == later.id


async def test_it_does_not_tell_whose_gate(database: Database, rules: Ruleset) -> None:
    at_gate = "ngõ 5 nhà ông Nguyễn Văn Tám"
    await filed(database, rules, replace(HOLE, detail=at_gate, text="ổ gà to ở ngõ 5 nhà ông Nguyễn Văn Tám"))
    found = await asked(
        database, await refreshed(database, Likeness(rules)), replace(AGAIN, text="ngõ 5 ổ gà to", detail="ngõ 5")
    )
    assert found
    assert found.detail
    assert "ngõ 5" in found.detail
    assert "Tám" not in found.detail


@pytest.mark.parametrize(
    "concern",
    [
        replace(AGAIN, commune="05956"),
        replace(AGAIN, commune=None),
        replace(AGAIN, topic=WATER),
        replace(AGAIN, topic=None),
        replace(AGAIN, restricted=True),
        replace(AGAIN, accused="CAX"),
        replace(AGAIN, kind=ConcernKind.PRAISE),
    ],
    ids=["other commune", "nowhere", "other topic", "no topic", "restricted", "accuses", "praise"],
)
async def test_such_a_concern_finds_none(database: Database, rules: Ruleset, concern: Concern) -> None:
    await filed(database, rules)
    known = await refreshed(database, Likeness(rules))
    assert await asked(database, known)
    assert await asked(database, known, concern) is None


@pytest.mark.parametrize(
    "facts",
    [replace(HOLE, restricted=True), replace(HOLE, topic=None), replace(HOLE, kind=ConcernKind.PRAISE)],
    ids=["restricted", "no topic", "praise"],
)
async def test_such_a_case_is_told_to_nobody(database: Database, rules: Ruleset, facts: Facts) -> None:
    await filed(database, rules, facts)
    known = await refreshed(database, Likeness(rules))
    await filed(database, rules, facts, "binh")
    assert len(await refreshed(database, known)) == 0
    assert await asked(database, known) is None


async def test_a_topic_that_is_restricted_by_the_rules_is_never_looked_up(database: Database, rules: Ruleset) -> None:
    # A case of the same field that is not: it must not be put to who tells of violence at home.
    quarrel = "an_ninh.trom_cap_gay_roi"
    facts = replace(HOLE, topic=quarrel, text="nhà xóm Đông cãi chửi nhau ầm ĩ cả đêm")
    await filed(database, rules, facts)
    known = await refreshed(database, Likeness(rules))
    concern = new_concern(1, facts, MORNING)
    assert await asked(database, known, concern)
    assert await asked(database, known, replace(concern, topic=BEATEN, choices=(quarrel,))) is None


async def test_ones_own_case_is_passed_over_for_anothers(database: Database, rules: Ruleset) -> None:
    own = await filed(database, rules, replace(HOLE, text=AGAIN.text), "an")
    assert own.conversation_id
    known = await refreshed(database, Likeness(rules))
    assert await asked(database, known, of=own.conversation_id) is None
    others = await filed(database, rules, chat="binh")
    found = await asked(database, await refreshed(database, known), of=own.conversation_id)
    assert found
    assert found.id == others.id


@pytest.mark.parametrize("status", [CaseStatus.ANSWERED, CaseStatus.CLOSED])
async def test_what_has_ended_is_not_found_even_before_it_is_noticed(
    database: Database, rules: Ruleset, status: CaseStatus
) -> None:
    case = await filed(database, rules)
    unaware, known = [await refreshed(database, Likeness(rules)) for _ in range(2)]
    await happens(database, replace(case, status=status), EventKind.ANSWERED)
    assert await asked(database, unaware) is None
    assert len(unaware) == 0, "what was found to have ended is let go"
    assert len(await refreshed(database, known)) == 0
    await happens(database, replace(case, status=CaseStatus.ACCEPTED), EventKind.DISPUTED)
    assert await asked(database, await refreshed(database, known)), "taken up again, it is found again"


async def test_a_correction_moves_or_hides_a_case(database: Database, rules: Ruleset) -> None:
    case = await filed(database, rules)
    known = await refreshed(database, Likeness(rules))
    await happens(database, replace(case, topic=WATER), EventKind.CORRECTED)
    await refreshed(database, known)
    assert await asked(database, known) is None
    assert await asked(database, known, replace(AGAIN, topic=WATER))
    await happens(database, replace(case, topic=WATER, restricted=True), EventKind.CORRECTED)
    assert await asked(database, known, replace(AGAIN, topic=WATER)) is None


async def test_what_was_erased_is_not_found(database: Database, rules: Ruleset) -> None:
    case = await filed(database, rules)
    known = await refreshed(database, Likeness(rules))
    assert case.conversation_id
    async with database.begin() as transaction:
        await cases.erase(transaction, case.conversation_id)
    assert await asked(database, known) is None
    assert len(known) == 0


async def test_a_case_under_a_serial_set_aside_long_before_is_found(database: Database, rules: Ruleset) -> None:
    async with database.begin() as transaction:
        early = (await cases.take_serials(transaction, 200))[0]
    for n in range(30):
        await filed(database, rules, replace(HOLE, topic=WATER, text=f"mất nước {n}"), f"chat-{n}")
    known = await refreshed(database, Likeness(rules))
    async with database.begin() as transaction:
        late = await put(transaction, rules, HOLE, early)
    found = await asked(database, await refreshed(database, known))
    assert found
    assert found.id == late.id


@pytest.mark.parametrize("before_start", [True, False])
async def test_a_case_that_commits_after_one_written_later_is_found(
    postgres: Callable[[], str], rules: Ruleset, *, before_start: bool
) -> None:
    # SQLite has one writer at a time: there this cannot be.
    database = Database(postgres())
    await database.migrate()
    await filed(database, rules, replace(HOLE, topic=WATER), "first")
    known = Likeness(rules)
    if not before_start:
        await refreshed(database, known)
    async with database.begin() as slow:
        late = await put(slow, rules, HOLE, 1_000, "slow")
        await filed(database, rules, replace(HOLE, topic=WATER), "fast")
        assert len(await refreshed(database, known)) == 2
        assert await asked(database, known) is None
    found = await asked(database, await refreshed(database, known))
    assert found
    assert found.id == late.id
    await database.close()


async def test_each_process_finds_what_another_filed(database_url: str, database: Database, rules: Ruleset) -> None:
    other = Database(database_url)
    here, there = await refreshed(database, Likeness(rules)), await refreshed(other, Likeness(rules))
    case = await filed(database, rules)
    for its, known in ((database, here), (other, there)):
        found = await asked(its, await refreshed(its, known))
        assert found
        assert found.id == case.id
    await other.close()


async def test_a_start_takes_in_page_by_page_what_is_open_and_not_too_old(
    database: Database, rules: Ruleset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likeness, "_PAGE", 3)
    monkeypatch.setattr(likeness, "_LOOK_BACK", 0)  # what is missed at the start is not to come by way of its history
    await filed(database, rules, chat="old", at=MORNING - KEPT - timedelta(hours=1))
    of = [await filed(database, rules, replace(HOLE, detail=f"xóm {n}"), f"chat-{n}") for n in range(7)]
    await happens(database, replace(of[0], status=CaseStatus.CLOSED), EventKind.CONFIRMED)
    known = Likeness(rules)
    async with database.read() as transaction:
        assert await known.refresh(transaction, MORNING)
    assert len(known) == 3
    assert len(await refreshed(database, known)) == 6


async def test_what_grew_old_is_let_go_and_could_not_be_found_anyway(database: Database, rules: Ruleset) -> None:
    await filed(database, rules)
    known = await refreshed(database, Likeness(rules))
    later = MORNING + KEPT + timedelta(hours=1)
    same = new_concern(1, HOLE, later)
    assert await asked(database, known, same, now=MORNING)
    assert await asked(database, known, same, now=later) is None
    await filed(database, rules, replace(HOLE, topic=WATER), "binh", later)
    assert len(await refreshed(database, known, later)) == 1
