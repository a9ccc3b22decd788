"""SQLite: a file on a local disk, set to lose nothing. Touches that file and those beside it."""

import asyncio
import os
import sqlite3
from typing import Any

from sqlalchemy import URL, Connection, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.disk import sqlite_code
from bot.errors import AtelierError
from bot.store import T, Work, unbroken

MAY_BE_WRITTEN = "see that its folder is there, and that both may be written"


class SQLite:
    """See `bot.store.Store`. Raises `AtelierError` where there can be no such file."""

    def __init__(self, url: URL) -> None:
        # One connection: SQLite has one writer anyway, and no transaction here is long.
        self.engine: AsyncEngine = create_async_engine(
            url, pool_size=1, max_overflow=0, hide_parameters=True
        )
        event.listen(self.engine.sync_engine, "connect", _prepare)
        event.listen(self.engine.sync_engine, "begin", _begin)
        _create(url.database)

    async def transact(self, work: Work[T]) -> T:
        """In one go: a statement that is interrupted would cost the connection, and its lock."""
        return await unbroken(self._transaction(work))

    async def _transaction(self, work: Work[T]) -> T:
        async with self.engine.begin() as connection:
            return await work(connection)

    async def lost(self) -> None:
        """Never: the data folder is this bot's alone, see `bot.lock`."""
        await asyncio.Event().wait()


def check(connection: Connection) -> None:
    """Raises `AtelierError` for a file that is damaged anywhere but in its rows' contents."""
    found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if found != "ok":
        raise _damaged(" ".join(str(found).split()))


def unusable(error: DBAPIError) -> AtelierError:
    """What to do about a file that cannot be opened."""
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
    cursor.execute("PRAGMA page_count")
    if tuple(cursor.fetchone()) == (0,):  # it would be written into one that has to stay as it is
        cursor.execute("PRAGMA auto_vacuum = FULL")  # see `bot.shrinking`
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA busy_timeout = 10000")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _damaged(how: str) -> AtelierError:
    return AtelierError(
        f"The database cannot be used, since it is damaged: {how}. It is left as it is: put a "
        "backup in its place, or save what is left with `sqlite3 atelier.db .recover`."
    )
