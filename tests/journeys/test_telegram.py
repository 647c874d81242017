"""What only Telegram has: pictures, stickers, groups, several messages in one delivery."""

import pytest

from domain.messages import Content, Photo, Text, Unsupported
from domain.rulesets import Ruleset
from domain.transitions import CaseStatus
from nlp.reader import Reader
from storage.database import Database
from tests.conftest import MORNING
from tests.journeys.people import Person, Town
from tests.journeys.telegram import TelegramPlatform
from tests.journeys.web import on_web

ROAD = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"
HOLE, SECOND_HOLE = "AgACAgUAAxkBAAIBk2dLphotoHole", "AgACAgUAAxkBAAIBk2dLphotoSecond"


@pytest.fixture
def person_kind() -> str:
    """Return where everybody chats here."""
    return "telegram"


async def _case(town: Town, citizen: Person) -> str:
    await citizen.says(ROAD)
    await citizen.presses("Đồng ý")
    await citizen.presses("✅ Gửi")
    return (await town.cases_of(citizen))[0].number


async def test_a_photo_with_words_under_it_starts_a_concern_that_carries_it(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    [notice] = await citizen.sends(Photo(HOLE, ROAD))
    assert "Đồng ý, gửi tiếp" in notice.buttons
    [card] = await citizen.presses("Đồng ý")
    assert "1 ảnh" in card
    await citizen.presses("✅ Gửi")
    [case] = await town.cases_of(citizen)
    assert case.photos == (HOLE,)
    await town.passes(minutes=1)
    await officer.hears()
    shown, picture = await officer.presses("TN26-")
    assert "Kèm 1 ảnh" in shown
    assert picture.photos == (HOLE,)


async def test_the_card_counts_the_photo_that_came_with_the_words(town: Town) -> None:
    citizen = await town.citizen()
    await _case(town, citizen)
    [card] = await citizen.sends(Photo(HOLE, "rác ở chợ xã Kha Sơn cả tuần nay không thấy ai thu gom, chất đống"))
    assert "1 ảnh" in card


async def test_an_album_is_one_concern_with_all_its_photos(town: Town, platform: TelegramPlatform) -> None:
    citizen = await platform.newcomer(town)
    [notice] = await citizen.sends_at_once(Photo(HOLE, ROAD), Photo(SECOND_HOLE))
    assert "Đồng ý, gửi tiếp" in notice.buttons
    [card] = await citizen.presses("Đồng ý")
    assert "2 ảnh" in card


async def test_a_photo_before_the_words_is_asked_about_and_kept(town: Town) -> None:
    citizen = await town.citizen()
    [asked] = await citizen.sends(Photo(HOLE))
    assert "nói về chuyện gì" in asked
    await citizen.says(ROAD)
    [card] = await citizen.presses("Đồng ý")
    assert "1 ảnh" in card


async def test_a_photo_alone_joins_the_open_case_and_its_officer_sees_it(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _case(town, citizen)
    for photo in (HOLE, SECOND_HOLE):
        [added] = await citizen.sends(Photo(photo))
        assert f"Đã thêm ảnh vào hồ sơ {number}" in added
        assert "ảnh hoặc vị trí" in (await officer.hears())[-1]
    card, pictures = await officer.presses("Mở hồ sơ")
    assert "Kèm 2 ảnh" in card
    assert pictures.photos == (HOLE, SECOND_HOLE)


@pytest.mark.parametrize("words", ["vẫn còn một hố to trước cổng", ""])
async def test_a_photo_of_what_is_not_done_reaches_the_officer(town: Town, words: str) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _case(town, citizen)
    await officer.says(f"/nhan {number}")
    await officer.says(f"/traloi {number} Sáng nay đã vá xong 3 ổ gà đầu xóm Đông. Chưa chụp được ảnh vì trời tối.")
    await citizen.hears()
    await citizen.presses("Chưa được")
    assert "đã mở lại" in (await citizen.sends(Photo(HOLE, words)))[-1]
    [case] = await town.cases_of(citizen)
    assert case.status is CaseStatus.ACCEPTED
    await officer.hears()
    *_, picture = await officer.presses("Mở hồ sơ")
    assert picture.photos == (HOLE,)


@pytest.mark.parametrize("words", ["đây, chỗ trước cổng nhà ông Tư", ""])
async def test_a_photo_in_reply_to_a_question_reaches_the_officer(town: Town, words: str) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    number = await _case(town, citizen)
    await officer.says(f"/nhan {number}")
    await officer.says(f"/hoi {number} Bà con chụp giúp tấm ảnh được không?")
    await citizen.hears()
    await citizen.presses("Trả lời")
    await citizen.sends(Photo(HOLE, words))
    assert "trả lời câu hỏi" in (await officer.hears())[-1]
    *_, picture = await officer.presses("Mở hồ sơ")
    assert picture.photos == (HOLE,)


async def test_a_photo_with_a_greeting_is_asked_about_and_kept(town: Town) -> None:
    citizen = await town.citizen()
    greeting, asked = await citizen.sends(Photo(HOLE, "alo"))
    assert "Hồi Âm nghe đây" in greeting
    assert "nói về chuyện gì" in asked
    await citizen.says(ROAD)
    [card] = await citizen.presses("Đồng ý")
    assert "1 ảnh" in card


async def test_a_photo_with_words_of_despair_is_not_kept(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says(ROAD)
    await citizen.presses("Đồng ý")
    [warm] = await citizen.sends(Photo(HOLE, "tôi không muốn sống nữa, mệt mỏi quá rồi"))
    assert "115" in warm
    await citizen.presses("✅ Gửi")
    [case] = await town.cases_of(citizen)
    assert case.photos == ()


@pytest.mark.parametrize("content", [Unsupported("sticker"), Unsupported("voice")], ids=lambda content: content.what)
async def test_what_cannot_be_read_is_answered_with_help(town: Town, content: Content) -> None:
    citizen = await town.citizen()
    [told] = await citizen.sends(content)
    assert "chưa đọc được loại tin này" in told
    assert await town.cases_of(citizen) == []


async def test_two_concerns_in_one_delivery_stay_in_order(town: Town, platform: TelegramPlatform) -> None:
    citizen = await platform.newcomer(town)
    await citizen.sends_at_once(Text(ROAD), Text("nhà tôi ở xã Kha Sơn mất nước máy ba ngày nay không có giọt nào"))
    road, water = await citizen.presses("Đồng ý")
    assert "Đường xã, đường thôn" in road
    assert "Nước sạch" in water


async def test_pressed_buttons_do_not_go_on_waiting(town: Town, platform: TelegramPlatform) -> None:
    await _case(town, await town.citizen())
    assert len(platform.server.sent("answerCallbackQuery")) == 2


async def test_officers_work_in_a_group(town: Town, platform: TelegramPlatform) -> None:
    citizen, group = await town.citizen(), await platform.group(town)
    await town.officer("KT-05953", group)
    await _case(town, citizen)
    await town.passes(minutes=1)
    assert "1 việc mới" in (await group.hears())[-1]

    assert await group.says("anh em ai rảnh ra xem chỗ này nhé") == [], "talk among officers is none of ours"
    assert await group.says("/viec@MotBotKhac") == []
    [queue] = await group.says("/viec@HoiAmBot")
    assert "1 việc đang mở" in queue
    await group.presses("TN26-")
    await group.presses("Nhận việc")
    assert "đã nhận việc" in (await citizen.hears())[-1]

    await group.presses("Trả lời")
    assert await group.says("để tôi viết cho") == []
    [sent] = await group.replies("Sáng nay đã vá xong 3 ổ gà đầu xóm Đông. Chưa chụp được ảnh vì trời tối.")
    assert "Đã trả lời" in sent
    assert "vá xong 3 ổ gà" in (await citizen.hears())[-1]


async def test_a_group_is_told_how_to_answer(town: Town, platform: TelegramPlatform) -> None:
    citizen, group = await town.citizen(), await platform.group(town)
    await town.officer("KT-05953", group)
    number = await _case(town, citizen)
    await group.says(f"/nhan@HoiAmBot {number}")
    [asked] = await group.presses("Trả lời")
    assert "Trong nhóm chat thì trả lời thẳng vào tin này" in asked, "all else that is said there does not reach us"


async def test_a_citizen_on_telegram_is_answered_by_an_officer_on_the_web(
    platform: TelegramPlatform, sqlite: Database, rules: Ruleset, reader: Reader
) -> None:
    async with on_web(sqlite) as web:
        town = Town.build(sqlite, rules, reader, MORNING, platform, web)
        citizen, officer = await town.citizen(), await town.officer("KT-05953", await web.newcomer(town))
        number = await _case(town, citizen)
        await officer.says(f"/nhan {number}")
        assert "đã nhận việc" in (await citizen.hears())[-1]
        await officer.says(f"/traloi {number} Sáng nay đã vá xong 3 ổ gà đầu xóm Đông. Chưa chụp được ảnh vì trời tối.")
        assert "vá xong 3 ổ gà" in (await citizen.hears())[-1]
        assert "khép lại" in (await citizen.presses("👍 Được rồi"))[-1]
