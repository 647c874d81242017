"""What an officer says a case is about, where it was read or chosen wrong."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.cases import Case, CaseEvent, change
from domain.routing import Reason, followers
from domain.rulesets import Ruleset, Topic
from domain.transitions import EventKind, TaskStatus
from domain.words import fold

#: What citizens said after the case was filed.
_LATER = frozenset({EventKind.ADDED, EventKind.CITIZEN_REPLIED, EventKind.DISPUTED})
_WORD = re.compile(r"\w+")


def correct(case: Case, topic: Topic, rules: Ruleset, *, now: datetime, actor: str) -> tuple[Case, CaseEvent]:
    """Set the topic of a case. Its agency and the promised deadline stay; who watches over it changes with the topic.

    A case that becomes restricted stays so. Raises NotAllowedError when the case has ended.
    """
    lead = rules.lead_of(topic.slug, case.commune)
    case, event = change(case, EventKind.CORRECTED, now=now, actor=actor, note=f"{case.topic or '-'} {topic.slug}")
    restricted = case.restricted or topic.restricted
    watch = () if restricted else followers(topic, case.commune, case.agency, rules)
    if restricted:
        # Who was called in before has nothing to do with it any more; its inspectors are told anew.
        ended = [replace(task, status=TaskStatus.ENDED, ended_at=now, remind_at=None) for task in case.partners]
        case = case.keep(*ended, replace(case.lead, announced_at=None))
    return (
        replace(
            case,
            topic=topic.slug,
            restricted=restricted,
            watch=tuple(agency.id for agency in watch),
            reason=str(Reason.COMPETENT) if lead and lead.id == case.agency else case.reason,
        ),
        event,
    )


def find_topics(words: str, rules: Ruleset) -> list[Topic]:
    """Return the topics whose names have the most of these words, in the order of the taxonomy; none without one."""
    wanted = set(_WORD.findall(fold(words)))
    names = {slug: set(_WORD.findall(fold(topic.name))) for slug, topic in rules.topics.items()}
    most = max(len(wanted & name) for name in names.values())
    return [rules.topics[slug] for slug, name in names.items() if most and len(wanted & name) == most]


def text_as_filed(case: Case, history: Sequence[CaseEvent]) -> str:
    """Return what the citizen wrote before the case was filed; all there is when that was not a word."""
    text = case.text
    for event in reversed(history):
        if event.kind in _LATER:
            text = text.removesuffix(event.note.strip()).rstrip()
    return text or case.text
