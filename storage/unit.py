"""The unit of work: all that a batch of messages reads and writes, in one transaction with few statements.

Handlers read cases through it and tell it what happened; it writes everything at the end, in bulk. Two messages of one
batch about one case see each other's changes, because both get the case from here.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from domain.cases import Case, CaseEvent
from domain.casework import as_followed
from domain.conversation import CountGuidance
from domain.messages import Say
from storage import cases as case_rows
from storage import conversations, corrections, officers, outbox
from storage.cases import Wanted
from storage.corrections import Correction
from storage.database import Transaction
from storage.officers import Head, Officer, recipients
from storage.outbox import Pending


class Unit:
    """One batch's view of the register."""

    def __init__(self, transaction: Transaction, now: datetime) -> None:
        self.transaction = transaction
        self.now = now
        self._cases: dict[str, Case] = {}
        self._of: dict[int, list[str]] = {}
        self._officers: dict[int, Officer] = {}
        self._heads: dict[int, Head] = {}
        self._seats: dict[str, list[Officer]] = {}
        self._theirs: dict[str, list[str]] = {}
        self._filed: dict[str, Case] = {}
        self._changed: set[str] = set()
        self._events: list[CaseEvent] = []
        self._pending: list[Pending] = []
        self._guided: list[CountGuidance] = []

    async def open(self, conversation_ids: Collection[int]) -> None:
        """Read what deciding in these conversations needs: their officers and their citizens' cases."""
        self._officers = await officers.at(self.transaction, conversation_ids)
        citizens = [of for of in conversation_ids if of not in self._officers]
        if not citizens:
            return
        self._heads = await officers.heads_at(self.transaction, citizens)
        for of, own in (await case_rows.of_citizens(self.transaction, citizens, self.now)).items():
            self._of[of] = [case.number for case in own]
            self._cases |= {case.number: case for case in own if case.number not in self._cases}
        merged = {case.merged_into for case in self._cases.values() if case.merged_into} - set(self._cases)
        for into in await case_rows.by_numbers(self.transaction, merged) if merged else ():
            self._cases[into.number] = into

    def officer(self, conversation_id: int) -> Officer | None:
        """Return the officer who works in the conversation."""
        return self._officers.get(conversation_id)

    def head(self, conversation_id: int) -> Head | None:
        """Return the village head whose conversation it is."""
        return self._heads.get(conversation_id)

    async def bind(self, conversation_id: int, code: str) -> Officer | Head | None:
        """Give the conversation the role the code is for; None when the code is not good."""
        bound = await officers.bind(self.transaction, conversation_id, code, self.now)
        match bound:
            case Officer():
                self._officers[conversation_id] = bound
                self._seats.pop(bound.agency, None)
            case Head():
                self._heads[conversation_id] = bound
        return bound

    async def leave(self, seat: Officer) -> None:
        """Take a seat from its conversation."""
        await officers.leave(self.transaction, seat.conversation_id)
        self._officers.pop(seat.conversation_id, None)
        self._seats.pop(seat.agency, None)

    async def save_seat(self, seat: Officer) -> None:
        """Write a seat's leave and substitute."""
        await officers.save(self.transaction, seat)
        self._officers[seat.conversation_id] = seat
        self._seats.pop(seat.agency, None)

    async def seats(self, agency: str) -> list[Officer]:
        """Return the seats of an agency."""
        if agency not in self._seats:
            self._seats |= await officers.of_agencies(self.transaction, [agency])
        return self._seats[agency]

    def cases_of(self, conversation_id: int) -> list[Case]:
        """Return the citizen's open and lately ended cases, latest first."""
        own = [self._cases[number] for number in self._of.get(conversation_id, [])]
        return [
            as_followed(case, self._cases[case.merged_into]) if case.merged_into in self._cases else case
            for case in own
        ]

    async def goes_on_in(self, case: Case) -> Case:
        """Return the case this one was merged into; itself when it was not."""
        return (await self.case(case.merged_into) if case.merged_into else None) or case

    def hand_to(self, case: Case, conversation_id: int) -> None:
        """Let a case belong to another conversation from here on."""
        for numbers in self._of.values():
            if case.number in numbers:
                numbers.remove(case.number)
        self._of.setdefault(conversation_id, []).insert(0, case.number)

    async def case(self, number: str) -> Case | None:
        """Return a case by its number."""
        if number not in self._cases:
            found = await case_rows.by_number(self.transaction, number)
            if found is None:
                return None
            self._cases[number] = found
        return self._cases[number]

    async def queue(self, wanted: Wanted, limit: int, offset: int) -> tuple[list[Case], int]:
        """Return a page of the cases an agency has an open task with, and how many there are."""
        await self.flush()
        page, count = await case_rows.queue(self.transaction, wanted, limit, offset)
        return self.taken(page), count

    async def followers(self, case: Case) -> list[Case]:
        """Return the cases that were merged into this one."""
        if case.number in self._theirs:
            return [self._cases[number] for number in self._theirs[case.number]]
        await self.flush()
        return self.taken(await case_rows.merged_into(self.transaction, [case.number]))

    async def load_followers(self, cases: Sequence[Case]) -> None:
        """Read who follows these cases, all at once, for a unit that merges and splits none."""
        found = self.taken(await case_rows.merged_into(self.transaction, [case.number for case in cases]))
        self._theirs |= {case.number: [] for case in cases}
        for follower in found:
            self._theirs[follower.merged_into or ""].append(follower.number)

    def taken(self, found: list[Case]) -> list[Case]:
        """Return cases that were just read as this unit knows them."""
        self._cases |= {case.number: case for case in found if case.number not in self._cases}
        return [self._cases[case.number] for case in found]

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

    async def unsay(self, case: Case, of: int | None = None) -> None:
        """Take back what was to be said of a case and is not said yet: to officers, or ``of`` one conversation."""
        await self.flush()
        await outbox.withdraw(self.transaction, [case.number], but=None if of else case.conversation_id, of=of)

    async def unshow(self, case: Case) -> None:
        """Take what web chats were shown of a case away, but from its citizen."""
        await conversations.erase_shown(self.transaction, [case.number], but=case.conversation_id)

    def say(self, conversation_id: int | None, say: Say, key: str, *, not_before: datetime | None = None) -> None:
        """Write to the outbox. A citizen whose data was erased is not spoken to any more."""
        if conversation_id is not None:
            self._pending.append(Pending(conversation_id, say, key, not_before or self.now))

    async def say_to(
        self,
        agency: str,
        say: Say,
        key: str,
        *,
        not_before: datetime | None = None,
        restricted: bool = False,
        lead: bool = False,
        officer: int | None = None,
    ) -> int:
        """Write to the seats of an agency that are to hear it (see ``recipients``). Returns how many there are."""
        seats = recipients(await self.seats(agency), self.now, restricted=restricted, lead=lead, officer=officer)
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
        for number in self._of.get(conversation_id, []):
            # What was filed for somebody else stays that one's, who takes it over by its code.
            if (filed := self._cases[number]).on_behalf:
                self._cases[number] = replace(filed, conversation_id=None)
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
