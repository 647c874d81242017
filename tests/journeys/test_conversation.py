"""What a citizen meets on the way: first contact, places, second thoughts, small talk."""

import pytest

from domain.transitions import CaseStatus
from tests.journeys.people import Person, Town, on_both

ROAD = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"


async def _files(citizen: Person, text: str) -> str:
    """Have a concern understood and sent; return what was said of it."""
    heard = await citizen.says(text)
    if "Đồng ý, gửi tiếp" in heard[-1].buttons:
        await citizen.presses("Đồng ý")
    return (await citizen.presses("✅ Gửi"))[-1].text


async def test_who_refuses_at_first_contact_leaves_nothing_behind(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says(ROAD)
    [refused] = await citizen.presses("Thôi")
    assert "đã xóa" in refused
    [notice] = await citizen.says("rác ở chợ xã Kha Sơn cả tuần không ai dọn")
    assert "Đồng ý, gửi tiếp" in notice.buttons
    [card] = await citizen.presses("Đồng ý")
    assert "Rác" in card, "only what was said after refusing is left"
    assert "ổ gà" not in card


async def test_later_talk_is_known_without_another_notice(town: Town) -> None:
    citizen = await town.citizen()
    await _files(citizen, ROAD)
    [card] = await citizen.says("rác ở chợ xã Kha Sơn cả tuần nay không thấy ai thu gom, chất đống")
    assert "✅ Gửi" in card.buttons


@on_both
async def test_two_concerns_in_one_minute_become_two_cases(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says(ROAD)
    await citizen.says("nhà tôi ở xã Kha Sơn mất nước máy ba ngày nay không có giọt nào")
    cards = await citizen.presses("Đồng ý")
    assert len(cards) == 2
    for card in cards:
        await citizen.presses("✅ Gửi", on=card)
    topics = {case.topic for case in await town.cases_of(citizen)}
    assert topics == {"giao_thong.duong_hu_hong", "nuoc_sach.mat_nuoc"}


TWO = (
    "xóm Đông xã Kha Sơn đèn đường hỏng cả tháng nay tối om, với lại rác chất đống ở cổng chợ cả tuần không ai thu gom"
)


@on_both
async def test_a_message_about_two_matters_becomes_two_cases(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says(TWO)
    [question] = await citizen.presses("Đồng ý")
    assert "kể 2 việc" in question
    [card] = await citizen.presses("Tách làm hai việc")
    assert "tối om" not in (await citizen.presses("✅ Gửi", on=card))[-1]
    await citizen.presses("✅ Gửi")
    lamps, waste = sorted(await town.cases_of(citizen), key=lambda case: str(case.topic))
    assert (lamps.topic, waste.topic) == ("chieu_sang_cay_xanh.den_duong", "rac_ve_sinh.rac_khong_thu_gom")
    assert "rác" not in lamps.text
    assert "đèn" not in waste.text
    assert lamps.commune == waste.commune == "05953"


async def test_two_matters_may_be_one_to_the_citizen(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says(TWO)
    await citizen.presses("Đồng ý")
    await citizen.presses("Chỉ là một việc")
    await citizen.presses("Rác không thu gom")
    await citizen.presses("✅ Gửi")
    [case] = await town.cases_of(citizen)
    assert "đèn" in case.text
    assert "rác" in case.text


@on_both
async def test_a_remark_right_after_sending_joins_the_case(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await _files(citizen, ROAD)
    [added] = await citizen.says("đoạn trước nhà văn hóa xóm")
    assert "Đã bổ sung vào hồ sơ" in added
    [case] = await town.cases_of(citizen)
    assert "trước nhà văn hóa" in case.text
    assert any("trước nhà văn hóa" in heard for heard in await officer.hears())


async def test_a_remark_that_seems_about_something_else_is_asked_about(town: Town) -> None:
    citizen = await town.citizen()
    await _files(citizen, ROAD)
    asked = (await citizen.says("chỗ gần cây đa ấy"))[-1]
    assert "Bổ sung hồ sơ này" in asked.buttons
    [added] = await citizen.presses("Bổ sung")
    assert "Đã bổ sung" in added


async def test_a_remark_that_was_another_matter_can_be_taken_apart(town: Town) -> None:
    citizen = await town.citizen()
    await _files(citizen, ROAD)
    await citizen.says("đoạn trước nhà văn hóa xóm")
    [question] = await citizen.presses("Không, đây là việc khác")
    assert question.buttons, "the remark is a concern of its own now"


async def test_the_same_thing_said_again_asks_whether_it_is_the_same(town: Town) -> None:
    citizen = await town.citizen()
    await _files(citizen, ROAD)
    [asked] = await citizen.says("đường bê tông xã Kha Sơn lại vỡ nát, ổ gà chi chít")
    assert "Bổ sung hồ sơ này" in asked.buttons
    [added] = await citizen.presses("Bổ sung")
    assert "Đã bổ sung" in added
    assert len(await town.cases_of(citizen)) == 1


@on_both
async def test_a_missing_place_is_asked_for_once(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says("may a oi nuoc dau ngo 3 ngay nay k co giot nao")
    [asked] = await citizen.presses("Đồng ý")
    assert "ở đâu" in asked
    [card] = await citizen.says("xã Kha Sơn")
    assert "xã Kha Sơn" in card
    assert "Nước sạch" in card


async def test_a_misspelt_place_offers_what_is_near(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says("mất nước máy ba ngày nay không có giọt nào")
    await citizen.presses("Đồng ý")
    [offered] = await citizen.says("kha sown")
    assert "xã Kha Sơn" in offered.buttons
    [card] = await citizen.presses("xã Kha Sơn")
    assert "xã Kha Sơn" in card


async def test_a_place_nobody_knows_goes_to_the_desk_with_its_words(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says("đường ổ gà to lắm mấy hôm nay xe ngã suốt")
    await citizen.presses("Đồng ý")
    [card] = await citizen.presses("Không rõ")
    assert "Văn phòng Ủy ban nhân dân tỉnh" in card
    await citizen.presses("✅ Gửi")
    [case] = await town.cases_of(citizen)
    assert (case.status, case.agency) == (CaseStatus.IN_TRIAGE, "VPUB")


@on_both
async def test_an_old_commune_name_is_converted(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says("đường xã Nga My huyện Phú Bình ổ gà chi chít")
    [card] = await citizen.presses("Đồng ý")
    assert "xã Điềm Thụy" in card
    assert "xã Nga My" in card
    assert "Phòng Kinh tế xã Điềm Thụy" in card


async def test_a_commune_that_was_split_gives_a_choice(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says("đường xã Thượng Đình cũ ổ gà chi chít, xe ngã suốt")
    [offered] = await citizen.presses("Đồng ý")
    assert {"xã Phú Bình", "xã Điềm Thụy"} <= set(offered.buttons)
    [card] = await citizen.presses("xã Phú Bình")
    assert "Phòng Kinh tế xã Phú Bình" in card


async def test_topic_and_place_can_be_changed_on_the_card(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says(ROAD)
    await citizen.presses("Đồng ý")
    await citizen.presses("Đổi việc")
    await citizen.presses("Thoát nước")
    [card] = await citizen.presses("Cống, rãnh tắc")
    assert "Cống, rãnh tắc" in card
    await citizen.presses("Đổi nơi")
    [card] = await citizen.says("phường Sông Công")
    assert "phường Sông Công" in card
    assert "Kinh tế, Hạ tầng và Đô thị" in card


async def test_a_card_can_be_dropped_and_its_buttons_are_old_then(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says(ROAD)
    [card] = await citizen.presses("Đồng ý")
    [dropped] = await citizen.presses("Bỏ")
    assert "không gửi" in dropped
    answer = await citizen.presses("✅ Gửi")
    assert "Nút này của chuyện cũ" in answer[-1]
    assert "✅ Gửi" in card.buttons
    assert await town.cases_of(citizen) == []


@on_both
async def test_a_shared_position_goes_with_the_concern(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says(ROAD)
    await citizen.presses("Đồng ý")
    [card] = await citizen.shares(21.5, 105.98)
    assert "có vị trí" in card
    await citizen.presses("✅ Gửi")
    [case] = await town.cases_of(citizen)
    assert case.location == (21.5, 105.98)


@on_both
async def test_a_shared_position_tells_the_commune_once_it_is_confirmed(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says("đường ổ gà to lắm mấy hôm nay xe ngã suốt")
    await citizen.presses("Đồng ý")
    [asked] = await citizen.shares(21.428, 106.001)
    assert "Vị trí này có vẻ ở xã Kha Sơn, cách trung tâm chừng" in asked
    [card] = await citizen.presses("Đúng rồi")
    assert "xã Kha Sơn, có vị trí" in card
    await citizen.presses("✅ Gửi")
    [case] = await town.cases_of(citizen)
    assert (case.commune, case.location) == ("05953", (21.428, 106.001))


@on_both
async def test_a_shared_position_may_lie_in_the_next_commune(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says("đường ổ gà to lắm mấy hôm nay xe ngã suốt")
    await citizen.presses("Đồng ý")
    await citizen.shares(21.428, 106.001)
    [where] = await citizen.presses("Xã, phường khác")
    assert "ở đâu" in where
    [card] = await citizen.says("xã Phú Bình")
    assert "xã Phú Bình, có vị trí" in card


@on_both
async def test_a_position_outside_the_province_is_told_so(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says("đường ổ gà to lắm mấy hôm nay xe ngã suốt")
    await citizen.presses("Đồng ý")
    [told] = await citizen.shares(21.0386, 105.8380)
    assert "có vẻ thuộc Hà Nội" in told
    [where] = await citizen.presses("Việc xảy ra ở Thái Nguyên")
    assert "ở đâu" in where


@on_both
async def test_words_about_another_province_are_kept_until_the_citizen_says_where(town: Town) -> None:
    citizen = await town.citizen()
    [told] = await citizen.says("đường ở phường Ba Đình, Hà Nội ổ gà to lắm, hôm qua có người ngã")
    assert "chỉ nhận việc của Thái Nguyên" in told
    [notice] = await citizen.presses("Việc xảy ra ở Thái Nguyên")
    assert "Đồng ý, gửi tiếp" in notice.buttons
    [where] = await citizen.presses("Đồng ý")
    assert "ở đâu" in where
    await citizen.says("xã Kha Sơn")
    await citizen.presses("✅ Gửi")
    [case] = await town.cases_of(citizen)
    assert case.commune == "05953"
    assert "hôm qua có người ngã" in case.text


@on_both
async def test_of_many_unsent_concerns_none_is_lost(town: Town) -> None:
    citizen = await town.citizen()
    names = [f"{area.kind} {area.name}" for area in town.rules.communes.values()][:9]
    for name in names:
        heard = await citizen.says(f"đường vào xóm Đông {name} ổ gà to lắm, hôm qua có người ngã")
        if "Đồng ý, gửi tiếp" in heard[-1].buttons:
            await citizen.presses("Đồng ý")
    assert "Tin vừa rồi Hồi Âm đã giữ" in heard[-2]
    assert "Còn 8 chuyện" in (await citizen.presses("✅ Gửi"))[-2]
    for _ in names[1:]:
        await citizen.presses("✅ Gửi")
    cases = await town.cases_of(citizen)
    assert len({case.commune for case in cases}) == 9


async def test_a_phone_number_is_masked_unless_given_for_this_case(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await citizen.says(f"{ROAD}, gọi tôi 0912 345 678")
    [card] = await citizen.presses("Đồng ý")
    assert "Cho cán bộ gọi tôi" in card.buttons
    await citizen.presses("✅ Gửi")
    await town.passes(minutes=1)
    await officer.hears()
    [shown] = await officer.presses("TN26-")
    assert "0912" not in shown
    assert "[số điện thoại]" in shown


async def test_a_phone_number_given_for_the_case_is_shown_to_its_officers(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await citizen.says(f"{ROAD}, gọi tôi 0912 345 678")
    await citizen.presses("Đồng ý")
    await citizen.presses("Cho cán bộ gọi tôi")
    await citizen.presses("✅ Gửi")
    await town.passes(minutes=1)
    await officer.hears()
    [shown] = await officer.presses("TN26-")
    assert "0912 345 678" in shown


async def test_following_by_command_words_and_number(town: Town) -> None:
    citizen, stranger = await town.citizen(), await town.citizen()
    await _files(citizen, ROAD)
    [case] = await town.cases_of(citizen)
    for words in ("/theodoi", "hồ sơ của tôi", "ho so cua toi", f"/THEODOI {case.number.lower()}"):
        assert case.number in (await citizen.says(words))[-1]
    [refused] = await stranger.says(f"/theodoi {case.number}")
    assert "Không có hồ sơ này" in refused


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("alo", "Hồi Âm nghe đây"),
        ("cảm ơn nhé", "Không có gì"),
        ("👍👍👍", "chưa hiểu"),
        ("asdkjh qwe", "chưa hiểu"),
        ("/khongco", "không biết lệnh"),
        ("/trogiup", "/theodoi"),
        ("/khancap", "114"),
    ],
)
async def test_small_talk_gets_a_short_human_reply_and_makes_no_case(town: Town, said: str, answered: str) -> None:
    citizen = await town.citizen()
    [reply] = await citizen.says(said)
    assert answered in reply
    assert await town.cases_of(citizen) == []


async def test_an_unsent_concern_is_asked_about_once(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says(ROAD)
    await citizen.presses("Đồng ý")
    await town.passes(minutes=31)
    [asked] = await citizen.hears()
    assert "chưa gửi" in asked
    await town.passes(hours=3)
    assert await citizen.hears() == []
    [card] = await citizen.presses("Xem lại để gửi")
    assert "✅ Gửi" in card.buttons
