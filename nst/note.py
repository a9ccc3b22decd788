"""What a picture says of how it was painted, for people and as a command line. Reads inputs only.

Notes come from files that anybody may have written: they are checked, and only options that this
version knows, with values in their ranges, get onto the command line.
"""

import hashlib
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nst import gallery
from nst.errors import NstError
from nst.images import MAX_BYTES
from nst.options import Options

LONGEST_VALUE = 200  # characters of a value that are shown
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Inputs:
    """The files that a run reads; a style that is no path is a built-in's name."""

    content: Path
    styles: Sequence[Path | str]
    mask: Path | None = None
    resume: Path | None = None


@dataclass(frozen=True)
class Note:
    """How a picture was painted.

    Each input is `sha256:` and the hexadecimal digest of the file, `unknown`, or a built-in
    style's name.
    """

    options: dict[str, Any]  # as `Options.to_dict` gives them
    content: str
    styles: list[str]
    mask: str | None
    resume: str | None
    versions: dict[str, str]
    finished: bool  # False for the best picture of a run that was interrupted

    def to_dict(self) -> dict[str, Any]:
        """A plain dictionary that JSON can hold, and `from_dict` reads back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Note":
        """The inverse of `to_dict`. Raises `NstError` for what is no note."""
        try:
            note = cls(**values)
            sound = (
                isinstance(note.options, dict)
                and isinstance(note.versions, dict)
                and isinstance(note.styles, list)
                and all(isinstance(text, str) for text in (note.content, *note.styles))
                and all(text is None or isinstance(text, str) for text in (note.mask, note.resume))
                and isinstance(note.finished, bool)
            )
        except TypeError:
            sound = False
        if not sound:
            raise NstError("The picture's note is damaged, or of another version of nst.")
        return note

    def rows(self) -> list[tuple[str, str]]:
        """Names and values to be shown one below the other; the last is the command line."""
        made = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        rows = [("painted by", made)]
        rows += [(name, "-" if value is None else value) for name, value in self.options.items()]
        rows += [("content", self.content), *(("style", style) for style in self.styles)]
        rows += [(name, text) for name, text in self._extra() if text]
        if not self.finished:
            rows.append(("finished", "no: interrupted"))
        shown = [(_printable(name, 20), _printable(value, LONGEST_VALUE)) for name, value in rows]
        return [*shown, ("again", self.command_line())]

    def command_line(self) -> str:
        """What paints the picture again, with CONTENT, STYLE and OUT.png for the files."""
        try:
            options = Options.from_dict(self.options).to_dict()
        except (NstError, TypeError, ValueError) as error:
            return f"not with this version of nst: {_printable(error, LONGEST_VALUE)}"
        styles = [style if style in gallery.names() else "STYLE" for style in self.styles]
        if len(styles) > 1:
            styles = [f"STYLE{n}" if s == "STYLE" else s for n, s in enumerate(styles, 1)]
        words = ["nst", "stylize", "CONTENT", *styles, "-o", "OUT.png"]
        words += [
            word for name, text in self._extra() if text for word in (f"--{name}", name.upper())
        ]
        for name, value in options.items():
            words += _flag(name, value)
        return shlex.join(words)

    def _extra(self) -> list[tuple[str, str | None]]:
        return [("mask", self.mask), ("resume", self.resume)]


def compose(options: Options, inputs: Inputs, *, finished: bool = True) -> Note:
    """The note of a picture painted with `options`.

    To be called before painting, which may replace one of the files.
    """
    return Note(
        options=options.to_dict(),
        content=_digest(inputs.content),
        styles=[style if isinstance(style, str) else _digest(style) for style in inputs.styles],
        mask=_digest(inputs.mask) if inputs.mask else None,
        resume=_digest(inputs.resume) if inputs.resume else None,
        versions=_versions(),
        finished=finished,
    )


def compose_from_bytes(
    options: Options,
    content: bytes,
    styles: Sequence[bytes],
    resume: bytes | None = None,
    *,
    finished: bool = True,
) -> Note:
    """The same of a picture painted from files that are in memory, and have no names."""
    return Note(
        options=options.to_dict(),
        content=_named(hashlib.sha256(content)),
        styles=[_named(hashlib.sha256(style)) for style in styles],
        mask=None,
        resume=_named(hashlib.sha256(resume)) if resume is not None else None,
        versions=_versions(),
        finished=finished,
    )


def _versions() -> dict[str, str]:
    return {"nst": version("atelier"), "tensorflow": version("tensorflow")}


def _named(digest: "hashlib._Hash") -> str:
    return f"sha256:{digest.hexdigest()}"


def _digest(path: Path) -> str:
    """Of a file that can be read twice: a pipe, which can not, is left to the painter."""
    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            return UNKNOWN
        with path.open("rb") as file:
            return _named(hashlib.file_digest(file, "sha256"))
    except OSError:
        return UNKNOWN


def _flag(name: str, value: Any) -> list[str]:
    if value is None:
        return []
    text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return [f"--{name.replace('_', '-')}", text]


def _printable(value: object, longest: int) -> str:
    """On one line, and nothing that a terminal would obey."""
    text = "".join(c if c.isprintable() else "?" for c in str(value))
    return text if len(text) <= longest else text[: longest - 3] + "..."
