"""Many small things, one transaction."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import inbox
from bot.database import Database
from bot.together import MOST, Together

pytestmark = pytest.mark.both_databases


class Work:
    """Notes what it was given, stores it, and fails where it is told to."""

    def __init__(self) -> None:
        self.batches: list[Sequence[int]] = []
        self.bad: set[int] = set()

    async def __call__(self, connection: AsyncConnection, items: Sequence[int]) -> None:
        self.batches.append(items)
        await inbox.add(connection, [{"update_id": item} for item in items])
        if self.bad & set(items):
            raise ValueError


async def stored(connection: AsyncConnection) -> list[int]:
    found = await connection.scalars(text("SELECT update_id FROM updates ORDER BY 1"))
    return list(found.all())


async def test_what_comes_while_a_transaction_is_under_way_is_in_the_next_one(
    database: Database,
) -> None:
    work = Work()
    together = Together(database, work)
    await asyncio.gather(*(together.do(number) for number in range(1300)))
    assert await database.run(stored) == list(range(1300))
    assert [len(batch) for batch in work.batches] == [MOST, MOST, 300]
    await together.do(2000)
    assert work.batches[-1] == [2000]


async def test_whoever_has_its_answer_is_committed(database: Database) -> None:
    together = Together(database, Work())

    async def one(number: int) -> bool:
        await together.do(number)
        return number in await database.run(stored)

    assert all(await asyncio.gather(*map(one, range(50))))


async def test_a_transaction_that_fails_is_told_to_all_in_it_and_to_nobody_else(
    database: Database,
) -> None:
    work = Work()
    work.bad = {3}
    together = Together(database, work)
    ends = await asyncio.gather(*map(together.do, range(10)), return_exceptions=True)
    assert all(isinstance(end, ValueError) for end in ends)
    assert await database.run(stored) == []
    await together.do(4)
    assert await database.run(stored) == [4]


async def test_a_caller_that_is_cancelled_takes_nobody_along(database: Database) -> None:
    together = Together(database, Work())
    tasks = [asyncio.create_task(together.do(number)) for number in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(end) for end in ends] == [type(None), asyncio.CancelledError, type(None)]
    assert set(await database.run(stored)) >= {0, 2}
