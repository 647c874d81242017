"""The deep reader: how texts become numbers, what it adds, and that everything goes on without it."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.deep import BEGIN, DEEP, END, UNKNOWN, Alphabet, Deep, Weights, blend, blend_flag
from nlp.noise import joined, retyped
from nlp.normalize import fold, split
from nlp.pieces import Pieces
from nlp.reader import Reader

#: Names and log probabilities of a tiny word list.
NAMES = ["", "", "", "", "▁", "▁đườ", "ng", "n", "g", "đ", "ườ", "▁đường", "hư"]
SCORES = [0.0, 0.0, 0.0, 0.0, -3.0, -4.0, -2.0, -5.0, -5.0, -6.0, -6.0, -7.0, -4.0]
MEGABYTES = 1 << 20


@pytest.fixture(scope="session")
def deep() -> Deep:
    """The model that comes with the package."""
    return Deep(DEEP)


def test_a_syllable_is_cut_where_its_pieces_are_likeliest_together() -> None:
    pieces = Pieces(NAMES, SCORES, UNKNOWN)
    assert pieces.of("đường") == (5, 6)  # -4 - 2 is more than the whole word's -7
    assert pieces.of("hư") == (4, 12)
    assert pieces.of("x") == (4, UNKNOWN)
    assert pieces.of("đường") == (5, 6)


@given(st.text(alphabet="đườnghưx", min_size=1, max_size=60))
def test_a_cut_covers_every_letter(syllable: str) -> None:
    cut = Pieces(NAMES, SCORES, UNKNOWN).of(syllable)
    assert sum(1 if piece == UNKNOWN else len(NAMES[piece]) for piece in cut) == len("▁" + syllable[:40])


def test_without_diacritics_whole_syllables_are_read() -> None:
    alphabet = Alphabet(Pieces(NAMES, SCORES, UNKNOWN), {"duong": 90, "hu": 91})
    assert alphabet.numbers("duong hu duong") == [BEGIN, 90, 91, 90, END]
    assert alphabet.numbers("đường hu") == [BEGIN, 5, 6, 4, UNKNOWN, UNKNOWN, END]


def test_a_long_text_is_read_at_both_ends() -> None:
    alphabet = Alphabet(Pieces(NAMES, SCORES, UNKNOWN), {"duong": 90, "hu": 91})
    numbers = alphabet.numbers(" ".join(["duong"] * 500 + ["hu"] * 30))
    assert len(numbers) == 194
    assert numbers.count(91) == 30


def test_two_readers_together_are_surer_than_each_where_they_agree() -> None:
    linear = np.array([[0.6, 0.3, 0.1]], dtype=np.float32)
    margins = np.log(np.array([[0.6, 0.3, 0.1]], dtype=np.float32))
    both = blend(linear, margins, Weights(1.0, 1.0))
    assert both[0, 0] > 0.6
    assert both.sum() == pytest.approx(1)
    doubt = blend(linear, margins[:, ::-1], Weights(1.0, 1.0))
    assert doubt[0].max() < 0.6
    assert blend_flag(np.array([0.9]), np.array([2.0]), Weights(1.0, 1.0))[0] > 0.9


@given(st.text(alphabet="đường dien nước 12", min_size=1, max_size=80), st.integers(0, 99))
def test_a_retyped_text_is_a_text_of_the_same_hand(text: str, seed: int) -> None:
    written = " ".join(text.split()) or "đường"
    again = retyped(written, Random(seed))
    assert again == retyped(written, Random(seed))
    assert again
    assert len(again.split()) <= len(written.split())
    assert fold(written).split()[0][0] in fold(joined(written, again, Random(seed)))


def test_the_model_is_small_and_says_what_it_was_taught_from(deep: Deep) -> None:
    assert DEEP.stat().st_size <= 32 * MEGABYTES
    assert set(deep.stamp) == {"corpus", "base", "messages"}
    assert len(deep.version) == 8


def test_a_text_is_read_the_same_alone_and_among_others(deep: Deep) -> None:
    texts = ["đường vào xóm ổ gà to lắm", "mất nước ba ngày nay rồi", "cam on ad nhieu", "đèn đường tối om " * 20]
    words = [split(text) for text in texts]
    together = deep.margins(words)
    alone = np.concatenate([deep.margins([one]) for one in words])
    assert np.array_equal(together, alone)


def test_who_is_in_a_hurry_reads_without_it(reader: Reader) -> None:
    text = "chỗ ngã ba nhà tôi hôm nào mưa là lội"
    slowly, quickly = reader.read([text])[0], reader.read([text], hurried=True)[0]
    assert slowly.deep
    assert not quickly.deep
    assert quickly.topics


@pytest.mark.parametrize("text", ["", "🙂🙂🙂", "\u200b", "a" * 100_000, "道路坏了", "<b>x</b>", "1 2 3 4 5", "é" * 9])
def test_anything_is_read(reader: Reader, text: str) -> None:
    assert len(reader.read([text, "mất điện"])) == 2
