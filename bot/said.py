"""The `said` table: what an update has led to, while there is more to say. Queries only.

Several messages that answer one thing are sent one after the other. What comes in between, a kill
or a Telegram that cannot be reached, must not make those that have arrived come again.
"""

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.inbox import StoredUpdate
from bot.sessions import Where
from bot.tables import said

Cause = StoredUpdate | Where  # a Where stands for its session, when that is settled


async def so_far(connection: AsyncConnection, cause: Cause) -> set[str]:
    """The digests of the messages that have arrived."""
    query = select(said.c.message).where(said.c.cause == _name(cause))
    return set((await connection.scalars(query)).all())


async def note(connection: AsyncConnection, cause: Cause, message: str) -> None:
    """One more has arrived."""
    await connection.execute(insert(said).values(cause=_name(cause), message=message))


async def forget(connection: AsyncConnection, *causes: Cause) -> None:
    """All is said: part of the transaction that holds what it has led to."""
    names = [_name(cause) for cause in causes]
    await connection.execute(delete(said).where(said.c.cause.in_(names)))


async def forget_person(connection: AsyncConnection, user_id: int) -> None:
    """No session of this person is left."""
    await connection.execute(delete(said).where(said.c.cause.like(f"session % % {user_id}")))


def _name(cause: Cause) -> str:
    if isinstance(cause, StoredUpdate):
        return f"update {cause.update_id}"
    return f"session {cause.chat_id} {cause.thread_id} {cause.user_id}"
