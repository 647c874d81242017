"""Counting: from cases and tasks, without any text or identity."""

from sqlalchemy import Column, Date, Integer, String, Table

from storage.tables import metadata

#: What was received in a closed month by place, field and agency: written once, so that no later look at the register,
#: one case richer or poorer, gives a small count away. See `domain.wall`.
tallies = Table(
    "tallies",
    metadata,
    Column("kind", String(12), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("start", Date, primary_key=True),
    Column("cases", Integer, nullable=False),
    Column("people", Integer, nullable=False),
)
