"""A few weeks of a small province, simulated: the register keeps its promises and a second count agrees."""

from bench.quarter import checks, recount
from bench.quarter.course import simulate
from domain.rulesets import Ruleset
from nlp.reader import Reader
from storage.database import Database


async def test_weeks_of_a_province_break_no_rule_and_are_counted_alike_twice(
    sqlite: Database, rules: Ruleset, reader: Reader
) -> None:
    world, offices = await simulate(sqlite, rules, reader, concerns=150, days=21, seed=2, communes=2, steps=(330, 400))
    broken = await checks.invariants(world, offices)
    differences = await recount.differences(sqlite, rules.desk)
    assert {name: count for name, count in broken.items() if count} == {}
    assert {name: differ for name, (_, differ) in differences.items() if differ} == {}
    # The quarter was one: what can happen did.
    assert len(world.problems) > 100
    async with sqlite.read() as transaction:
        happened = {kind for (kind,) in await recount.rows(transaction, "SELECT DISTINCT kind FROM events")}
    assert {
        "merged",
        "referred",
        "sent_to_desk",
        "disputed",
        "closed_unconfirmed",
        "inherited",
        "recomputed",
    } <= happened
