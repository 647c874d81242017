"""Cases and their history."""

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, func, insert, or_, select, update

from domain.cases import OPEN, Case, CaseEvent, CaseStatus, EventKind, Outcome
from domain.concerns import ConcernKind
from domain.conversation import CountGuidance
from storage import corrections
from storage.database import Transaction
from storage.inbox import insert as upsert
from storage.tables import cases, contacts, counters, events, guidance

#: A closed case still belongs to the talk with its citizen for so long.
_RECENT = timedelta(days=30)
#: So many of a citizen's cases are looked at with each message.
_MOST = 20
#: Columns that are written once.
_FIXED = frozenset({"id", "number", "filed_at", "kind", "ruleset", "read_by"})


async def take_serials(transaction: Transaction, count: int) -> range:
    """Set so many serials aside for case numbers; a serial that is never used leaves a gap, nothing worse."""
    row = upsert(transaction, counters).values(name="case", value=count)
    query = row.on_conflict_do_update(
        index_elements=[counters.c.name], set_={"value": counters.c.value + count}
    ).returning(counters.c.value)
    last: int = (await transaction.execute(query)).scalar_one()
    return range(last - count + 1, last + 1)


def _select() -> Select[Any]:
    return select(cases, contacts.c.phone).join(contacts, contacts.c.case_id == cases.c.id, isouter=True)


async def of_citizens(
    transaction: Transaction, conversation_ids: Collection[int], now: datetime
) -> dict[int, list[Case]]:
    """Return the open and lately ended cases of these conversations, latest first, locked for writing."""
    recent = or_(cases.c.status != CaseStatus.CLOSED, cases.c.filed_at > now - _RECENT)
    query = (
        _select()
        .where(cases.c.conversation_id.in_(conversation_ids), recent)
        .order_by(cases.c.id.desc())
        .with_for_update(of=cases, key_share=True)
    )
    found: dict[int, list[Case]] = {}
    for row in await transaction.execute(query):
        mine = found.setdefault(row.conversation_id, [])
        if len(mine) < _MOST:
            mine.append(_case(row))
    return found


async def by_number(transaction: Transaction, number: str) -> Case | None:
    """Return the case with this number, locked for writing."""
    row = (
        await transaction.execute(_select().where(cases.c.number == number).with_for_update(of=cases, key_share=True))
    ).first()
    return _case(row) if row else None


async def queue(transaction: Transaction, agency: str, limit: int, offset: int) -> tuple[list[Case], int]:
    """Return a page of an agency's open cases, the most pressing first, and how many there are in all."""
    mine = (cases.c.agency == agency, cases.c.status.in_(sorted(OPEN)))
    page = _select().where(*mine).order_by(cases.c.due_at, cases.c.id).limit(limit).offset(offset)
    count = (await transaction.execute(select(func.count()).select_from(cases).where(*mine))).scalar_one()
    return [_case(row) for row in await transaction.execute(page)], count


async def due_for_update(transaction: Transaction, now: datetime, limit: int) -> list[Case]:
    """Return cases whose citizen is to hear something now, locked; what another process has is left to it."""
    return await _due(transaction, cases.c.next_update_at, now, limit)


async def due_for_reminder(transaction: Transaction, now: datetime, limit: int) -> list[Case]:
    """Return cases whose agency is to be reminded now, locked; what another process has is left to it."""
    return await _due(transaction, cases.c.remind_at, now, limit)


async def _due(transaction: Transaction, column: Any, now: datetime, limit: int) -> list[Case]:  # noqa: ANN401
    query = (
        _select()
        .where(column <= now)
        .order_by(column)
        .limit(limit)
        .with_for_update(of=cases, skip_locked=True, key_share=True)
    )
    return [_case(row) for row in await transaction.execute(query)]


async def unannounced(transaction: Transaction, limit: int) -> list[Case]:
    """Return open cases their agency was not told of, locked; what another process has is left to it."""
    query = (
        _select()
        .where(cases.c.announced_at.is_(None), cases.c.status.in_(sorted(OPEN)))
        .order_by(cases.c.agency, cases.c.id)
        .limit(limit)
        .with_for_update(of=cases, skip_locked=True, key_share=True)
    )
    return [_case(row) for row in await transaction.execute(query)]


async def file(transaction: Transaction, filed: Sequence[Case]) -> None:
    """Write new cases."""
    if filed:
        await transaction.execute(insert(cases), [_row(case) for case in filed])
        await _write_contacts(transaction, filed)


async def save(transaction: Transaction, changed: Sequence[Case]) -> None:
    """Write cases that changed."""
    if not changed:
        return
    names = [column.name for column in cases.columns if column.name not in _FIXED]
    query = update(cases).where(cases.c.id == bindparam("of")).values({name: bindparam(name) for name in names})
    rows = [{"of": row["id"], **{name: row[name] for name in names}} for row in map(_row, changed)]
    await transaction.execute(query, rows)


async def _write_contacts(transaction: Transaction, filed: Sequence[Case]) -> None:
    if given := [{"case_id": case.id, "phone": case.phone} for case in filed if case.phone]:
        await transaction.execute(insert(contacts), given)


async def record(transaction: Transaction, happened: Sequence[CaseEvent]) -> None:
    """Append to histories."""
    if happened:
        rows = [
            {"case_id": e.case_id, "kind": e.kind, "at": e.at, "actor": e.actor, "agency": e.agency, "note": e.note}
            for e in happened
        ]
        await transaction.execute(insert(events), rows)


async def history(transaction: Transaction, case_id: int) -> list[CaseEvent]:
    """Return a case's history, oldest first."""
    query = select(events).where(events.c.case_id == case_id).order_by(events.c.id)
    return [
        CaseEvent(row.case_id, EventKind(row.kind), row.at, row.actor, row.agency, row.note)
        for row in await transaction.execute(query)
    ]


async def count_guidance(transaction: Transaction, guided: Sequence[CountGuidance], now: datetime) -> None:
    """Count complaints and denunciations that were guided."""
    if guided:
        rows = [{"kind": one.kind, "topic": one.topic, "commune": one.commune, "at": now} for one in guided]
        await transaction.execute(insert(guidance), rows)


async def erase(transaction: Transaction, conversation_id: int) -> list[Case]:
    """Take everything personal out of a citizen's cases and unlink them; returns them as they are now."""
    own = [_case(row) for row in await transaction.execute(_select().where(cases.c.conversation_id == conversation_id))]
    ids = [case.id for case in own]
    if ids:
        await transaction.execute(delete(contacts).where(contacts.c.case_id.in_(ids)))
        await corrections.erase(transaction, ids)
        # What others wrote may repeat it: questions and answers go too. The history keeps that they were given.
        await transaction.execute(update(events).where(events.c.case_id.in_(ids)).values(note=""))
        emptied: dict[str, Any] = {
            "conversation_id": None, "text": "", "detail": None, "latitude": None, "longitude": None,
            "photos": "[]", "answer": None, "question": None,
        }  # fmt: skip
        await transaction.execute(update(cases).where(cases.c.id.in_(ids)).values(emptied))
    return [
        replace(
            case,
            conversation_id=None,
            text="",
            detail=None,
            location=None,
            photos=(),
            answer=None,
            question=None,
            phone=None,
        )
        for case in own
    ]


def _row(case: Case) -> dict[str, Any]:
    latitude, longitude = case.location or (None, None)
    return {
        "id": case.id,
        "number": case.number,
        "conversation_id": case.conversation_id,
        "status": str(case.status),
        "kind": str(case.kind),
        "topic": case.topic,
        "tier": case.tier,
        "urgent": case.urgent,
        "restricted": case.restricted,
        "commune": case.commune,
        "detail": case.detail,
        "text": case.text,
        "agency": case.agency,
        "watch": json.dumps(case.watch),
        "reason": case.reason,
        "filed_at": case.filed_at,
        "due_at": case.due_at,
        "next_update_at": case.next_update_at,
        "remind_at": case.remind_at,
        "announced_at": case.announced_at,
        "ruleset": case.ruleset,
        "referrals": case.referrals,
        "outcome": case.outcome and str(case.outcome),
        "answer": case.answer,
        "answered_at": case.answered_at,
        "question": case.question,
        "asked_at": case.asked_at,
        "latitude": latitude,
        "longitude": longitude,
        "photos": json.dumps(case.photos),
        "read_by": case.read_by,
    }


def _case(row: Row[Any]) -> Case:
    return Case(
        id=row.id,
        number=row.number,
        conversation_id=row.conversation_id,
        status=CaseStatus(row.status),
        kind=ConcernKind(row.kind),
        topic=row.topic,
        tier=row.tier,
        urgent=row.urgent,
        restricted=row.restricted,
        commune=row.commune,
        detail=row.detail,
        text=row.text,
        agency=row.agency,
        watch=tuple(json.loads(row.watch)),
        reason=row.reason,
        filed_at=row.filed_at,
        due_at=row.due_at,
        next_update_at=row.next_update_at,
        remind_at=row.remind_at,
        announced_at=row.announced_at,
        ruleset=row.ruleset,
        referrals=row.referrals,
        outcome=row.outcome and Outcome(row.outcome),
        answer=row.answer,
        answered_at=row.answered_at,
        question=row.question,
        asked_at=row.asked_at,
        location=None if row.latitude is None else (row.latitude, row.longitude),
        photos=tuple(json.loads(row.photos)),
        phone=row.phone,
        read_by=row.read_by,
    )
