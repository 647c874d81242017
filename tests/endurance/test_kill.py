"""Processes are killed while a crowd writes: nothing is lost, nothing is decided twice, order holds."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from domain.rulesets import Ruleset
from nlp.reader import Reader
from storage.database import Database
from tests.endurance.crowd import (
    Process,
    check_register,
    drained,
    make_crowd,
    stopped_well,
    write_under_fire,
)

_CITIZENS = 300
_SEED = 4_238


@pytest.mark.timeout(240)  # four starts of a process that loads language models, perhaps on a busy machine
async def test_one_process_is_killed_again_and_again(
    database_url: str, tmp_path: Path, reader: Reader, rules: Ruleset
) -> None:
    await _besiege([Process(database_url, tmp_path)], kills=4, reader=reader, rules=rules)


@pytest.mark.timeout(240)
async def test_one_of_two_processes_is_killed_and_the_other_goes_on(
    postgres: Callable[[], str], tmp_path: Path, reader: Reader, rules: Ruleset
) -> None:
    url = postgres()
    await _besiege([Process(url, tmp_path), Process(url, tmp_path)], kills=3, reader=reader, rules=rules)


async def _besiege(processes: Sequence[Process], *, kills: int, reader: Reader, rules: Ruleset) -> None:
    chance = random.Random(_SEED)
    crowd = make_crowd(_CITIZENS, reader, rules, chance)
    database = Database(processes[0].database_url)
    try:
        for process in processes:
            process.start()
        for process in processes:
            await process.answers()
        wrecked = await write_under_fire(crowd, processes, database, kills, chance)
        await drained(database)
        codes = [process.stop() for process in processes]
        await check_register(database, crowd, rules)
    finally:
        for process in processes:
            process.end()
        await database.close()
    assert all(map(stopped_well, codes)), codes
    assert [line for process in processes for line in process.errors()] == []
    # Else nothing was tried: the kills must have hit work that was in hand, and citizens who had to say it again.
    assert any(left.undecided or left.unsent for left in wrecked), wrecked
    assert any(citizen.repeated for citizen in crowd)
