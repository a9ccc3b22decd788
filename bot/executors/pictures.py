"""Pictures as Telegram takes them. Pure; decodes and encodes, so for workers only."""

import math

from PIL import Image, ImageOps

from nst.encode import Note, encode_jpeg

# https://core.telegram.org/bots/api#sendphoto
MAX_BYTES = 10_000_000
MAX_SUM = 10_000  # width and height together, in pixels
MAX_RATIO = 20

PREVIEW_SIDE = 1280  # what Telegram scales photos down to in any case


def photo(image: Image.Image, quality: int = 95, note: Note | None = None) -> bytes:
    """`image` as a JPEG that sendPhoto takes: scaled down, or padded in white, only if it must be.

    At most `MAX_BYTES`, `MAX_SUM` and `MAX_RATIO`; sides are in pixels.
    """
    image = _not_too_narrow(image)
    image = _scaled(image, MAX_SUM / (image.width + image.height))
    while len(jpeg := encode_jpeg(image, quality, note)) > MAX_BYTES:
        image = _scaled(image, 0.95 * math.sqrt(MAX_BYTES / len(jpeg)))
    return jpeg


def preview(image: Image.Image) -> bytes:
    """`image` as a photo on the way: a smaller file, at most `PREVIEW_SIDE` pixels long."""
    return photo(_scaled(image, PREVIEW_SIDE / max(image.size)), quality=85)


def _scaled(image: Image.Image, factor: float) -> Image.Image:
    if factor >= 1:
        return image
    width, height = (max(1, math.floor(side * factor)) for side in image.size)
    return _not_too_narrow(image.resize((width, height), Image.Resampling.LANCZOS))


def _not_too_narrow(image: Image.Image) -> Image.Image:
    missing = math.ceil(max(image.size) / MAX_RATIO) - min(image.size)
    if missing <= 0:
        return image
    before, after = missing // 2, missing - missing // 2
    border = (0, before, 0, after) if image.width > image.height else (before, 0, after, 0)
    return ImageOps.expand(image, border, fill="white")
