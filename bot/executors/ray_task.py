"""A run on a Ray node: a task that hands it to a worker process beside it. Starts and ends that.

Ray's own process decodes nothing and loads no engine. The worker is the same as on one machine,
and kept by the same executor: warm from task to task, replaced when it has grown, killed where it
does not obey. So Ray may keep its process for as long as it likes (`max_calls=0`).
"""

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Coroutine, Iterator
from concurrent.futures import Future
from functools import cache
from typing import Any, TypedDict, TypeVar

from bot.executors.base import Event, Request
from bot.executors.process import ProcessExecutor

CARDS = "CUDA_VISIBLE_DEVICES"  # Ray says so which of a node's GPUs a task has

T = TypeVar("T")


class Limits(TypedDict):
    """What `ProcessExecutor` takes by these names."""

    engine: str
    max_jobs: int
    max_rss_mb: float
    grace_seconds: float
    timeout_seconds: float
    warm_up_seconds: float


def attempt(request: Request, run: str, orders: Any, limits: Limits) -> Iterator[Event]:
    """Paint one request. `orders`: the handle of an `Orders` actor, which knows it as `run`."""
    post = _post()
    executor = post.begin(post.executor(limits)).result()
    events = executor.run(request)
    obeying = post.begin(_obey(post, executor, request.job_id, run, orders))
    try:
        while (event := post.begin(_next(events)).result()) is not None:
            yield event
    finally:
        obeying.cancel()
        post.begin(post.leave(events)).result()


class Post:
    """Keeps one worker process, on a loop of its own: both end with Ray's process."""

    def __init__(self) -> None:
        self._executor: ProcessExecutor | None = None
        self._made_for: tuple[Limits, str | None] | None = None
        self._closing = asyncio.Lock()
        self._loop = asyncio.new_event_loop()
        # For ever: what a thread has started, the system ends together with it.
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Have the loop do `work`. To be called from outside of it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def executor(self, limits: Limits) -> ProcessExecutor:
        """What paints within `limits`; the one from before where it was made for the same."""
        # TensorFlow never lets go of the cards that it has found.
        made_for = limits, os.environ.get(CARDS)
        if self._executor is None or self._made_for != made_for:
            await self.close()
            self._executor, self._made_for = ProcessExecutor(**limits), made_for
            await self._executor.start()
        return self._executor

    async def leave(self, events: AsyncGenerator[Event, None]) -> None:
        """End the run; where the worker is being ended too, wait until it is gone."""
        await events.aclose()
        async with self._closing:
            pass

    async def close(self) -> None:
        """End the worker, whatever it does. The next run gets another."""
        async with self._closing:
            executor, self._executor = self._executor, None
            if executor is not None:
                await executor.close()


@cache
def _post() -> Post:
    return Post()


async def _next(events: AsyncGenerator[Event, None]) -> Event | None:
    return await anext(events, None)


async def _obey(post: Post, executor: ProcessExecutor, job_id: int, run: str, orders: Any) -> None:
    seen = 0
    while given := await orders.after.remote(run, seen):
        seen += len(given)
        for order in given:
            match order:
                case "cancel":
                    await executor.cancel(job_id)
                case "finish":
                    await executor.finish(job_id)
                case "close":
                    await asyncio.shield(post.close())
