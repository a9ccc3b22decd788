"""The tables, as SQLAlchemy Core knows them. Pure: no connection, no query.

Times are seconds since the epoch. The migrations in `bot/migrations` make exactly these.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
    true,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

updates = Table(
    "updates",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("data", JSON, nullable=False),
    Column("received_at", Double, nullable=False),
    Column("handled_at", Double, index=True),
)
Index(
    "ix_updates_unhandled",
    updates.c.update_id,
    sqlite_where=updates.c.handled_at.is_(None),
    postgresql_where=updates.c.handled_at.is_(None),
)

sessions = Table(
    "sessions",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("thread_id", BigInteger, primary_key=True, autoincrement=False),  # 0: no topic
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("language", String(16), nullable=False),
    Column("parts", JSON, nullable=False),
    Column("asked", Boolean, nullable=False),
    Column("due_at", Double, index=True),
    Column("touched_at", Double, nullable=False),
    Column("began_at", Double, nullable=False, server_default=text("0")),
    Column("last", JSON(none_as_null=True)),  # the latest request
)

gallery = Table(
    "gallery",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("title", String(64), nullable=False),
    Column("place", Integer, nullable=False),  # the order in which they are shown
    Column("sha256", String(64), nullable=False),
    Column("made_from", String(64), nullable=False),  # changes where it must be rendered again
    Column("file_id", String(256)),  # once it was shown: what Telegram calls it
)

preferences = Table(
    "preferences",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("chosen", JSON, nullable=False),
    Column("changed_at", Double, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("owner_id", BigInteger, nullable=False, index=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("thread_id", BigInteger, nullable=False),
    Column("reply_to", BigInteger, nullable=False),
    Column("language", String(16), nullable=False),
    Column("content", String(64), nullable=False),  # SHA-256, as all files
    Column("styles", JSON, nullable=False),
    Column("options", JSON, nullable=False),
    Column("start", String(64)),  # an earlier result that is changed
    Column("state", String(16), nullable=False, index=True),
    Column("attempt", Integer, nullable=False),  # started so often, restarts of the bot included
    Column("failures", Integer, nullable=False),  # failed so often by its own doing
    Column("lease_until", Double),
    Column("checkpoint", String(64)),
    Column("photo", String(64)),
    Column("file", String(64)),
    Column("pair", String(64)),  # before and after
    Column("film", String(64)),
    Column("report", JSON),
    Column("error_code", String(32)),
    Column("error_id", String(16)),
    Column("status_message_id", BigInteger),
    Column("snapshots", Boolean, nullable=False, server_default=true()),
    Column("as_file", Boolean, nullable=False, server_default=false()),
    Column("finish_asked", Boolean, nullable=False, server_default=false()),  # as it is then
    Column("early", Boolean, nullable=False, server_default=false()),  # and so it came
    Column("cached", Boolean, nullable=False, server_default=false()),  # another job's result
    Column("cache_key", String(64), index=True),  # of a job whose result may serve others
    Column("kept", Boolean, nullable=False, server_default=true()),  # its pictures
    Column("expected_end", Double),  # while it is running
    Column("created_at", Double, nullable=False),
    Column("started_at", Double),
    Column("finished_at", Double, index=True),
)
Index(
    "ix_jobs_kept",
    jobs.c.finished_at,
    sqlite_where=jobs.c.kept.is_(True),
    postgresql_where=jobs.c.kept.is_(True),
)

for _column in (jobs.c.checkpoint, jobs.c.status_message_id):  # few jobs have one
    _there = _column.is_not(None)
    Index(f"ix_jobs_{_column.name}", _column, sqlite_where=_there, postgresql_where=_there)

pictures = Table(  # the files that are kept for a job, apart from its checkpoint
    "pictures",
    metadata,
    Column("job_id", ForeignKey("jobs.id"), primary_key=True, autoincrement=False),
    Column("sha256", String(64), primary_key=True, index=True),
)

questions = Table(
    "questions",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, nullable=False),  # who was asked
    Column("asked_at", Double, nullable=False),
)

said = Table(
    "said",
    metadata,
    Column("cause", String(80), primary_key=True),  # an update, or a session
    Column("message", String(32), primary_key=True),  # the digest of what has arrived
)

blocked = Table(
    "blocked",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("blocked_by", BigInteger, nullable=False),
    Column("blocked_at", Double, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job_id", ForeignKey("jobs.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("next_try", Double, nullable=False),
    Column("asked_at", Double, nullable=False, server_default=text("0")),
    Column("message_id", BigInteger, index=True),
    Column("file_id", String(256)),
    UniqueConstraint("job_id", "kind"),
)
