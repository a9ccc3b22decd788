"""PostgreSQL, by a real server: who may have a database, what keeps one out, and lost connections.

What the tables promise is in the other tests: see `tests/bot/conftest.py`.
"""

import asyncio
import builtins
import sys
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import inbox, jobs
from bot.database import Database, address, opened
from bot.errors import AtelierError
from bot.postgresql import InUse
from tests.bot.old_databases import as_stored, fill, read, rows
from tests.bot.queues import NEW, queued
from tests.bot.servers import GUARDED, PASSWORD, TEMPLATE, Server
from tests.bot.wire import Way, Wire, laid

SECRET = "very-s3cret"
CLOSED = f"postgresql://role:{SECRET}@127.0.0.1:1/name"
END_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'atelier'"
)


@pytest.fixture
def database_kind() -> str:
    return "postgresql"


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set once the bot says that its database is away."""
    said = asyncio.Event()
    log = SimpleNamespace(warning=lambda *_, **__: said.set())
    monkeypatch.setattr("bot.postgresql.log", log)
    return said


async def count(connection: AsyncConnection) -> int:
    return int(await connection.scalar(text("SELECT count(*) FROM jobs")) or 0)


async def add_and_read(connection: AsyncConnection) -> tuple[int, int]:
    """A job, and how many there are then."""
    return await jobs.add(connection, NEW), await count(connection)


async def complaint(url: str) -> str:
    with pytest.raises(AtelierError) as caught:
        async with opened(url):
            pass
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert SECRET not in sentence
    return sentence


class TestSentences:
    async def test_a_database_that_is_not_there(self, postgresql: Server) -> None:
        assert "create the database" in await complaint(postgresql.url("nowhere"))

    async def test_a_role_that_is_not_there(self, postgresql: Server) -> None:
        assert "create the role" in await complaint(postgresql.url("postgres", "nobody"))

    @pytest.mark.parametrize("password", [SECRET, None])
    async def test_a_wrong_password_and_none(
        self, postgresql: Server, password: str | None
    ) -> None:
        sentence = await complaint(postgresql.url("postgres", GUARDED, password))
        assert "the role and its password" in sentence

    async def test_a_role_that_may_not_make_tables(self, postgresql: Server) -> None:
        with postgresql.database("template1") as name:
            sentence = await complaint(postgresql.url(name, GUARDED, PASSWORD))
        assert "the owner of the database" in sentence

    async def test_a_database_in_another_encoding(self, postgresql: Server) -> None:
        postgresql.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
        assert "ENCODING 'UTF8'" in await complaint(postgresql.url("latin"))

    async def test_a_port_where_nobody_listens(self) -> None:
        assert "see that the server runs" in await complaint(CLOSED)

    async def test_a_socket_that_is_not_there(self) -> None:
        url = f"postgresql://role:{SECRET}@/name?host=/nowhere"
        assert "see that the server runs" in await complaint(url)

    async def test_a_host_that_is_unknown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def unknown(*_: object, **__: object) -> list[object]:
            raise OSError(-2, "Name or service not known")

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
        sentence = await complaint(f"postgresql://role:{SECRET}@unknown/name")
        assert "the host's name" in sentence

    async def test_an_option_that_there_is_not(self) -> None:
        assert "take it out" in await complaint(f"{CLOSED}?colour=blue")

    @pytest.mark.parametrize(
        "url",
        [
            f"postgresql://role:{SECRET}@host:port/name",
            f"postgresql://role:{SECRET}/more@host/name",
            f"postgresql+asyncpg://role:{SECRET}@host/name",
            f"postgresql://role:{SECRET}@a..host/name",
            f"role:{SECRET}@host/name",
        ],
    )
    async def test_a_url_that_means_nothing(self, url: str) -> None:
        assert "ATELIER_DATABASE_URL" in await complaint(url)

    async def test_a_driver_that_is_not_installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        real = builtins.__import__

        def without(name: str, *args: Any, **kwargs: Any) -> Any:
            if name.startswith("psycopg"):
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
            return real(name, *args, **kwargs)

        for module in [one for one in sys.modules if one.startswith("psycopg")]:
            monkeypatch.delitem(sys.modules, module)
        monkeypatch.setattr(builtins, "__import__", without)
        assert "`uv sync --extra postgresql`" in await complaint(CLOSED)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_a_url_needs_no_driver(scheme: str) -> None:
    assert address(f"{scheme}://role@host/name").drivername == "postgresql+psycopg"


class TestOneBot:
    async def test_a_second_one_is_refused_and_the_first_one_goes_on(
        self, database: Database, database_url: str
    ) -> None:
        assert "Another bot uses the database" in await complaint(database_url)
        await queued(database)

    async def test_another_database_of_the_server_is_free(
        self, database: Database, postgresql: Server
    ) -> None:
        with postgresql.database() as name:
            async with opened(postgresql.url(name)) as other:
                await queued(other)
        assert await database.run(count) == 0

    async def test_it_is_free_again_after_the_end(self, database_url: str) -> None:
        for _ in range(3):
            async with opened(database_url):
                pass

    async def test_who_comes_back_to_a_taken_database_waits_a_while(
        self, database: Database, database_url: str, postgresql: Server, away: asyncio.Event
    ) -> None:
        """Its own session may be there still, without anybody at its other end."""
        postgresql.execute(END_SESSIONS)
        async with opened(database_url):
            waiting = asyncio.create_task(database.run(count))
            await away.wait()
            assert not waiting.done()
        assert await waiting == 0

    async def test_who_has_lost_its_database_to_another_one_ends(
        self,
        database: Database,
        database_url: str,
        postgresql: Server,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("bot.postgresql.GHOST_SECONDS", 0.2)
        postgresql.execute(END_SESSIONS)
        async with opened(database_url) as other:
            lost = asyncio.create_task(database.lost())
            with pytest.raises(InUse):
                await database.run(count)
            with pytest.raises(InUse):
                await lost
            with pytest.raises(InUse):
                await database.run(count)
            await queued(other)


class TestLostConnections:
    @pytest.fixture
    async def wire(self, postgresql: Server) -> AsyncIterator[Wire]:
        async with laid(postgresql.folder) as wire:
            yield wire

    async def test_one_that_was_lost_meanwhile_costs_nothing(
        self, database: Database, postgresql: Server
    ) -> None:
        postgresql.execute(END_SESSIONS)
        await queued(database)
        assert await database.run(count) == 1

    async def test_work_that_is_cut_short_is_done_again_from_the_start(
        self, database: Database, postgresql: Server
    ) -> None:
        attempts = 0

        async def work(connection: AsyncConnection) -> int:
            nonlocal attempts
            attempts += 1
            await jobs.add(connection, NEW)
            if attempts < 3:
                await asyncio.to_thread(postgresql.execute, END_SESSIONS)
            return await count(connection)

        assert await database.run(work) == 1
        assert attempts == 3

    @pytest.mark.parametrize("way", ["there", "back"])
    async def test_a_commit_of_which_nothing_is_heard_is_made_once(
        self, database_url: str, wire: Wire, way: Way
    ) -> None:
        async with opened(wire.through(database_url)) as database:
            wire.cut = way
            job_id, number = await database.run(add_and_read)
            assert wire.cut is None
            assert number == 1
            assert await database.run(count) == 1
            assert await database.run(jobs.get, job_id)

    async def test_updates_whose_commit_is_not_heard_of_are_told_once(
        self, database_url: str, wire: Wire
    ) -> None:
        async with opened(wire.through(database_url)) as database:
            wire.cut = "back"
            [new] = await database.run(inbox.add, [{"update_id": 7}])
            assert new.update_id == 7
            assert await database.run(inbox.add, [{"update_id": 7}]) == []

    async def test_a_crash_that_takes_a_commit_back_is_found_out(
        self, database_url: str, wire: Wire, postgresql: Server
    ) -> None:
        async with opened(wire.through(database_url)) as database:
            wire.cut = "there"
            adding = asyncio.create_task(database.run(add_and_read))
            await wire.broken.wait()
            await asyncio.to_thread(postgresql.stop, "immediate")
            await asyncio.to_thread(postgresql.start)
            assert (await adding)[1] == 1
            assert await database.run(count) == 1

    async def test_what_is_wrong_with_the_work_itself_is_told_at_once(
        self, database: Database
    ) -> None:
        async def wrong(connection: AsyncConnection) -> None:
            await jobs.add(connection, NEW)
            await connection.execute(text("SELECT 1 / (SELECT 0)"))

        with pytest.raises(Exception, match="division by zero"):
            await database.run(wrong)
        assert await database.run(count) == 0

    async def test_a_caller_may_be_cancelled_while_the_server_is_away(
        self, database: Database, postgresql: Server, away: asyncio.Event
    ) -> None:
        await asyncio.to_thread(postgresql.stop)
        try:
            callers = [asyncio.create_task(database.run(count)) for _ in range(3)]
            await away.wait()
            for caller in callers:
                caller.cancel()
            async with asyncio.timeout(2):
                ends = await asyncio.gather(*callers, return_exceptions=True)
        finally:
            await asyncio.to_thread(postgresql.start)
        assert [type(end) for end in ends] == [asyncio.CancelledError] * 3
        assert await database.run(count) == 0


async def test_a_database_of_the_first_version_is_brought_up_to_date(postgresql: Server) -> None:
    with postgresql.database("template1") as name:
        before = fill(postgresql.url(name), "0001", rows())
        async with opened(postgresql.url(name)):
            pass
        assert read(postgresql.url(name), before) == as_stored(before)
        async with opened(postgresql.url(name)) as database:
            assert await queued(database) == len(before["jobs"]) + 1


async def test_a_commit_is_on_the_servers_disk(postgresql: Server) -> None:
    async def setting(connection: AsyncConnection) -> object:
        return await connection.scalar(text("SHOW synchronous_commit"))

    with postgresql.database() as name:
        postgresql.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        async with opened(postgresql.url(name)) as database:
            assert await database.run(setting) == "on"


def test_the_template_is_nobodys(postgresql: Server) -> None:
    assert postgresql.execute("SELECT count(*) FROM jobs", TEMPLATE) == [(0,)]
