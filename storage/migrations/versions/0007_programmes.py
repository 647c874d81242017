"""Coordination programmes and exchanges between bodies."""

import sqlalchemy as sa
from alembic import op

from storage.tables import UtcDateTime

revision = "0007"
down_revision = "0006"

MOMENT = UtcDateTime(timezone=True)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MADE = (
    "programmes", "programme_bodies", "programme_contents", "programme_activities", "programme_events", "exchanges",
    "exchange_recipients",
)  # fmt: skip


def upgrade() -> None:
    """Apply."""
    _create_programmes()
    _create_exchanges()
    waits = sa.text("remind_at IS NOT NULL")
    for table in ("programme_activities", "exchanges"):
        op.create_index(f"ix_{table}_remind", table, ["remind_at"], sqlite_where=waits, postgresql_where=waits)


def _create_programmes() -> None:
    op.create_table(
        "programmes",
        sa.Column("id", BIG, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
        sa.UniqueConstraint("key", name=op.f("uq_programmes_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "programme_bodies",
        sa.Column("programme", BIG, autoincrement=False, nullable=False),
        sa.Column("agency", sa.String(length=32), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("programme", "agency", name=op.f("pk_programme_bodies")),
        _of_programme("programme_bodies"),
    )
    op.create_index("ix_programme_bodies_agency", "programme_bodies", ["agency"])
    op.create_table(
        "programme_contents",
        sa.Column("programme", BIG, autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("lead", sa.String(length=32), nullable=False),
        sa.Column("focal", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("programme", "n", name=op.f("pk_programme_contents")),
        _of_programme("programme_contents"),
    )
    op.create_table(
        "programme_activities",
        sa.Column("programme", BIG, autoincrement=False, nullable=False),
        sa.Column("content", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("bodies", sa.Text(), nullable=False),
        sa.Column("remind_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("programme", "content", "n", name=op.f("pk_programme_activities")),
        sa.ForeignKeyConstraint(
            ["programme", "content"],
            ["programme_contents.programme", "programme_contents.n"],
            name=op.f("fk_programme_activities_programme"),
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "programme_events",
        sa.Column("id", BIG, nullable=False),
        sa.Column("programme", BIG, nullable=False),
        sa.Column("content", sa.Integer(), nullable=True),
        sa.Column("activity", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.String(length=32), nullable=False),
        sa.Column("agency", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_events")),
        _of_programme("programme_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_programme_events_programme", "programme_events", ["programme", "id"])
    op.create_index("ix_programme_events_day", "programme_events", ["kind", "day"])


def _of_programme(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["programme"], ["programmes.id"], name=op.f(f"fk_{table}_programme"), ondelete="CASCADE"
    )


def _create_exchanges() -> None:
    op.create_table(
        "exchanges",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("sender", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("matter", BIG, nullable=True),
        sa.Column("programme", BIG, nullable=True),
        sa.Column("content", sa.Integer(), nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("remind_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchanges")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_exchanges_sender", "exchanges", ["sender", "id"])
    op.create_index("ix_exchanges_sent", "exchanges", ["sent_at"])
    op.create_table(
        "exchange_recipients",
        sa.Column("exchange", BIG, autoincrement=False, nullable=False),
        sa.Column("agency", sa.String(length=32), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("replied_at", MOMENT, nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("exchange", "agency", name=op.f("pk_exchange_recipients")),
        sa.ForeignKeyConstraint(
            ["exchange"], ["exchanges.id"], name=op.f("fk_exchange_recipients_exchange"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_exchange_recipients_agency", "exchange_recipients", ["agency", "exchange"])
    replied = sa.text("replied_at IS NOT NULL")
    op.create_index(
        "ix_exchange_recipients_replied",
        "exchange_recipients",
        ["replied_at"],
        sqlite_where=replied,
        postgresql_where=replied,
    )


def downgrade() -> None:
    """Take back."""
    for table in reversed(_MADE):
        op.drop_table(table)
