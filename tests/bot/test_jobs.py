"""The queue's states: of two that race, one wins."""

import pytest
from sqlalchemy import update

from bot import jobs, outbox, tables
from bot.database import Database
from bot.jobs import NewJob, State
from bot.outbox import Kind

pytestmark = pytest.mark.both_databases

NEW = NewJob(
    owner_id=2**40,
    chat_id=-(2**40),
    thread_id=0,
    reply_to=1,
    language="en",
    content="a" * 64,
    styles=("b" * 64, "c" * 64),
    options={"size": 512, "quality": "draft"},
)


async def state(database: Database, job_id: int) -> State:
    job = await database.run(jobs.get, job_id)
    assert job is not None
    return job.state


async def test_a_job_is_read_as_it_was_written(database: Database) -> None:
    job = await database.run(jobs.get, await database.run(jobs.add, NEW))
    assert job is not None
    assert NewJob(**{name: getattr(job, name) for name in NewJob.__dataclass_fields__}) == NEW
    assert (job.state, job.attempt, job.failures) == (State.QUEUED, 0, 0)


async def test_only_a_queued_job_can_be_claimed(database: Database) -> None:
    job_id = await database.run(jobs.add, NEW)
    assert await database.run(jobs.claim, job_id)
    assert not await database.run(jobs.claim, job_id)


async def test_a_result_after_a_cancellation_does_not_count(database: Database) -> None:
    job_id = await database.run(jobs.add, NEW)
    await database.run(jobs.claim, job_id)
    assert await database.run(jobs.cancel, job_id)
    assert not await database.run(jobs.finish, job_id, "d", "e", {})
    assert not await database.run(jobs.fail, job_id, "internal", "id")
    assert not await database.run(jobs.release, job_id, failed=True)
    assert await state(database, job_id) is State.CANCELLED


async def test_a_cancellation_after_the_result_does_not_count(database: Database) -> None:
    job_id = await database.run(jobs.add, NEW)
    await database.run(jobs.claim, job_id)
    assert await database.run(jobs.finish, job_id, "d", "e", {"seconds": 1})
    assert not await database.run(jobs.cancel, job_id)
    assert await state(database, job_id) is State.FINISHED


async def test_only_a_lost_lease_puts_a_running_job_back(database: Database) -> None:
    kept, lost = [await database.run(jobs.add, NEW) for _ in range(2)]
    for job_id in (kept, lost):
        await database.run(jobs.claim, job_id)

    await database.run(
        lambda c: c.execute(update(tables.jobs).values(lease_until=1.0))  # long ago
    )
    assert await database.run(jobs.renew_and_release, {kept}) == 1
    assert await state(database, kept) is State.RUNNING
    assert await state(database, lost) is State.QUEUED


async def test_a_start_puts_every_running_job_back(database: Database) -> None:
    job_id = await database.run(jobs.add, NEW)
    await database.run(jobs.claim, job_id)
    assert await database.run(jobs.release_running) == 1
    assert await state(database, job_id) is State.QUEUED


async def test_there_is_one_delivery_a_job_and_kind_and_it_keeps_its_file_id(
    database: Database,
) -> None:
    job_id = await database.run(jobs.add, NEW)
    for _ in range(2):
        await database.run(outbox.add, job_id, Kind.FILE)
    [delivery] = await database.run(outbox.waiting)
    await database.run(outbox.mark_sent, delivery.id, 5, "file-id")
    assert await database.run(outbox.waiting) == []
    await database.run(outbox.add, job_id, Kind.FILE)
    [delivery] = await database.run(outbox.waiting)
    assert delivery.file_id == "file-id"
