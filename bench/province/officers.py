"""What officers of the simulated years do with a case, each agency by its habit. All by the functions of casework."""

from dataclasses import replace
from datetime import timedelta

from bench.province import citizens
from bench.province.register import Happening, Register
from domain import casework
from domain.cases import Case, allowed, change
from domain.correcting import correct
from domain.routing import route_case
from domain.transitions import CaseStatus, EventKind, TaskRole, TaskStatus
from handlers.joining import may_merge
from handlers.referring import candidates

_E, _T = EventKind, TaskStatus
#: What else is done with a case, and how often.
_ASKS, _CALLS, _CALLS_OFTEN, _ADDS, _PROPOSES, _RETURNS, _CORRECTS = 0.08, 0.05, 0.15, 0.04, 0.04, 0.3, 0.02
_MERGES, _SPLITS, _DECLINES, _DISPUTES_DECLINED, _NOTES, _PASSES_AGAIN = 0.02, 0.03, 0.06, 0.12, 0.03, 0.04
_REPLIES, _PARTNER_DECLINES, _PARTNER_SILENT = 0.65, 0.1, 0.1
_MOST_REFERRALS = 3
_LINES = (
    "Đã cử người xuống kiểm tra và xử lý xong trong ngày.", "Đã khắc phục, đề nghị bà con theo dõi thêm.",
    "Đã làm việc với đơn vị liên quan, việc đã hoàn thành.", "Đã xử lý dứt điểm, có biên bản kèm theo.",
)  # fmt: skip
_NOT_OURS = "Nội dung không thuộc phạm vi tiếp nhận của hệ thống."
_ON_PAPER = "Đã tiếp nhận và chỉ đạo bộ phận chuyên môn xem xét theo quy định."


def comes(register: Register, case: Case) -> None:
    """Plan when the agency that got a case takes it."""
    lead, habit = case.lead, register.agencies.habit(case.agency)
    at = register.working(*habit.takes)
    if case.urgent and habit.name in ("prompt", "desk"):
        at = register.later(0.05, 0.6)
    if back := register.agencies.silent_until(case.agency, at):
        at = register.working(0.5, 16, since=back)
    if lead.sender is not None and at > lead.accept_by:
        register.at(lead.accept_by + timedelta(minutes=1), _lapses, case.id, lead.n)
    declined = case.status is CaseStatus.IN_TRIAGE and register.chance(_DECLINES)
    register.at(at, _is_declined if declined else _takes, case.id, lead.n)


def _lapses(register: Register, of: int, task: int) -> None:
    case = _as_planned(register, of, task)
    if case and case.lead.status is _T.OFFERED and allowed(case, _E.HANDOFF_LAPSED):
        register.do(case, _E.HANDOFF_LAPSED, "clock")


def _as_planned(register: Register, of: int, task: int) -> Case | None:
    """Return the case when it is still with the task that something was planned for."""
    case = register.live.get(of)
    return case if case and case.lead.n == task and case.lead.ended_at is None else None


def _takes(register: Register, of: int, task: int) -> None:
    case = _as_planned(register, of, task)
    if case is None or case.lead.status is not _T.OFFERED:
        return
    seat = register.seat(case.agency)
    case, event = casework.take(
        case, case.lead, register.rules, now=register.now, actor=f"officer:{seat}", officer=seat
    )
    register.save(case, event)
    case = register.live[of]
    if case.agency == register.rules.desk:
        _arbitrates(register, case)
        return
    into = register.same(case) if register.chance(_MERGES) else None
    if into and into.agency == case.agency and may_merge(case, into):
        merges(register, case, into, register.actor(case))
        return
    if _passes_on(register, case):
        register.at(register.working(0.3, 5), _refers, of, task)
        return
    works(register, case)


def _passes_on(register: Register, case: Case) -> bool:
    share = register.agencies.habit(case.agency).passes if not case.referrals else _PASSES_AGAIN
    return case.referrals < _MOST_REFERRALS and not case.restricted and register.chance(share)


def _refers(register: Register, of: int, task: int) -> None:
    case = _as_planned(register, of, task)
    if case is None:
        return
    found = [one for one in candidates(case, register.rules) if register.agencies.known(one.id)]
    if not found or not allowed(case, _E.REFERRED):
        works(register, case)
        return
    # The second time, the desk arbitrates.
    wanted = register.random.choice(found[:3])
    to = register.rules.desk if case.referrals else wanted.id
    _pass(register, case, to, f"{wanted.id}: việc này thuộc thẩm quyền nơi nhận", counts=True)


def _pass(register: Register, case: Case, to: str, note: str, *, counts: bool) -> None:
    moved, event = casework.refer(case, to, register.rules, now=register.now, actor=register.actor(case), note=note)
    register.save(replace(moved, referrals=case.referrals + counts), event)
    comes(register, register.live[case.id])


def _arbitrates(register: Register, case: Case) -> None:
    """Let the desk say whose a case is; some questions it answers itself."""
    register.at(register.working(0.2, 3), _decides, case.id, case.lead.n)


def _decides(register: Register, of: int, task: int) -> None:
    case = _as_planned(register, of, task)
    if case is None:
        return
    rules, about = register.rules, register.topics[of]
    if case.topic != about:
        case, event = correct(case, rules.topics[about], rules, now=register.now, actor=register.actor(case))
        register.save(case, event)
        case = register.live[of]
    to = route_case(case, rules).agency.id
    if to == rules.desk:
        if case.commune is None and (leads := rules.agency_for("SXD", None)):
            to = leads.id
        if rules.topics[about].lead == rules.desk:
            works(register, case)
            return
    _pass(register, case, to, f"{to}: theo chức năng nhiệm vụ", counts=False)


def _is_declined(register: Register, of: int, task: int) -> None:
    """Let the desk decline what is nobody's; now and then the citizen wants it looked at again."""
    case = _as_planned(register, of, task)
    if case is None or not allowed(case, _E.DECLINED):
        return
    actor = register.actor(case)
    register.do(case, _E.DECLINED, actor, _NOT_OURS, answer=_NOT_OURS, answered_at=register.now, next_update_at=None)
    if register.chance(_DISPUTES_DECLINED):
        register.at(register.later(1, 60), citizens.disputes, of, task)


def works(register: Register, case: Case) -> None:
    """Plan what an agency does with a case that it has: questions, partners, news, a later date, the answer."""
    habit, lead = register.agencies.habit(case.agency), case.lead
    share = register.random.uniform(*habit.answers)
    span = register.rules.clocks.limits(case.tier, case.topic, urgent=case.urgent).answer
    hours = (span.days * 7.5 or span.hours) * share
    end = register.rules.calendar.add_working_hours(register.now, hours)
    end += timedelta(seconds=register.random.randrange(300))
    if back := register.agencies.silent_until(case.agency, end):
        end = register.working(1, 20, since=back)
    public = not case.restricted
    meanwhile: tuple[tuple[float, float, Happening], ...] = (
        (_ASKS, 0.2, _asks),
        ((_CALLS_OFTEN if case.tier == "C" else _CALLS) * public, 0.1, _calls),
        (habit.progress, 0.5, _progresses),
        (_ADDS, 0.4, citizens.adds),
        (_NOTES, 0.3, _notes),
        (_CORRECTS * public, 0.05, _corrects),
        (_PROPOSES, 0.8, _proposes),
    )
    for how_often, on_the_way, happens in meanwhile:
        if register.chance(how_often):
            register.at(register.now + (end - register.now) * on_the_way, happens, case.id, lead.n)
    if end > lead.due_at and register.chance(habit.extends):
        register.at(max(lead.due_at - timedelta(hours=5), register.now), _extends, case.id, lead.n)
    register.at(end, _answers, case.id, lead.n)


def _asks(register: Register, of: int, task: int) -> None:
    case = _as_planned(register, of, task)
    if case is None or not allowed(case, _E.CITIZEN_ASKED) or not casework.may_ask(case, register.rules):
        return
    question = "Bà con cho biết rõ hơn vị trí được không?"
    asked, event = casework.ask(case, question, register.rules, now=register.now, actor=register.actor(case))
    register.save(asked, event)
    if register.chance(_REPLIES) and register.speaks(case):
        register.at(register.later(0.3, 60), citizens.replies, of, task)
    if asked.lead.remind_at:
        register.at(asked.lead.remind_at, _question_lapses, of, task)


def _question_lapses(register: Register, of: int, task: int) -> None:
    case = _as_planned(register, of, task)
    if case and case.status is CaseStatus.WAITING_FOR_CITIZEN and case.lead.remind_at == register.now:
        register.save(*casework.resume(case, _E.QUESTION_LAPSED, register.rules, now=register.now, actor="clock"))


def _calls(register: Register, of: int, task: int) -> None:
    case = _as_planned(register, of, task)
    if case is None or not allowed(case, _E.PARTNER_CALLED):
        return
    found = [one for one in case.watch if one != case.agency and register.agencies.known(one)]
    if not found:
        return
    partner = register.random.choice(found)
    due = register.rules.calendar.add_working_days(register.now, 2)
    register.save(
        *casework.call_partner(
            case, partner, "Đề nghị phối hợp kiểm tra, cho ý kiến.", due, register.rules,
            now=register.now, actor=register.actor(case),
        )
    )  # fmt: skip
    called = register.live[of].tasks[-1]
    if not register.chance(_PARTNER_SILENT):
        register.at(register.working(0.5, 10), _partner_takes, of, called.n)


def _partner_takes(register: Register, of: int, task: int) -> None:
    case = register.live.get(of)
    if case is None or case.nth(task) not in case.partners or not allowed(case, _E.PARTNER_ACCEPTED):
        return
    called = case.nth(task)
    seat = register.seat(called.agency)
    register.save(*casework.take(case, called, register.rules, now=register.now, actor=f"officer:{seat}", officer=seat))
    register.at(register.working(1, 24), _partner_replies, of, task)


def _partner_replies(register: Register, of: int, task: int) -> None:
    case = register.live.get(of)
    if case is None or case.nth(task) not in case.partners or not allowed(case, _E.PARTNER_REPLIED):
        return
    called = case.nth(task)
    declines = register.chance(_PARTNER_DECLINES)
    words = "Không thuộc phạm vi quản lý." if declines else "Đã kiểm tra, thống nhất phương án xử lý."
    actor = f"officer:{register.seat(called.agency)}"
    register.save(*casework.reply_as_partner(case, called, words, now=register.now, actor=actor, declines=declines))


def _progresses(register: Register, of: int, task: int) -> None:
    case = _as_planned(register, of, task)
    if case and allowed(case, _E.PROGRESSED):
        words = "Đang bố trí vật tư, nhân lực để làm."
        register.save(*casework.progress(case, words, register.rules, now=register.now, actor=register.actor(case)))


def _extends(register: Register, of: int, task: int) -> None:
    case = _as_planned(register, of, task)
    if case is None or case.extension or not allowed(case, _E.EXTENDED):
        return
    days = register.random.randint(2, register.rules.clocks.updates.extension_days)
    due = register.rules.calendar.add_working_days(case.lead.promised_at, days)
    if due > case.due_at:
        why = "Chờ vật tư về và thời tiết thuận lợi."
        register.save(*casework.extend(case, due, why, register.rules, now=register.now, actor=register.actor(case)))


def _notes(register: Register, of: int, task: int) -> None:
    if case := _as_planned(register, of, task):
        register.do(case, _E.NOTED, register.actor(case), "Đã gọi điện cho trưởng xóm.")


def _corrects(register: Register, of: int, task: int) -> None:
    """Set another topic of the same field and lead: it was read nearly right."""
    case = _as_planned(register, of, task)
    if case is None or not case.topic or not allowed(case, _E.CORRECTED):
        return
    rules = register.rules
    field, lead = case.topic.partition(".")[0], rules.topics[case.topic].lead
    others = [
        one for one in rules.topics_of(field) if one.lead == lead and one.slug != case.topic and not one.restricted
    ]
    if others:
        topic = register.random.choice(others)
        register.save(*correct(case, topic, rules, now=register.now, actor=register.actor(case)))


def _proposes(register: Register, of: int, task: int) -> None:
    case = _as_planned(register, of, task)
    if case is None or not allowed(case, _E.ANSWER_PROPOSED):
        return
    words = register.random.choice(_LINES)
    register.save(*casework.propose(case, words, (), register.rules, now=register.now, actor=register.actor(case)))
    case = register.live[of]
    if register.chance(_RETURNS):
        register.do(case, _E.ANSWER_RETURNED, register.actor(case), "Nêu rõ đã làm gì, ngày nào.")


def _answers(register: Register, of: int, task: int) -> None:
    case = _as_planned(register, of, task)
    if case is None or not allowed(case, _E.ANSWERED):
        return
    habit = register.agencies.habit(case.agency)
    words = _ON_PAPER if habit.name == "paper" else register.random.choice(_LINES)
    register.save(*casework.answer(case, words, register.rules, now=register.now, actor=register.actor(case)))
    citizens.judge(register, register.live[of], habit.verdicts)


def merges(register: Register, case: Case, into: Case, actor: str) -> None:
    """Let a case and its followers go on in another one; now and then that was wrong."""
    theirs = register.followers.pop(case.number, [])
    merged, event = casework.merge(case, into, now=register.now, actor=actor)
    register.save(merged, event)
    register.follow([case.id, *theirs], into, actor)
    if register.chance(_SPLITS):
        register.at(register.working(2, 30), _splits, case.id)


def _splits(register: Register, of: int, _task: int) -> None:
    case = register.live.get(of)
    into = register.live.get(register.ids.get(case.merged_into or "", 0)) if case else None
    if case is None or into is None or not allowed(case, _E.SPLIT) or not allowed(into, _E.UNFOLLOWED):
        return
    register.followers[into.number].remove(of)
    actor = register.actor(into)
    register.save(*casework.split(case, into.agency, register.rules, now=register.now, actor=actor))
    register.do(into, _E.UNFOLLOWED, actor, case.number)
    comes(register, register.live[of])


def hand_over(register: Register) -> None:
    """Let the heirs of agencies that are no more go on with what they had."""
    gone = register.rules.heirs
    for case in list(register.live.values()):
        if not any(task.agency in gone and task.ended_at is None for task in case.tasks):
            continue
        went_on, happened = casework.inherit(case, register.rules, now=register.now)
        register.save(went_on, *happened)
        lead = register.live[case.id].lead
        if lead.role is TaskRole.LEAD and lead.n != case.lead.n:
            goes_on(register, register.live[case.id])


def goes_on(register: Register, case: Case) -> None:
    """Plan what is next of a case whose task is another one than before."""
    if case.lead.status is _T.OFFERED:
        comes(register, case)
    elif case.lead.ended_at is None:
        works(register, case)


def withdraws(register: Register, case: Case) -> Case:
    """Let a case end because its citizen wants no more of it."""
    moved, event = change(case, _E.WITHDRAWN, now=register.now, actor="citizen")
    register.save(replace(moved, next_update_at=None), event)
    return register.live[case.id]
