"""Exchanges between bodies: who informs, asks or proposes, and who replied; and what counts as coordination."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    Text,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from domain.exchanges import Action, CountingRule, Exchange, ExchangeKind, Recipient
from domain.programmes import Happened
from storage.database import Transaction
from storage.matters import matters
from storage.programmes import programme_events
from storage.tables import BigInteger, UtcDateTime, cases, metadata, tasks

exchanges = Table(
    "exchanges",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("sender", String(32), nullable=False),
    # Who wrote it.
    Column("actor", String(32), nullable=False),
    Column("text", Text, nullable=False),
    Column("due_at", UtcDateTime),
    # What it is about.
    Column("matter", BigInteger),
    Column("programme", BigInteger),
    Column("content", Integer),
    # Empty: a draft.
    Column("sent_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    # Why its sender closed it; empty when all replied.
    Column("reason", Text, nullable=False),
    # When to look whether somebody is to be reminded of it; empty: never again.
    Column("remind_at", UtcDateTime),
    sqlite_autoincrement=True,
)
Index("ix_exchanges_sender", exchanges.c.sender, exchanges.c.id)
Index("ix_exchanges_sent", exchanges.c.sent_at)
Index("ix_exchanges_remind", exchanges.c.remind_at, sqlite_where=exchanges.c.remind_at.is_not(None),
      postgresql_where=exchanges.c.remind_at.is_not(None))  # fmt: skip
exchange_recipients = Table(
    "exchange_recipients",
    metadata,
    Column("exchange", BigInteger, ForeignKey("exchanges.id", ondelete="CASCADE"), primary_key=True,
           autoincrement=False),
    Column("agency", String(32), primary_key=True),
    # The order in which they stand.
    Column("n", Integer, nullable=False),
    Column("read_at", UtcDateTime),
    Column("replied_at", UtcDateTime),
    Column("reply", Text, nullable=False),
)  # fmt: skip
Index("ix_exchange_recipients_agency", exchange_recipients.c.agency, exchange_recipients.c.exchange)
Index("ix_exchange_recipients_replied", exchange_recipients.c.replied_at,
      sqlite_where=exchange_recipients.c.replied_at.is_not(None),
      postgresql_where=exchange_recipients.c.replied_at.is_not(None))  # fmt: skip


async def begin(transaction: Transaction, exchange: Exchange) -> int:
    """Put a new exchange, its ``id`` not used. Returns its id."""
    query = insert(exchanges).values(_row(exchange)).returning(exchanges.c.id)
    made: int = (await transaction.execute(query)).scalar_one()
    await _put_recipients(transaction, made, exchange.recipients)
    return made


async def save(transaction: Transaction, exchange: Exchange, remind_at: datetime | None) -> None:
    """Write an exchange in the place of its older self, and when to look at it next."""
    row = {**_row(exchange), "remind_at": remind_at}
    await transaction.execute(update(exchanges).where(exchanges.c.id == exchange.id).values(row))
    own = exchange_recipients.c.exchange == exchange.id
    await transaction.execute(delete(exchange_recipients).where(own))
    await _put_recipients(transaction, exchange.id, exchange.recipients)


async def remind(transaction: Transaction, exchange: int, at: datetime | None) -> None:
    """Set when to look at an exchange next."""
    await transaction.execute(update(exchanges).where(exchanges.c.id == exchange).values(remind_at=at))


async def drop(transaction: Transaction, exchange: int) -> None:
    """Delete a draft."""
    await transaction.execute(delete(exchanges).where(exchanges.c.id == exchange, exchanges.c.sent_at.is_(None)))


async def get(transaction: Transaction, exchange: int) -> Exchange | None:
    """Return an exchange, locked: two replies at once close it once."""
    found = await _load(transaction, select(exchanges).where(exchanges.c.id == exchange).with_for_update())
    return found[0] if found else None


async def of_agencies(
    transaction: Transaction, agencies: Collection[str], *, open_only: bool = True, limit: int = 100
) -> list[Exchange]:
    """Return what these bodies sent (drafts too) and what was sent to them, latest first."""
    to_them = select(exchange_recipients.c.exchange).where(exchange_recipients.c.agency.in_(agencies))
    theirs = or_(exchanges.c.sender.in_(agencies), and_(exchanges.c.sent_at.is_not(None), exchanges.c.id.in_(to_them)))
    query = select(exchanges).where(theirs).order_by(exchanges.c.id.desc()).limit(limit)
    return await _load(transaction, query.where(exchanges.c.closed_at.is_(None)) if open_only else query)


async def count_open(transaction: Transaction) -> int:
    """Count the exchanges of the province that wait for a reply."""
    query = select(func.count()).where(exchanges.c.sent_at.is_not(None), exchanges.c.closed_at.is_(None))
    return (await transaction.execute(query)).scalar_one()


async def sent_between(
    transaction: Transaction, start: datetime, end: datetime, agencies: Collection[str] | None = None
) -> list[Exchange]:
    """Return what was sent or due in a period, by all or by these bodies: ``domain.exchanges.flow`` counts it."""
    within = or_(
        and_(exchanges.c.sent_at >= start, exchanges.c.sent_at < end),
        and_(exchanges.c.due_at >= start, exchanges.c.due_at < end, exchanges.c.sent_at.is_not(None)),
    )
    query = select(exchanges).where(within).order_by(exchanges.c.id)
    return await _load(transaction, query if agencies is None else query.where(exchanges.c.sender.in_(agencies)))


async def due(transaction: Transaction, now: datetime, limit: int) -> list[Exchange]:
    """Return exchanges to look at, locked."""
    query = (
        select(exchanges)
        .where(exchanges.c.remind_at <= now)
        .order_by(exchanges.c.remind_at, exchanges.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return await _load(transaction, query)


async def coordinated(
    transaction: Transaction, start: datetime, end: datetime, rule: CountingRule
) -> list[tuple[str, str]]:
    """Return the distinct pairs of body and coordinated action from ``start`` to before ``end``, in order.

    Actions: "activity:3.2.1" (CT3.2.1), "exchange:12", "matter:7", "case:<id>:<agency>".
    """
    pairs: set[tuple[str, str]] = set()
    if Action.ACTIVITY in rule.counts:
        pairs |= await _activities(transaction, start, end, rule)
    if Action.EXCHANGE in rule.counts:
        pairs |= await _exchanged(transaction, start, end)
    if Action.MATTER in rule.counts:
        pairs |= await _of_matters(transaction, start, end)
    for kind, query in ((Action.PARTNER, _partners(start, end)), (Action.REFERRAL, _referrals(start, end))):
        if kind in rule.counts:
            found = await transaction.execute(query)
            pairs |= {(row.agency, f"case:{row.case_id}:{row.agency}") for row in found}
    return sorted(pairs)


async def _activities(
    transaction: Transaction, start: datetime, end: datetime, rule: CountingRule
) -> set[tuple[str, str]]:
    """By the day it was done, each body once: the first time it told."""
    event = programme_events.c
    first, last = start.astimezone(rule.zone).date(), (end - timedelta.resolution).astimezone(rule.zone).date()
    by = (event.programme, event.content, event.activity, event.agency)
    told = select(func.min(event.id)).where(event.kind == Happened.DONE).group_by(*by)
    query = select(*by).where(event.id.in_(told), event.day >= first, event.day <= last)
    return {
        (row.agency, f"activity:{row.programme}.{row.content}.{row.activity}")
        for row in await transaction.execute(query)
    }


async def _exchanged(transaction: Transaction, start: datetime, end: datetime) -> set[tuple[str, str]]:
    """Who replied; the sender with the first reply. What is about a matter counts under the matter."""
    to = exchange_recipients
    joined = to.join(exchanges, exchanges.c.id == to.c.exchange)
    of = (exchanges.c.id, exchanges.c.matter, exchanges.c.sender)
    replied = select(*of, to.c.agency).select_from(joined).where(to.c.replied_at >= start, to.c.replied_at < end)
    first = func.min(to.c.replied_at)
    begun = select(*of).select_from(joined).group_by(*of).having(and_(first >= start, first < end))
    pairs = {(row.agency, _key(row.id, row.matter)) for row in await transaction.execute(replied)}
    return pairs | {(row.sender, _key(row.id, row.matter)) for row in await transaction.execute(begun)}


def _key(exchange: int, matter: int | None) -> str:
    return f"matter:{matter}" if matter else f"exchange:{exchange}"


async def _of_matters(transaction: Transaction, start: datetime, end: datetime) -> set[tuple[str, str]]:
    """Whose task of a matter's own case was done; its lead with the first of them."""
    done = and_(tasks.c.status == "done", tasks.c.case_id == matters.c.case_id, cases.c.id == matters.c.case_id)
    within = and_(tasks.c.ended_at >= start, tasks.c.ended_at < end)
    query = select(matters.c.id, tasks.c.agency).where(done, within)
    first = func.min(tasks.c.ended_at)
    begun = (
        select(matters.c.id, cases.c.agency)
        .where(done)
        .group_by(matters.c.id, cases.c.agency)
        .having(and_(first >= start, first < end))
    )
    rows = [*await transaction.execute(query), *await transaction.execute(begun)]
    return {(row.agency, f"matter:{row.id}") for row in rows}


#: Casework of citizens' concerns, restricted ones left out.
_concern = and_(tasks.c.case_id == cases.c.id, cases.c.restricted.is_(False), cases.c.reason != "matter")


def _partners(start: datetime, end: datetime) -> Select[tuple[str, int]]:
    return select(tasks.c.agency, tasks.c.case_id).where(
        _concern, tasks.c.ended_by == "partner_replied", tasks.c.ended_at >= start, tasks.c.ended_at < end
    )


def _referrals(start: datetime, end: datetime) -> Select[tuple[str, int]]:
    return select(tasks.c.agency, tasks.c.case_id).where(
        _concern, tasks.c.opened_by == "referred", tasks.c.accepted_at >= start, tasks.c.accepted_at < end
    )


def _row(exchange: Exchange) -> dict[str, object]:
    programme, content = exchange.content or (None, None)
    return {
        "kind": exchange.kind, "sender": exchange.sender, "actor": exchange.actor, "text": exchange.text,
        "due_at": exchange.due_at, "matter": exchange.matter, "programme": programme, "content": content,
        "sent_at": exchange.sent_at, "closed_at": exchange.closed_at, "reason": exchange.reason,
    }  # fmt: skip


async def _put_recipients(transaction: Transaction, exchange: int, recipients: Collection[Recipient]) -> None:
    rows = [
        {
            "exchange": exchange, "n": n, "agency": one.agency, "read_at": one.read_at, "replied_at": one.replied_at,
            "reply": one.reply,
        }
        for n, one in enumerate(recipients)
    ]  # fmt: skip
    if rows:
        await transaction.execute(insert(exchange_recipients), rows)


async def _load(transaction: Transaction, query: Select[tuple[object, ...]]) -> list[Exchange]:
    found = (await transaction.execute(query)).all()
    to = exchange_recipients.c
    rows = select(exchange_recipients).where(to.exchange.in_([row.id for row in found])).order_by(to.n)
    recipients: dict[int, list[Recipient]] = defaultdict(list)
    for row in await transaction.execute(rows) if found else ():
        recipients[row.exchange].append(Recipient(row.agency, row.read_at, row.replied_at, row.reply))
    return [
        Exchange(
            row.id,
            ExchangeKind(row.kind),
            row.sender,
            row.actor,
            row.text,
            row.due_at,
            tuple(recipients[row.id]),
            row.matter,
            (row.programme, row.content) if row.programme else None,
            row.sent_at,
            row.closed_at,
            row.reason,
        )
        for row in found
    ]
