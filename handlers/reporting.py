"""Reports by the calendar: asking agencies, making what is due, delivering it; the worker and its ticks."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from domain.drafts import Layout, Rendered
from domain.messages import Button, Say
from domain.periods import Period, PeriodKind
from domain.reporting import COORDINATOR, DESK, Plan
from domain.rulesets import Ruleset
from handlers import praise
from handlers.coordination.counting import counted, named, today
from handlers.coordination.drafting import draft
from handlers.coordination.material import Material, gather
from handlers.faults import fault
from handlers.ports import Renderer
from handlers.texts import Texts
from storage import figures, files, reports
from storage.database import Database, Transaction
from storage.reports import Report
from storage.unit import Unit

log = structlog.get_logger()

_BATCH = 200
#: So many periods are caught up with after a long rest; older ones are made when somebody asks.
_CAUGHT_UP = 3
HOME = (Button("k:situation", "k_home"),)


@dataclass
class Reporter:
    """Makes reports that are due, one at a time."""

    database: Database
    rules: Ruleset
    texts: Texts
    renderer: Renderer

    def adopt(self, rules: Ruleset) -> None:
        """Report by other rules from here on."""
        self.rules, self.texts = rules, Texts(rules)

    async def make(self, now: datetime) -> int:
        """Make one report. Returns how many were made; 0 when nothing is due."""
        async with self.database.begin() as transaction:
            report = await reports.claim(transaction, now)
        if report is None:
            return 0
        try:
            await self._make(report, now)
        except Exception as error:  # one report must not stop the others; it is tried again when its lease ends
            log.error("report_failed", report=report.id, **fault(error))  # noqa: TRY400 - see faults
        return 1

    async def _make(self, report: Report, now: datetime) -> None:
        period, layout = self._period(report), layout_of(report.makes)
        agency = report.makes if report.makes not in (COORDINATOR, DESK) else None
        async with self.database.read() as transaction:
            material = await gather(transaction, self.rules, period, agency, now)
        written = await asyncio.to_thread(draft, material, self.texts, layout)
        name = file_name(report, period)
        document, annex = await asyncio.to_thread(
            lambda: (self.renderer.docx(written, name), self.renderer.xlsx(written, name))
        )
        async with self.database.begin() as transaction:
            ids = (await _put(transaction, document, now), await _put(transaction, annex, now))
            if await reports.made(transaction, report, *ids, now):
                unit = Unit(transaction, now)
                if report.planned and report.makes == COORDINATOR and period.kind is PeriodKind.QUARTER:
                    await self._nominate(unit, material)
                await self._deliver(unit, report, period, ids)
                await unit.flush()
        log.info("report_made", report=report.id, kind=str(period.kind))

    async def _nominate(self, unit: Unit, material: Material) -> None:
        """Nominate who did surely well in the quarter, for people to decide."""
        compared = material.comparison
        found = [
            (one.agency, {"answers": one.answers, "share": one.share, "low": one.low, "high": one.high,
                          "usual": compared.usual})
            for one in compared.nominated(self.rules.reporting.nominated)
        ]  # fmt: skip
        await praise.nominate(unit, self.rules, material.this.period, found)

    def _period(self, report: Report) -> Period:
        """Return the period with its number."""
        if report.period.kind in (PeriodKind.INTERIM, PeriodKind.FINAL):
            return report.period
        return self.rules.reporting.cut.period(report.period.kind, report.period.start)

    async def _deliver(self, unit: Unit, report: Report, period: Period, made: tuple[int, ...]) -> None:
        """Send a report to whom it was made for, and to the seats that asked: each once."""
        say = Say("report_ready", {"period": named(period)}, HOME, files=made)
        waiting = set(await reports.readers(unit.transaction, report))
        if report.planned:
            agency = {COORDINATOR: self.rules.coordinator, DESK: self.rules.desk}[report.makes]
            waiting |= {seat.conversation_id for seat in await unit.seats(agency)}
        when = self.rules.calendar.after_quiet(unit.now) if report.planned else unit.now
        for conversation in sorted(waiting):
            unit.say(conversation, say, f"report:{report.id}:{made[0]}:{conversation}", not_before=when)


async def _put(transaction: Transaction, file: Rendered, now: datetime) -> int:
    return await files.put(transaction, file.name, file.media_type, file.content, now)


#: Periods in the names of files.
_NAMES = {
    PeriodKind.WEEK: "tuan", PeriodKind.MONTH: "thang", PeriodKind.QUARTER: "quy", PeriodKind.HALF: "nua-nam",
    PeriodKind.YEAR: "nam", PeriodKind.INTERIM: "so-ket", PeriodKind.FINAL: "tong-ket",
}  # fmt: skip


def layout_of(makes: str) -> Layout:
    """Return in which layout a report is made."""
    return Layout.PARTY if makes == COORDINATOR else Layout.STATE


def file_name(report: Report, period: Period) -> str:
    """Return what a report's files are called, without the ending: "bao-cao-quy-3-2026-btgdv"."""
    of = f"{period.n}-{period.year}" if period.n else f"{period.start:%Y%m%d}-{period.last:%Y%m%d}"
    whose = {COORDINATOR: "dieu-phoi", DESK: "tinh"}.get(report.makes, report.makes.lower())
    return f"bao-cao-{_NAMES[period.kind]}-{of}-{whose}"


# Ticks.


async def plan_reports(unit: Unit, rules: Ruleset) -> int:
    """Plan the reports of periods that are over, ask agencies for their words, catch up with what was missed."""
    planned, began = 0, await figures.first_day(unit.transaction)
    if began is None:
        return 0
    for plan in rules.reporting.plans:
        over = [one for one in _over(plan, rules, unit.now) if one.end > today(began, rules)]
        for makes in plan.makes:
            last = await reports.last_planned(unit.transaction, plan.kind, makes)
            # Where none was ever planned, the latest is the first.
            for period in over[-1:] if last is None else [one for one in over if one.end > last]:
                ready = plan.ready_at(period, rules.calendar)
                await reports.plan(unit.transaction, period, makes, ready, planned=True)
                planned += 1
        for period in over:
            asked = plan.ask_at(period, rules.calendar)
            if asked and asked <= unit.now < plan.ready_at(period, rules.calendar):
                await _ask(unit, rules, plan, period)
    return min(planned, _BATCH - 1)


def _over(plan: Plan, rules: Ruleset, now: datetime) -> list[Period]:
    """Return the last periods that are over, oldest first."""
    found = [rules.reporting.cut.latest(plan.kind, today(now, rules))]
    while len(found) < _CAUGHT_UP:
        found.append(rules.reporting.cut.before(found[-1]))
    return found[::-1]


async def _ask(unit: Unit, rules: Ruleset, plan: Plan, period: Period) -> None:
    """Ask agencies that had enough to do, each once."""
    if await reports.said(unit.transaction, period):
        return
    seen = await counted(unit.transaction, rules, period.start, period.end)
    busy = [agency for agency, one in seen.agencies.items() if one.received >= rules.reporting.asked_from]
    ready = plan.ready_at(period, rules.calendar)
    again = rules.calendar.at_opening(rules.calendar.add_working_days(unit.now, rules.reporting.remind_days))
    for one in await reports.ask(unit.transaction, busy, period, unit.now, ready, again):
        buttons = (Button(f"k:opinion:{one.id}", "k_opinion"),)
        say = Say("opinion_asked", {"period": named(period), "due": ready.isoformat()}, buttons)
        when = rules.calendar.after_quiet(unit.now)
        await unit.say_to(one.agency, say, f"opinion:{one.id}", not_before=when, lead=True)


async def remind_of_opinions(unit: Unit, rules: Ruleset) -> int:
    """Remind agencies that have not written, until the report is made."""
    due = await reports.to_remind(unit.transaction, unit.now, _BATCH)
    for one in due:
        again = rules.calendar.at_opening(rules.calendar.add_working_days(unit.now, rules.reporting.remind_days))
        await reports.remind_next(unit.transaction, [one], again if again < one.due_at else None)
        if one.answered_at is None and unit.now < one.due_at:
            period = rules.reporting.cut.period(one.period.kind, one.period.start)
            buttons = (Button(f"k:opinion:{one.id}", "k_opinion"),)
            say = Say("opinion_again", {"period": named(period), "due": one.due_at.isoformat()}, buttons)
            key, when = f"opinion:{one.id}:{unit.now.date()}", rules.calendar.after_quiet(unit.now)
            await unit.say_to(one.agency, say, key, not_before=when, lead=True)
    return len(due)


async def prepare_meetings(unit: Unit, rules: Ruleset) -> int:
    """Tell of a meeting once its figures are to be at hand; the outbox's key makes it once."""
    for meeting in rules.reporting.meetings:
        day = meeting.next(unit.now - timedelta(days=1), rules.calendar)
        if meeting.prepared_at(day, rules.calendar) > unit.now:
            continue
        say = Say("meeting_ready", {"name": meeting.name, "at": day.isoformat()}, _FOR_MEETING)
        for makes in meeting.makes:
            agency = {COORDINATOR: rules.coordinator, DESK: rules.desk}[makes]
            await unit.say_to(agency, say, f"meeting:{day}:{meeting.name[:60]}")
    return 0


_FOR_MEETING = (Button("k:situation", "k_home"), Button("k:reports:thang", "k_reports"))
