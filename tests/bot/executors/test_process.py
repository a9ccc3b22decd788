"""What the process executor promises beyond the contract: about processes, start-up and quiet."""

import asyncio
import contextlib
import gc
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.executors.base import Event, Failed, Finished, Request, Snapshot, Started
from bot.executors.child import Child
from bot.executors.frames import Idle
from bot.executors.limits import Limits
from bot.executors.process import ProcessExecutor
from tests.bot.executors.engines import order

ENGINE = "tests.bot.executors.engines"
PATIENCE = 30  # seconds


@asynccontextmanager
async def executor_of(
    engine: str = ENGINE, slots: int = 1, **limits: Any
) -> AsyncIterator[ProcessExecutor]:
    executor = ProcessExecutor(slots, Limits(**limits), engine=engine)
    await executor.start()
    try:
        yield executor
    finally:
        await executor.close()


async def final_of(executor: ProcessExecutor, request: Request) -> Event:
    async with asyncio.timeout(PATIENCE):
        return [event async for event in executor.run(request)][-1]


def wait_for_end(pid: int, seconds: float) -> bool:
    """Whether the process, of whatever parent, has ended by then."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)


async def test_a_worker_is_modest_and_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_TOKEN", "123:secret")
    monkeypatch.setenv("HARMLESS", "1")
    async with executor_of() as executor:
        final = await final_of(executor, order("paint"))
    assert isinstance(final, Finished), final
    assert final.report["niceness"] > os.nice(0)
    assert {"HARMLESS", "TF_CPP_MIN_LOG_LEVEL"} <= set(final.report["environment"])
    assert not [name for name in final.report["environment"] if name.startswith("ATELIER_")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
async def test_only_the_bot_ends_a_worker(number: signal.Signals) -> None:
    async with executor_of() as executor, aclosing(executor.run(order("obey"))) as running:
        steps = 0
        async with asyncio.timeout(PATIENCE):
            async for event in running:
                assert not isinstance(event, Failed), event
                if isinstance(event, Snapshot):
                    pid = json.loads(event.checkpoint)["pid"]
                    if steps == 0:
                        os.kill(pid, number)
                    steps += 1
                    if steps == 20:
                        break
        assert os.getpgid(pid) != os.getpgid(0)  # a terminal's Ctrl+C goes to the bot's group


async def test_what_an_engine_prints_goes_to_the_log_and_leaves_the_events_alone() -> None:
    with capture_logs() as logs:
        async with executor_of() as executor:
            assert isinstance(await final_of(executor, order("print", steps=2)), Finished)
    said = [entry["text"] for entry in logs if entry["event"] == "worker_said"]
    assert said.count("to standard output") == 2, said
    assert said.count("and past Python's buffers") == 2, said
    assert not [text for text in said if "chatter" in text], said
    assert "E0000 00:00:1.5 an error" in said
    assert max(map(len, said)) <= 500, "a long line is cut"


async def test_a_crash_in_native_code_leaves_its_traceback_in_the_log() -> None:
    with capture_logs() as logs:
        async with executor_of() as executor:
            final = await final_of(executor, order("crash"))
    assert isinstance(final, Failed)
    assert (final.code, final.retryable) == ("worker_died", True)
    assert "signal 11" in final.detail
    said = "\n".join(entry["text"] for entry in logs if entry["event"] == "worker_said")
    assert "Segmentation fault" in said
    assert "engines.py" in said


async def test_a_worker_that_babbles_is_killed() -> None:
    async with executor_of() as executor:
        final = await final_of(executor, order("babble"))
        assert isinstance(final, Failed)
        assert (final.code, final.retryable) == ("worker_died", True)
        assert "malformed" in final.detail
        assert isinstance(await final_of(executor, order("paint")), Finished)


async def test_a_request_that_cannot_be_sent_fails_for_good_and_keeps_the_worker() -> None:
    async with executor_of() as executor:
        final = await final_of(executor, order("paint", options={"size": object()}))
        assert isinstance(final, Failed)
        assert (final.code, final.retryable) == ("internal", False)
        assert isinstance(await final_of(executor, order("paint")), Finished)


async def test_an_engine_that_cannot_be_imported_fails_the_runs() -> None:
    async with executor_of("tests.bot.executors.no_such_engine") as executor:
        for job_id in (1, 2):
            final = await final_of(executor, order("paint", job_id=job_id))
            assert isinstance(final, Failed)
            assert (final.code, final.retryable) == ("internal", True)
            assert "ModuleNotFoundError" in final.detail


async def test_an_engine_that_heals_is_used_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    weights = tmp_path / "weights"
    monkeypatch.setenv("ENGINE_WARM_UP", str(weights))
    async with executor_of() as executor:
        final = await final_of(executor, order("paint"))
        assert isinstance(final, Failed)
        assert (final.code, final.retryable) == ("weights_missing", False)
        weights.write_text("here")
        assert isinstance(await final_of(executor, order("paint")), Finished)


async def test_a_warm_up_that_hangs_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    weights = tmp_path / "weights"
    weights.write_text("hang")
    monkeypatch.setenv("ENGINE_WARM_UP", str(weights))
    async with executor_of(warm_up_seconds=1.0) as executor:
        final = await final_of(executor, order("paint"))
    assert isinstance(final, Failed)
    assert (final.code, final.retryable) == ("internal", True)
    assert "not ready in time" in final.detail


async def test_an_idle_worker_that_dies_is_replaced() -> None:
    async with executor_of() as executor:
        first = await final_of(executor, order("paint"))
        assert isinstance(first, Finished)
        os.kill(first.report["pid"], signal.SIGKILL)
        second = await final_of(executor, order("paint"))
        if isinstance(second, Failed):  # it was given the job in the instant of its death
            assert second.retryable
            second = await final_of(executor, order("paint", attempt=2))
        assert isinstance(second, Finished)
        assert second.report["pid"] != first.report["pid"]


def descriptors() -> set[str]:
    return {entry.name for entry in Path("/proc/self/fd").iterdir() if entry.exists()}


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux to count descriptors")
async def test_descriptors_do_not_add_up_over_many_workers() -> None:
    async with executor_of() as executor:
        await final_of(executor, order("paint"))
    before = descriptors()
    async with executor_of(grace_seconds=0.1) as executor:
        for do in ("die", "exit", "babble", "paint"):
            await final_of(executor, order(do))
    assert descriptors() == before


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux to count descriptors")
async def test_a_worker_that_is_ended_in_mid_sentence_leaves_no_descriptor() -> None:
    before = descriptors()
    child = await Child.spawn(ENGINE, lambda: None)
    assert isinstance(await child.receive(), Idle)
    child.post(order("obey", weight=20_000_000))
    assert isinstance(await child.receive(), Started)
    async with asyncio.timeout(PATIENCE):
        # Until the buffers are full; asyncio has no event for it.
        while not child._replies._paused:  # type: ignore[attr-defined]  # noqa: ASYNC110
            await asyncio.sleep(0)
        await child.end()
    gc.disable()  # the collector may not do the work
    try:
        assert descriptors() == before
    finally:
        gc.enable()
    assert not child.alive


async def test_closing_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    async with (
        executor_of(slots=2, grace_seconds=0.1) as executor,
        aclosing(executor.run(order("hang"))) as running,
    ):
        await anext(running)
    assert asyncio.all_tasks() == before


PARENT = f"""
import asyncio, json
from bot.executors.base import Snapshot
from bot.executors.process import ProcessExecutor
from tests.bot.executors.engines import order

async def main():
    executor = ProcessExecutor(engine={ENGINE!r})
    await executor.start()
    async for event in executor.run(order("DO")):
        if isinstance(event, Snapshot):
            print("painting", json.loads(event.checkpoint)["pid"], flush=True)

asyncio.run(main())
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux to wait for a grandchild")
@pytest.mark.parametrize("do", ["obey", "hang", "hog"])
def test_a_worker_does_not_outlive_a_bot_that_is_killed(do: str) -> None:
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", PARENT.replace("DO", do)],
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        try:
            assert parent.stdout
            pid = next(int(line[9:]) for line in parent.stdout if line.startswith("painting "))
        finally:
            parent.kill()
    ended = wait_for_end(pid, 5.0)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    assert ended, f"worker {pid} lived on"


def test_a_worker_that_begins_after_the_end_of_the_bot_loads_nothing() -> None:
    order, bot = os.pipe()
    os.close(bot)
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "bot.executors.launch", ENGINE],
        cwd=Path(__file__).parents[3],
        stdin=order,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(order)
    assert done.returncode == 0, done.stderr
    assert "import time:" in done.stderr
    assert "bot.executors.worker" not in done.stderr


LIGHT = f"""
import asyncio, sys
from bot.executors.base import Finished
from bot.executors.process import ProcessExecutor
from bot.executors.base import Request

async def main():
    executor = ProcessExecutor(engine={ENGINE!r})
    await executor.start()
    request = Request(1, 1, b'{{"do": "paint"}}', (b"style",), {{}})
    final = [event async for event in executor.run(request)][-1]
    await executor.close()
    assert isinstance(final, Finished), final

asyncio.run(main())
print("loaded:", *sorted({{"tensorflow", "numpy", "PIL", "onnxruntime", "nst"}} & set(sys.modules)))
"""


def test_the_bot_loads_nothing_that_paints_or_decodes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIGHT],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded:"
