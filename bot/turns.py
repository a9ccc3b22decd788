"""Who waits, who has a job running, who was served when: what a turn depends on. Queries only."""

from collections.abc import Collection

from sqlalchemy import exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.fairness import Waiting
from bot.jobs import State
from bot.tables import jobs


async def waiting(connection: AsyncConnection) -> list[Waiting]:
    """The queued jobs, without those whose very painting is in work: they wait for its end.

    One that was interrupted, by a restart say, is in work too: it goes on from where it was.
    """
    same = jobs.alias()
    further = same.c.checkpoint.is_not(None) & jobs.c.checkpoint.is_(None)
    interrupted = (same.c.state == State.QUEUED) & further & ~same.c.finish_asked
    in_work = exists().where(
        same.c.cache_key == jobs.c.cache_key,
        or_(same.c.state == State.RUNNING, interrupted),
    )
    query = select(jobs.c.id, jobs.c.owner_id, jobs.c.created_at).where(
        jobs.c.state == State.QUEUED, ~in_work
    )
    return [Waiting(*row) for row in await connection.execute(query)]


async def busy(connection: AsyncConnection) -> set[int]:
    """The owners of running jobs."""
    query = select(jobs.c.owner_id).where(jobs.c.state == State.RUNNING)
    return set((await connection.scalars(query)).all())


async def served(connection: AsyncConnection, owners: Collection[int]) -> dict[int, float]:
    """When each owner's last turn ended, or began where it has not ended."""
    query = (
        select(
            jobs.c.owner_id,
            func.max(func.coalesce(jobs.c.finished_at, jobs.c.started_at)),
        )
        .where(jobs.c.owner_id.in_(owners), jobs.c.started_at.is_not(None))
        .group_by(jobs.c.owner_id)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}
