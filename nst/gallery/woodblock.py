"""Woodblock print: breaking waves before a red sun. Pure numpy and Pillow."""

import numpy as np
from PIL import Image, ImageDraw

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
    to_image,
)

ASPECT = 0.74
UNIT = 1800  # the drawing's long side, before it is brought to the size asked for
INK = (24, 32, 66)
FOAM = (246, 240, 222)
Point = tuple[float, float]

# A wave, way 1: its foot at (0, 0), its height 1, from trough to lip.
BACK = (
    *((-1.05, 0.12), (-0.72, -0.10), (-0.42, -0.52), (-0.10, -0.90)),
    *((0.25, -1.0), (0.52, -0.86), (0.62, -0.66)),
)
FACE = (
    *((0.95, 0.12), (0.42, 0.02), (0.06, -0.22), (-0.02, -0.52)),
    *((0.14, -0.76), (0.38, -0.78), (0.62, -0.66)),
)


def waves(size: int) -> Image.Image:
    """Waves with claws of foam, in Prussian blue on mulberry paper."""
    rng = np.random.default_rng(17)
    picture = Image.fromarray((_sky(rng) * 255).astype(np.uint8), "RGB")
    draw = ImageDraw.Draw(picture)
    _mountain(draw)
    _swell(draw, 0.50, 0.030, 5.0, 0.4, ("8fb4c0", "6a9ab5", "4d82a8"), rng)
    _wave(draw, (0.80, 0.56), 0.27, -1, rng)
    _swell(draw, 0.565, 0.045, 4.0, 2.6, ("9fc4c6", "5f97b8", "2f68a0"), rng)
    _wave(draw, (0.30, 0.66), 0.50, 1, rng)
    _swell(draw, 0.635, 0.05, 3.2, 5.2, ("a9cdc9", "4f8ab4", "24568f", "173a72"), rng)
    _wave(draw, (0.92, 0.735), 0.20, -1, rng)
    _swell(draw, 0.70, 0.03, 4.4, 1.0, ("7fb0bd", "2f66a0", "1b4482", "122e60"), rng)
    size_ = (size, round(size * ASPECT))
    print_ = np.asarray(picture.resize(size_, Image.Resampling.LANCZOS), np.float32) / np.float32(
        255
    )
    return to_image(_printed(print_, rng))


def _sky(rng: np.random.Generator) -> Field:
    """Bokashi: shades wiped by hand, dark above and warm below, and the sun."""
    shape = (round(UNIT * ASPECT), UNIT)
    x, y = grid(shape)
    sky = ramp(
        palette("2d4f86", "8fb0b8", "efe2bd", "f4cf9a", "f0a878"), y / 0.56, (0, 0.13, 0.35, 0.7, 1)
    )
    sun = np.hypot(x - 0.60, y - 0.22)
    disc = ramp(palette("d8322a", "e2502f", "ee8a55"), (y - 0.12) / 0.22)
    sky = mix(sky, disc, smoothstep(0.1015, 0.1, sun))
    for level, phase, wide in ((0.20, 0.0, 0.012), (0.285, 2.0, 0.016), (0.13, 4.0, 0.009)):
        bar = np.abs(y - level - 0.004 * np.sin(x * 6 + phase)) - wide * (
            0.4 + 0.6 * np.sin(x * 4.2 + phase)
        )
        sky = mix(sky, rgb("f6ead0"), 0.93 * smoothstep(0.0015, -0.0015, bar))
    return sky


def _scaled(points: list[Point]) -> list[Point]:
    return [(x * UNIT, y * UNIT) for x, y in points]


def _mountain(draw: ImageDraw.ImageDraw) -> None:
    xs = np.linspace(0, 1, 60)
    rise = np.exp(-np.abs(xs - 0.5) * 6.2)
    left, wide, base, tall = 0.36, 0.42, 0.53, 0.17
    line = [(left + wide * x, base - tall * float(r)) for x, r in zip(xs, rise, strict=True)]
    draw.polygon(_scaled([*line, (left + wide, base), (left, base)]), fill=(62, 88, 130))
    snow = [p for p in line if p[1] < base - 0.095]
    teeth = [
        (x, base - 0.094 - (0.026 if i % 2 else 0.0))
        for i, x in enumerate(np.linspace(snow[-1][0], snow[0][0], 11))
    ]
    draw.polygon(_scaled([*snow, *teeth]), fill=FOAM)
    draw.line(_scaled(line), fill=INK, width=5, joint="curve")


def _swell(
    draw: ImageDraw.ImageDraw,
    level: float,
    swing: float,
    waves_: float,
    phase: float,
    shades: tuple[str, ...],
    rng: np.random.Generator,
) -> None:
    """A rolling sea: bands that follow its crest, foam on top, a dark key line."""
    xs = np.linspace(-0.02, 1.02, 260)
    hump = np.abs(np.sin(xs * waves_ + phase)) ** 1.5
    crest = level - swing * hump + 0.006 * np.sin(xs * 31 + phase)
    steps = 14
    for k in range(steps):
        drop = 0.135 * (k / steps) ** 1.25
        ease = 1 - 0.75 * k / steps
        line = level + (crest - level) * ease + drop
        tone = ramp(palette(*shades), k / (steps - 1))
        body = _scaled([*zip(xs.tolist(), line.tolist(), strict=True), (1.02, 1.0), (-0.02, 1.0)])
        draw.polygon(body, fill=tuple(int(c * 255) for c in tone))
        if k % 2 == 0:
            thin = ramp(palette("f2ead2", shades[-1]), min(1.0, 0.25 + k / steps))
            draw.line(body[:-2], fill=tuple(int(c * 255) for c in thin), width=4, joint="curve")
    top = [*zip(xs.tolist(), crest.tolist(), strict=True)]
    draw.line(_scaled(top), fill=INK, width=6, joint="curve")
    blobs = []
    for i in np.flatnonzero(hump > 0.80):
        x, y = top[i]
        for _ in range(3):
            spread = float(hump[i] - 0.75) * 0.05
            blobs.append(
                (x, y + float(rng.uniform(-0.1, 1)) * spread, float(rng.uniform(0.0025, 0.0075)))
            )
    _heap(draw, blobs, rng)


def _curve(points: tuple[Point, ...], count: int) -> Field:
    """A Catmull-Rom spline through `points`, shape (count, 2)."""
    p = np.array([points[0], *points, points[-1]], np.float32)
    t = np.linspace(0, len(points) - 1 - 1e-4, count, dtype=np.float32)
    i, f = t.astype(int), (t - t.astype(int))[:, None]
    a, b, c, d = p[i], p[i + 1], p[i + 2], p[i + 3]
    return np.asarray(
        0.5
        * (
            2 * b
            + (c - a) * f
            + (2 * a - 5 * b + 4 * c - d) * f**2
            + (3 * b - a - 3 * c + d) * f**3
        ),
        np.float32,
    )


def _wave(
    draw: ImageDraw.ImageDraw, foot: Point, tall: float, way: int, rng: np.random.Generator
) -> None:
    """One breaking wave: striped body between its back and its hollow face, then its foam."""
    back, face = _curve(BACK, 90), _curve(FACE, 90)
    to = np.array([way * tall, tall], np.float32)
    back, face = back * to + foot, face * to + foot
    shades = palette(
        "16366f", "1f4f92", "2f74ae", "6fa8c0", "d9e4d2", "2a66a4", "8fbcc8", "efe8d0", "1d4786"
    )
    cuts = np.array([0, 0.16, 0.27, 0.36, 0.43, 0.52, 0.66, 0.76, 0.84, 1.0])
    pale = mix(shades, rgb("efe8d0"), 0.75)
    for k in range(len(cuts) - 1):
        inner = back + (face - back) * cuts[k]
        outer = back + (face - back) * cuts[k + 1]
        shape = [tuple(p) for p in np.concatenate([inner, outer[::-1]]) * UNIT]
        draw.polygon(shape, fill=tuple(int(c * 255) for c in shades[k]))
        for part in (0.34, 0.67):  # gouged lines within a band
            vein = (inner + (outer - inner) * part)[4:-6] * UNIT
            tint = pale[k] if shades[k].mean() < 0.62 else shades[2]
            draw.line([tuple(p) for p in vein], fill=tuple(int(c * 255) for c in tint), width=3)
        draw.line([tuple(p) for p in inner * UNIT], fill=INK, width=4, joint="curve")
    for edge in (back, face):
        draw.line([tuple(p) for p in edge * UNIT], fill=INK, width=7, joint="curve")
    _foam(draw, back, back[52:], tall, way, rng)


def _foam(
    draw: ImageDraw.ImageDraw,
    back: Field,
    lip: Field,
    tall: float,
    way: int,
    rng: np.random.Generator,
) -> None:
    """Claws along the lip, curling down, and heaped lobes over their roots, then spray."""
    blobs: list[tuple[float, float, float]] = []
    for i in range(0, len(lip), 2):
        reach = tall * (0.07 + 0.14 * (i / len(lip)) ** 0.7) * rng.uniform(0.6, 1.2)
        bend = 0.15 + 0.9 * i / len(lip) + rng.normal(0, 0.12) + 1.6 * np.linspace(0, 1, 12)
        step = np.stack([way * np.cos(bend), np.sin(bend)], 1) * reach / 11
        for j, spot in enumerate(lip[i] + np.cumsum(step, 0)):
            blobs.append((float(spot[0]), float(spot[1]), tall * (0.0185 - 0.0013 * j)))
    for i in range(26, len(back)):
        for _ in range(1 + (i > 50)):
            spot = back[i] + rng.normal(0, 0.017, 2) * tall
            size = tall * float(rng.uniform(0.009, 0.030)) * min(1.0, i / 60)
            blobs.append((float(spot[0]), float(spot[1]), size))
    _heap(draw, blobs, rng)
    for _ in range(90):
        spot = lip[int(rng.integers(len(lip)))] + rng.normal(0, 0.09, 2) * tall
        spot = spot + np.array([way * 0.10 * tall, -0.02 * tall]) * rng.uniform(-0.4, 1.6)
        _heap(
            draw, [(float(spot[0]), float(spot[1]), tall * float(rng.uniform(0.003, 0.008)))], rng
        )


def _heap(
    draw: ImageDraw.ImageDraw, blobs: list[tuple[float, float, float]], rng: np.random.Generator
) -> None:
    """Round lobes of foam grown together: one outline about all, pale blue in their shade."""
    for fill, grow, shift in ((INK, 4.5, 0.0), (FOAM, 0.0, 0.0), ((150, 186, 200), 0.0, 0.5)):
        for x, y, size in blobs:
            if shift and (size * UNIT < 6 or rng.uniform() < 0.6):
                continue
            r = max(1.5, size * UNIT * (0.55 if shift else 1)) + grow
            cx, cy = x * UNIT - shift * r * 0.2, y * UNIT + shift * r * 0.9
            if shift:
                draw.arc((cx - r, cy - r, cx + r, cy + r), 20, 170, fill=fill, width=4)
            else:
                draw.ellipse((cx - r, cy - r, cx + r, cy + r), fill=fill)


def _printed(picture: Field, rng: np.random.Generator) -> Field:
    """Grain of the cherry block, mottled ink, fibres of the paper."""
    shape = picture.shape[:2]
    long = max(shape)
    warp = fbm(shape, 3, 3, rng)
    _, y = grid(shape)
    rings = np.sin((y * 26 + warp * 2.2) * 2 * np.pi + 2.0 * noise(shape, (6, 90), rng))
    grain = 0.5 * rings + 0.8 * noise(shape, (14, 260), rng)
    inked = 1 - picture.mean(-1)
    picture = picture * (1 + 0.055 * grain * (0.35 + inked))[..., None]
    mottle = fbm(shape, 110, 4, rng, 0.7)
    picture = mix(picture, rgb("f2e6c8"), np.clip(0.10 * mottle + 0.03, 0, 0.4) * (0.4 + inked))
    fibre = smoothstep(0.9, 1.2, noise(shape, (60, 240), rng)) + smoothstep(
        0.9, 1.2, noise(shape, (240, 60), rng)
    )
    return np.asarray(
        picture * (1 - 0.05 * fibre * min(1, long / 500))[..., None] * rgb("fffaf0"), np.float32
    )
