"""What the tests of the queue share: jobs in every state, in a database of their own."""

import time
from dataclasses import replace
from typing import Any

from sqlalchemy import update

from bot import jobs, outbox, tables
from bot.database import Database
from bot.jobs import Job, NewJob, State
from bot.outbox import Kind

ANN, BOB, CLEO, GROUP = 1, 2, 3, -100
NEW = NewJob(
    owner_id=ANN,
    chat_id=ANN,
    thread_id=0,
    reply_to=1,
    language="en",
    content="a" * 64,
    styles=("b" * 64,),
    options={"size": 512, "quality": "draft"},
)
JOB = Job(
    owner_id=ANN,
    chat_id=ANN,
    thread_id=0,
    reply_to=1,
    language="en",
    content="a" * 64,
    styles=("b" * 64,),
    options={},
    id=3,
    state=State.QUEUED,
    attempt=1,
    failures=0,
    checkpoint=None,
    photo=None,
    file=None,
    error_code=None,
    error_id=None,
    status_message_id=None,
    created_at=0.0,
)


def wanted(owner: int = ANN, chat: int | None = None, **more: Any) -> NewJob:
    """A job as it is wanted."""
    return replace(NEW, owner_id=owner, chat_id=chat or owner, **more)


async def set_values(database: Database, job_id: int, **values: Any) -> None:
    """What the clock would do."""
    statement = update(tables.jobs).where(tables.jobs.c.id == job_id).values(**values)
    await database.run(lambda connection: connection.execute(statement))


async def queued(database: Database, owner: int = ANN, chat: int | None = None, **more: Any) -> int:
    """A job in the queue."""
    return await database.run(jobs.add, wanted(owner, chat, **more))


async def running(
    database: Database, owner: int = ANN, chat: int | None = None, **more: Any
) -> int:
    """A job in work."""
    job_id = await queued(database, owner, chat, **more)
    assert await database.run(jobs.claim, job_id)
    return job_id


async def finished(
    database: Database,
    owner: int = ANN,
    *,
    seconds: float = 60.0,
    key: str | None = None,
    report: dict[str, Any] | None = None,
    file_id: str | None = "photo-id",
    **more: Any,
) -> int:
    """A job that has been painted in so many seconds, and whose result has arrived."""
    job_id = await database.run(jobs.add, wanted(owner, **more), key)
    await database.run(jobs.claim, job_id)
    assert await database.run(jobs.finish, job_id, "c" * 64, "d" * 64, report or {})
    now = time.time()
    await set_values(database, job_id, started_at=now - seconds, finished_at=now)
    await database.run(outbox.add, job_id, Kind.RESULT)
    if file_id is not None:
        delivery = (await database.run(outbox.waiting))[-1]
        await database.run(outbox.mark_sent, delivery.id, 7, file_id)
    return job_id
