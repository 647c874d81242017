"""Seats: taking one by a code, leave and substitutes, handing over, giving one up."""

from collections.abc import Sequence
from dataclasses import replace

from domain.conversation import Conversation, Step
from domain.dates import find_day
from domain.messages import Button, Say
from domain.roles import Role
from domain.routing import INSPECTORATE
from domain.rulesets import Ruleset
from domain.words import fold
from handlers.casework import find_seat, give, may_have
from handlers.desk import HOME, Desk
from storage import officers
from storage.cases import Wanted
from storage.officers import Head, Officer
from storage.unit import Unit

#: Tasks handed over at once.
_MOST = 500
_DAYS_OFFERED = (1, 2, 3, 5, 10)
#: Said instead of a day: at work again.
_BACK = ("0", "thoi", "xong")


async def bind(unit: Unit, conversation: Conversation, of: int, code: str, rules: Ruleset) -> Step:
    """Use a code: the chat now is a seat of an agency, or a village head's."""
    bound = await unit.bind(of, code) if code else None
    match bound:
        case Head(commune=commune) if commune in rules.communes:
            return Step(replace(conversation, head=commune), (Say("bound_head", {"commune": commune}),))
        case Officer(agency=agency) if agency in rules.agencies and agency not in rules.heirs:
            return await _seated(unit, conversation, bound, rules)
        case Officer():
            await unit.leave(bound)
    return Step(conversation, (Say("bad_code"),))


async def _seated(unit: Unit, conversation: Conversation, seat: Officer, rules: Ruleset) -> Step:
    if rules.agencies[seat.agency].body == INSPECTORATE:
        # Whoever works at the inspectorate is an inspector, however invited.
        seat = replace(seat, role=Role.INSPECTOR)
        await unit.save_seat(seat)
    if (seat.agency == rules.coordinator) != (seat.role is Role.COORDINATOR):
        # Whoever works at the coordinating office is a coordinator, and nobody else is.
        role = Role.COORDINATOR if seat.agency == rules.coordinator else Role.OFFICER
        seat = replace(seat, role=role)
        await unit.save_seat(seat)
    if seat.role is Role.LEAD and rules.clocks.updates.digest:
        tomorrow = rules.calendar.add_working_days(unit.now, 1)
        await officers.next_digest(unit.transaction, [seat.id], rules.calendar.at_opening(tomorrow))
    home = (Button("k:situation", "k_home"),) if seat.role is Role.COORDINATOR else HOME
    say = Say("bound", {"agency": seat.agency, "role": str(seat.role), "name": seat.name}, home)
    # What was asked of the citizen is not asked of the officer.
    return Step(replace(conversation, awaiting=None), (say,))


async def show_seats(desk: Desk, _rest: str) -> Step:
    """List the seats of the agency; its lead can vacate one, and make unused codes worth nothing."""
    seats = await desk.unit.seats(desk.officer.agency)
    shown = [
        {
            "id": seat.id,
            "name": seat.name,
            "role": str(seat.role),
            "away": _away(desk, seat),
            "own": seat.id == desk.officer.id,
        }
        for seat in seats
    ]
    buttons: tuple[Button, ...] = ()
    if desk.officer.role is Role.LEAD:
        buttons = tuple(
            Button(f"o:vacate:{seat.id}", "o_vacate", {"name": seat.name, "id": seat.id})
            for seat in seats
            if seat.id != desk.officer.id
        )
        buttons += (Button("o:revoke", "o_revoke"),)
    return desk.says(Say("seats", {"agency": desk.officer.agency, "seats": shown}, (*buttons, *HOME)))


def _away(desk: Desk, seat: Officer) -> str | None:
    return seat.away_until.isoformat() if seat.away_until and seat.away_until > desk.unit.now else None


async def vacate(desk: Desk, rest: str) -> Step:
    """Take a colleague's seat, as the agency's lead; the work is handed over to nobody in particular."""
    seat = await _colleague(desk, rest)
    if seat is None or desk.officer.role is not Role.LEAD:
        return desk.says(Say("for_leads", {"agency": desk.officer.agency}, HOME))
    left = await _hand_over(desk, seat, None)
    await desk.unit.leave(seat)
    desk.unit.say(seat.conversation_id, Say("left", {"agency": seat.agency}), f"{desk.key}:vacated:{seat.id}")
    return desk.says(Say("vacated", {"name": seat.name or f"#{seat.id}", "count": left}, HOME))


async def revoke(desk: Desk, _rest: str) -> Step:
    """Make the agency's unused codes worth nothing."""
    if desk.officer.role is not Role.LEAD:
        return desk.says(Say("for_leads", {"agency": desk.officer.agency}, HOME))
    count = await officers.revoke(desk.unit.transaction, desk.officer.agency, desk.unit.now)
    return desk.says(Say("revoked", {"count": count}, HOME))


async def _colleague(desk: Desk, typed: str) -> Officer | None:
    seats = [seat for seat in await desk.unit.seats(desk.officer.agency) if seat.id != desk.officer.id]
    return find_seat(typed, seats)


async def go_away(desk: Desk, rest: str) -> Step:
    """Go on leave until a day; new work and reminders go to a substitute meanwhile. One word of _BACK ends it."""
    if fold(rest) in _BACK:
        await desk.unit.save_seat(replace(desk.officer, away_until=None, substitute=None))
        for seat in await desk.unit.seats(desk.officer.agency):
            if seat.id == desk.officer.substitute:
                over = Say("substitutes_no_more", {"name": desk.officer.name}, HOME)
                desk.unit.say(seat.conversation_id, over, f"{desk.key}:substitute")
        return desk.says(Say("back", {}, HOME))
    day = find_day(rest, desk.unit.now, desk.rules.calendar)
    if day is None or day[0] <= desk.unit.now:
        buttons = tuple(Button(f"o:away:d{n}", "working_days", {"days": n}) for n in _DAYS_OFFERED)
        return desk.says(Say("away_until_when", {"typed": rest[:40] or None}, (*buttons, *HOME)))
    others = [seat for seat in await desk.unit.seats(desk.officer.agency) if seat.id != desk.officer.id]
    substitute = find_seat(day[1], others) or (others[0] if len(others) == 1 else None)
    if substitute is None and others:
        shown = f"{day[0].astimezone(desk.rules.calendar.zone):%d/%m/%Y}"
        buttons = tuple(
            Button(f"o:away:{shown}:{seat.id}", "seat", {"name": seat.name, "id": seat.id}) for seat in others
        )
        return desk.says(Say("away_who_instead", {"until": day[0].isoformat()}, (*buttons, *HOME)))
    await desk.unit.save_seat(
        replace(desk.officer, away_until=day[0], substitute=substitute.id if substitute else None)
    )
    values = {"until": day[0].isoformat(), "name": substitute and (substitute.name or f"#{substitute.id}")}
    if substitute:
        told = Say("substitutes", {"name": desk.officer.name, "until": values["until"]}, HOME)
        desk.unit.say(substitute.conversation_id, told, f"{desk.key}:substitute")
    return desk.says(Say("away", values, (Button("o:away:0", "o_back_from_leave"), *HOME)))


async def hand_over(desk: Desk, rest: str) -> Step:
    """Hand all one's open tasks over to a colleague."""
    others = [seat for seat in await desk.unit.seats(desk.officer.agency) if seat.id != desk.officer.id]
    to = find_seat(rest, others)
    if to is None:
        buttons = tuple(Button(f"o:hand_over:{seat.id}", "seat", {"name": seat.name, "id": seat.id}) for seat in others)
        return desk.says(Say("hand_over_to_whom", {"others": len(others)}, (*buttons, *HOME)))
    count = await _hand_over(desk, desk.officer, to)
    return desk.says(Say("handed_over", {"name": to.name or f"#{to.id}", "count": count}, HOME))


async def _hand_over(desk: Desk, seat: Officer, to: Officer | None) -> int:
    """Give what is assigned to a seat to another one, or to nobody in particular.

    Returns how many tasks, restricted ones not counted.
    """
    wanted = Wanted(seat.agency, restricted=seat.role is Role.INSPECTOR, officer=seat.id)
    found, _ = await desk.unit.queue(wanted, _MOST, 0)
    for case in found:
        task = case.task_of(seat.agency)
        if task is None:
            continue
        await give(desk, case, task, to if to and may_have(to, case) else None)
    return sum(not case.restricted for case in found)


async def leave(desk: Desk, _rest: str) -> Step:
    """Ask whether to give the seat up; a thumb slips, and a code is not at hand."""
    buttons = (Button("o:leave_sure", "o_leave"), *HOME)
    return desk.says(Say("leave_sure", {"agency": desk.officer.agency}, buttons))


async def leave_for_good(desk: Desk, _rest: str) -> Step:
    """Give the seat up; its tasks go to the substitute, else back to the agency, whose lead is told."""
    seats: Sequence[Officer] = await desk.unit.seats(desk.officer.agency)
    substitute = next((seat for seat in seats if seat.id == desk.officer.substitute), None)
    count = await _hand_over(desk, desk.officer, substitute)
    await desk.unit.leave(desk.officer)
    if count:
        values = {
            "name": desk.officer.name or f"#{desk.officer.id}",
            "count": count,
            "substitute": substitute and (substitute.name or f"#{substitute.id}"),
        }
        say = Say("seat_left", values, HOME)
        await desk.unit.say_to(desk.officer.agency, say, f"{desk.key}:left", lead=True)
    return desk.says(Say("left", {"agency": desk.officer.agency}))
