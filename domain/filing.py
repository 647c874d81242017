"""What was understood becomes a concern; a concern becomes a case."""

from dataclasses import replace
from datetime import datetime

from domain.cases import Case, CaseEvent, clock_of, opened
from domain.casework import deadline, lead_task, update_due
from domain.concerns import Concern, Decision, Facts
from domain.numbers import case_number
from domain.routing import Reason, route
from domain.rulesets import Ruleset
from domain.transitions import CaseStatus, EventKind


def new_concern(serial: int, facts: Facts, now: datetime) -> Concern:
    """Return the concern that a text tells of; its topic only where it is sure enough to be named."""
    return Concern(
        serial=serial,
        text=facts.text,
        kind=facts.kind,
        topic=facts.topic if facts.decision is Decision.ROUTE else None,
        choices=facts.choices if facts.decision is Decision.ASK else (),
        urgent=facts.urgent,
        restricted=facts.restricted,
        accused=facts.accused,
        commune=facts.commune,
        communes=facts.communes,
        old_name=facts.old_name,
        detail=facts.detail,
        begun_at=now,
        phone=facts.phones[0] if facts.phones else None,
        photos=facts.photos,
        outside=facts.outside,
        near=facts.nearest,
        parts=facts.parts,
        read_by=facts.read_by,
    )


def split_concern(concern: Concern, serial: int) -> tuple[Concern, ...]:
    """Return a concern for each part, numbered from ``serial``; all that is not words and topic they have in common."""
    return tuple(
        replace(
            concern,
            serial=serial + n,
            text=part.text,
            topic=part.topic,
            choices=(),
            detail=part.detail,
            parts=(),
        )
        for n, part in enumerate(concern.parts)
    )


def file_case(
    concern: Concern, serial: int, conversation_id: int, rules: Ruleset, now: datetime
) -> tuple[Case, CaseEvent]:
    """Return the case a concern becomes, with the first row of its history."""
    way = route(concern, rules)
    due_at = deadline(rules, way.tier, now, topic=concern.topic, urgent=concern.urgent)
    triage = way.reason in (Reason.NO_TOPIC, Reason.NO_PLACE)
    local_year = now.astimezone(rules.calendar.zone).year
    filed = Case(
        id=serial,
        number=case_number(rules.prefix, local_year, serial),
        conversation_id=conversation_id,
        status=CaseStatus.IN_TRIAGE if triage else CaseStatus.REFERRED,
        kind=concern.kind,
        topic=concern.topic,
        tier=way.tier,
        urgent=concern.urgent,
        restricted=way.restricted,
        commune=concern.commune,
        detail=concern.detail,
        text=concern.text,
        agency=way.agency.id,
        watch=tuple(agency.id for agency in way.watch),
        reason=str(way.reason),
        filed_at=now,
        due_at=due_at,
        next_update_at=update_due(rules, due_at, now),
        ruleset=rules.version,
        counted_from=now,
        clocked_by=rules.clocks.version,
        location=concern.location,
        photos=concern.photos,
        phone=concern.phone if concern.phone_shared else None,
        read_by=concern.read_by or None,
        accused=concern.accused if way.restricted else None,
        on_behalf=concern.on_behalf,
    )
    filed = opened(filed.keep(lead_task(filed, way.agency.id, rules, now, due_at=due_at)), now)
    happened = CaseEvent(serial, EventKind.FILED, now, "citizen", filed.agency, str(way.reason), clock=clock_of(filed))
    return filed, happened
