"""What every executor promises (`bot/executors/base.py`), and the dispatcher relies on.

A further executor joins by a factory in `FACTORIES`. Ray's needs Ray:
`uv run --extra ray pytest -m ray tests/bot/executors`.
"""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from bot.executors.base import Event, Executor, Failed, Finished, Request, Sketch, Snapshot, Started
from bot.executors.limits import Limits
from bot.executors.process import ProcessExecutor
from tests.bot.executors.clusters import CPUS, on_this_machine
from tests.bot.executors.engines import checkpoint, order, picture

ENGINE = "tests.bot.executors.engines"
PATIENCE = 30  # seconds; no test should need a tenth of it


def _process_executor(slots: int = 1, **limits: Any) -> Executor:
    return ProcessExecutor(slots, Limits(**limits), engine=ENGINE)


def _ray_executor(slots: int = 1, **limits: Any) -> Executor:
    from bot.executors.ray_executor import RayExecutor

    return RayExecutor("auto", Limits(**limits), slots=slots, cpus=CPUS / slots, engine=ENGINE)


FACTORIES: dict[str, Callable[..., Executor]] = {
    "process": _process_executor,
    "ray": _ray_executor,
}

Open = Callable[..., contextlib.AbstractAsyncContextManager[Executor]]


@pytest.fixture(scope="module")
def ray_cluster() -> Iterator[None]:
    with on_this_machine():
        yield


@pytest.fixture(params=["process", pytest.param("ray", marks=pytest.mark.ray)])
def open_executor(request: pytest.FixtureRequest) -> Open:
    """Opens a started executor of the test engine with the limits given, and closes it."""
    if request.param == "ray":
        request.getfixturevalue("ray_cluster")
    factory = FACTORIES[request.param]

    @asynccontextmanager
    async def opened(**limits: Any) -> AsyncIterator[Executor]:
        executor = factory(**limits)
        await executor.start()
        try:
            yield executor
        finally:
            async with asyncio.timeout(PATIENCE):
                await executor.close()

    return opened


async def events_of(executor: Executor, request: Request) -> list[Event]:
    async with asyncio.timeout(PATIENCE):
        return [event async for event in executor.run(request)]


async def final_of(executor: Executor, request: Request) -> Event:
    return (await events_of(executor, request))[-1]


async def result_of(executor: Executor, request: Request) -> Finished:
    final = await final_of(executor, request)
    assert isinstance(final, Finished), final
    return final


async def until(kind: type[Event], events: AsyncIterator[Event]) -> Event:
    """Take events until one of `kind`, and return it."""
    async with asyncio.timeout(PATIENCE):
        async for event in events:
            if isinstance(event, kind):
                return event
            assert not isinstance(event, Finished | Failed), event
    raise AssertionError(f"no {kind.__name__} came")


async def rest_of(events: AsyncIterator[Event]) -> list[Event]:
    async with asyncio.timeout(PATIENCE):
        return [event async for event in events]


def pid_of(event: Event) -> int:
    """The process that painted: the test engine names it in reports and checkpoints."""
    if isinstance(event, Finished):
        return int(event.report["pid"])
    assert isinstance(event, Snapshot), event
    return int(json.loads(event.checkpoint)["pid"])


async def test_events_come_in_order_and_end_with_the_result(open_executor: Open) -> None:
    async with open_executor() as executor:
        events = await events_of(executor, order("paint", steps=5))
    kinds = [type(event) for event in events]
    assert kinds[:2] == [Started, Sketch], kinds
    assert kinds[-1] is Finished, events[-1]
    assert set(kinds[2:-1]) <= {Snapshot}, kinds
    steps = [event.step for event in events if isinstance(event, Snapshot)]
    assert steps == sorted(set(steps)), steps


async def test_the_result_is_the_engines_picture_and_report(open_executor: Open) -> None:
    async with open_executor() as executor:
        finished = await result_of(
            executor,
            order("paint", steps=3, styles=(b"one", b"two"), options={"size": 64, "strength": 2.0}),
        )
    with Image.open(BytesIO(finished.file)) as file, Image.open(BytesIO(finished.photo)) as photo:
        assert (file.format, photo.format) == ("PNG", "JPEG")
        assert file.tobytes() == picture(3).tobytes()
        assert photo.size == picture(3).size
    assert finished.report["styles"] == 2
    assert finished.report["options"]["strength"] == 2.0


async def test_a_painting_begins_from_the_result_that_it_changes(open_executor: Open) -> None:
    start, later = checkpoint(2), checkpoint(3)
    async with open_executor() as executor:
        first = await result_of(executor, order("paint", start=start))
        again = await result_of(executor, order("paint", start=start, checkpoint=later))
    assert first.report["began_after"] == 2
    assert again.report["began_after"] == 3, "an attempt's own way comes first"


async def test_snapshots_hold_the_picture_and_what_is_left(open_executor: Open) -> None:
    async with open_executor() as executor, aclosing_run(executor, order("obey")) as events:
        snapshot = await until(Snapshot, events)
    assert isinstance(snapshot, Snapshot)
    assert snapshot.steps == 4
    assert snapshot.seconds_left == 4.0 - snapshot.step
    with Image.open(BytesIO(snapshot.jpeg)) as image:
        assert (image.format, image.size) == ("JPEG", picture(1).size)


async def test_snapshots_keep_their_distance(open_executor: Open) -> None:
    async with open_executor() as executor:
        events = await events_of(executor, order("paint", steps=50, snapshot_seconds=3600.0))
    assert [type(event) for event in events] == [Started, Sketch, Finished], events


async def test_a_worker_stays_warm_from_job_to_job(open_executor: Open) -> None:
    async with open_executor() as executor:
        pids = {pid_of(await result_of(executor, order("paint", job_id=job))) for job in range(3)}
    assert len(pids) == 1, pids


async def test_a_queued_job_that_is_cancelled_ends_at_once(open_executor: Open) -> None:
    async with (
        open_executor() as executor,
        aclosing_run(executor, order("obey", job_id=1)) as running,
    ):
        await until(Snapshot, running)
        queued = asyncio.create_task(events_of(executor, order("hang", job_id=2)))
        await asyncio.sleep(0)  # lets it queue
        await executor.cancel(2)
        assert await queued == [Failed("cancelled", retryable=False)]
        await until(Snapshot, running)  # the other goes on
        await executor.cancel(1)
        await result_of(executor, order("paint", job_id=3))  # and no worker hangs in the second


async def test_a_running_job_that_is_cancelled_stops_and_the_worker_lives(
    open_executor: Open,
) -> None:
    async with open_executor(grace_seconds=PATIENCE) as executor:
        async with aclosing_run(executor, order("obey", job_id=1)) as running:
            pid = pid_of(await until(Snapshot, running))
            await executor.cancel(1)
            assert (await rest_of(running))[-1] == Failed("cancelled", retryable=False)
        assert pid_of(await result_of(executor, order("paint", job_id=2))) == pid


async def test_a_hung_job_that_is_cancelled_is_killed_and_the_next_one_runs(
    open_executor: Open,
) -> None:
    async with open_executor(grace_seconds=0.2) as executor:
        async with aclosing_run(executor, order("hang", job_id=1)) as running:
            pid = pid_of(await until(Snapshot, running))
            await executor.cancel(1)
            assert (await rest_of(running))[-1] == Failed("cancelled", retryable=False)
        assert pid_of(await result_of(executor, order("paint", job_id=2))) != pid


async def test_cancelling_twice_or_what_is_not_there_does_nothing(open_executor: Open) -> None:
    async with open_executor() as executor:
        await executor.cancel(404)
        async with aclosing_run(executor, order("obey", job_id=1)) as running:
            await until(Snapshot, running)
            await executor.cancel(1)
            await executor.cancel(1)
            finals = [event for event in await rest_of(running) if isinstance(event, Failed)]
        assert finals == [Failed("cancelled", retryable=False)]
        await executor.cancel(1)
        await result_of(executor, order("paint", job_id=1))


async def test_a_job_that_is_finished_early_gives_its_picture_and_the_worker_lives(
    open_executor: Open,
) -> None:
    async with open_executor() as executor:
        async with aclosing_run(executor, order("obey", job_id=1)) as running:
            first = await until(Snapshot, running)
            await executor.finish(1)
            await executor.finish(1)
            final = (await rest_of(running))[-1]
        assert isinstance(final, Finished), final
        assert final.report["finished"] is False
        assert isinstance(first, Snapshot)
        assert final.report["step"] >= first.step
        with Image.open(BytesIO(final.file)) as file:
            assert file.tobytes() == picture(final.report["step"]).tobytes()
        whole = await result_of(executor, order("paint", job_id=2))
        assert (pid_of(whole), whole.report["finished"]) == (pid_of(final), True)


async def test_what_is_finished_before_the_first_step_is_the_sketch(open_executor: Open) -> None:
    async with (
        open_executor() as executor,
        aclosing_run(executor, order("dawdle", job_id=1)) as running,
    ):
        await until(Sketch, running)
        await executor.finish(1)
        final = (await rest_of(running))[-1]
    assert isinstance(final, Finished), final
    assert final.report["finished"] is False
    with Image.open(BytesIO(final.file)) as file:
        assert file.tobytes() == picture(0).tobytes()


async def test_a_job_that_waits_is_finished_once_it_has_a_picture(open_executor: Open) -> None:
    async with (
        open_executor(slots=1) as executor,
        aclosing_run(executor, order("obey", job_id=1)) as running,
    ):
        await until(Snapshot, running)
        queued = asyncio.create_task(events_of(executor, order("obey", job_id=2)))
        await asyncio.sleep(0)  # lets it queue
        await executor.finish(2)
        await executor.cancel(1)
        final = (await queued)[-1]
        assert isinstance(final, Finished), final
        assert final.report["finished"] is False


async def test_a_resumed_job_may_be_finished_at_once(open_executor: Open) -> None:
    async with open_executor() as executor:
        events = await events_of(executor, order("paint", steps=4))
        last = next(event for event in reversed(events) if isinstance(event, Snapshot))
        again = order("obey", attempt=2, checkpoint=last.checkpoint)
        async with aclosing_run(executor, again) as running:
            await until(Started, running)
            await executor.finish(1)
            final = (await rest_of(running))[-1]
    assert isinstance(final, Finished), final


@pytest.mark.parametrize("cancelled_first", [True, False])
async def test_a_cancellation_wins_over_an_early_finish(
    open_executor: Open, cancelled_first: bool
) -> None:
    async with open_executor(grace_seconds=0.2) as executor:
        async with aclosing_run(executor, order("hang", job_id=1)) as running:
            await until(Snapshot, running)
            calls = [executor.cancel, executor.finish]
            for call in calls if cancelled_first else reversed(calls):
                await call(1)
            assert (await rest_of(running))[-1] == Failed("cancelled", retryable=False)
        await executor.finish(404)
        await result_of(executor, order("paint", job_id=2))


async def test_a_run_that_takes_too_long_is_killed_and_may_be_tried_again(
    open_executor: Open,
) -> None:
    async with open_executor(timeout_seconds=1.0) as executor:
        final = await final_of(executor, order("hang"))
        assert isinstance(final, Failed)
        assert (final.code, final.retryable) == ("timed_out", True)
        await result_of(executor, order("paint", job_id=2))


@pytest.mark.parametrize("end", ["exit", "die"])
async def test_a_job_whose_worker_dies_may_go_on_from_its_checkpoint(
    open_executor: Open, end: str
) -> None:
    async with open_executor() as executor:
        events = await events_of(executor, order(end, steps=4))
        final = events[-1]
        assert isinstance(final, Failed)
        assert (final.code, final.retryable) == ("worker_died", True)
        last = next(event for event in reversed(events) if isinstance(event, Snapshot))

        again = order("obey", attempt=2, checkpoint=last.checkpoint)
        async with aclosing_run(executor, again) as running:
            first = await until(Snapshot, running)
            assert isinstance(first, Snapshot)
            assert first.step > last.step
            assert pid_of(first) != pid_of(last)


async def test_a_worker_killed_from_outside_ends_its_run_only(open_executor: Open) -> None:
    async with (
        open_executor(slots=2) as executor,
        aclosing_run(executor, order("obey", job_id=1)) as victim,
        aclosing_run(executor, order("obey", job_id=2)) as bystander,
    ):
        pid, other = pid_of(await until(Snapshot, victim)), await until(Snapshot, bystander)
        os.kill(pid, signal.SIGKILL)
        final = (await rest_of(victim))[-1]
        assert isinstance(final, Failed)
        assert (final.code, final.retryable) == ("worker_died", True)
        assert pid_of(await until(Snapshot, bystander)) == pid_of(other)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("BadOptions", "bad_options"),
        ("Unreadable", "unreadable"),
        ("TooLarge", "too_large"),
        ("TooSmall", "too_small"),
        ("WeightsMissing", "weights_missing"),
        ("Cancelled", "cancelled"),
    ],
)
async def test_a_bad_picture_fails_for_good_and_harms_nobody_else(
    open_executor: Open, error: str, code: str
) -> None:
    async with open_executor() as executor:
        pid = pid_of(await result_of(executor, order("paint")))
        final = await final_of(executor, order("raise", error=error))
        assert isinstance(final, Failed)
        assert (final.code, final.retryable) == (code, False)
        assert pid_of(await result_of(executor, order("paint"))) == pid


async def test_options_that_are_wrong_fail_for_good(open_executor: Open) -> None:
    async with open_executor() as executor:
        final = await final_of(executor, order("paint", options={"size": 3}))
    assert isinstance(final, Failed)
    assert (final.code, final.retryable) == ("bad_options", False)


@pytest.mark.parametrize(
    ("do", "more"), [("overeat", {}), ("raise", {"error": "OutOfMemory"})], ids=["python", "engine"]
)
async def test_out_of_memory_is_tried_once_more_in_a_fresh_process(
    open_executor: Open, do: str, more: dict[str, Any]
) -> None:
    async with open_executor() as executor:
        pid = pid_of(await result_of(executor, order("paint")))
        for attempt, retryable in ((1, True), (2, False)):
            final = await final_of(executor, order(do, attempt=attempt, **more))
            assert isinstance(final, Failed)
            assert (final.code, final.retryable) == ("out_of_memory", retryable)
        assert pid_of(await result_of(executor, order("paint"))) != pid


async def test_an_unforeseen_error_is_told_without_the_users_data(open_executor: Open) -> None:
    async with open_executor() as executor:
        final = await final_of(executor, order("stumble"))
    assert isinstance(final, Failed)
    assert (final.code, final.retryable) == ("internal", True)
    assert "RuntimeError" in final.detail
    assert "KeyError" in final.detail
    assert "engines.py" in final.detail
    assert "secret" not in final.detail


async def test_a_report_that_cannot_be_sent_is_a_failure(open_executor: Open) -> None:
    async with open_executor() as executor:
        final = await final_of(executor, order("misreport"))
        assert isinstance(final, Failed)
        assert (final.code, final.retryable) == ("internal", True)
        await result_of(executor, order("paint"))


async def test_workers_are_replaced_after_their_share_of_jobs(open_executor: Open) -> None:
    async with open_executor(max_jobs=2) as executor:
        pids = [pid_of(await result_of(executor, order("paint", job_id=job))) for job in range(5)]
    assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4], pids


async def test_workers_that_have_grown_are_replaced(open_executor: Open) -> None:
    async with open_executor(max_rss_mb=1) as executor:
        pids = [pid_of(await result_of(executor, order("paint", job_id=job))) for job in range(3)]
    assert len(set(pids)) == 3, pids


async def test_closing_ends_all_that_is_in_flight_within_seconds(open_executor: Open) -> None:
    async with open_executor(slots=1) as executor:
        async with aclosing_run(executor, order("hang", job_id=1)) as running:
            pid = pid_of(await until(Snapshot, running))
            queued = asyncio.create_task(events_of(executor, order("paint", job_id=2)))
            await asyncio.sleep(0)  # lets it queue
            async with asyncio.timeout(5):
                await executor.close()
            finals = [(await rest_of(running))[-1], (await queued)[-1]]
        for final in finals:
            assert isinstance(final, Failed)
            assert final.retryable, final
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        late = await final_of(executor, order("paint", job_id=3))
        assert isinstance(late, Failed)
        assert late.retryable


async def test_closing_at_once_is_quick_too(open_executor: Open) -> None:
    async with asyncio.timeout(5), open_executor(slots=2):
        pass


async def test_a_slow_taker_gets_the_sketch_the_newest_snapshot_and_the_result(
    open_executor: Open,
) -> None:
    steps = 300
    async with (
        open_executor() as executor,
        aclosing_run(executor, order("paint", steps=steps, weight=100_000)) as slow,
    ):
        await until(Started, slow)
        # On one slot the next job begins when the first is painted: all of it, with 30 MB of
        # snapshots, has been told by then.
        await result_of(executor, order("paint", job_id=2))
        rest = await rest_of(slow)
    kinds = [type(event) for event in rest]
    assert kinds == [Sketch, Snapshot, Finished], kinds
    assert isinstance(rest[1], Snapshot)
    assert rest[1].step == steps


async def test_large_events_arrive_whole(open_executor: Open) -> None:
    weight = 20_000_000
    async with (
        open_executor() as executor,
        aclosing_run(executor, order("obey", weight=weight)) as running,
    ):
        snapshot = await until(Snapshot, running)
    assert isinstance(snapshot, Snapshot)
    assert json.loads(snapshot.checkpoint)["weight"] == "x" * weight


async def test_large_requests_arrive_whole(open_executor: Open) -> None:
    styles = tuple(bytes([n]) * 10_000_000 for n in range(3))
    async with open_executor() as executor:
        assert (await result_of(executor, order("paint", styles=styles))).report["styles"] == 3


async def test_two_slots_paint_at_the_same_time(open_executor: Open) -> None:
    async with (
        open_executor(slots=2) as executor,
        aclosing_run(executor, order("obey", job_id=1)) as one,
        aclosing_run(executor, order("obey", job_id=2)) as two,
    ):
        pids = {pid_of(await until(Snapshot, events)) for events in (one, two)}
    assert len(pids) == 2, pids


async def test_jobs_are_taken_in_the_order_in_which_they_came(open_executor: Open) -> None:
    begun: list[int] = []

    async def paint(executor: Executor, job_id: int) -> None:
        async for event in executor.run(order("paint", job_id=job_id)):
            if isinstance(event, Started):
                begun.append(job_id)

    async with asyncio.timeout(PATIENCE), open_executor() as executor:
        await asyncio.gather(*(paint(executor, job_id) for job_id in range(6)))
    assert begun == list(range(6))


@pytest.mark.parametrize("do", ["obey", "hang"])
async def test_closing_the_iterator_early_frees_the_worker(open_executor: Open, do: str) -> None:
    async with open_executor(grace_seconds=0.2) as executor:
        async with aclosing_run(executor, order(do, job_id=1)) as running:
            await until(Snapshot, running)
        await result_of(executor, order("paint", job_id=2))


async def test_a_taker_that_is_cancelled_frees_the_worker(open_executor: Open) -> None:
    async with open_executor(grace_seconds=0.2) as executor:
        begun = asyncio.Event()

        async def take() -> None:
            async for _ in executor.run(order("hang", job_id=1)):
                begun.set()

        taker = asyncio.create_task(take())
        async with asyncio.timeout(PATIENCE):
            await begun.wait()
        taker.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taker
        await result_of(executor, order("paint", job_id=2))


@asynccontextmanager
async def aclosing_run(executor: Executor, request: Request) -> AsyncIterator[AsyncIterator[Event]]:
    """A run as an iterator that is closed at the end, however far it was taken."""
    events: Any = executor.run(request)
    async with aclosing(events):
        yield events
