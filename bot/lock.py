"""One bot a data folder: a lock that the system itself takes back when the bot dies.

Touches one empty file in the folder, which stays. Workers do not inherit it.
"""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import AtelierError

NAME = "lock"


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


def _open(folder: Path) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise cannot_be_written(error) from error


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Taken(
            f"Another bot uses the data folder {folder}: stop it, or set ATELIER_DATA_DIR to a "
            "folder of this one's own."
        ) from None
    except OSError as error:
        raise AtelierError(
            f"The data folder {folder} cannot be locked ({error.strerror}): set ATELIER_DATA_DIR "
            "to a folder on a local disk."
        ) from error


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
