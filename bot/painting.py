"""One attempt at one job: what the executor tells goes to the database, the disk and the chat."""

import secrets
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from functools import partial
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import jobs, metrics, outbox, pictures, results
from bot.database import Database
from bot.disk import insist
from bot.executors.base import Event, Executor, Failed, Finished, Request, Sketch, Snapshot, Started
from bot.files import Files
from bot.jobs import Job
from bot.outbox import Kind
from bot.status import StatusBoard
from bot.status_message import interval
from bot.texts import is_ours

log = structlog.get_logger(__name__)

MAX_FAILURES = 3
MAX_ATTEMPTS = 10  # with those that a restart of the bot has cut short


class Run:
    """A job in an executor's hands."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.cancelled = False
        self.finishing = job.finish_asked
        self.checkpoint = job.checkpoint
        self._began = time.monotonic()
        self._share = 0.0

    def begin(self) -> None:
        """A worker has it: the time counts from here."""
        self._began = time.monotonic()

    def elapsed(self) -> float:
        """Seconds since a worker has it; before that, since it was to get one."""
        return time.monotonic() - self._began

    def share(self, seconds_left: float) -> float:
        """How much of the time is over, 0 to 1; never less than before.

        Not the share of the steps: those of the last scales take much longer than the first.
        """
        elapsed = self.elapsed()
        now = elapsed / max(elapsed + seconds_left, 1e-9)
        self._share = max(self._share, min(1.0, now))
        return self._share


class Painter:
    """Makes attempts. Set `stopping` before the executor is closed: its failures count no more."""

    def __init__(
        self,
        database: Database,
        files: Files,
        executor: Executor,
        board: StatusBoard,
        on_delivery: Callable[[], None],
        *,
        films: bool = True,
    ) -> None:
        self._database = database
        self._files = files
        self._executor = executor
        self._board = board
        self._on_delivery = on_delivery
        self._films = films
        self.stopping = False

    async def paint(self, run: Run) -> None:
        """Make an attempt, and commit how it ended. Raises only what the database or disk does."""
        if run.job.attempt > MAX_ATTEMPTS:
            await self._failed(run, Failed("internal", False, "too many restarts"))
            return
        try:
            end = await self._attempt(run)
        except FileNotFoundError:
            end = Failed("gone", False, "an input is gone from the data folder")
        except Exception as error:
            log.exception("the executor broke its promise")
            end = Failed("internal", True, repr(error))
        if run.cancelled:
            await self._drop_checkpoint(run)
        elif isinstance(end, Finished):
            await self._finished(run, end)
        else:
            await self._failed(run, end)

    async def _attempt(self, run: Run) -> Finished | Failed:
        events = self._executor.run(await self._request(run.job))
        try:
            async for event in events:
                if isinstance(event, Finished):
                    metrics.PHASE.labels("painting").observe(run.elapsed())
                if isinstance(event, Finished | Failed):
                    return event
                if run.cancelled:
                    # The executor may not have had the run yet when it was told to cancel it.
                    return Failed("cancelled", retryable=False)
                if run.finishing:
                    # Likewise; and a request that an earlier run has left is told only here.
                    await self._executor.finish(run.job.id)
                await self._progress(run, event)
        finally:
            if isinstance(events, AsyncGenerator):
                await events.aclose()
        return Failed("internal", True, "the executor stopped without a word")

    async def _request(self, job: Job) -> Request:
        return Request(
            job_id=job.id,
            attempt=job.attempt,
            content=await self._files.get(job.content),
            styles=tuple([await self._files.get(style) for style in job.styles]),
            options=job.options,
            checkpoint=await self._last_checkpoint(job),
            snapshot_seconds=interval(job.chat_id),
            start=await self._files.get(job.start) if job.start else None,
            film=self._films,
        )

    async def _last_checkpoint(self, job: Job) -> bytes | None:
        try:
            return await self._files.get(job.checkpoint) if job.checkpoint else None
        except FileNotFoundError:
            log.warning("a checkpoint is gone: painting from the start")
            return None

    async def _progress(self, run: Run, event: Event) -> None:
        if isinstance(event, Started):
            metrics.PHASE.labels("loading").observe(run.elapsed())
            run.begin()
        elif isinstance(event, Sketch) and not run.finishing:
            self._board.sketch(run.job, event.jpeg)
        elif isinstance(event, Snapshot):
            # The chat first: it does not wait for the disk.
            left = event.seconds_left
            if not run.finishing:
                self._board.snapshot(run.job, event.jpeg, run.share(left), left)
            await self._save_checkpoint(run, event)

    async def _save_checkpoint(self, run: Run, event: Snapshot) -> None:
        previous = run.checkpoint
        end = time.time() + event.seconds_left
        try:
            sha256 = await self._files.put(event.checkpoint)
            await self._database.run(jobs.save_checkpoint, run.job.id, sha256, end)
            run.checkpoint = sha256  # not before: else the one that the database names would leak
            await self._drop_file(previous)
        except (OSError, SQLAlchemyError) as error:
            # Painting needs no checkpoint; only going on after a kill does.
            log.warning("a checkpoint was not saved", reason=str(error))

    async def _drop_checkpoint(self, run: Run) -> None:
        await self._database.run(jobs.drop_checkpoint, run.job.id)
        await self._drop_file(run.checkpoint)

    async def _drop_file(self, sha256: str | None) -> None:
        # Two jobs with the same inputs paint the same: the file may be another's too.
        if sha256 is not None:
            query = self._database.run
            await self._files.drop({sha256}, lambda some: query(jobs.no_checkpoints, some))

    async def _finished(self, run: Run, event: Finished) -> None:
        photo, file = await self._kept(event.photo), await self._kept(event.file)
        pair = await self._kept(event.pair) if event.pair else None
        film = await self._kept(event.film) if event.film else None
        result = photo, file, event.report, pair, film
        twins = await self._database.run(_finish, run.job.id, *result)
        if twins is not None:
            log.info("job finished", seconds=event.report.get("seconds"))
            early = event.report.get("finished") is False
            metrics.JOBS_ENDED.labels("early" if early else "finished").inc()
            self._on_delivery()
            for job_id, checkpoint in twins.items():
                log.info("job finished by its twin", job=job_id, twin=run.job.id)
                metrics.JOBS_ENDED.labels("cached").inc()
                await self._drop_file(checkpoint)
        else:  # cancelled, and perhaps deleted, meanwhile
            files = {one for one in (photo, file, pair, film) if one is not None}
            query = self._database.run
            await self._files.drop(files, lambda some: query(pictures.unneeded, some))
        await self._drop_checkpoint(run)

    async def _kept(self, picture: bytes) -> str:
        """Stored, as soon as there is room: painting it again would take longer than any wait."""
        return await insist(partial(self._files.put, picture))

    async def _failed(self, run: Run, event: Failed) -> None:
        again = event.retryable or event.code == "cancelled"  # not by us, or it is over already
        if self.stopping and again:
            await self._database.run(jobs.release, run.job.id, failed=False)
            return
        metrics.ATTEMPT_FAILURES.labels(metrics.known(event.code, metrics.REASONS)).inc()
        if again and run.job.failures + 1 < MAX_FAILURES:
            log.warning("an attempt failed", code=event.code, detail=event.detail)
            if await self._database.run(jobs.release, run.job.id, failed=True):
                self._board.trying_again(run.job)
            return
        error_id = secrets.token_hex(4)
        write = log.error if is_ours(event.code) else log.info
        write("job failed", code=event.code, detail=event.detail, error_id=error_id)
        if await self._database.run(_fail, run.job.id, event.code, error_id):
            metrics.JOBS_ENDED.labels("failed").inc()
        self._on_delivery()
        await self._drop_checkpoint(run)


async def _finish(
    connection: AsyncConnection,
    job_id: int,
    photo: str,
    file: str,
    report: Mapping[str, Any],
    pair: str | None,
    film: str | None,
) -> dict[int, str | None] | None:
    """The result and the promise to deliver it, to all that wait for the same too, at once.

    Returns those others, and the checkpoints that nobody goes on from now; None where the job is
    over already.
    """
    if not await jobs.finish(connection, job_id, photo, file, report, pair, film):
        return None
    await outbox.add(connection, job_id, Kind.RESULT)
    return await results.share(connection, job_id)


async def _fail(connection: AsyncConnection, job_id: int, code: str, error_id: str) -> bool:
    """The failure and the promise to apologise, at once. False where the job is over already."""
    if not await jobs.fail(connection, job_id, code, error_id):
        return False
    await outbox.add(connection, job_id, Kind.APOLOGY)
    return True
