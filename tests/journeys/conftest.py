"""A town for each journey."""

from collections.abc import AsyncIterator

import pytest

from domain.rulesets import Ruleset
from nlp.reader import Reader
from storage.database import Database
from tests.conftest import MORNING
from tests.journeys.people import Town


@pytest.fixture
async def town(sqlite: Database, rules: Ruleset, reader: Reader) -> AsyncIterator[Town]:
    """A running bot on SQLite, nine in the morning of a Wednesday."""
    built = Town.build(sqlite, rules, reader, MORNING)
    async with built.http:
        yield built
