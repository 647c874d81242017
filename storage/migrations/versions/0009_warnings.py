"""Counts of people by day, commune and topic; warnings."""

import sqlalchemy as sa
from alembic import op

from storage.tables import UtcDateTime

revision = "0009"
down_revision = "0008"

MOMENT = UtcDateTime(timezone=True)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "closed_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("looked_at", MOMENT),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_closed_days")),
    )
    op.create_table(
        "cell_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("commune", sa.String(8), nullable=False),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "commune", "topic", name=op.f("pk_cell_days")),
    )
    op.create_table(
        "warnings",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("commune", sa.String(8), nullable=False),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("agency", sa.String(32), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("raised_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT),
        sa.Column("decided_by", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("matter", BIG),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warnings")),
        sqlite_autoincrement=True,
    )
    raised = sa.text("status = 'raised'")
    op.create_index(
        "ix_warnings_raised",
        "warnings",
        ["commune", "topic", "agency"],
        unique=True,
        sqlite_where=raised,
        postgresql_where=raised,
    )


def downgrade() -> None:
    """Take back."""
    for table in ("warnings", "cell_days", "closed_days"):
        op.drop_table(table)
