"""What a citizen is shown of a concern and of cases: the notice, the one open question, the card, the list."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.cases import Case
from domain.casework import deadline
from domain.concerns import Concern
from domain.conversation import Awaiting, Conversation, Step
from domain.messages import Button, Say
from domain.praising import is_praise, praise_card, praised
from domain.routing import route
from domain.rulesets import Ruleset
from domain.transitions import CaseStatus

#: So many cases are listed; older ones are found by their number.
_LISTED = 8


def show(conversation: Conversation, concern: Concern, rules: Ruleset, now: datetime) -> Step:
    """Show where a concern stands: the notice at first contact, else the one question that is open, else the card."""
    conversation = conversation.keep(concern)
    # Typing the name of a place works as well as pressing it.
    place = Awaiting("place", str(concern.serial))
    if concern.outside and concern.commune is None:
        return Step(replace(conversation, awaiting=place), (_outside(concern),))
    if not conversation.agreed:
        return Step(conversation, (Say("notice", {}, (Button("agree", "agree"), Button("refuse", "refuse"))),))
    nudge = now + timedelta(minutes=rules.clocks.updates.nudge_minutes)
    conversation = replace(conversation, awaiting=None, nudge_at=nudge)
    if is_praise(concern) and praised(concern, rules):
        return Step(conversation, (praise_card(concern, rules),))
    if not is_praise(concern) and (asked := _which_one(conversation, concern)):
        return asked
    if near := proposed(concern):
        return Step(replace(conversation, awaiting=place), (_is_it_here(concern, *near),))
    if concern.commune is None and concern.communes:
        return Step(replace(conversation, awaiting=place), (_which_commune(concern),))
    if concern.commune is None and not concern.place_asked:
        asked_place = conversation.keep(replace(concern, place_asked=True))
        say = Say("ask_place", {"topic": concern.topic}, (Button(f"noplace:{concern.serial}", "noplace"),))
        return Step(replace(asked_place, awaiting=place), (say,))
    by_head = conversation.head is not None
    shown = praise_card(concern, rules) if is_praise(concern) else card(concern, rules, now, by_head=by_head)
    return Step(conversation, (shown,))


def _which_one(conversation: Conversation, concern: Concern) -> Step | None:
    """Ask whether it is one matter or two, or which of several it may be; None where that is clear."""
    if concern.parts:
        return Step(replace(conversation, awaiting=Awaiting("parts", str(concern.serial))), (_two_issues(concern),))
    if concern.topic is None and concern.choices:
        return Step(conversation, (_which_topic(concern),))
    return None


def show_next(conversation: Conversation, rules: Ruleset, now: datetime) -> Step:
    """Show what is still unsent after a concern was sent or dropped: nothing typed waits to be remembered."""
    if not conversation.agreed or not conversation.concerns:
        return Step(conversation)
    announced = Step(conversation, (Say("next_one", {"count": len(conversation.concerns)}),))
    return announced.then(show(conversation, conversation.concerns[-1], rules, now))


def proposed(concern: Concern) -> tuple[str, float] | None:
    """Return the commune to be confirmed for a shared position; None where a place in words speaks against it."""
    if concern.commune or not concern.near or (concern.communes and concern.near[0] not in concern.communes):
        return None
    return concern.near


def _outside(concern: Concern) -> Say:
    buttons = (Button(f"inside:{concern.serial}", "inside"), Button(f"drop:{concern.serial}", "drop"))
    return Say("outside", {"elsewhere": concern.outside}, buttons)


def _two_issues(concern: Concern) -> Say:
    buttons = (Button(f"split:{concern.serial}", "split"), Button(f"whole:{concern.serial}", "whole"))
    return Say("two_issues", {"topics": [part.topic for part in concern.parts]}, buttons)


def _is_it_here(concern: Concern, commune: str, kilometres: float) -> Say:
    n = concern.serial
    buttons = (Button(f"commune:{n}:{commune}", "right"), Button(f"place:{n}", "other_commune"))
    return Say("is_it_here", {"commune": commune, "kilometres": kilometres}, buttons)


def _which_topic(concern: Concern) -> Say:
    topics = tuple(Button(f"topic:{concern.serial}:{slug}", "topic", {"topic": slug}) for slug in concern.choices)
    return Say("which_topic", {}, (*topics, Button(f"fields:{concern.serial}", "other_topic")))


def _which_commune(concern: Concern) -> Say:
    communes = tuple(
        Button(f"commune:{concern.serial}:{code}", "commune", {"commune": code}) for code in concern.communes
    )
    values = {"old_name": concern.old_name, "typed": concern.detail}
    return Say("which_commune", values, (*communes, Button(f"place:{concern.serial}", "other_place")))


def card(concern: Concern, rules: Ruleset, now: datetime, *, by_head: bool = False) -> Say:
    """Return the card: what was understood, who will answer, by when, and what can be changed.

    A village head (``by_head``) may send it for somebody else.
    """
    way, n = route(concern, rules), concern.serial
    values = {
        "topic": concern.topic,
        "kind": str(concern.kind),
        "commune": concern.commune,
        "old_name": concern.old_name,
        "detail": concern.detail,
        "agency": way.agency.id,
        "reason": str(way.reason),
        "due": deadline(rules, way.tier, now, topic=concern.topic, urgent=concern.urgent).isoformat(),
        "photos": len(concern.photos),
        "located": concern.location is not None,
        "phone_hidden": bool(concern.phone) and not concern.phone_shared,
        "phone_shown": bool(concern.phone) and concern.phone_shared,
    }
    share = (Button(f"share:{n}", "share"),) if values["phone_hidden"] else ()
    return Say(
        "card",
        values,
        (
            Button(f"send:{n}", "send"),
            *((Button(f"behalf:{n}", "behalf"),) if by_head else ()),
            Button(f"fields:{n}", "change_topic"),
            Button(f"place:{n}", "change_place"),
            Button(f"more:{n}", "add_more"),
            *share,
            Button(f"drop:{n}", "drop"),
        ),
    )


def send_or_drop(concern: Concern) -> tuple[Button, ...]:
    """Return the buttons that bring an unsent concern back or drop it."""
    return (Button(f"show:{concern.serial}", "show"), Button(f"drop:{concern.serial}", "drop"))


def follow(cases: Sequence[Case]) -> Say:
    """Return the list of a citizen's cases."""
    listed = cases[:_LISTED]
    if not listed:
        return Say("follow_none")
    buttons = tuple(Button(f"case:{case.number}", "case", {"number": case.number}) for case in listed)
    return Say("follow", {"cases": [_line(case) for case in listed]}, buttons)


def _line(case: Case) -> dict[str, object]:
    return {
        "number": case.number,
        "topic": case.topic,
        "status": str(case.status),
        "agency": case.agency,
        "due": case.due_at.isoformat(),
        "outcome": str(case.outcome) if case.outcome else None,
    }


def status(case: Case) -> Say:
    """Return one case as its citizen sees it, with what can be done about it now."""
    values = {**_line(case), "commune": case.commune, "detail": case.detail, "answer": case.answer}
    values["question"] = case.question if case.status is CaseStatus.WAITING_FOR_CITIZEN else None
    buttons: tuple[Button, ...] = ()
    if case.status is CaseStatus.WAITING_FOR_CITIZEN:
        buttons = (Button(f"reply:{case.number}", "reply"),)
    elif case.status is CaseStatus.ANSWERED:
        buttons = verdict_buttons(case.number)
    elif case.status is CaseStatus.CLOSED:
        buttons = (Button(f"undone:{case.number}", "undone"),)
    return Say("status", values, buttons)


def verdict_buttons(number: str) -> tuple[Button, ...]:
    """Return the buttons by which an answer is judged."""
    return tuple(Button(f"{verdict}:{number}", verdict) for verdict in ("done", "partly", "undone"))


def rating_buttons(number: str) -> tuple[Button, ...]:
    """Return the buttons by which the handling is rated, the best first."""
    return tuple(Button(f"rate:{number}:{rating}", f"rate_{rating}") for rating in (3, 2, 1))
