"""Officers at work: the queue, and what can be done with a case, by button and by command.

An officer sees and moves only cases of the own agency; for all others there is "no such case", whatever the reason.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from domain.cards import verdict_buttons
from domain.cases import OPEN, Case, EventKind, allowed, change, news_due
from domain.commands import fold, split_command
from domain.conversation import Awaiting, Conversation, Step
from domain.correcting import correct, find_topics, text_as_filed
from domain.messages import Button, Choice, Content, Say, Text
from domain.numbers import find_case_number
from domain.routing import Reason
from domain.rulesets import Agency, Ruleset, Topic
from handlers import citizens
from handlers.understanding import clean
from nlp.pii import find as find_pii
from nlp.pii import mask
from storage.corrections import Correction
from storage.officers import Officer
from storage.unit import Unit

#: Cases on one page of the queue.
_PAGE = 5
#: Agencies offered when a case is not ours, and topics when it is about something else.
_OFFERED = 8
#: An answer of fewer words says nothing.
_LEAST_WORDS = 5
#: Of words that name no topic so many characters are repeated.
_SHOWN_WORDS = 60
#: The history shown on a case card.
_SHOWN_EVENTS = 8

_COMMANDS = {
    "viec": "queue",
    "hoso": "view",
    "xem": "view",
    "nhan": "take",
    "hoi": "ask",
    "chuyen": "refer",
    "chude": "topic",
    "traloi": "answer",
    "thoi": "leave",
    "trogiup": "help",
    "help": "help",
    "start": "help",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """What an officer's step works with."""

    unit: Unit
    officer: Officer
    conversation: Conversation
    rules: Ruleset
    #: Names the message, for the outbox.
    key: str

    @property
    def actor(self) -> str:
        """Who the history says it was."""
        return f"officer:{self.officer.id}"

    def says(self, *says: Say, awaiting: Awaiting | None = None) -> Step:
        """Return a step that says something and waits for what is given, or for nothing."""
        return Step(replace(self.conversation, awaiting=awaiting), says)


def is_for(officer: Officer | None, content: Content) -> bool:
    """Say whether a message is an officer's: sent from a seat, or asking for one."""
    found = split_command(content.text) if isinstance(content, Text) else None
    return officer is not None or (found is not None and found[0] == "canbo")


async def work(
    unit: Unit, conversation: Conversation, conversation_id: int, content: Content, rules: Ruleset, key: str
) -> Step:
    """Do what an officer asks for."""
    conversation = replace(conversation, erased=False)
    command = split_command(content.text) if isinstance(content, Text) else None
    if command and command[0] == "canbo":
        return await _bind(unit, conversation, conversation_id, command[1], rules)
    officer = unit.officer(conversation_id)
    if officer is None:
        return Step(conversation, (Say("bad_code"),))
    desk = Desk(unit, officer, conversation, rules, key)
    if command:
        verb = _COMMANDS.get(command[0])
        return await _VERBS[verb](desk, command[1]) if verb else desk.says(Say("officer_unknown"))
    if isinstance(content, Choice) and content.id.startswith("o:"):
        _, verb, *rest = content.id.split(":", 2)
        if verb in _VERBS:
            return await _VERBS[verb](desk, rest[0].replace(":", " ") if rest else "")
    if isinstance(content, Text) and conversation.awaiting:
        waiting = conversation.awaiting
        return await _VERBS[waiting.what](desk, f"{waiting.of} {waiting.more} {content.text}")
    return desk.says(Say("officer_help", {"agency": officer.agency}, _HOME))


_HOME = (Button("o:queue", "o_queue"),)


async def _bind(unit: Unit, conversation: Conversation, of: int, code: str, rules: Ruleset) -> Step:
    seat = await unit.bind(of, code) if code else None
    if seat is None:
        return Step(conversation, (Say("bad_code"),))
    if seat.agency not in rules.agencies:
        await unit.leave(of)
        return Step(conversation, (Say("bad_code"),))
    # What was asked of the citizen is not asked of the officer.
    return Step(replace(conversation, awaiting=None), (Say("bound", {"agency": seat.agency}, _HOME),))


async def _leave(desk: Desk, _rest: str) -> Step:
    await desk.unit.leave(desk.officer.conversation_id)
    return desk.says(Say("left", {"agency": desk.officer.agency}))


async def _help(desk: Desk, _rest: str) -> Step:
    return desk.says(Say("officer_help", {"agency": desk.officer.agency}, _HOME))


async def _queue(desk: Desk, rest: str) -> Step:
    page = int(rest) if rest.isdecimal() and len(rest) < 6 else 0  # noqa: PLR2004 - no queue has more pages
    cases, count = await desk.unit.queue(desk.officer.agency, _PAGE, page * _PAGE)
    if not count:
        return desk.says(Say("queue_empty", {"agency": desk.officer.agency}))
    buttons = tuple(Button(f"o:view:{case.number}", "case", {"number": case.number}) for case in cases)
    if page:
        buttons += (Button(f"o:queue:{page - 1}", "o_back"),)
    if (page + 1) * _PAGE < count:
        buttons += (Button(f"o:queue:{page + 1}", "o_next"),)
    values = {
        "agency": desk.officer.agency,
        "count": count,
        "first": page * _PAGE + 1,
        "cases": [summary(case, desk.unit.now >= case.due_at) for case in cases],
    }
    return desk.says(Say("queue", values, buttons))


def summary(case: Case, late: bool) -> dict[str, object]:  # noqa: FBT001 - a value to show, not a switch
    """Return a case as a line of an officer's list."""
    return {
        "number": case.number,
        "topic": case.topic,
        "commune": case.commune,
        "status": str(case.status),
        "due": case.due_at.isoformat(),
        "late": late,
        "urgent": case.urgent,
        "text": " ".join(case.text[:90].split()),
    }


async def _case(desk: Desk, rest: str, *, arbiter: bool = False) -> tuple[Case, str] | None:
    """Find the case named first in what was typed, if it is the officer's; return it with what follows.

    ``arbiter``: to the desk, every case that is not restricted is its own.
    """
    number = find_case_number(rest, desk.rules.prefix, desk.unit.now.year)
    case = await desk.unit.case(number) if number else None
    if case is None:
        return None
    arbitrates = arbiter and desk.officer.agency == desk.rules.desk and not case.restricted
    return (case, _after_number(rest)) if arbitrates or case.agency == desk.officer.agency else None


def _after_number(rest: str) -> str:
    words, digits = rest.split(), 0
    # Case numbers are typed with and without spaces: skip words until its digits are all passed.
    for n, word in enumerate(words):
        digits += sum(c.isdigit() for c in word)
        if digits >= 7:  # noqa: PLR2004 - the digits of the shortest spelling, without the year
            return rest.split(None, n + 1)[n + 1] if len(words) > n + 1 else ""
    return ""


def _no_case() -> Say:
    return Say("officer_no_case", {}, _HOME)


async def _view(desk: Desk, rest: str) -> Step:
    found = await _case(desk, rest)
    return desk.says(await case_card(desk, found[0])) if found else desk.says(_no_case())


async def case_card(desk: Desk, case: Case) -> Say:
    """Return a case as its officers see it: masked text, why it is theirs, what happened, what can be done."""
    history = await desk.unit.history(case)
    values = {
        **summary(case, desk.unit.now >= case.due_at and case.status in OPEN),
        "kind": str(case.kind),
        "text": case.text,
        "detail": case.detail,
        "reason": case.reason,
        "agency": case.agency,
        "phone": case.phone,
        "location": case.location,
        "photos": list(case.photos),
        "question": case.question,
        "answer": case.answer,
        "history": [
            {"kind": str(event.kind), "at": event.at.isoformat(), "agency": event.agency, "note": event.note}
            for event in history[-_SHOWN_EVENTS:]
        ],
    }
    return Say("case_card", values, _actions(case))


def _actions(case: Case) -> tuple[Button, ...]:
    offered = (
        ("take", EventKind.ACCEPTED),
        ("answer", EventKind.ANSWERED),
        ("ask", EventKind.CITIZEN_ASKED),
        ("refer", EventKind.REFERRED),
    )
    able = tuple(
        Button(f"o:{verb}:{case.number}", f"o_{verb}") for verb, event in offered if allowed(case.status, event)
    )
    amend = allowed(case.status, EventKind.CORRECTED) and not case.restricted
    return (*able, *((Button(f"o:topic:{case.number}", "o_topic"),) if amend else ()), *_HOME)


async def _take(desk: Desk, rest: str) -> Step:
    found = await _case(desk, rest)
    if not found:
        return desk.says(_no_case())
    case, _ = found
    if not allowed(case.status, EventKind.ACCEPTED):
        return desk.says(
            Say("not_now", {"number": case.number, "status": str(case.status)}), await case_card(desk, case)
        )
    case, event = change(case, EventKind.ACCEPTED, now=desk.unit.now, actor=desk.actor)
    case = replace(case, announced_at=case.announced_at or desk.unit.now)
    desk.unit.save(case, event)
    _tell_citizen(desk, case, "accepted", {"agency": case.agency, "due": case.due_at.isoformat()})
    return desk.says(Say("taken", {"number": case.number, "due": case.due_at.isoformat()}, _actions(case)))


async def _ask(desk: Desk, rest: str) -> Step:
    found = await _case(desk, rest)
    if not found:
        return desk.says(_no_case())
    case, question = found[0], clean(found[1])
    if not allowed(case.status, EventKind.CITIZEN_ASKED):
        return _not_now(desk, case)
    if not question:
        return desk.says(Say("write_question", {"number": case.number}), awaiting=Awaiting("ask", case.number))
    case, event = change(case, EventKind.CITIZEN_ASKED, now=desk.unit.now, actor=desk.actor, note=question)
    calendar, days = desk.rules.calendar, desk.rules.clocks["updates"]["question_days"]
    case = replace(
        case,
        question=question,
        asked_at=desk.unit.now,
        # Repeated once, then the work goes on without a reply.
        next_update_at=calendar.at_opening(calendar.add_working_days(desk.unit.now, days)),
        remind_at=calendar.at_opening(calendar.add_working_days(desk.unit.now, 2 * days)),
    )
    desk.unit.save(case, event)
    reply = (Button(f"reply:{case.number}", "reply"),)
    _tell_citizen(desk, case, "question", {"agency": case.agency, "question": question}, reply)
    return desk.says(Say("asked", {"number": case.number}, _HOME))


def _not_now(desk: Desk, case: Case) -> Step:
    return desk.says(Say("not_now", {"number": case.number, "status": str(case.status)}, _actions(case)))


async def _answer(desk: Desk, rest: str) -> Step:
    found = await _case(desk, rest)
    if not found:
        return desk.says(_no_case())
    case, answer = found[0], clean(found[1])
    if not allowed(case.status, EventKind.ANSWERED):
        return _not_now(desk, case)
    if not answer:
        return desk.says(Say("write_answer", {"number": case.number}), awaiting=Awaiting("answer", case.number))
    if len(set(fold(answer).split())) < _LEAST_WORDS:
        return desk.says(Say("answer_too_short", {"number": case.number}), awaiting=Awaiting("answer", case.number))
    case, event = change(case, EventKind.ANSWERED, now=desk.unit.now, actor=desk.actor, note=answer)
    silence = timedelta(days=desk.rules.clocks["updates"]["silence_days"])
    case = replace(
        case, answer=answer, answered_at=desk.unit.now, next_update_at=desk.unit.now + silence, remind_at=None
    )
    desk.unit.save(case, event)
    values = {"agency": case.agency, "answer": answer}
    _tell_citizen(desk, case, "answered", values, verdict_buttons(case.number))
    return desk.says(Say("answer_sent", {"number": case.number}, _HOME))


async def _refer(desk: Desk, rest: str) -> Step:
    """Pass a case on. "Not ours" must name who it is and why; the second time, the desk decides."""
    found = await _case(desk, rest)
    if not found:
        return desk.says(_no_case())
    case, wanted = found
    if not allowed(case.status, EventKind.REFERRED):
        return _not_now(desk, case)
    code, _, reason = wanted.partition(" ")
    agency = desk.rules.agencies.get(code.upper())
    offered = candidates(case, desk.rules)
    if agency is None or not _may_have(case, agency, desk.rules):
        buttons = tuple(Button(f"o:refer:{case.number}:{one.id}", "agency", {"agency": one.id}) for one in offered)
        say = Say("refer_to_whom", {"number": case.number, "wanted": code or None}, (*buttons, *_HOME))
        return desk.says(say)
    if not clean(reason):
        say = Say("write_reason", {"number": case.number, "agency": agency.id})
        return desk.says(say, awaiting=Awaiting("refer", case.number, agency.id))
    return await _refer_to(desk, case, agency, clean(reason))


async def _refer_to(desk: Desk, case: Case, agency: Agency, reason: str) -> Step:
    bounced = case.referrals > 0 and desk.officer.agency != desk.rules.desk and not case.restricted
    to = desk.rules.agencies[desk.rules.desk] if bounced else agency
    note = f"{agency.id}: {reason}"
    moved, event = change(case, EventKind.REFERRED, now=desk.unit.now, actor=desk.actor, note=note)
    moved = citizens.on_the_clock(
        replace(
            moved,
            agency=to.id,
            # The one that passed it on no longer follows it; the desk's own word does not count as a refusal.
            referrals=case.referrals + (desk.officer.agency != desk.rules.desk),
            reason=str(Reason.COMPETENT),
            announced_at=None,
        ),
        desk.rules,
        desk.unit,
    )
    desk.unit.save(moved, event)
    values = {"from": case.agency, "agency": to.id, "note": reason, "due": moved.due_at.isoformat()}
    _tell_citizen(desk, moved, "referred", values)
    text = "referred_to_desk" if bounced else "referred_on"
    return desk.says(Say(text, {"number": case.number, "agency": to.id}, _HOME))


def _may_have(case: Case, agency: Agency, rules: Ruleset) -> bool:
    """Keep restricted cases away from the desk, and with the province unless the topic is led in the commune."""
    if agency.id == case.agency:
        return False
    if not case.restricted:
        return True
    topic = rules.topics.get(case.topic or "")
    leads = topic is not None and topic.lead == agency.body and case.reason != Reason.ACCUSED
    return agency.id != rules.desk and (agency.commune is None or leads)


def candidates(case: Case, rules: Ruleset) -> list[Agency]:
    """Return whose a case may be, the likeliest first: who follows it, who leads its field's other topics, the desk."""
    field = (case.topic or "").partition(".")[0]
    leads = [rules.agency_for(topic.lead, case.commune) for topic in rules.topics_of(field)]
    inspectors = [rules.agencies.get(body) for body in ("TTT", "CAT")] if case.restricted else []
    found = [
        *inspectors,
        *(rules.agencies.get(of) for of in case.watch),
        *leads,
        rules.agency_for("VP", case.commune),
        rules.agencies[rules.desk],
    ]
    distinct = {agency.id: agency for agency in found if agency and _may_have(case, agency, rules)}
    return list(distinct.values())[:_OFFERED]


async def _topic(desk: Desk, rest: str) -> Step:
    """Set what a case is about: at once by its slug, else by way of a field or of words. The citizen is not told."""
    found = await _case(desk, rest, arbiter=True)
    if not found:
        return desk.says(_no_case())
    case, wanted = found
    number = {"number": case.number}
    if case.restricted:
        return desk.says(Say("topic_restricted", number, _actions(case)))
    if not allowed(case.status, EventKind.CORRECTED):
        return desk.says(Say("topic_ended", number, _HOME))
    slug, _, sure = wanted.partition(" ")
    topic = desk.rules.topics.get(slug)
    if topic is None:
        return desk.says(_which_topic(case, clean(wanted), desk.rules))
    if slug == case.topic:
        return desk.says(Say("topic_same", {**number, "topic": slug}, _HOME))
    if topic.restricted and sure != "sure":
        # Nobody can take this back, and a thumb slips.
        button = Button(f"o:topic:{case.number}:{slug}:sure", "o_sure")
        return desk.says(Say("topic_sure", {**number, "topic": slug}, (button, *_HOME)))
    return await _set_topic(desk, case, topic)


def _which_topic(case: Case, words: str, rules: Ruleset) -> Say:
    topics = rules.topics_of(words) or find_topics(words, rules)[:_OFFERED]
    way = f"o:topic:{case.number}"
    if topics:
        buttons = [Button(f"{way}:{topic.slug}", "topic", {"topic": topic.slug}) for topic in topics]
        buttons.append(Button(way, "other_topic"))
    else:
        buttons = [Button(f"{way}:{field}", "field", {"field": field}) for field in rules.fields]
    values = {"number": case.number, "topic": case.topic, "unknown": None if topics else words[:_SHOWN_WORDS] or None}
    return Say("topic_of_case", values, (*buttons, *_HOME))


async def _set_topic(desk: Desk, case: Case, topic: Topic) -> Step:
    """Change the topic and keep the correction for the reader, unless nobody else may know of the case."""
    filed = text_as_filed(case, await desk.unit.history(case))
    changed, event = correct(case, topic, desk.rules, now=desk.unit.now, actor=desk.actor)
    desk.unit.save(changed, event)
    if changed.restricted:
        await desk.unit.unlearn(changed)
    elif filed:
        await desk.unit.learn(_correction(desk, case, topic, filed))
    if case.agency != desk.officer.agency:
        await citizens.tell_agency(desk.unit, changed, "officer_topic", desk.key, desk.rules, note=topic.slug)
    lead = desk.rules.agency_for(topic.lead, case.commune)
    values = {
        "number": case.number,
        "before": case.topic,
        "topic": topic.slug,
        "lead": lead and lead.id,
        "agency": case.agency,
        "restricted": changed.restricted,
    }
    return desk.says(Say("topic_set", values, (*_refer_buttons(desk, changed, lead), *_HOME)))


def _correction(desk: Desk, case: Case, topic: Topic, filed: str) -> Correction:
    return Correction(
        case_id=case.id,
        text=mask(filed, find_pii(filed)),
        before=case.topic,
        after=topic.slug,
        kind=str(case.kind),
        urgent=case.urgent,
        agency=desk.officer.agency,
        at=desk.unit.now,
        ruleset=case.ruleset,
        read_by=case.read_by,
    )


def _refer_buttons(desk: Desk, case: Case, lead: Agency | None) -> tuple[Button, ...]:
    """Offer to pass the officer's own case on to who leads its topic; to choose whom, where that one is not known."""
    if case.agency != desk.officer.agency or not allowed(case.status, EventKind.REFERRED):
        return ()
    if lead is None:
        return (Button(f"o:refer:{case.number}", "o_refer"),)
    if not _may_have(case, lead, desk.rules):
        return ()
    return (Button(f"o:refer:{case.number}:{lead.id}", "o_refer_to", {"agency": lead.id}),)


def _tell_citizen(
    desk: Desk, case: Case, text: str, values: Mapping[str, object], buttons: tuple[Button, ...] = ()
) -> None:
    buttons = buttons or (Button(f"case:{case.number}", "follow"),)
    say = Say(text, {"number": case.number, **values}, buttons)
    when = news_due(desk.rules, case, desk.unit.now)
    desk.unit.say(case.conversation_id, say, f"{desk.key}:{case.number}:{text}", not_before=when)


_VERBS: dict[str | None, Callable[[Desk, str], Awaitable[Step]]] = {
    "queue": _queue,
    "view": _view,
    "take": _take,
    "ask": _ask,
    "refer": _refer,
    "topic": _topic,
    "answer": _answer,
    "leave": _leave,
    "help": _help,
}
