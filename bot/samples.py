"""Sample cases for the demo, made the way real ones are: messages through the inbox, commands of officers."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from bot.assembly import App
from domain.messages import Address, Choice, Content, InboundMessage, Text
from storage import cases, inbox, officers


@dataclass(frozen=True, slots=True)
class Sample:
    """A citizen's concern and what became of it."""

    #: Filed so many days before the demo begins.
    days_ago: float
    text: str
    #: What an officer of the case's agency did next, as commands without the case number: (days later, command, rest).
    then: tuple[tuple[float, str, str], ...] = ()
    #: The citizen's verdict, pressed after an answer.
    verdict: str | None = None


SAMPLES = (
    Sample(0.2, "đèn đường đoạn cổng chùa xóm Trung xã Kha Sơn tắt mấy hôm nay, tối đi lại sợ lắm"),
    Sample(1.5, "đường bê tông xóm Mai Sơn xã Kha Sơn vỡ nát, xe tải chạy lún hết", ((0.3, "nhan", ""),)),
    Sample(9, "mặt đường bê tông xóm Soi xã Kha Sơn vỡ, ổ gà chi chít, xe máy đi qua hay ngã", ((0.5, "nhan", ""),)),
    Sample(
        6,
        "rãnh thoát nước trước nhà văn hóa xóm Phú Lợi xã Kha Sơn tắc, nước thải tràn ra đường hôi lắm",
        (
            (0.5, "nhan", ""),
            (2.0, "traloi", "Sáng thứ Năm tổ thủy nông đã nạo vét 60 m rãnh trước nhà văn hóa, nước đã thoát."),
        ),
    ),
    Sample(
        12,
        "ổ gà to trước cổng trường tiểu học xã Kha Sơn, học sinh đi xe hay ngã",
        (
            (0.4, "nhan", ""),
            (3.0, "traloi", "Chiều thứ Sáu đội duy tu đã vá 4 ổ gà trước cổng trường, xe đi lại được ngay."),
        ),
        verdict="done",
    ),
    Sample(0.5, "cho tôi hỏi chuyện này với, ở chỗ tôi khó khăn quá mà chưa biết kêu ai"),
)  # fmt: skip
_OFFICER = Address("web", "demo-officer")
_MARK = Address("web", "demo-0")


async def prepare(app: App) -> None:
    """Make the sample cases, unless an earlier demo did."""
    async with app.database.read() as transaction:
        if await inbox.conversation_ids(transaction, [_MARK]):
            return
    now = datetime.now(UTC)
    for n, sample in enumerate(SAMPLES):
        await _play(app, n, sample, now - timedelta(days=sample.days_ago))


async def _play(app: App, n: int, sample: Sample, at: datetime) -> None:
    citizen = Address("web", f"demo-{n}")
    # A button that does not fit (the place was understood at once) only says that it is an old one.
    for content in (Text(sample.text), Choice("agree"), Choice("noplace:1"), Choice("send:1")):
        await _put(app, citizen, content, at)
    async with app.database.read() as transaction:
        of = (await inbox.conversation_ids(transaction, [citizen]))[citizen]
        own = (await cases.of_citizens(transaction, [of], at)).get(of, [])
    for case in own[:1]:
        for later, command, rest in sample.then:
            at += timedelta(days=later)
            await _seat(app, case.agency, at)
            await _put(app, _OFFICER, Text(f"/{command} {case.number} {rest}".strip()), at)
        if sample.verdict:
            await _put(app, citizen, Choice(f"{sample.verdict}:{case.number}"), at + timedelta(hours=5))
    await _leave(app)


async def _put(app: App, address: Address, content: Content, at: datetime) -> None:
    """Let somebody say something, and have it decided."""
    message = InboundMessage(address, f"{address.chat}:{uuid4()}", content)
    async with app.database.begin() as transaction:
        await inbox.put(transaction, [message], at)
    await app.workers.decider.decide(at)


async def _seat(app: App, agency: str, at: datetime) -> None:
    """Give the sample officer a seat at the agency the case went to."""
    code = secrets.token_hex(4)
    async with app.database.begin() as transaction:
        await officers.invite(transaction, code, agency, at)
    await _put(app, _OFFICER, Text(f"/canbo {code}"), at)


async def _leave(app: App) -> None:
    """Leave no seat that nobody reads at."""
    async with app.database.begin() as transaction:
        if of := (await inbox.conversation_ids(transaction, [_OFFICER])).get(_OFFICER):
            await officers.leave(transaction, of)
