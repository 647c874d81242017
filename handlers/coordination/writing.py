"""The words of a report: a text for each sentence, each figure shown as its reader may see it, and traced."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.drafts import Layout, Paragraph, Part, Section, Trace
from domain.messages import Say
from domain.wall import Shown, share, stepped
from handlers.coordination.counting import plain
from handlers.coordination.material import Material
from handlers.texts import Texts


@dataclass
class Writer:
    """Writes parts of one report."""

    material: Material
    texts: Texts
    layout: Layout
    traces: list[Trace] = field(default_factory=list)
    annexes: list[tuple[str, tuple[Part, ...]]] = field(default_factory=list)

    def say(self, key: str, **values: object) -> str:
        """Return a text of reports."""
        return self.texts.render(Say(f"report_{key}", values))[0]

    def p(self, key: str, style: str = "body", /, **values: object) -> Paragraph:
        """Return a paragraph."""
        return Paragraph(" ".join(self.say(key, **values).split()), style)

    def missing(self, what: str, **values: object) -> Paragraph:
        """Return a paragraph that says what is not known."""
        return self.p(f"missing_{what}", "missing", **values)

    def section(self, key: str, parts: Iterable[Part]) -> Section:
        """Return a section by its title's key."""
        return Section(self.say(f"section_{key}"), tuple(parts))

    def head(self, key: str) -> tuple[str, ...]:
        """Return the columns of a table."""
        return tuple(self.say(f"head_{key}").splitlines())

    def shown(self, count: Shown) -> str:
        """Return a count in words."""
        return self.say("shown", count=plain(count))

    def share(self, part: int, whole: int) -> str:
        """Return a share: of an agency's own exactly, else in bands."""
        if self.material.agency:
            return self.say("exact_share", part=part, whole=whole)
        return self.say("share", of=share(part, whole))

    def count(self, count: int) -> str:
        """Return a count that stands in no grid: of an agency's own exactly, else in steps."""
        return self.shown(Shown(count) if self.material.agency else stepped(count))

    def trace(self, of: str, name: str, value: str, query: str) -> None:
        """Note where a figure comes from."""
        period = self.material.this.period
        known = self.say("trace_name", figure=name)
        self.traces.append(Trace(of, known, value, query, period.start, period.last, self.material.rules.version))
