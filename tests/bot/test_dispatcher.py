"""Those in the queue are told their places, and nothing that is begun waits for that."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot import dispatcher, jobs
from bot.database import Database
from bot.dispatcher import Dispatcher
from bot.jobs import Job, State
from bot.painting import Run
from tests.bot import queues


class Board:
    """Notes what is said of jobs that wait."""

    def __init__(self) -> None:
        self.places: list[tuple[int, int]] = []
        self.more = asyncio.Event()

    def queued(self, job: Job, place: int, wait: float | None) -> None:
        self.places.append((job.id, place))
        self.more.set()

    def starting(self, job: Job) -> None:
        pass


class Painter:
    """Paints until it is told to stop; `begun` holds the jobs in the order they came."""

    def __init__(self, database: Database) -> None:
        self.begun: asyncio.Queue[int] = asyncio.Queue()
        self.end = asyncio.Event()
        self.stopping = False
        self._database = database

    async def paint(self, run: Any) -> None:
        self.begun.put_nowait(run.job.id)
        await self.end.wait()
        await self._database.run(jobs.fail, run.job.id, "internal", "1")


class Executor:
    """Nothing of it is asked here."""

    async def close(self) -> None:
        pass


@asynccontextmanager
async def working(database: Database, board: Board, painter: Painter) -> AsyncIterator[Dispatcher]:
    """A dispatcher of one slot."""
    dispatching: Any = Dispatcher
    one: Dispatcher = dispatching(database, Executor(), painter, board, 1)
    await one.start()
    try:
        yield one
    finally:
        painter.end.set()
        await one.stop()


async def told(board: Board, count: int) -> list[tuple[int, int]]:
    """The first so many words to those who wait."""
    async with asyncio.timeout(20):
        while len(board.places) < count:
            board.more.clear()
            await board.more.wait()
    return board.places[:count]


async def test_a_long_queue_is_told_in_portions_and_nobody_is_left_out(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "TOLD_AT_ONCE", 4)
    waiting = [await queues.queued(database, owner) for owner in range(1, 12)]
    board, painter = Board(), Painter(database)
    async with working(database, board, painter):
        assert await painter.begun.get() == waiting[0]
        words = await told(board, 10)
    assert words == [(job_id, place) for place, job_id in enumerate(waiting[1:], start=1)]


async def test_who_knows_nothing_yet_is_told_before_those_who_move_up(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = [await queues.queued(database, owner) for owner in range(1, 5)]
    board, painter = Board(), Painter(database)
    async with working(database, board, painter) as one:
        await told(board, 3)
        board.places.clear()
        monkeypatch.setattr(dispatcher, "TOLD_AT_ONCE", 2)
        assert await database.run(jobs.cancel, waiting[1])
        new = [await queues.queued(database, owner) for owner in range(11, 13)]
        one.wake()
        words = await told(board, 4)
    assert words[:2] == [(new[0], 3), (new[1], 4)]
    assert {*words[2:]} == {(waiting[2], 1), (waiting[3], 2)}


async def test_the_next_is_begun_while_those_who_wait_are_still_being_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand of them once held up every painting by a second."""
    reading = asyncio.Event()

    async def endless(self: Dispatcher) -> None:
        reading.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(Dispatcher, "_show_places", endless)
    waiting = [await queues.queued(database, owner) for owner in (1, 2)]
    board, painter = Board(), Painter(database)
    async with working(database, board, painter):
        assert await painter.begun.get() == waiting[0]
        await reading.wait()
        painter.end.set()
        async with asyncio.timeout(20):
            assert await painter.begun.get() == waiting[1]


async def test_a_job_that_has_begun_meanwhile_is_not_said_to_wait(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await queues.queued(database)
    job = await database.run(jobs.get, job_id)
    assert job is not None
    assert job.state is State.QUEUED

    async def as_before(*_: object) -> list[Job]:
        return [job]

    monkeypatch.setattr(jobs, "some", as_before)
    board, painter = Board(), Painter(database)
    dispatching: Any = Dispatcher
    one: Dispatcher = dispatching(database, Executor(), painter, board, 1)
    one._runs[job_id] = Run(job)
    await one._show_places()
    assert board.places == []
    del one._runs[job_id]
    one._told.clear()
    await one._show_places()
    assert board.places == [(job_id, 1)]
