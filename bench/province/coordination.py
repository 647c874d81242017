"""What the coordinating office keeps of three years: programmes, exchanges, matters, notices, nominations, opinions."""

import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import select

from bench.province.world import FIRST, LAST, SMELL_AT, SMELL_DAY, SMELL_TOPIC
from domain import casework
from domain import matters as matter_rules
from domain.commending import compare
from domain.exchanges import Exchange, ExchangeKind, Recipient, next_look
from domain.matters import Matter, MatterEvent, MatterEventKind, MatterState, Member
from domain.notices import Notice, NoticeStatus
from domain.periods import PeriodKind
from domain.programmes import Activity, Content, Happened, Programme, ProgrammeEvent, next_reminder, programme_rules
from domain.rulesets import Ruleset
from domain.warnings import EarlyWarning
from handlers import matters as task_groups
from handlers import tallying, ticks, warning
from handlers.coordination.counting import counted
from storage import exchanges, matter_cases, matters, notices, praise, programmes, reports, warnings
from storage.database import Database, Transaction
from storage.praise import NominationStatus
from storage.programmes import Due
from storage.tables import cases
from storage.unit import Unit

_TEXTS = tomllib.loads((Path(__file__).parent / "texts.toml").read_text(encoding="utf-8"))
_DONE, _PUT_OFF, _DROPPED, _REPLIES, _AWARDED, _SAYS = 0.93, 0.08, 0.02, 0.93, 0.7, 0.8
_DISMISSED = 0.3
#: Days on whose mornings it is looked for warnings: around the flood, and while the smell grows.
_WATCHED = ((date(2024, 9, 1), date(2024, 9, 25)), (date(2026, 3, 10), date(2026, 6, 15)))
_EXCHANGES_A_MONTH, _NOTICES_A_YEAR = 4, 14
_ACTOR = "officer:1"
_BODIES = ("BTGDV", "VPUB", "HDND", "MTTQ", "SXD", "SNNMT", "SGDDT", "CAT", "SYT", "DIENLUC")


@dataclass(frozen=True, slots=True)
class _Planned:
    """A matter of the simulated years."""

    name: str
    topic: str
    communes: tuple[str, ...]
    since: date
    days: int
    lead: str
    members: tuple[str, ...]


#: The flood, the smell, the fees of each September, and what comes back every year.
_MATTERS = (
    _Planned("Ngập lụt sau bão ở các phường trung tâm", "thoat_nuoc.ngap_ung", ("05443", "05455", "05467", "05482"),
             date(2024, 9, 7), 30, "SXD", ("SNNMT", "CAT", "KT-05443")),
    _Planned("Cứu trợ sau lũ", "nong_nghiep.thien_tai_cuu_tro", ("05443", "05467"), date(2024, 9, 8), 40, "SNNMT",
             ("MTTQ", "SYT")),
    _Planned("Mùi lạ từ nhà máy ở Bách Quang", SMELL_TOPIC, (SMELL_AT,), SMELL_DAY + timedelta(days=49), 60, "SNNMT",
             ("CAT", "SYT", f"KT-{SMELL_AT}")),
    *(_Planned(f"Các khoản thu đầu năm học {year}-{year + 1}", "giao_duc.thu_chi_tuyen_sinh", ("05710", "05500"),
               date(year, 9, 5), 35, "SGDDT", ("STC",)) for year in (2024, 2025, 2026)),
    *(_Planned(f"Mất điện mùa nắng nóng {year}", "dien.mat_dien", ("05710", "01843"), date(year, 6, 15), 30, "DIENLUC",
               ("SCT",)) for year in (2024, 2025, 2026)),
)  # fmt: skip


class Coordination:
    """Writes what coordination left, in a register of cases that stands."""

    def __init__(self, database: Database, rules: Ruleset, seed: int) -> None:
        self._database, self._rules = database, rules
        self._random = random.Random(f"coordination {seed}")
        self._now = self._at(LAST, 0)
        #: Programmes' contents by year, to which exchanges belong.
        self._contents: dict[int, list[tuple[int, int]]] = {}

    def _at(self, day: date, hours: float = 9) -> datetime:
        midnight = datetime.combine(day, time(), self._rules.calendar.zone)
        return (midnight + timedelta(hours=hours)).astimezone(UTC)

    async def keep(self) -> None:
        """Write everything."""
        async with self._database.begin() as transaction:
            for row in _TEXTS["programmes"]:
                await self._programme(transaction, row)
            await self._exchanges(transaction)
            await self._notices(transaction)
        for planned in _MATTERS:
            await self._matter(planned)
        await self._opinions_and_nominations()
        await ticks.run(self._database, self._rules, tallying.tally, self._now)
        await self._warnings()

    # Warnings.

    async def _warnings(self) -> None:
        """Look each morning of the stretches in which something was; who looks decides the same day."""
        for first, last in _WATCHED:
            for n in range((last - first).days):
                morning = self._at(first + timedelta(days=n), 7.5)
                await ticks.run(self._database, self._rules, warning.close_days, morning)
                await ticks.run(self._database, self._rules, warning.look, morning)
                async with self._database.begin() as transaction:
                    for one in await warnings.raised(transaction):
                        await self._decides(transaction, one, morning + timedelta(hours=2))
        await ticks.run(self._database, self._rules, warning.close_days, self._now + timedelta(hours=2))

    async def _decides(self, transaction: Transaction, one: EarlyWarning, at: datetime) -> None:
        """Confirm what became a matter, dismiss a part of the rest; what is left ends by itself."""
        for of in await matters.ended_since(transaction, self._at(FIRST)):
            if of.topic == one.warned.topic and set(of.communes) & set(one.warned.area):
                await warnings.confirm(transaction, one.id, of.id, _ACTOR, at)
                return
        if self._random.random() < _DISMISSED:
            await warnings.dismiss(transaction, one.id, _TEXTS["warnings"]["dismissed"], _ACTOR, at)

    # Programmes.

    async def _programme(self, transaction: Transaction, row: dict[str, list[str]]) -> None:
        title, bodies = str(row["title"]), tuple(row["bodies"])
        begun = self._at(FIRST)
        of = await programmes.begin(transaction, str(row["key"]), title, begun)
        programme = Programme(of, str(row["key"]), title, FIRST, date(2026, 12, 31), bodies)
        await programmes.save(transaction, programme)
        happened = [ProgrammeEvent(Happened.PROPOSED, begun, _ACTOR, bodies[0])]
        for n, body in enumerate(bodies):
            day = FIRST + timedelta(days=3 + n)
            happened.append(ProgrammeEvent(Happened.SIGNED, self._at(day), _ACTOR, body, day=day))
        n = 0
        for year in (2024, 2025, 2026):
            for about in row["contents"]:
                n += 1
                content = self._content(n, year, about, bodies)
                await programmes.save_content(transaction, of, content)
                self._contents.setdefault(year, []).append((of, n))
                happened += self._signed(content, bodies)
                for activity in content.activities:
                    await self._activity(transaction, of, content, activity, happened)
        await programmes.record(transaction, of, *happened)

    def _content(self, n: int, year: int, title: str, bodies: tuple[str, ...]) -> Content:
        days = [date(year, month, self._random.randint(3, 26)) for month in (3, 6, 9, 12)]
        titles = _TEXTS["activities"]["titles"]
        activities = tuple(
            Activity(i, titles[i - 1], day, tuple(self._random.sample(bodies, min(len(bodies), 2))))
            for i, day in enumerate(days, 1)
        )
        return Content(n, year, title, bodies[0], self._random.choice(bodies), activities)

    def _signed(self, content: Content, bodies: Sequence[str]) -> list[ProgrammeEvent]:
        day = date(content.year, 1, 10)
        return [
            ProgrammeEvent(Happened.CONTENT_SIGNED, self._at(day), _ACTOR, body, content=content.n, day=day)
            for body in bodies
        ]

    async def _activity(
        self, transaction: Transaction, of: int, content: Content, activity: Activity, happened: list[ProgrammeEvent]
    ) -> None:
        """Let an activity be done by its bodies around its day, put off, given up, or forgotten."""
        chance, day, missing = self._random.random(), activity.day, len(activity.bodies)
        event = ProgrammeEvent(Happened.DONE, self._now, _ACTOR, content.lead, content.n, activity.n)
        dropped = day < LAST and chance < _DROPPED
        if dropped:
            why = "Nội dung đã làm trong chương trình khác."
            happened.append(replace(event, kind=Happened.DROPPED, at=self._at(day), note=why))
        elif day < LAST and chance < _DROPPED + _PUT_OFF:
            at, day = self._at(day), day + timedelta(days=self._random.randint(5, 20))
            why = self._random.choice(_TEXTS["activities"]["put_off"])
            happened.append(replace(event, kind=Happened.PUT_OFF, at=at, day=day, note=why))
        for body in activity.bodies:
            done = day + timedelta(days=self._random.randint(-2, 6))
            if not dropped and done < LAST and self._random.random() < _DONE:
                note = self._random.choice(_TEXTS["activities"]["evidence"])
                happened.append(replace(event, at=self._at(done, 16), agency=body, day=done, note=note))
                missing -= 1
        rules = programme_rules()
        remind = next_reminder(day, self._now, self._rules.calendar, ahead=rules.ahead, late_every=rules.late_every)
        await programmes.save_activity(
            transaction, Due(of, content.n, activity.n), activity, remind if missing and not dropped else None
        )

    # Two-way information.

    async def _exchanges(self, transaction: Transaction) -> None:
        days = (LAST - FIRST).days
        for n in range(days * _EXCHANGES_A_MONTH // 30):
            sent = self._at(FIRST + timedelta(days=n * 30 // _EXCHANGES_A_MONTH), self._random.uniform(8, 17))
            one = self._exchange(sent)
            of = await exchanges.begin(transaction, one)
            if one.open:
                one = replace(one, id=of)
                await exchanges.save(transaction, one, next_look(one, self._rules, self._now))

    def _exchange(self, sent: datetime) -> Exchange:
        kind = self._random.choice(list(ExchangeKind))
        sender = self._random.choice(_BODIES[:4])
        due = self._rules.calendar.add_working_days(sent, self._random.randint(3, 10))
        recipients = []
        for agency in self._random.sample([body for body in _BODIES if body != sender], self._random.randint(1, 4)):
            replied = sent + (due - sent) * self._random.uniform(0.1, 1.3)
            if replied < self._now and self._random.random() < _REPLIES:
                reply = self._random.choice(_TEXTS["exchanges"]["replies"])
                recipients.append(Recipient(agency, replied - timedelta(minutes=40), replied, reply))
            else:
                recipients.append(Recipient(agency))
        replies = [one.replied_at for one in recipients if one.replied_at]
        contents = self._contents.get(sent.year, [])
        one = Exchange(
            id=0,
            kind=kind,
            sender=sender,
            actor=_ACTOR,
            text=self._random.choice(_TEXTS["exchanges"][str(kind)]),
            due_at=due,
            recipients=tuple(recipients),
            content=self._random.choice(contents) if contents and self._random.random() < 0.4 else None,  # noqa: PLR2004
            sent_at=sent,
        )
        closes = due + timedelta(days=20)
        if not one.missing:
            return replace(one, closed_at=max(replies))
        return replace(one, closed_at=closes, reason=_TEXTS["exchanges"]["closed"]) if closes < self._now else one

    async def _notices(self, transaction: Transaction) -> None:
        """Let utilities say what is broken; all but the last have ended."""
        topics = {"CAPNUOC": ("nuoc_sach.mat_nuoc", "mất nước"), "DIENLUC": ("dien.mat_dien", "mất điện")}
        days, communes = (LAST - FIRST).days, list(self._rules.communes)
        for _ in range(_NOTICES_A_YEAR * days // 365):
            agency = self._random.choice(list(topics))
            topic, what = topics[agency]
            at = self._at(FIRST + timedelta(days=self._random.randrange(days)), self._random.uniform(7, 16))
            until = at + timedelta(hours=self._random.randint(6, 60))
            status = NoticeStatus.ENDED if until < self._now else NoticeStatus.LIVE
            where = tuple(sorted(self._random.sample(communes, self._random.randint(1, 3))))
            notice = Notice(0, agency, status, what, topic, where, until, _TEXTS["notices"]["words"], 1, at)
            await notices.put(transaction, notice)

    # Matters.

    async def _matter(self, planned: _Planned) -> None:
        """Let a matter be proposed, opened, worked on by its group, told of and ended, by the bot's functions."""
        opened = self._at(planned.since + timedelta(days=3), 10)
        texts, rules = _TEXTS["matters"], self._rules
        async with self._database.begin() as transaction:
            matter = await matters.put(
                transaction,
                Matter(
                    0, MatterState.PROPOSED, planned.name, planned.topic, planned.communes, planned.since, planned.lead,
                    self._at(planned.since + timedelta(days=3), 8),
                ),
            )  # fmt: skip
            await self._record(transaction, matter, MatterEventKind.PROPOSED, matter.proposed_at)
            matter = await task_groups.found(Unit(transaction, opened), matter, rules, _ACTOR)
            await self._record(transaction, matter, MatterEventKind.OPENED, opened)
            await self._join(transaction, matter, planned)
            for agency in planned.members:
                due = rules.calendar.add_working_days(opened, 3)
                await matters.want(transaction, matter.id, Member(agency, texts["asked"], due, opened))
                await self._record(transaction, matter, MatterEventKind.MEMBER_CALLED, opened, agency)
            await self._group_works(transaction, matter, opened + timedelta(hours=2), planned.members)
            decided = opened + timedelta(days=1, hours=4)
            await self._record(transaction, matter, MatterEventKind.DECIDED, decided, texts["decided"])
            informed = opened + timedelta(hours=self._random.uniform(4, 30))
            matter = matter_rules.inform(matter, informed)
            await self._record(transaction, matter, MatterEventKind.INFORMED, informed, texts["informed"])
            for days in range(7, planned.days, 7):
                at = opened + timedelta(days=days)
                if at < self._now:
                    await self._record(transaction, matter, MatterEventKind.PROGRESSED, at, texts["progressed"])
            ended = opened + timedelta(days=planned.days)
            if ended < self._now:
                await self._ends(transaction, matter, ended)
            else:
                await matters.save(transaction, replace(matter, look_at=self._now))

    async def _record(
        self, transaction: Transaction, matter: Matter, kind: MatterEventKind, at: datetime, note: str = ""
    ) -> None:
        event = MatterEvent(matter.id, kind, at, _ACTOR, self._rules.coordinator, note)
        await matters.record(transaction, event)

    async def _join(self, transaction: Transaction, matter: Matter, planned: _Planned) -> None:
        """Let what was filed while it was on belong to it: much has ended since, and would not be found any more."""
        begun, over = self._at(planned.since, 0), self._at(planned.since + timedelta(days=planned.days), 0)
        query = select(cases.c.id).where(
            cases.c.topic == planned.topic,
            cases.c.commune.in_(planned.communes),
            cases.c.filed_at.between(begun, over),
            cases.c.restricted.is_(False),
            cases.c.reason != "matter",
        )
        found = list((await transaction.execute(query)).scalars())
        await matter_cases.join(transaction, matter.id, found, "", begun)

    async def _group_works(
        self, transaction: Transaction, matter: Matter, at: datetime, members: Sequence[str]
    ) -> None:
        """Let the lead take the matter's own case, its members reply, and the lead answer."""
        rules, texts = self._rules, _TEXTS["matters"]
        unit = Unit(transaction, at)
        case = await task_groups.own_case(unit, matter)
        assert case
        unit.save(*casework.take(case, case.lead, rules, now=at, actor=_ACTOR, officer=1))
        await unit.flush()
        await task_groups.call_members(unit, matter, rules)
        for n, _ in enumerate(members):
            unit = Unit(transaction, at + timedelta(hours=20 + 9 * n))
            case = await task_groups.own_case(unit, matter)
            assert case
            if case.partners and self._random.random() < _REPLIES:
                task = case.partners[0]
                unit.save(*casework.reply_as_partner(case, task, texts["replied"], now=unit.now, actor=_ACTOR))
                await unit.flush()

    async def _ends(self, transaction: Transaction, matter: Matter, at: datetime) -> None:
        texts = _TEXTS["matters"]
        unit = Unit(transaction, at - timedelta(days=1))
        case = await task_groups.own_case(unit, matter)
        assert case
        unit.save(*casework.answer(case, texts["answered"], self._rules, now=unit.now, actor=_ACTOR))
        await unit.flush()
        await task_groups.dissolve(Unit(transaction, at), matter, texts["ended"], _ACTOR)
        await matters.save(transaction, matter_rules.end(matter, MatterState.ENDED, at))
        await self._record(transaction, matter, MatterEventKind.ENDED, at, texts["ended"])

    # What agencies say, and who is put up for commendation, after each quarter.

    async def _opinions_and_nominations(self) -> None:
        cut = self._rules.reporting.cut
        period = cut.period(PeriodKind.QUARTER, FIRST)
        while period.end <= LAST:
            end = self._at(period.end, 0)
            async with self._database.begin() as transaction:
                seen = await counted(transaction, self._rules, period.start, period.end)
                busy = [of for of, one in seen.agencies.items() if one.received >= self._rules.reporting.asked_from]
                asked, due = end + timedelta(days=1), end + timedelta(days=6)
                for one in await reports.ask(transaction, busy, period, asked, due, asked + timedelta(days=2)):
                    said = self._random.random() < _SAYS
                    difficulties, proposals = (
                        self._random.choice(_TEXTS["opinions"][name]) for name in ("difficulties", "proposals")
                    )
                    at = asked + timedelta(hours=self._random.uniform(2, 150))
                    if said and at < self._now:
                        one = replace(one, difficulties=difficulties, proposals=proposals, answered_at=at)  # noqa: PLW2901
                        await reports.say(transaction, one)
                    else:
                        await reports.remind_next(transaction, [one], None)
                ranked = compare(seen.movements, self._rules.reporting.compared_from)
                for best in ranked.nominated(self._rules.reporting.nominated):
                    measures = {"answers": best.answers, "share": best.share, "low": best.low, "high": best.high,
                                "usual": ranked.usual}  # fmt: skip
                    await praise.nominate(transaction, best.agency, period.start, period.end, measures, due)
            period = cut.period(PeriodKind.QUARTER, period.end)
        await self._decide()

    async def _decide(self) -> None:
        """Decide on the nominations but those of the last quarter."""
        async with self._database.begin() as transaction:
            for one in await praise.nominated(transaction, limit=1000):
                if one.ends > LAST - timedelta(days=60):
                    continue
                awarded = self._random.random() < _AWARDED
                status = NominationStatus.AWARDED if awarded else NominationStatus.DECLINED
                words = f"Quyết định số {one.id}/QĐ (mô phỏng)" if awarded else "Đã khen trong kỳ trước."
                at = self._at(one.ends + timedelta(days=20))
                await praise.decide(transaction, one.id, status, words, _ACTOR, at)
