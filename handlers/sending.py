"""The outbox worker: claim what is due, render it, send it with no transaction open, write how it went."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from domain.messages import Attachment, Delivery, OutboundMessage, Refused, Say, TryLater
from domain.rulesets import Ruleset
from handlers.faults import fault
from handlers.ports import Channel
from handlers.texts import Texts
from storage import files, outbox
from storage.database import Database
from storage.outbox import Leased
from storage.unit import Unit

log = structlog.get_logger()

#: A sender that died gives its rows up after so long; longer than any send may take.
LEASE = timedelta(seconds=90)
#: Waiting doubles with each try, up to this.
_LONGEST = timedelta(hours=1)
#: After so many tries a message is refused and the desk is told: no platform is down for a week.
MOST_ATTEMPTS = 200
#: What goes out with the pictures named in its values.
_WITH_PHOTOS = frozenset({"case_card", "answered", "answer_to_approve"})
#: The one channel that keeps pictures. Their references mean nothing to any other.
_KEEPS_PHOTOS = "telegram"


@dataclass
class Sender:
    """Sends what waits in the outbox."""

    database: Database
    rules: Ruleset
    texts: Texts
    channels: Mapping[str, Channel]
    batch: int = 60

    def adopt(self, rules: Ruleset) -> None:
        """Speak by other rules from here on."""
        self.rules, self.texts = rules, Texts(rules)

    async def send(self, now: datetime, *names: str) -> int:
        """Send one batch through these channels, or all: of each conversation at most its oldest due message.

        Returns how many were tried.
        """
        async with self.database.begin() as transaction:
            leased = await outbox.claim(transaction, names or list(self.channels), self.batch, LEASE, now)
        if not leased:
            return 0
        by_channel: dict[str, list[Leased]] = defaultdict(list)
        for row in leased:
            by_channel[row.address.channel].append(row)
        try:
            await asyncio.gather(*(self._through(name, rows, now) for name, rows in by_channel.items()))
        except asyncio.CancelledError:
            await asyncio.shield(self._give_back(leased))
            raise
        return len(leased)

    async def _give_back(self, leased: Sequence[Leased]) -> None:
        """End the leases of a batch that a stop cut short, so that the next start need not wait for them."""
        async with self.database.begin() as transaction:
            await outbox.release(transaction, leased)

    async def _through(self, name: str, rows: Sequence[Leased], now: datetime) -> None:
        channel = self.channels[name]
        attached = await self._attached(rows)
        messages = [self._render(row, attached) for row in rows]
        deliveries = await channel.send([message for message in messages if isinstance(message, OutboundMessage)])
        sent = iter(deliveries)
        results = [
            (row, _patient(row, next(sent)) if isinstance(message, OutboundMessage) else message)
            for row, message in zip(rows, messages, strict=True)
        ]
        async with self.database.begin() as transaction:
            await outbox.record(transaction, results, spacing=channel.spacing, now=now)
            if rest := max(
                (one.after for one in deliveries if isinstance(one, TryLater) and one.channel_wide), default=None
            ):
                await outbox.pause(transaction, name, now + rest)
            await self._tell_desk(Unit(transaction, now), results)
        for row, delivery in results:
            log.info("sent", outbox=row.id, channel=name, outcome=type(delivery).__name__)

    async def _attached(self, rows: Sequence[Leased]) -> dict[int, Attachment]:
        """Return the files that go with what is said, by their ids."""
        wanted = {of for row in rows for of in row.say.files}
        if not wanted:
            return {}
        async with self.database.read() as transaction:
            found = await files.load(transaction, wanted)
        if gone := wanted - found.keys():
            log.warning("files_expired_unsent", files=sorted(gone))
        return found

    def _render(self, row: Leased, attached: Mapping[int, Attachment]) -> OutboundMessage | Refused:
        try:
            text, buttons = self.texts.render(row.say)
        except Exception as error:  # a text that cannot be rendered must not stop the queue
            log.error("render_failed", outbox=row.id, text=row.say.key, **fault(error))  # noqa: TRY400 - see faults
            return Refused(f"text {row.say.key}: {type(error).__name__}")
        found = tuple(attached[of] for of in row.say.files if of in attached)
        return OutboundMessage(row.id, row.address, text, buttons, _photos(row), row.say.replaces, found)

    async def _tell_desk(self, unit: Unit, results: Sequence[tuple[Leased, Delivery]]) -> None:
        """Tell their agency, and the desk, of open cases whose citizen cannot be reached any more."""
        lost = [row for row, delivery in results if isinstance(delivery, Refused)]
        if lost:
            of = [row.conversation_id for row in lost]
            for number, agency, restricted in await outbox.unreachable_cases(unit.transaction, of):
                say, key = Say("unreachable", {"number": number}), f"unreachable:{number}"
                for told in {agency} if restricted else {agency, self.rules.desk}:
                    await unit.say_to(told, say, key, restricted=restricted)
            await unit.flush()


def _photos(row: Leased) -> tuple[str, ...]:
    """Return the pictures to go with what is said."""
    if row.say.key not in _WITH_PHOTOS or row.address.channel != _KEEPS_PHOTOS:
        return ()
    return tuple(row.say.values.get("photos", ()))


def _patient(row: Leased, delivery: Delivery) -> Delivery:
    """Wait at least as long as the channel asks, and longer with every try; give up after very many."""
    if not isinstance(delivery, TryLater):
        return delivery
    if row.attempts >= MOST_ATTEMPTS:
        return Refused(f"given up after {row.attempts} tries: {delivery.why}")
    wait = min(timedelta(seconds=2 ** min(row.attempts - 1, 12)), _LONGEST)
    return TryLater(max(delivery.after, wait), delivery.why, delivery.channel_wide)
