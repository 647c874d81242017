"""Reports, what agencies say in their own words, and the files they become."""

import sqlalchemy as sa
from alembic import op

from storage.tables import UtcDateTime

revision = "0011"
down_revision = "0010"

MOMENT = UtcDateTime(timezone=True)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    _create_files()
    _create_reports()


def _create_files() -> None:
    op.create_table(
        "files",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(160), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_files_expires", "files", ["expires_at"])
    op.create_table(
        "web_files",
        sa.Column("message_id", BIG, nullable=False),
        sa.Column("file_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["web_messages.id"], name=op.f("fk_web_files_message_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_web_files_file_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("message_id", "file_id", name=op.f("pk_web_files")),
    )
    op.create_index("ix_web_files_file", "web_files", ["file_id"])


def _create_reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("makes", sa.String(32), nullable=False),
        sa.Column("programme", BIG, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("lease_until", MOMENT),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("made_at", MOMENT),
        sa.Column("document", BIG),
        sa.Column("annex", BIG),
        sa.ForeignKeyConstraint(["document"], ["files.id"], name=op.f("fk_reports_document"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["annex"], ["files.id"], name=op.f("fk_reports_annex"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint(
            "kind", "start", "end", "makes", "programme", name=op.f("uq_reports_kind_start_end_makes_programme")
        ),
        sqlite_autoincrement=True,
    )
    unmade = sa.text("made_at IS NULL")
    op.create_index("ix_reports_due", "reports", ["due_at"], sqlite_where=unmade, postgresql_where=unmade)
    op.create_table(
        "report_readers",
        sa.Column("report_id", BIG, nullable=False),
        sa.Column("officer_id", BIG, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_readers_report_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.id"], name=op.f("fk_report_readers_officer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", "officer_id", name=op.f("pk_report_readers")),
    )
    op.create_table(
        "opinions",
        sa.Column("id", BIG, nullable=False),
        sa.Column("agency", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("remind_at", MOMENT),
        sa.Column("answered_at", MOMENT),
        sa.Column("difficulties", sa.Text(), nullable=False, server_default=""),
        sa.Column("proposals", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinions")),
        sa.UniqueConstraint("agency", "kind", "start", "end", name=op.f("uq_opinions_agency_kind_start_end")),
        sqlite_autoincrement=True,
    )
    asked = sa.text("remind_at IS NOT NULL")
    op.create_index("ix_opinions_remind", "opinions", ["remind_at"], sqlite_where=asked, postgresql_where=asked)
    op.create_index("ix_opinions_period", "opinions", ["start", "end"])


def downgrade() -> None:
    """Take back."""
    for table in ("opinions", "report_readers", "reports"):
        op.drop_table(table)
    op.drop_table("web_files")
    op.drop_table("files")
