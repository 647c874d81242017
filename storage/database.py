"""The engine and its transactions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from domain.errors import OperatorError

#: What storage functions take as their first parameter: one open transaction.
Transaction = AsyncConnection

_MIGRATION_LOCK = 4_238_2020


class DatabaseUrlError(OperatorError):
    """HOIAM_DATABASE_URL is not an address of a database we can use."""


class Database:
    """A database and its transactions. SQLite has one writer at a time; writers queue here, in order."""

    def __init__(self, url: str) -> None:
        try:
            driver = make_url(url).drivername
        except (ArgumentError, ValueError) as error:  # the latter for a port that is no number
            raise DatabaseUrlError(
                "HOIAM_DATABASE_URL is no database address; for example sqlite+aiosqlite:///hoiam.db"
            ) from error
        if driver not in ("sqlite+aiosqlite", "postgresql+asyncpg"):
            raise DatabaseUrlError("HOIAM_DATABASE_URL must begin with sqlite+aiosqlite:// or postgresql+asyncpg://")
        self.sqlite = driver == "sqlite+aiosqlite"
        self._engine = _sqlite_engine(url) if self.sqlite else _postgresql_engine(url)
        self._readers = self._engine.execution_options(read_only=True)
        self._writer: AbstractAsyncContextManager[Any] = asyncio.Lock() if self.sqlite else nullcontext()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        """Open a writing transaction; it commits when the block ends and rolls back when it raises."""
        async with self._writer, self._engine.begin() as transaction:
            yield transaction

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """Open a reading transaction; on SQLite it runs beside the writer."""
        async with self._readers.begin() as transaction:
            yield transaction

    async def migrate(self, revision: str = "head") -> None:
        """Bring the schema to a revision, upwards; an empty database gets all of it.

        Raises DatabaseUrlError when no database answers.
        """
        try:
            await self.ping()
        except Exception as error:  # every driver has its own ways to say so
            raise DatabaseUrlError(
                f"no database answers at HOIAM_DATABASE_URL ({type(error).__name__}): does it run, is this where it is?"
            ) from error
        async with self.begin() as transaction:
            await transaction.run_sync(_alembic, command.upgrade, revision)

    async def downgrade(self, revision: str) -> None:
        """Take the schema back to a revision."""
        async with self.begin() as transaction:
            await transaction.run_sync(_alembic, command.downgrade, revision)

    async def ping(self) -> None:
        """Raise when the database does not answer."""
        async with self.read() as transaction:
            await transaction.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Give all connections back."""
        await self._engine.dispose()


def _postgresql_engine(url: str) -> AsyncEngine:
    # An error that quotes its parameters would carry what people wrote into the log.
    return create_async_engine(url, pool_pre_ping=True, hide_parameters=True)


def _sqlite_engine(url: str) -> AsyncEngine:
    if (path := make_url(url).database) and path != ":memory:":
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseUrlError(f"the folder of HOIAM_DATABASE_URL cannot be made: {error}") from error
    engine = create_async_engine(url, hide_parameters=True)  # for the log, as above

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's connection
        connection.isolation_level = None  # transactions are begun by the hook below, not by the driver
        cursor = connection.cursor()
        # FULL: what was acknowledged survives a power cut. NORMAL could lose the last commits.
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "busy_timeout=30000",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        # A write that starts as a read can't be upgraded when another wrote in between; IMMEDIATE waits its turn.
        read_only = connection.get_execution_options().get("read_only")
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _alembic(connection: Connection, run: Any, revision: str) -> None:  # noqa: ANN401 - alembic's commands
    if connection.dialect.name == "postgresql":
        # Several processes may start at once; one migrates, the others find the work done.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    run(config, revision)
