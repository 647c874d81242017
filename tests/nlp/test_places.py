"""What places are read out of what people write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.places import Gazetteer
from nlp.reading import PlaceReading


def names(reading: PlaceReading) -> str:
    """Name the commune, or the candidates with question marks."""
    if reading.commune:
        return f"{reading.commune.kind} {reading.commune.name}"
    return " ".join(f"{commune.name}?" for commune in reading.candidates)


PHU_BINH = "Phú Bình? Điềm Thụy? Kha Sơn? Tân Khánh? Tân Thành?"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("xã Kha Sơn", "xã Kha Sơn"),
        ("kha son", "xã Kha Sơn"),
        ("x. Kha Sơn", "xã Kha Sơn"),
        ("đường ở xa kha son hỏng", "xã Kha Sơn"),
        ("XÃ KHA SƠN MẤT ĐIỆN", "xã Kha Sơn"),
        ("Điềm Thuỵ", "xã Điềm Thụy"),
        ("P. Phan Đình Phùng", "phường Phan Đình Phùng"),
        ("phuong phan dinh phung", "phường Phan Đình Phùng"),
        # Today's commune and old district share a name.
        ("xã Phú Bình", "xã Phú Bình"),
        ("Phú Bình", PHU_BINH),
        ("huyện Phú Bình", PHU_BINH),
        ("Kha Sơn, Phú Bình", "xã Kha Sơn"),
        # Without diacritics two communes look the same.
        ("xa van lang", "Văn Lang? Văn Lăng?"),
        ("xã Văn Lăng", "xã Văn Lăng"),
        # Two places named.
        ("đường từ Kha Sơn sang Tân Khánh", "Kha Sơn? Tân Khánh?"),
        # Words that only look like names.
        ("thai do can bo te qua", ""),
        ("hai thang nay chua co nuoc", ""),
        ("tôi bán hàng ở chợ mới", ""),
        ("công an viên trong xóm", ""),
        ("huyện Chợ Mới", "Chợ Mới? Tân Kỳ? Thanh Mai? Thanh Thịnh? Yên Bình?"),
        # Streets, schools, persons, hamlets.
        ("đường Quang Trung bị ngập", ""),
        ("phường Quang Trung", "phường Phan Đình Phùng"),
        ("trường THPT Lê Hồng Phong", ""),
        ("ông Trần Phú ở xóm 5", ""),
        ("anh Nguyễn Minh Đức", ""),
        ("xóm Đồng Tâm", ""),
    ],
)
def test_communes(thai_nguyen: Gazetteer, text: str, expected: str) -> None:
    assert names(thai_nguyen.find(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected", "old_name"),
    [
        ("Nga My", "xã Điềm Thụy", "xã Nga My (huyện Phú Bình)"),
        ("Thượng Đình", "Điềm Thụy? Phú Bình?", "xã Thượng Đình (huyện Phú Bình)"),
        ("tt Hương Sơn huyện Phú Bình", "xã Phú Bình", "thị trấn Hương Sơn (huyện Phú Bình)"),
        ("thị trấn Đu", "xã Phú Lương", "thị trấn Đu (huyện Phú Lương)"),
        ("phường Mỏ Chè, Sông Công", "phường Bá Xuyên", "phường Mỏ Chè (thành phố Sông Công)"),
    ],
)
def test_old_units_become_communes_of_today(thai_nguyen: Gazetteer, text: str, expected: str, old_name: str) -> None:
    reading = thai_nguyen.find(text)
    assert (names(reading), reading.old_name) == (expected, old_name)


@pytest.mark.parametrize(
    ("text", "in_thai_nguyen", "in_hung_yen"),
    [
        ("xã Nam Cường", "Thái Nguyên", "Hưng Yên"),
        ("phường Phan Đình Phùng", "Thái Nguyên", "Hưng Yên"),
        ("xã Nam Cường, Hưng Yên", "Hưng Yên", "Hưng Yên"),
        ("xã Lê Lợi", "Hưng Yên", "Hưng Yên"),
        ("xã Lê Lợi, Hà Nội", "Hà Nội", "Hà Nội"),
        ("ở Hưng Yên", "Hưng Yên", "Hưng Yên"),
        ("tỉnh Bắc Kạn cũ", "Thái Nguyên", "Thái Nguyên"),
        ("tôi ở Kiến Xương", "Hưng Yên", "Hưng Yên"),
        ("không nói ở đâu", None, None),
    ],
)
def test_home_comes_first_unless_another_province_is_named(
    thai_nguyen: Gazetteer, hung_yen: Gazetteer, text: str, in_thai_nguyen: str | None, in_hung_yen: str | None
) -> None:
    assert thai_nguyen.find(text).province == in_thai_nguyen
    assert hung_yen.find(text).province == in_hung_yen


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("xóm Đông xã Kha Sơn", "xóm Đông"),
        ("xom dong xa kha son", "xom dong"),
        ("ngõ 5 tổ 8 phường Gia Sàng", "ngõ 5 tổ 8"),
        ("Tổ dân phố số 7, phường Gia Sàng", "Tổ dân phố số 7"),
        ("đường Quang Trung bị ngập", "đường Quang Trung"),
        ("duong quang trung ngap", "duong quang trung"),
        ("đường 261 đoạn qua Phú Thịnh", "đường 261"),
        ("bản Nà Lùng", "bản Nà Lùng"),
        ("cả xóm bịt mũi", None),
        ("đường hỏng quá", None),
        ("duong vao xom minh o ga", None),
        ("thành phố Thái Nguyên", None),
    ],
)
def test_finer_place_stays_in_the_citizens_words(thai_nguyen: Gazetteer, text: str, detail: str | None) -> None:
    assert thai_nguyen.find(text).detail == detail


@pytest.mark.parametrize(
    ("typed", "first"),
    [("kha sn", "Kha Sơn"), ("diem thui", "Điềm Thụy"), ("phan dinh", "Phan Đình Phùng"), ("xa tan khan", "Tân Khánh")],
)
def test_suggestions_begin_with_the_nearest(thai_nguyen: Gazetteer, typed: str, first: str) -> None:
    suggested = thai_nguyen.suggest(typed)
    assert suggested[0].name == first
    assert len(suggested) <= 6


def test_nothing_near_is_suggested_for_noise(thai_nguyen: Gazetteer) -> None:
    assert thai_nguyen.suggest("") == ()
    assert thai_nguyen.suggest("zzzz") == ()


@given(text=st.text(alphabet="xãKhaSơnPhúBìnhđường ,.5", max_size=80))
def test_any_text_has_a_place_reading(thai_nguyen: Gazetteer, text: str) -> None:
    reading = thai_nguyen.find(text)
    assert not (reading.commune and reading.candidates)
