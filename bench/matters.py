"""Can reports of one trouble be told from many troubles of one topic? ``python -m bench.matters``.

Share of reports that have another one like them (``handlers.matters.share_alike``): in groups written of one problem,
of blocks that the weights of ``nlp/similar.py`` were not fitted on, and in random draws of one topic from the corpus,
all put into one commune.
"""

import random
import statistics
from collections import defaultdict
from datetime import timedelta

from bench.similar import START, communes, texts, written
from domain.matters import matter_rules
from handlers.matters import share_alike
from nlp.similar import Report

DRAWS, DRAWN = 5, 15


def one_trouble() -> list[float]:
    """Return the share of each written group of three and more."""
    groups: dict[str, list[Report]] = defaultdict(list)
    for group, report in written(0, points=False):
        if group:
            groups[group].append(report)
    return [share_alike(group, communes()) for group in groups.values() if len(group) > 2]  # noqa: PLR2004 - a pair


def many_troubles() -> list[float]:
    """Return the share of each random draw of a topic."""
    by_topic: dict[str, list[str]] = defaultdict(list)
    for topic, text in texts():
        by_topic[topic].append(text)
    rng, found = random.Random(1), []
    for topic, known in sorted(by_topic.items()):
        for _ in range(DRAWS if len(known) > DRAWN else 0):
            drawn = [
                Report(n, topic, START + timedelta(hours=20 * n), text, commune="05953")
                for n, text in enumerate(rng.sample(known, DRAWN))
            ]
            found.append(share_alike(drawn, communes()))
    return found


def main() -> None:
    """Print both."""
    least = matter_rules().alike
    for name, shares in (("one trouble", one_trouble()), ("many troubles", many_troubles())):
        taken = sum(share >= least for share in shares)
        print(
            f"{name:14} {len(shares):4} sets: mean {statistics.mean(shares):.2f}, from {min(shares):.2f}"
            f" to {max(shares):.2f}; at least {least}: {taken} ({taken / len(shares):.0%})"
        )


if __name__ == "__main__":
    main()
