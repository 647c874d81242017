"""Service notices and who asked for them; praise and nominations."""

import sqlalchemy as sa
from alembic import op

from storage.tables import UtcDateTime

revision = "0010"
down_revision = "0009"

MOMENT = UtcDateTime(timezone=True)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    _create_praise()
    _create_notices()
    _create_wishes()


def _create_praise() -> None:
    op.create_table(
        "praises",
        sa.Column("id", BIG, nullable=False),
        sa.Column("agency", sa.String(32)),
        sa.Column("topic", sa.String(64)),
        sa.Column("commune", sa.String(8)),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_praises")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_praises_at", "praises", ["at"])
    op.create_table(
        "nominations",
        sa.Column("id", BIG, nullable=False),
        sa.Column("agency", sa.String(32), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("decision", sa.String(160), nullable=False, server_default=""),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT),
        sa.Column("decided_by", sa.String(32)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nominations")),
        sa.UniqueConstraint("agency", "starts", "ends", name=op.f("uq_nominations_agency_starts_ends")),
        sqlite_autoincrement=True,
    )


def _create_notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", BIG, nullable=False),
        sa.Column("agency", sa.String(32), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("topic", sa.String(64)),
        sa.Column("until", MOMENT),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("drafted_by", BIG, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("approved_by", BIG),
        sa.Column("approved_for", sa.String(32)),
        sa.Column("told", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("dropped", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("telling", sa.String(8)),
        sa.Column("told_up_to", BIG, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notices_status", "notices", ["status", "topic"])
    telling = sa.text("telling IS NOT NULL")
    op.create_index("ix_notices_telling", "notices", ["id"], sqlite_where=telling, postgresql_where=telling)
    op.create_table(
        "notice_places",
        sa.Column("notice_id", BIG, nullable=False),
        sa.Column("commune", sa.String(8), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name=op.f("fk_notice_places_notice_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("notice_id", "commune", name=op.f("pk_notice_places")),
    )


def _create_wishes() -> None:
    op.create_table(
        "wishes",
        sa.Column("id", BIG, nullable=False),
        sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("commune", sa.String(8), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_wishes_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes")),
        sa.UniqueConstraint(
            "conversation_id", "topic", "commune", name=op.f("uq_wishes_conversation_id_topic_commune")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_wishes_of", "wishes", ["commune", "topic", "conversation_id"])
    op.create_table(
        "notice_people",
        sa.Column("notice_id", BIG, nullable=False),
        sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name=op.f("fk_notice_people_notice_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_notice_people_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("notice_id", "conversation_id", name=op.f("pk_notice_people")),
    )
    op.create_index("ix_notice_people_of", "notice_people", ["conversation_id", "at"])
    op.create_index("ix_notice_people_at", "notice_people", ["at"])


def downgrade() -> None:
    """Take back."""
    for table in ("notice_people", "wishes", "notice_places", "notices", "nominations", "praises"):
        op.drop_table(table)
