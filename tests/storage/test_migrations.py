"""Migrations, on both databases."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from storage.database import Database, DatabaseUrlError
from storage.tables import metadata


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
