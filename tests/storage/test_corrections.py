"""What officers corrected, on both databases."""

from dataclasses import replace
from datetime import timedelta

from domain.cases import Case
from domain.concerns import Decision, Facts
from domain.filing import file_case, new_concern
from domain.messages import Address, InboundMessage, Text
from domain.rulesets import Ruleset
from storage import cases, corrections, inbox
from storage.corrections import Correction
from storage.database import Database
from tests.conftest import MORNING

ROAD, LAMP, WATER = "giao_thong.duong_hu_hong", "chieu_sang_cay_xanh.den_duong", "nuoc_sach.mat_nuoc"
LONG = "linear 3fa92c1b · deep 81bc02aa · corpus 77aa01de"


async def filed(database: Database, rules: Ruleset, chat: str) -> Case:
    """Put a citizen's case into the register."""
    person = Address("web", chat)
    async with database.begin() as transaction:
        await inbox.put(transaction, [InboundMessage(person, chat, Text("x"))], MORNING)
        [of] = (await inbox.conversation_ids(transaction, [person])).values()
        [serial] = await cases.take_serials(transaction, 1)
        facts = Facts(Decision.ROUTE, topic=ROAD, commune="05953", text="ngõ tối om", read_by=LONG)
        case, _ = file_case(new_concern(1, facts, MORNING), serial, of, rules, MORNING)
        await cases.file(transaction, [case])
    return case


def correction(case: Case, after: str, before: str | None = ROAD) -> Correction:
    """Return what an officer corrected."""
    return Correction(
        case_id=case.id, text=case.text, before=before, after=after, kind=str(case.kind), urgent=case.urgent,
        agency=case.agency, at=MORNING, ruleset=case.ruleset, read_by=case.read_by,
    )  # fmt: skip


async def put(database: Database, *corrected: Correction) -> list[Correction]:
    """Write corrections one after the other; return what is kept."""
    async with database.begin() as transaction:
        for one in corrected:
            await corrections.put(transaction, one)
        return await corrections.every(transaction)


async def test_a_case_remembers_its_reader_and_no_change_forgets_it(database: Database, rules: Ruleset) -> None:
    case = await filed(database, rules, "a")
    async with database.begin() as transaction:
        await cases.save(transaction, [replace(case, topic=LAMP, read_by="another")])
        kept = await cases.by_number(transaction, case.number)
    assert kept
    assert (kept.topic, kept.read_by) == (LAMP, LONG)


async def test_the_last_correction_counts_and_the_first_topic_is_remembered(database: Database, rules: Ruleset) -> None:
    case, other = await filed(database, rules, "a"), await filed(database, rules, "b")
    first, second = correction(case, LAMP), replace(correction(case, WATER, before=LAMP), agency="SXD")
    kept = await put(database, first, correction(other, LAMP, before=None), second)
    later = replace(second, at=MORNING + timedelta(hours=1))
    assert kept == [replace(second, before=ROAD), correction(other, LAMP, before=None)]
    assert (await put(database, later))[0] == replace(later, before=ROAD)


async def test_correcting_back_to_the_first_topic_leaves_nothing(database: Database, rules: Ruleset) -> None:
    case, other = await filed(database, rules, "a"), await filed(database, rules, "b")
    untouched = correction(other, LAMP)
    kept = await put(database, correction(case, LAMP), untouched, correction(case, ROAD, before=LAMP))
    assert kept == [untouched]
    assert len(await put(database, correction(case, WATER))) == 2


async def test_erasing_takes_the_corrections_of_this_citizen_alone(database: Database, rules: Ruleset) -> None:
    case, other = await filed(database, rules, "a"), await filed(database, rules, "b")
    await put(database, correction(case, LAMP), correction(other, LAMP))
    assert case.conversation_id
    async with database.begin() as transaction:
        await cases.erase(transaction, case.conversation_id)
        assert await corrections.every(transaction) == [correction(other, LAMP)]
