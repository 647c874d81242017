"""The province's own directory as it was last applied: one text that all processes of a deployment read."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from domain.transitions import OPEN
from storage.database import Transaction
from storage.inbox import insert as upsert
from storage.tables import cases, directory, heads, officers

#: There is one directory.
_ID = 1


@dataclass(frozen=True, slots=True)
class Stored:
    """A directory in the database."""

    #: Rises by one with each import.
    version: int
    #: TOML, see `domain.directory_files`.
    text: str
    #: Who applied it, when.
    by: str
    at: datetime


async def version(transaction: Transaction) -> int:
    """Return the version of the directory in force, 0 when none was ever applied. One row by its key: cheap."""
    found: int | None = (await transaction.execute(select(directory.c.version))).scalar_one_or_none()
    return found or 0


async def load(transaction: Transaction) -> Stored | None:
    """Return the directory in force, None when none was ever applied."""
    row = (await transaction.execute(select(directory))).first()
    return Stored(row.version, row.text, row.by, row.at) if row else None


async def store(transaction: Transaction, text: str, *, after: int, by: str, now: datetime) -> bool:
    """Put a directory in the place of version ``after``. False when somebody else applied another one meanwhile."""
    row = {"version": after + 1, "text": text, "by": by, "at": now}
    if after:
        query = update(directory).where(directory.c.version == after).values(row).returning(directory.c.id)
    else:
        query = upsert(transaction, directory).values(id=_ID, **row).on_conflict_do_nothing().returning(directory.c.id)
    return (await transaction.execute(query)).first() is not None


async def open_cases(transaction: Transaction, agencies: Collection[str]) -> dict[str, int]:
    """Return how many open cases each of these agencies has, where it has any."""
    query = (
        select(cases.c.agency, func.count().label("number"))
        .where(cases.c.agency.in_(agencies), cases.c.status.in_(sorted(OPEN)))
        .group_by(cases.c.agency)
    )
    return {row.agency: row.number for row in await transaction.execute(query)}


async def seated(transaction: Transaction) -> set[tuple[str, str]]:
    """Return who has a seat: agency and name as they were invited; of village heads commune and name."""
    seats = select(officers.c.agency, officers.c.name).union(select(heads.c.commune, heads.c.name))
    return {(agency, name) for agency, name in await transaction.execute(seats)}
