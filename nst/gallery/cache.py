"""Rendered pictures kept as PNG files in the user's cache folder. Touches that folder alone."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from PIL import Image


def folder() -> Path:
    """`$ATELIER_CACHE`, or `atelier` in `$XDG_CACHE_HOME` or in `~/.cache`."""
    if own := os.environ.get("ATELIER_CACHE"):
        return Path(own)
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path("~/.cache").expanduser()) / "atelier"


@cache
def version() -> str:
    """A fingerprint of the gallery's code: a picture of other code is not the same picture."""
    code = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        code.update(source.read_bytes())
    return code.hexdigest()[:12]


def kept(name: str, size: int, render: Callable[[], Image.Image]) -> Image.Image:
    """The picture `name` from the cache, else from `render`, and then into the cache.

    A file that is damaged or of another size is rendered again. A folder that cannot be written
    costs no more than the rendering.
    """
    try:
        path = folder() / "gallery" / f"{name}-{size}-{version()}.png"
    except RuntimeError:  # no home directory
        return render()
    if found := _read(path, size):
        return found
    picture = render()
    with contextlib.suppress(OSError):
        _write(picture, path)
        for old in path.parent.glob(f"{name}-{size}-*.png"):
            if old != path:
                old.unlink(missing_ok=True)
    return picture


def _read(path: Path, size: int) -> Image.Image | None:
    damage = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)
    with contextlib.suppress(*damage), Image.open(path, formats=("PNG",)) as picture:
        if picture.mode == "RGB" and max(picture.size) == size:
            picture.load()
            return picture.copy()
    return None


def _write(picture: Image.Image, path: Path) -> None:
    """Whole or not at all: a temporary file beside `path`, renamed over it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            picture.save(file, "PNG")
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
