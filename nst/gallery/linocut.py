"""A linocut: a heron in the reeds under the moon. Pure numpy and Pillow."""

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
from nst.gallery.strokes import Brush, Canvas, along

MAP = 512  # the long side of the maps of colour and direction, in pixels


def linocut(size: int) -> Image.Image:
    """A heron in the reeds under the moon: black cut over teal and vermilion."""
    rng = np.random.default_rng(64)
    shape, small = (size, round(size * 0.78)), (MAP, round(MAP * 0.78))
    x, y = grid(small)
    moon = np.hypot(x - 0.49, y - 0.27)
    tint, flow, amount = _night(x, y, moon, rng)
    bird, form = _heron(x, y)
    amount = np.where(bird > 0.5, 0.72 + 0.25 * np.sin(form * 60), amount)
    flow = np.where(bird > 0.5, along(blur(form, 2)) + np.pi / 2, flow).astype(np.float32)
    tint = mix(tint, rgb("f3ead2"), bird)
    black = rgb("14161c")
    canvas = Canvas(shape, black, 1.75)
    for length, wide, level in (
        (0.050, 0.0068, 0.30),
        (0.034, 0.0050, 0.52),
        (0.022, 0.0036, 0.74),
    ):
        gouge = Brush(length, wide, 0.78, 0.012, 0.02, 0.05, 0.92, 0.0, 0.05)
        chance = noise(small, 60, rng) * 0.16
        canvas.cover(tint, flow, gouge, rng, (amount + chance > level).astype("f4"))
    picture = np.asarray(canvas.finish(0, 0), np.float32) / np.float32(255)
    bright = picture.max(-1)
    speck = smoothstep(0.62, 0.9, fbm(shape, 210, 2, rng)) * smoothstep(
        0.35, 0.2, bright
    )  # thin ink
    picture = mix(picture, rgb("4a4a4a"), 0.6 * speck)
    gx, gy = grid(shape)
    edge = np.minimum(np.minimum(gx, 0.78 - gx), np.minimum(gy, 1 - gy)) + 0.003 * fbm(
        shape, 30, 3, rng
    )
    picture = mix(rgb("f0e6d0"), picture, smoothstep(0.021, 0.023, edge))
    return to_image(picture * (1 + 0.03 * fbm(shape, 160, 2, rng))[..., None])


def _night(x: Field, y: Field, moon: Field, rng: np.random.Generator) -> tuple[Field, Field, Field]:
    """The colour block, the way of the gouge, and how much it took away (0 to 1)."""
    teal = ramp(palette("123f5c", "1a7f86", "5fbfa8", "f0c878", "ef8a4a"), y / 0.62)
    tint = mix(
        teal,
        ramp(palette("f7e3b0", "f29a4a", "e0452c"), moon / 0.15),
        smoothstep(0.152, 0.148, moon),
    )
    ring = np.arctan2(y - 0.27, x - 0.49) + np.pi / 2
    amount = 0.42 + 0.34 * np.exp(-((moon - 0.15) / 0.16)) + 0.10 * np.sin(moon * 90)
    amount = np.where(moon < 0.15, 0.95, np.where(moon < 0.166, -1, amount))
    flow = ring + 0.25 * noise(x.shape, 5, rng)
    for level, phase, light in ((0.50, 0.5, 0.50), (0.565, 2.5, 0.42)):
        hill = level - 0.05 * np.sin(x * 7 + phase) - 0.02 * np.sin(x * 15 + phase)
        on = y > hill
        slope = np.arctan(-0.35 * np.cos(x * 7 + phase)) + 0.5 * (y - hill) / 0.08
        flow, amount = (
            np.where(on, slope, flow),
            np.where(on, light + 0.9 * np.exp(-(y - hill) / 0.012) - 0.3, amount),
        )
        amount = np.where(np.abs(y - hill) < 0.004, -1, amount)
        tint = mix(
            tint, ramp(palette("d8622f", "8f2f3f", "3f2f5c"), (y - hill) / 0.1), on.astype("f4")
        )
    lake = y > 0.615
    shine = np.exp(-(((x - 0.49) / (0.05 + 0.35 * (y - 0.6))) ** 2))
    amount = np.where(lake, 0.20 + 0.75 * shine + 0.28 * noise(x.shape, (6, 48), rng), amount)
    flow = np.where(lake, 0.10 * noise(x.shape, 7, rng), flow)
    water = mix(ramp(palette("1f8f90", "135a74", "123a5c"), (y - 0.6) / 0.4), rgb("f6b060"), shine)
    tint = mix(tint, water, lake.astype("f4"))
    return _reeds(x, y, (tint, flow, amount), rng)


def _reeds(
    x: Field, y: Field, under: tuple[Field, Field, Field], rng: np.random.Generator
) -> tuple[Field, Field, Field]:
    """Blades, lit on the left, and brown heads upon the taller ones, each within a black line."""
    tint, flow, amount = under
    for root in rng.uniform(-0.02, 0.80, 44):
        tall, lean = rng.uniform(0.16, 0.52), rng.normal(0, 0.10)
        if 0.28 < root < 0.52:
            tall *= 0.45
        up = np.clip((0.99 - y) / tall, 0, 1)
        off = x - root - lean * up**2
        blade = (np.abs(off) < 0.0065 * (1.02 - up)) & (y > 0.99 - tall)
        head = (np.hypot(off / 0.0105, (y - 0.99 + tall * 0.93) / 0.032) < 1) & (tall > 0.30)
        amount = np.where(
            np.abs(off) < 0.0065 * (1.02 - up) + 0.006,
            np.where(y > 0.985 - tall, -1, amount),
            amount,
        )
        amount = np.where(
            blade & (off < 0.001), 0.9, np.where(head, np.where(off < 0, 0.9, -1), amount)
        )
        flow = np.where(blade | head, np.pi / 2 + lean, flow)
        tint = mix(
            tint,
            np.where(head[..., None], rgb("e0552c"), rgb("c8cf7a")),
            (blade | head).astype("f4"),
        )
    return tint, flow.astype(np.float32), amount.astype(np.float32)


def _heron(x: Field, y: Field) -> tuple[Field, Field]:
    """Where the bird is, and a field whose contours its feathers follow."""
    body = np.hypot((x - 0.375 + 0.35 * (y - 0.66)) / 0.105, (y - 0.665) / 0.062)
    s = np.clip((0.66 - y) / 0.27, 0, 1)
    neck = np.abs(x - 0.435 - 0.030 * np.sin(s * 5.6) - 0.02 * s) - (0.022 - 0.012 * s)
    on_neck = (neck < 0) & (y > 0.395) & (y < 0.67)
    head = np.hypot((x - 0.468) / 0.034, (y - 0.395) / 0.017) < 1
    beak = (
        (x > 0.49)
        & (x < 0.60)
        & (np.abs(y - 0.397 - 0.10 * (x - 0.49)) < 0.0085 * (0.60 - x) / 0.11)
    )
    crest = (x > 0.375) & (x < 0.46) & (np.abs(y - 0.388 - 0.25 * (0.46 - x)) < 0.004)
    tail = (
        (np.abs(y - 0.70 - 0.5 * (0.30 - x)) < 0.022 * (x - 0.22) / 0.08) & (x > 0.22) & (x < 0.33)
    )
    legs = (
        ((np.abs(x - 0.385) < 0.0048) | (np.abs(x - 0.412 - 0.1 * (y - 0.72)) < 0.0048))
        & (y > 0.70)
        & (y < 0.94)
    )
    bird = (body < 1) | on_neck | head | beak | crest | tail | legs
    eye = np.hypot(x - 0.478, y - 0.392) < 0.005
    form = body * 0.5 + 0.3 * np.abs(y - 0.66)
    return blur((bird & ~eye).astype("f4"), 0.6), np.asarray(form, np.float32)
