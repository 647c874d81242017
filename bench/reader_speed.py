"""How fast a reader starts and reads, and how much memory it holds: ``python -m bench.reader_speed``."""

import resource
import time
from collections.abc import Callable

from bot.deployment import reader_of, rules_of
from bot.settings import Settings
from nlp.corpus import CORPUS, load_rows

_BATCH, _FAST, _DEEP = 200, 4_000, 800


def main() -> None:
    """Measure in this order: a start, then batches without and with the deep reader."""
    begun = time.perf_counter()
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    reader = reader_of(settings, rules_of("thai-nguyen"), print, explain=False)
    reader.read(["mất nước"])
    start = time.perf_counter() - begun
    texts = [row["text"] for row in load_rows(CORPUS.glob("*.jsonl"))][::4]
    hurried = _rate(lambda some: reader.read(some, hurried=True), texts[:_FAST])
    asked = sum(reading.deep for reading in reader.read(texts[:_DEEP])) / _DEEP
    both = _rate(reader.read, texts[:_DEEP])
    deep = (1 / both - 1 / hurried) / asked
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("| what | value | target |\n|---|---|---|")
    print(f"| start to first reading, a trained model at hand | {start:.1f} s | ≤ 3 s |")
    print(f"| linear reader, batches of {_BATCH} | {hurried:,.0f} texts a second | ≥ 1,500 |")
    print(f"| both readers, the deep one asked about {asked:.0%} | {both:,.0f} texts a second | |")
    print(f"| deep reader | {1000 * deep:.1f} ms a text | ≤ 15 ms |")
    print(f"| memory with everything loaded | {memory:.0f} MB | ≤ 400 MB |")


def _rate(read: Callable[[list[str]], object], texts: list[str]) -> float:
    """Return texts read a second."""
    begun = time.perf_counter()
    for at in range(0, len(texts), _BATCH):
        read(texts[at : at + _BATCH])
    return len(texts) / (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
