"""The `jobs` table, which is the queue. Queries only.

A job is queued, then running, then finished, failed or cancelled. Every change is conditional on
the state it starts from, so that of two that race (a result and a cancellation) one wins.
"""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import pictures
from bot.tables import deliveries, jobs

LEASE_SECONDS = 60.0


class State(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


ACTIVE = (State.QUEUED, State.RUNNING)


@dataclass(frozen=True)
class NewJob:
    """What is known of a job when it is accepted."""

    owner_id: int
    chat_id: int
    thread_id: int
    reply_to: int
    language: str
    content: str
    styles: tuple[str, ...]
    options: Mapping[str, Any]
    snapshots: bool = field(default=True, kw_only=True)  # shown while it is painted
    as_file: bool = field(default=False, kw_only=True)  # how the result arrives
    start: str | None = field(default=None, kw_only=True)  # an earlier result, to be changed


@dataclass(frozen=True)
class Job(NewJob):
    """A row."""

    id: int
    state: State
    attempt: int
    failures: int
    checkpoint: str | None
    photo: str | None
    file: str | None
    error_code: str | None
    error_id: str | None
    status_message_id: int | None
    created_at: float
    finish_asked: bool = field(default=False, kw_only=True)  # end it as it is
    early: bool = field(default=False, kw_only=True)  # it was ended so
    cached: bool = field(default=False, kw_only=True)  # it has an earlier job's result
    pair: str | None = field(default=None, kw_only=True)  # before and after
    film: str | None = field(default=None, kw_only=True)


_COLUMNS = [jobs.c[one.name] for one in fields(Job)]


async def add(connection: AsyncConnection, job: NewJob, cache_key: str | None = None) -> int:
    """Accept a job, and return its id. `cache_key`: under which its result may be given again."""
    values = {**vars(job), "styles": list(job.styles), "options": dict(job.options)}
    statement = insert(jobs).values(
        **values,
        state=State.QUEUED,
        attempt=0,
        failures=0,
        cache_key=cache_key,
        created_at=time.time(),
    )
    job_id = int((await connection.execute(statement.returning(jobs.c.id))).scalar_one())
    await pictures.keep(connection, job_id, job.content, *job.styles, job.start)
    return job_id


async def get(connection: AsyncConnection, job_id: int) -> Job | None:
    """One job."""
    return next(iter(await some(connection, [job_id])), None)


async def some(connection: AsyncConnection, job_ids: Collection[int]) -> list[Job]:
    """Those of them that there are."""
    query = select(*_COLUMNS).where(jobs.c.id.in_(job_ids))
    return [_job(row) for row in await connection.execute(query)]


async def last_of(connection: AsyncConnection, owner_id: int, chat_id: int) -> Job | None:
    """The latest job that a person has asked for in a chat."""
    query = (
        select(*_COLUMNS)
        .where(jobs.c.owner_id == owner_id, jobs.c.chat_id == chat_id)
        .order_by(jobs.c.id.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return _job(row) if row else None


async def last_styles(connection: AsyncConnection, owner_id: int, chat_id: int) -> tuple[str, ...]:
    """The styles of the latest job of a person in a chat that has not failed; none: empty."""
    query = (
        select(jobs.c.styles)
        .where(jobs.c.owner_id == owner_id, jobs.c.chat_id == chat_id, jobs.c.state != State.FAILED)
        .order_by(jobs.c.id.desc())
        .limit(1)
    )
    return tuple(await connection.scalar(query) or ())


async def active_about(
    connection: AsyncConnection, owner_id: int, chat_id: int, reply_to: int
) -> list[int]:
    """A person's queued and running jobs that one message has led to: their ids."""
    query = (
        select(jobs.c.id)
        .where(jobs.c.owner_id == owner_id, jobs.c.chat_id == chat_id)
        .where(jobs.c.reply_to == reply_to, jobs.c.state.in_(ACTIVE))
    )
    return list((await connection.scalars(query)).all())


async def active_of(connection: AsyncConnection, owner_id: int) -> list[tuple[int, int]]:
    """A person's queued and running jobs: their ids and chats."""
    query = (
        select(jobs.c.id, jobs.c.chat_id)
        .where(jobs.c.owner_id == owner_id, jobs.c.state.in_(ACTIVE))
        .order_by(jobs.c.id)
    )
    return [(row.id, row.chat_id) for row in await connection.execute(query)]


async def claim(connection: AsyncConnection, job_id: int) -> bool:
    """Queued to running, as one more attempt."""
    now = time.time()
    return await _change(
        connection,
        job_id,
        State.QUEUED,
        state=State.RUNNING,
        attempt=jobs.c.attempt + 1,
        started_at=now,
        expected_end=None,
        lease_until=now + LEASE_SECONDS,
    )


async def renew_and_release(connection: AsyncConnection, ids: Collection[int]) -> int:
    """Keep the leases of what is being worked on; put back what has none any more."""
    await connection.execute(
        update(jobs)
        .where(jobs.c.id.in_(ids), jobs.c.state == State.RUNNING)
        .values(lease_until=time.time() + LEASE_SECONDS)
    )
    return await release_running(connection, lease_before=time.time())


async def release_running(connection: AsyncConnection, lease_before: float | None = None) -> int:
    """Put running jobs back into the queue: all, or those whose lease was over by then."""
    statement = update(jobs).where(jobs.c.state == State.RUNNING)
    if lease_before is not None:
        statement = statement.where(jobs.c.lease_until < lease_before)
    result = await connection.execute(statement.values(state=State.QUEUED, lease_until=None))
    return result.rowcount


async def release(connection: AsyncConnection, job_id: int, *, failed: bool) -> bool:
    """Running to queued: for another attempt, or because the bot stops."""
    return await _change(
        connection,
        job_id,
        State.RUNNING,
        state=State.QUEUED,
        lease_until=None,
        failures=jobs.c.failures + int(failed),
    )


async def save_checkpoint(
    connection: AsyncConnection, job_id: int, sha256: str, expected_end: float
) -> bool:
    """Note how far a running job has come, and when it will have come to its end."""
    return await _change(
        connection, job_id, State.RUNNING, checkpoint=sha256, expected_end=expected_end
    )


async def ask_finish(connection: AsyncConnection, job_id: int) -> bool:
    """A job that has been begun is to end as it is: now, or when its next attempt begins."""
    return await _change(connection, job_id, *ACTIVE, finish_asked=True)


async def drop_checkpoint(connection: AsyncConnection, job_id: int) -> None:
    """Forget it, when the job is over."""
    await connection.execute(update(jobs).where(jobs.c.id == job_id).values(checkpoint=None))


async def no_checkpoints(connection: AsyncConnection, files: Collection[str]) -> set[str]:
    """Those of these files that no job would go on from."""
    query = select(jobs.c.checkpoint).where(jobs.c.checkpoint.in_(files))
    return set(files) - set((await connection.scalars(query)).all())


async def finish(
    connection: AsyncConnection,
    job_id: int,
    photo: str,
    file: str,
    report: Mapping[str, Any],
    pair: str | None = None,
    film: str | None = None,
) -> bool:
    """Running to finished."""
    result = {"photo": photo, "file": file, "pair": pair, "film": film}
    values = {
        "report": dict(report),
        "early": report.get("finished") is False,
        "finished_at": time.time(),
    }
    changed = await _change(
        connection, job_id, State.RUNNING, state=State.FINISHED, **result, **values
    )
    if changed:
        await pictures.keep(connection, job_id, *result.values())
    return changed


async def fail(connection: AsyncConnection, job_id: int, code: str, error_id: str) -> bool:
    """Running to failed."""
    return await _change(
        connection,
        job_id,
        State.RUNNING,
        state=State.FAILED,
        error_code=code,
        error_id=error_id,
        finished_at=time.time(),
    )


async def cancel(connection: AsyncConnection, job_id: int) -> bool:
    """Queued or running to cancelled."""
    return await _change(
        connection, job_id, *ACTIVE, state=State.CANCELLED, finished_at=time.time()
    )


async def set_status_message(
    connection: AsyncConnection, job_id: int, message_id: int | None
) -> None:
    """Note which message shows the progress."""
    await connection.execute(
        update(jobs).where(jobs.c.id == job_id).values(status_message_id=message_id)
    )


async def over_with_status(connection: AsyncConnection) -> list[Job]:
    """Jobs with nothing left to deliver, whose status message may still be in the chat."""
    undelivered = select(deliveries.c.job_id).where(deliveries.c.state == "waiting")
    query = select(*_COLUMNS).where(
        jobs.c.state.not_in(ACTIVE),
        jobs.c.status_message_id.is_not(None),
        jobs.c.id.not_in(undelivered),
    )
    return [_job(row) for row in await connection.execute(query)]


async def note_error(connection: AsyncConnection, job_id: int, code: str, error_id: str) -> None:
    """What an apology will tell, for a job that went wrong after it was finished."""
    await connection.execute(
        update(jobs).where(jobs.c.id == job_id).values(error_code=code, error_id=error_id)
    )


async def _change(
    connection: AsyncConnection, job_id: int, *states: State, **values: object
) -> bool:
    statement = update(jobs).where(jobs.c.id == job_id, jobs.c.state.in_(states)).values(**values)
    return (await connection.execute(statement)).rowcount == 1


def _job(row: Row[tuple[Any, ...]]) -> Job:
    return Job(**{**row._mapping, "styles": tuple(row.styles), "state": State(row.state)})
