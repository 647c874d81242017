"""A Telegram server on loopback, the channel that talks to it, and an empty database."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from channels.telegram import Telegram
from storage.database import Database
from tests.emulators.lo_bot_api import TOKEN, LoBotApi

PAYLOADS = Path(__file__).parent / "payloads"


@pytest.fixture
def payload() -> Callable[[str], dict[str, Any]]:
    """Return what reads a captured update by its name."""

    def read(name: str) -> dict[str, Any]:
        update: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text())
        return update

    return read


@pytest.fixture
async def server() -> AsyncIterator[LoBotApi]:
    """Return a running Telegram server."""
    async with LoBotApi().running() as server:
        yield server


@pytest.fixture
async def telegram(server: LoBotApi) -> AsyncIterator[Telegram]:
    """Return the channel, pointed at the server."""
    channel = Telegram(TOKEN, server.url, timeout=3)
    yield channel
    await channel.close()


@pytest.fixture
def database(sqlite: Database) -> Database:
    """Return one kind of database: what channels do with it is storage's business, tested there with both."""
    return sqlite
