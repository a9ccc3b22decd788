"""What Telegram does to pictures: sizes, recompression, thumbnails. Pure; slow: run in a thread."""

import io
from dataclasses import dataclass

import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError

pillow_heif.register_heif_opener()

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "HEIF", "AVIF")
LONG_SIDES = (90, 320, 800, 1280)  # Telegram's sizes s, m, x and y
MAX_SIDES_SUM, MAX_RATIO = 10_000, 20
MAX_PHONE_PIXELS = 64_000_000  # what a phone's client still makes a photo of
JPEG_QUALITY = 87


class NotAPhoto(Exception):
    """Telegram would not take this as a photo. `code` is its word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Size:
    """One size of a photo, as JPEG."""

    jpeg: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Known:
    """What is seen of a document or an animation that is a picture."""

    width: int
    height: int
    seconds: int
    thumbnail: Size | None


def photo_sizes(data: bytes, *, by_person: bool) -> list[Size]:
    """The sizes of a photo, smallest first: at most 1280 pixels, upright, without metadata.

    A person's client shrinks before it uploads, so that only the ratio is refused; a bot's
    upload must also have width + height of at most 10,000. Raises `NotAPhoto`.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            _check(opened.width, opened.height, by_person)
            opened.draft("RGB", (LONG_SIDES[-1], LONG_SIDES[-1]))
            picture = _flat(ImageOps.exif_transpose(opened))
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError) as error:
        raise NotAPhoto("IMAGE_PROCESS_FAILED") from error
    except Image.DecompressionBombError as error:
        raise NotAPhoto("PHOTO_INVALID_DIMENSIONS") from error
    longest = max(picture.size)
    sides = [side for side in LONG_SIDES if side < longest] + [longest]
    return [_size(picture, side) for side in sides if side <= LONG_SIDES[-1]]


def look(data: bytes) -> Known | None:
    """What can be told of a document's bytes; None where they are no picture to speak of."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            width, height = opened.size
            frames = getattr(opened, "n_frames", 1)
            # Some formats tell how long a frame lasts only once it is read.
            seconds = max(int(frames > 1), round(frames * opened.info.get("duration", 0) / 1000))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    try:
        sizes = photo_sizes(data, by_person=False)
    except NotAPhoto:
        return Known(width, height, seconds, None)
    return Known(width, height, seconds, sizes[min(1, len(sizes) - 1)])


def _check(width: int, height: int, by_person: bool) -> None:
    ratio = max(width, height) / max(1, min(width, height))
    large = width * height > MAX_PHONE_PIXELS if by_person else width + height > MAX_SIDES_SUM
    if large or ratio > MAX_RATIO:
        raise NotAPhoto("PHOTO_INVALID_DIMENSIONS")


def _flat(picture: Image.Image) -> Image.Image:
    """RGB, with white where it was transparent."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    white = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(white, layer).convert("RGB")


def _size(picture: Image.Image, long_side: int) -> Size:
    copy = picture.copy()
    copy.thumbnail((long_side, long_side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    copy.save(buffer, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return Size(buffer.getvalue(), copy.width, copy.height)
