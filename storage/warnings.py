"""Counts of people by day, commune and topic, written once when the day is over; and warnings.

No query here selects a text or says whose a case is. Restricted cases, praise, what an office filed itself and what was
erased count in nothing.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Date,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    and_,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy import case as case_when

from domain.concerns import ConcernKind
from domain.routing import Reason
from domain.transitions import EventKind, TaskStatus
from domain.usual import Count
from domain.warnings import EarlyWarning, Figures, Warned, WarningKind, WarningStatus
from storage import codec
from storage.database import Transaction
from storage.inbox import insert as upsert
from storage.tables import BigInteger, UtcDateTime, cases, metadata, open_task, tasks

#: Days that are over and counted.
closed_days = Table(
    "closed_days",
    metadata,
    Column("day", Date, primary_key=True),
    # When it was looked at for warnings; of days that were caught up with only the last one is.
    Column("looked_at", UtcDateTime),
)

#: Who told of a topic in a commune on a day and had not in the six days before: people, never twice within a week.
cell_days = Table(
    "cell_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("commune", String(8), primary_key=True),
    Column("topic", String(64), primary_key=True),
    Column("people", Integer, nullable=False),
)

warnings = Table(
    "warnings",
    metadata,
    Column("id", BigInteger, primary_key=True),
    # domain.warnings.WarningKind and WarningStatus.
    Column("kind", String(8), nullable=False),
    Column("status", String(12), nullable=False),
    # What stands out most; empty for an agency.
    Column("commune", String(8), nullable=False),
    Column("topic", String(64), nullable=False),
    Column("agency", String(32), nullable=False),
    # JSON list of the communes it reaches to, and domain.warnings.Figures as JSON.
    Column("area", Text, nullable=False),
    Column("figures", Text, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("raised_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("decided_by", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    # The matter it became.
    Column("matter", BigInteger),
    sqlite_autoincrement=True,
)
#: A literal: SQLite uses a partial index only for a condition that has no parameters.
_raised = warnings.c.status == literal_column("'raised'")
# Two that tick at the same time warn once.
Index("ix_warnings_raised", warnings.c.commune, warnings.c.topic, warnings.c.agency, unique=True,
      sqlite_where=_raised, postgresql_where=_raised)  # fmt: skip

_WEEK = timedelta(days=7)
#: Ends of tasks that are nobody's act at the agency.
_NO_ACT = (EventKind.WITHDRAWN, EventKind.INHERITED)


async def first_filed(transaction: Transaction) -> datetime | None:
    """Return when the first case of all was filed."""
    found: datetime | None = (await transaction.execute(select(func.min(tasks.c.opened_at)))).scalar_one()
    return found


async def last_closed(transaction: Transaction) -> date | None:
    """Return the last day that was counted."""
    found: date | None = (await transaction.execute(select(func.max(closed_days.c.day)))).scalar_one()
    return found


async def first_closed(transaction: Transaction) -> date | None:
    """Return the first day that was counted."""
    found: date | None = (await transaction.execute(select(func.min(closed_days.c.day)))).scalar_one()
    return found


async def close(transaction: Transaction, day: date, start: datetime, end: datetime) -> bool:
    """Count a day from its first moment to that of the next, once; False when it was counted before.

    Its cost follows the cases of the day and of the six before.
    """
    new = upsert(transaction, closed_days).values(day=day).on_conflict_do_nothing().returning(closed_days.c.day)
    if (await transaction.execute(new)).first() is None:
        return False
    counted = and_(
        tasks.c.n == 1,
        tasks.c.opened_at >= end - _WEEK,
        tasks.c.opened_at < end,
        cases.c.restricted.is_(False),
        cases.c.kind != ConcernKind.PRAISE,
        cases.c.reason != Reason.MATTER,
        cases.c.commune.is_not(None),
        cases.c.topic.is_not(None),
        cases.c.conversation_id.is_not(None),
    )
    people = (
        select(cases.c.commune, cases.c.topic)
        .select_from(tasks.join(cases, cases.c.id == tasks.c.case_id))
        .where(counted)
        .group_by(cases.c.commune, cases.c.topic, cases.c.conversation_id)
        .having(func.min(tasks.c.opened_at) >= start)
        .subquery()
    )
    rows = select(literal(day, Date), people.c.commune, people.c.topic, func.count()).group_by(
        people.c.commune, people.c.topic
    )
    await transaction.execute(insert(cell_days).from_select(["day", "commune", "topic", "people"], rows))
    return True


async def take_look(transaction: Transaction, now: datetime) -> date | None:
    """Return the last counted day when nobody has looked at it, and mark it as looked at."""
    last = select(func.max(closed_days.c.day)).scalar_subquery()
    query = (
        update(closed_days)
        .where(closed_days.c.day == last, closed_days.c.looked_at.is_(None))
        .values(looked_at=now)
        .returning(closed_days.c.day)
    )
    found: date | None = (await transaction.execute(query)).scalar_one_or_none()
    return found


async def people(transaction: Transaction, first: date, last: date) -> list[Count]:
    """Return the counts of all cells from a first to a last day."""
    query = select(cell_days).where(cell_days.c.day >= first, cell_days.c.day <= last)
    return [Count(row.day.toordinal(), row.commune, row.topic, row.people) for row in await transaction.execute(query)]


async def by_topic(transaction: Transaction, first: date, last: date) -> dict[str, dict[int, int]]:
    """Return people of the whole province by topic and day (``date.toordinal``)."""
    query = (
        select(cell_days.c.topic, cell_days.c.day, func.sum(cell_days.c.people).label("people"))
        .where(cell_days.c.day >= first, cell_days.c.day <= last)
        .group_by(cell_days.c.topic, cell_days.c.day)
    )
    found: dict[str, dict[int, int]] = {}
    for row in await transaction.execute(query):
        found.setdefault(row.topic, {})[row.day.toordinal()] = int(row.people)
    return found


async def put(transaction: Transaction, warned: Warned, day: date, now: datetime) -> EarlyWarning | None:
    """Raise a warning; None when one of the same is raised already."""
    row = {
        **_of(warned), "status": WarningStatus.RAISED, "first_day": day, "last_day": day, "raised_at": now,
        "decided_by": "", "reason": "",
    }  # fmt: skip
    query = upsert(transaction, warnings).values(row).on_conflict_do_nothing().returning(warnings.c.id)
    taken: int | None = (await transaction.execute(query)).scalar_one_or_none()
    return None if taken is None else EarlyWarning(taken, warned, day, day)


async def save(transaction: Transaction, known: EarlyWarning) -> None:
    """Write a warning as it is a day later."""
    row = {**_of(known.warned), "status": known.status, "last_day": known.last_day}
    await transaction.execute(update(warnings).where(warnings.c.id == known.id).values(row))


async def raised(transaction: Transaction) -> list[EarlyWarning]:
    """Return what was raised and waits for a person, oldest first."""
    query = select(warnings).where(_raised).order_by(warnings.c.id)
    return [_warning(row) for row in await transaction.execute(query)]


async def known(transaction: Transaction, since: date) -> list[EarlyWarning]:
    """Return what waits for a person, and what was decided and stood out on that day or later; locked."""
    decided = warnings.c.status.in_((WarningStatus.CONFIRMED, WarningStatus.DISMISSED))
    query = select(warnings).where(or_(_raised, and_(decided, warnings.c.last_day >= since)))
    return [_warning(row) for row in await transaction.execute(query.order_by(warnings.c.id).with_for_update())]


async def by_id(transaction: Transaction, warning: int) -> EarlyWarning | None:
    """Return a warning."""
    row = (await transaction.execute(select(warnings).where(warnings.c.id == warning))).first()
    return _warning(row) if row else None


async def confirm(transaction: Transaction, warning: int, matter: int | None, actor: str, now: datetime) -> bool:
    """Say that there is something, and which matter it became. False when it was decided before, or ended by itself."""
    return await _decide(transaction, warning, actor, now, status=WarningStatus.CONFIRMED, matter=matter)


async def dismiss(transaction: Transaction, warning: int, reason: str, actor: str, now: datetime) -> bool:
    """Say that there is nothing, and why. False when it was decided before, or ended by itself."""
    return await _decide(transaction, warning, actor, now, status=WarningStatus.DISMISSED, reason=reason)


async def _decide(transaction: Transaction, warning: int, actor: str, now: datetime, **values: Any) -> bool:  # noqa: ANN401
    query = update(warnings).where(warnings.c.id == warning, _raised).values(decided_at=now, decided_by=actor, **values)
    return (await transaction.execute(query.returning(warnings.c.id))).first() is not None


async def counts(transaction: Transaction, start: datetime, end: datetime) -> dict[str, int]:
    """Return how many warnings were raised in a period, and what became of those by now."""
    query = (
        select(warnings.c.status, func.count())
        .where(warnings.c.raised_at >= start, warnings.c.raised_at < end)
        .group_by(warnings.c.status)
    )
    found = {row[0]: int(row[1]) for row in await transaction.execute(query)}
    waiting = found.pop(WarningStatus.RAISED, 0)
    return {**found, "waiting": waiting, "raised": sum(found.values()) + waiting}


async def untaken(transaction: Transaction, before: datetime) -> dict[str, int]:
    """Return by agency how many people have a case that nobody took although the time for it was over before then."""
    query = (
        select(tasks.c.agency, func.count(cases.c.conversation_id.distinct()))
        .join(cases, cases.c.id == tasks.c.case_id)
        .where(open_task, tasks.c.status == TaskStatus.OFFERED, tasks.c.accept_by < before)
        .where(cases.c.restricted.is_(False))
        .group_by(tasks.c.agency)
    )
    return {row[0]: int(row[1]) for row in await transaction.execute(query)}


async def idle(transaction: Transaction, since: datetime) -> dict[str, int]:
    """Return by agency how many people's cases were open before a moment, where it did nothing since."""
    waiting = case_when((tasks.c.opened_at < since, cases.c.conversation_id))
    told = and_(cases.c.agency == tasks.c.agency, cases.c.asked_at >= since)
    acts = or_(tasks.c.accepted_at >= since, tasks.c.progressed_at >= since, told)
    query = (
        select(tasks.c.agency, func.count(waiting.distinct()).label("people"))
        .join(cases, cases.c.id == tasks.c.case_id)
        .where(open_task, cases.c.restricted.is_(False))
        .group_by(tasks.c.agency)
        .having(func.sum(case_when((acts, 1), else_=0)) == 0)
    )
    found = {row.agency: int(row.people) for row in await transaction.execute(query) if row.people}
    ended = select(tasks.c.agency).where(
        tasks.c.ended_at >= since, or_(tasks.c.ended_by.is_(None), tasks.c.ended_by.not_in(_NO_ACT))
    )
    for agency in (await transaction.execute(ended.distinct())).scalars():
        found.pop(agency, None)
    return found


def _of(warned: Warned) -> Mapping[str, str]:
    return {
        "kind": warned.kind,
        "commune": warned.commune,
        "topic": warned.topic,
        "agency": warned.agency,
        "area": json.dumps(warned.area),
        "figures": codec.dump(Figures, warned.figures),
    }


def _warning(row: Row[Any]) -> EarlyWarning:
    figures = codec.load(Figures, row.figures)
    warned = Warned(WarningKind(row.kind), figures, tuple(json.loads(row.area)), row.topic, row.agency)
    return EarlyWarning(
        row.id, warned, row.first_day, row.last_day, WarningStatus(row.status), row.decided_at, row.decided_by,
        row.reason, row.matter,
    )  # fmt: skip
