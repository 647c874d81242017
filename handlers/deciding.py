"""The inbox worker: claim conversations, read their texts together, decide each, write everything in one commit."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from domain.advance import advance
from domain.commands import split_command
from domain.concerns import Decision, Facts
from domain.conversation import Conversation, FileCase
from domain.messages import Content, Location, Photo, Say, Text
from domain.rulesets import Ruleset
from handlers import citizens, officers
from handlers.faults import fault
from handlers.following import ask_first
from handlers.likeness import Likeness
from handlers.ports import TextReader
from handlers.understanding import clean, locate, understand
from storage import cases, conversations, inbox
from storage.database import Database, Transaction
from storage.inbox import Claim, WaitingMessage
from storage.unit import Unit

log = structlog.get_logger()

#: A worker that died gives its conversations up after so long.
LEASE = timedelta(seconds=60)
#: A message that failed so often is set aside.
MOST_ATTEMPTS = 3
#: Between two tries of a message that failed.
RETRY = timedelta(seconds=5)
#: One conversation cannot fill a batch.
MOST_MESSAGES = 20
_SERIALS = 200


@dataclass
class Decider:
    """Decides what waits in the inbox, a batch of conversations at a time."""

    database: Database
    reader: TextReader
    rules: Ruleset
    batch: int = 200
    retry: timedelta = RETRY
    _serials: deque[int] = field(default_factory=deque)
    _likeness: Likeness = field(init=False)

    def __post_init__(self) -> None:
        self._likeness = Likeness(self.rules)

    def adopt(self, rules: Ruleset) -> None:
        """Decide by other rules from here on."""
        self.rules = rules
        self._likeness.adopt(rules)

    async def warm(self, now: datetime) -> bool:
        """Take in a page of what others reported. Returns whether there is more."""
        async with self.database.read() as transaction:
            return await self._likeness.refresh(transaction, now)

    async def decide(self, now: datetime) -> int:
        """Decide one batch. Returns how many messages were decided; 0 when nothing waits."""
        async with self.database.begin() as transaction:
            claims = await inbox.claim(transaction, self.batch, MOST_MESSAGES, LEASE, now)
        if not claims:
            return 0
        try:
            return await self._decide(claims, now)
        except asyncio.CancelledError:
            await asyncio.shield(self._give_back(claims))
            raise
        except Exception as error:  # one bad message must not hold up a batch: each conversation is tried alone
            log.error("batch_failed", conversations=len(claims), **fault(error))  # noqa: TRY400 - see faults
        decided = 0
        for claim in claims:
            decided += await self._alone(claim, now)
        return decided

    async def _give_back(self, claims: Sequence[Claim]) -> None:
        """End the leases of a batch that a stop cut short, so that the next start need not wait for them."""
        async with self.database.begin() as transaction:
            await inbox.release(transaction, claims)

    async def _alone(self, claim: Claim, now: datetime) -> int:
        """Decide the first message of a conversation by itself; count its failure, set it aside after a few."""
        if not claim.messages:
            return 0
        first = claim.messages[0]
        try:
            return await self._decide([replace(claim, messages=(first,))], now)
        except Exception as error:
            log.error("message_failed", inbox=first.id, **fault(error))  # noqa: TRY400 - see faults
            await self._failed(claim, first, error, now)
            return 0

    async def _failed(self, claim: Claim, message: WaitingMessage, error: Exception, now: datetime) -> None:
        # The error's own words may repeat the message; only its kind is kept.
        what = type(error).__name__
        async with self.database.begin() as transaction:
            aside = await inbox.fail(transaction, claim, message, what, most=MOST_ATTEMPTS, retry=self.retry, now=now)
            if aside:
                unit = Unit(transaction, now)
                unit.say(claim.conversation_id, Say("set_aside"), f"aside:{message.id}")
                await unit.flush()

    async def _decide(self, claims: Sequence[Claim], now: datetime) -> int:
        hurried = self._hurried(claims, now)
        facts = await self._facts(claims, hurried=hurried)
        if facts and not hurried:
            await self.warm(now)
        serials = await self._take_serials(sum(len(claim.messages) for claim in claims))
        unused = list(serials)
        try:
            async with self.database.begin() as transaction:
                likeness = None if hurried else self._likeness
                decided = await self._write(transaction, claims, facts, serials, likeness, now)
            unused = list(serials)
        finally:
            self._serials.extendleft(reversed(unused))
        return decided

    def _hurried(self, claims: Sequence[Claim], now: datetime) -> bool:
        """Say whether messages wait so long that what takes time is left out."""
        oldest = min((message.received_at for claim in claims for message in claim.messages), default=now)
        return now - oldest > timedelta(seconds=self.rules.thresholds.behind)

    async def _facts(self, claims: Sequence[Claim], *, hurried: bool) -> dict[int, Facts]:
        """Read all texts of a batch together, outside any transaction, in a thread."""
        texts = {message.id: text for claim in claims for message in claim.messages if (text := words(message.content))}
        # Cleaned first: a phone number is to be found whatever invisible stands in it, and no text is endless. What
        # is invisible altogether is read as it is: as nothing that can be understood.
        texts = {of: clean(text) or text for of, text in texts.items()}
        readings = await asyncio.to_thread(self.reader.read, list(texts.values()), hurried=hurried) if texts else []
        facts = {
            of: understand(text, reading, self.rules)
            for (of, text), reading in zip(texts.items(), readings, strict=True)
        }
        for message in (message for claim in claims for message in claim.messages):
            if isinstance(point := message.content, Location):
                facts[message.id] = locate(self.reader.nearest(point.latitude, point.longitude), self.rules)
        return facts

    async def _take_serials(self, count: int) -> deque[int]:
        """Return a serial for every message that may file a case; those not used are given back."""
        if len(self._serials) < count:
            async with self.database.begin() as transaction:
                fresh = await cases.take_serials(transaction, max(count, _SERIALS))
            self._serials.extend(fresh)
        return deque(self._serials.popleft() for _ in range(count))

    async def _write(
        self,
        transaction: Transaction,
        claims: Sequence[Claim],
        facts: dict[int, Facts],
        serials: deque[int],
        likeness: Likeness | None,
        now: datetime,
    ) -> int:
        held = await inbox.states(transaction, claims)
        unit = Unit(transaction, now)
        await unit.open(list(held))
        decided: dict[int, list[int]] = {}
        saved: dict[int, dict[str, object]] = {}
        for claim in claims:
            of = claim.conversation_id
            if of not in held:
                continue  # slept past the lease: somebody else has it
            conversation = conversations.load_state(held[of])
            for message in claim.messages:
                conversation = await self._one(unit, conversation, of, message, facts, serials, likeness)
            decided[of] = [message.id for message in claim.messages]
            saved[of] = conversations.state_row(conversation, now)
        await unit.flush()
        await inbox.finish(transaction, decided, saved, now)
        return sum(map(len, decided.values()))

    async def _one(
        self,
        unit: Unit,
        conversation: Conversation,
        of: int,
        message: WaitingMessage,
        facts: dict[int, Facts],
        serials: deque[int],
        likeness: Likeness | None,
    ) -> Conversation:
        """Decide one message."""
        key = f"in:{message.id}"
        content = message.content
        if officers.is_for(unit.officer(of), content):
            step = await officers.work(unit, conversation, of, content, self.rules, key)
        else:
            meant = self._with_nearby(conversation, content, facts.get(message.id, Facts(Decision.DESK)))
            step = advance(conversation, content, meant, unit.cases_of(of), self.rules, unit.now)
            if likeness is not None:  # an empty one is as good
                step = await ask_first(unit, step, of, likeness)
        # Hotlines come before anything that is said of what was done.
        says = sorted(enumerate(step.says), key=lambda numbered: numbered[1].key != "danger")
        dangers = sum(say.key == "danger" for _, say in says)
        for n, say in says[:dangers]:
            unit.say(of, say, f"{key}:say:{n}")
        for n, effect in enumerate(step.effects):
            serial = 0
            if isinstance(effect, FileCase):
                serial = serials.popleft()
            await citizens.apply(unit, effect, of, f"{key}:{n}", serial, self.rules)
        for n, say in says[dangers:]:
            unit.say(of, say, f"{key}:say:{n}")
        return step.conversation

    def _with_nearby(self, conversation: Conversation, content: Content, facts: Facts) -> Facts:
        """Look for names that come near to what was typed, where a place was asked for and none was understood."""
        asked = conversation.awaiting and conversation.awaiting.what == "place"
        if not asked or not isinstance(content, Text) or facts.commune or facts.communes:
            return facts
        return replace(facts, nearby=tuple(commune.code for commune in self.reader.suggest(content.text)))


def words(content: Content) -> str:
    """Return what is to be read of a message: its text or caption, nothing for a command or a button."""
    match content:
        case Text(text) if split_command(text) is None:
            return text
        case Photo(_, caption) if split_command(caption) is None:
            return caption
    return ""
