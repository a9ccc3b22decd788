"""Calls what may block from one thread, so that the event loop never waits. Needs no Ray itself."""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


class Calls:
    """One thread for what may block, in the order in which it is asked for.

    Not an executor of the standard library: that would keep the process from ending for as long as
    a call takes, and Ray may wait for an hour for a cluster that is gone.
    """

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="ray", daemon=True).start()

    async def make(self, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Call `function` in the thread; return, or raise, what it does."""
        future: Future[T] = Future()
        self._waiting.put(partial(_settle, future, partial(function, *arguments, **named)))
        return await asyncio.wrap_future(future)

    def end(self) -> None:
        """Let the thread end, after all that was asked for."""
        self._waiting.put(None)

    def _work(self) -> None:
        while (call := self._waiting.get()) is not None:
            call()


def _settle(future: Future[T], call: Callable[[], T]) -> None:
    if future.set_running_or_notify_cancel():
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)
