"""Neon: a street of signs after rain. Pure numpy and Pillow."""

import numpy as np
from PIL import Image, ImageDraw

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
    smoothstep,
    to_image,
)

INKS = palette("ff2f92", "2fe6ff", "ff7a1f", "8a4fff", "38ffb0", "ffe14f", "ff4f5f")
Pens = tuple[ImageDraw.ImageDraw, ImageDraw.ImageDraw]
Point = tuple[float, float]
Ink = tuple[int, ...]

ASPECT = 0.76
HORIZON = 0.56


def neon(size: int) -> Image.Image:
    """Glowing tubes over a narrow street, and their light in the wet pavement."""
    rng = np.random.default_rng(77)
    long = round(size * 1.12)
    shape = (long, round(long * ASPECT))
    x, y = grid(shape)
    street = _walls(x, y, rng)
    tubes, core = _tubes(shape, rng)
    light = tubes * 0.9
    for radius, power in ((0.003, 1.1), (0.008, 1.0), (0.022, 1.0), (0.07, 0.9)):
        light = light + power * blur(tubes, radius * long)
    wide = blur(tubes, 0.09 * long)
    picture = street * (0.55 + 5.0 * wide) + light + 0.9 * core
    picture = picture + 0.5 * wide * (1 + 0.5 * fbm(shape, 4, 4, rng))[..., None]  # mist
    picture = _rain(_wet(picture, x, y, rng), rng)
    picture = 1 - np.exp(-1.3 * picture)
    return to_image(np.asarray(picture, np.float32)).resize(
        (round(size * ASPECT), size), Image.Resampling.LANCZOS
    )


def _walls(x: Field, y: Field, rng: np.random.Generator) -> Field:
    """House fronts that run to a vanishing point, with lit windows; a violet sky between."""
    dx, dy = (x - ASPECT / 2) / (ASPECT / 2), (y - HORIZON) / HORIZON
    sky = ramp(palette("1a1040", "47196e", "8f2a86", "f2557a"), (y / HORIZON) ** 1.5)
    picture = sky * 0.9
    for back, tall, gap in (
        (5.2, 0.30, 0.06),
        (3.4, 0.55, 0.15),
        (2.0, 0.9, 0.30),
        (1.25, 1.5, 0.52),
    ):
        side = np.abs(dx)
        depth = 1 / np.maximum(side, 1e-3)
        on = (side > gap) & (-dy < tall * (0.8 + 0.3 * np.sin(back * 9 + 3 * np.sign(dx))))
        u, v = np.log(depth + 0.1) * 14 + back + 3 * np.sign(dx), dy * depth * 9
        cell = (np.floor(u) * 31 + np.floor(v) * 17 + 7 * np.sign(dx)).astype(int) % 997
        pick = rng.uniform(0, 1, 997)[cell]
        pane = (np.abs(u % 1 - 0.5) < 0.30) & (np.abs(v % 1 - 0.5) < 0.32)
        brick = ramp(palette("141634", "2a2258", "45306e"), 0.5 + 0.5 * fbm(x.shape, 30, 2, rng))
        glow = ramp(palette("ff9a3f", "ffd98a", "4fd0ff", "ff5fa8"), rng.uniform(0, 1, 997)[cell])
        front = np.where(
            (pane & (pick > 0.55))[..., None], glow * (0.2 + 0.9 * pick)[..., None], brick
        )
        picture = np.where(on[..., None], front * (0.55 + 0.45 / back), picture)
    return np.asarray(picture, np.float32)


def _tubes(shape: tuple[int, int], rng: np.random.Generator) -> tuple[Field, Field]:
    """The light of the tubes, and their white-hot middles."""
    scale = 2
    size = (shape[1] * scale, shape[0] * scale)
    glow, heart = Image.new("RGB", size), Image.new("L", size)
    pens = ImageDraw.Draw(glow), ImageDraw.Draw(heart)
    unit = shape[0] * scale
    order = rng.permutation(len(INKS))
    boards = [(side, near) for near in (0.10, 0.17, 0.27, 0.40, 0.62, 0.86) for side in (-1, 1)]
    for k, (side, near) in enumerate(boards):
        ink = tuple(int(255 * c) for c in INKS[order[k % len(INKS)]])
        other = tuple(int(255 * c) for c in INKS[order[(k + 3) % len(INKS)]])
        cx = ASPECT / 2 + side * near * ASPECT / 2 * rng.uniform(0.86, 1.0)
        tall = (0.10 + 0.30 * near) * rng.uniform(0.8, 1.2)
        wide = tall * rng.uniform(0.30, 0.5)
        cy = HORIZON - 0.08 * near - near * rng.uniform(0.15, 0.55) - 0.02
        _board(pens, (cx, cy), (wide, tall), ink, other, unit, rng)
    for side in (-1, 1):  # strips of light along the eaves
        for height, first in ((0.16, 0), (0.42, 3)):
            ends = [
                (ASPECT / 2 + side * n * ASPECT / 2, HORIZON - height * n) for n in (0.10, 1.05)
            ]
            _line(
                pens,
                ends,
                tuple(int(255 * c) for c in INKS[(first + (side > 0)) % 7]),
                unit,
                0.0035,
            )
    small = [
        np.asarray(p.resize((shape[1], shape[0]), Image.Resampling.BOX), np.float32)
        / np.float32(255)
        for p in (glow, heart)
    ]
    return small[0], small[1][..., None] * np.ones(3, np.float32)


def _line(pens: Pens, points: list[Point], ink: Ink, unit: int, width: float = 0.004) -> None:
    spots = [(px * unit, py * unit) for px, py in points]
    pens[0].line(spots, fill=ink, width=max(1, int(width * unit)), joint="curve")
    pens[1].line(spots, fill=190, width=max(1, int(width * unit * 0.36)), joint="curve")


def _board(
    pens: Pens, at: Point, size: Point, ink: Ink, other: Ink, unit: int, rng: np.random.Generator
) -> None:
    """A sign: a frame, and within it strokes of an invented script, a ring or an arrow."""
    (cx, cy), (wide, tall) = at, size
    w, h = wide / 2, tall / 2
    frame = [
        (cx - w, cy - h),
        (cx + w, cy - h),
        (cx + w, cy + h),
        (cx - w, cy + h),
        (cx - w, cy - h),
    ]
    pen = 0.012 * tall**0.6
    _line(pens, frame, ink, unit, pen)
    glyphs = int(rng.integers(2, 5))
    for g in range(glyphs):
        gh = 0.36 * tall / glyphs
        middle = (cx, cy - h + (g + 0.5) * tall / glyphs)
        for stroke in _glyph(middle, (min(0.62 * w, gh * 1.2), gh), rng):
            _line(pens, stroke, other, unit, pen)


def _glyph(at: Point, size: Point, rng: np.random.Generator) -> list[list[Point]]:
    """The strokes of a ring, or of a sign of two to five bars with one across."""
    (cx, cy), (w, h) = at, size
    kind = int(rng.integers(0, 4))
    if kind == 0:
        turn = np.linspace(0, 2 * np.pi, 30)
        return [[(float(cx + w * np.cos(a)), float(cy + h * np.sin(a))) for a in turn]]
    bars = [
        [
            (cx - w * rng.uniform(0.5, 1), cy + bar * h),
            (cx + w * rng.uniform(0.5, 1), cy + bar * h),
        ]
        for bar in np.linspace(-0.8, 0.8, 2 + kind).tolist()
    ]
    lean = rng.uniform(-0.5, 0.5) * w
    return [*bars, [(cx + lean, cy - h), (cx - lean * rng.uniform(-1, 1), cy + h)]]


def _wet(picture: Field, x: Field, y: Field, rng: np.random.Generator) -> Field:
    """The street below the horizon: what is above, mirrored and drawn out by ripples."""
    long = max(x.shape)
    below = np.maximum(y - HORIZON, 0)
    ripple = noise(x.shape, (20, 190), rng) + 0.7 * noise(x.shape, (60, 420), rng)
    u = (x + 0.035 * ripple * (0.15 + below)) * long
    smear = np.zeros_like(picture)
    for k in range(7):
        smear += sample(picture, u, (HORIZON - below * (0.62 + 0.10 * k) - 0.004 * ripple) * long)
    puddle = smoothstep(-0.25, 0.35, fbm(x.shape, (3, 16), 4, rng))
    stones = 0.72 + 0.28 * smoothstep(0.1, 0.3, np.abs(np.sin(np.log(below + 0.04) * 26)))
    street = smear / 7 * (0.55 + 0.75 * puddle * stones)[..., None] * rgb("d8dcff")
    dashes = np.exp(-(((x - ASPECT / 2) / (0.02 + 0.30 * below)) ** 2) * 3)
    street = street + 0.05 * dashes[..., None] * rgb("ff8fb0")
    return mix(picture, street, (y > HORIZON).astype("f4"))


def _rain(picture: Field, rng: np.random.Generator) -> Field:
    shape = picture.shape[:2]
    streaks = smoothstep(0.80, 1.25, noise(shape, (260, 16), rng))
    streaks = streaks[..., None]
    return np.asarray(picture * (1 + 0.45 * streaks) + 0.018 * streaks, np.float32)
