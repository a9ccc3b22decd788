"""Files by their SHA-256."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import AtelierError
from bot.files import Files


@pytest.fixture
def files(tmp_path: Path) -> Files:
    files = Files(tmp_path / "data" / "files")
    files.prepare()
    return files


async def test_what_is_put_can_be_got_by_its_hash(files: Files) -> None:
    name = await files.put(b"picture")
    assert name == hashlib.sha256(b"picture").hexdigest()
    assert await files.get(name) == b"picture"
    assert await files.put(b"picture") == name


def test_nothing_but_whole_files_is_left(files: Files, tmp_path: Path) -> None:
    name = asyncio.run(files.put(b"picture"))
    found = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert found == [tmp_path / "data" / "files" / name[:2] / name]


async def test_what_a_kill_left_unfinished_is_dropped(files: Files, tmp_path: Path) -> None:
    leftover = tmp_path / "data" / "files" / "partial" / "half"
    leftover.write_bytes(b"pict")
    files.prepare()
    assert not leftover.exists()


async def test_a_dropped_file_is_gone_and_dropping_again_is_fine(files: Files) -> None:
    name = await files.put(b"picture")
    await files.drop(name)
    await files.drop(name)
    with pytest.raises(FileNotFoundError):
        await files.get(name)


def test_others_cannot_look_into_the_folder(files: Files, tmp_path: Path) -> None:
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"a file, not a folder")
    with pytest.raises(AtelierError, match="ATELIER_DATA_DIR"):
        Files(tmp_path / "data" / "files").prepare()


async def pieces(*data: bytes, fails: bool = False) -> AsyncIterator[bytes]:
    for one in data:
        yield one
    if fails:
        raise ConnectionError


async def test_a_stream_is_stored_like_its_whole(files: Files) -> None:
    assert await files.put_stream(pieces(b"pic", b"ture")) == await files.put(b"picture")
    assert await files.get(hashlib.sha256(b"picture").hexdigest()) == b"picture"


def test_a_stream_that_breaks_leaves_nothing(files: Files, tmp_path: Path) -> None:
    with pytest.raises(ConnectionError):
        asyncio.run(files.put_stream(pieces(b"pic", fails=True)))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
