"""All tables. Identities (addresses, phone numbers) stand apart from cases.

Ids that a key or a reader counts on (``in:7:say:0``, ``?after=7``) are never used twice, also not after deletion:
``sqlite_autoincrement`` is for that; PostgreSQL's sequences do so anyway.
"""

from datetime import UTC, datetime

from sqlalchemy import BigInteger as _BigInteger
from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: SQLite counts up by itself only in a column declared INTEGER.
BigInteger = _BigInteger().with_variant(Integer(), "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment. Refuses naive values and returns UTC, also on SQLite, which knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs its time zone: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment as aware UTC."""
        del dialect
        return value if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


conversations = Table(
    "conversations",
    metadata,
    Column("id", BigInteger, primary_key=True),
    # The address: who the person is to the channel.
    Column("channel", String(16), nullable=False),
    Column("chat", String(128), nullable=False),
    # domain.conversation.Conversation as JSON; null before the first decision.
    Column("state", Text),
    Column("nudge_at", UtcDateTime),
    # Set when the person had everything erased; the row itself goes once that is told.
    Column("erased_at", UtcDateTime),
    # Inbox: how many messages wait, since when, and who has the lease.
    Column("waiting", Integer, nullable=False, default=0, server_default="0"),
    Column("waiting_since", UtcDateTime),
    Column("lease_until", UtcDateTime),
    Column("lease_token", Integer, nullable=False, default=0, server_default="0"),
    # Outbox: not before this moment, for the pace of one chat; and since when nobody can be reached.
    Column("send_after", UtcDateTime),
    Column("blocked_at", UtcDateTime),
    # When the person last wrote: who is awake is not disturbed by news.
    Column("heard_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("channel", "chat"),
    sqlite_autoincrement=True,
)
Index("ix_conversations_waiting", conversations.c.waiting_since, sqlite_where=conversations.c.waiting > 0,
      postgresql_where=conversations.c.waiting > 0)  # fmt: skip
Index("ix_conversations_nudge", conversations.c.nudge_at, sqlite_where=conversations.c.nudge_at.is_not(None),
      postgresql_where=conversations.c.nudge_at.is_not(None))  # fmt: skip
Index("ix_conversations_erased", conversations.c.erased_at, sqlite_where=conversations.c.erased_at.is_not(None),
      postgresql_where=conversations.c.erased_at.is_not(None))  # fmt: skip

inbox = Table(
    "inbox",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("external_id", String(128), nullable=False),
    Column("conversation_id", BigInteger, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    # domain.messages.Content as JSON; null once decided: what is needed of it is in the concern or the case.
    Column("body", Text),
    Column("received_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("attempts", Integer, nullable=False, default=0, server_default="0"),
    # Set aside after failing again and again; `hoiam doctor` shows it.
    Column("set_aside_at", UtcDateTime),
    Column("error", Text),
    UniqueConstraint("channel", "external_id"),
    sqlite_autoincrement=True,
)
Index("ix_inbox_undecided", inbox.c.conversation_id, inbox.c.id, sqlite_where=inbox.c.decided_at.is_(None),
      postgresql_where=inbox.c.decided_at.is_(None))  # fmt: skip
Index("ix_inbox_set_aside", inbox.c.set_aside_at, sqlite_where=inbox.c.set_aside_at.is_not(None),
      postgresql_where=inbox.c.set_aside_at.is_not(None))  # fmt: skip

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("conversation_id", BigInteger, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    # The same effect is written once, however often it is decided.
    Column("dedupe_key", String(160), nullable=False, unique=True),
    # domain.messages.Say as JSON; null once settled.
    Column("say", Text),
    Column("not_before", UtcDateTime, nullable=False),
    Column("next_attempt_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False, default=0, server_default="0"),
    Column("lease_until", UtcDateTime),
    Column("lease_token", Integer, nullable=False, default=0, server_default="0"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    # "delivered" or "refused".
    Column("outcome", String(16)),
    Column("error", Text),
    sqlite_autoincrement=True,
)
Index("ix_outbox_due", outbox.c.next_attempt_at, outbox.c.id, sqlite_where=outbox.c.settled_at.is_(None),
      postgresql_where=outbox.c.settled_at.is_(None))  # fmt: skip
Index("ix_outbox_order", outbox.c.conversation_id, outbox.c.id, sqlite_where=outbox.c.settled_at.is_(None),
      postgresql_where=outbox.c.settled_at.is_(None))  # fmt: skip

channels = Table(
    "channels",
    metadata,
    Column("name", String(16), primary_key=True),
    # Telegram: the next update to ask for; who polls, until when.
    Column("cursor", BigInteger, nullable=False, default=0, server_default="0"),
    Column("poller", String(64)),
    Column("poller_until", UtcDateTime),
    # The platform asked for a pause.
    Column("paused_until", UtcDateTime),
)

cases = Table(
    "cases",
    metadata,
    # Taken from `counters`, not counted up by the database: the number is known before the row is written.
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", String(24), nullable=False, unique=True),
    Column("conversation_id", BigInteger, ForeignKey("conversations.id", ondelete="SET NULL")),
    Column("status", String(24), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("topic", String(64)),
    Column("tier", String(2), nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("restricted", Boolean, nullable=False),
    Column("commune", String(8)),
    Column("detail", Text),
    Column("text", Text, nullable=False),
    Column("agency", String(32), nullable=False),
    Column("watch", Text, nullable=False),
    Column("reason", String(24), nullable=False),
    Column("filed_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("next_update_at", UtcDateTime),
    Column("remind_at", UtcDateTime),
    Column("announced_at", UtcDateTime),
    Column("ruleset", String(16), nullable=False),
    Column("referrals", Integer, nullable=False),
    Column("outcome", String(16)),
    Column("answer", Text),
    Column("answered_at", UtcDateTime),
    Column("question", Text),
    Column("asked_at", UtcDateTime),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("photos", Text, nullable=False),
    # Version of the reader; null when nothing was read.
    Column("read_by", String(80)),
)
Index("ix_cases_conversation", cases.c.conversation_id, cases.c.id)
Index("ix_cases_queue", cases.c.agency, cases.c.due_at, cases.c.id,
      sqlite_where=cases.c.status.in_(("in_triage", "referred", "accepted", "waiting_for_citizen")),
      postgresql_where=cases.c.status.in_(("in_triage", "referred", "accepted", "waiting_for_citizen")))  # fmt: skip
Index("ix_cases_unannounced", cases.c.agency, sqlite_where=cases.c.announced_at.is_(None),
      postgresql_where=cases.c.announced_at.is_(None))  # fmt: skip
Index("ix_cases_update", cases.c.next_update_at, sqlite_where=cases.c.next_update_at.is_not(None),
      postgresql_where=cases.c.next_update_at.is_not(None))  # fmt: skip
Index("ix_cases_remind", cases.c.remind_at, sqlite_where=cases.c.remind_at.is_not(None),
      postgresql_where=cases.c.remind_at.is_not(None))  # fmt: skip

#: A phone number the citizen gave for one case.
contacts = Table(
    "contacts",
    metadata,
    Column("case_id", BigInteger, ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("phone", String(24), nullable=False),
)

#: History of cases: append only.
events = Table(
    "events",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("case_id", BigInteger, ForeignKey("cases.id"), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(32), nullable=False),
    Column("agency", String(32), nullable=False),
    Column("note", Text, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_events_case", events.c.case_id, events.c.id)

#: Topics that officers corrected, for the reader to learn from; erased with what the citizen wrote.
corrections = Table(
    "corrections",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("case_id", BigInteger, ForeignKey("cases.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("text", Text, nullable=False),
    Column("topic_before", String(64)),
    Column("topic_after", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("agency", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("ruleset", String(16), nullable=False),
    Column("read_by", String(80)),
    sqlite_autoincrement=True,
)

#: Complaints and denunciations that were guided: counted, nothing of them kept.
guidance = Table(
    "guidance",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("topic", String(64)),
    Column("commune", String(8)),
    Column("at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

officers = Table(
    "officers",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column(
        "conversation_id", BigInteger, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, unique=True
    ),
    Column("agency", String(32), nullable=False),
    Column("bound_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_officers_agency", officers.c.agency)

invitations = Table(
    "invitations",
    metadata,
    # SHA-256 of the code: reading the table gives nobody a seat.
    Column("code_hash", String(64), primary_key=True),
    Column("agency", String(32), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)

#: What the web chat has shown or will show; ids rise within a conversation in the order of sending.
web_messages = Table(
    "web_messages",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("conversation_id", BigInteger, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("outbox_id", BigInteger, nullable=False, unique=True),
    Column("text", Text, nullable=False),
    # JSON pairs of id and label.
    Column("choices", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_web_messages_conversation", web_messages.c.conversation_id, web_messages.c.id)

counters = Table(
    "counters",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
