"""The wall, attacked in the chat: a coordinator who wants to know who complained; leads who want others' cases.

One small town with everything in it, every command, every button that comes up, every file and every statement.
"""

import re
import zipfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from uuid import uuid4
from zoneinfo import ZoneInfo

import docx
import structlog
from sqlalchemy import event, text

from domain.messages import Choice, Content, InboundMessage, Text
from domain.periods import PeriodKind
from handlers.coordination import commands
from storage import inbox, reports
from tests.handlers.doing import arrive, arrive_all, files, fill, hears_all
from tests.handlers.test_attacks import NOBODYS, ROAD, RUDE, without
from tests.journeys.people import Heard, Person, Town

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
#: What nobody in coordination may read: citizens' words and places, phones, names, and what was answered to them.
WORDS = "cổng sắt nhà em Lan cuối xóm Đông tối om, gọi 0912345678"
ANSWER = "Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông, cắm biển báo. Chưa chụp được ảnh vì trời tối."
SECRET = re.compile(
    r"cổng sắt|em Lan|xóm Đông|tối om|345678|có người ngã|quát tháo|hạch sách|đội duy tu|TN26|0000[-\s.]\d{3}(?!\d)",
    re.IGNORECASE,
)
#: A count of one to four people or cases, as sentences and labels say it.
FEW = re.compile(
    r"(?<![\d.,/-])[1-4] (?:người|phản ánh|hồ sơ|việc|trường hợp|câu trả lời|ý kiến|lời khen|bà con|vụ|đơn)",
    re.IGNORECASE,
)
#: Sentences that count bodies and what they do together.
COORDINATED = re.compile(r"lượt cơ quan.*?cơ quan mình \d+ lượt|\d+ lượt cơ quan[^.]*\(\d+ nơi, \d+ việc\)", re.DOTALL)
#: What statements may not read, of any table, and whole tables.
PRIVATE = re.compile(
    r"\b(?:cases\.(?:number|text|detail|answer|question|latitude|longitude|photos|accused|"
    r"clock|answered_at)\b|contacts\.|events\.|corrections\.|answers\.|proofs\.|known_problems\.|takeovers\."
    r"|praises\.(?:text|conversation_id)|notice_people\.|wishes\.|heads\.)"
    r"|SELECT (?:(?! FROM ).)*?(?<!DISTINCT )cases\.conversation_id"
)


@dataclass
class Stage:
    """A town in which everything has happened."""

    town: Town
    office: Person
    lead: Person
    desk: Person
    #: All numbers of cases.
    numbers: list[str]
    chats: list[str]


async def build(town: Town) -> Stage:
    """Let a month pass in a small commune."""
    town.now = datetime(2026, 10, 19, 9, tzinfo=ZONE)
    office = await town.officer("BTGDV", role="coordinator")
    lead, desk = await town.officer("KT-05953", role="lead"), await town.officer("VPUB", role="lead")
    await town.officer("SNV", role="inspector")
    citizen = await town.citizen()
    case = await files(citizen, ROAD)
    await files(await town.citizen(), RUDE)
    await fill(town, 12, words=WORDS)
    await fill(town, 3, words=WORDS, topic="moi_truong.bai_rac_mui_hoi")
    for days in (14, 14):
        await town.passes(days=days)
        await fill(town, 11, words=WORDS)
        await fill(town, 2, words=WORDS, commune="05941")
    await town.passes(hours=1)
    for said in (
        f"/nhan {case.number}",
        f"/ghichu {case.number} nhà em Lan cuối xóm Đông",
        f"/traloi {case.number} {ANSWER}",
    ):
        await lead.says(said)
    await citizen.hears()
    await citizen.presses("👍")
    async with town.database.read() as transaction:
        numbers = list((await transaction.execute(text("SELECT number FROM cases ORDER BY id"))).scalars())
        chats = list((await transaction.execute(text("SELECT chat FROM conversations ORDER BY id"))).scalars())
    return Stage(town, office, lead, desk, numbers, chats)


async def coordinates(stage: Stage) -> None:
    """Let bodies write to the coordinating office whatever slips in: numbers, names, phones."""
    office, lead, number = stage.office, stage.lead, stage.numbers[0]
    spaced, bare = number.replace("-", " ").lower(), number[5:]
    slips = [
        f"hồ sơ {number} đã xong rồi",
        f"hồ sơ {spaced} đã xong",
        f"hồ sơ {bare} đã xong rồi",
        "gọi chị 0912345678 là biết",
    ]
    await office.says("/vande moi Đường hỏng nhiều nơi")
    await office.says("ổ gà, xã Kha Sơn")
    await office.says("/vande VD1 mo")
    await office.says("/chuongtrinh moi Chương trình phối hợp nắm dư luận")
    for said in (
        "2026",
        "KT-05953",
        "đủ",
        "Nắm tình hình đường sá trong xã",
        "KT-05953",
        "Họp thôn nghe dân nói",
        "30/12",
    ):
        await office.says(said)
    await office.says("/chuongtrinh CT1 gui")
    await office.says("/chuongtrinh CT1 ky")
    await lead.says("/chuongtrinh CT1 ky")
    await office.says("/traodoi hoi KT-05953 10 ngày Tình hình đường sá trong xã thế nào")
    for slip in slips:
        for said in (f"/traodoi TD1 {slip}", f"/chuongtrinh CT1.1 xong {slip}", f"/vande VD1 quyetdinh {slip}",
                     f"/vande VD1 congbo {slip}", f"/vande VD1 tiendo {slip}", f"/traodoi baotin BTGDV 5 ngày {slip}",
                     f"/thongbao ngập, {slip} xã Kha Sơn đến 17h mai: {slip} bà con đi đường khác"):  # fmt: skip
            await lead.says(said)
    water, second = await stage.town.officer("CAPNUOC"), await stage.town.officer("CAPNUOC", role="lead")
    for n, slip in enumerate(slips, 1):
        await water.says(f"/thongbao mất nước {slip} xã Kha Sơn đến 17h mai: công ty sửa đường ống, bà con trữ nước")
        await water.says(f"/thongbao TB{n + len(slips)} gui")
        assert "đang thông báo" in (await second.says(f"/thongbao TB{n + len(slips)} duyet"))[-1]
    async with stage.town.database.begin() as transaction:
        now, cut = stage.town.now, stage.town.rules.reporting.cut
        quarter, later = cut.latest(PeriodKind.QUARTER, now.date()), now + timedelta(days=3)
        await reports.ask(transaction, ["KT-05953"], quarter, now, later, later)
    for said in ("/ykien", *slips, "thiếu nhựa đường để vá", *slips, "xin cấp nhựa đường sớm"):
        await arrive(stage.town, lead, Text(said))
    await stage.town.passes(minutes=11)


@asynccontextmanager
async def statements(town: Town) -> AsyncIterator[list[tuple[str, str]]]:
    """Listen to what is asked of the database."""
    said: list[tuple[str, str]] = []
    engine = town.database._engine.sync_engine  # noqa: SLF001 - to listen

    def listen(_c: object, _u: object, statement: str, parameters: object, *_more: object) -> None:
        said.append((" ".join(statement.split()), repr(parameters)))

    event.listen(engine, "before_cursor_execute", listen)
    yield said
    event.remove(engine, "before_cursor_execute", listen)


async def decided(person: Person, sent: Iterable[Content]) -> tuple[list[Heard], set[tuple[str, str]]]:
    """Send all of it; return what comes back, and what was asked of the database to decide it."""
    town = person.town
    async with town.database.begin() as transaction:
        await inbox.put(transaction, [InboundMessage(person.address, str(uuid4()), one) for one in sent], town.now)
    async with statements(town) as said:
        while await town.decider.decide(town.now):
            pass
    await town.work()
    return await hears_all(person), set(said)


def pressable(heard: Iterable[Heard]) -> list[str]:
    """Return the ids of all buttons, once each."""
    return list(dict.fromkeys(of for one in heard for of in one.buttons.values()))


def shows(one: Heard) -> str:
    """Return all that can be read of a message, its buttons' labels and ids among it."""
    return "\n".join(
        [one.text, *(f"{label} {of}" for label, of in one.buttons.items()), *(name for name, _ in one.files)]
    )


# A coordinator who wants to know.


async def presses_everything(stage: Stage, deep: int = 4) -> tuple[list[Heard], set[tuple[str, str]]]:
    """Give every command, then press every button that comes up, and every one that comes up then."""
    spelt = [f"/{spelling}" for command in commands.COMMANDS for spelling in command.spellings]
    kinds = [f"/{of} {kind}" for of in ("bangdiem", "baocao") for kind in ("tuần", "tháng", "quý", "6 tháng", "năm")]
    asked = ("/diemnong xã Kha Sơn, ổ gà", "/traodoi luot", "/baocao soket CT1", "/vande VD1", "/chuongtrinh CT1.1")
    level: list[Content] = [*map(Text, spelt), *map(Text, kinds), *map(Text, asked)]
    pressed, heard, said = set[str](), list[Heard](), set[tuple[str, str]]()
    for _ in range(deep):
        back, statements_said = await decided(stage.office, level)
        heard, said = heard + back, said | statements_said
        new = [of for of in pressable(back) if of not in pressed]
        pressed.update(new)
        level = [Choice(of) for of in new]
    assert len(pressed) > 60, "the walk went somewhere"
    return heard, said


def reads_nobody(said: Iterable[tuple[str, str]], own: Iterable[str]) -> None:
    """Check what was asked of the database, but for the own chat's row, which every message reads.

    Counting reads no column of a person or of words. One thing is read whole: the case that offices filed themselves
    for a matter, when the matter ends; it is nobody's, and the coordinator is shown no word of it.
    """
    for statement, parameters in said:
        if not statement.startswith(("SELECT", "WITH")):
            told = set(re.findall(r"\w+", statement.partition("RETURNING")[2]))
            assert not told & {"text", "detail", "answer", "question", "note", "phone", "body", "number"}, statement
        elif PRIVATE.search(statement):
            assert any(number in parameters for number in own), (statement, parameters)
            assert not re.search(r"\bcases\.\w+ (?:LIKE|>|<)", statement), statement


def small_cells(document: bytes) -> list[tuple[str, str]]:
    """Return the cells of a document's tables that hold but a number from one to four, with their rows' heads."""
    tables = docx.Document(BytesIO(document)).tables
    rows = [[cell.text for cell in row.cells] for table in tables for row in table.rows]
    # Of the sources, the figures of coordination count bodies, plans, warnings and matters: nobody's concern.
    bodies = ("I.", "IV.", "VI.1")
    return [(row[0], cell) for row in rows for cell in row[1:]
            if re.fullmatch("[1-4]", cell.strip()) and not row[0].startswith(bodies)]  # fmt: skip


async def no_file_names_anybody(stage: Stage) -> None:
    """Have all reports made that were asked for, and read all of their parts."""
    await stage.town.reports()
    found = {name: content for one in await hears_all(stage.office) for name, content in one.files}
    assert len(found) >= 12, sorted(found)
    [quarter] = [content for name, content in found.items() if "-quy-" in name and name.endswith(".docx")]
    assert "nhựa đường" in "".join(one.text for one in docx.Document(BytesIO(quarter)).paragraphs)
    for name, content in found.items():
        with zipfile.ZipFile(BytesIO(content)) as package:
            parts = {part: package.read(part).decode("utf-8", "replace") for part in package.namelist()}
        for part, words in parts.items():
            if part != "xl/styles.xml":  # full of colours like 000000
                assert not SECRET.search(words), (name, part, SECRET.findall(words))
                assert not any(chat in words for chat in stage.chats), (name, part)
        if name.endswith(".docx"):
            assert not FEW.search("\n".join(one.text for one in docx.Document(BytesIO(content)).paragraphs)), name
            assert [row for row in small_cells(content) if row[0] not in stage.town.rules.agencies] == [], name


EXACT = re.compile(r"(Đầu kỳ .+? = còn \d+)|(?:Nhận mới|Cuối tuần còn|Đầu tuần còn) \d+")


async def nothing_exact_moves(stage: Stage) -> None:
    """Ask, let a case become restricted, another get another topic and one be erased, and ask again."""
    questions = [Text(said) for said in ("/bangdiem tuan", "/bangdiem thang", "/tinhhinh")]
    before, _ = await decided(stage.office, questions)
    async with stage.town.database.begin() as transaction:
        for change in (
            "restricted = 1",
            "topic = 'dien.mat_dien', commune = '05941'",
            "conversation_id = NULL, text = ''",
        ):
            some = "SELECT id FROM cases WHERE restricted = 0 AND conversation_id IS NOT NULL LIMIT 2"
            await transaction.execute(text(f"UPDATE cases SET {change} WHERE id IN ({some})"))  # noqa: S608
    after, _ = await decided(stage.office, questions)
    exact = [[found[0] for found in EXACT.finditer(shows(one))] for one in before]
    assert any(exact)
    assert exact == [[found[0] for found in EXACT.finditer(shows(one))] for one in after]


async def test_a_coordinator_finds_out_nobody_and_no_few(town: Town) -> None:
    with structlog.testing.capture_logs() as logs:
        stage = await build(town)
        await coordinates(stage)
        told = await hears_all(stage.office)
        heard, said = await presses_everything(stage)
        async with town.database.read() as transaction:
            own = (await transaction.execute(text("SELECT number FROM cases WHERE reason = 'matter'"))).scalars().all()
        assert own, "the walk opened and ended matters"
        reads_nobody(said, own)
        for one in (*told, *heard):
            assert not SECRET.search(shows(one)), SECRET.findall(shows(one))
            assert not FEW.search(COORDINATED.sub("", shows(one))), shows(one)
            assert not any(chat in shows(one) for chat in stage.chats)
        await no_file_names_anybody(stage)
        await nothing_exact_moves(stage)
    assert not [one for one in logs if "failed" in one["event"] or SECRET.search(repr(one))]
    assert not [one for one in logs if any(chat in repr(one) for chat in stage.chats)]


# Others who want what is not theirs.


#: What nobody ever offered: others' cases ("#"), numbers without end, letters that count as digits, nothing.
FORGED = {
    "matters": ("VD" + "9" * 9, "VD1:" * 16, "VD1:them:#", "VD1:bot:#", "VD1:hoso", "VD1:²", "VD1:quyetdinh:#"),
    "programmes": ("CT" + "9" * 25, "CT1.1.1:xong:#", "CT1:nam:²", "CT1:nam:" + "9" * 50, "CT1:ky"),
    "exchanges": ("TD1:#", "TD" + "9" * 9, "TD1:gui", "TD1:den:#"),
    "notice": ("TB1:duyet", "TB" + "9" * 9, "TB1:topic:tham_nhung.nhan_tien"),
    "praise": ("KN1:khen:12/QĐ-UBND", "9" * 9),
    "behind": ("open:thang", "open:thang:²", "open:thang:" + "9" * 30, "open:thang5", "open:nam:before:1", "no:thang"),
    "reports": ("soket:CT" + "9" * 30, "tongket:CT1", "thang:#"),
    "hotspots": ("CB1:xacnhan", "CB" + "9" * 9), "hotspot": ("٣", "9" * 60), "hotspot_no": ("1:#", "#"),
    "hotspot_why": ("05953:#", ":", "05953:giao_thong.duong_hu_hong"),
    "opinion": ("1:#",), "nothing": ("²",), "scoreboard": ("nam:before:before",), "situation": ("#",),
}  # fmt: skip
assert FORGED.keys() <= commands.BY_VERB.keys()


def forged(number: str) -> list[Content]:
    """Return buttons nobody was offered, and commands with a case's number."""
    own = [f"k:{verb}:{rest}" for verb, rests in FORGED.items() for rest in rests]
    # Any other word is a lead's new notice.
    verbs = [verb for verb in (*commands.BY_VERB, "desk") if verb != "notice"]
    every = [f"k:{verb}:{rest}" for verb in verbs for rest in ("", "#", "9" * 60)]
    odd = ("k", "k:", "k::", "K:matters", "o:view:#", "o:view:# #", "k:o:view:#", "k:matters:'; DROP TABLE cases; --")
    typed = [f"/{of} #" for command in commands.COMMANDS for of in command.spellings if command.verb != "notice"]
    return [*(Choice(one.replace("#", number)) for one in (*own, *every, *odd)),
            *(Text(one.replace("#", number)) for one in (*typed, "/vande VD1 them #", "/vande VD1 bot #"))]  # fmt: skip


async def test_forged_buttons_show_nothing_and_break_nothing(town: Town) -> None:
    office, other = await town.officer("BTGDV", role="coordinator"), await town.officer("SYT", role="lead")
    owner, clerk = await town.officer("KT-05953", role="lead"), await town.officer("KT-05953")
    citizen, victim = await town.citizen(), await town.citizen()
    case = await files(victim, ROAD)
    for said in ("/vande moi Đường hỏng nhiều nơi", "ổ gà, xã Kha Sơn", "/vande VD1 mo"):
        await office.says(said)
    await town.passes(minutes=11)
    assert case.number in shows((await owner.says("/vande VD1 hoso"))[-1]), "the test would see it"
    strangers = (office, other, clerk, citizen)
    for one in strangers:
        await hears_all(one)
    heard = []
    with structlog.testing.capture_logs() as logs:
        for number in (case.number, NOBODYS):
            of = strangers if number == case.number else (office, other)
            heard.append(await arrive_all(town, [(one, forged(number)) for one in of]))
    assert not [one for one in logs if "failed" in one["event"]]
    asked = len(forged(NOBODYS))
    for about_it, about_nobodys in zip(*heard, strict=False):
        assert len(about_it) >= asked
        assert without(case.number, about_it) == without(NOBODYS, about_nobodys), "not even that there is such a case"
    for who, told in zip(("office", "lead of another", "officer", "citizen"), heard[0], strict=True):
        secrets = [back for back in told if "có người ngã" in shows(back)]
        assert bool(secrets) == (who == "officer"), "the agency's own officer may open the case, by its number"
        assert who == "office" or not any("Đường hỏng nhiều nơi" in one for one in told), "no matter exists for them"
