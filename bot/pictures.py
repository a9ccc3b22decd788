"""The `pictures` table: which files are kept for which job, and which nobody needs. Queries only.

A file may go once no job's pictures, checkpoint or session and no gallery names it. Whoever writes
a name into a row has the file in hand (see `bot.files`), or finds the name in another row that
keeps it, in the same transaction.
"""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import gallery, sessions
from bot.tables import jobs, pictures

MANY = 1000  # names in one query: databases have a limit


async def keep(connection: AsyncConnection, job_id: int, *names: str | None) -> None:
    """Part of the transaction that writes these names, SHA-256, into the job."""
    query = select(pictures.c.sha256).where(pictures.c.job_id == job_id)
    new = set(names) - {None, *(await connection.scalars(query)).all()}
    if new:
        rows = [{"job_id": job_id, "sha256": sha256} for sha256 in sorted(filter(None, new))]
        await connection.execute(insert(pictures), rows)


async def of(connection: AsyncConnection, which: ColumnElement[bool]) -> set[str]:
    """All that the jobs name for which this is true, with their checkpoints."""
    kept = select(pictures.c.sha256).join(jobs, jobs.c.id == pictures.c.job_id).where(which)
    begun = select(jobs.c.checkpoint).where(which, jobs.c.checkpoint.is_not(None))
    found = [*(await connection.scalars(kept)), *(await connection.scalars(begun))]
    return {sha256 for sha256 in found if sha256 is not None}


async def let_go(connection: AsyncConnection, job_ids: Collection[int]) -> set[str]:
    """Jobs that are over do not keep their pictures any more, nor serve others by them.

    Returns the files, some of which others may need.
    """
    theirs = pictures.c.job_id.in_(job_ids)
    names = set((await connection.scalars(select(pictures.c.sha256).where(theirs))).all())
    await connection.execute(delete(pictures).where(theirs))
    this = update(jobs).where(jobs.c.id.in_(job_ids))
    await connection.execute(this.values(kept=False, cache_key=None))
    return names


async def unneeded(connection: AsyncConnection, files: Collection[str]) -> set[str]:
    """Those of these files that nobody needs."""
    left: set[str] = set()
    for some in _slices(files):
        left |= await _not_of_jobs(connection, some)
    if left:
        left -= await gallery.pictures(connection) | await sessions.pictures(connection)
    return left


async def _not_of_jobs(connection: AsyncConnection, names: set[str]) -> set[str]:
    kept: Any = select(pictures.c.sha256).where(pictures.c.sha256.in_(names))
    begun: Any = select(jobs.c.checkpoint).where(jobs.c.checkpoint.in_(names))
    return names - {*(await connection.scalars(kept)), *(await connection.scalars(begun))}


def _slices(names: Collection[str]) -> Iterator[set[str]]:
    ordered = sorted(names)
    for start in range(0, len(ordered), MANY):
        yield set(ordered[start : start + MANY])
