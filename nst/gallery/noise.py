"""Fields of noise, blurs and samplings that the pictures are made of. Pure numpy and Pillow."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

Field = NDArray[np.floating[Any]]
"""Float values of shape (height, width), or (height, width, 3) for colours from 0 to 1."""


def resize(
    field: Field, size: tuple[int, int], box: tuple[float, float, float, float] | None = None
) -> Field:
    """Resample a (height, width) field to `size` (width, height), bicubic, from the part `box`."""
    picture = Image.fromarray(np.ascontiguousarray(field, dtype=np.float32))
    return np.asarray(picture.resize(size, Image.Resampling.BICUBIC, box), dtype=np.float32)


def noise(
    shape: tuple[int, int], cells: float | tuple[float, float], rng: np.random.Generator
) -> Field:
    """Smooth noise from about -1 to 1, with `cells` bumps along the long side (or along x, y).

    The same generator gives the same picture at every size: `cells` counts bumps, not pixels.
    """
    height, width = shape
    long = max(shape)
    across, down = (
        cells if isinstance(cells, tuple) else (cells * width / long, cells * height / long)
    )
    lattice = rng.uniform(-1, 1, (int(np.ceil(down)) + 4, int(np.ceil(across)) + 4))
    box = (1.5, 1.5, 1.5 + across, 1.5 + down)
    return resize(lattice.astype(np.float32), (width, height), box) * np.float32(1.35)


def fbm(
    shape: tuple[int, int],
    cells: float | tuple[float, float],
    octaves: int,
    rng: np.random.Generator,
    gain: float = 0.5,
) -> Field:
    """Fractional Brownian motion: `octaves` of `noise`, each twice as fine and `gain` as strong.

    Scaled to a standard deviation near 0.35, mean near 0.
    """
    total = np.zeros(shape, np.float32)
    amplitude, power = 1.0, 0.0
    for octave in range(octaves):
        k = 2.0**octave
        finer = (cells[0] * k, cells[1] * k) if isinstance(cells, tuple) else cells * k
        total += np.float32(amplitude) * noise(shape, finer, rng)
        power += amplitude**2
        amplitude *= gain
    return total / np.float32(np.sqrt(power))


def sample(field: Field, x: ArrayLike, y: ArrayLike) -> Field:
    """Bilinear values of `field` at pixel coordinates `x`, `y` (clamped to the edges)."""
    height, width = field.shape[:2]
    x = np.clip(np.asarray(x, np.float32), 0, width - 1.001)
    y = np.clip(np.asarray(y, np.float32), 0, height - 1.001)
    column, row = x.astype(np.int32), y.astype(np.int32)
    u, v = x - column, y - row
    if field.ndim == 3:
        u, v = u[..., None], v[..., None]
    flat = field.reshape((height * width, *field.shape[2:]))
    at = row * width + column
    top = flat[at] * (1 - u) + flat[at + 1] * u
    bottom = flat[at + width] * (1 - u) + flat[at + width + 1] * u
    return np.asarray(top * (1 - v) + bottom * v, np.float32)


def blur(field: Field, radius: float) -> Field:
    """A Gaussian blur (three box blurs), `radius` its standard deviation in pixels."""
    box = max(0, round((np.sqrt(4 * radius**2 + 1) - 1) / 2))
    if box == 0:
        return field
    for _ in range(3):
        for axis in (0, 1):
            field = _box(field, box, axis)
    return field


def _box(field: Field, radius: int, axis: int) -> Field:
    pads = [(0, 0)] * field.ndim
    pads[axis] = (radius + 1, radius)
    total = np.cumsum(np.pad(field, pads, mode="edge"), axis=axis, dtype=np.float64)
    width = 2 * radius + 1
    length = field.shape[axis]
    upper = np.take(total, np.arange(width, width + length), axis=axis)
    lower = np.take(total, np.arange(length), axis=axis)
    return ((upper - lower) / width).astype(np.float32)


def slopes(field: Field) -> tuple[Field, Field]:
    """How fast `field` rises downwards and to the right, a pixel."""
    down, right = (np.asarray(np.gradient(field, axis=axis), np.float32) for axis in (0, 1))
    return down, right


def smoothstep(low: ArrayLike, high: ArrayLike, x: ArrayLike) -> Field:
    """0 below `low`, 1 above `high`, and smooth between (`low` may be the greater one)."""
    low, high = np.asarray(low, np.float32), np.asarray(high, np.float32)
    t = np.clip((np.asarray(x, np.float32) - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def mix(a: ArrayLike, b: ArrayLike, t: ArrayLike) -> Field:
    """From `a` at 0 to `b` at 1. A (height, width) `t` mixes colours too, as (n, 1) does."""
    a, b, t = (np.asarray(v, np.float32) for v in (a, b, t))
    if t.ndim == 2 and t.shape[1] != 1 and max(a.ndim, b.ndim) != 2:
        t = t[..., None]
    return np.asarray(a + (b - a) * t, np.float32)


def rgb(code: str) -> Field:
    """A colour from its hexadecimal code, such as `e8b04a`: three values from 0 to 1."""
    return np.array([int(code[i : i + 2], 16) / 255 for i in (0, 2, 4)], np.float32)


def palette(*codes: str) -> Field:
    """Colours from hexadecimal codes, of shape (number of codes, 3)."""
    return np.stack([rgb(code) for code in codes])


def ramp(colours: Field, t: ArrayLike, stops: Sequence[float] | None = None) -> Field:
    """The colour at `t` (0 to 1) on a ramp through `colours`, evenly spaced or at `stops`."""
    at = np.linspace(0, 1, len(colours)) if stops is None else np.asarray(stops)
    values = np.clip(np.asarray(t, np.float32), 0, 1)
    return np.stack([np.interp(values, at, colours[:, i]) for i in range(3)], -1).astype(np.float32)


def to_image(field: Field) -> Image.Image:
    """An sRGB picture from colours from 0 to 1, rounded and clipped."""
    return Image.fromarray(np.clip(field * 255 + 0.5, 0, 255).astype(np.uint8), "RGB")


def grid(shape: tuple[int, int]) -> tuple[Field, Field]:
    """Coordinates x, y of the pixels' centres; the long side spans 0 to 1."""
    long = max(shape)
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    return (x + 0.5) / long, (y + 0.5) / long


def cellular(x: Field, y: Field, cells: float, rng: np.random.Generator) -> tuple[Field, Field]:
    """Voronoi cells on a jittered grid with `cells` along x: each point's cell, and edge distance.

    The edge distance is (second nearest - nearest) / 2, in cells.
    """
    u, v = x * cells, y * cells
    span = int(np.ceil(max(float(u.max()), float(v.max())))) + 3
    jitter = rng.uniform(0.08, 0.92, (span, span, 2)).astype(np.float32)
    column, row = np.floor(u).astype(np.int32), np.floor(v).astype(np.int32)
    nearest = np.full(x.shape, 9, np.float32)
    second, which = nearest.copy(), np.zeros(x.shape, np.float32)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            i, j = row + down, column + right
            spot = jitter[i % span, j % span]
            far = np.hypot(j + spot[..., 0] - u, i + spot[..., 1] - v)
            closer = far < nearest
            second = np.where(closer, nearest, np.minimum(second, far))
            which = np.where(closer, (i % span) * span + j % span, which)
            nearest = np.minimum(nearest, far)
    return which.astype(np.float32), np.asarray((second - nearest) / 2, np.float32)
