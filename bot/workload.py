"""What is in the queue and in work, and when it will be done. Reads the `jobs` table.

The jobs that are active are few, by the limits: they are counted here, not in SQL.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import fairness, turns
from bot.estimates import Estimates, Took
from bot.fairness import DAY_SECONDS, Full, Load, Running, Waiting
from bot.jobs import ACTIVE, State
from bot.sessions import Where
from bot.tables import jobs as table

MEASURED = 200  # of the latest paintings
CHANGE = 0.25  # of a painting's time: what changing a result takes, by the engine's plan


@dataclass(frozen=True)
class Active:
    """A job that is queued or running."""

    id: int
    owner_id: int
    chat_id: int
    state: State
    options: Mapping[str, Any]
    created_at: float
    started_at: float | None
    expected_end: float | None
    start: str | None = None  # see `NewJob.start`
    cache_key: str | None = None  # the same painting has the same


@dataclass(frozen=True)
class Workload:
    """The queue and what is in work. Times are in seconds from the moment it was read."""

    active: Sequence[Active]
    places: Mapping[int, int]  # of queued jobs, from 1
    begins: Mapping[int, float | None]  # of queued jobs; None is unknown
    ends: Mapping[int, float | None]  # of all

    @property
    def waiting(self) -> int:
        """How many jobs are queued."""
        return len(self.places)

    def of(self, owner_id: int) -> list[Active]:
        """A person's jobs, oldest first."""
        return [job for job in self.active if job.owner_id == owner_id]

    def without(self, job_id: int) -> "Workload":
        """As it is once a job is cancelled; how much sooner the others are done is not known."""
        ahead = self.places.get(job_id, 0)
        ordered = sorted(set(self.places) - {job_id}, key=lambda one: self.places[one])
        places = {one: place for place, one in enumerate(ordered, start=1)}
        return Workload(
            active=[job for job in self.active if job.id != job_id],
            places=places,
            begins={one: self.begins.get(one) for one in ordered if self.places[one] < ahead},
            ends={one: end for one, end in self.ends.items() if self.places.get(one, 0) < ahead},
        )

    def frees(self, where: Where) -> dict[Full, float]:
        """When the first job ends that counts for this person here, by the limit that it eases."""
        counted = {
            Full.PERSON: self.of(where.user_id),
            Full.GROUP: [job for job in self.active if job.chat_id == where.chat_id < 0],
            Full.ALL: list(self.active),
        }
        frees = {}
        for full, those in counted.items():
            known = [end for job in those if (end := self.ends.get(job.id)) is not None]
            if known:
                frees[full] = min(known)
        return frees


async def load(connection: AsyncConnection, where: Where, day: Sequence[float]) -> Load:
    """What counts when this person asks here. `day`: see `fairness.Load`.

    Counted by the database: who asks need not wait until all that is active has been read.
    """
    here = (table.c.chat_id == where.chat_id) & (table.c.chat_id < 0)
    query = select(
        func.count(),
        func.count().filter(table.c.owner_id == where.user_id),
        func.count().filter(here),
        func.count().filter(table.c.state == State.QUEUED),
    ).where(table.c.state.in_(ACTIVE))
    in_all, person, group, waiting = (await connection.execute(query)).one()
    return Load(person=person, group=group, in_all=in_all, waiting=waiting, day=tuple(day))


async def read(connection: AsyncConnection, slots: int, now: float) -> Workload:
    """All that is active, with a forecast for so many slots."""
    columns = [table.c[name] for name in Active.__dataclass_fields__]
    query = select(*columns).where(table.c.state.in_(ACTIVE)).order_by(table.c.id)
    active = [
        Active(**{**row._mapping, "state": State(row.state)})
        for row in await connection.execute(query)
    ]
    twins = _twins(active)
    queued = [job for job in active if job.state is State.QUEUED and job.id not in twins]
    served = await turns.served(connection, {job.owner_id for job in queued})
    estimates = await measured(connection)
    running = [
        Running(job.id, job.owner_id, _left(job, estimates, now))
        for job in active
        if job.state is State.RUNNING
    ]
    ordered = fairness.order(
        [Waiting(job.id, job.owner_id, job.created_at) for job in queued],
        {job.owner_id for job in running},
        served,
    )
    takes = {job.id: _takes(job, estimates) for job in queued}
    forecast = fairness.ends(ordered, running, slots, takes)
    left = {job.job_id: job.left for job in running}
    # Those come with a painting that is in work, before anything that is queued is begun.
    forecast |= {job_id: (left[other], left[other]) for job_id, other in twins.items()}
    places = enumerate([*twins, *(job.job_id for job in ordered)], start=1)
    return Workload(
        active=active,
        places={job_id: place for place, job_id in places},
        begins={job_id: begin for job_id, (begin, _) in forecast.items()},
        ends={job_id: end for job_id, (_, end) in forecast.items()} | left,
    )


def _twins(active: Sequence[Active]) -> dict[int, int]:
    """The queued jobs whose very painting is in work, and which job that is."""
    keys = {job.cache_key: job.id for job in active if job.state is State.RUNNING}
    return {
        job.id: keys[job.cache_key]
        for job in active
        if job.state is State.QUEUED and job.cache_key is not None and job.cache_key in keys
    }


async def measured(connection: AsyncConnection) -> Estimates:
    """What the latest paintings took."""
    query = latest(table.c.options, table.c.finished_at - table.c.started_at)
    return Estimates(Took(*row) for row in await connection.execute(query))


def latest(*columns: ColumnElement[Any]) -> Select[Any]:
    """The paintings that estimates are made from: done in one go and to their end."""
    return (
        select(*columns)
        .where(
            table.c.state == State.FINISHED,
            table.c.attempt == 1,
            table.c.early.is_(False),
            table.c.cached.is_(False),
            table.c.start.is_(None),
        )
        .order_by(table.c.id.desc())
        .limit(MEASURED)
    )


async def asked_within_a_day(connection: AsyncConnection, owner_id: int, now: float) -> list[float]:
    """When the paintings of the last 24 hours were asked for that count as a person's.

    What failed, was cancelled before it was begun, or needed no painting does not count.
    """
    query = (
        select(table.c.created_at)
        .where(
            table.c.owner_id == owner_id,
            table.c.created_at > now - DAY_SECONDS,
            table.c.cached.is_(False),
            or_(
                table.c.state.in_((*ACTIVE, State.FINISHED)),
                (table.c.state == State.CANCELLED) & table.c.started_at.is_not(None),
            ),
        )
        .order_by(table.c.created_at)
    )
    return list((await connection.scalars(query)).all())


def _takes(job: Active, estimates: Estimates) -> float | None:
    seconds = estimates.seconds(job.options)
    return seconds if seconds is None or job.start is None else CHANGE * seconds


def _left(job: Active, estimates: Estimates, now: float) -> float | None:
    """Until a running job ends: as its worker says, or by what others took."""
    end = job.expected_end
    if end is None:
        seconds = _takes(job, estimates)
        end = None if seconds is None or job.started_at is None else job.started_at + seconds
    return None if end is None else max(0.0, end - now)
