"""What people of the simulated years do about their cases: tell, judge, rate, add, take back, erase."""

from dataclasses import replace
from datetime import timedelta

from bench.province import officers
from bench.province.register import Register
from bench.province.world import Told
from domain import casework
from domain.cases import Case, allowed
from domain.concerns import Decision, Facts
from domain.filing import file_case, new_concern
from domain.transitions import CaseStatus, EventKind
from handlers.citizens import with_words

_E = EventKind
_WITHDRAWS, _ERASES, _TAKES_OVER = 0.015, 0.006, 0.5
#: How many of those who tell of what is told already say that it is the same.
_JOINS = {"": 0.1, "flood": 0.45, "smell": 0.3, "writer": 0.6}
_RATES, _RATES_SILENT, _DISPUTES_LATE = 0.35, 0.04, 0.015
_RATINGS = {"confirmed": (5, 25, 70), "partly": (20, 55, 25), "disputed": (70, 25, 5), "silent": (15, 35, 50)}
_MOST_DISPUTES = 2


def files(register: Register, told: Told, serial: int, conversation_id: int, other: int | None) -> None:
    """File what somebody tells. ``other`` is who takes it over, where a village head writes."""
    facts = Facts(
        Decision.DESK if told.unread else Decision.ROUTE,
        kind=told.kind,
        topic=told.topic,
        urgent=told.urgent,
        commune=told.commune,
        detail=told.detail,
        text=told.text,
    )
    concern = replace(new_concern(1, facts, register.now), on_behalf=told.on_behalf)
    case, event = file_case(concern, serial, conversation_id, register.rules, register.now)
    register.file(case, event, told.topic)
    if other is not None and register.chance(_TAKES_OVER):
        register.at(register.later(2, 200), _takes_over, serial, other)
    topic = register.rules.topics[told.topic]
    if case.topic and not topic.personal:
        into = register.same(register.live[serial])
        if into and register.chance(_JOINS[told.episode]):
            officers.merges(register, register.live[serial], into, "citizen")
            return
    if register.chance(_WITHDRAWS):
        register.at(register.later(1, 100), _withdraws, serial)
    officers.comes(register, register.live[serial])
    if register.chance(_ERASES) and not told.on_behalf:
        register.at(register.later(10, 2000), _erases, serial)


def _takes_over(register: Register, of: int, other: int) -> None:
    case = register.live.get(of)
    if case and case.on_behalf and case.conversation_id is not None and allowed(case, _E.TAKEN_OVER):
        register.of[case.conversation_id].discard(of)
        register.do(case, _E.TAKEN_OVER, "citizen", conversation_id=other, on_behalf=False)
        register.of[other].add(of)


def _withdraws(register: Register, of: int, _task: int) -> None:
    case = register.live.get(of)
    if case and allowed(case, _E.WITHDRAWN) and not register.followers.get(case.number):
        officers.withdraws(register, case)


def adds(register: Register, of: int, _task: int) -> None:
    """Add something to a case."""
    case = register.live.get(of)
    if case and register.speaks(case) and allowed(case, _E.ADDED):
        words = "Hôm nay vẫn thế, mong được xem sớm."
        register.save(with_words(register.do(case, _E.ADDED, "citizen", words), words, ()))


def replies(register: Register, of: int, task: int) -> None:
    """Reply to the agency's question."""
    case = register.live.get(of)
    if case and case.lead.n == task and allowed(case, _E.CITIZEN_REPLIED):
        words, rules = "Ở ngay đầu ngõ, cạnh nhà văn hóa.", register.rules
        case, event = casework.resume(case, _E.CITIZEN_REPLIED, rules, now=register.now, actor="citizen", note=words)
        register.save(with_words(case, words, ()), event)


def judge(register: Register, case: Case, shares: tuple[float, float, float]) -> None:
    """Plan what the citizen says of an answer; half say nothing, and that is kept as nothing."""
    of, n = case.id, case.lead.n
    confirmed, partly, disputed = shares
    drawn = register.random.random()
    speaks = register.speaks(case)
    if speaks and drawn < confirmed + partly:
        at = register.later(0.5, 120)
        register.at(at, _confirms if drawn < confirmed else _settles, of, n)
        if register.chance(_RATES):
            register.at(at + timedelta(minutes=3), _rates_well if drawn < confirmed else _rates_so, of, n)
    elif speaks and drawn < confirmed + partly + disputed and case.reopened < _MOST_DISPUTES:
        at = register.later(0.5, 120)
        if register.chance(_RATES):
            register.at(at - timedelta(minutes=3), _rates_badly, of, n)
        register.at(at, disputes, of, n)
    else:
        silence = register.rules.clocks.updates.silence_days
        register.at(register.now + timedelta(days=silence, minutes=1), _stays_silent, of, n)


def _confirms(register: Register, of: int, task: int) -> None:
    _says(register, of, task, _E.CONFIRMED)


def _settles(register: Register, of: int, task: int) -> None:
    _says(register, of, task, _E.SETTLED_PARTLY)


def _stays_silent(register: Register, of: int, task: int) -> None:
    if not _says(register, of, task, _E.CLOSED_UNCONFIRMED, "clock"):
        return
    if not register.speaks(register.live[of]):
        return
    if register.chance(_RATES_SILENT):
        register.at(register.later(1, 100), _rates_silently, of, task)
    if register.chance(_DISPUTES_LATE) and register.live[of].reopened < _MOST_DISPUTES:
        register.at(register.later(5, 500), disputes, of, task)


def _says(register: Register, of: int, task: int, kind: EventKind, actor: str = "citizen") -> bool:
    case = register.live.get(of)
    if case is None or case.lead.n != task or not allowed(case, kind):
        return False
    register.do(case, kind, actor, next_update_at=None)
    return True


def disputes(register: Register, of: int, task: int) -> None:
    """Say that it is not done."""
    case = register.live.get(of)
    if case is None or case.lead.n != task or not register.speaks(case) or not allowed(case, _E.DISPUTED):
        return
    words = "Chưa thấy ai đến làm, mọi việc vẫn như cũ."
    case, happened = casework.reopen(case, register.rules, now=register.now, note=words)
    register.save(with_words(case, words, ()), *happened)
    officers.goes_on(register, register.live[of])


def _rates_well(register: Register, of: int, _task: int) -> None:
    _rates(register, of, "confirmed")


def _rates_so(register: Register, of: int, _task: int) -> None:
    _rates(register, of, "partly")


def _rates_badly(register: Register, of: int, _task: int) -> None:
    _rates(register, of, "disputed")


def _rates_silently(register: Register, of: int, _task: int) -> None:
    _rates(register, of, "silent")


def _rates(register: Register, of: int, said: str) -> None:
    case = register.live.get(of)
    if case and register.speaks(case) and allowed(case, _E.RATED):
        (rating,) = register.random.choices((1, 2, 3), _RATINGS[said])
        register.do(case, _E.RATED, "citizen", str(rating), rating=rating)


def _erases(register: Register, of: int, _task: int) -> None:
    """Let a person have everything erased: what is open ends, unless others told of the same."""
    case = register.live.get(of)
    if case is None or case.conversation_id is None or case.on_behalf or not register.speaks(case):
        return
    citizen = case.conversation_id
    register.erased.add(citizen)
    # Whose case goes on in another one of the same person ends with that one.
    while theirs := [one for one in sorted(register.of[citizen]) if _goes_on(register.live[one])]:
        _forgets(register, register.live[theirs[0]])


def _goes_on(case: Case) -> bool:
    return not case.on_behalf and case.status is not CaseStatus.CLOSED


def _forgets(register: Register, case: Case) -> None:
    """End a case of somebody who is erased; the oldest of its followers goes on. Words go when all is written."""
    officers.withdraws(register, case)
    followers = register.followers.pop(case.number, [])
    if not followers:
        return
    first = register.live[followers[0]]
    went_on, happened = casework.succeed(first, case, register.rules, now=register.now)
    register.save(went_on, *happened)
    register.follow(followers[1:], register.live[first.id], "rules")
    _carries_on(register, register.live[first.id])


def _carries_on(register: Register, case: Case) -> None:
    if case.status is CaseStatus.ANSWERED:
        judge(register, case, register.agencies.habit(case.agency).verdicts)
    else:
        officers.goes_on(register, case)
