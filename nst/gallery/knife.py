"""Palette-knife and thick-brush landscapes: an aurora, a birch wood. Pure numpy and Pillow."""

import numpy as np
from PIL import Image

from nst.gallery.noise import Field, fbm, grid, mix, noise, palette, ramp, resize, rgb, smoothstep
from nst.gallery.strokes import Brush, Canvas

MAP = 448  # the long side of the maps of colour and direction, in pixels


def aurora(size: int) -> Image.Image:
    """Northern lights over ice peaks, in broad strokes of a palette knife."""
    rng = np.random.default_rng(5)
    shape, small = (size, round(size * 0.8)), (MAP, round(MAP * 0.8))
    x, y = grid(small)
    shore = 0.74
    below = y > shore
    depth = np.where(below, 2 * shore - y, y)  # the lake mirrors what is above
    sky = _curtains(x, depth, rng)
    peaks, face = _peaks(x, depth, rng)
    scene = mix(sky, peaks, face)
    scene = np.where(below[..., None], mix(scene * 0.85, rgb("0b2a54"), 0.18), scene)
    angle = np.full(small, np.pi / 2, np.float32) + 0.25 * noise(small, 5, rng)
    slope = np.where(noise(small, 22, rng) > 0, 0.85, 2.2) + 0.2 * noise(small, 12, rng)
    angle = np.where((face > 0.5) & ~below, slope, angle)
    angle = np.where(below, 0.05 * noise(small, 8, rng), angle).astype(np.float32)
    canvas = Canvas(shape, rgb("071428"))
    canvas.cover(scene, angle, Brush(0.10, 0.030, 0.5, 0.02, 0.06, 0.15, 0.1), rng)
    canvas.cover(scene, angle, Brush(0.06, 0.018, 0.55, 0.025, 0.08, 0.15, 0.1), rng)
    canvas.cover(scene, angle, Brush(0.035, 0.010, 0.75, 0.04, 0.10, 0.2, 0.1), rng)
    _stars(canvas, rng, shore)
    return canvas.finish(0.2, 0.4)


def _curtains(x: Field, y: Field, rng: np.random.Generator) -> Field:
    """Ribbons of light that rise from a sharp lower edge, green below and magenta above."""
    night = ramp(palette("050d26", "0b1f47", "123a66", "1d5a78"), y / 0.74)
    total = np.zeros_like(night)
    for base, swing, phase, wave, power in (
        (0.47, 0.10, 0.2, 5.2, 1.35),
        (0.27, 0.09, 2.6, 4.4, 0.8),
    ):
        edge = base + swing * np.sin(x * wave + phase) + 0.03 * np.sin(x * 19 + phase)
        rays = 0.62 + 0.55 * resize(noise((4, 96), (48, 1), rng), (x.shape[1], x.shape[0]))
        lift = (edge - y) / 0.40
        glow = np.where(lift > 0, np.exp(-1.7 * lift), np.exp(lift * 40)) * np.clip(rays, 0.1, 1.3)
        tint = ramp(
            palette("e8ffb8", "4af59a", "1fd0a8", "3f7fe8", "b84be8", "f04fae"), lift * 1.05
        )
        total = total + tint * (power * glow)[..., None]
    return np.asarray(night + 0.95 * total - 0.3 * night * total, np.float32)


def _peaks(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    line = (
        0.64
        - 0.20 * np.exp(-(((x - 0.22) / 0.13) ** 2))
        - 0.13 * np.exp(-(((x - 0.66) / 0.16) ** 2))
    )
    jag = fbm((1, 512), (16, 1), 5, rng, 0.6) * 0.07
    line = line + resize(jag.repeat(4, 0), (x.shape[1], x.shape[0]))
    lit = fbm(x.shape, (18, 9), 4, rng, 0.6) + 1.1 * np.sin((x - 0.4 * y) * 34)
    ice = ramp(palette("0d2447", "1d4f86", "3f93b8", "a6ecd8", "f2fff0"), 0.45 + 0.32 * lit)
    fade = smoothstep(0.60, 0.75, y)
    return mix(ice, rgb("123a5c"), 0.8 * fade), smoothstep(line, line + 0.004, y)


def _stars(canvas: Canvas, rng: np.random.Generator, shore: float) -> None:
    places = rng.uniform(0, 1, (90, 2)) * (canvas.shape[1], canvas.shape[0] * 0.42)
    tones = mix(rgb("fff6d8"), rgb("9fe8ff"), rng.uniform(0, 1, (90, 1)))
    level = np.zeros((4, 4), np.float32)
    canvas.strokes(places.astype(np.float32), tones, level, Brush(0.0055, 0.005, 1, taper=0.6), rng)


def birches(size: int) -> Image.Image:
    """A birch wood in autumn: gold and vermilion leaves, white trunks, violet shade."""
    rng = np.random.default_rng(23)
    shape, small = (round(size * 0.8), size), (round(MAP * 0.8), MAP)
    x, y = grid(small)
    fire = fbm(small, 5, 4, rng)
    leaves = ramp(
        palette("5a2a6b", "a8324a", "e0482c", "f58a1f", "ffc53a", "fff0a0"),
        0.46 + 0.60 * fire - 0.5 * (y - 0.3) + 0.22 * np.exp(-(((x - 0.55) / 0.22) ** 2)),
    )
    sky = ramp(palette("3f86c6", "8cc4dc", "fbe3b0"), y / 0.45)
    gap = smoothstep(
        0.15, 0.55, fbm(small, 8, 3, rng) + 0.6 * np.exp(-(((x - 0.55) / 0.2) ** 2)) - 1.3 * y
    )
    ground = ramp(
        palette("f7b03a", "e2612f", "9c3358", "4a2a6e", "2c2358"),
        (y - 0.5) / 0.34 + 0.4 * fbm(small, (5, 16), 3, rng),
    )
    path = np.exp(-(((x - 0.55 + 0.5 * (y - 0.5)) / (0.02 + 0.42 * np.maximum(y - 0.5, 0))) ** 2))
    ground = mix(ground, rgb("f9d9a2"), 0.75 * path)
    scene = mix(mix(leaves, sky, gap), ground, smoothstep(0.5, 0.56, y + 0.04 * fire))
    dabs = (np.pi * noise(small, 14, rng)).astype(np.float32)
    angle = np.where(y > 0.53, 0.25 * noise(small, 8, rng) - 0.15, dabs).astype(np.float32)
    canvas = Canvas(shape, rgb("5b2347"))
    canvas.cover(scene, angle, Brush(0.045, 0.022, 0.5, 0.05, 0.09, 0.2, 0.3), rng)
    canvas.cover(scene, angle, Brush(0.028, 0.013, 0.62, 0.07, 0.10, 0.2, 0.4), rng)
    for nearness in (0.25, 0.55, 1.0):
        _trunks(canvas, nearness, rng)
        leafy = smoothstep(-0.15, 0.0, fbm(small, 7, 3, rng) + 0.35 - 1.1 * y)
        size_of = 0.012 + 0.008 * nearness
        canvas.cover(
            scene * 1.05, angle, Brush(size_of * 1.5, size_of * 0.75, 1.25, 0.09), rng, leafy
        )
    return canvas.finish(0.15, 0.4)


def _trunks(canvas: Canvas, nearness: float, rng: np.random.Generator) -> None:
    """Birches of one distance, each a column of short curved strokes, lit from the right."""
    upright = np.zeros((4, 4), np.float32)
    for root in np.linspace(0.03, 0.97, 9) + rng.uniform(-0.05, 0.05, 9):
        wide = (0.008 + 0.020 * nearness) * rng.uniform(0.8, 1.2)
        foot = 0.55 + 0.2 * nearness + rng.uniform(-0.03, 0.03)
        lean, count = rng.normal(0, 0.06), int(foot / wide * 14)
        up, side = rng.uniform(-0.02, foot, count), rng.uniform(-0.5, 0.5, count)
        bend = root + lean * (foot - up) + 0.006 * np.sin(up * 14 + root * 40)
        at = (np.stack([bend + side * wide, up], -1) * canvas.long).astype(np.float32)
        tone = side + 0.55 + rng.normal(0, 0.13, count)
        shade = ramp(palette("43357a", "8f7ab8", "e8d8e0", "fff6e4", "ffe9b8"), tone)
        shade = mix(rgb("a8688c"), shade, 0.45 + 0.55 * nearness)
        tall = np.full((4, 4), np.pi / 2 - lean, np.float32)
        canvas.strokes(at, shade, tall, Brush(wide * 2.2, wide * 0.32, 1), rng)
        scars = rng.permutation(count)[: count // 30]
        dark = np.broadcast_to(mix(rgb("a8688c"), rgb("231535"), nearness), (len(scars), 3))
        canvas.strokes(at[scars], dark, upright, Brush(wide * 0.65, wide * 0.22, 1, turn=0.3), rng)
