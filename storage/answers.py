"""What is kept of answers so that each is one: fingerprints of texts, and the pictures that were shown as proof."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select

from storage.database import Transaction
from storage.inbox import insert as upsert
from storage.tables import answers, proofs


async def used(transaction: Transaction, agency: str, fingerprint: str, since: datetime, case_id: int) -> int:
    """Return in how many other cases the agency has given an answer of this fingerprint since the moment."""
    query = select(func.count(answers.c.case_id.distinct())).where(
        answers.c.agency == agency,
        answers.c.fingerprint == fingerprint,
        answers.c.at >= since,
        answers.c.case_id != case_id,
    )
    count: int = (await transaction.execute(query)).scalar_one()
    return count


async def put(transaction: Transaction, agency: str, fingerprint: str, case_id: int, now: datetime) -> None:
    """Remember that an answer was given."""
    row = {"agency": agency, "fingerprint": fingerprint, "case_id": case_id, "at": now}
    await transaction.execute(insert(answers).values(row))


async def shown_before(transaction: Transaction, pictures: Sequence[str], case_id: int) -> set[str]:
    """Return which of these pictures were proof in another case. ``pictures`` are the channel's names for them."""
    hashes = {_hash(picture): picture for picture in pictures}
    query = select(proofs.c.picture).where(proofs.c.picture.in_(hashes), proofs.c.case_id != case_id)
    return {hashes[found] for found in (await transaction.execute(query)).scalars()}


async def put_proofs(transaction: Transaction, pictures: Sequence[str], case_id: int, now: datetime) -> None:
    """Remember pictures that were shown as proof of work."""
    rows = [{"picture": _hash(picture), "case_id": case_id, "at": now} for picture in pictures if picture]
    if rows:
        await transaction.execute(upsert(transaction, proofs).on_conflict_do_nothing(), rows)


def _hash(picture: str) -> str:
    return hashlib.sha256(picture.encode()).hexdigest()
