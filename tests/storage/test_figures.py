"""Counting from the register, on both databases: balanced, recounted by hand, and blind to people and words."""

import re
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import event

from domain import casework
from domain.cases import Case, change
from domain.figures import Counts
from domain.rulesets import Ruleset
from domain.tallies import Tallies
from domain.transitions import EventKind
from handlers import tallying
from storage import cases, figures
from storage.database import Database
from storage.unit import Unit
from tests.storage.test_corrections import filed

DAY = timedelta(days=1)


async def _lives(database: Database, rules: Ruleset) -> list[Case]:
    """Answer some cases, pass one on, dispute one, leave one open, all within days."""
    kept: list[Case] = []
    for n, road in enumerate(("answered", "disputed", "passed", "open", "refused", "restricted")):
        case = await filed(database, rules, f"c{n}")
        at, events = case.filed_at, []

        def step(case: Case, kind: EventKind, days: float, **more: object) -> Case:
            moved, happened = change(case, kind, now=at + days * DAY, actor="test", **more)  # noqa: B023 - used at once
            events.append(happened)  # noqa: B023
            return moved

        if road == "restricted":
            case = replace(case, restricted=True)
        elif road == "passed":
            case, happened = casework.refer(case, "SXD", rules, now=at + DAY, actor="test", note="SXD: x")
            events.append(happened)
        elif road != "open":
            case = step(case, EventKind.ACCEPTED, 0.5)
            case = step(case, EventKind.ANSWERED, 1, note="xong")
            if road == "disputed":
                case, more = casework.reopen(case, rules, now=at + 2 * DAY, note="chưa")
                events += more
            else:
                case = step(case, EventKind.CONFIRMED, 2)
        async with database.begin() as transaction:
            await cases.save(transaction, [case])
            await cases.record(transaction, events)
        kept.append(case)
    return kept


async def test_a_period_balances_for_every_agency_and_for_all(database: Database, rules: Ruleset) -> None:
    lived = await _lives(database, rules)
    start = min(case.filed_at for case in lived) - DAY
    for end in (start + DAY, start + 2 * DAY, start + 3 * DAY, start + 9 * DAY):
        async with database.read() as transaction:
            rows = await figures.movements(transaction, start, end)
            opening, closing = await figures.standing(transaction, start), await figures.standing(transaction, end)
            took, waited = await figures.took(transaction, start, end)
        counts = Counts(rows)
        theirs, total = counts.agencies(opening, closing, took), counts.whole(opening, closing, waited)
        assert total.open == sum(one.open for one in closing.values())
        for agency, one in theirs.items():
            assert one.open == (closing[agency].open if agency in closing else 0)
        assert sum(one.passed_in for one in theirs.values()) == sum(one.passed_on for one in theirs.values())
    assert (total.filed, total.again, total.answered, total.confirmed, total.disputed) == (5, 1, 3, 2, 1)
    assert theirs["SXD"].passed_in == 1
    assert total.answering.median == DAY


async def test_behind_every_figure_stand_as_many_cases(database: Database, rules: Ruleset) -> None:
    lived = await _lives(database, rules)
    start, end, agency = lived[0].filed_at - DAY, lived[0].filed_at + 9 * DAY, lived[0].agency
    async with database.read() as transaction:
        rows = await figures.movements(transaction, start, end, agency)
        opening = await figures.standing(transaction, start, agency)
        closing = await figures.standing(transaction, end, agency)
        counted = Counts(rows).agencies(opening, closing, {})[agency]
        for name in figures.OPENED:
            listed, many = await figures.behind(transaction, agency, name, start, end, limit=50, offset=0)
            wanted = counted.answered - counted.on_time if name == "late" else getattr(counted, name)
            assert (len(listed), many) == (wanted, wanted), name
            assert lived[-1].number not in dict(listed), "what is restricted is counted in nothing"


async def test_stretches_are_counted_once_and_stay_as_they_were(database: Database, rules: Ruleset) -> None:
    lived = await _lives(database, rules)
    now = lived[0].filed_at + 60 * DAY
    for again in (False, True):
        async with database.begin() as transaction:
            counted = await tallying.tally(Unit(transaction, now), rules)
        assert (counted == 0) is again
    async with database.read() as transaction:
        first = await figures.all_tallies(transaction)
    assert sum(one.cases for one in first["flow"]["filed"].values()) == 5
    assert sum(one.cases for row in first["commune"].values() for one in row.values()) == 5
    assert sum(one.cases for row in first["field"].values() for one in row.values()) == 5
    # A case that becomes restricted later is not missing from what was shown before.
    async with database.begin() as transaction:
        await cases.save(transaction, [replace(lived[0], restricted=True)])
        await tallying.tally(Unit(transaction, now), rules)
        assert await figures.all_tallies(transaction) == first
    closed = {kind: sorted(first["closed"][kind]) for kind in ("flow", "month")}
    known = Tallies(first["flow"], first["commune"], first["field"], closed, rules.reporting.cut)
    balance = known.balance(closed["flow"][0], known.until)
    assert balance.flows["filed"].value == 5


async def test_no_query_here_names_a_person_or_a_word(database: Database, rules: Ruleset) -> None:
    lived = await _lives(database, rules)
    said: list[str] = []
    engine = database._engine.sync_engine  # noqa: SLF001 - to listen

    @event.listens_for(engine, "before_cursor_execute")
    def _listen(_c: object, _u: object, statement: str, *_more: object) -> None:
        said.append(statement)

    start, end = lived[0].filed_at - DAY, lived[0].filed_at + 9 * DAY
    async with database.begin() as transaction:
        await figures.movements(transaction, start, end)
        await figures.took(transaction, start, end)
        await figures.standing(transaction, end)
        await tallying.tally(Unit(transaction, end), rules)
        await figures.all_tallies(transaction)
    event.remove(engine, "before_cursor_execute", _listen)
    names = set(re.findall(r"\w+", " ".join(said)))
    assert not names & {"text", "detail", "answer", "question", "note", "phone", "photos", "latitude", "chat", "number"}
    assert "conversation_id" in names, "people are counted"
    for statement in said:
        for use in re.findall(r".{0,20}conversation_id", statement):
            assert "distinct" in use.lower(), "but never told"
