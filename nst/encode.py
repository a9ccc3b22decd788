"""Pictures out: JPEG, PNG and WebP, with no metadata but our own. The only writer of files.

Our own is a note, how the picture was painted: JSON in the EXIF tag ImageDescription, which all
three formats have.
"""

import errno
import io
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from PIL import ExifTags, Image

from nst.errors import BadOptions, NstError
from nst.images import metadata

Format = Literal["PNG", "JPEG", "WEBP"]

_FORMATS: dict[str, Format] = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


MAX_EXIF = 2**14  # bytes: what is read of a foreign file; a note of ours has about a thousand
_MARK = "nst"  # tells our notes from other descriptions
_TAG = ExifTags.Base.ImageDescription

Note = Mapping[str, Any]


def encode_jpeg(image: Image.Image, quality: int = 95, note: Note | None = None) -> bytes:
    """`image` as a JPEG, without chroma subsampling: paint has hard edges of pure colour."""
    # Not `optimize`: Pillow then encodes into a buffer that rough pictures overflow, and fails.
    return _encode(image, "JPEG", note, quality=quality, subsampling="4:4:4")


def encode_png(image: Image.Image, note: Note | None = None) -> bytes:
    """`image` as a PNG."""
    return _encode(image, "PNG", note)


def encode_webp(image: Image.Image, quality: int = 95, note: Note | None = None) -> bytes:
    """`image` as a lossy WebP."""
    return _encode(image, "WEBP", note, quality=quality)


def output_format(path: str | os.PathLike[str]) -> Format:
    """The format that the name's ending asks for. Raises `BadOptions` for any other."""
    try:
        return _FORMATS[Path(path).suffix.lower()]
    except KeyError:
        raise BadOptions("The output's name must end in .png, .jpg, .jpeg or .webp.") from None


def save(
    image: Image.Image,
    path: str | os.PathLike[str],
    *,
    quality: int = 95,
    note: Note | None = None,
) -> None:
    """Write `image` to `path`, whole or not at all, with `note`, which JSON can hold, inside.

    Raises `BadOptions` for an unknown ending, `NstError` where the disk will not take it, and
    `ValueError` for a note that is no JSON or beyond `MAX_EXIF` bytes.
    """
    kind = output_format(path)
    if kind == "PNG":
        data = encode_png(image, note)
    else:
        data = (encode_jpeg if kind == "JPEG" else encode_webp)(image, quality, note)
    write(data, path)


def read_note(path: str | os.PathLike[str]) -> dict[str, Any] | None:
    """The note that `save` put into the picture, or None where it has none of ours.

    No pixel is decoded; what the note holds is for the caller to check. Raises `Unreadable` for a
    file that is no picture, `TooLarge` for one of too many bytes.
    """
    data = metadata(path).get("exif")
    if not isinstance(data, bytes) or len(data) > MAX_EXIF:
        return None
    try:
        exif = Image.Exif()
        exif.load(data)
        note = json.loads(exif[_TAG])[_MARK]
    except Exception:  # anybody's bytes, and two parsers that may raise anything
        return None
    return note if isinstance(note, dict) else None


def write(data: bytes, path: str | os.PathLike[str]) -> None:
    """Write `data` to `path` atomically: a temporary name beside it, fsync, rename."""
    path = Path(path)
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise NstError(_why_not_written(error)) from error


def _why_not_written(error: OSError) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "The disk is full: free some space, or save to another place."
        case errno.ENOENT | errno.ENOTDIR:
            return "The folder to save to does not exist: create it, or choose another."
        case errno.EISDIR:
            return "The output's name is that of a folder: choose another name."
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return "The folder to save to may not be written to: choose another."
        case _:
            return "The picture could not be saved: try another place."


def _encode(image: Image.Image, kind: Format, note: Note | None, **options: object) -> bytes:
    # A fresh picture: Pillow would write the input's comments and profile from its `info`.
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    if note is not None:
        options["exif"] = _exif(note)
    buffer = io.BytesIO()
    bare.save(buffer, kind, **options)
    return buffer.getvalue()


def _exif(note: Note) -> bytes:
    exif = Image.Exif()
    # In ASCII, as the tag has it.
    exif[_TAG] = json.dumps({_MARK: note}, allow_nan=False, separators=(",", ":"))
    data = exif.tobytes()
    if len(data) > MAX_EXIF:
        raise ValueError(f"a note of {len(data)} bytes, of which at most {MAX_EXIF} are read back")
    return data
