"""The corpus is in order, and the linter finds what is not."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.corpus import CORPUS, load_rows, part
from nlp.lint import ERRORS, RULES, Finding, Taxonomy, as_text, lint_folder, main, near_pairs, read_taxonomy
from nlp.normalize import fold

TAXONOMY = Taxonomy({"dien.mat_dien": "Mất điện, điện yếu", "dien.day_dien": "Dây điện"})


def write(folder: Path, rows: Sequence[dict[str, object]]) -> Path:
    """Write labelled messages as a corpus; each is an ordinary report of its own writer where it says nothing else."""
    usual = {"topic": "dien.mat_dien", "kind": "phan_anh", "register": "thuong"}
    lines = [json.dumps({"author": f"a{number}"} | usual | row) for number, row in enumerate(rows)]
    (folder / "dien.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def found(folder: Path, rule: str) -> list[Finding]:
    assert rule in RULES
    return [finding for finding in lint_folder(folder, TAXONOMY)[1] if finding.rule == rule]


def texts(*some: str) -> list[dict[str, object]]:
    return [{"text": text} for text in some]


def test_the_corpus_has_no_errors() -> None:
    count, findings = lint_folder(CORPUS, read_taxonomy())
    assert count > 10_000
    assert not [finding for finding in findings if finding.rule in ERRORS]


def test_nothing_is_learned_from_what_measures() -> None:
    measuring = Path(__file__).parents[2] / "bench" / "unseen.jsonl"
    texts = {fold(str(json.loads(line)["text"])) for line in measuring.read_text(encoding="utf-8").splitlines()}
    assert len(texts) == 420
    assert texts.isdisjoint(fold(row["text"]) for row in load_rows(CORPUS.glob("*.jsonl")))


def test_a_writer_is_on_one_side_of_the_split() -> None:
    rows = load_rows(CORPUS.glob("*.jsonl"))
    sides: dict[str, set[str]] = {}
    for row in rows:
        sides.setdefault(row["group"], set()).add(part(row))
    assert all(len(side) == 1 for side in sides.values())
    shares = Counter(map(part, rows))
    assert 0.07 < shares["dev"] / len(rows) < 0.13


def test_lines_that_cannot_be_used_are_errors(tmp_path: Path) -> None:
    write(tmp_path, [{"text": "mất điện", "topic": "dien.x"}, {"text": "cúp điện"}])
    assert [finding.where for finding in found(tmp_path, "bad line")] == ["dien.jsonl:1"]


@pytest.mark.parametrize("row", [{"register": "la"}, {"topic": None}, {"talk": "chao"}])
def test_unknown_registers_and_missing_or_double_labels_are_errors(tmp_path: Path, row: dict[str, object]) -> None:
    write(tmp_path, [{"text": "mất điện"} | row])
    assert len(found(tmp_path, "unknown label")) == 1


def test_doubles_are_found_whatever_their_capitals_and_signs(tmp_path: Path) -> None:
    write(tmp_path, texts("Mất điện rồi!", "mất  điện rồi", "😀", "😭"))
    [double] = found(tmp_path, "exact double")
    assert (double.where, "dien.jsonl:1" in double.says) == ("dien.jsonl:2", True)


@pytest.mark.parametrize("other", [{"topic": "dien.day_dien"}, {"kind": "hoi_dap"}, {"urgent": True}])
def test_the_same_words_with_two_labels_contradict_each_other(tmp_path: Path, other: dict[str, object]) -> None:
    write(tmp_path, [{"text": "điện hỏng"}, {"text": "Điện hỏng"} | other])
    assert len(found(tmp_path, "contradiction")) == 1


def test_words_told_apart_by_diacritics_and_topics_that_are_both_right_do_not(tmp_path: Path) -> None:
    write(
        tmp_path,
        [
            {"text": "đi từ từ"},
            {"text": "đi tự tử", "topic": "dien.day_dien"},
            {"text": "điện", "also": "dien.day_dien"},
            {"text": "điện", "topic": "dien.day_dien"},
        ],
    )
    assert found(tmp_path, "contradiction") == []


def test_near_doubles_are_found_without_diacritics_and_in_another_order(tmp_path: Path) -> None:
    write(
        tmp_path,
        texts(
            "mất điện từ sáng tới giờ mà không ai sửa",
            "tu sang toi gio mat dien ma ko ai sua",
            "mất nước từ hôm qua mà chẳng thấy ai",
        ),
    )
    [double] = found(tmp_path, "near double")
    assert double.where == "dien.jsonl:2"


def test_messages_that_differ_in_numbers_and_names_only_are_found(tmp_path: Path) -> None:
    write(
        tmp_path,
        texts("Mất điện 3 ngày ở xóm Đông rồi cán bộ ơi", "Mất điện 15 ngày ở xóm Trung Thành rồi cán bộ ơi"),
    )
    assert len(found(tmp_path, "same skeleton")) == 1


def test_frames_and_pet_words_are_found(tmp_path: Path) -> None:
    write(tmp_path, [{"text": f"kính mong cán bộ xem {word} hén", "author": "a"} for word in "bcdghklmnp"])
    [frame] = found(tmp_path, "frame")
    assert "kinh mong can bo" in frame.says
    assert any('"hén" stands in 10 messages' in finding.says for finding in found(tmp_path, "pet word"))


def test_a_topic_s_own_name_is_no_message(tmp_path: Path) -> None:
    write(tmp_path, texts("MẤT ĐIỆN", "mat_dien", "mất điện quá"))
    assert [finding.where for finding in found(tmp_path, "label in the text")] == ["dien.jsonl:1", "dien.jsonl:2"]


def test_thin_topics_and_few_voices_are_found_worst_first(tmp_path: Path) -> None:
    write(tmp_path, texts("mất điện"))
    assert [(f.where, f.weight) for f in found(tmp_path, "thin topic")] == [
        ("dien.mat_dien", 99),
        ("dien.day_dien", 100),
    ]
    shown = as_text(1, found(tmp_path, "thin topic"), 1)
    assert "dien.day_dien: has 0 messages: write 100 more" in shown
    assert "and 1 more" in shown
    assert "dien.mat_dien" not in shown
    assert "dien.mat_dien: has 1 writers of 12" in as_text(1, found(tmp_path, "few voices"), 9)


def test_private_data_is_counted(tmp_path: Path) -> None:
    write(tmp_path, texts("gọi 0912 345 678", "số 0987654321 nhé"))
    [phones] = [finding for finding in found(tmp_path, "private data") if finding.where == "phone"]
    assert phones.weight == 2


def test_errors_make_the_command_fail_and_warnings_do_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(write(tmp_path, texts("mất điện")))]) == 1
    assert "error: thin topic (71)" in capsys.readouterr().out
    (tmp_path / "none").mkdir()
    assert main([str(tmp_path / "none")]) == 1


@given(
    st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=9), max_size=12),
    st.sampled_from([0.5, 0.7, 0.85, 1.0]),
)
def test_no_pair_is_overlooked(bags: list[list[str]], alike: float) -> None:
    def share(one: list[str], other: list[str]) -> float:
        common = sum(min(one.count(word), other.count(word)) for word in set(one))
        return common / (len(one) + len(other) - common)

    every = [(a, b, share(bags[a], bags[b])) for b in range(len(bags)) for a in range(b)]
    assert sorted(near_pairs(bags, alike)) == sorted(pair for pair in every if pair[2] >= alike)
