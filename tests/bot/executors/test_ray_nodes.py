"""Clusters that are not there, and nodes that are lost.

Needs Ray, and takes half a minute: `uv run --extra ray pytest -m ray tests/bot/executors`.
"""

import asyncio
import os
import subprocess
import sys
import time
from contextlib import aclosing

import pytest

from bot.executors.base import Failed, Finished
from tests.bot.executors.clusters import ROOT, cluster_of_nodes, environment
from tests.bot.executors.engines import order
from tests.bot.executors.ray_runs import (
    events_of,
    executor_of,
    failure_of,
    painter_of,
    painters,
    snapshot_of,
    until_ended,
    until_warm,
)

pytestmark = [
    pytest.mark.ray,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]


async def test_a_run_waits_for_a_cluster_that_is_not_there_and_can_be_cancelled() -> None:
    with environment():
        async with executor_of("127.0.0.1:1") as executor:
            waiting = asyncio.create_task(events_of(executor, order("paint", job_id=1)))
            await asyncio.sleep(0)  # lets it queue
            await executor.finish(1)
            await executor.cancel(1)
            assert await waiting == [Failed("cancelled", retryable=False)]
            left = asyncio.create_task(events_of(executor, order("paint", job_id=2)))
            await asyncio.sleep(0)
        [final] = await left
    assert isinstance(final, Failed)
    assert final.retryable


async def test_a_job_whose_node_is_lost_goes_on_on_another() -> None:
    """The head paints nothing, as the bot's own node; the executor joins, and leaves at the end."""
    with cluster_of_nodes() as cluster:
        import ray

        lost = cluster.add_node()
        async with executor_of(cluster.address) as executor:
            async with aclosing(executor.run(order("obey"))) as running:
                last = await snapshot_of(running)
                painter = painter_of(last)
                await asyncio.to_thread(cluster.remove_node, lost, allow_graceful=False)
                killed = time.monotonic()
                final = await failure_of(running)
                print(f"told {time.monotonic() - killed:.1f} s after the node was gone")  # noqa: T201
            assert (final.code, final.retryable) == ("worker_died", True)
            await until_ended(painter)

            # It waits for a node that has room, and is taken on as soon as there is one.
            again = order("paint", attempt=2, steps=last.step + 2, checkpoint=last.checkpoint)
            waiting = asyncio.create_task(events_of(executor, again))
            cluster.add_node()  # in this thread: what starts a node ends it
            joined = time.monotonic()
            *_, finished = await waiting
            print(f"painted {time.monotonic() - joined:.1f} s after a node was added")  # noqa: T201
            assert isinstance(finished, Finished), finished
            assert finished.report["began_after"] == last.step
        assert not ray.is_initialized()


async def test_a_node_that_joins_later_has_its_worker_warm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with cluster_of_nodes() as cluster:
        from bot.executors import ray_nodes

        monkeypatch.setattr(ray_nodes, "LOOK_SECONDS", 0.2)
        before = painters()
        async with executor_of(cluster.address) as executor:
            cluster.add_node()
            [warm] = await until_warm(executor, before)
            *_, finished = await events_of(executor, order("paint"))
    assert isinstance(finished, Finished), finished
    assert finished.report["pid"] == warm


def test_the_bot_does_not_load_ray_unless_it_is_asked_to() -> None:
    script = "import sys, bot.app, bot.executors.process; print('ray' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("module", ["bot.executors.ray_executor", "bot.executors.ray_room"])
def test_ray_does_not_send_the_working_folder_to_every_node(module: str) -> None:
    """It would under `uv run`, with the database and the settings that are in it."""
    switch = "RAY_ENABLE_UV_RUN_RUNTIME_ENV"
    script = f"import {module}; from ray._private import ray_constants as c; print(c.{switch})"
    unset = {name: value for name, value in os.environ.items() if name != switch}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=unset, capture_output=True, text=True
    )
    assert done.stdout.strip() == "False", done.stderr
