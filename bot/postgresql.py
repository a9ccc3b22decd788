"""PostgreSQL: one session, which one bot at a time can have, and waiting for its server.

The session holds an advisory lock while it lives, and all transactions go through it, one after
the other: what one has read no other changes, just as in SQLite.
"""

import asyncio
import re
import time
from typing import Any, Generic

import structlog
from sqlalchemy import URL, Connection, bindparam, event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import AtelierError
from bot.store import T, Work, unbroken

log = structlog.get_logger(__name__)

OLDEST = 13  # has pg_xact_status
ONE_BOT = 4_114_719  # any number: whoever locks the same one waits
LOCK_SECONDS = 3  # to wait for the lock: a session that has just ended still has it for an instant
FIRST_WAIT, MAX_WAIT = 0.1, 5.0  # seconds between two tries to reach the server
# How long the lock may be taken after a session was lost: within it the server has missed a
# client that went silent, by the settings below, and has let go of its lock.
GHOST_SECONDS = 60.0

# libpq's, where the URL does not say otherwise: a server that went silent is noticed.
CONNECT = {
    "application_name": "atelier",
    "connect_timeout": "5",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
# The session's: the server notices likewise, and a commit is on its disk.
SESSION = (
    "SET tcp_keepalives_idle = 15",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
    "SET idle_in_transaction_session_timeout = '60s'",
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') = 'off'",
    f"SET lock_timeout = '{LOCK_SECONDS}s'",
    f"SELECT pg_advisory_lock({ONE_BOT})",
    "RESET lock_timeout",
)
# https://www.postgresql.org/docs/current/errcodes-appendix.html
LOCK_NOT_AVAILABLE = "55P03"
INVALID_PARAMETER = "22023"
INSUFFICIENT_PRIVILEGE = "42501"
READ_ONLY = "25006"  # a standby, or a server that has put itself out of harm's way
PASSING = {
    READ_ONLY,
    "40001",  # serialization_failure
    "40P01",  # deadlock_detected
    "53300",  # too_many_connections
}

LOGIN = "see that the role and its password in ATELIER_DATABASE_URL are right"
OWNER = "make the role the owner of the database"
NO_DRIVER = (
    "ATELIER_DATABASE_URL names PostgreSQL, whose driver is not installed: add the extra "
    "`postgresql`, as in `uv sync --extra postgresql`."
)
# What a server says to a client that it does not let in has no code: by its words, then.
HINTS = {
    "password authentication failed|no password supplied": LOGIN,
    "no pg_hba.conf entry|authentication failed": "let the role log in from here, by pg_hba.conf",
    "not permitted to log in": "let the role log in: ALTER ROLE … LOGIN",
    'role ".*" does not exist': "create the role, or name another in ATELIER_DATABASE_URL",
    'database ".*" does not exist': "create the database, or name another in ATELIER_DATABASE_URL",
    "permission denied for database": OWNER,
    "failed to resolve": "see that the host's name in ATELIER_DATABASE_URL is right",
    "Connection refused": "see that the server runs, and that ATELIER_DATABASE_URL has its host "
    "and port",
    "No such file": "see that the server runs, and that ATELIER_DATABASE_URL has its folder",
    "timeout expired": "see that the server runs, and that nothing keeps it from being reached",
    "starting up": "try again in a moment",
    "connection option": "take it out of ATELIER_DATABASE_URL",
}
OTHERWISE = "see that the server runs, and that ATELIER_DATABASE_URL is right"

NUMBER = text("SELECT CAST(pg_current_xact_id_if_assigned() AS text)")
STATUS = text("SELECT pg_xact_status(CAST(:number AS xid8))").bindparams(bindparam("number"))


class InUse(AtelierError):
    """Another session has the database."""

    def __init__(self) -> None:
        super().__init__(
            "Another bot uses the database that ATELIER_DATABASE_URL names: stop it, or give this "
            "one a database of its own."
        )


class PostgreSQL:
    """See `bot.store.Store`. Raises `AtelierError` where there is no driver."""

    def __init__(self, url: URL) -> None:
        given = {name: value for name, value in CONNECT.items() if name not in url.query}
        try:
            self.engine: AsyncEngine = create_async_engine(
                url, pool_size=1, max_overflow=0, hide_parameters=True, connect_args=given
            )
        except ImportError as error:
            raise AtelierError(NO_DRIVER) from error
        event.listen(self.engine.sync_engine, "connect", _prepare)
        self._lost = asyncio.Event()

    async def transact(self, work: Work[T]) -> T:
        """Waits for a server that is away, and does nothing twice when it is back.

        Raises `InUse` once another bot has the database.
        """
        transaction = _Transaction(self.engine, work)
        wait, taken_since = FIRST_WAIT, None
        while not self._lost.is_set():
            try:
                return await unbroken(transaction.attempt())
            except InUse as error:
                taken_since = taken_since or time.monotonic()
                if time.monotonic() - taken_since > GHOST_SECONDS:
                    self._lost.set()
                reason = str(error)
            except DBAPIError as error:
                if not _is_away(error):
                    raise
                reason = _line(error)
                await unbroken(self.engine.dispose())  # the next try has a session of its own
            log.warning("the database is away, and is asked again", reason=reason, seconds=wait)
            await asyncio.sleep(wait)
            wait = min(2 * wait, MAX_WAIT)
        raise InUse

    async def lost(self) -> None:
        """Wait for ever, or until another bot has the database. Raises `InUse` then."""
        await self._lost.wait()
        raise InUse


class _Transaction(Generic[T]):
    """One that may be tried again: what has been committed is not done a second time.

    Where the connection ends with the commit, nothing tells whether it was one. The server knows,
    by the transaction's number.
    """

    def __init__(self, engine: AsyncEngine, work: Work[T]) -> None:
        self._engine = engine
        self._work = work
        self._doubtful: tuple[str, T] | None = None  # its number, and what it returns

    async def attempt(self) -> T:
        if self._doubtful is not None:
            number, result = self._doubtful
            if await self._is_committed(number):
                return result
            self._doubtful = None
        async with self._engine.begin() as connection:
            result = await self._work(connection)
            number = await connection.scalar(NUMBER)
            self._doubtful = None if number is None else (number, result)
        return result

    async def _is_committed(self, number: str) -> bool:
        try:
            async with self._engine.begin() as connection:
                status = await connection.scalar(STATUS, {"number": number})
        except DBAPIError as error:
            if _code(error) == INVALID_PARAMETER:  # a number that a crash has taken back
                return False
            raise
        return bool(status == "committed")


def check(connection: Connection) -> None:
    """Raises `AtelierError` for a server, or a database, that is not made for this."""
    version = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10_000
    if version < OLDEST:
        raise AtelierError(
            f"The server is PostgreSQL {version}: upgrade it to {OLDEST} or a newer one."
        )
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise AtelierError(
            f"The database is encoded in {encoding}: create another, with ENCODING 'UTF8'."
        )


def unusable(error: DBAPIError) -> AtelierError:
    """What to do about a database that cannot be opened."""
    reason = _line(error)
    if _code(error) == INSUFFICIENT_PRIVILEGE:
        what = OWNER
    elif _code(error) == READ_ONLY:
        what = "let ATELIER_DATABASE_URL lead to a server that can be written"
    else:
        found = (what for words, what in HINTS.items() if re.search(words, reason))
        what = next(found, OTHERWISE)
    return AtelierError(f"The database cannot be used ({reason}): {what}.")


def _prepare(connection: Any, _record: object) -> None:
    """Raises `InUse` where another session has the lock."""
    cursor = connection.cursor()
    try:
        for statement in SESSION:
            cursor.execute(statement)
        connection.commit()
    except Exception as error:
        if getattr(error, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            raise InUse from None
        raise
    finally:
        cursor.close()


def _is_away(error: DBAPIError) -> bool:
    """Whether it is the server or the way to it, and the same may succeed later."""
    # The driver's own word has no code: that there is no connection, or no more.
    code = getattr(error.orig, "sqlstate", "")
    unreachable = code is None and isinstance(error, OperationalError)
    return error.connection_invalidated or unreachable or code in PASSING


def _code(error: DBAPIError) -> str | None:
    code = getattr(error.orig, "sqlstate", None)
    return code if isinstance(code, str) else None


def _line(error: DBAPIError) -> str:
    """What the server or the client says, in one line. Neither ever says a password."""
    lines = str(error.orig).splitlines() or [repr(error.orig)]
    return " ".join(lines[0].split())
