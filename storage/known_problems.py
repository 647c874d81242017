"""Known problems: what is being mended, and until when."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from storage.database import Transaction
from storage.tables import cases, known_problems


@dataclass(frozen=True, slots=True)
class KnownProblem:
    """A problem that is known and being mended."""

    #: The case its reports are joined to.
    number: str
    topic: str
    #: Code of the commune.
    commune: str
    #: Place in the officer's words; empty: the whole commune.
    place: str
    #: What is being done, as told to citizens.
    words: str
    until: datetime
    agency: str


async def put(transaction: Transaction, case_id: int, problem: KnownProblem) -> None:
    """Announce a problem, in the place of what was announced of its case before."""
    await end(transaction, case_id)
    row = {
        "case_id": case_id, "topic": problem.topic, "commune": problem.commune, "place": problem.place,
        "words": problem.words, "until": problem.until,
    }  # fmt: skip
    await transaction.execute(insert(known_problems).values(row))


async def end(transaction: Transaction, case_id: int) -> None:
    """Take back what was announced of a case."""
    await transaction.execute(delete(known_problems).where(known_problems.c.case_id == case_id))


async def at(transaction: Transaction, topic: str, commune: str, now: datetime) -> list[KnownProblem]:
    """Return what is being mended in a commune of this topic, latest first."""
    query = (
        select(known_problems, cases.c.number, cases.c.agency)
        .join(cases, cases.c.id == known_problems.c.case_id)
        .where(
            known_problems.c.commune == commune,
            known_problems.c.topic == topic,
            known_problems.c.until > now,
            cases.c.status.in_(("accepted", "waiting_for_citizen", "referred")),
            cases.c.restricted.is_(False),
        )
        .order_by(known_problems.c.id.desc())
    )
    return [
        KnownProblem(row.number, row.topic, row.commune, row.place, row.words, row.until, row.agency)
        for row in await transaction.execute(query)
    ]
