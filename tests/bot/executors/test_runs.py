"""The mailbox of a run."""

import asyncio

from bot.executors.base import Event, Failed, Finished, Request, Sketch, Snapshot, Started
from bot.executors.runs import Run

SKETCH = Sketch(b"sketch")
FINISHED = Finished(b"photo", b"file", {})


def snapshot(step: int) -> Snapshot:
    return Snapshot(b"jpeg", step, 9, 1.0, b"checkpoint")


def run_told(*events: Event, cancelled: bool = False) -> Run:
    run = Run(Request(1, 1, b"", (b"",), {}))
    run.cancelled = cancelled
    for event in events:
        run.tell(event)
    return run


async def taken(run: Run, count: int) -> list[Event]:
    async with asyncio.timeout(5):
        return [await run.next() for _ in range(count)]


async def test_the_newest_snapshot_wins_and_the_rest_arrives_in_order() -> None:
    run = run_told(Started(), SKETCH, snapshot(1), snapshot(2), snapshot(3), FINISHED)
    assert await taken(run, 4) == [Started(), SKETCH, snapshot(3), FINISHED]


async def test_nothing_follows_the_end() -> None:
    run = run_told(FINISHED, Failed("internal", retryable=True), snapshot(1))
    assert await taken(run, 1) == [FINISHED]
    waiting = asyncio.create_task(run.next())
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()


async def test_what_was_cancelled_ends_as_cancelled() -> None:
    for final in (FINISHED, Failed("worker_died", retryable=True)):
        run = run_told(final, cancelled=True)
        assert await taken(run, 1) == [Failed("cancelled", retryable=False)]


async def test_a_taker_waits_for_what_is_told_later() -> None:
    run = run_told(Started())
    assert await taken(run, 1) == [Started()]
    waiting = asyncio.create_task(run.next())
    await asyncio.sleep(0)
    run.tell(SKETCH)
    async with asyncio.timeout(5):
        assert await waiting == SKETCH
