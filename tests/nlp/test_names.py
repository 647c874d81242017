"""Which words are names of persons, and which only look like them."""

import pytest

from nlp.names import find_names


def names(text: str) -> list[str]:
    return [text[start:end] for start, end in find_names(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nhà ông Tuấn hàng xóm", ["Tuấn"]),
        ("bà Tám mất nước", ["Tám"]),
        ("cháu tên là Bùi Thị Mơ", ["Bùi Thị Mơ"]),
        ("Tôi là Trần Văn Tư", ["Trần Văn Tư"]),
        ("Cháu Hoàng A Páo, 6 tuổi", ["Hoàng A Páo"]),
        ("Chị Nguyễn Thị Hồng Nhung nuôi gà", ["Nguyễn Thị Hồng Nhung"]),
        ("ông Tám Cường và bà Lan", ["Tám Cường", "Lan"]),
        ("Ông Phạm Quang Vinh, Chủ tịch UBND xã", ["Phạm Quang Vinh"]),
        ("Liên hệ: Vũ Đức Thịnh", ["Vũ Đức Thịnh"]),
        ("chi Lan nha ben", ["Lan"]),
        ("ong Nguyen Van Hung lan dat", ["Nguyen Van Hung"]),
        ("toi la tran thi nga o xom 3", ["tran thi nga"]),
        ("ông trần văn lữ bị ghi nhầm", ["trần văn lữ"]),
        ("chị hằng bán bún", ["hằng"]),
        ("NHÀ BÀ TRẦN THỊ LOAN NUÔI LỢN GIỮA XÓM", ["TRẦN THỊ LOAN"]),
    ],
)
def test_names_are_found(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "ông chủ tịch xã hứa rồi",
        "Tôi là Trưởng thôn",
        "Anh ơi cho em hỏi",
        "Anh Công an xã đến muộn",
        "anh hùng liệt sĩ",
        "chị em trong xóm",
        "đường Hoàng Văn Thụ ngập",
        "trường Nguyễn Huệ thu tiền",
        "Đường Bà Triệu hỏng",
        "Đoạn Lê Hồng Phong giao Trần Phú",
        "phường Phan Đình Phùng",
        "Công ty TNHH Minh Đức xả thải",
        "Bác Hồ dạy",
        "duong nguyen van troi ngap",
        "vi pham thi phat nang vao",
        "Quản lý thị trường tịch thu hàng",
        "bà bảy mươi tuổi",
        "Ông T. cầm bảng đề, bà L.T.M. đứng sau",
        "con chó tên Vàng",
        "ĐƯỜNG QUANG TRUNG NGẬP 3 NGÀY",
    ],
)
def test_places_posts_and_calls_are_not_names(text: str) -> None:
    assert names(text) == []
