"""Who is blocked; ending a job early; what a result may be answered again with.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add a table, columns to `jobs`, and an index of the results."""
    op.create_table(
        "blocked",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("blocked_by", sa.BigInteger(), nullable=False),
        sa.Column("blocked_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_blocked"),
    )
    for name in ("finish_asked", "early", "cached"):
        flag: sa.Column[bool] = sa.Column(
            name, sa.Boolean(), nullable=False, server_default=sa.false()
        )
        op.add_column("jobs", flag)
    op.add_column("jobs", sa.Column("cache_key", sa.String(64)))
    op.add_column("jobs", sa.Column("expected_end", sa.Double()))
    op.create_index("ix_jobs_cache_key", "jobs", ["cache_key"])
