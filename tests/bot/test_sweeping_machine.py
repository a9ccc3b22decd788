"""Rounds of letting go between all that people do: nothing that is needed ever goes.

Real files and a real database; the round and the ceiling's look stop before and after each of their
transactions, and whoever handles a photo stops between having it and naming it. Half a minute:
`uv run pytest -m slow tests/bot/test_sweeping_machine.py`.
"""

import asyncio
import hashlib
import os
import shutil
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import jobs, outbox, results, sessions, sweeping, tables
from bot.database import Database, opened
from bot.files import Files
from bot.gathering import Part, Session
from bot.outbox import Kind
from bot.room import Room
from bot.sessions import Where
from tests.bot.queues import wanted

KEPT = 1000.0  # seconds
numbers = st.integers(0, 1)


class Stepping(Database):
    """A database that waits for leave, before and after each transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.leave = asyncio.Event()
        self.stopped = asyncio.Event()

    async def run(self, work: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        await self._stop()
        try:
            return await self._database.run(work, *args, **kwargs)
        finally:
            await self._stop()

    async def _stop(self) -> None:
        self.leave.clear()
        self.stopped.set()
        await self.leave.wait()


class Cleaner:
    """A round, or the ceiling's look, step by step."""

    def __init__(self, database: Database, work: Callable[[Database], Coroutine[Any, Any, Any]]):
        self.database = Stepping(database)
        self.task = asyncio.create_task(work(self.database))

    async def step(self) -> bool:
        """Go on to the next stop. False once it is done."""
        self.database.stopped.clear()
        self.database.leave.set()
        stopped = asyncio.create_task(self.database.stopped.wait())
        await asyncio.wait([stopped, self.task], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if self.task.done():
            self.task.result()
        return not self.task.done()


class Handler:
    """Has pictures in hand, and is about to name them."""

    def __init__(self, take: Callable[[], Awaitable[set[str] | None]]) -> None:
        self.names: set[str] | None = None
        self.ready = asyncio.Event()
        self._commit: Callable[[], Awaitable[Any]] | None = None
        self._go = asyncio.Event()
        self.task = asyncio.create_task(self._work(take))

    async def _work(self, take: Callable[[], Awaitable[set[str] | None]]) -> None:
        self.names = await take()
        self.ready.set()
        await self._go.wait()
        if self._commit is not None:
            await self._commit()

    async def end(self, commit: Callable[[], Awaitable[Any]] | None) -> None:
        self._commit = commit
        self._go.set()
        await self.task


class House(RuleBasedStateMachine):
    """People, painters, and the one who cleans up."""

    runner: asyncio.Runner
    folder: Path
    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.files = Files(self.folder / "files")
        self.files.prepare()
        self.handlers: list[Handler] = []
        self.cleaners: list[Cleaner] = []

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def _run(self, work: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        return self._do(self.database.run(work, *args))

    def _ids(self, *states: str) -> list[int]:
        query = select(tables.jobs.c.id).where(tables.jobs.c.state.in_(states))
        return list(self._run(lambda connection: connection.scalars(query)).all())

    @initialize()
    def begin(self) -> None:
        """Some paintings were made long ago, and delivered; one waits."""
        for number in (0, 1):
            self.take(number, number, fetched=True)
            self.name(0, "job")
            self.paint(0, number, "done")
            self.deliver(arrives=True)
        self.wait()
        self.take(0, 1, fetched=True)
        self.name(0, "job")

    @rule(content=numbers, style=numbers, fetched=st.booleans())
    def take(self, content: int, style: int, fetched: bool) -> None:
        """Two photos come, or are found among those that are there."""
        data = [f"content {content}".encode(), f"style {style}".encode()]

        async def put() -> set[str]:
            return {await self.files.put(one) for one in data}

        async def find() -> set[str] | None:
            names = [hashlib.sha256(one).hexdigest() for one in data]
            return set(names) if all([await self.files.has(one) for one in names]) else None

        async def begin() -> None:
            handler = Handler(put if fetched else find)
            await handler.ready.wait()
            self.handlers.append(handler)

        self._do(begin())

    @precondition(lambda self: self.handlers)
    @rule(which=st.integers(0, 9), how=st.sampled_from(["job", "job", "session", "nothing"]))
    def name(self, which: int, how: str) -> None:
        """What is in hand is written down, and the hand is free."""
        handler = self.handlers.pop(which % len(self.handlers))
        names = sorted(handler.names or ())
        commit: Callable[[], Awaitable[Any]] | None = None
        if names and how == "job":
            new = wanted(content=names[0], styles=tuple(names[1:]))
            commit = lambda: self.database.run(jobs.add, new, "key")  # noqa: E731
        elif names and how == "session":
            session = Session((Part(names[0], 1),), touched=time.time())
            where = Where(which + 1, 0, 1)
            commit = lambda: self.database.run(sessions.save, where, session, "en")  # noqa: E731
        self._do(handler.end(commit))

    @rule(which=st.integers(0, 9), result=numbers, how=st.sampled_from(["done", "fail", "cancel"]))
    def paint(self, which: int, result: int, how: str) -> None:
        """A job of the queue comes to its end; a result may be the same as an old one."""
        if not (queued := self._ids("queued")):
            return
        job_id = queued[which % len(queued)]

        async def work() -> None:
            run = self.database.run
            if how == "cancel":
                await run(jobs.cancel, job_id)
                return
            await run(jobs.claim, job_id)
            if how == "fail":
                await run(jobs.fail, job_id, "internal", "id")
                await run(outbox.add, job_id, Kind.APOLOGY)
                return
            photo = await self.files.put(f"photo {result}".encode())
            file = await self.files.put(f"file {result}".encode())
            await run(jobs.finish, job_id, photo, file, {})
            await run(outbox.add, job_id, Kind.RESULT)
            await run(results.share, job_id)

        self._do(work())

    @rule(arrives=st.booleans())
    def deliver(self, arrives: bool) -> None:
        """What waits longest has arrived, or never will."""
        if waiting := self._run(outbox.waiting):
            if arrives:
                self._run(outbox.mark_sent, waiting[0].id, 7, "id")
            else:
                self._run(outbox.mark_dead, waiting[0].id)

    @rule(which=st.integers(0, 9))
    def press(self, which: int) -> None:
        """The file of a job that is kept is asked for."""
        query = select(tables.jobs).where(tables.jobs.c.kept, tables.jobs.c.state == "finished")
        found = self._run(lambda connection: connection.execute(query)).all()
        if found:
            job = found[which % len(found)]
            self._run(outbox.add, job.id, Kind.FILE)

    @rule()
    def wait(self) -> None:
        """A long time passes: what is over has become old, and files too."""
        aged = update(tables.jobs).values(finished_at=tables.jobs.c.finished_at - 2 * KEPT)
        self._run(lambda connection: connection.execute(aged))
        for path in self.folder.glob("files/??/*"):
            os.utime(path, (1000, 1000))

    @precondition(lambda self: len(self.cleaners) < 2)
    @rule(ceiling=st.booleans())
    def clean(self, ceiling: bool) -> None:
        """A round begins, or the ceiling is found to be reached."""

        async def round_of(database: Database) -> None:
            await sweeping.sweep(database, self.files, KEPT, time.time())

        async def look(database: Database) -> None:
            await Room(database, self.files, 1).there_is()

        async def begin() -> None:
            self.cleaners.append(Cleaner(self.database, look if ceiling else round_of))

        self._do(begin())

    @precondition(lambda self: self.cleaners)
    @rule(which=st.integers(0, 1), steps=st.integers(1, 9))
    def go_on(self, which: int, steps: int) -> None:
        """A cleaner goes some steps on."""
        cleaner = self.cleaners[which % len(self.cleaners)]

        async def go() -> bool:
            for _ in range(steps):
                if not await cleaner.step():
                    return False
            return True

        if not self._do(go()):
            self.cleaners.remove(cleaner)

    @invariant()
    def nothing_that_is_needed_is_missing(self) -> None:
        there = {name.name for name in self.folder.glob("files/??/*")}
        for handler in self.handlers:
            assert (handler.names or set()) <= there, "in hand"
        gathered, waiting, rows = self._run(_read)
        assert gathered <= there, "gathered"
        for job in rows:
            if job.state in jobs.ACTIVE:
                assert {job.content, *job.styles} <= there, "an accepted job"
            if job.id in waiting and job.state == "finished":
                assert {job.photo, job.file} <= there, "to be delivered"

    def teardown(self) -> None:
        async def end() -> None:
            for handler in self.handlers:
                await handler.end(None)
            for cleaner in self.cleaners:
                while await cleaner.step():
                    pass

        self._do(end())
        self._run(_empty)
        shutil.rmtree(self.folder / "files")


async def _read(connection: AsyncConnection) -> tuple[set[str], set[int], Sequence[Any]]:
    """What sessions name, the jobs with something to deliver, and all jobs."""
    waiting = {one.job_id for one in await outbox.waiting(connection)}
    rows = (await connection.execute(select(tables.jobs))).all()
    return await sessions.pictures(connection), waiting, rows


async def _empty(connection: AsyncConnection) -> None:
    for table in (tables.pictures, tables.deliveries, tables.jobs, tables.sessions):
        await connection.execute(delete(table))


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One database for all that is tried."""
    monkeypatch.setattr(sweeping, "PAUSE", 0)
    monkeypatch.setattr(os, "fsync", lambda _: None)
    with asyncio.Runner() as runner:
        opening = opened(f"sqlite:///{tmp_path / 'atelier.db'}")
        database = runner.run(opening.__aenter__())
        for name, value in (("runner", runner), ("folder", tmp_path), ("database", database)):
            monkeypatch.setattr(House, name, value, raising=False)
        yield
        runner.run(opening.__aexit__(None, None, None))


@pytest.mark.slow
@pytest.mark.usefixtures("house")
def test_nothing_that_is_needed_goes() -> None:
    ways = settings(
        max_examples=100,
        stateful_step_count=30,
        deadline=None,
        phases=[Phase.reuse, Phase.generate],  # a way is short enough, and shrinking takes long
    )
    run_state_machine_as_test(House, settings=ways)
