"""What a backup is: one tar of the database, the pictures by their SHA-256, and a word on both.

The word comes last, so that what is cut short has none. Reads archives, and writes nowhere.
"""

import hashlib
import json
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from bot.database import MIGRATIONS
from bot.errors import AtelierError

FORMAT = 1
DATABASE, WORD = "atelier.db", "atelier.json"
PICTURE = re.compile(r"pictures/([0-9a-f]{64})")
PIECE = 2**20
MAX_WORD = 10_000  # bytes


class NotABackup(AtelierError):
    """The archive is none, or not whole."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} is not a whole backup of Atelier: {why}. Nothing was changed.")


@dataclass(frozen=True)
class Word:
    """What the archive holds, to the last file."""

    database: str | None  # its SHA-256; None where the database is a server's
    revision: str  # of its schema
    pictures: int
    format: int = FORMAT

    def to_bytes(self) -> bytes:
        """As it stands in the archive."""
        return json.dumps(asdict(self)).encode()


def entries(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """The names and contents, in order; to be read one by one, `while_reading`.

    A name is `DATABASE`, `WORD` or `pictures/` and a SHA-256: nothing else is ever given, and no
    link, device, folder or file with holes.
    """
    seen: set[str] = set()
    with tarfile.open(path, "r:") as archive:
        for member in archive:
            name = member.name
            known = name in (DATABASE, WORD) or PICTURE.fullmatch(name)
            plain = member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not member.sparse
            if not (known and plain) or name in seen or WORD in seen:
                raise NotABackup(path, f"it has an entry that is none of Atelier's ({name!r})")
            seen.add(name)
            contents = archive.extractfile(member)
            if contents is not None:
                yield name, contents


@contextmanager
def while_reading(path: Path) -> Iterator[None]:
    """Raises `NotABackup` where an archive is no tar, or not whole."""
    try:
        yield
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise NotABackup(path, f"it is damaged ({error})") from error


def verified(path: Path) -> Word:
    """Read all of an archive, and return what it holds. Raises `NotABackup`, or `AtelierError`."""
    try:
        with while_reading(path):
            return _verified(path)
    except OSError as error:
        raise AtelierError(f"{path} cannot be read: {error.strerror or error}.") from error


def digest(contents: IO[bytes], target: IO[bytes] | None = None) -> str:
    """The SHA-256 of what is read, which is written to `target` on the way."""
    found = hashlib.sha256()
    while piece := contents.read(PIECE):
        found.update(piece)
        if target is not None:
            target.write(piece)
    return found.hexdigest()


def known(revision: str) -> bool:
    """Whether a schema is one of this version's."""
    from alembic.script import ScriptDirectory

    return revision in {one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}


def _verified(path: Path) -> Word:
    word, database, pictures = None, None, 0
    for name, contents in entries(path):
        if name == WORD:
            word = _word(path, contents.read(MAX_WORD))
            continue
        sha256 = digest(contents)
        if name == DATABASE:
            database = sha256
        elif name != f"pictures/{sha256}":
            raise NotABackup(path, f"a picture is damaged ({name})")
        else:
            pictures += 1
    if word is None:
        raise NotABackup(path, "it ends too soon")
    if word.database != database or word.pictures != pictures:
        raise NotABackup(path, "it has not all that it should have")
    return word


def _word(path: Path, data: bytes) -> Word:
    try:
        values = json.loads(data)
        word = Word(**{name: values[name] for name in Word.__dataclass_fields__})
    except (ValueError, KeyError, TypeError) as error:
        raise NotABackup(path, "its last word cannot be read") from error
    if word.format != FORMAT or (word.database is not None and not known(word.revision)):
        raise AtelierError(
            f"{path} is the backup of another version of Atelier (its database is at "
            f"{word.revision}): use the Atelier that made it, or a newer one. Nothing was changed."
        )
    return word
