"""Pointillism: a river at noon. Pure numpy and Pillow."""

import numpy as np
from PIL import Image

from nst.gallery.noise import (
    Field,
    fbm,
    grid,
    mix,
    noise,
    palette,
    ramp,
    rgb,
    smoothstep,
)
from nst.gallery.strokes import Brush, Canvas

MAP = 448  # the long side of the maps of colour, in pixels


def pointillism(size: int) -> Image.Image:
    """Sails and poplars on a river at noon, in dots of unmixed colour."""
    rng = np.random.default_rng(31)
    shape, small = (round(size * 0.75), size), (round(MAP * 0.75), MAP)
    scene = _river(*grid(small), rng)
    scene = mix(scene.mean(-1, keepdims=True), scene, np.full((1, 1, 1), 1.22))
    canvas = Canvas(shape, rgb("e9dfc6"))
    level = np.zeros((4, 4), np.float32)
    for wide, spacing, stray in (
        (0.0160, 0.55, 0.03),
        (0.0135, 0.75, 0.05),
        (0.0110, 0.85, 0.065),
        (0.0090, 1.15, 0.085),
    ):
        brush = Brush(wide * 1.05, wide, spacing, stray, 0.02, 0.0, 0.55, 0.6, 1.5)
        canvas.cover(scene, level, brush, rng)
    return canvas.finish(0.04, 0.16)


def _river(x: Field, y: Field, rng: np.random.Generator) -> Field:
    shape = x.shape
    sky = ramp(palette("4f8fd0", "8fc1e6", "f3e3c4", "fbd3a0"), y / 0.34)
    puff = fbm(shape, (6, 9), 5, rng)
    cloud = smoothstep(0.05, 0.45, puff + 0.5 * np.sin(y * 22 + 2 * x) - 0.1) * smoothstep(
        0.34, 0.2, y
    )
    sky = mix(sky, ramp(palette("b7a2d0", "f7c6b0", "fff6de"), 0.6 + 0.8 * puff), 0.85 * cloud)
    far = 0.34 + 0.02 * np.sin(x * 9) - 0.03 * x
    hills = ramp(
        palette("7d8fd0", "6fa3b8", "86b878"), (y - far) / 0.07 + 0.3 * fbm(shape, 12, 3, rng)
    )
    picture = mix(sky, hills, smoothstep(far, far + 0.008, y))
    for px, top, wide in (
        (0.62, 0.17, 0.017),
        (0.665, 0.13, 0.019),
        (0.715, 0.16, 0.018),
        (0.77, 0.20, 0.02),
    ):
        body = ((x - px) / wide) ** 2 + ((y - (top + 0.43) / 2) / ((0.43 - top) / 2)) ** 2
        tree = ramp(palette("f0d24a", "6fb04a", "2c7a5a", "2b3f86"), 0.5 + (x - px) / wide * 0.42)
        picture = mix(picture, tree, smoothstep(1.1, 0.8, body + 0.25 * fbm(shape, 40, 2, rng)))
    bank = 0.43
    row = np.clip(2 * bank * shape[1] - np.arange(shape[0]) - 1, 0, shape[0] - 1).astype(int)
    mirror = picture[row]
    ripple = noise(shape, (9, 60), rng)
    water = mix(mirror, ramp(palette("3f7fd0", "5fb8d8", "f6e2b8"), 0.5 + 0.6 * ripple), 0.45)
    picture = mix(picture, water, (y > bank).astype("f4"))
    return _meadow(picture, x, y, rng)


def _meadow(picture: Field, x: Field, y: Field, rng: np.random.Generator) -> Field:
    """Boats before the far bank, and the near bank in flower."""
    shape = x.shape
    for sx, base, tall in ((0.25, 0.505, 0.20), (0.42, 0.465, 0.11), (0.505, 0.452, 0.07)):
        picture = _sail(picture, x, y, sx, base, tall)
    edge = 0.60 + 0.10 * np.sin(x * 3.4 + 2.2) + 0.012 * fbm(shape, 20, 2, rng)
    grass = ramp(
        palette("24508a", "2f8a5a", "8fc24a", "f3dc5a"),
        0.55 + 0.75 * fbm(shape, (7, 12), 4, rng) - 0.6 * (y - 0.66),
    )
    picture = mix(picture, grass, smoothstep(edge, edge + 0.006, y))
    bloom = smoothstep(0.45, 0.6, noise(shape, 60, rng)) * (y > edge + 0.02)
    return mix(
        picture,
        ramp(palette("e8384f", "f77fb0", "fff0d0"), noise(shape, 30, rng) * 0.5 + 0.5),
        bloom,
    )


def _sail(picture: Field, x: Field, y: Field, sx: float, base: float, tall: float) -> Field:
    """A boat with an orange and white sail, and its reflection."""
    for way, fade in ((1.0, 1.0), (-1.0, 0.55)):
        up = (base - y) * way / tall
        lean = (x - sx) / tall - 0.05 * np.sin(np.clip(up, 0, 1) * 3)
        sail = (up > 0.06) & (up < 1) & (lean > -0.34 * (1 - up)) & (lean < 0.42 * (1 - up))
        cloth = ramp(palette("fffbe8", "ffe3a8", "f59a3a", "d8552f"), lean + 0.5 + 0.2 * up)
        picture = mix(picture, cloth, fade * sail.astype("f4"))
        hull = (up > -0.03) & (up < 0.06) & (np.abs(lean) < 0.42 + 0.9 * up)
        picture = mix(picture, rgb("5a2f6a"), fade * hull.astype("f4"))
    return picture
