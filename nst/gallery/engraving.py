"""An engraving: a valley in hatched lines that follow its forms. Pure numpy and Pillow."""

from dataclasses import dataclass

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
    rgb,
    slopes,
    smoothstep,
    to_image,
)

LINES = 92  # of hatching, along the long side
PAPER, SKY, SUN, FAR, FIELD, GRASS, WATER, LEAF, WALL = range(9)
TINTS = palette(
    "fff6e0", "7fc0c8", "f2602f", "6f8fc0", "f0b03a", "9fbf4a", "2f8fb0", "3f8f5a", "e0552f"
)


@dataclass
class Plate:
    """What is engraved: tone (0 dark, 1 light), two ways of hatching, and the tint's number."""

    tone: Field
    first: Field  # phases: the lines run where these are constant
    second: Field
    tint: Field

    def lay(self, where: Field, tone: Field, first: Field, second: Field, tint: int) -> None:
        on = where > 0.5
        self.tone = np.where(on, tone, self.tone)
        self.first = np.where(on, first, self.first)
        self.second = np.where(on, second, self.second)
        self.tint = np.where(on, tint, self.tint)


def engraving(size: int) -> Image.Image:
    """A river valley with a sun, fields and round trees, hatched in sepia and indigo, tinted."""
    rng = np.random.default_rng(9)
    shape = (round(size * 0.8), size)
    x, y = grid(shape)
    plate = _heaven(x, y, rng)
    _hills(plate, x, y, rng)
    _river(plate, x, y)
    _trees(plate, x, y, rng)
    wobble = 0.0014 * fbm(shape, 22, 3, rng)
    grain = 0.025 * fbm(shape, 150, 3, rng) + 0.03 * fbm(shape, 3, 3, rng)
    picture: Field = rgb("f8ecd0") * (1 + grain)[..., None]
    wash = np.clip(0.95 - 0.40 * plate.tone + 0.22 * fbm(shape, 6, 4, rng), 0.1, 1)
    picture = picture * mix(np.ones(3), TINTS[plate.tint.astype(int)], wash)
    third = 0.72 * x - 0.68 * y
    sepia, indigo = rgb("1f1512"), rgb("171d40")
    for phase, start, ink in (
        (plate.first, 0.96, sepia),
        (plate.second, 0.56, sepia),
        (third, 0.32, indigo),
    ):
        dark = np.clip((start - plate.tone) / start, 0, 1)
        line = np.abs(((phase + wobble) * LINES) % 1 - 0.5) * 2
        width = 0.84 * dark**0.75 + 0.08 * noise(shape, 120, rng) * dark
        soft = LINES * 2 * 1.2 / max(shape)
        cover = smoothstep(soft, -soft, line - width) * smoothstep(0.02, 0.10, dark)
        picture = mix(picture, ink, np.clip(cover * (0.9 + 0.2 * noise(shape, 260, rng)), 0, 1))
    border = blur(np.minimum(np.hypot(*slopes(plate.tint)), 1), 0.7)
    return to_image(mix(picture, sepia, np.clip(border * 1.5, 0, 0.95)))


def _heaven(x: Field, y: Field, rng: np.random.Generator) -> Plate:
    """A sun with rays, and heaps of cumulus before it."""
    far, turn = np.hypot(x - 0.70, y - 0.19), np.arctan2(y - 0.19, x - 0.70)
    plate = Plate(
        np.asarray(0.45 + 0.9 * far - 0.55 * (0.35 - y), np.float32),
        np.asarray(y + 0.008 * np.sin(x * 9), np.float32),
        np.asarray(0.45 * x + 0.85 * y, np.float32),
        np.full(x.shape, SKY, np.float32),
    )
    ray = turn / (2 * np.pi) * 48 / LINES
    plate.lay(far < 0.185, 0.62 + 0.18 * np.sin(turn * 24), ray, far, FIELD)
    plate.lay(far < 0.098, 0.95 - 2.6 * np.maximum(0, x - 0.66), far * 0.8, y, SUN)
    for cx, cy, wide in (
        (0.17, 0.17, 0.15),
        (0.46, 0.10, 0.10),
        (0.93, 0.24, 0.11),
        (0.40, 0.27, 0.06),
    ):
        _cloud(plate, x, y, (cx, cy, wide), rng)
    return plate


def _cloud(
    plate: Plate, x: Field, y: Field, at: tuple[float, float, float], rng: np.random.Generator
) -> None:
    """A flat-bottomed heap of round lobes, the lower ones in front."""
    cx, cy, wide = at
    lobes = []
    for _ in range(26):
        off = rng.uniform(-1, 1)
        rise = (1 - off**2) * rng.uniform(0, 0.55)
        lobes.append((cx + off * wide, cy - rise * wide, wide * rng.uniform(0.16, 0.32)))
    for lx, ly, r in sorted(lobes, key=lambda lobe: lobe[1]):
        u, v = (x - lx) / r, (y - ly) / r
        on = (np.hypot(u, v) < 1) & (y < cy + 0.12 * wide)
        light = 0.96 + 0.34 * (0.5 * u - v) - 0.30 * np.maximum(0, np.hypot(u - 0.3, v + 0.4) - 0.6)
        light = light - 0.5 * np.clip((y - cy) / wide + 0.15, 0, 1)
        plate.lay(on, np.clip(light, 0.2, 1), np.hypot(u - 0.5, v + 0.6) * r * 0.8, y, PAPER)


def _hills(plate: Plate, x: Field, y: Field, rng: np.random.Generator) -> None:
    """Ridge before ridge, lit from the right; fields with furrows on the nearer ones."""
    ridges = (
        (0.36, 0.070, 6.0, 0.3, FAR),
        (0.42, 0.050, 8.5, 2.0, WATER),
        (0.475, 0.042, 6.5, 4.4, GRASS),
        (0.55, 0.040, 5.0, 1.2, FIELD),
        (0.64, 0.045, 4.2, 3.4, GRASS),
        (0.735, 0.030, 5.5, 5.5, FIELD),
    )
    for k, (level, swing, waves, phase, tint) in enumerate(ridges):
        rough = 0.010 * fbm((4, x.shape[1]), (9, 1), 4, rng)[1] * (2.2 if k < 2 else 0.4)
        crest = (
            level
            - swing * np.sin(x * waves + phase)
            - 0.4 * swing * np.sin(x * waves * 2.3)
            + rough
        )
        lean = swing * waves * np.cos(x * waves + phase)
        below = y - crest
        fold = 0.10 * np.sin(below * 60 + x * 30) + 0.16 * fbm(x.shape, 7, 3, rng)
        tone = np.clip(0.62 - 0.85 * lean + fold - 0.25 * np.exp(-below / 0.02), 0.05, 1)
        if k < 2:  # bare mountains: lines run down their flanks
            crags = 0.5 * np.sign(np.sin(x * 46 + below * 40 + 3 * fold))
            tone = np.clip(tone + 0.45 * crags * np.exp(-below / 0.09), 0.05, 1)
            first = 0.9 * x + 0.35 * below * np.sign(crags)
        elif k % 2:  # furrows
            first = (x - 0.5) / (0.5 + 1.8 * below) * 0.55 + 0.25 * below
        else:
            first = below * (1.05 - 0.6 * np.clip(below, 0, 0.4)) + 0.02 * np.sin(x * 22)
        plate.lay(below > 0, tone, first, y * 0.8 - 0.6 * x, tint)
        parcel = np.floor((x + 0.35 * below) * 7 + k) + np.floor(below * 16)
        patch = (parcel % 3 == 1) & (below > 0.012) & (k >= 2)
        plate.lay(
            patch, np.clip(tone + 0.22, 0, 1), 0.7 * x - 0.75 * y, y, FIELD if k % 2 == 0 else GRASS
        )


def _river(plate: Plate, x: Field, y: Field) -> None:
    """A river that winds towards the viewer, its light in level lines."""
    near = np.clip((y - 0.47) / 0.33, 0, 1)
    middle = 0.52 + 0.13 * np.sin(near * 7.5) * (0.35 + near) - 0.10 * near
    half = 0.006 + 0.085 * near**1.6
    off = (x - middle) / half
    tone = 0.75 + 0.30 * np.sin(y * 190) * near - 0.55 * np.abs(off) ** 3
    plate.lay((np.abs(off) < 1) & (y > 0.475), tone, y * 1.25 + 0.003 * np.sin(x * 60), x, WATER)


def _trees(plate: Plate, x: Field, y: Field, rng: np.random.Generator) -> None:
    """Round trees, each hatched about its own middle, and a farm."""
    for hx, hy, wide in ((0.245, 0.535, 0.034), (0.79, 0.60, 0.045), (0.845, 0.615, 0.03)):
        u, v = (x - hx) / wide, (y - hy) / wide
        plate.lay((np.abs(u) < 1) & (v > 0) & (v < 0.9), 0.80 - 0.5 * (u < 0.1), x, y, PAPER)
        plate.lay(
            (np.abs(u) < 1.15 + 0.8 * v) & (v > -0.75) & (v < 0.05),
            0.45 + 0.3 * u,
            y + 0.5 * x,
            x,
            WALL,
        )
    spots = [(rng.uniform(0, 1), rng.uniform(0.47, 0.79)) for _ in range(64)]
    for cx, cy in sorted(spots, key=lambda spot: spot[1]):
        near = (cy - 0.42) / 0.36
        r = (0.012 + 0.050 * near**1.3) * rng.uniform(0.7, 1.15)
        winding = 0.52 + 0.13 * np.sin(near * 7.5) * (0.35 + near) - 0.10 * near
        if abs(cx - winding) < 0.03 + 0.11 * near + r:
            continue
        _tree(plate, x, y, (cx, cy, r))


def _tree(plate: Plate, x: Field, y: Field, at: tuple[float, float, float]) -> None:
    cx, cy, r = at
    long = max(x.shape)
    rows = [int(np.clip(edge * long, 0, x.shape[0])) for edge in (cy - 2.2 * r, cy + 1.5 * r)]
    columns = [int(np.clip(edge * long, 0, x.shape[1])) for edge in (cx - 2.6 * r, cx + 1.6 * r)]
    part = (slice(*rows), slice(*columns))
    u, v = (x[part] - cx) / r, (y[part] - cy) / r
    turn = np.arctan2(v, u)
    lobes = 1 + 0.10 * np.sin(turn * 7 + cx * 50) + 0.05 * np.sin(turn * 17)
    far = np.hypot(u, v * 0.92) / lobes
    names = ("tone", "first", "second", "tint")
    local = Plate(*(getattr(plate, name)[part] for name in names))
    shade = np.hypot((u + 1.1) / 1.7, (v - 1.25) / 0.30)
    local.lay(shade < 1, np.full_like(u, 0.16), y[part], x[part], GRASS)
    local.lay((np.abs(u) < 0.10) & (v > 0) & (v < 1.35), 0.3 + u, y[part], x[part], WALL)
    light = np.clip(0.55 + 0.42 * (u - v) - 0.25 * far, 0.06, 1)
    ring, spoke = np.hypot(u - 0.6, v + 0.7), np.arctan2(v + 0.7, u - 0.6)
    local.lay(far < 1, light, ring * r * 0.9, spoke * r * 0.9, LEAF)
    for name in names:
        getattr(plate, name)[part] = getattr(local, name)
