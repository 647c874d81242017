"""What is cleaned, folded, split and written out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.normalize import MAX_CHARS, fold, normalize, respell, split


@given(st.text())
def test_normalize_is_idempotent(text: str) -> None:
    assert normalize(normalize(text)) == normalize(text)


@given(st.text(alphabet="<>/ab \u0338\u0301\u200dé&;", max_size=60))
def test_normalize_is_idempotent_on_broken_markup(text: str) -> None:
    assert normalize(normalize(text)) == normalize(text)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  Đường   hỏng\n\nquá ", "Đường hỏng quá"),
        ("du\u031bo\u031b\u0300ng", "dường"),
        ("m\u200bất\u00ad điện\ufeff", "mất điện"),
        ("<p>Mất <b>nước</b></p>", "Mất nước"),
        ("giá < 5 và > 3", "giá < 5 và > 3"),
        ("\ud800lỗi\x00", "lỗi"),
    ],
)
def test_normalize_cleans(text: str, clean: str) -> None:
    assert normalize(text) == clean


def test_normalize_reads_only_so_much() -> None:
    assert len(normalize("a" * 1_000_000)) == MAX_CHARS


def test_fold_drops_diacritics() -> None:
    assert fold("Đường Điện Thuỷ ƯỚT") == "duong dien thuy uot"


def test_respell_moves_the_tone_where_the_syllable_ends() -> None:
    assert respell("Hoà Thuỷ Hoàn Quý toà") == "hòa thủy hoàn quý tòa"


@given(st.text(max_size=300))
def test_words_stand_where_they_say(text: str) -> None:
    clean = normalize(text)
    assert all(clean[word.start : word.end] == word.typed for word in split(clean))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("k có nc mn ơi", "không có nước mọi người ơi"),
        ("e ko dc lm bhyt", "em không được làm bảo hiểm y tế"),
        ("đg ntn z", "đường như thế nào vậy"),
        ("200 m, khu A", "200 m khu a"),
    ],
)
def test_abbreviations_are_written_out(text: str, written: str) -> None:
    assert " ".join(word.written for word in split(normalize(text))) == written
