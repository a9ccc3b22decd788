"""A disk that takes nothing more: how it shows, and waiting until it does. Touches only the log.

Full, over its quota, read-only or broken: what was to be written is kept in memory, or at
Telegram, and written once there is room again.
"""

import asyncio
import errno
import sqlite3
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import DBAPIError

log = structlog.get_logger(__name__)

T = TypeVar("T")

FIRST_WAIT, MAX_WAIT = 1.0, 15.0  # seconds between two tries

FILES = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}
# https://www.sqlite.org/rescode.html: of an extended code the low byte says the kind
SQLITE = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html: disk_full, io_error
POSTGRESQL = {"53100", "58030"}


def refuses(error: BaseException) -> bool:
    """Whether the disk is the reason: then the same may succeed later, and nothing else will."""
    if isinstance(error, DBAPIError):
        code = sqlite_code(error)
        return code in SQLITE or getattr(error.orig, "sqlstate", None) in POSTGRESQL
    return isinstance(error, OSError) and error.errno in FILES


def sqlite_code(error: DBAPIError) -> int | None:
    """The kind of SQLite's error; None for one of another database."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


async def insist(attempt: Callable[[], Awaitable[T]]) -> T:
    """Do it, again and again while the disk refuses. May be cancelled between two tries."""
    wait = FIRST_WAIT
    while True:
        try:
            return await attempt()
        except (OSError, DBAPIError) as error:
            if not refuses(error):
                raise
            reason = error.orig if isinstance(error, DBAPIError) else error.strerror
            log.error(
                "the disk takes nothing, and is asked again", reason=str(reason), seconds=wait
            )
        await asyncio.sleep(wait)
        wait = min(2 * wait, MAX_WAIT)
