"""Disks that fill up: a small real one, where root can mount it, and errors put in place of it."""

import asyncio
import errno
import importlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiofiles.threadpool.binary import AsyncBufferedIOBase
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError


class Disk:
    """A mounted one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, leave: int = 0) -> None:
        """Take all the room but `leave` bytes."""
        self.empty()
        about = os.statvfs(self.folder)
        self._ballast.write_bytes(bytes(max(0, about.f_bavail * about.f_frsize - leave)))

    def empty(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)

    def make_read_only(self) -> None:
        """As a broken one becomes."""
        subprocess.run(["mount", "-o", "remount,ro", str(self.folder)], check=True)


@contextmanager
def mounted(folder: Path, size: int) -> Iterator[Disk]:
    """A disk of `size` bytes at `folder`. Skips where it cannot be mounted."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small disk")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def files_below(folder: Path) -> set[str]:
    """The names of all files in it and in its folders."""
    return {path.name for path in folder.rglob("*") if path.is_file()}


class FullDisk:
    """Refuses the n-th call of `Files.put` that changes something on the disk, and all later."""

    CALLS = ("open", "write", "flush", "fsync", "mkdir", "replace", "fsync", "fsync")

    def __init__(self, patch: pytest.MonkeyPatch, number: int) -> None:
        self.calls: list[str] = []
        self._number = number
        opener = importlib.import_module("aiofiles.threadpool")
        self._guard(patch, opener, "sync_open")
        self._guard(patch, AsyncBufferedIOBase, "write")
        self._guard(patch, AsyncBufferedIOBase, "flush")
        self._guard(patch, os, "fsync")
        self._guard(patch, Path, "mkdir")
        self._guard(patch, Path, "replace")

    def _guard(self, patch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        kept = getattr(owner, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls.append(name.removeprefix("sync_"))
            if len(self.calls) >= self._number:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return kept(*args, **kwargs)

        patch.setattr(owner, name, call)


class Refusals:
    """Has SQLite and `Files` refuse to write while it is told to, as on a full disk."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.files = False
        self.database: Callable[[str], bool] = _never  # which statements cannot be committed
        self.code = sqlite3.SQLITE_FULL
        self._refused = 0
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._sync = os.fsync
        patch.setattr(os, "fsync", self._fsync)
        event.listen(Engine, "begin", self._begin)
        event.listen(Engine, "before_cursor_execute", self._execute)
        event.listen(Engine, "commit", self._commit)

    def close(self) -> None:
        """Let go of SQLAlchemy."""
        event.remove(Engine, "begin", self._begin)
        event.remove(Engine, "before_cursor_execute", self._execute)
        event.remove(Engine, "commit", self._commit)

    def fill(self) -> None:
        """Refuse everything."""
        self.files, self.database = True, _writes

    def empty(self) -> None:
        """Refuse nothing."""
        self.files, self.database = False, _never

    async def more(self, count: int) -> None:
        """Wait until so many more things have been refused."""
        wanted = self._refused + count
        async with asyncio.timeout(15):
            while self._refused < wanted:
                self._changed.clear()
                await self._changed.wait()

    def _note(self) -> None:
        self._refused += 1
        self._loop.call_soon_threadsafe(self._changed.set)

    def _fsync(self, descriptor: int) -> None:
        if self.files:
            self._note()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._sync(descriptor)

    def _begin(self, connection: Connection) -> None:
        connection.info["refused"] = False

    def _execute(self, connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if self.database(statement):
            connection.info["refused"] = True

    def _commit(self, connection: Connection) -> None:
        if connection.info.pop("refused", False):
            self._note()
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = self.code
            raise OperationalError("COMMIT", {}, error)


def _never(statement: str) -> bool:
    return False


def _writes(statement: str) -> bool:
    return statement.startswith(("INSERT", "UPDATE", "DELETE"))
