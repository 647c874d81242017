"""Officers at work."""

from domain.transitions import CaseStatus
from tests.journeys.people import Person, Town, on_both

ROAD = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"


async def _case(town: Town, citizen: Person) -> str:
    await citizen.says(ROAD)
    [shown] = await citizen.presses("Đồng ý")
    if "cùng việc" in shown:
        await citizen.presses("Không, việc khác")
    await citizen.presses("✅ Gửi")
    return (await town.cases_of(citizen))[0].number


async def test_a_code_is_good_once(town: Town) -> None:
    first, second = await town.citizen(), await town.citizen()
    code = await town.code("KT-05953")
    assert "làm việc cho" in (await first.says(f"/canbo {code}"))[-1]
    assert "Mã không đúng" in (await second.says(f"/canbo {code}"))[-1]
    assert "Mã không đúng" in (await second.says("/canbo"))[-1]


async def test_commands_forgive_case_spaces_and_diacritics(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _case(town, citizen)
    spaced = number.replace("-", " ").lower()
    assert "Đã nhận" in (await officer.says(f"/NHẬN  {spaced}"))[-1]
    assert "Đã hỏi" in (await officer.says(f"/hoi {spaced} Gần nhà ai vậy bà con?"))[-1]
    assert "Gần nhà ai" in (await citizen.hears())[-1]
    sent = await officer.says(f"/traloi {number} Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông.")
    assert "Đã trả lời" in sent[-1]


async def test_a_question_and_its_reply(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _case(town, citizen)
    await officer.says(f"/nhan {number}")
    await officer.says(f"/hoi {number} Gần nhà ai vậy bà con?")
    await citizen.hears()
    await citizen.presses("Trả lời")
    await citizen.says("gần nhà ông Tư")
    assert "gần nhà ông Tư" in (await officer.hears())[-1]
    [case] = await town.cases_of(citizen)
    assert case.status is CaseStatus.ACCEPTED


async def test_a_question_left_open_is_repeated_once_then_the_work_goes_on(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _case(town, citizen)
    await officer.says(f"/nhan {number}")
    await officer.says(f"/hoi {number} Gần nhà ai vậy bà con?")
    await citizen.hears()
    await town.passes(days=5)
    assert sum("vẫn chờ trả lời" in heard for heard in await citizen.hears()) == 1
    await town.passes(days=5)
    [case] = await town.cases_of(citizen)
    assert case.status is CaseStatus.ACCEPTED
    assert not any("vẫn chờ" in heard for heard in await citizen.hears())


@on_both
async def test_not_ours_must_name_whose_and_why(town: Town) -> None:
    citizen, officer, other = await town.citizen(), await town.officer("KT-05953"), await town.officer("SXD")
    number = await _case(town, citizen)
    await officer.says(f"/chuyen {number}")
    [why] = await officer.presses("Sở Xây dựng")
    assert "Vì sao" in why
    [moved] = await officer.says("đây là tỉnh lộ do Sở quản lý")
    assert "Đã chuyển" in moved
    told = (await citizen.hears())[-1]
    assert "Sở Xây dựng" in told
    assert "không đổi" in told
    [case] = await town.cases_of(citizen)
    assert (case.agency, case.status) == ("SXD", CaseStatus.REFERRED)
    assert "Không có hồ sơ này" in (await officer.says(f"/hoso {number}"))[-1]
    await town.passes(minutes=1)
    assert any(number in heard for heard in await other.hears())


async def test_the_second_not_ours_goes_to_the_desk(town: Town) -> None:
    citizen, officer, other = await town.citizen(), await town.officer("KT-05953"), await town.officer("SXD")
    desk = await town.officer("VPUB")
    number = await _case(town, citizen)
    await officer.says(f"/chuyen {number} SXD đây là tỉnh lộ")
    [told] = await other.says(f"/chuyen {number} KT-05953 đây là đường xã")
    assert "sẽ quyết định" in told
    [case] = await town.cases_of(citizen)
    assert case.agency == "VPUB"
    await town.passes(minutes=1)
    assert any(number in heard for heard in await desk.hears())
    assert "Đã chuyển" in (await desk.says(f"/chuyen {number} KT-05953 đúng là đường xã, giao Phòng Kinh tế"))[-1]


async def test_an_empty_answer_is_refused(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _case(town, citizen)
    await officer.says(f"/nhan {number}")
    await citizen.hears()
    [refused] = await officer.says(f"/traloi {number} đã xong")
    assert "ngắn quá" in refused
    assert await citizen.hears() == []


async def test_not_done_opens_the_case_again(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _case(town, citizen)
    await officer.says(f"/nhan {number}")
    await officer.says(f"/traloi {number} Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông.")
    await citizen.hears()
    await citizen.presses("Chưa được")
    await citizen.says("vẫn còn một hố to")
    [case] = await town.cases_of(citizen)
    assert case.status is CaseStatus.ACCEPTED
    assert "vẫn còn một hố to" in (await officer.hears())[-1]


async def test_silence_is_closed_as_unconfirmed(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _case(town, citizen)
    await officer.says(f"/nhan {number}")
    await officer.says(f"/traloi {number} Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông.")
    await citizen.hears()
    await town.passes(days=8)
    assert "không coi đó là hài lòng" in (await citizen.hears())[-1]
    [case] = await town.cases_of(citizen)
    assert case.outcome == "unconfirmed"
    await citizen.presses("Chưa được")
    await citizen.says("làm gì có ai đến")
    assert (await town.cases_of(citizen))[0].status is CaseStatus.ACCEPTED


async def test_three_hundred_new_cases_are_one_message(town: Town) -> None:
    officer = await town.officer("KT-05953")
    for _ in range(12):
        citizen = await town.citizen()
        await _case(town, citizen)
    await town.passes(minutes=1)
    [digest] = await officer.hears()
    assert "12 việc mới" in digest
    [page] = await officer.presses("Xem việc")
    assert "12 việc đang mở" in page
    [second] = await officer.presses("Trang sau")
    assert "6. " in second


@on_both
async def test_overdue_work_is_told_to_the_citizen_the_agency_and_those_who_watch(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    watcher, desk = await town.officer("SXD"), await town.officer("VPUB")
    number = await _case(town, citizen)
    for _ in range(7 * 24):
        await town.passes(hours=1)
    told = [heard.text for heard in await citizen.hears()]
    assert sum("hẹn trả lời chậm nhất" in text for text in told) == 1, "the working day before"
    assert sum("Hôm nay là ngày hẹn" in text for text in told) == 1
    assert any("quá hẹn" in text for text in told)
    officers = [heard.text for heard in await officer.hears()]
    assert any("sắp đến hạn" in text for text in officers)
    assert any("ĐÃ TRỄ" in text for text in officers)
    for overseer in (watcher, desk):
        heard = [message.text for message in await overseer.hears()]
        assert any(number in text and "đã trễ" in text for text in heard)
        assert not any("ổ gà to lắm" in text for text in heard), "who watches sees topic and place, not the words"


async def test_officers_see_only_their_own_agency(town: Town) -> None:
    citizen, stranger = await town.citizen(), await town.officer("KT-05908")
    number = await _case(town, citizen)
    for command in ("hoso", "nhan", "hoi", "chuyen", "traloi"):
        [refused] = await stranger.says(f"/{command} {number} SXD một lý do rất dài và rõ ràng")
        assert "Không có hồ sơ này" in refused
    assert "0 việc đang mở" in (await stranger.says("/viec"))[-1]


@on_both
async def test_who_is_awake_at_night_is_told_at_once(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await town.passes(hours=14)
    await officer.says("/viec")
    number = await _case(town, citizen)
    await town.passes(minutes=1)
    assert any(number in heard for heard in await officer.hears())
    await officer.says(f"/nhan {number}")
    assert any("đã nhận việc" in heard for heard in await citizen.hears())


@on_both
async def test_news_of_the_night_waits_until_morning_or_until_the_citizen_writes(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _case(town, citizen)
    await town.passes(hours=14)
    await officer.says(f"/nhan {number}")
    await town.passes(hours=1)
    assert not any("đã nhận việc" in heard for heard in await citizen.hears())
    assert any("đã nhận việc" in heard for heard in await citizen.says("alo"))
