"""Cases that a village head filed for somebody: the secret by which that somebody takes one over."""

import secrets

from sqlalchemy import delete, insert, select

from storage.database import Transaction
from storage.officers import secret_hash
from storage.tables import cases, takeovers

#: No I, L, O: codes are copied from a slip of paper. No digits: they stand behind a number.
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 11


def new_code() -> str:
    """Return a code of 49 bits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


async def put(transaction: Transaction, case_id: int, code: str) -> None:
    """Make the code good for taking the case over, once."""
    await transaction.execute(insert(takeovers).values(case_id=case_id, code_hash=secret_hash(code)))


async def use(transaction: Transaction, number: str, code: str) -> bool:
    """Use a code for the case with this number. False when it is not its code."""
    case_id = select(cases.c.id).where(cases.c.number == number).scalar_subquery()
    query = delete(takeovers).where(takeovers.c.case_id == case_id, takeovers.c.code_hash == secret_hash(code))
    return bool((await transaction.execute(query.returning(takeovers.c.case_id))).all())
