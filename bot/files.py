"""Pictures on disk, named by their SHA-256. Touches only its own folder, never decodes."""

import asyncio
import hashlib
import os
import re
import secrets
import threading
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Collection
from pathlib import Path
from typing import Any

import aiofiles

from bot.lock import cannot_be_written

PIECE = 2**20
NAME = re.compile(r"[0-9a-f]{64}")

Task = asyncio.Task[Any]
Unneeded = Callable[[set[str]], Awaitable[Collection[str]]]  # those of some that nobody needs


class Files:
    """A content-addressed folder: what is stored under a name never changes.

    A file is whole or absent: it is written under a temporary
    name, synced, renamed, and its folder synced, before `put` returns.

    Whoever has put a file, or found it by `has`, has it in hand until their task ends: within
    that time they may write its name into the database, and it will still be there.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()  # held for an instant, in threads: guards all below
        self._hands: dict[str, set[Task]] = {}
        self._marked: dict[str, object] = {}  # to be deleted, and by which call of `drop`
        self._bytes: dict[str, int] = {}  # by folder

    @property
    def used(self) -> int:
        """Bytes in all files, once `old` has looked into all folders; before that, less."""
        return max(0, sum(self._bytes.values()))

    def prepare(self) -> None:
        """Make the folder, and drop what a kill has left unfinished: nobody else may be at work.

        Raises `AtelierError` where the folder cannot be written, or the disk is full.
        """
        try:
            for folder in (self._root.parent, self._root, self._partial):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for leftover in self._partial.iterdir():
                leftover.unlink()
            self._probe(self._partial / secrets.token_hex(16))
        except OSError as error:
            raise cannot_be_written(error) from error

    async def put(self, data: bytes) -> str:
        """Store, and return the SHA-256 in hexadecimal. Raises `OSError`, as on a full disk."""
        return await self.put_stream(_pieces(data))

    async def put_stream(self, chunks: AsyncIterable[bytes]) -> str:
        """Store what comes in pieces, without holding it in memory. Raises what `chunks` does."""
        digest = hashlib.sha256()
        temporary = self._partial / secrets.token_hex(16)
        try:
            async with aiofiles.open(temporary, "xb") as file:
                async for chunk in chunks:
                    digest.update(chunk)
                    await file.write(chunk)
                await file.flush()
                await asyncio.to_thread(os.fsync, file.fileno())
            name = digest.hexdigest()
            return await asyncio.to_thread(self._keep, temporary, name, asyncio.current_task())
        finally:
            await asyncio.to_thread(temporary.unlink, missing_ok=True)

    async def get(self, sha256: str) -> bytes:
        """Read. Raises `FileNotFoundError` where it is gone."""
        async with aiofiles.open(self._path(sha256), "rb") as file:
            return await file.read()

    async def has(self, sha256: str) -> bool:
        """Whether it is there: if so, it is in hand."""
        return await asyncio.to_thread(self._find, sha256, asyncio.current_task())

    async def drop(self, names: Collection[str], unneeded: Unneeded) -> None:
        """Delete those of these files that nobody else has in hand, and that are `unneeded`.

        That is asked after they were marked. Who takes one in hand takes the mark off: so either
        its new use is seen by `unneeded`, or the mark is gone, or the file is, before it is found.
        """
        mark = object()
        marked = await asyncio.to_thread(self._mark, names, mark, asyncio.current_task())
        try:
            if marked:
                free = marked & set(await unneeded(marked))
                await asyncio.to_thread(self._delete, free, mark)
        finally:
            await asyncio.to_thread(self._unmark, marked, mark)

    async def folders(self) -> list[str]:
        """What `old` can look into."""
        return await asyncio.to_thread(self._folders)

    async def old(self, folder: str, before: float) -> set[str]:
        """The files in a folder that were last written before then. Counts what all of it takes."""
        return await asyncio.to_thread(self._old, folder, before)

    def _probe(self, temporary: Path) -> None:
        """Write a little, as a full disk takes an empty file, too."""
        try:
            with temporary.open("xb") as file:
                file.write(bytes(PIECE))
                file.flush()
                os.fsync(file.fileno())
        finally:
            temporary.unlink(missing_ok=True)

    @property
    def _partial(self) -> Path:
        return self._root / "partial"

    def _path(self, sha256: str) -> Path:
        return self._root / sha256[:2] / sha256

    def _keep(self, temporary: Path, sha256: str, task: Task | None) -> str:
        path = self._path(sha256)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        with self._lock:
            self._take(sha256, task)
            more = temporary.stat().st_size - _size(path)
            temporary.replace(path)
            self._count(path, more)
        sync(path.parent)
        sync(self._root)
        return sha256

    def _find(self, sha256: str, task: Task | None) -> bool:
        with self._lock:
            self._take(sha256, task)
            return self._path(sha256).is_file()

    def _take(self, sha256: str, task: Task | None) -> None:
        if task is not None:
            self._hands.setdefault(sha256, set()).add(task)
        self._marked.pop(sha256, None)

    def _mark(self, names: Collection[str], mark: object, mine: Task | None) -> set[str]:
        with self._lock:
            self._hands = {
                name: hands
                for name, hands in self._hands.items()
                if not all(task.done() for task in hands)
            }
            free = {one for one in names if not self._hands.get(one, set()) - {mine}}
            self._marked |= dict.fromkeys(free, mark)
            return free

    def _unmark(self, names: Collection[str], mark: object) -> None:
        with self._lock:
            for name in names:
                if self._marked.get(name) is mark:
                    del self._marked[name]

    def _delete(self, names: Collection[str], mark: object) -> None:
        for name in names:
            path = self._path(name)
            with self._lock:
                if self._marked.get(name) is mark:
                    self._count(path, -_size(path))
                    path.unlink(missing_ok=True)

    def _folders(self) -> list[str]:
        return sorted(one.name for one in self._root.iterdir() if len(one.name) == 2)

    def _old(self, folder: str, before: float) -> set[str]:
        with self._lock:
            found = {
                path.name: path.stat()
                for path in (self._root / folder).iterdir()
                if NAME.fullmatch(path.name)
            }
            self._bytes[folder] = sum(one.st_size for one in found.values())
        return {name for name, about in found.items() if about.st_mtime < before}

    def _count(self, path: Path, more: int) -> None:
        folder = path.parent.name
        self._bytes[folder] = self._bytes.get(folder, 0) + more


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    """In pieces that are hashed in a millisecond, since the event loop waits for that."""
    for start in range(0, len(data), PIECE):
        yield data[start : start + PIECE]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def sync(folder: Path) -> None:
    """Have what was renamed in it on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
