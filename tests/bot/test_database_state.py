"""What is told of a database without changing it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import database_state
from bot.database import opened
from bot.errors import AtelierError
from tests.bot.disks import Disk, mounted
from tests.bot.old_databases import fill, revisions, rows
from tests.bot.servers import GUARDED, PASSWORD, Server

INSERT = "INSERT INTO updates (update_id, data, received_at) VALUES (1, '{}', 0)"


def url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'atelier.db'}"


async def execute(connection: AsyncConnection, statement: str) -> None:
    await connection.execute(text(statement))


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """With a database of this version, in a place whose name has to be quoted."""
    folder = tmp_path / "100% of #1 & more"
    folder.mkdir()
    async with opened(url(folder)) as database:
        await database.run(execute, INSERT)
    return folder


async def look(url: str, made: Path = Path("nowhere")) -> str:
    return await database_state.look(url, made)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_a_sound_one_is_left_as_it_is(folder: Path) -> None:
    before = files(folder)
    assert await look(url(folder)) == f"sound, and up to date ({revisions()[-1]})"
    assert files(folder) == before


async def test_beside_a_bot_that_writes(folder: Path) -> None:
    async with opened(url(folder)) as database:
        await database.run(execute, "UPDATE updates SET handled_at = 1")
        assert (await look(url(folder))).startswith("sound")
        await database.run(execute, "UPDATE updates SET handled_at = 2")


async def test_one_that_a_kill_has_left_with_its_log(folder: Path, tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    async with opened(url(folder)) as database:
        await database.run(execute, "UPDATE updates SET handled_at = 1")
        shutil.copytree(folder, killed)
    (killed / "atelier.db-shm").unlink()
    before = files(killed)
    assert before["atelier.db-wal"]
    assert (await look(url(killed))).startswith("sound")
    after = files(killed)
    assert after["atelier.db"] == before["atelier.db"]
    assert after["atelier.db-wal"] == before["atelier.db-wal"]


async def test_none_yet(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    assert await look(url(data), data) == "none yet: the first start makes it"
    assert await look(url(tmp_path)) == "none yet: the first start makes it"
    with pytest.raises(AtelierError, match="its folder is there"):
        await look(url(data))
    assert files(tmp_path) == {}
    (tmp_path / "atelier.db").touch()
    assert await look(url(tmp_path)) == "empty: the first start makes its tables"


async def test_one_of_an_earlier_version_is_not_brought_up_to_date(tmp_path: Path) -> None:
    earlier, latest = revisions()[2], revisions()[-1]
    fill(str(tmp_path / "atelier.db"), earlier, rows())
    before = (tmp_path / "atelier.db").read_bytes()
    assert (
        await look(url(tmp_path))
        == f"sound, and at {earlier}: the next start brings it to {latest}"
    )
    assert (tmp_path / "atelier.db").read_bytes() == before


async def test_one_of_a_newer_version(folder: Path) -> None:
    async with opened(url(folder)) as database:
        await database.run(execute, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(AtelierError, match=r"9999.*or a newer one"):
        await look(url(folder))


async def test_one_that_is_damaged(folder: Path) -> None:
    path = folder / "atelier.db"
    data = bytearray(path.read_bytes())
    last = len(data) - int.from_bytes(data[16:18], "big")
    data[last : last + 16] = bytes(range(16))
    path.write_bytes(data)
    with pytest.raises(AtelierError, match=r"damaged.*backup"):
        await look(url(folder))
    path.write_bytes(b"not a database, surely" * 100)
    with pytest.raises(AtelierError, match=r"damaged.*backup"):
        await look(url(folder))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Disk]:
    with mounted(tmp_path / "small", 2**22) as small:
        yield small


async def test_one_that_can_only_be_read(small_disk: Disk) -> None:
    with_one = small_disk.folder / "with one"
    with_one.mkdir()
    async with opened(url(with_one)):
        pass
    small_disk.make_read_only()
    for folder in (with_one, small_disk.folder / "without"):
        with pytest.raises(AtelierError, match="may be written"):
            await look(url(folder))


async def test_a_servers_is_looked_at_beside_the_bot_that_has_it(postgresql: Server) -> None:
    sound = f"sound, and up to date ({revisions()[-1]})"
    with postgresql.database() as name:
        assert await look(postgresql.url(name)) == sound
        async with opened(postgresql.url(name)) as database:
            await database.run(execute, INSERT)
            assert await look(postgresql.url(name)) == f"{sound}, and a running bot uses it"
            await database.run(execute, "UPDATE updates SET handled_at = 1")
        assert await look(postgresql.url(name)) == sound


async def test_a_servers_that_is_empty_or_of_a_newer_version(postgresql: Server) -> None:
    with postgresql.database(template="template0") as name:
        assert await look(postgresql.url(name)) == "empty: the first start makes its tables"
        with pytest.raises(AtelierError, match="may make no tables"):
            await look(postgresql.url(name, GUARDED, PASSWORD))
    with postgresql.database() as name:
        postgresql.execute("UPDATE alembic_version SET version_num = '9999'", name)
        with pytest.raises(AtelierError, match=r"9999.*or a newer one"):
            await look(postgresql.url(name))


async def test_a_servers_that_can_only_be_read(postgresql: Server) -> None:
    with postgresql.database() as name:
        postgresql.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        with pytest.raises(AtelierError, match="can only be read"):
            await look(postgresql.url(name))


async def test_a_server_that_does_not_let_one_in(postgresql: Server) -> None:
    with postgresql.database() as name, pytest.raises(AtelierError) as caught:
        await look(postgresql.url(name, GUARDED, "wrong-s3cret"))
    assert "role and its password in ATELIER_DATABASE_URL" in str(caught.value)
    assert "s3cret" not in str(caught.value)
