"""Praise from citizens: when words are praise, and whose it is."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from domain.concerns import Concern, ConcernKind
from domain.conversation import Conversation
from domain.messages import Button, Say
from domain.rulesets import Agency, Ruleset
from domain.words import fold

#: What one person says again so soon is passed on, but not counted again.
_ONCE_IN = timedelta(days=30)


def is_praise(concern: Concern) -> bool:
    """Say whether a concern seems to be praise; the citizen decides. What tells of danger never is."""
    return concern.kind is ConcernKind.PRAISE and not concern.urgent


def praised(concern: Concern, rules: Ruleset) -> Agency | None:
    """Return who is praised: the body that is named, else who leads the topic there; None when that cannot be said.

    Of names that fit the longest counts: "công an tỉnh" is not "công an".
    """
    words = fold(concern.text)
    names = ((fold(name), body) for body, called in rules.called.items() for name in called)
    named = [(len(name), body) for name, body in names if re.search(rf"\b{re.escape(name)}\b", words)]
    if named:
        return rules.agency_for(max(named)[1], concern.commune)
    topic = rules.topic_in(concern.topic, concern.commune)
    # What is kept from the agencies says nothing of whom it would praise.
    return rules.agency_for(topic.lead, concern.commune) if topic and not topic.restricted else None


def praise_card(concern: Concern, rules: Ruleset) -> Say:
    """Return what is asked before praise is passed on; what is to be settled goes its usual way from here."""
    n, unit = concern.serial, praised(concern, rules)
    # About officials praise and its opposite read alike: whoever may be accused reads it only if it is surely praise.
    unsure = concern.restricted or concern.accused is not None
    values = {"agency": unit.id if unit else None, "desk": rules.desk, "unsure": unsure}
    keys = ("praise", "trouble", "place", "drop")
    labels = ("praise", "trouble", "change_place", "drop")
    return Say(
        "praise_card", values, tuple(Button(f"{key}:{n}", label) for key, label in zip(keys, labels, strict=True))
    )


def told(conversation: Conversation, agency: str, now: datetime) -> tuple[Conversation, bool]:
    """Return the conversation that has praised an agency, and whether it is to be counted."""
    lately = tuple((of, at) for of, at in conversation.praised if now - at < _ONCE_IN)
    if any(of == agency for of, _ in lately):
        return replace(conversation, praised=lately), False
    return replace(conversation, praised=(*lately, (agency, now))), True
