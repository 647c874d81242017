"""The scoreboard of a simulated quarter: what the register says of each habit, and the report around it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median

from bench.quarter.citizens import Citizen
from bench.quarter.officers import HABITS, Office
from bench.quarter.recount import rows, seconds
from bench.quarter.world import World


@dataclass
class Line:
    """What agencies of one habit did."""

    agencies: int = 0
    received: int = 0
    answered: int = 0
    on_time: int = 0
    on_time_as_promised: int = 0
    #: Working hours until each task was taken.
    waits: list[float] = field(default_factory=list)
    passed_on: int = 0
    second_refusals: int = 0
    reopened: int = 0
    unconfirmed: int = 0
    merged: int = 0
    #: Answers that were refused as none.
    refused: int = 0


_HEAD = (
    "habit", "agencies", "received", "answered", "on time", "on time without extension", "median hours to take",
    "handed on", "second refusals", "reopened", "unconfirmed", "merged", "answers refused",
)  # fmt: skip
#: The habit of agencies outside the simulated communes, whose names people's words were taken for.
_NOBODY = "nobody there"
#: Events of an agency by the column they are counted in.
_EVENTS = {"disputed": "reopened", "closed_unconfirmed": "unconfirmed", "merged": "merged"}
_HAPPENED = """SELECT agency, kind, actor FROM events
    WHERE kind IN ('disputed', 'closed_unconfirmed', 'merged', 'referred', 'sent_to_desk')"""
_TASKS = """SELECT agency, {opened_at}, {accepted_at}, status, ended_at <= due_at, ended_at <= promised_at
    FROM tasks WHERE role = 'lead'"""
_STOOD = "SELECT COALESCE(outcome, status), COUNT(*) FROM cases GROUP BY COALESCE(outcome, status)"


async def table(world: World, offices: Iterable[Office]) -> str:
    """Return the figures by habit as Markdown."""
    lines: dict[str, Line] = defaultdict(Line)
    habits = {office.agency: office.habit.name for office in offices}
    for office in offices:
        line = lines[office.habit.name]
        line.agencies += 1
        line.refused += sum(seat.refused for seat in office.seats)
    async with world.database.read() as transaction:
        at = {name: seconds(name, transaction.dialect.name) for name in ("opened_at", "accepted_at")}
        for agency, opened, accepted, status, on_time, as_promised in await rows(transaction, _TASKS.format(**at)):
            line = lines[habits.get(agency, _NOBODY)]
            line.received += 1
            line.answered += status == "done"
            line.on_time += status == "done" and on_time
            line.on_time_as_promised += status == "done" and as_promised
            if accepted is not None:
                line.waits.append(_working_hours(world, opened, accepted))
        for agency, kind, actor in await rows(transaction, _HAPPENED):
            line = lines[habits.get(agency, _NOBODY)]
            if kind in ("referred", "sent_to_desk"):
                line.passed_on += actor != "rules"
                line.second_refusals += kind == "sent_to_desk" and actor != "rules"
            else:
                setattr(line, _EVENTS[kind], getattr(line, _EVENTS[kind]) + 1)
    body = [_row(name, lines[name]) for name in (*HABITS, _NOBODY) if name in lines]
    return "\n".join([f"| {' | '.join(_HEAD)} |", f"|{'---|' * len(_HEAD)}", *body])


def _working_hours(world: World, opened: int, accepted: int) -> float:
    begins, ends = (datetime.fromtimestamp(moment, UTC) for moment in (opened, accepted))
    return world.rules.calendar.working_time(begins, ends) / timedelta(hours=1)


def _row(name: str, line: Line) -> str:
    on_time, as_promised = (
        f"{100 * count / line.answered:.0f} %" if line.answered else "–"
        for count in (line.on_time, line.on_time_as_promised)
    )
    figures = (
        line.agencies, line.received, line.answered, on_time, as_promised,
        f"{median(line.waits):.1f}" if line.waits else "–", line.passed_on, line.second_refusals, line.reopened,
        line.unconfirmed, line.merged, line.refused,
    )  # fmt: skip
    return f"| {name} | {' | '.join(map(str, figures))} |"


async def balance(world: World) -> str:
    """Return how the cases of the quarter stand: received = open + answered + closed by outcome."""
    async with world.database.read() as transaction:
        stood = {name: int(count) for name, count in await rows(transaction, _STOOD)}
    parts = [f"{count} {name}" for name, count in sorted(stood.items(), key=lambda one: -one[1])]
    return f"{sum(stood.values())} = {' + '.join(parts)}"


def report(
    world: World,
    figures: str,
    stood: str,
    broken: Mapping[str, int],
    differences: Mapping[str, tuple[int, int]],
    minutes: float,
) -> str:
    """Return everything that was found, as Markdown."""
    people = sum(isinstance(one, Citizen) for one in world.people.values())
    size = f"{len(world.problems):,} cases of {people:,} people; {world.posted:,} messages in, {len(world.sent):,} out"
    return "\n".join(
        (
            f"{size}; {minutes:.1f} minutes.",
            "",
            "## By habit of the agency",
            "",
            figures,
            "",
            f"Balance: {stood}.",
            "",
            "## What must be true",
            "",
            "| broken | how often |",
            "|---|---|",
            *(f"| {name} | {count} |" for name, count in broken.items()),
            "",
            "## Counted a second time, from the raw events",
            "",
            "| counted | keys | differ |",
            "|---|---|---|",
            *(f"| {name} | {keys} | {differ} |" for name, (keys, differ) in differences.items()),
        )
    )


def document(text: str, command: str, about: str) -> str:
    """Return docs/quarter.md."""
    return (
        "# A quarter, simulated\n\n"
        f"Made by `{command} --write` ({about}).\n\n"
        "Invented people with habits go through the real handlers from 1 July to 30 September 2026, a quarter with a\n"
        "make-up day (22 August) and a holiday (31 August to 2 September): everything people do comes in through the\n"
        "inbox, everything they hear went out through the outbox, ticks run at every step of the clock, by day and\n"
        "night. Half-way an agency of the province and one of a commune are dissolved, later a clock is shortened, at\n"
        "last leads approve answers. Texts are read in a hurry, without the deep reader. The habits stand in\n"
        "`bench/quarter/officers.py`; what they are is invented, that the register shows them is measured.\n\n"
        f"{text}\n"
    )
