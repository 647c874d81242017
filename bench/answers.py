"""How often answers of officers are judged rightly: ``python -m bench.answers [--write]``.

Prints what was misjudged in both halves of the labelled answers: good ones refused, bad ones passed. ``--write`` keeps
the table in docs/answers.md.
"""

import argparse
import time
import tomllib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from domain.answering import AnswerRules, flaws, parse_answers
from domain.rulesets import read_rules

ROOT = Path(__file__).parent.parent
LABELLED = ROOT / "tests" / "domain" / "answers.toml"
DOCUMENT = ROOT / "docs" / "answers.md"
BEGIN, END = "<!-- begin: python -m bench.answers --write -->\n", "<!-- end -->\n"
DAY = " Ngày 12/11/2026."
PARTS = {"tune": "tuned on", "dev": "kept apart"}


class Judged(NamedTuple):
    """A labelled answer and the keys of its flaws."""

    part: str
    good: bool
    answer: str
    flaws: tuple[str, ...]
    #: The same when a lazy officer puts a day behind it.
    dated: tuple[str, ...]


def judge(rules: AnswerRules) -> list[Judged]:
    """Judge every labelled answer."""
    return [
        Judged(case["part"], label == "good", answer, _flaws(case, answer, rules), _flaws(case, answer + DAY, rules))
        for case in tomllib.loads(LABELLED.read_text(encoding="utf-8"))["cases"]
        for label in ("good", "bad")
        for answer in case.get(label, ())
    ]


def _flaws(case: dict[str, object], answer: str, rules: AnswerRules) -> tuple[str, ...]:
    topic = case.get("topic")
    found = flaws(
        answer,
        asked=str(case["asked"]),
        question=None,
        topic=None if topic is None else str(topic),
        photos=int(str(case.get("photos", 0))),
        used=int(str(case.get("used", 0))),
        rules=rules,
    )
    return tuple(flaw.key for flaw in found)


def table(rows: list[Judged]) -> str:
    """Return both kinds of mistakes in both halves, and what the bad answers of each were told, as Markdown."""
    lines = ["| answers | good | refused all the same | bad | caught |", "|---|---|---|---|---|"]
    for part, name in PARTS.items():
        good = [bool(row.flaws) for row in rows if row.part == part and row.good]
        bad = [bool(row.flaws) for row in rows if row.part == part and not row.good]
        lines.append(
            f"| {name} | {len(good)} | {sum(good)} ({sum(good) / len(good):.1%}) "
            f"| {len(bad)} | {sum(bad)} ({sum(bad) / len(bad):.1%}) |"
        )
    dated = [bool(row.dated) for row in rows if not row.good]
    told = Counter(row.flaws[0] for row in rows if not row.good and row.flaws)
    kinds = ", ".join(f"{key} {count}" for key, count in told.most_common())
    caught = f"{sum(dated)} ({sum(dated) / len(dated):.1%})"
    lines.append(f"| the bad ones again, with a day put behind | | | {len(dated)} | {caught} |")
    return "\n".join([*lines, "", f"What the bad ones are told first: {kinds}.", ""])


def main() -> None:
    """Judge, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into docs/answers.md")
    wanted = parser.parse_args()
    rules = parse_answers(read_rules("answers"))
    begun = time.process_time()
    rows = judge(rules)
    took = (time.process_time() - begun) / len(rows) / 2  # each is judged twice
    for row in rows:
        if row.good == bool(row.flaws):
            print(f"{row.part}: {'refused ' + str(row.flaws) if row.good else 'passed'}: {row.answer}")
    print(table(rows), f"{took * 1e3:.2f} ms an answer", sep="\n")
    if wanted.write:
        head, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
        DOCUMENT.write_text(f"{head}{BEGIN}\n{table(rows)}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
