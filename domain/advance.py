"""One message in a citizen's conversation: ``advance(conversation, message, facts, cases, rules, now) -> Step``."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.cards import follow, send_or_drop, show
from domain.cases import Case, CaseStatus
from domain.choices import choose
from domain.commands import command, find_command
from domain.concerns import Concern, Decision, Facts
from domain.conversation import (
    AddToCase,
    Awaiting,
    Conversation,
    CountGuidance,
    Judge,
    ReplyToQuestion,
    Step,
)
from domain.filing import new_concern
from domain.messages import Button, Choice, Content, Location, Photo, Say, Text
from domain.rulesets import Ruleset

#: A remark this soon after the last word on a case belongs to it, unless it is clearly about something else.
_SAME_BREATH = timedelta(minutes=30)
#: So few words may be a remark on what was just sent, whatever they seem to be about.
_REMARK_WORDS = 6
#: More unsent concerns than this and the citizen is asked to send or drop some first.
_MOST_CONCERNS = 8
#: An answer to "where?" is short.
_PLACE_WORDS = 12


def advance(
    conversation: Conversation,
    content: Content,
    facts: Facts,
    cases: Sequence[Case],
    rules: Ruleset,
    now: datetime,
) -> Step:
    """Decide what one message of a citizen leads to.

    ``facts`` are those of the message's text (or caption), ``cases`` the citizen's own that are open or ended lately,
    latest first. Pure: nothing is read or written.
    """
    conversation = replace(conversation, erased=False)
    match content:
        case Choice(id):
            return choose(conversation, id, cases, rules, now)
        case Text(text) if (found := find_command(text)) is not None:
            return command(conversation, *found, cases, rules, now)
        case Text(text) if text.strip():
            return _text(conversation, facts, cases, rules, now)
        case Photo(reference, caption) if caption.strip() or _asked_for(conversation, cases):
            return _text(conversation, replace(facts, photos=(reference,)), cases, rules, now)
        case Photo(reference):
            return _photos(conversation, (reference,), cases, now)
        case Location(latitude, longitude):
            return _location(conversation, (latitude, longitude), cases, rules, now)
        case _:
            return Step(conversation, (Say("not_readable"),))


def _text(conversation: Conversation, facts: Facts, cases: Sequence[Case], rules: Ruleset, now: datetime) -> Step:
    if facts.talk == "tuyet_vong":
        # A person first: no form, no notice, nothing kept.
        return Step(replace(conversation, awaiting=None), (Say("despair", {}, (Button("human", "human"),)),))
    step = Step(conversation, (danger(facts, rules),) if facts.urgent else ())
    if asked := _asked_for(conversation, cases):
        return step.then(_to_case(conversation, asked, facts))
    if facts.decision is Decision.GUIDE:
        guided = CountGuidance(facts.kind, facts.topic, facts.commune)
        say = Say(f"guidance_{facts.kind}", {"commune": facts.commune}, (Button("human", "human"),))
        return step.then(Step(conversation, (say,), (guided,)))
    awaiting = conversation.awaiting
    if awaiting and awaiting.what == "place":
        concern = conversation.concern(awaiting.of)
        if concern and _is_place(facts):
            return step.then(_place(replace(conversation, awaiting=None), concern, facts, rules, now))
    if facts.talk and not facts.urgent:
        step = step.then(_talk(conversation, facts.talk, cases))
        return step.then(_photos(conversation, facts.photos, cases, now)) if facts.photos else step
    if facts.outside and not facts.commune:
        return step.then(Step(conversation, (Say("outside", {"province": facts.outside}),)))
    return step.then(_concern(conversation, facts, cases, rules, now))


def danger(facts: Facts, rules: Ruleset) -> Say:
    """Return the hotlines for a danger, those of the topic first."""
    topic = rules.topics.get(facts.topic or "")
    first = topic.hotlines if topic else ()
    return Say("danger", {"hotlines": [*first, *(line for line in rules.hotlines if line not in first)][:4]})


def _asked_for(conversation: Conversation, cases: Sequence[Case]) -> Awaiting | None:
    """Return what is awaited of the citizen for a case: a reply, or what is not done yet."""
    awaiting = conversation.awaiting
    if awaiting and awaiting.what == "reply":
        # When the case has ended meanwhile, what is written now is a matter of its own.
        open_cases = {case.number for case in cases if case.status is not CaseStatus.CLOSED}
        return awaiting if awaiting.of in open_cases else None
    return awaiting if awaiting and awaiting.what == "dispute" else None


def _to_case(conversation: Conversation, awaiting: Awaiting, facts: Facts) -> Step:
    """Pass on what was asked for: the reply to an officer's question, or what is not done yet."""
    conversation = replace(conversation, awaiting=None)
    number = awaiting.of
    if awaiting.what == "reply":
        replied = ReplyToQuestion(number, facts.text, facts.photos)
        return Step(conversation, (Say("replied", {"number": number}),), (replied,))
    judged = Judge(number, done=False, note=facts.text, photos=facts.photos)
    return Step(conversation, (Say("disputed", {"number": number}),), (judged,))


def _is_place(facts: Facts) -> bool:
    if facts.commune or facts.communes or facts.outside:
        return True
    if facts.talk:  # a misspelt name reads like nonsense
        return facts.talk in ("vo_nghia", "ngoai_pham_vi") and bool(facts.nearby)
    return facts.decision is not Decision.ROUTE and len(facts.text.split()) <= _PLACE_WORDS


def _place(conversation: Conversation, concern: Concern, facts: Facts, rules: Ruleset, now: datetime) -> Step:
    """Take an answer to "where?". What is not understood is kept as it was typed, and near names are offered."""
    if facts.outside and not facts.commune:
        return Step(
            replace(conversation, awaiting=Awaiting("place", str(concern.serial))),
            (Say("outside", {"province": facts.outside}),),
        )
    concern = replace(
        concern,
        commune=facts.commune,
        communes=facts.communes or (() if facts.commune else facts.nearby),
        old_name=facts.old_name,
        detail=concern.detail or facts.detail or (None if facts.commune else facts.text),
        photos=(*concern.photos, *facts.photos),
        place_asked=True,
    )
    return show(conversation.keep(concern), concern, rules, now)


def _talk(conversation: Conversation, talk: str, cases: Sequence[Case]) -> Step:
    if talk == "theo_doi":
        return Step(conversation, (follow(cases),))
    buttons = (Button("human", "human"),) if talk in ("gap_nguoi", "chui") else ()
    if conversation.concerns and conversation.agreed:
        latest = conversation.concerns[-1]
        return Step(conversation, (Say(f"talk_{talk}", {}, buttons), Say("still_here", {}, send_or_drop(latest))))
    return Step(conversation, (Say(f"talk_{talk}", {}, buttons),))


def _concern(conversation: Conversation, facts: Facts, cases: Sequence[Case], rules: Ruleset, now: datetime) -> Step:
    """Find what the words belong to: the concern in hand, an open case, or something new."""
    if conversation.concerns and (joined := _more(conversation.concerns[-1], facts)):
        return show(conversation.keep(joined), joined, rules, now)
    if len(conversation.concerns) >= _MOST_CONCERNS:
        return Step(conversation, (Say("too_many", {}, send_or_drop(conversation.concerns[0])),))
    concern = new_concern(conversation.next_serial, facts, now)
    related = _related(facts, cases, now)
    if related is None:
        return show(conversation.keep(concern), concern, rules, now)
    if _is_remark(facts, related, now):
        added = AddToCase(related.number, concern.text, concern.photos)
        say = Say("added", {"number": related.number}, (Button(f"apart:{concern.serial}", "apart"),))
        kept = replace(conversation, joined=concern, next_serial=concern.serial + 1)
        return Step(kept, (say,), (added,))
    buttons = (
        Button(f"join:{concern.serial}:{related.number}", "join"),
        Button(f"new:{concern.serial}", "new"),
    )
    say = Say("join_or_new", {"number": related.number, "topic": related.topic}, buttons)
    return Step(conversation.keep(concern), (say,))


def _more(concern: Concern, facts: Facts) -> Concern | None:
    """Return the concern with the words added to it, or None when they are about something else."""
    sure = facts.decision is Decision.ROUTE
    if sure and concern.topic and facts.topic != concern.topic:
        return None
    if facts.commune and concern.commune and facts.commune != concern.commune:
        return None
    if sure and not concern.topic:
        concern = replace(concern, topic=facts.topic, choices=(), kind=facts.kind)
    return replace(
        concern,
        text=f"{concern.text}\n{facts.text}".strip(),
        urgent=concern.urgent or facts.urgent,
        restricted=concern.restricted or facts.restricted,
        accused=concern.accused or facts.accused,
        commune=concern.commune or facts.commune,
        communes=() if facts.commune else concern.communes or facts.communes,
        old_name=concern.old_name or facts.old_name,
        detail=concern.detail or facts.detail,
        phone=concern.phone or (facts.phones[0] if facts.phones else None),
        photos=(*concern.photos, *facts.photos),
    )


def _related(facts: Facts, cases: Sequence[Case], now: datetime) -> Case | None:
    """Return the latest case the words may be about: same topic, no topic for sure, or said in one breath."""
    for case in cases:
        if case.status is CaseStatus.CLOSED or (facts.commune and case.commune and facts.commune != case.commune):
            continue
        if facts.decision is not Decision.ROUTE or facts.topic == case.topic or _in_one_breath(facts, case, now):
            return case
    return None


def _in_one_breath(facts: Facts, case: Case, now: datetime) -> bool:
    return now - case.filed_at < _SAME_BREATH and len(facts.text.split()) <= _REMARK_WORDS


def _is_remark(facts: Facts, case: Case, now: datetime) -> bool:
    """Say whether the words go on about what was just sent, so that there is nothing to ask."""
    if facts.decision is not Decision.ROUTE:
        return now - case.filed_at < _SAME_BREATH
    return case.topic in facts.choices and _in_one_breath(facts, case, now)


def _open_case(cases: Sequence[Case]) -> Case | None:
    return next((case for case in cases if case.status is not CaseStatus.CLOSED), None)


def _photos(conversation: Conversation, photos: tuple[str, ...], cases: Sequence[Case], now: datetime) -> Step:
    """Take pictures without a word to what they are most likely of."""
    if conversation.concerns:
        latest = conversation.concerns[-1]
        kept = conversation.keep(replace(latest, photos=(*latest.photos, *photos)))
        if not conversation.agreed:
            return Step(kept)
        return Step(kept, (Say("photo_kept", {}, send_or_drop(latest)),))
    if open_case := _open_case(cases):
        added = AddToCase(open_case.number, photos=photos)
        return Step(conversation, (Say("photo_added", {"number": open_case.number}),), (added,))
    concern = new_concern(conversation.next_serial, Facts(Decision.DESK, photos=photos), now)
    return Step(conversation.keep(concern), (Say("photo_of_what"),))


def _location(
    conversation: Conversation,
    point: tuple[float, float],
    cases: Sequence[Case],
    rules: Ruleset,
    now: datetime,
) -> Step:
    if conversation.concerns:
        latest = replace(conversation.concerns[-1], location=point)
        return show(conversation.keep(latest), latest, rules, now)
    if open_case := _open_case(cases):
        added = AddToCase(open_case.number, location=point)
        return Step(conversation, (Say("location_added", {"number": open_case.number}),), (added,))
    concern = replace(new_concern(conversation.next_serial, Facts(Decision.DESK), now), location=point)
    return Step(conversation.keep(concern), (Say("location_of_what"),))
