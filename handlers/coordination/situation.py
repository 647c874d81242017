"""/tinhhinh: where things stand, in one message."""

from domain.conversation import Step
from domain.matters import MatterState
from domain.messages import Button, Say
from domain.periods import PeriodKind
from domain.wall import at_least, share, stepped
from handlers.coordination.counting import counted, filed, named, plain, tallies, today
from handlers.coordination.room import Room
from storage import exchanges, matters, warnings

#: Fields named at most.
_FIELDS = 5
_ROW = ("hotspots", "matters", "scoreboard", "reports", "k_help")
_BUTTONS = tuple(Button(f"k:{verb}", f"k_{verb}") for verb in _ROW)


async def show(room: Room, _rest: str) -> Step:
    """Tell the coordinating office of the last week that is over; a lead of the own agency's month until now."""
    return await (_province(room) if room.coordinates else _own(room))


async def _province(room: Room) -> Step:
    known = await tallies(room.transaction, room.rules)
    week = room.rules.reporting.cut.latest(PeriodKind.WEEK, today(room.now, room.rules))
    if known.until is None or known.until < week.end:
        return room.says(Say("situation_none", {}, _BUTTONS))
    balance = known.balance(week.start, week.end)
    earlier = room.rules.reporting.cut.before(week)
    before = known.balance(earlier.start, earlier.end)
    seen = await counted(room.transaction, room.rules, week.start, week.end)
    figures = seen.whole
    values = {
        "period": named(week),
        "opening": plain(balance.opening),
        "filed": plain(balance.flows["filed"]),
        "before": plain(before.flows["filed"]),
        "again": plain(balance.flows["again"]),
        "ended": plain(balance.ended),
        "open": plain(balance.open),
        "on_time": share(figures.on_time, figures.answered),
        "disputed": share(figures.disputed, figures.answered),
        "warnings": len(await warnings.raised(room.transaction)),
        "matters": sum(one.state is MatterState.OPEN for one in await matters.live(room.transaction)),
        "exchanges": await exchanges.count_open(room.transaction),
        "fields": [
            [field, plain(stepped(many))]
            for field, many in filed(seen).most_common(_FIELDS)
            if at_least(many) and field
        ],
    }
    return room.says(Say("situation", values, _BUTTONS))


async def _own(room: Room) -> Step:
    month = room.rules.reporting.cut.period(PeriodKind.MONTH, today(room.now, room.rules))
    seen = await counted(room.transaction, room.rules, month.start, month.end, agency=room.agency, until=room.now)
    figures = seen.of(room.agency)
    values = {
        "agency": room.agency,
        "period": named(month),
        "opening": figures.opening,
        "received": figures.received,
        "ended": figures.ended,
        "open": figures.open,
        "overdue": figures.overdue,
        "answered": figures.answered,
        "on_time": figures.on_time,
        "disputed": figures.disputed,
    }
    return room.says(Say("situation_own", values, _BUTTONS))
