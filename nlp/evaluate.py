"""How well labelled messages are read: figures beside their targets, and what is mistaken for what.

Pure but for reading a file and asking the reader: rows, readings and what the bot would do go in, figures come out.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import sqrt
from typing import Any, NamedTuple, cast

import numpy as np

from nlp.corpus import Row
from nlp.lint import Labelled
from nlp.normalize import fold
from nlp.reader import Reader
from nlp.reading import Commune, Reading

#: Texts read at a time.
_BATCH = 500
#: Equal steps of confidence over which calibration is averaged, and of coverage along which risk is drawn.
_BINS, _STEPS = 10, 20
#: Share of messages that is to be routed without asking.
_ROUTED = 0.8
#: Registers that are hard to read.
_NOISY = frozenset({"khong_dau", "teencode"})
#: Among so many topics the right one is looked for, though more may be read.
_OFFERED = 3
#: Kinds with a procedure of their own: they are guided, never routed.
_LEGAL = frozenset({"khieu_nai", "to_cao"})
#: Share of a span that must be covered for it to count as found.
_COVERED = 0.8
#: Probability from which a danger or an accusation is believed, where nobody says what the bot would do.
_LIKELY = 0.5
#: Standard deviations that hold 95 % of a normal distribution.
_Z = 1.96
#: Confused pairs that are printed.
_WORST = 15

Progress = Callable[[str], None]


class Act(NamedTuple):
    """What the bot would do with a reading."""

    #: "route", "ask", "desk", "guide" or "talk"; empty when nobody says.
    does: str = ""
    #: Topics put before the citizen: the one routed by (of several issues, each one's), or those to choose from.
    topics: tuple[str, ...] = ()
    urgent: bool = False
    restricted: bool = False


Decide = Callable[[str, Reading], Act]


class Read(NamedTuple):
    """A labelled message, what was read, and what would be done."""

    row: Labelled
    reading: Reading
    act: Act


class Value(NamedTuple):
    """A figure: between 0 and 1, over so many messages."""

    value: float
    rows: int
    #: Where the share of all such messages lies, 95 times in 100 (Wilson). None for what is no share.
    low: float | None = None
    high: float | None = None


class Target(NamedTuple):
    """What a figure is called in the table, and what it should be at least (calibration: at most)."""

    title: str
    target: float | None = None


#: The table, in the order it is printed.
TABLE: Mapping[str, Target] = {
    "field_macro_f1": Target("field (18): macro-F1", 0.90),
    "field_macro_f1_noisy": Target("  without diacritics or in teencode", 0.85),
    "field_accuracy": Target("  right in first"),
    "topic_top1": Target("topic (71): right in first", 0.80),
    "topic_top3": Target("  right in three", 0.93),
    "topic_macro_f1": Target("  macro-F1"),
    "topic_top1_noisy": Target("  in first, without diacritics or in teencode"),
    "topic_top3_noisy": Target("  in three, without diacritics or in teencode"),
    "topic_ece": Target("  calibration error of its probability", 0.05),
    "kind_macro_f1": Target("kind (7): macro-F1", 0.85),
    "kind_accuracy": Target("  right"),
    "khieu_nai_recall": Target("  complaints found", 0.92),
    "to_cao_recall": Target("  denunciations found", 0.92),
    "urgent_recall": Target("danger to life: found", 0.95),
    "urgent_precision": Target("  right where seen", 0.75),
    "restricted_recall": Target("accusation, abuse: found", 0.95),
    "restricted_precision": Target("  right where seen"),
    "lead_at_80": Target("leading agency: right at the surest 80 %", 0.92),
    "lead_at_80_with_legal": Target("  complaints and denunciations among them"),
    "lead_top1": Target("  right at all"),
    "lead_one_tap": Target("  right with one tap at most", 0.95),
    "routed": Target("decision: routed without asking"),
    "routed_right": Target("  leading agency right"),
    "asked": Target("decision: topics offered"),
    "asked_right": Target("  leading agency right among them"),
    "to_desk": Target("decision: left to the desk"),
    "guided": Target("decision: taken for a complaint or denunciation"),
    "taken_for_talk": Target("decision: taken for small talk"),
    "commune_exact": Target("place: unambiguous resolved right", 0.95),
    "commune_offered": Target("  right or among the candidates"),
    "ambiguous_recognised": Target("  ambiguous recognised", 0.95),
    "province_right": Target("  province right where it alone is named"),
    "pii_numbers_found": Target("private data: phone, ID, e-mail found", 0.99),
    "pii_names_found": Target("  names found", 0.85),
    "pii_precision": Target("  right where seen"),
    "talk_found": Target("small talk: found"),
    "talk_accuracy": Target("  named right by the reader alone"),
}  # fmt: skip
#: Figures that should be small.
_AT_MOST = frozenset({"topic_ece"})
#: The types of private data that one figure is about.
_NUMBERS = ("phone", "id", "email")

Figures = dict[str, Any]


def evaluate(
    reader: Reader,
    rows: Sequence[Row],
    leads: Mapping[str, str] | None = None,
    decide: Decide | None = None,
    progress: Progress = lambda _: None,
) -> Figures:
    """Figures over labelled rows, each over the rows that carry its label; a figure without rows is missing.

    ``leads`` gives the leading body of each topic, ``decide`` what the bot would do; without them, their figures are
    missing.
    """
    return measure(_read(reader, rows, decide or _believe, progress), leads or {})


def _read(reader: Reader, rows: Sequence[Row], decide: Decide, progress: Progress) -> list[Read]:
    reads: list[Read] = []
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        readings = reader.read([row["text"] for row in batch])
        reads += [
            Read(cast("Labelled", row), it, decide(row["text"], it)) for row, it in zip(batch, readings, strict=True)
        ]
        if len(rows) > _BATCH:
            progress(f"read {len(reads):,} of {len(rows):,} messages")
    return reads


def _believe(_text: str, reading: Reading) -> Act:
    """Say what any bot would believe."""
    return Act(urgent=reading.urgent >= _LIKELY, restricted=reading.restricted >= _LIKELY)


def measure(reads: Sequence[Read], leads: Mapping[str, str]) -> Figures:
    """All figures as plain data; ``table`` holds those of TABLE with target, number of rows and interval."""
    concerns = [read for read in reads if read.row.get("topic")]
    values = {
        **_topics(concerns),
        **_fields(reads),
        **_kinds(reads),
        **_flag(reads, "urgent"),
        **_flag(reads, "restricted"),
        **_leads(concerns, leads),
        **_decisions(concerns, leads),
        **_places(reads),
        **_private_data(reads),
        **_talk(reads),
    }
    known = {name: values[name] for name in TABLE if values.get(name)}
    return {
        "rows": len(reads),
        **{name: round(value.value, 4) for name, value in known.items() if value},
        "table": [_line(name, value) for name, value in known.items() if value],
        **_details(reads, concerns, leads),
    }


def _line(name: str, it: Value) -> dict[str, object]:
    title, target = TABLE[name]
    return {
        "name": name,
        "figure": title.strip(),
        "value": round(it.value, 4),
        "target": target,
        "ok": None if target is None else it.value <= target if name in _AT_MOST else it.value >= target,
        "rows": it.rows,
        "low": it.low,
        "high": it.high,
    }


def _details(reads: Sequence[Read], concerns: Sequence[Read], leads: Mapping[str, str]) -> Figures:
    """Give what does not fit a line: classes, registers, confused pairs, curves. Empty ones are missing."""
    fields = [(right, read) for read in reads if (right := _right_fields(read.row))]
    kinds = [(str(read.row["kind"]), str(read.reading.kind), read) for read in reads if read.row.get("kind")]
    sure = [(read.reading.confidence, _rank(read) == 0) for read in concerns]
    lead = [(_lead_chance(read.reading, leads), _lead_right(read, leads)) for read in concerns] if leads else []
    details = {
        "topic_top1_by_register": _by_register(concerns),
        "kind_f1": _f1([pair[:2] for pair in kinds]),
        "talk_f1": _f1([(str(r.row["talk"]), str(r.reading.talk)) for r in reads if r.row.get("talk")]),
        "pii": _pii_types([read for read in reads if "pii" in read.row]),
        "confusions": {
            "topic": _confused((str(r.row.get("topic")), str(r.reading.topic), r) for r in concerns if _rank(r) != 0),
            "field": _confused(
                (right[0], _field(r.reading), r) for right, r in fields if _field(r.reading) not in right
            ),
            "kind": _confused(pair for pair in kinds if pair[0] != pair[1]),
        },
        "risk_coverage": {"topic": risk_coverage(sure), "lead": risk_coverage(lead)},
    }
    return {name: detail for name, detail in details.items() if detail}


def _topics(concerns: Sequence[Read]) -> dict[str, Value | None]:
    noisy = [read for read in concerns if read.row.get("register") in _NOISY]
    return {
        "topic_top1": _share(_rank(read) == 0 for read in concerns),
        "topic_top3": _share(_in_three(read) for read in concerns),
        "topic_top1_noisy": _share(_rank(read) == 0 for read in noisy),
        "topic_top3_noisy": _share(_in_three(read) for read in noisy),
        "topic_macro_f1": _macro_f1([(str(read.row.get("topic")), _best(read)) for read in concerns]),
        "topic_ece": _calibration_error([(read.reading.confidence, _rank(read) == 0) for read in concerns]),
    }


def _fields(reads: Sequence[Read]) -> dict[str, Value | None]:
    """Where several fields are right, the one read counts as the label, else the first."""
    fields = [(right, _field(read.reading), read.row) for read in reads if (right := _right_fields(read.row))]
    pairs = [(field if field in right else right[0], field) for right, field, _ in fields]
    noisy = [pair for pair, (_, _, row) in zip(pairs, fields, strict=True) if row.get("register") in _NOISY]
    return {
        "field_macro_f1": _macro_f1(pairs),
        "field_macro_f1_noisy": _macro_f1(noisy),
        "field_accuracy": _share(truth == field for truth, field in pairs),
    }


def _kinds(reads: Sequence[Read]) -> dict[str, Value | None]:
    pairs = [(str(read.row["kind"]), str(read.reading.kind)) for read in reads if read.row.get("kind")]
    return {
        "kind_macro_f1": _macro_f1(pairs),
        "kind_accuracy": _share(truth == kind for truth, kind in pairs),
        **{f"{name}_recall": _share(kind == name for truth, kind in pairs if truth == name) for name in _LEGAL},
    }


def _flag(reads: Sequence[Read], flag: str) -> dict[str, Value | None]:
    """Where some rows carry the flag, the others are without it; where none does, nothing is known."""
    if not any(flag in read.row for read in reads):
        return {}
    pairs = [(bool(read.row.get(flag)), bool(getattr(read.act, flag))) for read in reads]
    return {
        f"{flag}_recall": _share(seen for true, seen in pairs if true),
        f"{flag}_precision": _share(true for true, seen in pairs if seen),
    }


def _leads(concerns: Sequence[Read], leads: Mapping[str, str]) -> dict[str, Value | None]:
    """Compare the bodies that lead; who supervises in the stead of an accused one is not looked at."""
    if not leads:
        return {}
    told = [read for read in concerns if read.row.get("kind") not in _LEGAL]
    return {
        "lead_at_80": _share(_lead_right(read, leads) for read in _surest(told, leads)),
        "lead_at_80_with_legal": _share(_lead_right(read, leads) for read in _surest(concerns, leads)),
        "lead_top1": _share(_lead_right(read, leads) for read in told),
    }


def _decisions(concerns: Sequence[Read], leads: Mapping[str, str]) -> dict[str, Value | None]:
    """Count what the decision rule as it stands makes of concerns that are to be routed."""
    told = [read for read in concerns if read.row.get("kind") not in _LEGAL and read.act.does]
    if not leads:
        return {}
    routed, asked = ([read for read in told if read.act.does == does] for does in ("route", "ask"))
    return {
        "routed": _share(read.act.does == "route" for read in told),
        "routed_right": _share(_offered(read, leads) for read in routed),
        "asked": _share(read.act.does == "ask" for read in told),
        "asked_right": _share(_offered(read, leads) for read in asked),
        "to_desk": _share(read.act.does == "desk" for read in told),
        "guided": _share(read.act.does == "guide" for read in told),
        "lead_one_tap": _share(read.act.does in {"route", "ask"} and _offered(read, leads) for read in told),
    }


def _places(reads: Sequence[Read]) -> dict[str, Value | None]:
    doubtful = [read.reading.place for read in reads if read.row.get("ambiguous_place")]
    clear = [read for read in reads if not read.row.get("ambiguous_place")]
    communes = [read for read in clear if read.row.get("commune")]
    provinces = [read for read in clear if read.row.get("province") and not read.row.get("commune")]
    return {
        "commune_exact": _share(_is_commune(read.row, read.reading.place.commune) for read in communes),
        "commune_offered": _share(
            any(_is_commune(read.row, one) for one in (read.reading.place.commune, *read.reading.place.candidates))
            for read in communes
        ),
        "ambiguous_recognised": _share(place.commune is None and bool(place.candidates) for place in doubtful),
        "province_right": _share(
            _bare(str(read.row.get("province"))) == _bare(read.reading.place.province or "") for read in provinces
        ),
    }


def _is_commune(row: Labelled, commune: Commune | None) -> bool:
    """Whether it is the commune labelled, by its code or by its name, with or without its kind."""
    if commune is None:
        return False
    wanted, province = fold(str(row.get("commune"))), row.get("province")
    if province and _bare(province) != _bare(commune.province):
        return False
    return wanted in {commune.code, fold(commune.name), fold(f"{commune.kind} {commune.name}")}


def _bare(province: str) -> str:
    """Give the name of a province for comparing: "Tỉnh Thái Nguyên" is "thai nguyen"."""
    return fold(province).removeprefix("tinh ").removeprefix("thanh pho ").removeprefix("tp ").strip()


def _private_data(reads: Sequence[Read]) -> dict[str, Value | None]:
    marked = [read for read in reads if "pii" in read.row]
    spans = [(span[2], _is_found(span, read.reading)) for read in marked for span in read.row["pii"]]
    return {
        "pii_numbers_found": _share(found for kind, found in spans if kind in _NUMBERS),
        "pii_names_found": _share(found for kind, found in spans if kind == "name"),
        "pii_precision": _share(right for read in marked for _, right in _finds(read)),
    }


def _is_found(span: tuple[int, int, str], reading: Reading) -> bool:
    start, end, kind = span
    covered = sum(max(0, min(end, it.end) - max(start, it.start)) for it in reading.pii if it.type == kind)
    return covered >= _COVERED * (end - start)


def _finds(read: Read) -> list[tuple[str, bool]]:
    """Type of each span that was found, and whether one of that type is there."""
    return [
        (it.type, any(it.type == kind and it.start < end and start < it.end for start, end, kind in read.row["pii"]))
        for it in read.reading.pii
    ]


def _pii_types(marked: Sequence[Read]) -> dict[str, dict[str, object]]:
    """For each type: spans there are, share found, share of finds that are right, false finds a thousand messages."""
    spans = [(span[2], _is_found(span, read.reading)) for read in marked for span in read.row["pii"]]
    finds = [find for read in marked for find in _finds(read)]
    types: dict[str, dict[str, object]] = {}
    for name in sorted({kind for kind, _ in spans + finds}):
        there, right = [hit for kind, hit in spans if kind == name], [hit for kind, hit in finds if kind == name]
        types[name] = {
            "there": len(there),
            "recall": round(sum(there) / len(there), 4) if there else None,
            "precision": round(sum(right) / len(right), 4) if right else None,
            "false_per_thousand": round(1000 * (len(right) - sum(right)) / len(marked), 1),
        }
    return types


def _talk(reads: Sequence[Read]) -> dict[str, Value | None]:
    talks = [read for read in reads if read.row.get("talk")]
    return {
        "talk_found": _share(map(_is_talk, talks)),
        "talk_accuracy": _share(read.row.get("talk") == read.reading.talk for read in talks),
        "taken_for_talk": _share(_is_talk(read) for read in reads if read.row.get("topic")),
    }


def _is_talk(read: Read) -> bool:
    return read.act.does == "talk" if read.act.does else read.reading.talk is not None


def _right(row: Row) -> set[str]:
    """Topics that count as right."""
    return {topic for topic in (row.get("topic"), row.get("also")) if topic}


def _rank(read: Read) -> int | None:
    """Place of the first right topic among those read, None when none is."""
    right = _right(read.row)
    return next((rank for rank, (topic, _) in enumerate(read.reading.topics) if topic in right), None)


def _in_three(read: Read) -> bool:
    rank = _rank(read)
    return rank is not None and rank < _OFFERED


def _best(read: Read) -> str:
    """Name the topic read; the label itself where the other right one was read."""
    return str(read.row.get("topic")) if _rank(read) == 0 else str(read.reading.topic)


def _right_fields(row: Row) -> list[str]:
    topics = [topic for topic in (row.get("topic"), row.get("also")) if topic]
    return row.get("fields") or [topic.partition(".")[0] for topic in topics]


def _field(reading: Reading) -> str:
    return (reading.topic or "").partition(".")[0]


def _lead_right(read: Read, leads: Mapping[str, str]) -> bool:
    return _leads_right(read.row, (read.reading.topic or "",), leads)


def _offered(read: Read, leads: Mapping[str, str]) -> bool:
    return _leads_right(read.row, read.act.topics, leads)


def _leads_right(row: Row, topics: Iterable[str], leads: Mapping[str, str]) -> bool:
    """Whether one of the topics has the leading body of a right one."""
    right = {leads[topic] for topic in _right(row) if topic in leads}
    return any(leads.get(topic) in right for topic in topics)


def _lead_chance(reading: Reading, leads: Mapping[str, str]) -> float:
    """Give the probability that the lead of the best topic is right: that of all topics read that it answers for."""
    lead = leads.get(reading.topic or "")
    return sum(likely for topic, likely in reading.topics if leads.get(topic) == lead)


def _surest(reads: Sequence[Read], leads: Mapping[str, str]) -> list[Read]:
    """Messages whose lead is surest, so many as are to be routed without asking."""
    ranked = sorted(reads, key=lambda read: -_lead_chance(read.reading, leads))
    return ranked[: round(_ROUTED * len(ranked))]


def _by_register(concerns: Sequence[Read]) -> dict[str, float]:
    registers = sorted({read.row["register"] for read in concerns if "register" in read.row})
    hits = {name: [_rank(read) == 0 for read in concerns if read.row.get("register") == name] for name in registers}
    return {name: round(sum(hit) / len(hit), 4) for name, hit in hits.items()}


def _confused(pairs: Iterable[tuple[str, str, Read]]) -> list[list[object]]:
    """Truth, what was read, how often, and the first line where: the worst first."""
    times: Counter[tuple[str, str]] = Counter()
    where: dict[tuple[str, str], str] = {}
    for truth, read_as, read in pairs:
        times[truth, read_as] += 1
        where.setdefault((truth, read_as), read.row.get("where", ""))
    return [[*pair, count, where[pair]] for pair, count in times.most_common()]


def risk_coverage(answers: Sequence[tuple[float, bool]]) -> list[list[float]]:
    """Share right among the surest twentieth, two twentieths, … of (confidence, right): [coverage, share] each."""
    if not answers:
        return []
    right = np.cumsum([hit for _, hit in sorted(answers, key=lambda answer: -answer[0])])
    counts = [max(1, round(len(right) * step / _STEPS)) for step in range(1, _STEPS + 1)]
    return [[step / _STEPS, round(float(right[count - 1]) / count, 4)] for step, count in enumerate(counts, 1)]


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Bounds within which the true share lies, 95 times in 100, where ``hits`` of ``count`` were seen."""
    share, noise = hits / count, _Z**2 / count
    middle = (share + noise / 2) / (1 + noise)
    half = _Z / (1 + noise) * sqrt(share * (1 - share) / count + noise / (4 * count))
    return round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)


def _share(hits: Iterable[bool]) -> Value | None:
    values = list(hits)
    if not values:
        return None
    return Value(sum(values) / len(values), len(values), *wilson(sum(values), len(values)))


def _f1(pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    """F1 of each class that occurs in truth, of (truth, read) pairs."""
    truth, read = Counter(t for t, _ in pairs), Counter(r for _, r in pairs)
    both = Counter(t for t, r in pairs if t == r)
    return {name: round(2 * both[name] / (truth[name] + read[name]), 4) for name in sorted(truth)}


def _macro_f1(pairs: Sequence[tuple[str, str]]) -> Value | None:
    scores = _f1(pairs)
    return Value(sum(scores.values()) / len(scores), len(pairs)) if scores else None


def _calibration_error(pairs: Sequence[tuple[float, bool]]) -> Value | None:
    """Compute the expected calibration error: mean gap of confidence and share right, by steps of confidence."""
    if not pairs:
        return None
    confidence = np.array([chance for chance, _ in pairs])
    right = np.array([hit for _, hit in pairs], dtype=float)
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = [abs(confidence[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
    return Value(float(sum(gaps)), len(pairs))


def as_text(figures: Figures) -> str:
    """Write figures out for people: the table, then what is mistaken for what."""
    lines = [f"{figures['rows']:,} messages", "", _columns("figure", "value", "95 %", "target", "", "rows")]
    for it in figures["table"]:
        sign, target = ("<=" if it["name"] in _AT_MOST else ">="), it["target"]
        interval = "" if it["low"] is None else f"{it['low']:.2f}-{it['high']:.2f}"
        wanted = "" if target is None else f"{sign} {target:.2f}"
        ok = {None: "", True: "ok", False: "short"}[it["ok"]]
        lines.append(_columns(TABLE[it["name"]].title, f"{it['value']:.3f}", interval, wanted, ok, f"{it['rows']:,}"))
    for name, it in figures.get("pii", {}).items():
        recall = "-" if it["recall"] is None else f"{it['recall']:.3f}"
        lines.append(
            f"private data, {name}: found {recall} of {it['there']}, false {it['false_per_thousand']} a thousand"
        )
    for name in ("topic", "kind"):
        pairs = figures["confusions"][name]
        lines += ["", f"{name}s most often mistaken, worst first ({len(pairs)} pairs)"] if pairs else []
        lines += [
            f"{times:5} {truth} read as {read}" + (f", as {where}" if where else "")
            for truth, read, times, where in pairs[:_WORST]
        ]
    return "\n".join(lines)


def _columns(figure: str, value: str, interval: str, target: str, ok: str, rows: str) -> str:
    return f"{figure:50} {value:>6} {interval:>10} {target:>8} {ok:5} {rows:>7}".rstrip()
