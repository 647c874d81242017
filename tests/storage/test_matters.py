"""Matters and the cases that belong to them, on both databases."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select

from domain import casework
from domain.cases import Case, change
from domain.concerns import Decision, Facts
from domain.filing import file_case, new_concern
from domain.matters import Matter, MatterState, Member, case_of
from domain.messages import Address, InboundMessage, Text
from domain.rulesets import Ruleset
from domain.transitions import EventKind, TaskStatus
from storage import cases, inbox, matter_cases, matters
from storage.database import Database
from tests.conftest import MORNING

ROAD, LAMP = "giao_thong.duong_hu_hong", "chieu_sang_cay_xanh.den_duong"
HERE, THERE = "05953", "05950"
LONG_AGO = MORNING - timedelta(days=30)


async def filed(
    database: Database,
    rules: Ruleset,
    chat: str,
    *,
    commune: str = HERE,
    topic: str = ROAD,
    at: datetime = MORNING,
    text: str = "ổ gà to",
) -> Case:
    """Put a citizen's case into the register."""
    person = Address("web", chat)
    async with database.begin() as transaction:
        await inbox.put(transaction, [InboundMessage(person, f"{chat}{topic}{commune}{at}", Text("x"))], at)
        [of] = (await inbox.conversation_ids(transaction, [person])).values()
        [serial] = await cases.take_serials(transaction, 1)
        facts = Facts(Decision.ROUTE, topic=topic, commune=commune, text=text)
        case, _ = file_case(new_concern(1, facts, at), serial, of, rules, at)
        await cases.file(transaction, [case])
    return case


async def proposed(database: Database) -> Matter:
    """Return a matter of roads in two communes."""
    matter = Matter(
        0, MatterState.PROPOSED, "Đường hỏng", ROAD, (HERE, THERE), date(2026, 11, 4), "KT-05953", MORNING
    )  # fmt: skip
    async with database.begin() as transaction:
        return await matters.put(transaction, matter)


async def opened(database: Database, rules: Ruleset) -> tuple[Matter, Case]:
    """Return an open matter with its own case."""
    matter = await proposed(database)
    async with database.begin() as transaction:
        [serial] = await cases.take_serials(transaction, 1)
        case, _ = case_of(matter, "Đường hỏng", serial, rules, now=MORNING, actor="officer:1")
        await cases.file(transaction, [case])
        matter = replace(matter, state=MatterState.OPEN, case_id=case.id, number=case.number)
        await matters.save(transaction, matter)
    return matter, case


async def _save(database: Database, *changed: Case) -> None:
    async with database.begin() as transaction:
        await cases.save(transaction, changed)


async def test_a_matter_is_kept_as_it_is(database: Database) -> None:
    matter = await proposed(database)
    changed = replace(
        matter, state=MatterState.OPEN, name="Khác", inform_by=MORNING, remind_at=MORNING, look_at=MORNING, warning=3
    )  # fmt: skip
    async with database.begin() as transaction:
        await matters.save(transaction, changed)
        assert await matters.get(transaction, matter.id) == changed
        assert await matters.live(transaction) == [changed]
        assert await matters.due_for_look(transaction, MORNING, 10) == [changed]
        assert await matters.due_for_reminder(transaction, MORNING - timedelta(seconds=1), 10) == []
        assert await matters.get(transaction, matter.id + 1) is None


async def test_whoever_has_its_case_leads_it(database: Database, rules: Ruleset) -> None:
    matter, case = await opened(database, rules)
    case, _ = casework.refer(case, "SXD", rules, now=MORNING, actor="officer:1", note="SXD: đường tỉnh")
    await _save(database, case)
    async with database.read() as transaction:
        found = await matters.named(transaction, [matter.id])
        assert found[matter.id].lead == "SXD"
        assert [one.id for one in await matters.live(transaction, "SXD")] == [matter.id]
        assert await matters.live(transaction, "KT-05953") == [], "it is nothing to who passed it on"


async def test_members_stand_as_their_latest_task_does(database: Database, rules: Ruleset) -> None:
    matter, case = await opened(database, rules)
    due = MORNING + timedelta(days=2)
    async with database.begin() as transaction:
        for agency in ("SXD", "CAX-05953"):
            await matters.want(transaction, matter.id, Member(agency, "đo nền đường", due, MORNING))
        before = await matters.members(transaction, matter)
    assert [(member.agency, member.status) for member in before] == [("CAX-05953", None), ("SXD", None)]
    case, _ = casework.take(case, case.lead, rules, now=MORNING, actor="officer:1", officer=1)
    case, _ = casework.call_partner(case, "SXD", "đo nền đường", due, rules, now=MORNING, actor="matter:1")
    await _save(database, case)
    async with database.read() as transaction:
        after = {member.agency: member.status for member in await matters.members(transaction, matter)}
        lead = await matters.lead_task(transaction, matter)
        assert [one.id for one in await matters.live(transaction, "SXD")] == [matter.id]
    assert after == {"SXD": TaskStatus.OFFERED, "CAX-05953": None}
    assert lead == (TaskStatus.ACCEPTED, case.due_at)


async def test_cases_of_its_topic_and_place_may_join_once(database: Database, rules: Ruleset) -> None:
    matter, _ = await opened(database, rules)
    here, there = await filed(database, rules, "a"), await filed(database, rules, "b", commune=THERE)
    answered = await filed(database, rules, "c")
    await filed(database, rules, "d", topic=LAMP)
    await filed(database, rules, "e", commune="05956")
    await filed(database, rules, "f", at=LONG_AGO)
    restricted = await filed(database, rules, "g")
    taken, _ = casework.take(answered, answered.lead, rules, now=MORNING, actor="officer:1", officer=1)
    answered, _ = casework.answer(taken, "Đã vá xong", rules, now=MORNING, actor="officer:1")
    await _save(database, answered, replace(restricted, restricted=True))
    since = MORNING - timedelta(days=14)
    async with database.begin() as transaction:
        wanted = transaction, matter.id, ROAD, (HERE, THERE), since
        assert await matter_cases.joinable(*wanted, answered=False) == [here.id, there.id]
        first = await matter_cases.joinable(*wanted, answered=True)
        assert first == [here.id, there.id, answered.id]
        await matter_cases.join(transaction, matter.id, first, "", MORNING)
        assert await matter_cases.leave(transaction, matter.id, here.id, "của xã khác", MORNING)
        assert not await matter_cases.leave(transaction, matter.id, here.id, "lần nữa", MORNING)
        assert await matter_cases.joinable(*wanted, answered=True) == [], "what left does not come back by itself"
        assert await matter_cases.numbers(transaction, matter.id, "KT-05953", 9) == [answered.number]
        assert not await matter_cases.holds(transaction, matter.id, here.id)
        await matter_cases.join(transaction, matter.id, [here.id], "nhầm, nhà ông ấy ở xã này", MORNING)
        assert await matter_cases.holds(transaction, matter.id, here.id)
        await matter_cases.forget(transaction, [here.id])
        whys = (await transaction.execute(select(matter_cases.matter_cases.c.why))).scalars()
        assert set(whys) == {""}, "what was said of an erased case is gone"


async def test_each_person_hears_once_by_the_oldest_case(database: Database, rules: Ruleset) -> None:
    matter, _ = await opened(database, rules)
    oldest, second = await filed(database, rules, "a"), await filed(database, rules, "a")
    follower, ended = await filed(database, rules, "b"), await filed(database, rules, "c")
    left, erased, sealed = [await filed(database, rules, chat) for chat in "def"]
    mine, _ = casework.merge(follower, oldest, now=MORNING, actor="citizen")
    taken, _ = casework.take(ended, ended.lead, rules, now=LONG_AGO, actor="officer:1", officer=1)
    answered, _ = casework.answer(taken, "Đã vá xong", rules, now=LONG_AGO - timedelta(1), actor="officer:1")
    closed, _ = change(answered, EventKind.CONFIRMED, now=LONG_AGO, actor="citizen")
    await _save(database, mine, closed, replace(erased, conversation_id=None), replace(sealed, restricted=True))
    async with database.begin() as transaction:
        joined = [oldest.id, second.id, ended.id, left.id, erased.id, sealed.id]
        await matter_cases.join(transaction, matter.id, joined, "", MORNING)
        await matter_cases.leave(transaction, matter.id, left.id, "không cùng việc", MORNING)
        people = await matter_cases.people(transaction, matter.id, LONG_AGO)
        assert await matter_cases.sizes(transaction, [matter.id]) == {matter.id: (5, 3)}
    assert people == {oldest.conversation_id: oldest.number, follower.conversation_id: follower.number}


async def test_reporters_are_counted_once_in_each_place_and_once_over_all(database: Database, rules: Ruleset) -> None:
    for _ in range(3):
        await filed(database, rules, "many")
    await filed(database, rules, "many", commune=THERE)
    await filed(database, rules, "other")
    await filed(database, rules, "earlier", at=LONG_AGO)
    secret = await filed(database, rules, "secret")
    await _save(database, replace(secret, restricted=True))
    await opened(database, rules)
    until = MORNING + timedelta(hours=1)
    async with database.read() as transaction:
        cells = await matters.reporters(transaction, LONG_AGO + timedelta(days=1), until)
        both = await matters.reporters_in(transaction, ROAD, (HERE, THERE), LONG_AGO + timedelta(days=1), until)
    assert cells == {(ROAD, HERE): 2, (ROAD, THERE): 1}
    assert both == 2


async def test_one_process_looks_for_matters_on_a_day(database: Database) -> None:
    async with database.begin() as transaction:
        days = [date(2026, 11, day) for day in (18, 18, 17, 19)]
        assert [await matters.first_on(transaction, day) for day in days] == [True, False, False, True]
