"""What bodies hear unasked of coordination: planned days that are near or over, replies that are due. Once, by day."""

from collections import defaultdict
from dataclasses import dataclass

from domain.exchanges import Exchange, next_look
from domain.messages import Button, Say
from domain.programmes import (
    PlanState,
    Programme,
    ProgrammeStatus,
    inherited,
    next_reminder,
    programme_rules,
)
from domain.rulesets import Ruleset
from handlers.coordination.exchange_drafts import line
from handlers.coordination.programme_cards import shown
from storage import exchanges, programmes
from storage.programmes import Due
from storage.unit import Unit

#: So many rows are taken in one transaction.
_BATCH = 200
#: What is shown with a button of its own in one message.
_BUTTONS = 6
_OPEN = (PlanState.NOT_BEGUN, PlanState.ON_THE_WAY, PlanState.DUE, PlanState.LATE)


@dataclass(frozen=True, slots=True)
class _Reminder:
    """What is to be said of an activity, and to which bodies."""

    said: dict[str, object]
    told: tuple[str, ...]
    late: bool


async def remind_programmes(unit: Unit, rules: Ruleset) -> int:
    """Remind the focal point and who has not done its part of an activity; the coordinating office of what is late."""
    due = await programmes.due(unit.transaction, unit.now, _BATCH)
    loaded = await programmes.load(unit.transaction, {one.programme for one in due})
    by_id = {one.id: inherited(one, rules.heirs) for one in loaded}
    near: dict[str, list[dict[str, object]]] = defaultdict(list)
    late: dict[str, list[dict[str, object]]] = defaultdict(list)
    all_late: list[dict[str, object]] = []
    for of in due:
        found = await _look(unit, rules, by_id[of.programme], of)
        if found is None:
            continue
        for body in found.told:
            (late if found.late else near)[body].append(found.said)
        all_late += [found.said] if found.late else []
    for body in dict.fromkeys((*late, *near)):
        shown_ones = [*late[body], *near[body]]
        say = Say("programme_reminder", {"agency": body, "late": late[body], "near": near[body]}, _open(shown_ones))
        await _tell(unit, rules, body, say, f"programmes:{shown_ones[0]['code']}")
    others = [one for one in all_late if one not in late[rules.coordinator]]
    if others:
        say = Say("programme_late", {"late": others}, (Button("k:programmes", "k_programmes"),))
        await _tell(unit, rules, rules.coordinator, say, f"programmes_late:{others[0]['code']}")
    return len(due)


async def _look(unit: Unit, rules: Ruleset, programme: Programme, of: Due) -> _Reminder | None:
    """Set when to look at an activity again; return what is to be said of it now."""
    today, own = unit.now.astimezone(rules.calendar.zone).date(), programme_rules()
    content = programme.content(of.content)
    activity = content.activity(of.activity) if content else None
    over = programme.status(today) is ProgrammeStatus.ENDED
    state = programme.of_activity(content, activity, today, own) if content and activity else PlanState.DROPPED
    if content is None or activity is None or over or state not in _OPEN:
        await programmes.remind(unit.transaction, of, None)
        return None
    day = programme.day_of(content, activity)
    look = next_reminder(day, unit.now, rules.calendar, ahead=own.ahead, late_every=own.late_every)
    await programmes.remind(unit.transaction, of, look)
    if programme.status(today) is not ProgrammeStatus.IN_FORCE or programme.unsigned(content.n):
        return None  # nobody is bound by it yet
    missing = programme.missing(content, activity)
    said: dict[str, object] = {
        "code": f"CT{of.programme}.{of.content}.{of.activity}",
        "title": activity.title,
        "day": shown(day),
        "missing": list(missing),
    }
    return _Reminder(said, tuple(dict.fromkeys((content.focal, *missing))), state is PlanState.LATE)


def _open(said: list[dict[str, object]]) -> tuple[Button, ...]:
    codes = dict.fromkeys(str(one["code"]).rpartition(".")[0] for one in said)
    return tuple(
        Button(f"k:programmes:{code}", "k_programme_content", {"code": code}) for code in list(codes)[:_BUTTONS]
    )


async def remind_exchanges(unit: Unit, rules: Ruleset) -> int:
    """Remind who has not replied, and tell senders of what is late: each body in one message."""
    due = await exchanges.due(unit.transaction, unit.now, _BATCH)
    to_reply: dict[str, list[Exchange]] = defaultdict(list)
    waiting: dict[str, list[Exchange]] = defaultdict(list)
    for one in due:
        await exchanges.remind(unit.transaction, one.id, next_look(one, rules, unit.now))
        if not one.open or one.due_at is None:
            continue
        for body in one.missing:
            to_reply[rules.heirs.get(body, body)].append(one)
        if one.due_at < unit.now:
            waiting[rules.heirs.get(one.sender, one.sender)].append(one)
    for text, grouped in (("exchange_reminder", to_reply), ("exchange_late", waiting)):
        for body, theirs in grouped.items():
            said = [line(one, unit.now) for one in theirs]
            buttons = tuple(
                Button(f"k:exchanges:TD{one.id}", "k_exchange", {"id": one.id}) for one in theirs[:_BUTTONS]
            )
            say = Say(text, {"agency": body, "exchanges": said}, buttons)
            await _tell(unit, rules, body, say, f"{text}:{theirs[0].id}")
    return len(due)


async def _tell(unit: Unit, rules: Ruleset, agency: str, say: Say, key: str) -> None:
    when = rules.calendar.after_quiet(unit.now)
    day = unit.now.astimezone(rules.calendar.zone).date()
    await unit.say_to(agency, say, f"{key}:{agency}:{day}", not_before=when, lead=True)
