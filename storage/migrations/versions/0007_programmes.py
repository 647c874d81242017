"""Coordination programmes and exchanges between bodies."""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply."""


def downgrade() -> None:
    """Take back."""
