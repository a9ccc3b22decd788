"""Large files in pieces, for a machine that only small ones reach. Standard library alone.

    python tests/gpu/pieces.py split --mib 60 --to pieces wheels/*.whl
    python tests/gpu/pieces.py join --to wheels pieces

Pieces are cut from all the files as one stream, so that each but the last is full. They may come
one by one and in any order; `join` tells which are missing, and checks what it has written.
"""

import argparse
import hashlib
import io
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

INDEX = "index.json"
CHUNK = 2**20  # bytes


class Broken(Exception):
    """What cannot be joined, in a sentence."""


def split(files: Iterable[Path], folder: Path, size: int) -> list[Path]:
    """Cut `files` into pieces of `size` bytes in `folder`, which must be empty or absent.

    Returns the pieces. The index beside them says how to join them, and travels with any of them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Broken(f"{folder} is not empty.")
    index, writer = [], _Writer(folder, size)
    for file in files:
        digest, length = hashlib.sha256(), 0
        for chunk in _chunks(file):
            digest.update(chunk)
            length += len(chunk)
            writer.write(chunk)
        index.append({"name": file.name, "bytes": length, "sha256": digest.hexdigest()})
    writer.close()
    (folder / INDEX).write_text(json.dumps({"pieces": len(writer.pieces), "files": index}))
    return writer.pieces


def join(folder: Path, to: Path) -> list[Path]:
    """Write the files that the pieces in `folder` hold into the folder `to`; returns them.

    Raises `Broken` where pieces are missing or not what they were.
    """
    try:
        index = json.loads((folder / INDEX).read_text())
    except OSError:
        raise Broken(f"{folder / INDEX} is missing: it comes with the pieces.") from None
    pieces = [folder / _name(number) for number in range(index["pieces"])]
    if missing := [piece.name for piece in pieces if not piece.exists()]:
        raise Broken(f"{len(missing)} of {len(pieces)} pieces are missing: {', '.join(missing)}.")
    to.mkdir(parents=True, exist_ok=True)
    stream = _Stream(pieces)
    written = []
    for file in index["files"]:
        digest, left = hashlib.sha256(), file["bytes"]
        path = to / Path(file["name"]).name
        with path.open("wb") as target:
            while left and (chunk := stream.read(min(left, CHUNK))):
                target.write(chunk)
                digest.update(chunk)
                left -= len(chunk)
        if digest.hexdigest() != file["sha256"]:
            path.unlink()
            raise Broken(f"{path.name} is not what it was: bring its pieces again.")
        written.append(path)
    return written


class _Writer:
    """Writes a stream as pieces of `size` bytes."""

    def __init__(self, folder: Path, size: int) -> None:
        self.pieces: list[Path] = []
        self._folder, self._size, self._room = folder, size, 0
        self._file: BinaryIO = io.BytesIO()

    def write(self, chunk: bytes) -> None:
        """Append `chunk`; begin another piece where one is full."""
        while chunk:
            if not self._room:
                self.close()
                self.pieces.append(self._folder / _name(len(self.pieces)))
                self._file, self._room = self.pieces[-1].open("wb"), self._size
            part, chunk = chunk[: self._room], chunk[self._room :]
            self._file.write(part)
            self._room -= len(part)

    def close(self) -> None:
        """The last piece may be shorter."""
        self._file.close()


class _Stream:
    """The pieces' bytes, one piece after the other."""

    def __init__(self, pieces: Iterable[Path]) -> None:
        self._chunks = (chunk for piece in pieces for chunk in _chunks(piece))
        self._rest = b""

    def read(self, count: int) -> bytes:
        """At most `count` bytes; none at the end."""
        if not self._rest:
            self._rest = next(self._chunks, b"")
        found, self._rest = self._rest[:count], self._rest[count:]
        return found


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while chunk := source.read(CHUNK):
            yield chunk


def _name(number: int) -> str:
    return f"{number:03}.piece"


def main() -> None:
    """Split or join, as the command line says."""
    parser = argparse.ArgumentParser(description="Large files in pieces, and back.")
    commands = parser.add_subparsers(dest="command", required=True)
    cut = commands.add_parser("split")
    cut.add_argument("files", nargs="+", type=Path)
    cut.add_argument("--mib", type=float, default=60.0, help="of a piece")
    back = commands.add_parser("join")
    back.add_argument("pieces", type=Path)
    for one in (cut, back):
        one.add_argument("--to", type=Path, required=True, help="a folder")
    given = parser.parse_args()
    try:
        if given.command == "split":
            made = split(given.files, given.to, int(given.mib * 2**20))
        else:
            made = join(given.pieces, given.to)
    except (Broken, OSError) as error:
        sys.exit(str(error))
    for path in made:
        print(f"{path.stat().st_size:12,} {path}")  # noqa: T201


if __name__ == "__main__":
    main()
