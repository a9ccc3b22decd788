"""Work that may hang, as on a network's disk, in a thread that keeps nothing from ending."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def apart(work: Callable[[], T]) -> T:
    """What `work` returns or raises. A caller that is cancelled meanwhile waits no longer."""
    outcome: Future[T] = Future()
    outcome.set_running_or_notify_cancel()

    def run() -> None:
        try:
            outcome.set_result(work())
        except Exception as error:  # the caller's, whatever it is
            outcome.set_exception(error)

    # A daemon: all other threads are waited for before a process ends.
    threading.Thread(target=run, daemon=True).start()
    return await asyncio.wrap_future(outcome)
