"""The ceiling of the disk's use: what goes before its time, and whether there is room for more.

By the files and the database.
"""

import asyncio
import time

import structlog

from bot import pictures, retention, shrinking
from bot.database import Database
from bot.files import Files

log = structlog.get_logger(__name__)

SLACK = 0.05  # of the ceiling: made free at once, so that not every picture costs a look


class Room:
    """`ceiling` is in bytes, of pictures and database together; 0 is none."""

    def __init__(self, database: Database, files: Files, ceiling: int) -> None:
        self._database = database
        self._files = files
        self._ceiling = ceiling
        self._rows = 0  # bytes in the database, when it was last asked
        self._making = asyncio.Lock()

    async def there_is(self) -> bool:
        """Whether new pictures may come. Where the ceiling is reached, makes room first.

        The oldest pictures go that are kept for buttons only. False: all that is left is needed.
        """
        if self._over(0):
            async with self._making:
                await self._make()
        return not self._over(0)

    async def look(self) -> None:
        """Keep to the ceiling, without being asked for more."""
        self._rows = await self._database.run(shrinking.size) if self._ceiling else 0
        await self.there_is()

    async def _make(self) -> None:
        jobs = 0
        while self._over(SLACK if jobs else 0):
            count, names = await self._database.run(retention.let_go, time.time())
            if not count:
                break
            await self._files.drop(names, self._unneeded)
            jobs += count
        if jobs:
            log.info("pictures went before their time, for the ceiling", jobs=jobs)

    async def _unneeded(self, names: set[str]) -> set[str]:
        return await self._database.run(pictures.unneeded, names)

    def _over(self, slack: float) -> bool:
        return 0 < self._ceiling * (1 - slack) <= self._files.used + self._rows
