"""What each button of a citizen does. A button of an older card says so and changes nothing."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from domain.cards import follow, rating_buttons, show, show_next, status, verdict_buttons
from domain.cases import Case, allowed
from domain.concerns import Concern, ConcernKind
from domain.conversation import (
    AddToCase,
    Awaiting,
    AwaitNotice,
    Conversation,
    EraseEverything,
    FileCase,
    Judge,
    LeaveNotices,
    PassOnPraise,
    Rate,
    Step,
)
from domain.filing import split_concern
from domain.messages import Button, Say
from domain.notices import wished
from domain.praising import is_praise, praised, told
from domain.rulesets import Ruleset
from domain.transitions import OPEN, CaseStatus, EventKind, Outcome


def choose(conversation: Conversation, choice: str, cases: Sequence[Case], rules: Ruleset, now: datetime) -> Step:
    """Do what the button says. Ids are ``verb``, ``verb:serial``, ``verb:serial:more`` or ``verb:case number``."""
    verb, _, rest = choice.partition(":")
    of, _, more = rest.partition(":")
    if verb == "rate" and more in _RATINGS:
        return _rate(conversation, of, more, cases)
    if verb == "mine":
        return Step(conversation, (follow(cases),))
    if verb == "human" and (called := next(filter(_is_called, cases), None)):
        return Step(conversation, (status(called),))  # once is enough, however often it is pressed
    if verb in _PLAIN:
        return _PLAIN[verb](conversation, rules, now)
    if verb == "wish":
        return wished(conversation, of, more, rules)
    if verb in _ON_CONCERN:
        return _on_concern(conversation, verb, of, more, cases, rules, now)
    if verb in _ON_CASE:
        case = next((case for case in cases if case.number == of), None)
        return _ON_CASE[verb](conversation, case) if case else Step(conversation, (Say("no_such_case"),))
    return Step(conversation, (Say("old_button"),))


def _on_concern(
    conversation: Conversation, verb: str, of: str, more: str, cases: Sequence[Case], rules: Ruleset, now: datetime
) -> Step:
    concern = conversation.concern(of)
    if verb == "apart" and conversation.joined and str(conversation.joined.serial) == of:
        concern = conversation.joined
    if concern is None:
        return Step(conversation, (Say("old_button"),))
    needs = {"join": EventKind.ADDED, "reopen": EventKind.DISPUTED}.get(verb)
    if needs and not any(case.number == more and allowed(case, needs) for case in cases):
        verb = "show"  # it stands otherwise with the case meanwhile: what was said must not be lost
    if verb == "join" and any(case.number == more and case.status is CaseStatus.ANSWERED for case in cases):
        verb = "join_answered"
    return _ON_CONCERN[verb](conversation, concern, more, rules, now)


_RATINGS = ("1", "2", "3")


def _rate(conversation: Conversation, number: str, rating: str, cases: Sequence[Case]) -> Step:
    """Take a rating of the handling, which is asked apart from the result."""
    if all(case.number != number for case in cases):
        return Step(conversation, (Say("no_such_case"),))
    return Step(conversation, (Say("rated", {"rating": int(rating)}),), (Rate(number, int(rating)),))


# Buttons about nothing in particular.


def _agree(conversation: Conversation, rules: Ruleset, now: datetime) -> Step:
    """Go on after the notice: every concern typed so far gets its card or question."""
    step = Step(replace(conversation, agreed=True))
    if not conversation.concerns:
        return step.then(Step(step.conversation, (Say("agreed"),)))
    for concern in conversation.concerns:
        step = step.then(show(step.conversation, concern, rules, now))
    return step


def _refuse(conversation: Conversation, _rules: Ruleset, _now: datetime) -> Step:
    return Step(Conversation(next_serial=conversation.next_serial), (Say("refused"),))


def _human(conversation: Conversation, _rules: Ruleset, now: datetime) -> Step:
    """Hand over to the desk: a case without a word of what was said."""
    concern = _wish_for_a_human(conversation.next_serial, now)
    kept = replace(conversation, next_serial=concern.serial + 1)
    return Step(kept, (), (FileCase(concern),))


def _is_called(case: Case) -> bool:
    """Say whether the case is a wish for a human that nobody has answered yet."""
    return not case.text and case.topic is None and not case.photos and case.status in OPEN


def _wish_for_a_human(serial: int, now: datetime) -> Concern:
    return Concern(
        serial=serial,
        text="",
        kind=ConcernKind.OTHER,
        topic=None,
        choices=(),
        urgent=True,
        restricted=False,
        accused=None,
        commune=None,
        communes=(),
        old_name=None,
        detail=None,
        begun_at=now,
    )


def _erase(conversation: Conversation, _rules: Ruleset, _now: datetime) -> Step:
    erased = Conversation(next_serial=conversation.next_serial, erased=True)
    return Step(erased, (Say("erased"),), (EraseEverything(),))


def _keep(conversation: Conversation, _rules: Ruleset, _now: datetime) -> Step:
    return Step(conversation, (Say("not_erased"),))


def _help(conversation: Conversation, _rules: Ruleset, _now: datetime) -> Step:
    return Step(conversation, (Say("help", {}, (Button("mine", "mine"),)),))


# Buttons about a concern that is not sent yet.


def _send(conversation: Conversation, concern: Concern, _more: str, rules: Ruleset, now: datetime) -> Step:
    if not conversation.agreed:
        return show(conversation, concern, rules, now)
    rest = replace(conversation.drop(concern), awaiting=None)
    return Step(rest, (), (FileCase(concern),)).then(show_next(rest, rules, now))


def _behalf(conversation: Conversation, concern: Concern, more: str, rules: Ruleset, now: datetime) -> Step:
    """Send for somebody else, as a village head does for who has no phone."""
    if not conversation.head:
        return Step(conversation, (Say("old_button"),))
    return _send(conversation, replace(concern, on_behalf=True), more, rules, now)


def _praise(conversation: Conversation, concern: Concern, _more: str, rules: Ruleset, now: datetime) -> Step:
    """Pass praise on. No case is made of it."""
    if not conversation.agreed or not is_praise(concern):
        return show(conversation, concern, rules, now)
    unit = praised(concern, rules)
    rest, counts = told(conversation.drop(concern), unit.id if unit else "", now)
    rest = replace(rest, awaiting=None)
    passed = PassOnPraise(concern, unit.id if unit else None, counts)
    return Step(rest, (), (passed,)).then(show_next(rest, rules, now))


def _trouble(conversation: Conversation, concern: Concern, _more: str, rules: Ruleset, now: datetime) -> Step:
    """Take what seemed to be praise as something to be settled; who may be accused was promised not to read it."""
    secret = concern.restricted or concern.accused is not None
    return show(conversation, replace(concern, kind=ConcernKind.REPORT, restricted=secret), rules, now)


def _same(conversation: Conversation, concern: Concern, number: str, rules: Ruleset, now: datetime) -> Step:
    """Follow the case that is the same problem, with a report of one's own."""
    if number != concern.offered:
        return Step(conversation, (Say("old_button"),))
    rest = replace(conversation.drop(concern), awaiting=None)
    return Step(rest, (), (FileCase(concern, same_as=number),)).then(show_next(rest, rules, now))


def _wait(conversation: Conversation, concern: Concern, number: str, rules: Ruleset, now: datetime) -> Step:
    """Send nothing, for it is known, and hear when it is mended."""
    if number != concern.offered:
        return Step(conversation, (Say("old_button"),))
    rest = replace(conversation.drop(concern), awaiting=None)
    waited = AwaitNotice(int(number.removeprefix("TB")))
    return Step(rest, (), (waited,)).then(show_next(rest, rules, now))


def _leave(conversation: Conversation, _rules: Ruleset, _now: datetime) -> Step:
    return Step(conversation, (), (LeaveNotices(),))


def _same_for(conversation: Conversation, concern: Concern, number: str, rules: Ruleset, now: datetime) -> Step:
    """Follow it for somebody else, as a village head."""
    if not conversation.head:
        return Step(conversation, (Say("old_button"),))
    return _same(conversation, replace(concern, on_behalf=True), number, rules, now)


def _reopen(conversation: Conversation, concern: Concern, number: str, rules: Ruleset, now: datetime) -> Step:
    """Take what was said as "not done" of a case that had ended."""
    rest = replace(conversation.drop(concern), awaiting=None)
    judged = Judge(number, done=False, note=concern.text, photos=concern.photos)
    return Step(rest, (), (judged,)).then(show_next(rest, rules, now))


def _show(conversation: Conversation, concern: Concern, _more: str, rules: Ruleset, now: datetime) -> Step:
    return show(conversation, concern, rules, now)


def _drop(conversation: Conversation, concern: Concern, _more: str, rules: Ruleset, now: datetime) -> Step:
    rest = replace(conversation.drop(concern), awaiting=None)
    return Step(rest, (Say("dropped"),)).then(show_next(rest, rules, now))


def _split(conversation: Conversation, concern: Concern, _more: str, rules: Ruleset, now: datetime) -> Step:
    """Make a concern of each part. The first is in hand and shown; the others come when it is sent or dropped."""
    if not concern.parts:
        return show(conversation, concern, rules, now)
    conversation = conversation.drop(concern)
    # The newest unsent concern is the one that what comes next belongs to.
    for part in reversed(split_concern(concern, conversation.next_serial)):
        conversation = conversation.keep(part)
    return show(conversation, conversation.concerns[-1], rules, now)


def _whole(conversation: Conversation, concern: Concern, _more: str, rules: Ruleset, now: datetime) -> Step:
    return show(conversation, replace(concern, parts=()), rules, now)


def _fields(conversation: Conversation, concern: Concern, _more: str, rules: Ruleset, _now: datetime) -> Step:
    n = concern.serial
    buttons = tuple(Button(f"field:{n}:{slug}", "field", {"field": slug}) for slug in rules.fields)
    return Step(conversation, (Say("which_field", {}, (*buttons, Button(f"unsure:{n}", "unsure"))),))


def _field(conversation: Conversation, concern: Concern, more: str, rules: Ruleset, _now: datetime) -> Step:
    n = concern.serial
    buttons = tuple(
        Button(f"topic:{n}:{topic.slug}", "topic", {"topic": topic.slug}) for topic in rules.topics_of(more)
    )
    return Step(conversation, (Say("which_topic", {}, (*buttons, Button(f"fields:{n}", "other_topic"))),))


def _topic(conversation: Conversation, concern: Concern, more: str, rules: Ruleset, now: datetime) -> Step:
    if more not in rules.topics:
        return Step(conversation, (Say("old_button"),))
    return show(conversation, replace(concern, topic=more, choices=()), rules, now)


def _unsure(conversation: Conversation, concern: Concern, _more: str, rules: Ruleset, now: datetime) -> Step:
    """Leave the topic to the desk."""
    return show(conversation, replace(concern, topic=None, choices=()), rules, now)


def _place(conversation: Conversation, concern: Concern, _more: str, _rules: Ruleset, _now: datetime) -> Step:
    concern = replace(
        concern, commune=None, communes=(), old_name=None, detail=None, near=None, outside=None, place_asked=True
    )
    kept = replace(conversation.keep(concern), awaiting=Awaiting("place", str(concern.serial)))
    say = Say("ask_place", {"topic": concern.topic}, (Button(f"noplace:{concern.serial}", "noplace"),))
    return Step(kept, (say,))


def _inside(conversation: Conversation, concern: Concern, _more: str, rules: Ruleset, now: datetime) -> Step:
    """Go on with what seemed to be about another province."""
    return show(conversation, replace(concern, outside=None, place_asked=False), rules, now)


def _noplace(conversation: Conversation, concern: Concern, _more: str, rules: Ruleset, now: datetime) -> Step:
    return show(conversation, replace(concern, communes=(), place_asked=True), rules, now)


def _commune(conversation: Conversation, concern: Concern, more: str, rules: Ruleset, now: datetime) -> Step:
    if more not in rules.communes:
        return Step(conversation, (Say("old_button"),))
    return show(conversation, replace(concern, commune=more, communes=()), rules, now)


def _more(conversation: Conversation, concern: Concern, _more: str, _rules: Ruleset, _now: datetime) -> Step:
    # The newest unsent concern is the one that what comes next belongs to.
    rest = conversation.drop(concern)
    return Step(replace(rest, concerns=(*rest.concerns, concern)), (Say("send_more"),))


def _share(conversation: Conversation, concern: Concern, _more: str, rules: Ruleset, now: datetime) -> Step:
    return show(conversation, replace(concern, phone_shared=True), rules, now)


def _join(conversation: Conversation, concern: Concern, number: str, rules: Ruleset, now: datetime) -> Step:
    added = AddToCase(number, concern.text, concern.photos, concern.location)
    rest = conversation.drop(concern)
    return Step(rest, (Say("added", {"number": number}),), (added,)).then(show_next(rest, rules, now))


def _join_answered(conversation: Conversation, concern: Concern, number: str, rules: Ruleset, now: datetime) -> Step:
    """Add to a case that has its answer, and ask once more whether it is done."""
    step = _join(conversation, concern, number, rules, now)
    asked = Say("added_answered", {"number": number}, verdict_buttons(number))
    return replace(step, says=(asked, *step.says[1:]))


def _apart(conversation: Conversation, concern: Concern, _more: str, rules: Ruleset, now: datetime) -> Step:
    return show(replace(conversation, joined=None), concern, rules, now)


# Buttons about a case.


def _case(conversation: Conversation, case: Case) -> Step:
    return Step(conversation, (status(case),))


def _reply(conversation: Conversation, case: Case) -> Step:
    if case.status is not CaseStatus.WAITING_FOR_CITIZEN:
        return Step(conversation, (status(case),))
    say = Say("write_reply", {"number": case.number, "question": case.question})
    return Step(replace(conversation, awaiting=Awaiting("reply", case.number)), (say,))


def _done(conversation: Conversation, case: Case) -> Step:
    if not allowed(case, EventKind.CONFIRMED):
        return Step(conversation, (status(case),))
    say = Say("confirmed", {"number": case.number}, rating_buttons(case.number))
    return Step(replace(conversation, awaiting=None), (say,), (Judge(case.number, done=True),))


def _undone(conversation: Conversation, case: Case) -> Step:
    if not allowed(case, EventKind.DISPUTED):
        return Step(conversation, (status(case),))
    declined = case.outcome is Outcome.DECLINED
    say = Say("what_is_not_agreed" if declined else "what_is_not_done", {"number": case.number})
    return Step(replace(conversation, awaiting=Awaiting("dispute", case.number)), (say,))


def _partly(conversation: Conversation, case: Case) -> Step:
    """Ask what is left to do; the citizen may as well let it rest."""
    if not allowed(case, EventKind.SETTLED_PARTLY):
        return Step(conversation, (status(case),))
    say = Say("what_is_left", {"number": case.number}, (Button(f"rest:{case.number}", "rest"),))
    return Step(replace(conversation, awaiting=Awaiting("dispute", case.number)), (say,))


def _rest(conversation: Conversation, case: Case) -> Step:
    if not allowed(case, EventKind.SETTLED_PARTLY):
        return Step(conversation, (status(case),))
    judged = Judge(case.number, done=True, partly=True)
    say = Say("confirmed", {"number": case.number}, rating_buttons(case.number))
    return Step(replace(conversation, awaiting=None), (say,), (judged,))


_PLAIN: dict[str, Callable[[Conversation, Ruleset, datetime], Step]] = {
    "agree": _agree,
    "refuse": _refuse,
    "human": _human,
    "erase": _erase,
    "keep": _keep,
    "help": _help,
    "leave": _leave,
}
_ON_CONCERN: dict[str, Callable[[Conversation, Concern, str, Ruleset, datetime], Step]] = {
    "send": _send,
    "show": _show,
    "new": _show,
    "behalf": _behalf,
    "praise": _praise,
    "trouble": _trouble,
    "same": _same,
    "wait": _wait,
    "same_for": _same_for,
    "reopen": _reopen,
    "drop": _drop,
    "split": _split,
    "whole": _whole,
    "fields": _fields,
    "field": _field,
    "topic": _topic,
    "unsure": _unsure,
    "place": _place,
    "inside": _inside,
    "noplace": _noplace,
    "commune": _commune,
    "more": _more,
    "share": _share,
    "join": _join,
    "join_answered": _join_answered,
    "apart": _apart,
}
_ON_CASE: dict[str, Callable[[Conversation, Case], Step]] = {
    "case": _case,
    "reply": _reply,
    "done": _done,
    "undone": _undone,
    "partly": _partly,
    "rest": _rest,
}
