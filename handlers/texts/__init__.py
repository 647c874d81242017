"""Every Vietnamese sentence people see, as templates in the TOML files of this folder."""

import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined, Template

from domain.messages import Say
from domain.rulesets import Ruleset
from handlers.texts import counting

FOLDER = Path(__file__).parent
#: Files of what is said; buttons stand in ``buttons.toml`` and in a table ``[button]`` of each.
SPOKEN = (
    "citizen",
    "officer",
    "coordination",
    "figures",
    "programmes",
    "exchanges",
    "matters",
    "hotspots",
    "notices",
    "praise",
    "reports",
)
#: Values that have a label each.
_LABELLED = (
    "status", "kind", "event", "reason", "outcome", "task", "role", "figure", "trace", "nomination", "matter_state",
    "notice", "doubt",
)  # fmt: skip
#: The same, of programmes and exchanges.
_OF_PROGRAMMES = ("programme_status", "plan_state", "plan_word", "exchange_kind", "action_kind")


class Texts:
    """Renders what is to be said for one deployment."""

    def __init__(self, rules: Ruleset) -> None:
        self._rules = rules
        self._labels: Mapping[str, Mapping[str, str]] = read_texts("labels")
        # Plain text for every channel: nothing is markup, so nothing a citizen types can become markup. A text is
        # compiled when it is said first, and kept; texts share others by {% include "case_lines" %}.
        self._jinja = Environment(
            loader=DictLoader(_templates()),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,  # noqa: S701
            cache_size=-1,
        )
        self._jinja.filters |= self._filters()
        self._jinja.globals |= {"province": rules.province, "hotline_names": rules.hotlines}

    def render(self, say: Say) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Return the text and the (id, label) of each button."""
        buttons = ((button.id, self._said(f"button.{button.key}", button.values)) for button in say.buttons)
        return self._said(say.key, say.values), tuple(buttons)

    def compiled(self, key: str) -> Template:
        """Return a text ready to be filled in; raises jinja2's errors where it is none."""
        return self._jinja.get_template(key)

    def _said(self, key: str, values: Mapping[str, Any]) -> str:
        return self.compiled(key).render(values).strip()

    def _filters(self) -> dict[str, Callable[..., Any]]:
        rules = self._rules
        return {
            "topic": self._topic,
            "field": lambda slug: rules.fields[slug],
            "commune": lambda code: rules.communes[code].full_name if code in rules.communes else "",
            "agency": self._agency,
            "old": lambda name: name.replace(" (", ", ").removesuffix(")"),
            "basis": lambda of: rules.agencies[of].basis if of in rules.agencies else "",
            "call": lambda of: (of in rules.agencies and rules.agencies[of].hotline) or "",
            "receptions": rules.reception,
            # A text within a text: {"key", "values"}.
            "said": lambda say: self._said(say["key"], say["values"]),
            "away": self._away,
            "day": self._day,
            "moment": self._moment,
            "due": self._due,
            "hour": lambda moment: f"{self._local(moment):%H:%M} {self._day(moment)}",
            **{name: self._label(name) for name in _LABELLED},
            **{name: self._label(name) for name in _OF_PROGRAMMES},
            "filter": self._filter,
            "happened": self._happened,
            "above": lambda of: self._lettered(of)[0],
            "own_name": lambda of: self._lettered(of)[1],
            "symbol": lambda of: of.partition("-")[0],
            "date": lambda day: f"{date.fromisoformat(day):%d/%m/%Y}",
            "number": counting.number,
            "percent": counting.percent,
            "shown": partial(counting.shown, self._labels["count"]),
            "share": partial(counting.share, self._labels["count"]),
            "took": partial(counting.took, self._labels["took"]),
            "period": partial(counting.period, self._labels["period"]),
        }

    def _label(self, group: str) -> Callable[[str], str]:
        return lambda key: self._labels[group].get(key, key)

    def _happened(self, event: Mapping[str, str]) -> str:
        """Say what happened to a case, as a line of its history."""
        kind, note, labels = event["kind"], event["note"], self._labels
        told = labels["event"].get(kind, kind)
        first, _, rest = note.partition(" ")
        match kind:
            case "escalated":
                return labels["escalated"].get(note, told)
            case "corrected" | "inherited" if rest:
                name = self._topic if kind == "corrected" else self._agency
                return f"{told}: {name(first)} → {name(rest)}"
            case "extended" | "recomputed" if rest:
                until, _, why = rest.partition(" ")
                return f"{told}: {self._due(first)} → {self._due(until)}{why and f', {why}'}"
            case "referred" | "sent_to_desk" | "partner_called" if ": " in note:
                agency, _, why = note.partition(": ")
                return f"{told}: {self._agency(agency)}, {why}"
            case "partner_accepted" | "partner_replied" | "partner_declined":
                return f"{told}: {self._agency(event['agency'])}{note and f', {note}'}"
            case "assigned":
                return f"{told}: {note or labels['other']['everybody']}"
            case "rated" | "filed":
                return told
        return f"{told}: {note}" if note else told

    def _topic(self, slug: str) -> str:
        topics = self._rules.topics
        return topics[slug].name if slug in topics else self._labels["other"]["no_topic"]

    def _agency(self, of: str) -> str:
        known = self._rules.agency_known(of)
        return known.name if known else of

    def _lettered(self, of: str) -> tuple[str, str]:
        """Return what stands above an agency's name in its letters, and the name as it stands there."""
        known, rules = self._rules.agency_known(of), self._rules
        if known is None:
            return "", of
        area = rules.communes.get(known.commune or "")
        place = area.full_name if area else f"{self._labels['other']['province']} {rules.province}"
        above = f"{self._labels['other']['committee']} {place}"
        return (above, known.name.removesuffix(f" {place}")) if known.name.endswith(f" {place}") else ("", known.name)

    def _filter(self, wanted: str) -> str:
        """Say which part of a queue is shown: "đã trễ", "xã Kha Sơn", "Rác, vệ sinh"."""
        kind, of = wanted[:2], wanted[2:]
        if kind == "c-":
            return self._rules.communes[of].full_name if of in self._rules.communes else of
        if kind == "t-":
            return self._rules.topics[of].name if of in self._rules.topics else self._rules.fields.get(of, of)
        return self._labels["filter"].get(wanted, wanted)

    def _away(self, kilometres: float) -> str:
        """Say a distance as people do: "600 mét", "1,2 km"."""
        hundreds = max(1, round(kilometres * 10))
        if hundreds < 10:  # noqa: PLR2004 - of metres in a kilometre
            return self._labels["away"]["metres"].format(hundreds * 100)
        return self._labels["away"]["kilometres"].format(f"{kilometres:.1f}".removesuffix(".0").replace(".", ","))

    def _local(self, moment: str) -> datetime:
        return datetime.fromisoformat(moment).astimezone(self._rules.calendar.zone)

    def _day(self, moment: str) -> str:
        local = self._local(moment)
        return f"{self._labels['weekday'][str(local.weekday())]} {local:%d/%m/%Y}"

    def _moment(self, moment: str) -> str:
        return f"{self._local(moment):%H:%M %d/%m}"

    def _due(self, moment: str) -> str:
        """Say a deadline: the day when it ends with the day's work, else the hour as well."""
        local = self._local(moment)
        ends_with_the_day = local.time() == self._rules.calendar.hours[-1][1]
        return self._day(moment) if ends_with_the_day else f"{local:%H:%M} {self._day(moment)}"


@cache
def _templates() -> dict[str, str]:
    """Return all texts by their key, those of buttons by ``button.<key>``."""
    return {**spoken(), **{f"button.{key}": text for key, text in buttons().items()}}


def spoken() -> dict[str, str]:
    """Return every text that is said, by its key."""
    return {key: text for name in SPOKEN for key, text in read_texts(name).items() if key != "button"}


def buttons() -> dict[str, str]:
    """Return every button's label, by its key."""
    own = [read_texts(name).get("button", {}) for name in SPOKEN]
    return read_texts("buttons") | {key: label for table in own for key, label in table.items()}


def read_texts(name: str) -> dict[str, Any]:
    """Read one file of texts: ``read_texts("citizen")``."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
