"""Who counts how often, that a day is counted once, and warnings, on both databases."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from domain.cases import Case
from domain.concerns import ConcernKind, Decision, Facts
from domain.filing import file_case, new_concern
from domain.messages import Address, InboundMessage, Text
from domain.routing import Reason
from domain.rulesets import Ruleset
from domain.transitions import TaskStatus
from domain.usual import Count
from domain.warnings import Figures, Warned, WarningKind, WarningStatus
from handlers import ticks, warning
from storage import cases, inbox, warnings
from storage.database import Database
from tests.conftest import MORNING

ROAD, LAMP = "giao_thong.duong_hu_hong", "chieu_sang_cay_xanh.den_duong"
KHA_SON, OTHER = "05953", "05500"
#: The day before the morning of the tests.
YESTERDAY = date(2026, 11, 17)
DAY = timedelta(days=1)
RISE = Warned(WarningKind.RISE, Figures(12, 0.4, 1e-9, 20_000, ("few",)), (KHA_SON,), ROAD)


@dataclass
class Register:
    """A register that is filled without a chat."""

    database: Database
    rules: Ruleset

    async def file(self, chats: Sequence[str], at: datetime, *, topic: str = ROAD, **changed: object) -> list[Case]:
        """File a case for each of these people."""
        filed = []
        async with self.database.begin() as transaction:
            people = [Address("web", chat) for chat in chats]
            messages = [InboundMessage(one, f"{one.chat} {at}", Text("x")) for one in people]
            await inbox.put(transaction, messages, at)
            known = await inbox.conversation_ids(transaction, people)
            facts = Facts(Decision.ROUTE, topic=topic, commune=KHA_SON, text="x")
            serials = await cases.take_serials(transaction, len(people))
            for serial, one in zip(serials, people, strict=True):
                case, event = file_case(new_concern(1, facts, at), serial, known[one], self.rules, at)
                await cases.file(transaction, [replace(case, **changed)])  # type: ignore[arg-type]
                await cases.record(transaction, [event])
                filed.append(case)
        return filed

    async def closes(self, now: datetime) -> list[Count]:
        """Let the days that are over be counted; return all counts there are."""
        await ticks.run(self.database, self.rules, warning.close_days, now)
        async with self.database.read() as transaction:
            return sorted(await warnings.people(transaction, date(2020, 1, 1), date(2030, 1, 1)))

    async def remembers(self, days: int) -> None:
        """Have so many quiet days counted, up to the one before yesterday."""
        async with self.database.begin() as transaction:
            for n in range(days):
                day = YESTERDAY - DAY * (days - n)
                start = datetime.combine(day, datetime.min.time(), self.rules.calendar.zone)
                await warnings.close(transaction, day, start, start + DAY)


async def test_one_person_who_writes_fifty_times_counts_once_and_raises_nothing(
    database: Database, rules: Ruleset
) -> None:
    register = Register(database, rules)
    for n in range(50):
        await register.file(["angry"], MORNING - DAY * 7 + timedelta(hours=3 * n))
    await register.remembers(60)
    found = await register.closes(MORNING)
    assert found == [Count(date(2026, 11, 11).toordinal(), KHA_SON, ROAD, 1)]
    assert await ticks.run(database, rules, warning.look, MORNING) == 1
    async with database.read() as transaction:
        assert await warnings.raised(transaction) == []


async def test_twelve_people_raise_one_warning_once(database: Database, rules: Ruleset) -> None:
    register = Register(database, rules)
    await register.remembers(60)
    await register.file([f"c{n}" for n in range(12)], MORNING - DAY)
    assert await register.closes(MORNING) == [Count(YESTERDAY.toordinal(), KHA_SON, ROAD, 12)]
    assert [await ticks.run(database, rules, warning.look, MORNING) for _ in range(2)] == [1, 0]
    async with database.begin() as transaction:
        [one] = await warnings.raised(transaction)
        assert await warnings.put(transaction, one.warned, YESTERDAY, MORNING) is None
        assert (one.warned.area, one.warned.topic, one.first_day) == ((KHA_SON,), ROAD, YESTERDAY)
        assert one.warned.figures.people == 12


async def test_who_counts(database: Database, rules: Ruleset) -> None:
    register, at = Register(database, rules), MORNING - DAY
    await register.file(["a", "b"], at)
    await register.file(["a"], at, topic=LAMP)
    await register.file(["c"], at, restricted=True)
    await register.file(["d"], at, kind=ConcernKind.PRAISE)
    await register.file(["e"], at, reason=str(Reason.MATTER))
    await register.file(["f"], at, conversation_id=None)
    await register.file(["g"], at, commune=None)
    await register.file(["h"], at, topic=ROAD, commune=OTHER)
    day = YESTERDAY.toordinal()
    assert await register.closes(MORNING) == sorted(
        [Count(day, KHA_SON, ROAD, 2), Count(day, KHA_SON, LAMP, 1), Count(day, OTHER, ROAD, 1)]
    )


async def test_a_person_counts_again_after_six_quiet_days(database: Database, rules: Ruleset) -> None:
    register, begun = Register(database, rules), MORNING - DAY * 30
    for day in (0, 3, 9, 16):
        await register.file(["a"], begun + DAY * day)
    first = begun.astimezone(rules.calendar.zone).date().toordinal()
    assert [row.day - first for row in await register.closes(MORNING)] == [0, 16]


async def test_a_day_is_the_places_own_and_is_counted_once_when_it_is_over(database: Database, rules: Ruleset) -> None:
    register = Register(database, rules)
    midnight = datetime(2026, 11, 17, tzinfo=rules.calendar.zone)
    await register.file(["late"], midnight + DAY - timedelta(seconds=1))
    await register.file(["early"], midnight)
    assert await register.closes(midnight + DAY) == [], "what was sent just before midnight may be on its way"
    counted = [Count(YESTERDAY.toordinal(), KHA_SON, ROAD, 2)]
    assert await register.closes(midnight + DAY + timedelta(hours=1)) == counted
    await register.file(["afterwards"], midnight + timedelta(hours=5))
    assert await register.closes(midnight + DAY * 1.5) == counted, "what was counted stays as it is"
    async with database.begin() as transaction:
        assert not await warnings.close(transaction, YESTERDAY, midnight, midnight + DAY)
        assert await warnings.last_closed(transaction) == YESTERDAY


async def test_a_warning_is_decided_once_and_counted(database: Database) -> None:
    async with database.begin() as transaction:
        one = await warnings.put(transaction, RISE, YESTERDAY, MORNING)
        other = await warnings.put(transaction, replace(RISE, topic=LAMP), YESTERDAY, MORNING)
        silent = Warned(WarningKind.SILENT, RISE.figures, agency="SXD")
        third = await warnings.put(transaction, silent, YESTERDAY, MORNING)
        assert one
        assert other
        assert third
        assert await warnings.by_id(transaction, one.id) == one
        assert await warnings.dismiss(transaction, one.id, "họp dân hôm đó", "officer:1", MORNING)
        assert not await warnings.dismiss(transaction, one.id, "khác", "officer:2", MORNING)
        assert not await warnings.confirm(transaction, one.id, 7, "officer:2", MORNING)
        assert await warnings.confirm(transaction, other.id, 7, "officer:2", MORNING)
        kept = await warnings.by_id(transaction, one.id)
        assert kept
        assert (kept.status, kept.reason, kept.decided_by) == (WarningStatus.DISMISSED, "họp dân hôm đó", "officer:1")
        assert [known.id for known in await warnings.raised(transaction)] == [third.id]
        later = await warnings.known(transaction, YESTERDAY + DAY)
        assert [known.id for known in later] == [third.id], "decided ones only while they matter"
        assert len(await warnings.known(transaction, YESTERDAY)) == 3
        again = await warnings.put(transaction, RISE, YESTERDAY + DAY, MORNING)
        assert again, "what was decided may be raised anew"
        period = MORNING - DAY, MORNING + DAY
        assert await warnings.counts(transaction, *period) == {
            "raised": 4, "waiting": 2, "dismissed": 1, "confirmed": 1
        }  # fmt: skip
        assert await warnings.counts(transaction, MORNING + DAY, MORNING + 2 * DAY) == {"raised": 0, "waiting": 0}


async def test_who_takes_nothing_and_who_does_nothing(database: Database, rules: Ruleset) -> None:
    register, long_ago, since = Register(database, rules), MORNING - DAY * 30, MORNING - DAY * 14
    filed = await register.file([f"c{n}" for n in range(4)], long_ago)
    await register.file(["r"], long_ago, restricted=True)
    agency = filed[0].agency
    async with database.begin() as transaction:
        assert await warnings.untaken(transaction, MORNING) == {agency: 4}
        assert await warnings.untaken(transaction, long_ago) == {}
        assert await warnings.idle(transaction, since) == {agency: 4}
        taken = replace(filed[0].lead, status=TaskStatus.ACCEPTED, accepted_at=since)
        await cases.save(transaction, [replace(filed[0], tasks=(taken,))])
        assert await warnings.untaken(transaction, MORNING) == {agency: 3}
        assert await warnings.idle(transaction, since) == {}, "it took one"
        assert await warnings.idle(transaction, since + DAY) == {agency: 4}
