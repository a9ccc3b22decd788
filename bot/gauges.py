"""Reads now and then what the metrics tell of the database and the disk.

Never for a scrape, which is answered from memory: a database that hangs makes these numbers old
(`atelier_state_read_timestamp_seconds` says how old), and holds nobody up.
"""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import metrics, outbox
from bot.database import Database
from bot.jobs import ACTIVE, State
from bot.tables import deliveries, jobs

log = structlog.get_logger(__name__)

STATE_SECONDS = 5.0  # between two looks at the database
DISK_SECONDS = 60.0  # and at the disk
BLOCK = 512  # bytes: what `st_blocks` counts, whatever the file system


async def watch(database: Database, folder: Path, limit: int) -> None:
    """For ever: the queue and the deliveries, and the disk of `folder`, which may take `limit`."""
    metrics.DATA_LIMIT.set(limit)
    await asyncio.gather(
        _again_and_again(partial(read_state, database), STATE_SECONDS),
        _again_and_again(partial(read_disk, folder), DISK_SECONDS),
    )


async def read_state(database: Database) -> None:
    """How much waits, and since when."""
    found = await database.run(_counts)
    for state in ACTIVE:
        metrics.JOBS.labels(state).set(found.get(state, _NONE)[0])
    metrics.age(metrics.QUEUE_AGE, found.get(State.QUEUED, _NONE)[1])
    count, since = found.get(outbox.State.WAITING, _NONE)
    metrics.DELIVERIES_WAITING.set(count)
    metrics.age(metrics.DELIVERIES_AGE, since)
    metrics.STATE_READ.set_to_current_time()


async def read_disk(folder: Path) -> None:
    """How much is used, and free. Raises `OSError`."""
    metrics.DATA_FREE.set((await asyncio.to_thread(shutil.disk_usage, folder)).free)
    metrics.DATA_BYTES.set(await asyncio.to_thread(_used, folder))


_NONE: tuple[int, float | None] = 0, None


async def _counts(connection: AsyncConnection) -> dict[str, tuple[int, float | None]]:
    """By state: how many, and when the oldest began to wait. By indexes."""
    active = (
        select(jobs.c.state, func.count(), func.min(jobs.c.created_at))
        .where(jobs.c.state.in_(ACTIVE))
        .group_by(jobs.c.state)
    )
    waiting = select(
        literal(outbox.State.WAITING.value), func.count(), func.min(deliveries.c.asked_at)
    ).where(deliveries.c.state == outbox.State.WAITING)
    rows = await connection.execute(active.union_all(waiting))
    return {state: (count, since) for state, count, since in rows}


def _used(folder: Path) -> int:
    """Bytes on the disk. What goes away meanwhile is not counted."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += os.lstat(os.path.join(parent, name)).st_blocks * BLOCK  # noqa: PTH118
    return total


async def _again_and_again(read: Callable[[], Awaitable[None]], seconds: float) -> None:
    failing = False
    while True:
        try:
            await read()
            failing = False
        except Exception as error:
            if not failing:
                log.warning("metrics are not up to date", reason=str(error))
            failing = True
        await asyncio.sleep(seconds)
