"""A register that has been in use: many stored cases, each with its citizen, history and messages."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bench.workload import text
from domain.concerns import Decision, Facts
from domain.filing import file_case, new_concern
from domain.messages import Address, Delivered, InboundMessage, Say, Text
from domain.rulesets import Ruleset
from storage import cases, inbox, outbox
from storage.database import Database
from storage.outbox import Pending

_CHUNK = 1000
_LEASE = timedelta(minutes=5)
_NONE = timedelta()


async def fill(database: Database, rules: Ruleset, count: int, now: datetime) -> None:
    """File so many cases, half of them still open, by the same functions that file real ones."""
    communes, topics = list(rules.communes), list(rules.topics)
    for begun in range(0, count, _CHUNK):
        numbers = range(begun, min(begun + _CHUNK, count))
        async with database.begin() as transaction:
            addresses = [Address("web", f"stored-{n}") for n in numbers]
            await inbox.put(transaction, list(_messages(addresses)), now)
            known = await inbox.conversation_ids(transaction, addresses)
            serials = await cases.take_serials(transaction, len(numbers))
            filed, events, pending = [], [], []
            for n, serial, address in zip(numbers, serials, addresses, strict=True):
                facts = Facts(
                    Decision.ROUTE, topic=topics[n % len(topics)], commune=communes[n % len(communes)], text=text(n)
                )
                case, event = file_case(new_concern(1, facts, now), serial, known[address], rules, now)
                filed.append(case)
                events.append(event)
                pending.append(Pending(known[address], Say("dropped"), f"stored:{n}", now))
            await cases.file(transaction, filed)
            await cases.record(transaction, events)
            await outbox.put(transaction, pending, now)
            claims = await inbox.claim(transaction, _CHUNK, 5, _LEASE, now)
            decided = {claim.conversation_id: [message.id for message in claim.messages] for claim in claims}
            row = {"state": None, "nudge_at": None, "erased_at": None}
            await inbox.finish(transaction, decided, dict.fromkeys(decided, row), now)
            leased = await outbox.claim(transaction, ["web"], _CHUNK, _LEASE, now)
            await outbox.record(transaction, [(one, Delivered()) for one in leased], spacing=lambda _: _NONE, now=now)


def _messages(addresses: list[Address]) -> Iterator[InboundMessage]:
    for address in addresses:
        yield InboundMessage(address, address.chat, Text("đã lâu"))
