"""Opens the database and brings it up to date. The only module that knows which one it is."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, event, func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.disk import insist, sqlite_code
from bot.errors import AtelierError

P = ParamSpec("P")
T = TypeVar("T")

MIGRATIONS = Path(__file__).parent / "migrations"
MAY_BE_WRITTEN = "see that its folder is there, and that both may be written"
TOUCH = "UPDATE alembic_version SET version_num = version_num"  # that it can be written at all
ALONE = 4_114_719  # any number: whoever locks the same one waits


class Database:
    """Transactions, and nothing but transactions."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def run(
        self,
        work: Callable[Concatenate[AsyncConnection, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Do `work(connection, …)` in one transaction, and return what it returns.

        Commits at its end, rolls back where it raises. `work` awaits nothing but the connection:
        other transactions wait. A caller that is cancelled meanwhile is so after the end: a
        statement that is interrupted would cost the connection, and hold its lock for seconds.

        Where the disk takes nothing, it waits until it does, and does `work` again from the start.
        """
        return await insist(partial(self._whole, work, *args, **kwargs))

    async def _whole(
        self,
        work: Callable[Concatenate[AsyncConnection, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        task = asyncio.ensure_future(self._transaction(work, *args, **kwargs))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            raise

    async def _transaction(
        self,
        work: Callable[Concatenate[AsyncConnection, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        async with self._engine.begin() as connection:
            return await work(connection, *args, **kwargs)


async def alone(connection: AsyncConnection) -> None:
    """Until this transaction ends, no other one passes here: what it counts stays counted.

    In SQLite, which has one writer at a time, that is so anyway.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(ALONE)))


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """Open, check and migrate. Raises `AtelierError` where that cannot be done.

    A database that is damaged, or of a newer version, is left as it was; so is one whose migration
    fails.
    """
    engine = _engine(url)
    try:
        try:
            async with engine.begin() as connection:
                await connection.run_sync(_check)
                await connection.run_sync(_upgrade)
                await connection.execute(text(TOUCH))
        except DBAPIError as error:
            raise _unusable(error) from error
        yield Database(engine)
    finally:
        # An open connection's thread keeps the process alive: shielded from a second signal.
        await asyncio.shield(engine.dispose())


def _engine(url: str) -> AsyncEngine:
    try:
        if make_url(url).get_backend_name() != "sqlite":
            return create_async_engine(url, pool_pre_ping=True, hide_parameters=True)
        # One connection: SQLite has one writer anyway, and no transaction here is long.
        engine = create_async_engine(
            url, pool_size=1, max_overflow=0, pool_timeout=120, hide_parameters=True
        )
    except (ArgumentError, ImportError) as error:
        raise AtelierError(f"ATELIER_DATABASE_URL cannot be used: {error}.") from error
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    _create(engine.url.database)
    return engine


def _create(path: str | None) -> None:
    """An empty file is a new database: for the owner's eyes only, as those beside it will be."""
    if not path or path == ":memory:" or path.startswith("file:"):
        return
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise AtelierError(
            f"The database {path} cannot be used ({error.strerror}): {MAY_BE_WRITTEN}."
        ) from error


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver's own, implicit BEGIN comes too late
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA busy_timeout = 10000")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _check(connection: Connection) -> None:
    """Raises `AtelierError` for a file that is damaged anywhere but in its rows' contents."""
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        if found != "ok":
            raise _damaged(" ".join(str(found).split()))


def _damaged(how: str) -> AtelierError:
    return AtelierError(
        f"The database cannot be used, since it is damaged: {how}. It is left as it is: put a "
        "backup in its place, or save what is left with `sqlite3 atelier.db .recover`."
    )


def _unusable(error: DBAPIError) -> AtelierError:
    match sqlite_code(error):
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return _damaged(str(error.orig))
        case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR:
            what = "make room on its disk, and see that the disk is sound"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN:
            what = MAY_BE_WRITTEN
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            what = "stop the program that uses it"
        case _:
            return AtelierError(f"The database cannot be used: {error.orig}.")
    return AtelierError(f"The database cannot be used ({error.orig}): {what}.")


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise AtelierError(
            f"The database is not one of this version's: {error}. Use the Atelier that wrote it, "
            "or a newer one."
        ) from error
