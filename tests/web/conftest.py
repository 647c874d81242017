"""An edge for each test."""

from collections.abc import AsyncIterator

import pytest

from storage.database import Database
from tests.web.edge import Edge


@pytest.fixture
async def edge(sqlite: Database) -> AsyncIterator[Edge]:
    """An edge without Telegram."""
    built = Edge.build(sqlite)
    async with built.http:
        yield built
