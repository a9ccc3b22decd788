"""Paintings that begin from an earlier result.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add a column to `jobs`."""
    op.add_column("jobs", sa.Column("start", sa.String(64)))
