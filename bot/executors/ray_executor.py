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

from bot import metrics
from bot.executors import process, ray_cluster
from bot.executors.base import Event, Failed, Finished, Request, Started
from bot.executors.limits import USUAL, Limits
from bot.executors.ray_calls import Calls
from bot.executors.ray_nodes import Nodes
from bot.executors.ray_orders import Order
from bot.executors.ray_task import Taken, attempt, warm_up
from bot.executors.runs import Run

log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds between tries to join the cluster
SPARE_SECONDS = 5.0  # for the way to a node and back, before its process is killed
START_SECONDS = process.LONGEST_PAUSE + SPARE_SECONDS  # and for a worker that is tried again
UNTAKEN = 4  # events on their way: a node tells snapshots no faster than they are taken
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

    A task asks for `cpus` and `gpus` of a node, and waits in Ray's queue until one has them;
    `slots` are expected at a time, and for so many the nodes have workers ready. The limits hold on
    the node; here they hold, a little later, for a node that does not. Ray itself repeats nothing:
    whoever runs an attempt decides on the next, which goes on from the last checkpoint. Where the
    process has joined a cluster already, that one is used, and not left at the end. Runs wait for
    a cluster that is not there.
    """

    def __init__(
        self,
        address: str = "auto",
        limits: Limits = USUAL,
        *,
        slots: int = 1,
        cpus: float = 1.0,
        gpus: float = 0.0,
        engine: str = "nst",
    ) -> None:
        self._address = address
        self._limits = limits
        self._engine = engine
        takes = {
            "num_cpus": cpus,
            "num_gpus": gpus,
            "max_retries": 0,
            "max_calls": 0,  # else a GPU's process would end after each
        }
        # Not one node after the other: a painting takes it all.
        self._task = ray.remote(
            scheduling_strategy="SPREAD",
            _generator_backpressure_num_objects=UNTAKEN,
            **takes,
        )(attempt)
        self._warm_up = ray.remote(**takes)(warm_up)
        self._calls = Calls()
        self._orders: Any = None
        self._joined = asyncio.Event()
        self._joining: asyncio.Task[None] | None = None
        self._ours = False  # the connection to the cluster
        self._trips: set[Trip] = set()  # tasks of theirs are under way
        self._nodes = Nodes(
            self._calls,
            self._submit_warm_up,
            lambda: bool(self._trips),
            slots=slots,
            cpus=cpus,
            gpus=gpus,
        )
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
        await self._nodes.close()
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
        seconds = self._limits.grace_seconds + SPARE_SECONDS
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
                self._ours |= await self._calls.make(ray_cluster.join, self._address)
                self._orders = await self._calls.make(ray_cluster.orders)
            except Exception as error:  # of a dozen kinds
                log.error("cluster_not_joined", reason=str(error), again_in=pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                log.info("cluster_joined")
                self._joined.set()
                break
        await self._nodes.keep()

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
            await self._listen(trip)
        except Exception as error:
            run.tell(_failure(error, run.request.attempt))
        finally:
            run.tell(_internal("the task ended the run without a result"))
            if trip.submitted:
                with suppress(Exception):  # the cluster is gone, and its orders with it
                    self._orders.forget.remote(trip.name)

    async def _listen(self, trip: Trip) -> None:
        """Tell what the node tells; what holds a node that keeps silent to its limits is here."""
        now = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(None) as limit:
                async for reference in trip.events:
                    told = await reference
                    if isinstance(told, Taken):
                        trip.begun = True
                        for reason, many in told.restarts.items():
                            metrics.WORKER_RESTARTS.labels(reason).inc(many)
                        limit.reschedule(now() + self._limits.warm_up_seconds + START_SECONDS)
                        continue
                    if isinstance(told, Started):
                        limit.reschedule(now() + self._limits.timeout_seconds + SPARE_SECONDS)
                    trip.run.tell(told)
        except TimeoutError:
            if not limit.expired():
                raise
            trip.run.tell(Failed("timed_out", retryable=True, detail="the node did not answer"))
            log.warning("task_killed", job=trip.run.request.job_id, reason="timed_out")
            await self._calls.make(ray.cancel, trip.events, force=True)

    def _submit(self, trip: Trip) -> Any:
        request = trip.run.request
        return self._task.remote(request, trip.name, self._orders, self._engine, self._limits)

    def _submit_warm_up(self, node: str) -> Any:
        there = self._warm_up.options(scheduling_strategy=ray_cluster.on_node(node))
        return there.remote(self._engine, self._limits)

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
