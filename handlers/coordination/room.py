"""What a step of coordination works with. A coordinator's holds no way to a case: there is nothing to forget to check.

The modules of this package may not import what reads cases, conversations or citizens' words (`pyproject.toml` says so,
the tests look); what they count comes from `storage.figures` and its like, whose queries name no such column.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.conversation import Awaiting, Conversation, Step
from domain.messages import Button, Choice, Say
from domain.roles import Role
from domain.rulesets import Ruleset
from handlers.desk import Desk
from storage.database import Transaction
from storage.officers import Officer

HOME = (Button("k:situation", "k_home"),)


class WallError(Exception):
    """A coordinator's step asked for what that role never holds: a fault of ours."""


@dataclass(frozen=True, slots=True)
class Room:
    """A seat in coordination: a coordinator's, or that of an agency's lead."""

    _desk: Desk

    @property
    def seat(self) -> Officer:
        """The seat that acts."""
        return self._desk.officer

    @property
    def agency(self) -> str:
        """The agency it acts for."""
        return self._desk.officer.agency

    @property
    def coordinates(self) -> bool:
        """Whether it is the coordinating office's, to which no case exists."""
        return self.seat.role is Role.COORDINATOR or self.agency == self.rules.coordinator

    @property
    def actor(self) -> str:
        """Who a history says it was."""
        return self._desk.actor

    @property
    def rules(self) -> Ruleset:
        """The rules in force."""
        return self._desk.rules

    @property
    def now(self) -> datetime:
        """The moment of the message."""
        return self._desk.unit.now

    @property
    def transaction(self) -> Transaction:
        """For the storage of coordination: programmes, exchanges, matters, warnings, notices, reports, figures."""
        return self._desk.unit.transaction

    @property
    def conversation(self) -> Conversation:
        """The chat's state."""
        return self._desk.conversation

    @property
    def key(self) -> str:
        """Names the message, for what is written once."""
        return self._desk.key

    @property
    def desk(self) -> Desk:
        """The agency's own desk, for its lead. Raises WallError for a coordinator."""
        if self.coordinates:
            raise WallError("a coordinator has no desk")
        return self._desk

    def says(self, *says: Say, awaiting: Awaiting | None = None) -> Step:
        """Return a step that says something and waits for what is given, or for nothing.

        What is awaited is named as its command's verb is, with ``k:`` before it.
        """
        return Step(replace(self.conversation, awaiting=awaiting), says)

    def replies(self, say: Say, pressed: Choice | None = None) -> Step:
        """Return a step that says something in the place of what was pressed."""
        on = pressed.on if pressed else self._desk.pressed
        return self.says(replace(say, replaces=on))

    async def tell(self, agency: str, say: Say, *, lead: bool = True, key: str = "") -> int:
        """Tell an agency's leads, by day; returns how many there are. ``key`` tells two such messages apart."""
        when = self.rules.calendar.after_quiet(self.now)
        name = f"{self.key}:{agency}:{say.key}{key and f':{key}'}"
        return await self._desk.unit.say_to(agency, say, name, not_before=when, lead=lead)
