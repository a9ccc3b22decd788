"""Since when a delivery has been waiting.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add it. Of those that are there the time of their next try is the nearest that is known."""
    op.add_column(
        "deliveries",
        sa.Column("asked_at", sa.Double(), nullable=False, server_default=sa.text("0")),
    )
    op.execute("UPDATE deliveries SET asked_at = next_try")
