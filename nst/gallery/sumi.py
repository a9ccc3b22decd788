"""An ink wash: mountains in mist, a plum tree and bamboo. Pure numpy and Pillow."""

import numpy as np
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
    smoothstep,
    to_image,
)


def ink_wash(size: int) -> Image.Image:
    """Mountains in mist, a plum in blossom, bamboo and a boat."""
    rng = np.random.default_rng(21)
    shape = (size, round(size * 0.74))
    x, y = grid(shape)
    fibre = noise(shape, (40, 330), rng) + noise(shape, (330, 40), rng)
    tooth = fbm(shape, 170, 3, rng)  # what breaks up a dry brush
    picture = rgb("f1e9d8") * (1 + 0.018 * fibre + 0.02 * fbm(shape, 4, 3, rng))[..., None]
    sun = smoothstep(0.062, 0.055, np.hypot(x - 0.52, y - 0.155) + 0.003 * noise(shape, 30, rng))
    picture = picture * mix(np.ones(3), rgb("d8523a"), sun * (0.78 + 0.18 * fbm(shape, 18, 3, rng)))
    for level, tall, cells, dark, mist, seed in (
        (0.33, 0.17, 6, 0.45, 0.24, 1),
        (0.47, 0.27, 5, 0.68, 0.26, 2),
        (0.63, 0.30, 4, 0.90, 0.26, 3),
        (0.775, 0.13, 6, 0.95, 0.12, 4),
    ):
        density = _ridge(x, y, level, tall, cells, mist, np.random.default_rng(seed * 7 + 2), tooth)
        tint = (rgb("2f5f80"), rgb("1f4f74"), rgb("173a55"), rgb("10202e"))[seed - 1]
        picture = picture * mix(np.ones(3), tint, np.clip(dark * density, 0, 0.97))
    water = smoothstep(0.80, 0.84, y) * smoothstep(
        0.25, 0.75, noise(shape, (2.5, 42), rng) + 0.12 * tooth
    )
    picture = picture * mix(np.ones(3), rgb("3a6f8f"), 0.6 * water)
    black, bloom = _plum(x, y, tooth, rng)
    black = np.maximum(black, _bamboo(shape, tooth, rng))
    boat = (np.abs(x - 0.27) < 0.055) & (np.abs(y - 0.865 - 2.2 * (x - 0.27) ** 2 * -1.5) < 0.0055)
    man = np.hypot((x - 0.262) / 0.55, y - 0.852) < 0.016
    black = np.maximum(black, blur((boat | man).astype("f4"), 0.9))
    picture = picture * mix(np.ones(3), rgb("0e1013"), np.clip(black, 0, 0.96))
    picture = mix(picture, ramp(palette("f08a7a", "d8322c", "a81f2a"), 0.5 + 0.5 * tooth), bloom)
    return to_image(_seal(picture, x, y, tooth, rng))


def _ridge(
    x: Field,
    y: Field,
    level: float,
    tall: float,
    cells: float,
    mist: float,
    rng: np.random.Generator,
    tooth: Field,
) -> Field:
    """Ink that is darkest along a ridge, streaks down its cliffs, and fades into mist."""
    shape = x.shape
    rough = fbm((8, shape[1]), (26, 0.2), 4, rng, 0.6)[4]
    crest = np.full(shape[1], level, np.float32) + 0.02 * noise((8, shape[1]), (3, 0.2), rng)[4]
    for _ in range(int(cells)):  # steep, round-topped karst towers
        spot, wide = rng.uniform(-0.02, 0.76), rng.uniform(0.035, 0.085)
        off = np.abs(x[0] - spot + 0.014 * rough) / wide
        crest = np.minimum(crest, level - tall * rng.uniform(0.35, 1.0) * np.exp(-(off**2.4)))
    crest = crest + 0.007 * rough
    below = y - crest[None, :]
    edge = smoothstep(-0.0015, 0.0025, below + 0.0018 * tooth)
    fade = np.exp(-np.maximum(below, 0) / mist * 1.7) * smoothstep(1.25 * mist, 0.35 * mist, below)
    cliff = noise(shape, (90, 9), rng) + 0.6 * noise(shape, (34, 5), rng)
    streak = smoothstep(-0.2, 0.9, cliff + 0.45 * tooth - 0.8 + below * 2)
    rim = np.exp(-np.maximum(below, 0) / 0.007)
    wash = 0.42 * fade * (1 + 0.4 * fbm(shape, 9, 4, rng))
    dry = smoothstep(-1.2, 0.6, tooth + rough[None, :])
    ink = edge * (wash + 0.62 * streak * fade + 0.62 * rim * dry)
    return np.asarray(np.clip(ink, 0, 1), np.float32)


def _plum(x: Field, y: Field, tooth: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    """An old plum on a rock at the left: its wood and twigs, and its red blossom."""
    bend = 0.085 + 0.10 * np.sin((0.86 - y) * 5.2) + 0.03 * np.sin(y * 31)
    trunk = (
        smoothstep(0.0125, 0.008, np.abs(x - bend) - 0.010 * (y - 0.5)) * (y > 0.475) * (y < 0.84)
    )
    bloom = np.zeros_like(x)
    petals = smoothstep(0.38, 0.52, noise(x.shape, 95, rng) + 0.12 * tooth)
    black = trunk * smoothstep(-0.9, 0.1, tooth + 0.9 * np.sin(y * 220 + x * 160))
    needles = smoothstep(0.05, 0.4, noise(x.shape, 210, rng) + 0.5 * tooth + 0.25)
    for px, py, wide in (
        (0.20, 0.475, 0.085),
        (0.09, 0.52, 0.07),
        (0.27, 0.555, 0.065),
        (0.055, 0.605, 0.055),
        (0.235, 0.635, 0.05),
        (0.15, 0.43, 0.05),
    ):
        pad = np.hypot((x - px) / wide, (y - py + 0.25 * (x - px) ** 2 / wide) / (wide * 0.30))
        crown = smoothstep(1.1, 0.55, pad + 0.35 * tooth)
        black = np.maximum(black, crown * needles * 0.75)
        bloom = np.maximum(bloom, smoothstep(1.75, 1.1, pad + 0.3 * tooth) * petals)
        arm = smoothstep(
            0.004, 0.002, np.abs(y - py - 0.012 - 0.35 * (x - px) * np.sign(px - 0.12))
        )
        black = np.maximum(
            black, arm * (np.abs(x - (px + 0.13) / 2) < np.abs(px - 0.13) / 2 + 0.01) * 0.9
        )
    rock = smoothstep(
        0.004,
        -0.004,
        np.hypot((x - 0.06) / 0.17, (y - 0.865) / 0.062) * 0.05 - 0.05 + 0.006 * tooth,
    )
    grain = smoothstep(-0.5, 0.5, tooth + np.sin((x * 0.6 + y) * 170) + 1.4 * (y - 0.84) / 0.06)
    black = np.maximum(black, rock * (0.45 + 0.5 * grain))
    return np.asarray(black, np.float32), np.asarray(0.92 * bloom, np.float32)


def _bamboo(shape: tuple[int, int], tooth: Field, rng: np.random.Generator) -> Field:
    """Stalks and leaves at the right, each leaf one pressed and lifted stroke."""
    x, y = grid(shape)
    black = np.zeros(shape, np.float32)
    for root, lean, wide, tone in (
        (0.665, -0.03, 0.0125, 0.9),
        (0.715, -0.06, 0.0095, 0.62),
        (0.625, 0.02, 0.006, 0.4),
    ):
        middle = root + lean * (1 - y) ** 1.5
        across = (x - middle) / wide
        knot = np.abs(((y + root) * 6.5) % 1 - 0.5) * 2
        hollow = 0.55 + 0.45 * across**2
        stalk = smoothstep(1.05, 0.9, np.abs(across)) * smoothstep(0.0, 0.055, 1 - knot + 0.0)
        dry = smoothstep(-0.75, 0.2, tooth + 0.7 * noise(shape, (150, 5), rng) + 0.4)
        black = np.maximum(black, tone * stalk * hollow * dry)
    long = max(shape)
    for _ in range(86):
        px, py = (
            rng.choice([0.64, 0.69, 0.6, 0.72]) + rng.normal(0, 0.035),
            rng.beta(1.3, 2.2) * 0.62 + 0.02,
        )
        turn, reach = rng.normal(2.0, 0.42), rng.uniform(0.05, 0.115)
        tone = rng.choice([0.95, 0.75, 0.45, 0.28])
        x0, x1 = max(0, int((px - reach) * long)), min(shape[1], int((px + reach) * long))
        y0, y1 = max(0, int((py - 0.03) * long)), min(shape[0], int((py + reach) * long))
        if x1 <= x0 or y1 <= y0:
            continue
        part = (slice(y0, y1), slice(x0, x1))
        dx, dy = x[part] - px, y[part] - py
        u = (dx * np.cos(turn) + dy * np.sin(turn)) / reach
        v = (dy * np.cos(turn) - dx * np.sin(turn)) / reach + 0.10 * u * u
        half = 0.085 * np.clip(u, 0, 1) ** 0.55 * np.clip(1 - u, 0, 1) ** 0.9 * 1.7
        leaf = smoothstep(0.012, -0.012, np.abs(v) - half) * (u > 0) * (u < 1)
        dry = smoothstep(-1.0, -0.2, tooth[part] - 1.1 * (u - 0.55))
        black[part] = np.maximum(black[part], tone * leaf * dry)
    return black


def _seal(picture: Field, x: Field, y: Field, tooth: Field, rng: np.random.Generator) -> Field:
    """A red seal of invented signs."""
    u, v = (x - 0.045) / 0.052, (y - 0.055) / 0.066
    inside = (u > 0) & (u < 1) & (v > 0) & (v < 1)
    bits = rng.uniform(0, 1, (9, 7)) > 0.45
    bits[[0, -1], :], bits[:, [0, -1]] = True, True
    cell = bits[np.clip((v * 9).astype(int), 0, 8), np.clip((u * 7).astype(int), 0, 6)]
    print_ = (inside & cell) * smoothstep(-1.1, -0.4, tooth)
    return picture * mix(np.ones(3), rgb("b8281f"), 0.9 * blur(print_.astype("f4"), 0.7))
