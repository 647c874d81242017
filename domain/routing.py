"""Which agency answers for a concern, and why."""

from dataclasses import dataclass
from enum import StrEnum

from domain.cases import Case
from domain.concerns import Concern
from domain.rulesets import Agency, Ruleset, Topic


class Reason(StrEnum):
    """The rule that decided; shown to officers with the legal basis of the agency."""

    #: The topic's lead acts in this place.
    COMPETENT = "competent"
    #: The agency that would act is the one complained about; another one supervises.
    ACCUSED = "accused"
    #: The topic is not known: the desk decides.
    NO_TOPIC = "no_topic"
    #: The lead is a commune body and the commune is not known: the desk decides.
    NO_PLACE = "no_place"
    #: It is a matter's own case: the task group's, nobody's concern.
    MATTER = "matter"


@dataclass(frozen=True, slots=True)
class Route:
    """Where a concern goes."""

    agency: Agency
    watch: tuple[Agency, ...]
    tier: str
    reason: Reason
    #: Only its agency may know of it.
    restricted: bool = False


#: Restricted cases nobody else may have go to the inspector; those for the police, without a place, to the province's.
INSPECTORATE, _POLICE, _LOCAL_POLICE = "TTT", "CAT", "CAX"


def route(concern: Concern, rules: Ruleset) -> Route:
    """Find the agency for a concern: topic x place, never the one accused, else the desk.

    The desk sees no restricted case, and nobody watches one: whoever does would learn who was accused.
    """
    topic = rules.topic_in(concern.topic, concern.commune)
    tier = "E" if concern.urgent else topic.tier if topic else "B"
    restricted = concern.restricted or (topic is not None and topic.restricted)
    desk, inspector = rules.agencies[rules.desk], inspector_for(concern.accused, concern.commune, rules)
    if topic is None:
        if restricted:
            return Route(inspector, (), tier, Reason.ACCUSED, restricted)
        return Route(desk, (), tier, Reason.NO_TOPIC)
    lead = rules.agency_for(topic.lead, concern.commune)
    if _accuses_lead(concern, topic, lead, rules):
        return Route(_over(concern, topic, rules) or inspector, (), tier, Reason.ACCUSED, restricted)
    if restricted:
        if lead is None:
            lead = rules.agencies[_POLICE] if topic.lead == _LOCAL_POLICE else inspector
        return Route(inspector if lead.id == desk.id else lead, (), tier, Reason.COMPETENT, restricted)
    if lead is None:
        return Route(desk, (), tier, Reason.NO_PLACE)
    return Route(lead, followers(topic, concern.commune, lead.id, rules), tier, Reason.COMPETENT)


def route_case(case: Case, rules: Ruleset) -> Route:
    """Return where a case would go if it were filed as it stands now."""
    return route(
        Concern(
            serial=0,
            text="",
            kind=case.kind,
            topic=case.topic,
            choices=(),
            urgent=case.urgent,
            restricted=case.restricted,
            accused=case.accused,
            commune=case.commune,
            communes=(),
            old_name=None,
            detail=None,
            begun_at=case.filed_at,
        ),
        rules,
    )


def followers(topic: Topic, commune: str | None, owner: str, rules: Ruleset) -> tuple[Agency, ...]:
    """Return who watches over a case of this topic that its owner has; nobody where the topic is restricted."""
    if topic.restricted:
        return ()
    here = rules.topic_in(topic.slug, commune) or topic
    found = (rules.agency_for(body, commune) for body in here.watch)
    # Two bodies may have become one agency.
    return tuple({agency.id: agency for agency in found if agency and agency.id != owner}.values())


def heir_of(agency: str, rules: Ruleset, *, restricted: bool, accused: str | None, commune: str | None) -> Agency:
    """Return who gets a case of a dissolved agency: its heir, but nobody who must not have it.

    ``accused`` is the body the case complains about, ``commune`` its place.
    """
    heir = rules.agencies[rules.heirs[agency]]
    if not restricted:
        return heir
    too_near = accused is not None and (heir.commune is not None or is_accused(accused, commune, heir, rules))
    return inspector_for(accused, commune, rules) if too_near or heir.id == rules.desk else heir


def _accuses_lead(concern: Concern, topic: Topic, lead: Agency | None, rules: Ruleset) -> bool:
    """Say whether the lead must not have the case: it, or any office of its commune, is accused."""
    if not concern.restricted:
        return False
    if concern.accused == topic.lead or is_accused(concern.accused, concern.commune, lead, rules):
        return True
    # A commune's offices sit on one corridor: an accusation of one goes to none of them.
    in_commune = lead is None or lead.commune is not None
    return in_commune and (concern.accused is not None or not topic.restricted)


def inspector_for(accused: str | None, commune: str | None, rules: Ruleset) -> Agency:
    """Return who looks into what nobody else may have: the inspectorate, and the police where that is accused."""
    inspectorate = rules.agencies[INSPECTORATE]
    return rules.agencies[_POLICE] if is_accused(accused, commune, inspectorate, rules) else inspectorate


def is_accused(accused: str | None, commune: str | None, agency: Agency | None, rules: Ruleset) -> bool:
    """Say whether the agency is of the accused body, or has taken its people over."""
    if agency is None or accused is None:
        return False
    today = rules.agency_for(accused, commune)
    return agency.body == accused or (today is not None and agency.id == today.id)


def _over(concern: Concern, topic: Topic, rules: Ruleset) -> Agency | None:
    """Return the first of those who watch that is the province's, and neither accused nor the desk."""
    for body in topic.watch:
        agency = rules.agency_for(body, concern.commune)
        if agency is None or agency.commune is not None or agency.id == rules.desk:
            continue
        if not is_accused(concern.accused, concern.commune, agency, rules):
            return agency
    return None
