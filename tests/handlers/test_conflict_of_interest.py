"""A concern about a unit never reaches that unit, and a restricted case nobody but the inspectors who have it.

Tried the way a curious colleague would: with every command, every button and every list, and by listening for a month.
"""

import re
from collections.abc import Iterable, Mapping

import pytest

from domain.messages import Choice, Content, Photo, Text
from domain.numbers import case_number
from handlers.officers import COMMANDS
from tests.handlers.doing import arrive, arrive_all, files, hears_all
from tests.handlers.test_attacks import NOBODYS, ROAD, RUDE, VERBS, now_of, without
from tests.journeys.people import Heard, Person, Town

#: What RUDE comes to: the department that leads the topic; accused is the office where papers are handed in.
HAS_IT, ACCUSED = "SNV", "HCC-05953"
#: A number that nobody has, for commands that name two.
OTHER = case_number("TN", 2026, 998)
ABUSE = "an_ninh.bao_luc_gia_dinh"
ATTITUDE = "hanh_chinh.thai_do_can_bo"
#: Words of RUDE and of its topic.
TELLTALE = re.compile("quát tháo|hạch sách|thái độ|nhũng nhiễu", re.IGNORECASE)
ANSWER = "Ngày 20/11 đã họp bộ phận một cửa xã Kha Sơn, phê bình cán bộ và xin lỗi bà con tại trụ sở."
FILTERS = ("", "tre", "toi", "moi", "duyet", "Kha Sơn", "c-05953", f"t-{ATTITUDE}", "t-hanh_chinh", "thái độ cán bộ")
STRANGERS = [
    (HAS_IT, "officer"), (HAS_IT, "lead"), ("VPUB", "officer"), ("VPUB", "lead"), ("VPUB", "inspector"),
    (ACCUSED, "officer"), (ACCUSED, "lead"), (ACCUSED, "inspector"), ("KT-05953", "inspector"), ("TTT", "inspector"),
]  # fmt: skip


def tries(number: str, other: str) -> list[Content]:
    """Return everything a seat can ask about a case, alone and beside another one; only not to give the seat up."""
    commands = [f"/{spelling}" for command in COMMANDS for spelling in command.spellings]
    behind = ("", " SXD một lý do rất dài và rõ ràng", f" {other}")
    typed = [f"{command} {number}{more}" for command in commands for more in behind]
    typed += [f"{command} {other} {number}" for command in ("/gop", "/tach", "/ghichu")]
    typed += [f"/trogiup {number}", number, f"xem {number}", f"xem giúp hồ sơ {number.lower()} với", f"/viec {number}"]
    pressed = [
        f"o:{verb}:{number}{more}"
        for verb in VERBS
        if verb not in ("leave_sure", "vacate")
        for more in ("", ":TTT", f":{ABUSE}:sure")
    ]
    pressed += [f"{verb}:{number}" for verb in ("case", "reply", "done", "undone", "partly", "rest")]
    pressed += [f"same:1:{number}", f"join:1:{number}", f"reopen:1:{number}", f"rate:{number}:1"]
    shown = [Photo("a-picture", f"/{name} {number} xong rồi", "a-picture") for name in ("traloi", "ghichu", "hoso")]
    return [*map(Text, typed), *map(Choice, pressed), *shown]


def tells(heard: list[Heard], number: str) -> list[Heard]:
    """Return what tells of the restricted case."""
    return [one for one in heard if number in repr(one) or TELLTALE.search(one.text)]


async def listens(town: Town, people: Iterable[Person], *, days: int = 40) -> dict[str, list[Heard]]:
    """Let time pass with all its digests, reminders and escalations; return what each heard."""
    for _ in range(days // 2):
        await town.passes(days=2)
    return {person.address.chat: await person.hears() for person in people}


# To whom it does not exist.


async def test_no_command_and_no_button_tells_a_stranger_that_a_restricted_case_exists(town: Town) -> None:
    await town.officer(HAS_IT, role="inspector")
    strangers = [await town.officer(agency, role=role) for agency, role in STRANGERS]
    case = await files(await town.citizen(), RUDE)
    assert (case.restricted, case.agency, case.accused, case.watch) == (True, HAS_IT, "HCC", ())
    heard = []
    for number in (case.number, NOBODYS):
        asked = tries(number, OTHER)
        said = await arrive_all(town, [(stranger, asked) for stranger in strangers])
        heard.append([without(number, one) for one in said])
    for who, *(about_it, about_nothing) in zip(STRANGERS, *heard, strict=True):
        assert about_it == about_nothing, who
        assert sum("Không có hồ sơ này" in one for one in about_it) > 100
    assert await now_of(town, case.number) == case


@pytest.mark.parametrize("kind", ["citizen", "head", "gave the seat up"])
async def test_no_command_and_no_button_tells_who_has_no_seat(town: Town, kind: str) -> None:
    await town.officer(HAS_IT, role="inspector")
    stranger = await town.head("05953") if kind == "head" else await town.citizen()
    if kind == "gave the seat up":
        await town.officer(HAS_IT, stranger, role="inspector")
        await arrive(town, stranger, Choice("o:leave_sure"))
    case = await files(await town.citizen(), RUDE)
    heard = []
    for number in (case.number, NOBODYS):
        said = [f"/{name} {number}" for name in ("hoso", "theodoi", "nhanlai", "nhan", "tach")]
        said += [f"/nhanlai {number} ABCDEFGHJKM", f"/nhanlai {number} %"]
        pressed = [one for one in tries(number, NOBODYS) if isinstance(one, Choice)]
        asked: list[Content] = [*map(Text, said), *pressed]
        [back] = await arrive_all(town, [(stranger, asked)])
        heard.append(without(number, back))
    assert heard[0] == heard[1]
    assert await now_of(town, case.number) == case


async def test_no_list_and_no_count_holds_it(town: Town) -> None:
    inspector = await town.officer(HAS_IT, role="inspector")
    strangers = [await town.officer(agency, role=role) for agency, role in STRANGERS]
    case = await files(await town.citizen(), RUDE)
    pages = [Choice(f"o:page:{n}:{word}") for n in (0, 1) for word in ("all", "mine", "late", "new", "c-05953")]
    asked: list[Content] = [*(Text(f"/viec {word}") for word in FILTERS), *pages]
    for heard in await arrive_all(town, [(stranger, asked) for stranger in strangers]):
        assert len(heard) == len(asked)
        assert all("0 việc" in one and case.number not in repr(one) for one in heard)
    own = [(await inspector.says(f"/viec {word}"))[-1] for word in FILTERS]
    found = {word for word, one in zip(FILTERS, own, strict=True) if case.number in one}
    assert found == set(FILTERS) - {"tre", "toi", "duyet"}, "the test would see it if it were there"


async def test_nobody_hears_of_it_through_its_whole_life(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    inspector, next_one = await town.officer(HAS_IT, role="inspector"), await town.officer("TTT")
    strangers = [await town.officer(agency, role=role) for agency, role in STRANGERS if agency != "TTT"]
    citizen = await town.citizen()
    for one in strangers:
        await one.hears()
    case = await files(citizen, RUDE)
    n = case.number
    await town.passes(minutes=5)
    assert any(n in heard for heard in await inspector.hears())
    for said in (f"/nhan {n}", f"/hoi {n} Hôm nào vậy bà con?"):
        await inspector.says(said)
    await citizen.hears()
    await citizen.presses("Trả lời")
    await citizen.says("sáng thứ hai vừa rồi")
    for said in (f"/tiendo {n} đã hẹn gặp bộ phận một cửa", f"/giahan {n} 10/12 chờ người về họp",
                 f"/ghichu {n} gặp riêng từng người", f"/chuyen {n} TTT thuộc thẩm quyền thanh tra"):  # fmt: skip
        await inspector.says(said)
    assert (await now_of(town, n)).agency == "TTT"
    # Who had it is a stranger from here on.
    heard = [await arrive(town, inspector, Text(f"/hoso {number}")) for number in (n, NOBODYS)]
    assert without(n, heard[0]) == without(NOBODYS, heard[1])
    await town.passes(days=6)
    await next_one.says(f"/nhan {n}")
    [sent] = await next_one.says(f"/traloi {n} {ANSWER}")
    assert "Đã trả lời" in sent
    await citizen.hears()
    await citizen.presses("Chưa được")
    await citizen.says("vẫn quát tháo như cũ")
    told = await listens(town, strangers)
    await citizen.says("/xoadulieu")
    await citizen.presses("Xóa hết")
    for one in strangers:
        told[one.address.chat] += await one.hears()
    leads = [one for heard in told.values() for one in heard]
    assert not tells(leads, n)
    assert all("Chào buổi sáng" in one for one in leads), "nothing but the leads' digests"
    assert all("Đang mở: 0 việc" in one for one in leads)
    logged = capsys.readouterr().out
    assert "sent" in logged
    assert not TELLTALE.search(logged)


async def test_inspectors_who_have_it_can_do_their_work(town: Town) -> None:
    inspector, colleague = await town.officer(HAS_IT, role="inspector"), await town.officer(HAS_IT, role="inspector")
    case = await files(await town.citizen(), RUDE)
    await town.passes(minutes=5)
    for one in (inspector, colleague):
        assert any(case.number in heard for heard in await one.hears())
        [card] = await one.says(f"/hoso {case.number}")
        assert "quát tháo" in card
        assert not {"Sửa chủ đề", "Mời phối hợp", "Đang sửa"} & set(card.buttons)
    await inspector.says(f"/nhan {case.number}")
    for said in (f"/phoihop {case.number} SXD 25/11 việc này của ai vậy?", f"/dangsua {case.number} 17h đang sửa ngay",
                 f"/chude {case.number} đèn đường"):  # fmt: skip
        await inspector.says(said)
    after = await now_of(town, case.number)
    assert (after.partners, after.topic, after.agency) == ((), ATTITUDE, HAS_IT)


async def test_a_seat_at_the_inspectorate_is_an_inspectors_however_invited(town: Town) -> None:
    for role in ("officer", "lead", "inspector"):
        seat = await town.officer("TTT", role=role)
        [listed] = await seat.says("/ghe")
        own = next(line for line in listed.text.splitlines() if "cửa sổ này" in line)
        assert "thanh tra" in own.lower()


# About whom it is.


@pytest.mark.parametrize(
    ("words", "accused"),
    [
        ("cán bộ một cửa xã Kha Sơn quát tháo, hạch sách người dân, thái độ rất khó chịu", ACCUSED),
        ("cán bộ phòng kinh tế xã Kha Sơn thái độ hách dịch, quát tháo người dân", "KT-05953"),
        ("cán bộ Sở Nội vụ thái độ hách dịch, quát tháo người dân xã Kha Sơn đến hỏi việc", "SNV"),
        ("cán bộ Sở Xây dựng thái độ hách dịch, quát tháo người dân xã Kha Sơn đến hỏi việc", "SXD"),
        ("cán bộ Thanh tra tỉnh thái độ hách dịch, quát tháo người dân xã Kha Sơn đến hỏi việc", "TTT"),
        ("thanh tra tỉnh nhũng nhiễu, đòi tiền người dân xã Kha Sơn khi đến làm việc", "TTT"),
    ],
)
async def test_what_is_said_of_a_unit_never_reaches_it(town: Town, words: str, accused: str) -> None:
    theirs = [await town.officer(accused, role=role) for role in ("officer", "lead", "inspector")]
    case = await files(await town.citizen(), words)
    assert case.restricted
    assert case.agency != accused
    for one in theirs:
        await one.hears()
    for heard in (await listens(town, theirs)).values():
        assert not tells(heard, case.number)
    assert (await now_of(town, case.number)).agency != accused


@pytest.mark.parametrize("words", ["cán bộ phòng kinh tế còn đòi phong bì", "cán bộ kinh tế xã đòi phong bì mới sửa"])
@pytest.mark.parametrize("way", ["reply", "dispute", "addition"])
async def test_an_accusation_within_an_ordinary_case_does_not_reach_the_accused(
    town: Town, way: str, words: str
) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    case = await files(citizen, ROAD)
    await officer.says(f"/nhan {case.number}")
    if way == "reply":
        await officer.says(f"/hoi {case.number} Gần nhà ai vậy bà con?")
        await citizen.hears()
        await citizen.presses("Trả lời")
    if way == "dispute":
        await officer.says(f"/traloi {case.number} Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông.")
        await citizen.hears()
        await citizen.presses("Chưa được")
    await citizen.says(f"chưa sửa gì cả, {words}")
    heard = [*await officer.hears(), *await officer.says(f"/hoso {case.number}")]
    assert not any("phong bì" in one for one in heard)


# How it may move.


@pytest.mark.parametrize("agency", ["VPUB", "HCC-05953", "KT-05953", "CAX-05953", "VP-05953", "HCC-05908", "DIENLUC"])
async def test_two_hops_bring_it_no_nearer_to_the_accused(town: Town, agency: str) -> None:
    case = await files(await town.citizen(), RUDE)
    first, second = await town.officer(HAS_IT, role="inspector"), await town.officer("TTT")
    for hop, seat in ((f"/chuyen {case.number} TTT thuộc thẩm quyền thanh tra", first),
                      (f"/chuyen {case.number} {agency} đây là việc của nơi đó", second)):  # fmt: skip
        await seat.says(hop)
    agency_now = (await now_of(town, case.number)).agency
    assert agency_now == ("DIENLUC" if agency == "DIENLUC" else "TTT")


async def test_the_unnamed_accused_gets_it_by_no_number_of_hops(town: Town) -> None:
    case = await files(await town.citizen(), "cán bộ kinh tế xã Kha Sơn gây khó dễ, bắt chẹt người dân làm đường")
    assert (case.restricted, case.accused) == (True, None)
    seats: Mapping[str, Person] = {of: await town.officer(of, role="inspector") for of in ("SNV", "TTT", "CAT")}
    for to in ("CAT", "SNV", "TTT", "CAT"):
        now = await now_of(town, case.number)
        for agency in ("KT-05953", "VP-05953", "HCC-05953", to):
            await seats[now.agency].says(f"/chuyen {case.number} {agency} đây là việc của nơi đó")
        assert (await now_of(town, case.number)).agency in seats


@pytest.mark.parametrize("seated", ["nobody", "officer", "inspector"])
async def test_what_becomes_restricted_goes_to_somebody_who_may_have_it(town: Town, seated: str) -> None:
    officer, inspector = await town.officer("KT-05953"), await town.officer("TTT")
    if seated != "nobody":
        await town.officer("SNV", role=seated)
    case = await files(await town.citizen(), ROAD)
    await arrive(town, officer, Choice(f"o:topic:{case.number}:{ATTITUDE}:sure"))
    await town.passes(minutes=5)
    after = await now_of(town, case.number)
    assert after.restricted
    assert after.agency == ("SNV" if seated == "inspector" else "TTT")
    assert (seated == "inspector") != any(case.number in heard for heard in await inspector.hears())


# Seats that come and go.


async def test_a_lead_does_not_learn_how_many_restricted_cases_a_seat_had(town: Town) -> None:
    lead, inspector = await town.officer(HAS_IT, role="lead"), await town.officer(HAS_IT, role="inspector", name="Hạnh")
    second = await town.officer(HAS_IT, role="inspector", name="Minh")
    for one in (inspector, second):
        case = await files(await town.citizen(), RUDE)
        await one.says(f"/nhan {case.number}")
    await hears_all(lead)
    await arrive(town, inspector, Choice("o:leave_sure"))
    await lead.says("/ghe")
    [vacated] = await lead.presses("Thu chỗ")
    heard = [*await hears_all(lead), vacated]
    assert not any(re.search(r"[1-9]\d* việc", one.text) for one in heard)


@pytest.mark.parametrize("way", ["leaves", "is vacated", "takes another seat", "goes on leave"])
async def test_a_case_whose_only_inspector_is_gone_comes_before_the_inspectorate(town: Town, way: str) -> None:
    lead, inspector = await town.officer(HAS_IT, role="lead"), await town.officer(HAS_IT, role="inspector", name="Hạnh")
    above, officer = await town.officer("TTT"), await town.officer(HAS_IT, name="Minh")
    case = await files(await town.citizen(), RUDE)
    await inspector.says(f"/nhan {case.number}")
    await town.passes(minutes=5)
    if way == "leaves":
        await arrive(town, inspector, Choice("o:leave_sure"))
    elif way == "is vacated":
        await lead.says("/ghe")
        await lead.presses("Thu chỗ của Hạnh")
    elif way == "takes another seat":
        await town.officer("SXD", inspector)
    else:
        await inspector.says("/nghi 25/11 Minh")
    for _ in range(20):
        await town.passes(days=2)
    heard = repr([*await hears_all(lead), *await hears_all(officer)])
    assert case.number not in heard
    if way == "goes on leave":
        assert any(case.number in one for one in await inspector.hears()), "it is nobody else's"
    else:
        assert any(case.number in one for one in await above.hears())


async def test_a_substitute_who_is_no_inspector_gets_only_what_is_not_restricted(town: Town) -> None:
    inspector, colleague = await town.officer(HAS_IT, role="inspector"), await town.officer(HAS_IT, name="Minh")
    case = await files(await town.citizen(), RUDE)
    await inspector.says(f"/nhan {case.number}")
    for said in ("/nghi 25/11 Minh", f"/giao {case.number} Minh", "/bangiao Minh"):
        await inspector.says(said)
    assert (await now_of(town, case.number)).lead.officer is None
    await town.passes(days=6)
    heard = await hears_all(colleague)
    assert not tells(heard, case.number)
    assert not any(re.search(r"[1-9]\d* việc", one.text) for one in heard)


# What was never offered.


async def test_a_button_made_by_hand_joins_nobodys_case(town: Town) -> None:
    victim, attacker = await town.citizen(), await town.citizen()
    ordinary, secret = await files(victim, ROAD), await files(victim, RUDE)
    await attacker.says("đèn đường xóm Đông xã Kha Sơn hỏng mấy hôm rồi chưa sửa")
    await attacker.presses("Đồng ý")
    asked = [ordinary.number, secret.number, NOBODYS]
    heard = [without(of, await arrive(town, attacker, Choice(f"same:1:{of}"))) for of in asked]
    assert heard[0] == heard[1] == heard[2]
    assert await town.cases_of(attacker) == []
    for case in (ordinary, secret):
        assert await now_of(town, case.number) == case


async def test_what_is_restricted_is_offered_to_nobody_as_the_same_problem(town: Town) -> None:
    first, second = await town.citizen(), await town.citizen()
    await files(first, RUDE)
    await second.says(RUDE)
    [card] = await second.presses("Đồng ý")
    assert "✅ Gửi" in card.buttons
    assert "Đúng, cùng việc đó" not in card.buttons


async def test_the_question_whether_it_is_the_same_names_nobody(town: Town) -> None:
    words = (
        "ổ gà to lắm ngay trước cổng nhà ông Nguyễn Văn Bịa xóm Đông xã Kha Sơn, hôm qua có người ngã, gọi 0912345678"
    )
    await files(await town.citizen(), words)
    second = await town.citizen()
    await second.says(ROAD)
    [asked] = await second.presses("Đồng ý")
    assert "Đúng, cùng việc đó" in asked.buttons
    assert not re.search("Bịa|0912|có người ngã", asked.text)
