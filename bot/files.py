"""Pictures on disk, named by their SHA-256. Touches only its own folder, never decodes."""

import asyncio
import hashlib
import os
import secrets
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path

import aiofiles

from bot.lock import cannot_be_written

PIECE = 2**20


class Files:
    """A content-addressed folder: what is stored under a name never changes.

    A file is whole or absent: it is written under a temporary
    name, synced, renamed, and its folder synced, before `put` returns.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

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
            return await asyncio.to_thread(self._keep, temporary, digest.hexdigest())
        finally:
            await asyncio.to_thread(temporary.unlink, missing_ok=True)

    async def get(self, sha256: str) -> bytes:
        """Read. Raises `FileNotFoundError` where it is gone."""
        async with aiofiles.open(self._path(sha256), "rb") as file:
            return await file.read()

    async def has(self, sha256: str) -> bool:
        """Whether it is there."""
        return await asyncio.to_thread(self._path(sha256).is_file)

    async def drop(self, sha256: str) -> None:
        """Delete, if it is there."""
        await asyncio.to_thread(self._path(sha256).unlink, missing_ok=True)

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

    def _keep(self, temporary: Path, sha256: str) -> str:
        path = self._path(sha256)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        temporary.replace(path)
        _sync(path.parent)
        _sync(self._root)
        return sha256


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    """In pieces that are hashed in a millisecond, since the event loop waits for that."""
    for start in range(0, len(data), PIECE):
        yield data[start : start + PIECE]


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
