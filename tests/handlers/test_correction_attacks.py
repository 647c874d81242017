"""What correcting a topic must not make possible, tried the way an attacker would."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text

from domain.messages import Choice, Content, Photo, Text
from tests.handlers.doing import arrive, arrive_all, everything, files, hears_all
from tests.handlers.test_attacks import NOBODYS, ROAD, RUDE, now_of, without
from tests.handlers.test_conflict_of_interest import ABUSE, ATTITUDE, OTHER, tries
from tests.journeys.people import Person, Town

LAMP = "chieu_sang_cay_xanh.den_duong"
MENDED = "Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông."
WAYS = (
    "o:topic:{}", "o:topic:{}:giao_thong", f"o:topic:{{}}:{LAMP}", f"o:topic:{{}}:{LAMP}:sure",
    f"o:topic:{{}}:{ABUSE}:sure",
)  # fmt: skip


async def rows(town: Town) -> list[Any]:
    """Return the table of corrections as it stands in the database."""
    async with town.database.read() as transaction:
        return list((await transaction.execute(text("SELECT * FROM corrections"))).all())


@pytest.mark.parametrize("agency", ["KT-05908", "SXD", "CAX-05953"])
async def test_to_other_agencies_a_case_does_not_exist(town: Town, agency: str) -> None:
    case, stranger = await files(await town.citizen(), ROAD), await town.officer(agency)
    for way in WAYS:
        heard = [await arrive(town, stranger, Choice(way.format(number))) for number in (case.number, NOBODYS)]
        assert without(case.number, heard[0]) == without(NOBODYS, heard[1])
        assert "Không có hồ sơ này" in heard[0][-1]
    for words in ("", "đèn đường", LAMP):
        heard = [await arrive(town, stranger, Text(f"/chude {number} {words}")) for number in (case.number, NOBODYS)]
        assert without(case.number, heard[0]) == without(NOBODYS, heard[1])
    assert await now_of(town, case.number) == case
    assert await rows(town) == []


@pytest.mark.parametrize("agency", ["VPUB", "KT-05953", "SXD"])
async def test_a_restricted_case_does_not_exist_even_for_the_desk(town: Town, agency: str) -> None:
    case, stranger = await files(await town.citizen(), RUDE), await town.officer(agency)
    assert case.restricted
    for way in WAYS:
        heard = [await arrive(town, stranger, Choice(way.format(number))) for number in (case.number, NOBODYS)]
        assert without(case.number, heard[0]) == without(NOBODYS, heard[1])
    assert await now_of(town, case.number) == case
    assert await rows(town) == []


async def test_no_word_of_a_restricted_case_leaves_its_agency(town: Town) -> None:
    case = await files(await town.citizen(), RUDE)
    officer = await town.officer(case.agency, role="inspector")
    [card] = await officer.says(f"/hoso {case.number}")
    assert "Sửa chủ đề" not in card.buttons
    for way in WAYS:
        [refused] = await arrive(town, officer, Choice(way.format(case.number)))
        assert "không sửa chủ đề được" in refused
    assert await now_of(town, case.number) == case
    assert await rows(town) == []


async def test_erasing_takes_what_was_corrected_with_it(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    case = await files(citizen, ROAD)
    other = await files(await town.citizen(), ROAD)
    for one in (case, other):
        await officer.says(f"/chude {one.number} {LAMP}")
    assert len(await rows(town)) == 2
    await citizen.says("/xoadulieu")
    await citizen.presses("Xóa hết")
    assert [row.case_id for row in await rows(town)] == [other.id]
    for way in WAYS:
        heard = await arrive(town, officer, Choice(way.format(case.number)))
        assert "ổ gà" not in repr(heard)
        assert "đã khép lại" in heard[-1]
    assert [row.case_id for row in await rows(town)] == [other.id], "nothing brings it back"


async def test_a_citizen_corrects_nothing(town: Town) -> None:
    citizen = await town.citizen()
    case = await files(citizen, ROAD)
    for way in WAYS:
        assert "Nút này của chuyện cũ" in (await arrive(town, citizen, Choice(way.format(case.number))))[-1]
    await citizen.says(f"/chude {case.number} {LAMP}")
    assert await now_of(town, case.number) == case
    assert await rows(town) == []


@pytest.mark.parametrize(
    "more", ["nonsense", "giao_thong.nonsense", "a.b:sure", ":::", "%s", "..", "giao_thong duong", "o:topic"]
)
async def test_odd_buttons_change_nothing(town: Town, more: str) -> None:
    case, officer = await files(await town.citizen(), ROAD), await town.officer("KT-05953")
    await arrive(town, officer, Choice(f"o:topic:{case.number}:{more}"))
    assert await now_of(town, case.number) == case
    assert await rows(town) == []


# An ordinary case that becomes a restricted one.


async def seal(town: Town, officer: Person, number: str, topic: str = ABUSE) -> None:
    """Correct a case into one that few may know of."""
    told = await arrive(town, officer, Choice(f"o:topic:{number}:{topic}:sure"))
    assert "hạn chế người xem" in told[-1]


async def assert_gone(town: Town, people: Sequence[Person], number: str) -> None:
    """To these seats the case is one that does not exist, and nothing is heard of it for three weeks."""
    for person in people:
        await hears_all(person)
    asked: list[list[Content]] = [
        [*(one for one in tries(of, OTHER) if isinstance(one, Text)), *(Choice(way.format(of)) for way in WAYS)]
        for of in (number, NOBODYS)
    ]
    heard = [await arrive_all(town, [(person, every) for person in people]) for every in asked]
    for about_it, about_nothing in zip(*heard, strict=True):
        assert without(number, about_it) == without(NOBODYS, about_nothing)
    for _ in range(7):
        await town.passes(days=3)
    lists: list[Content] = [Text("/viec"), Text("/viec moi"), Text("/viec Kha Sơn")]
    assert number not in repr(await arrive_all(town, [(person, lists) for person in people]))


@pytest.mark.parametrize("step", ["new", "taken", "asked", "proposed to a partner", "answered", "disputed"])
async def test_who_had_it_before_does_not_see_it_any_more(town: Town, step: str) -> None:
    citizen, officer, colleague = await town.citizen(), await town.officer("KT-05953"), await town.officer("KT-05953")
    desk, partner = await town.officer("VPUB"), await town.officer("SXD", role="inspector")
    inspector = await town.officer("TTT")
    case = await files(citizen, ROAD)
    for said in {
        "new": (),
        "taken": ("/nhan {}",),
        "asked": ("/nhan {}", "/hoi {} Gần nhà ai vậy bà con?"),
        "proposed to a partner": ("/nhan {}", "/phoihop {} SXD 20/11 đoạn này do ai quản lý vậy?"),
        "answered": ("/nhan {}", f"/traloi {{}} {MENDED}"),
        "disputed": ("/nhan {}", f"/traloi {{}} {MENDED}"),
    }[step]:
        await officer.says(said.format(case.number))
    await town.passes(minutes=5)
    if step == "disputed":
        await citizen.hears()
        await citizen.presses("Chưa được")
        await citizen.says("mới vá một nửa, đầu xóm chưa làm")
    await seal(town, officer, case.number)
    await town.passes(minutes=5)
    if step != "answered":
        assert any(case.number in heard for heard in await inspector.hears())
        assert (await now_of(town, case.number)).agency == "TTT", "nobody else may see it here"
    await assert_gone(town, [officer, colleague, desk, partner], case.number)


@pytest.mark.parametrize("seats_at_police", [True, False])
async def test_a_tick_survives_what_becomes_restricted_while_the_citizen_is_asked(
    town: Town, *, seats_at_police: bool
) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    police = await town.officer("CAX-05953", role="inspector") if seats_at_police else None
    case = await files(citizen, ROAD)
    await officer.says(f"/nhan {case.number}")
    await officer.says(f"/hoi {case.number} Gần nhà ai vậy bà con?")
    await seal(town, officer, case.number)
    other = await files(await town.citizen(), "đèn đường xóm Đông xã Kha Sơn hỏng mấy hôm rồi chưa sửa")
    await town.passes(minutes=5)
    assert any(other.number in heard for heard in await officer.hears()), "others' work is announced all the same"
    after = await now_of(town, case.number)
    assert after.agency == ("CAX-05953" if police else "TTT")
    await arrive(town, citizen, Photo("a-picture"))
    assert (await now_of(town, case.number)).photos == ("a-picture",)
    assert case.number not in repr(await officer.hears())


async def test_what_waits_for_the_morning_is_not_said_of_what_became_restricted_at_night(town: Town) -> None:
    citizen, officer, colleague = await town.citizen(), await town.officer("KT-05953"), await town.officer("KT-05953")
    await town.passes(hours=14)
    case = await files(citizen, ROAD)
    await arrive(town, citizen, Photo("a-picture"))
    await town.passes(minutes=5)
    assert case.number in await everything(town, without=("cases", "web_messages")), "something waits"
    await seal(town, officer, case.number)
    await hears_all(colleague)
    await town.passes(hours=12)
    assert case.number not in repr(await hears_all(colleague))


async def test_who_had_reported_the_same_does_not_follow_what_becomes_restricted(town: Town) -> None:
    first, second = await town.citizen(), await town.citizen()
    officer, inspector = await town.officer("KT-05953"), await town.officer("TTT")
    case = await files(first, ROAD)
    await second.says(ROAD)
    await second.presses("Đồng ý")
    await second.presses("Đúng, cùng việc đó")
    [follower] = await town.cases_of(second)
    assert follower.merged_into == case.number
    await seal(town, officer, case.number)
    await town.passes(minutes=5)
    await hears_all(second)
    for said in ("/nhan {}", "/tiendo {} đã hẹn gặp riêng gia đình", f"/traloi {{}} {MENDED}"):
        await inspector.says(said.format(case.number))
    assert (await now_of(town, case.number)).answer
    heard = [*await hears_all(second), *await second.says(f"/theodoi {follower.number}")]
    assert not any("gặp riêng" in one or "vá xong" in one or "Thanh tra" in one for one in heard)
    after = await now_of(town, follower.number)
    assert (after.merged_into, after.agency, after.restricted) == (None, "KT-05953", False)
    await second.says("chỗ đó vẫn chưa ai đến xem")
    assert "chưa ai đến" not in (await now_of(town, case.number)).text


async def test_a_known_problem_that_becomes_restricted_is_offered_to_nobody(town: Town) -> None:
    officer = await town.officer("KT-05953")
    case = await files(await town.citizen(), ROAD)
    await officer.says(f"/nhan {case.number}")
    await officer.says(f"/dangsua {case.number} 30/11 đang đổ bê tông xóm Đông")
    asked, late = await town.citizen(), await town.citizen()
    await asked.says(ROAD)
    [offered] = await asked.presses("Đồng ý")
    assert "đổ bê tông" in offered
    await seal(town, officer, case.number)
    await late.says(ROAD)
    [card] = await late.presses("Đồng ý")
    assert "✅ Gửi" in card.buttons
    await asked.presses("Đúng, cùng việc đó", on=offered)
    [own] = await town.cases_of(asked)
    assert own.merged_into is None, "and whoever was asked before reports by himself"


@pytest.mark.parametrize("before", ["HCC-05953", "VPUB", "KT-05953"])
async def test_what_is_found_to_be_about_officers_leaves_even_their_inspector(town: Town, before: str) -> None:
    words = {"HCC-05953": "làm giấy khai sinh ở một cửa xã Kha Sơn đi lại bốn lần chưa xong", "KT-05953": ROAD}
    citizen = await town.citizen()
    if before == "VPUB":
        await citizen.says("cho tôi gặp cán bộ")
        await citizen.presses("Gặp cán bộ")
    [case] = await town.cases_of(citizen) or [await files(citizen, words[before])]
    assert case.agency == before
    officer, theirs = await town.officer(before), await town.officer(before, role="inspector")
    above = [await town.officer(agency, role="inspector") for agency in ("SNV", "TTT")]
    await seal(town, officer, case.number, ATTITUDE)
    await town.passes(minutes=5)
    assert (await now_of(town, case.number)).agency in ("SNV", "TTT")
    assert [case.number in repr(await one.hears()) for one in above].count(True) == 1
    await assert_gone(town, [officer, theirs], case.number)


async def test_what_is_disputed_after_it_became_restricted_is_not_heard_by_who_answered_it(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    theirs, above = await town.officer("KT-05953", role="inspector"), await town.officer("SNV", role="inspector")
    case = await files(citizen, ROAD)
    for said in ("/nhan {}", f"/traloi {{}} {MENDED}"):
        await officer.says(said.format(case.number))
    await seal(town, officer, case.number, ATTITUDE)
    for one in (officer, theirs):
        await hears_all(one)
    await citizen.hears()
    await citizen.presses("Chưa được")
    await citizen.says("vẫn còn nguyên, hỏi thì bị quát")
    await town.passes(minutes=5)
    for one in (officer, theirs):
        assert not any("bị quát" in heard or case.number in heard for heard in await hears_all(one))
    assert (await now_of(town, case.number)).agency == "SNV"
    assert any(case.number in heard for heard in await hears_all(above))
