"""Three simulated years: every figure counted a second time, from the raw events alone, is equal to the last digit."""

from bench.province.build import build, rules_at_end
from bench.province.recount import recount
from bench.province.world import rules_of_years
from storage.database import Database


async def test_all_figures_are_the_same_when_counted_from_the_events(sqlite: Database) -> None:
    await build(sqlite, 120, 3, lambda _: None)
    found, histories = await recount(sqlite, rules_at_end(rules_of_years()), lambda _: None)
    assert found.differences == []
    assert found.figures > 10_000
    assert len(histories.cases) > 100
