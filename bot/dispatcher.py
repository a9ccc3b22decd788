"""Decides which job is painted when, and sees that queued, running and stopped mean just that.

The `jobs` table is the queue: nothing that is kept here must survive a kill.
"""

import asyncio
import math
import time
from contextlib import suppress

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.contextvars import bound_contextvars

from bot import fairness, jobs, metrics, turns, workload
from bot.database import Database
from bot.executors.base import Executor
from bot.jobs import LEASE_SECONDS, Job, State
from bot.painting import Painter, Run
from bot.status import StatusBoard

log = structlog.get_logger(__name__)

STOP_SECONDS = 3.0
REFRESH_SECONDS = 10.0  # between two looks at the waits of those in the queue
RETRY_SECONDS = 5.0  # after the database has failed
TOLD_AT_ONCE = 200  # of those in the queue, before the limits let any more be sent
PAUSE = 4.0  # times what it took to tell them: a long queue must not hold up all else


class Dispatcher:
    """As many runs at once as there are slots, fair among persons."""

    def __init__(
        self,
        database: Database,
        executor: Executor,
        painter: Painter,
        board: StatusBoard,
        slots: int,
    ) -> None:
        self._database = database
        self._executor = executor
        self._painter = painter
        self._board = board
        self._slots = slots
        self._runs: dict[int, Run] = {}
        self._run_tasks: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []
        self._told: dict[int, tuple[int, int | None]] = {}  # places and minutes, by job
        self._wake = asyncio.Event()
        self._moved = asyncio.Event()
        self._stopping = False

    async def start(self) -> None:
        """Put back what an earlier run was painting, and begin."""
        released = await self._database.run(jobs.release_running)
        if released:
            log.info("unfinished jobs are queued again", count=released)
        self._wake.set()
        self._loops = [
            asyncio.create_task(self._work()),
            asyncio.create_task(self._tell()),
            asyncio.create_task(self._keep_leases()),
        ]

    @property
    def working(self) -> bool:
        """Whether it begins what is queued."""
        return bool(self._loops) and not any(loop.done() for loop in self._loops)

    def wake(self) -> None:
        """The queue has changed."""
        self._wake.set()

    async def cancel(self, job_id: int, quietly: bool = False) -> None:
        """Once the database says so: stop the run, if there is one, and say so in the chat.

        `quietly`: take the status message away instead, since another job takes this one's place.
        """
        metrics.JOBS_ENDED.labels("cancelled").inc()
        run = self._runs.get(job_id)
        if run is not None:
            run.cancelled = True
        with bound_contextvars(job=job_id):
            job = await self._database.run(jobs.get, job_id)
            if job is not None:
                (self._board.remove if quietly else self._board.stopped)(job)
            if run is not None:
                await self._executor.cancel(job_id)

    async def finish(self, job_id: int) -> None:
        """Once the database says so: have the run, if there is one, end with its picture."""
        run = self._runs.get(job_id)
        if run is not None:
            run.finishing = True
            self._board.finishing(run.job)
            await self._executor.finish(job_id)

    async def stop(self) -> None:
        """Stop painting, within seconds. What was in work is queued again."""
        self._stopping = self._painter.stopping = True
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        await self._executor.close()
        if self._run_tasks:
            _, late = await asyncio.wait(self._run_tasks, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                while len(self._runs) < self._slots and await self._start_next():
                    pass
            except Exception:
                log.exception("the queue cannot be read")
                await asyncio.sleep(RETRY_SECONDS)
                self._wake.set()
            self._moved.set()

    async def _tell(self) -> None:
        """Keep those in the queue up to date; a long one is looked at less often."""
        while True:
            with suppress(TimeoutError):
                refresh = REFRESH_SECONDS if self._told else None
                await asyncio.wait_for(self._moved.wait(), refresh)
            self._moved.clear()
            began = time.monotonic()
            try:
                await self._show_places()
            except Exception:
                log.exception("the places in the queue cannot be read")
                self._moved.set()
                await asyncio.sleep(RETRY_SECONDS)
            spent = time.monotonic() - began
            await asyncio.sleep(min(PAUSE * spent, REFRESH_SECONDS))

    async def _start_next(self) -> bool:
        job = await self._database.run(self._claim_next)
        if job is None:
            return False
        run = self._runs[job.id] = Run(job)
        task = asyncio.create_task(self._run(run))
        self._run_tasks.add(task)
        task.add_done_callback(self._run_tasks.discard)
        return True

    async def _run(self, run: Run) -> None:
        if run.job.attempt == 1:
            waited = max(0.0, time.time() - run.job.created_at)
            metrics.PHASE.labels("waiting").observe(waited)
        with bound_contextvars(job=run.job.id):
            try:
                if run.job.attempt == 1 or run.job.status_message_id is None:
                    self._board.starting(run.job)
                await self._painter.paint(run)
            except Exception:
                # Neither the result nor the failure could be written: the lease brings it back.
                log.exception("the end of an attempt was not saved")
            finally:
                del self._runs[run.job.id]
                self._wake.set()

    async def _claim_next(self, connection: AsyncConnection) -> Job | None:
        waiting = await turns.waiting(connection)
        # A run that is just ending may have put its job back already.
        free = [one for one in waiting if one.job_id not in self._runs]
        served = await turns.served(connection, {job.owner_id for job in waiting})
        chosen = fairness.pick(free, await turns.busy(connection), served)
        if chosen is None or not await jobs.claim(connection, chosen.job_id):
            return None
        return await jobs.get(connection, chosen.job_id)

    async def _show_places(self) -> None:
        """Tell those in the queue what has changed for them, to the minute.

        Those first who know nothing yet, then those who are nearest to their turn.
        """
        load = await self._database.run(workload.read, self._slots, time.time())
        told = {
            job_id: (place, _minutes(load.begins[job_id])) for job_id, place in load.places.items()
        }
        changed = [job_id for job_id in told if told[job_id] != self._told.get(job_id)]
        changed.sort(key=lambda job_id: (job_id in self._told, load.places[job_id]))
        changed = changed[:TOLD_AT_ONCE]
        for job in await self._database.run(jobs.some, changed):
            # Meanwhile it may have been begun, which is newer news.
            if job.state is State.QUEUED and job.id not in self._runs:
                self._board.queued(job, load.places[job.id], load.begins[job.id])
        known = {job_id: self._told[job_id] for job_id in told if job_id in self._told}
        self._told = known | {job_id: told[job_id] for job_id in changed}
        if len(changed) == TOLD_AT_ONCE:
            self._moved.set()

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            try:
                released = await self._database.run(jobs.renew_and_release, set(self._runs))
            except Exception:
                log.exception("leases cannot be renewed")
                continue
            if released:
                log.warning("lost jobs are queued again", count=released)
                self._wake.set()


def _minutes(seconds: float | None) -> int | None:
    return None if seconds is None else math.ceil(seconds / 60)
