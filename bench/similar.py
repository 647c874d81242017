"""How fast and how well open reports of the same problem are found: ``python -m bench.similar [--fit]``.

Time is that of the processor, so that others on the machine do not count, in a register like that of a province: 92
communes of which towns have most reports, 71 topics of which roads have most, texts of the corpus. Quality is measured
on written pairs: odd blocks were used for fitting, even ones never. ``--fit`` prints the weights that
``nlp/similar.py`` holds, rounded.
"""

import itertools
import json
import random
import statistics
import sys
import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from nlp.corpus import CORPUS, load_rows
from nlp.similar import SAME, Index, Measures, Report

PAIRS = Path(__file__).parents[1] / "tests" / "nlp" / "similar_pairs.jsonl"
PROVINCE = Path(__file__).parents[1] / "domain" / "rules" / "provinces" / "thai-nguyen.toml"
START = datetime(2026, 1, 1, tzinfo=UTC)
SIZES = (1_000, 10_000, 100_000)
QUERIES = 300
#: Reports of the corpus thrown among the pairs when fitting, so that what is merely of one topic is not taken for one.
BACKGROUND = 1_500
LIMIT_MS = 5.0


class Figures(NamedTuple):
    """Of the pairs there are, how many are found; of those found, how many are right; and reports that found one."""

    recall: float
    precision: float
    reached: float


def communes() -> dict[str, str]:
    """Code to name."""
    with PROVINCE.open("rb") as file:
        return {code: name for code, _, name in tomllib.load(file)["communes"]}


def texts() -> list[tuple[str, str]]:
    """Topic and text of each concern of the corpus."""
    return [(topic, row["text"]) for row in load_rows(CORPUS.glob("*.jsonl")) if (topic := row.get("topic"))]


def written(half: int, *, points: bool, background: int = 0) -> list[tuple[str | None, Report]]:
    """Group and report of each message of the odd (1) or even (0) blocks, in order of time."""
    rows = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    found = [
        (row["group"], report(number, row, points=points))
        for number, row in enumerate(rows)
        if row["block"] % 2 == half
    ]
    rng = random.Random(half)
    for number, (topic, text) in enumerate(rng.sample(texts()[half::2], background)):
        row = rng.choice(rows) | {"topic": topic, "text": text, "detail": None, "hours": rng.uniform(0, 600)}
        if row["point"]:
            row["point"] = [degree + rng.uniform(-0.02, 0.02) for degree in row["point"]]
        found.append((None, report(len(rows) + number, row, points=points)))
    return sorted(found, key=lambda one: (one[1].at, one[1].id))


def report(number: int, row: dict[str, Any], *, points: bool) -> Report:
    """Make a report of a row of the written pairs."""
    return Report(
        number,
        row["topic"],
        START + timedelta(hours=row["hours"]),
        row["text"],
        commune=row["commune"],
        detail=row["detail"],
        point=tuple(row["point"]) if points and row["point"] else None,
    )


def judge(reports: list[tuple[str | None, Report]], least: float = SAME) -> Figures:
    """Search for each report among those before it."""
    index, groups = Index(communes()), dict[int, str | None]()
    right = wrong = missed = asked = reached = 0
    for group, one in reports:
        same = {other for other, its in groups.items() if group and its == group}
        found = {match.id for match in index.find(one, 5, least)}
        right, wrong, missed = right + len(found & same), wrong + len(found - same), missed + len(same - found)
        asked, reached = asked + bool(same), reached + bool(same & found)
        index.add(one)
        groups[one.id] = group
    return Figures(right / (right + missed), right / max(right + wrong, 1), reached / asked)


def fit() -> None:
    """Print the weights of a logistic regression on the odd blocks, with and without points and background."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to import, wanted only here

    measured: list[Measures] = []
    same: list[bool] = []
    for points, background in itertools.product((True, False), (0, BACKGROUND)):
        index, groups = Index(communes()), dict[int, str | None]()
        for group, one in written(1, points=points, background=background):
            for other, measures in index.compare(one):
                measured.append(measures)
                same.append(group is not None and groups[other] == group)
            index.add(one)
            groups[one.id] = group
    model = LogisticRegression(C=10, max_iter=5_000).fit(measured, same)
    print("BIAS", round(float(model.intercept_[0]), 1))
    print(Measures(*(round(float(weight), 1) for weight in model.coef_[0])))


def province(count: int, rng: random.Random) -> Iterator[Report]:
    """So many reports of the last three months, oldest first."""
    places, concerns = list(communes()), texts()
    # A tenth of the communes has half of the reports, as towns have.
    shares = [1 / (rank + 3) for rank in range(len(places))]
    topics = sorted({topic for topic, _ in concerns}, key=lambda topic: rng.random() - topic.startswith("giao_thong"))
    of_topic = {topic: [text for its, text in concerns if its == topic] for topic in topics}
    weights = [1 / (rank + 2) for rank in range(len(topics))]
    for number in range(count):
        commune, topic = rng.choices(places, shares)[0], rng.choices(topics, weights)[0]
        centre = places.index(commune)
        yield Report(
            number,
            topic,
            START + timedelta(days=90 * number / count),
            rng.choice(of_topic[topic]),
            commune=commune,
            detail=f"xóm {rng.randint(1, 20)}" if rng.random() < 0.6 else None,  # noqa: PLR2004 - what share says where
            point=(21.3 + centre % 10 * 0.08 + rng.gauss(0, 0.02), 105.5 + centre // 10 * 0.08 + rng.gauss(0, 0.02))
            if rng.random() < 0.4  # noqa: PLR2004 - what share sends a point
            else None,
        )


def measure_time() -> None:
    """Print the time of a search at each size, and how it grows."""
    before = None
    for size in SIZES:
        rng = random.Random(size)
        index = Index(communes())
        reports = list(province(size + QUERIES, rng))
        begun = time.thread_time()
        for one in reports[:size]:
            index.add(one)
        filled = (time.thread_time() - begun) / size
        took = []
        for one in reports[size:]:
            begun = time.thread_time()
            index.find(one)
            took.append((time.thread_time() - begun) * 1_000)
        median, worst = statistics.median(took), sorted(took)[int(0.99 * len(took))]
        ratio = f", {median / before:.1f} times as before" if before else ""
        print(f"{size:7,} open: {median:.2f} ms a search, 1 % over {worst:.2f} ms{ratio}; {filled * 1e3:.2f} to add")
        before = median
    print(f"{'within' if worst < LIMIT_MS else 'OVER'} {LIMIT_MS} ms")


def main() -> None:
    """Measure, or fit."""
    if "--fit" in sys.argv:
        fit()
        return
    for half, name in ((1, "fitted on"), (0, "never seen")):
        for points, background in itertools.product((True, False), (0, BACKGROUND)):
            figures = judge(written(half, points=points, background=background))
            print(
                f"{name}, {'with' if points else 'without'} points, {background} others:"
                f" recall {figures.recall:.3f}, precision {figures.precision:.3f}, reached {figures.reached:.3f}"
            )
    measure_time()


if __name__ == "__main__":
    main()
