"""Marbled paper: drops of ink on water, drawn out by combs. Pure numpy and Pillow.

Drops and combs are exact maps of the plane (Lu, Jaffer and others, "Mathematical Marbling", 2012),
followed backwards from every pixel to the drop that it came from.
"""

import numpy as np
from PIL import Image

from nst.gallery.noise import Field, fbm, grid, noise, palette, rgb, slopes, smoothstep, to_image

OVER = 1.5


def marbling(size: int) -> Image.Image:
    """Combed ebru: indigo, vermilion, gold, cream and turquoise."""
    rng = np.random.default_rng(12)
    inks = palette("16235c", "f4e7cc", "d8342c", "1c8f9c", "f2b134", "f4e7cc", "7a1f3d", "2f58b0")
    x, y = _start(size, 0.8)
    x, y = _whirl(x, y, 0.56, 0.42, 0.5, 0.12)
    x, y = _whirl(x, y, 0.22, 0.70, -0.5, 0.10)
    x, y = _whirl(x, y, 0.86, 0.16, -0.45, 0.08)
    x = x - 0.014 * np.sin(y * 44)
    y = y - 0.055 * _teeth(x, 0.062)
    x = x - 0.15 * _teeth(y, 0.145)
    y = y - 0.10 * np.sin(x * 7 + 1)
    return _paper(_drops(x, y, inks, 150, (0.02, 0.06), rng), size, 0.8, rng)


def suminagashi(size: int) -> Image.Image:
    """Floating ink: rings of indigo and rust upon cream, drifting in a slow current."""
    rng = np.random.default_rng(4)
    x, y = _start(size, 1.0)
    shape = x.shape
    for cells, push in ((3, 0.055), (7, 0.016), (17, 0.0035)):
        potential = noise(shape, cells, rng)  # its curl moves ink without thinning it
        down, right = slopes(potential)
        k = push * 2.4 * max(shape) / cells / 2
        x, y = x + k * down, y - k * right
    x, y = _whirl(x, y, 0.36, 0.38, 0.5, 0.16)
    x, y = _whirl(x, y, 0.72, 0.70, -0.6, 0.13)
    tone = _rings(x, y, rng)
    return _paper(tone, size, 1.0, rng)


def _start(size: int, aspect: float) -> tuple[Field, Field]:
    return grid((round(round(size * aspect) * OVER), round(size * OVER)))


def _whirl(
    x: Field, y: Field, cx: float, cy: float, turn: float, reach: float
) -> tuple[Field, Field]:
    """Turned about a centre, by `turn` x 2 pi there and less with distance."""
    dx, dy = x - cx, y - cy
    angle = -2 * np.pi * turn * np.exp(-((dx**2 + dy**2) / (2 * reach**2)))
    cos, sin = np.cos(angle), np.sin(angle)
    return cx + dx * cos - dy * sin, cy + dx * sin + dy * cos


def _teeth(across: Field, pitch: float) -> Field:
    """The pull of a comb drawn along lines `pitch` apart, to and fro in turn: -1 to 1."""
    phase = across / pitch
    way = 1 - 2 * (np.floor(phase) % 2)
    near = np.abs(phase - np.floor(phase) - 0.5) * pitch
    return np.asarray(way * 0.18 ** (near / pitch * 2.2), np.float32)


def _drops(
    x: Field,
    y: Field,
    inks: Field,
    count: int,
    sizes: tuple[float, float],
    rng: np.random.Generator,
) -> Field:
    """The ink at each point of a striped bath after `count` drops, each pushing all aside."""
    px, py = x.ravel().copy(), y.ravel().copy()
    ink = np.empty(px.shape, np.int64)
    left = np.arange(px.size)
    order = np.arange(count) % len(inks)
    spots = rng.uniform((-0.25, -0.3), (1.25, 1.1), (count, 2))
    radii = rng.uniform(*sizes, count)
    for k in range(count):  # the last drop first
        dx, dy = px - spots[k, 0].astype("f4"), py - spots[k, 1].astype("f4")
        square = dx * dx + dy * dy
        inside = square < radii[k] ** 2
        ink[left[inside]] = order[k]
        shrink = np.sqrt(1 - np.minimum(radii[k] ** 2 / np.maximum(square, 1e-9), 1)).astype("f4")
        keep = ~inside
        px = (spots[k, 0].astype("f4") + dx * shrink)[keep]
        py = (spots[k, 1].astype("f4") + dy * shrink)[keep]
        left = left[keep]
    ink[left] = np.floor(px * 60 + 0.3 * np.sin(py * 30)).astype(np.int64) % len(inks)
    return np.asarray(inks[ink].reshape((*x.shape, 3)), np.float32)


def _rings(x: Field, y: Field, rng: np.random.Generator) -> Field:
    """Concentric rings about a few springs, the nearer spring's drawn over the farther's."""
    cream = rgb("f3ead6")
    picture = np.broadcast_to(cream, (*x.shape, 3)).astype(np.float32)
    inks = palette("10234a", "c0401f", "14607a", "0d1c3c", "d08a1f", "33285a")
    for k, (cx, cy, reach) in enumerate(
        (
            (0.50, 0.95, 0.62),
            (0.05, 0.15, 0.50),
            (0.97, 0.30, 0.46),
            (0.70, 0.68, 0.33),
            (0.34, 0.40, 0.36),
        )
    ):
        far = np.hypot(x - cx, y - cy)
        ring = (reach - far) * 46 + 0.6 * np.sin(far * 60 + k)
        band = np.abs(ring - np.floor(ring) - 0.5) * 2
        wide = 0.46 + 0.30 * np.sin(np.floor(ring) * 2.4 + k)
        line = smoothstep(wide + 0.10, wide - 0.10, band)
        fade = 0.62 + 0.38 * np.cos(np.floor(ring) * 0.9 + k) ** 2
        inside = smoothstep(reach, reach - 0.004, far)[..., None]
        tint = inks[(np.floor(ring).astype(int) // 5 + k) % len(inks)]
        wash = cream * 0.97 + (tint - cream) * (0.10 + (line * fade)[..., None] * 0.9)
        picture = picture + (wash - picture) * inside
    return np.asarray(picture, np.float32)


def _paper(colour: Field, size: int, aspect: float, rng: np.random.Generator) -> Image.Image:
    shape = colour.shape[:2]
    sheet = 1 + 0.035 * fbm(shape, 170, 3, rng) + 0.03 * fbm(shape, 5, 3, rng)
    thin = 0.05 * fbm(shape, 26, 4, rng)[..., None]  # ink lies thicker here and there
    picture = colour * sheet[..., None] + thin * (colour - 0.45)
    return to_image(picture).resize((size, round(size * aspect)), Image.Resampling.LANCZOS)
