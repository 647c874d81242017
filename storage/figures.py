"""Counting: from cases and tasks, without any text or identity.

This is the one layer that chat, scoreboard and report count by. No query here names a column of a person or of words;
`tests/storage/test_figures.py` looks at what they select. Restricted cases are counted in nothing, nor are the cases an
office opened itself for a matter.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    Integer,
    String,
    Table,
    and_,
    exists,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy import case as case_when

from domain.figures import AGAIN, PASSED, Movement, Standing
from domain.routing import Reason
from domain.wall import Tally
from storage.database import Transaction
from storage.inbox import insert as upsert
from storage.tables import cases, metadata, open_task, tasks

#: What was received and ended in a closed stretch of time, by place and by field: written once, so that no later look
#: at the register, one case richer or poorer, gives a small count away. See `domain.wall`.
tallies = Table(
    "tallies",
    metadata,
    # "flow", "commune" or "field"; "closed" marks a stretch that was counted.
    Column("kind", String(12), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("start", Date, primary_key=True),
    Column("cases", Integer, nullable=False),
    Column("people", Integer, nullable=False),
)

_counted = and_(cases.c.restricted.is_(False), cases.c.reason != Reason.MATTER)
_lead = tasks.c.role == "lead"


def _in(column: ColumnElement[Any], start: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(column >= start, column < end)


def _of(agency: str | None) -> list[ColumnElement[bool]]:
    return [tasks.c.agency == agency] if agency else []


async def movements(
    transaction: Transaction, start: datetime, end: datetime, agency: str | None = None
) -> list[Movement]:
    """Return the lead tasks that began or ended from ``start`` to before ``end``, of an agency or of all."""
    other = tasks.alias()
    of_case = and_(other.c.case_id == tasks.c.case_id, other.c.role == "lead")
    # From where the citizen waits: the last "not done" before this task, or when it was filed.
    again = select(func.max(other.c.opened_at)).where(of_case, other.c.n <= tasks.c.n, other.c.opened_by.in_(AGAIN))
    since = case_when((tasks.c.n == 1, None), else_=func.coalesce(again.scalar_subquery(), cases.c.filed_at))
    # A mark is for the case's last answer.
    later = exists().where(of_case, other.c.n > tasks.c.n, other.c.ended_by == "answered")
    rating = case_when((cases.c.rating.is_(None), None), (later, None), else_=cases.c.rating)
    columns = {
        "agency": tasks.c.agency,
        "opened_at": tasks.c.opened_at,
        "since": since,
        "accepted_at": tasks.c.accepted_at,
        "ended_at": tasks.c.ended_at,
        # Compared here: a moment less to read of each row.
        "on_time": tasks.c.ended_at <= tasks.c.due_at,
        "on_time_promised": tasks.c.ended_at <= tasks.c.promised_at,
        "extended": tasks.c.due_at > tasks.c.promised_at,
        "opened_by": tasks.c.opened_by,
        "ended_by": tasks.c.ended_by,
        "verdict": tasks.c.verdict,
        "rating": rating,
        "topic": cases.c.topic,
    }
    query = (
        select(*(columns[name].label(name) for name in Movement._fields))
        .join(cases, cases.c.id == tasks.c.case_id)
        .where(
            _lead,
            _counted,
            or_(_in(tasks.c.opened_at, start, end), _in(tasks.c.ended_at, start, end)),
            *_of(agency),
        )
    )
    return list(map(Movement._make, await transaction.execute(query)))


async def standing(transaction: Transaction, at: datetime, agency: str | None = None) -> dict[str, Standing]:
    """Return what was open just before a moment, by agency."""
    # Two ranges of indexes: what is open still, and what ended since.
    late = func.sum(case_when((tasks.c.due_at < at, 1), else_=0))
    ranges = (
        select(tasks.c.agency, func.count().label("open"), late.label("overdue"))
        .join(cases, cases.c.id == tasks.c.case_id)
        .where(one, tasks.c.opened_at < at, _lead, _counted, *_of(agency))
        .group_by(tasks.c.agency)
        for one in (open_task, tasks.c.ended_at >= at)
    )
    found: dict[str, Standing] = {}
    for of, some, overdue in await transaction.execute(union_all(*ranges)):
        before = found.get(of, Standing())
        found[of] = Standing(before.open + some, before.overdue + overdue)
    return found


#: Conditions on an agency's tasks that make up each of its figures: what its lead opens behind it.
def _behind(figure: str, start: datetime, end: datetime) -> ColumnElement[bool]:
    began, ended = _in(tasks.c.opened_at, start, end), _in(tasks.c.ended_at, start, end)
    answered = and_(ended, tasks.c.ended_by == "answered")
    open_at_end = and_(tasks.c.opened_at < end, or_(open_task, tasks.c.ended_at >= end))
    conditions = {
        "opening": and_(tasks.c.opened_at < start, or_(open_task, tasks.c.ended_at >= start)),
        "received": began,
        "filed": and_(began, tasks.c.opened_by.not_in(PASSED | AGAIN)),
        "passed_in": and_(began, tasks.c.opened_by.in_(PASSED)),
        "again": and_(began, tasks.c.opened_by.in_(AGAIN)),
        "ended": ended,
        # Ended for the whole province, not only for one agency.
        "left": and_(ended, tasks.c.ended_by.not_in(PASSED)),
        "answered": answered,
        "passed_on": and_(ended, tasks.c.ended_by.in_(PASSED)),
        "refused": and_(ended, tasks.c.ended_by == "declined"),
        "merged": and_(ended, tasks.c.ended_by == "merged"),
        "withdrawn": and_(ended, tasks.c.ended_by == "withdrawn"),
        "open": open_at_end,
        "overdue": and_(open_at_end, tasks.c.due_at < end),
        "on_time": and_(answered, tasks.c.ended_at <= tasks.c.due_at),
        "late": and_(answered, tasks.c.ended_at > tasks.c.due_at),
        "extended": and_(answered, tasks.c.due_at > tasks.c.promised_at),
        "confirmed": and_(answered, tasks.c.verdict == "confirmed"),
        "partly": and_(answered, tasks.c.verdict == "settled_partly"),
        "unconfirmed": and_(answered, tasks.c.verdict == "closed_unconfirmed"),
        "disputed": and_(answered, tasks.c.verdict == "disputed"),
        "waiting": and_(answered, tasks.c.verdict.is_(None)),
    }
    return conditions[figure]


#: Figures behind which a lead can look.
OPENED = (
    "opening", "received", "filed", "passed_in", "again", "ended", "answered", "passed_on", "refused", "merged",
    "withdrawn", "open", "overdue", "on_time", "late", "extended", "confirmed", "partly", "unconfirmed", "disputed",
    "waiting",
)  # fmt: skip


async def behind(
    transaction: Transaction, agency: str, figure: str, start: datetime, end: datetime, *, limit: int, offset: int
) -> tuple[list[tuple[str, str]], int]:
    """Return the numbers and topics of an agency's own cases behind one of its figures, latest first, and how many.

    For the lead of that agency only. A case it had twice in the period is there twice.
    """
    query = (
        select(cases.c.number, cases.c.topic)
        .join(tasks, tasks.c.case_id == cases.c.id)
        .where(_lead, _counted, tasks.c.agency == agency, _behind(figure, start, end))
    )
    total: int = (await transaction.execute(select(func.count()).select_from(query.subquery()))).scalar_one()
    page = query.order_by(tasks.c.opened_at.desc(), cases.c.id.desc()).limit(limit).offset(offset)
    return [(row.number, row.topic or "") for row in await transaction.execute(page)], total


# Tallies.

#: Flows that are tallied: what their tasks began or ended with.
FLOWS = ("filed", "again", "left")


async def first_day(transaction: Transaction) -> datetime | None:
    """Return when the first task began."""
    first: datetime | None = (await transaction.execute(select(func.min(tasks.c.opened_at)))).scalar_one()
    return first


async def closed(transaction: Transaction, kind: str) -> date | None:
    """Return the start of the last stretch of a kind ("flow", "month") that was tallied."""
    last = select(func.max(tallies.c.start)).where(tallies.c.kind == "closed", tallies.c.key == kind)
    found: date | None = (await transaction.execute(last)).scalar_one()
    return found


async def tally_flows(transaction: Transaction, first: date, start: datetime, end: datetime) -> None:
    """Count a stretch that is over: what was filed, taken up again and ended. ``first`` names it."""
    conditions = {figure: _behind(figure, start, end) for figure in FLOWS}
    rows: dict[str, Tally] = {}
    for figure, condition in conditions.items():
        query = (
            select(func.count(), func.count(cases.c.conversation_id.distinct()))
            .select_from(tasks.join(cases, cases.c.id == tasks.c.case_id))
            .where(_lead, _counted, condition)
        )
        many, people = (await transaction.execute(query)).one()
        rows[figure] = Tally(many, people)
    await _write(transaction, "flow", rows, first)
    await _write(transaction, "closed", {"flow": Tally(0, 0)}, first)


async def tally_places(
    transaction: Transaction, first: date, start: datetime, end: datetime, fields: Collection[str]
) -> None:
    """Count what was filed in a month that is over, by commune and by topic's field; "" where there is none."""
    of_field = case_when(*((cases.c.topic.startswith(f"{one}.", autoescape=True), one) for one in fields), else_="")
    for kind, column in (("commune", func.coalesce(cases.c.commune, "")), ("field", of_field)):
        key = column.label("key")
        query = (
            select(key, func.count(), func.count(cases.c.conversation_id.distinct()))
            .select_from(tasks.join(cases, cases.c.id == tasks.c.case_id))
            .where(_lead, _counted, _behind("filed", start, end))
            .group_by(key)
        )
        rows = {row[0]: Tally(row[1], row[2]) for row in await transaction.execute(query)}
        await _write(transaction, kind, rows, first)
    await _write(transaction, "closed", {"month": Tally(0, 0)}, first)


async def _write(transaction: Transaction, kind: str, rows: Mapping[str, Tally], first: date) -> None:
    written = [
        {"kind": kind, "key": key, "start": first, "cases": one.cases, "people": one.people}
        for key, one in rows.items()
    ]
    if written:
        # Another process may have counted the stretch at the same time: it stays as it was counted first.
        await transaction.execute(upsert(transaction, tallies).on_conflict_do_nothing(), written)


async def all_tallies(transaction: Transaction) -> dict[str, dict[str, dict[date, Tally]]]:
    """Return all tallies by kind, key and first day of their stretch: a few thousand rows a year."""
    found: dict[str, dict[str, dict[date, Tally]]] = {}
    for row in await transaction.execute(select(tallies).order_by(tallies.c.kind, tallies.c.key, tallies.c.start)):
        found.setdefault(row.kind, {}).setdefault(row.key, {})[row.start] = Tally(row.cases, row.people)
    return found
