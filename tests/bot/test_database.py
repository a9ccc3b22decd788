"""Opening and migrating."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import Database, opened
from bot.errors import AtelierError
from bot.tables import metadata
from tests.bot.disks import Disk, mounted

INSERT = "INSERT INTO updates (update_id, data, received_at) VALUES (1, '{}', 0)"


def url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'atelier.db'}"


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


async def scalar(connection: AsyncConnection, query: str) -> object:
    return await connection.scalar(text(query))


async def execute(connection: AsyncConnection, statement: str, times: int = 1) -> None:
    for _ in range(times):
        await connection.execute(text(statement))


def open_to_others(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o077 for path in folder.iterdir()}


COUNT = "SELECT count(*) FROM updates"


@pytest.mark.both_databases
async def test_the_migrations_make_exactly_the_tables(database: Database) -> None:
    async def compare(connection: AsyncConnection) -> list[object]:
        return await connection.run_sync(differences)

    assert await database.run(compare) == []


@pytest.mark.usefixtures("sqlite_only")
@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)]
)
async def test_sqlite_is_set_to_lose_nothing(
    database: Database, pragma: str, value: object
) -> None:
    assert await database.run(scalar, f"PRAGMA {pragma}") == value


@pytest.mark.both_databases
async def test_an_exception_rolls_everything_back(database: Database) -> None:
    with pytest.raises(IntegrityError):
        await database.run(execute, INSERT, times=2)
    assert await database.run(scalar, COUNT) == 0


@pytest.mark.both_databases
async def test_a_caller_that_is_cancelled_interrupts_no_transaction(database: Database) -> None:
    begun = asyncio.Event()

    async def slow(connection: AsyncConnection) -> None:
        await execute(connection, INSERT)
        begun.set()
        for _ in range(50):
            await scalar(connection, COUNT)

    caller = asyncio.create_task(database.run(slow))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    # A connection that was torn off would keep its lock for seconds.
    async with asyncio.timeout(2):
        assert await database.run(scalar, COUNT) == 1


@pytest.mark.parametrize("call", [1, 3, 20, 90, -1], ids=lambda call: f"at {call}")
async def test_a_stop_while_it_is_opened_leaves_nobody_at_work_on_it(
    call: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    execute_once: Any = aiosqlite.Connection._execute
    calls = 0

    async def counted(connection: aiosqlite.Connection, *args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call or (call == -1 and args[0] == connection._conn.close):
            opening.cancel()
        return await execute_once(connection, *args, **kwargs)

    async def open_and_close() -> None:
        async with opened(url(tmp_path)):
            pass

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    opening = asyncio.create_task(open_and_close())
    await asyncio.wait([opening])
    assert opening.cancelled()
    assert caplog.text == ""
    left = open_to_others(tmp_path)
    assert list(left) == ["atelier.db"], "SQLite takes the others away when it is closed"


@pytest.mark.both_databases
async def test_opening_again_changes_nothing(database_url: str) -> None:
    async with opened(database_url) as database:
        await database.run(execute, INSERT)
    async with opened(database_url) as database:
        assert await database.run(scalar, COUNT) == 1


async def test_a_newer_database_is_refused_with_a_sentence_and_kept(tmp_path: Path) -> None:
    async with opened(url(tmp_path)) as database:
        await database.run(execute, "UPDATE alembic_version SET version_num = '9999'")
    before = (tmp_path / "atelier.db").read_bytes()
    with pytest.raises(AtelierError, match="newer"):
        async with opened(url(tmp_path)):
            pass
    assert (tmp_path / "atelier.db").read_bytes() == before


async def test_a_damaged_database_is_refused_with_a_sentence_and_kept(tmp_path: Path) -> None:
    (tmp_path / "atelier.db").write_bytes(b"not a database, surely" * 100)
    with pytest.raises(AtelierError, match="cannot be used"):
        async with opened(url(tmp_path)):
            pass
    assert (tmp_path / "atelier.db").read_bytes() == b"not a database, surely" * 100


async def test_a_database_that_is_damaged_inside_is_refused_with_a_sentence_and_kept(
    tmp_path: Path,
) -> None:
    async with opened(url(tmp_path)) as database:
        await database.run(execute, INSERT)
    path = tmp_path / "atelier.db"
    data = bytearray(path.read_bytes())
    size = int.from_bytes(data[16:18], "big")
    last = len(data) - size
    data[last : last + 16] = bytes(range(16))  # the head of a page that no start would read
    path.write_bytes(data)
    with pytest.raises(AtelierError, match=r"damaged.*left as it is.*backup"):
        async with opened(url(tmp_path)):
            pass
    assert path.read_bytes() == data


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Disk]:
    with mounted(tmp_path / "small", 512 * 1024) as disk:
        yield disk


@pytest.mark.parametrize("free", [0, 4096, 32768, 65536])
async def test_a_full_disk_is_a_sentence_at_the_start_and_destroys_nothing(
    small_disk: Disk, free: int
) -> None:
    small_disk.fill(leave=free)
    with pytest.raises(AtelierError, match=r"cannot be used \(.*\): "):
        async with opened(url(small_disk.folder)):
            pass
    small_disk.empty()
    async with opened(url(small_disk.folder)) as database:
        await database.run(execute, INSERT)
    small_disk.fill(leave=free)
    with suppress(AtelierError):  # it has what it needs, or it has not
        async with opened(url(small_disk.folder)):
            pass
    small_disk.empty()
    async with opened(url(small_disk.folder)) as database:
        assert await database.run(scalar, COUNT) == 1


async def test_a_read_only_disk_is_a_sentence_and_changes_nothing(small_disk: Disk) -> None:
    async with opened(url(small_disk.folder)) as database:
        await database.run(execute, INSERT)
    before = (small_disk.folder / "atelier.db").read_bytes()
    small_disk.make_read_only()
    with pytest.raises(AtelierError, match="may be written"):
        async with opened(url(small_disk.folder)):
            pass
    assert (small_disk.folder / "atelier.db").read_bytes() == before


async def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(AtelierError, match="folder is there"):
        async with opened(url(tmp_path / "nowhere")):
            pass


async def test_others_can_read_neither_the_database_nor_what_lies_beside_it(
    tmp_path: Path,
) -> None:
    async with opened(url(tmp_path)) as database:
        await database.run(execute, INSERT)
        assert open_to_others(tmp_path) == {
            "atelier.db": 0,
            "atelier.db-wal": 0,
            "atelier.db-shm": 0,
        }


@pytest.mark.parametrize("bad", ["nonsense", "mysterydb://host/name"])
async def test_a_url_that_means_nothing_is_a_sentence(bad: str) -> None:
    with pytest.raises(AtelierError, match="ATELIER_DATABASE_URL"):
        async with opened(bad):
            pass
