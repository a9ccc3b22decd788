"""What has become old, and goes: rows, and the pictures of jobs that are over. Queries only.

Each call does a slice, so that no transaction holds up the others for long.
"""

from sqlalchemy import ColumnElement, case, delete, exists, func, null, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import outbox, pictures, workload
from bot.jobs import ACTIVE
from bot.tables import deliveries, jobs, questions, sessions, updates

SLICE = 50  # rows in a transaction
NOBODY = 0  # whose jobs those are of which only the time that they took is left


async def let_go(connection: AsyncConnection, before: float) -> tuple[int, set[str]]:
    """Let the pictures go of the jobs that were over first, if before then.

    Returns how many jobs, at most `SLICE`, and their files, some of which others may need. A job
    keeps its pictures while anything of it has still to be delivered.
    """
    query = (
        select(jobs.c.id)
        .where(jobs.c.kept.is_(True), *_over(before))
        .order_by(jobs.c.finished_at)
        .limit(SLICE)
    )
    ids = (await connection.scalars(query)).all()
    return len(ids), (await pictures.let_go(connection, ids) if ids else set())


async def forget_jobs(connection: AsyncConnection, before: float) -> int:
    """Delete jobs that were over before then and have let their pictures go. Returns how many.

    Of the latest paintings it stays how long they took, and nothing that says whose they were;
    and the latest job stays a row, so that its number is not given to another.
    """
    gone = jobs.c.kept.is_(False), *_over(before)
    latest = set((await connection.scalars(workload.latest(jobs.c.id))).all())
    latest.add(await connection.scalar(select(func.max(jobs.c.id))) or 0)
    query = select(jobs.c.id).where(*gone, jobs.c.id.not_in(latest)).limit(SLICE)
    ids = (await connection.scalars(query)).all()
    await connection.execute(delete(deliveries).where(deliveries.c.job_id.in_(ids)))
    await connection.execute(delete(jobs).where(jobs.c.id.in_(ids)))
    theirs = select(jobs.c.id).where(*gone, jobs.c.id.in_(latest), jobs.c.owner_id != NOBODY)
    stripped = (await connection.scalars(theirs)).all()
    await connection.execute(delete(deliveries).where(deliveries.c.job_id.in_(stripped)))
    await connection.execute(update(jobs).where(jobs.c.id.in_(stripped)).values(**_BARE))
    return len(ids)


async def forget_updates(connection: AsyncConnection, before: float) -> int:
    """Delete updates that were handled before then. Returns how many, at most `SLICE`."""
    query = (
        select(updates.c.update_id)
        .where(updates.c.handled_at < before)
        .order_by(updates.c.handled_at)
        .limit(SLICE)
    )
    ids = (await connection.scalars(query)).all()
    await connection.execute(delete(updates).where(updates.c.update_id.in_(ids)))
    return len(ids)


async def forget_talk(connection: AsyncConnection, before: float) -> None:
    """Delete questions that were asked before then, and sessions that nothing will come of."""
    await connection.execute(delete(questions).where(questions.c.asked_at < before))
    over = sessions.c.due_at.is_(None) & (sessions.c.touched_at < before)
    await connection.execute(delete(sessions).where(over))


async def let_go_checkpoints(connection: AsyncConnection) -> set[str]:
    """Of jobs that are over: a kill may have left them. Returns the files."""
    ended = jobs.c.checkpoint.is_not(None) & jobs.c.state.not_in(ACTIVE)
    names = set((await connection.scalars(select(jobs.c.checkpoint).where(ended))).all())
    await connection.execute(update(jobs).where(ended).values(checkpoint=None))
    return {name for name in names if name is not None}


def _over(before: float) -> tuple[ColumnElement[bool], ...]:
    """Jobs that were over before then, with nothing left to deliver."""
    waits = exists().where(
        deliveries.c.job_id == jobs.c.id, deliveries.c.state == outbox.State.WAITING
    )
    return jobs.c.finished_at < before, jobs.c.state.not_in(ACTIVE), ~waits


_BARE = {
    **dict.fromkeys(("owner_id", "chat_id", "thread_id", "reply_to"), NOBODY),
    **dict.fromkeys(("language", "content"), ""),
    **dict.fromkeys(("photo", "file", "pair", "film", "report", "status_message_id"), null()),
    **dict.fromkeys(("error_code", "error_id"), null()),
    "styles": [],
    "start": case((jobs.c.start.is_(None), null()), else_=""),  # it counts that there was one
}
