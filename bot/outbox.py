"""The `deliveries` table: what must arrive, one a job and kind. Queries only."""

import time
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.tables import deliveries, jobs


class Kind(StrEnum):
    """What is delivered."""

    RESULT = "result"
    FILE = "file"
    PAIR = "pair"  # before and after
    FILM = "film"
    APOLOGY = "apology"


class State(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"  # the chat is gone, or Telegram will never take it


@dataclass(frozen=True)
class Delivery:
    """A row, and the chat it goes to."""

    id: int
    job_id: int
    kind: Kind
    attempts: int
    next_try: float
    asked_at: float
    file_id: str | None
    chat_id: int


async def add(
    connection: AsyncConnection, job_id: int, kind: Kind, file_id: str | None = None
) -> None:
    """Ask for a delivery. One that was made already is made again, by its file id where known.

    `file_id` is that of the same file, sent by another delivery.
    """
    now = time.time()
    values: dict[str, object] = {"state": State.WAITING, "attempts": 0}
    values |= {"next_try": now, "asked_at": now}
    if file_id is not None:
        values["file_id"] = file_id
    this = (deliveries.c.job_id == job_id) & (deliveries.c.kind == kind)
    again = await connection.execute(update(deliveries).where(this).values(**values))
    if again.rowcount == 0:
        await connection.execute(insert(deliveries).values(job_id=job_id, kind=kind, **values))


async def file_id(connection: AsyncConnection, job_id: int, kind: Kind) -> str | None:
    """What Telegram calls the file that was delivered; None where it was not, or had none."""
    query = select(deliveries.c.file_id).where(
        deliveries.c.job_id == job_id, deliveries.c.kind == kind
    )
    return await connection.scalar(query)


async def job_of(connection: AsyncConnection, chat_id: int, message_id: int) -> int | None:
    """The job whose result, as a photo or a file, is this message."""
    query = (
        select(deliveries.c.job_id)
        .join(jobs, jobs.c.id == deliveries.c.job_id)
        .where(jobs.c.chat_id == chat_id, deliveries.c.message_id == message_id)
        .where(deliveries.c.kind != Kind.APOLOGY)
    )
    return await connection.scalar(query)


async def owner_of(connection: AsyncConnection, chat_id: int, message_id: int) -> int | None:
    """Who has asked for the job that this message of the bot is about."""
    query = (
        select(jobs.c.owner_id)
        .outerjoin(deliveries, jobs.c.id == deliveries.c.job_id)
        .where(jobs.c.chat_id == chat_id)
        .where(or_(deliveries.c.message_id == message_id, jobs.c.status_message_id == message_id))
        .limit(1)
    )
    return await connection.scalar(query)


async def waiting(connection: AsyncConnection) -> list[Delivery]:
    """All that has still to arrive, oldest first."""
    query = (
        select(
            deliveries.c.id,
            deliveries.c.job_id,
            deliveries.c.kind,
            deliveries.c.attempts,
            deliveries.c.next_try,
            deliveries.c.asked_at,
            deliveries.c.file_id,
            jobs.c.chat_id,
        )
        .join(jobs, jobs.c.id == deliveries.c.job_id)
        .where(deliveries.c.state == State.WAITING)
        .order_by(deliveries.c.id)
    )
    return [
        Delivery(**{**row._mapping, "kind": Kind(row.kind)})
        for row in await connection.execute(query)
    ]


async def mark_sent(
    connection: AsyncConnection, delivery_id: int, message_id: int, file_id: str | None
) -> None:
    """Telegram has confirmed it."""
    await _set(connection, delivery_id, state=State.SENT, message_id=message_id, file_id=file_id)


async def put_off(connection: AsyncConnection, delivery_id: int, until: float) -> None:
    """It has failed for now."""
    await _set(connection, delivery_id, attempts=deliveries.c.attempts + 1, next_try=until)


async def mark_dead(connection: AsyncConnection, delivery_id: int) -> None:
    """It will never arrive."""
    await _set(connection, delivery_id, state=State.DEAD)


async def _set(connection: AsyncConnection, delivery_id: int, **values: object) -> None:
    await connection.execute(
        update(deliveries).where(deliveries.c.id == delivery_id).values(**values)
    )
