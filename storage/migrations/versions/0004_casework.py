"""Agencies' tasks with clocks of their own; roles of seats, village heads, answers given, known problems."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Duration, UtcDateTime

revision = "0004"
down_revision = "0003"

MOMENT = UtcDateTime(timezone=True)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OPEN = "('accepted', 'in_triage', 'referred', 'waiting_for_citizen')"
_MADE = ("tasks", "heads", "takeovers", "answers", "proofs", "known_problems")


def upgrade() -> None:
    """Apply."""
    for index in ("queue", "unannounced", "remind"):
        op.drop_index(f"ix_cases_{index}", table_name="cases")
    for column in (
        sa.Column("clock", sa.Integer()),
        sa.Column("clock_at", MOMENT),
        sa.Column("paused", Duration(), nullable=False, server_default="0"),
        sa.Column("pause", Duration(), nullable=False, server_default="0"),
        sa.Column("counted_from", MOMENT),
        sa.Column("clocked_by", sa.String(16), nullable=False, server_default=""),
        sa.Column("extension", sa.Text()),
        sa.Column("reopened", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("merged_into", sa.String(24)),
        sa.Column("accused", sa.String(16)),
        sa.Column("on_behalf", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("rating", sa.Integer()),
    ):
        op.add_column("cases", column)
    op.add_column("events", sa.Column("clock", sa.String(32), nullable=False, server_default=""))
    for table in ("officers", "invitations"):
        op.add_column(table, sa.Column("role", sa.String(12), nullable=False, server_default="officer"))
        op.add_column(table, sa.Column("name", sa.String(80), nullable=False, server_default=""))
    for own in (sa.Column("away_until", MOMENT), sa.Column("substitute", BIG), sa.Column("digest_at", MOMENT)):
        op.add_column("officers", own)
    # The inspectorate's seats are inspectors'.
    op.execute("UPDATE officers SET role = 'inspector' WHERE agency = 'TTT'")
    op.execute("UPDATE invitations SET role = 'inspector' WHERE agency = 'TTT'")
    _create_tables()
    _carry_over()
    for gone in ("remind_at", "announced_at"):
        op.drop_column("cases", gone)
    merged, opened = sa.text("merged_into IS NOT NULL"), sa.text(f"status IN {_OPEN}")
    for name, on, where in (
        ("merged", "merged_into", merged),
        ("clocked", "clocked_by", opened),
        ("open", "filed_at", opened),
    ):
        op.create_index(f"ix_cases_{name}", "cases", [on], sqlite_where=where, postgresql_where=where)
    due = sa.text("digest_at IS NOT NULL")
    op.create_index("ix_officers_digest", "officers", ["digest_at"], sqlite_where=due, postgresql_where=due)


def _create_tables() -> None:
    open_task = sa.text("ended_at IS NULL")
    new_task = sa.text("announced_at IS NULL AND ended_at IS NULL")
    waits = sa.text("remind_at IS NOT NULL")
    op.create_table(
        "tasks",
        sa.Column("case_id", BIG, autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("agency", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("accept_by", MOMENT, nullable=False),
        sa.Column("progress_by", MOMENT, nullable=True),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("promised_at", MOMENT, nullable=False),
        sa.Column("sender", sa.Integer(), nullable=True),
        sa.Column("accepted_at", MOMENT, nullable=True),
        sa.Column("progressed_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("announced_at", MOMENT, nullable=True),
        sa.Column("remind_at", MOMENT, nullable=True),
        sa.Column("officer", BIG, nullable=True),
        sa.Column("charged", Duration(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("photos", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_tasks_case_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("case_id", "n", name="pk_tasks"),
    )
    op.create_index(
        "ix_tasks_queue", "tasks", ["agency", "due_at", "case_id"], sqlite_where=open_task, postgresql_where=open_task
    )
    op.create_index("ix_tasks_remind", "tasks", ["remind_at"], sqlite_where=waits, postgresql_where=waits)
    op.create_index("ix_tasks_unannounced", "tasks", ["agency"], sqlite_where=new_task, postgresql_where=new_task)
    op.create_table(
        "heads",
        sa.Column("conversation_id", BIG, autoincrement=False, nullable=False),
        sa.Column("commune", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("bound_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_heads_conversation_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_heads"),
    )
    op.create_table(
        "takeovers",
        sa.Column("case_id", BIG, autoincrement=False, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_takeovers_case_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("case_id", name="pk_takeovers"),
    )
    op.create_table(
        "answers",
        sa.Column("id", BIG, nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("agency", sa.String(length=32), nullable=False),
        sa.Column("fingerprint", sa.String(length=16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_answers_case_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_answers_fingerprint", "answers", ["agency", "fingerprint", "at"])
    op.create_table(
        "proofs",
        sa.Column("picture", sa.String(length=64), nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_proofs_case_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("picture", name="pk_proofs"),
    )
    op.create_table(
        "known_problems",
        sa.Column("id", BIG, nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("commune", sa.String(length=8), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_known_problems_case_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_known_problems"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_known_problems_place", "known_problems", ["commune", "topic"])


def _carry_over() -> None:
    """Give each case the task of the agency that has it; its clock is counted from now on."""
    op.execute("UPDATE cases SET counted_from = filed_at, clock_at = filed_at")
    op.execute("UPDATE cases SET clock = 1 WHERE status IN ('in_triage', 'referred', 'accepted')")
    op.execute(
        """
        INSERT INTO tasks (case_id, n, agency, role, status, opened_at, accept_by, due_at, promised_at, accepted_at,
                           ended_at, announced_at, remind_at, charged, question, reply, photos)
        SELECT id, 1, agency, 'lead',
               CASE status WHEN 'in_triage' THEN 'offered' WHEN 'referred' THEN 'offered'
                           WHEN 'accepted' THEN 'accepted'
                           WHEN 'waiting_for_citizen' THEN 'paused' WHEN 'answered' THEN 'done' ELSE 'ended' END,
               filed_at, due_at, due_at, due_at,
               CASE WHEN status IN ('in_triage', 'referred') THEN NULL ELSE filed_at END,
               CASE WHEN status IN ('answered', 'closed') THEN COALESCE(answered_at, due_at) END,
               announced_at, CASE WHEN status IN ('answered', 'closed') THEN NULL ELSE remind_at END, 0, '', '', '[]'
        FROM cases
        """
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_officers_digest", table_name="officers")
    for index in ("merged", "clocked", "open"):
        op.drop_index(f"ix_cases_{index}", table_name="cases")
    op.add_column("cases", sa.Column("remind_at", MOMENT))
    op.add_column("cases", sa.Column("announced_at", MOMENT))
    op.execute(
        """
        UPDATE cases SET (remind_at, announced_at) =
            (SELECT remind_at, announced_at FROM tasks
             WHERE case_id = cases.id AND role = 'lead' ORDER BY n DESC LIMIT 1)
        """
    )
    for made in reversed(_MADE):
        op.drop_table(made)
    for name in ("away_until", "substitute", "digest_at"):
        op.drop_column("officers", name)
    for table in ("officers", "invitations"):
        for name in ("role", "name"):
            op.drop_column(table, name)
    op.drop_column("events", "clock")
    for name in (
        "clock", "clock_at", "paused", "pause", "counted_from", "clocked_by", "extension", "reopened", "merged_into",
        "accused", "on_behalf", "rating",
    ):  # fmt: skip
        op.drop_column("cases", name)
    opened = f"status IN {_OPEN}"
    for name, on, where in (
        ("queue", ["agency", "due_at", "id"], opened),
        ("unannounced", ["agency"], "announced_at IS NULL"),
        ("remind", ["remind_at"], "remind_at IS NOT NULL"),
    ):
        op.create_index(f"ix_cases_{name}", "cases", on, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
