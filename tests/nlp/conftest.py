"""A gazetteer of the country and one small model for the whole session."""

import pytest

from nlp.communes import all_communes
from nlp.corpus import CORPUS, load_rows
from nlp.deep import Deep
from nlp.places import Gazetteer
from nlp.reader import Reader
from nlp.train import train_rows


@pytest.fixture(scope="session")
def thai_nguyen() -> Gazetteer:
    return Gazetteer(all_communes(), "Thái Nguyên")


@pytest.fixture(scope="session")
def hung_yen() -> Gazetteer:
    return Gazetteer(all_communes(), "Hưng Yên")


@pytest.fixture(scope="session")
def reader(thai_nguyen: Gazetteer) -> Reader:
    """Read with a linear model of a third of the corpus, trained in a few seconds, and the deep one that is shipped."""
    return Reader(train_rows(load_rows(CORPUS.glob("*.jsonl"))[::3], {}), thai_nguyen, Deep.load())
