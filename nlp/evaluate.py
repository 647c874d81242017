"""How well a reader reads labelled messages it has not seen."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from sklearn.model_selection import GroupKFold

from nlp.corpus import Row, load_rows
from nlp.places import Gazetteer
from nlp.reader import Reader
from nlp.reading import Reading
from nlp.train import train_rows

#: Equal steps of confidence over which calibration is averaged.
_BINS = 10
#: Probability from which a danger or an accusation is acted on.
_ACT = 0.5

Progress = Callable[[str], None]
Pair = tuple[Row, Reading]


def evaluate(reader: Reader, rows: Sequence[Row]) -> dict[str, object]:
    """Figures over labelled rows, each over the rows that carry its label; a figure without rows is missing."""
    return summarize(list(zip(rows, reader.read([row["text"] for row in rows]), strict=True)))


def cross_validate(
    corpus: Path,
    topic_names: Mapping[str, str],
    gazetteer: Gazetteer,
    folds: int = 5,
    progress: Progress = lambda _: None,
) -> dict[str, object]:
    """Figures over the whole corpus, each author's messages read by a model that has seen none of that author."""
    rows = load_rows(corpus.glob("*.jsonl"))
    groups = [row["group"] for row in rows]
    pairs: list[Pair] = []
    for number, (kept, out) in enumerate(GroupKFold(folds).split(rows, groups=groups), 1):
        progress(f"fold {number} of {folds}")
        reader = Reader(train_rows([rows[i] for i in kept], topic_names), gazetteer)
        held = [rows[i] for i in out]
        pairs.extend(zip(held, reader.read([row["text"] for row in held]), strict=True))
    return summarize(pairs)


def summarize(pairs: Sequence[Pair]) -> dict[str, object]:
    """All figures: shares and F1 between 0 and 1."""
    figures: dict[str, object] = {"rows": len(pairs)}
    concerns = [(row, reading) for row, reading in pairs if row.get("topic")]
    if concerns:
        ranks = [_rank(row, reading) for row, reading in concerns]
        figures["topic_top1"] = _share(rank == 0 for rank in ranks)
        figures["topic_top3"] = _share(rank is not None for rank in ranks)
        figures["topic_macro_f1"] = _macro_f1(
            [(str(row.get("topic")), _best(row, reading)) for row, reading in concerns]
        )
        figures["topic_ece"] = _calibration_error(
            [(reading.confidence, rank == 0) for (_, reading), rank in zip(concerns, ranks, strict=True)]
        )
        figures["topic_top1_by_register"] = {
            name: _share(_rank(row, reading) == 0 for row, reading in concerns if row.get("register") == name)
            for name in sorted({row["register"] for row, _ in concerns if "register" in row})
        }
        figures["taken_for_talk"] = _share(reading.talk is not None for _, reading in concerns)
        missed = Counter((row.get("topic"), reading.topic) for row, reading in concerns if _rank(row, reading) != 0)
        figures["worst_confusions"] = [[truth, read, times] for (truth, read), times in missed.most_common(15)]
    fields = [(right, _field(reading)) for row, reading in pairs if (right := _fields(row))]
    if fields:
        figures["field_accuracy"] = _share(read in right for right, read in fields)
        figures["field_macro_f1"] = _macro_f1([(read if read in right else right[0], read) for right, read in fields])
    kinds = [(str(row["kind"]), str(reading.kind)) for row, reading in pairs if row.get("kind")]
    if kinds:
        figures["kind_accuracy"] = _share(truth == read for truth, read in kinds)
        figures["kind_macro_f1"] = _macro_f1(kinds)
        figures["kind_f1"] = _f1(kinds)
    talks = [(str(row["talk"]), str(reading.talk)) for row, reading in pairs if row.get("talk")]
    if talks:
        figures["talk_found"] = _share(read != "None" for _, read in talks)
        figures["talk_accuracy"] = _share(truth == read for truth, read in talks)
        figures["talk_f1"] = _f1(talks)
    figures["urgent"] = _recall_precision([(bool(row.get("urgent")), reading.urgent > _ACT) for row, reading in pairs])
    figures["restricted"] = _recall_precision(
        [(bool(row.get("restricted")), reading.restricted > _ACT) for row, reading in pairs]
    )
    places = [(row["commune"], reading.place) for row, reading in pairs if row.get("commune")]
    if places:
        figures["commune_exact"] = _share(
            place.commune is not None and place.commune.code == code for code, place in places
        )
        figures["commune_offered"] = _share(
            code in {c.code for c in (place.commune, *place.candidates) if c is not None} for code, place in places
        )
    return figures


def _rank(row: Row, reading: Reading) -> int | None:
    """Place of the first right topic among those read, None when none is."""
    right = {row.get("topic"), row.get("also")} - {None}
    return next((rank for rank, (topic, _) in enumerate(reading.topics) if topic in right), None)


def _best(row: Row, reading: Reading) -> str:
    """Name the topic read; the label itself where the other right one was read."""
    return str(row.get("topic")) if _rank(row, reading) == 0 else str(reading.topic)


def _fields(row: Row) -> list[str]:
    topics = [topic for topic in (row.get("topic"), row.get("also")) if topic]
    return row.get("fields") or [topic.split(".")[0] for topic in topics]


def _field(reading: Reading) -> str:
    return (reading.topic or "").split(".")[0]


def _share(hits: Iterable[bool]) -> float:
    values = list(hits)
    return round(sum(values) / len(values), 4) if values else 0.0


def _f1(pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    """F1 of each class that occurs in truth, of (truth, read) pairs."""
    truth, read, both = (
        Counter(t for t, _ in pairs),
        Counter(r for _, r in pairs),
        Counter(t for t, r in pairs if t == r),
    )
    return {name: round(2 * both[name] / (truth[name] + read[name]), 4) for name in sorted(truth)}


def _macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    scores = _f1(pairs)
    return round(sum(scores.values()) / len(scores), 4)


def _recall_precision(pairs: Sequence[tuple[bool, bool]]) -> dict[str, float | int]:
    hits = sum(truth and read for truth, read in pairs)
    truths, reads = sum(truth for truth, _ in pairs), sum(read for _, read in pairs)
    return {
        "true": truths,
        "recall": round(hits / truths, 4) if truths else 0.0,
        "precision": round(hits / reads, 4) if reads else 0.0,
    }


def _calibration_error(pairs: Sequence[tuple[float, bool]]) -> float:
    """Compute the expected calibration error: mean gap of confidence and share right, by steps of confidence."""
    confidence = np.array([chance for chance, _ in pairs])
    right = np.array([hit for _, hit in pairs], dtype=float)
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = [abs(confidence[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
    return round(float(sum(gaps)), 4)
