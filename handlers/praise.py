"""Praise from citizens on its way to whom it is for, and agencies put up for commendation."""

from collections.abc import Mapping, Sequence

from domain.conversation import PassOnPraise
from domain.messages import Button, Say
from domain.periods import Period
from domain.rulesets import Ruleset
from storage import praise
from storage.unit import Unit


async def pass_on(unit: Unit, passed: PassOnPraise, conversation_id: int, key: str, rules: Ruleset) -> None:
    """Tell who is praised, in the citizen's masked words, and count it; the words are kept nowhere.

    Where nobody knows who is meant the desk is told, and it counts for no agency.
    """
    concern, agency = passed.concern, passed.agency or rules.desk
    if passed.counts:
        await praise.count(unit.transaction, passed.agency, concern.topic, concern.commune, unit.now)
    values = {"words": concern.text, "commune": concern.commune, "known": passed.agency is not None}
    when = rules.calendar.after_quiet(unit.now)
    await unit.say_to(agency, Say("officer_praised", values), f"{key}:{praise.TOLD}", not_before=when)
    unit.say(conversation_id, Say("praised", {"agency": agency, "known": values["known"]}), f"{key}:thanks")


async def unshow(unit: Unit, conversation_id: int) -> None:
    """Take back what officers were shown of somebody's praise, who has everything erased."""
    await unit.flush()
    await praise.unshow(unit.transaction, conversation_id)


async def nominate(
    unit: Unit, rules: Ruleset, period: Period, candidates: Sequence[tuple[str, Mapping[str, float]]]
) -> int:
    """Put agencies up for commendation for a period, each once, and tell the coordinators. Returns how many are new.

    Measures: ``answers``, how many; ``share``, ``low``, ``high``, ``usual``: shares of good ones (domain.commending).
    """
    new = 0
    for agency, measures in candidates:
        new += await praise.nominate(unit.transaction, agency, period.start, period.end, measures, unit.now)
    if new:
        say = Say("nominations_made", {"count": new}, (Button("k:praise", "k_praise"),))
        key, when = f"nominated:{period.start}:{period.end}", rules.calendar.after_quiet(unit.now)
        await unit.say_to(rules.coordinator, say, key, not_before=when)
    return new
