"""A province's own directory: agencies, who leads what where, officers to invite, reception of citizens.

It is laid over the packaged rules: a row with the key of a packaged one takes its place, every other row is added.
``docs/directory.md`` lists the columns of its files; reading and writing them is `domain.directory_files`.
"""

import hashlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cache
from typing import Any, ClassVar

from domain.errors import OperatorError
from domain.rulesets import Agency, Reception, Ruleset, Topic, read_rules

#: What somebody can be invited as; a village head belongs to a commune, not to an agency.
ROLES = ("officer", "lead", "inspector", "head")
HEAD = "head"
#: Faults named one by one.
_SHOWN = 20


class DirectoryError(OperatorError):
    """The directory contradicts itself or the rules; a line for each fault, with its place and what to do."""

    def __init__(self, *faults: str) -> None:
        more = [f"and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
        super().__init__("\n".join([*faults[:_SHOWN], *more]))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a directory."""

    KIND: ClassVar[str]
    #: Columns that no two rows share, and those no row leaves empty.
    KEY: ClassVar[tuple[str, ...]]
    REQUIRED: ClassVar[tuple[str, ...]]

    #: "agencies.csv, line 3"; for messages.
    where: str = field(default="", compare=False, repr=False)

    @property
    def key(self) -> tuple[str, ...]:
        """Return what no two rows of a kind share."""
        return tuple(getattr(self, name) for name in self.KEY)

    @property
    def title(self) -> str:
        """Return "agency KT-05953"."""
        return " ".join((self.KIND, *(part for part in self.key if part)))

    def at(self, column: str) -> str:
        """Return where a fault is: "agencies.csv, line 3, column heir"."""
        return f"{self.where or self.title}, column {column}"

    def cells(self) -> dict[str, str]:
        """Return the row as the cells of a file."""
        return {one.name: _cell(getattr(self, one.name)) for one in fields(self) if one.name != "where"}


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, bool):
        return "yes" if value else ""
    return str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyRow(Row):
    """An agency; with an heir it is dissolved."""

    KIND: ClassVar[str] = "agency"
    KEY: ClassVar[tuple[str, ...]] = ("id",)
    REQUIRED: ClassVar[tuple[str, ...]] = ("id", "name", "body")

    id: str
    name: str
    body: str
    #: Codes of the communes it serves; empty: the whole province.
    communes: tuple[str, ...] = ()
    hotline: str = ""
    #: The rule that makes it competent; in a file, empty: that of its body.
    basis: str = ""
    #: Id of the agency that took over.
    heir: str = ""
    #: Not confirmed by anybody yet.
    verify: bool = False

    @property
    def served(self) -> tuple[str, ...]:
        """Return the keys of `Ruleset.agencies` that lead to it, besides its id."""
        return tuple(f"{self.body}-{code}" for code in self.communes) or (self.body,)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetenceRow(Row):
    """Who leads a topic and who watches, in a commune or in the whole province."""

    KIND: ClassVar[str] = "competence"
    KEY: ClassVar[tuple[str, ...]] = ("topic", "commune")
    REQUIRED: ClassVar[tuple[str, ...]] = ("topic", "lead")

    topic: str
    #: Its code; empty: every commune that has no row of its own.
    commune: str = ""
    #: A body or an agency's id; so are those who watch.
    lead: str
    watch: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerRow(Row):
    """Somebody to be invited to work for an agency; of a village head, ``agency`` is the code of the commune."""

    KIND: ClassVar[str] = "officer"
    KEY: ClassVar[tuple[str, ...]] = ("agency", "name")
    REQUIRED: ClassVar[tuple[str, ...]] = ("agency", "name")

    agency: str
    name: str
    role: str = ROLES[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceptionRow(Row):
    """Where and when citizens are received in person."""

    KIND: ClassVar[str] = "reception"
    KEY: ClassVar[tuple[str, ...]] = ("commune",)
    REQUIRED: ClassVar[tuple[str, ...]] = ("place", "hours")

    #: Its code; empty: the province's.
    commune: str = ""
    place: str
    #: Days and hours as people say them.
    hours: str
    phone: str = ""
    note: str = ""
    source: str = ""
    verify: bool = False


@dataclass(frozen=True, slots=True)
class Directory:
    """All rows, by kind."""

    agencies: tuple[AgencyRow, ...] = ()
    competences: tuple[CompetenceRow, ...] = ()
    officers: tuple[OfficerRow, ...] = ()
    receptions: tuple[ReceptionRow, ...] = ()

    def kinds(self) -> Iterator[tuple[str, tuple[Row, ...]]]:
        """Return the name of each kind with its rows."""
        for one in fields(self):
            yield one.name, getattr(self, one.name)


EMPTY = Directory()


@cache
def _bodies() -> dict[str, Any]:
    return read_rules("bodies")


def is_local(body: str) -> bool:
    """Say whether it is a body of communes. Raises KeyError when there is no such body."""
    return bool(_bodies()[body]["level"] == "commune")


def bodies() -> dict[str, str]:
    """Return the codes of the kinds of agencies there are, with the rule that makes each competent."""
    return {body: row["basis"] for body, row in _bodies().items()}


# What is in force.


def packaged(rules: Ruleset) -> Directory:
    """Return the directory the rules come with."""
    serves: dict[str, list[str]] = {agency.id: [] for agency in rules.agencies.values()}
    for code in rules.communes:
        for body in _bodies():
            if agency := rules.agencies.get(f"{body}-{code}"):
                serves[agency.id].append(code)
    distinct = {agency.id: agency for agency in rules.agencies.values()}
    return Directory(
        agencies=tuple(
            AgencyRow(
                id=one.id,
                name=one.name,
                body=one.body,
                communes=tuple(serves[one.id]),
                hotline=one.hotline or "",
                basis=one.basis,
                verify=one.verify,
            )
            for one in distinct.values()
        ),
        competences=tuple(
            CompetenceRow(topic=one.slug, lead=one.lead, watch=one.watch) for one in rules.topics.values()
        ),
        receptions=tuple(ReceptionRow(commune=code, **asdict(one)) for code, one in rules.receptions.items()),
    )


def in_force(own: Directory, rules: Ruleset) -> Directory:
    """Return the packaged directory with a province's own laid over it."""
    below = dict(packaged(rules).kinds())
    return Directory(**{
        kind: tuple({row.key: row for row in (*below[kind], *rows)}.values()) for kind, rows in own.kinds()
    })  # type: ignore[arg-type]  # each kind keeps its own rows  # fmt: skip


def own_rows(directory: Directory, rules: Ruleset) -> Directory:
    """Return the rows that say something else than the packaged ones, in order: all that is kept."""
    below = {row for _, rows in packaged(rules).kinds() for row in rows}
    return Directory(**{
        kind: tuple(sorted((row for row in rows if row not in below), key=lambda row: row.key))
        for kind, rows in directory.kinds()
    })  # type: ignore[arg-type]  # as above  # fmt: skip


def apply(own: Directory, rules: Ruleset) -> Ruleset:
    """Lay a province's own directory over its packaged rules. Raises DirectoryError where it makes no sense."""
    rows = in_force(own, rules)
    if faults := [*_agency_faults(rows, rules), *_other_faults(rows, rules)]:
        raise DirectoryError(*faults)
    heirs = {row.id: _final(row.id, rows) for row in rows.agencies if row.heir}
    topics = dict(rules.topics)
    local: dict[tuple[str, str], Topic] = {}
    for one in sorted(rows.competences, key=lambda row: row.commune):  # the province's before the communes'
        topic = replace(topics[one.topic], lead=one.lead, watch=one.watch)
        if one.commune:
            local[one.topic, one.commune] = topic
        else:
            topics[one.topic] = topic
    overlaid = replace(
        rules,
        version=_version(own, rules),
        desk=heirs.get(rules.desk, rules.desk),
        topics=topics,
        agencies=_led_to(rows, heirs),
        receptions={
            row.commune: Reception(**{one.name: getattr(row, one.name) for one in fields(Reception)})
            for row in rows.receptions
        },
        competences=local,
        dissolved={row.id: _agency(row) for row in rows.agencies if row.heir},
        heirs=heirs,
    )
    if faults := list(_gaps(overlaid)):
        raise DirectoryError(*faults)
    return overlaid


def _version(own: Directory, rules: Ruleset) -> str:
    return hashlib.sha256(f"{rules.version} {own}".encode()).hexdigest()[:12] if own != EMPTY else rules.version


def _agency(row: AgencyRow) -> Agency:
    return Agency(
        id=row.id,
        name=row.name,
        body=row.body,
        basis=row.basis,
        # One that serves several communes still sits in a commune, not above it.
        commune=row.communes[0] if is_local(row.body) else None,
        hotline=row.hotline or None,
        verify=row.verify,
    )


def _led_to(rows: Directory, heirs: Mapping[str, str]) -> dict[str, Agency]:
    """Return `Ruleset.agencies`: every key with the agency that answers to it today."""
    today = {row.id: _agency(row) for row in rows.agencies if not row.heir}
    keys = dict(today)
    keys |= {key: today[row.id] for row in rows.agencies if not row.heir for key in row.served}
    for row in rows.agencies:
        if row.heir:  # somebody else may have been given what it served
            for key in (row.id, *row.served):
                keys.setdefault(key, today[heirs[row.id]])
    return keys


def _final(agency: str, rows: Directory) -> str:
    """Follow heirs to the last; "" when they lead nowhere or in a circle."""
    known = {row.id: row for row in rows.agencies}
    seen: set[str] = set()
    while agency in known and known[agency].heir and agency not in seen:
        seen.add(agency)
        agency = known[agency].heir
    return agency if agency in known and agency not in seen else ""


# What is wrong.


def _agency_faults(rows: Directory, rules: Ruleset) -> Iterator[str]:
    known = {row.id for row in rows.agencies}
    serving: dict[str, str] = {}
    for row in rows.agencies:
        body, _, code = row.id.partition("-")
        if row.id in _bodies() and (row.body != row.id or row.communes):
            yield (
                f"{row.at('id')}: {row.id} is the id of the {row.id} of the whole province; choose another, "
                "or leave the communes empty: it has all that no other agency of its body serves"
            )
        elif body in _bodies() and code in rules.communes and row.id not in row.served:
            place = rules.communes[code].full_name
            yield f"{row.at('id')}: {row.id} is the id of the {body} of {place}; choose another"
        if row.heir:
            if row.heir not in known:
                yield f"{row.at('heir')}: there is no agency {row.heir}; add its row or correct the id"
            elif not _final(row.id, rows):
                yield f"{row.at('heir')}: the heirs of {row.id} lead nowhere or in a circle; the last must have none"
            continue
        for key in row.served:
            if (other := serving.setdefault(key, row.id)) != row.id:
                place = rules.communes[key.removeprefix(f"{row.body}-")].full_name if row.communes else "the province"
                yield (
                    f"{row.at('communes')}: {row.id} and {other} both are the {row.body} of {place}; "
                    "take it out of one of them, or name an heir for the one that is dissolved"
                )


def _other_faults(rows: Directory, rules: Ruleset) -> Iterator[str]:
    heir_of = {row.id: row.heir for row in rows.agencies}
    for one in rows.competences:
        if one.topic not in rules.topics:
            yield f"{one.at('topic')}: there is no topic {one.topic}; `hoiam directory export` lists them"
        for column, named in [("lead", one.lead), *(("watch", body) for body in one.watch)]:
            if named not in heir_of and named not in _bodies():
                yield f"{one.at(column)}: {named} is neither an agency's id nor a body ({', '.join(_bodies())})"
    for officer in rows.officers:
        if officer.role == HEAD:
            continue
        if officer.agency not in heir_of:
            yield f"{officer.at('agency')}: there is no agency {officer.agency}; `hoiam agencies` lists their ids"
        elif heir := heir_of[officer.agency]:
            yield f"{officer.at('agency')}: {officer.agency} is dissolved; its officers belong to {heir}"


def _gaps(rules: Ruleset) -> Iterator[str]:
    """Name what nobody would answer for, and what would get to whom it must not."""
    without: dict[tuple[str, str], str] = {}
    for slug, commune in itertools.product(rules.topics, rules.communes):
        topic = rules.topic_in(slug, commune)
        if topic and not rules.agency_for(topic.lead, commune):
            without.setdefault((topic.lead, commune), slug)
    for lead, rows in itertools.groupby(sorted(without), key=lambda pair: pair[0]):
        communes = [commune for _, commune in rows]
        yield (
            f"no agency is the {lead} of {', '.join(communes)}, and nobody would lead {without[lead, communes[0]]} "
            "there; add these communes to one in the file of agencies, or name another lead in that of competences"
        )
    for slug, commune in itertools.product(rules.topics, ("", *rules.communes)):
        topic = rules.topic_in(slug, commune)
        for body in (topic.lead, *topic.watch) if topic else ():
            agency = rules.agency_for(body, commune or None)
            if agency and agency.id == rules.coordinator:
                yield (
                    f"competence {slug} {commune}: {rules.coordinator} coordinates and never has a case; "
                    "name another agency as lead and watch"
                )
                break
    heirs = sorted(one for one, heir in rules.heirs.items() if heir == rules.coordinator)
    if heirs or rules.coordinator in rules.heirs:
        named = ", ".join(heirs) or rules.coordinator
        yield f"agency {named}, column heir: {rules.coordinator} coordinates; it takes over from none and none from it"
    inspector = rules.agencies["TTT"]
    if inspector.commune or inspector.id == rules.desk:
        yield f"agency TTT, column heir: accusations go to it, so that {inspector.id} can't take it over"


# What changes.


def compare(before: Directory, after: Directory) -> list[str]:
    """Return a line for each row that goes (-), comes (+) or changes (~)."""
    lines: list[str] = []
    old_kinds = dict(before.kinds())
    for kind, rows in after.kinds():
        old, new = {row.key: row for row in old_kinds[kind]}, {row.key: row for row in rows}
        lines += [f"- {row.title}" for key, row in old.items() if key not in new]
        for key, row in new.items():
            if key not in old:
                said = [f"{name} {cell}" for name, cell in row.cells().items() if cell and name not in row.KEY]
                lines.append(f"+ {row.title}: {'; '.join(said)}")
            elif row != old[key]:
                was = old[key].cells()
                said = [
                    f"{name} {was[name] or '-'} -> {cell or '-'}"
                    for name, cell in row.cells().items()
                    if was[name] != cell
                ]
                lines.append(f"~ {row.title}: {'; '.join(said)}")
    return lines
