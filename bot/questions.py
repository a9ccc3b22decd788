"""The `questions` table: whom the bot has asked for a photo, in groups. Queries only.

A group's members see each other's questions; only whoever was asked may answer one.
"""

import time

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.sessions import Where
from bot.tables import questions

KEPT_SECONDS = 86400.0


async def add(connection: AsyncConnection, where: Where, message_id: int) -> None:
    """A question was asked. Those of yesterday are forgotten."""
    now = time.time()
    await connection.execute(delete(questions).where(questions.c.asked_at < now - KEPT_SECONDS))
    this = (questions.c.chat_id == where.chat_id) & (questions.c.message_id == message_id)
    await connection.execute(delete(questions).where(this))
    await connection.execute(
        insert(questions).values(
            chat_id=where.chat_id, message_id=message_id, user_id=where.user_id, asked_at=now
        )
    )


async def asked(connection: AsyncConnection, where: Where, message_id: int) -> bool:
    """Whether this message is a question to this person, who may answer it more than once."""
    query = select(questions.c.user_id).where(
        questions.c.chat_id == where.chat_id, questions.c.message_id == message_id
    )
    return await connection.scalar(query) == where.user_id
