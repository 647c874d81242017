"""Is there an open case of the same problem? An index of the open cases, one in each process, kept fresh.

What changes a case is recorded in its history, so the histories of all are followed as one list: a case that is filed,
added to, corrected or taken up again comes into the index, one that is answered, ended, merged or restricted leaves it.
Ids of cases would not do: they are set aside in blocks, so a case may have a lower id than one filed days before it.
Ids of events are given while the transaction runs: one that commits late leaves a gap, and gaps are looked at again.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.concerns import Concern, ConcernKind
from domain.rulesets import Ruleset
from domain.transitions import CaseStatus
from handlers.understanding import public_place
from nlp.similar import Index, Report
from storage.database import Transaction
from storage.likeness import OpenCase, happened, happened_since, newest_event, open_ids, still_open

#: Of what is older nothing scores high enough (nlp.similar.WEIGHTS: months).
KEPT = timedelta(days=60)
#: So many cases are kept at most, 1.5 KB each: the newest.
_MOST = 100_000
#: So many cases or events are taken in at a time, a tenth of a second's work.
_PAGE = 250
#: A gap that was not filled after so long is a transaction that was given up: none runs longer.
_LATE = timedelta(minutes=2)
#: So far before the newest event a gap may be, and so many are looked at again.
_LOOK_BACK = 1_000
#: So many of the likest are looked at: some may have ended, or be the citizen's own.
_LIKEST = 10


@dataclass(frozen=True, slots=True)
class Same:
    """An open case that seems to be of the same problem: what a citizen may be shown of another's case."""

    id: int
    number: str
    status: CaseStatus
    topic: str
    #: Code of the commune, None when unknown.
    commune: str | None
    #: The finer place, as others may read it.
    detail: str | None
    agency: str
    filed_at: datetime


class Likeness:
    """The open cases of the last weeks, by what they tell of. For one event loop."""

    def __init__(self, rules: Ruleset) -> None:
        self._rules = rules
        self._index = Index({code: area.name for code, area in rules.communes.items()})
        #: The index is used in threads, by one at a time.
        self._lock = asyncio.Lock()
        #: Cases that were open at the start and are still to be taken in; None before the start.
        self._unread: list[int] | None = None
        #: The newest event seen, and those before it that were not there yet: id and since when they are missed.
        self._newest = 0
        self._missed: dict[int, datetime] = {}

    def adopt(self, rules: Ruleset) -> None:
        """Know other topics from here on; places stay what they are."""
        self._rules = rules

    def __len__(self) -> int:
        return len(self._index)

    async def refresh(self, transaction: Transaction, now: datetime) -> bool:
        """Take in a page of what is new; at the start, of what is open. Returns whether there is more to take in.

        Reading is all it does: give it a reading transaction, so that nobody who writes waits for it.
        """
        async with self._lock:
            if self._unread is None:
                self._newest = max(0, await newest_event(transaction) - _LOOK_BACK)
                self._unread = await open_ids(transaction, now - KEPT)
            if self._unread:
                await self._take_in(transaction, self._unread[:_PAGE], now)
                del self._unread[:_PAGE]
                return True
            return await self._follow(transaction, now)

    async def find(self, transaction: Transaction, concern: Concern, now: datetime, not_of: int) -> Same | None:
        """Return the open case that is most likely of the same problem, None when none is likely enough.

        Never one of the conversation ``not_of``; and never for a concern that accuses, is restricted or has no topic.
        """
        topic = self._rules.topics.get(concern.topic or "")
        secret = concern.restricted or concern.accused is not None
        if topic is None or topic.restricted or topic.personal or secret or concern.kind is ConcernKind.PRAISE:
            return None
        async with self._lock:
            matches = await asyncio.to_thread(self._index.find, _told(concern, topic.slug, now), _LIKEST)
        if not matches:
            return None
        found = await still_open(transaction, [match.id for match in matches])
        async with self._lock:
            for match in matches:
                if match.id not in found:
                    self._index.remove(match.id)
        others = (found[match.id] for match in matches if match.id in found)
        return next((_same(case) for case in others if case.conversation_id != not_of), None)

    async def _follow(self, transaction: Transaction, now: datetime) -> bool:
        """Take in a page of what happened, and what fills the gaps of earlier pages; remember the gaps of this one."""
        news = await happened_since(transaction, self._newest, _PAGE)
        late = await happened(transaction, self._missed) if self._missed else {}
        if news or late:
            await self._take_in(transaction, {*news.values(), *late.values()}, now)
        newest = max(news, default=self._newest)
        gaps = set(range(max(self._newest + 1, newest - _LOOK_BACK), newest)) - news.keys()
        waited = {event: since for event, since in self._missed.items() if event not in late and now - since < _LATE}
        self._missed = dict(sorted({**waited, **dict.fromkeys(gaps, now)}.items())[-_LOOK_BACK:])
        self._newest = newest
        return len(news) == _PAGE

    async def _take_in(self, transaction: Transaction, ids: Collection[int], now: datetime) -> None:
        found = await still_open(transaction, ids)
        await asyncio.to_thread(self._put, ids, found, now)

    def _put(self, ids: Collection[int], found: Mapping[int, OpenCase], now: datetime) -> None:
        for of in ids:
            if of not in found:
                self._index.remove(of)
        for case in sorted(found.values(), key=lambda case: case.filed_at):
            self._index.add(_report(case))
        self._index.trim(_MOST, now - KEPT)


def _report(case: OpenCase) -> Report:
    return Report(
        case.id, case.topic, case.filed_at, case.text, commune=case.commune, detail=case.detail, point=case.location
    )


def _told(concern: Concern, topic: str, now: datetime) -> Report:
    """Return a concern as a report; no case has its id."""
    return Report(0, topic, now, concern.text, concern.choices, concern.commune, concern.detail, concern.location)


def _same(case: OpenCase) -> Same:
    return Same(
        id=case.id,
        number=case.number,
        status=case.status,
        topic=case.topic,
        commune=case.commune,
        # It goes beyond its agency here.
        detail=public_place(case.detail),
        agency=case.agency,
        filed_at=case.filed_at,
    )
