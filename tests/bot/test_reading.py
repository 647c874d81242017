"""The reader as it is shipped: both models, and what is stamped on a reading."""

from nlp.reader import Reader


def test_what_is_sure_is_not_asked_about_again(reader: Reader) -> None:
    plain = ["Nước máy đục ngầu có mùi tanh", "wifi chập chờn cả ngày"]
    doubtful = ["cái chỗ hôm nọ vẫn thế", "không biết kêu ai", "ông ấy bảo phải biết điều"]
    assert [reading.deep for reading in reader.read([*plain, *doubtful])] == [False, False, True, True, True]


def test_every_reading_says_who_read_it(reader: Reader) -> None:
    for reading in reader.read(["mất nước ba ngày rồi", "", "🙂"]):
        assert reading.read_by == reader.version
        assert reading.read_by.startswith("linear ")
        assert "deep " in reading.read_by


def test_two_issues_are_cut_apart_and_one_is_left_whole(reader: Reader) -> None:
    two, one = reader.read(
        [
            "đèn đường đầu ngõ hỏng cả tháng nay tối om, với lại rác chất đống ở cổng chợ cả tuần không ai thu gom",
            "mưa to cống tắc nên nước ngập vào nhà, xe chết máy, học sinh phải nghỉ học",
        ]
    )
    assert [part.topic for part in two.parts] == ["chieu_sang_cay_xanh.den_duong", "rac_ve_sinh.rac_khong_thu_gom"]
    assert two.parts[1].text.startswith("với lại")
    assert one.parts == ()
