"""Files by their SHA-256."""

import asyncio
import hashlib
import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
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


POINTS = ("before", "marked", "judged", "after")  # of a deletion


class Handler:
    """Somebody who takes a file in hand at one point of its deletion, and names it at another."""

    def __init__(self, files: Files, take: Callable[[], Awaitable[object]]) -> None:
        self.needed: set[str] = set()  # what the database would say
        self.found: object = None
        self._files = files
        self._take = take
        self._steps = [asyncio.Event(), asyncio.Event()]
        self._done = [asyncio.Event(), asyncio.Event()]
        self._task = asyncio.create_task(self._work())

    async def _work(self) -> None:
        await self._steps[0].wait()
        self.found = await self._take()
        self._done[0].set()
        await self._steps[1].wait()
        if self.found:
            self.needed.add(NAME)
        self._done[1].set()

    async def step(self, number: int) -> None:
        """Let it go so far, and let its task end where this was the last."""
        self._steps[number].set()
        await self._done[number].wait()
        if number == 1:
            await self._task

    async def delete(self, takes: str, names: str) -> None:
        """Delete the file, and let it take and name the file at these points."""

        async def point(here: str) -> None:
            for number, when in enumerate((takes, names)):
                if when == here:
                    await self.step(number)

        async def unneeded(marked: set[str]) -> set[str]:
            await point("marked")
            found = marked - self.needed
            await point("judged")
            return found

        await point("before")
        await asyncio.create_task(self._files.drop({NAME}, unneeded))
        await point("after")


PICTURE = b"the same picture"
NAME = hashlib.sha256(PICTURE).hexdigest()
MOMENTS = [
    (takes, names)
    for takes, names in itertools.product(POINTS, POINTS)
    if POINTS.index(takes) <= POINTS.index(names)
]


@pytest.mark.parametrize(("takes", "names"), MOMENTS)
@pytest.mark.parametrize("how", ["put", "has"])
async def test_whoever_names_a_picture_at_any_moment_of_its_deletion_has_it(
    files: Files, how: str, takes: str, names: str
) -> None:
    await asyncio.create_task(files.put(PICTURE))  # by somebody who is not there any more
    take = partial(files.put, PICTURE) if how == "put" else partial(files.has, NAME)
    handler = Handler(files, take)
    await handler.delete(takes, names)
    if handler.found:
        assert await files.get(NAME) == PICTURE
    else:
        assert (how, takes) == ("has", "after"), "it was there, and nobody needed it"
    assert how == "has" or handler.found


async def test_two_deletions_at_once_do_not_take_each_others_word(files: Files) -> None:
    await asyncio.create_task(files.put(PICTURE))
    needed: set[str] = set()
    second_has_judged, first_may_go = asyncio.Event(), asyncio.Event()

    async def first(marked: set[str]) -> set[str]:
        found = marked - needed  # before anybody needs it
        await asyncio.create_task(files.put(PICTURE))  # by somebody, who names it, and is gone
        needed.add(NAME)
        second_marks.set()
        await first_may_go.wait()
        return found

    async def second(marked: set[str]) -> set[str]:
        first_may_go.set()
        await second_has_judged.wait()
        return marked - needed

    second_marks = asyncio.Event()
    one = asyncio.create_task(files.drop({NAME}, first))
    await second_marks.wait()
    two = asyncio.create_task(files.drop({NAME}, second))
    await one
    second_has_judged.set()
    await two
    assert await files.get(NAME) == PICTURE


async def test_ones_own_hands_do_not_keep_what_one_deletes(files: Files) -> None:
    await files.put(PICTURE)
    await files.drop({NAME}, all_of_them)
    assert not await files.has(NAME)


async def test_only_what_is_unneeded_of_what_was_asked_for_is_deleted(files: Files) -> None:
    names = [await files.put(bytes([number])) for number in range(3)]

    async def verdict(marked: set[str]) -> set[str]:
        return {names[1], names[2]}

    await files.drop(names[:2], verdict)
    assert [await files.has(name) for name in names] == [True, False, True]


async def test_old_files_are_told_and_all_are_counted(files: Files, tmp_path: Path) -> None:
    old, new = await files.put(bytes(100)), await files.put(bytes(10))
    root = tmp_path / "data" / "files"
    os.utime(root / old[:2] / old, (1000, 1000))
    (root / old[:2] / "README").write_bytes(bytes(7))  # not ours: neither deleted nor counted
    found = {folder: await files.old(folder, before=2000) for folder in await files.folders()}
    assert set().union(*found.values()) == {old}
    assert set(found) == {old[:2], new[:2]}
    assert files.used == 110
    await files.put(bytes(100))  # once more
    assert files.used == 110
    more = await files.put(bytes(5))
    assert files.used == 115
    await files.drop({old, more, "0" * 64}, all_of_them)
    assert files.used == 10
