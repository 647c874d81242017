"""What an officer's step works with, and whom it may touch: an officer sees and moves only the own agency's cases.

For all others there is "no such case", whatever the reason. Restricted cases exist for inspectors alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from domain.cases import Case, Task
from domain.casework import news_due
from domain.conversation import Awaiting, Conversation, Step
from domain.messages import Button, Photo, Say
from domain.numbers import find_case_number
from domain.roles import Role
from domain.rulesets import Ruleset
from domain.transitions import TaskRole
from storage.officers import Officer
from storage.unit import Unit

HOME = (Button("o:queue", "o_queue"),)


@dataclass(frozen=True, slots=True)
class Desk:
    """A seat, the message it acts by, and the register."""

    unit: Unit
    officer: Officer
    conversation: Conversation
    rules: Ruleset
    #: Names the message, for the outbox.
    key: str
    #: Pictures sent with it.
    photos: tuple[Photo, ...] = ()
    #: The message a button was pressed on, which the next state of its card replaces.
    pressed: str | None = None

    @property
    def actor(self) -> str:
        """Who the history says it was."""
        return f"officer:{self.officer.id}"

    @property
    def inspects(self) -> bool:
        """Whether restricted cases exist for the officer."""
        return self.officer.role is Role.INSPECTOR

    def says(self, *says: Say, awaiting: Awaiting | None = None) -> Step:
        """Return a step that says something and waits for what is given, or for nothing."""
        return Step(replace(self.conversation, awaiting=awaiting), says)

    def was_partner(self, case: Case) -> bool:
        """Say whether the officer's agency was called in to the case, and is done with it."""
        return not case.restricted and any(
            task.agency == self.officer.agency and task.role is TaskRole.PARTNER for task in case.tasks
        )

    def no_case(self) -> Step:
        """Say that there is no such case, whatever the reason."""
        return self.says(Say("officer_no_case", {}, HOME))

    def not_now(self, case: Case, *buttons: Button) -> Step:
        """Say that the case is not in a status in which this can be done."""
        return self.says(Say("not_now", {"number": case.number, "status": str(case.status)}, (*buttons, *HOME)))

    def sees(self, case: Case) -> bool:
        """Say whether the case exists for the officer: the agency's own, or one it was called in to."""
        if case.restricted:
            return self.inspects and case.agency == self.officer.agency
        return case.task_of(self.officer.agency) is not None

    async def find(self, typed: str, *, arbiter: bool = False) -> tuple[Case, str] | None:
        """Return the case named first in what was typed, with what follows; None when it does not exist for them.

        ``arbiter``: for the desk every case exists that is not restricted.
        """
        case = await self.named(typed)
        if case is None:
            return None
        arbitrates = arbiter and self.officer.agency == self.rules.desk and not case.restricted
        return (case, after_number(typed)) if arbitrates or self.sees(case) else None

    async def named(self, typed: str) -> Case | None:
        """Return the case named first, whoever's it is: only to look at what else it is tied to."""
        number = find_case_number(typed, self.rules.prefix, self.unit.now.year)
        return await self.unit.case(number) if number else None

    async def find_own(self, typed: str) -> tuple[Case, str] | None:
        """Return the case named first, with what follows, where the officer's agency is its lead."""
        found = await self.find(typed)
        return found if found and found[0].agency == self.officer.agency else None

    async def again(self, case: Case) -> Case:
        """Return a case as it is by now."""
        return await self.unit.case(case.number) or case

    def task(self, case: Case) -> Task:
        """Return what the officer's agency has to do with a case it sees."""
        return case.task_of(self.officer.agency) or case.lead

    async def leads(self, case: Case | None = None) -> bool:
        """Say whether the officer decides for the agency: its lead, or anybody where no lead is appointed.

        Restricted cases no lead sees: there the inspectors decide.
        """
        if case and case.restricted:
            return self.inspects
        seats = await self.unit.seats(self.officer.agency)
        return self.officer.role is Role.LEAD or not any(seat.role is Role.LEAD for seat in seats)

    async def tell_citizens(
        self, case: Case, text: str, values: Mapping[str, object], *, buttons: tuple[Button, ...] | None = None,
        followers: bool = False,
    ) -> None:  # fmt: skip
        """Tell the case's citizen, and with ``followers`` those whose cases were merged into it: each person once.

        The buttons' ids end with the case's number; each person gets those of the own case.
        """
        told = {case.conversation_id}
        when = news_due(self.rules, case, self.unit.now)
        for own in (case, *(await self.unit.followers(case) if followers else ())):
            if own is not case and own.conversation_id in told:
                continue
            told.add(own.conversation_id)
            mine = buttons if buttons is not None else (Button(f"case:{case.number}", "follow"),)
            mine = tuple(replace(button, id=button.id.replace(case.number, own.number)) for button in mine)
            say = Say(text, {"number": own.number, **values}, mine)
            self.unit.say(own.conversation_id, say, f"{self.key}:{own.number}:{text}", not_before=when)

    async def tell(self, agency: str, say: Say, case: Case, *, lead: bool = False, officer: int | None = None) -> int:
        """Tell an agency's seats about a case. Returns how many there are."""
        key = f"{self.key}:{case.number}:{say.key}:{agency}"
        when = news_due(self.rules, case, self.unit.now)
        return await self.unit.say_to(
            agency, say, key, not_before=when, restricted=case.restricted, lead=lead, officer=officer
        )


def after_number(typed: str) -> str:
    """Return what follows a case number, which is typed with and without spaces."""
    words, digits = typed.split(), 0
    for n, word in enumerate(words):
        digits += sum(c.isdigit() for c in word)
        if digits >= 7:  # noqa: PLR2004 - the digits of the shortest spelling, without the year
            return typed.split(None, n + 1)[n + 1] if len(words) > n + 1 else ""
    return ""


def open_button(case: Case) -> tuple[Button, ...]:
    """Return the button that opens a case."""
    return (Button(f"o:view:{case.number}", "o_view"),)
