"""The queue of an agency by deadline, as one card that pages; and the card of a case."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.cases import Case, CaseEvent, Task, allowed
from domain.casework import may_ask
from domain.conversation import Step
from domain.correcting import find_topics
from domain.messages import Button, Say
from domain.rulesets import Ruleset
from domain.transitions import OPEN, CaseStatus, EventKind, TaskRole, TaskStatus
from domain.words import fold
from handlers.desk import HOME, Desk
from storage.cases import MOST_COUNTED, Wanted

#: Cases on one page.
_PAGE = 5
#: The history shown on a case card.
_SHOWN_EVENTS = 8
#: Words of a case in a list.
_SHOWN_TEXT = 90
_MANY_PAGES = 6
#: What only the agency whose deed it is reads.
_INSIDE = frozenset({EventKind.NOTED, EventKind.ASSIGNED, EventKind.ANSWER_PROPOSED, EventKind.ANSWER_RETURNED})

#: Words for the filters that are not places or topics, and the filter each stands for.
_FILTERS = {
    "toi": "mine", "cuatoi": "mine", "tre": "late", "quahan": "late", "moi": "new", "chuanhan": "new",
    "duyet": "submitted", "choduyet": "submitted", "tatca": "all", "all": "all",
}  # fmt: skip


async def turn_page(desk: Desk, rest: str) -> Step:
    """Show another page or part of the queue, in the place of the card that was pressed."""
    page, wanted = parse_filter(rest, desk.rules)
    return desk.says(replace(await _page(desk, page, wanted or "all"), replaces=desk.pressed))


async def show_queue(desk: Desk, rest: str) -> Step:
    """Show the queue, or the part of it that the words name; people count pages from one."""
    page, wanted = parse_filter(rest, desk.rules)
    if wanted is None:
        return desk.says(Say("queue_filter_unknown", {"typed": rest[:40]}, HOME))
    return desk.says(await _page(desk, max(0, page - 1), wanted))


async def _page(desk: Desk, page: int, wanted: str) -> Say:
    found, count = await desk.unit.queue(as_wanted(desk, wanted), _PAGE, page * _PAGE)
    if page and not found:  # answered meanwhile
        page = max(0, (count - 1) // _PAGE)
        found, count = await desk.unit.queue(as_wanted(desk, wanted), _PAGE, page * _PAGE)
    values = {
        "agency": desk.officer.agency,
        "filter": wanted,
        "count": min(count, MOST_COUNTED),
        "more": count > MOST_COUNTED,
        "first": page * _PAGE + 1,
        "cases": [summary(case, desk.unit.now, desk.task(case)) for case in found],
    }
    buttons = tuple(Button(f"o:view:{case.number}", "case", {"number": case.number}) for case in found)
    if wanted.startswith(("t-", "c-")) and any(desk.task(case).status is TaskStatus.OFFERED for case in found):
        buttons += (Button(f"o:take_all:{wanted}", "o_take_all"),)
    buttons += _pages(page, count, wanted) + await _filters(desk, wanted)
    return Say("queue", values, buttons)


def _pages(page: int, count: int, wanted: str) -> tuple[Button, ...]:
    back = (Button(f"o:page:{page - 1}:{wanted}", "o_back"),) if page else ()
    more = (Button(f"o:page:{page + 1}:{wanted}", "o_next"),) if (page + 1) * _PAGE < count else ()
    return back + more


async def _filters(desk: Desk, wanted: str) -> tuple[Button, ...]:
    """Return the buttons of the filters that are not on."""
    offered = ["all", "mine", "late", "new"]
    if desk.rules.clocks.approval.answers and await desk.leads():
        offered.append("submitted")
    return tuple(Button(f"o:page:0:{name}", f"o_{name}") for name in offered if name != wanted)


def parse_filter(typed: str, rules: Ruleset) -> tuple[int, str | None]:
    """Return the page and filter somebody asked for; no filter when the words are none.

    A filter is "all", "mine", "late", "new", "submitted", "c-<commune>" or "t-<topic or field>".
    """
    words = typed.split()
    page = int(words[0]) if words and words[0].isdecimal() and len(words[0]) < _MANY_PAGES else 0
    rest = " ".join(words[1:] if words and words[0].isdecimal() else words)
    folded = fold(rest)
    if not folded:
        return page, "all"
    bare = folded.replace(" ", "")
    if bare in _FILTERS or bare in _FILTERS.values():
        return page, _FILTERS.get(bare, bare)
    if folded.startswith("c-") and folded[2:] in rules.communes:
        return page, folded
    if folded.startswith("t-") and (folded[2:] in rules.topics or folded[2:] in rules.fields):
        return page, folded
    for code, area in rules.communes.items():
        if folded in (fold(area.full_name), fold(area.name)):
            return page, f"c-{code}"
    for slug, name in rules.fields.items():
        if folded == fold(name):
            return page, f"t-{slug}"
    topics = find_topics(rest, rules)
    return page, f"t-{topics[0].slug}" if topics else None


def as_wanted(desk: Desk, wanted: str) -> Wanted:
    """Return a filter as the register is asked."""
    asked = Wanted(desk.officer.agency, restricted=desk.inspects)
    match wanted[:2], wanted:
        case _, "mine":
            return replace(asked, officer=desk.officer.id)
        case _, "late":
            return replace(asked, due_before=desk.unit.now)
        case _, "new":
            return replace(asked, status=TaskStatus.OFFERED)
        case _, "submitted":
            return replace(asked, status=TaskStatus.SUBMITTED)
        case "c-", _:
            return replace(asked, commune=wanted[2:])
        case "t-", _:
            return replace(asked, topic=wanted[2:])
    return asked


def summary(case: Case, now: datetime, task: Task | None = None) -> dict[str, object]:
    """Return a case as a line of an officer's list; with the dates of an agency's own task."""
    task = task or case.lead
    return {
        "number": case.number,
        "topic": case.topic,
        "commune": case.commune,
        "status": str(case.status),
        "due": task.due_at.isoformat(),
        "late": now >= task.due_at and case.status in OPEN,
        "urgent": case.urgent,
        "partner": task.role is TaskRole.PARTNER,
        "text": " ".join(case.text[:_SHOWN_TEXT].split()),
    }


async def view(desk: Desk, rest: str) -> Step:
    """Show a case."""
    found = await desk.find(rest)
    if found:
        return desk.says(await case_card(desk, found[0]))
    case = await desk.named(rest)
    if case and desk.was_partner(case):
        return desk.says(Say("partner_done", {"number": case.number}, HOME))
    return desk.no_case()


async def case_card(desk: Desk, case: Case) -> Say:
    """Return a case as its officers see it: masked text, why it is theirs, what happened, what can be done."""
    task, history = desk.task(case), await desk.unit.history(case)
    seats = {seat.id: seat.name for seat in await desk.unit.seats(desk.officer.agency)}
    followers = await desk.unit.followers(case)
    own = case.agency == desk.officer.agency
    shown = _story(history, desk.officer.agency)
    values = {
        **summary(case, desk.unit.now, task),
        "kind": str(case.kind),
        "text": case.text,
        "detail": case.detail,
        "reason": case.reason,
        "agency": case.agency,
        "phone": case.phone if own else None,
        "location": case.location,
        "photos": list(case.photos),
        "question": case.question,
        "answer": case.answer,
        "asked": task.question if task.role is TaskRole.PARTNER else "",
        "draft": task.reply if task.status is TaskStatus.SUBMITTED and own else "",
        "extended": case.extension is not None,
        "officer": seats.get(task.officer) if task.officer else None,
        "assigned": task.officer is not None,
        "partners": [
            {"agency": one.agency, "due": one.due_at.isoformat(), "status": str(one.status), "reply": one.reply}
            for one in case.tasks
            if one.role is TaskRole.PARTNER
        ]
        if own
        else [],
        "followers": [{"number": one.number, "text": " ".join(one.text[:_SHOWN_TEXT].split())} for one in followers],
        "merged_into": case.merged_into,
        "times": time_of_agencies(desk, case),
        "history": [
            {"kind": str(one.kind), "at": one.at.isoformat(), "agency": one.agency, "note": one.note}
            for one in shown[-_SHOWN_EVENTS:]
        ],
    }
    return Say("case_card", values, await actions(desk, case))


def _story(history: Sequence[CaseEvent], agency: str) -> list[CaseEvent]:
    """Return what an agency is told of a history: what is inside others is their own, and one alarm is enough."""
    alarms = [one for one in history if one.kind is EventKind.ESCALATED]
    return [
        one
        for one in history
        if (one.agency == agency or one.kind not in _INSIDE) and (one not in alarms or one is alarms[-1])
    ]


def time_of_agencies(desk: Desk, case: Case) -> list[dict[str, object]]:
    """Return how long each agency has had the case so far, hand-offs charged to the sender, once it was passed on."""
    running = desk.unit.now - case.clock_at if case.clock_at and case.clock is not None else timedelta(0)
    taken: dict[str, timedelta] = {}
    for task in case.tasks:
        if task.role is TaskRole.LEAD:
            more = running if task.n == case.clock else timedelta(0)
            taken[task.agency] = taken.get(task.agency, timedelta(0)) + task.charged + more
    if len(taken) <= 1:
        return []
    return [{"agency": agency, "hours": round(time / timedelta(hours=1))} for agency, time in taken.items()]


async def actions(desk: Desk, case: Case) -> tuple[Button, ...]:
    """Return what the officer can do with a case now, as buttons."""
    task, n = desk.task(case), case.number
    if task.role is TaskRole.PARTNER:
        return _partner_actions(task, n)
    ordinary = not case.restricted and not case.of_office
    able = [
        ("take", allowed(case, EventKind.ACCEPTED) or is_nobodys(case, task)),
        ("answer", allowed(case, EventKind.ANSWERED) and task.status is not TaskStatus.SUBMITTED),
        ("approve", task.status is TaskStatus.SUBMITTED and await desk.leads(case)),
        ("return", task.status is TaskStatus.SUBMITTED and await desk.leads(case)),
        ("progress", allowed(case, EventKind.PROGRESSED)),
        ("ask", allowed(case, EventKind.CITIZEN_ASKED) and may_ask(case, desk.rules) and not case.of_office),
        ("partner", allowed(case, EventKind.PARTNER_CALLED) and not case.restricted),
        ("extend", allowed(case, EventKind.EXTENDED) and case.extension is None),
        ("refer", allowed(case, EventKind.REFERRED)),
        ("decline", allowed(case, EventKind.DECLINED)),
        ("assign", allowed(case, EventKind.ASSIGNED) and len(await desk.unit.seats(desk.officer.agency)) > 1),
        ("topic", allowed(case, EventKind.CORRECTED) and ordinary),
        ("known", case.status in (CaseStatus.ACCEPTED, CaseStatus.REFERRED) and ordinary),
        ("note", True),
    ]
    return (*(Button(f"o:{verb}:{n}", f"o_{verb}") for verb, can in able if can), *HOME)


def is_nobodys(case: Case, task: Task) -> bool:
    """Say whether a task was taken once, and is assigned to nobody in particular now."""
    return case.status in OPEN and task.officer is None and task.status in (TaskStatus.ACCEPTED, TaskStatus.PAUSED)


def _partner_actions(task: Task, number: str) -> tuple[Button, ...]:
    take = (Button(f"o:take:{number}", "o_take"),) if task.status is TaskStatus.OFFERED else ()
    return (*take, Button(f"o:answer:{number}", "o_reply_lead"), Button(f"o:refer:{number}", "o_not_ours"), *HOME)
