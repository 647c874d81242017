"""What must be true of the register and of what people heard, whatever happened in the quarter."""

import bisect
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bench.quarter.officers import Office, Seat
from bench.quarter.recount import rows, seconds
from bench.quarter.world import Sent, World
from domain.roles import Role
from domain.routing import followers
from storage.database import Transaction
from storage.outbox import AWAKE

_ANSWERED = re.compile(r"(?P<message>.+):(?P<number>[A-Z]{2}\d\d-\d{4,}-\d{3}):answered")
#: So many of what should not be are printed.
_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Told:
    """A case as far as who may hear of it matters."""

    number: str
    restricted: bool
    urgent: bool
    merged_into: str | None


async def invariants(world: World, offices: Iterable[Office]) -> dict[str, int]:
    """Return each invariant with how often it was broken."""
    async with world.database.read() as transaction:
        at = {name: seconds(name, transaction.dialect.name) for name in ("clock_at", "filed_at", "opened_at")}
        found = {}
        for name, sql in _QUERIES.items():
            found[name] = len(await rows(transaction, sql.format(**at)))
        cases = {
            number: Told(number, bool(restricted), bool(urgent), merged)
            for number, restricted, urgent, merged in await rows(
                transaction, "SELECT number, restricted, urgent, merged_into FROM cases"
            )
        }
        concerned = await _concerned(world, transaction, at["opened_at"])
        answers = await _answers_told(world, transaction)
        deeds = {row: _deed(key) for row, key in await rows(transaction, "SELECT id, dedupe_key FROM outbox")}
    put = sum(len(moments) for moments in world.wrote.values())
    found["messages that were lost or set aside"] = found.pop("undecided") + abs(world.posted - put)
    found["one outbox row delivered twice"] = _twice(sent.id for sent in world.sent)
    found["same words to one person at one moment, for one thing"] = _repeated(world, deeds)
    found["answers not told exactly once to each"] = answers
    found["a case told to seats that have nothing to do with it"] = _strangers(world, offices, cases, concerned)
    found["a restricted case told to others than inspectors"] = _uninitiated(world, cases)
    disturbs = _at_night(world, cases)
    found["heard at night without being awake, nothing urgent"] = _shown(
        "at night", [("", sent) for sent in world.sent if disturbs(sent)]
    )
    return found


#: Rows that must not be there. The clock's steps are whole minutes, so moments in seconds are exact.
_QUERIES = {
    "open cases without exactly one open lead task, or ended ones with one": """
        SELECT cases.id FROM cases LEFT JOIN tasks
          ON tasks.case_id = cases.id AND tasks.role = 'lead' AND tasks.ended_at IS NULL
        GROUP BY cases.id, cases.status
        HAVING COUNT(tasks.n) <> CASE WHEN cases.status IN ('answered', 'closed') THEN 0 ELSE 1 END""",
    "ended cases with an open task of a partner": """
        SELECT cases.id FROM cases JOIN tasks ON tasks.case_id = cases.id
        WHERE cases.status IN ('answered', 'closed') AND tasks.ended_at IS NULL""",
    "cases whose time does not add up": """
        SELECT cases.id FROM cases JOIN tasks ON tasks.case_id = cases.id
        GROUP BY cases.id, cases.paused, cases.clock_at, cases.filed_at
        HAVING SUM(CASE WHEN tasks.role = 'lead' THEN tasks.charged ELSE 0 END) + cases.paused
          <> ({clock_at} - {filed_at}) * 1000000""",
    "partners' tasks with time charged": "SELECT n FROM tasks WHERE role = 'partner' AND charged <> 0",
    "cases without an owner": "SELECT id FROM cases WHERE agency = '' OR agency IS NULL",
    "cases whose owner is not that of their last lead task": """
        SELECT cases.id FROM cases JOIN tasks ON tasks.case_id = cases.id AND tasks.role = 'lead'
        WHERE tasks.agency <> cases.agency AND NOT EXISTS (SELECT 1 FROM tasks AS later
          WHERE later.case_id = tasks.case_id AND later.role = 'lead' AND later.n > tasks.n)""",
    "open or answered cases without a next date": """
        SELECT cases.id FROM cases LEFT JOIN tasks
          ON tasks.case_id = cases.id AND tasks.role = 'lead' AND tasks.ended_at IS NULL
        WHERE cases.status <> 'closed' AND cases.next_update_at IS NULL AND tasks.remind_at IS NULL""",
    "open lead tasks of which nobody will be reminded": """
        SELECT tasks.n FROM tasks JOIN cases ON cases.id = tasks.case_id
        WHERE tasks.role = 'lead' AND tasks.ended_at IS NULL AND tasks.remind_at IS NULL""",
    "closed cases without an outcome, or open ones with one": """
        SELECT id FROM cases WHERE (status = 'closed') <> (outcome IS NOT NULL)""",
    "undecided": "SELECT id FROM inbox WHERE decided_at IS NULL OR set_aside_at IS NOT NULL",
    "effects written twice": "SELECT dedupe_key FROM outbox GROUP BY dedupe_key HAVING COUNT(*) > 1",
    "messages that could not be rendered": "SELECT id FROM outbox WHERE error LIKE 'text %'",
}


def _deed(key: str) -> str:
    """Return the message that an effect comes from; of ticks the empty word."""
    return ":".join(key.split(":")[:2]) if key.startswith("in:") else ""


def _repeated(world: World, deeds: Mapping[int, str]) -> int:
    """Count what was said twice for one thing. What one asks for twice one is told twice."""
    heard: dict[object, Sent] = {}
    keys = ((sent, (sent.at, sent.to, sent.text, deeds.get(sent.id, sent.id))) for sent in world.sent)
    again = [(key[-1], sent) for sent, key in keys if heard.setdefault(key, sent) is not sent]
    return _shown("the same words", [(str(deed), sent) for deed, sent in again])


def _twice(keys: Iterable[object]) -> int:
    return sum(count - 1 for count in Counter(keys).values())


_TASKS = "SELECT cases.number, tasks.agency, {opened_at} FROM tasks JOIN cases ON cases.id = tasks.case_id"


async def _concerned(world: World, transaction: Transaction, opened_at: str) -> dict[str, dict[str, datetime]]:
    """Return for each case which agencies have to do with it, and since when: by a task, or as those who follow it."""
    found: dict[str, dict[str, datetime]] = defaultdict(dict)
    for number, agency, since in await rows(transaction, _TASKS.format(opened_at=opened_at)):
        moment = datetime.fromtimestamp(since, UTC)
        theirs = found[number]
        theirs[agency] = min(moment, theirs.get(agency, moment))
    begun = datetime.min.replace(tzinfo=UTC)
    topics_of = """SELECT cases.number, cases.topic, cases.commune, cases.restricted, events.note FROM cases
        LEFT JOIN events ON events.case_id = cases.id AND events.kind = 'corrected'"""
    for number, topic, commune, restricted, note in await rows(transaction, topics_of):
        topics, theirs = {topic, *(note or "").split()}, found[number]
        for slug in topics & world.rules.topics.keys() if not restricted else ():
            for rules in (world.begun_by, world.rules):
                theirs |= {agency.id: begun for agency in followers(rules.topics[slug], commune, "", rules)}
        if not restricted:
            theirs[world.rules.desk] = begun
    return found


def _strangers(
    world: World, offices: Iterable[Office], cases: dict[str, Told], concerned: dict[str, dict[str, datetime]]
) -> int:
    """Count what seats heard of cases that their agency has nothing to do with at that moment."""
    moved = {office.agency: office.heir for office in offices if office.heir}
    broken: list[tuple[str, Sent]] = []
    for sent in world.sent:
        seat = world.people[sent.to]
        if not isinstance(seat, Seat):
            continue
        own = {seat.office.agency}
        if (heir := moved.get(seat.office.agency)) and sent.at >= heir[0]:
            own.add(heir[1])
        own |= {gone for gone, (_, to) in moved.items() if to in own}
        broken += [(number, sent) for number in sent.numbers if not _concerns(number, own, sent.at, cases, concerned)]
    return _shown("a stranger heard", broken)


def _concerns(
    number: str, agencies: set[str], at: datetime, cases: dict[str, Told], concerned: dict[str, dict[str, datetime]]
) -> bool:
    """Say whether any of these agencies has to do with the case, or with the one it goes on in."""
    seen: set[str] = set()
    while number not in seen:
        seen.add(number)
        if any(concerned[number].get(agency, at + timedelta(1)) <= at for agency in agencies):
            return True
        number = (number in cases and cases[number].merged_into) or number
    return False


def _uninitiated(world: World, cases: dict[str, Told]) -> int:
    """Count what others than inspectors heard of restricted cases."""
    return _shown(
        "not an inspector",
        [
            (number, sent)
            for sent in world.sent
            if isinstance(seat := world.people[sent.to], Seat) and seat.role is not Role.INSPECTOR
            for number in sent.numbers & cases.keys()
            if cases[number].restricted
        ],
    )


def _shown(what: str, broken: list[tuple[str, Sent]]) -> int:
    """Print the first of what should not be; return how many there are."""
    for number, sent in broken[:_EXAMPLES]:
        print(f"{what}: {number}, outbox {sent.id} to {sent.to.chat} at {sent.at:%d/%m %H:%M}")
    return len(broken)


def _at_night(world: World, cases: dict[str, Told]) -> Callable[[Sent], bool]:
    """Return what says whether a message came in the quiet hours, to somebody asleep, about nothing urgent."""
    calendar = world.rules.calendar

    def disturbs(sent: Sent) -> bool:
        if calendar.after_quiet(sent.at) == sent.at:
            return False
        wrote = world.wrote.get(sent.to, [])
        n = bisect.bisect_right(wrote, sent.at)
        awake = n > 0 and sent.at - wrote[n - 1] <= AWAKE
        return not awake and not any(cases[number].urgent for number in sent.numbers & cases.keys())

    return disturbs


#: Who was to hear of each answer: its citizen, and those whose cases had been merged into it by then.
_TO_BE_TOLD = """
    SELECT events.at, cases.number, cases.conversation_id FROM events JOIN cases ON cases.id = events.case_id
    -- Where a follower goes on for who erased everything, the rules carry over an answer he has heard already.
    WHERE events.kind = 'answered' AND events.actor <> 'rules' AND cases.conversation_id IS NOT NULL
      -- A village head who heard it, gave the case away and erased all leaves no trace.
      AND NOT EXISTS (SELECT 1 FROM events AS taken
        WHERE taken.case_id = cases.id AND taken.kind = 'taken_over' AND taken.id > events.id)
    UNION ALL
    SELECT events.at, same.number, same.conversation_id FROM events
      JOIN cases ON cases.id = events.case_id
      JOIN cases AS same ON same.merged_into = cases.number
      JOIN events AS merged ON merged.case_id = same.id AND merged.kind = 'merged' AND merged.note = cases.number
    WHERE events.kind = 'answered' AND events.actor <> 'rules' AND same.conversation_id IS NOT NULL
      AND merged.id < events.id
      AND NOT EXISTS (SELECT 1 FROM events AS split
        WHERE split.case_id = same.id AND split.kind = 'split' AND split.id > merged.id)"""
_TOLD = "SELECT id, dedupe_key, conversation_id, created_at, outcome FROM outbox WHERE dedupe_key LIKE '%:answered'"


async def _answers_told(world: World, transaction: Transaction) -> int:
    """Count persons to whom an answer was not told, or told more than once."""
    delivered = {sent.id for sent in world.sent}
    persons: Counter[tuple[str, object]] = Counter()
    told: set[tuple[str, object]] = set()
    broken = 0
    for row, key, of, at, outcome in await rows(transaction, _TOLD):
        found = _ANSWERED.match(key)
        assert found, key
        persons[found["message"], of] += 1
        told |= {(str(at), of), (str(at), found["number"])}
        broken += outcome == "delivered" and row not in delivered
    for at, number, of in await rows(transaction, _TO_BE_TOLD):
        # A person with two cases of one problem is told once; one who took a case over later was not there.
        if not told & {(str(at), of), (str(at), number)}:
            print(f"not told of an answer: {number}, conversation {of}, answered at {at}")
            broken += 1
    for (message, of), count in persons.items():
        if count > 1:
            print(f"told {count} times of an answer: conversation {of}, by {message}")
            broken += count - 1
    return broken
