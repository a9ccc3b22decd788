"""What becomes of a chat's jobs when nobody can get them any more, or when the chat has moved."""

from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import jobs, outbox, preferences
from bot.database import Database
from bot.gateway import Gateway
from bot.gateway_errors import ChatGone, ChatMoved, Refused
from bot.membership import Moved, Removed
from bot.tables import deliveries, questions, sessions
from bot.tables import jobs as jobs_table

log = structlog.get_logger(__name__)


class Whereabouts:
    """Acts once the database says so, and any number of times on the same news."""

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        on_cancelled: Callable[[int, bool], Awaitable[None]],
        on_queue_change: Callable[[], None],
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._on_cancelled = on_cancelled
        self._on_queue_change = on_queue_change

    async def heard(self, news: Removed | Moved) -> None:
        """An update says so. It may be an old one: whether the bot is out is looked up."""
        if isinstance(news, Moved):
            await self._moved(news.chat_id, news.new_chat_id)
            return
        try:
            await self._gateway.chats.look_in(news.chat_id)
        except Refused as error:
            await self.refused(news.chat_id, error)

    async def refused(self, chat_id: int, error: Refused) -> None:
        """A call was refused: where it says that the chat is gone, or has moved, follow."""
        if isinstance(error, ChatMoved):
            await self._moved(chat_id, error.new_chat_id)
        elif isinstance(error, ChatGone):
            await self._gone(chat_id)

    async def _gone(self, chat_id: int) -> None:
        cancelled = await self._database.run(_abandon, chat_id)
        log.info("a chat is gone", chat=chat_id, cancelled=len(cancelled))
        for job_id in cancelled:
            await self._on_cancelled(job_id, True)
        if cancelled:
            self._on_queue_change()

    async def _moved(self, chat_id: int, new_chat_id: int) -> None:
        await self._database.run(_move, chat_id, new_chat_id)
        log.info("a chat has moved", chat=chat_id, to=new_chat_id)


async def _abandon(connection: AsyncConnection, chat_id: int) -> list[int]:
    """Stop and forget all that a chat waits for. Returns the jobs that are cancelled by it."""
    here = select(jobs_table.c.id).where(jobs_table.c.chat_id == chat_id)
    active = await connection.scalars(here.where(jobs_table.c.state.in_(jobs.ACTIVE)))
    cancelled = [job_id for job_id in active.all() if await jobs.cancel(connection, job_id)]
    await connection.execute(
        update(deliveries)
        .where(deliveries.c.job_id.in_(here), deliveries.c.state == outbox.State.WAITING)
        .values(state=outbox.State.DEAD)
    )
    await connection.execute(
        update(jobs_table).where(jobs_table.c.chat_id == chat_id).values(status_message_id=None)
    )
    await _forget_talk(connection, chat_id)
    return cancelled


async def _move(connection: AsyncConnection, chat_id: int, new_chat_id: int) -> None:
    """All goes to the new chat, which knows no message of the old one."""
    here = select(jobs_table.c.id).where(jobs_table.c.chat_id == chat_id)
    await connection.execute(
        update(deliveries).where(deliveries.c.job_id.in_(here)).values(message_id=None)
    )
    await connection.execute(
        update(jobs_table)
        .where(jobs_table.c.chat_id == chat_id)
        .values(chat_id=new_chat_id, reply_to=0, status_message_id=None)
    )
    chosen = await preferences.load(connection, chat_id)
    if chosen.to_dict() and not (await preferences.load(connection, new_chat_id)).to_dict():
        await preferences.save(connection, new_chat_id, chosen)
    await preferences.drop(connection, chat_id)
    await _forget_talk(connection, chat_id)


async def _forget_talk(connection: AsyncConnection, chat_id: int) -> None:
    for table in (sessions, questions):
        await connection.execute(delete(table).where(table.c.chat_id == chat_id))
