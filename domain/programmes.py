"""Coordination programmes: what bodies signed to do together, what was done of it, and how each content stands.

Rows say what was agreed and planned; everything that happened since is an event. How a programme, a content or an
activity stands is worked out from both and the day, never stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from domain.clocks import Calendar
from domain.rulesets import read_rules


class Happened(StrEnum):
    """What happened to a programme."""

    #: Its text is settled: the bodies may sign.
    PROPOSED = "proposed"
    #: A body signed the programme, or a content of its yearly list.
    SIGNED = "signed"
    CONTENT_SIGNED = "content_signed"
    #: A body did its part of an activity; the note is the evidence.
    DONE = "done"
    #: An activity was moved to another day, or given up, with a reason.
    PUT_OFF = "put_off"
    DROPPED = "dropped"
    #: The programme goes on until another day, or is over before its last.
    RENEWED = "renewed"
    ENDED = "ended"


class ProgrammeStatus(StrEnum):
    """Where a programme stands."""

    DRAFT = "draft"
    #: Some bodies have not signed yet.
    SIGNING = "signing"
    IN_FORCE = "in_force"
    ENDED = "ended"


class PlanState(StrEnum):
    """How a content or an activity stands."""

    NOT_BEGUN = "not_begun"
    ON_THE_WAY = "on_the_way"
    #: An activity is near.
    DUE = "due"
    LATE = "late"
    DONE = "done"
    #: An activity was given up.
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class ProgrammeEvent:
    """A row of a programme's history: append only."""

    kind: Happened
    #: When it was written down.
    at: datetime
    #: "officer:<id>" or "import".
    actor: str
    #: Whose deed it is.
    agency: str
    #: Numbers of the content and the activity it is about.
    content: int | None = None
    activity: int | None = None
    #: The day it happened; of what was put off or renewed the new day.
    day: date | None = None
    #: Evidence or reason, in their words.
    note: str = ""


@dataclass(frozen=True, slots=True)
class Activity:
    """Something planned for a day."""

    #: 1, 2, … within its content.
    n: int
    title: str
    #: As first planned.
    day: date
    #: Agency ids that do it.
    bodies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """A row of the yearly list of contents."""

    #: 1, 2, … within its programme, through all years: "CT3.2".
    n: int
    year: int
    title: str
    #: Agency ids: who leads it, and who is reminded of it.
    lead: str
    focal: str
    activities: tuple[Activity, ...] = ()

    def activity(self, n: int) -> Activity | None:
        """Return an activity by its number."""
        return next((one for one in self.activities if one.n == n), None)


@dataclass(frozen=True, slots=True)
class Why:
    """How something stands, and what makes it so."""

    standing: PlanState
    #: The activity that decides it, with its day as it is now, and who has not done it.
    activity: Activity | None = None
    day: date | None = None
    missing: tuple[str, ...] = ()
    #: Activities that are done, of how many.
    done: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme with all that happened to it."""

    id: int
    #: Names it across databases, for import and export.
    key: str
    title: str
    #: First and last day as signed; None while it is a draft.
    first: date | None
    last: date | None
    #: Agency ids of those who sign, the coordinating office among them.
    bodies: tuple[str, ...]
    contents: tuple[Content, ...] = ()
    #: Oldest first.
    events: tuple[ProgrammeEvent, ...] = field(default=())

    @property
    def until(self) -> date | None:
        """Its last day by now."""
        return next((event.day for event in reversed(self.events) if event.kind is Happened.RENEWED), self.last)

    def content(self, n: int) -> Content | None:
        """Return a content by its number."""
        return next((one for one in self.contents if one.n == n), None)

    def signed(self, content: int | None = None) -> dict[str, ProgrammeEvent]:
        """Return who signed the programme, or a content of it, and when."""
        kind = Happened.SIGNED if content is None else Happened.CONTENT_SIGNED
        found: dict[str, ProgrammeEvent] = {}
        for event in self.events:
            if event.kind is kind and event.content == content:
                found.setdefault(event.agency, event)
        return found

    def unsigned(self, content: int | None = None) -> tuple[str, ...]:
        """Return who has not signed the programme, or a content of it."""
        signed = self.signed(content)
        return tuple(body for body in self.bodies if body not in signed)

    def signed_on(self, content: int | None = None) -> date | None:
        """Return the day on which the last body signed; None while one is missing."""
        days = [event.day for event in self.signed(content).values() if event.agency in self.bodies and event.day]
        return max(days) if len(days) == len(self.bodies) else None

    def status(self, today: date) -> ProgrammeStatus:
        """Return where it stands on a day."""
        kinds = {event.kind for event in self.events}
        if Happened.PROPOSED not in kinds:
            return ProgrammeStatus.DRAFT
        if Happened.ENDED in kinds or (self.until and self.until < today):
            return ProgrammeStatus.ENDED
        return ProgrammeStatus.SIGNING if self.unsigned() else ProgrammeStatus.IN_FORCE

    def day_of(self, content: Content, activity: Activity) -> date:
        """Return the day an activity is planned for by now."""
        moved = (event.day for event in reversed(self._of(content, activity)) if event.kind is Happened.PUT_OFF)
        return next(moved, None) or activity.day

    def done_by(self, content: Content, activity: Activity) -> dict[str, ProgrammeEvent]:
        """Return which bodies did their part of an activity, and the evidence."""
        return {event.agency: event for event in reversed(self._of(content, activity)) if event.kind is Happened.DONE}

    def missing(self, content: Content, activity: Activity) -> tuple[str, ...]:
        """Return which bodies have not done their part yet."""
        done = self.done_by(content, activity)
        return tuple(body for body in activity.bodies if body not in done)

    def of_activity(self, content: Content, activity: Activity, today: date, rules: "ProgrammeRules") -> PlanState:
        """Return how an activity stands on a day."""
        if any(event.kind is Happened.DROPPED for event in self._of(content, activity)):
            return PlanState.DROPPED
        if not self.missing(content, activity):
            return PlanState.DONE
        left = (self.day_of(content, activity) - today).days
        if left < 0:
            return PlanState.LATE
        if left <= rules.soon_days:
            return PlanState.DUE
        return PlanState.ON_THE_WAY if self.done_by(content, activity) else PlanState.NOT_BEGUN

    def of_content(self, content: Content, today: date, rules: "ProgrammeRules") -> Why:
        """Return how a content stands on a day, and why.

        Late when an activity is late, or its year is over and nothing was done; done when all that was planned is done
        and something was; due when an activity is near; on the way when something was done and something is left.
        """
        stand = {one: self.of_activity(content, one, today, rules) for one in content.activities}
        planned = [one for one in content.activities if stand[one] is not PlanState.DROPPED]
        done = sum(stand[one] is PlanState.DONE for one in planned)
        for standing in (PlanState.LATE, PlanState.DUE, PlanState.ON_THE_WAY, PlanState.NOT_BEGUN):
            first = min(
                (one for one in planned if stand[one] is standing),
                key=lambda one: self.day_of(content, one),
                default=None,
            )
            if first:
                going_on = standing is PlanState.NOT_BEGUN and done
                return Why(
                    PlanState.ON_THE_WAY if going_on else standing,
                    first,
                    self.day_of(content, first),
                    self.missing(content, first),
                    done,
                    len(planned),
                )
        if done:
            return Why(PlanState.DONE, done=done, of=len(planned))
        return Why(PlanState.LATE if content.year < today.year else PlanState.NOT_BEGUN)

    def _of(self, content: Content, activity: Activity) -> list[ProgrammeEvent]:
        return [one for one in self.events if one.content == content.n and one.activity == activity.n]


@dataclass(frozen=True, slots=True)
class ProgrammeRules:
    """When people are reminded of what was planned: ``[programmes]`` of ``rules/coordination.toml``."""

    #: Working days ahead of a planned day, farthest first.
    ahead: tuple[int, ...]
    #: Working days between reminders of what is late.
    late_every: int
    #: An activity is near from so many days before.
    soon_days: int

    @classmethod
    def parse(cls, rows: Mapping[str, Any]) -> "ProgrammeRules":
        """Read the table."""
        return cls(tuple(sorted(rows["ahead"], reverse=True)), rows["late_every"], rows["soon_days"])


def programme_rules() -> ProgrammeRules:
    """Return when people are reminded."""
    return ProgrammeRules.parse(read_rules("coordination")["programmes"])


def next_reminder(day: date, now: datetime, calendar: Calendar, *, ahead: tuple[int, ...], late_every: int) -> datetime:
    """Return the first moment after ``now`` at which what is due on a day is to be reminded of.

    In the morning: so many working days ahead, on the working day after it, and again every ``late_every`` of them.
    """
    closes = calendar.at_closing(datetime.combine(day, calendar.hours[-1][1], calendar.zone))
    moments = [calendar.at_opening(calendar.add_working_days(closes, -days)) for days in ahead]
    moments.append(calendar.at_opening(calendar.add_working_days(closes, 1)))
    for moment in moments:
        if moment > now:
            return moment.astimezone(now.tzinfo)
    return calendar.at_opening(calendar.add_working_days(now, late_every))


def inherited(programme: Programme, heirs: Mapping[str, str]) -> Programme:
    """Return the programme with agencies that are no more replaced by who goes on for them, signatures and all."""

    def heir(agency: str) -> str:
        return heirs.get(agency, agency)

    def unique(agencies: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(heir(one) for one in agencies))

    if not heirs:
        return programme
    return replace(
        programme,
        bodies=unique(programme.bodies),
        events=tuple(replace(event, agency=heir(event.agency)) for event in programme.events),
        contents=tuple(
            replace(
                content,
                lead=heir(content.lead),
                focal=heir(content.focal),
                activities=tuple(replace(one, bodies=unique(one.bodies)) for one in content.activities),
            )
            for content in programme.contents
        ),
    )


@dataclass(frozen=True, slots=True)
class Signatures:
    """What was signed in a period."""

    programmes: int
    contents: int


def signed_between(programmes: list[Programme], start: date, end: date) -> Signatures:
    """Count programmes and contents that the last of their bodies signed from ``start`` to the day before ``end``."""
    days = [programme.signed_on() for programme in programmes]
    of_contents = [programme.signed_on(content.n) for programme in programmes for content in programme.contents]
    return Signatures(*(sum(day is not None and start <= day < end for day in of) for of in (days, of_contents)))
