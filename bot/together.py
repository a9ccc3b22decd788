"""Small things that many ask for at once, committed in one transaction. By the database."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import Database

T = TypeVar("T")

MOST = 500  # in one transaction: others wait for it


class Together(Generic[T]):
    """`work` for all the items that have come while the transaction before was under way."""

    def __init__(
        self, database: Database, work: Callable[[AsyncConnection, Sequence[T]], Awaitable[None]]
    ) -> None:
        self._database = database
        self._work = work
        self._waiting: list[tuple[T, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def do(self, item: T) -> None:
        """Return once it is committed; raise why it is not. Cancelling it undoes nothing."""
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, committed))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work_off())
        await committed

    async def _work_off(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            try:
                await self._database.run(self._work, [item for item, _ in batch])
            except BaseException as error:
                for _, committed in batch:
                    if not committed.done():
                        committed.set_exception(error)
                if not isinstance(error, Exception):
                    raise
            for _, committed in batch:
                if not committed.done():
                    committed.set_result(None)
