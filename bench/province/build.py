"""A register as three years of work would have left it."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, insert, text

from bench.province import citizens, officers
from bench.province.agencies import Agencies
from bench.province.register import Register, remembering
from bench.province.world import FIRST, LAST, Told, World, chats, rules_of_years
from domain.concerns import ConcernKind
from domain.conversation import CountGuidance
from domain.directory import AgencyRow, Directory, apply
from domain.directory_files import to_toml
from domain.roles import Role
from domain.rulesets import Ruleset
from storage import cases, directory, praise
from storage import officers as seats
from storage.database import Database, Transaction
from storage.tables import conversations, heads

#: An office that goes, to whom, when.
GONE, HEIR, GOES = "VX-05710", "KT-05710", datetime(2025, 6, 30, 17, 0, tzinfo=UTC)
#: Agencies with people in the register; the others' deeds have numbers of people only.
SEATED = ("BTGDV", "VPUB", "TTT", "SXD", "SNNMT", "CAT", "DIENLUC", "KT-05443", "KT-05528", "CAX-05467", "VX-05455")
_CHUNK, _TOLD = 5000, 10_000
#: Complaints that were shown where to go, of a thousand concerns.
_GUIDED = 12


def rules_at_end(rules: Ruleset) -> Ruleset:
    """Return the rules since the office is gone."""
    return apply(_own(), rules)


def _own() -> Directory:
    body, _, code = GONE.partition("-")
    return Directory(
        agencies=(AgencyRow(id=GONE, name="Phòng Văn hóa - Xã hội", body=body, communes=(code,), heir=HEIR),)
    )


async def build(database: Database, concerns: int, seed: int, told: Callable[[str], None] = print) -> None:
    """Simulate, and write as it goes; ``told`` hears how far it is."""
    begun = time.perf_counter()

    def say(what: str) -> None:
        told(f"{time.perf_counter() - begun:6.1f} s  {what}")

    rules = remembering(rules_of_years())
    world = World(rules, concerns, seed)
    tells = world.tells()
    async with database.begin() as transaction:
        given = await _seats(transaction)
        people = await _people(transaction, world, tells)
        serials = await cases.take_serials(transaction, len(tells))
        await _counted(transaction, world, len(tells))
    register = Register(rules, Agencies(rules, seed), given, seed)
    written = 0
    for serial, one in zip(serials, tells, strict=True):
        if register.now < GOES <= one.at:
            register.run(GOES)
            register.rules = replace(rules_at_end(rules), calendar=rules.calendar)
            officers.hand_over(register)
        register.run(one.at)
        other = people.new(one.at) if one.on_behalf else None
        citizens.files(register, one, serial, people.who(one, register), other)
        if len(register.done) > _CHUNK:
            await people.write(database)
            written += await register.write(database)
        if serial % _TOLD == 0:
            say(f"{one.at:%d/%m/%Y}: {serial} filed, {len(register.live)} alive, {written} written")
    register.run(_moment(LAST, rules))
    register.rest()
    await people.write(database)
    written += await register.write(database)
    async with database.begin() as transaction:
        await _erase(transaction, register)
        await directory.store(transaction, to_toml(_own()), after=0, by="bench", now=GOES)
        await _counters(transaction)
    say(f"{written} cases, {len(register.erased)} people erased")


class People:
    """Who has which conversation; who erased everything comes as somebody else."""

    def __init__(self, first: int, count: int) -> None:
        self._first = first
        self._next = first + count
        self._again: dict[int, int] = {}
        self._more: list[tuple[int, datetime]] = []

    def new(self, at: datetime) -> int:
        """Return a conversation that begins at a moment."""
        self._more.append((self._next, at))
        self._next += 1
        return self._more[-1][0]

    def who(self, told: Told, register: Register) -> int:
        """Return the conversation in which somebody writes."""
        who = self._first + told.citizen
        while who in register.erased:
            if who not in self._again:
                self._again[who] = self.new(told.at)
            who = self._again[who]
        return who

    async def write(self, database: Database) -> None:
        """Write the conversations that came on the way."""
        if self._more:
            async with database.begin() as transaction:
                await transaction.execute(insert(conversations), [_chat(one, at, at) for one, at in self._more])
            self._more.clear()


async def _erase(transaction: Transaction, register: Register) -> None:
    """Erase what was asked to be, as the bot does, and the conversations themselves."""
    for conversation in sorted(register.erased):
        await cases.erase(transaction, conversation)
    gone = conversations.c.id.in_(sorted(register.erased))
    await transaction.execute(delete(conversations).where(gone))


def _moment(day: object, rules: Ruleset) -> datetime:
    return datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=rules.calendar.zone).astimezone(UTC)


async def _seats(transaction: Transaction) -> dict[str, int]:
    """Give a lead and an officer to each of a dozen agencies; inspectors where restricted cases go."""
    start = _moment(FIRST, rules_of_years()) - timedelta(days=3)
    found: dict[str, int] = {}
    for agency in SEATED:
        for role in (Role.LEAD, Role.INSPECTOR if agency in ("TTT", "CAT") else Role.OFFICER):
            row = {"channel": "web", "chat": f"sim-seat-{agency}-{role}", "created_at": start}
            made = insert(conversations).values(row).returning(conversations.c.id)
            conversation: int = (await transaction.execute(made)).scalar_one()
            code = f"{agency} {role}"
            await seats.invite(transaction, code, agency, start, role=role, name=f"{role} {agency}")
            seat = await seats.bind(transaction, conversation, code, start)
            assert isinstance(seat, seats.Officer)
            found[agency] = seat.id
    return found


async def _people(transaction: Transaction, world: World, told: list[Told]) -> People:
    """Write a conversation for everybody who will write."""
    first = len(SEATED) * 2 + 1
    spoken = chats(told)
    begun = _moment(FIRST, world.rules)
    rows = [_chat(first + n, *spoken.get(n, (begun, begun))) for n in range(world.citizens)]
    for n in range(0, len(rows), _CHUNK):
        await transaction.execute(insert(conversations), rows[n : n + _CHUNK])
    leads = [
        {"conversation_id": first + n, "commune": code, "name": f"trưởng thôn {code}", "bound_at": begun}
        for code, n in world.heads.items()
    ]
    await transaction.execute(insert(heads), leads)
    return People(first, world.citizens)


def _chat(id_: int, first: datetime, last: datetime) -> dict[str, object]:
    return {"id": id_, "channel": "web", "chat": f"sim-{id_}", "created_at": first, "heard_at": last}


async def _counted(transaction: Transaction, world: World, count: int) -> None:
    """Count what leaves nothing but a count: praise, and complaints that were shown where to go."""
    for at, topic, commune in world.praises():
        lead = world.rules.lead_of(topic, commune)
        await praise.count(transaction, lead.id if lead else None, topic, commune, at)
    draw, days = world.random, (LAST - FIRST).days
    begun = _moment(FIRST, world.rules)
    for _ in range(count * _GUIDED // 1000):
        kind = draw.choice((ConcernKind.COMPLAINT, ConcernKind.COMPLAINT, ConcernKind.DENUNCIATION))
        at = begun + timedelta(days=draw.randrange(days), hours=draw.randrange(7, 18))
        guided = CountGuidance(kind, draw.choice(("dat_dai.tranh_chap_dat", None)), draw.choice(list(world.heads)))
        await cases.count_guidance(transaction, [guided], at)


async def _counters(transaction: Transaction) -> None:
    """Let PostgreSQL count on from the ids that were given, and look at its tables, as it does by itself."""
    if transaction.dialect.name == "postgresql":
        counter = "setval(pg_get_serial_sequence('conversations', 'id'), max(id))"
        await transaction.execute(text(f"SELECT {counter} FROM conversations"))  # noqa: S608 - our own words
        await transaction.execute(text("ANALYZE"))
