"""The rules of one deployment: taxonomy, bodies, clocks, thresholds and places, read from ``rules/*.toml``."""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, time
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from domain.answering import AnswerRules, parse_answers
from domain.clocks import Calendar
from domain.errors import OperatorError
from domain.limits import ClockRules, merged, parse_clocks
from domain.reporting import Reporting, parse_reporting

RULES = Path(__file__).parent / "rules"


class RuleError(OperatorError):
    """The rules contradict themselves; the message names the file and the row."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What a concern can be about."""

    #: "giao_thong.duong_hu_hong".
    slug: str
    name: str
    field_name: str
    #: Kind of body that acts, and those that follow the case.
    lead: str
    watch: tuple[str, ...]
    #: Clock tier: E A B C R L.
    tier: str
    restricted: bool = False
    hotlines: tuple[str, ...] = ()
    #: It is somebody's own matter: two reports are never the same problem.
    personal: bool = False


@dataclass(frozen=True, slots=True)
class CommuneArea:
    """A commune or ward of the province."""

    code: str
    kind: str
    name: str

    @property
    def full_name(self) -> str:
        """Return "xã Kha Sơn"."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Agency:
    """A public body or utility answerable for cases."""

    #: "KT-05953" in a commune, "SXD" in the province.
    id: str
    name: str
    body: str
    basis: str
    commune: str | None = None
    #: A number citizens may call.
    hotline: str | None = None
    #: The name is not confirmed by a source that was read.
    verify: bool = False


@dataclass(frozen=True, slots=True)
class Reception:
    """Where and when citizens are received in person."""

    place: str
    hours: str
    phone: str = ""
    note: str = ""
    source: str = ""
    #: The least the law asks for; the province has not confirmed its own.
    verify: bool = False


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on a reading is believed: probabilities, but for the last."""

    #: A topic less likely is not offered.
    choice: float
    #: Small talk, danger and accusation are believed from here on.
    talk: float
    urgent: float
    restricted: float
    #: A complaint or denunciation is.
    legal: float
    #: Seconds after which what waits is read in a hurry.
    behind: float


@dataclass(frozen=True, slots=True)
class Costs:
    """What a decision costs whom it concerns; only how they compare matters."""

    #: To be sent to an agency that does not answer for it.
    wrong_agency: float
    #: To be sent to the right agency under another name.
    wrong_topic: float
    #: To be asked once.
    question: float
    #: To wait for the desk to look.
    desk: float


@dataclass(frozen=True)
class Ruleset:
    """All rules of one version for one province."""

    #: Changes with every rule file; each case remembers the one that decided it.
    version: str
    slug: str
    province: str
    prefix: str
    #: Agency that triages and arbitrates.
    desk: str
    #: Agency that coordinates under Decision 238-QĐ/TW.
    coordinator: str
    topics: Mapping[str, Topic]
    communes: Mapping[str, CommuneArea]
    #: Whom a key leads to today. Keys: an agency's id; "KT-05953", a body in a commune; "SXD", a body of the province.
    #: Those of a dissolved agency lead to its heir.
    agencies: Mapping[str, Agency]
    clocks: ClockRules
    thresholds: Thresholds
    costs: Costs
    hotlines: Mapping[str, str]
    #: What people call the bodies of a commune, for knowing who is accused.
    called: Mapping[str, tuple[str, ...]]
    calendar: Calendar
    #: When reports are made, for whom.
    reporting: Reporting
    #: When an answer is one, and texts to make them from.
    answers: AnswerRules
    #: By commune; "" is the province's.
    receptions: Mapping[str, Reception]
    #: Topics led or watched otherwise in one commune: (slug, commune).
    competences: Mapping[tuple[str, str], Topic] = field(default_factory=dict)
    #: Agencies that are no more, for the history of old cases, and who took over from each.
    dissolved: Mapping[str, Agency] = field(default_factory=dict)
    heirs: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def fields(self) -> Mapping[str, str]:
        """Field slugs with their names, in the order of the taxonomy."""
        return {slug.partition(".")[0]: topic.field_name for slug, topic in self.topics.items()}

    def topics_of(self, field: str) -> list[Topic]:
        """Return the topics of a field, in the order of the taxonomy."""
        return [topic for slug, topic in self.topics.items() if slug.startswith(f"{field}.")]

    def topic_in(self, slug: str | None, commune: str | None) -> Topic | None:
        """Return a topic as it is led and watched in a commune; None when there is no such topic."""
        return self.competences.get((slug or "", commune or "")) or self.topics.get(slug or "")

    def agency_for(self, body: str, commune: str | None) -> Agency | None:
        """Return the agency of this kind that serves the commune; None when a commune body lacks its commune.

        An agency's own id in the place of a body stands for that agency.
        """
        return self.agencies.get(f"{body}-{commune}") or self.agencies.get(body)

    def lead_of(self, slug: str | None, commune: str | None) -> Agency | None:
        """Return who leads a topic in a commune; None when that can't be said without topic or commune."""
        topic = self.topic_in(slug, commune)
        return self.agency_for(topic.lead, commune) if topic else None

    def agency_known(self, agency: str) -> Agency | None:
        """Return an agency by its own id, also one that is no more: for showing its name, not for sending to it."""
        return self.dissolved.get(agency) or self.agencies.get(agency)

    def reception(self, commune: str | None) -> tuple[Reception, ...]:
        """Return where the commune receives citizens, where it is known, and then where the province does."""
        codes = (commune, "") if commune else ("",)
        return tuple(self.receptions[code] for code in codes if code in self.receptions)


def read_rules(name: str) -> dict[str, Any]:
    """Read one rule file: ``read_rules("clocks")``."""
    return tomllib.loads((RULES / f"{name}.toml").read_text(encoding="utf-8"))


def provinces() -> list[str]:
    """Return the slugs of the provinces there are rules for."""
    return sorted(path.stem for path in (RULES / "provinces").glob("*.toml"))


def load_ruleset(province: str, *, off: frozenset[date], work: frozenset[date], days_off: str = "") -> Ruleset:
    """Read the rules of a province; ``off`` and ``work`` are the public holidays and the weekends worked instead.

    ``days_off`` names the version of what knows them: when it changes, open deadlines are recomputed.
    Raises RuleError when the province has no rules or a rule names what does not exist.
    """
    if province not in provinces():
        raise RuleError(f"no rules for province {province!r}: HOIAM_PROVINCE is one of {', '.join(provinces())}")
    place, bodies = read_rules(f"provinces/{province}"), read_rules("bodies")
    clocks = merged(read_rules("clocks"), place.get("clocks", {}))
    own_days = f"{days_off} {read_rules('holidays')}"
    communes = {code: CommuneArea(code, kind, name) for code, kind, name in place["communes"]}
    agencies = _agencies(place, bodies, communes)
    topics = _topics(read_rules("taxonomy"))
    for topic in topics.values():
        for body in (topic.lead, *topic.watch):
            if body not in bodies:
                raise RuleError(f"rules/taxonomy.toml: {topic.slug} names {body}, which is not in rules/bodies.toml")
        if topic.tier not in clocks["tiers"]:
            raise RuleError(
                f"rules/taxonomy.toml: {topic.slug} has tier {topic.tier}, which is not in rules/clocks.toml"
            )
    if place["desk"] not in agencies:
        raise RuleError(f"rules/provinces/{province}.toml: the desk {place['desk']} is not among the agencies")
    if place["coordinator"] not in agencies:
        raise RuleError(f"rules/provinces/{province}.toml: {place['coordinator']} is not among the agencies")
    thresholds, costs = parse_reading(read_rules("reading"))
    return Ruleset(
        version=_version(),
        slug=place["slug"],
        province=place["name"],
        prefix=place["prefix"],
        desk=place["desk"],
        coordinator=place["coordinator"],
        topics=topics,
        communes=communes,
        agencies=agencies,
        clocks=parse_clocks(clocks, own_days),
        thresholds=thresholds,
        costs=costs,
        hotlines=read_rules("hotlines"),
        called={body: tuple(row["called"]) for body, row in bodies.items() if "called" in row},
        calendar=_calendar(clocks, off, work),
        reporting=parse_reporting(merged(read_rules("coordination"), place.get("coordination", {}))),
        answers=parse_answers(read_rules("answers")),
        receptions=_receptions(place["name"], communes, clocks["hours"]),
    )


def parse_reading(row: Mapping[str, Any]) -> tuple[Thresholds, Costs]:
    """Return the thresholds and costs of ``rules/reading.toml``. Raises RuleError where they make no sense."""
    try:
        costs = Costs(**row["costs"])
        thresholds = Thresholds(**{name: value for name, value in row.items() if name != "costs"})
    except (KeyError, TypeError) as error:  # it names what is missing or nobody knows
        raise RuleError(f"rules/reading.toml: {error}") from error
    for one in fields(Thresholds):
        if one.name != "behind" and not 0 <= getattr(thresholds, one.name) <= 1:
            raise RuleError(f"rules/reading.toml: {one.name} is a probability, from 0 to 1")
    if not 0 < costs.question < costs.desk < costs.wrong_agency:
        raise RuleError("rules/reading.toml: costs: 0 < question < desk < wrong_agency, or one of them is never chosen")
    if not 0 <= costs.wrong_topic <= costs.wrong_agency:
        raise RuleError("rules/reading.toml: costs: 0 <= wrong_topic <= wrong_agency")
    return thresholds, costs


def _topics(taxonomy: Mapping[str, Any]) -> dict[str, Topic]:
    return {
        f"{field}.{slug}": Topic(
            slug=f"{field}.{slug}",
            name=row["name"],
            field_name=group["name"],
            lead=row["lead"],
            watch=tuple(row["watch"]),
            tier=row["tier"],
            restricted=row.get("restricted", False),
            personal=row.get("personal", False),
            hotlines=tuple(row["hotline"].split(", ")) if "hotline" in row else (),
        )
        for field, group in taxonomy.items()
        for slug, row in group["topics"].items()
    }


def _agencies(
    place: Mapping[str, Any], bodies: Mapping[str, Any], communes: Mapping[str, CommuneArea]
) -> dict[str, Agency]:
    found: dict[str, Agency] = {}
    for body, row in bodies.items():
        if row["level"] == "commune":
            for area in communes.values():
                name = row["name"][area.kind].format(commune=area.name)
                found[f"{body}-{area.code}"] = Agency(f"{body}-{area.code}", name, body, row["basis"], area.code)
    for row in place["agencies"]:
        body = row["body"]
        if body not in bodies:
            raise RuleError(f"rules/provinces/{place['slug']}.toml: {body} is not in rules/bodies.toml")
        shared = {
            "body": body,
            "basis": bodies[body]["basis"],
            "hotline": row.get("hotline"),
            "verify": row.get("verify", False),
        }
        if "from" not in row and "to" not in row:
            found[body] = Agency(body, row["name"], **shared)
            continue
        # A utility that serves part of the province: every commune of its range gets its own key to the same agency.
        agency = Agency(f"{body}-{row.get('from', row.get('to'))}", row["name"], **shared)
        found[agency.id] = agency
        served = [code for code in communes if row.get("from", "") <= code <= row.get("to", "99999")]
        found |= {f"{body}-{code}": agency for code in served}
    return found


def _receptions(
    province: str, communes: Mapping[str, CommuneArea], working: Sequence[tuple[str, str]]
) -> dict[str, Reception]:
    rows = read_rules("reception")
    hours = ", ".join(f"{opens}-{closes}" for opens, closes in working)

    def filled(level: str, commune: str) -> Reception:
        texts = {name: value for name, value in rows[level].items() if name != "verify"}
        texts = {name: value.format(province=province, commune=commune, hours=hours) for name, value in texts.items()}
        return Reception(**texts, verify=rows[level]["verify"])

    return {"": filled("province", ""), **{code: filled("commune", area.full_name) for code, area in communes.items()}}


def _calendar(clocks: Mapping[str, Any], off: frozenset[date], work: frozenset[date]) -> Calendar:
    return Calendar(
        zone=ZoneInfo(clocks["timezone"]),
        hours=tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in clocks["hours"]),
        off=off,
        work=work,
        quiet=(time.fromisoformat(clocks["quiet"]["from"]), time.fromisoformat(clocks["quiet"]["to"])),
    )


def _version() -> str:
    digest = hashlib.sha256()
    for path in sorted(RULES.rglob("*.toml")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
