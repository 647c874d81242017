"""A text on its own: what ``hoiam classify`` prints of it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from domain.concerns import ConcernKind, Decision, Facts
from domain.filing import new_concern
from domain.routing import Reason, route
from domain.rulesets import Ruleset
from handlers.understanding import understand
from nlp.reading import Commune, Reading

#: Topics printed, best first.
_SHOWN = 3
#: Where something goes does not depend on when it is asked.
_ANY_TIME = datetime.min.replace(tzinfo=UTC)


def classify(text: str, reading: Reading, rules: Ruleset) -> dict[str, Any]:
    """Return a reading as plain data, with where it would go and what the bot would do."""
    facts = understand(text, reading, rules)
    topic = None if facts.talk or facts.topic is None else facts.topic
    lead, watch = _bodies(facts, topic, rules)
    place = reading.place
    return {
        "field": topic and topic.partition(".")[0],
        "topic": topic,
        "topics": [[slug, round(probability, 4)] for slug, probability in reading.topics[:_SHOWN]],
        "kind": reading.kind if topic or reading.kind is None else str(ConcernKind.OTHER),
        "urgent": facts.urgent,
        "restricted": facts.restricted,
        "register": reading.register if text.strip() else None,
        "place": {
            "province": place.province or (place.commune.province if place.commune else None),
            "commune": place.commune.name if place.commune else None,
            "code": place.commune.code if place.commune else None,
            "candidates": [_candidate(commune) for commune in place.candidates],
        },
        "lead": lead,
        "watch": watch,
        "accused": reading.accused,
        "pii": [[span.start, span.end, span.type] for span in reading.pii],
        "confidence": round(reading.confidence, 4),
        "decision": str(facts.decision),
        "why": list(reading.why),
        "versions": {"reader": facts.read_by, "ruleset": rules.version},
    }


def _candidate(commune: Commune) -> dict[str, str]:
    return {"commune": commune.name, "code": commune.code, "province": commune.province}


def _bodies(facts: Facts, topic: str | None, rules: Ruleset) -> tuple[dict[str, str | None], list[str]]:
    """Return the lead, as body and concrete agency, and the bodies that watch; neither for what is not routed."""
    if topic is None or facts.decision is Decision.GUIDE:
        return {"body": None, "agency": None}, []
    way = route(replace(new_concern(0, facts, _ANY_TIME), topic=topic), rules)
    if way.reason is Reason.NO_PLACE:
        return {"body": rules.topics[topic].lead, "agency": None}, list(rules.topics[topic].watch)
    watch = [agency.body for agency in way.watch] or list(rules.topics[topic].watch)
    if way.reason is Reason.ACCUSED or facts.restricted:
        watch = []
    return {"body": way.agency.body, "agency": way.agency.id}, watch
