"""Joins and calls a Ray cluster from one thread, so that the event loop never waits. Needs Ray."""

import asyncio
import logging
import queue
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from bot.executors.ray_orders import Orders

REACH_SECONDS = 5.0

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


def join(address: str) -> tuple[bool, Any]:
    """Join the cluster. Whether that was still to be done; the handle of a new `Orders` there.

    Raises `OSError` where nobody listens at `address`, and what Ray raises.
    """
    ours = not ray.is_initialized()
    if ours:
        if address != "auto":
            _reach(address)
        # What the workers print lies in Ray's own logs, on each node.
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    return ours, ray.remote(num_cpus=0, scheduling_strategy=here)(Orders).remote()


def _reach(address: str) -> None:
    """Raises `OSError`. Ray itself would try for minutes, and cannot be told to stop."""
    host, _, port = address.rpartition(":")
    socket.create_connection((host.strip("[]"), int(port)), REACH_SECONDS).close()


def _settle(future: Future[T], call: Callable[[], T]) -> None:
    if future.set_running_or_notify_cancel():
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)
