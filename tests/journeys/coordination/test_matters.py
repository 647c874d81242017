"""A matter from its naming to its lesson: who may do what, who hears what, and the clock of the public information."""

from domain.cases import Case
from domain.routing import Reason
from domain.transitions import CaseStatus, Outcome
from storage import cases, matters
from tests.handlers.doing import files, hears_all
from tests.journeys.people import Heard, Person, Town, on_both
from tests.storage.test_matters import filed

ROADS = [f"đường vào xóm {name} xã Kha Sơn ổ gà to lắm, đi lại khổ" for name in ("Đông", "Bắc", "Nam")]
LAMP = "đèn đường xóm Bắc xã Kha Sơn hỏng cả tháng nay tối om"
LAMPS, POWER = "chieu_sang_cay_xanh.den_duong", "dien.mat_dien"
#: Of one topic, but of many troubles.
MANY_LAMPS = (
    "xóm tôi như hũ nút", "8 giờ tối chưa sáng", "cột thì sơn mới, còn sáng thì nhờ trăng",
    "con gái tan học phải đi bộ qua đoạn tối", "đi ca đêm về tối như mực", "bóng cột trước nhà cháy hai tháng",
    "3 cột đường Hoàng Văn Thụ tắt ngấm", "đề nghị lắp chiếu sáng tuyến đường mới mở", "ngõ 12 cháy rồi dẫm phải hố",
    "quán em cuối phố, khách ngại đi", "mắt kém, bảy giờ là ở nhà", "sáng ban ngày, tắt ban đêm",
)  # fmt: skip
OPEN = "✅ Xác nhận"


async def _begin(town: Town, by: Person) -> str:
    """Open a matter of roads in Kha Sơn; return its name as people type it."""
    await by.says("/vande mới Đường hỏng quanh chợ Kha Sơn")
    await by.says("đường hư hỏng, xã Kha Sơn")
    [shown] = await by.presses("Đường xã, đường thôn")
    assert "Chủ trì: Phòng Kinh tế xã Kha Sơn" in shown
    [shown] = await by.presses(OPEN)
    assert "còn 24 giờ" in shown
    await town.passes(minutes=1)
    return shown.text.split("· ")[1].splitlines()[0]


async def _own_case(town: Town, name: str) -> Case:
    async with town.database.begin() as transaction:
        matter = await matters.get(transaction, int(name.removeprefix("VD")))
        assert matter
        assert matter.number
        found = await cases.by_number(transaction, matter.number)
    assert found
    return found


def _with(heard: list[Heard], words: str) -> list[Heard]:
    return [one for one in heard if words in one]


async def test_a_matter_is_worked_on_by_a_group_and_each_citizen_hears_once(town: Town) -> None:
    coordinator = await town.officer("BTGDV", role="coordinator")
    lead, member = await town.officer("KT-05953", role="lead"), await town.officer("SXD", role="lead")
    two_cases, other, elsewhere = [await town.citizen() for _ in range(3)]
    for words in ROADS[:2]:
        await files(two_cases, words)
    leaves = await files(other, ROADS[2])
    await files(elsewhere, LAMP)

    name = await _begin(town, coordinator)
    assert _with(await lead.hears(), f"🔥 Vấn đề nổi cộm {name}")
    own = await _own_case(town, name)
    assert (own.reason, own.conversation_id, own.agency) == (Reason.MATTER, None, "KT-05953")

    await coordinator.says(f"/vande {name} thành viên SXD 3 ngày đo lại nền đường, nêu phương án sửa")
    await lead.says(f"/nhan {own.number}")
    await town.passes(minutes=11)
    assert _with(await member.hears(), "được mời phối hợp 1 việc")
    [shown] = await member.says("/vande")
    assert name in shown
    await member.says(f"/traloi {own.number} Nền đường yếu, cần rải lại đá dăm dày 20 phân.")
    assert "Sở Xây dựng tỉnh Thái Nguyên: đã trả lời" in (await coordinator.says(f"/vande {name}"))[-1]

    for person in (two_cases, other, elsewhere):
        await person.hears()
    held = await lead.says(f"/vande {name} tiến độ Sáng nay đã rải đá dăm đoạn qua chợ, hỏi bà Lan 0912345678")
    assert "Chưa gửi" in held[-1], "what cannot be taken back is not sent with holes in it"
    await lead.says("Sáng nay đã rải đá dăm đoạn qua chợ")
    [news] = _with(await hears_all(two_cases), "Sáng nay đã rải đá dăm")
    assert "bà Lan" not in news
    assert len(_with(await hears_all(other), "Sáng nay đã rải đá dăm")) == 1
    assert await elsewhere.hears() == [], "another trouble, another matter"

    await lead.says(f"/vande {name} bớt {leaves.number} đoạn này của xã bên cạnh")
    await lead.says(f"/traloi {own.number} Ngày 18/11 đội duy tu đã rải đá dăm, vá xong cả ba đoạn quanh chợ Kha Sơn.")
    await coordinator.says(f"/vande {name} kết thúc")
    await coordinator.says("đã vá xong cả ba đoạn đường")
    [shown] = await coordinator.says("kiểm tra nền đường trước mùa mưa")
    assert "✅ Đã kết thúc" in shown
    assert "Bài học: kiểm tra nền đường trước mùa mưa" in shown
    [over] = await hears_all(two_cases)
    assert "vá xong cả ba đoạn" in over
    assert await hears_all(other) == [], "a case that left hears no more"
    assert (await _own_case(town, name)).outcome is Outcome.CONFIRMED
    assert (await town.cases_of(two_cases))[0].status is CaseStatus.REFERRED, "no citizen's case ends with it"


@on_both
async def test_new_reports_join_and_who_joined_another_report_hears_too(town: Town) -> None:
    coordinator, lead = await town.officer("BTGDV", role="coordinator"), await town.officer("KT-05953", role="lead")
    name = await _begin(town, coordinator)
    first, follower = await town.citizen(), await town.citizen()
    one, other = await files(first, ROADS[0]), await files(follower, ROADS[1])
    await lead.says(f"/gop {other.number} {one.number}")
    await town.passes(minutes=11)
    await first.hears()
    await follower.hears()
    await lead.says(f"/vande {name} tiendo Mai rải đá dăm từ 7 giờ, bà con đi đường vòng")
    for person in (first, follower):
        assert len(_with(await hears_all(person), "bà con đi đường vòng")) == 1


async def test_the_public_is_informed_within_a_day_or_both_are_reminded(town: Town) -> None:
    coordinator, lead = await town.officer("BTGDV", role="coordinator"), await town.officer("KT-05953", role="lead")
    name = await _begin(town, coordinator)  # at nine in the morning
    for hours, told in ((11.6, "còn 12 giờ"), (10.5, "còn 1 giờ"), (2, "ĐÃ QUÁ HẠN")):
        await coordinator.hears()
        await lead.hears()
        await town.passes(hours=hours)
        for person in (coordinator, lead):
            assert [told in one for one in await person.hears() if "thông tin công khai lần đầu" in one] == [True]
    assert "🔴 QUÁ HẠN" in (await lead.says("/vande"))[-1]
    await lead.presses("📣 Ghi thông tin", (await lead.says(f"/vande {name}"))[-1])
    [shown] = await lead.says("Báo Thái Nguyên đăng lúc 8:30: xã đang sửa đường")
    assert "đăng lúc 8:30" in shown
    assert "đã thông tin công khai" in (await coordinator.says("/vande"))[-1]
    await town.passes(days=2)
    assert not _with(await coordinator.hears(), "thông tin công khai lần đầu")


async def test_the_coordinator_reads_no_case_no_name_and_no_small_count(town: Town) -> None:
    coordinator, lead = await town.officer("BTGDV", role="coordinator"), await town.officer("KT-05953", role="lead")
    citizens = [await town.citizen() for _ in ROADS]
    numbers = [(await files(citizen, words)).number for citizen, words in zip(citizens, ROADS, strict=True)]
    name = await _begin(town, coordinator)
    numbers.append((await _own_case(town, name)).number)
    await lead.says(f"/vande {name} quyết định Làm hồ sơ {numbers[0]} của bà Nguyễn Thị Lan, 0912345678, trước 30/11")
    await lead.says(f"/vande {name} tiendo Đã xong chỗ nhà bà Nguyễn Thị Lan, hồ sơ {numbers[1]}")
    tried = [
        f"/hoso {numbers[0]}", "/viec", f"/nhan {numbers[-1]}", f"/traloi {numbers[-1]} xong rồi nhé bà con",
        f"/vande {name} them {numbers[0]} cùng một việc", f"/vande {name} bot {numbers[0]} không cùng việc",
        f"/vande {name} hoso", f"/vande {name} tiendo xin chào bà con nhé", f"/vande {name}", "/vande", numbers[0],
    ]  # fmt: skip
    heard = [one for words in tried for one in await coordinator.says(words)] + await coordinator.hears()
    everything = "\n".join(f"{one.text} {one.buttons}" for one in heard)
    for secret in (*numbers, "ổ gà to", "Lan", "0912345678", "xóm"):
        assert secret not in everything
    assert "Dưới 5 phản ánh, kể từ" in everything
    for citizen in citizens:
        assert not _with(await citizen.hears(), "xin chào bà con nhé")


async def test_a_matter_exists_for_its_group_alone(town: Town) -> None:
    coordinator, stranger = await town.officer("BTGDV", role="coordinator"), await town.officer("SXD", role="lead")
    lead, officer = await town.officer("KT-05953", role="lead"), await town.officer("KT-05953")
    name = await _begin(town, coordinator)
    for words in (f"/vande {name}", f"/vande {name} congbo đã đăng báo rồi"):
        assert f"Không có vấn đề {name}" in (await stranger.says(words))[-1]
    assert "Không có vấn đề nào đang mở" in (await stranger.says("/vande"))[-1]
    assert "cơ quan điều phối mở" in (await stranger.says("/vande moi Đường tỉnh hỏng nặng"))[-1]
    assert name not in "".join(one.text for one in await officer.says(f"/vande {name}")), (
        "the lead's, not any officer's"
    )
    assert (
        "Việc này do cơ quan điều phối làm"
        in (await lead.says(f"/vande {name} ketthuc xong rồi nhé | tốt lắm nhé"))[-1]
    )


async def test_a_matter_whose_lead_has_not_answered_ends_with_a_reason(town: Town) -> None:
    coordinator, lead = await town.officer("BTGDV", role="coordinator"), await town.officer("KT-05953", role="lead")
    citizen = await town.citizen()
    await files(citizen, ROADS[0])
    name = await _begin(town, coordinator)
    await citizen.hears()
    [asked] = await coordinator.says(f"/vande {name} ketthuc dân đã đi lại được | kiểm tra trước mùa mưa")
    assert "chưa trả lời xong" in asked
    [shown] = await coordinator.says("đường tỉnh, chuyển sang chương trình khác")
    assert "chuyển sang chương trình khác" in shown
    assert (await _own_case(town, name)).outcome is Outcome.WITHDRAWN
    assert _with(await hears_all(citizen), "được giải quyết và trả lời riêng")
    assert "Không có vấn đề nào đang mở" in (await lead.says("/vande"))[-1]


async def test_another_lead_has_the_group_called_in_again(town: Town) -> None:
    coordinator, lead = await town.officer("BTGDV", role="coordinator"), await town.officer("KT-05953", role="lead")
    other, member = await town.officer("SXD", role="lead"), await town.officer("CAX-05953", role="lead")
    name = await _begin(town, coordinator)
    number = (await _own_case(town, name)).number
    await coordinator.says(f"/vande {name} thanhvien CAX-05953 5 ngày phân luồng xe tải qua chợ")
    await lead.says(f"/nhan {number}")
    await town.passes(minutes=11)
    await coordinator.says(f"/vande {name} chutri SXD đây là đường tỉnh do sở quản lý")
    await town.passes(minutes=11)
    assert _with(await other.hears(), "nay do Sở Xây dựng tỉnh Thái Nguyên chủ trì")
    assert (await _own_case(town, name)).reason == Reason.MATTER
    assert "Công an xã Kha Sơn: thôi" in (await coordinator.says(f"/vande {name}"))[-1]
    await member.hears()
    await other.says(f"/nhan {number}")
    await town.passes(minutes=11)
    assert _with(await member.hears(), "được mời phối hợp 1 việc")


async def test_many_people_of_one_trouble_are_proposed_once_and_may_be_dropped(town: Town) -> None:
    coordinator = await town.officer("BTGDV", role="coordinator")
    for n, words in enumerate(MANY_LAMPS):
        await filed(town.database, town.rules, f"road {n}", at=town.now, text=f"đường qua chợ đầy ổ gà, {n} hố")
        await filed(town.database, town.rules, f"lamp {n}", at=town.now, text=words, topic=LAMPS)
        await filed(town.database, town.rules, "one person", at=town.now, text="chợ cháy điện", topic=POWER)
    await town.passes(days=1)
    [told] = _with(await coordinator.hears(), "Có thể là vấn đề nổi cộm")
    assert "VD1: Đường xã" in told
    assert "Từ 10 người" in told
    assert "cùng một chuyện" in told
    [shown] = await coordinator.presses("Xem vấn đề này", told)
    assert "Chủ trì: Phòng Kinh tế xã Kha Sơn" in shown
    await coordinator.presses("Không phải vấn đề")
    assert "Đã bỏ VD1" in (await coordinator.says("mùa nào cũng vậy"))[-1]
    await town.passes(days=1)
    assert not _with(await coordinator.hears(), "Có thể là vấn đề nổi cộm"), "not again so soon"
