"""Which citizens' cases belong to a matter, and who is told how it stands. Coordination may not read this.

A case joins and leaves with a reason; it stays with its agency, and nothing of it changes.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Subquery, Table, Text, and_, func, or_, select, update

from domain.concerns import ConcernKind
from domain.routing import Reason
from domain.transitions import CaseStatus
from storage.database import Transaction
from storage.inbox import insert
from storage.tables import BigInteger, UtcDateTime, cases, metadata, open_case, tasks

matter_cases = Table(
    "matter_cases",
    metadata,
    Column("matter", BigInteger, ForeignKey("matters.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("case_id", BigInteger, ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("joined_at", UtcDateTime, nullable=False),
    # In the words of whoever joined it; empty: the same topic in the same place.
    Column("why", Text, nullable=False),
    Column("left_at", UtcDateTime),
    Column("left_why", Text),
)
Index("ix_matter_cases_case", matter_cases.c.case_id)

_HERE = matter_cases.c.left_at.is_(None)


async def joinable(
    transaction: Transaction, matter: int, topic: str, communes: Collection[str], since: datetime, *, answered: bool
) -> list[int]:
    """Return cases of the topic and place filed since a moment that never were in the matter.

    Open ones; with ``answered`` those as well that were answered meanwhile. Restricted ones are in none. Oldest first:
    in another order SQLite would rather read the whole table than sort.
    """
    known = select(matter_cases.c.case_id).where(matter_cases.c.matter == matter)
    query = select(cases.c.id).where(
        cases.c.topic == topic,
        cases.c.commune.in_(communes),
        cases.c.filed_at >= since,
        cases.c.restricted.is_(False),
        cases.c.kind != ConcernKind.PRAISE,
        cases.c.reason != Reason.MATTER,
        cases.c.id.not_in(known),
    )
    if answered:
        first = and_(tasks.c.case_id == cases.c.id, tasks.c.n == 1, tasks.c.opened_at >= since)
        shown = or_(open_case, cases.c.status == CaseStatus.ANSWERED)
        query = query.join(tasks, first).where(shown).order_by(tasks.c.opened_at, cases.c.id)
    else:
        query = query.where(open_case).order_by(cases.c.filed_at, cases.c.id)
    return list((await transaction.execute(query)).scalars())


async def join(transaction: Transaction, matter: int, case_ids: Collection[int], why: str, now: datetime) -> None:
    """Let cases join a matter, also such as left it."""
    row = {"joined_at": now, "why": why, "left_at": None, "left_why": None}
    rows = [{"matter": matter, "case_id": of, **row} for of in case_ids]
    if rows:
        query = insert(transaction, matter_cases)
        query = query.on_conflict_do_update(index_elements=["matter", "case_id"], set_=row)
        await transaction.execute(query, rows)


async def leave(transaction: Transaction, matter: int, case_id: int, why: str, now: datetime) -> bool:
    """Let a case leave a matter. Returns whether it was in it."""
    here = and_(matter_cases.c.matter == matter, matter_cases.c.case_id == case_id, _HERE)
    query = update(matter_cases).where(here).values(left_at=now, left_why=why).returning(matter_cases.c.case_id)
    return (await transaction.execute(query)).first() is not None


async def forget(transaction: Transaction, case_ids: Collection[int]) -> None:
    """Take the reasons away that were given for these cases: they may repeat what a citizen wrote."""
    theirs = matter_cases.c.case_id.in_(case_ids)
    query = update(matter_cases).where(theirs).values(why="", left_why=None)
    await transaction.execute(query)


async def holds(transaction: Transaction, matter: int, case_id: int) -> bool:
    """Say whether a case is in a matter."""
    query = select(matter_cases.c.case_id).where(
        matter_cases.c.matter == matter, matter_cases.c.case_id == case_id, _HERE
    )
    return (await transaction.execute(query)).first() is not None


async def numbers(transaction: Transaction, matter: int, agency: str, limit: int) -> list[str]:
    """Return the numbers of a matter's cases that are with an agency, latest first."""
    query = (
        select(cases.c.number)
        .join(matter_cases, matter_cases.c.case_id == cases.c.id)
        .where(matter_cases.c.matter == matter, _HERE, cases.c.agency == agency, cases.c.restricted.is_(False))
        .order_by(cases.c.id.desc())
        .limit(limit)
    )
    return list((await transaction.execute(query)).scalars())


def _theirs(matters: Collection[int]) -> Subquery:
    """Return the cases of matters and those merged into them: (matter, case_id). Restricted ones are in none."""
    direct = (
        select(matter_cases.c.matter, matter_cases.c.case_id)
        .join(cases, cases.c.id == matter_cases.c.case_id)
        .where(matter_cases.c.matter.in_(matters), _HERE, cases.c.restricted.is_(False))
    )
    into = cases.alias()
    merged = (
        select(matter_cases.c.matter, cases.c.id)
        .join(into, into.c.id == matter_cases.c.case_id)
        .join(cases, cases.c.merged_into == into.c.number)
        .where(matter_cases.c.matter.in_(matters), _HERE, into.c.restricted.is_(False))
    )
    return direct.union(merged).subquery()


async def sizes(transaction: Transaction, matters: Collection[int]) -> dict[int, tuple[int, int]]:
    """Return of each matter how many cases it has, with those merged into them, and from how many people."""
    theirs = _theirs(matters)
    query = (
        select(theirs.c.matter, func.count(), func.count(cases.c.conversation_id.distinct()))
        .join(cases, cases.c.id == theirs.c.case_id)
        .group_by(theirs.c.matter)
    )
    return {row[0]: (row[1], row[2]) for row in await transaction.execute(query)}


async def people(transaction: Transaction, matter: int, ended_after: datetime) -> dict[int, str]:
    """Return each person to be told how a matter stands: conversation → number of the case to name, the oldest.

    Those of its cases and of the cases merged into them, each once; not those whose case ended before a moment.
    """
    theirs, into = _theirs([matter]), cases.alias()
    # Of a merged case it matters how the one it goes on in stands.
    status = func.coalesce(into.c.status, cases.c.status)
    answered_at = func.coalesce(into.c.answered_at, cases.c.answered_at)
    query = (
        select(cases.c.conversation_id, cases.c.number)
        .join(theirs, theirs.c.case_id == cases.c.id)
        .join(into, into.c.number == cases.c.merged_into, isouter=True)
        .where(
            cases.c.conversation_id.is_not(None),
            func.coalesce(into.c.restricted, cases.c.restricted).is_(False),
            or_(status != CaseStatus.CLOSED, answered_at >= ended_after),
        )
        .order_by(cases.c.id.desc())
    )
    return {row.conversation_id: row.number for row in await transaction.execute(query)}
