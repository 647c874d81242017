"""Which agency answers for a concern, and why."""

from dataclasses import dataclass
from enum import StrEnum

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
_INSPECTOR, _POLICE, _LOCAL_POLICE = "TTT", "CAT", "CAX"


def route(concern: Concern, rules: Ruleset) -> Route:
    """Find the agency for a concern: topic x place, never the one accused, else the desk.

    The desk sees no restricted case, and nobody watches one: whoever does would learn who was accused.
    """
    topic = rules.topics.get(concern.topic or "")
    tier = "E" if concern.urgent else topic.tier if topic else "B"
    restricted = concern.restricted or (topic is not None and topic.restricted)
    desk, inspector = rules.agencies[rules.desk], rules.agencies[_INSPECTOR]
    if topic is None:
        if restricted:
            return Route(inspector, (), tier, Reason.ACCUSED, restricted)
        return Route(desk, (), tier, Reason.NO_TOPIC)
    if _accuses_lead(concern, topic.lead, rules):
        barred = (concern.accused, rules.desk)
        over = next((body for body in topic.watch if body in rules.agencies and body not in barred), _INSPECTOR)
        return Route(rules.agencies[over], (), tier, Reason.ACCUSED, restricted)
    lead = rules.agency_for(topic.lead, concern.commune)
    if restricted:
        if lead is None:
            lead = rules.agencies[_POLICE] if topic.lead == _LOCAL_POLICE else inspector
        return Route(inspector if lead is desk else lead, (), tier, Reason.COMPETENT, restricted)
    if lead is None:
        return Route(desk, (), tier, Reason.NO_PLACE)
    return Route(lead, followers(topic, concern.commune, lead.id, rules), tier, Reason.COMPETENT)


def followers(topic: Topic, commune: str | None, owner: str, rules: Ruleset) -> tuple[Agency, ...]:
    """Return who watches over a case of this topic that its owner has; nobody where the topic is restricted."""
    watch = (rules.agency_for(body, commune) for body in topic.watch if not topic.restricted)
    return tuple(one for one in watch if one and one.id != owner)


def _accuses_lead(concern: Concern, lead: str, rules: Ruleset) -> bool:
    """Say whether the lead must not have the case: it, or any office of its commune, is accused."""
    if not concern.restricted:
        return False
    if concern.accused == lead:
        return True
    # A commune's offices sit on one corridor: an accusation of one goes to none of them.
    in_commune = lead not in rules.agencies
    topic_is_about_people_at_home = rules.topics[concern.topic or ""].restricted
    return in_commune and (concern.accused is not None or not topic_is_about_people_at_home)
