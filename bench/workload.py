"""The citizens of the benchmark: everybody new, everybody different, texts as people write them."""

import json
from collections.abc import Iterator

from domain.messages import Address, Choice, InboundMessage, Text

_PLACES = ("xã Kha Sơn", "phuong Song Cong", "Điềm Thụy", "xã Nga My", "p. Phan Đình Phùng", "phường Bắc Kạn", "Đại Từ")
_TEXTS = (
    "đường vào xóm {n} {place} ổ gà to lắm, hôm qua có người ngã",
    "den duong to {n} {place} tat ca tuan nay toi om",
    "nhà tôi ở tổ {n} {place} mất nước máy 3 ngày nay, ko có giọt nào",
    "rác ở đầu ngõ {n} {place} cả tuần không ai thu gom, bốc mùi hôi thối không chịu nổi",
    "quán karaoke xóm {n} {place} hát đến 1h sáng k ai ngủ dc",
    "cột điện xóm {n} {place} nghiêng sắp đổ vào nhà dân, mong điện lực kiểm tra, gọi tôi 0912 345 6{n:02d}",
    "mỗi lần mưa to là ngõ {n} {place} ngập lút bánh xe, cống tắc mấy năm nay không nạo vét",
    "trang trại lợn gần xóm {n} {place} xả thải ra mương, cá chết trắng, dân không dám mở cửa",
)


def text(n: int) -> str:
    """Return the n-th citizen's words."""
    return _TEXTS[n % len(_TEXTS)].format(n=n % 100, place=_PLACES[n // len(_TEXTS) % len(_PLACES)])


def concerns(count: int, first: int = 0) -> Iterator[InboundMessage]:
    """Each citizen's first message."""
    for n in range(first, first + count):
        yield InboundMessage(Address("web", f"citizen-{n}"), f"{n}:text", Text(text(n)))


def presses(count: int) -> Iterator[InboundMessage]:
    """Each citizen agrees, lets the place be, and sends."""
    for n in range(count):
        for choice in ("agree", "send:1"):
            yield InboundMessage(Address("web", f"citizen-{n}"), f"{n}:{choice}", Choice(choice))


def updates(count: int) -> list[str]:
    """Return the same first messages as Telegram would deliver them."""
    return [
        json.dumps(
            {
                "update_id": n,
                "message": {
                    "message_id": n,
                    "date": 1763430000,
                    "chat": {"id": n, "type": "private", "first_name": "Dân"},
                    "from": {"id": n, "is_bot": False, "first_name": "Dân"},
                    "text": text(n),
                },
            }
        )
        for n in range(1, count + 1)
    ]
