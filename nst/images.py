"""Pictures in: loading under limits, geometry, arrays. Reads files, writes none."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nst.containers import FORMATS, canvas, open_picture
from nst.errors import NstError, OutOfMemory, TooLarge, TooSmall, Unreadable
from nst.limits import decoding
from nst.pixels import normalise

MAX_BYTES = 50 * 2**20
MAX_PIXELS = 2**26  # 67 megapixels: phones go up to 64, rarely above
MIN_SIDE = 16
MAX_RATIO = 20
ROWS = 256  # of a picture at a time: a large one's copies count


def load(
    source: str | os.PathLike[str] | bytes | Image.Image,
    *,
    max_bytes: int = MAX_BYTES,
    max_pixels: int = MAX_PIXELS,
    target: int | None = None,
) -> Image.Image:
    """The picture upright, in sRGB, mode RGB, any transparency over white, without metadata.

    `target` is the long side that the caller needs, in pixels: a picture more than twice as large
    comes back at twice the size that `fit` gives for `target`. That saves memory and time, and
    loses no pixel of the ratio.

    Raises `Unreadable`, `TooLarge`, `TooSmall` or `OutOfMemory`. Bytes are counted before they
    are read, pixels before they are decoded.
    """
    if isinstance(source, Image.Image):
        return _decode(source, "The picture", max_pixels, target)
    if isinstance(source, bytes):
        name, data = "The picture", source
        _check_bytes(name, len(data), max_bytes)
    else:
        name = _display_name(source)
        data = _read(Path(source), name, max_bytes)
    return _decode(data, name, max_pixels, target)


def metadata(path: str | os.PathLike[str], *, max_bytes: int = MAX_BYTES) -> dict[Any, Any]:
    """What a picture's file holds beside its pixels, by Pillow's names. Nothing is decoded.

    Raises `Unreadable` or `TooLarge`.
    """
    name = _display_name(path)
    data = _read(Path(path), name, max_bytes)
    with _one_sentence(name, MAX_PIXELS):
        return _open(data, name, MAX_PIXELS).info


def fit(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """`size` (width, height) scaled to a longer side of `long_side`, neither below 1 pixel."""
    longest = max(size)
    # Half up, in whole numbers: `round` goes to even, and a quotient may be a hair off a half.
    width, height = (max(1, (2 * side * long_side + longest) // (2 * longest)) for side in size)
    return width, height


def resize(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """`image` (RGB) at `size` (width, height), by Lanczos.

    On the encoded values, not in linear light: the networks were trained on pictures that were
    resized so, and in linear light Lanczos' overshoot shows as dark halos.
    """
    if image.size == size:
        return image
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def to_array(image: Image.Image) -> NDArray[np.float32]:
    """Float32 [height, width, 3], sRGB values from 0 to 1."""
    array = np.array(image.convert("RGB"), np.float32)
    array /= 255
    return array


def to_image(array: NDArray[Any]) -> Image.Image:
    """The inverse of `to_array`, clipped and rounded. Raises `NstError` unless all is finite."""
    rounded = np.empty(array.shape, np.uint8)
    for row in range(0, len(array), ROWS):
        strip = array[row : row + ROWS]
        if not np.isfinite(strip).all():
            raise NstError("The painting went wrong: try again with another seed or less strength.")
        rounded[row : row + ROWS] = np.rint(np.clip(strip, 0, 1) * 255)
    return Image.fromarray(rounded)


def _decode(
    source: bytes | Image.Image, name: str, max_pixels: int, target: int | None
) -> Image.Image:
    with _one_sentence(name, max_pixels):
        image = source if isinstance(source, Image.Image) else _open(source, name, max_pixels)
        _check_size(name, image.size, max_pixels)
        with decoding(image.width * image.height):
            if target is None or max(image.size) <= 2 * target:
                return normalise(image)
            width, height = fit(image.size, target)
            twice = (2 * width, 2 * height)
            if image is not source:
                image.draft(None, twice)  # JPEG decodes at 1/2, 1/4 or 1/8
            return normalise(image, twice)


def _open(data: bytes, name: str, max_pixels: int) -> Image.Image:
    width, height = canvas(data)
    if width * height > max_pixels:
        raise _too_many_pixels(name, max_pixels)
    with decoding(width * height):
        image = open_picture(data)
    if image is None:
        raise Unreadable(f"{name} is not a picture that can be read: send a {FORMATS}.")
    return image


@contextmanager
def _one_sentence(name: str, max_pixels: int) -> Iterator[None]:
    """Whatever a decoder raises becomes an error of ours."""
    try:
        yield
    except NstError:
        raise
    except MemoryError:
        raise OutOfMemory(f"{name} needs more memory than there is: send a smaller one.") from None
    except Image.DecompressionBombError:  # a decoder's own limit, above ours by default
        raise _too_many_pixels(name, max_pixels) from None
    except Exception:  # a decoder may raise anything on damaged data
        raise Unreadable(
            f"{name} is damaged or incomplete: send it again, or another copy of it."
        ) from None


def _read(path: Path, name: str, max_bytes: int) -> bytes:
    try:
        _check_bytes(name, path.stat().st_size, max_bytes)
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)  # a pipe's size is not known before
    except FileNotFoundError:
        raise Unreadable(f"There is no file called {name}: check its name.") from None
    except IsADirectoryError:
        raise Unreadable(f"{name} is a folder: name a picture in it.") from None
    except (OSError, ValueError):
        raise Unreadable(f"{name} cannot be opened: check that you may read it.") from None
    _check_bytes(name, len(data), max_bytes)
    return data


def _display_name(path: str | os.PathLike[str]) -> str:
    """The file's name for a message: no folders, nothing unprintable, not too long."""
    name = "".join(c for c in Path(path).name if c.isprintable())
    return f"'{name if len(name) <= 60 else name[:57] + '...'}'"


def _check_bytes(name: str, size: int, max_bytes: int) -> None:
    if size > max_bytes:
        limit = max_bytes / 2**20
        raise TooLarge(f"{name} has more than {limit:.3g} MB: send it smaller, or as a JPEG.")


def _check_size(name: str, size: tuple[int, int], max_pixels: int) -> None:
    if size[0] * size[1] > max_pixels:
        raise _too_many_pixels(name, max_pixels)
    if min(size) < MIN_SIDE:
        raise TooSmall(
            f"{name} is too small: send one that is at least {MIN_SIDE} pixels on each side."
        )
    if max(size) > MAX_RATIO * min(size):
        raise TooSmall(
            f"{name} is too narrow: send one whose long side is at most {MAX_RATIO} times "
            "its short side."
        )


def _too_many_pixels(name: str, max_pixels: int) -> TooLarge:
    limit = max_pixels / 1e6
    return TooLarge(f"{name} has more than {limit:.3g} megapixels: send it at a smaller size.")
