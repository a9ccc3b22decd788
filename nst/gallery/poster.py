"""An art deco poster: towers, a sunburst and scales. Pure numpy and Pillow."""

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from nst.gallery.noise import (
    Field,
    fbm,
    grid,
    mix,
    palette,
    ramp,
    rgb,
    smoothstep,
    to_image,
)

OVER = 1.4


def art_deco(size: int) -> Image.Image:
    """Towers before a sunburst, above a fan of scales: gold, black, teal and coral, airbrushed."""
    rng = np.random.default_rng(1925)
    long = round(size * OVER)
    shape = (long, round(long * 0.72))
    x, y = grid(shape)
    middle = 0.36
    u = np.abs(x - middle)
    spray = rng.normal(0, 1, shape).astype(np.float32)
    picture = _burst(u, y, spray)
    for left, wide, top, shade in (
        (0.285, 0.070, 0.43, 0),
        (0.205, 0.075, 0.36, 1),
        (0.118, 0.085, 0.29, 0),
        (0.0, 0.082, 0.115, 1),
    ):
        for side in (-1, 1) if left else (1,):
            reach = [
                int(np.clip((middle + side * left + e * (wide + 0.01)) * long, 0, shape[1]))
                for e in (-1, 1)
            ]
            part = (slice(int((top - 0.09) * long), None), slice(*reach))
            off = x[part] - middle - side * left
            picture[part] = _tower(picture[part], off, y[part], wide, top, shade, spray[part])
    picture = _scales(picture, x - middle, y, spray)
    picture = _frame(picture, x, y, shape[1] / shape[0])
    sheet = 1 + 0.02 * fbm(shape, 150, 3, rng) + 0.022 * spray
    picture = np.clip(picture * sheet[..., None], 0, 1)
    return to_image(picture).resize((round(size * 0.72), size), Image.Resampling.LANCZOS)


GOLD = palette("6f4517", "b87f2c", "e8bf62", "fff0bc")


def _edge(distance: Field, soft: float = 0.0009) -> Field:
    return smoothstep(soft, -soft, distance)


def _gold(t: ArrayLike) -> Field:
    return ramp(GOLD, t)


def _burst(u: Field, y: Field, spray: Field) -> Field:
    """Rays from behind the middle tower, ring within ring."""
    cy = 0.60
    turn, far = np.arctan2(u, cy - y), np.hypot(u, y - cy)
    ray = turn / np.pi * 17
    within = ray - np.floor(ray)
    ring = np.floor(far / 0.105)
    shade = within * 0.75 + 0.1 + 0.10 * spray * (0.3 + within)
    cold = ramp(palette("0b2b33", "0f5560", "1f8f90", "7fd0c0"), shade)
    warm = ramp(palette("7a1f24", "c8452f", "f08a4f", "fbd6a0"), shade)
    picture = np.where(((np.floor(ray) + ring) % 2 == 0)[..., None], cold, warm)
    fade = np.clip(far / 0.75, 0, 1)
    picture = mix(
        ramp(palette("fff4cc", "f7cf7a"), far / 0.3),
        picture,
        smoothstep(0.05, 0.42, far + 0.03 * spray),
    )
    picture = picture * (1.08 - 0.40 * fade)[..., None]
    line = np.minimum(
        np.minimum(within, 1 - within) * far * np.pi / 17,
        np.abs(far / 0.105 - np.round(far / 0.105)) * 0.105,
    )
    return mix(picture, _gold(0.75 - 0.5 * fade), _edge(line - 0.0017))


def _tower(
    picture: Field, u: Field, y: Field, wide: float, top: float, shade: int, spray: Field
) -> Field:
    """A stepped tower with gilded piers and lit windows, lit from its middle."""
    u = np.abs(u)
    height = y - top
    half = wide * np.select(
        [height < 0.03, height < 0.07, height < 0.13, height < 0.20], [0.16, 0.38, 0.60, 0.80], 1.0
    )
    spire = (u < 0.0045) & (y > top - 0.075) & (y <= top + 0.01)
    body = _edge(u - half) * (height > 0)
    stone = ramp(
        (palette("0a1418", "12343c", "1f6068"), palette("140c10", "3a1720", "7a2a2a"))[shade],
        1.0 - u / wide * 0.85 + 0.07 * spray - 0.5 * np.clip(height, 0, 0.6),
    )
    picture = mix(picture, stone, body)
    pier = np.abs((u / wide * 4.5) % 1 - 0.5)
    window = (pier < 0.22) & ((height * 46) % 1 < 0.62) & (u < half - wide * 0.08)
    glow = ramp(palette("fff2c0", "f7c45a", "d9822f"), height / 0.5 + 0.1 * spray)
    picture = mix(picture, glow, 0.92 * window * body)
    rib = (np.abs(pier - 0.40) < 0.035) * body
    picture = mix(picture, _gold(0.75 - height * 0.8), rib)
    picture = np.where(spire[..., None], _gold(0.9 - u / 0.006), picture)
    rim = _edge(np.abs(u - half) - 0.0022) * (height > -0.002)
    for step in (0.0, 0.03, 0.07, 0.13, 0.20):
        rim = np.maximum(rim, _edge(np.abs(height - step) - 0.0018) * (u < half + 0.002))
    return mix(picture, _gold(0.85 - height * 0.9), rim)


def _scales(picture: Field, x: Field, y: Field, spray: Field) -> Field:
    """Overlapping fans, as waves, below: each a set of rings about its root."""
    pitch, start = 0.12, int(0.73 * len(y))
    upper, picture, x, y, spray = (
        picture[:start],
        picture[start:],
        x[start:],
        y[start:],
        spray[start:],
    )
    for row in range(9, -1, -1):
        base = 0.755 + 0.034 * (9 - row) + 0.06
        dx = (x / pitch + 0.5 * (row % 2)) % 1 - 0.5
        far = np.hypot(dx * pitch, base - y) / (pitch * 0.5)
        on = _edge(far - 1.0, 0.012) * (y < base + 0.03)
        ring = far * 4.2
        cut = np.abs(ring - np.round(ring)) / 4.2
        colours = (palette("0a2228", "17707a", "9fe0cc"), palette("140f18", "37324a", "d89a4a"))[
            row % 2
        ]
        face = ramp(colours, 0.25 + 0.75 * (ring % 1) ** 1.3 + 0.06 * spray)
        face = mix(face, _gold(0.35 + 0.6 * far), _edge(cut - 0.022, 0.012))
        picture = mix(picture, face, on)
        picture = mix(
            picture, _gold(0.9), _edge(np.abs(far - 0.985) - 0.03, 0.012) * (y < base + 0.03)
        )
    return np.concatenate([upper, picture])


def _frame(picture: Field, x: Field, y: Field, width: float) -> Field:
    edge = np.minimum(np.minimum(x, width - x), np.minimum(y, 1 - y))
    corner = np.minimum(x, width - x) + np.minimum(y, 1 - y)
    edge = np.minimum(edge, (corner - 0.085) * 0.7)
    picture = mix(picture, rgb("0b1216"), _edge(edge - 0.026))
    for level, wide in ((0.026, 0.0026), (0.018, 0.0012), (0.010, 0.0012)):
        picture = mix(
            picture, _gold(0.7 + 0.2 * np.sin(x * 9 + y * 7)), _edge(np.abs(edge - level) - wide)
        )
    return picture
