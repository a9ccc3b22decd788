"""Which of the jobs that are wanted are taken: from what was painted before, or as limits allow.

Reads the database, changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import cache, results, workload
from bot.decision import Policy
from bot.fairness import Full, Load, Refusal, refusal
from bot.jobs import NewJob
from bot.sessions import Where


@dataclass(frozen=True)
class Taken:
    """A job to accept. With a `source`, that job's result is given again."""

    job: NewJob
    cache_key: str
    source: int | None = None


async def consider(
    connection: AsyncConnection,
    wanted: Sequence[NewJob],
    where: Where,
    policy: Policy,
    now: float,
) -> tuple[list[Taken], list[Refusal]]:
    """Decide on each of one person's jobs in turn. What is refused is told once a limit.

    What needs no painting is never refused. It counts only if the jobs are added in the same
    transaction: see `bot.effects`.
    """
    exempt = where.user_id in policy.admins
    taken: list[Taken] = []
    refused: dict[Full, Refusal] = {}
    load: Load | None = None
    for job in wanted:
        key = cache.key(job.content, job.styles, job.options, cache.recipe(), job.start)
        source = await results.find(connection, key)
        if source is not None:
            taken.append(Taken(job, key, source))
            continue
        if load is None:
            day = await workload.asked_within_a_day(connection, where.user_id, now)
            load = await workload.load(connection, where, day)
        no = refusal(load, policy.limits, now, exempt=exempt)
        if no is not None and not load.frees:
            whole = await workload.read(connection, policy.slots, now)
            load = replace(load, frees=whole.frees(where))
            no = refusal(load, policy.limits, now, exempt=exempt)
        if no is None:
            taken.append(Taken(job, key))
            load = _with_one_more(load, where, now)
        else:
            refused.setdefault(no.full, no)
    return taken, list(refused.values())


def _with_one_more(load: Load, where: Where, now: float) -> Load:
    return replace(
        load,
        person=load.person + 1,
        group=load.group + (where.chat_id < 0),
        in_all=load.in_all + 1,
        waiting=load.waiting + 1,
        day=(*load.day, now),
    )
