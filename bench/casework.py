"""What the clock and officers ask of the register: it is to cost what is due or shown, not what is stored.

The ticks' work is checked as well: all that was due was touched, and nothing else.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import text

from bench.growth import Life, announced, closed, multiply, opened, populate
from domain import casework
from domain.cases import Case, CaseEvent
from domain.messages import Address, Choice, Content, InboundMessage, Text
from domain.roles import Role
from domain.rulesets import Ruleset
from domain.transitions import TaskStatus
from handlers import ticks
from handlers.deciding import Decider
from handlers.ports import TextReader
from storage import cases, inbox, officers
from storage.cases import Wanted
from storage.database import Database

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
#: Filed so lately that nothing is due yet; and long ago enough that all is late.
_LATELY, _LONG_AGO = NOW - timedelta(minutes=30), NOW - timedelta(days=30)
_JUST = NOW - timedelta(minutes=1)
#: So many cases are due in five ways, and so many leads' digests.
_DUE_CASES, _DIGESTS = 450, 50
_ROUNDS = 3
#: The agency whose queue is looked at, and its open tasks, whatever else is stored.
_AGENCY, _OWN = "SXD", 300
_LOOKS, _PAGE = 100, 5
#: Closed cases are so many different ones, the rest are copies.
_CLOSED = 1900
_MILLI = 1000
#: Tables whose rows are compared: name, whose row it is, which of theirs.
_PICTURED = (("cases", "id", "id"), ("tasks", "case_id", "n"), ("events", "case_id", "id"), ("officers", "id", "id"))


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the table."""

    what: str
    database: str
    value: str
    note: str = ""


@dataclass
class Office:
    """A database with everything that works on it, and people who write to it."""

    database: Database
    rules: Ruleset
    decider: Decider
    _numbers: Iterator[int] = field(default_factory=count)

    async def writes(self, chat: str, content: Content) -> float:
        """Let somebody write, and the bot decide; return the seconds from the inbox to the commit."""
        message = InboundMessage(Address("web", chat), f"written-{next(self._numbers)}", content)
        async with self.database.begin() as transaction:
            await inbox.put(transaction, [message], NOW)
        begun = time.perf_counter()
        assert await self.decider.decide(NOW) == 1
        return time.perf_counter() - begun

    async def seat(self, agency: str, role: Role) -> int:
        """Give somebody a seat; return its id."""
        async with self.database.begin() as transaction:
            await officers.invite(transaction, f"code {agency}", agency, NOW, role=role)
        await self.writes(f"seat {agency}", Text(f"/canbo code {agency}"))
        async with self.database.read() as transaction:
            return (await officers.of_agencies(transaction, [agency]))[agency][0].id

    async def tick(self, *names: str, rules: Ruleset | None = None) -> tuple[float, dict[str, int]]:
        """Run these ticks, all when none is named; return the seconds and how many rows each took."""
        begun = time.perf_counter()
        taken = {
            name: await ticks.run(self.database, rules or self.rules, ticks.TICKS[name], NOW)
            for name in names or ticks.TICKS
        }
        return time.perf_counter() - begun, taken

    async def picture(self) -> dict[tuple[str, int, int], int]:
        """Return what stands in each row of the register; on PostgreSQL also which transaction wrote it."""
        found: dict[tuple[str, int, int], int] = {}
        written = "" if self.database.sqlite else ", xmin::text"
        async with self.database.read() as transaction:
            for table, of, which in _PICTURED:
                query = f"SELECT {of}, {which}, * {written} FROM {table}"  # noqa: S608 - our own names
                found |= {(table, row[0], row[1]): hash(tuple(row)) for row in await transaction.execute(text(query))}
        return found


def open_until_later(_: int, case: Case) -> tuple[Case, list[CaseEvent]]:
    """Leave a case with its agency, which was told of it: nothing is due."""
    return announced(case, case.filed_at), []


def due(rules: Ruleset) -> Life:
    """Return a life that leaves each case with one thing due: each fifth with the same."""

    def life(n: int, case: Case) -> tuple[Case, list[CaseEvent]]:
        case = announced(case, case.filed_at)
        lead = case.lead
        match n % 5:
            case 0:  # its agency was not told of it
                return case.keep(replace(lead, announced_at=None)), []
            case 1:  # not taken in time
                return case.keep(replace(lead, accept_by=_JUST, remind_at=_JUST)), []
            case 2:  # its citizen is to hear how it stands
                return replace(case, next_update_at=_JUST), []
        case, took = casework.take(case, lead, rules, now=case.filed_at, actor="officer:1", officer=1)
        if n % 5 == 3:  # noqa: PLR2004 - a question nobody replied to
            case, asked = casework.ask(case, "Ở đâu ạ?", rules, now=case.filed_at, actor="officer:1")
            return case.keep(replace(case.lead, remind_at=_JUST)), [took, asked]
        case, answered = casework.answer(case, "Đã làm xong.", rules, now=case.filed_at, actor="officer:1")
        return replace(case, next_update_at=_JUST), [took, answered]

    return life


async def measure(kind: str, new_url: Callable[[], str], reader: TextReader, rules: Ruleset, most: int) -> list[Figure]:
    """Measure all on one kind of database, the queues beside up to ``most`` cases."""
    figures = await measure_ticks(kind, new_url, reader, rules, (1_000, 10_000, 100_000))
    figures += await measure_bulk(kind, new_url, reader, rules)
    return figures + await measure_queues(kind, new_url, reader, rules, (10_000, most))


async def measure_ticks(
    kind: str, new_url: Callable[[], str], reader: TextReader, rules: Ruleset, sizes: Sequence[int]
) -> list[Figure]:
    """Run all ticks over so many open cases, of which 450 are due with 50 digests; and where nothing is due."""
    worked, idle, figures = [], [], []
    for size in sizes:
        async with opened(new_url()) as database:
            office = Office(database, rules, Decider(database, reader, rules))
            leads = await _leads(office)
            ids = await populate(database, rules, _DUE_CASES, _LATELY, open_until_later)
            await multiply(database, ids, size // _DUE_CASES - 1)
            await office.tick("digest", "announce")
            worked.append(min([await _round(office, leads) for _ in range(_ROUNDS)]))
            idle.append(statistics.median([(await office.tick())[0] for _ in range(9)]))
    for size, seconds, nothing in zip(sizes, worked, idle, strict=True):
        told = f"{seconds / worked[0]:.2f}x of {sizes[0]:,}; nothing due: {nothing * _MILLI:.1f} ms"
        figures.append(Figure(f"tick, {_DUE_CASES + _DIGESTS} due among {size:,} open", kind, f"{seconds:.2f} s", told))
    return figures


async def _leads(office: Office) -> list[int]:
    agencies = sorted({agency.id for agency in office.rules.agencies.values() if agency.commune})[:_DIGESTS]
    return [await office.seat(agency, Role.LEAD) for agency in agencies]


async def _round(office: Office, leads: list[int]) -> float:
    """Make work due, do it, and check what was touched; return the seconds it took."""
    # A restricted case that nobody may see moves to the inspectorate, and is new work there: twice due.
    topics = [slug for slug, topic in office.rules.topics.items() if not topic.restricted]
    ids = await populate(office.database, office.rules, _DUE_CASES, _LATELY, due(office.rules), topics=topics)
    async with office.database.begin() as transaction:
        await officers.next_digest(transaction, leads, _JUST)
    before = await office.picture()
    seconds, taken = await office.tick()
    touched = {key for key, _ in before.items() ^ (await office.picture()).items()}
    assert {key[1] for key in touched if key[0] != "officers"} == set(ids), "not what was due"
    assert {key[1] for key in touched if key[0] == "officers"} == set(leads), "not whose digest was due"
    assert sum(taken.values()) == _DUE_CASES + _DIGESTS, taken
    return seconds


async def measure_bulk(
    kind: str, new_url: Callable[[], str], reader: TextReader, rules: Ruleset, size: int = 10_000, new: int = 1_000
) -> list[Figure]:
    """Announce many new cases; count all deadlines anew after a change of rules, and look when nothing changed."""
    async with opened(new_url()) as database:
        office = Office(database, rules, Decider(database, reader, rules))
        await _leads(office)
        await office.tick("digest")
        ids = await populate(database, rules, new, _LATELY, open_until_later)
        await multiply(database, ids, size // new)
        await populate(database, rules, new, _LATELY, lambda _, case: (case, []))
        announcing, taken = await office.tick("announce")
        assert taken == {"announce": new}
        looking = statistics.median([(await office.tick("recompute"))[0] for _ in range(9)])
        counting, taken = await office.tick("recompute", rules=_a_day_more(rules))
        assert taken == {"recompute": size + new}
    return [
        Figure(f"announce {new:,} new cases", kind, f"{announcing:.2f} s", f"{new / announcing:,.0f} a second"),
        Figure(f"recompute, nothing changed, {size + new:,} open", kind, f"{looking * _MILLI:.1f} ms"),
        Figure(
            f"recompute, every deadline of {size + new:,} open", kind, f"{counting:.1f} s",
            f"{(size + new) / counting:,.0f} a second",
        ),
    ]  # fmt: skip


def _a_day_more(rules: Ruleset) -> Ruleset:
    tiers = {
        name: replace(tier, answer=replace(tier.answer, days=tier.answer.days + 1, hours=0))
        for name, tier in rules.clocks.tiers.items()
    }
    return replace(rules, clocks=replace(rules.clocks, version="a day more", tiers=tiers))


async def measure_queues(
    kind: str, new_url: Callable[[], str], reader: TextReader, rules: Ruleset, sizes: Sequence[int]
) -> list[Figure]:
    """Look at one agency's queue beside so many stored cases: bare, and by an officer's message."""
    times = [await _queues(new_url, reader, rules, size) for size in sizes]
    figures = []
    for way in times[0]:
        for size, measured in zip(sizes, times, strict=True):
            middle, p95 = statistics.median(measured[way]), statistics.quantiles(measured[way], n=20)[-1]
            note = f"p95 {p95 * _MILLI:.1f} ms; {middle / statistics.median(times[0][way]):.2f}x of {sizes[0]:,}"
            figures.append(Figure(f"{way}, beside {size:,}", kind, f"{middle * _MILLI:.1f} ms", note))
    return figures


async def _queues(
    new_url: Callable[[], str], reader: TextReader, rules: Ruleset, stored: int
) -> dict[str, list[float]]:
    """Return the seconds of each look, by what was asked for."""
    async with opened(new_url()) as database:
        office = Office(database, rules, Decider(database, reader, rules))
        mine = await office.seat(_AGENCY, Role.OFFICER)
        communes = list(rules.communes)[:2]
        others = await _fill(office, stored, mine, communes)
        asked = {
            "all": Wanted(_AGENCY),
            "mine": Wanted(_AGENCY, officer=mine),
            "late": Wanted(_AGENCY, due_before=NOW),
            "new": Wanted(_AGENCY, status=TaskStatus.OFFERED),
            f"c-{communes[0]}": Wanted(_AGENCY, commune=communes[0]),
            "t-giao_thong": Wanted(_AGENCY, topic="giao_thong"),
        }
        # A process that has just started takes the open cases into its index of likeness, a page with each message.
        for _ in range(others // 250 + 10):
            await office.writes(f"seat {_AGENCY}", Text("/viec"))
        found: dict[str, list[float]] = {}
        for name, wanted in asked.items():
            shown = {"c": "commune", "t": "topic"}.get(name.partition("-")[0], name)
            for page in (1, 20):
                found[f"queue, {shown}, page {page}"] = await _looks(database, wanted, (page - 1) * _PAGE)
            press = Choice(f"o:page:0:{name}")
            found[f"queue, {shown}, by a message"] = [
                await office.writes(f"seat {_AGENCY}", press) for _ in range(_LOOKS)
            ]
        return found


async def _fill(office: Office, stored: int, mine: int, communes: list[str]) -> int:
    """Store cases, 98 of 100 closed; 300 open ones are the agency's. Return how many open ones are others'."""
    database, rules = office.database, office.rules
    closed_ids = await populate(database, rules, _CLOSED, _LONG_AGO, lambda _, case: closed(case, rules))
    own = [slug for slug, topic in rules.topics.items() if topic.lead == _AGENCY]
    elsewhere = [slug for slug, topic in rules.topics.items() if topic.lead != _AGENCY]
    open_ids = await populate(database, rules, 200, _LATELY, open_until_later, topics=elsewhere)
    others = max(stored // 50 - _OWN, 200)
    await multiply(database, closed_ids, (stored - others - _OWN) // _CLOSED)
    await multiply(database, open_ids, others // 200)

    def life(n: int, case: Case) -> tuple[Case, list[CaseEvent]]:
        case = announced(case, case.filed_at)
        if n % 2:
            return case, []
        case, took = casework.take(case, case.lead, rules, now=case.filed_at, actor=f"officer:{mine}", officer=mine)
        return case, [took]

    for filed_at in (_LONG_AGO, _LATELY):
        await populate(database, rules, _OWN // 2, filed_at, life, topics=own, communes=communes)
    return others


async def _looks(database: Database, wanted: Wanted, offset: int) -> list[float]:
    """Return the seconds of each look at a page, the first one left out."""
    times = []
    for _ in range(_LOOKS + 1):
        begun = time.perf_counter()
        async with database.read() as transaction:
            await cases.queue(transaction, wanted, _PAGE, offset)
        times.append(time.perf_counter() - begun)
    return times[1:]


def table(figures: list[Figure]) -> str:
    """Return the figures as Markdown."""
    lines = ["| what | database | | |", "|---|---|---|---|"]
    return "\n".join(lines + [f"| {one.what} | {one.database} | {one.value} | {one.note} |" for one in figures])
