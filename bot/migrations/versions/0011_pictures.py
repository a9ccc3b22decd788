"""Which files are kept for which job, and indexes for finding what is old.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

ALONE = ("content", "start", "photo", "file", "pair", "film")
SLICE = 1000  # jobs in memory at once


def upgrade() -> None:
    """Add the table, and note in it what the jobs name."""
    op.create_table(
        "pictures",
        sa.Column("job_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_pictures_job_id"),
        sa.PrimaryKeyConstraint("job_id", "sha256", name="pk_pictures"),
    )
    op.create_index("ix_pictures_sha256", "pictures", ["sha256"])
    op.add_column("jobs", sa.Column("kept", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_index(
        "ix_jobs_kept",
        "jobs",
        ["finished_at"],
        sqlite_where=sa.text("kept IS 1"),
        postgresql_where=sa.text("kept IS true"),
    )
    op.create_index("ix_jobs_finished_at", "jobs", ["finished_at"])
    op.create_index("ix_updates_handled_at", "updates", ["handled_at"])
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    jobs = sa.table("jobs", sa.column("id"), sa.column("styles", sa.JSON), *map(sa.column, ALONE))
    pictures = sa.table("pictures", sa.column("job_id"), sa.column("sha256"))
    last = 0
    while True:
        query = sa.select(jobs).where(jobs.c.id > last).order_by(jobs.c.id).limit(SLICE)
        found = connection.execute(query).all()
        if not found:
            return
        last = found[-1].id
        rows = [
            {"job_id": job.id, "sha256": sha256}
            for job in found
            for sha256 in {*job.styles, *(job._mapping[name] for name in ALONE)} - {None}
        ]
        connection.execute(sa.insert(pictures), rows)
