"""Oil paintings: strokes that follow what they paint. Pure numpy and Pillow."""

import numpy as np
from PIL import Image

from nst.gallery.noise import Field, fbm, grid, mix, noise, palette, ramp, rgb, smoothstep
from nst.gallery.strokes import Brush, Canvas, advect

MAP = 384  # the long side of the maps of colour and direction, in pixels


def nocturne(size: int) -> Image.Image:
    """Whirling night sky over a village and its river."""
    rng = np.random.default_rng(11)
    shape = (round(size * 0.78), size)
    small = (round(MAP * 0.78), MAP)
    x, y = grid(small)
    flow, lights = _whirls(x, y, rng)
    hill = 0.49 + 0.055 * np.sin(x * 7 + 0.6) + 0.03 * np.sin(x * 17) - 0.05 * x
    bank = 0.615 + 0.012 * np.sin(x * 9)
    sky = _night_sky(flow, lights, x, y, rng)
    land = ramp(palette("0d1a3a", "16305a", "1f4f63", "2f6b5b"), (y - hill) / 0.13)
    land = mix(land, rgb("0f2143"), smoothstep(0, 0.4, fbm(small, 14, 3, rng)))
    water = ramp(palette("2a5a94", "1a3f80", "12265c", "0b1840"), (y - bank) / 0.17)
    scene = mix(mix(sky, land, smoothstep(hill, hill + 0.006, y)), water, (y > bank).astype("f4"))
    ground = np.asarray(y > hill)
    angle = np.where(ground, np.cos(x * 7 + 0.6) * 0.35 + 0.2 * noise(small, 9, rng), flow)
    angle = np.where(y > bank, 0.06 * noise(small, 8, rng), angle).astype(np.float32)
    canvas = Canvas(shape, rgb("101c44"))
    canvas.cover(scene, angle, Brush(0.085, 0.017, 0.55, 0.045), rng)
    canvas.cover(scene, angle, Brush(0.055, 0.011, 0.60, 0.055), rng)
    canvas.cover(scene, angle, Brush(0.036, 0.0075, 0.95, 0.075, 0.14), rng)
    _windows(canvas, rng)
    return canvas.finish()


def _whirls(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    """The sky's direction, and how near each point is to a light (0 to 1)."""
    u = 0.55 + 0.25 * np.sin(y * 10)
    v = 0.32 * np.sin(x * 8.5 + 0.8)
    lights = np.zeros_like(x)
    for cx, cy, r, spin in (
        (0.36, 0.20, 0.13, 1.0),
        (0.61, 0.30, 0.085, -1.0),
        (0.86, 0.13, 0.12, 1.0),
    ):
        dx, dy = x - cx, y - cy
        pull = spin * 3.2 * np.exp(-(dx**2 + dy**2) / (2 * (0.75 * r) ** 2))
        u, v = u - pull * dy / r * 1.6, v + pull * dx / r * 1.6
    for cx, cy, r in _STARS:
        dx, dy = x - cx, y - cy
        far = np.hypot(dx, dy)
        pull = 5 * np.exp(-((far / (2.1 * r)) ** 2))
        u, v = u - pull * dy / r, v + pull * dx / r
        ring = 0.72 + 0.28 * np.cos(far / r * 4.2)
        lights = np.maximum(lights, np.exp(-((far / (1.5 * r)) ** 2)) * ring)
    return np.arctan2(v, u).astype(np.float32), lights.astype(np.float32)


_STARS = (
    (0.86, 0.13, 0.055),
    (0.10, 0.10, 0.022),
    (0.20, 0.33, 0.018),
    (0.53, 0.07, 0.020),
    (0.70, 0.05, 0.014),
    (0.73, 0.39, 0.016),
    (0.07, 0.27, 0.013),
    (0.47, 0.40, 0.012),
    (0.96, 0.36, 0.018),
)


def _night_sky(flow: Field, lights: Field, x: Field, y: Field, rng: np.random.Generator) -> Field:
    streaks = advect(noise(x.shape, 60, rng), flow, 26, 16) * 2.6
    tone = 0.42 + 0.34 * streaks + 0.35 * (y - 0.22) / 0.4
    blues = palette("0e1b4d", "1b3a8a", "2a62b5", "4d93c8", "8fc4cf", "d8e6c8")
    sky = ramp(blues, tone)
    gold = ramp(palette("2f7fb0", "7fb7a6", "e9c95a", "f7a92f", "fff3c0"), lights)
    return mix(sky, gold, smoothstep(0.12, 0.5, lights + 0.06 * streaks))


def _windows(canvas: Canvas, rng: np.random.Generator) -> None:
    """Houses' lights on the bank, and their reflections in short strokes."""
    count = 26
    across = np.sort(rng.uniform(0.05, 0.97, count))
    for column in across:
        glow = palette("fff0b0", "ffc247", "f28a2e")
        rows = 0.596 + rng.uniform(-0.02, 0.008)
        spot = np.array([[column, rows]], np.float32).repeat(3, 0) * canvas.long
        spot += rng.normal(0, 0.003 * canvas.long, spot.shape).astype(np.float32)
        upright = np.full((4, 4), np.pi / 2, np.float32)
        canvas.strokes(spot, glow[:3], upright, Brush(0.014, 0.007, 1), rng)
        drops = int(rng.uniform(5, 15))
        fall = 0.628 + np.sort(rng.uniform(0, 0.15, drops)) * rng.uniform(0.5, 1)
        dash = np.stack([column + rng.normal(0, 0.007, drops), fall], -1) * canvas.long
        colours = mix(glow[rng.integers(0, 3, drops)], rgb("3a6aa0"), (fall[:, None] - 0.62) * 3.5)
        canvas.strokes(
            dash.astype(np.float32),
            colours,
            np.zeros((4, 4), np.float32),
            Brush(0.026, 0.006, 1),
            rng,
        )
