"""The rules of one deployment: taxonomy, bodies, clocks, thresholds and places, read from ``rules/*.toml``."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, time
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from domain.clocks import Calendar
from domain.errors import OperatorError

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
    topics: Mapping[str, Topic]
    communes: Mapping[str, CommuneArea]
    agencies: Mapping[str, Agency]
    clocks: Mapping[str, Any]
    thresholds: Thresholds
    costs: Costs
    hotlines: Mapping[str, str]
    #: What people call the bodies of a commune, for knowing who is accused.
    called: Mapping[str, tuple[str, ...]]
    calendar: Calendar

    @cached_property
    def fields(self) -> Mapping[str, str]:
        """Field slugs with their names, in the order of the taxonomy."""
        return {slug.partition(".")[0]: topic.field_name for slug, topic in self.topics.items()}

    def topics_of(self, field: str) -> list[Topic]:
        """Return the topics of a field, in the order of the taxonomy."""
        return [topic for slug, topic in self.topics.items() if slug.startswith(f"{field}.")]

    def agency_for(self, body: str, commune: str | None) -> Agency | None:
        """Return the agency of this kind that serves the commune; None when a commune body lacks its commune."""
        return self.agencies.get(f"{body}-{commune}") or self.agencies.get(body)


def read_rules(name: str) -> dict[str, Any]:
    """Read one rule file: ``read_rules("clocks")``."""
    return tomllib.loads((RULES / f"{name}.toml").read_text(encoding="utf-8"))


def provinces() -> list[str]:
    """Return the slugs of the provinces there are rules for."""
    return sorted(path.stem for path in (RULES / "provinces").glob("*.toml"))


def load_ruleset(province: str, *, off: frozenset[date], work: frozenset[date]) -> Ruleset:
    """Read the rules of a province; ``off`` and ``work`` are the public holidays and the weekends worked instead.

    Raises RuleError when the province has no rules or a rule names what does not exist.
    """
    if province not in provinces():
        raise RuleError(f"no rules for province {province!r}: HOIAM_PROVINCE is one of {', '.join(provinces())}")
    place, clocks, bodies = read_rules(f"provinces/{province}"), read_rules("clocks"), read_rules("bodies")
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
    thresholds, costs = parse_reading(read_rules("reading"))
    return Ruleset(
        version=_version(),
        slug=place["slug"],
        province=place["name"],
        prefix=place["prefix"],
        desk=place["desk"],
        topics=topics,
        communes=communes,
        agencies=agencies,
        clocks=clocks,
        thresholds=thresholds,
        costs=costs,
        hotlines=read_rules("hotlines"),
        called={body: tuple(row["called"]) for body, row in bodies.items() if "called" in row},
        calendar=_calendar(clocks, off, work),
    )


def parse_reading(row: Mapping[str, Any]) -> tuple[Thresholds, Costs]:
    """Return the thresholds and costs of ``rules/reading.toml``. Raises RuleError where they make no sense."""
    try:
        costs = Costs(**row["costs"])
        thresholds = Thresholds(**{name: value for name, value in row.items() if name != "costs"})
    except (KeyError, TypeError) as error:  # it names what is missing or nobody knows
        raise RuleError(f"rules/reading.toml: {error}") from error
    for field in fields(Thresholds):
        if field.name != "behind" and not 0 <= getattr(thresholds, field.name) <= 1:
            raise RuleError(f"rules/reading.toml: {field.name} is a probability, from 0 to 1")
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
