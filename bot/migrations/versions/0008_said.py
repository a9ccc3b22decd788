"""What has been said of several messages that answer one thing.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "said",
        sa.Column("cause", sa.String(80), primary_key=True),
        sa.Column("message", sa.String(32), primary_key=True),
    )
