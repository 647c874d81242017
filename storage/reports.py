"""Reports asked for and made, and what agencies say in their own words."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    func,
    insert,
    or_,
    select,
    update,
)

from domain.periods import Period, PeriodKind
from storage.database import Transaction
from storage.inbox import insert as insert_once
from storage.tables import BigInteger, UtcDateTime, metadata, officers

#: Who makes a report and died gives it up after so long.
LEASE = timedelta(minutes=10)
#: A report that failed so often is not tried again until somebody asks.
MOST_ATTEMPTS = 3

reports = Table(
    "reports",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("start", Date, nullable=False),
    # The day after its last.
    Column("end", Date, nullable=False),
    # For whom: "coordinator", "desk", or an agency's id.
    Column("makes", String(32), nullable=False),
    # Of a programme's review; 0 of others.
    Column("programme", BigInteger, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    # Made by the calendar, and told to all who read such reports; else to who asked.
    Column("planned", Integer, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("attempts", Integer, nullable=False, default=0, server_default="0"),
    Column("made_at", UtcDateTime),
    # Files: the draft and its annex.
    Column("document", BigInteger, ForeignKey("files.id", ondelete="SET NULL")),
    Column("annex", BigInteger, ForeignKey("files.id", ondelete="SET NULL")),
    UniqueConstraint("kind", "start", "end", "makes", "programme"),
    sqlite_autoincrement=True,
)
_unmade = reports.c.made_at.is_(None)
Index("ix_reports_due", reports.c.due_at, sqlite_where=_unmade, postgresql_where=_unmade)

#: Seats that wait for a report.
report_readers = Table(
    "report_readers",
    metadata,
    Column("report_id", BigInteger, ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True),
    Column("officer_id", BigInteger, ForeignKey("officers.id", ondelete="CASCADE"), primary_key=True),
    Column("asked_at", UtcDateTime, nullable=False),
)

#: What an agency says of a period in its own words.
opinions = Table(
    "opinions",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("agency", String(32), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("start", Date, nullable=False),
    Column("end", Date, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("remind_at", UtcDateTime),
    Column("answered_at", UtcDateTime),
    Column("difficulties", Text, nullable=False, default="", server_default=""),
    Column("proposals", Text, nullable=False, default="", server_default=""),
    UniqueConstraint("agency", "kind", "start", "end"),
    sqlite_autoincrement=True,
)
Index("ix_opinions_remind", opinions.c.remind_at, sqlite_where=opinions.c.remind_at.is_not(None),
      postgresql_where=opinions.c.remind_at.is_not(None))  # fmt: skip
Index("ix_opinions_period", opinions.c.start, opinions.c.end)


@dataclass(frozen=True, slots=True)
class Report:
    """A report that is to be made, or was."""

    id: int
    period: Period
    makes: str
    programme: int
    due_at: datetime
    planned: bool
    made_at: datetime | None
    #: Ids of its files while they are kept.
    document: int | None
    annex: int | None


@dataclass(frozen=True, slots=True)
class Opinion:
    """What an agency was asked to say of a period, and said."""

    id: int
    agency: str
    period: Period
    asked_at: datetime
    due_at: datetime
    answered_at: datetime | None
    difficulties: str
    proposals: str

    @property
    def punctual(self) -> bool:
        """Whether it was said in time."""
        return self.answered_at is not None and self.answered_at <= self.due_at


async def plan(
    transaction: Transaction, period: Period, makes: str, due_at: datetime, *, planned: bool, programme: int = 0
) -> Report:
    """Return the report of a period for somebody; it is to be made from here on if there was none."""
    key = {
        "kind": str(period.kind), "start": period.start, "end": period.end, "makes": makes, "programme": programme,
    }  # fmt: skip
    row = insert_once(transaction, reports).values(**key, due_at=due_at, planned=int(planned))
    await transaction.execute(row.on_conflict_do_nothing())
    query = select(reports).where(*(reports.c[name] == value for name, value in key.items()))
    return _report((await transaction.execute(query)).one())


async def want(transaction: Transaction, report: Report, officer: int, now: datetime) -> None:
    """Let a seat have a report once it is made; one whose files are gone, or that failed, is made anew."""
    row = insert_once(transaction, report_readers).values(report_id=report.id, officer_id=officer, asked_at=now)
    await transaction.execute(row.on_conflict_do_nothing())
    again = update(reports).where(reports.c.id == report.id)
    failed = and_(_unmade, reports.c.attempts >= MOST_ATTEMPTS)
    await transaction.execute(
        again.where(or_(and_(reports.c.made_at.is_not(None), reports.c.document.is_(None)), failed)).values(
            made_at=None, attempts=0, due_at=now, lease_until=None
        )
    )
    await transaction.execute(again.where(_unmade, reports.c.due_at > now).values(due_at=now))


async def last_planned(transaction: Transaction, kind: PeriodKind, makes: str) -> date | None:
    """Return the end of the latest period of a kind whose report the calendar planned."""
    query = select(func.max(reports.c.end)).where(
        reports.c.kind == str(kind), reports.c.makes == makes, reports.c.planned == 1
    )
    found: date | None = (await transaction.execute(query)).scalar_one()
    return found


async def claim(transaction: Transaction, now: datetime) -> Report | None:
    """Take a report that is due, oldest first, for nobody else to make meanwhile."""
    free = or_(reports.c.lease_until.is_(None), reports.c.lease_until < now)
    due = (
        select(reports.c.id)
        .where(_unmade, reports.c.due_at <= now, reports.c.attempts < MOST_ATTEMPTS, free)
        .order_by(reports.c.due_at, reports.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    query = update(reports).where(reports.c.id == due)
    query = query.values(lease_until=now + LEASE, attempts=reports.c.attempts + 1).returning(*reports.c)
    row = (await transaction.execute(query)).one_or_none()
    return _report(row) if row else None


async def made(transaction: Transaction, report: Report, document: int, annex: int, now: datetime) -> bool:
    """Write that a report was made; False where somebody else was faster."""
    query = update(reports).where(reports.c.id == report.id, _unmade)
    done = await transaction.execute(query.values(made_at=now, document=document, annex=annex, lease_until=None))
    return done.rowcount == 1


async def readers(transaction: Transaction, report: Report) -> list[int]:
    """Return the conversations of the seats that wait for a report, and forget that they wait."""
    query = (
        select(officers.c.conversation_id)
        .join(report_readers, report_readers.c.officer_id == officers.c.id)
        .where(report_readers.c.report_id == report.id)
    )
    return list((await transaction.execute(query)).scalars())


async def latest(transaction: Transaction, makes: str, limit: int) -> list[Report]:
    """Return the reports made for somebody, latest first."""
    query = select(reports).where(reports.c.makes == makes, reports.c.made_at.is_not(None))
    query = query.order_by(reports.c.made_at.desc(), reports.c.id.desc()).limit(limit)
    return [_report(row) for row in await transaction.execute(query)]


def _report(row: Row[Any]) -> Report:
    period = _period(row)
    return Report(
        row.id, period, row.makes, row.programme, row.due_at, bool(row.planned), row.made_at, row.document, row.annex
    )


def _period(row: Row[Any]) -> Period:
    # Its number follows from its days; whoever names it cuts it anew.
    return Period(row.start, row.end, PeriodKind(row.kind), 0, row.end.year)


# Agencies' own words.


async def ask(
    transaction: Transaction,
    agencies: Collection[str],
    period: Period,
    asked_at: datetime,
    due_at: datetime,
    remind_at: datetime,
) -> list[Opinion]:
    """Ask agencies for their own words; returns those who were not asked before."""
    rows = [
        {
            "agency": agency, "kind": str(period.kind), "start": period.start, "end": period.end,
            "asked_at": asked_at, "due_at": due_at, "remind_at": remind_at,
        }
        for agency in agencies
    ]  # fmt: skip
    if not rows:
        return []
    known = {one.agency for one in await said(transaction, period)}
    fresh = [row for row in rows if row["agency"] not in known]
    if fresh:
        await transaction.execute(insert(opinions), fresh)
    return [one for one in await said(transaction, period) if one.agency not in known]


async def said(transaction: Transaction, period: Period) -> list[Opinion]:
    """Return what agencies were asked to say of a period, and said."""
    query = select(opinions).where(
        opinions.c.start == period.start, opinions.c.end == period.end, opinions.c.kind == str(period.kind)
    )
    return [_opinion(row) for row in await transaction.execute(query.order_by(opinions.c.agency))]


async def said_within(transaction: Transaction, start: date, end: date) -> list[Opinion]:
    """Return what agencies said of periods within these days, oldest first."""
    query = select(opinions).where(opinions.c.start >= start, opinions.c.end <= end)
    return [_opinion(row) for row in await transaction.execute(query.order_by(opinions.c.start, opinions.c.agency))]


async def opinion(transaction: Transaction, of: int, agency: str) -> Opinion | None:
    """Return what an agency was asked; None when another was."""
    query = select(opinions).where(opinions.c.id == of, opinions.c.agency == agency).with_for_update()
    row = (await transaction.execute(query)).one_or_none()
    return _opinion(row) if row else None


async def open_opinions(transaction: Transaction, agency: str) -> list[Opinion]:
    """Return what an agency was asked and has not said yet, oldest first."""
    query = select(opinions).where(opinions.c.agency == agency, opinions.c.answered_at.is_(None))
    return [_opinion(row) for row in await transaction.execute(query.order_by(opinions.c.id))]


async def say(transaction: Transaction, one: Opinion) -> None:
    """Write what an agency said."""
    query = update(opinions).where(opinions.c.id == one.id)
    await transaction.execute(
        query.values(
            difficulties=one.difficulties,
            proposals=one.proposals,
            answered_at=one.answered_at,
            **({"remind_at": None} if one.answered_at else {}),
        )
    )


async def to_remind(transaction: Transaction, now: datetime, limit: int) -> list[Opinion]:
    """Return what agencies are to be reminded of, locked."""
    query = select(opinions).where(opinions.c.remind_at <= now).order_by(opinions.c.remind_at).limit(limit)
    return [_opinion(row) for row in await transaction.execute(query.with_for_update(skip_locked=True))]


async def remind_next(transaction: Transaction, which: Sequence[Opinion], at: datetime | None) -> None:
    """Set when these are reminded of next."""
    query = update(opinions).where(opinions.c.id.in_([one.id for one in which]))
    await transaction.execute(query.values(remind_at=at))


def _opinion(row: Row[Any]) -> Opinion:
    return Opinion(
        row.id, row.agency, _period(row), row.asked_at, row.due_at, row.answered_at, row.difficulties, row.proposals
    )
