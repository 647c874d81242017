"""How many concerns a second from inbox to committed decision, what casework costs, and does it stay so with growth.

Every figure is made in this run: (a) the same work one message and one transaction at a time, and (b) bare parsing of
the same updates, are the floor and the ceiling to compare with. ``python -m bench --write`` keeps the tables in docs.
"""

import argparse
import asyncio
import json
import logging
import platform
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from bench import casework
from bench.growth import databases, fill, opened
from bench.workload import concerns, presses, updates
from bot.deployment import reader_of, rules_of
from bot.settings import Settings
from channels.telegram import parse_update
from domain.messages import InboundMessage
from domain.rulesets import Ruleset
from handlers.deciding import Decider
from nlp.reader import Reader
from storage import inbox
from storage.database import Database

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
#: Under a load that makes messages wait, the deep reader is left out; what that load is, these benchmarks ask.
LATER = NOW + timedelta(minutes=1)
DOCUMENT = Path(__file__).parent.parent / "docs" / "benchmarks.md"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    what: str
    database: str
    #: Concerns a second.
    rate: float
    note: str = ""


async def decide_all(database: Database, reader: Reader, rules: Ruleset, batch: int, now: datetime = LATER) -> float:
    """Decide what waits; return the seconds it took. At ``NOW`` nothing has waited yet."""
    decider = Decider(database, reader, rules, batch=batch)

    async def loop() -> None:
        while await decider.decide(now):
            pass

    begun = time.perf_counter()
    # As many loops as a serving process runs; one message at a time means one loop as well.
    await asyncio.gather(*(loop() for _ in range(2 if batch > 1 else 1)))
    return time.perf_counter() - begun


async def put(database: Database, messages: Iterable[InboundMessage]) -> None:
    """Put messages into the inbox, a hundred at a time as a channel does."""
    waiting = list(messages)
    for n in range(0, len(waiting), 100):
        async with database.begin() as transaction:
            await inbox.put(transaction, waiting[n : n + 100], NOW)


async def throughput(
    new_url: Callable[[], str], reader: Reader, rules: Ruleset, count: int, batch: int
) -> tuple[float, float]:
    """Return concerns understood a second (words to card), and concerns filed a second (words, notice, card, sent)."""
    async with opened(new_url()) as database:
        await put(database, concerns(count))
        understood = await decide_all(database, reader, rules, batch)
        await put(database, presses(count))
        filed = await decide_all(database, reader, rules, batch)
    return count / understood, count / (understood + filed)


async def unhurried(new_url: Callable[[], str], reader: Reader, rules: Ruleset, count: int) -> float:
    """Return concerns understood a second while the deep reader is asked about what is not sure."""
    async with opened(new_url()) as database:
        await put(database, concerns(count))
        return count / await decide_all(database, reader, rules, 200, NOW)


async def growth(new_url: Callable[[], str], reader: Reader, rules: Ruleset, stored: int) -> float:
    """Return concerns understood a second beside so many stored cases."""
    async with opened(new_url()) as database:
        await fill(database, rules, stored, NOW - timedelta(days=1))
        best = 0.0
        for part in range(5):
            await put(database, concerns(1000, first=stored * 10 + part * 1000))
            best = max(best, 1000 / await decide_all(database, reader, rules, 200))
    return best


def parsing(count: int) -> float:
    """Return updates parsed a second, nothing else done with them."""
    bodies = updates(count)
    begun = time.perf_counter()
    for body in bodies:
        parse_update(json.loads(body))
    return count / (time.perf_counter() - begun)


def ready() -> tuple[Ruleset, Reader]:
    """Return rules and a reader that is warm."""
    rules = rules_of("thai-nguyen")
    reader = reader_of(Settings(_env_file=None), rules, print, explain=False)  # type: ignore[call-arg]
    reader.read(["khởi động"])
    return rules, reader


async def measure(count: int, sizes: list[int]) -> list[Row]:
    """Run everything once."""
    rules, reader = ready()
    rows = [Row("(b) bare parsing of the same updates", "-", parsing(count))]
    with tempfile.TemporaryDirectory(prefix="hoiam-bench-") as folder, databases(Path(folder)) as kinds:
        for name, new_url in kinds.items():
            ours = await throughput(new_url, reader, rules, count, 200)
            single = await throughput(new_url, reader, rules, max(count // 20, 100), 1)
            rows += [
                Row("understood, in batches", name, ours[0], f"{ours[0] / single[0]:.1f}x of (a)"),
                Row("(a) understood, one at a time", name, single[0]),
                Row("understood, the deep reader asked", name, await unhurried(new_url, reader, rules, count // 8)),
                Row("filed (three messages), in batches", name, ours[1], f"{ours[1] / single[1]:.1f}x of (a)"),
                Row("(a) filed, one at a time", name, single[1]),
            ]
            first = 0.0
            for size in sizes:
                rate = await growth(new_url, reader, rules, size)
                first = first or rate
                rows.append(Row(f"understood beside {size:,} cases", name, rate, f"cost {first / rate:.2f}x"))
    return rows


def table(rows: list[Row]) -> str:
    """Return the figures as Markdown."""
    lines = ["| what | database | concerns a second | |", "|---|---|---|---|"]
    return "\n".join(lines + [f"| {row.what} | {row.database} | {row.rate:,.0f} | {row.note} |" for row in rows])


async def measure_casework(stored: int) -> str:
    """Run the benchmarks of ticks and queues once, the queues beside so many cases; return their table."""
    rules, reader = ready()
    figures = []
    with tempfile.TemporaryDirectory(prefix="hoiam-bench-") as folder, databases(Path(folder)) as kinds:
        for name, new_url in kinds.items():
            figures += await casework.measure(name, new_url, reader, rules, stored)
    return casework.table(figures)


def keep(heading: str, figures: str) -> None:
    """Put a table under its heading in the document, in the place of the one that stands there."""
    about = f"Python {platform.python_version()}, {platform.machine()}, {datetime.now(UTC):%Y-%m-%d}"
    head, *sections = DOCUMENT.read_text(encoding="utf-8").split("\n## ")
    kept = {section.partition("\n")[0]: section for section in sections}
    kept[heading] = f"{heading}\n\nMade by `make bench` ({about}).\n\n{figures}\n"
    DOCUMENT.write_text("\n## ".join([head, *kept.values()]), encoding="utf-8")


def main() -> None:
    """Measure and print; with --write also keep the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["intake", "casework"], help="one of the two alone")
    parser.add_argument("--count", type=int, default=4000, help="concerns in the main run")
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000, 10_000, 100_000], help="stored cases")
    parser.add_argument("--stored", type=int, default=1_000_000, help="stored cases beside which a queue is looked at")
    parser.add_argument("--write", action="store_true", help="keep the tables in docs/benchmarks.md")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    parts: dict[str, Callable[[], str]] = {
        "Intake": lambda: table(asyncio.run(measure(given.count, given.sizes))),
        "Casework": lambda: asyncio.run(measure_casework(given.stored)),
    }
    for heading, part in parts.items():
        if given.only in (None, heading.lower()):
            figures = part()
            print(figures, flush=True)
            if given.write:
                keep(heading, figures)


if __name__ == "__main__":
    main()
