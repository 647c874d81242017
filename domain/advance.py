"""One message in a citizen's conversation: ``advance(conversation, message, facts, cases, rules, now) -> Step``."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.cards import follow, proposed, send_or_drop, show, verdict_buttons
from domain.cases import Case, allowed
from domain.choices import choose
from domain.commands import command, find_command, yes_or_no
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
from domain.notices import asks_for_notices, offer, public_topics, wishes
from domain.rulesets import Ruleset
from domain.transitions import CaseStatus, EventKind

#: A remark this soon after the last word on a case belongs to it, unless it is clearly about something else.
_SAME_BREATH = timedelta(minutes=30)
#: So few words may be a remark on what was just sent, whatever they seem to be about.
_REMARK_WORDS = 6
#: From so many unsent concerns on the citizen is asked to send or drop some; what comes is kept all the same, ...
_MANY_CONCERNS = 8
#: ... up to here. Nobody gets here but who is trying how much we hold.
_MOST_CONCERNS = 20
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
            return _location(conversation, (latitude, longitude), facts, cases, rules, now)
        case _:
            return Step(conversation, (Say("not_readable"),))


def _text(conversation: Conversation, facts: Facts, cases: Sequence[Case], rules: Ruleset, now: datetime) -> Step:
    if facts.talk == "tuyet_vong":
        # A person first: no form, no notice, nothing kept, but what was asked for.
        kind = Step(conversation, (Say("despair", {}, (Button("human", "human"),)),))
        awaited = _asked_for(conversation, cases)
        return kind.then(
            _to_case(conversation, awaited, facts) if awaited else Step(replace(conversation, awaiting=None))
        )
    step = Step(conversation, (danger(facts, rules),) if facts.urgent else ())
    asked = _asked_for(conversation, cases, facts)
    if asked and not facts.accused:
        return step.then(_to_case(conversation, asked, facts))
    if asked:
        # Who is complained about may be the one who asks: these words go their own way.
        step = step.then(_to_case(conversation, asked, replace(facts, text="", photos=())))
        step = step.then(Step(step.conversation, (Say("told_apart", {"number": asked.of}),)))
        return step.then(_concern(step.conversation, facts, (), rules, now))
    if facts.decision is Decision.GUIDE:
        guided = CountGuidance(facts.kind, facts.topic, facts.commune)
        say = Say(f"guidance_{facts.kind}", {"commune": facts.commune}, (Button("human", "human"),))
        return step.then(Step(conversation, (say,), (guided,)))
    if answered := _answer(conversation, facts, cases, rules, now):
        return step.then(answered)
    if not facts.urgent and not facts.restricted and (asked_for := _wish(conversation, facts, rules, now)):
        return step.then(asked_for)
    if facts.talk and not facts.urgent:
        step = step.then(_talk(conversation, facts.talk, cases))
        return step.then(_photos(conversation, facts.photos, cases, now)) if facts.photos else step
    return step.then(_concern(conversation, facts, cases, rules, now))


def _wish(conversation: Conversation, facts: Facts, rules: Ruleset, now: datetime) -> Step | None:
    """Ask what somebody wants to be told of who asks for notices; None for other words.

    What was written is kept, should it be a concern after all.
    """
    if not asks_for_notices(facts.text) or len(conversation.concerns) >= _MOST_CONCERNS:
        return None
    named, places = wishes(facts.text, rules)
    topics = public_topics([facts.topic], rules.topics) if facts.topic else named
    communes = (facts.commune,) if facts.commune else facts.communes or places
    concern = new_concern(conversation.next_serial, facts, now)
    say = offer(topics, communes, concern.serial)
    return Step(conversation.keep(concern), (say,)) if say else None


def danger(facts: Facts, rules: Ruleset) -> Say:
    """Return the hotlines for a danger, those of the topic first."""
    topic = rules.topics.get(facts.topic or "")
    first = topic.hotlines if topic else ()
    return Say("danger", {"hotlines": [*first, *(line for line in rules.hotlines if line not in first)][:4]})


def _asked_for(conversation: Conversation, cases: Sequence[Case], facts: Facts | None = None) -> Awaiting | None:
    """Return what is awaited of the citizen for a case: a reply, or what is not done yet; None for other words."""
    awaiting = conversation.awaiting
    if awaiting is None or awaiting.what not in ("reply", "dispute"):
        return None
    case = next((case for case in cases if case.number == awaiting.of), None)
    if awaiting.what == "reply":
        # When the case has ended meanwhile, what is written now is a matter of its own.
        return awaiting if case and case.status is not CaseStatus.CLOSED else None
    if case is None or not allowed(case, EventKind.DISPUTED) or (facts and facts.talk in ("cam_on", "chao")):
        return None
    return None if facts and _elsewhere(facts, case) else awaiting


def _elsewhere(facts: Facts, case: Case) -> bool:
    """Say whether the words are surely about another matter in another place than the case."""
    apart = facts.commune is not None and case.commune is not None and facts.commune != case.commune
    return apart and facts.decision is Decision.ROUTE and facts.topic != case.topic


def _to_case(conversation: Conversation, awaiting: Awaiting, facts: Facts) -> Step:
    """Pass on what was asked for: the reply to an officer's question, or what is not done yet."""
    conversation = replace(conversation, awaiting=None)
    number = awaiting.of
    if awaiting.what == "reply" and not (facts.text or facts.photos):
        return Step(conversation)
    if awaiting.what == "reply":
        replied = ReplyToQuestion(number, facts.text, facts.photos)
        return Step(conversation, (), (replied,))
    judged = Judge(number, done=False, note=facts.text, photos=facts.photos)
    return Step(conversation, (), (judged,))


def _answer(
    conversation: Conversation, facts: Facts, cases: Sequence[Case], rules: Ruleset, now: datetime
) -> Step | None:
    """Take the words as an answer to the open question about a concern; None when they are none."""
    awaiting = conversation.awaiting
    concern = conversation.concern(awaiting.of) if awaiting else None
    if awaiting is None or concern is None:
        return None
    if not facts.photos and (button := _typed_button(awaiting, concern, facts.text)):
        return choose(conversation, button, cases, rules, now)
    if awaiting.what == "place" and _is_place(facts, concern):
        return _place(replace(conversation, awaiting=None), concern, facts, rules, now)
    return None


def _typed_button(awaiting: Awaiting, concern: Concern, text: str) -> str | None:
    """Return the button that a typed yes or no stands for."""
    yes, n = yes_or_no(text), concern.serial
    if yes is not None and awaiting.what == "parts":
        return f"split:{n}" if yes else f"whole:{n}"
    if yes is not None and (near := proposed(concern)):
        return f"commune:{n}:{near[0]}" if yes else f"place:{n}"
    return None


def _is_place(facts: Facts, concern: Concern) -> bool:
    """Say whether the words answer "where?": they name a place, or are too few to be about another matter."""
    another = facts.decision is Decision.ROUTE and concern.topic and facts.topic != concern.topic
    if facts.parts or (another and len(facts.text.split()) > _PLACE_WORDS):
        return False
    if facts.commune or facts.communes or facts.outside:
        return True
    if facts.talk:  # a misspelt name reads like nonsense
        return facts.talk in ("vo_nghia", "ngoai_pham_vi") and bool(facts.nearby)
    return facts.decision is not Decision.ROUTE and len(facts.text.split()) <= _PLACE_WORDS


def _place(conversation: Conversation, concern: Concern, facts: Facts, rules: Ruleset, now: datetime) -> Step:
    """Take an answer to "where?". What is not understood is kept as it was typed, and near names are offered."""
    communes = facts.communes or (() if facts.commune or facts.outside else facts.nearby)
    named = facts.commune or facts.outside
    concern = replace(
        concern,
        text=f"{concern.text}\n{facts.text}".strip(),
        outside=facts.outside,
        near=None if named or communes else concern.near,
        commune=facts.commune,
        communes=communes,
        old_name=facts.old_name,
        detail=concern.detail or facts.detail or (None if named else facts.text),
        phone=concern.phone or (facts.phones[0] if facts.phones else None),
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
    unsent = len(conversation.concerns)
    if unsent and (joined := _more(conversation.concerns[-1], facts)):
        return show(conversation.keep(joined), joined, rules, now)
    if (open_one := conversation.awaiting) and (left := conversation.concern(open_one.of)):
        # Another matter came between: where the first one is will be asked again in its turn.
        conversation = conversation.keep(replace(left, place_asked=False))
    concern = new_concern(conversation.next_serial, facts, now)
    # What accuses an office is never added to a case that one may have.
    related = None if facts.accused else _related(facts, cases, now)
    if related and _is_remark(facts, related, now):
        added = AddToCase(related.number, concern.text, concern.photos)
        apart = (Button(f"apart:{concern.serial}", "apart"),)
        answered = related.status is CaseStatus.ANSWERED
        verdict = verdict_buttons(related.number) if answered else ()
        say = Say("added_answered" if answered else "added", {"number": related.number}, (*verdict, *apart))
        kept = replace(conversation, joined=concern, next_serial=concern.serial + 1)
        return Step(kept, (say,), (added,))
    if unsent >= _MOST_CONCERNS:
        return Step(conversation, (Say("too_many", {"count": unsent}, send_or_drop(conversation.concerns[-1])),))
    if related and related.status is CaseStatus.ANSWERED:
        return Step(conversation.keep(concern), (_again_or_new(concern, related, "answered_or_new"),))
    if related is None and not facts.accused and (ended := _ended(facts, cases)):
        return Step(conversation.keep(concern), (_again_or_new(concern, ended, "again_or_new"),))
    if related is None:
        many = (Say("many_unsent", {"count": unsent}),) if conversation.agreed and unsent >= _MANY_CONCERNS else ()
        return Step(conversation, many).then(show(conversation, concern, rules, now))
    buttons = (
        Button(f"join:{concern.serial}:{related.number}", "join"),
        Button(f"new:{concern.serial}", "new"),
    )
    say = Say("join_or_new", {"number": related.number, "topic": related.topic}, buttons)
    return Step(conversation.keep(concern), (say,))


def _again_or_new(concern: Concern, case: Case, text: str) -> Say:
    """Ask whether words go on about a case that has its answer: is it not done, is more told, is it another matter."""
    n = concern.serial
    join = (Button(f"join:{n}:{case.number}", "join"),) if case.status is CaseStatus.ANSWERED else ()
    buttons = (Button(f"reopen:{n}:{case.number}", "reopen"), *join, Button(f"new:{n}", "new"))
    return Say(text, {"number": case.number, "topic": case.topic}, buttons)


def _more(concern: Concern, facts: Facts) -> Concern | None:
    """Return the concern with the words added to it, or None when they are about something else."""
    sure = facts.decision is Decision.ROUTE
    if concern.text and facts.parts:
        return None
    if sure and concern.topic and facts.topic not in (concern.topic, *(part.topic for part in concern.parts)):
        return None
    if facts.commune and concern.commune and facts.commune != concern.commune:
        return None
    asked = facts.decision is Decision.ASK and not concern.choices
    if not concern.topic and (sure or asked):
        told = new_concern(concern.serial, facts, concern.begun_at)
        concern = replace(concern, topic=told.topic, choices=told.choices, kind=told.kind, read_by=told.read_by)
    return replace(
        concern,
        text=f"{concern.text}\n{facts.text}".strip(),
        urgent=concern.urgent or facts.urgent,
        restricted=concern.restricted or facts.restricted,
        accused=concern.accused or facts.accused,
        # Who was asked whether it is one matter or two, and writes on, has one.
        parts=facts.parts,
        outside=facts.outside or concern.outside,
        commune=concern.commune or facts.commune,
        communes=() if facts.commune else concern.communes or facts.communes,
        old_name=concern.old_name or facts.old_name,
        detail=concern.detail or facts.detail,
        phone=concern.phone or (facts.phones[0] if facts.phones else None),
        photos=(*concern.photos, *facts.photos),
    )


def _related(facts: Facts, cases: Sequence[Case], now: datetime) -> Case | None:
    """Return the latest case the words may be about: same topic, no topic for sure, or said in one breath."""
    topics = {part.topic for part in facts.parts} or {facts.topic}
    unsure = facts.decision is not Decision.ROUTE and not facts.parts
    for case in cases:
        if case.status is CaseStatus.CLOSED or (facts.commune and case.commune and facts.commune != case.commune):
            continue
        if unsure or case.topic in topics or _in_one_breath(facts, case, now):
            return case
    return None


def _ended(facts: Facts, cases: Sequence[Case]) -> Case | None:
    """Return a case that ended lately and was about the same, at the same place."""
    if facts.decision is not Decision.ROUTE or facts.parts:
        return None
    return next(
        (
            case
            for case in cases
            if allowed(case, EventKind.DISPUTED)
            and case.status is CaseStatus.CLOSED
            and case.topic == facts.topic
            and (not facts.commune or facts.commune == case.commune)
        ),
        None,
    )


def _in_one_breath(facts: Facts, case: Case, now: datetime) -> bool:
    return now - case.filed_at < _SAME_BREATH and len(facts.text.split()) <= _REMARK_WORDS


def _is_remark(facts: Facts, case: Case, now: datetime) -> bool:
    """Say whether the words go on about what was just sent, so that there is nothing to ask."""
    if facts.parts:
        return False
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
    facts: Facts,
    cases: Sequence[Case],
    rules: Ruleset,
    now: datetime,
) -> Step:
    """Take a position to what it is most likely of. Its commune is only proposed, for no border is known."""
    if conversation.concerns:
        latest = replace(conversation.concerns[-1], location=point, near=facts.nearest)
        if facts.nearest or facts.outside:
            latest = replace(latest, outside=facts.outside)
        return show(conversation.keep(latest), latest, rules, now)
    if open_case := _open_case(cases):
        added = AddToCase(open_case.number, location=point)
        return Step(conversation, (Say("location_added", {"number": open_case.number}),), (added,))
    concern = replace(new_concern(conversation.next_serial, facts, now), location=point)
    return Step(conversation.keep(concern), (Say("location_of_what"),))
