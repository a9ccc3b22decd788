"""A round of letting go, and the ceiling: over a database and a folder that are real."""

import asyncio
import os
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import blocklist, jobs, outbox, results, sessions, shrinking, sweeping, tables
from bot.admitting import Admitting
from bot.database import Database, opened
from bot.decision import Decision, Policy
from bot.fairness import Limits
from bot.files import Files
from bot.gathering import Part, Session
from bot.jobs import NewJob
from bot.outbox import Kind
from bot.room import Room
from bot.sessions import Where
from bot.sweeping import HOUR, UNNAMED_SECONDS, sweep
from bot.texts import texts_for
from tests.bot import queues
from tests.bot.disks import files_below
from tests.bot.queues import ANN, BOB, set_values, wanted

WEEK = 168 * HOUR
TEXTS = texts_for("en")
POLICY = Policy(Limits(5, 5, 5), {"size": 512})
SIZE = 1000  # bytes of a picture


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "PAUSE", 0)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    files = Files(tmp_path / "data" / "files")
    files.prepare()
    return files


async def put(files: Files, name: str) -> str:
    """A picture that nobody has in hand any more."""
    return await asyncio.create_task(files.put(name.ljust(SIZE).encode()))


async def painted(database: Database, files: Files, name: str, *, age: float = 0.0) -> list[str]:
    """A job whose result has arrived so many seconds ago; its pictures, content first."""
    names = [await put(files, f"{name} {kind}") for kind in ("content", "style", "photo", "file")]
    content, style, photo, file = names
    job_id = await queues.queued(database, content=content, styles=(style,))
    assert await database.run(jobs.claim, job_id)
    assert await database.run(jobs.finish, job_id, photo, file, {})
    await database.run(outbox.add, job_id, Kind.RESULT)
    [delivery] = await database.run(outbox.waiting)
    await database.run(outbox.mark_sent, delivery.id, 7, "id")
    await set_values(database, job_id, finished_at=time.time() - age, cache_key=name)
    return names


def make_old(root: Path) -> None:
    for path in (root / "data" / "files").rglob("*"):
        os.utime(path, (1000, 1000))


async def test_a_round_lets_go_of_what_is_old_and_keeps_the_rest(
    database: Database, files: Files, tmp_path: Path
) -> None:
    old = await painted(database, files, "old", age=WEEK + HOUR)
    new = await painted(database, files, "new", age=WEEK - HOUR)
    gathered = await put(files, "gathered")
    session = Session((Part(gathered, 1),), touched=time.time())
    await database.run(sessions.save, Where(ANN, 0, ANN), session, "en")
    make_old(tmp_path)
    await sweep(database, files, WEEK, time.time())
    assert files_below(tmp_path / "data") == {*new, gathered}
    assert not set(old) & files_below(tmp_path)
    assert await database.run(results.find, "old") is None
    assert await database.run(results.find, "new") is not None


async def test_for_ever_is_for_ever(database: Database, files: Files, tmp_path: Path) -> None:
    names = await painted(database, files, "old", age=100 * WEEK)
    make_old(tmp_path)
    await sweep(database, files, 0, time.time())
    assert files_below(tmp_path / "data") == set(names)


async def test_a_day_is_kept_for_the_limits_however_short_the_rest(
    database: Database, files: Files, tmp_path: Path
) -> None:
    await painted(database, files, "noon", age=12 * HOUR)
    await painted(database, files, "older", age=25 * HOUR)
    await sweep(database, files, HOUR, time.time())
    assert files_below(tmp_path / "data") == set()
    noon = await database.run(jobs.get, 1)
    assert noon is not None
    assert noon.owner_id == ANN


async def test_files_that_no_row_names_go_once_they_are_not_new(
    database: Database, files: Files, tmp_path: Path
) -> None:
    old, new = await put(files, "left by a kill"), await put(files, "about to be named")
    path = tmp_path / "data" / "files" / old[:2] / old
    age = time.time() - UNNAMED_SECONDS - 1
    os.utime(path, (age, age))
    await sweep(database, files, WEEK, time.time())
    assert files_below(tmp_path / "data") == {new}


async def test_a_checkpoint_that_a_kill_has_left_goes(
    database: Database, files: Files, tmp_path: Path
) -> None:
    checkpoint = await put(files, "checkpoint")
    job_id = await queues.running(database)
    await database.run(jobs.save_checkpoint, job_id, checkpoint, 0.0)
    await sweep(database, files, WEEK, time.time())
    assert files_below(tmp_path / "data") == {checkpoint}
    await database.run(jobs.fail, job_id, "internal", "id")
    await sweep(database, files, WEEK, time.time())
    assert files_below(tmp_path / "data") == set()


class Killed(BaseException):
    """At this transaction."""


class Dying(Database):
    """A database whose user is killed before or after one of its transactions."""

    def __init__(self, database: Database, number: int, *, after: bool) -> None:
        self._database = database
        self._number = number
        self._after = after
        self.count = 0

    async def run(self, work: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        self.count += 1
        if self.count == self._number and not self._after:
            raise Killed
        result = await self._database.run(work, *args, **kwargs)
        if self.count == self._number:
            raise Killed
        return result


@pytest.mark.parametrize("after", [False, True])
async def test_a_kill_at_any_transaction_leaves_nothing_that_the_next_round_does_not_find(
    database: Database, files: Files, tmp_path: Path, after: bool
) -> None:
    for number in range(1, 9):
        old = await painted(database, files, f"old {number}", age=WEEK + HOUR)
        new = await painted(database, files, f"new {number}")
        make_old(tmp_path)
        with suppress(Killed):
            await sweep(Dying(database, number, after=after), files, WEEK, time.time())
        assert set(new) <= files_below(tmp_path)
        await sweep(database, files, WEEK, time.time())
        assert not set(old) & files_below(tmp_path)
        assert set(new) <= files_below(tmp_path)


async def counted(files: Files) -> int:
    """What the first round does."""
    for folder in await files.folders():
        await files.old(folder, 0)
    return files.used


async def test_above_the_ceiling_the_oldest_go_before_their_time(
    database: Database, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        await painted(database, files, f"{number}", age=1000 - number)
    oldest = await painted(database, files, "oldest", age=9999)
    room = Room(database, files, 22 * SIZE)
    assert await counted(files) == 24 * SIZE
    monkeypatch.setattr("bot.retention.SLICE", 1)
    assert await room.there_is()
    assert files.used == 20 * SIZE
    assert not set(oldest) & files_below(tmp_path)
    assert await database.run(results.find, "oldest") is None
    assert await database.run(results.find, "0") is not None


async def test_what_is_needed_stays_though_there_is_no_room(
    database: Database, files: Files, tmp_path: Path
) -> None:
    waiting = [await put(files, "content"), await put(files, "style")]
    await queues.queued(database, content=waiting[0], styles=(waiting[1],))
    undelivered = await painted(database, files, "undelivered")
    await database.run(outbox.add, 2, Kind.FILE)
    room = Room(database, files, SIZE)
    await counted(files)
    assert not await room.there_is()
    assert files_below(tmp_path / "data") == {*waiting, *undelivered}
    [delivery] = await database.run(outbox.waiting)
    await database.run(outbox.mark_dead, delivery.id)
    assert not await room.there_is(), "still more than there should be"
    assert files_below(tmp_path / "data") == set(waiting)
    assert await Room(database, files, 0).there_is(), "no ceiling"
    assert await Room(database, files, 3 * SIZE).there_is()


@pytest.mark.usefixtures("sqlite_only")  # a server has a disk of its own
async def test_the_database_counts_as_well(database: Database, files: Files) -> None:
    room = Room(database, files, await database.run(shrinking.size))
    assert await room.there_is(), "not yet known"
    await room.look()
    assert not await room.there_is()


def decision(*new_jobs: NewJob) -> Decision:
    return Decision(Session(), notice="I begin.", new_jobs=new_jobs)


async def test_without_room_no_job_is_taken_but_what_needs_no_painting_is(
    database: Database, files: Files
) -> None:
    names = [await put(files, "content"), await put(files, "style")]
    await queues.queued(database, BOB, content=names[0], styles=(names[1],))
    asked = wanted(content=names[0], styles=(names[1],))
    room = Room(database, files, 1)
    await counted(files)
    admitting = Admitting(database, files, room, POLICY)
    said, taken = await admitting.admit(decision(asked), Where(ANN, 0, ANN), TEXTS)
    assert ([one.text for one in said.replies], taken, said.notice) == (
        [TEXTS.house_full()],
        [],
        "",
    )
    again = wanted(owner=BOB, content=names[0], styles=(names[1],))
    _, first = await Admitting(database, files, Room(database, files, 0), POLICY).admit(
        decision(again), Where(BOB, 0, BOB), TEXTS
    )
    await queues.finished(database, key=first[0].cache_key, content=names[0], styles=(names[1],))
    said, taken = await admitting.admit(decision(asked), Where(ANN, 0, ANN), TEXTS)
    assert (said.replies, len(taken), said.notice) == ([], 1, "I begin.")


async def test_a_job_whose_pictures_are_gone_is_not_taken(database: Database, files: Files) -> None:
    names = [await put(files, "content"), await put(files, "style")]
    whole = wanted(content=names[0], styles=(names[1],))
    admitting = Admitting(database, files, Room(database, files, 0), POLICY)
    for missing in (
        wanted(content="0" * 64, styles=(names[1],)),
        wanted(content=names[0], styles=(names[1], "0" * 64)),
        wanted(content=names[0], styles=(names[1],), start="0" * 64),
    ):
        said, taken = await admitting.admit(decision(missing, whole), Where(ANN, 0, ANN), TEXTS)
        assert [one.text for one in said.replies] == [TEXTS.pictures_gone()]
        assert [one.job for one in taken] == [whole]


async def test_a_database_that_is_away_does_not_end_the_rounds(
    database: Database, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = asyncio.Queue[int]()

    async def fails(*_: object) -> None:
        rounds.put_nowait(1)
        raise OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setattr(sweeping, "sweep", fails)
    monkeypatch.setattr(sweeping, "LOOK_SECONDS", 0)
    monkeypatch.setattr(sweeping, "LOOKS", 1)
    task = asyncio.create_task(sweeping.keep(database, files, Room(database, files, 0), 1))
    for _ in range(3):
        await asyncio.wait_for(rounds.get(), 5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_an_older_database_is_made_to_shrink_once_and_does(tmp_path: Path) -> None:
    path = tmp_path / "atelier.db"
    url = f"sqlite+aiosqlite:///{path}"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE other (data)")
        connection.execute("DROP TABLE other")
    async with opened(url) as database:
        await database.run(blocklist.add, BOB, ANN)
    await asyncio.to_thread(shrinking.convert, url)
    async with opened(url) as database:
        assert await database.run(blocklist.holds, BOB)
        await database.run(crowd)
        full = await database.run(shrinking.size)
        await database.run(empty)
        assert await database.run(shrinking.size) < full / 2


async def crowd(connection: AsyncConnection) -> None:
    for number in range(300):
        await jobs.add(connection, wanted(options={"long": f"{number}" * 1000}))


async def empty(connection: AsyncConnection) -> None:
    for table in (tables.pictures, tables.jobs):
        await connection.execute(delete(table))
