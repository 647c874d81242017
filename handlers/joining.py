"""One problem, many people: merging and splitting cases, and saying what is being mended already."""

from dataclasses import replace

from domain import casework
from domain.cases import Case, allowed, change
from domain.conversation import Awaiting, Step
from domain.dates import find_moment
from domain.messages import Button, Say
from domain.rulesets import Ruleset
from domain.transitions import EventKind, Outcome
from handlers.desk import HOME, Desk, open_button
from handlers.understanding import clean, public_place
from storage import known_problems
from storage.known_problems import KnownProblem
from storage.unit import Unit

#: Cases offered for merging.
_OFFERED = 6
#: Fewer words do not say what is being done.
_LEAST_WORDS = 2


async def merge(desk: Desk, rest: str) -> Step:
    """Merge a case into another one of the own agency: the first named ends, the second goes on for both."""
    found = await desk.find_own(rest)
    if not found:
        return desk.no_case()
    case, typed = found
    other = await desk.find_own(typed) if typed else None
    if not allowed(case, EventKind.MERGED):
        return desk.not_now(case, *open_button(case))
    if other is None or not may_merge(case, other[0]):
        return desk.says(Say("merge_into_which", {"number": case.number, "typed": typed[:20] or None}, HOME))
    await join(desk.unit, case, other[0], desk.actor)
    await _tell_merged(desk, case, other[0])
    buttons = (Button(f"o:split:{case.number}", "o_split"), *open_button(other[0]))
    return desk.says(Say("merged", {"number": case.number, "into": other[0].number}, buttons))


def may_merge(case: Case, into: Case) -> bool:
    """Say whether a case may go on in another one: open, no other's follower, nothing secret on either side."""
    return (
        case.number != into.number
        and into.outcome is None
        and allowed(case, EventKind.MERGED)
        and allowed(into, EventKind.FOLLOWED)
        and not case.restricted
        and not into.restricted
        and not case.of_office
        and not into.of_office
    )


async def join(unit: Unit, case: Case, into: Case, actor: str) -> Case:
    """Merge a case into another one, and with it all that were merged into it."""
    theirs = await unit.followers(case)
    merged, event = casework.merge(case, into, now=unit.now, actor=actor)
    unit.save(merged, event)
    _follow(unit, [merged, *theirs], into, actor)
    return merged


def _follow(unit: Unit, cases: list[Case], into: Case, actor: str) -> None:
    """Let merged cases go on in another one; its history says so."""
    for case in cases:
        unit.save(replace(case, merged_into=into.number))
        into, event = change(into, EventKind.FOLLOWED, now=unit.now, actor=actor, note=case.number)
        unit.save(into, event)


async def _tell_merged(desk: Desk, case: Case, into: Case) -> None:
    values = {"agency": into.agency, "due": into.due_at.isoformat()}
    await desk.tell_citizens(case, "case_merged", values)


async def split(desk: Desk, rest: str) -> Step:
    """Undo a merging: the case goes on by itself again, with the agency of the one it was merged into."""
    found = await _find_merged(desk, rest)
    if not found:
        return desk.no_case()
    case, into = found
    agency = into.agency
    case, event = casework.split(case, agency, desk.rules, now=desk.unit.now, actor=desk.actor)
    desk.unit.save(case, event)
    into, left = change(into, EventKind.UNFOLLOWED, now=desk.unit.now, actor=desk.actor, note=case.number)
    desk.unit.save(into, left)
    await desk.tell_citizens(case, "case_split", {"agency": agency, "due": case.due_at.isoformat()})
    return desk.says(Say("split_done", {"number": case.number, "due": case.due_at.isoformat()}, open_button(case)))


async def _find_merged(desk: Desk, typed: str) -> tuple[Case, Case] | None:
    """Return a merged case with the one it went into, where that one is the officer's."""
    found = await desk.find(typed)
    named = found[0] if found else await desk.named(typed)
    if named is None or named.outcome is not Outcome.MERGED or not named.merged_into:
        return None
    into = await desk.unit.case(named.merged_into)
    return (named, into) if into and desk.sees(into) and into.agency == desk.officer.agency else None


async def promote(unit: Unit, case: Case, rules: Ruleset) -> Case | None:
    """Let the oldest of those who reported the same go on for all, as the case stood before its citizen left."""
    followers = await unit.followers(case)
    if not followers:
        return None
    first, happened = casework.succeed(followers[0], case, rules, now=unit.now)
    unit.save(first, *happened)
    _follow(unit, followers[1:], first, "rules")
    return first


async def announce_problem(desk: Desk, rest: str) -> Step:
    """Say what is being mended and until when; whoever reports the same is told at once, and may join."""
    found = await desk.find_own(rest)
    if not found:
        return desk.no_case()
    case, typed = found
    ordinary = not case.restricted and not case.of_office
    if not ordinary or not case.topic or not case.commune or not allowed(case, EventKind.ESCALATED):
        return desk.not_now(case, *open_button(case))
    until = find_moment(typed, desk.unit.now, desk.rules.calendar)
    words = clean(until[1]) if until else ""
    if until is None or until[0] <= desk.unit.now or len(words.split()) < _LEAST_WORDS:
        say = Say("write_known", {"number": case.number, "typed": typed[:40] or None})
        return desk.says(say, awaiting=Awaiting("known", case.number))
    problem = KnownProblem(
        case.number, case.topic, case.commune, public_place(case.detail) or "", words, until[0], case.agency
    )
    await desk.unit.flush()
    await known_problems.put(desk.unit.transaction, case.id, problem)
    case, event = change(case, EventKind.NOTED, now=desk.unit.now, actor=desk.actor, note=words)
    desk.unit.save(case, event)
    values = {"agency": case.agency, "words": words, "until": until[0].isoformat()}
    await desk.tell_citizens(case, "problem_known", values, followers=True)
    return desk.says(Say("known_set", {"number": case.number, **values}, open_button(case)))
