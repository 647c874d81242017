"""All that a report says, gathered in one reading transaction: counts, agencies, matters, and no citizen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from domain import exchanges as exchanging
from domain import programmes as planning
from domain.commending import Comparison, compare
from domain.exchanges import CountingRule, Explained, Flow
from domain.figures import Figures
from domain.matters import Matter, MatterEvent
from domain.periods import Period, PeriodKind
from domain.programmes import Programme, Signatures
from domain.rulesets import Ruleset
from domain.tallies import Balance, Tallies
from domain.wall import Shown, stepped
from handlers.coordination.counting import Counted, counted, filed, midnight, tallies, today
from storage import exchanges, figures, matters, notices, praise, programmes, reports, warnings
from storage.database import Transaction
from storage.praise import Nomination
from storage.reports import Opinion


@dataclass(frozen=True, slots=True)
class Part:
    """The casework of a period, as it may be shown to who gets the report."""

    period: Period
    balance: Balance
    #: For shares and times, and for what is said in steps.
    figures: Figures
    agencies: Mapping[str, Figures]
    fields: Mapping[str, Shown]
    #: By commune; empty where the period is shorter than a month, or the report is an agency's own.
    communes: Mapping[str, Shown]


@dataclass(frozen=True, slots=True)
class Material:
    """What a report is made of."""

    rules: Ruleset
    now: datetime
    #: The agency whose own report it is: its figures are exact. None: the province's, behind the wall.
    agency: str | None
    this: Part
    #: The period before; None where nothing is known of it.
    before: Part | None
    #: What was filed in each month of the period.
    months: tuple[tuple[date, Shown], ...]
    comparison: Comparison
    coordinated: Explained
    rule: CountingRule
    programmes: tuple[Programme, ...]
    signed: Signatures
    exchanged: Flow
    #: Matters that were open at some time of the period, and what happened in it.
    matters: tuple[Matter, ...]
    happened: tuple[MatterEvent, ...]
    warned: Mapping[str, int]
    praised: Mapping[str, int]
    nominations: tuple[Nomination, ...]
    notices: int
    opinions: tuple[Opinion, ...]


async def gather(
    transaction: Transaction, rules: Ruleset, period: Period, agency: str | None, now: datetime
) -> Material:
    """Read everything a report of a period says: of the province behind the wall, or of an agency's own."""
    known = await tallies(transaction, rules)
    start, end = midnight(period.start, rules), midnight(period.end, rules)
    seen = await counted(transaction, rules, period.start, period.end, agency=agency)
    earlier = rules.reporting.cut.before(period)
    seen_before = await counted(transaction, rules, earlier.start, earlier.end, agency=agency, each=False)
    # A period that began before the register did is not compared with.
    began = await figures.first_day(transaction)
    whole = began is not None and today(began, rules) <= earlier.start
    rule = exchanging.counting_rule(rules)
    parties = [agency] if agency else None
    plans = await (programmes.of_agencies(transaction, [agency]) if agency else programmes.everything(transaction))
    pairs = await exchanges.coordinated(transaction, start, end, rule)
    of_matters = await _matters(transaction, agency, start, end)
    happened = await matters.happened(transaction, start, end)
    theirs = {matter.id for matter in of_matters}
    return Material(
        rules=rules,
        now=now,
        agency=agency,
        this=_part(period, seen, known, agency),
        before=_part(earlier, seen_before, known, agency) if whole else None,
        months=tuple(known.months(period.start, period.end)) if agency is None else (),
        comparison=compare(seen.movements, rules.reporting.compared_from),
        coordinated=exchanging.explain(pair for pair in pairs if agency in (None, pair[0])),
        rule=rule,
        programmes=tuple(plans),
        signed=planning.signed_between(plans, period.start, period.end),
        exchanged=exchanging.flow(await exchanges.sent_between(transaction, start, end, parties), start, end),
        matters=tuple(of_matters),
        happened=tuple(event for event in happened if event.matter in theirs),
        warned=await warnings.counts(transaction, start, end),
        praised=await praise.counts(transaction, start, end),
        nominations=tuple(
            one
            for one in await praise.nominated(transaction, agency, limit=1000)
            if period.start <= one.starts and one.ends <= period.end
        ),
        notices=await notices.count(transaction, start, end, agency),
        opinions=tuple(
            one
            for one in await reports.said_within(transaction, period.start, period.end)
            if agency in (None, one.agency)
        ),
    )


async def _matters(transaction: Transaction, agency: str | None, start: datetime, end: datetime) -> list[Matter]:
    found = [*await matters.live(transaction, agency), *await matters.ended_since(transaction, start)]
    return sorted(
        {one.id: one for one in found if one.opened_at and one.opened_at < end and agency in (None, one.lead)}.values(),
        key=lambda one: one.id,
    )


def _part(period: Period, seen: Counted, known: Tallies, agency: str | None) -> Part:
    if agency:
        figures = seen.of(agency)
        fields = {field: Shown(many) for field, many in filed(seen).items()}
        return Part(period, _exact(figures), figures, {agency: figures}, fields, {})
    balance, figures = known.balance(period.start, period.end), seen.whole
    if period.kind is PeriodKind.WEEK:
        fields = {field: stepped(many) for field, many in filed(seen).items()}
        return Part(period, balance, figures, seen.agencies, fields, {})
    fields, communes = known.fields(period.start, period.end), known.communes(period.start, period.end)
    return Part(period, balance, figures, seen.agencies, fields, communes)


def _exact(figures: Figures) -> Balance:
    """Return an agency's own balance; for it, what others passed to it is new, and what it passed on has ended."""
    flows = {"filed": figures.filed + figures.passed_in, "again": figures.again, "left": figures.ended}
    return Balance(Shown(figures.opening), {name: Shown(many) for name, many in flows.items()}, Shown(figures.open))
