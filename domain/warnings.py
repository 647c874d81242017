"""Early warnings: what a place or an agency is warned of, what becomes of it, and how it is shown."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from math import floor, log10
from typing import Protocol

from domain.clocks import Calendar
from domain.usual import Cell, Ground, usual_rules
from domain.wall import LEAST

#: Chance is said in powers of ten, down to here.
_RAREST = 9


class WarningKind(StrEnum):
    """What a warning is about."""

    #: More people than chance explains in a commune.
    RISE = "rise"
    #: The same in neighbouring communes.
    SPREAD = "spread"
    #: An agency that takes or does nothing.
    SILENT = "silent"


class WarningStatus(StrEnum):
    """Where a warning stands."""

    RAISED = "raised"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    #: It became quiet by itself.
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Figures:
    """What a warning rests on. Counts here are exact: what is shown of them goes through ``Told``."""

    #: Different people of the longest window, in the whole area.
    people: int
    #: So many would be usual.
    expected: float
    #: Probability that chance brings so many or more.
    chance: float
    #: So many looks were taken that morning.
    looks: int = 0
    #: Why it may be nothing: labels of ``doubt``. Of a silent agency which silence it is: untaken, idle.
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Warned:
    """Something to be warned of."""

    kind: WarningKind
    figures: Figures
    #: Communes: the one that stands out most, then the others it reaches to.
    area: tuple[str, ...] = ()
    topic: str = ""
    agency: str = ""

    @property
    def commune(self) -> str:
        """Return the commune that stands out most."""
        return self.area[0] if self.area else ""


class Placed(Protocol):
    """What is of a topic, in an area."""

    @property
    def topic(self) -> str:
        """The topic's slug."""

    @property
    def area(self) -> tuple[str, ...]:
        """Codes of its communes."""


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """A warning that was raised, and what became of it."""

    id: int
    warned: Warned
    #: The last whole day when it was raised, and the last one on which it stood out.
    first_day: date
    last_day: date
    status: WarningStatus = WarningStatus.RAISED
    decided_at: datetime | None = None
    #: Who decided, and why: "officer:7".
    decided_by: str = ""
    reason: str = ""
    #: The matter it became.
    matter: int | None = None


def touches(one: Placed, other: Placed, ground: Ground) -> bool:
    """Say whether two are of one topic and have communes in common; of communes alone, whether they are neighbours."""
    if one.topic != other.topic:
        return False
    return not (_reach(one, ground).isdisjoint(other.area) and _reach(other, ground).isdisjoint(one.area))


def _reach(one: Placed, ground: Ground) -> set[str]:
    """Return the communes of an area; of a commune alone its neighbours too."""
    return (
        set(one.area)
        if len(one.area) > 1
        else {near for own in one.area for near in (own, *ground.neighbours.get(own, ()))}
    )


def still_stands(figures: Figures) -> bool:
    """Say whether what was warned of goes on."""
    least, chance = usual_rules()["rise"]["least"], usual_rules()["still"]["chance"]
    return bool(figures.people >= least and figures.chance <= chance)


def go_on(known: EarlyWarning, found: Sequence[Warned], standing: Figures, day: date, ground: Ground) -> EarlyWarning:
    """Return a raised or confirmed warning as it is a day later.

    ``found`` is what stands out on the day, ``standing`` what there is in the warning's own area. One that stays quiet
    for some days lapses; one that was confirmed is over then, and goes on as a matter.
    """
    quiet = is_quiet(known, day)
    if known.status is WarningStatus.CONFIRMED and quiet:
        return known
    if more := next((one for one in found if touches(one, known.warned, ground)), None):
        # It keeps its commune: that is what it is known by.
        area = tuple(dict.fromkeys((known.warned.commune, *more.area)))
        kind = WarningKind.SPREAD if len(area) > 1 else WarningKind.RISE
        return replace(known, warned=replace(known.warned, kind=kind, figures=more.figures, area=area), last_day=day)
    if still_stands(standing):
        return replace(known, warned=replace(known.warned, figures=standing), last_day=day)
    return replace(known, status=WarningStatus.LAPSED) if quiet else known


def is_quiet(known: EarlyWarning, day: date) -> bool:
    """Say whether a warning has not stood out for so many days that it is over."""
    return (day - known.last_day).days >= int(usual_rules()["still"]["quiet_days"])


def is_known(found: Warned, known: EarlyWarning, day: date, ground: Ground) -> bool:
    """Say whether what stands out is what was raised already, or what a person dismissed lately as it was then."""
    still = usual_rules()["still"]
    if not touches(found, known.warned, ground):
        return False
    match known.status:
        case WarningStatus.RAISED:
            return True
        case WarningStatus.CONFIRMED:
            return not is_quiet(known, day)
        case WarningStatus.DISMISSED:
            fresh = (day - known.last_day).days < still["dismissed_days"]
            grown = found.figures.people >= still["dismissed_times"] * known.warned.figures.people
            return bool(fresh and not grown)
    return False


def is_known_silent(found: Warned, known: EarlyWarning, day: date) -> bool:
    """Say whether an agency that is found silent was warned of already, or that was dismissed lately as it was then."""
    if known.warned.agency != found.agency:
        return False
    still = usual_rules()["still"]
    fresh = (day - known.last_day).days < still["dismissed_days"]
    grown = found.figures.people >= still["dismissed_times"] * known.warned.figures.people
    decided = known.status in (WarningStatus.CONFIRMED, WarningStatus.DISMISSED)
    return known.status is WarningStatus.RAISED or (decided and fresh and not grown)


def left_out(known: Iterable[EarlyWarning]) -> dict[Cell, list[tuple[int, int]]]:
    """Return by cell the first and last days of confirmed warnings: what happened then was not usual."""
    longest, found = max(usual_rules()["rise"]["windows"]), defaultdict(list)
    for one in known:
        if one.status is WarningStatus.CONFIRMED:
            span = one.first_day.toordinal() - longest + 1, one.last_day.toordinal()
            for commune in one.warned.area:
                found[commune, one.warned.topic].append(span)
    return dict(found)


@dataclass(frozen=True, slots=True)
class Told:
    """Figures as they are shown: counts of people in steps of five, chance in powers of ten."""

    #: At least so many; 0: fewer than five.
    people: int
    #: Usually about so many, to the nearest five; 0: fewer than five.
    usual: int
    #: Chance is below one in ten to the power of this; 0: nothing to speak of.
    rarity: int

    @classmethod
    def of(cls, figures: Figures) -> "Told":
        """Return figures as they may be shown to anybody."""
        rarity = _RAREST if figures.chance <= 0 else min(_RAREST, max(0, floor(-log10(figures.chance))))
        return cls(figures.people // LEAST * LEAST, about(figures.expected), rarity)


def about(people: float) -> int:
    """Return a usual number of people to the nearest five; 0 for fewer than five."""
    return 0 if people < LEAST else round(people / LEAST) * LEAST


def untaken_before(now: datetime, calendar: Calendar) -> datetime:
    """Return before which moment the time to take a case must have run out for the agency to be silent."""
    return calendar.add_working_days(now, -int(usual_rules()["silent"]["offered_days"]))


def idle_since(now: datetime, calendar: Calendar) -> datetime:
    """Return since when an agency must have done nothing to be silent."""
    return calendar.add_working_days(now, -int(usual_rules()["silent"]["open_days"]))


def find_silent(untaken: Mapping[str, int], idle: Mapping[str, int]) -> list[Warned]:
    """Return the agencies that stay silent.

    ``untaken``: people whose cases nobody took for too long; ``idle``: whose cases are with an agency that did nothing.
    """
    silent, found = usual_rules()["silent"], {}
    for agency, people in sorted(untaken.items()):
        if people >= silent["offered"]:
            found[agency] = Figures(people, 0.0, 1.0, doubts=("untaken",))
    for agency, people in sorted(idle.items()):
        if people >= silent["open"]:
            found[agency] = Figures(max(people, untaken.get(agency, 0)), 0.0, 1.0, doubts=("idle",))
    return [Warned(WarningKind.SILENT, figures, agency=agency) for agency, figures in found.items()]
