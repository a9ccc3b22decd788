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


async def asked_of(connection: AsyncConnection, chat_id: int, message_id: int) -> int | None:
    """Whom this question is for, who may answer it more than once; None for any other message."""
    this = (questions.c.chat_id == chat_id) & (questions.c.message_id == message_id)
    return await connection.scalar(select(questions.c.user_id).where(this))


async def asked_after(connection: AsyncConnection, where: Where, message_id: int) -> bool:
    """Whether this person was asked in this chat after that message."""
    later = (questions.c.chat_id == where.chat_id) & (questions.c.message_id > message_id)
    query = select(questions.c.message_id).where(later, questions.c.user_id == where.user_id)
    return await connection.scalar(query.limit(1)) is not None
