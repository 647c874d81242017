"""Whole readings: golden sentences, and texts no one should choke on."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.evaluate import evaluate
from nlp.model import Model, StaleModelError, make_stamp
from nlp.places import Gazetteer
from nlp.reader import Reader
from nlp.train import train_rows


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Đường vào xóm đầy ổ gà, đề nghị xã sửa", "giao_thong.duong_hu_hong"),
        ("duong lang o ga o voi di lai kho lam", "giao_thong.duong_hu_hong"),
        ("mất điện từ 6h sáng tới giờ chưa có", "dien.mat_dien"),
        ("mat dien ca xom tu toi qua", "dien.mat_dien"),
        ("nước máy đục ngầu có mùi tanh", "nuoc_sach.chat_luong_nuoc"),
        ("rác để cả tuần k ai thu gom", "rac_ve_sinh.rac_khong_thu_gom"),
        ("quán karaoke hát tới 1h sáng k ngủ đc", "an_ninh.tieng_on"),
        ("đèn đường trước ngõ hỏng cả tháng tối om", "chieu_sang_cay_xanh.den_duong"),
    ],
)
def test_topics(reader: Reader, text: str, topic: str) -> None:
    (reading,) = reader.read([text])
    assert topic in [slug for slug, _ in reading.topics]
    assert reading.talk is None


@pytest.mark.parametrize(
    ("text", "talk"),
    [("alo", "chao"), ("cảm ơn ad", "cam_on"), ("em không muốn sống nữa", "tuyet_vong"), ("😀😀😀", "vo_nghia")],
)
def test_small_talk(reader: Reader, text: str, talk: str) -> None:
    assert reader.read([text])[0].talk == talk


def test_despair_is_urgent_and_slow_walking_is_not_despair(reader: Reader) -> None:
    despair, walk = reader.read(["toi muon tu tu", "xe tai chay tu tu trong ngo lam nut duong"])
    assert despair.urgent > 0.9
    assert walk.talk != "tuyet_vong"


def test_who_is_accused(reader: Reader) -> None:
    (reading,) = reader.read(["Tôi tố cáo cán bộ địa chính xã Kha Sơn nhận tiền của dân để làm sổ đỏ"])
    assert reading.kind == "to_cao"
    assert reading.accused == "cán bộ địa chính xã Kha Sơn"


@pytest.mark.parametrize(
    ("text", "register"),
    [
        ("Đường hỏng quá, mong xã sửa.", "thuong"),
        ("duong hong qua mong xa sua", "khong_dau"),
        ("đg hỏng wá k đi đc mn ơi", "teencode"),
        ("ĐƯỜNG HỎNG QUÁ MONG XÃ SỬA", "hoa"),
        ("Kính gửi UBND xã, đề nghị sửa đường liên thôn.", "trang_trong"),
    ],
)
def test_registers(reader: Reader, text: str, register: str) -> None:
    assert reader.read([text])[0].register == register


def test_why_is_in_the_citizens_spelling(reader: Reader) -> None:
    (reading,) = reader.read(["Mất ĐIỆN từ sáng ở thôn Đoài"])
    assert "ĐIỆN" in reading.why
    assert len(reading.why) <= 4


@pytest.mark.parametrize("text", ["", "   ", "\n", "😀", "....", "\ud800", "0" * 1000, "a" * 1_000_000, "đ " * 500_000])
def test_odd_texts_are_read(reader: Reader, text: str) -> None:
    (reading,) = reader.read([text])
    assert 0 <= reading.confidence <= 1


def test_no_texts_no_readings(reader: Reader) -> None:
    assert reader.read([]) == []


@settings(max_examples=50)
@given(texts=st.lists(st.text(max_size=120), max_size=4))
def test_reading_never_raises_and_stays_in_bounds(reader: Reader, texts: list[str]) -> None:
    for text, reading in zip(texts, reader.read(texts), strict=True):
        chances = [chance for _, chance in reading.topics]
        assert chances == sorted(chances, reverse=True)
        assert all(
            0 <= chance <= 1 for chance in (*chances, reading.urgent, reading.restricted, reading.talk_probability)
        )
        assert all(0 <= span.start < span.end <= len(text) for span in reading.pii)


def test_a_text_reads_the_same_alone_and_in_company(reader: Reader) -> None:
    texts = ["mất nước hai hôm nay", "xin chào", "đường ngập"]
    assert [reader.read([text])[0].topic for text in texts] == [reading.topic for reading in reader.read(texts)]


@pytest.fixture(scope="module")
def small() -> Model:
    rows = [
        {"text": f"{word} rồi {n}", "topic": topic, "kind": kind, "group": f"{n % 4}", "urgent": n % 5 == 0}
        for n in range(12)
        for word, topic, kind in (
            ("mất điện", "dien.mat", "phan_anh"),
            ("đường hỏng", "duong.hong", "kien_nghi"),
            ("rác hôi", "rac.hoi", "hoi_dap"),
        )
    ]
    return train_rows(rows, {"dien.mat": "Mất điện"})  # type: ignore[arg-type]


def test_a_saved_model_reads_the_same(small: Model, thai_nguyen: Gazetteer, tmp_path: Path) -> None:
    small.save(tmp_path / "model.npz", "stamp")
    loaded = Model.load(tmp_path / "model.npz", "stamp")
    (one,), (two,) = (Reader(model, thai_nguyen).read(["mất điện cả xóm"]) for model in (small, loaded))
    assert one.topic == two.topic == "dien.mat"
    assert one.confidence == pytest.approx(two.confidence, abs=0.01)


def test_a_stale_model_is_refused(small: Model, tmp_path: Path) -> None:
    small.save(tmp_path / "model.npz", "old")
    with pytest.raises(StaleModelError):
        Model.load(tmp_path / "model.npz", "new")


def test_the_stamp_changes_with_corpus_and_names(tmp_path: Path) -> None:
    corpus = tmp_path / "a.jsonl"
    corpus.write_text("{}", encoding="utf-8")
    first = make_stamp([corpus], {"a": "b"})
    assert first == make_stamp([corpus], {"a": "b"})
    assert first != make_stamp([corpus], {"a": "c"})
    corpus.write_text("{} ", encoding="utf-8")
    assert first != make_stamp([corpus], {"a": "b"})


def test_figures_count_what_is_right(small: Model, thai_nguyen: Gazetteer) -> None:
    figures = evaluate(
        Reader(small, thai_nguyen),
        [
            {"text": "mất điện rồi", "topic": "dien.mat", "kind": "phan_anh"},
            {"text": "mất điện ở xã Kha Sơn", "fields": ["duong", "dien"], "commune": "05953"},
        ],
    )
    assert figures["topic_top1"] == 1.0
    assert figures["field_accuracy"] == 1.0
    assert figures["commune_exact"] == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "em k muốn sống nữa",
        "toi muon chet cho xong",
        "k muon song nua",
        "có người đang đòi tự tử trên cầu",
    ],
)
def test_despair_is_heard_in_every_spelling(reader: Reader, text: str) -> None:
    assert reader.read([text])[0].talk == "tuyet_vong"


@pytest.mark.parametrize(
    "text",
    [
        "nhờ tư vấn thủ tục đất đai",
        "nghe nói Đại Từ sạt núi",
        "xe troi tu tu xuong doc",
        "chủ đầu tư vẫn chưa giao nhà",
    ],
)
def test_despair_is_not_heard_where_there_is_none(reader: Reader, text: str) -> None:
    assert reader.read([text])[0].talk != "tuyet_vong"
