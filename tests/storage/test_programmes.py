"""Programmes and exchanges on both databases; coordination counted, and counted again another way."""

import itertools
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from domain.exchanges import Action, Exchange, ExchangeKind, Recipient, counting_rule, explain, flow
from domain.programmes import Activity, Content, Happened, Programme, ProgrammeEvent
from domain.rulesets import Ruleset
from storage import exchanges, programmes
from storage.database import Database, Transaction
from storage.matters import matters
from storage.programmes import Due
from storage.tables import cases, tasks

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
ZONE_START = datetime(2025, 12, 31, 17, tzinfo=UTC)  # midnight in Viet Nam
BODIES = ("BTGDV", "SXD", "SGDDT", "SYT", "TAND")
DAY = timedelta(days=1)


async def test_what_is_kept_comes_back_and_only_to_its_parties(database: Database) -> None:
    activity = Activity(1, "Tập huấn", date(2026, 11, 30), ("SXD", "BTGDV"))
    content = Content(2, 2026, "Nội dung", "SXD", "BTGDV", (activity,))
    event = ProgrammeEvent(Happened.DONE, NOW, "officer:7", "SXD", 2, 1, date(2026, 11, 17), "đã làm")
    async with database.begin() as transaction:
        made = await programmes.begin(transaction, "k", "Tên", NOW)
        whole = Programme(made, "k", "Tên", date(2026, 1, 1), None, ("BTGDV", "SXD"), (content,), (event,))
        await programmes.save(transaction, whole)
        await programmes.save_content(transaction, made, content)
        await programmes.save_activity(transaction, Due(made, 2, 1), activity, NOW)
        await programmes.record(transaction, made, event)
    async with database.read() as transaction:
        assert await programmes.of_agencies(transaction, ["SXD"]) == [whole]
        assert await programmes.of_agencies(transaction, ["SYT"]) == []
    async with database.begin() as transaction:
        assert await programmes.due(transaction, NOW, 10) == [Due(made, 2, 1)]
        await programmes.remind(transaction, Due(made, 2, 1), None)
        assert await programmes.due(transaction, NOW + DAY, 10) == []
        await programmes.drop(transaction, made)
        assert await programmes.everything(transaction) == []


async def test_an_exchange_comes_back_and_is_due_once(database: Database) -> None:
    one = Exchange(
        0, ExchangeKind.ASK, "BTGDV", "officer:1", "Nội dung", NOW + DAY, (Recipient("SXD"), Recipient("SYT"))
    )
    async with database.begin() as transaction:
        draft = replace(one, id=await exchanges.begin(transaction, one))
        assert [row.id for row in await exchanges.of_agencies(transaction, ["BTGDV"])] == [draft.id]
        assert await exchanges.of_agencies(transaction, ["SXD"]) == [], "a draft is its sender's"
        sent = replace(
            draft, sent_at=NOW, content=(3, 2), recipients=(Recipient("SXD", NOW, NOW, "đã rõ"), Recipient("SYT"))
        )
        await exchanges.save(transaction, sent, NOW)
        assert await exchanges.get(transaction, sent.id) == sent
        assert await exchanges.of_agencies(transaction, ["SYT"]) == [sent]
        assert await exchanges.count_open(transaction) == 1
        assert await exchanges.due(transaction, NOW, 10) == [sent]
        await exchanges.remind(transaction, sent.id, None)
        assert await exchanges.due(transaction, NOW, 10) == []
        found = flow(await exchanges.sent_between(transaction, NOW, NOW + 2 * DAY), NOW, NOW + 2 * DAY)
        assert (found.sent, found.due, found.in_time, found.missing) == (1, 2, 1, 1)


async def test_the_figure_is_the_same_counted_another_way(database: Database, rules: Ruleset) -> None:
    """A year of coordination at random; each period's figure against a recount over all rows in plain Python."""
    made = random.Random(238)
    async with database.begin() as transaction:
        await _a_year(transaction, made)
    months = [ZONE_START + timedelta(days=days) for days in (0, 31, 90, 181, 365)]
    async with database.read() as transaction:
        rows = await _rows(transaction)
        for start, end in (*itertools.pairwise(months), (months[0], months[-1])):
            again = _Recount(rows, start, end)
            kinds = {kind: set(getattr(again, kind)()) for kind in Action}
            for counts in (frozenset(Action), *(frozenset({one}) for one in Action)):
                rule = replace(counting_rule(rules), counts=counts)
                counted = await exchanges.coordinated(transaction, start, end, rule)
                assert counted == sorted(set().union(*(kinds[kind] for kind in counts))), counts
                assert explain(counted).total == len(counted)
    assert all(len(found) > 10 for found in kinds.values())


async def test_one_action_is_never_counted_twice(database: Database, rules: Ruleset) -> None:
    rule = replace(counting_rule(rules), counts=frozenset(Action))
    async with database.begin() as transaction:
        for case_id, reason, restricted in ((1, "competent", False), (2, "matter", False), (3, "competent", True)):
            await transaction.execute(insert(cases).values(_case(case_id, "SXD", reason, restricted=restricted)))
            # Referred to and then, referred on, called in as a partner: one case, one body.
            referred = _task(case_id, 1, "SYT", "lead", NOW, opened_by="referred", ended_by="referred")
            await transaction.execute(insert(tasks).values(referred))
            await transaction.execute(insert(tasks).values(_task(case_id, 2, "SYT", "partner", NOW)))
            await transaction.execute(insert(tasks).values(_task(case_id, 3, "SXD", "lead", NOW, ended_by="answered")))
        await transaction.execute(insert(matters).values(_matter(7, 2)))
        about = Exchange(
            0,
            ExchangeKind.ASK,
            "SXD",
            "o",
            "VD7",
            NOW,
            (Recipient("SYT", NOW, NOW), Recipient("TAND", NOW, NOW)),
            matter=7,
            sent_at=NOW,
        )
        await exchanges.begin(transaction, about)
        counted = await exchanges.coordinated(transaction, NOW - DAY, NOW + DAY, rule)
    assert counted == [
        ("SXD", "matter:7"), ("SYT", "case:1:SYT"), ("SYT", "matter:7"), ("TAND", "matter:7"),
    ]  # fmt: skip


# A year at random.


async def _a_year(transaction: Transaction, made: random.Random) -> None:
    for number in range(1, 4):
        programme = await programmes.begin(transaction, f"k{number}", "Tên", NOW)
        content = Content(1, 2026, "Nội dung", "SXD", "SXD")
        await programmes.save_content(transaction, programme, content)
        for n in range(1, 21):
            activity = Activity(n, "Việc", _some(made).date(), tuple(made.sample(BODIES, 2)))
            await programmes.save_activity(transaction, Due(programme, 1, n), activity, None)
            for body in (*made.sample(BODIES, 2), BODIES[0]):  # the same body may tell twice
                day = (ZONE_START + timedelta(hours=7) + made.randrange(400) * DAY).date()
                event = ProgrammeEvent(Happened.DONE, NOW, "o", body, 1, n, day, "đã làm")
                await programmes.record(transaction, programme, event)
    for _ in range(200):
        sender, *to = made.sample(BODIES, made.randrange(2, 5))
        replies = [_some(made) if made.random() < 0.7 else None for _ in to]
        recipients = tuple(Recipient(body, at, at) for body, at in zip(to, replies, strict=True))
        tied = made.randrange(1, 12) if made.random() < 0.2 else None
        one = Exchange(0, made.choice(list(ExchangeKind)), sender, "o", "Nội dung", None, recipients, tied)
        await exchanges.begin(transaction, replace(one, sent_at=ZONE_START))
    case_rows, task_rows = [], []
    for case_id in range(1, 301):
        reason = "matter" if case_id <= 20 else "competent"
        case_rows.append(_case(case_id, made.choice(BODIES), reason, restricted=made.random() < 0.1))
        for n in range(1, made.randrange(2, 5)):
            ended, accepted = (_some(made) if made.random() < part else None for part in (0.7, 0.8))
            left = made.random() < 0.2
            if n == 1:
                opened_by, ended_by = made.choice(["filed", "referred"]), "withdrawn" if left else "answered"
                agency, role = case_rows[-1]["agency"], "lead"
            else:
                opened_by, ended_by = "partner_called", "withdrawn" if left else "partner_replied"
                agency, role = made.choice(BODIES), "partner"
            task_rows.append(
                _task(case_id, n, agency, role, ended, opened_by=opened_by, ended_by=ended_by, accepted=accepted)
            )
    await transaction.execute(insert(cases), case_rows)
    await transaction.execute(insert(tasks), task_rows)
    await transaction.execute(insert(matters), [_matter(n, n) for n in range(1, 21)])


def _some(made: random.Random) -> datetime:
    return ZONE_START + timedelta(seconds=made.randrange(400 * 24 * 3600))


def _case(case_id: int, agency: str, reason: str, *, restricted: bool = False) -> dict[str, Any]:
    return {
        "id": case_id, "number": f"N{case_id}", "status": "accepted", "kind": "phan_anh", "tier": "C", "urgent": False,
        "restricted": restricted, "text": "", "agency": agency, "watch": "[]", "reason": reason, "filed_at": NOW,
        "due_at": NOW, "ruleset": "x", "referrals": 0, "photos": "[]",
    }  # fmt: skip


def _task(  # noqa: PLR0913 - what differs, by name
    case_id: int, n: int, agency: str, role: str, ended: datetime | None, *, opened_by: str = "partner_called",
    ended_by: str = "partner_replied", accepted: datetime | None = NOW,
) -> dict[str, Any]:  # fmt: skip
    done = "done" if ended_by in ("partner_replied", "answered") else "ended"
    return {
        "case_id": case_id, "n": n, "agency": agency, "role": role, "status": done if ended else "accepted",
        "opened_at": ZONE_START, "accept_by": NOW, "due_at": NOW, "promised_at": NOW, "accepted_at": accepted,
        "ended_at": ended, "charged": timedelta(0), "opened_by": opened_by, "ended_by": ended_by if ended else None,
        "question": "", "reply": "", "photos": "[]",
    }  # fmt: skip


def _matter(matter: int, case_id: int) -> dict[str, Any]:
    return {
        "id": matter, "state": "open", "name": "Tên", "communes": "[]", "since": date(2026, 1, 1), "lead": "SXD",
        "proposed_at": NOW, "case_id": case_id,
    }  # fmt: skip


# The same counted from all rows, in plain Python.


async def _rows(transaction: Transaction) -> dict[str, list[dict[str, Any]]]:
    tables = {
        "events": programmes.programme_events, "exchanges": exchanges.exchanges, "to": exchanges.exchange_recipients,
        "cases": cases, "tasks": tasks, "matters": matters,
    }  # fmt: skip
    return {
        name: [dict(row) for row in (await transaction.execute(select(table))).mappings()]
        for name, table in tables.items()
    }


def _grouped(rows: Iterable[dict[str, Any]], by: str) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row[by], []).append(row)
    return found


@dataclass
class _Recount:
    """Counts one period over all rows."""

    rows: dict[str, list[dict[str, Any]]]
    start: datetime
    end: datetime

    def within(self, at: datetime | None) -> bool:
        return at is not None and self.start <= at < self.end

    def activity(self) -> Iterator[tuple[str, str]]:
        told: set[tuple[int, int, str]] = set()
        for event in self.rows["events"]:
            key, day = (event["programme"], event["activity"], event["agency"]), event["day"]
            if key not in told and self.within(datetime(day.year, day.month, day.day, 5, tzinfo=UTC)):
                yield event["agency"], f"activity:{event['programme']}.1.{event['activity']}"
            told.add(key)

    def exchange(self) -> Iterator[tuple[str, str]]:
        to_all = _grouped((row for row in self.rows["to"] if row["replied_at"]), "exchange")
        for one in self.rows["exchanges"]:
            key, to = f"matter:{one['matter']}" if one["matter"] else f"exchange:{one['id']}", to_all.get(one["id"], [])
            yield from ((row["agency"], key) for row in to if self.within(row["replied_at"]))
            if self.within(min((row["replied_at"] for row in to), default=None)):
                yield one["sender"], key

    def matter(self) -> Iterator[tuple[str, str]]:
        of_case, lead = (
            _grouped(self.rows["tasks"], "case_id"),
            {one["id"]: one["agency"] for one in self.rows["cases"]},
        )
        for one in self.rows["matters"]:
            done = [task for task in of_case.get(one["case_id"], []) if task["status"] == "done"]
            yield from ((task["agency"], f"matter:{one['id']}") for task in done if self.within(task["ended_at"]))
            if self.within(min((task["ended_at"] for task in done), default=None)):
                yield lead[one["case_id"]], f"matter:{one['id']}"

    def partner(self) -> Iterator[tuple[str, str]]:
        for task in self._concerns():
            if task["ended_by"] == "partner_replied" and self.within(task["ended_at"]):
                yield task["agency"], f"case:{task['case_id']}:{task['agency']}"

    def referral(self) -> Iterator[tuple[str, str]]:
        for task in self._concerns():
            if task["opened_by"] == "referred" and self.within(task["accepted_at"]):
                yield task["agency"], f"case:{task['case_id']}:{task['agency']}"

    def _concerns(self) -> Iterator[dict[str, Any]]:
        of_case = _grouped(self.rows["tasks"], "case_id")
        for case in self.rows["cases"]:
            if case["reason"] != "matter" and not case["restricted"]:
                yield from of_case.get(case["id"], [])
