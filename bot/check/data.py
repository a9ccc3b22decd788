"""The data folder, its disk and the database. Writes a file beside the bot's, and takes it back."""

import asyncio
import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from bot import database_state, lock
from bot.check.apart import apart
from bot.check.finding import Finding, fail, note, ok
from bot.errors import AtelierError
from bot.lock import cannot_be_locked, cannot_be_written
from bot.settings import Settings

SECONDS = 30.0  # for the folder: a network's disk may hang
DATABASE_SECONDS = 60.0
ENOUGH_DISK = 10**9  # bytes: hundreds of jobs
PROBE = bytes(2**20)  # as a full disk takes an empty file, too


async def look(settings: Settings, *, running: bool) -> AsyncIterator[Finding]:
    """`running`: whether a bot uses the folder now."""
    folder = settings.data_dir.absolute()
    try:
        async with asyncio.timeout(SECONDS):
            found = await apart(partial(_folder, folder, settings.ceiling(), running=running))
    except TimeoutError:
        yield fail("data", f"{folder} does not answer within {SECONDS:.0f} s: see to its disk")
        return
    except AtelierError as error:
        found = [fail("data", str(error))]
    for finding in found:
        yield finding
    yield await _database(settings, folder)


async def taken(settings: Settings) -> bool:
    """Whether a bot is at work in the folder. One that does not answer is told of by `look`."""
    try:
        async with asyncio.timeout(SECONDS):
            return await apart(partial(lock.taken, settings.data_dir))
    except TimeoutError:
        return False


def _folder(folder: Path, ceiling: int, *, running: bool) -> list[Finding]:
    """Of the folder and its disk. Raises `AtelierError`.

    What is absent is not made: whoever checks may not be the user that the bot runs as.
    """
    place = _existing(folder)
    for mine in (folder / "lock", folder / "files", folder / "files" / "partial"):
        if mine.exists() and not os.access(mine, os.W_OK):
            raise cannot_be_written(PermissionError(errno.EACCES, os.strerror(errno.EACCES), mine))
    try:
        with tempfile.NamedTemporaryFile(dir=place, prefix=".check-") as file:
            file.write(PROBE)
            file.flush()
            os.fsync(file.fileno())
            try:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise cannot_be_locked(folder, error) from error
    except OSError as error:  # it names a file that is gone by now
        raise cannot_be_written(OSError(error.errno, error.strerror, str(place))) from error
    how = ", which a running bot uses" if running else ""
    how = how if place == folder else ", made at the first start"
    return [ok("data", f"{folder}{how}"), _disk(folder, ceiling)]


def _disk(folder: Path, ceiling: int) -> Finding:
    """`ceiling`: the bytes that the folder may take; 0 is no limit."""
    free = shutil.disk_usage(_existing(folder)).free
    text = f"{_gb(free)} are free"
    if free < ENOUGH_DISK:
        return fail(
            "disk",
            f"{text}, and {_gb(ENOUGH_DISK)} are needed: make room, or set ATELIER_DATA_DIR to a "
            "folder on another disk",
        )
    if not ceiling:
        return ok("disk", text)
    used = _used(folder)
    text += f"; the bot takes {_gb(used)}, and at most {_gb(ceiling)}"
    if free < ceiling - used:
        return note("disk", f"{text}\nthat fills the disk: set ATELIER_MAX_DISK_GB lower")
    return ok("disk", text)


def _used(folder: Path) -> int:
    """In bytes; what a running bot deletes meanwhile is not counted."""
    size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                size += Path(place, name).lstat().st_size
    return size


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f} GB"


def _existing(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if one.exists())


async def _database(settings: Settings, folder: Path) -> Finding:
    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            return ok("database", await database_state.look(settings.database(), folder))
    except TimeoutError:
        return fail(
            "database",
            f"no answer within {DATABASE_SECONDS:.0f} s: see that its server runs, and that "
            "ATELIER_DATABASE_URL leads there",
        )
    except AtelierError as error:
        return fail("database", str(error))
