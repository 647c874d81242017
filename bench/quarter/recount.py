"""A second count of the quarter, from the raw rows of ``events`` alone, in SQL: nothing of ours decides with it.

What the register says (``cases``, ``tasks``) is counted beside it; the differences should be none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from storage.database import Database, Transaction

#: Each event with the time until the next one of its case, and whose it was after it.
_STEPS = """
WITH steps AS (
  SELECT id, case_id, kind, agency, note, clock, {at} AS at,
         LEAD({at}) OVER (PARTITION BY case_id ORDER BY id) AS until
  FROM events
),
owned AS (
  -- What is said of a case as a whole is said by its owner; notes and partners' deeds are not.
  SELECT id, case_id, agency, LEAD(agency) OVER (PARTITION BY case_id ORDER BY id) AS next_owner
  FROM events
  WHERE kind NOT IN ('noted', 'assigned', 'escalated', 'handoff_lapsed', 'corrected', 'accepted')
    AND kind NOT LIKE 'partner%'
),
moved AS (
  -- Who got the case, with events by which somebody gets it. Of an erased case the notes are empty; there the next
  -- owner tells.
  SELECT steps.case_id, steps.kind, steps.agency AS giver,
         CASE
           WHEN steps.kind IN ('filed', 'disputed') THEN steps.agency
           WHEN steps.kind = 'split' THEN steps.clock
           WHEN steps.kind = 'sent_to_desk' THEN '{desk}'
           WHEN steps.note = '' THEN owned.next_owner
           WHEN steps.kind = 'referred' THEN {before_colon}
           ELSE {after_space}
         END AS taker
  FROM steps JOIN owned ON owned.id = steps.id
  WHERE steps.kind IN ('filed', 'disputed', 'split', 'sent_to_desk', 'referred')
     OR (steps.kind = 'inherited'
         AND (steps.note LIKE steps.agency || ' %' OR (steps.note = '' AND owned.next_owner <> steps.agency)))
),
stood AS (
  SELECT case_id,
    CASE
      WHEN kind = 'filed' AND note IN ('no_topic', 'no_place') THEN 'in_triage'
      WHEN kind IN ('filed', 'referred', 'split') THEN 'referred'
      WHEN kind = 'sent_to_desk' THEN 'in_triage'
      WHEN kind = 'citizen_asked' THEN 'waiting_for_citizen'
      WHEN kind = 'answered' THEN 'answered'
      WHEN kind IN ('accepted', 'citizen_replied', 'question_lapsed', 'answer_proposed', 'disputed') THEN 'accepted'
      ELSE 'closed'
    END AS status,
    CASE kind
      WHEN 'closed_unconfirmed' THEN 'unconfirmed'
      WHEN 'settled_partly' THEN 'partly'
      WHEN 'confirmed' THEN kind
      WHEN 'declined' THEN kind
      WHEN 'merged' THEN kind
      WHEN 'withdrawn' THEN kind
      ELSE ''
    END AS outcome,
    ROW_NUMBER() OVER (PARTITION BY case_id ORDER BY id DESC) AS back
  FROM events
  WHERE kind IN ('filed', 'referred', 'sent_to_desk', 'accepted', 'citizen_asked', 'citizen_replied',
    'question_lapsed', 'answer_proposed', 'answered', 'disputed', 'confirmed', 'settled_partly', 'closed_unconfirmed',
    'declined', 'withdrawn', 'merged', 'split')
)
"""


@dataclass(frozen=True, slots=True)
class Count:
    """Something that is counted twice."""

    name: str
    #: Of ``_STEPS``: key and figure.
    events: str
    #: Of the register.
    register: str


COUNTS = (
    Count(
        "received by agency",
        "SELECT taker, COUNT(*) FROM moved GROUP BY taker",
        "SELECT agency, COUNT(*) FROM tasks WHERE role = 'lead' GROUP BY agency",
    ),
    Count(
        "passed on by agency",
        "SELECT giver, COUNT(*) FROM moved WHERE kind IN ('referred', 'sent_to_desk', 'inherited') GROUP BY giver",
        "SELECT agency, COUNT(*) FROM tasks WHERE role = 'lead' AND status = 'returned' GROUP BY agency",
    ),
    Count(
        "answered by agency",
        "SELECT agency, COUNT(*) FROM steps WHERE kind = 'answered' GROUP BY agency",
        "SELECT agency, COUNT(*) FROM tasks WHERE role = 'lead' AND status = 'done' GROUP BY agency",
    ),
    Count(
        "seconds charged by agency",
        "SELECT clock, SUM(until - at) FROM steps WHERE until > at AND clock NOT IN ('', 'citizen') GROUP BY clock",
        "SELECT agency, SUM(charged) / 1000000 FROM tasks WHERE charged > 0 GROUP BY agency",
    ),
    Count(
        "seconds of agencies by case",
        "SELECT case_id, SUM(until - at) FROM steps WHERE until > at AND clock NOT IN ('', 'citizen') GROUP BY case_id",
        "SELECT case_id, SUM(charged) / 1000000 FROM tasks WHERE charged > 0 GROUP BY case_id",
    ),
    Count(
        "seconds of nobody's by case",
        "SELECT case_id, SUM(until - at) FROM steps WHERE until > at AND clock IN ('', 'citizen') GROUP BY case_id",
        "SELECT id, paused / 1000000 FROM cases WHERE paused > 0",
    ),
    Count(
        "status by case",
        "SELECT case_id, status FROM stood WHERE back = 1",
        "SELECT id, status FROM cases",
    ),
    Count(
        "times reopened by case",
        "SELECT case_id, COUNT(*) FROM steps WHERE kind = 'disputed' GROUP BY case_id",
        "SELECT id, reopened FROM cases WHERE reopened > 0",
    ),
    Count(
        "outcomes",
        "SELECT outcome, COUNT(*) FROM stood WHERE back = 1 GROUP BY outcome",
        "SELECT COALESCE(outcome, ''), COUNT(*) FROM cases GROUP BY COALESCE(outcome, '')",
    ),
)
#: What the databases spell differently.
_SPELLINGS = {
    "sqlite": {
        "at": "CAST(strftime('%s', at) AS INTEGER)",
        "before_colon": "substr(steps.note, 1, instr(steps.note, ':') - 1)",
        "after_space": "substr(steps.note, instr(steps.note, ' ') + 1)",
    },
    "postgresql": {
        "at": "CAST(EXTRACT(EPOCH FROM at) AS bigint)",
        "before_colon": "split_part(steps.note, ':', 1)",
        "after_space": "split_part(steps.note, ' ', 2)",
    },
}


def seconds(column: str, dialect: str) -> str:
    """Return SQL for a moment as seconds since 1970."""
    return re.sub(r"\bat\b", column, _SPELLINGS[dialect]["at"])


async def rows(transaction: Transaction, sql: str) -> list[tuple[Any, ...]]:
    """Return what a query finds."""
    return [tuple(row) for row in (await transaction.exec_driver_sql(sql)).all()]


async def differences(database: Database, desk: str) -> dict[str, tuple[int, int]]:
    """Return for each count over how many keys it goes, and of how many the two figures differ."""
    found = {}
    async with database.read() as transaction:
        steps = _STEPS.format(desk=desk, **_SPELLINGS[transaction.dialect.name])
        for count in COUNTS:
            told = _figures(await rows(transaction, steps + count.events))
            kept = _figures(await rows(transaction, count.register))
            differ = {key for key in told.keys() | kept.keys() if told.get(key) != kept.get(key)}
            found[count.name] = (len(told.keys() | kept.keys()), len(differ))
    return found


def _figures(found: list[tuple[Any, ...]]) -> Mapping[object, object]:
    """Return key to figure; PostgreSQL sums whole numbers to decimals."""
    return {key: int(figure) if isinstance(figure, Decimal) else figure for key, figure in found}
