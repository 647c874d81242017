"""A gazetteer of both provinces and one small model for the whole session."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from nlp.corpus import CORPUS, load_rows
from nlp.places import Gazetteer
from nlp.reader import Reader
from nlp.reading import Commune
from nlp.train import train_rows

PROVINCES = Path(__file__).parents[2] / "domain" / "rules" / "provinces"


def communes() -> Iterator[Commune]:
    for file, province in (("thai-nguyen", "Thái Nguyên"), ("hung-yen", "Hưng Yên")):
        with (PROVINCES / f"{file}.toml").open("rb") as rows:
            for code, kind, name in tomllib.load(rows)["communes"]:
                yield Commune(code, name, kind, province)


@pytest.fixture(scope="session")
def thai_nguyen() -> Gazetteer:
    return Gazetteer(communes(), "Thái Nguyên")


@pytest.fixture(scope="session")
def hung_yen() -> Gazetteer:
    return Gazetteer(communes(), "Hưng Yên")


@pytest.fixture(scope="session")
def reader(thai_nguyen: Gazetteer) -> Reader:
    """Read with a model of a third of the corpus: enough for plain sentences, trained in a few seconds."""
    return Reader(train_rows(load_rows(CORPUS.glob("*.jsonl"))[::3], {}), thai_nguyen)
