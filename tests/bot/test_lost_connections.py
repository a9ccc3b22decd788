"""Connections to PostgreSQL that are lost, at any moment: nothing is lost or done twice by it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import inbox, jobs
from bot.database import Database, address, opened
from tests.bot.queues import NEW, queued
from tests.bot.servers import Server
from tests.bot.wire import Way, Wire, laid


@pytest.fixture
def database_kind() -> str:
    return "postgresql"


async def count(connection: AsyncConnection) -> int:
    return int(await connection.scalar(text("SELECT count(*) FROM jobs")) or 0)


async def add_and_read(connection: AsyncConnection) -> tuple[int, int]:
    """A job, and how many there are then."""
    return await jobs.add(connection, NEW), await count(connection)


@pytest.fixture
async def wire(postgresql: Server) -> AsyncIterator[Wire]:
    async with laid(postgresql.folder) as wire:
        yield wire


async def test_one_that_was_lost_meanwhile_costs_nothing(
    database: Database, postgresql: Server
) -> None:
    postgresql.end_sessions()
    await queued(database)
    assert await database.run(count) == 1


async def test_work_that_is_cut_short_is_done_again_from_the_start(
    database: Database, postgresql: Server
) -> None:
    attempts = 0

    async def work(connection: AsyncConnection) -> int:
        nonlocal attempts
        attempts += 1
        await jobs.add(connection, NEW)
        if attempts < 3:
            await asyncio.to_thread(postgresql.end_sessions)
        return await count(connection)

    assert await database.run(work) == 1
    assert attempts == 3


@pytest.mark.parametrize("way", ["there", "back"])
async def test_a_commit_of_which_nothing_is_heard_is_made_once(
    database_url: str, wire: Wire, way: Way
) -> None:
    async with opened(wire.through(database_url)) as database:
        wire.cut = way
        job_id, number = await database.run(add_and_read)
        assert wire.cut is None
        assert number == 1
        assert await database.run(count) == 1
        assert await database.run(jobs.get, job_id)


async def test_updates_whose_commit_is_not_heard_of_are_told_once(
    database_url: str, wire: Wire
) -> None:
    async with opened(wire.through(database_url)) as database:
        wire.cut = "back"
        [new] = await database.run(inbox.add, [{"update_id": 7}])
        assert new.update_id == 7
        assert await database.run(inbox.add, [{"update_id": 7}]) == []


async def test_a_crash_that_takes_a_commit_back_is_found_out(
    database_url: str, wire: Wire, postgresql: Server
) -> None:
    async with opened(wire.through(database_url)) as database:
        wire.cut = "there"
        adding = asyncio.create_task(database.run(add_and_read))
        await wire.broken.wait()
        await asyncio.to_thread(postgresql.stop, "immediate")
        await asyncio.to_thread(postgresql.start)
        assert (await adding)[1] == 1
        assert await database.run(count) == 1


async def test_a_server_that_can_only_be_read_for_a_while_is_waited_for(
    database: Database, database_url: str, postgresql: Server, away: asyncio.Event
) -> None:
    name = address(database_url).database
    read_only = f"ALTER DATABASE {name} SET default_transaction_read_only"
    postgresql.execute(f"{read_only} = on")
    postgresql.end_sessions()
    adding = asyncio.create_task(queued(database))
    await away.wait()
    postgresql.execute(f"{read_only} = off")
    await adding
    assert await database.run(count) == 1


async def test_what_is_wrong_with_the_work_itself_is_told_at_once(database: Database) -> None:
    async def wrong(connection: AsyncConnection) -> None:
        await jobs.add(connection, NEW)
        await connection.execute(text("SELECT 1 / (SELECT 0)"))

    with pytest.raises(Exception, match="division by zero"):
        await database.run(wrong)
    assert await database.run(count) == 0


async def test_a_caller_may_be_cancelled_while_the_server_is_away(
    database: Database, postgresql: Server, away: asyncio.Event
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
