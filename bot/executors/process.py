"""The default executor: a warm worker process a slot, on this machine. Starts and ends processes.

Loads neither the engine nor anything that decodes a picture: that is the workers' part.
"""

import asyncio
import signal
from collections import deque
from collections.abc import AsyncGenerator

import structlog
from structlog.contextvars import bound_contextvars

from bot import metrics
from bot.executors.base import Event, Failed, Finished, Request
from bot.executors.child import Child, WorkerDied
from bot.executors.frames import Cancel, Finish, Idle
from bot.executors.limits import USUAL, Limits
from bot.executors.runs import Run

log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds between starts of a worker that does not start
BROKEN = {"internal", "out_of_memory"}  # a worker is not used again after failing so
PLANNED = {"max_jobs", "max_rss_mb"}  # nothing is wrong with a worker that is replaced so


class ProcessExecutor:
    """Paints `slots` requests at a time, each in a process of its own; an `Executor`.

    `engine` is the dotted name of a module with `stylize` and `warm_up`.
    """

    def __init__(self, slots: int = 1, limits: Limits = USUAL, *, engine: str = "nst") -> None:
        self._count = slots
        self._limits = limits
        self._engine = engine
        self._slots: list[asyncio.Task[None]] = []
        self._queue: deque[Run] = deque()  # not yet with a worker
        self._painting: dict[Run, Child] = {}
        self._workers: set[Child] = set()
        self._runs: set[Run] = set()  # someone waits for their events
        self._changed = asyncio.Event()  # a run was queued, or a worker has exited
        self._begun = asyncio.Event()  # a worker is ready, or could not be started
        self._not_started: Failed | None = None  # why the latest was not
        self._closed = False

    async def start(self) -> None:
        """Start the workers; return at once, without waiting for them to be ready."""
        for slot in range(self._count):
            with bound_contextvars(slot=slot):  # on every line that comes of it
                self._slots.append(asyncio.create_task(self._serve(slot)))

    async def begun(self) -> Failed | None:
        """Wait until a worker is ready; `Failed` where the first could not be started."""
        await self._begun.wait()
        return self._not_started

    async def run(self, request: Request) -> AsyncGenerator[Event, None]:
        """Paint one request. Waits for a free worker where all are busy."""
        run = Run(request)
        if self._closed:
            run.tell(_closed())
        else:
            self._queue.append(run)
            self._changed.set()
        self._runs.add(run)
        try:
            while True:
                event = await run.next()
                yield event
                if isinstance(event, Finished | Failed):
                    return
        finally:
            self._runs.discard(run)
            self._cancel(run)

    async def cancel(self, job_id: int) -> None:
        """End the job's run soon with `Failed("cancelled")`: by flag, then by kill."""
        for run in [run for run in self._runs if run.request.job_id == job_id]:
            self._cancel(run)

    async def finish(self, job_id: int) -> None:
        """End the job's run soon with `Finished` and the best picture so far.

        A worker that does not obey is killed only when its time is over: the last step at a large
        size, and encoding it, take longer than any grace.
        """
        for run in [run for run in self._runs if run.request.job_id == job_id]:
            if not (run.over or run.cancelled or run.finishing):
                run.finishing = True
                if worker := self._painting.get(run):
                    worker.post(Finish())

    async def close(self) -> None:
        """Stop every worker within seconds; runs in flight end with `Failed`, retryable."""
        self._closed = True
        self._begun.set()
        for run in self._runs:
            run.tell(_closed())
        for slot in self._slots:
            slot.cancel()
        await asyncio.gather(*self._slots, return_exceptions=True)
        # Of a slot that was cancelled while it ended its worker.
        await asyncio.gather(*(worker.end() for worker in self._workers))

    def _cancel(self, run: Run) -> None:
        if run.over or run.cancelled:
            return
        run.cancelled = True
        worker = self._painting.get(run)
        if worker is None:
            self._queue.remove(run)
            run.tell(Failed("cancelled", retryable=False))
        else:
            worker.post(Cancel())
            soon = self._limits.grace_seconds
            asyncio.get_running_loop().call_later(soon, self._kill_if_painting, run, worker)

    def _kill_if_painting(self, run: Run, worker: Child) -> None:
        if self._painting.get(run) is worker:
            log.warning("worker_killed", reason="cancelled", job=run.request.job_id, pid=worker.pid)
            worker.kill()

    async def _serve(self, slot: int) -> None:
        """Keep one slot staffed until cancelled. A worker that does not start is tried again."""
        pause = FIRST_PAUSE
        while True:
            try:
                failed = await self._employ(slot)
            except Exception as error:  # a slot must never be lost, nor a run hang
                log.exception("slot_failed")
                failed = _internal(type(error).__name__)
            if failed is None:
                pause = FIRST_PAUSE
                continue
            self._not_started = failed
            self._begun.set()
            log.error("worker_not_started", detail=failed.detail, again_in=pause)
            metrics.WORKER_RESTARTS.labels("not_started").inc()
            if self._queue:
                self._queue.popleft().tell(failed)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _employ(self, slot: int) -> Failed | None:
        """One worker, from its start to its end. `Failed` where it never came to work."""
        try:
            worker = await Child.spawn(self._engine, self._changed.set, slot)
        except OSError as error:
            return _internal(f"no new process: {error.strerror}")
        self._workers.add(worker)
        try:
            with metrics.worker(slot, worker.pid):
                if failed := await self._until_ready(worker):
                    return failed
                self._not_started = None
                self._begun.set()
                log.info("worker_ready", pid=worker.pid)
                with metrics.WORKERS_READY.track_inprogress():
                    return await self._work_off(worker)
        finally:
            await worker.end()
            self._workers.discard(worker)

    async def _work_off(self, worker: Child) -> Failed | None:
        """One run after the other, until the worker has to be replaced."""
        jobs = 0
        while True:
            run = await self._next_run(worker)
            if run is None and jobs == 0:
                return _internal("the worker died before its first job")
            reason = await self._paint(worker, run) if run else "died"
            jobs += 1
            if reason is None and jobs >= self._limits.max_jobs:
                reason = "max_jobs"
            if reason is not None:
                write = log.info if reason in PLANNED else log.warning
                write("worker_replaced", pid=worker.pid, reason=reason, job=worker.job, jobs=jobs)
                metrics.WORKER_RESTARTS.labels(reason).inc()
                return None

    async def _until_ready(self, worker: Child) -> Failed | None:
        try:
            async with asyncio.timeout(self._limits.warm_up_seconds):
                message = await worker.receive()
        except TimeoutError:
            return _internal("the worker was not ready in time")
        except WorkerDied as error:
            return _internal(f"the worker did not start: {error}")
        if isinstance(message, Failed):
            return message
        return None if isinstance(message, Idle) else _internal("the worker spoke out of turn")

    async def _next_run(self, worker: Child) -> Run | None:
        """The run that has waited longest; `None` once `worker` has died."""
        while worker.alive:
            if self._queue:
                return self._queue.popleft()
            self._changed.clear()
            await self._changed.wait()
        return None

    async def _paint(self, worker: Child, run: Run) -> str | None:
        """Have `worker` paint `run`, to its end. Says why to replace the worker, if one must."""
        self._painting[run] = worker
        worker.job = run.request.job_id
        try:
            async with asyncio.timeout(self._limits.timeout_seconds):
                return await self._converse(worker, run)
        except TimeoutError:
            run.tell(Failed("timed_out", retryable=True))
            return "timed_out"
        except WorkerDied as error:
            run.tell(_died(error))
            return "died"
        finally:
            run.tell(_internal("the worker ended the run without a result"))
            del self._painting[run]

    async def _converse(self, worker: Child, run: Run) -> str | None:
        try:
            worker.post(run.request)
            if run.finishing:
                worker.post(Finish())
        except (TypeError, ValueError) as error:  # it cannot be sent: no attempt will do better
            run.tell(Failed("internal", retryable=False, detail=str(error)))
            return None
        reason = None
        while True:
            message = await worker.receive()
            if isinstance(message, Idle):
                return "max_rss_mb" if message.rss_mb > self._limits.max_rss_mb else reason
            if not isinstance(message, Event):
                return "protocol"  # it spoke out of turn
            if isinstance(message, Failed) and message.code in BROKEN:
                reason = message.code
            run.tell(message)


def _died(error: WorkerDied) -> Failed:
    if error.code == -signal.SIGPROF:  # `nst.limits`: it was decoding for longer than any picture
        return Failed("unreadable", retryable=False, detail=str(error))
    return Failed("worker_died", retryable=True, detail=str(error))


def _internal(detail: str) -> Failed:
    return Failed("internal", retryable=True, detail=detail)


def _closed() -> Failed:
    return Failed("worker_died", retryable=True, detail="the executor was closed")
