"""What officers corrected: rows the reader learns from. One a case; the last correction counts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from storage.database import Transaction
from storage.inbox import insert as upsert
from storage.tables import corrections


@dataclass(frozen=True, slots=True)
class Correction:
    """A topic set by an officer, and where it comes from."""

    case_id: int
    #: The words as filed; private data and the names of persons masked.
    text: str
    #: The topic the case was filed with, None when it had none.
    before: str | None
    after: str
    kind: str
    urgent: bool
    #: Who corrected it.
    agency: str
    at: datetime
    #: Versions of what had read and routed it.
    ruleset: str
    read_by: str | None


async def put(transaction: Transaction, correction: Correction) -> None:
    """Keep a correction in the place of an earlier one of the case; none where the case is as it was filed."""
    row = {
        "case_id": correction.case_id,
        "text": correction.text,
        "topic_after": correction.after,
        "kind": correction.kind,
        "urgent": correction.urgent,
        "agency": correction.agency,
        "at": correction.at,
        "ruleset": correction.ruleset,
        "read_by": correction.read_by,
    }
    # What the case was filed with stays as the first correction found it.
    query = upsert(transaction, corrections).values(topic_before=correction.before, **row)
    await transaction.execute(query.on_conflict_do_update(index_elements=[corrections.c.case_id], set_=row))
    undone = corrections.c.topic_before == corrections.c.topic_after
    await transaction.execute(delete(corrections).where(corrections.c.case_id == correction.case_id, undone))


async def erase(transaction: Transaction, case_ids: Collection[int]) -> None:
    """Delete what was corrected of these cases."""
    await transaction.execute(delete(corrections).where(corrections.c.case_id.in_(case_ids)))


async def every(transaction: Transaction) -> list[Correction]:
    """Return all corrections, in the order in which the cases were first corrected."""
    return [
        Correction(
            case_id=row.case_id,
            text=row.text,
            before=row.topic_before,
            after=row.topic_after,
            kind=row.kind,
            urgent=row.urgent,
            agency=row.agency,
            at=row.at,
            ruleset=row.ruleset,
            read_by=row.read_by,
        )
        for row in await transaction.execute(select(corrections).order_by(corrections.c.id))
    ]
