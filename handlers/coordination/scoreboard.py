"""/bangdiem: figures that cannot flatter. A lead opens the cases behind each of the own ones; nobody else can."""

import re
from dataclasses import asdict

from domain.conversation import Step
from domain.figures import Figures, Times
from domain.messages import Button, Say
from domain.periods import LENGTHS, Period, PeriodKind
from domain.tallies import Tallies
from domain.wall import LEAST_SHARED, share, stepped
from domain.words import fold
from handlers.coordination.counting import Counted, counted, midnight, named, plain, tallies, today
from handlers.coordination.room import Room
from storage import figures as rows

#: Words for periods, as people type them.
KINDS = {
    "tuan": PeriodKind.WEEK, "thang": PeriodKind.MONTH, "quy": PeriodKind.QUARTER, "nam": PeriodKind.YEAR,
    "6thang": PeriodKind.HALF, "nuanam": PeriodKind.HALF,
}  # fmt: skip
#: The word for each kind.
WORDS = {kind: word for word, kind in reversed(KINDS.items())}
#: How a case ends.
_ENDS = ("answered", "refused", "merged", "withdrawn")
#: Agencies named at most; cases listed at once.
_NAMED, _PAGE = 5, 8
#: A button's period and its page: "thang:before:2".
_PAGED = re.compile(r"(.*):([0-9]{1,6})")
#: Agencies under so many percent in time are named.
_SLOW = 80
#: Figures whose cases are offered by button.
_OFFERED = ("open", "overdue", "late", "disputed", "passed_on", "unconfirmed")


def kind_of(typed: str) -> PeriodKind | None:
    """Return which kind of period is meant by what was typed."""
    words = fold(typed).replace(" ", "")
    return next((kind for word, kind in KINDS.items() if words.startswith(word)), None)


async def show(room: Room, rest: str) -> Step:
    """Show the scoreboard of a period: ``month``, or with ``:before`` the one before it."""
    # "quý trước", as the button says it.
    wanted = f"{rest}:before" if fold(rest).endswith(" truoc") else rest
    return await (_province(room, wanted) if room.coordinates else _own(room, wanted))


def _period(room: Room, rest: str, *, running: bool) -> Period:
    """Return the period asked for: the one that runs, or the last that is over; the month if none is named."""
    kind = kind_of(rest) or PeriodKind.MONTH
    cut, day = room.rules.reporting.cut, today(room.now, room.rules)
    period = cut.period(kind, day) if running else cut.latest(kind, day)
    return cut.before(period) if rest.endswith(":before") else period


async def _province(room: Room, rest: str) -> Step:
    period = _period(room, rest, running=False)
    known = await tallies(room.transaction, room.rules)
    if known.until is None or known.until < period.end:
        return room.says(Say("scoreboard_none", {"period": named(period)}, _kinds(period)))
    seen = await counted(room.transaction, room.rules, period.start, period.end)
    balance, figures = known.balance(period.start, period.end), seen.whole
    values = {
        "period": named(period),
        "opening": plain(balance.opening),
        "received": plain(balance.received),
        "ended": plain(balance.ended),
        "open": plain(balance.open),
        **{name: plain(stepped(getattr(figures, name))) for name in _ENDS},
        "overdue": plain(stepped(figures.overdue)),
        "bounced": plain(stepped(sum(one.passed_on for one in seen.agencies.values()))),
        **shares(figures),
        "slow": [[agency, *of] for agency, *of in _slowest(seen)],
        "before": await _before(room, period, known),
    }
    return room.replies(Say("scoreboard", values, _kinds(period)))


async def _before(room: Room, period: Period, known: Tallies) -> dict[str, object] | None:
    """Return what the period before is told by; None where nothing was there."""
    earlier = room.rules.reporting.cut.before(period)
    seen = await counted(room.transaction, room.rules, earlier.start, earlier.end, each=False)
    if not seen.movements:
        return None
    balance, figures = known.balance(earlier.start, earlier.end), seen.whole
    return {
        "received": plain(balance.received),
        "ended": plain(balance.ended),
        "on_time": share(figures.on_time, figures.answered),
        "confirmed": share(figures.confirmed, figures.answered),
    }


def shares(figures: Figures) -> dict[str, object]:
    """Return what a scoreboard says in shares and times, as the wall shows them."""
    of = figures.answered
    return {
        "on_time": share(figures.on_time, of),
        "on_time_promised": share(figures.on_time_promised, of),
        "confirmed": share(figures.confirmed, of),
        "partly": share(figures.partly, of),
        "unconfirmed": share(figures.unconfirmed, of),
        "disputed": share(figures.disputed, of),
        "waiting": share(figures.waiting, of),
        "rated_good": share(figures.rated_good, of),
        "accepting": took(figures.accepting),
        "answering": took(figures.answering),
    }


def took(times: Times) -> list[float] | None:
    """Return the middle and the slowest tenth in seconds; None of too few to say."""
    return exact(times) if times.n >= LEAST_SHARED else None


def exact(times: Times) -> list[float] | None:
    """Return the same of however few, for an agency of its own; None of none."""
    if times.median is None or times.p90 is None:
        return None
    return [times.median.total_seconds(), times.p90.total_seconds()]


def _slowest(seen: Counted) -> list[tuple[str, tuple[int, int], list[object]]]:
    """Return the agencies that answer least in time: their share, and at least how many are overdue."""
    found = [
        (agency, on_time, plain(stepped(one.overdue)))
        for agency, one in seen.agencies.items()
        if (on_time := share(one.on_time, one.answered)) and on_time[1] <= _SLOW
    ]
    return sorted(found, key=lambda one: (one[1], one[0]))[:_NAMED]


def _kinds(period: Period) -> tuple[Button, ...]:
    kinds = (PeriodKind.WEEK, *LENGTHS)
    return tuple(Button(f"k:scoreboard:{WORDS[kind]}", f"k_{kind}") for kind in kinds if kind is not period.kind)


async def _own(room: Room, rest: str) -> Step:
    period = _period(room, rest, running=True)
    seen = await counted(room.transaction, room.rules, period.start, period.end, agency=room.agency, until=room.now)
    figures = seen.of(room.agency)
    earlier = room.rules.reporting.cut.before(period)
    was = await counted(room.transaction, room.rules, earlier.start, earlier.end, agency=room.agency)
    kind = WORDS[period.kind]
    before = ":before" if rest.endswith(":before") else ""
    buttons = [
        Button(f"k:behind:{name}:{kind}{before}", f"k_behind_{name}", {"many": many})
        for name in _OFFERED
        if (many := figures.answered - figures.on_time if name == "late" else getattr(figures, name))
    ]
    if not before:
        buttons.append(Button(f"k:scoreboard:{kind}:before", "k_before"))
    counts = {name: value for name, value in asdict(figures).items() if isinstance(value, int)}
    values = {
        "agency": room.agency,
        "period": named(period),
        "running": not before,
        **counts,
        "received": figures.received,
        "ended": figures.ended,
        "open": figures.open,
        "before": _told(was.of(room.agency)) if was.movements else None,
        "accepting": exact(figures.accepting),
        "answering": exact(figures.answering),
    }
    return room.replies(Say("scoreboard_own", values, (*buttons, *_kinds(period))))


def _told(figures: Figures) -> dict[str, int]:
    return {name: getattr(figures, name) for name in ("received", "ended", "answered", "on_time", "confirmed")}


async def behind(room: Room, rest: str) -> Step:
    """List the own agency's cases behind one of its figures: ``late:thang``, ``late:thang:before:2``."""
    if room.coordinates:
        return await _province(room, "")
    agency = room.desk.officer.agency
    name, _, more = rest.partition(":")
    found = _PAGED.fullmatch(more)
    more, page = (found[1], int(found[2])) if found else (more, 0)
    if name not in rows.OPENED:
        return await _own(room, "")
    period = _period(room, more, running=True)
    end = min(midnight(period.end, room.rules), room.now)
    listed, many = await rows.behind(
        room.transaction, agency, name, midnight(period.start, room.rules), end, limit=_PAGE, offset=page * _PAGE
    )
    buttons = [Button(f"o:view:{number}", "case", {"number": number}) for number in dict(listed)]
    if many > (page + 1) * _PAGE:
        buttons.append(Button(f"k:behind:{name}:{more}:{page + 1}", "k_more"))
    buttons.append(Button(f"k:scoreboard:{more}", "k_scoreboard"))
    values = {
        "figure": name, "period": named(period), "many": many, "from": page * _PAGE + 1,
        "cases": [{"number": number, "topic": topic} for number, topic in listed],
    }  # fmt: skip
    return room.says(Say("behind", values, tuple(buttons)))
