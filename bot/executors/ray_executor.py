"""The executor for more than one machine: each run is a task on a Ray cluster. Needs Ray.

Joins the cluster that this machine belongs to. Ray decides where and when a run is painted; what
paints, and obeys, is `bot.executors.ray_task`.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import ray
import structlog
from ray import exceptions

from bot.executors.base import Event, Failed, Finished, Request
from bot.executors.ray_calls import Calls, join
from bot.executors.ray_orders import Order
from bot.executors.ray_task import Limits, attempt
from bot.executors.runs import Run

log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds between tries to join the cluster
SPARE_SECONDS = 5.0  # for the way to a node and back, before its process is killed
CLOSE_SECONDS = 3.0
KILL_SECONDS = 1.0


class Trip:
    """A run on its way through the cluster."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.name = uuid4().hex
        self.submitted = False
        self.begun = False  # a worker has it
        self.events: Any = None  # Ray's stream of references to them
        self.task: asyncio.Task[None] | None = None


class RayExecutor:
    """Paints each request as a task on the Ray cluster at `address`; an `Executor`.

    A task asks for `cpus` and `gpus` of a node, and waits in Ray's queue until one has them. The
    other limits are those of `ProcessExecutor`, and hold on the node. Ray itself repeats nothing:
    whoever runs an attempt decides on the next, which goes on from the last checkpoint. Where the
    process has joined a cluster already, that one is used, and not left at the end. Runs wait for
    a cluster that is not there.
    """

    def __init__(
        self,
        address: str = "auto",
        *,
        cpus: float = 1.0,
        gpus: float = 0.0,
        engine: str = "nst",
        max_jobs: int = 64,
        max_rss_mb: float = 3000,
        grace_seconds: float = 5.0,
        timeout_seconds: float = 3600.0,
        warm_up_seconds: float = 300.0,
    ) -> None:
        self._address = address
        self._task = ray.remote(
            num_cpus=cpus,
            num_gpus=gpus,
            max_retries=0,
            max_calls=0,  # else a GPU's process would end after each
            scheduling_strategy="SPREAD",  # not one node after the other: a painting takes it all
        )(attempt)
        self._limits = Limits(
            engine=engine,
            max_jobs=max_jobs,
            max_rss_mb=max_rss_mb,
            grace_seconds=grace_seconds,
            timeout_seconds=timeout_seconds,
            warm_up_seconds=warm_up_seconds,
        )
        self._calls = Calls()
        self._orders: Any = None
        self._joined = asyncio.Event()
        self._joining: asyncio.Task[None] | None = None
        self._ours = False  # the connection to the cluster
        self._trips: set[Trip] = set()  # tasks of theirs are under way
        self._stopping: set[asyncio.Task[None]] = set()
        self._closed = False

    async def start(self) -> None:
        """Begin to join the cluster; return at once."""
        self._joining = asyncio.create_task(self._join())

    async def run(self, request: Request) -> AsyncGenerator[Event, None]:
        """Paint one request. Waits for the cluster, and for a node that has room."""
        trip = Trip(Run(request))
        if self._closed:
            trip.run.tell(_closed())
        else:
            self._trips.add(trip)
            trip.task = asyncio.create_task(self._attend(trip))
            trip.task.add_done_callback(lambda _: self._trips.discard(trip))
        try:
            while True:
                event = await trip.run.next()
                yield event
                if isinstance(event, Finished | Failed):
                    return
        finally:
            self._cancel(trip)

    async def cancel(self, job_id: int) -> None:
        """End the job's run soon with `Failed("cancelled")`: by flag, then by kill."""
        for trip in self._of(job_id):
            self._cancel(trip)

    async def finish(self, job_id: int) -> None:
        """End the job's run soon with `Finished` and the best picture so far."""
        for trip in self._of(job_id):
            run = trip.run
            if not (run.over or run.cancelled or run.finishing):
                run.finishing = True
                if self._joined.is_set():
                    await self._order(trip, "finish")

    async def close(self) -> None:
        """Stop every run within seconds; those in flight end with `Failed`, retryable."""
        self._closed = True
        if self._joining is not None:
            self._joining.cancel()
        for trip in self._trips:
            trip.run.tell(_closed())
        await asyncio.gather(*(self._stop(trip, "close", CLOSE_SECONDS) for trip in self._trips))
        for task in self._stopping:
            task.cancel()
        await asyncio.gather(*self._stopping, return_exceptions=True)
        if self._ours:
            self._ours = False
            await self._calls.make(ray.shutdown)
        self._calls.end()

    def _of(self, job_id: int) -> list[Trip]:
        return [trip for trip in self._trips if trip.run.request.job_id == job_id]

    def _cancel(self, trip: Trip) -> None:
        run = trip.run
        if run.over or run.cancelled:
            return
        run.cancelled = True
        if not trip.begun:
            run.tell(Failed("cancelled", retryable=False))
        seconds = self._limits["grace_seconds"] + SPARE_SECONDS
        stopping = asyncio.create_task(self._stop(trip, "cancel", seconds))
        self._stopping.add(stopping)
        stopping.add_done_callback(self._stopping.discard)

    async def _stop(self, trip: Trip, order: Order, seconds: float) -> None:
        """End the task: by an order, and after `seconds` together with its process."""
        if trip.task is None:
            return
        if not trip.submitted:
            trip.task.cancel()
        elif trip.begun:
            await self._order(trip, order)
        elif trip.events is not None:
            await self._calls.make(ray.cancel, trip.events)
        _, late = await asyncio.wait({trip.task}, timeout=seconds)
        if late and trip.events is not None:
            log.warning("task_killed", job=trip.run.request.job_id, reason=order)
            await self._calls.make(ray.cancel, trip.events, force=True)
            await asyncio.wait({trip.task}, timeout=KILL_SECONDS)
        if not trip.task.done():  # the node does not answer, and Ray has not noticed yet
            trip.task.cancel()

    async def _join(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                self._ours, self._orders = await self._calls.make(join, self._address)
            except Exception as error:  # of a dozen kinds
                log.error("cluster_not_joined", reason=str(error), again_in=pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                log.info("cluster_joined")
                self._joined.set()
                return

    async def _attend(self, trip: Trip) -> None:
        """Have Ray paint the run; tell what it tells."""
        run = trip.run
        try:
            await self._joined.wait()
            if run.finishing:
                await self._order(trip, "finish")
            trip.submitted = True
            trip.events = await self._calls.make(self._submit, trip)
            if run.over:
                await self._calls.make(ray.cancel, trip.events)
            async for reference in trip.events:
                event = await reference
                trip.begun = True
                run.tell(event)
        except Exception as error:
            run.tell(_failure(error, run.request.attempt))
        finally:
            run.tell(_internal("the task ended the run without a result"))
            if trip.submitted:
                with suppress(Exception):  # the cluster is gone, and its orders with it
                    self._orders.forget.remote(trip.name)

    def _submit(self, trip: Trip) -> Any:
        return self._task.remote(trip.run.request, trip.name, self._orders, self._limits)

    async def _order(self, trip: Trip, order: Order) -> None:
        try:
            await self._orders.give.remote(trip.name, order)
        except exceptions.RayError as error:
            log.warning("order_lost", order=order, job=trip.run.request.job_id, reason=_kind(error))


def _failure(error: Exception, attempt: int) -> Failed:
    if isinstance(error, exceptions.OutOfMemoryError):
        return Failed("out_of_memory", retryable=attempt == 1, detail=_kind(error))
    if isinstance(error, exceptions.RayError) and not isinstance(error, exceptions.RayTaskError):
        # The process, its node, or the way to it.
        return Failed("worker_died", retryable=True, detail=_kind(error))
    return _internal(_kind(error))


def _kind(error: Exception) -> str:
    """No message: it may quote a user's data."""
    return type(error).__name__


def _internal(detail: str) -> Failed:
    return Failed("internal", retryable=True, detail=detail)


def _closed() -> Failed:
    return Failed("worker_died", retryable=True, detail="the executor was closed")
