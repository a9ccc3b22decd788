"""What was chosen in a chat, and what a job takes from that.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the table, and two columns to `jobs`."""
    op.create_table(
        "preferences",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name="pk_preferences"),
    )
    _add_flag("snapshots", sa.true())
    _add_flag("as_file", sa.false())


def _add_flag(name: str, default: sa.ColumnElement[bool]) -> None:
    op.add_column("jobs", sa.Column(name, sa.Boolean(), nullable=False, server_default=default))
