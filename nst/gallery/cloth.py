"""Woven pictures: a tapestry in wool. Pure numpy and Pillow."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nst.gallery.noise import Field, fbm, mix, noise, palette, ramp, rgb, to_image

Mask = NDArray[np.bool_]
Lay = Callable[[Mask, str], None]

ROWS, COLUMNS = 132, 96  # picks of weft and ends of warp


def tapestry(size: int) -> Image.Image:
    """A tree of life with two birds in a border of lozenges, every stitch of its own yarn."""
    rng = np.random.default_rng(41)
    shape = (size, round(size * 0.8))
    design = _design(rng)
    high, wide = shape[0] / ROWS, shape[1] / COLUMNS
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    x = x + wide * 0.18 * noise(shape, 9, rng)
    y = y + high * (0.30 * noise(shape, 7, rng) + 0.10 * noise(shape, 40, rng))
    v, u = y / high, x / wide
    pick = np.clip(v.astype(int), 0, ROWS - 1)
    shift = 0.5 * (pick % 2)  # every other pick passes over the other warp ends
    end = np.clip((u + shift).astype(int), 0, COLUMNS - 1)
    a, b = u + shift - np.floor(u + shift) - 0.5, v - np.floor(v) - 0.5
    colour = design[pick, end] * rng.uniform(0.86, 1.10, (ROWS, COLUMNS + 1, 1))[pick, end]
    colour = colour * rng.uniform(0.93, 1.05, (ROWS, 1, 1))[pick, 0]
    round_ = np.sqrt(np.clip(1 - (2.05 * b) ** 2 * 0.9, 0, 1)) * (1 - 1.9 * np.abs(a) ** 2.2)
    twist = np.sin((u * 2.6 + b * 1.5) * 2 * np.pi + 6 * rng.uniform(0, 1, (ROWS, 1))[pick, 0])
    fuzz = fbm(shape, (220, 300), 2, rng)
    light = 0.34 + 0.76 * round_ + 0.11 * twist * round_ - 0.13 * b + 0.10 * fuzz
    return to_image(np.asarray(colour * light[..., None], np.float32))


def _design(rng: np.random.Generator) -> Field:
    """The cartoon: one colour a stitch, (ROWS, COLUMNS + 1, 3), the same left and right."""
    shape = (ROWS, COLUMNS + 1)
    row, column = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    side = np.abs(column - COLUMNS / 2)  # from the middle outwards
    ground = ramp(palette("e9a13a", "d9662e", "a92f34", "6d1f3c"), row / ROWS)
    abrash = rng.normal(0, 0.03, (ROWS, 1)).astype(np.float32).repeat(shape[1], 1)
    picture = ground * (1 + abrash + np.roll(abrash, 2, 0))[..., None]

    def lay(where: Mask, code: str) -> None:
        picture[where] = rgb(code)

    far = np.hypot(side, (row - 36) * 0.86)
    lay(far < 15, "f7d27a")
    lay((far < 12.5) & (far > 9.5), "d8432f")
    lay(far < 5, "d8432f")
    lay((row > 112), "1d4a50")
    lay((row > 112) & ((side + row * 1.0) % 8 < 3), "2f7a6b")
    lay((row > 34) & (row < 114) & (side < 2.2 + np.maximum(0, row - 98) * 0.45), "3b1f2b")
    for k, (base, long) in enumerate(((96, 34), (82, 36), (68, 33), (54, 27), (43, 18))):
        arm = base - side * (0.55 - 0.002 * side) + 2.2 * np.sin(side * 0.34)
        lay((np.abs(row - arm) < 1.4) & (side < long), "3b1f2b")
        for spot in range(6, long, 6):
            level = base - spot * (0.55 - 0.002 * spot) + 2.2 * np.sin(spot * 0.34)
            leaf = np.abs(side - spot) * 0.9 + np.abs(row - level + 4.2)
            lay(leaf < 4.3, ("1f6a6a", "2b8a7a", "e8c25a")[(spot // 6 + k) % 3])
            lay(leaf < 1.8, ("8fd0b0", "f2e2a8", "b03a2f")[(spot // 6 + k) % 3])
        fruit = np.hypot(side - long, row - base + long * 0.5 + 1)
        lay(fruit < 4.2, "f2e2b4")
        lay(fruit < 2.6, "c22f3f")
    _bird(lay, side, row)
    _border(lay, side, row, column)
    return mix(picture, picture * rgb("fff2dc"), 0.4)


def _border(lay: Lay, side: Field, row: Field, column: Field) -> None:
    """Lozenges on blue, between a red edge and a pale line."""
    edge = np.minimum(np.minimum(column, COLUMNS - column), np.minimum(row, ROWS - 1 - row) * 0.86)
    run = np.where(edge == np.minimum(column, COLUMNS - column), row * 0.86, side)
    lay(edge < 9.5, "14304a")
    diamond = np.abs((run % 12) - 6) + np.abs(edge - 5)
    lay((edge < 9.5) & (diamond < 5.4), "e8b04a")
    lay((edge < 9.5) & (diamond < 3.7), "b5303a")
    lay((edge < 9.5) & (diamond < 1.8), "f4e8c8")
    lay((edge >= 9.5) & (edge < 11.2), "f0dfb2")
    lay(edge < 1, "7a1f34")


def _bird(lay: Lay, side: Field, row: Field) -> None:
    """A bird at the tree's foot, looking at its trunk."""
    body = np.hypot((side - 22) / 8.5, (row - 104) / 5.6 + (side - 22) * 0.02)
    tail = (
        (side > 26)
        & (side < 36)
        & (np.abs(row - 103 - (side - 26) * 0.55) < 2.4 + (side - 26) * 0.14)
    )
    lay(tail, "2a6fa8")
    lay(tail & ((side.astype(int) % 3) == 0), "f2d06a")
    lay(body < 1, "2f8fb8")
    lay((body < 0.72) & (row > 102), "f0c85a")
    lay(np.hypot(side - 23, row - 103.5) < 3.2, "1a3f78")
    lay(np.hypot(side - 14.5, row - 98.5) < 3.6, "2f8fb8")
    lay(np.hypot(side - 14.0, row - 98.8) < 1.1, "fff6d8")
    lay((np.abs(row - 99.3) < 0.9) & (side > 8.6) & (side < 11.6), "f29a2f")
    lay((np.abs(side - 20) < 0.8) & (row > 108) & (row < 113), "f29a2f")
