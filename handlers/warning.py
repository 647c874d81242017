"""Early warning at work: days are counted when they are over, and each morning is looked at once."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from domain.messages import Button, Say
from domain.rises import Recent, figures_of, find_rises, history_begins, seasons_begin
from domain.rulesets import Ruleset
from domain.usual import Ground, Usual, ground_of, usual_rules
from domain.warnings import (
    EarlyWarning,
    Figures,
    Told,
    Warned,
    WarningKind,
    WarningStatus,
    find_silent,
    go_on,
    idle_since,
    is_known,
    is_known_silent,
    left_out,
    untaken_before,
)
from storage import warnings
from storage.database import Transaction
from storage.unit import Unit

#: So many days are counted in one transaction.
_BATCH = 200
_DAY = timedelta(days=1)
#: What was sent just before midnight may be on its way still.
_ON_ITS_WAY = timedelta(hours=1)
#: So many new warnings have a button in the message that tells of them.
_OFFERED = 5


async def close_days(unit: Unit, rules: Ruleset) -> int:
    """Count the people of each day that is over, once, in order; days that were missed are caught up with."""
    zone, transaction = rules.calendar.zone, unit.transaction
    last = await warnings.last_closed(transaction)
    if last is None:
        first = await warnings.first_filed(transaction)
        if first is None:
            return 0
        last = max(first.astimezone(zone).date(), seasons_begin(unit.now.date())) - _DAY
    closed = 0
    while closed < _BATCH:
        day = last + _DAY
        start, end = (datetime.combine(one, time(), zone) for one in (day, day + _DAY))
        if unit.now < end + _ON_ITS_WAY:
            break
        await warnings.close(transaction, day, start, end)
        last, closed = day, closed + 1
    return closed


async def look(unit: Unit, rules: Ruleset) -> int:
    """Look at the last counted day: raise what is new, go on with what is known, let what is quiet end."""
    day = await warnings.take_look(unit.transaction, unit.now)
    if day is None:
        return 0
    known = await warnings.known(unit.transaction, day - timedelta(days=2 * int(usual_rules()["usual"]["days"])))
    found = [*await _rises(unit, rules, day, known), *await _silent(unit, rules, day, known)]
    new = [raised for one in found if (raised := await warnings.put(unit.transaction, one, day, unit.now))]
    if new:
        say = Say("hotspots_new", {"warnings": [as_line(one) for one in new]}, open_buttons(new))
        when = rules.calendar.after_quiet(unit.now)
        await unit.say_to(rules.coordinator, say, f"warnings:{day}", not_before=when)
        await unit.say_to(rules.desk, say, f"warnings:{day}:desk", not_before=when, lead=True)
    return 1


async def _rises(unit: Unit, rules: Ruleset, day: date, known: Sequence[EarlyWarning]) -> list[Warned]:
    """Go on with the warnings of places, and return what is new."""
    usual, recent = await learn(unit.transaction, rules, day, known)
    ground = usual.ground
    found = await asyncio.to_thread(find_rises, usual, recent)
    going = (WarningStatus.RAISED, WarningStatus.CONFIRMED)
    known = [one for one in known if one.warned.kind is not WarningKind.SILENT]
    later = []
    for one in known:
        if one.status in going:
            standing = _standing(usual, recent, one)
            one_later = go_on(one, found, standing, day, ground)
            if one_later != one:
                await warnings.save(unit.transaction, one_later)
            later.append(one_later)
        else:
            later.append(one)
    return [one for one in found if not any(is_known(one, other, day, ground) for other in later)]


def _standing(usual: Usual, recent: Recent, one: EarlyWarning) -> Figures:
    """Return what there is where a warning was raised; nothing of a topic or of communes that are no more."""
    area = tuple(commune for commune in one.warned.area if commune in usual.ground.communes)
    if not area or one.warned.topic not in usual.ground.topics:
        return Figures(0, 0.0, 1.0)
    return figures_of(usual, recent, area, one.warned.topic)


async def _silent(unit: Unit, rules: Ruleset, day: date, known: Sequence[EarlyWarning]) -> list[Warned]:
    """Go on with the warnings of agencies, and return what is new."""
    calendar = rules.calendar
    untaken = await warnings.untaken(unit.transaction, untaken_before(unit.now, calendar))
    idle = await warnings.idle(unit.transaction, idle_since(unit.now, calendar))
    found = {one.agency: one for one in find_silent(untaken, idle)}
    for one in known:
        if one.warned.kind is WarningKind.SILENT and one.status is WarningStatus.RAISED:
            still = found.get(one.warned.agency)
            later = (
                EarlyWarning(one.id, still, one.first_day, day)
                if still
                else EarlyWarning(one.id, one.warned, one.first_day, one.last_day, WarningStatus.LAPSED)
            )
            await warnings.save(unit.transaction, later)
    return [one for one in found.values() if not any(is_known_silent(one, other, day) for other in known)]


async def learn(
    transaction: Transaction, rules: Ruleset, day: date, known: Sequence[EarlyWarning]
) -> tuple[Usual, Recent]:
    """Return what is usual on the days up to a counted one, and what there was on them."""
    first = await warnings.first_closed(transaction) or day
    recent_days = max(usual_rules()["rise"]["windows"])
    until = day - timedelta(days=recent_days - 1)
    counts = await warnings.people(transaction, history_begins(until), day)
    series = await warnings.by_topic(transaction, seasons_begin(until), until - _DAY)

    def learnt() -> tuple[Usual, Recent]:
        ground: Ground = ground_of(rules)
        usual = Usual(counts, series, first.toordinal(), until.toordinal(), ground, left_out(known))
        return usual, Recent(counts, day.toordinal())

    # It takes a fraction of a second, in which others are served.
    return await asyncio.to_thread(learnt)


def as_line(one: EarlyWarning) -> dict[str, object]:
    """Return a warning as a line of a list, as anybody in coordination may read it."""
    told = Told.of(one.warned.figures)
    return {
        "id": one.id,
        "kind": str(one.warned.kind),
        "topic": one.warned.topic,
        "commune": one.warned.commune,
        "others": len(one.warned.area) - 1,
        "agency": one.warned.agency,
        "people": told.people,
        "usual": told.usual,
        "idle": "idle" in one.warned.figures.doubts,
    }


def open_buttons(found: Sequence[EarlyWarning]) -> tuple[Button, ...]:
    """Return the buttons that open the first warnings of a list."""
    return tuple(Button(f"k:hotspot:{one.id}", "k_hotspot", {"id": one.id}) for one in found[:_OFFERED])
