"""The queue read as a whole, and what it promises."""

import time

import pytest

from bot import jobs, turns, workload
from bot.database import Database
from bot.fairness import Full
from bot.sessions import Where
from tests.bot.queues import (
    ANN,
    BOB,
    CLEO,
    GROUP,
    finished,
    queued,
    running,
    set_values,
)

FINE = {"size": 512, "quality": "fine"}


@pytest.mark.both_databases
async def test_waits_come_from_what_was_measured_and_from_what_the_worker_says(
    database: Database,
) -> None:
    now = time.time()
    await finished(database, BOB, seconds=40.0)
    job = await running(database, ANN)
    first, second = await queued(database, BOB), await queued(database, CLEO)
    await set_values(database, job, started_at=now - 10, expected_end=None)
    load = await database.run(workload.read, 1, now)
    assert load.places == {first: 1, second: 2}
    assert load.begins == {first: pytest.approx(30.0), second: pytest.approx(70.0)}
    await set_values(database, job, expected_end=now + 5)
    load = await database.run(workload.read, 1, now)
    assert load.begins[first] == pytest.approx(5.0)
    assert load.ends[job] == pytest.approx(5.0)


async def test_changing_a_result_takes_a_quarter_of_a_painting(database: Database) -> None:
    await finished(database, BOB, seconds=40.0)
    changing = await running(database, ANN, start="e" * 64)
    await set_values(database, changing, started_at=time.time())
    waiting = await queued(database, BOB, start="e" * 64)
    load = await database.run(workload.read, 1, time.time())
    assert load.begins[waiting] == pytest.approx(10.0, abs=1.0)
    assert load.ends[waiting] == pytest.approx(20.0, abs=1.0)


async def test_nothing_is_made_up_before_anything_was_measured(database: Database) -> None:
    await running(database, ANN)
    waiting = await queued(database, BOB)
    load = await database.run(workload.read, 1, time.time())
    assert (load.places[waiting], load.begins[waiting]) == (1, None)


async def test_only_whole_paintings_done_in_one_go_are_measured(database: Database) -> None:
    await finished(database, seconds=5.0, report={"finished": False})
    interrupted = await finished(database, seconds=500.0)
    await set_values(database, interrupted, attempt=2)
    again = await finished(database, seconds=1.0)
    await set_values(database, again, cached=True)
    await finished(database, seconds=12.0, start="e" * 64)
    assert (await database.run(workload.measured)).by_quality() == {}
    await finished(database, seconds=50.0, options=FINE)
    estimates = await database.run(workload.measured)
    assert estimates.by_quality() == {"fine": pytest.approx(50.0)}


async def test_the_load_counts_the_person_the_group_and_all(database: Database) -> None:
    now = time.time()
    await finished(database, seconds=40.0)
    job = await running(database, ANN, GROUP)
    await set_values(database, job, expected_end=now + 20)
    await queued(database, ANN)
    await queued(database, BOB, GROUP)
    whole = await database.run(workload.read, 1, now)
    in_group = await database.run(workload.load, Where(GROUP, 0, ANN), (7.0,))
    assert (in_group.person, in_group.group, in_group.in_all, in_group.waiting) == (2, 2, 3, 2)
    soon = pytest.approx(20.0)
    assert in_group.day == (7.0,)
    assert whole.frees(Where(GROUP, 0, ANN)) == {
        Full.PERSON: soon,
        Full.GROUP: soon,
        Full.ALL: soon,
    }
    alone = await database.run(workload.load, Where(BOB, 0, BOB), ())
    assert (alone.person, alone.group) == (1, 0)
    frees = whole.frees(Where(BOB, 0, BOB))
    assert frees[Full.PERSON] == pytest.approx(60.0)
    assert Full.GROUP not in frees


async def test_what_failed_or_was_never_begun_does_not_count_for_the_day(
    database: Database,
) -> None:
    counted = [await queued(database), await running(database), await finished(database)]
    cancelled = await running(database)
    await database.run(jobs.cancel, cancelled)
    never_begun = await queued(database)
    await database.run(jobs.cancel, never_begun)
    failed = await running(database)
    await database.run(jobs.fail, failed, "internal", "id")
    given_again = await finished(database)
    await set_values(database, given_again, cached=True)
    old = await finished(database)
    await set_values(database, old, created_at=time.time() - 86401)
    await queued(database, BOB)
    day = await database.run(workload.asked_within_a_day, ANN, time.time())
    assert len(day) == len(counted) + 1
    assert day == sorted(day)


async def test_what_is_in_work_already_is_waited_for_and_holds_up_nobody(
    database: Database,
) -> None:
    now = time.time()
    first = await running(database, ANN)
    await set_values(database, first, cache_key="k", expected_end=now + 30)
    other = await queued(database, CLEO)
    twin = await queued(database, BOB)
    await set_values(database, twin, cache_key="k")
    load = await database.run(workload.read, 2, now)
    assert load.places == {twin: 1, other: 2}
    assert load.begins == {twin: pytest.approx(30.0), other: pytest.approx(0.0)}
    assert load.ends[twin] == load.ends[first]
    assert [one.job_id for one in await database.run(turns.waiting)] == [other]
    await database.run(jobs.cancel, first)
    load = await database.run(workload.read, 2, now)
    assert load.places == {other: 1, twin: 2}
    assert {one.job_id for one in await database.run(turns.waiting)} == {twin, other}


async def test_what_was_interrupted_goes_on_before_its_double_begins(database: Database) -> None:
    twin, first = await queued(database, BOB), await queued(database, ANN)
    for job_id in (first, twin):
        await set_values(database, job_id, cache_key="k")
    await set_values(database, first, checkpoint="c" * 64)
    assert [one.job_id for one in await database.run(turns.waiting)] == [first]
    await set_values(database, first, finish_asked=True)  # its picture will be its owner's alone
    assert len(await database.run(turns.waiting)) == 2
    await set_values(database, first, finish_asked=False)
    await set_values(database, twin, checkpoint="d" * 64)
    assert len(await database.run(turns.waiting)) == 2, "none waits for the other"


async def test_jobs_without_a_key_are_never_the_same(database: Database) -> None:
    await running(database, ANN)
    other = await queued(database, BOB)
    assert [one.job_id for one in await database.run(turns.waiting)] == [other]
