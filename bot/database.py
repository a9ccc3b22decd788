"""Opens the database and brings it up to date. The only module that knows which one it is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import postgresql, sqlite
from bot.disk import insist
from bot.errors import AtelierError
from bot.postgresql import PostgreSQL
from bot.sqlite import MAY_BE_WRITTEN as MAY_BE_WRITTEN
from bot.sqlite import SQLite
from bot.store import Store, Work, unbroken

P = ParamSpec("P")
T = TypeVar("T")

MIGRATIONS = Path(__file__).parent / "migrations"
TOUCH = "UPDATE alembic_version SET version_num = version_num"  # that it can be written at all
DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}
NO_URL = (
    "ATELIER_DATABASE_URL names no database: write sqlite:////folder/atelier.db or "
    "postgresql://role:password@host/database, with %40 for an @ in a password, %2F for a /, and "
    "so on."
)


class Database:
    """Transactions, one at a time: what one has read stays so until its end."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turn = asyncio.Lock()
        self.lost = store.lost

    async def run(
        self,
        work: Callable[Concatenate[AsyncConnection, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Do `work(connection, …)` in one transaction, and return what it returns.

        Commits at its end, rolls back where it raises. `work` awaits nothing but the connection:
        other transactions wait. A caller that is cancelled meanwhile is so after the end.

        Where the disk takes nothing, or the server is away, it waits until that is over, and does
        `work` again from the start.
        """

        async def whole(connection: AsyncConnection) -> T:
            return await work(connection, *args, **kwargs)

        return await insist(partial(self._in_turn, whole))

    async def _in_turn(self, work: Work[T]) -> T:
        async with self._turn:
            return await self._store.transact(work)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """Open, check and migrate. Raises `AtelierError` where that cannot be done.

    A database that is damaged, or of a newer version, is left as it was; so is one whose migration
    fails.
    """
    where = address(url)
    store: Store = SQLite(where) if where.get_backend_name() == "sqlite" else PostgreSQL(where)
    try:
        try:
            await unbroken(_made_ready(store))
        except DBAPIError as error:
            raise unusable(error) from error
        except UnicodeError:  # no host has such a name
            raise AtelierError(NO_URL) from None
        yield Database(store)
    finally:
        # An open connection's thread keeps the process alive, and the file busy.
        await unbroken(store.engine.dispose())


async def _made_ready(store: Store) -> None:
    async with store.engine.begin() as connection:
        await connection.run_sync(check_pages)
        await connection.run_sync(_upgrade)
        await connection.execute(text(TOUCH))


def address(url: str) -> URL:
    """A database's URL with the driver that is used. Raises `AtelierError`, without a password."""
    try:
        found = make_url(url)
    except (ArgumentError, ValueError):  # which may quote the URL, and its password
        raise AtelierError(NO_URL) from None
    driver = DRIVERS.get(found.drivername, found.drivername)
    if driver not in DRIVERS.values():
        raise AtelierError(NO_URL)
    return found.set(drivername=driver)


def check_pages(connection: Connection) -> None:
    """Raises `AtelierError` for a database that is damaged, or is not made for this."""
    if connection.dialect.name == "sqlite":
        sqlite.check(connection)
    else:
        postgresql.check(connection)


def unusable(error: DBAPIError) -> AtelierError:
    """What to do about a database that cannot be opened."""
    if hasattr(error.orig, "sqlstate"):
        return postgresql.unusable(error)
    return sqlite.unusable(error)


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
