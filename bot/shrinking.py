"""What the database takes of the disk, and that it gives back what it has no use for.

PostgreSQL sees to that itself. In SQLite a file shrinks where it was told to before its first
table; an older one has to be written anew, once.
"""

import sqlite3
from contextlib import closing

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import address

log = structlog.get_logger(__name__)

BUSY_SECONDS = 10.0


def convert(url: str) -> None:
    """Have the file of a SQLite database shrink from now on. Nobody may be at work in it yet.

    Takes a second for 100 MB, and as much room again; where there is none, the next start tries.
    """
    where = address(url)
    if where.get_backend_name() != "sqlite" or not where.database:
        return
    try:
        with closing(sqlite3.connect(where.database, timeout=BUSY_SECONDS)) as connection:
            if connection.execute("PRAGMA auto_vacuum").fetchone() == (0,):
                connection.execute("PRAGMA auto_vacuum = FULL")
                connection.execute("VACUUM")
                log.info("the database gives back what it has no use for, from now on")
    except sqlite3.Error as error:
        log.warning("the database does not get smaller yet", reason=str(error))


async def size(connection: AsyncConnection) -> int:
    """Bytes of a SQLite database's file. A server's disk is its own: 0."""
    if connection.dialect.name != "sqlite":
        return 0
    pages = await connection.scalar(text("PRAGMA page_count"))
    return int(pages or 0) * int(await connection.scalar(text("PRAGMA page_size")) or 0)
