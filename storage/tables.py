"""All tables. Identities (addresses, phone numbers) stand apart from cases.

Ids that a key or a reader counts on (``in:7:say:0``, ``?after=7``) are never used twice, also not after deletion:
``sqlite_autoincrement`` is for that; PostgreSQL's sequences do so anyway.
"""

from datetime import UTC, datetime, timedelta

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
    and_,
    false,
    literal_column,
    or_,
    true,
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
        if value is None or value.tzinfo is UTC:
            return value
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Duration(TypeDecorator[timedelta]):
    """A stretch of time, exact: microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        """Turn a stretch into microseconds."""
        del dialect
        return None if value is None else value // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:
        """Return microseconds as a stretch."""
        del dialect
        return None if value is None else timedelta(microseconds=value)


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
    Column("ruleset", String(16), nullable=False),
    # The task on whose clock time runs, since when; null: the citizen's, or nobody's.
    Column("clock", Integer),
    Column("clock_at", UtcDateTime),
    Column("paused", Duration, nullable=False, server_default="0"),
    Column("pause", Duration, nullable=False, server_default="0"),
    Column("counted_from", UtcDateTime),
    Column("clocked_by", String(16), nullable=False, server_default=""),
    Column("extension", Text),
    Column("referrals", Integer, nullable=False),
    Column("reopened", Integer, nullable=False, server_default="0"),
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
    # Number of the case it was merged into.
    Column("merged_into", String(24)),
    # Body complained about.
    Column("accused", String(16)),
    Column("on_behalf", Boolean, nullable=False, server_default=false()),
    # 1 to 3.
    Column("rating", Integer),
)
#: Literals: SQLite uses a partial index only for a condition that has no parameters.
open_case = cases.c.status.in_(
    [literal_column(f"'{status}'") for status in ("accepted", "in_triage", "referred", "waiting_for_citizen")]
)
Index("ix_cases_conversation", cases.c.conversation_id, cases.c.id)
Index("ix_cases_merged", cases.c.merged_into, sqlite_where=cases.c.merged_into.is_not(None),
      postgresql_where=cases.c.merged_into.is_not(None))  # fmt: skip
# Open cases by the rules that count their deadline: a change of rules finds them, and likeness the latest ones.
Index("ix_cases_clocked", cases.c.clocked_by, sqlite_where=open_case, postgresql_where=open_case)
Index("ix_cases_open", cases.c.filed_at, sqlite_where=open_case, postgresql_where=open_case)
Index("ix_cases_update", cases.c.next_update_at, sqlite_where=cases.c.next_update_at.is_not(None),
      postgresql_where=cases.c.next_update_at.is_not(None))  # fmt: skip
#: Counted in no figure: few, so that whoever counts tasks need not look at each one's case.
uncounted = or_(cases.c.restricted.is_(true()), cases.c.reason == literal_column("'matter'"))
Index("ix_cases_uncounted", cases.c.id, sqlite_where=uncounted, postgresql_where=uncounted)
#: What agencies have to do with cases.
tasks = Table(
    "tasks",
    metadata,
    Column("case_id", BigInteger, ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("agency", String(32), nullable=False),
    Column("role", String(8), nullable=False),
    Column("status", String(12), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("accept_by", UtcDateTime, nullable=False),
    Column("progress_by", UtcDateTime),
    Column("due_at", UtcDateTime, nullable=False),
    Column("promised_at", UtcDateTime, nullable=False),
    # The task whose clock runs until this one is taken.
    Column("sender", Integer),
    Column("accepted_at", UtcDateTime),
    Column("progressed_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    # Empty: new work to be announced.
    Column("announced_at", UtcDateTime),
    Column("remind_at", UtcDateTime),
    # The seat it is assigned to; a seat that is given up leaves its tasks to the agency.
    Column("officer", BigInteger),
    Column("charged", Duration, nullable=False),
    # Kinds of the events it began and ended with, and of the verdict on its answer: what figures are counted from.
    Column("opened_by", String(24), nullable=False, server_default="filed"),
    Column("ended_by", String(24)),
    Column("verdict", String(24)),
    Column("question", Text, nullable=False),
    Column("reply", Text, nullable=False),
    # Pictures of an answer that waits for approval: JSON pairs of reference and name.
    Column("photos", Text, nullable=False),
)
open_task = tasks.c.ended_at.is_(None)
Index("ix_tasks_opened", tasks.c.opened_at)
Index("ix_tasks_ended", tasks.c.ended_at, sqlite_where=tasks.c.ended_at.is_not(None),
      postgresql_where=tasks.c.ended_at.is_not(None))  # fmt: skip
Index("ix_tasks_queue", tasks.c.agency, tasks.c.due_at, tasks.c.case_id,
      sqlite_where=open_task, postgresql_where=open_task)  # fmt: skip
Index("ix_tasks_unannounced", tasks.c.agency, sqlite_where=and_(tasks.c.announced_at.is_(None), open_task),
      postgresql_where=and_(tasks.c.announced_at.is_(None), open_task))  # fmt: skip
Index("ix_tasks_remind", tasks.c.remind_at, sqlite_where=tasks.c.remind_at.is_not(None),
      postgresql_where=tasks.c.remind_at.is_not(None))  # fmt: skip

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
    # Whose clock runs from here on: an agency's, "citizen", or nobody's.
    Column("clock", String(32), nullable=False, server_default=""),
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
    # "officer", "lead" or "inspector".
    Column("role", String(12), nullable=False, server_default="officer"),
    Column("name", String(80), nullable=False, server_default=""),
    Column("bound_at", UtcDateTime, nullable=False),
    # On leave until then; new work goes to the substitute's seat meanwhile.
    Column("away_until", UtcDateTime),
    Column("substitute", BigInteger),
    # When a lead gets the next digest.
    Column("digest_at", UtcDateTime),
    sqlite_autoincrement=True,
)
Index("ix_officers_agency", officers.c.agency)
Index("ix_officers_digest", officers.c.digest_at, sqlite_where=officers.c.digest_at.is_not(None),
      postgresql_where=officers.c.digest_at.is_not(None))  # fmt: skip

#: Village heads: who may write for somebody else.
heads = Table(
    "heads",
    metadata,
    Column(
        "conversation_id",
        BigInteger,
        ForeignKey("conversations.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("commune", String(8), nullable=False),
    Column("name", String(80), nullable=False),
    Column("bound_at", UtcDateTime, nullable=False),
)

#: Secrets by which a citizen takes over what a village head filed; the case's number alone gives nobody anything.
takeovers = Table(
    "takeovers",
    metadata,
    Column("case_id", BigInteger, ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    # SHA-256.
    Column("code_hash", String(64), nullable=False),
)

#: What agencies answered, without the words: the same text again and again is no answer.
answers = Table(
    "answers",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("case_id", BigInteger, ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
    Column("agency", String(32), nullable=False),
    Column("fingerprint", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_answers_fingerprint", answers.c.agency, answers.c.fingerprint, answers.c.at)

#: Pictures that were shown as proof of work: none is one twice.
proofs = Table(
    "proofs",
    metadata,
    # SHA-256 of the channel's name for the picture.
    Column("picture", String(64), primary_key=True),
    Column("case_id", BigInteger, ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

#: Known problems: what is being mended, and until when; told to whoever reports the same.
known_problems = Table(
    "known_problems",
    metadata,
    Column("id", BigInteger, primary_key=True),
    # The case its reports are joined to.
    Column("case_id", BigInteger, ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
    Column("topic", String(64), nullable=False),
    Column("commune", String(8), nullable=False),
    # Place in the officer's words; empty: the whole commune.
    Column("place", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_known_problems_place", known_problems.c.commune, known_problems.c.topic)

invitations = Table(
    "invitations",
    metadata,
    # SHA-256 of the code: reading the table gives nobody a seat.
    Column("code_hash", String(64), primary_key=True),
    # Of a village head: the code of the commune.
    Column("agency", String(32), nullable=False),
    # "officer", "lead", "inspector" or "head".
    Column("role", String(12), nullable=False, server_default="officer"),
    Column("name", String(80), nullable=False, server_default=""),
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
    # Empty once another message took its place.
    Column("text", Text, nullable=False),
    # JSON pairs of id and label.
    Column("choices", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    # The first message of the place it takes.
    Column("replaces", BigInteger),
    sqlite_autoincrement=True,
)
Index("ix_web_messages_conversation", web_messages.c.conversation_id, web_messages.c.id)
Index("ix_web_messages_place", web_messages.c.replaces, sqlite_where=web_messages.c.replaces.is_not(None),
      postgresql_where=web_messages.c.replaces.is_not(None))  # fmt: skip

counters = Table(
    "counters",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

#: The province's own directory as it was last applied; one row.
directory = Table(
    "directory",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    # Rises with each import, so that running processes notice.
    Column("version", Integer, nullable=False),
    # TOML.
    Column("text", Text, nullable=False),
    Column("by", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
