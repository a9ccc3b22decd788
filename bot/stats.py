"""What has become of the paintings of the last 24 hours, for administrators. Queries only."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import blocklist, workload
from bot.fairness import DAY_SECONDS
from bot.jobs import ACTIVE, State
from bot.tables import jobs as table


@dataclass(frozen=True)
class Stats:
    """Counts of jobs, and of people; nothing that says who or what."""

    waiting: int
    running: int
    finished: int  # painted
    failed: int
    cancelled: int
    cached: int  # given again without painting
    people: int  # who have asked
    blocked: int
    seconds: Mapping[str, float]  # the median of each quality


async def read(connection: AsyncConnection, now: float) -> Stats:
    """Of the queue now, and of what was asked for within 24 hours."""
    recent = table.c.created_at > now - DAY_SECONDS
    query = (
        select(table.c.state, table.c.cached, func.count())
        .where(recent | table.c.state.in_(ACTIVE))
        .group_by(table.c.state, table.c.cached)
    )
    counts: Counter[tuple[str, bool]] = Counter()
    for state, cached, number in await connection.execute(query):
        counts[state, cached] = number
    people = select(func.count(func.distinct(table.c.owner_id))).where(recent)
    return Stats(
        waiting=counts[State.QUEUED, False],
        running=counts[State.RUNNING, False],
        finished=counts[State.FINISHED, False],
        failed=counts[State.FAILED, False],
        cancelled=counts[State.CANCELLED, False],
        cached=counts[State.FINISHED, True],
        people=int(await connection.scalar(people) or 0),
        blocked=await blocklist.count(connection),
        seconds=(await workload.measured(connection)).by_quality(),
    )
