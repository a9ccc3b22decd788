"""Mosaic: square tesserae that follow the contours of what they show. Pure numpy and Pillow.

The tiles are a centroidal Voronoi diagram with a square metric turned along the contours
(Hausner, "Simulating Decorative Mosaics", 2001).
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nst.gallery.noise import (
    Field,
    blur,
    fbm,
    grid,
    mix,
    noise,
    palette,
    ramp,
    rgb,
    sample,
    slopes,
    smoothstep,
    to_image,
)

MAP = 384  # the long side of the maps of colour and direction, in pixels
ROUNDS = 7

Indices = NDArray[np.int64]


def mosaic(size: int) -> Image.Image:
    """Two fishes under a sun, in glass and gold."""
    rng = np.random.default_rng(19)
    shape, small = (round(size * 0.8), size), (round(MAP * 0.8), MAP)
    scene, region = _scene(*grid(small), rng)
    angle = _contours(region)
    pitch = 0.0168  # a tile's side, as a fraction of the long side
    seeds = _seeds(small, pitch * MAP, rng)
    for _ in range(ROUNDS):
        owner, _, _ = _nearest(small, seeds, angle, pitch * MAP)
        seeds = _centres(owner, seeds)
    scale = 1.25
    big = (round(shape[0] * scale), round(shape[1] * scale))
    owner, u, v = _nearest(big, seeds * (max(big) / MAP), angle, pitch * max(big))
    return _set(big, owner, u, v, scene, seeds, rng).resize(
        (shape[1], shape[0]), Image.Resampling.LANCZOS
    )


def _seeds(shape: tuple[int, int], pitch: float, rng: np.random.Generator) -> Field:
    rows, columns = int(shape[0] / pitch) + 1, int(shape[1] / pitch) + 1
    row, column = np.mgrid[0:rows, 0:columns]
    places = np.stack([column, row], -1).reshape(-1, 2)
    places = (places + rng.uniform(0.2, 0.8, places.shape)) * pitch
    return np.asarray(np.minimum(places, (shape[1] - 1, shape[0] - 1)), np.float32)


def _nearest(
    shape: tuple[int, int], seeds: Field, angle: Field, pitch: float
) -> tuple[Indices, Field, Field]:
    """Each pixel's owner among the seeds (-1: none), and its place in that tile (-1 to 1)."""
    reach = int(pitch * 1.25) + 1
    window = np.arange(-reach, reach + 1)
    column = seeds[:, 0].astype(np.int64)[:, None, None] + window[None, None, :]
    row = seeds[:, 1].astype(np.int64)[:, None, None] + window[None, :, None]
    dx, dy = column + 0.5 - seeds[:, 0, None, None], row + 0.5 - seeds[:, 1, None, None]
    turn = sample(
        angle, seeds[:, 0] * angle.shape[1] / shape[1], seeds[:, 1] * angle.shape[0] / shape[0]
    )
    cos, sin = np.cos(turn)[:, None, None], np.sin(turn)[:, None, None]
    u, v = (dx * cos + dy * sin) * (2 / pitch), (dy * cos - dx * sin) * (2 / pitch)
    far = np.maximum(np.abs(u), np.abs(v)) + 0.15 * np.hypot(u, v)
    inside = (column >= 0) & (row >= 0) & (column < shape[1]) & (row < shape[0])
    at = (row * shape[1] + column)[inside]
    which = np.broadcast_to(np.arange(len(seeds))[:, None, None], far.shape)[inside]
    near = (-far[inside] * 6000).astype(np.int16)  # 16 bits: sorted by radix, in linear time
    order = np.argsort(near, kind="stable")  # the nearest is written last
    at, which = at[order], which[order]
    owner = np.full(shape[0] * shape[1], -1, np.int64)
    place = np.full((2, shape[0] * shape[1]), 9, np.float32)
    owner[at] = which
    place[0, at], place[1, at] = u[inside][order], v[inside][order]
    return owner.reshape(shape), place[0].reshape(shape), place[1].reshape(shape)


def _centres(owner: Indices, seeds: Field) -> Field:
    """Each seed moved to the middle of what it owns."""
    rows, columns = np.nonzero(owner >= 0)
    mine = owner[rows, columns]
    count = np.bincount(mine, minlength=len(seeds))
    total = [np.bincount(mine, w + 0.5, len(seeds)) for w in (columns, rows)]
    moved = np.stack(total, -1) / np.maximum(count, 1)[:, None]
    return np.asarray(np.where(count[:, None] > 0, moved, seeds), np.float32)


def _contours(region: Field) -> Field:
    """Angles along the nearest borders between regions, in radians."""
    edge = np.abs(np.diff(region, axis=0, append=region[-1:])) + np.abs(
        np.diff(region, axis=1, append=region[:, -1:])
    )
    edge = (edge > 0).astype(np.float32)
    pull = sum(blur(edge, r) * r for r in (2, 4, 8, 16, 32, 64))
    down, right = slopes(blur(np.asarray(pull, np.float32), 1.5))
    twice = np.arctan2(2 * down * right, right**2 - down**2)  # a direction has no sign: average 2a
    return np.asarray(
        np.arctan2(blur(np.sin(twice).astype("f4"), 3), blur(np.cos(twice).astype("f4"), 3)) / 2,
        np.float32,
    )


def _set(
    shape: tuple[int, int],
    owner: Indices,
    u: Field,
    v: Field,
    scene: Field,
    seeds: Field,
    rng: np.random.Generator,
) -> Image.Image:
    """Tiles in their bed of mortar, each a little tilted, of its own glass."""
    count = len(seeds)
    colours = sample(scene, seeds[:, 0], seeds[:, 1])
    colours = colours * rng.uniform(0.78, 1.16, (count, 1)) + rng.normal(0, 0.03, (count, 3))
    tilt = rng.normal(0, 1, (count, 2)).astype(np.float32)
    mine = np.maximum(owner, 0)
    face = colours[mine].astype(np.float32)
    lean = tilt[mine, 0] * u + tilt[mine, 1] * v
    face = face * (1 + 0.10 * lean + 0.08 * fbm(shape, 150, 3, rng))[..., None]
    bound = (np.diff(owner, axis=0, append=owner[-1:]) != 0) | (
        np.diff(owner, axis=1, append=owner[:, -1:]) != 0
    )
    gap = np.asarray(bound, np.float32)
    gap = np.clip(blur(gap, max(shape) * 0.0009) * 2.6, 0, 1)
    gap = np.maximum(
        gap,
        smoothstep(0.93, 1.04, np.maximum(np.abs(u), np.abs(v)) + 0.05 * noise(shape, 240, rng)),
    )
    solid = 1 - gap
    down, right = slopes(blur(solid, max(shape) * 0.0012))
    light = (0.8 * down + 0.6 * right) * max(shape) / 600
    gleam = np.clip(tilt[mine, 0] * 0.5 + 0.5 * u - 0.4 * v - 1.05, 0, 1) * 0.5
    mortar = rgb("3a322e") * (1 + 0.25 * fbm(shape, 200, 2, rng))[..., None]
    picture = mix(mortar, face * (1 + 0.55 * light)[..., None] + gleam[..., None] * 0.35, solid)
    return to_image(picture)


def _scene(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    """Colours, and a number for every region whose border the tiles follow."""
    tall = x.shape[0] / x.shape[1]
    cx, cy = 0.5, 0.17
    far, turn = np.hypot(x - cx, y - cy), np.arctan2(y - cy, x - cx)
    rings = np.floor(far / 0.062)
    colour = ramp(palette("f9e7b0", "f2c9a0", "8fc9c8", "4fa3c4", "2f78b0", "1f4f8f"), far / 0.55)
    region = rings.astype(np.float32)
    sun = far < 0.115
    ray = (far < 0.17 + 0.04 * np.cos(turn * 14)) & ~sun
    colour[ray] = rgb("f2a01f")
    colour[sun] = ramp(palette("ffe9a0", "f7b21f", "e0651f"), far / 0.115)[sun]
    region[ray], region[sun] = 101, 100 + np.floor(far[sun] / 0.04)
    shades = palette("bfe8dc", "4fb8c4", "1f8fb5", "1a6aa8", "164a8f", "123572", "0e2558")
    for k in range(7):
        crest = 0.30 + 0.075 * k + 0.022 * np.sin(x * 14 + k * 2.1) + 0.010 * np.sin(x * 31 + k)
        here = y > crest
        foam = here & (y < crest + 0.013)
        colour[here] = shades[k]
        colour[foam] = rgb("f2fbf0") if k < 5 else rgb("7fd0d8")
        region[here] = 200 + k
    for fx, fy, long, way in ((0.34, 0.475, 0.36, 1.0), (0.64, 0.655, 0.32, -1.0)):
        _fish(colour, region, (x - fx) / long * way, (y - fy) / long)
    edge = np.minimum(np.minimum(x, 1 - x), np.minimum(y, tall - y))
    frame = edge < 0.042
    colour[frame] = rgb("8f1f2f")
    gold = (edge < 0.030) & (edge > 0.013)
    dash = (np.floor((x + y) * 30) % 2).astype(bool)
    colour[gold & dash], colour[gold & ~dash] = rgb("f2b93f"), rgb("1f5f7a")
    region[frame] = 900
    return np.asarray(colour, np.float32), region


def _fish(colour: Field, region: Field, u: Field, v: Field) -> None:
    """A fish from -0.5 to 0.5 along `u`, its head to the right: body, scales, fins, eye."""
    spine = 0.05 * np.sin(u * 5)
    w = v - spine
    half = 0.20 * np.sqrt(np.clip(1 - ((u - 0.08) / 0.44) ** 2, 0, 1)) * (1 - 0.15 * u)
    tail = (
        (u < -0.26)
        & (np.abs(w) < 0.03 + 0.75 * (-0.26 - u))
        & (u > -0.52 + 0.25 * np.abs(w) ** 0.5)
    )
    fin = (np.abs(u + 0.02) < 0.16) & (w < 0) & (-w < half + 0.10 * np.cos((u + 0.02) * 9))
    body = np.abs(w) < half
    colour[fin] = rgb("f7c84a")
    colour[tail] = mix(rgb("f7c84a"), rgb("d83a2a"), ((np.floor(w * 34) % 2) * 0.8).astype("f4"))[
        tail
    ]
    region[fin], region[tail] = 301, 302
    scales = ramp(
        palette("c81f2f", "f2642a", "ffb03f", "fff0c8"),
        0.5 + w / 0.34 + 0.12 * np.sin(u * 46) * np.cos(w * 60),
    )
    colour[body] = scales[body]
    region[body] = 303 + np.floor((w[body] / np.maximum(half[body], 1e-3) + 1) * 1.5)
    head = body & (u > 0.27)
    colour[head], region[head] = rgb("f28f2a"), 310
    gill = body & (np.abs(u - 0.27 + 0.35 * w**2 * 6) < 0.018)
    colour[gill] = rgb("fff4d8")
    eye = np.hypot(u - 0.37, w + 0.035)
    colour[eye < 0.045], region[eye < 0.045] = rgb("fff8e8"), 311
    colour[eye < 0.024] = rgb("14142a")
