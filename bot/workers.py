"""Workers: the loops that decide, send, poll and tick. APScheduler only ticks; it carries no data."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from channels.telegram import Telegram
from domain.rulesets import Ruleset
from handlers import ticks
from handlers.deciding import Decider
from handlers.faults import fault
from handlers.reporting import Reporter
from handlers.sending import Sender
from storage.database import Database

log = structlog.get_logger()

#: With nothing to do a loop looks again after so many seconds, for what other processes put in.
_IDLE = 0.5
#: After failures a loop waits longer and longer, up to this many seconds.
_LONGEST_PAUSE = 30.0


def utc_now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


@dataclass
class Workers:
    """The loops of one process."""

    database: Database
    rules: Ruleset
    decider: Decider
    sender: Sender
    reporter: Reporter
    telegram: Telegram | None
    #: Names this process to the others.
    process: str
    tick_seconds: int
    #: Returns the rules anew where the directory has changed, None where it has not.
    renew: Callable[[], Awaitable[Ruleset | None]] | None = None
    _inbox: asyncio.Event = field(default_factory=asyncio.Event)
    _outbox: dict[str, asyncio.Event] = field(default_factory=dict)
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def wake(self) -> None:
        """Say that something came in."""
        self._inbox.set()

    async def run(self) -> None:
        """Run all loops until cancelled."""
        self._outbox = {name: asyncio.Event() for name in self.sender.channels}
        async with asyncio.TaskGroup() as group:
            self._tasks = {
                # Two, so that one reads texts while the other waits for its commit.
                "inbox": group.create_task(self._loop("inbox", self._decide, self._inbox)),
                "inbox-2": group.create_task(self._loop("inbox-2", self._decide, self._inbox)),
                # One for each channel: a slow one holds up nobody else.
                **{
                    f"outbox-{name}": group.create_task(self._loop(f"outbox-{name}", self._sending(name), woken))
                    for name, woken in self._outbox.items()
                },
                # What is reported is known to the next who reports it, also when nobody writes for a while.
                "likeness": group.create_task(self._loop("likeness", self._warm, asyncio.Event())),
                "reports": group.create_task(self._loop("reports", self._report, asyncio.Event())),
                "ticks": group.create_task(self._tick()),
            }
            if self.telegram:
                polling = self.telegram.run_polling(self.database, self.process, self.wake, utc_now)
                self._tasks["telegram"] = group.create_task(polling)

    async def ready(self) -> dict[str, str]:
        """Return what is wrong, by name; raises when the database does not answer."""
        await self.database.ping()
        return {name: "stopped" for name, task in self._tasks.items() if task.done()}

    async def _decide(self) -> int:
        count = await self.decider.decide(utc_now())
        if count:
            self._wake_senders()
        return count

    async def _report(self) -> int:
        count = await self.reporter.make(utc_now())
        if count:
            self._wake_senders()
        return count

    async def _warm(self) -> int:
        return await self.decider.warm(utc_now())

    def _sending(self, channel: str) -> Callable[[], Awaitable[int]]:
        return lambda: self.sender.send(utc_now(), channel)

    def _wake_senders(self) -> None:
        for woken in self._outbox.values():
            woken.set()

    async def _loop(self, name: str, work: Callable[[], Awaitable[int]], wake: asyncio.Event) -> None:
        """Work until there is nothing to do, then wait to be woken; outlive every failure."""
        failures = 0
        while True:
            wake.clear()
            try:
                busy = await work()
                failures = 0
            except Exception as error:
                failures += 1
                pause = min(2.0**failures, _LONGEST_PAUSE) * random.uniform(0.5, 1)
                log.error("worker_failed", worker=name, again_in=round(pause, 1), **fault(error))  # noqa: TRY400
                await asyncio.sleep(pause)
                continue
            if not busy:
                try:
                    async with asyncio.timeout(_IDLE):
                        await wake.wait()
                except TimeoutError:
                    pass

    async def _tick(self) -> None:
        scheduler = AsyncIOScheduler(timezone=UTC)
        for name, one in ticks.TICKS.items():
            scheduler.add_job(
                self._one_tick,
                "interval",
                seconds=self.tick_seconds,
                args=(name, one),
                # A late tick runs late rather than never, and once: it takes all that is due.
                misfire_grace_time=None,
                coalesce=True,
                max_instances=1,
                next_run_time=utc_now(),
            )
        scheduler.add_job(
            self._renew_rules, "interval", seconds=self.tick_seconds, misfire_grace_time=None, coalesce=True
        )
        scheduler.start()
        try:
            await asyncio.Event().wait()
        finally:
            scheduler.shutdown(wait=False)

    async def _one_tick(self, name: str, one: ticks.Tick) -> None:
        try:
            if count := await ticks.run(self.database, self.rules, one, utc_now()):
                log.info("ticked", tick=name, rows=count)
                self._wake_senders()
        except Exception as error:
            log.error("tick_failed", tick=name, **fault(error))  # noqa: TRY400 - see faults

    async def _renew_rules(self) -> None:
        """Work by the directory as it was imported last."""
        try:
            if self.renew and (rules := await self.renew()):
                self.rules = rules
                self.decider.adopt(rules)
                self.sender.adopt(rules)
                self.reporter.adopt(rules)
                log.info("rules_renewed")
        except Exception as error:
            log.error("rules_not_renewed", **fault(error))  # noqa: TRY400 - see faults
