"""Health: alive, ready, and nothing said that is nobody's business."""

import asyncio
import contextlib
from pathlib import Path

from bot.workers import Workers
from documents import rendering
from domain.rulesets import Ruleset
from handlers.deciding import Decider
from handlers.reporting import Reporter
from handlers.sending import Sender
from handlers.texts import Texts
from nlp.reader import Reader
from storage.database import Database
from tests.web.edge import Edge


async def test_a_process_whose_worker_died_is_alive_but_not_ready(
    sqlite: Database, rules: Ruleset, reader: Reader
) -> None:
    sender = Sender(sqlite, rules, Texts(rules), {})
    reporter = Reporter(sqlite, rules, Texts(rules), rendering)
    workers = Workers(
        sqlite, rules, Decider(sqlite, reader, rules), sender, reporter, None, "a test", tick_seconds=3600
    )
    edge = Edge.build(sqlite, ready=workers.ready)
    running = asyncio.create_task(workers.run())
    answer = await edge.http.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    answer = await edge.http.get("/health/ready")
    assert answer.status_code == 503
    assert {"status": "not ready", "inbox": "stopped", "ticks": "stopped"}.items() <= answer.json().items()
    assert (await edge.http.get("/health/live")).json() == {"status": "live"}


async def test_readiness_names_no_address_and_no_password(tmp_path: Path) -> None:
    away = Database(f"postgresql+asyncpg://bot:hunter2@/hoiam?host={tmp_path}")
    edge = Edge.build(away, ready=away.ping)
    answer = await edge.http.get("/health/ready")
    assert answer.status_code == 503
    assert "hunter2" not in answer.text
    assert str(tmp_path) not in answer.text
    await away.close()
