"""The `blocked` table: persons that the bot does not answer. Queries only."""

import time

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.tables import blocked, sessions


async def holds(connection: AsyncConnection, user_id: int) -> bool:
    """Whether a person is blocked."""
    query = select(blocked.c.user_id).where(blocked.c.user_id == user_id)
    return await connection.scalar(query) is not None


async def add(connection: AsyncConnection, user_id: int, by: int) -> None:
    """Block, and forget what the person has sent so far. Their jobs are for the caller."""
    await connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
    if not await holds(connection, user_id):
        await connection.execute(
            insert(blocked).values(user_id=user_id, blocked_by=by, blocked_at=time.time())
        )


async def drop(connection: AsyncConnection, user_id: int) -> bool:
    """Block no longer. Returns whether the person was blocked."""
    statement = delete(blocked).where(blocked.c.user_id == user_id)
    return (await connection.execute(statement)).rowcount > 0


async def count(connection: AsyncConnection) -> int:
    """How many are blocked."""
    return int(await connection.scalar(select(func.count()).select_from(blocked)) or 0)
