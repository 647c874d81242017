"""Matters: what troubles many, who works on it, what was said publicly."""

import sqlalchemy as sa
from alembic import op

from storage.tables import UtcDateTime

revision = "0008"
down_revision = "0007"

MOMENT = UtcDateTime(timezone=True)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "matters",
        sa.Column("id", BIG, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("name", sa.String(160), nullable=False),
        sa.Column("topic", sa.String(64)),
        sa.Column("communes", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("lead", sa.String(32)),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("warning", BIG),
        sa.Column("opened_at", MOMENT),
        sa.Column("inform_by", MOMENT),
        sa.Column("informed_at", MOMENT),
        sa.Column("remind_at", MOMENT),
        sa.Column("look_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("case_id", BIG),
        sa.Column("number", sa.String(24)),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_matters_case_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matters")),
        sa.UniqueConstraint("case_id", name=op.f("uq_matters_case_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_matters_state", "matters", ["state", "id"])
    for due in ("remind", "look"):
        waits = sa.text(f"{due}_at IS NOT NULL")
        op.create_index(f"ix_matters_{due}", "matters", [f"{due}_at"], sqlite_where=waits, postgresql_where=waits)
    op.create_table(
        "matter_members",
        sa.Column("matter", BIG, autoincrement=False, nullable=False),
        sa.Column("agency", sa.String(32), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("wanted_at", MOMENT, nullable=False),
        _of_matter("matter_members"),
        sa.PrimaryKeyConstraint("matter", "agency", name=op.f("pk_matter_members")),
    )
    op.create_index("ix_matter_members_agency", "matter_members", ["agency"])
    op.create_table(
        "matter_events",
        sa.Column("id", BIG, nullable=False),
        sa.Column("matter", BIG, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.String(32), nullable=False),
        sa.Column("agency", sa.String(32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        _of_matter("matter_events"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter_events")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_matter_events_matter", "matter_events", ["matter", "id"])
    op.create_index("ix_matter_events_at", "matter_events", ["at"])
    op.create_table(
        "matter_cases",
        sa.Column("matter", BIG, autoincrement=False, nullable=False),
        sa.Column("case_id", BIG, autoincrement=False, nullable=False),
        sa.Column("joined_at", MOMENT, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("left_at", MOMENT),
        sa.Column("left_why", sa.Text()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_matter_cases_case_id"), ondelete="CASCADE"),
        _of_matter("matter_cases"),
        sa.PrimaryKeyConstraint("matter", "case_id", name=op.f("pk_matter_cases")),
    )
    op.create_index("ix_matter_cases_case", "matter_cases", ["case_id"])


def _of_matter(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["matter"], ["matters.id"], name=op.f(f"fk_{table}_matter"), ondelete="CASCADE")


def downgrade() -> None:
    """Take back."""
    for table in ("matter_cases", "matter_events", "matter_members", "matters"):
        op.drop_table(table)
