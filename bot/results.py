"""Results that are given again: the same request, answered without painting. Queries only."""

import time

from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import outbox, pictures
from bot.jobs import NewJob, State
from bot.outbox import Kind
from bot.tables import deliveries
from bot.tables import jobs as table

_FILES = ("photo", "file", "pair", "film")
_RESULT = (*_FILES, "report")


async def find(connection: AsyncConnection, cache_key: str) -> int | None:
    """The latest job with this key whose result is whole, and has arrived or is on its way."""
    arrived = (deliveries.c.state == outbox.State.SENT) & deliveries.c.file_id.is_not(None)
    query = (
        select(table.c.id)
        .join(deliveries, deliveries.c.job_id == table.c.id)
        .where(
            table.c.cache_key == cache_key,
            table.c.state == State.FINISHED,
            table.c.early.is_(False),
            deliveries.c.kind == Kind.RESULT,
            or_(arrived, deliveries.c.state == outbox.State.WAITING),
        )
        .order_by(table.c.id.desc())
        .limit(1)
    )
    return await connection.scalar(query)


async def give_again(
    connection: AsyncConnection, source_id: int, job: NewJob, cache_key: str
) -> int | None:
    """A job that is finished from its start, with another's result; its delivery is asked for.

    Returns its id, or None where the other job is gone. What Telegram has already is sent by its
    file id.
    """
    query = select(table).where(table.c.id == source_id)
    source = (await connection.execute(query)).one_or_none()
    if source is None:
        return None
    now = time.time()
    values = {**vars(job), "styles": list(job.styles), "options": dict(job.options)}
    statement = insert(table).values(
        **values,
        state=State.FINISHED,
        attempt=0,
        failures=0,
        cached=True,
        cache_key=cache_key,
        created_at=now,
        finished_at=now,
        **{name: source._mapping[name] for name in _RESULT},
    )
    job_id = int((await connection.execute(statement.returning(table.c.id))).scalar_one())
    names = job.content, *job.styles, job.start, *(source._mapping[name] for name in _FILES)
    await pictures.keep(connection, job_id, *names)
    file_id = None
    if job.as_file == source.as_file:
        file_id = await outbox.file_id(connection, source_id, Kind.RESULT)
    elif job.as_file:
        file_id = await outbox.file_id(connection, source_id, Kind.FILE)
    await outbox.add(connection, job_id, Kind.RESULT, file_id)
    return job_id


async def share(connection: AsyncConnection, source_id: int) -> dict[int, str | None]:
    """Give a result that has just come to all queued jobs that wait for the same.

    One that was ended early is nobody else's. Returns the checkpoints that are left behind, by job.
    """
    source = (await connection.execute(select(table).where(table.c.id == source_id))).one()
    if source.early or source.cache_key is None:
        return {}
    twins = select(table.c.id, table.c.checkpoint).where(
        table.c.cache_key == source.cache_key, table.c.state == State.QUEUED
    )
    left: dict[int, str | None] = {}
    for row in (await connection.execute(twins.order_by(table.c.id))).all():
        given = await connection.execute(
            update(table)
            .where(table.c.id == row.id, table.c.state == State.QUEUED)
            .values(
                state=State.FINISHED,
                cached=True,
                checkpoint=None,
                finished_at=time.time(),
                **{name: source._mapping[name] for name in _RESULT},
            )
        )
        if given.rowcount:  # not if it was cancelled just now
            await pictures.keep(connection, row.id, *(source._mapping[name] for name in _FILES))
            await outbox.add(connection, row.id, Kind.RESULT)
            left[row.id] = row.checkpoint
    return left
