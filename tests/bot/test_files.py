"""Files by their SHA-256."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.disk import refuses
from bot.errors import AtelierError
from bot.files import PIECE, Files
from tests.bot.disks import Disk, FullDisk, files_below, mounted


@pytest.fixture
def files(tmp_path: Path) -> Files:
    files = Files(tmp_path / "data" / "files")
    files.prepare()
    return files


async def all_of_them(names: set[str]) -> set[str]:
    """Nobody needs any."""
    return names


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
    await files.drop({name}, all_of_them)
    await files.drop({name}, all_of_them)
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


@pytest.mark.parametrize("number", range(1, len(FullDisk.CALLS) + 1))
async def test_a_disk_that_is_full_at_any_call_leaves_a_whole_file_or_none(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    before, sha256 = await files.put(b"before"), hashlib.sha256(b"picture").hexdigest()
    with monkeypatch.context() as patch:
        disk = FullDisk(patch, number)
        with pytest.raises(OSError) as error:  # noqa: PT011
            await files.put(b"picture")
    assert tuple(disk.calls) == FullDisk.CALLS[:number]
    assert refuses(error.value)
    assert await files.get(before) == b"before"
    left = files_below(tmp_path)
    assert left - {sha256} == {before}
    if sha256 in left:
        assert await files.get(sha256) == b"picture"
    assert await files.get(await files.put(b"picture")) == b"picture"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Disk]:
    with mounted(tmp_path / "small", 4 * PIECE) as disk:
        yield disk


async def test_a_real_disk_that_fills_up_keeps_what_it_had(small_disk: Disk) -> None:
    files = Files(small_disk.folder / "data" / "files")
    files.prepare()
    small = await files.put(b"small")
    with pytest.raises(OSError) as error:  # noqa: PT011
        await files.put(bytes(5 * PIECE))
    assert refuses(error.value)
    assert await files.get(small) == b"small"
    assert await files.has(await files.put(bytes(2 * PIECE)))


async def test_a_full_disk_is_a_sentence_at_the_start_and_keeps_what_is_there(
    small_disk: Disk,
) -> None:
    files = Files(small_disk.folder / "data" / "files")
    files.prepare()
    kept = await files.put(bytes(3 * PIECE + PIECE // 2))
    with pytest.raises(AtelierError, match=r"The disk is full: .*Make room"):
        files.prepare()
    assert await files.has(kept)
    assert files_below(small_disk.folder) == {kept}
    await files.drop({kept}, all_of_them)
    files.prepare()


def test_a_read_only_disk_is_a_sentence_at_the_start(small_disk: Disk) -> None:
    Files(small_disk.folder / "data" / "files").prepare()
    small_disk.make_read_only()
    with pytest.raises(AtelierError, match=r"cannot be written: .*Read-only.*ATELIER_DATA_DIR"):
        Files(small_disk.folder / "data" / "files").prepare()
