"""Telling a full disk from other errors, and waiting for it."""

import asyncio
import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from bot import disk
from bot.database import Database, opened


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(disk, "MAX_WAIT", 0.05)


def test_a_full_device_is_one() -> None:
    with Path("/dev/full").open("wb", buffering=0) as file, pytest.raises(OSError) as error:  # noqa: PT011
        file.write(b"x")
    assert disk.refuses(error.value)


@pytest.mark.parametrize("code", [errno.EDQUOT, errno.EROFS, errno.EIO])
def test_so_are_a_quota_a_read_only_and_a_broken_disk(code: int) -> None:
    assert disk.refuses(OSError(code, os.strerror(code)))


def test_files_that_are_gone_programs_that_are_wrong_and_rows_that_are_there_are_not() -> None:
    there = IntegrityError("INSERT", {}, sqlite3.IntegrityError("UNIQUE"))
    for error in (FileNotFoundError(), ValueError(), there, OSError(), TimeoutError()):
        assert not disk.refuses(error), error


def wrapped(path: Path, *statements: str) -> DBAPIError:
    """What SQLAlchemy makes of the error that SQLite itself gives."""
    try:
        with closing(sqlite3.connect(path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)
    except sqlite3.Error as error:
        return DBAPIError("statement", {}, error)
    raise AssertionError("nothing was refused")


FULL = (
    "CREATE TABLE IF NOT EXISTS t (x)",
    "PRAGMA max_page_count = 3",
    "INSERT INTO t VALUES (zeroblob(20000))",
)


def test_sqlites_own_errors_are_understood(tmp_path: Path) -> None:
    assert disk.refuses(wrapped(tmp_path / "full.db", *FULL))
    assert disk.refuses(wrapped(tmp_path, "SELECT 1"))  # a folder: it cannot be opened
    assert not disk.refuses(wrapped(tmp_path / "full.db", "INSERT INTO nowhere VALUES (1)"))
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"not a database, surely" * 100)
    assert not disk.refuses(wrapped(damaged, "SELECT * FROM t"))


async def test_it_is_asked_again_until_it_takes_it() -> None:
    tries: Iterator[OSError | None] = iter([OSError(errno.ENOSPC, "full")] * 3 + [None])

    async def attempt() -> str:
        if error := next(tries):
            raise error
        return "written"

    with capture_logs() as logs:
        assert await disk.insist(attempt) == "written"
    assert [(one["log_level"], one["reason"]) for one in logs] == [("error", "full")] * 3


async def test_what_room_does_not_help_is_not_waited_for() -> None:
    async def attempt() -> None:
        raise FileNotFoundError

    with pytest.raises(FileNotFoundError):
        await disk.insist(attempt)


async def limit(connection: AsyncConnection, pages: int) -> None:
    """Let the database grow to so many pages, as a disk does that is full then; 0: no limit."""
    await connection.execute(text(f"PRAGMA max_page_count = {pages or 2**31}"))


async def grow(connection: AsyncConnection, size: int) -> None:
    statement = text("INSERT INTO gallery VALUES (:size, 't', 0, zeroblob(:size), 'm', NULL)")
    await connection.execute(statement, {"size": size})


async def sizes(connection: AsyncConnection) -> list[int]:
    found = await connection.scalars(text("SELECT length(sha256) FROM gallery ORDER BY 1"))
    return list(found.all())


async def test_a_transaction_waits_for_room_and_others_do_not_wait_for_it(tmp_path: Path) -> None:
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'atelier.db'}") as database:
        await database.run(limit, 1)  # no less than it has
        with capture_logs() as logs:
            growing = asyncio.create_task(database.run(grow, 100_000))
            while not logs:
                assert await database.run(sizes) == []
        assert "full" in logs[0]["reason"]
        await database.run(limit, 0)
        async with asyncio.timeout(5):
            await growing
        assert await database.run(sizes) == [100_000]


async def test_a_transaction_that_waits_can_be_cancelled(tmp_path: Path) -> None:
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'atelier.db'}") as database:
        await database.run(limit, 1)
        with capture_logs() as logs:
            growing = asyncio.create_task(database.run(grow, 100_000))
            while not logs:
                assert await database.run(sizes) == []
        growing.cancel()
        async with asyncio.timeout(5):
            with pytest.raises(asyncio.CancelledError):
                await growing
        await database.run(limit, 0)
        assert await database.run(sizes) == []


async def test_other_errors_of_the_database_are_raised_at_once(tmp_path: Path) -> None:
    async def wrong(connection: AsyncConnection) -> None:
        await connection.execute(text("SELECT * FROM nowhere"))

    database: Database
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'atelier.db'}") as database:
        with pytest.raises(OperationalError, match="nowhere"):
            await database.run(wrong)
