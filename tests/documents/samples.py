"""Two reports as offices write them, for the eye and for the rules of layout. Every figure in them is invented."""

from dataclasses import replace
from datetime import date

from domain.drafts import Chart, Draft, Layout, Paragraph, Section, Table, Trace

FIELDS = Table(
    "Bảng 1. Kết quả tiếp nhận, giải quyết theo lĩnh vực, tháng 10 năm 2026",
    ("TT", "Lĩnh vực", "Tiếp nhận", "Đã trả lời", "Đúng hạn", "Tỷ lệ đúng hạn"),
    (
        ("1", "Giao thông, vỉa hè, chiếu sáng", "412", "371", "335", "90,3%"),
        ("2", "Môi trường, rác thải, thoát nước", "358", "301", "262", "87,0%"),
        ("3", "Cấp điện, cấp nước sinh hoạt", "297", "289", "281", "97,2%"),
        ("4", "Đất đai, xây dựng, quy hoạch", "214", "148", "109", "73,6%"),
        ("5", "Y tế, bảo hiểm y tế", "96", "88", "80", "90,9%"),
        ("6", "Giáo dục, trường học", "73", "70", "66", "94,3%"),
        ("7", "An ninh, trật tự, an toàn xã hội", "61", "52", "45", "86,5%"),
        ("", "Tổng cộng", "1.511", "1.319", "1.178", "89,3%"),
    ),
    note="Đúng hạn: ngày trả lời không sau ngày hẹn. Nơi có dưới 5 phản ánh được gộp vào lĩnh vực gần nhất.",
    figures=frozenset({2, 3, 4, 5}),
    total=True,
)

WEEKS = Chart(
    "lines",
    "Biểu đồ 1. Số phản ánh tiếp nhận theo tuần",
    ("Tuần 36", "Tuần 37", "Tuần 38", "Tuần 39", "Tuần 40", "Tuần 41", "Tuần 42", "Tuần 43"),
    (("Phản ánh", (214.0, 198.0, 251.0, None, 289.0, 342.0, 377.0, 361.0)),),
    "Số phản ánh mỗi tuần tăng từ 214 ở tuần 36 lên 361 ở tuần 43; tuần 39 không có số liệu.",
    unit="Phản ánh",
)

PLACES = Chart(
    "lying",
    "Biểu đồ 2. Năm địa phương có nhiều phản ánh nhất",
    ("Phường Phan Đình Phùng", "Phường Tích Lương", "Phường Sông Công", "Phường Phổ Yên", "Xã Phú Bình"),
    (("Tháng 9", (121.0, 87.0, 80.0, 74.0, 41.0)), ("Tháng 10", (164.0, 102.0, 76.0, 91.0, 55.0))),
    "Phường Phan Đình Phùng nhiều nhất với 164 phản ánh trong tháng 10, tăng 43 so với tháng 9.",
    unit="Phản ánh",
)

OVERDUE = Table(
    "Bảng 2. Phần việc quá hạn đến hết ngày 31 tháng 10 năm 2026",
    ("Cơ quan chủ trì", "Quá hạn", "Quá hạn lâu nhất (ngày)", "Việc chính còn lại"),
    (
        ("Sở Xây dựng", "14", "23", "Xác minh hiện trạng mặt đường tỉnh lộ 266 và hệ thống thoát nước khu dân cư số 3"),
        ("Sở Nông nghiệp và Môi trường", "11", "31", "Trả lời về mùi hôi tại khu xử lý chất thải"),
        ("UBND phường Tích Lương", "6", "9", "Tháo dỡ mái che lấn chiếm vỉa hè"),
    ),
    figures=frozenset({1, 2}),
)

STATE = Draft(
    layout=Layout.STATE,
    above="UBND TỈNH THÁI NGUYÊN",
    issuer="VĂN PHÒNG",
    motto=("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"),
    number="Số:        /BC-VPUB",
    place_and_date="Thái Nguyên, ngày      tháng 11 năm 2026",
    kind="BÁO CÁO",
    about="Kết quả tiếp nhận, xử lý phản ánh, kiến nghị của người dân\ntháng 10 năm 2026",
    greeting="Kính gửi:",
    addressees=("Chủ tịch Ủy ban nhân dân tỉnh", "Ban Tuyên giáo và Dân vận Tỉnh ủy"),
    opening=(
        Paragraph(
            "Thực hiện nhiệm vụ được giao về tiếp nhận, xử lý phản ánh, kiến nghị của người dân qua kênh nhắn tin, "
            "Văn phòng Ủy ban nhân dân tỉnh báo cáo kết quả tháng 10 năm 2026 như sau:"
        ),
    ),
    sections=(
        Section(
            "Tình hình tiếp nhận",
            (
                Paragraph(
                    "Từ ngày 01 đến hết ngày 31 tháng 10 năm 2026, hệ thống tiếp nhận 1.511 phản ánh, kiến nghị từ 92 "
                    "xã, phường, tăng 12,4% so với tháng 9 năm 2026. Người dân hỏi nhiều nhất về mặt đường hư hỏng sau "
                    "mưa lũ, thu gom rác chậm và mất nước sinh hoạt kéo dài."
                ),
                WEEKS,
                Paragraph("Tuần 39 chưa có số liệu do hệ thống dừng để bảo trì.", "missing"),
                PLACES,
            ),
        ),
        Section(
            "Kết quả giải quyết",
            (
                Section(
                    "Theo lĩnh vực",
                    (
                        Paragraph(
                            "Các cơ quan đã trả lời 1.319 phản ánh, trong đó 1.178 phản ánh được trả lời đúng hạn, đạt "
                            "89,3%. Lĩnh vực đất đai, xây dựng có tỷ lệ đúng hạn thấp nhất (73,6%) do phải xác minh "
                            "thực địa và lấy ý kiến nhiều cơ quan."
                        ),
                        FIELDS,
                    ),
                ),
                Section(
                    "Phần việc quá hạn",
                    (
                        Section(
                            "Cơ quan còn việc quá hạn",
                            (Paragraph("Có 31 phần việc quá hạn tại ba cơ quan dưới đây."), OVERDUE),
                        ),
                        Section(
                            "Nguyên nhân",
                            (Paragraph("Hồ sơ phải chuyển giữa các cơ quan; một số nơi chưa phân công người thay."),),
                        ),
                    ),
                ),
            ),
        ),
        Section(
            "Kiến nghị",
            (
                Paragraph("Đề nghị Sở Xây dựng trả lời dứt điểm 14 phần việc quá hạn trước ngày 15 tháng 11 năm 2026."),
                Paragraph("Số liệu từng xã, phường và nguồn của từng con số nêu tại các phụ lục kèm theo."),
            ),
        ),
    ),
    recipients_label="Nơi nhận:",
    recipients=("Như trên", "Thường trực HĐND tỉnh", "Các sở, ban, ngành", "UBND các xã, phường", "Lưu: VT, TCD"),
    signer=("KT. CHÁNH VĂN PHÒNG", "PHÓ CHÁNH VĂN PHÒNG"),
    draft_mark="DỰ THẢO",
    annexes=(
        (
            "Số phản ánh theo xã, phường",
            (
                Table(
                    "Số phản ánh tiếp nhận và đã trả lời trong tháng 10 năm 2026",
                    ("TT", "Xã, phường", "Tiếp nhận", "Đã trả lời"),
                    tuple(
                        (str(at), f"{kind} {name}", str(164 - 7 * at), str(151 - 7 * at))
                        for at, (kind, name) in enumerate(
                            (
                                ("Phường", "Phan Đình Phùng"),
                                ("Phường", "Tích Lương"),
                                ("Phường", "Phổ Yên"),
                                ("Phường", "Sông Công"),
                                ("Xã", "Phú Bình"),
                                ("Phường", "Quyết Thắng"),
                                ("Phường", "Gia Sàng"),
                                ("Phường", "Bắc Kạn"),
                                ("Xã", "Đại Từ"),
                                ("Xã", "Định Hóa"),
                            ),
                            1,
                        )
                    ),
                    note="Mười xã, phường nhiều nhất; các nơi còn lại xem trong tệp bảng tính kèm theo.",
                    figures=frozenset({2, 3}),
                ),
            ),
        ),
    ),
    traces=(
        Trace(
            "I.1",
            "Phản ánh tiếp nhận",
            "1.511",
            "storage.figures.province",
            date(2026, 10, 1),
            date(2026, 10, 31),
            "2026.11",
        ),
        Trace(
            "II.1",
            "Phản ánh đã trả lời",
            "1.319",
            "storage.figures.province",
            date(2026, 10, 1),
            date(2026, 10, 31),
            "2026.11",
        ),
        Trace(
            "II.2",
            "Phần việc quá hạn",
            "31",
            "storage.figures.overdue",
            date(2026, 10, 1),
            date(2026, 10, 31),
            "2026.11",
        ),
    ),
    traces_title="Nguồn số liệu",
    traces_head=("Mục", "Chỉ tiêu", "Số liệu", "Cách đếm", "Kỳ", "Bộ quy tắc"),
    annex_label="Phụ lục",
    annex_of="(Kèm theo Báo cáo số        /BC-VPUB ngày      tháng 11 năm 2026\ncủa Văn phòng Ủy ban nhân dân tỉnh)",
    sheets_title="Danh mục bảng",
    sheets_head=("Số", "Bảng"),
)

PARTY = replace(
    STATE,
    layout=Layout.PARTY,
    above="TỈNH ỦY THÁI NGUYÊN",
    issuer="BAN TUYÊN GIÁO VÀ DÂN VẬN",
    motto=("ĐẢNG CỘNG SẢN VIỆT NAM",),
    number="Số       -BC/BTGDVTU",
    about="Tình hình phối hợp thực hiện Quyết định số 238-QĐ/TW\ntháng 10 năm 2026",
    addressees=("Thường trực Tỉnh ủy.",),
    opening=(
        Paragraph(
            "Thực hiện Quyết định số 238-QĐ/TW, Ban Tuyên giáo và Dân vận Tỉnh ủy báo cáo tình hình phối hợp tiếp "
            "nhận, xử lý phản ánh, kiến nghị của người dân tháng 10 năm 2026 như sau:"
        ),
    ),
    recipients=("Như trên", "Đảng ủy UBND tỉnh", "Lưu: Văn phòng, Phòng Dân vận"),
    signer=("K/T TRƯỞNG BAN", "PHÓ TRƯỞNG BAN"),
    annex_of="",
    end=".",
)

#: A report without pictures, which take their time.
PLAIN = replace(
    STATE,
    sections=(
        Section("Tình hình tiếp nhận", (Paragraph("Tiếp nhận 1.511 phản ánh, kiến nghị."), FIELDS)),
        Section("Kiến nghị", (Paragraph("Số liệu từng xã, phường nêu tại các phụ lục kèm theo."),)),
    ),
)


def long_table(rows: int) -> Draft:
    """Return a report whose table goes over several pages."""
    table = Table(
        "Bảng 1. Phản ánh theo xã, phường",
        ("TT", "Xã, phường", "Tiếp nhận"),
        tuple((str(at), f"Xã số {at}", f"{at * 7}") for at in range(1, rows + 1)),
        figures=frozenset({2}),
    )
    return replace(STATE, sections=(Section("Số liệu", (table,)),), annexes=(), traces=())
