"""`atelier backup FILE`: database and pictures in one file. Beside a running bot, or without.

Touches the folder of FILE only. The database is copied first, as it is at one instant; then the
pictures: all that it names are there, but for those that were forgotten meanwhile.
"""

import io
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from urllib.parse import quote

from bot.archive import DATABASE, WORD, Word, digest
from bot.database import address
from bot.errors import AtelierError
from bot.files import NAME, sync
from bot.settings import Settings

BUSY_SECONDS = 30.0
OF_A_SERVER = (
    " The database is PostgreSQL's and not in it: copy that with pg_dump, and before this, so that "
    "no picture is missing."
)


def backup(settings: Settings, target: Path) -> str:
    """Make one, and return what to say of it. Raises `AtelierError`, and then leaves no file."""
    if target.exists():
        raise AtelierError(f"{target} is there already: give another name, or delete it.")
    path = database_file(settings)
    if path is not None and not path.exists():
        raise AtelierError(f"There is nothing to back up: {path} does not exist.")
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.absolute().parent) as folder:
            made = Path(folder) / "archive"
            word, lost = _write(made, path, settings.data_dir / "files")
            made.rename(target)
            sync(target.absolute().parent)
    except OSError as error:
        raise AtelierError(f"The backup cannot be written: {error}.") from error
    except sqlite3.Error as error:
        raise AtelierError(f"The database cannot be copied: {error}.") from error
    said = f"{target}: {word.pictures} pictures, {target.stat().st_size / 1e6:.1f} MB."
    if lost:
        said += f" {lost} damaged pictures are left out."
    return said + ("" if path else OF_A_SERVER)


def database_file(settings: Settings) -> Path | None:
    """Where the database lies; None where a server has it."""
    where = address(settings.database())
    return Path(where.database or "") if where.get_backend_name() == "sqlite" else None


def revision(database: Path) -> str:
    """The schema's; empty where it has none. Raises `sqlite3.Error`."""
    with closing(sqlite3.connect(database)) as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else ""


def check(database: Path) -> None:
    """Raises `AtelierError` for one that is damaged, `sqlite3.Error` for no database."""
    with closing(sqlite3.connect(database)) as connection:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise AtelierError(f"The database is damaged: {' '.join(str(found).split())}.")


def _write(made: Path, database: Path | None, folder: Path) -> tuple[Word, int]:
    """The whole archive; how many pictures are damaged, and left out."""
    pictures = lost = 0
    opener = partial(os.open, mode=0o600)
    with open(made, "xb", opener=opener) as file, tarfile.open(fileobj=file, mode="w") as archive:
        sha256, schema = None, ""
        if database is not None:
            copy = made.with_name(DATABASE)
            _copy(database, copy)
            check(copy)
            schema = revision(copy)
            with copy.open("rb") as contents:
                sha256 = digest(contents)
            _add(archive, DATABASE, copy)
            copy.unlink()
        for path in _pictures(folder):
            whole = _add(archive, f"pictures/{path.name}", path)
            pictures += whole is True
            lost += whole is False
        word = Word(sha256, schema, pictures)
        info = _info(WORD, len(word.to_bytes()))
        archive.addfile(info, io.BytesIO(word.to_bytes()))
    with made.open("rb") as finished:
        os.fsync(finished.fileno())
    return word, lost


def _copy(database: Path, copy: Path) -> None:
    """By SQLite's own backup, which writers do not disturb; in one file, without a journal."""
    source = f"file:{quote(str(database.absolute()))}?mode=rw"
    with (
        closing(sqlite3.connect(source, uri=True, timeout=BUSY_SECONDS)) as live,
        closing(sqlite3.connect(copy)) as other,
    ):
        live.backup(other)
        other.execute("PRAGMA journal_mode = DELETE")


def _pictures(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.glob("??/*")):
        if NAME.fullmatch(path.name):
            yield path


def _add(archive: tarfile.TarFile, name: str, path: Path) -> bool | None:
    """None where it has just gone; False where it is not what its name says."""
    try:
        with path.open("rb") as contents:
            if name != DATABASE and digest(contents) != path.name:
                return False
            contents.seek(0)
            archive.addfile(_info(name, os.fstat(contents.fileno()).st_size), contents)
    except FileNotFoundError:
        return None
    return True


def _info(name: str, size: int) -> tarfile.TarInfo:
    """Nothing but what is needed: not whose it was, nor when."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info
