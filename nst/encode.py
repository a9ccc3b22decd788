"""Pictures out: JPEG, PNG and WebP, with no metadata but our own. The only writer of files."""

import errno
import io
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from PIL import Image, PngImagePlugin

from nst.errors import BadOptions, NstError

Format = Literal["PNG", "JPEG", "WEBP"]

_FORMATS: dict[str, Format] = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def encode_jpeg(image: Image.Image, quality: int = 95) -> bytes:
    """`image` as a JPEG, without chroma subsampling: paint has hard edges of pure colour."""
    # Not `optimize`: Pillow then encodes into a buffer that rough pictures overflow, and fails.
    return _encode(image, "JPEG", quality=quality, subsampling="4:4:4")


def encode_png(image: Image.Image, text: Mapping[str, str] | None = None) -> bytes:
    """`image` as a PNG. `text` goes into its text chunks; keys are 1 to 79 Latin-1 characters."""
    chunks = PngImagePlugin.PngInfo()
    for key, value in (text or {}).items():
        chunks.add_text(key, value)
    return _encode(image, "PNG", pnginfo=chunks)


def encode_webp(image: Image.Image, quality: int = 95) -> bytes:
    """`image` as a lossy WebP."""
    return _encode(image, "WEBP", quality=quality)


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
    text: Mapping[str, str] | None = None,
) -> None:
    """Write `image` to `path`, whole or not at all; `text` is kept in a PNG only.

    Raises `BadOptions` for an unknown ending, `NstError` where the disk will not take it.
    """
    kind = output_format(path)
    if kind == "PNG":
        data = encode_png(image, text)
    else:
        data = (encode_jpeg if kind == "JPEG" else encode_webp)(image, quality)
    write(data, path)


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


def _encode(image: Image.Image, kind: Format, **options: object) -> bytes:
    # A fresh picture: Pillow would write the input's comments and profile from its `info`.
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    buffer = io.BytesIO()
    bare.save(buffer, kind, **options)
    return buffer.getvalue()
