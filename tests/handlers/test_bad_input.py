"""Whatever people and strangers send: it is decided, answered and never set aside."""

import json
import unicodedata
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.telegram import parse_update
from domain.cases import Case
from domain.messages import Choice, Content, InboundMessage, Location, Photo, Text
from handlers.officers import COMMANDS
from handlers.texts import Texts
from handlers.understanding import MOST_CHARACTERS, clean
from storage import inbox, outbox
from tests.handlers.doing import arrive, files
from tests.journeys.people import Heard, Person, Town
from tests.journeys.web import WebPerson

ROAD = "đường vào xóm Đông xã Kha Sơn ổ gà to lắm, hôm qua có người ngã"
#: Marks that change how what follows is shown: embeddings, overrides, isolates.
DIRECTIONS = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e"


async def post(person: Person, body: bytes) -> list[Heard]:
    """Let a page post these very bytes."""
    assert isinstance(person, WebPerson)
    headers = {"Authorization": f"Bearer {person.token}"}
    answer = await person.http.post("/chat/messages", content=body, headers=headers)
    assert answer.status_code == 202, answer.text
    await person.town.work()
    return await person.hears()


async def assert_nothing_left(town: Town) -> None:
    """Nothing waits, nothing was set aside, nothing is unsent."""
    async with town.database.read() as transaction:
        assert (await inbox.backlog(transaction))[0] == 0
        assert await inbox.set_aside(transaction) == []
        assert await outbox.unsettled(transaction) == 0


# Texts of every shape.


@pytest.mark.parametrize(
    "text",
    [
        "😭" * 8_000,
        "👨‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿" * 500,
        "\u200b",
        ZERO_WIDTH * 50,
        DIRECTIONS,
        "\x01\x02\x1b[2J\x7f",
        "\u0300" * 5_000,
        "a" + "\u0323\u0302" * 3_000,
        "ổ " * 5_000,
        "?",
        "." * 10_000,
        "0" * 10_000,
        "0912345678 " * 1_000,
        "a@b.vn " * 1_000,
        "can " + " " * 30_000 + "cuoc",
        "<" * 10_000,
        "{{ 7 * 7 }} {% raw %} {# #}",
        "{}[]()%s%d%n\\",
        "'; DROP TABLE cases; --",
        "电线杆倒了，很危险，请快来修理",
        "there is a huge pothole on the road in Kha Son commune, someone fell yesterday",
        "Дорога разбита в Кха Шон đường 道路 ถนน طريق",
        "ĐƯỜNG KHA SƠN HỎNG NẶNG!!!!!!!!!!!!!!!",
        "Z̸̡̛a̷l̶g̸o̴ xã Kha Sơn đ̷ư̵ờ̸n̶g̷ h̴ỏ̸n̵g̷",
        "\U000e0041\U0010ffff\ue000\ufffd\ufffe\uffff",
        "\u2028\u2029\x85\v\f.",
        "TN26-٠٠٠٠-٠١٩",
    ],
    ids=lambda text: ascii(text[:12]),
)
async def test_odd_texts_are_answered(town: Town, text: str) -> None:
    citizen = await town.citizen()
    assert await citizen.says(text)
    # Again by somebody who agreed before, and as the answer to "where?".
    await citizen.says("mất nước máy ba ngày nay không có giọt nào")
    await citizen.presses("Đồng ý")
    assert await citizen.says(text)
    await assert_nothing_left(town)


async def test_a_lone_half_of_a_character_is_answered(town: Town) -> None:
    citizen = await town.citizen()
    for words in ('"\\ud83d"', '"ổ gà \\udc00 xã Kha Sơn"', '"\\u0000"', '"\\u0000ổ gà to ở xã Kha Sơn"'):
        body = f'{{"client_id": "{uuid4()}", "text": {words}}}'.encode()
        assert await post(citizen, body)
    await assert_nothing_left(town)


async def test_the_largest_text_the_web_takes_becomes_a_case_cut_with_a_mark(town: Town) -> None:
    citizen = await town.citizen()
    most = 63_900 - len(json.dumps(ROAD))
    case = await files(citizen, (ROAD + ". ") * (most // (len(json.dumps(ROAD)) + 2)))
    assert case.text.startswith(ROAD)
    assert case.text.endswith(" […]")
    assert len(case.text) == MOST_CHARACTERS + len(" […]")


async def test_a_megabyte_over_telegram_is_answered_and_cut_with_a_mark(town: Town) -> None:
    chat = {"id": 77, "type": "private", "first_name": "Lan"}
    text = ROAD + ". " + "ổ gà 0912345678 " * 65_000
    assert len(text) > 1_000_000
    message = parse_update({"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": chat, "text": text}})
    assert message
    for n, content in enumerate((message.content, Choice("agree"), Choice("send:1"))):
        async with town.database.begin() as transaction:
            await inbox.put(transaction, [InboundMessage(message.address, str(n), content)], town.now)
        await town.work()
    async with town.database.read() as transaction:
        known = await inbox.conversation_ids(transaction, [message.address])
        assert await inbox.set_aside(transaction) == []
        # Nobody sends to Telegram here: what is to be said waits in the outbox.
        assert await outbox.unsettled(transaction) >= 3
    async with town.database.begin() as transaction:
        [row] = await outbox.claim(transaction, ["telegram"], 1, town.decider.retry, town.now)
    rendered, _ = Texts(town.rules).render(row.say)
    assert "Đồng ý" in rendered or "đồng ý" in rendered
    [case] = await cases_at(town, known[message.address])
    assert case.text.endswith(" […]")
    assert len(case.text) <= MOST_CHARACTERS + len(" […]")
    assert "0912345678" not in case.text


async def cases_at(town: Town, conversation_id: int) -> list[Case]:
    """Return the cases of a conversation."""
    from storage import cases  # noqa: PLC0415

    async with town.database.read() as transaction:
        return (await cases.of_citizens(transaction, [conversation_id], town.now))[conversation_id]


def test_what_is_cut_is_always_marked() -> None:
    assert clean("ổ gà") == "ổ gà"
    for text in (
        "a" * 8_001,
        "a" * 1_000_000,
        unicodedata.normalize("NFD", "ề" * 9_000),
        "\u200b" * 20_000 + "a" * 9_000,
    ):
        assert clean(text).endswith(" […]"), ascii(text[:5])
    assert clean("\u200b" * 20_000 + "ổ gà") == "ổ gà"


async def test_letters_in_parts_are_understood_like_whole_ones(town: Town) -> None:
    whole, parts = await town.citizen(), await town.citizen()
    cards = []
    for citizen, text in ((whole, unicodedata.normalize("NFC", ROAD)), (parts, unicodedata.normalize("NFD", ROAD))):
        await citizen.says(text)
        cards += await citizen.presses("Đồng ý")
    assert cards[0] == cards[1]
    await whole.presses("✅ Gửi")
    await parts.presses("✅ Gửi")
    [first], [second] = await town.cases_of(whole), await town.cases_of(parts)
    assert first.text == second.text == unicodedata.normalize("NFC", first.text)
    assert "Hồ sơ" in (await parts.says(unicodedata.normalize("NFD", "hồ sơ của tôi")))[-1]


async def test_markup_reaches_officers_as_plain_text(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    typed = "<b>đậm</b> [đây](http://x.vn) *sao* _gạch_ `mã` {{ 7*7 }} {% if %} &amp; <script>alert(1)</script>"
    case = await files(citizen, f"{ROAD} {typed}")
    [card] = await officer.says(f"/hoso {case.number}")
    assert typed in card


async def test_nothing_invisible_reaches_officers(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    hidden = "\x00\x07\x1b\x7f\x9b" + DIRECTIONS + ZERO_WIDTH
    case = await files(citizen, ROAD.replace(" ", f" {hidden}") + hidden)
    [card] = await officer.says(f"/hoso {case.number}")
    assert ROAD in card
    assert not set(hidden) & set(card.text)


async def test_a_phone_number_with_something_invisible_in_it_is_masked_too(town: Town) -> None:
    for between in ("\u200b", "\u2060", "\u00ad", "\u200e", "\x01", "\u2067"):
        case = await files(await town.citizen(), f"{ROAD}, gọi tôi {between.join('0912345678')}")
        assert case.text.endswith("gọi tôi [số điện thoại]")


async def test_a_phone_number_between_village_and_commune_is_masked_in_the_place_too(town: Town) -> None:
    citizen = await town.citizen()
    case = await files(citizen, "ổ gà to lắm ở xóm đông 0912345678 xã Kha Sơn, hôm qua có người ngã")
    assert "0912345678" not in f"{case.text} {case.detail}"


async def test_a_phone_number_typed_with_many_signs_fits_the_register(town: Town) -> None:
    citizen = await town.citizen()
    await citizen.says(f"{ROAD}, gọi tôi 0 - 9 - 1 - 2 - 3 - 4 - 5 - 6 - 7 - 8")
    await citizen.presses("Đồng ý")
    await citizen.presses("Cho cán bộ gọi tôi")
    await citizen.presses("✅ Gửi")
    [case] = await town.cases_of(citizen)
    assert case.phone
    assert len(case.phone) <= 24, "as long as the column is on PostgreSQL"
    assert "".join(filter(str.isdigit, case.phone)) == "0912345678"


# Buttons nobody was given.


_STRANGE = (
        "nonsense", ":", ":" * 64, "send", "send:", "send:1", "send:-1", "send:99999999999999999999", "send:1:2:3",
        "topic:1:giao_thong.duong_hu_hong", "field:1:", "field:1:nothing", "commune:1:00000", "join:1:TN26-0000-019",
        "apart:1", "case:", "case:TN26-0000-019", "case:TN26-0000-018", "done:TN26-0000-019", "undone:x", "reply:",
        "agree:1", "help:me", "o:", "o:view:TN26-0000-019", "__class__", "../../etc", "%s%s%s", "{{7*7}}", "?" * 64,
)  # fmt: skip


async def test_a_button_nobody_was_given_is_answered_and_changes_nothing(town: Town) -> None:
    for choice in _STRANGE:
        citizen = await town.citizen()
        assert len(await citizen.sends(Choice(choice))) == 1, choice
        assert await town.cases_of(citizen) == []
    await assert_nothing_left(town)


# Commands.


@pytest.mark.parametrize("command", ["/", "//", "/@", "/theodoi", "/hoso", "/canbo", "/\x00", "/start", "/xoadulieu"])
async def test_a_citizens_commands_with_anything_behind_them_are_answered(town: Town, command: str) -> None:
    citizen = await town.citizen()
    for rest in ("", " ", " x", " " + "x" * 10_000, "\n\n", " ' OR 1=1 --", " {{ 7*7 }}", " \u202e"):
        assert len(await citizen.says(command + rest)) == 1, ascii(rest[:16])
    await assert_nothing_left(town)


@pytest.mark.parametrize("command", ["viec", "hoso", "nhan", "hoi", "chuyen", "traloi", "nothing", ""])
async def test_an_officers_commands_with_anything_behind_them_are_answered(town: Town, command: str) -> None:
    officer = await town.officer("KT-05953")
    for rest in ("", "x" * 10_000, "HY26-0000-019", "XX26-0000-019", "TN99-0000-019", "TN26-0000-018",
                 "TN26-٠٠٠٠-٠١٩", "TN26-" + "1" * 9_000, "² ³ ٤", "' OR '1'='1", "%", "\n", "TN26"):  # fmt: skip
        assert len(await officer.says(f"/{command} {rest}")) == 1, ascii(rest[:16])
    await assert_nothing_left(town)


async def test_a_code_that_is_none_gives_no_seat(town: Town) -> None:
    await town.code("KT-05953")
    stranger = await town.citizen()
    for code in ("", "' OR '1'='1", "CODE1'; --", "%", "*", "x" * 10_000, "\u202eCODE", "CODE 1", "ＣＯＤＥ１", "null"):
        [refused] = await stranger.says(f"/canbo {code}")
        assert "Mã không đúng" in refused
    [unknown] = await stranger.says("/viec")
    assert "không biết lệnh này" in unknown


async def test_any_space_ends_a_command(town: Town) -> None:
    officer = await town.officer("KT-05953")
    case = await files(await town.citizen(), ROAD)
    for space in ("\t", "\u00a0", "\n", "   "):
        [card] = await officer.says(f"/hoso{space}{case.number}")
        assert case.number in card


async def test_who_takes_a_seat_while_a_question_is_open_can_work_at_once(town: Town) -> None:
    person = await town.citizen()
    await person.says("mất nước máy ba ngày nay không có giọt nào")
    [asked] = await person.presses("Đồng ý")
    assert "ở đâu" in asked
    await person.says(f"/canbo {await town.code('KT-05953')}")
    [help_] = await person.says("xã Kha Sơn")
    assert "Cửa sổ làm việc" in help_
    await assert_nothing_left(town)


async def test_a_picture_and_a_place_without_a_word_are_a_concern_too(town: Town) -> None:
    citizen = await town.citizen()
    for content in (Photo("a-picture"), Choice("agree"), Location(21.5, 105.98), Choice("noplace:1")):
        await arrive(town, citizen, content)
    [filed] = await arrive(town, citizen, Choice("send:1"))
    assert "Đã gửi đến" in filed
    [case] = await town.cases_of(citizen)
    assert (case.photos, case.location) == (("a-picture",), (21.5, 105.98))


async def test_a_reply_that_comes_after_the_case_ended_is_not_lost(town: Town) -> None:
    citizen, officer = await town.citizen(), await town.officer("KT-05953")
    case = await files(citizen, ROAD)
    await officer.says(f"/nhan {case.number}")
    await officer.says(f"/hoi {case.number} Gần nhà ai vậy bà con?")
    await citizen.hears()
    await citizen.presses("Trả lời")
    await officer.says(f"/traloi {case.number} Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông.")
    await town.passes(days=10)
    await citizen.hears()
    [asked] = await citizen.says(ROAD)
    assert "Việc đó chưa xong, mở lại" in asked.buttons
    [card] = await citizen.presses("Đây là việc mới")
    assert "✅ Gửi" in card.buttons


# Whatever comes.

_VERBS = (
    "agree", "refuse", "human", "erase", "keep", "help", "mine", "send", "show", "new", "behalf", "same", "reopen",
    "drop", "split", "whole", "fields", "field", "topic", "unsure", "place", "inside", "noplace", "commune", "more",
    "share", "join", "apart", "case", "reply", "done", "undone", "partly", "rest", "rate", "o",
    *(f"o:{command.verb}" for command in COMMANDS), "o:page", "o:vacate", "o:revoke", "o:leave_sure",
)  # fmt: skip
_RESTS = ("", "1", "2", "1:giao_thong.duong_hu_hong", "1:giao_thong", "1:05953", "1:TN26-0000-019", "TN26-0000-019",
          "TN26-0000-019:SXD", "0", "7")  # fmt: skip
_KNOWN = (ROAD, "xã Kha Sơn", "mất nước máy ba ngày nay không có giọt nào", "cháy nhà rồi cứu với", "chào", "/theodoi",
          "/xoadulieu", "vâng", "tôi tố cáo ông Bịa", "/nhan TN26-0000-019", "/chuyen TN26-0000-019 SXD vì là tỉnh lộ",
          "/hoi TN26-0000-019 ở đâu?", "/traloi TN26-0000-019 đã vá xong ba ổ gà đầu xóm")  # fmt: skip
_texts = st.builds(
    Text, st.sampled_from(_KNOWN) | st.text(min_size=1, max_size=60).filter(lambda text: "\x00" not in text)
)
_choices = st.builds(
    lambda verb, rest: Choice(f"{verb}:{rest}" if rest else verb),
    st.sampled_from(_VERBS),
    st.sampled_from(_RESTS) | st.text(st.characters(codec="ascii", exclude_characters="\x00"), max_size=20),
)
_small = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@_small
@given(said=st.lists(_texts | _choices, min_size=1, max_size=8))
async def test_whatever_a_citizen_sends_is_decided_and_answered(town: Town, said: list[Content]) -> None:
    citizen = await town.citizen()
    for content in said:
        assert await arrive(town, citizen, content), content
    await assert_nothing_left(town)


@_small
@given(said=st.lists(_texts | _choices, min_size=1, max_size=8))
async def test_whatever_an_officer_sends_is_decided_and_answered(town: Town, said: list[Content]) -> None:
    officer = await town.officer("KT-05953")
    for content in said:
        assert await arrive(town, officer, content), content
    await assert_nothing_left(town)
