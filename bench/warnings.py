"""How soon early warning sees an outbreak, and how often it is wrong: ``python -m bench.warnings [--write]``.

Simulated years of a province: 92 communes x all topics, three years of sparse, bursty counts with days of the week,
holidays, seasons and growth; outbreaks are planted in each year, those of the third are looked for. Beside our rule
run, on the same days: so many people in seven days (a fixed threshold), and a CUSUM per cell. Both are given our way of
joining neighbours, and the threshold that on the years for tuning made as many false warnings as ours. The figures of
ours stand in ``domain/rules/warnings.toml``. The years shown are others than the years tuned on. To save time our rule
learns what is usual anew every seventh morning here; at work it does each morning.
"""

import argparse
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench.outbreaks import DAYS, START, WEEK, YEAR, Matrix, Outbreak, Whole, World, build
from domain.rises import Recent, figures_of, find_rises, join_places
from domain.usual import Count, Ground, Usual, usual_rules
from domain.warnings import (
    EarlyWarning,
    Figures,
    Warned,
    WarningKind,
    WarningStatus,
    go_on,
    is_known,
    left_out,
    touches,
)

DOCS = Path(__file__).parent.parent / "docs"
DOCUMENT, PICTURE = DOCS / "warnings.md", DOCS / "pictures" / "warnings.png"
TUNED, SHOWN = (1, 2), (11, 12, 13, 14)
#: An outbreak is seen when a warning of it is raised while it goes on or within so many days.
_AFTER = 7
_NAIVE = 10

Standing = Callable[[EarlyWarning], Figures]
#: What stands out on a day, and what there is where a warning was raised; given the warnings known so far.
Alarm = Callable[[int, Sequence[EarlyWarning]], tuple[list[Warned], Standing]]


@dataclass
class Course:
    """A year's warnings of one rule, and what a person made of them at once."""

    #: The day, the warning, and the outbreak it is of by its place in the world's list.
    raised: list[tuple[int, EarlyWarning, int | None]] = field(default_factory=list)

    def go(self, world: World, alarm: Alarm) -> "Course":
        """Go through the last year, morning by morning. A planted outbreak is confirmed, anything else dismissed."""
        known: list[EarlyWarning] = []
        for day in range(2 * YEAR, DAYS):
            found, standing = alarm(day, known)
            today = START + timedelta(days=day)
            going = (WarningStatus.RAISED, WarningStatus.CONFIRMED)
            known = [
                go_on(one, found, standing(one), today, world.ground) if one.status in going else one for one in known
            ]
            for one in found:
                if not any(is_known(one, other, today, world.ground) for other in known):
                    true = next((n for n, it in enumerate(world.outbreaks) if _is_of(one, day, it, world.ground)), None)
                    status = WarningStatus.DISMISSED if true is None else WarningStatus.CONFIRMED
                    warning = EarlyWarning(len(self.raised), one, today, today, status)
                    known.append(warning)
                    self.raised.append((day, warning, true))
        return self

    @property
    def false_a_week(self) -> float:
        """How many warnings a week were of nothing that was planted."""
        return sum(true is None for _, _, true in self.raised) / (YEAR / WEEK)

    def delays(self, world: World) -> dict[str, list[float]]:
        """Return by kind of outbreak in how many days each was seen, counting its first; infinity for never."""
        found: dict[str, list[float]] = {}
        for n, outbreak in enumerate(world.outbreaks):
            seen = [day - outbreak.first + 1 for day, _, true in self.raised if true == n]
            found.setdefault(outbreak.kind, []).append(min(seen, default=float("inf")))
        return found


def _is_of(warned: Warned, day: int, outbreak: Outbreak, ground: Ground) -> bool:
    real = Warned(WarningKind.SPREAD, warned.figures, outbreak.area, outbreak.topic)
    return outbreak.first <= day <= outbreak.last + _AFTER and touches(warned, real, ground)


def ours(world: World, timing: list[float] | None = None) -> Alarm:
    """Return our rule, as the morning's tick runs it."""
    ground, first = world.ground, START.toordinal()
    rows: list[list[Count]] = [[] for _ in range(DAYS)]
    for day, commune, topic in zip(*np.nonzero(world.counts), strict=True):
        people = int(world.counts[day, commune, topic])
        rows[day].append(Count(first + int(day), ground.communes[commune], ground.topics[topic], people))
    daily = world.counts.sum(axis=1)
    series = {
        topic: {first + int(day): int(daily[day, n]) for day in np.nonzero(daily[:, n])[0]}
        for n, topic in enumerate(ground.topics)
    }
    longest, history = max(usual_rules()["rise"]["windows"]), usual_rules()["usual"]["days"]

    learnt: list[Usual] = []

    def alarm(day: int, known: Sequence[EarlyWarning]) -> tuple[list[Warned], Standing]:
        begun = time.process_time()
        until = day - longest + 1
        again = not learnt or day % WEEK == 0
        if again:
            past = [row for rows_of in rows[max(0, until - history) : until] for row in rows_of]
            learnt[:] = [Usual(past, series, first, first + until, ground, left_out(known))]
        recent = Recent((row for rows_of in rows[until : day + 1] for row in rows_of), first + day)
        found = find_rises(learnt[0], recent)
        if timing is not None and again:
            timing.append(time.process_time() - begun)
        return found, lambda known: figures_of(learnt[0], recent, known.warned.area, known.warned.topic)

    return alarm


def by_score(world: World, scores: Matrix, threshold: float, people: Whole) -> Alarm:
    """Return a rule that warns of each cell whose score on a day is high enough; neighbours are joined as ours are."""
    ground = world.ground

    def alarm(day: int, _: Sequence[EarlyWarning]) -> tuple[list[Warned], Standing]:
        high = np.argwhere((scores[day] >= threshold) & (people[day] >= usual_rules()["rise"]["least"]))
        hits = [(-float(scores[day, c, t]), ground.topics[t], (ground.communes[c],)) for c, t in high]
        found = []
        for topic, area in join_places(hits, ground):
            count = _sum(people[day], ground, area, topic)
            found.append(Warned(WarningKind.RISE, Figures(count, 0.0, 0.0), area, topic))

        def standing(known: EarlyWarning) -> Figures:
            warned = known.warned
            c, t = [ground.communes.index(one) for one in warned.area], ground.topics.index(warned.topic)
            high = bool((scores[day][c, t] >= threshold).any())
            return Figures(_sum(people[day], ground, warned.area, warned.topic), 0.0, 0.0 if high else 1.0)

        return found, standing

    return alarm


def _sum(people: Whole, ground: Ground, area: Sequence[str], topic: str) -> int:
    return int(people[[ground.communes.index(one) for one in area], ground.topics.index(topic)].sum())


def in_week(world: World) -> Whole:
    """Return people of the seven days up to each day."""
    summed = np.cumsum(world.counts, axis=0)
    before = np.concatenate([np.zeros((WEEK, *summed.shape[1:]), dtype=summed.dtype), summed[:-WEEK]])
    return np.asarray(summed - before, dtype=np.int64)


def cusum(world: World) -> Matrix:
    """Return each cell's standardised CUSUM (k = 0.5), by mean and deviation of its own year before the last week.

    The variance is at least that of a Poisson of one person in eight weeks: without a floor one person in an empty
    cell is an alarm.
    """
    counts = world.counts.astype(float)
    sums, squares = np.cumsum(counts, axis=0), np.cumsum(counts**2, axis=0)
    found = np.zeros_like(counts)
    level = np.zeros(counts.shape[1:])
    for day in range(YEAR + WEEK, DAYS):
        until, since = day - WEEK, day - WEEK - YEAR
        mean = (sums[until] - (sums[since] if since >= 0 else 0)) / YEAR
        variance = (squares[until] - (squares[since] if since >= 0 else 0)) / YEAR - mean**2
        deviation = np.sqrt(np.maximum(variance, 1 / 56))
        # The sum is kept within bounds, or it would go on alarming for months after an outbreak.
        level = np.minimum(60.0, np.maximum(0.0, level + (counts[day] - mean) / deviation - 0.5))
        found[day] = level
    return found


def tuned(scores: Sequence[tuple[World, Matrix]], levels: Sequence[float], aim: float) -> float:
    """Return the lowest of the thresholds that on these years makes no more false warnings a week than aimed at."""
    low, high = 0, len(levels) - 1
    while low < high:
        middle = (low + high) // 2
        rates = [Course().go(one, by_score(one, of, levels[middle], in_week(one))).false_a_week for one, of in scores]
        low, high = (low, middle) if float(np.mean(rates)) <= aim else (middle + 1, high)
    return levels[low]


def run_ours(seed: int) -> tuple[Course, list[float]]:
    """Run our rule over a seed's last year; return what it raised and the seconds of each morning."""
    timing: list[float] = []
    world = build(seed)
    return Course().go(world, ours(world, timing)), timing


def main() -> None:
    """Simulate, compare, print; with --write keep the table and draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the table and picture in docs")
    parser.add_argument("--quick", action="store_true", help="one year to tune on and one to show")
    given = parser.parse_args()
    tune, show = (TUNED[:1], SHOWN[:1]) if given.quick else (TUNED, SHOWN)
    begun = time.perf_counter()
    with ProcessPoolExecutor(2) as pool:
        results = dict(zip((*tune, *show), pool.map(run_ours, (*tune, *show)), strict=True))
    print(f"ours: {time.perf_counter() - begun:.0f} s")
    aim = float(np.mean([results[seed][0].false_a_week for seed in tune]))
    worlds = {seed: build(seed) for seed in (*tune, *show)}
    sums = {seed: cusum(world) for seed, world in worlds.items()}
    weeks = {seed: in_week(world) for seed, world in worlds.items()}
    fixed = tuned([(worlds[seed], weeks[seed].astype(float)) for seed in tune], range(5, 80), aim)
    height = tuned([(worlds[seed], sums[seed]) for seed in tune], [float(h) for h in np.arange(2, 60, 0.5)], aim)
    print(f"false a week in the years to tune on: {aim:.2f}; threshold {fixed}, CUSUM h {height}")
    made = partial(_score_course, worlds, weeks)
    courses: dict[str, dict[int, Course]] = {
        "ours": {seed: results[seed][0] for seed in show},
        f"{fixed} people in 7 days": {seed: made(seed, weeks[seed].astype(float), fixed) for seed in show},
        f"{_NAIVE} people in 7 days": {seed: made(seed, weeks[seed].astype(float), _NAIVE) for seed in show},
        f"CUSUM, h = {height}": {seed: made(seed, sums[seed], height) for seed in show},
    }
    timing = [second for _, seconds in results.values() for second in seconds]
    figures = tables(courses, worlds, timing, (tune, show, aim))
    print(figures, f"\n{time.perf_counter() - begun:.0f} s in all")
    if given.write:
        keep(figures)
        draw(worlds[show[0]], {name: of[show[0]] for name, of in courses.items()})


def _score_course(
    worlds: Mapping[int, World], weeks: Mapping[int, Whole], seed: int, scores: Matrix, threshold: float
) -> Course:
    return Course().go(worlds[seed], by_score(worlds[seed], scores, threshold, weeks[seed]))


def tables(
    courses: Mapping[str, Mapping[int, Course]],
    worlds: Mapping[int, World],
    timing: Sequence[float],
    how: tuple[Sequence[int], Sequence[int], float],
) -> str:
    """Return the figures as Markdown."""
    tune, show, aim = how
    lines = ["| rule | seen | median days | 90 % within | false warnings a week |", "|---|---|---|---|---|"]
    by_kind: dict[str, dict[str, list[float]]] = {}
    for name, years in courses.items():
        own: dict[str, list[float]] = {}
        for seed, course in years.items():
            for kind, delays in course.delays(worlds[seed]).items():
                own.setdefault(kind, []).extend(delays)
        every = sorted(delay for delays in own.values() for delay in delays)
        seen = [delay for delay in every if delay < float("inf")]
        false = float(np.mean([course.false_a_week for course in years.values()]))
        share = f"{len(seen)} of {len(every)} ({len(seen) / len(every):.0%})"
        lines.append(f"| {name} | {share} | {_days_said(every, 0.5)} | {_days_said(every, 0.9)} | {false:.2f} |")
        by_kind[name] = own
    lines += ["", "| outbreak | " + " | ".join(by_kind) + " |", "|---|" + "---|" * len(by_kind)]
    for kind in next(iter(by_kind.values())):
        cells = (
            f"{sum(one < float('inf') for one in of[kind])}/{len(of[kind])}, {_days_said(sorted(of[kind]), 0.5)} d"
            for of in by_kind.values()
        )
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    ground = next(iter(worlds.values())).ground
    people = np.mean([world.counts[2 * YEAR :].sum() for world in worlds.values()])
    lines += [
        "",
        (
            f"{len(show)} years (seeds {', '.join(map(str, show))}), {ground.cells:,} cells, {people:,.0f} people "
            "a year. "
            f"Thresholds of the others are tuned to our {aim:.2f} false warnings a week on seeds "
            f"{', '.join(map(str, tune))}. Delays count the first day as 1 and an outbreak never seen as infinite. "
            f"A morning's look takes {median(timing):.2f} s (median of {len(timing)}; one core)."
        ),
    ]
    return "\n".join(lines)


def _days_said(delays: Sequence[float], share: float) -> str:
    """Return the nearest-rank percentile of all outbreaks, seen or not."""
    value = delays[max(0, -(-int(share * 100) * len(delays) // 100) - 1)]
    return "never" if value == float("inf") else f"{value:.0f}"


def keep(figures: str) -> None:
    """Put the tables into the document, in the place of those that stand there."""
    about = f"Python {platform.python_version()}, {platform.machine()}, {datetime.now(UTC):%Y-%m-%d}"
    head, mark, rest = DOCUMENT.read_text(encoding="utf-8").partition("<!-- figures -->\n")
    _, end, rest = rest.partition("<!-- end of figures -->\n")
    body = f"Made by `python -m bench.warnings --write` ({about}).\n\n{figures}\n"
    DOCUMENT.write_text(head + mark + body + end + rest, encoding="utf-8")


def draw(world: World, courses: Mapping[str, Course]) -> None:
    """Draw the first growing smell that all rules could see: people by week, what is expected, when each warned."""
    import matplotlib as mpl  # noqa: PLC0415 - only where a picture is wanted

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - as above

    smells = [n for n, one in enumerate(world.outbreaks) if one.kind.startswith("factory")]
    shown = max(smells, key=lambda one: sum(any(true == one for _, _, true in of.raised) for of in courses.values()))
    outbreak = world.outbreaks[shown]
    first, last = outbreak.first - 60, min(DAYS - 1, outbreak.last + 14)
    commune, topic = world.ground.communes.index(outbreak.area[0]), world.ground.topics.index(outbreak.topic)
    days: Any = [START + timedelta(days=day) for day in range(first, last + 1)]
    daily, week = world.counts[first : last + 1, commune, topic], in_week(world)[first : last + 1, commune, topic]
    usual = []
    for day in range(first, last + 1):
        past = _usual_at(world, day)
        begins = START.toordinal() + day - WEEK + 1
        usual.append(past.expected(outbreak.area, outbreak.topic, begins, begins + WEEK - 1))
    figure, axes = plt.subplots(figsize=(9, 4.2), dpi=110)
    axes.bar(days, daily, color="0.75", label="new people a day")
    axes.plot(days, week, color="0.2", label="in seven days")
    mean = np.array([one.mean for one in usual])
    deviation = np.sqrt([one.variance for one in usual])
    axes.plot(days, mean, color="tab:blue", linestyle="--", label="expected in seven days")
    axes.fill_between(days, np.maximum(0, mean - 2 * deviation), mean + 2 * deviation, color="tab:blue", alpha=0.15)
    axes.axvline(days[60], color="0.5", linewidth=1, linestyle=":")
    axes.annotate("begins", (days[60], axes.get_ylim()[1] * 0.95), fontsize=8)
    for n, (name, course) in enumerate(courses.items()):
        raised = [day for day, _, true in course.raised if true == shown]
        if raised:
            height = axes.get_ylim()[1] * (0.85 - 0.09 * n)
            at: Any = START + timedelta(days=min(raised))
            axes.plot([at], [height], marker="v", color="tab:red" if not n else "0.3")
            axes.annotate(f"{name}: day {min(raised) - outbreak.first + 1}", (at, height), fontsize=8,
                          xytext=(-8, 0), textcoords="offset points", va="center", ha="right")  # fmt: skip
    axes.legend(loc="upper left", fontsize=8)
    axes.set_title("A factory smell that grows in one commune (simulated)", fontsize=10)
    figure.autofmt_xdate()
    figure.tight_layout()
    figure.savefig(PICTURE)


def _usual_at(world: World, day: int) -> Usual:
    """Return what is usual on a day."""
    ground, first, until = world.ground, START.toordinal(), day - WEEK + 1
    since = max(0, until - YEAR)
    past = [
        Count(first + since + int(d), ground.communes[c], ground.topics[t], int(world.counts[since + d, c, t]))
        for d, c, t in zip(*np.nonzero(world.counts[since:until]), strict=True)
    ]
    daily = world.counts.sum(axis=1)
    series = {
        topic: {first + d: int(daily[d, n]) for d in range(until)} for n, topic in enumerate(ground.topics)
    }  # fmt: skip
    return Usual(past, series, first, first + until, ground)


if __name__ == "__main__":
    main()
