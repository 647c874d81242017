"""The labelled messages that the model is trained on and measured with."""

import json
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import NotRequired, TypedDict, cast

#: The corpus that comes with the package.
CORPUS = Path(__file__).parent / "corpus"

#: Twentieths of the writers whose messages no model learns from: to measure with, and to fit probabilities to.
_DEV, _TUNE = 2, 1


class Row(TypedDict):
    """A labelled message; what is unknown is missing."""

    text: str
    #: Slug "field.topic"; None for small talk.
    topic: NotRequired[str | None]
    #: Small talk it is: "chao", "cam_on", …
    talk: NotRequired[str | None]
    #: A second topic that is as right.
    also: NotRequired[str | None]
    #: Whether the two are two issues, rather than two names of one.
    several: NotRequired[bool]
    #: Fields that count as right, when no single topic is known.
    fields: NotRequired[list[str]]
    kind: NotRequired[str | None]
    urgent: NotRequired[bool]
    restricted: NotRequired[bool]
    #: Commune code.
    commune: NotRequired[str | None]
    #: Who wrote it, within its file.
    author: NotRequired[str]
    register: NotRequired[str]
    #: File and author: one voice, never on both sides of a split. Set on loading.
    group: NotRequired[str]
    #: Short hash of the officer's correction it comes from; missing for messages of the corpus.
    correction: NotRequired[str]


def load_rows(paths: Iterable[Path]) -> list[Row]:
    """All messages of the files, in order of file name and line."""
    rows: list[Row] = []
    for path in sorted(paths):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                row = cast("Row", json.loads(line))
                row["group"] = f"{path.stem}/{row.get('author', '')}"
                rows.append(row)
    return rows


def part(row: Row) -> str:
    """Say what a message is for: "train", "tune" (probabilities) or "dev" (figures); all of a writer's are for one."""
    slot = zlib.crc32(row.get("group", "").encode()) % 20
    return "dev" if slot < _DEV else "tune" if slot < _DEV + _TUNE else "train"


def kept_apart(folder: Path) -> list[Row]:
    """Messages of a folder that no model learns from, to measure with."""
    return [row for row in load_rows(folder.glob("*.jsonl")) if part(row) == "dev"]


def label(row: Row) -> str | None:
    """Name the class of the topic head: a topic, or "talk.chao" for small talk."""
    talk = row.get("talk")
    return row.get("topic") or (f"talk.{talk}" if talk else None)
