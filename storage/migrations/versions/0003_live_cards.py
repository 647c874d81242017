"""A message of the web chat may take the place of an earlier one."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.add_column("web_messages", sa.Column("replaces", BIG, nullable=True))
    op.create_index(
        "ix_web_messages_place",
        "web_messages",
        ["replaces"],
        sqlite_where=sa.text("replaces IS NOT NULL"),
        postgresql_where=sa.text("replaces IS NOT NULL"),
    )


def downgrade() -> None:
    """Take back. What was replaced is gone: without the column it would show as empty messages."""
    op.execute("DELETE FROM web_messages WHERE text = ''")
    op.drop_index("ix_web_messages_place", "web_messages")
    op.drop_column("web_messages", "replaces")
