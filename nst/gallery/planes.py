"""Cubist planes: a guitar, a bottle and fruit, seen from several sides. Pure numpy and Pillow."""

import numpy as np
from numpy.typing import NDArray
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
    resize,
    rgb,
    sample,
    smoothstep,
    to_image,
)
from nst.gallery.strokes import Brush, Canvas

MAP = 640  # the long side of the maps of colour and direction, in pixels


def cubism(size: int) -> Image.Image:
    """A still life broken into facets, each shaded and painted its own way."""
    rng = np.random.default_rng(29)
    shape, small = (size, round(size * 0.82)), (MAP, round(MAP * 0.82))
    x, y = grid(small)
    facet, edge = _facets(x, y, rng)
    scene, angle = _shifted(x, y, facet, edge, rng)
    canvas = Canvas(shape, rgb("2b221d"))
    canvas.cover(scene, angle, Brush(0.050, 0.018, 0.42, 0.008, 0.04, 0.2, 0.2, 0.8), rng)
    canvas.cover(scene, angle, Brush(0.030, 0.011, 0.42, 0.012, 0.05, 0.2, 0.2, 0.9), rng)
    canvas.cover(scene, angle, Brush(0.016, 0.0065, 0.55, 0.016, 0.06, 0.2, 0.2, 0.8), rng)
    painted = np.asarray(canvas.finish(0.10, 0.32), np.float32) / np.float32(255)
    fine = resize(edge, (shape[1], shape[0]))
    pen = 0.0016 + 0.0013 * fbm(shape, 9, 3, rng)  # a line of charcoal, pressed and eased
    line = smoothstep(pen + 0.0012, pen - 0.0004, fine) * (0.75 + 0.4 * noise(shape, 300, rng))
    return to_image(mix(painted, rgb("17110f"), np.clip(line, 0, 0.92)))


def _facets(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    """Numbers of the facets that a few long lines and arcs cut, and the distance to a cut."""
    facet = np.zeros(x.shape, np.int64)
    edge = np.full(x.shape, 9, np.float32)
    for k in range(15):
        turn = rng.choice([0.25, 0.9, 1.25, 1.75, 2.2, 2.75]) + rng.normal(0, 0.10)
        cx, cy = rng.uniform(0.12, 0.70), rng.uniform(0.12, 0.88)
        across = (x - cx) * np.sin(turn) - (y - cy) * np.cos(turn)
        down = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)
        if k % 4 == 3:  # an arc
            r = rng.uniform(0.14, 0.26)
            across = np.hypot(across - r, down) - r
        live = np.abs(down) < rng.uniform(0.28, 0.7)
        facet = facet * 2 % 65521 + ((across > 0) & live)
        edge = np.where(live, np.minimum(edge, np.abs(across)), edge)
    return facet.astype(np.float32), np.asarray(edge, np.float32)


def _shifted(
    x: Field, y: Field, facet: Field, edge: Field, rng: np.random.Generator
) -> tuple[Field, Field]:
    """The still life as each facet sees it: moved, turned, tinted, shaded from one edge."""
    still = _still_life(x, y, rng)
    _, which = np.unique(facet, return_inverse=True)
    which = which.reshape(x.shape)
    count = int(which.max()) + 1
    area = np.bincount(which.ravel(), minlength=count)
    cx = (np.bincount(which.ravel(), x.ravel(), count) / area)[which]
    cy = (np.bincount(which.ravel(), y.ravel(), count) / area)[which]
    turn, grow = rng.normal(0, 0.11, count)[which], rng.normal(1, 0.10, count)[which]
    move = rng.normal(0, 0.024, (2, count))[:, which]
    dx, dy = (x - cx) * grow, (y - cy) * grow
    u = cx + dx * np.cos(turn) - dy * np.sin(turn) + move[0]
    v = cy + dx * np.sin(turn) + dy * np.cos(turn) + move[1]
    long = max(x.shape)
    colour = sample(still, u * long, v * long)
    tints = palette(
        "e09a3a", "2f8a94", "1f4a7a", "f2d08a", "c4492a", "7f9a4f", "fbeecb", "5a2f3a", "e8b84f"
    )
    tint = tints[rng.integers(0, len(tints), count)][which]
    colour = mix(colour, tint, (0.18 + 0.36 * rng.uniform(0, 1, count))[which])
    way = rng.uniform(0, 2 * np.pi, count)[which]
    fall = ((x - cx) * np.cos(way) + (y - cy) * np.sin(way)) / 0.13
    colour = (
        colour
        * (1 + 0.34 * np.tanh(fall) * (0.6 + 0.4 * np.exp(-edge / 0.03)))[..., None]
        * rng.uniform(0.86, 1.14, count)[which][..., None]
    )
    angle = way + np.pi / 2 + 0.3 * noise(x.shape, 8, rng)
    return np.asarray(colour, np.float32), angle.astype(np.float32)


def _still_life(x: Field, y: Field, rng: np.random.Generator) -> Field:
    """A guitar, a bottle and fruit on a table with a cloth and a newspaper."""
    picture = _guitar(_room(x, y, rng), x - 0.40 - 0.22 * (0.55 - y), y)
    picture = _bottle(picture, x - 0.68, y)
    for fx, fy, r, skin in (
        (0.54, 0.80, 0.060, ("7a1f1a", "d8452c", "ffb070")),
        (0.45, 0.845, 0.050, ("8a5a14", "e8a82c", "fff0a8")),
        (0.60, 0.86, 0.045, ("3a4f1a", "8faa3a", "e4eca0")),
    ):
        far = np.hypot(x - fx, y - fy) / r
        shade = 0.75 - 0.55 * ((x - fx) + (y - fy)) / r - 0.25 * far
        picture = mix(picture, ramp(palette(*skin), shade), smoothstep(1.03, 0.97, far))
    return blur(picture, 0.7)


def _over(picture: Field, where: NDArray[np.bool_], colour: Field) -> Field:
    return np.asarray(np.where(where[..., None], colour, picture), np.float32)


def _room(x: Field, y: Field, rng: np.random.Generator) -> Field:
    wall = ramp(palette("9fb8a8", "3f7f8c", "1f4468"), y / 0.7 + 0.25 * fbm(x.shape, 3, 3, rng))
    grain = np.sin((y * 60 + 3 * fbm(x.shape, (4, 9), 3, rng)) * 2 * np.pi * 0.5)
    table = ramp(palette("6a3f26", "a86a3a", "d79a56"), 0.5 + 0.3 * grain - 0.5 * (y - 0.8))
    picture = mix(wall, table, smoothstep(0.70, 0.705, y + 0.10 * x))
    cloth = (np.abs(x - 0.62 + 0.3 * (y - 0.8)) < 0.16) & (y > 0.68)
    fold = 0.6 + 0.4 * np.sin((x + 0.4 * y) * 70)
    picture = _over(picture, cloth, ramp(palette("8fa3b0", "f4ead2"), fold))
    news = (np.abs(x - 0.18 - 0.1 * (y - 0.8)) < 0.12) & (np.abs(y - 0.80) < 0.11)
    print_ = (np.sin(y * 420) > 0.1) & (noise(x.shape, (90, 40), rng) > -0.5)
    return _over(_over(picture, news, rgb("efe3c4")), news & print_, rgb("54483c"))


def _guitar(picture: Field, gx: Field, gy: Field) -> Field:
    """A guitar that stands along `gy`, its middle at `gx` = 0."""
    waist = 0.165 - 0.075 * np.exp(-(((gy - 0.545) / 0.055) ** 2)) - 0.035 * (gy < 0.54)
    belly = (np.abs(gx) < waist * np.sqrt(np.clip(1 - ((gy - 0.575) / 0.215) ** 4, 0, 1))) & (
        gy > 0.37
    )
    wood = ramp(palette("8a3f1c", "d07a2c", "f4b458"), 0.62 + gx * 2.2 + 0.12 * np.sin(gx * 190))
    picture = _over(picture, belly, wood)
    hole = np.hypot(gx, gy - 0.52)
    picture = mix(picture, rgb("f0d9a0"), smoothstep(0.062, 0.058, hole) * belly)
    picture = mix(picture, rgb("1a1210"), smoothstep(0.050, 0.046, hole))
    neck = (np.abs(gx) < 0.022) & (gy > 0.06) & (gy < 0.50)
    fret = ((gy * 34) % 1 < 0.14).astype("f4")
    picture = _over(picture, neck, mix(rgb("3a2018"), rgb("d9c08a"), fret))
    strings = (
        (np.abs(((gx + 0.02) * 140) % 1 - 0.5) < 0.13)
        & (np.abs(gx) < 0.019)
        & (gy > 0.06)
        & (gy < 0.72)
    )
    picture = _over(picture, strings, rgb("f6ecd2"))
    bridge = (np.abs(gx) < 0.07) & (np.abs(gy - 0.715) < 0.012)
    return _over(picture, bridge, rgb("2a1812"))


def _bottle(picture: Field, bx: Field, y: Field) -> Field:
    slim = 0.032 + 0.050 * smoothstep(0.33, 0.44, y)
    glass = ramp(palette("0f2f2c", "1f6a58", "8fcfa8", "1f5a4c", "0c2622"), bx / slim * 0.5 + 0.5)
    picture = _over(picture, (np.abs(bx) < slim) & (y > 0.20) & (y < 0.76), glass)
    label = (np.abs(bx) < slim) & (np.abs(y - 0.58) < 0.06)
    return _over(picture, label, ramp(palette("c8b48a", "f4e8c8", "b89a6a"), bx / slim * 0.5 + 0.5))
