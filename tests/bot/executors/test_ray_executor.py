"""What the Ray executor promises beyond the contract: about processes on a node.

Needs Ray, and takes a minute: `uv run --extra ray pytest -m ray tests/bot/executors`.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from bot.executors.base import Failed, Finished
from tests.bot.executors.clusters import on_this_machine
from tests.bot.executors.engines import order
from tests.bot.executors.ray_runs import (
    events_of,
    executor_of,
    failure_of,
    painter_of,
    painters,
    parent_of,
    snapshot_of,
    until_ended,
    until_warm,
)

pytestmark = [
    pytest.mark.ray,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]


@pytest.fixture(scope="module")
def _cluster() -> Iterator[None]:
    with on_this_machine():
        yield


@pytest.mark.usefixtures("_cluster")
async def test_what_decodes_knows_no_token_and_gives_way() -> None:
    async with executor_of() as executor:
        *_, final = await events_of(executor, order("paint"))
    assert isinstance(final, Finished), final
    known = [name for name in final.report["environment"] if name.startswith(("RAY_", "ATELIER_"))]
    assert set(known) <= {"RAY_ENABLE_UV_RUN_RUNTIME_ENV"}  # no secret: `bot.executors` sets it
    assert final.report["niceness"] > os.nice(0)


@pytest.mark.usefixtures("_cluster")
async def test_a_job_whose_ray_process_is_killed_goes_on_from_its_checkpoint() -> None:
    async with executor_of() as executor:
        async with aclosing(executor.run(order("obey"))) as running:
            last = await snapshot_of(running)
            painter = painter_of(last)
            os.kill(parent_of(painter), signal.SIGKILL)
            final = await failure_of(running)
        assert (final.code, final.retryable) == ("worker_died", True)
        await until_ended(painter)  # it goes with Ray's process

        again = order("paint", attempt=2, steps=last.step + 2, checkpoint=last.checkpoint)
        *_, finished = await events_of(executor, again)
        assert isinstance(finished, Finished), finished
        assert finished.report["began_after"] == last.step


@pytest.mark.usefixtures("_cluster")
async def test_a_ray_process_that_does_not_answer_is_killed_and_the_next_job_runs() -> None:
    async with executor_of(grace_seconds=0.1) as executor:
        async with aclosing(executor.run(order("obey", job_id=1))) as running:
            keeper = parent_of(painter_of(await snapshot_of(running)))
            os.kill(keeper, signal.SIGSTOP)
            try:
                await executor.cancel(1)
                assert await failure_of(running) == Failed("cancelled", retryable=False)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(keeper, signal.SIGKILL)
        *_, final = await events_of(executor, order("paint", job_id=2))
        assert isinstance(final, Finished), final


@pytest.mark.usefixtures("_cluster")
async def test_a_ray_process_that_keeps_silent_is_given_up_when_its_time_is_over() -> None:
    async with executor_of(timeout_seconds=1.0) as executor:
        async with aclosing(executor.run(order("obey", job_id=1))) as running:
            keeper = parent_of(painter_of(await snapshot_of(running)))
            os.kill(keeper, signal.SIGSTOP)
            given_up = await failure_of(running)
        assert (given_up.code, given_up.retryable) == ("timed_out", True)
        await until_ended(keeper)
        *_, final = await events_of(executor, order("paint", job_id=2))
        assert isinstance(final, Finished), final


@pytest.mark.usefixtures("_cluster")
async def test_workers_are_warm_before_the_first_painting() -> None:
    before = painters()
    async with executor_of() as executor:
        [warm] = await until_warm(executor, before)
        *_, final = await events_of(executor, order("paint"))
    assert isinstance(final, Finished), final
    assert final.report["pid"] == warm


@pytest.mark.usefixtures("_cluster")
async def test_a_node_without_the_engine_says_so() -> None:
    async with executor_of(engine="tests.bot.executors.no_such_engine") as executor:
        *_, final = await events_of(executor, order("paint"))
    assert isinstance(final, Failed)
    assert (final.code, final.retryable) == ("internal", True)
    assert "ModuleNotFoundError" in final.detail
