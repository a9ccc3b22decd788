"""How the database is: sound, and of which version. Reads only, beside a running bot or without."""

import asyncio
import os
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from bot.database import MAY_BE_WRITTEN, MIGRATIONS, address, check_pages, unusable
from bot.errors import AtelierError
from bot.postgresql import NO_DRIVER, ONE_BOT

CONNECT = {"application_name": "atelier check", "connect_timeout": "5"}
# https://www.postgresql.org/docs/current/view-pg-locks.html
LOCKS = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND classid = 0 AND objid = :number"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


async def look(url: str, made: Path) -> str:
    """What there is, in a few words. Raises `AtelierError` where the bot could not use it.

    `made`: the data folder, which the bot makes where it is absent, as it does with no other.
    """
    where = address(url)
    if where.get_backend_name() != "sqlite":
        return await _ask(where)
    path = Path(where.database or "")
    if not await asyncio.to_thread(path.exists):
        return _none_yet(path, made)
    resting = not await asyncio.to_thread(_is_written, path)
    try:
        return await _ask(_reading(where, path, resting=resting))
    except AtelierError:
        if resting and await asyncio.to_thread(_is_written, path):  # since a moment ago
            return await _ask(_reading(where, path, resting=False))
        raise


async def _ask(url: URL) -> str:
    given = {} if url.get_backend_name() == "sqlite" else CONNECT
    try:
        engine = create_async_engine(
            url,
            hide_parameters=True,
            connect_args={name: given[name] for name in given if name not in url.query},
        )
    except ImportError as error:
        raise AtelierError(NO_DRIVER) from error
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_state)
    except DBAPIError as error:
        raise unusable(error) from error
    finally:
        await engine.dispose()


def _none_yet(path: Path, made: Path) -> str:
    parent = path.absolute().parent
    folder = next(one for one in (parent, *parent.parents) if one.exists())
    missing = folder != parent and parent.resolve() != made.resolve()
    if missing or not os.access(folder, os.W_OK | os.X_OK):
        raise AtelierError(f"The database {path} cannot be made: {MAY_BE_WRITTEN}.")
    return "none yet: the first start makes it"


def _reading(url: URL, path: Path, *, resting: bool) -> URL:
    """The same file, never to be changed: https://www.sqlite.org/uri.html

    One that is `resting` is opened as one that nobody changes: else SQLite would put two files
    beside it, which would be those of whoever looks, and not the bot's.
    """
    if not os.access(path, os.R_OK | os.W_OK):
        raise AtelierError(f"The database {path} cannot be used: {MAY_BE_WRITTEN}.")
    query = {"mode": "ro", "uri": "true", **({"immutable": "1"} if resting else {})}
    return url.set(database=f"file:{quote(str(path))}", query=query)


def _is_written(path: Path) -> bool:
    """Whether a bot has it open, or was killed: its log is there, then."""
    return path.with_name(f"{path.name}-wal").exists()


def _state(connection: Connection) -> str:
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    check_pages(connection)
    used = connection.dialect.name == "postgresql" and _used(connection)
    script = ScriptDirectory(str(MIGRATIONS))
    newest = script.get_current_head()
    found = MigrationContext.configure(connection).get_current_heads()
    if found != (newest,) and connection.dialect.name == "postgresql":
        _may_be_changed(connection)
    if not found:
        return "empty: the first start makes its tables"
    if not {*found} <= {one.revision for one in script.walk_revisions()}:
        raise AtelierError(
            f"The database is not one of this version's (it is at {', '.join(found)}, this one "
            f"knows up to {newest}): use the Atelier that wrote it, or a newer one."
        )
    if found == (newest,):
        return f"sound, and up to date ({newest}){', and a running bot uses it' if used else ''}"
    return f"sound, and at {', '.join(found)}: the next start brings it to {newest}"


def _used(connection: Connection) -> bool:
    """Whether a bot, here or elsewhere, has the database. Raises where nobody can write to it."""
    if connection.scalar(text("SHOW transaction_read_only")) == "on":
        raise AtelierError(
            "The database can only be read, as that of a standby: let ATELIER_DATABASE_URL lead "
            "to one that can be written."
        )
    return bool(connection.scalar(LOCKS, {"number": ONE_BOT}))


def _may_be_changed(connection: Connection) -> None:
    if not connection.scalar(text("SELECT has_schema_privilege(current_schema(), 'CREATE')")):
        raise AtelierError(
            "The role in ATELIER_DATABASE_URL may make no tables: make it the database's owner."
        )
