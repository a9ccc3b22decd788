"""A photograph-like scene, rendered: what `atelier demo` paints. Pure numpy and Pillow."""

from functools import cache

import numpy as np
from PIL import Image

from nst.gallery import lake_land, lake_side
from nst.gallery.noise import Field, blur, to_image


def names() -> tuple[str, ...]:
    """The scenes that `content` renders."""
    return ("lake",)


def content(name: str = "lake") -> Image.Image:
    """The scene `name`, an RGB picture of 1024 x 768 pixels, the same at every call.

    Raises `KeyError` for a name that is not in `names()`.
    """
    if name not in names():
        raise KeyError(name)
    return _lake().copy()


@cache
def _lake() -> Image.Image:
    """A mountain lake in the evening, a cabin with lit windows, a boat."""
    rng = np.random.default_rng(7)
    land = lake_land.mountains(lake_land.sky(rng), rng)
    firs = [lake_side.fir(rng) for _ in range(4)]
    land = lake_side.cabin(lake_side.woods(land, firs, rng), rng)
    picture = lake_side.foreground(lake_side.water(land, rng), rng)
    return to_image(_developed(picture, rng))


def _developed(picture: Field, rng: np.random.Generator) -> Field:
    """What a camera adds: a shoulder in the lights, bloom, a vignette, a little grain."""
    height, width = picture.shape[:2]
    bloom = blur(np.clip(picture - 0.72, 0, 2), 9)
    picture = picture + 0.5 * bloom
    picture = np.where(picture > 0.7, 0.7 + 0.3 * np.tanh((picture - 0.7) / 0.42), picture)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    picture = picture * (1 - 0.20 * np.clip(x**2 * 0.7 + y**2 * 0.6, 0, 1.3))[..., None]
    grain = rng.normal(0, 0.012, picture.shape[:2]).astype(np.float32)
    return np.asarray(picture + grain[..., None], np.float32)
