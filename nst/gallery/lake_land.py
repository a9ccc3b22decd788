"""A mountain range under an evening sky, as a camera would see it. Pure numpy and Pillow.

A height field of ridged noise is seen in perspective: for every pixel the first slice of land that
hides it, coloured as forest, rock or snow, in sun, shade and haze.
"""

import numpy as np
from numpy.typing import NDArray

from nst.gallery.noise import (
    Field,
    blur,
    fbm,
    mix,
    noise,
    palette,
    ramp,
    rgb,
    sample,
    slopes,
    smoothstep,
)

WIDTH, HEIGHT = 1024, 768
SHORE = 452  # the water's far edge, in rows
FOCAL = 1024.0  # pixels
NEAR, FAR, SIDE = 2.6, 15.0, 8.0  # the height field: z from NEAR to FAR, x from -SIDE to SIDE, km
SUN = np.array([-0.80, 0.36, -0.48], np.float32)  # towards the sun, of length 1: x, up, z

Indices = NDArray[np.int64]


def sky(rng: np.random.Generator) -> Field:
    """The sky above the shore line, clouds in perspective, glowing to the left."""
    y, x = np.mgrid[0:SHORE, 0:WIDTH].astype(np.float32)
    up = (SHORE - y) / SHORE
    colours = palette("f6c58f", "f0a57c", "d793a0", "9c9cc4", "5d82b5", "3a5f96")
    picture = ramp(colours, up + 0.10 * (x / WIDTH - 0.4), (0, 0.17, 0.36, 0.55, 0.8, 1.05))
    glow = np.exp(-(((x + 60) / 420) ** 2) - ((y - 370) / 190) ** 2)
    picture = mix(picture, rgb("ffdf9c"), 0.75 * glow)
    deep = 1 / (up + 0.22)  # distance on a plane of cloud
    clouds = fbm((800, 1024), 11, 7, rng, 0.56)
    side, far = (x - 420) * deep * 0.16 + 470, deep * 165 - 60
    density = sample(clouds, side, far)
    toward = sample(clouds, side - 7, far + 7)
    bank = 0.55 * np.sin(up * 9.0 - 1.0 + x / 420) + 0.02
    cover = smoothstep(0.0, 0.7, density + bank) * smoothstep(0.02, 0.25, up)
    lit = np.clip(0.66 + 1.1 * (density - toward) - 0.45 * (density + bank), 0, 1)
    colour = ramp(palette("6f6c92", "b98a9c", "f3ae86", "ffe2b4"), lit)
    return mix(picture, colour, 0.88 * cover)


def _heights(rng: np.random.Generator) -> Field:
    """Heights in km on a grid of (z, x): ridges, with a few summits put where they look well."""
    shape = (1180, 1536)
    z = np.linspace(NEAR, FAR, shape[0], dtype=np.float32)[:, None]
    x = np.linspace(-SIDE, SIDE, shape[1], dtype=np.float32)[None, :]
    bend = fbm(shape, 6, 4, rng)
    body = np.zeros(shape, np.float32)
    for sx, sz, top, wide in (
        (0.9, 9.0, 3.3, 2.0),
        (-1.6, 10.6, 2.6, 1.7),
        (-4.3, 9.8, 2.5, 1.8),
        (3.9, 9.6, 2.7, 1.7),
        (6.4, 10.5, 2.6, 2.2),
        (-7.2, 9.4, 2.2, 2.0),
    ):
        reach = np.hypot(x - sx + 0.35 * bend, (z - sz) * 0.75) / wide
        body = np.maximum(body, top * np.exp(-1.1 * (np.sqrt(reach**2 + 0.05) - 0.22)))
    body = np.maximum(body, 0.30 + 0.12 * bend)
    total, amplitude, weight = np.zeros(shape, np.float32), 1.0, np.ones(shape, np.float32)
    for octave in range(9):
        ridge = (1 - np.abs(noise(shape, 9.0 * 1.93**octave, rng))) ** 2
        total += np.float32(amplitude) * ridge * weight
        weight = np.clip(0.25 + ridge * 1.3, 0, 1)
        amplitude *= 0.50
    rise = smoothstep(NEAR - 0.2, 6.2, z + 0.5 * bend)
    total = (total - total.mean()) / total.std()
    return np.asarray((body * (0.80 + 0.135 * total) + 0.05 * total) * rise, np.float32)


def mountains(sky: Field, rng: np.random.Generator) -> Field:
    """The height field's picture over the sky: for every pixel the first slice that hides it."""
    heights = _heights(rng)
    rows, columns = heights.shape
    slices = 760
    z = np.geomspace(NEAR, FAR, slices).astype(np.float32)[:, None]
    x = (np.arange(WIDTH, dtype=np.float32) - WIDTH / 2)[None, :] / FOCAL * z
    to_row = (rows - 1) / (FAR - NEAR)
    to_column = (columns - 1) / (2 * SIDE)
    line = sample(heights, (x + SIDE) * to_column, np.broadcast_to((z - NEAR) * to_row, x.shape))
    top = np.minimum.accumulate(SHORE - FOCAL * line / z, axis=0)
    first = np.clip(np.ceil(top), 0, SHORE).astype(np.int64)
    cells = (first * WIDTH + np.arange(WIDTH)).ravel()
    counts = np.bincount(cells, minlength=(SHORE + 1) * WIDTH).reshape(SHORE + 1, WIDTH)
    hit = np.cumsum(counts[::-1], axis=0)[::-1][1:]  # slices whose line is below each pixel
    seen = hit < slices
    row, column = np.nonzero(seen)
    depth = _refine(top, hit[seen], row, column, z[:, 0])
    colour = _terrain(heights, depth, column, to_row, to_column, rng)
    land = sky.copy()
    land[row, column] = colour
    edge = top[-1] - np.floor(top[-1])  # how far the sky reaches into the skyline's pixel
    crest = np.clip(np.ceil(top[-1]).astype(int), 1, SHORE - 1)
    all_columns = np.arange(WIDTH)
    above = crest - 1
    land[above, all_columns] = mix(
        land[above, all_columns],
        land[crest, all_columns],
        (1 - edge)[:, None] * (edge > 0)[:, None],
    )
    return land


def _refine(top: Field, hit: Indices, row: Indices, column: Indices, z: Field) -> Field:
    """Depth between two slices, by where the pixel lies between their lines."""
    after = np.minimum(hit, len(z) - 1)
    before = np.maximum(after - 1, 0)
    low, high = top[before, column], top[after, column]
    t = np.clip((low - row) / np.maximum(low - high, 1e-3), 0, 1)
    return np.asarray(z[before] + (z[after] - z[before]) * t, np.float32)


def _terrain(
    heights: Field,
    depth: Field,
    column: Indices,
    to_row: float,
    to_column: float,
    rng: np.random.Generator,
) -> Field:
    """Colours of the land at `depth` in `column`: forest, rock and snow in sun, shade and haze."""
    x = (column - WIDTH / 2).astype(np.float32) / FOCAL * depth
    at = ((x + SIDE) * to_column, (depth - NEAR) * to_row)
    slope_z, slope_x = slopes(heights)
    run = np.arange(heights.shape[1], dtype=np.float32) / np.float32(to_column) * 0.42
    roof = np.maximum.accumulate(heights + run, axis=1) - run  # the sun's shadow, cast along x
    dark = blur(smoothstep(0.0, 0.10, roof - heights), 1.2)
    hollow = blur(heights, 9) - heights
    height, shade, sunk = (sample(field, *at) for field in (heights, dark, hollow))
    gx = sample(slope_x * np.float32(to_column), *at)
    gz = sample(slope_z * np.float32(to_row), *at)
    length = np.sqrt(1 + gx**2 + gz**2)
    steep = 1 / length
    light = np.clip((-gx * SUN[0] + SUN[1] - gz * SUN[2]) / length, 0, 1) * (1 - shade)
    grain = sample(fbm(heights.shape, 60, 5, rng, 0.65), *at)
    strata = sample(noise((1024, 64), (3, 150), rng), grain * 4 + 30, (height + 0.07 * x) * 250)
    speckle = rng.uniform(0.55, 1.35, (len(depth), 1)).astype(np.float32)
    albedo = _ground(height, steep, sunk, grain, strata, speckle)
    sky_light = rgb("6f86b8") * (0.62 + 0.3 * steep[:, None])
    sky_light = sky_light * np.clip(1 - 2.6 * sunk, 0.4, 1.25)[:, None]
    colour = albedo * (sky_light + 1.75 * rgb("ffb878") * light[:, None])
    thick = 1 - np.exp(-(depth - 2.0) / 21 - 0.75 * np.exp(-height / 0.28) * (depth - 2.0) / 9)
    haze = ramp(palette("f0b78d", "b9a3b4", "93a0c4"), np.clip(column / WIDTH * 0.9 + 0.12, 0, 1))
    return np.asarray(colour + (haze - colour) * thick[:, None], np.float32)


def _ground(
    height: Field, steep: Field, sunk: Field, grain: Field, strata: Field, speckle: Field
) -> Field:
    """Albedo: forest below, rock, and snow above where it is not too steep to lie."""
    rock = ramp(palette("3d3a41", "6e655f", "9a8874"), 0.5 + 0.45 * grain + 0.05 * strata)
    wood = ramp(palette("16241d", "2c3d25", "5c5a2e"), 0.45 + 0.5 * grain)
    snow = ramp(palette("cfd6e4", "fbf7f0"), 0.7 + 0.3 * grain)
    tree_line = smoothstep(0.98, 0.62, height + 0.18 * grain)[:, None]
    snow_line = smoothstep(0.75, 1.3, height + 0.3 * grain + 0.9 * sunk)
    white = (snow_line * smoothstep(0.30, 0.56, steep + 0.16 * grain))[:, None]
    albedo = rock + (wood * speckle - rock) * tree_line
    return np.asarray(albedo + (snow - albedo) * white, np.float32)
