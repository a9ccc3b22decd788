"""PostgreSQL, by a real server: who may have a database, and what keeps one out.

What the tables promise is in the other tests: see `tests/bot/conftest.py`.
"""

import asyncio
import builtins
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import Database, address, opened
from bot.errors import AtelierError
from bot.postgresql import InUse
from tests.bot.old_databases import as_stored, fill, read, rows
from tests.bot.queues import queued
from tests.bot.servers import GUARDED, PASSWORD, TEMPLATE, Server

SECRET = "very-s3cret"
ROOT = Path(__file__).parents[2]
# Is never done with a job that it adds.
HOLDER = """
import asyncio, sys
from bot import jobs
from bot.database import opened
from tests.bot.queues import NEW

async def work(connection):
    print(await jobs.add(connection, NEW), flush=True)
    await asyncio.sleep(60)

async def main():
    async with opened(sys.argv[1]) as database:
        await database.run(work)

asyncio.run(main())
"""
CLOSED = f"postgresql://role:{SECRET}@127.0.0.1:1/name"


@pytest.fixture
def database_kind() -> str:
    return "postgresql"


async def count(connection: AsyncConnection) -> int:
    return int(await connection.scalar(text("SELECT count(*) FROM jobs")) or 0)


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

    async def test_a_role_that_may_not_log_in(self, postgresql: Server) -> None:
        postgresql.execute("CREATE ROLE locked NOLOGIN")
        assert "let the role log in" in await complaint(postgresql.url("postgres", "locked"))

    async def test_a_role_that_may_not_have_the_database(self, postgresql: Server) -> None:
        with postgresql.database() as name:
            postgresql.execute(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")
            sentence = await complaint(postgresql.url(name, GUARDED, PASSWORD))
        assert "the owner of the database" in sentence

    async def test_a_role_that_may_not_make_tables(self, postgresql: Server) -> None:
        with postgresql.database("template1") as name:
            sentence = await complaint(postgresql.url(name, GUARDED, PASSWORD))
        assert "the owner of the database" in sentence

    async def test_a_database_that_can_only_be_read(self, postgresql: Server) -> None:
        with postgresql.database() as name:
            postgresql.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
            assert "a server that can be written" in await complaint(postgresql.url(name))

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

    async def test_a_kill_in_the_middle_of_a_transaction_frees_it(self, database_url: str) -> None:
        holder = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", HOLDER, database_url), cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"1\n"
        await complaint(database_url)
        holder.kill()
        await holder.wait()
        async with opened(database_url) as database:
            assert await database.run(count) == 0

    async def test_who_comes_back_to_a_taken_database_waits_a_while(
        self, database: Database, database_url: str, postgresql: Server, away: asyncio.Event
    ) -> None:
        """Its own session may be there still, without anybody at its other end."""
        postgresql.end_sessions()
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
        postgresql.end_sessions()
        async with opened(database_url) as other:
            lost = asyncio.create_task(database.lost())
            with pytest.raises(InUse):
                await database.run(count)
            with pytest.raises(InUse):
                await lost
            with pytest.raises(InUse):
                await database.run(count)
            await queued(other)


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
