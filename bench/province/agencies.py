"""Five habits of agencies, and how each goes about a case."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bench.province.world import FIRST, LAST
from domain.rulesets import Ruleset


@dataclass(frozen=True, slots=True)
class Habit:
    """How an agency goes about its work; shares of 1."""

    name: str
    #: Working hours until a case is taken.
    takes: tuple[float, float]
    #: Until it is answered after that, as a share of the time the rules allow.
    answers: tuple[float, float]
    #: How often a case that was not passed on before is.
    passes: float = 0.03
    #: How often the date is moved when it will be missed, and news told on the way.
    extends: float = 0.1
    progress: float = 0.2
    #: What citizens say: confirmed, partly, disputed; the rest stays silent.
    verdicts: tuple[float, float, float] = (0.34, 0.07, 0.09)
    #: Times in which nobody takes anything: how many a year, and how many days each.
    silences: tuple[int, tuple[int, int]] = (0, (0, 0))


HABITS = {
    habit.name: habit
    for habit in (
        Habit("prompt", (0.2, 5), (0.15, 0.85)),
        Habit("slow", (3, 18), (0.5, 1.9), extends=0.35, progress=0.5),
        Habit("bounces", (0.5, 6), (0.3, 1.0), passes=0.9),
        Habit("paper", (0.2, 4), (0.02, 0.25), verdicts=(0.08, 0.07, 0.38)),
        Habit("silent", (0.5, 8), (0.3, 1.1), silences=(3, (14, 45))),
        Habit("desk", (0.3, 5), (0.1, 0.6), passes=0),
    )
}
_SHARES = {"prompt": 44, "slow": 22, "bounces": 11, "paper": 12, "silent": 11}
_FIXED = {"VPUB": "desk", "TTT": "prompt", "CAT": "prompt"}


class Agencies:
    """Who has which habit, and when nobody is there."""

    def __init__(self, rules: Ruleset, seed: int) -> None:
        draw = random.Random(f"agencies {seed}")
        self._habits: dict[str, Habit] = {}
        self._silences: dict[str, list[tuple[datetime, datetime]]] = {}
        for agency in sorted({one.id for one in rules.agencies.values()}):
            (name,) = draw.choices(list(_SHARES), list(_SHARES.values()))
            habit = self._habits[agency] = HABITS[_FIXED.get(agency, name)]
            self._silences[agency] = list(_silences(habit, draw))

    def habit(self, agency: str) -> Habit:
        """Return the habit of an agency."""
        return self._habits[agency]

    def known(self, agency: str) -> bool:
        """Say whether there is such an agency."""
        return agency in self._habits

    def habits(self) -> dict[str, str]:
        """Return the name of each agency's habit."""
        return {agency: habit.name for agency, habit in self._habits.items()}

    def silent_until(self, agency: str, at: datetime) -> datetime | None:
        """Return the end of the silence a moment falls into."""
        return next((end for begin, end in self._silences[agency] if begin <= at < end), None)


def _silences(habit: Habit, draw: random.Random) -> list[tuple[datetime, datetime]]:
    often, (least, most) = habit.silences
    begun = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
    days = (LAST - FIRST).days
    found = []
    for _ in range(often * days // 365):
        begin = begun + timedelta(days=draw.randrange(days))
        found.append((begin, begin + timedelta(days=draw.randint(least, most))))
    return sorted(found)
