"""An executor whose painting the test does, event by event."""

import asyncio
from collections.abc import AsyncGenerator

from bot.executors.base import Event, Failed, Finished, Request, Sketch, Snapshot, Started
from tests.bot.sandbox.pictures import encoded, jpeg, picture

SKETCH = jpeg(64, 48, seed=1)
PHOTO = jpeg(512, 384, seed=2)
PAIR = jpeg(1024, 384, seed=3)
FILM = encoded(picture(64, 48, seed=4), "GIF")
FILE = encoded(picture(512, 384, seed=2), "PNG")


class FakeRun:
    """One attempt in the test's hands."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.cancelled = asyncio.Event()
        self.finishing = asyncio.Event()
        self.closed = asyncio.Event()
        self._events: asyncio.Queue[Event] = asyncio.Queue()

    def emit(self, *events: Event) -> None:
        """Let these happen."""
        for event in events:
            self._events.put_nowait(event)

    def sketch(self) -> None:
        """Begin, with a sketch."""
        self.emit(Started(), Sketch(SKETCH))

    def snapshot(self, step: int, checkpoint: bytes = b"checkpoint") -> None:
        """Be so far, of 10 steps."""
        self.emit(Snapshot(jpeg(64, 48, seed=100 + step), step, 10, 10.0 - step, checkpoint))

    def finish(self, *, early: bool = False) -> None:
        """Have a result."""
        report = {"seconds": 1.0, "finished": not early}
        film = FILM if self.request.film else None
        self.emit(Finished(PHOTO, FILE, report, PAIR, film))

    async def events(self) -> AsyncGenerator[Event, None]:
        """What `Executor.run` yields."""
        try:
            while True:
                event = await self._events.get()
                yield event
                if isinstance(event, Finished | Failed):
                    return
        finally:
            self.closed.set()


class FakeExecutor:
    """Hands every run to the test, without a limit."""

    def __init__(self) -> None:
        self.started = False
        self.closed = False
        self.runs: list[FakeRun] = []
        self._new: asyncio.Queue[FakeRun] = asyncio.Queue()

    async def start(self) -> None:
        self.started = True

    def run(self, request: Request) -> AsyncGenerator[Event, None]:
        run = FakeRun(request)
        self.runs.append(run)
        self._new.put_nowait(run)
        return run.events()

    async def cancel(self, job_id: int) -> None:
        for run in self.runs:
            if run.request.job_id == job_id:
                run.cancelled.set()
                run.emit(Failed("cancelled", retryable=False))

    async def finish(self, job_id: int) -> None:
        for run in self.runs:
            if run.request.job_id == job_id:
                run.finishing.set()

    async def close(self) -> None:
        self.closed = True
        for run in self.runs:
            run.emit(Failed("internal", retryable=True, detail="closed"))

    async def next_run(self) -> FakeRun:
        """The next attempt that the bot asks for."""
        async with asyncio.timeout(10):
            return await self._new.get()
