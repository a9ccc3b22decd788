"""A watercolour of poppies, in transparent glazes. Pure numpy and Pillow."""

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
    smoothstep,
    to_image,
)


def watercolour(size: int) -> Image.Image:
    """Poppies and cornflowers, wet in wet, with hard dried edges and blooms."""
    rng = np.random.default_rng(52)
    shape = (round(size * 0.80), size)
    x, y = grid(shape)
    tooth = fbm(shape, 190, 3, rng, 0.7)
    picture = rgb("fbf6ea") * (1 + 0.012 * tooth)[..., None]
    picture = _background(picture, x, y, tooth, rng)
    wob = fbm(shape, 7, 5, rng, 0.55), fbm(shape, 7, 5, rng, 0.55)
    for _ in range(46):
        picture = _stem(picture, x, y, wob, tooth, rng)
    flowers = [
        (0.20, 0.40, 0.125),
        (0.47, 0.27, 0.135),
        (0.78, 0.36, 0.14),
        (0.62, 0.56, 0.10),
        (0.33, 0.63, 0.09),
        (0.90, 0.62, 0.075),
        (0.08, 0.63, 0.07),
    ]
    for _ in range(16):
        spot = (
            float(rng.uniform(0, 1)),
            float(rng.uniform(0.30, 0.74)),
            float(rng.uniform(0.018, 0.034)),
        )
        picture = _petals(
            picture, x, y, spot, palette("2f4fc0", "5a6fe0", "3a2f9a"), 7, wob, tooth, rng
        )
    for spot in flowers:
        picture = _petals(
            picture, x, y, spot, palette("e0301f", "f2592a", "d81f3f", "f7863a"), 5, wob, tooth, rng
        )
        picture = _heart(picture, x, y, spot, tooth, rng)
    drops = smoothstep(1.02, 1.10, noise(shape, 70, rng)) * smoothstep(
        -0.2, 0.5, noise(shape, 5, rng)
    )
    picture = picture * mix(np.ones(3), rgb("e8704a"), 0.5 * drops)
    return to_image(picture)


def _glaze(under: Field, mask: Field, pigment: Field, tooth: Field, strength: float) -> Field:
    """A transparent wash: palest in the middle, darkest where it dried at the edge."""
    rim = smoothstep(0.0, 0.45, mask) * smoothstep(1.0, 0.45, mask)
    load = mask * (0.62 + 0.16 * tooth) + 0.55 * rim
    load = np.clip(strength * load, 0, 1.5)[..., None]
    return under * np.maximum(pigment, 0.02) ** load


def _background(
    picture: Field, x: Field, y: Field, tooth: Field, rng: np.random.Generator
) -> Field:
    for k, (code, level) in enumerate(
        (
            ("8fd0e8", 0.18),
            ("f7d27a", 0.33),
            ("a8d8a0", 0.62),
            ("5fb08a", 0.80),
            ("7a8fe0", 0.10),
            ("2f8a6a", 0.92),
        )
    ):
        field = fbm(x.shape, 3.2, 6, rng, 0.6)
        reach = 0.20 + 0.02 * k
        mask = smoothstep(
            0.0, 0.10, reach * (0.9 + field) - np.abs(y - level - 0.05 * np.sin(x * 5 + k))
        )
        run = np.clip(0.55 + 0.8 * fbm(x.shape, 4, 4, rng), 0.1, 1.2)
        picture = mix(picture, _glaze(picture, mask, rgb(code), tooth, 0.85), np.clip(run, 0, 1))
        bloom = np.abs(fbm(x.shape, 5, 6, rng, 0.6) - 0.25)  # where water ran back into a wash
        picture = _glaze(
            picture, smoothstep(0.12, 0.0, bloom) * mask * 0.4, rgb(code) * 0.9, tooth, 0.4
        )
    return picture


def _stem(
    picture: Field,
    x: Field,
    y: Field,
    wob: tuple[Field, Field],
    tooth: Field,
    rng: np.random.Generator,
) -> Field:
    root, lean, top = rng.uniform(-0.05, 1.05), rng.normal(0, 0.16), rng.uniform(0.25, 0.66)
    long = max(x.shape)
    x0, x1 = (
        int(np.clip((root + e) * long, 0, x.shape[1]))
        for e in (-0.2 - max(-lean, 0), 0.2 + max(lean, 0))
    )
    if x1 - x0 < 4:
        return picture
    part = (slice(int(top * long), x.shape[0]), slice(x0, x1))
    up = (0.8 - y[part]) / (0.8 - top)
    off = x[part] - root - lean * up**1.6 + 0.010 * wob[0][part]
    wide = rng.uniform(0.0022, 0.0075) * (1.1 - 0.8 * up)
    mask = smoothstep(1.25, 0.75, np.abs(off) / wide)
    green = ramp(palette("2f7a4a", "7fa83a", "1f5f5a", "a8b84a"), rng.uniform(0, 1))
    picture[part] = _glaze(picture[part], mask, green, tooth[part], rng.uniform(0.5, 1.1))
    return picture


def _petals(
    picture: Field,
    x: Field,
    y: Field,
    spot: tuple[float, float, float],
    inks: Field,
    count: int,
    wob: tuple[Field, Field],
    tooth: Field,
    rng: np.random.Generator,
) -> Field:
    """Petals around a centre, each its own glaze, so that they darken where they overlap."""
    cx, cy, r = spot
    long = max(x.shape)
    part = (
        slice(max(0, int((cy - 1.5 * r) * long)), int((cy + 1.5 * r) * long)),
        slice(max(0, int((cx - 1.5 * r) * long)), int((cx + 1.5 * r) * long)),
    )
    start = rng.uniform(0, 2 * np.pi)
    u = x[part] - cx + 0.12 * r * wob[0][part]
    v = (y[part] - cy) * 1.18 + 0.12 * r * wob[1][part]
    for k in range(count):
        turn = start + k * 2 * np.pi / count + rng.normal(0, 0.15)
        a = (u * np.cos(turn) + v * np.sin(turn)) / r - 0.50
        b = (v * np.cos(turn) - u * np.sin(turn)) / r
        far = np.hypot(a / 0.55, b / (0.50 + 0.22 * a)) + 0.04 * np.sin(b * 24 + k)
        mask = smoothstep(1.03, 0.93, far)
        vein = 0.5 + 0.5 * np.sin(np.arctan2(b, a + 0.56) * 26 + 2 * wob[0][part])
        depth = 0.55 + 0.35 * smoothstep(-0.4, 0.5, -a) + 0.14 * vein + 0.3 * wob[1][part]
        ink = ramp(inks, rng.uniform(0, 1))
        picture[part] = mix(
            picture[part], rgb("fff0dc"), 0.45 * mask
        )  # the paper kept light beneath
        picture[part] = _glaze(picture[part], mask, ink, tooth[part], 0.75)
        picture[part] = _glaze(
            picture[part], mask * np.clip(depth - 0.5, 0, 1), ink, tooth[part], 0.9
        )
    return picture


def _heart(
    picture: Field,
    x: Field,
    y: Field,
    spot: tuple[float, float, float],
    tooth: Field,
    rng: np.random.Generator,
) -> Field:
    cx, cy, r = spot
    far = np.hypot(x - cx, (y - cy) * 1.18) / r
    turn = np.arctan2(y - cy, x - cx)
    rays = (
        smoothstep(0.25, 0.9, np.sin(turn * 17 + 6 * far))
        * smoothstep(0.46, 0.30, far)
        * (far > 0.16)
    )
    core = smoothstep(0.23, 0.17, far + 0.03 * tooth)
    return picture * mix(np.ones(3), rgb("2a1f3a"), np.clip(0.85 * core + 0.6 * rays, 0, 0.93))
