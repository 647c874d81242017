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
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy import case as case_when
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from domain.figures import AGAIN, PASSED, Movement, Standing, Times, Took
from domain.routing import Reason
from domain.wall import Tally
from storage.database import Transaction
from storage.inbox import insert as upsert
from storage.tables import cases, metadata, open_task, tasks, uncounted

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
#: The same without a look at each case.
_not_left_out = tasks.c.case_id.not_in(select(cases.c.id).where(uncounted))
_lead = tasks.c.role == "lead"
_other = tasks.alias()
_of_same_case = and_(_other.c.case_id == tasks.c.case_id, _other.c.role == "lead")
_NONE = Took().accepting


def _in(column: ColumnElement[Any], start: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(column >= start, column < end)


def _of(agency: str | None) -> list[ColumnElement[bool]]:
    return [tasks.c.agency == agency] if agency else []


async def movements(
    transaction: Transaction, start: datetime, end: datetime, agency: str | None = None
) -> list[Movement]:
    """Return the lead tasks that began or ended from ``start`` to before ``end``, of an agency or of all."""
    began, ended = _in(tasks.c.opened_at, start, end), _in(tasks.c.ended_at, start, end)
    answered = and_(ended, tasks.c.ended_by == "answered")
    # A mark is for the case's last answer.
    later = exists().where(_of_same_case, _other.c.n > tasks.c.n, _other.c.ended_by == "answered").correlate(tasks)
    rating = case_when((cases.c.rating.is_(None), None), (later, None), else_=cases.c.rating)
    columns = {
        "agency": tasks.c.agency,
        "topic": cases.c.topic,
        "opened_by": case_when((began, tasks.c.opened_by)),
        "ended_by": case_when((ended, tasks.c.ended_by)),
        "on_time": case_when((answered, tasks.c.ended_at <= tasks.c.due_at)),
        "on_time_promised": case_when((answered, tasks.c.ended_at <= tasks.c.promised_at)),
        "extended": case_when((answered, tasks.c.due_at > tasks.c.promised_at)),
        "verdict": case_when((answered, tasks.c.verdict)),
        "rating": case_when((answered, rating)),
    }
    each = (
        select(*(column.label(name) for name, column in columns.items()))
        .join(cases, cases.c.id == tasks.c.case_id)
        .where(_lead, _counted, or_(began, ended), *_of(agency))
        .subquery()
    )
    alike = [each.c[name] for name in columns]
    rows = await transaction.execute(select(*alike, func.count()).group_by(*alike))
    return list(map(Movement._make, rows))


async def took(
    transaction: Transaction, start: datetime, end: datetime, agency: str | None = None, *, each: bool = True
) -> tuple[dict[str, Took], Took]:
    """Return how long each agency took in a period, and how long citizens waited for them all together.

    Without ``each`` only the latter: half the work.
    """
    # What an inherited task was accepted before it began anew is left out.
    accepted = (_in(tasks.c.opened_at, start, end), tasks.c.accepted_at >= tasks.c.opened_at)
    answered = (_in(tasks.c.ended_at, start, end), tasks.c.ended_by == "answered")
    # From where the citizen waits: the last "not done" before this task, or when it was filed.
    again = select(func.max(_other.c.opened_at)).where(
        _of_same_case, _other.c.n <= tasks.c.n, _other.c.opened_by.in_(AGAIN)
    )
    filed = select(_other.c.opened_at).where(_of_same_case, _other.c.n == 1).correlate(tasks)
    waits = func.coalesce(again.correlate(tasks).scalar_subquery(), filed.scalar_subquery())
    since = case_when((tasks.c.n == 1, tasks.c.opened_at), else_=waits)
    of = _of(agency)
    agencies: dict[str, Took] = {}
    if each or agency:
        accepting = await _times(transaction, tasks.c.opened_at, tasks.c.accepted_at, *accepted, *of)
        answering = await _times(transaction, tasks.c.opened_at, tasks.c.ended_at, *answered, *of)
        agencies = {one: Took(accepting.get(one, _NONE), answering.get(one, _NONE)) for one in accepting | answering}
    if agency:
        return agencies, agencies.get(agency, Took())
    every = await _times(transaction, tasks.c.opened_at, tasks.c.accepted_at, *accepted, together=True)
    waited = await _times(transaction, since, tasks.c.ended_at, *answered, together=True)
    return agencies, Took(every.get("", _NONE), waited.get("", _NONE))


async def _times(
    transaction: Transaction,
    since: ColumnElement[Any],
    until: ColumnElement[Any],
    *conditions: ColumnElement[bool],
    together: bool = False,
) -> dict[str, Times]:
    """Return how long it was between two moments, by agency, or of all together by "": by nearest rank."""
    whose: ColumnElement[str] = literal("") if together else tasks.c.agency
    each = (
        select(whose.label("of"), since.label("since"), until.label("until"))
        .where(_lead, _not_left_out, *conditions)
        .subquery()
    )
    ranked = select(
        each,
        func.row_number().over(partition_by=each.c.of, order_by=_Elapsed(each.c.until, each.c.since)).label("rank"),
        func.count().over(partition_by=each.c.of).label("n"),
    ).subquery()
    middle, slow = (ranked.c.n + 1) // 2, (9 * ranked.c.n + 9) // 10
    query = select(ranked).where(ranked.c.rank.in_((middle, slow))).order_by(ranked.c.of, ranked.c.rank)
    found: dict[str, Times] = {}
    for row in await transaction.execute(query):
        passed = row.until - row.since
        first = found.setdefault(row.of, Times(row.n, passed, passed))
        found[row.of] = Times(row.n, first.median, passed)
    return found


class _Elapsed(FunctionElement[Any]):
    """What is between two moments, for putting in order."""

    inherit_cache = True


@compiles(_Elapsed)
def _interval(element: _Elapsed, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - as compilers take it
    until, since = element.clauses
    return f"({compiler.process(until, **kw)} - {compiler.process(since, **kw)})"


@compiles(_Elapsed, "sqlite")
def _days(element: _Elapsed, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - as above
    # Moments are text there; days are exact to some forty microseconds.
    until, since = element.clauses
    return f"(julianday({compiler.process(until, **kw)}) - julianday({compiler.process(since, **kw)}))"


async def standing(transaction: Transaction, at: datetime, agency: str | None = None) -> dict[str, Standing]:
    """Return what was open just before a moment, by agency."""
    # Two ranges of indexes: what is open still, and what ended since.
    late = func.sum(case_when((tasks.c.due_at < at, 1), else_=0))
    ranges = (
        select(tasks.c.agency, func.count().label("open"), late.label("overdue"))
        .where(one, tasks.c.opened_at < at, _lead, _not_left_out, *_of(agency))
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
