"""Figures of readings made by hand: what counts as right, what is left out, and how it is shown."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from bot.__main__ import cli
from bot.settings import Settings
from nlp.evaluate import TABLE, Act, Read, as_text, evaluate, measure, risk_coverage, wilson
from nlp.lint import Labelled, Taxonomy, read_file
from nlp.reader import Reader
from nlp.reading import Commune, Pii, PlaceReading, Reading

TAXONOMY = Taxonomy({"dien.mat_dien": "Mất điện", "giao_thong.duong": "Đường hỏng", "rac.thu_gom": "Rác"})
LEADS = {"dien.mat_dien": "DIENLUC", "giao_thong.duong": "KT", "rac.thu_gom": "KT"}
KHA_SON = Commune("05953", "Kha Sơn", "xã", "Thái Nguyên")
NGA_MY = Commune("05950", "Nga My", "xã", "Thái Nguyên")


def read(reading: Reading, act: Act = Act(), **row: object) -> Read:  # noqa: B008 - frozen
    """Make a labelled message with its reading."""
    labelled: Any = {"text": "x", **row}
    return Read(labelled, reading, act)


def topics(*slugs: str, sure: float = 0.9) -> Reading:
    """Make a reading of topics, best first."""
    return Reading(topics=tuple((slug, sure / (rank + 1)) for rank, slug in enumerate(slugs)))


def figure(figures: Mapping[str, Any], name: str) -> dict[str, Any]:
    [line] = [line for line in figures["table"] if line["name"] == name]
    assert isinstance(line, dict)
    return line


# Topics and fields.


def test_a_second_right_topic_is_as_right() -> None:
    figures = measure(
        [
            read(topics("rac.thu_gom"), topic="giao_thong.duong", also="rac.thu_gom"),
            read(topics("dien.mat_dien", "rac.thu_gom"), topic="rac.thu_gom"),
            read(topics("dien.mat_dien"), topic="rac.thu_gom"),
        ],
        {},
    )
    assert figures["topic_top1"] == pytest.approx(1 / 3, abs=1e-4)
    assert figures["topic_top3"] == pytest.approx(2 / 3, abs=1e-4)


def test_three_topics_are_looked_at_though_more_are_read() -> None:
    five = topics("a.a", "b.b", "c.c", "rac.thu_gom", "d.d")
    assert measure([read(five, topic="rac.thu_gom"), read(five, topic="c.c")], {})["topic_top3"] == 0.5


def test_any_of_several_fields_is_right() -> None:
    reads = [read(topics("dien.mat_dien"), fields=["giao_thong", "dien"]), read(topics("rac.thu_gom"), fields=["dien"])]
    figures = measure(reads, LEADS)
    assert figures["field_accuracy"] == 0.5
    assert "topic_top1" not in figures
    assert "lead_top1" not in figures


def test_noisy_registers_have_figures_of_their_own() -> None:
    figures = measure(
        [
            read(topics("dien.mat_dien"), topic="dien.mat_dien", register="thuong"),
            read(topics("dien.mat_dien"), topic="rac.thu_gom", register="khong_dau"),
            read(topics("rac.thu_gom"), topic="rac.thu_gom", register="teencode"),
        ],
        {},
    )
    assert figures["topic_top1_noisy"] == 0.5
    assert figure(figures, "field_macro_f1_noisy")["rows"] == 2


def test_calibration_compares_confidence_with_the_share_right() -> None:
    right = read(topics("dien.mat_dien", sure=0.75), topic="dien.mat_dien")
    wrong = read(topics("dien.mat_dien", sure=0.75), topic="rac.thu_gom")
    assert measure([right, right, right, wrong], {})["topic_ece"] == pytest.approx(0)
    figures = measure([wrong], {})
    assert figures["topic_ece"] == pytest.approx(0.75)
    assert not figure(figures, "topic_ece")["ok"]


# What carries no label is not measured.


def test_nothing_labelled_gives_no_figures() -> None:
    figures = measure([read(topics("dien.mat_dien"))], LEADS)
    assert figures["table"] == []
    assert "1 messages" in as_text(figures)
    assert measure([], LEADS)["rows"] == 0


@pytest.mark.parametrize("flag", ["urgent", "restricted"])
def test_a_flag_no_row_has_is_skipped_and_one_that_some_have_is_false_elsewhere(flag: str) -> None:
    seen = Act(urgent=True, restricted=True)
    assert f"{flag}_recall" not in measure([read(Reading(), seen), read(Reading())], {})
    figures = measure([read(Reading(), seen, **{flag: True}), read(Reading(), seen)], {})
    assert (figures[f"{flag}_recall"], figures[f"{flag}_precision"]) == (1.0, 0.5)


# Kinds.


def test_complaints_and_denunciations_have_their_recall() -> None:
    reads = [
        read(Reading(kind="khieu_nai"), kind="khieu_nai"),
        read(Reading(kind="phan_anh"), kind="khieu_nai", where="f:2"),
        read(Reading(kind="to_cao"), kind="to_cao"),
    ]
    figures = measure(reads, {})
    assert (figures["khieu_nai_recall"], figures["to_cao_recall"]) == (0.5, 1.0)
    assert figures["confusions"]["kind"] == [["khieu_nai", "phan_anh", 1, "f:2"]]


# The leading agency and the decision.


def test_a_wrong_topic_of_the_right_agency_reaches_the_right_agency() -> None:
    figures = measure([read(topics("rac.thu_gom"), topic="giao_thong.duong")], LEADS)
    assert (figures["topic_top1"], figures["lead_top1"]) == (0.0, 1.0)


def test_the_surest_four_fifths_are_looked_at() -> None:
    sure = [read(topics("dien.mat_dien", sure=0.9), topic="dien.mat_dien") for _ in range(8)]
    unsure = [read(topics("dien.mat_dien", sure=0.2), topic="rac.thu_gom") for _ in range(2)]
    figures = measure([*unsure, *sure], LEADS)
    assert figures["lead_at_80"] == 1.0
    assert figures["lead_top1"] == 0.8
    assert figure(figures, "lead_at_80")["rows"] == 8


def test_complaints_are_not_routed_and_stand_apart() -> None:
    reads = [
        read(topics("dien.mat_dien"), topic="rac.thu_gom", kind="khieu_nai"),
        read(topics("dien.mat_dien"), topic="dien.mat_dien", kind="phan_anh"),
    ]
    figures = measure(reads, LEADS)
    assert figures["lead_top1"] == 1.0
    assert figure(figures, "lead_at_80_with_legal")["rows"] == 2


def test_the_decision_rule_is_counted_as_it_stands() -> None:
    label = {"topic": "giao_thong.duong"}
    reads = [
        read(topics("rac.thu_gom"), Act("route", ("rac.thu_gom",)), **label),
        read(topics("dien.mat_dien"), Act("route", ("dien.mat_dien",)), **label),
        read(topics("dien.mat_dien"), Act("ask", ("dien.mat_dien", "giao_thong.duong")), **label),
        read(topics("giao_thong.duong"), Act("desk", ("giao_thong.duong",)), **label),
        read(topics("giao_thong.duong"), Act("talk"), **label),
    ]
    figures = measure(reads, LEADS)
    assert (figures["routed"], figures["routed_right"]) == (0.4, 0.5)
    assert (figures["asked"], figures["asked_right"]) == (0.2, 1.0)
    assert (figures["to_desk"], figures["taken_for_talk"]) == (0.2, 0.2)
    assert figures["lead_one_tap"] == 0.4


def test_the_curve_falls_where_the_unsure_are_wrong() -> None:
    curve = risk_coverage([(0.9, True), (0.1, False)])
    assert len(curve) == 20
    assert (curve[0], curve[9], curve[-1]) == ([0.05, 1.0], [0.5, 1.0], [1.0, 0.5])
    assert risk_coverage([]) == []


# Places.


@pytest.mark.parametrize(
    ("label", "right"),
    [
        ({"commune": "05953"}, True),
        ({"commune": "Kha Sơn"}, True),
        ({"commune": "xa kha son"}, True),
        ({"commune": "Kha Sơn", "province": "Tỉnh Thái Nguyên"}, True),
        ({"commune": "Kha Sơn", "province": "Hưng Yên"}, False),
        ({"commune": "phường Kha Sơn"}, False),
        ({"commune": "05950"}, False),
    ],
)
def test_a_commune_is_named_by_code_or_name(label: dict[str, Any], right: bool) -> None:
    assert measure([read(Reading(place=PlaceReading(commune=KHA_SON)), **label)], {})["commune_exact"] == right


def test_an_ambiguous_place_wants_candidates_and_no_commune() -> None:
    places = [PlaceReading(candidates=(KHA_SON, NGA_MY)), PlaceReading(commune=KHA_SON), PlaceReading()]
    figures = measure([read(Reading(place=place), ambiguous_place=True) for place in places], {})
    assert figures["ambiguous_recognised"] == pytest.approx(1 / 3, abs=1e-4)
    assert "commune_exact" not in figures


def test_a_province_alone_is_compared_with_the_province_read() -> None:
    figures = measure([read(Reading(place=PlaceReading(province="Hà Nội")), province="Thành phố Hà Nội")], {})
    assert figures["province_right"] == 1.0


# Private data.


def test_a_span_is_found_when_most_of_it_is_covered_by_its_like() -> None:
    label: dict[str, Any] = {"pii": [[0, 10, "phone"], [20, 30, "name"], [40, 50, "id"]]}
    found = (Pii(0, 8, "phone"), Pii(20, 27, "name"), Pii(40, 50, "phone"), Pii(60, 70, "email"))
    figures = measure([read(Reading(pii=found), **label), read(Reading(), pii=[]), read(Reading(pii=found))], {})
    assert figures["pii_numbers_found"] == 0.5
    assert figures["pii_names_found"] == 0.0
    assert figures["pii_precision"] == 0.5
    assert figures["pii"]["phone"] == {"there": 1, "recall": 1.0, "precision": 0.5, "false_per_thousand": 500.0}
    assert figures["pii"]["email"]["recall"] is None


# What is shown.


def test_confused_pairs_are_worst_first_and_name_a_line_but_no_text() -> None:
    reads = [read(topics("dien.mat_dien"), topic="rac.thu_gom", where=f"f.jsonl:{n}", text="bí mật") for n in (7, 9)]
    reads.append(read(topics("dien.mat_dien"), topic="giao_thong.duong", where="f.jsonl:1", text="bí mật"))
    figures = measure(reads, LEADS)
    assert figures["confusions"]["topic"] == [
        ["rac.thu_gom", "dien.mat_dien", 2, "f.jsonl:7"],
        ["giao_thong.duong", "dien.mat_dien", 1, "f.jsonl:1"],
    ]
    text = as_text(figures)
    assert text.index("rac.thu_gom read as") < text.index("giao_thong.duong read as")
    assert "bí mật" not in text + json.dumps(figures, ensure_ascii=False)


def test_the_table_says_which_figures_fall_short() -> None:
    figures = measure([read(topics("dien.mat_dien"), topic="dien.mat_dien")] * 9, LEADS)
    line = figure(figures, "topic_top1")
    assert (line["value"], line["target"], line["ok"], line["rows"]) == (1.0, 0.8, True, 9)
    assert line["low"] < 0.8 < line["high"] == 1.0
    [shown] = [one for one in as_text(figures).splitlines() if one.startswith("topic (71): right in first")]
    assert shown.split()[-5:] == ["0.70-1.00", ">=", "0.80", "ok", "9"]
    assert json.loads(json.dumps(figures)) == figures


def test_every_target_stands_in_the_table() -> None:
    assert sum(target.target is not None for target in TABLE.values()) == 17


@given(st.integers(1, 500).flatmap(lambda count: st.tuples(st.integers(0, count), st.just(count))))
def test_the_interval_holds_the_share_and_stays_between_0_and_1(counts: tuple[int, int]) -> None:
    low, high = wilson(*counts)
    assert 0 <= low <= counts[0] / counts[1] + 1e-4
    assert counts[0] / counts[1] - 1e-4 <= high <= 1


def test_long_work_is_read_in_batches_and_says_how_far_it_is(reader: Reader) -> None:
    rows: list[Any] = [{"text": "mất điện", "topic": "dien.mat_dien"}] * 501
    said: list[str] = []
    assert evaluate(reader, rows, progress=said.append)["rows"] == 501
    assert said == ["read 500 of 501 messages", "read 501 of 501 messages"]
    assert evaluate(reader, rows[:3], progress=said.append)["topic_top1"] == 1.0
    assert len(said) == 2


# Labelled files.


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "is not JSON"),
        (b"[1]", "is no object"),
        (b"\xff", "is not UTF-8"),
        (b"[" * 100_000, "is not JSON"),
        (b"{}", "has no text"),
        (b'{"text": " "}', "has no text"),
        (b'{"text": 5}', "text must be words"),
        (b'{"text": "x", "topic": "dien.x"}', "'dien.x' is no topic"),
        (b'{"text": "x", "topic": ["dien"]}', "topic must be words"),
        (b'{"text": "x", "fields": "dien"}', "fields must be a list"),
        (b'{"text": "x", "fields": ["x", 1]}', "'x' is no topic or field"),
        (b'{"text": "x", "fields": [[]]}', "[] is no topic or field"),
        (b'{"text": "x", "kind": "bug"}', "kind 'bug' is none of"),
        (b'{"text": "x", "urgent": "yes"}', "urgent must be true or false"),
        (b'{"text": "x", "pii": [[0, 9, "phone"]]}', "pii must be"),
        (b'{"text": "x", "pii": [7]}', "pii must be"),
    ],
)
def test_a_bad_line_is_named_with_what_to_do_and_the_rest_is_read(tmp_path: Path, line: bytes, says: str) -> None:
    file = tmp_path / "some.jsonl"
    good = '{"text": "a\u2028b", "topic": "dien.mat_dien", "kind": null, "pii": [[0, 1, "name"]]}'.encode()
    file.write_bytes(b"\xef\xbb\xbf" + good + b"\r\n\n" + line + b"\n" + good)
    rows, [bad] = read_file(file, TAXONOMY)
    assert (bad.where, len(rows)) == ("some.jsonl:3", 2)
    assert bad.says.startswith(says)
    assert rows[1] == Labelled(
        text="a\u2028b", topic="dien.mat_dien", pii=[[0, 1, "name"]], where="some.jsonl:4", group="some/"  # type: ignore[list-item]
    )  # fmt: skip


def test_any_topic_is_known_where_no_taxonomy_is_given(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "x", "topic": "a.b"}', encoding="utf-8")
    assert len(read_file(tmp_path / "a.jsonl")[0]) == 1


# The command.


def command(*arguments: str) -> Result:
    """Run ``hoiam evaluate`` with the model that the other tests use."""
    model = Path(__file__).parents[2] / Settings.model_fields["model_path"].default
    return CliRunner().invoke(cli, ["evaluate", *arguments], env={"HOIAM_MODEL_PATH": str(model)})


def test_a_file_without_messages_is_one_line_that_says_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text('{"topic": "dien.mat_dien"}\n', encoding="utf-8")
    ran = command(str(tmp_path / "none.jsonl"))
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "none.jsonl:1: has no text" in ran.stderr
    assert ran.stderr.splitlines()[-1].startswith("hoiam: ")


def test_the_command_prints_a_table_and_writes_all_figures(tmp_path: Path) -> None:
    rows = [
        {"text": "Mất điện cả xóm từ sáng", "topic": "dien.mat_dien"},
        {"text": "nước máy đục ngầu", "topic": "x.y"},
    ]
    file = tmp_path / "some.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    ran = command(str(file), "--json", str(tmp_path / "new" / "figures.json"))
    assert ran.exit_code == 0, ran.output
    assert "topic (71): right in first" in ran.stdout
    assert "some.jsonl:2: 'x.y' is no topic" in ran.stderr
    figures = json.loads((tmp_path / "new" / "figures.json").read_text(encoding="utf-8"))
    assert (figures["rows"], figures["topic_top1"], figures["lead_one_tap"]) == (1, 1.0, 1.0)
    # A model fresh from training and one that was kept differ in the last digits.
    assert json.loads(command(str(file), "--json", "-").stdout).keys() == figures.keys()
