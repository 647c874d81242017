"""Counting stretches of time once they are over: the tick that writes what the coordinating office may know."""

from datetime import date, datetime, time
from itertools import pairwise

from domain.rulesets import Ruleset
from storage import figures
from storage.unit import Unit

#: So many stretches are counted in one transaction.
_BATCH = 200


async def tally(unit: Unit, rules: Ruleset) -> int:
    """Count the stretches that are over and not counted yet, oldest first. Returns how many.

    Each stretch is counted once: what changes in the register later changes nothing that was shown.
    """
    await unit.flush()
    transaction, zone = unit.transaction, rules.calendar.zone
    today = unit.now.astimezone(zone).date()

    def moment(day: date) -> datetime:
        return datetime.combine(day, time(), zone)

    done = 0
    for kind, weeks in (("flow", True), ("month", False)):
        last = await figures.closed(transaction, kind)
        if last is None:
            first = await figures.first_day(transaction)
            if first is None:
                return 0
            borders = rules.reporting.cut.borders(first.astimezone(zone).date(), today, weeks=weeks)
        else:
            borders = rules.reporting.cut.borders(last, today, weeks=weeks)
            borders = borders[borders.index(last) + 1 :]
        over = list(pairwise(borders))[:_BATCH]
        for start, end in over:
            if weeks:
                await figures.tally_flows(transaction, start, moment(start), moment(end))
            else:
                await figures.tally_places(transaction, start, moment(start), moment(end), list(rules.fields))
        done = max(done, len(over))
    return done
