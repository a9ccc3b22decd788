"""What comes with a result: before and after in one picture, and a film.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add columns to `jobs`."""
    for name in ("pair", "film"):
        op.add_column("jobs", sa.Column(name, sa.String(64)))
