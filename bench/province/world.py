"""What troubles the people of a simulated province over three years: who has what to tell, where and when."""

import itertools
import random
import tomllib
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bot.holidays import public_holidays
from domain.concerns import ConcernKind
from domain.rulesets import Ruleset, load_ruleset

#: Three years: their first day, and the day after the last.
FIRST, LAST = date(2023, 10, 1), date(2026, 10, 1)
YEARS = range(2022, 2029)
_TEXTS = tomllib.loads((Path(__file__).parents[1] / "quarter" / "texts.toml").read_text(encoding="utf-8"))["topics"]
#: So many of ten thousand concerns belong to an episode.
_FLOOD, _SMELL = 80, 19
#: A flood in September 2024 in neighbouring communes, and how it went day by day.
FLOOD_COMMUNES = ("05443", "05455", "05467", "05482", "05488", "05500", "05503", "05518")
FLOOD_DAY = date(2024, 9, 7)
_FLOOD_DAYS = (6, 10, 9, 8, 6, 4, 3, 2, 1)
_FLOOD_TOPICS = {
    "thoat_nuoc.ngap_ung": 45, "nong_nghiep.thien_tai_cuu_tro": 20, "dien.mat_dien": 12,
    "thoat_nuoc.cong_ranh_tac": 9, "nuoc_sach.mat_nuoc": 8, "giao_thong.duong_hu_hong": 6,
}  # fmt: skip
#: A factory that smells: each week a third more people than the week before.
SMELL_AT, SMELL_TOPIC, SMELL_DAY = "05528", "moi_truong.khoi_bui_nha_may", date(2026, 3, 2)
_SMELL_WEEKS, _SMELL_GROWS = 13, 1.35
#: One person who writes fifty times in a week about one thing.
WRITER_AT, WRITER_TOPIC, WRITER_DAY, WRITER_TIMES = "05467", "an_ninh.tieng_on", date(2026, 6, 8), 50
#: A month's weight of a topic or a field, January first; others have the same weight all year.
_SEASONS = {
    "thoat_nuoc": (4, 4, 5, 8, 12, 18, 30, 40, 35, 12, 6, 4),
    "nong_nghiep.thien_tai_cuu_tro": (2, 2, 3, 6, 10, 15, 35, 45, 45, 12, 4, 2),
    "dien.mat_dien": (8, 7, 7, 9, 16, 40, 42, 20, 11, 8, 7, 8),
    "giao_duc.thu_chi_tuyen_sinh": (6, 6, 6, 7, 10, 22, 14, 20, 90, 20, 8, 6),
    "nuoc_sach.mat_nuoc": (8, 8, 9, 11, 18, 24, 22, 14, 10, 8, 8, 8),
    "moi_truong.dot_rac_rom_ra": (6, 6, 7, 8, 20, 40, 14, 8, 14, 36, 16, 8),
    "nong_nghiep.thuy_loi_de_dieu": (22, 25, 10, 8, 10, 20, 16, 14, 10, 6, 6, 9),
    "nong_nghiep.vat_nuoi_dich_benh": (12, 18, 17, 10, 8, 8, 8, 8, 9, 10, 14, 13),
    "y_te.dich_benh": (6, 6, 6, 7, 9, 14, 18, 22, 24, 20, 10, 6),
    "van_hoa.di_tich_le_hoi": (16, 40, 22, 8, 6, 5, 5, 5, 6, 6, 6, 8),
    "thi_truong.gia_ca": (20, 14, 8, 8, 8, 8, 8, 8, 9, 9, 10, 14),
}
#: Shares where people of the quarter have no words; the restricted ones make about two of a hundred together.
_SHARES = {
    "an_ninh.ma_tuy_co_bac": 1.1, "an_ninh.bao_luc_gia_dinh": 0.6, "hanh_chinh.thai_do_can_bo": 1.0,
    "hanh_chinh.tham_nhung": 0.3,
}  # fmt: skip
_WEEKDAYS = (1.25, 1.15, 1.1, 1.05, 1.0, 0.8, 0.65)
_TET, _OFF = 0.25, 0.6
#: By the hour of the day.
_HOURS = (1, 0.5, 0.3, 0.3, 0.5, 2, 6, 10, 12, 12, 11, 9, 7, 7, 9, 10, 10, 9, 9, 11, 11, 8, 5, 2)
_NEW_CITIZEN, _NO_TOPIC, _NO_PLACE, _PRAISE, _BEHALF, _PETITION = 0.7, 0.03, 0.01, 0.02, 0.01, 0.15
_URGENT = 0.01
_HEADS = 40
_PRAISED = (
    "hanh_chinh.ho_tich_chung_thuc", "giao_thong.duong_hu_hong", "y_te.kham_chua_benh", "an_ninh.cu_tru_can_cuoc",
    "dien.mat_dien",
)  # fmt: skip
_PLACES = ("xóm {}", "tổ {}", "thôn {}")


@dataclass(frozen=True, slots=True)
class Told:
    """Something a person writes."""

    at: datetime
    #: Counted up from 0: a person.
    citizen: int
    #: What it is about; the reader may not have found it (``unread``).
    topic: str
    commune: str | None
    kind: ConcernKind
    text: str
    detail: str
    urgent: bool = False
    unread: bool = False
    #: A village head writes for somebody else.
    on_behalf: bool = False
    #: Of an episode: many tell of one thing.
    episode: str = ""


def rules_of_years() -> Ruleset:
    """Return the rules of Thái Nguyên with the public holidays of all years that are simulated."""
    off, work = public_holidays(YEARS)
    return load_ruleset("thai-nguyen", off=off, work=work, days_off="province")


class World:
    """Draws what people have to tell; the same seed tells the same."""

    def __init__(self, rules: Ruleset, concerns: int, seed: int) -> None:
        self.rules = rules
        self.count = concerns
        self.random = random.Random(f"province {seed}")
        self.citizens = 0
        self._by_commune: dict[str, list[int]] = {code: [] for code in rules.communes}
        weights = [self.random.lognormvariate(0, 0.9) * _bigger(area.kind) for area in rules.communes.values()]
        self._communes = list(rules.communes), list(itertools.accumulate(weights))
        self._topics = {month: self._of_month(month) for month in range(1, 13)}
        #: People who write for others, by commune.
        self.heads = {code: self._new_citizen(code) for code in self.random.sample(self._communes[0], _HEADS)}

    def tells(self) -> list[Told]:
        """Return all that people write, in order."""
        told = [*self._flood(), *self._smell(), *self._writer()]
        told += self._ordinary(max(self.count - len(told), 0))
        return sorted(told, key=lambda one: one.at)

    def praises(self) -> Iterator[tuple[datetime, str, str]]:
        """Yield when, about what and where people praise, besides what they tell."""
        for _ in range(round(self.count * _PRAISE)):
            day = FIRST + timedelta(days=self.random.randrange((LAST - FIRST).days))
            told = self._told(day, self.random.choice(_PRAISED), self.random.choice(self._communes[0]), "praise", 0)
            if told.commune:
                yield told.at, told.topic, told.commune

    def _ordinary(self, count: int) -> Iterator[Told]:
        days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days)]
        cumulated = list(itertools.accumulate(map(self._weight, days)))
        drawn = sorted(self.random.choices(days, cum_weights=cumulated, k=count))
        for day in drawn:
            slugs, weights = self._topics[day.month]
            (topic,) = self.random.choices(slugs, cum_weights=weights)
            (commune,) = self.random.choices(self._communes[0], cum_weights=self._communes[1])
            yield self._told(day, topic, commune)

    def _weight(self, day: date) -> float:
        months = sum(self._topics[day.month][1][-1:]) / sum(self._topics[1][1][-1:])
        grows = 0.7 + 0.6 * (day - FIRST) / (LAST - FIRST)
        rest = 1.0
        if day in self.rules.calendar.off:
            rest = _TET if day.month <= 2 and day != date(day.year, 1, 1) else _OFF  # noqa: PLR2004 - February
        return _WEEKDAYS[day.weekday()] * months * grows * rest

    def _of_month(self, month: int) -> tuple[list[str], list[float]]:
        """Return the topics of a month with their weights, summed up."""
        weights = []
        for slug in self.rules.topics:
            season = _SEASONS.get(slug) or _SEASONS.get(slug.partition(".")[0]) or (1,) * 12
            share = _SHARES.get(slug) or _TEXTS.get(slug, {}).get("share", 1)
            weights.append(share * season[month - 1] * 12 / sum(season))
        return list(self.rules.topics), list(itertools.accumulate(weights))

    def _told(self, day: date, topic: str, commune: str, episode: str = "", citizen: int | None = None) -> Told:
        (hour,) = self.random.choices(range(24), _HOURS)
        local = datetime(day.year, day.month, day.day, hour, tzinfo=self.rules.calendar.zone)
        at = local.astimezone(UTC) + timedelta(seconds=self.random.randrange(3600))
        behalf = not episode and commune in self.heads and self.random.random() < _BEHALF * len(self._communes[0]) / 40
        if citizen is None:
            citizen = self.heads[commune] if behalf else self._citizen(commune, new=bool(episode))
        about = self.rules.topics[topic]
        detail = self.random.choice(_PLACES).format(self.random.randrange(1, 15))
        place = f"{detail} {self.rules.communes[commune].full_name}"
        words = _TEXTS.get(topic, {}).get("tells") or [f"{about.name.lower()} ở {{at}}"]
        chance = self.random.random()
        return Told(
            at=at,
            citizen=citizen,
            topic=topic,
            commune=None if not episode and chance < _NO_PLACE else commune,
            kind=self._kind(),
            text=self.random.choice(words).format(at=place),
            detail=detail,
            urgent=(about.tier == "E" and self.random.random() < self._danger(episode)) or chance > 1 - _URGENT,
            unread=not episode and not about.restricted and _NO_PLACE <= chance < _NO_PLACE + _NO_TOPIC,
            on_behalf=behalf,
            episode=episode,
        )

    def _kind(self) -> ConcernKind:
        return ConcernKind.PETITION if self.random.random() < _PETITION else ConcernKind.REPORT

    @staticmethod
    def _danger(episode: str) -> float:
        return 0.6 if episode == "flood" else 0.15

    def _citizen(self, commune: str, *, new: bool) -> int:
        """Return who writes: mostly somebody new; who wrote often writes more often."""
        known = self._by_commune[commune]
        if known and not new and self.random.random() > _NEW_CITIZEN:
            known.append(one := self.random.choice(known))
            return one
        known.append(one := self._new_citizen(commune))
        return one

    def _new_citizen(self, _commune: str) -> int:
        self.citizens += 1
        return self.citizens - 1

    def _flood(self) -> Iterator[Told]:
        cumulated = list(itertools.accumulate(_FLOOD_DAYS))
        for _ in range(self.count * _FLOOD // 10_000):
            day = bisect_right(cumulated, self.random.randrange(cumulated[-1]))
            (topic,) = self.random.choices(list(_FLOOD_TOPICS), list(_FLOOD_TOPICS.values()))
            commune = self.random.choice(FLOOD_COMMUNES)
            yield self._told(FLOOD_DAY + timedelta(days=day), topic, commune, "flood")

    def _smell(self) -> Iterator[Told]:
        weights = [_SMELL_GROWS**week for week in range(_SMELL_WEEKS)]
        for _ in range(self.count * _SMELL // 10_000):
            (week,) = self.random.choices(range(_SMELL_WEEKS), weights)
            day = SMELL_DAY + timedelta(days=7 * week + self.random.randrange(7))
            yield self._told(day, SMELL_TOPIC, SMELL_AT, "smell")

    def _writer(self) -> Iterator[Told]:
        writer = self._new_citizen(WRITER_AT)
        for _ in range(min(WRITER_TIMES, self.count // 100)):
            day = WRITER_DAY + timedelta(days=self.random.randrange(7))
            yield self._told(day, WRITER_TOPIC, WRITER_AT, "writer", writer)


def _bigger(kind: str) -> float:
    return 2.5 if kind == "phường" else 1.0


def chats(told: list[Told]) -> Mapping[int, tuple[datetime, datetime]]:
    """Return for each person when the first and the last message came."""
    found: dict[int, tuple[datetime, datetime]] = {}
    for one in told:
        first, _ = found.get(one.citizen, (one.at, one.at))
        found[one.citizen] = first, one.at
    return found
