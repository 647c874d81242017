"""The course of a simulated quarter: day by day people have something to tell, and half-way the rules change."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from bench.quarter.citizens import Citizen, Worries
from bench.quarter.officers import Office, hire
from bench.quarter.world import STEPS, Hurried, World
from domain.limits import Approval, Span
from domain.messages import Address, Text
from domain.roles import Role
from domain.rulesets import Ruleset
from nlp.reader import Reader
from storage import officers
from storage.database import Database

#: The quarter has a make-up day (22 August) and holidays (31 August to 2 September).
FIRST = date(2026, 7, 1)
#: Village heads, one each in so many communes.
_HEADS = 40
_DAYTIME = range(7, 21)


async def simulate(  # noqa: PLR0913 - what it is made of, each by name
    database: Database,
    rules: Ruleset,
    reader: Reader,
    *,
    concerns: int,
    days: int,
    seed: int,
    communes: int = 92,
    steps: tuple[float, float] = STEPS,
) -> tuple[World, list[Office]]:
    """Let a quarter pass. ``steps`` are the minutes of one step of the clock by day and at night."""
    zone = rules.calendar.zone
    begun = datetime(FIRST.year, FIRST.month, FIRST.day, 6, tzinfo=zone)
    world = World(database, rules, Hurried(reader), begun.astimezone(UTC), seed)
    places = list(islice(rules.communes, communes))
    offices = await hire(world, places, days)
    worries = Worries(world, places, concerns, days)
    await _heads(world, worries, places[:_HEADS])
    for day in range(days):
        midnight = begun.replace(hour=0) + timedelta(days=day)
        worries.arise(day, midnight.astimezone(UTC))
        _turns(world, offices, day, days)
        if midnight.weekday() == 0:
            _look_for_what_is_late(offices, midnight)
        while world.now < midnight + timedelta(days=1):
            local = world.now.astimezone(zone)
            await world.step(steps[0] if local.hour in _DAYTIME else steps[1])
        if (day + 1) % 7 == 0 or day + 1 == days:
            print(
                f"{midnight:%d/%m}: {len(world.problems)} cases, {world.posted} in, {len(world.sent)} out", flush=True
            )
    return world, offices


async def _heads(world: World, worries: Worries, communes: list[str]) -> None:
    """Give village heads their role, by invitations."""
    async with world.database.begin() as transaction:
        for commune in communes:
            head = Citizen(world, Address("telegram", f"head {commune}"), head=True)
            await officers.invite(transaction, f"HEAD{commune}", commune, world.now, role=Role.HEAD)
            head.posts(Text(f"/canbo HEAD{commune}"), world.now)
            worries.heads[commune] = [head]


def _look_for_what_is_late(offices: list[Office], midnight: datetime) -> None:
    """Let officers look on Monday for what is late."""
    for office in offices:
        for seat in office.seats:
            if seat.role is not Role.LEAD and seat.knows:
                seat.posts(Text("/viec tre"), midnight + timedelta(minutes=seat.random.uniform(460, 600)))


def _turns(world: World, offices: list[Office], day: int, days: int) -> None:
    """Change the rules on the way: an agency goes, a clock is shortened, leads approve answers."""
    clocks = world.rules.clocks
    if day == days // 2:
        gone = [one for one in ("MOITRUONG", f"VX-{list(world.rules.communes)[1]}") if one in world.rules.agencies]
        heirs = {gone[0]: "SNNMT", gone[1]: gone[1].replace("VX", "KT")}
        old = world.rules.agencies
        world.adopt(
            replace(
                world.rules,
                agencies={key: old[heirs.get(agency.id, key)] for key, agency in old.items()},
                dissolved={one: old[one] for one in gone},
                heirs=heirs,
            )
        )
        for office in offices:
            if office.agency in heirs:
                office.heir = (world.now, heirs[office.agency])
    if day == days * 5 // 8:
        shorter = replace(clocks.tiers["B"], answer=Span(days=4, source="shortened in the quarter"))
        tiers = {**clocks.tiers, "B": shorter}
        world.adopt(replace(world.rules, clocks=replace(clocks, tiers=tiers, version="shortened")))
    if day == days * 3 // 4:
        world.adopt(replace(world.rules, clocks=replace(clocks, approval=Approval(answers=True, extensions=False))))
