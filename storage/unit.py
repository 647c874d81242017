"""The unit of work: all that a batch of messages reads and writes, in one transaction with few statements.

Handlers read cases through it and tell it what happened; it writes everything at the end, in bulk. Two messages of one
batch about one case see each other's changes, because both get the case from here.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from domain.cases import Case, CaseEvent
from domain.conversation import CountGuidance
from domain.messages import Say
from storage import cases as case_rows
from storage import conversations, corrections, officers, outbox
from storage.corrections import Correction
from storage.database import Transaction
from storage.officers import Officer
from storage.outbox import Pending


class Unit:
    """One batch's view of the register."""

    def __init__(self, transaction: Transaction, now: datetime) -> None:
        self.transaction = transaction
        self.now = now
        self._cases: dict[str, Case] = {}
        self._of: dict[int, list[str]] = {}
        self._officers: dict[int, Officer] = {}
        self._filed: dict[str, Case] = {}
        self._changed: set[str] = set()
        self._events: list[CaseEvent] = []
        self._pending: list[Pending] = []
        self._guided: list[CountGuidance] = []

    async def open(self, conversation_ids: Collection[int]) -> None:
        """Read what deciding in these conversations needs: their officers and their citizens' cases."""
        self._officers = await officers.at(self.transaction, conversation_ids)
        citizens = [of for of in conversation_ids if of not in self._officers]
        for of, own in (await case_rows.of_citizens(self.transaction, citizens, self.now)).items():
            self._of[of] = [case.number for case in own]
            self._cases |= {case.number: case for case in own if case.number not in self._cases}

    def officer(self, conversation_id: int) -> Officer | None:
        """Return the officer who works in the conversation."""
        return self._officers.get(conversation_id)

    async def bind(self, conversation_id: int, code: str) -> Officer | None:
        """Give the conversation a seat; None when the code is not good."""
        seat = await officers.bind(self.transaction, conversation_id, code, self.now)
        if seat:
            self._officers[conversation_id] = seat
        return seat

    async def leave(self, conversation_id: int) -> None:
        """Take the conversation's seat."""
        await officers.leave(self.transaction, conversation_id)
        self._officers.pop(conversation_id, None)

    def cases_of(self, conversation_id: int) -> list[Case]:
        """Return the citizen's open and lately ended cases, latest first."""
        return [self._cases[number] for number in self._of.get(conversation_id, [])]

    async def case(self, number: str) -> Case | None:
        """Return a case by its number."""
        if number not in self._cases:
            found = await case_rows.by_number(self.transaction, number)
            if found is None:
                return None
            self._cases[number] = found
        return self._cases[number]

    async def queue(self, agency: str, limit: int, offset: int) -> tuple[list[Case], int]:
        """Return a page of an agency's open cases and how many there are."""
        await self.flush()
        return await case_rows.queue(self.transaction, agency, limit, offset)

    async def history(self, case: Case) -> list[CaseEvent]:
        """Return what happened to the case, oldest first."""
        await self.flush()
        return await case_rows.history(self.transaction, case.id)

    def file(self, case: Case, event: CaseEvent) -> None:
        """Put a new case into the register."""
        self._cases[case.number] = self._filed[case.number] = case
        if case.conversation_id is not None:
            self._of.setdefault(case.conversation_id, []).insert(0, case.number)
        self._events.append(event)

    def save(self, case: Case, *happened: CaseEvent) -> None:
        """Put a changed case in the place of its older self, with what happened to it."""
        self._cases[case.number] = case
        if case.number in self._filed:
            self._filed[case.number] = case
        else:
            self._changed.add(case.number)
        self._events.extend(happened)

    async def learn(self, correction: Correction) -> None:
        """Keep what an officer corrected for the reader to learn from."""
        await self.flush()
        await corrections.put(self.transaction, correction)

    async def unlearn(self, case: Case) -> None:
        """Forget what officers corrected of a case."""
        await corrections.erase(self.transaction, [case.id])

    def say(self, conversation_id: int | None, say: Say, key: str, *, not_before: datetime | None = None) -> None:
        """Write to the outbox. A citizen whose data was erased is not spoken to any more."""
        if conversation_id is not None:
            self._pending.append(Pending(conversation_id, say, key, not_before or self.now))

    async def say_to(self, agency: str, say: Say, key: str, *, not_before: datetime | None = None) -> int:
        """Write to every seat of an agency. Returns how many there are."""
        seats = (await officers.of_agencies(self.transaction, [agency]))[agency]
        for seat in seats:
            self.say(seat.conversation_id, say, f"{key}:{seat.id}", not_before=not_before)
        return len(seats)

    def guided(self, guided: CountGuidance) -> None:
        """Count a complaint or denunciation that was guided."""
        self._guided.append(guided)

    async def erase(self, conversation_id: int) -> list[Case]:
        """Erase a citizen's part of everything. Returns the cases, unlinked and emptied."""
        await self.flush()
        self._pending = [row for row in self._pending if row.conversation_id != conversation_id]
        await conversations.erase_messages(self.transaction, conversation_id)
        emptied = await case_rows.erase(self.transaction, conversation_id)
        # A note to officers that waits for the morning repeats what was written.
        await outbox.withdraw(self.transaction, [case.number for case in emptied])
        await conversations.erase_shown(self.transaction, [case.number for case in emptied])
        self._of.pop(conversation_id, None)
        self._cases |= {case.number: replace(case, conversation_id=None) for case in emptied}
        return emptied

    async def flush(self) -> None:
        """Write everything told so far."""
        filed, self._filed = list(self._filed.values()), {}
        changed, self._changed = [self._cases[number] for number in sorted(self._changed)], set()
        happened, self._events = self._events, []
        pending, self._pending = self._pending, []
        guided, self._guided = self._guided, []
        await case_rows.file(self.transaction, filed)
        await case_rows.save(self.transaction, changed)
        await case_rows.record(self.transaction, happened)
        await case_rows.count_guidance(self.transaction, guided, self.now)
        await outbox.put(self.transaction, pending, self.now)
