"""Danger, despair, complaints, denunciations, erasure: where a wrong word does harm."""

from pathlib import Path

from sqlalchemy import text

from bot import directory, doctor
from bot.settings import Settings
from domain.messages import Choice, Text
from domain.transitions import CaseStatus
from tests.handlers.doing import arrive, everything, files
from tests.handlers.test_attacks import NOBODYS, RUDE
from tests.journeys.people import Person, Town, on_both

ROAD = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"


@on_both
async def test_danger_shows_the_hotline_before_anything_else(town: Town) -> None:
    citizen = await town.citizen()
    hotline, *rest = await citizen.says("cháy nhà ở chợ Kha Sơn rồi, lửa to lắm cứu với")
    assert hotline.text.startswith("⚠️")
    assert "114" in hotline.text.splitlines()[1]
    assert "Đồng ý, gửi tiếp" in rest[0].buttons


@on_both
async def test_danger_reaches_officers_at_night(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("CAX-05953")
    await town.passes(hours=14)
    await citizen.says("cháy nhà ở chợ xã Kha Sơn rồi, lửa to lắm cứu với")
    await citizen.presses("Đồng ý")
    await citizen.presses("✅ Gửi")
    await town.passes(minutes=1)
    assert any("KHẨN" in heard for heard in await officer.hears())


async def test_other_work_waits_for_the_morning(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await town.passes(hours=14)
    await citizen.says("đèn đường xóm Đông xã Kha Sơn hỏng mấy hôm rồi chưa sửa")
    await citizen.presses("Đồng ý")
    await citizen.presses("✅ Gửi")
    await town.passes(hours=1)
    assert await officer.hears() == []
    await town.passes(hours=8)
    assert any("1 việc mới" in heard for heard in await officer.hears())


async def test_despair_is_met_by_a_person_first(town: Town) -> None:
    citizen, desk = await town.citizen(), await town.officer("VPUB")
    [warm] = await citizen.says("tôi không muốn sống nữa, mệt mỏi quá rồi")
    assert "115" in warm
    assert "Đồng ý, gửi tiếp" not in warm.buttons
    [called] = await citizen.presses("Gặp cán bộ")
    assert "Cán bộ sẽ nhắn lại" in called
    await town.passes(minutes=1)
    assert any("KHẨN" in heard for heard in await desk.hears())
    assert "không muốn sống" not in await everything(town)


@on_both
async def test_a_denunciation_is_guided_and_nothing_of_it_is_kept(town: Town) -> None:
    citizen = await town.citizen()
    [guided] = await citizen.says("tôi tố cáo ông Nguyễn Văn Bịa kế toán xã Kha Sơn rút tiền cứu trợ bỏ túi")
    assert "tố cáo" in guided
    assert "Ban Tiếp công dân" in guided
    assert await town.cases_of(citizen) == []
    held = await everything(town)
    assert "Bịa" not in held
    assert "cứu trợ" not in held
    assert "to_cao" in held, "that there was one is counted"


async def test_nothing_of_a_denunciation_is_left_in_the_file(town: Town, tmp_path: Path) -> None:
    citizen = await town.citizen()
    await citizen.says("tôi tố cáo ông Nguyễn Văn Bịa kế toán xã Kha Sơn rút tiền cứu trợ bỏ túi")
    await town.database.close()
    assert "Bịa".encode() not in (tmp_path / "test.db").read_bytes()


async def test_a_complaint_is_guided(town: Town) -> None:
    citizen = await town.citizen()
    [guided] = await citizen.says("tôi khiếu nại quyết định thu hồi đất số 12 của UBND xã Kha Sơn, xử ép nhà tôi")
    assert "khiếu nại" in guided
    assert "xã Kha Sơn" in guided
    assert await town.cases_of(citizen) == []


async def test_what_is_said_of_officials_never_reaches_their_commune(town: Town) -> None:
    citizen, commune = await town.citizen(), await town.officer("HCC-05953")
    await citizen.says("cán bộ một cửa xã Kha Sơn quát tháo, hạch sách người dân, thái độ rất khó chịu")
    await citizen.presses("Đồng ý")
    await citizen.presses("✅ Gửi")
    [case] = await town.cases_of(citizen)
    assert not case.agency.endswith("05953")
    assert case.watch == ()
    await town.passes(days=30)
    assert not any(case.number in heard for heard in await commune.hears())
    [refused] = await commune.says(f"/hoso {case.number}")
    assert "Không có hồ sơ này" in refused


@on_both
async def test_a_citizen_erases_everything(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await citizen.says(f"{ROAD}, gọi tôi 0912 345 678")
    await citizen.presses("Đồng ý")
    await citizen.presses("Cho cán bộ gọi tôi")
    await citizen.presses("✅ Gửi")
    [case] = await town.cases_of(citizen)
    [sure] = await citizen.says("/xoadulieu")
    assert "rút lại" in sure
    [erased] = await citizen.presses("Xóa hết")
    assert "không còn giữ gì" in erased
    assert any("đã rút" in heard for heard in await officer.hears())

    await town.passes(hours=2)
    held = await everything(town)
    assert citizen.address.chat not in held
    assert "0912 345 678" not in held
    assert "ổ gà" not in held
    async with town.database.begin() as transaction:
        from storage import cases  # noqa: PLC0415

        left = await cases.by_number(transaction, case.number)
    assert left
    assert (left.status, left.conversation_id) == (CaseStatus.CLOSED, None)


async def test_who_writes_again_after_erasure_begins_anew(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says(ROAD)
    await citizen.presses("Đồng ý")
    await citizen.says("/xoadulieu")
    await citizen.presses("Xóa hết")
    [notice] = await citizen.says(ROAD)
    assert "Đồng ý, gửi tiếp" in notice.buttons
    await town.passes(minutes=5)
    [card] = await citizen.presses("Đồng ý")
    assert "✅ Gửi" in card.buttons


async def test_what_officers_were_shown_is_erased_too(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    await citizen.says(ROAD)
    await citizen.presses("Đồng ý")
    await citizen.presses("✅ Gửi")
    [case] = await town.cases_of(citizen)
    assert "ổ gà to lắm" in (await officer.says(f"/hoso {case.number}"))[-1]
    await citizen.says("/xoadulieu")
    await citizen.presses("Xóa hết")
    assert "ổ gà to lắm" not in await everything(town)


async def test_a_human_is_called_once_however_often_the_button_is_pressed(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says("cho tôi gặp cán bộ")
    await citizen.presses("Gặp cán bộ")
    await citizen.presses("Gặp cán bộ")
    assert len(await town.cases_of(citizen)) == 1


# Erasure, of what others wrote too.


async def test_nothing_that_others_wrote_of_an_erased_case_is_left(town: Town) -> None:
    citizen, partner = await town.citizen(), await town.officer("SXD")
    officer, colleague = await town.officer("KT-05953", name="Hạnh"), await town.officer("KT-05953", name="Minh")
    neighbour = await town.citizen()
    case = await files(citizen, ROAD)
    n = case.number
    # What each writes has a word of its own.
    for said in (
        f"/nhan {n}", f"/ghichu {n} nhà cạnh cây hoàngđàn", f"/phoihop {n} SXD 20/11 đoạn gần ao bàngiang của ai vậy?",
        f"/giahan {n} 01/12 chờ xe lu từ Hoàbìnhxa", f"/tiendo {n} đã đo đạc ở cổng đìnhlàngxa",
        f"/dangsua {n} 30/11 đang đổ bê tông khúc quanhcoxa", f"/giao {n} Minh",
    ):  # fmt: skip
        await officer.says(said)
    await partner.says(f"/traloi {n} đoạn ấy thuộc huyệnlộxa cũ, xã tự làm")
    await neighbour.says("đường bê tông xóm Đông xã Kha Sơn vỡ nát, ổ gà chi chít không đi nổi")
    [offered] = await neighbour.presses("Đồng ý")
    assert "quanhcoxa" in offered
    await colleague.says(f"/hoi {n} Có phải gần vườnvảixa không?")
    await citizen.hears()
    await citizen.presses("Trả lời")
    await citizen.says("đúng rồi, ngay cạnh bếpnhàxa")
    await colleague.says(f"/traloi {n} Sáng 18/11 đội duy tu đã vá 3 ổ gà trước ngõnhàxa, xóm Đông.")
    await citizen.hears()
    await citizen.presses("Chưa được")
    await citizen.says("còn sót chỗ giếnglàngxa")
    words = ("hoàngđàn", "bàngiang", "Hoàbìnhxa", "đìnhlàngxa", "quanhcoxa", "huyệnlộxa", "vườnvảixa", "bếpnhàxa",
             "ngõnhàxa", "giếnglàngxa", "ổ gà to lắm")  # fmt: skip
    held = await everything(town)
    assert all(word in held for word in words), "the test would see them if they were left"
    await citizen.says("/xoadulieu")
    await citizen.presses("Xóa hết")
    await town.passes(hours=2)
    held = await everything(town)
    assert [word for word in words if word in held] == []
    assert citizen.address.chat not in held


async def test_what_was_added_to_a_case_one_followed_is_erased_too(town: Town) -> None:
    first, second, officer = await town.citizen(), await town.citizen(), await town.officer("KT-05953")
    case = await files(first, ROAD)
    await second.says(f"{ROAD}, chỗ câycầuxa")
    await second.presses("Đồng ý")
    await second.presses("Đúng, cùng việc đó")
    await officer.says(f"/nhan {case.number}")
    await second.hears()
    await second.says("thêm nữa là gần lốirẽxa")
    await officer.says(f"/traloi {case.number} Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông.")
    await second.hears()
    await second.presses("Chưa được")
    await second.says("còn nguyên chỗ hànhlangxa")
    words = ("câycầuxa", "hànhlangxa")
    held = await everything(town)
    assert all(word in held for word in words)
    assert any("hànhlangxa" in heard for heard in await officer.hears())
    await second.says("/xoadulieu")
    await second.presses("Xóa hết")
    await town.passes(hours=2)
    held = await everything(town)
    assert [word for word in (*words, "lốirẽxa") if word in held] == []
    assert "ổ gà to lắm" in held, "the first one's stands"


async def test_what_others_were_asked_about_is_erased_too(town: Town) -> None:
    first, second = await town.citizen(), await town.citizen()
    await files(first, "ổ gà to lắm ở ngõ Bàngvuôngxa xóm Đông xã Kha Sơn, hôm qua có người ngã")
    await second.says(ROAD)
    [offered] = await second.presses("Đồng ý")
    assert "Đúng, cùng việc đó" in offered.buttons
    await first.says("/xoadulieu")
    await first.presses("Xóa hết")
    await town.passes(hours=2)
    assert "Bàngvuôngxa" not in await everything(town)


# Codes by which a neighbour takes a case over.


async def _writes_for(head: Person, words: str) -> list[str]:
    """Have a concern sent for somebody else; return its number and the code."""
    heard = await head.says(words)
    if "Đồng ý, gửi tiếp" in heard[-1].buttons:
        heard = await head.presses("Đồng ý")
    if "Không, việc khác" in heard[-1].buttons:
        await head.presses("Không, việc khác")
    [sent] = await head.presses("✅ Gửi thay")
    return next(line for line in sent.text.splitlines() if line.startswith("/nhanlai")).split()[1:]


async def test_a_restricted_case_is_taken_over_by_its_own_code_alone(town: Town) -> None:
    head, neighbour, thief = await town.head("05953"), await town.citizen(), await town.citizen()
    number, code = await _writes_for(head, RUDE)
    _, other = await _writes_for(head, ROAD)
    ordinary = await files(await town.citizen(), "đèn đường xóm Đông xã Kha Sơn hỏng mấy hôm rồi chưa sửa")
    answers = set()
    for of in (number, ordinary.number, NOBODYS):
        for tried in ("ABCDEFGHJKM", other, code[:-1], code[1:], "%", "' OR 1=1 --", "x" * 5_000):
            [refused] = await thief.says(f"/nhanlai {of} {tried}")
            answers.add(refused.text.replace(of, "…"))
    assert len(answers) <= 2, "nobody learns which numbers there are"
    assert await town.cases_of(thief) == []
    assert any(number in one for one in await neighbour.says(f"/nhanlai {number} {code}"))
    [again] = await thief.says(f"/nhanlai {number} {code}")
    assert number not in again
    # The head has nothing to do with it any more.
    await head.hears()
    for asked in (Text("/theodoi {}"), Choice("case:{}"), Choice("undone:{}"), Choice("reply:{}")):
        heard = []
        for of in (number, NOBODYS):
            content = Text(asked.text.format(of)) if isinstance(asked, Text) else Choice(asked.id.format(of))
            heard.append([repr(one).replace(of, "…") for one in await arrive(town, head, content)])
        assert heard[0] == heard[1]
    inspector = await town.officer("SNV", role="inspector")
    await inspector.says(f"/nhan {number}")
    await inspector.says(f"/hoi {number} Hôm nào vậy bà con?")
    await town.passes(days=9)
    assert not any(number in repr(one) for one in await head.hears())
    assert any(number in repr(one) for one in await neighbour.hears())


async def test_a_code_is_kept_nowhere_and_good_for_nothing_once_the_case_is_erased(town: Town) -> None:
    head, neighbour, thief = await town.head("05953"), await town.citizen(), await town.citizen()
    number, code = await _writes_for(head, ROAD)
    await town.passes(hours=1)
    async with town.database.read() as transaction:
        for table in ("takeovers", "outbox", "inbox", "cases", "events", "conversations"):
            assert code not in str((await transaction.execute(text(f"SELECT * FROM {table}"))).all()), table  # noqa: S608
    await neighbour.says(f"/nhanlai {number} {code}")
    await neighbour.says("/xoadulieu")
    await neighbour.presses("Xóa hết")
    await town.passes(hours=2)
    [refused] = await thief.says(f"/nhanlai {number} {code}")
    assert number not in refused
    assert await town.cases_of(thief) == []


async def test_what_the_operators_commands_print_tells_of_no_case(town: Town, tmp_path: Path) -> None:
    case = await files(await town.citizen(), RUDE)
    url = f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"
    printed: list[str] = []
    await doctor.examine(Settings(database_url=url, model_path=tmp_path / "none"), printed.append)
    printed += (await directory.export(town.database, "thai-nguyen")).values()
    printed.append(await directory.invite_all(town.database, "thai-nguyen", lambda: "CODE", town.now))
    assert any("outbox" in line for line in printed)
    assert not any(case.number in line or "quát tháo" in line or "SNV: 1" in line for line in printed)
