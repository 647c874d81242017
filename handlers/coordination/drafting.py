"""A report as a draft: the sections of the pack, each sentence a text, each figure with where it comes from."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from domain.drafts import Chart, Draft, Layout, Paragraph, Part, Table, Trace
from domain.figures import Figures
from domain.matters import MatterEventKind, MatterState
from domain.programmes import PlanState, programme_rules
from domain.wall import at_least, share, stepped, summed
from handlers.coordination.counting import named, plain, today
from handlers.coordination.material import Material
from handlers.coordination.scoreboard import exact, took
from handlers.coordination.writing import Writer
from handlers.texts import Texts
from storage.praise import NominationStatus
from storage.reports import Opinion

#: Measures that are shares of the answers.
_SHARES = (
    "on_time", "on_time_promised", "confirmed", "partly", "disputed", "unconfirmed", "waiting", "rated_good",
)  # fmt: skip
#: Months named below a course.
_MOST_LABELS = 12
#: Agencies in the annex received at least so many.
_LISTED = 5
#: Agencies named in the text at most, and those under so many percent in time.
_NAMED, _SLOW = 8, 80


def draft(material: Material, texts: Texts, layout: Layout) -> Draft:
    """Return the draft of a report in a layout."""
    return _Report(material, texts, layout).draft()


class _Report(Writer):
    """Writes one report, section by section."""

    def draft(self) -> Draft:
        """Return everything."""
        m = self.material
        sections = (
            self.section("coordination", self._coordination()),
            self.section("situation", self._situation()),
            self.section("results", self._results()),
            self.section("matters", self._matters()),
            self.section("commendation", self._commendation()),
            self.section("information", self._information()),
            self.section("opinions", self._opinions()),
            self.section("ahead", [self.missing("ahead")]),
        )
        self._scores()
        self._places()
        self._words()
        head = {"agency": m.agency or "", "layout": str(self.layout), "issuer": self._issuer}
        day = today(m.now, m.rules)
        return Draft(
            layout=self.layout,
            above=self.say("above", **head).upper(),
            issuer=self.say("issuer", **head).upper(),
            motto=tuple(self.say(f"motto_{self.layout}").splitlines()),
            number=self.say(f"number_{self.layout}", issuer=self._issuer),
            place_and_date=self.say("place_and_date", month=day.month, year=day.year),
            kind=self.say("kind"),
            about=self.say("about", kind=str(m.this.period.kind), **self._named, **head),
            greeting=self.say("greeting") if m.agency is None else "",
            addressees=tuple(self.say(f"addressees_{self.layout}").splitlines()) if m.agency is None else (),
            opening=(self.p("opening", **self._named, **head), self.p("draft_only")),
            sections=sections,
            recipients_label=self.say("recipients_label"),
            recipients=tuple(self.say(f"recipients_{self.layout}", **head).splitlines()),
            signer=tuple(self.say(f"signer_{self.layout}", **head).splitlines()),
            draft_mark=self.say("draft_mark"),
            annexes=tuple(self.annexes),
            traces=tuple(self.traces),
            traces_title=self.say("traces_title"),
            traces_head=tuple(self.say("traces_head").splitlines()),
            end="./." if self.layout is Layout.STATE else ".",
            annex_label=self.say("annex_label"),
            annex_of=self.say("annex_of", **self._named, **head),
            sheets_title=self.say("sheets_title"),
            sheets_head=tuple(self.say("sheets_head").splitlines()),  # type: ignore[arg-type]  # two lines
        )

    @property
    def _issuer(self) -> str:
        rules = self.material.rules
        return self.material.agency or (rules.coordinator if self.layout is Layout.PARTY else rules.desk)

    @property
    def _named(self) -> dict[str, object]:
        return {"period": named(self.material.this.period)}

    # I. Coordination.

    def _coordination(self) -> Iterable[Part]:
        m, counted = self.material, self.material.coordinated
        yield self.p("coordinated", total=counted.total, actions=counted.actions, bodies=counted.bodies)
        yield Paragraph(self.say("counting_rule", wording=list(m.rule.wording)), "note")
        self.trace("I.1", "coordinated", str(counted.total), "storage.exchanges.coordinated")
        if counted.by_body:
            rows = [(self.say("agency", agency=body), str(n)) for body, n in list(counted.by_body.items())[:_NAMED]]
            yield Table(self.say("title_coordinated"), self.head("coordinated"), tuple(rows), figures=frozenset({1}))
        states = self._states()
        if m.programmes:
            yield self.p(
                "programmes",
                count=len(m.programmes),
                signed=m.signed.programmes,
                contents=m.signed.contents,
                done=sum(state is PlanState.DONE for state in states),
                late=sum(state is PlanState.LATE for state in states),
                of=len(states),
            )
            self.trace("I.2", "programmes", str(len(m.programmes)), "storage.programmes.everything")
        else:
            yield self.missing("programmes")
        flow = m.exchanged
        yield self.p(
            "exchanged", sent=flow.sent, due=flow.due, in_time=flow.in_time, late=flow.late, missing=flow.missing
        )
        self.trace("I.3", "exchanged", str(flow.sent), "storage.exchanges.sent_between")
        if m.opinions:
            in_time = sum(one.punctual for one in m.opinions)
            yield self.p("punctual", asked=len(m.opinions), in_time=in_time)
            self.trace("I.4", "punctual", f"{in_time}/{len(m.opinions)}", "storage.reports.said_within")

    def _states(self) -> list[PlanState]:
        """Return how the contents of signed programmes stood on the last day."""
        last, plans = self.material.this.period.last, programme_rules()
        return [
            programme.of_content(content, last, plans).standing
            for programme in self.material.programmes
            if programme.signed_on()
            for content in programme.contents
        ]

    # II. The situation.

    def _situation(self) -> Iterable[Part]:
        m = self.material
        this, before = m.this.balance, m.before and m.before.balance
        yield self.p(
            "balance",
            opening=plain(this.opening),
            filed=plain(this.flows["filed"]),
            again=plain(this.flows["again"]),
            ended=plain(this.ended),
            open=plain(this.open),
            exact=this.exact,
            before=plain(before.flows["filed"]) if before else None,
        )
        for name, shown in (("opening", this.opening), ("received", this.received), ("ended", this.ended),
                            ("open", this.open)):  # fmt: skip
            self.trace("II.1", name, self.shown(shown), self._source)
        if not this.exact:
            yield self.p("not_exact", "note")
        yield from self._fields()
        if len(m.months) > 2:  # noqa: PLR2004 - two points are no course
            every = -(-len(m.months) // _MOST_LABELS)
            labels = tuple(
                "" if n % every else f"{(day + timedelta(days=20)):%m/%y}" for n, (day, _) in enumerate(m.months)
            )
            values = tuple(float(shown.value) if shown.value else None for _, shown in m.months)
            yield Chart("lines", self.say("title_months"), labels, ((self.say("filed"), values),),
                        self.say("alt_months"), self.say("unit"))  # fmt: skip
        if m.this.communes:
            yield self.p("places", annex=self._annex_of("places"))
        elif m.agency is None:
            yield self.missing("places")

    @property
    def _source(self) -> str:
        return "domain.figures.count" if self.material.agency else "domain.tallies.Tallies.balance"

    def _fields(self) -> Iterable[Part]:
        m = self.material
        before = m.before.fields if m.before else {}
        rows = [
            (field, shown, before.get(field))
            for field, shown in sorted(m.this.fields.items(), key=lambda row: (-row[1].value, row[0]))
            if shown.value
        ]
        if not rows:
            yield self.missing("fields")
            return
        cells = tuple(
            (self.say("field", field=field), self.shown(shown), self.shown(old) if old else "")
            for field, shown, old in rows
        )
        note = self.say("note_wall") if m.agency is None else ""
        yield self._compared(Table(self.say("title_fields"), self.head("fields"), cells, note, frozenset({1, 2})))
        top = rows[:10]
        yield Chart(
            "lying",
            self.say("title_fields"),
            tuple(self.say("field", field=field) for field, *_ in top),
            ((self.say("this_period"), tuple(float(shown.value) for _, shown, _ in top)),),
            self.say("alt_fields", field=top[0][0]),
            self.say("unit" if all(shown.exact for _, shown, _ in top) else "unit_stepped"),
        )
        self.trace(
            "II.2", "fields", self.shown(summed(*(shown for _, shown, _ in rows))), "domain.tallies.Tallies.fields"
        )

    def _compared(self, table: Table) -> Table:
        """Return a table without its last column where there is no period before to compare with."""
        if self.material.before:
            return table
        return replace(table, head=table.head[:-1], rows=tuple(row[:-1] for row in table.rows))

    def _annex_of(self, key: str) -> str:
        return self.say(f"annex_{key}")

    # III. What became of it.

    def _results(self) -> Iterable[Part]:
        m = self.material
        now, before = m.this.figures, m.before and m.before.figures
        yield self.p("answered", answered=self.count(now.answered),
                     on_time=self.share(now.on_time, now.answered))  # fmt: skip
        rows = [
            (self.say(f"row_{name}"), value, was)
            for (name, value), was in zip(
                self._measures(now).items(),
                self._measures(before).values() if before else [""] * 99,
                strict=False,
            )
        ]
        table = Table(self.say("title_measures"), self.head("measures"), tuple(rows), self.say("note_measures"),
                      frozenset({1, 2}))  # fmt: skip
        yield self._compared(table)
        for n, (name, value, _) in enumerate(rows, 1):
            self.traces.append(
                Trace(
                    f"III.{n}",
                    name,
                    value,
                    "domain.figures.count",
                    m.this.period.start,
                    m.this.period.last,
                    m.rules.version,
                )
            )
        bounced = sum(one.passed_on for one in m.this.agencies.values())
        yield self.p("bounced", bounced=self.count(bounced), overdue=self.count(now.overdue))
        if m.agency is None:
            yield from self._slow()

    def _measures(self, figures: Figures) -> dict[str, str]:
        """Return the scoreboard's measures, as they may be shown, in order."""
        parts = (
            "on_time",
            "on_time_promised",
            "confirmed",
            "partly",
            "disputed",
            "unconfirmed",
            "waiting",
            "rated_good",
        )
        measures = {name: self.share(getattr(figures, name), figures.answered) for name in parts}
        shown = exact if self.material.agency else took
        for name, times in (("accepting", figures.accepting), ("answering", figures.answering)):
            median, p90 = shown(times) or (None, None)
            measures[f"{name}_median"] = self.say("took", seconds=median)
            measures[f"{name}_p90"] = self.say("took", seconds=p90)
        return measures

    def _slow(self) -> Iterable[Part]:
        found = [
            (band[0], agency, one)
            for agency, one in self.material.this.agencies.items()
            if (band := share(one.on_time, one.answered)) and band[1] <= _SLOW
        ]
        rows = tuple(
            (self.say("agency", agency=agency), self.count(one.answered), self.share(one.on_time, one.answered),
             self.count(one.overdue))
            for _, agency, one in sorted(found, key=lambda row: row[:2])[:_NAMED]
        )  # fmt: skip
        if rows:
            yield Table(self.say("title_slow"), self.head("slow"), rows, self.say("note_slow"), frozenset({1, 2, 3}))
        else:
            yield self.p("none_slow")

    # IV. Matters and warnings.

    def _matters(self) -> Iterable[Part]:
        m = self.material
        if m.agency is None:
            yield self.p("warned", **{name: m.warned.get(name, 0) for name in ("raised", "confirmed", "dismissed")})
            self.trace("IV.1", "warned", str(m.warned.get("raised", 0)), "storage.warnings.counts")
        if not m.matters:
            yield self.p("no_matters")
            return
        informed = [one for one in m.matters if one.informed_at and one.inform_by]
        in_time = sum(bool(one.informed_at and one.inform_by and one.informed_at <= one.inform_by) for one in informed)
        yield self.p("matters", count=len(m.matters), informed=len(informed), in_time=in_time,
                     ended=sum(one.state is MatterState.ENDED for one in m.matters))  # fmt: skip
        rows = tuple(
            (one.name, self.say("agency", agency=one.lead or ""), self.say("matter_state", state=str(one.state)),
             self._latest(one.id))
            for one in m.matters
        )  # fmt: skip
        yield Table(self.say("title_matters"), self.head("matters"), rows)
        self.trace("IV.2", "matters", str(len(m.matters)), "storage.matters.live")

    def _latest(self, matter: int) -> str:
        """Return the last thing decided, done or said of a matter: officials' words."""
        telling = (MatterEventKind.DECIDED, MatterEventKind.PROGRESSED, MatterEventKind.INFORMED, MatterEventKind.ENDED)
        told = [event for event in self.material.happened if event.matter == matter and event.kind in telling]
        if not told:
            return ""
        return self.say("latest", parts=told[-1].note.split(" | "), ended=told[-1].kind is MatterEventKind.ENDED)

    # V. Commendation.

    def _commendation(self) -> Iterable[Part]:
        m = self.material
        praised = sum(m.praised.values()) if m.agency is None else m.praised.get(m.agency, 0)
        yield self.p("praised", many=self.count(praised))
        self.trace("V.1", "praised", self.count(praised), "storage.praise.counts")
        nominated = m.comparison.nominated(m.rules.reporting.nominated)
        if nominated and m.agency is None:
            rows = tuple(
                (
                    self.say("agency", agency=one.agency),
                    # Shares of so few would give away who was not content.
                    self.shown(stepped(one.answers)),
                    self.count(m.praised.get(one.agency, 0)),
                )
                for one in nominated
            )
            yield Table(self.say("title_nominated"), self.head("nominated"), rows,
                        self.say("note_nominated", usual=m.comparison.usual, least=m.rules.reporting.compared_from),
                        frozenset({1, 2}))  # fmt: skip
            self.trace("V.2", "nominated", str(len(nominated)), "domain.commending.compare")
        elif m.agency is None:
            yield self.p("none_nominated")
        if m.nominations:
            states = Counter(one.status for one in m.nominations)
            yield self.p("nominations", **{str(status): states[status] for status in NominationStatus})
            decided = tuple(
                (one.number, self.say("agency", agency=one.agency), self.say("nomination", status=str(one.status)),
                 one.decision or one.reason)
                for one in m.nominations
            )  # fmt: skip
            table = Table(self.say("annex_nominations"), self.head("nominations"), decided)
            self.annexes.append((self.say("annex_nominations"), (table,)))

    # VI. Information.

    def _information(self) -> Iterable[Part]:
        m = self.material
        informed = sum(event.kind is MatterEventKind.INFORMED for event in m.happened)
        yield self.p("informed", notices=m.notices, informed=informed)
        self.trace("VI.1", "notices", str(m.notices), "storage.notices.count")
        yield self.missing("press")

    # VII. Agencies' own words.

    def _opinions(self) -> Iterable[Part]:
        """Quote a few in the text; many stand in an annex, of a long period those of its last quarter."""
        if not self.material.opinions:
            yield self.missing("opinions")
            return
        last = max(one.period.start for one in self.material.opinions)
        latest = [one for one in self.material.opinions if one.period.start == last]
        said = [one for one in latest if one.answered_at]
        silent = [one.agency for one in latest if not one.answered_at]
        if len(said) <= _NAMED:
            yield from (self._quote(one) for one in said)
        else:
            yield self.p("opinions", said=len(said), annex=self.say("annex_opinions"))
        if silent:
            yield self.missing("silent", agencies=silent[:_NAMED], more=max(len(silent) - _NAMED, 0))

    def _quote(self, one: Opinion) -> Paragraph:
        at = today(one.answered_at, self.material.rules).isoformat() if one.answered_at else ""
        words = {"difficulties": one.difficulties, "proposals": one.proposals}
        return self.p("opinion", "quote", agency=one.agency, at=at, punctual=one.punctual, **words)

    def _words(self) -> None:
        """Put what many agencies said into an annex, each with its source."""
        answered = [one for one in self.material.opinions if one.answered_at]
        last = max((one.period.start for one in answered), default=None)
        said = [one for one in answered if one.period.start == last]
        if len(said) <= _NAMED:
            return
        rows = tuple(
            (
                self.say("agency", agency=one.agency),
                self.say("date", at=today(one.answered_at, self.material.rules).isoformat() if one.answered_at else ""),
                one.difficulties,
                one.proposals,
            )
            for one in said
        )
        table = Table(self.say("annex_opinions"), self.head("opinions"), rows)
        self.annexes.append((self.say("annex_opinions"), (table,)))

    # Annexes.

    def _scores(self) -> None:
        m = self.material
        if m.agency:
            return
        rows = tuple(
            (
                self.say("agency", agency=agency),
                self.count(one.received),
                self.count(one.answered),
                self.share(one.on_time, one.answered),
                self.share(one.on_time_promised, one.answered),
                self.share(one.confirmed, one.answered),
                self.share(one.disputed, one.answered),
                self.say("took", seconds=(took(one.answering) or (None, None))[1]),
                self.count(one.open),
                self.count(one.overdue),
            )
            for agency, one in m.this.agencies.items()
            if at_least(one.received) >= _LISTED
        )
        if rows:
            table = Table(self.say("title_scores"), self.head("scores"), rows, self.say("note_scores"),
                          frozenset(range(1, 10)))  # fmt: skip
            self.annexes.append((self.say("annex_scores"), (table,)))

    def _places(self) -> None:
        m = self.material
        if not m.this.communes:
            return
        before = m.before.communes if m.before else {}
        rows = tuple(
            (self.say("commune", commune=code), self.shown(shown), self.shown(before[code]) if code in before else "")
            for code, shown in sorted(m.this.communes.items(), key=lambda row: (-row[1].value, row[0]))
        )
        table = Table(self.say("title_places"), self.head("places"), rows, self.say("note_wall"), frozenset({1, 2}))
        self.annexes.append((self.say("annex_places"), (self._compared(table),)))
        total = summed(*m.this.communes.values())
        self.trace("II.3", "communes", self.shown(total), "domain.tallies.Tallies.communes")
