"""Indexes for what was looked for in every row there is.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add them: few jobs have such values, but for the messages of deliveries."""
    for column in ("checkpoint", "status_message_id"):
        there = sa.text(f"{column} IS NOT NULL")
        name = f"ix_jobs_{column}"
        op.create_index(name, "jobs", [column], sqlite_where=there, postgresql_where=there)
    op.create_index("ix_deliveries_message_id", "deliveries", ["message_id"])
