"""A risograph print: a desert in halftones of three inks. Pure numpy and Pillow."""

import numpy as np
from PIL import Image

from nst.gallery.noise import (
    Field,
    fbm,
    grid,
    mix,
    noise,
    rgb,
    sample,
    smoothstep,
    to_image,
)


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
    """How much of each ink, 0 to 1: pink, blue, yellow."""
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
    print_ = _mesas((pink, blue, yellow), x, y, rng)
    return _dunes(print_, x, y)


def _mesas(
    print_: tuple[Field, Field, Field], x: Field, y: Field, rng: np.random.Generator
) -> tuple[Field, Field, Field]:
    """Two rows of table mountains, layered and cracked."""
    pink, blue, yellow = print_
    shape = x.shape
    crack = noise((4, shape[1]), (70, 1), rng)[1] + 0.4 * noise((4, shape[1]), (170, 1), rng)[1]
    for level, buttes, (red, dark) in (
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
        pink, blue = mix(pink, red - 0.5 * lit, on), mix(blue, dark + 0.25 * layer - lit, on)
        yellow = mix(yellow, 0.30 + 0.9 * lit + 0.2 * layer, on)
    return pink, blue, yellow


def _dunes(print_: tuple[Field, Field, Field], x: Field, y: Field) -> tuple[Field, Field, Field]:
    """Dunes towards the viewer, and agaves on them."""
    pink, blue, yellow = print_
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
