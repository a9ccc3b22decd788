"""A run on a Ray node: a task that hands it to a worker process beside it. Starts and ends that.

Ray's own process decodes nothing and loads no engine. The worker is the same as on one machine,
and kept by the same executor: warm from task to task, replaced when it has grown, killed where it
does not obey. So Ray may keep its process for as long as it likes (`max_calls=0`).
"""

import asyncio
import os
import threading
from collections import Counter
from collections.abc import AsyncGenerator, Coroutine, Iterator, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from bot import metrics
from bot.executors.base import Event, Failed, Request
from bot.executors.limits import Limits
from bot.executors.process import ProcessExecutor

INTERRUPTIBLE_SECONDS = 0.5
CARDS = "CUDA_VISIBLE_DEVICES"  # Ray says so which of a node's GPUs a task has

T = TypeVar("T")


@dataclass(frozen=True)
class Taken:
    """A node has the run. `restarts`: of workers there, by reason, since it last told of them."""

    restarts: Mapping[str, int]


def warm_up(engine: str, limits: Limits) -> Failed | None:
    """Have a worker ready for the attempts that come. `Failed` where none starts."""
    post = _post()
    executor = _result(post.begin(post.executor(engine, limits)))
    return _result(post.begin(executor.begun()))


def attempt(
    request: Request, run: str, orders: Any, engine: str, limits: Limits
) -> Iterator[Taken | Event]:
    """Paint one request. `orders`: the handle of an `Orders` actor, which knows it as `run`."""
    post = _post()
    executor = _result(post.begin(post.executor(engine, limits)))
    events = executor.run(request)
    coming = post.begin(_next(events))  # from here on the executor knows what orders are about
    obeying = post.begin(_obey(post, executor, request.job_id, run, orders))
    try:
        yield Taken(post.restarts())
        while (event := _result(coming)) is not None:
            yield event
            coming = post.begin(_next(events))
    finally:
        obeying.cancel()
        coming.cancel()  # where Ray has interrupted the wait for it; else it is over
        post.begin(post.leave(events)).result()


class Post:
    """Keeps one worker process, on a loop of its own: both end with Ray's process."""

    def __init__(self) -> None:
        self._executor: ProcessExecutor | None = None
        self._made_for: tuple[str, Limits, str | None] | None = None
        self._told = Counter(metrics.restarts())
        self._closing = asyncio.Lock()
        self._loop = asyncio.new_event_loop()
        # For ever: what a thread has started, the system ends together with it.
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Have the loop do `work`. To be called from outside of it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def executor(self, engine: str, limits: Limits) -> ProcessExecutor:
        """What paints within `limits`; the one from before where it was made for the same."""
        # TensorFlow never lets go of the cards that it has found.
        made_for = engine, limits, os.environ.get(CARDS)
        if self._executor is None or self._made_for != made_for:
            await self.close()
            self._executor, self._made_for = ProcessExecutor(1, limits, engine=engine), made_for
            await self._executor.start()
        return self._executor

    def restarts(self) -> dict[str, int]:
        """Of workers, by reason, that were not told yet."""
        counted = metrics.restarts()
        new = Counter(counted) - self._told
        self._told = Counter(counted)
        return dict(new)

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


def _result(future: Future[T]) -> T:
    """Wait for it. A wait without end could not be interrupted, as `ray.cancel` does."""
    while wait({future}, INTERRUPTIBLE_SECONDS).not_done:
        pass
    return future.result()


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
