"""Is the reader worth what it costs: our model beside simpler ones, and beside itself without each of its parts.

All learn from the "train" part of the corpus and are measured on "dev": writers none of them has seen.
``python -m bench.reading`` prints the table as Markdown. ``--draw FIGURES.json PICTURE.svg`` draws how often the surest
answers are right, from what ``hoiam evaluate FILE --json FIGURES.json`` wrote.
"""

import argparse
import json
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from math import sqrt
from pathlib import Path
from typing import Any, NamedTuple, cast
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from nlp import features, train
from nlp.corpus import CORPUS, Row, label, load_rows, part
from nlp.deep import DEEP, Deep
from nlp.evaluate import Act, Figures, Read, measure
from nlp.lint import Labelled, read_taxonomy
from nlp.model import Model
from nlp.normalize import fold, normalize, split
from nlp.reading import Reading

KEYWORDS = Path(__file__).with_name("keywords.toml")

_BEST = 3
#: Texts are read in such batches where speed is measured, as the bot does under load.
_BATCH = 200
_TALK = "talk."
#: Blocks of columns with how words sound, and pairs of such; see nlp/features.py.
_SOUND_BLOCKS = (3, 4)

#: The best topics of each text, best first.
Guess = Callable[[Sequence[str]], list[list[str]]]


class Method(NamedTuple):
    """A way to tell the topic."""

    name: str
    #: Learns from rows and topic names (slug to name).
    learn: Callable[[Sequence[Row], Mapping[str, str]], Guess]
    #: What is taken away from the project's code while it learns and reads.
    without: Callable[[], AbstractContextManager[object]] = nullcontext


class Result(NamedTuple):
    """A line of the table."""

    name: str
    figures: Figures
    #: Seconds to learn, texts read a second.
    seconds: float
    rate: float
    #: It gives one topic only.
    single: bool


def majority(rows: Sequence[Row], _names: Mapping[str, str]) -> Guess:
    """Guess the commonest topics, whatever the text."""
    common = [topic for topic, _ in Counter(row.get("topic") for row in rows).most_common() if topic][:_BEST]
    return lambda texts: [common for _ in texts]


def keywords(rows: Sequence[Row], names: Mapping[str, str]) -> Guess:
    """Count the keywords of each topic in a text, longer ones for more; the commonest topics where there is none."""
    with KEYWORDS.open("rb") as file:
        listed = tomllib.load(file)
    words: dict[str, list[tuple[str, int]]] = {}
    for slug, name in names.items():
        field, _, topic = slug.partition(".")
        phrases = {fold(phrase).strip() for phrase in (*listed[field][topic], *name.replace(";", ",").split(","))}
        words[slug] = [(f" {phrase} ", len(phrase.split()) ** 2) for phrase in phrases]
    common = majority(rows, names)([""])[0]

    def best(text: str) -> list[str]:
        folded = f" {' '.join(word.folded for word in split(normalize(text)))} "
        scores = {slug: sum(weight for phrase, weight in some if phrase in folded) for slug, some in words.items()}
        found = [slug for slug, score in sorted(scores.items(), key=lambda pair: -pair[1]) if score]
        return list(dict.fromkeys((*found, *common)))[:_BEST]

    return lambda texts: [best(text) for text in texts]


def underthesea(rows: Sequence[Row], _names: Mapping[str, str]) -> Guess:
    """Train the classifier underthesea ships (TF-IDF and a linear SVM in Rust) with its own preprocessing."""
    from underthesea_core import (  # type: ignore[import-untyped]  # noqa: PLC0415 - only this method needs it
        TextClassifier,
        TextPreprocessor,
    )

    classifier = TextClassifier(preprocessor=TextPreprocessor())
    topics = [row for row in rows if row.get("topic")]  # it gives one answer, so small talk would only stand in its way
    classifier.fit([row["text"] for row in topics], [label(row) for row in topics])
    return lambda texts: [[topic] for topic in classifier.predict_batch(list(texts))]


def logistic_regression(prepare: Callable[[str], str] = str.lower) -> Callable[..., Guess]:
    """Make the textbook method: TF-IDF of words (1-2) and letters (2-5), logistic regression."""

    def learn(rows: Sequence[Row], names: Mapping[str, str]) -> Guess:
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - only this method needs it
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
        from sklearn.pipeline import make_pipeline, make_union  # noqa: PLC0415

        told = [*((prepare(row["text"]), label(row)) for row in rows), *((prepare(names[s]), s) for s in names)]
        shapes: tuple[dict[str, Any], ...] = (
            {"ngram_range": (1, 2), "token_pattern": r"\w+"},
            {"ngram_range": (2, 5), "analyzer": "char_wb"},
        )
        # Columns seen once are left out: with them the weights of 80 classes take gigabytes.
        common = {"lowercase": False, "sublinear_tf": True, "min_df": 2, "dtype": np.float32}
        model = make_pipeline(
            make_union(*(TfidfVectorizer(**shape, **common) for shape in shapes)),
            LogisticRegression(C=10, tol=1e-3),
        )
        model.fit([text for text, _ in told], [name for _, name in told])
        return lambda texts: _best(model.predict_proba([prepare(text) for text in texts]), list(model.classes_))

    return learn


def fast(rows: Sequence[Row], names: Mapping[str, str]) -> Guess:
    """Train the project's linear model: topics with kinds, danger and accusation."""
    model: Model = train.train_rows(rows, names)
    return lambda texts: _best(model.scores([split(normalize(text)) for text in texts]).topic, model.topics)


def deep(_rows: Sequence[Row], _names: Mapping[str, str]) -> Guess:
    """Take the deep reader as it is shipped; it learned from the same part of the corpus (`make reader`)."""
    reader = Deep(DEEP)
    return lambda texts: _best(
        reader.margins([split(normalize(text)) for text in texts])[:, : len(reader.topics)], reader.topics
    )


def both(rows: Sequence[Row], names: Mapping[str, str]) -> Guess:
    """Weigh both together on every text; the bot asks the deep one only where the linear one is not sure."""
    model, reader = train.train_rows(rows, names), Deep(DEEP)

    def guess(texts: Sequence[str]) -> list[list[str]]:
        words = [split(normalize(text)) for text in texts]
        refined = reader.refine(model.scores(words), np.arange(len(texts)), words)
        return _best(refined.topic, model.topics)

    return guess


def _best(chances: NDArray[Any], classes: Sequence[str]) -> list[list[str]]:
    """Topics by probability (texts by classes), best three, small talk left out."""
    topics = [number for number, name in enumerate(classes) if not name.startswith(_TALK)]
    order = np.argsort(-chances[:, topics], axis=1, kind="stable")[:, :_BEST]
    return [[classes[topics[number]] for number in row] for row in order]


class _Deaf(features.Featurizer):
    """Gives no columns for sounds."""

    def columns(self, words: Sequence[Any]) -> tuple[features.Columns, ...]:
        blocks = super().columns(words)
        return tuple([] if number in _SOUND_BLOCKS else block for number, block in enumerate(blocks))


@contextmanager
def _without_sounds() -> Iterator[None]:
    """Learn and read without sounds: both make a featurizer of their own."""
    with patch("nlp.train.Featurizer", _Deaf), patch("nlp.model.Featurizer", _Deaf):
        yield


METHODS = (
    Method("the commonest topics", majority),
    Method("keyword rules (topic names and bench/keywords.toml)", keywords),
    Method("underthesea TextClassifier, trained on our rows", underthesea),
    Method("scikit-learn: TF-IDF (word 1-2, letters 2-5), logistic regression", logistic_regression()),
    Method("  the same, diacritics stripped", logistic_regression(fold)),
    Method("our fast model", fast),
    # Copies remain, so that nothing else changes, but they keep their diacritics.
    Method("  without copies without diacritics", fast, lambda: patch("nlp.train.fold", str)),
    Method("  without sounds", fast, _without_sounds),
    Method("  without topic names", lambda rows, _: fast(rows, {})),
    Method("  without teencode", fast, lambda: patch("nlp.normalize.teencode", dict)),
    Method("the deep reader alone", deep),
    Method("both, what ships", both),
)


def compare(methods: Sequence[Method], rows: Sequence[Row], names: Mapping[str, str]) -> Iterator[Result]:
    """Let each method learn and read."""
    kept = [row for row in rows if part(row) == "train"]
    held = [cast("Labelled", row) for row in rows if part(row) == "dev"]
    texts = [row["text"] for row in held]
    for method in methods:
        print(f"· {method.name.strip()}", file=sys.stderr)
        with method.without():
            begun = time.perf_counter()
            guess = method.learn(kept, names)
            learned = time.perf_counter()
            best = [topics for at in range(0, len(texts), _BATCH) for topics in guess(texts[at : at + _BATCH])]
            ended = time.perf_counter()
        readings = [Reading(topics=tuple((topic, 0.0) for topic in topics)) for topics in best]
        figures = measure([Read(row, it, Act()) for row, it in zip(held, readings, strict=True)], {})
        single = all(len(topics) == 1 for topics in best)
        yield Result(method.name, figures, learned - begun, len(texts) / (ended - learned), single)


def table(results: Sequence[Result]) -> str:
    """Write the results as Markdown."""
    lines = [
        "| method | topic first | in three | field macro-F1 | the same, noisy | learns in | texts/s |",
        "|---|---|---|---|---|---|---|",
    ]
    for it in results:
        shares = [it.figures[name] for name in ("topic_top1", "topic_top3", "field_macro_f1", "field_macro_f1_noisy")]
        cells = ["-" if it.single and number == 1 else f"{share:.3f}" for number, share in enumerate(shares)]
        lines.append(f"| {it.name} | {' | '.join(cells)} | {it.seconds:.1f} s | {it.rate:,.0f} |")
    return "\n".join(lines)


def draw(figures: Figures, picture: Path) -> None:
    """Draw how often the surest answers are right, against the share of messages answered."""
    from matplotlib import pyplot as plt  # noqa: PLC0415 - for pictures only; nothing that runs needs it

    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    for name, title in (("topic", "topic"), ("lead", "leading agency")):
        if points := figures["risk_coverage"][name]:
            axes.plot(*zip(*points, strict=True), marker=".", label=title)
    axes.axvline(0.8, color="grey", linewidth=0.8, linestyle=":")
    axes.axhline(0.92, color="grey", linewidth=0.8, linestyle=":")
    axes.set(
        xlabel="share of messages answered, the surest first", ylabel="share of them right", xlim=(0, 1), ylim=(None, 1)
    )
    axes.legend()
    picture.parent.mkdir(parents=True, exist_ok=True)
    # The same figures give the same file: no date, no random names; words stay words.
    plt.rcParams.update({"svg.hashsalt": "hoiam", "svg.fonttype": "none"})
    figure.savefig(picture, metadata={"Date": None} if picture.suffix == ".svg" else None)
    plt.close(figure)


def main() -> None:
    """Compare and print, or draw."""
    parser = argparse.ArgumentParser(prog="python -m bench.reading", description=__doc__)
    parser.add_argument("--only", default="", help="methods whose name has these words")
    parser.add_argument("--every", type=int, default=1, help="learn from every n-th message only, to try things out")
    parser.add_argument("--draw", nargs=2, type=Path, metavar=("FIGURES", "PICTURE"), help="draw instead")
    given = parser.parse_args()
    if given.draw:
        draw(json.loads(given.draw[0].read_text(encoding="utf-8")), given.draw[1])
        return
    rows = load_rows(CORPUS.glob("*.jsonl"))
    some = [row for number, row in enumerate(rows) if part(row) == "dev" or number % given.every == 0]
    methods = [method for method in METHODS if given.only in method.name]
    results = list(compare(methods, some, read_taxonomy().topics))
    counts = Counter(map(part, some))
    noise = 100 * 1.96 * sqrt(0.25 / max(1, counts["dev"]))
    print(
        f"Learned from {counts['train']:,} messages, measured on {counts['dev']:,} of other writers:"
        f" a difference of less than {noise:.0f} points may be chance.\n"
    )
    print(table(results))


if __name__ == "__main__":
    main()
