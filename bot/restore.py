"""`atelier restore FILE`: a backup into an empty data folder.

Nothing is written before all of the backup has been read and found whole, and nothing that is
there is ever written over: pictures have the names of their contents, and the database, which
comes to its place last, must not be there.
"""

import os
import secrets
import sqlite3
from pathlib import Path
from typing import IO

from bot import lock
from bot.archive import (
    DATABASE,
    PICTURE,
    NotABackup,
    Word,
    digest,
    entries,
    known,
    verified,
    while_reading,
)
from bot.backup import check, database_file, revision
from bot.errors import AtelierError
from bot.files import sync
from bot.settings import Settings


def restore(settings: Settings, source: Path) -> str:
    """Do it, and return what to say. Raises `AtelierError`.

    A kill leaves pictures at most, and no database: the same may be done again.
    """
    target = database_file(settings)
    _refuse_used(target)
    word = verified(source)
    _refuse_other_kind(source, word, target)
    with lock.held(settings.data_dir):
        _refuse_used(target)
        try:
            _write(source, settings.data_dir / "files", target)
        except OSError as error:
            raise lock.cannot_be_written(error) from error
    said = f"{word.pictures} pictures are in {settings.data_dir / 'files'}."
    if target is None:
        return f"{said} The database is PostgreSQL's: restore that with pg_restore or psql."
    return f"{said} The database is {target}. `atelier run` goes on with it."


def _refuse_used(target: Path | None) -> None:
    if target is None:
        return
    for path in (target, *(target.with_name(f"{target.name}-{end}") for end in ("wal", "shm"))):
        if path.exists():
            raise AtelierError(
                f"There is a database already, which stays as it is: {path}. Set ATELIER_DATA_DIR "
                "to an empty folder, or move the old one away."
            )


def _refuse_other_kind(source: Path, word: Word, target: Path | None) -> None:
    if word.database is not None and target is None:
        raise AtelierError(
            f"{source} holds a SQLite database, and ATELIER_DATABASE_URL names a server: unset it "
            "to restore this."
        )
    if word.database is None and target is not None:
        raise AtelierError(
            f"{source} holds pictures only, since its database was PostgreSQL's: set "
            "ATELIER_DATABASE_URL to that."
        )


def _write(source: Path, files: Path, target: Path | None) -> None:
    (files / "partial").mkdir(parents=True, exist_ok=True, mode=0o700)
    database = target.with_name(f"{target.name}.restoring") if target is not None else None
    try:
        with while_reading(source):
            _unpack(source, files, database)
        for folder in (*files.glob("??"), files):
            sync(folder)
        if database is not None and target is not None:
            database.rename(target)
            sync(target.parent)
    finally:
        if database is not None:
            database.unlink(missing_ok=True)


def _unpack(source: Path, files: Path, database: Path | None) -> None:
    for name, contents in entries(source):
        picture = PICTURE.fullmatch(name)
        if picture is not None:
            temporary = files / "partial" / secrets.token_hex(16)
            _put(source, temporary, files, picture[1], contents)
        elif name == DATABASE and database is not None:
            _put_database(source, database, contents)


def _put(source: Path, temporary: Path, files: Path, sha256: str, contents: IO[bytes]) -> None:
    try:
        if _write_file(temporary, contents) != sha256:
            raise NotABackup(source, "it has just been changed")
        path = files / sha256[:2] / sha256
        path.parent.mkdir(exist_ok=True, mode=0o700)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _put_database(source: Path, database: Path, contents: IO[bytes]) -> None:
    database.unlink(missing_ok=True)
    _write_file(database, contents)
    try:
        check(database)
        schema = revision(database)
    except sqlite3.Error as error:
        raise NotABackup(source, f"its database is none ({error})") from error
    if not known(schema):
        raise NotABackup(source, f"its database is of another version ({schema})")


def _write_file(path: Path, contents: IO[bytes]) -> str:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        sha256 = digest(contents, file)
        file.flush()
        os.fsync(file.fileno())
    return sha256
