"""One bot a data folder: a lock that the system itself takes back when the bot dies.

Touches one empty file in the folder, which stays. Workers do not inherit it.
"""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import AtelierError

NAME = "lock"
GLANCE_SECONDS = 0.05  # longer than `taken` needs: that must not keep a bot from starting


class Taken(AtelierError):
    """Another bot has the folder."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Have `folder`, which is made where it is absent, to oneself until the block ends.

    Raises `Taken`, or `AtelierError` where there can be no lock.
    """
    descriptor = _open(folder)
    try:
        _lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def taken(folder: Path) -> bool:
    """Whether a bot has `folder` now. Leaves no trace, there or in the way of one that starts."""
    try:
        descriptor = os.open(folder / NAME, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # it cannot be locked at all
        return False
    finally:
        os.close(descriptor)
    return False


def _open(folder: Path) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise cannot_be_written(error) from error


def _lock(descriptor: int, folder: Path) -> None:
    exclusive = fcntl.LOCK_EX | fcntl.LOCK_NB
    try:
        try:
            fcntl.flock(descriptor, exclusive)
        except BlockingIOError:
            time.sleep(GLANCE_SECONDS)
            fcntl.flock(descriptor, exclusive)
    except BlockingIOError:
        raise Taken(
            f"Another bot uses the data folder {folder}: stop it, or set ATELIER_DATA_DIR to a "
            "folder of this one's own."
        ) from None
    except OSError as error:
        raise cannot_be_locked(folder, error) from error


def cannot_be_locked(folder: Path, error: OSError) -> AtelierError:
    """What to do about a data folder on a disk without locks, as some networks' are."""
    return AtelierError(
        f"The data folder {folder} cannot be locked ({error.strerror}): set ATELIER_DATA_DIR "
        "to a folder on a local disk."
    )


def cannot_be_written(error: OSError) -> AtelierError:
    """What to do about a data folder that the disk or the system keeps from being written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return AtelierError(
            f"The disk is full: {error}. Make room on it, or set ATELIER_DATA_DIR to a folder on "
            "another."
        )
    return AtelierError(
        f"The data folder cannot be written: {error}. Set ATELIER_DATA_DIR to one that can."
    )
