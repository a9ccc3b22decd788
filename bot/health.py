"""Whether the service can do its work. Looks at its parts, and changes nothing."""

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import Database
from bot.dispatcher import Dispatcher

DATABASE_SECONDS = 2.0


class Health:
    """What has been reached so far; a start sets it, one after the other."""

    def __init__(self, database: Database) -> None:
        self.connected = False  # Telegram has told the bot's name
        self.announced = False  # updates can come: Telegram knows the way, or is asked for them
        self.dispatcher: Dispatcher | None = None
        self._database = database
        self._asked: asyncio.Task[None] | None = None

    async def problem(self) -> str:
        """Why the service is not ready, in a few words; empty where it is."""
        if not await self._database_answers():
            return "the database does not answer"
        if not self.connected:
            return "Telegram has not been reached"
        if self.dispatcher is None or not self.dispatcher.working:
            return "no paintings are begun"
        if not self.announced:
            return "Telegram does not know the webhook"
        return ""

    async def _database_answers(self) -> bool:
        # One question at a time, and never given up: one that hangs would be followed by others.
        if self._asked is None or self._asked.done():
            self._asked = asyncio.create_task(self._database.run(_answer))
        await asyncio.wait([self._asked], timeout=DATABASE_SECONDS)
        done = self._asked.done() and not self._asked.cancelled()
        return done and self._asked.exception() is None


async def _answer(connection: AsyncConnection) -> None:
    await connection.execute(text("SELECT 1"))
