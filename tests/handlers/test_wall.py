"""The wall, attacked in the chat: a coordinator who wants to know who complained; leads who want others' cases."""

import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import structlog
from sqlalchemy import event, text

from domain.cases import Case
from domain.concerns import Decision
from domain.messages import Choice, Content, Text
from domain.numbers import case_number
from handlers.coordination import commands
from handlers.officers import COMMANDS
from storage import cases
from tests.handlers.doing import arrive, files, fill, hears_all
from tests.handlers.test_attacks import ROAD, RUDE, without
from tests.journeys.people import Heard, Person, Town

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
WORDS = "cổng nhà em Lan xóm Đông tối om, gọi 0912345678"
ANSWER = "Sáng nay đội duy tu đã vá xong 3 ổ gà đầu xóm Đông, cắm biển báo. Chưa chụp được ảnh vì trời tối."


@dataclass
class Stage:
    town: Town
    office: Person
    lead: Person
    desk: Person
    number: str


async def build(town: Town) -> Stage:
    town.now = datetime(2026, 10, 20, 9, tzinfo=ZONE)
    office = await town.officer("BTGDV", role="coordinator")
    lead = await town.officer("KT-05953", role="lead")
    desk = await town.officer("VPUB", role="lead")
    inspector = await town.officer("SNV", role="inspector")
    case = await files(await town.citizen(), ROAD)
    await files(await town.citizen(), RUDE)
    await fill(town, 12, words=WORDS)
    await fill(town, 3, words=WORDS, topic="moi_truong.rac_thai", commune="05953")
    for days in (3, 8, 8, 8, 8):
        await town.passes(days=days)
        await fill(town, 7, words=WORDS)
        await fill(town, 2, words=WORDS, commune="05956")
    await lead.says(f"/nhan {case.number}")
    await lead.says(f"/traloi {case.number} {ANSWER}")
    return Stage(town, office, lead, desk, case.number)


async def test_explore(town: Town) -> None:
    import time
    t=time.time()
    s = await build(town)
    print("BUILD", time.time()-t)
    for c in commands.COMMANDS:
        for h in await s.office.says(f"/{c.spellings[0]}"):
            print("=====", c.verb, repr(h)[:200]); print(h.text); print(h.buttons)
    for w in ("/bangdiem tuan","/bangdiem nam","/bangdiem quy","/baocao thang","/baocao tuan","/baocao nam"):
        for h in await s.office.says(w):
            print("=====", w); print(h.text); print(h.buttons)
    await town.reports()
    for h in await s.office.hears():
        print(h.text, [f[0] for f in h.files])
    print("TIME", time.time()-t)
