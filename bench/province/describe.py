"""What a simulated province holds, as tables: for docs/province.md."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from bench.province.agencies import Agencies
from bench.province.history import Histories, Spell
from bench.province.recount import Compared, Recount, midnight
from bench.province.world import FIRST, FLOOD_COMMUNES, FLOOD_DAY, LAST, SMELL_AT, SMELL_DAY, SMELL_TOPIC
from domain.rulesets import Ruleset

DOCUMENT = Path(__file__).parents[2] / "docs" / "province.md"
#: What stands below this line is written by the command.
_MARK = "<!-- written by python -m bench.province recount --write -->"
_FEES = "giao_duc.thu_chi_tuyen_sinh"
_WEEK = timedelta(days=7)


def keep(text: str) -> None:
    """Put tables in the place of those that stand in the document."""
    head = DOCUMENT.read_text(encoding="utf-8").partition(_MARK)[0]
    DOCUMENT.write_text(f"{head}{_MARK}\n\n{text}\n", encoding="utf-8")


def describe(histories: Histories, rules: Ruleset, seed: int, found: Compared) -> str:
    """Return the tables as Markdown."""
    compared = f"{found.figures:,} figures counted twice, {len(found.differences)} differences."
    restricted = sum(not case.counted for case in histories.cases.values())
    erased = sum(case.person is None for case in histories.cases.values())
    people = Counter(case.person for case in histories.cases.values() if case.person is not None)
    often = f"{sum(many == 1 for many in people.values()):,} wrote once, one {max(people.values())} times"
    held = (
        f"{len(histories.cases):,} cases of {len(people):,} people who can be told apart ({often}); "
        f"{restricted:,} restricted or an office's own, {erased:,} without a person any more."
    )
    parts = [compared, held, _years(histories), _habits(histories, Agencies(rules, seed)), _episodes(histories)]
    return "\n\n".join(parts)


def _years(histories: Histories) -> str:
    second = Recount(histories)
    rows = []
    for year in range(3):
        begin, end = date(FIRST.year + year, 10, 1), date(FIRST.year + year + 1, 10, 1)
        one = second.count(midnight(begin), midnight(end))["province"]
        answered = one.answered or 1
        rows.append(
            [
                f"{begin:%m/%Y} to {end - timedelta(days=1):%m/%Y}", one.opening, one.filed, one.again, one.answered,
                one.refused, one.merged, one.withdrawn, one.open, _share(one.on_time, answered),
                _share(one.on_time_promised, answered), _share(one.unconfirmed, answered),
                _share(one.disputed, answered),
            ]
        )  # fmt: skip
    head = (
        "year", "opening", "filed", "again", "answered", "refused", "merged", "withdrawn", "open", "in time",
        "in time without extension", "silent", "not done",
    )  # fmt: skip
    return _table(head, rows)


def _habits(histories: Histories, agencies: Agencies) -> str:
    """Return how the habits show in what happened."""
    spells: dict[str, list[Spell]] = defaultdict(list)
    known = agencies.habits()
    for spell in histories.spells:
        spells[known.get(spell.agency, "-")].append(spell)
    rows = []
    for habit in sorted(spells):
        theirs = spells[habit]
        answered = [spell for spell in theirs if spell.ended_by == "answered"]
        passed = sum(spell.ended_by in ("referred", "sent_to_desk") for spell in theirs)
        rows.append(
            [
                habit, sum(name == habit for name in known.values()), len(theirs), _share(passed, len(theirs)),
                _hours(spell.accepted - spell.opened for spell in theirs if spell.accepted),
                _hours(spell.ended - spell.opened for spell in answered if spell.ended),
                _share(sum(bool(one.ended and one.ended <= one.promised) for one in answered), len(answered)),
                _share(sum(spell.verdict == "disputed" for spell in answered), len(answered)),
            ]
        )  # fmt: skip
    head = (
        "habit", "agencies", "tasks", "passed on", "accepted after (median)", "answered after (median)",
        "in time without extension", "not done, said citizens",
    )  # fmt: skip
    return _table(head, rows)


def _episodes(histories: Histories) -> str:
    flood: Counter[date] = Counter()
    smell: Counter[int] = Counter()
    fees: Counter[str] = Counter()
    for spell in histories.spells:
        case = histories.cases[spell.case]
        if spell.by != "filed":
            continue
        if case.commune in FLOOD_COMMUNES and midnight(FLOOD_DAY) <= spell.opened < midnight(FLOOD_DAY + 2 * _WEEK):
            flood[FLOOD_DAY + (spell.opened - midnight(FLOOD_DAY)) // timedelta(days=1) * timedelta(days=1)] += 1
        if (case.topic, case.commune) == (SMELL_TOPIC, SMELL_AT) and spell.opened >= midnight(SMELL_DAY):
            smell[(spell.opened - midnight(SMELL_DAY)) // _WEEK] += 1
        if case.topic == _FEES:
            fees[f"{spell.opened + timedelta(hours=7):%m/%Y}"] += 1
    months = [f"{month:02}/{year}" for year in range(FIRST.year, LAST.year + 1) for month in (8, 9, 10, 11)]
    return "\n\n".join(
        (
            "The flood, cases a day in its communes: " + _listed((f"{day:%d/%m}", flood[day]) for day in sorted(flood)),
            "The smell, cases a week: " + ", ".join(str(smell[week]) for week in range(16)),
            "School fees, cases a month: " + _listed((month, fees[month]) for month in months if fees[month]),
        )
    )


def _listed(pairs: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {many}" for name, many in pairs)


def _hours(durations: Iterable[timedelta]) -> str:
    ordered = sorted(durations)
    return f"{ordered[len(ordered) // 2] / timedelta(hours=1):.1f} h" if ordered else "-"


def _share(part: int, of: int) -> str:
    return f"{part / of:.0%}" if of else "-"


def _table(head: tuple[str, ...], rows: list[list[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    shown = ((f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row) for row in rows)
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in shown])
