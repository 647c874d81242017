"""What a case is about, set by an officer where it was read or chosen wrong."""

from domain.cases import Case, allowed
from domain.conversation import Step
from domain.correcting import correct, find_topics, text_as_filed
from domain.messages import Button, Say
from domain.rulesets import Agency, Ruleset, Topic
from domain.transitions import EventKind
from handlers import joining
from handlers.desk import HOME, Desk, open_button
from handlers.queue import actions
from handlers.referring import may_have, to_competent
from handlers.understanding import clean
from nlp.pii import find as find_pii
from nlp.pii import mask
from storage.corrections import Correction

#: Topics offered for words that fit several.
_OFFERED = 8
#: Of words that name no topic so many characters are repeated.
_SHOWN_WORDS = 60


async def correct_topic(desk: Desk, rest: str) -> Step:
    """Set what a case is about: at once by its slug, else by way of a field or of words. The citizen is not told."""
    found = await desk.find(rest, arbiter=True)
    if not found:
        return desk.no_case()
    case, wanted = found
    number = {"number": case.number}
    if case.restricted:
        return desk.says(Say("topic_restricted", number, await actions(desk, case)))
    if not allowed(case, EventKind.CORRECTED) or case.of_office:
        return desk.says(Say("topic_ended", number, HOME))
    slug, _, sure = wanted.partition(" ")
    topic = desk.rules.topics.get(slug)
    if topic is None:
        return desk.says(_which_topic(case, clean(wanted), desk.rules))
    if slug == case.topic:
        return desk.says(Say("topic_same", {**number, "topic": slug}, HOME))
    if topic.restricted and sure != "sure":
        # Nobody can take this back, and a thumb slips.
        button = Button(f"o:topic:{case.number}:{slug}:sure", "o_sure")
        return desk.says(Say("topic_sure", {**number, "topic": slug}, (button, *HOME)))
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
    return Say("topic_of_case", values, (*buttons, *HOME))


async def _set_topic(desk: Desk, case: Case, topic: Topic) -> Step:
    """Change the topic and keep the correction for the reader, unless nobody else may know of the case."""
    filed = text_as_filed(case, await desk.unit.history(case))
    changed, event = correct(case, topic, desk.rules, now=desk.unit.now, actor=desk.actor)
    desk.unit.save(changed, event)
    if changed.restricted:
        await _seal(desk, changed)
    elif filed:
        await desk.unit.learn(_correction(desk, case, topic, filed))
    if case.agency != desk.officer.agency:
        say = Say("officer_topic", {"number": case.number, "note": topic.slug}, open_button(case))
        await desk.tell(case.agency, say, changed, officer=case.lead.officer)
    lead = desk.rules.lead_of(topic.slug, case.commune)
    values = {
        "number": case.number,
        "before": case.topic,
        "topic": topic.slug,
        "lead": lead and lead.id,
        "agency": case.agency,
        "restricted": changed.restricted,
    }
    refer = () if changed.restricted else _refer_buttons(desk, changed, lead)
    return desk.says(Say("topic_set", values, (*refer, *HOME)))


async def _seal(desk: Desk, case: Case) -> None:
    """Take a case that became restricted out of everybody's sight but that of who answers for such cases."""
    await joining.promote(desk.unit, case, desk.rules)
    await desk.unit.unlearn(case)
    await desk.unit.unsay(case)
    await desk.unit.unshow(case)
    to_competent(desk.unit, case, desk.rules)


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
    if case.agency != desk.officer.agency or not allowed(case, EventKind.REFERRED):
        return ()
    if lead is None:
        return (Button(f"o:refer:{case.number}", "o_refer"),)
    if not may_have(case, lead, desk.rules):
        return ()
    return (Button(f"o:refer:{case.number}:{lead.id}", "o_refer_to", {"agency": lead.id}),)
