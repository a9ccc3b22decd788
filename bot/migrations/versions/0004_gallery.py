"""The gallery; what a session was last used for.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add a table, and two columns to `sessions`."""
    op.create_table(
        "gallery",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("title", sa.String(64), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("made_from", sa.String(64), nullable=False),
        sa.Column("file_id", sa.String(256)),
        sa.PrimaryKeyConstraint("name", name="pk_gallery"),
    )
    op.add_column(
        "sessions",
        sa.Column("began_at", sa.Double(), nullable=False, server_default=sa.text("0")),
    )
    op.add_column("sessions", sa.Column("last", sa.JSON(none_as_null=True)))
