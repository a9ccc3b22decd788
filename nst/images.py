"""Pictures in: decoding under limits, colour, geometry, arrays. Reads files, writes none."""

import io
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    ImageCms,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from nst.errors import NstError, OutOfMemory, TooLarge, TooSmall, Unreadable

MAX_BYTES = 50 * 1024 * 1024
MAX_PIXELS = 2**26  # 67 megapixels: the largest that phones commonly take (64) and a little
MIN_SIDE = 16
MAX_RATIO = 20
MAX_READS = 1_000_000

FORMATS = "JPEG, PNG, WebP, HEIC, AVIF, GIF or BMP"

_SRGB = ImageCms.createProfile("sRGB")
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def load(
    source: str | os.PathLike[str] | bytes | Image.Image,
    *,
    max_bytes: int = MAX_BYTES,
    max_pixels: int = MAX_PIXELS,
    target: int | None = None,
) -> Image.Image:
    """The picture upright, in sRGB, mode RGB, with any transparency over white.

    `target` is the long side that the caller needs, in pixels: a larger picture may come back
    reduced, never below twice that, and then costs much less memory and time.

    Raises `Unreadable`, `TooLarge`, `TooSmall` or `OutOfMemory`; the limits are checked before
    anything is decoded.
    """
    if isinstance(source, Image.Image):
        name, open_picture = "The picture", lambda: source
    elif isinstance(source, bytes):
        name, open_picture = "The picture", lambda: _open(source, name)
        _check_bytes(name, len(source), max_bytes)
    else:
        name = _display_name(source)
        data = _read(Path(source), name, max_bytes)
        open_picture = lambda: _open(data, name)  # noqa: E731
    return _decode(open_picture, name, max_pixels, target)


def _decode(
    open_picture: Callable[[], Image.Image], name: str, max_pixels: int, target: int | None
) -> Image.Image:
    try:
        image = open_picture()
        _check_size(name, image.size, max_pixels)
        return _to_srgb(image, target)
    except NstError:
        raise
    except MemoryError:
        raise OutOfMemory(
            f"{name} is too large for this machine's memory: send a smaller one."
        ) from None
    except Image.DecompressionBombError:
        raise _too_many_pixels(name, max_pixels) from None
    except Exception:  # a decoder raises anything at all on damaged data
        raise Unreadable(
            f"{name} is damaged or incomplete: send it again, or another copy of it."
        ) from None


def _display_name(path: str | os.PathLike[str]) -> str:
    """The file's name for a message: no folder, nothing unprintable, not too long."""
    name = "".join(c for c in Path(path).name if c.isprintable())
    return f"'{name if len(name) <= 60 else name[:57] + '...'}'"


def _read(path: Path, name: str, max_bytes: int) -> bytes:
    try:
        _check_bytes(name, path.stat().st_size, max_bytes)
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)  # the size may have grown, or be unknown (a pipe)
    except FileNotFoundError:
        raise Unreadable(f"There is no file called {name}: check its name.") from None
    except IsADirectoryError:
        raise Unreadable(f"{name} is a folder: give a picture in it.") from None
    except (OSError, ValueError):
        raise Unreadable(f"{name} cannot be read: check that you may open it.") from None
    _check_bytes(name, len(data), max_bytes)
    return data


def _check_bytes(name: str, size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise TooLarge(
            f"{name} has more than {max_bytes / 2**20:.0f} MB: send it smaller or as a JPEG."
        )


def _check_size(name: str, size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width * height > max_pixels:
        raise _too_many_pixels(name, max_pixels)
    if min(size) < MIN_SIDE:
        raise TooSmall(
            f"{name} is too small: send a picture that is at least {MIN_SIDE} pixels on each side."
        )
    if max(size) > MAX_RATIO * min(size):
        raise TooSmall(
            f"{name} is too narrow: send a picture that is at most {MAX_RATIO} times as long "
            "as it is wide."
        )


def _too_many_pixels(name: str, max_pixels: int) -> TooLarge:
    return TooLarge(
        f"{name} has more than {max_pixels / 1e6:.0f} megapixels: send it at a smaller size."
    )


def _open(data: bytes, name: str) -> Image.Image:
    """The picture's header, by the one plugin that its first bytes name.

    Not `Image.open`: that also tries other plugins, and has a pixel limit and warnings of its
    own, in global variables.
    """
    opener = _opener(data[:64])
    if opener is None:
        raise Unreadable(f"{name} is not a picture that can be read: send a {FORMATS}.")
    return opener(_Bounded(data))


def _opener(head: bytes) -> Callable[[io.BytesIO], ImageFile.ImageFile] | None:
    if head.startswith(b"\xff\xd8\xff"):
        return JpegImagePlugin.JpegImageFile  # of an MPO it reads the first, main picture
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PngImagePlugin.PngImageFile
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GifImagePlugin.GifImageFile
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WebPImagePlugin.WebPImageFile
    if head.startswith(b"BM"):
        return BmpImagePlugin.BmpImageFile
    if head[4:8] == b"ftyp":
        return _heif_opener(head)
    return None


def _heif_opener(head: bytes) -> Callable[[io.BytesIO], ImageFile.ImageFile] | None:
    box = head[8 : max(16, int.from_bytes(head[:4], "big"))]
    brands = {box[i : i + 4] for i in range(0, len(box), 4) if i != 4}  # [4:8] is a version
    if brands & {b"avif", b"avis"}:
        return AvifImagePlugin.AvifImageFile
    if brands & {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}:
        from pillow_heif import HeifImageFile  # slow to import, and few pictures need it

        opener: Callable[[io.BytesIO], ImageFile.ImageFile] = HeifImageFile
        return opener
    return None


def _to_srgb(image: Image.Image, target: int | None) -> Image.Image:
    if target is not None and isinstance(image, ImageFile.ImageFile):
        image.draft(None, fit(image.size, 2 * target))  # a JPEG decodes at 1/2, 1/4 or 1/8
    image.load()
    orientation = _orientation(image)
    profile = image.info.get("icc_profile")
    image = _to_8_bit(image)
    if target is not None and (factor := max(image.size) // (2 * target)) > 1:
        image = image.reduce(factor)
    alpha = image.getchannel("A") if image.mode in ("RGBA", "LA") else None
    image = _to_rgb(image, profile)
    if alpha is not None:
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=alpha)
        image = white
    if orientation in _UPRIGHT:
        image = image.transpose(_UPRIGHT[orientation])
    image.info = {}
    return image


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # damaged EXIF data says nothing about the picture
        return 1


def _to_8_bit(image: Image.Image) -> Image.Image:
    """One of the modes L, LA, RGB, RGBA and CMYK: palettes looked up, 16 bit scaled."""
    if image.mode.startswith("I"):
        return _from_16_bit(image)
    if image.mode in ("L", "RGB", "1", "P", "PA") and "transparency" in image.info:
        return image.convert("RGBA")
    modes = {"P": "RGB", "PA": "RGBA", "1": "L", "La": "LA", "RGBa": "RGBA"}
    if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK"):
        return image
    return image.convert(modes.get(image.mode, "RGB"))


def _from_16_bit(image: Image.Image) -> Image.Image:
    values = np.asarray(image)
    # The high byte: exact for 8-bit values that were widened (x * 257), as Pillow has it for RGB.
    grey = Image.fromarray((np.clip(values, 0, 65535) >> 8).astype(np.uint8))
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        grey.putalpha(Image.fromarray(np.where(values == transparent, 0, 255).astype(np.uint8)))
    return grey


def _to_rgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours in sRGB, without alpha. A profile that is broken or of another mode is ignored."""
    image = image.convert({"RGBA": "RGB", "LA": "L"}.get(image.mode, image.mode))
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            transform = ImageCms.buildTransform(
                source,
                _SRGB,
                image.mode,
                "RGB",
                ImageCms.Intent.RELATIVE_COLORIMETRIC,
                ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
            return transform.apply(image)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return image.convert("RGB")


class _Bounded(io.BytesIO):
    """A file that ends a parser's loop over millions of tiny parts, which would take minutes."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._left = MAX_READS

    def read(self, size: int | None = -1, /) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise OSError("the file has too many parts")
        return super().read(size)


def fit(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """`size` (width, height) scaled so that its longer side is `long_side`, each at least 1."""
    width, height = size
    longest = max(size)
    # Rounded half up in whole numbers: `round` would go to even, and floats may be a hair off.
    return (
        max(1, (2 * width * long_side + longest) // (2 * longest)),
        max(1, (2 * height * long_side + longest) // (2 * longest)),
    )


def resize(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """`image` (RGB) at `size` (width, height), by Lanczos.

    On the encoded values, not in linear light: the networks were trained on pictures that were
    resized so, and Lanczos' overshoot shows as dark halos in linear light.
    """
    if image.size == size:
        return image
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def to_array(image: Image.Image) -> np.ndarray[tuple[int, int, int], np.dtype[np.float32]]:
    """Float32 [height, width, 3], sRGB values in 0 to 1."""
    return np.asarray(image.convert("RGB"), np.float32) / np.float32(255)


def to_image(array: np.ndarray) -> Image.Image:
    """The inverse of `to_array`: clipped to 0 to 1 and rounded. Raises `NstError` for NaN."""
    if not np.isfinite(array).all():
        raise NstError("The painting went wrong: try again with another seed or less strength.")
    return Image.fromarray(np.rint(np.clip(array, 0, 1) * 255).astype(np.uint8), "RGB")
