"""Praise counted without a word; nominations decided once. On both databases."""

from datetime import date, timedelta

from storage import praise
from storage.database import Database
from storage.praise import NominationStatus
from tests.conftest import MORNING

MEASURES = {"answers": 40, "share": 0.9}


async def test_praise_is_counted_by_agency_in_a_period(database: Database) -> None:
    async with database.begin() as transaction:
        for agency, days in (("KT-05953", 0), ("KT-05953", 1), ("DIENLUC", 1), (None, 1), ("KT-05953", 2)):
            await praise.count(transaction, agency, "dien.mat_dien", "05953", MORNING + timedelta(days=days))
        assert await praise.counts(transaction, MORNING, MORNING + timedelta(days=2)) == {"KT-05953": 2, "DIENLUC": 1}


async def test_a_nomination_is_made_once_for_a_period_and_decided_once(database: Database) -> None:
    starts, ends = date(2026, 7, 15), date(2026, 10, 15)
    async with database.begin() as transaction:
        assert await praise.nominate(transaction, "DIENLUC", starts, ends, MEASURES, MORNING)
        assert not await praise.nominate(transaction, "DIENLUC", starts, ends, MEASURES, MORNING)
        assert await praise.nominate(transaction, "KT-05953", starts, ends, MEASURES, MORNING)
        first, second = await praise.nominated(transaction)
        assert (first.number, first.agency, first.measures) == ("KN1", "DIENLUC", MEASURES)
        awarded = NominationStatus.AWARDED
        assert await praise.decide(transaction, first.id, awarded, "12/QĐ-UBND", "officer:1", MORNING)
        assert not await praise.decide(transaction, first.id, NominationStatus.DECLINED, "không", "officer:1", MORNING)
        decided = await praise.nomination(transaction, first.id)
        assert decided
        assert (decided.status, decided.decision, decided.reason) == (awarded, "12/QĐ-UBND", "")
        assert (decided.decided_by, decided.decided_at) == ("officer:1", MORNING)
        # What waits for people comes first.
        assert [one.id for one in await praise.nominated(transaction)] == [second.id, first.id]
        assert [one.id for one in await praise.nominated(transaction, "DIENLUC")] == [first.id]
