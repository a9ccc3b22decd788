"""The data folder, its disk and the database. Writes a file beside the bot's, and takes it back."""

import asyncio
import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from bot import database_state
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
    folder = settings.data_dir.resolve()
    try:
        async with asyncio.timeout(SECONDS):
            yield await asyncio.to_thread(_folder, folder, running=running)
            yield await asyncio.to_thread(_disk, folder, settings.ceiling())
    except TimeoutError:
        yield fail("data", f"{folder} does not answer within {SECONDS:.0f} s: see to its disk")
        return
    except AtelierError as error:
        yield fail("data", str(error))
    yield await _database(settings)


def _folder(folder: Path, *, running: bool) -> Finding:
    """Raises `AtelierError`. What is absent is not made: whoever checks may not be the bot."""
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
    except OSError as error:
        raise cannot_be_written(error) from error
    if running:
        return ok("data", f"{folder}, which a running bot uses")
    return ok("data", f"{folder}" if place == folder else f"{folder}, made at the first start")


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
    used = sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
    text += f"; the bot takes {_gb(used)}, and at most {_gb(ceiling)}"
    if free < ceiling - used:
        return note("disk", f"{text}\nthat fills the disk: set ATELIER_MAX_DISK_GB lower")
    return ok("disk", text)


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f} GB"


def _existing(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if one.exists())


async def _database(settings: Settings) -> Finding:
    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            return ok("database", await database_state.look(settings.database()))
    except TimeoutError:
        return fail(
            "database",
            f"no answer within {DATABASE_SECONDS:.0f} s: see that its server runs, and that "
            "ATELIER_DATABASE_URL leads there",
        )
    except AtelierError as error:
        return fail("database", str(error))
