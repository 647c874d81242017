"""Passing a case on. "Not ours" names whose it is and why; the second time, the desk decides."""

from dataclasses import replace

from domain import casework
from domain.cases import Case, allowed, change
from domain.conversation import Awaiting, Step
from domain.messages import Button, Say
from domain.routing import INSPECTORATE, Reason, is_accused, route_case
from domain.rulesets import Agency, Ruleset
from domain.transitions import OPEN, EventKind, TaskRole
from handlers import partners
from handlers.desk import HOME, Desk, open_button
from handlers.understanding import clean
from storage.unit import Unit

#: Agencies offered when a case is not ours.
_OFFERED = 8
#: Fewer words give no reason.
_LEAST_WORDS = 3


async def refer(desk: Desk, rest: str) -> Step:
    """Pass a case on, or say as a partner that one is not competent."""
    found = await desk.find(rest)
    if not found:
        return desk.no_case()
    case, wanted = found
    if desk.task(case).role is TaskRole.PARTNER:
        return await partners.decline(desk, case, wanted)
    if not allowed(case, EventKind.REFERRED):
        return desk.not_now(case, *open_button(case))
    code, _, reason = wanted.partition(" ")
    agency = desk.rules.agencies.get(code.upper())
    if agency is None or not may_have(case, agency, desk.rules):
        offered = candidates(case, desk.rules)
        buttons = tuple(Button(f"o:refer:{case.number}:{one.id}", "agency", {"agency": one.id}) for one in offered)
        say = Say("refer_to_whom", {"number": case.number, "wanted": code or None}, (*buttons, *HOME))
        return desk.says(say)
    if len(clean(reason).split()) < _LEAST_WORDS:
        say = Say("write_reason", {"number": case.number, "agency": agency.id})
        return desk.says(say, awaiting=Awaiting("refer", case.number, agency.id))
    return await _refer_to(desk, case, agency, clean(reason))


async def _refer_to(desk: Desk, case: Case, agency: Agency, reason: str) -> Step:
    ours = desk.officer.agency == desk.rules.desk
    bounced = case.referrals > 0 and not ours and not case.restricted
    to = desk.rules.agencies[desk.rules.desk] if bounced else agency
    note = f"{agency.id}: {reason}"
    moved, event = casework.refer(case, to.id, desk.rules, now=desk.unit.now, actor=desk.actor, note=note)
    # The desk's own word does not count as a refusal.
    moved = replace(moved, referrals=case.referrals + (not ours))
    desk.unit.save(moved, event)
    values = {"from": case.agency, "agency": to.id, "note": reason, "due": moved.due_at.isoformat()}
    await desk.tell_citizens(moved, "referred_disputed" if bounced else "referred", values)
    text = "referred_to_desk" if bounced else "referred_on"
    told = {"number": case.number, "agency": to.id, "by": moved.lead.accept_by.isoformat()}
    return desk.says(Say(text, told, HOME))


def may_have(case: Case, agency: Agency, rules: Ruleset) -> bool:
    """Say whether an agency may have a case: nobody who is complained about, and no desk what is restricted.

    The coordinating office never has one.

    A restricted case stays with the province, unless its topic is led in the commune and nobody there is accused.
    """
    if agency.id in (case.agency, rules.coordinator) or agency.id in rules.heirs:
        return False
    if not case.restricted:
        return True
    if is_accused(case.accused, case.commune, agency, rules) or (case.accused and agency.commune):
        return False
    lead = rules.lead_of(case.topic, case.commune)
    leads = lead is not None and lead.id == agency.id and case.reason != Reason.ACCUSED
    return agency.id != rules.desk and (agency.commune is None or leads)


def to_competent(unit: Unit, case: Case, rules: Ruleset) -> Case:
    """Take a restricted case to who answers for such cases, wherever it lies; return it as it is then."""
    to = route_case(case, rules).agency
    if case.status not in OPEN or to.id == case.agency or not may_have(case, to, rules):
        return case
    note = f"{to.id}: {case.topic or case.agency}"
    moved, event = casework.refer(case, to.id, rules, now=unit.now, actor="rules", note=note, charged=False)
    unit.save(moved, event)
    return moved


def candidates(case: Case, rules: Ruleset) -> list[Agency]:
    """Return whose a case may be, the likeliest first: who follows it, who leads its field's other topics, the desk."""
    field = (case.topic or "").partition(".")[0]
    leads = [rules.lead_of(topic.slug, case.commune) for topic in rules.topics_of(field)]
    inspectors = [rules.agencies.get(body) for body in (INSPECTORATE, "CAT")] if case.restricted else []
    found = [
        *inspectors,
        *(rules.agencies.get(of) for of in case.watch),
        *leads,
        rules.agency_for("VP", case.commune),
        rules.agencies[rules.desk],
    ]
    distinct = {agency.id: agency for agency in found if agency and may_have(case, agency, rules)}
    return list(distinct.values())[:_OFFERED]


async def decline(desk: Desk, rest: str) -> Step:
    """Decline a case with a reason; only where the desk has it. The citizen may have it opened again."""
    found = await desk.find_own(rest)
    if not found:
        return desk.no_case()
    case, reason = found[0], clean(found[1])
    if not allowed(case, EventKind.DECLINED):
        return desk.says(Say("decline_is_for_desk", {"number": case.number}, (*open_button(case), *HOME)))
    if len(reason.split()) < _LEAST_WORDS:
        return desk.says(Say("write_decline", {"number": case.number}), awaiting=Awaiting("decline", case.number))
    case, event = change(case, EventKind.DECLINED, now=desk.unit.now, actor=desk.actor, note=reason)
    case = replace(case, answer=reason, answered_at=desk.unit.now, next_update_at=None)
    desk.unit.save(case, event)
    undone = (Button(f"undone:{case.number}", "undone_declined"),)
    await desk.tell_citizens(
        case, "declined", {"agency": case.agency, "reason": reason}, buttons=undone, followers=True
    )
    return desk.says(Say("decline_sent", {"number": case.number}, HOME))
