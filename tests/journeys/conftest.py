"""A town for each journey."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from domain.rulesets import Ruleset
from nlp.reader import Reader
from storage.database import Database
from tests.conftest import MORNING
from tests.journeys.people import Platform, Town
from tests.journeys.telegram import on_telegram
from tests.journeys.web import on_web

_PLATFORMS: dict[str, Callable[[Database], AbstractAsyncContextManager[Platform]]] = {
    "web": on_web,
    "telegram": on_telegram,
}


@pytest.fixture
def person_kind() -> str:
    """Return where the people of a journey chat, unless the journey says otherwise."""
    return "web"


@pytest.fixture
async def platform(person_kind: str, sqlite: Database) -> AsyncIterator[Platform]:
    """Return the running platform."""
    async with _PLATFORMS[person_kind](sqlite) as running:
        yield running


@pytest.fixture
def town(platform: Platform, sqlite: Database, rules: Ruleset, reader: Reader) -> Town:
    """Return a running bot on SQLite, nine in the morning of a Wednesday."""
    return Town.build(sqlite, rules, reader, MORNING, platform)
