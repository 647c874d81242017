"""Migrations, on both databases."""

from dataclasses import replace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from domain.rulesets import Ruleset
from storage import cases
from storage.database import Database, DatabaseUrlError
from storage.schema import metadata
from tests.storage.test_corrections import filed


async def test_migrations_make_the_tables_the_code_knows(database: Database) -> None:
    async with database.begin() as transaction:
        differences = await transaction.run_sync(
            lambda connection: compare_metadata(
                MigrationContext.configure(connection, opts={"compare_type": True}), metadata
            )
        )
    assert differences == []


async def test_down_and_up_again(database: Database) -> None:
    await database.downgrade("base")
    async with database.begin() as transaction:
        tables = await transaction.run_sync(lambda connection: inspect(connection).get_table_names())
    assert tables == ["alembic_version"]
    await database.migrate()
    await database.migrate()
    async with database.begin() as transaction:
        tables = await transaction.run_sync(lambda connection: inspect(connection).get_table_names())
    assert set(metadata.tables) <= set(tables)


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://x/y"])
def test_a_wrong_address_names_the_setting(url: str) -> None:
    with pytest.raises(DatabaseUrlError, match="HOIAM_DATABASE_URL"):
        Database(url)


async def test_a_step_back_and_forth_keeps_the_cases(database: Database, rules: Ruleset) -> None:
    case = await filed(database, rules, "a")
    await database.downgrade("0001")
    async with database.begin() as transaction:
        tables, columns = await transaction.run_sync(
            lambda connection: (
                inspect(connection).get_table_names(),
                {column["name"] for column in inspect(connection).get_columns("cases")},
            )
        )
    assert "corrections" not in tables
    assert "read_by" not in columns
    await database.migrate()
    async with database.begin() as transaction:
        kept = await cases.by_number(transaction, case.number)
    assert kept
    # What the old schema did not know comes back as it was before there was any of it.
    [task] = kept.tasks
    assert task == replace(case.lead, accept_by=case.due_at, progress_by=None)
    assert kept == replace(case, read_by=None, clocked_by="", tasks=kept.tasks)
