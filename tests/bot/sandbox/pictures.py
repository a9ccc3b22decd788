"""Pictures for the tests, made on the spot."""

import io
from typing import Any

import numpy as np
from PIL import Image


def picture(width: int = 320, height: int = 240, *, seed: int = 0) -> Image.Image:
    """A smooth, coloured picture: small as JPEG, and different for every seed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def encoded(image: Image.Image, form: str = "JPEG", **options: Any) -> bytes:
    """Its bytes in a file format."""
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def jpeg(width: int = 320, height: int = 240, *, seed: int = 0) -> bytes:
    """A picture as JPEG."""
    return encoded(picture(width, height, seed=seed))


def decoded(data: bytes) -> Image.Image:
    """A picture from bytes, fully read."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image
