"""The files that were sent, under one folder. Touches that folder only."""

import hashlib
import itertools
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import aiofiles

Kind = Literal[
    "photo", "document", "animation", "thumbnail", "sticker", "live_photo", "video", "voice"
]


@dataclass(frozen=True)
class StoredFile:
    """One file as `getFile` knows it. `width` and `height` are 0 where there are none."""

    file_id: str
    file_unique_id: str
    kind: Kind
    path: str  # what `file_path` shows, relative to the folder
    size: int
    name: str
    mime_type: str
    width: int = 0
    height: int = 0
    duration: int = 0
    siblings: tuple[str, ...] = ()  # all sizes of the same photo, smallest first
    thumbnail: str | None = None


_SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "video/mp4": ".mp4",
}
_PREFIXES = {"photo": "AgACAgIAAx", "document": "BQACAgIAAx", "animation": "CgACAgIAAx"}


class FileStore:
    """Keeps bytes on disk, and what is known of them in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: dict[str, StoredFile] = {}
        self._numbers = itertools.count(1)

    async def add(self, data: bytes, kind: Kind, mime_type: str, **known: object) -> StoredFile:
        """Keep a file; `known` are further fields of `StoredFile`."""
        suffix = _SUFFIXES.get(mime_type, "")
        path = f"{kind}s/file_{next(self._numbers)}{suffix}"
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        async with aiofiles.open(self.folder / path, "wb") as file:
            await file.write(data)
        stored = StoredFile(
            file_id=_PREFIXES.get(kind, "AAMCAgADGQ") + secrets.token_urlsafe(32),
            file_unique_id="AQAD" + hashlib.sha256(data).hexdigest()[:16],
            kind=kind,
            path=path,
            size=len(data),
            mime_type=mime_type,
            **{"name": "file" + suffix} | known,  # type: ignore[arg-type]
        )
        self._files[stored.file_id] = stored
        return stored

    def join(self, sizes: Sequence[StoredFile]) -> None:
        """These are the sizes of one photo: any of their ids stands for all of them."""
        siblings = tuple(size.file_id for size in sizes)
        for size in sizes:
            self._files[size.file_id] = replace(size, siblings=siblings)

    def get(self, file_id: str) -> StoredFile | None:
        """The file with this id."""
        return self._files.get(file_id)

    def at(self, path: str) -> StoredFile | None:
        """The file with this `file_path`; only known paths are ever opened."""
        return next((file for file in self._files.values() if file.path == path), None)

    async def read(self, file: StoredFile) -> bytes:
        """Its bytes."""
        async with aiofiles.open(self.folder / file.path, "rb") as opened:
            return await opened.read()
