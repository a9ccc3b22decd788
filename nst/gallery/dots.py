"""Pictures of dots: pointillism and a risograph's halftones. Pure numpy and Pillow."""

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
    sample,
    smoothstep,
    to_image,
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
    flow = 0.43 + 0.0 * x
    mirror = picture[
        np.clip((2 * flow * x.shape[1] - np.arange(shape[0])[:, None] - 1), 0, shape[0] - 1).astype(
            int
        ),
        np.arange(shape[1])[None, :],
    ]
    ripple = noise(shape, (9, 60), rng)
    water = mix(mirror, ramp(palette("3f7fd0", "5fb8d8", "f6e2b8"), 0.5 + 0.6 * ripple), 0.45)
    picture = mix(picture, water, (y > flow).astype("f4"))
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


def risograph(size: int) -> Image.Image:
    """A desert at sunset in pink, blue and yellow ink, printed out of register."""
    rng = np.random.default_rng(8)
    shape = (size, round(size * 0.8))
    x, y = grid(shape)
    pink, blue, yellow = _plates(x, y, rng)
    paper = rgb("f7f0df") + 0.02 * fbm(shape, 160, 3, rng)[..., None]
    picture = paper
    for plate, ink, turn, shift, pitch in (
        (yellow, rgb("ffd23f"), 0.0, (-0.003, 0.002), 0.0105),
        (pink, rgb("ff4f79"), 1.30, (0.004, -0.002), 0.0105),
        (blue, rgb("235fae"), 0.62, (-0.002, -0.003), 0.0105),
    ):
        long = max(shape)
        moved = sample(plate, (x - shift[0]) * long, (y - shift[1]) * long)
        cover = _halftone(moved, x, y, turn, pitch)
        cover *= 0.93 + 0.10 * fbm(shape, 90, 3, rng)  # ink lies unevenly on the paper
        cover *= 1 - 0.5 * smoothstep(0.95, 1.35, noise(shape, 330, rng))
        picture = picture * mix(np.ones(3), ink, np.clip(cover, 0, 1))
    return to_image(np.asarray(picture, np.float32))


def _halftone(tone: Field, x: Field, y: Field, turn: float, pitch: float) -> Field:
    """Dots that grow with `tone` until they join; solid at 1."""
    u = (x * np.cos(turn) + y * np.sin(turn)) / pitch
    v = (-x * np.sin(turn) + y * np.cos(turn)) / pitch
    wave = 0.5 + 0.25 * (np.cos(2 * np.pi * u) + np.cos(2 * np.pi * v))
    soft = 1.6 / (pitch * max(x.shape))
    return smoothstep(-soft, soft, tone * 1.12 - 0.06 - wave) * (tone > 0.02)


def _plates(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field, Field]:
    """How much of each ink, 0 to 1: sun, sky, mesas, dunes and agaves."""
    shape = x.shape
    far = np.hypot(x - 0.42, y - 0.36)
    sun = smoothstep(0.186, 0.183, far)
    pink = np.clip(0.08 + 1.25 * (y - 0.05), 0, 0.85)
    yellow = np.clip(1.5 * (y - 0.16), 0, 0.9)
    blue = np.clip(0.72 - 2.2 * y, 0, 1)
    stripe = (np.sin((y - 0.3) * 150 + 2 * np.sin(x * 8)) > 0.55 + 3 * (0.40 - y)).astype("f4")
    pink = mix(pink, 0.35 + 1.6 * (y - 0.2), sun)
    yellow, blue = mix(yellow, 1.0, sun), mix(blue, 0.0, sun)
    band = stripe * smoothstep(0.26, 0.30, y) * sun
    pink, yellow = mix(pink, 0.1, band), mix(yellow, 0.25, band)
    crack = noise((4, shape[1]), (70, 1), rng)[1] + 0.4 * noise((4, shape[1]), (170, 1), rng)[1]
    for level, buttes, inks in (
        (0.505, ((0.10, 0.075, 0.085), (0.27, 0.020, 0.055), (0.70, 0.060, 0.105)), (0.75, 0.30)),
        (0.605, ((-0.02, 0.07, 0.14), (0.55, 0.035, 0.10), (0.83, 0.10, 0.07)), (0.90, 0.66)),
    ):
        mesa = level + 0.012 * np.sin(x * 9)
        for spot, wide, tall in buttes:
            foot = smoothstep(wide + 0.075, wide, np.abs(x - spot)) ** 2.2
            mesa = np.minimum(mesa, level - tall * np.maximum(0.55 * foot, np.abs(x - spot) < wide))
        mesa = mesa + 0.004 * noise((4, shape[1]), (60, 1), rng)[1]
        on = smoothstep(mesa, mesa + 0.002, y)
        fall = np.clip((y - mesa) / 0.16, 0, 1)
        layer = 0.5 * (np.sin((y - mesa) * 150 + 3 * np.sin(x * 14)) > 0.55)
        lit = 0.30 * smoothstep(0.25, 0.5, crack) * (1 - fall) - 0.1 * smoothstep(-0.5, -0.8, crack)
        pink, blue = mix(pink, inks[0] - 0.5 * lit, on), mix(blue, inks[1] + 0.25 * layer - lit, on)
        yellow = mix(yellow, 0.30 + 0.9 * lit + 0.2 * layer, on)
    for level, phase, inks in (
        (0.68, 0.3, (0.25, 0.0, 0.95)),
        (0.78, 2.0, (0.75, 0.1, 0.9)),
        (0.88, 4.2, (0.9, 0.75, 0.1)),
    ):
        dune = level + 0.035 * np.sin(x * 5.5 + phase) + 0.012 * np.sin(x * 13 + phase)
        on = smoothstep(dune, dune + 0.002, y)
        fold = smoothstep(0.0, 0.12, y - dune)
        pink, blue = mix(pink, inks[0] * (1 - 0.5 * fold), on), mix(blue, inks[1] + 0.35 * fold, on)
        yellow = mix(yellow, inks[2] * (1 - 0.4 * fold), on)
    for px, py, r in ((0.16, 0.86, 0.20), (0.66, 0.93, 0.16), (0.40, 0.99, 0.13)):
        turn, reach = np.arctan2(y - py, x - px), np.hypot(x - px, y - py)
        leaf = np.abs(np.sin(turn * 6.5))
        blade = r * (1 - 0.95 * leaf) ** 0.8 * smoothstep(0.25, -0.2, np.sin(turn))
        on = smoothstep(blade, blade - 0.003, reach)
        vein = 0.45 * smoothstep(0.25, 0.1, leaf)
        pink, yellow = mix(pink, 0.10, on), mix(yellow, 0.85 - vein, on)
        blue = mix(blue, 0.98 - vein, on)
    pink, blue, yellow = (np.clip(plate, 0, 1) for plate in (pink, blue, yellow))
    return pink, blue, yellow
