"""What is asked often is found by an index: on a filled register no such query reads cases, tasks or events whole."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import event

from bench.growth import announced, closed, multiply, populate
from domain.cases import Case, CaseEvent
from domain.rulesets import Ruleset
from domain.transitions import TaskStatus
from storage import answers, cases, known_problems, likeness, officers
from storage.cases import Wanted
from storage.database import Database, Transaction
from storage.known_problems import KnownProblem
from tests.conftest import MORNING

_BIG = ("cases", "tasks", "events", "answers", "known_problems")
_LONG_AGO = MORNING - timedelta(days=90)
_YESTERDAY = MORNING - timedelta(days=1)
_AGENCY, _COMMUNE, _TOPIC = "SXD", "05953", "giao_thong.duong_hu_hong"

Plan = list[str]
Query = Callable[[Transaction], Awaitable[object]]


async def _fill(url: str, rules: Ruleset) -> str:
    """Store twenty thousand closed cases and two thousand open ones, a thousand answers and known problems."""
    database = Database(url)
    await database.migrate()
    old = await populate(database, rules, 400, _LONG_AGO, lambda _, case: closed(case, rules))
    new = await populate(database, rules, 200, _YESTERDAY, _open)
    async with database.begin() as transaction:
        for n, of in enumerate(new * 5):
            await answers.put(transaction, f"A{n % 90}", str(n % 70), of, _YESTERDAY)
            problem = KnownProblem("", f"topic {n % 70}", str(n % 90), "", "", MORNING, "")
            await known_problems.put(transaction, of, problem)
    await multiply(database, new, 10)
    await multiply(database, old, 50)
    await database.close()
    return url


def _open(n: int, case: Case) -> tuple[Case, list[CaseEvent]]:
    """Leave a case open: one in ten was not announced, one in ten was counted by other rules."""
    case = replace(case, clocked_by="other") if n % 10 == 1 else case
    return (announced(case, case.filed_at) if n % 10 else case), []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled_sqlite(rules: Ruleset, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of a filled SQLite register; not analyzed, as ours never is."""
    return await _fill(f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('plans') / 'filled.db'}", rules)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled_postgresql(rules: Ruleset, postgres: Callable[[], str]) -> str:
    """Address of a filled, analyzed PostgreSQL register."""
    return await _fill(postgres(), rules)


@pytest.fixture(params=["sqlite", "postgresql"])
def filled_url(request: pytest.FixtureRequest) -> str:
    """Address of a filled register of each kind."""
    url: str = request.getfixturevalue(f"filled_{request.param}")
    return url


@pytest.fixture
async def filled(filled_url: str) -> AsyncIterator[Database]:
    """A filled register of each kind."""
    database = Database(filled_url)
    yield database
    await database.close()


async def _plans(database: Database, query: Query) -> list[Plan]:
    """Return how the database goes about each statement that a query sends, as it is sent."""
    sent: list[tuple[str, Any]] = []
    async with database.begin() as transaction:

        def keep(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:  # noqa: ANN401
            sent.append((statement, parameters))

        event.listen(transaction.sync_connection, "before_cursor_execute", keep)
        await query(transaction)
        event.remove(transaction.sync_connection, "before_cursor_execute", keep)
        explain = _explain_sqlite if database.sqlite else _explain_postgresql
        return [await explain(transaction, *one) for one in sent]


async def _explain_sqlite(transaction: Transaction, statement: str, parameters: Any) -> Plan:  # noqa: ANN401
    rows = await transaction.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return [row.detail for row in rows]


async def _explain_postgresql(transaction: Transaction, statement: str, parameters: Any) -> Plan:  # noqa: ANN401
    found = (await transaction.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)).scalar_one()
    return list(_nodes((json.loads(found) if isinstance(found, str) else found)[0]["Plan"]))


def _nodes(node: dict[str, Any]) -> Iterator[str]:
    """Give each step of a plan in the words of SQLite's."""
    if node["Node Type"] == "Seq Scan":
        yield f"SCAN {node['Relation Name']}"
    elif "Index Name" in node:
        yield f"SEARCH {node.get('Relation Name', '')} USING INDEX {node['Index Name']}"
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _whole(step: str) -> bool:
    """Say whether a step reads one of the big tables from end to end; through a partial index it does not."""
    words = step.split()
    return words[0] == "SCAN" and words[1] in _BIG and "INDEX ix_" not in step


def _asked(**filters: Any) -> Query:  # noqa: ANN401 - fields of Wanted
    return lambda transaction: cases.queue(transaction, Wanted(_AGENCY, **filters), 5, 0)


_OF_QUEUE = "ix_tasks_queue"
_QUERIES: dict[str, tuple[str, Query]] = {
    "queue": (_OF_QUEUE, _asked()),
    "queue of an inspector": (_OF_QUEUE, _asked(restricted=True)),
    "queue, mine": (_OF_QUEUE, _asked(officer=1)),
    "queue, late": (_OF_QUEUE, _asked(due_before=MORNING)),
    "queue, of a commune": (_OF_QUEUE, _asked(commune=_COMMUNE)),
    "queue, of a topic": (_OF_QUEUE, _asked(topic="giao_thong")),
    "queue, new": (_OF_QUEUE, _asked(status=TaskStatus.OFFERED)),
    "queue, page 20": (_OF_QUEUE, lambda transaction: cases.queue(transaction, Wanted(_AGENCY), 5, 95)),
    "counts of a digest": (
        _OF_QUEUE,
        lambda transaction: cases.counts(transaction, [_AGENCY, "KT-05953"], MORNING, MORNING),
    ),
    "due for an update": ("ix_cases_update", lambda transaction: cases.due_for_update(transaction, MORNING, 200)),
    "due for a reminder": ("ix_tasks_remind", lambda transaction: cases.due_for_reminder(transaction, MORNING, 200)),
    "not announced": ("ix_tasks_unannounced", lambda transaction: cases.unannounced(transaction, 200)),
    "not announced, at night": (
        "ix_tasks_unannounced",
        lambda transaction: cases.unannounced(transaction, 200, urgent_or_of=[_AGENCY]),
    ),
    "counted by other rules": (
        "ix_cases_clocked",
        lambda transaction: cases.clocked_otherwise(transaction, "this", 200),
    ),
    "of agencies that are no more": (
        _OF_QUEUE,
        lambda transaction: cases.of_agencies(transaction, [_AGENCY, "SCT"], 200),
    ),
    "digests due": ("", lambda transaction: officers.due_for_digest(transaction, MORNING, 200)),
    "open, for likeness": ("ix_cases_open", lambda transaction: likeness.open_ids(transaction, MORNING)),
    "still open, for likeness": ("", lambda transaction: likeness.still_open(transaction, range(1, 200))),
    "newest event": ("", likeness.newest_event),
    "happened since": ("", lambda transaction: likeness.happened_since(transaction, 200, 200)),
    "known problems": (
        "ix_known_problems_place",
        lambda transaction: known_problems.at(transaction, _TOPIC, _COMMUNE, MORNING),
    ),
    "answers used": (
        "ix_answers_fingerprint",
        lambda transaction: answers.used(transaction, "A1", "1", _LONG_AGO, 1),
    ),
    "merged into": ("ix_cases_merged", lambda transaction: cases.merged_into(transaction, ["TN26-0000-001"])),
    "of a citizen": ("ix_cases_conversation", lambda transaction: cases.of_citizens(transaction, [1, 2], MORNING)),
    "by number": ("cases_number", lambda transaction: cases.by_number(transaction, "TN26-0000-001")),
    "history": ("ix_events_case", lambda transaction: cases.history(transaction, 1)),
}


@pytest.mark.parametrize("name", _QUERIES)
async def test_it_is_found_by_its_index(name: str, filled: Database) -> None:
    index, query = _QUERIES[name]
    plans = await _plans(filled, query)
    assert plans
    assert [step for plan in plans for step in plan if _whole(step)] == []
    if index and not (filled.sqlite and name == "by number"):  # SQLite's own index of a UNIQUE column
        assert any(index in step for plan in plans for step in plan), plans


async def test_a_query_that_has_no_index_is_seen_to_read_the_whole_table(filled: Database) -> None:
    async def by_text(transaction: Transaction) -> None:
        await transaction.exec_driver_sql("SELECT id FROM cases WHERE text = 'x'")

    [plan] = await _plans(filled, by_text)
    assert any(_whole(step) for step in plan)
