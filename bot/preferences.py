"""The `preferences` table: what was chosen, by chat. Queries only.

A private chat's are its person's; a group's are set by its administrators, for all in it.
"""

import time

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.choices import Preferences
from bot.tables import preferences


async def load(connection: AsyncConnection, chat_id: int) -> Preferences:
    """A chat's; nothing chosen where there is no row."""
    query = select(preferences.c.chosen).where(preferences.c.chat_id == chat_id)
    return Preferences.from_dict(await connection.scalar(query) or {})


async def save(connection: AsyncConnection, chat_id: int, chosen: Preferences) -> None:
    """Replace. Where nothing is chosen, there is no row."""
    await drop(connection, chat_id)
    if values := chosen.to_dict():
        await connection.execute(
            insert(preferences).values(chat_id=chat_id, chosen=values, changed_at=time.time())
        )


async def drop(connection: AsyncConnection, chat_id: int) -> bool:
    """Forget a chat's. Returns whether there was anything."""
    statement = delete(preferences).where(preferences.c.chat_id == chat_id)
    return (await connection.execute(statement)).rowcount > 0
