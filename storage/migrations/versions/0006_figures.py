"""What tasks began and ended with, for counting; what was counted."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_KINDS = ("opened_by", "ended_by", "verdict")


def upgrade() -> None:
    """Apply."""
    op.add_column("tasks", sa.Column("opened_by", sa.String(24), nullable=False, server_default="filed"))
    op.add_column("tasks", sa.Column("ended_by", sa.String(24)))
    op.add_column("tasks", sa.Column("verdict", sa.String(24)))
    _carry_over()
    op.create_index("ix_tasks_opened", "tasks", ["opened_at"])
    ended = sa.text("ended_at IS NOT NULL")
    op.create_index("ix_tasks_ended", "tasks", ["ended_at"], sqlite_where=ended, postgresql_where=ended)
    uncounted = sa.text("restricted IS TRUE OR reason = 'matter'")
    op.create_index("ix_cases_uncounted", "cases", ["id"], sqlite_where=uncounted, postgresql_where=uncounted)
    op.create_table(
        "tallies",
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", "start", name=op.f("pk_tallies")),
    )


def _carry_over() -> None:
    """Say of the tasks there are what can be known: how they ended, and that later ones were passed on or disputed."""
    op.execute("UPDATE tasks SET opened_by = 'partner_called' WHERE role = 'partner'")
    before = (
        "(SELECT b.status FROM tasks b WHERE b.case_id = tasks.case_id AND b.role = 'lead' AND b.n < tasks.n"
        " ORDER BY b.n DESC LIMIT 1)"
    )
    op.execute(
        f"UPDATE tasks SET opened_by = CASE {before} WHEN 'returned' THEN 'referred' WHEN 'done' THEN 'disputed'"  # noqa: S608
        " ELSE 'split' END WHERE role = 'lead' AND n > 1"
    )
    ended = (
        "CASE status WHEN 'done' THEN CASE role WHEN 'lead' THEN 'answered' ELSE 'partner_replied' END"
        " WHEN 'returned' THEN CASE role WHEN 'lead' THEN 'referred' ELSE 'partner_declined' END"
        " ELSE COALESCE((SELECT c.outcome FROM cases c WHERE c.id = tasks.case_id), 'answered') END"
    )
    op.execute(f"UPDATE tasks SET ended_by = {ended} WHERE ended_at IS NOT NULL")  # noqa: S608
    later = "EXISTS (SELECT 1 FROM tasks l WHERE l.case_id = tasks.case_id AND l.role = 'lead' AND l.n > tasks.n)"
    outcome = (
        "(SELECT CASE c.outcome WHEN 'confirmed' THEN 'confirmed' WHEN 'partly' THEN 'settled_partly'"
        " WHEN 'unconfirmed' THEN 'closed_unconfirmed' END FROM cases c WHERE c.id = tasks.case_id)"
    )
    op.execute(
        f"UPDATE tasks SET verdict = CASE WHEN {later} THEN 'disputed' ELSE {outcome} END"  # noqa: S608
        " WHERE role = 'lead' AND status = 'done'"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("tallies")
    op.drop_index("ix_cases_uncounted", table_name="cases")
    for index in ("ended", "opened"):
        op.drop_index(f"ix_tasks_{index}", table_name="tasks")
    with op.batch_alter_table("tasks") as batch:
        for name in _KINDS:
            batch.drop_column(name)
