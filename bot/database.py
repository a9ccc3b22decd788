"""Opens the database and brings it up to date. The only module that knows which one it is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import AtelierError

P = ParamSpec("P")
T = TypeVar("T")

MIGRATIONS = Path(__file__).parent / "migrations"
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
        """
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
    """Open and migrate. Raises `AtelierError` where that cannot be done."""
    engine = _engine(url)
    try:
        try:
            async with engine.begin() as connection:
                await connection.run_sync(_upgrade)
        except DBAPIError as error:
            raise AtelierError(f"The database cannot be used: {error.orig}.") from error
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
    return engine


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
