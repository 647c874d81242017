"""What is typed as a notice, and what asks for notices."""

from datetime import UTC, datetime

import pytest

from domain.commands import find_command
from domain.notices import (
    asks_for_notices,
    find_number,
    find_until,
    is_danger,
    may_issue,
    notice_rules,
    offer,
    parse,
    topics_of,
    wishes,
)
from domain.rulesets import Ruleset

#: Nine in the morning of a Wednesday.
NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
KHA_SON, PHU_BINH, WARD = "05953", "05908", "05443"
NO_WATER = "nuoc_sach.mat_nuoc"


@pytest.mark.parametrize(
    ("typed", "what", "communes", "until", "words"),
    [
        (
            "mất nước xã Kha Sơn đến 17h mai: sửa ống, bà con trữ nước",
            "mất nước", (KHA_SON,), "2026-11-19T17:00", "sửa ống, bà con trữ nước",
        ),
        (
            "Mất nước ở xã Kha Sơn và phường Phan Đình Phùng đến 17:00 20/11: Trữ nước. Lúc 8:00 có xe",
            "Mất nước", (WARD, KHA_SON), "2026-11-20T17:00", "Trữ nước. Lúc 8:00 có xe",
        ),
        ("mat nuoc xom dong xa kha son den het ngay 20/11", "mat nuoc xom dong", (KHA_SON,), "2026-11-20T17:00", ""),
        # An hour that is past, or not understood, is asked for; what follows it is no part of what is broken.
        ("mất nước các xã Kha Sơn, Phú Bình tới 8h: trữ nước nhé", "mất nước", (PHU_BINH, KHA_SON), None,
         "trữ nước nhé"),
        ("mất nước đến 17h hôm qua", "mất nước", (), None, ""),
    ],
)  # fmt: skip
def test_a_notice_typed_at_once(
    typed: str, what: str, communes: tuple[str, ...], until: str | None, words: str, rules: Ruleset
) -> None:
    read = parse(typed, [topic.slug for topic in topics_of("CAPNUOC", rules)], rules, NOW)
    local = read.until and read.until.astimezone(rules.calendar.zone).strftime("%Y-%m-%dT%H:%M")
    assert (read.what, set(read.communes), local, read.words) == (what, set(communes), until, words)
    assert read.topics == (NO_WATER,)


def test_a_notice_ends_within_its_bound(rules: Ruleset) -> None:
    assert find_until("17h 17/12", NOW, rules)
    assert find_until("17h 19/12", NOW, rules) is None
    assert notice_rules().longest_days == 30


@pytest.mark.parametrize(
    ("typed", "found"),
    [("tb 5 duyet", (5, "duyet")), ("TB5", (5, "")), ("TB-12: xong", (12, "xong")), ("tbx", None), ("mất nước", None)],
)
def test_the_number_as_people_type_it(typed: str, found: tuple[int, str] | None) -> None:
    assert find_number(typed) == found


def test_an_agency_speaks_of_its_own_work_and_its_own_place(rules: Ruleset) -> None:
    assert {topic.slug for topic in topics_of("CAPNUOC", rules)} == {NO_WATER, "nuoc_sach.chat_luong_nuoc"}
    for topic in topics_of(rules.desk, rules):
        assert not topic.restricted
        assert not topic.personal
    assert may_issue("CAPNUOC", [KHA_SON, WARD], rules)
    assert may_issue(f"KT-{KHA_SON}", [KHA_SON], rules)
    assert not may_issue(f"KT-{KHA_SON}", [KHA_SON, WARD], rules)
    assert not may_issue(f"KT-{KHA_SON}", [], rules)


def test_danger_is_told_however_often(rules: Ruleset) -> None:
    assert is_danger("thoat_nuoc.ngap_ung", rules)
    assert not is_danger(NO_WATER, rules)


@pytest.mark.parametrize(
    ("words", "asks"),
    [
        ("báo cho tôi khi mất điện ở xã Kha Sơn", True),
        ("khi nào mất nước ở xã Kha Sơn thì nhắn tôi với", True),
        ("nhan tin cho toi khi co lich cat dien", True),
        ("đăng ký nhận thông báo cúp điện", True),
        # These tell of trouble, or ask when it is over.
        ("Mất điện từ hôm qua, báo cho tôi biết khi nào có", False),
        ("đường hỏng đã báo cho xã khi trời mưa", False),
        ("mất nước ba ngày nay", False),
    ],
)
def test_who_asks_for_notices(words: str, asks: bool) -> None:
    assert asks_for_notices(words) is asks


def test_what_is_offered_fits_a_button_and_never_everything_everywhere(rules: Ruleset) -> None:
    assert offer((), (), 0) is None
    for slug in rules.topics:
        asked = offer([slug], [KHA_SON, WARD], 999_999)
        assert asked
        assert all(len(button.id.encode()) <= 64 for button in asked.buttons)
        assert not [button for button in asked.buttons if button.id.startswith("wish") and button.id.endswith("::")]
    assert wishes("thái độ cán bộ", rules) == ((), ())
    assert wishes("mất nước xã Kha Sơn", rules) == ((NO_WATER,), (KHA_SON,))


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("/thoi", ("leave", "")),
        ("/THOI nhận tin", ("leave", "nhận tin")),
        ("thôi nhận", ("leave", "")),
        ("Thôi nhận thông báo.", ("leave", "")),
        ("/thoi TN26-0000-019", ("unknown", "TN26-0000-019")),
        ("thôi", None),
    ],
)
def test_leaving_is_one_word(typed: str, command: tuple[str, str] | None) -> None:
    assert find_command(typed) == command
