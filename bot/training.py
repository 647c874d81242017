"""``hoiam train``: the reader learns from what officers corrected, and changes only where it reads better for it."""

import asyncio
import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from zlib import crc32

from bot import deployment, serving
from bot.settings import Settings
from domain.concerns import Decision
from domain.rulesets import Ruleset
from handlers.understanding import understand
from nlp.corpus import CORPUS, Row, load_rows, part
from nlp.evaluate import TABLE, Act, Decide, Figures, evaluate
from nlp.reading import Reading
from storage import corrections
from storage.corrections import Correction

#: From so many corrections on, one in so many is kept to measure with.
_ENOUGH, _KEPT = 20, 5
#: What was masked: no citizen writes so, and the reader is not to learn it.
_MASK = re.compile(r"\[[^\[\]]{1,30}\]")
#: The figure that must rise, those that must not fall, and by how much they may.
_RISES, _GUARDED, _SLACK = "topic_top1", ("urgent_recall", "restricted_recall", "field_macro_f1"), 0.005
_SHOWN = ("topic_top1", "topic_top3", "field_macro_f1", "kind_macro_f1", "urgent_recall", "restricted_recall")

Print = Callable[[str], None]


def train(settings: Settings, print_line: Print, progress: Print, *, force: bool = False) -> None:
    """Train on the corpus and the corrections; take the new model where it is better, or by ``force``."""
    from nlp.train import train_rows  # noqa: PLC0415 - takes a second to import, and the doctor needs none of it

    rules = deployment.rules_of(settings.province)
    names = deployment.topic_names(rules)
    learned, kept = set_aside(rows_of(asyncio.run(_read(settings)), names))
    running = deployment.model_of(settings, rules, progress)
    rows = load_rows(CORPUS.glob("*.jsonl"))
    taught = [*(row for row in rows if part(row) != "dev"), *learned]
    progress(f"learning from {len(taught) - len(learned):,} messages and {len(learned):,} corrections of officers")
    new = train_rows(taught, names, progress)
    # The running model may have learned what is set aside only since.
    fair = [row for row in kept if row["correction"] not in running.corrections]
    exam = [*(row for row in rows if part(row) == "dev"), *fair]
    places = deployment.gazetteer_of(rules)
    readers = (deployment.reader_with(model, places, explain=False) for model in (running, new))
    before, after = (evaluate(reader, exam, decide=acting(rules)) for reader in readers)
    print_line(f"read {len(exam) - len(fair):,} messages and {len(fair):,} corrections that neither has learned from")
    for line in side_by_side(before, after):
        print_line(line)
    against = objections(before, after)
    if against and not force:
        print_line(f"kept the running model: {'; '.join(against)}")
        return
    deployment.keep_model(settings, rules, new)
    why = f"took the new model by --force, although {'; '.join(against)}" if against else "the new model is better"
    print_line(f"{why}: kept in {settings.model_path}; `hoiam serve` reads with it from its next start on")


async def _read(settings: Settings) -> list[Correction]:
    async with serving.opened(settings) as database:
        await database.migrate()
        async with database.read() as transaction:
            return await corrections.every(transaction)


def acting(rules: Ruleset) -> Decide:
    """Say what the bot would do, in the order of domain/advance.py: despair, complaints, small talk, then topics."""

    def act(text: str, reading: Reading) -> Act:
        facts = understand(text, reading, rules)
        chats = facts.talk == "tuyet_vong" or (facts.talk and not facts.urgent and facts.decision is not Decision.GUIDE)
        decision = Decision.ROUTE if facts.parts else facts.decision
        best = tuple(part.topic for part in facts.parts or (facts,) if part.topic)
        topics = best if decision is Decision.ROUTE else facts.choices
        return Act("talk" if chats else str(decision), topics, facts.urgent, facts.restricted)

    return act


def rows_of(corrected: Iterable[Correction], topics: Collection[str]) -> list[Row]:
    """Return corrections as rows to learn from; those to topics there are no more are left out."""
    return [
        Row(
            text=text,
            topic=one.after,
            kind=one.kind,
            urgent=one.urgent,
            group=f"officers/{one.agency}",
            correction=hashlib.sha256(f"{text}\0{one.after}".encode()).hexdigest()[:8],
        )
        for one in corrected
        if one.after in topics and (text := " ".join(_MASK.sub(" ", one.text).split()))
    ]


def set_aside(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Part corrections into those to learn from and, once there are enough, some to measure with: ever the same."""
    if len(rows) < _ENOUGH:
        return list(rows), []
    kept = [crc32(row["text"].encode()) % _KEPT == 0 for row in rows]
    return (
        [row for row, keep in zip(rows, kept, strict=True) if not keep],
        [row for row, keep in zip(rows, kept, strict=True) if keep],
    )


def objections(running: Figures, new: Figures) -> list[str]:
    """Say what speaks against taking a new model; nothing does when it is better than the running one.

    Better means: the topic is right in first more often, over all messages and corrections measured with; and neither
    danger nor accusations nor whole fields are overlooked more often, by more than half a point.
    """
    against = []
    if new.get(_RISES, 0.0) <= running.get(_RISES, 0.0):
        against.append(f"{_title(_RISES)} does not rise")
    against += [
        f"{_title(name)} falls from {running[name]:.3f} to {new.get(name, 0.0):.3f}"
        for name in _GUARDED
        if name in running and round(running[name] - new.get(name, 0.0), 4) > _SLACK
    ]
    return against


def side_by_side(running: Figures, new: Figures) -> list[str]:
    """Write the figures of both models out, beside each other."""
    known = [name for name in _SHOWN if name in running and name in new]
    return [
        f"{'':40} {'running':>8} {'new':>8}",
        *(f"{_title(name):40} {running[name]:8.3f} {new[name]:8.3f}" for name in known),
    ]


def _title(name: str) -> str:
    group = {"topic_top3": "topic, "}.get(name, "")
    return group + TABLE[name].title.strip()
