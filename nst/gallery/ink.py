"""Ink on paper: an engraving and a wash. Pure numpy and Pillow."""

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
    resize,
    rgb,
    slopes,
    smoothstep,
    to_image,
)

LINES = 104  # of hatching, along the long side
FORM = 420  # the long side of the map of forms, in pixels


def engraving(size: int) -> Image.Image:
    """Pears and a jug, cross-hatched in sepia and indigo on warm paper, with a tint of colour."""
    rng = np.random.default_rng(9)
    shape, small = (round(size * 0.8), size), (round(FORM * 0.8), FORM)
    tone, place, kind = _forms(small)
    grow = (shape[1], shape[0])
    tone = resize(tone, grow)
    hit = [resize(p, grow) for p in place]
    solid = np.stack([resize((kind == k).astype("f4"), grow) for k in range(5)])
    which = solid.argmax(0)
    x, y = grid(shape)
    wobble = 0.0016 * fbm(shape, 22, 3, rng)
    paper = (
        rgb("f3e5c5")
        * (1 + 0.025 * fbm(shape, 150, 3, rng) + 0.03 * fbm(shape, 3, 3, rng))[..., None]
    )
    tints = palette("5f9fb0", "d9a05a", "e0a01f", "cc3f22", "2a78a8")[which]
    wash = np.clip(0.80 - 0.42 * tone + 0.20 * fbm(shape, 5, 4, rng), 0.05, 0.9)
    picture: Field = paper * mix(np.ones(3), tints, wash)
    flow = _directions(hit, which, x, y)
    for phase, start, ink in (
        (flow[0], 0.92, rgb("2b1d1a")),
        (flow[1], 0.55, rgb("2b1d1a")),
        (flow[2], 0.30, rgb("1c2444")),
    ):
        dark = np.clip((start - tone) / start, 0, 1)
        line = np.abs(((phase + wobble) * LINES) % 1 - 0.5) * 2
        width = 0.86 * dark**0.8 + 0.10 * noise(shape, 120, rng) * dark
        soft = LINES * 2 * 1.3 / max(shape)
        cover = smoothstep(soft, -soft, line - width) * smoothstep(0.02, 0.10, dark)
        cover = cover * (0.88 + 0.2 * noise(shape, 260, rng))
        picture = mix(picture, ink, np.clip(cover, 0, 1))
    border = blur(np.hypot(*slopes(which.astype("f4"))), 0.8)
    return to_image(mix(picture, rgb("241813"), np.clip(border * 1.6, 0, 0.95)))


_SOLIDS = (  # x, z, radius, height, kind: pears, an apple, a jug
    (-0.62, 0.10, 0.40, 0.95, 2),
    (0.10, -0.38, 0.36, 0.82, 2),
    (-0.25, 0.62, 0.33, 0.0, 3),
    (0.78, 0.35, 0.52, 1.25, 4),
    (0.72, -0.62, 0.27, 0.0, 3),
    (-1.20, 0.55, 0.27, 0.0, 3),
)


def _distance(p: Field) -> tuple[Field, Field]:
    """The signed distance from points (n, 3) to the nearest solid, and its kind (1: the table)."""
    best, kind = p[:, 1].copy(), np.ones(len(p), np.float32)
    for x, z, r, tall, k in _SOLIDS:
        q = p - np.array([x, r * 0.94, z], np.float32)
        ring = np.hypot(q[:, 0], q[:, 2])
        far = np.hypot(ring, q[:, 1]) - r
        if k == 2:  # a pear: two spheres, smoothly joined
            top = np.hypot(ring, q[:, 1] - r * 1.25) - r * 0.45
            t = np.clip(0.5 + 0.5 * (top - far) / 0.32, 0, 1)
            far = top + (far - top) * t - 0.32 * t * (1 - t)
            stalk = np.hypot(q[:, 0] - 0.05 * (q[:, 1] - r), q[:, 2])
            far = np.minimum(far, np.maximum(stalk - 0.022, np.abs(q[:, 1] - r * 1.9) - 0.16))
        elif k == 3:  # an apple: dimpled above
            far = far + 0.13 * r * np.exp(-((ring / (0.35 * r)) ** 2)) * (q[:, 1] > 0)
        else:  # a jug: a turned profile with a handle
            up = np.clip(q[:, 1] / tall + 0.35, 0, 1.2)
            profile = r * (
                0.80
                + 0.28 * np.sin(up * 3.4)
                - 0.34 * up**2
                + 0.16 * np.exp(-(((up - 1.05) / 0.10) ** 2))
            )
            far = np.maximum(0.75 * (ring - profile), np.abs(q[:, 1] - tall * 0.24) - tall * 0.60)
            loop = np.hypot(q[:, 0] - r * 0.95, (q[:, 1] - 0.36) * 0.9) - 0.30
            far = np.minimum(far, np.hypot(loop, q[:, 2]) - 0.055)
        closer = far < best
        best, kind = np.where(closer, far, best), np.where(closer, k, kind)
    return best.astype(np.float32), kind.astype(np.float32)


def _forms(shape: tuple[int, int]) -> tuple[Field, tuple[Field, Field, Field], Field]:
    """Tone (0 dark, 1 light), places in space and kinds (0: the wall), by sphere tracing."""
    x, y = grid(shape)
    ray = np.stack([(x - 0.5) * 0.96, 0.20 - y * 0.90, np.ones_like(x)], -1).reshape(-1, 3)
    ray /= np.linalg.norm(ray, axis=1, keepdims=True)
    eye = np.array([0, 1.25, -3.6], np.float32)
    far = np.full(len(ray), 1.5, np.float32)
    for _ in range(34):
        far += 0.92 * _distance(eye + ray * far[:, None])[0]
        far = np.minimum(far, 9)
    place = eye + ray * far[:, None]
    _, kind = _distance(place)
    wall = (place[:, 2] > 1.9) | (far > 8)
    gaps = np.eye(3, dtype=np.float32) * 0.004
    normal = np.stack([_distance(place + g)[0] - _distance(place - g)[0] for g in gaps], -1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    sun = np.array([-0.62, 0.62, -0.48], np.float32)
    light, open_ = np.clip(normal @ sun, 0, 1), np.ones(len(ray), np.float32)
    step = np.full(len(ray), 0.05, np.float32)
    for _ in range(16):  # soft shadows
        near = _distance(place + normal * 0.01 + sun * step[:, None])[0]
        open_ = np.minimum(open_, np.clip(7 * near / step, 0, 1))
        step += np.clip(near, 0.02, 0.2)
    hollow = np.clip(_distance(place + normal * 0.16)[0] / 0.16, 0, 1)
    tone = 0.10 + 0.82 * light * open_ + 0.16 * hollow * (0.5 + 0.5 * normal[:, 1])
    back = np.array([0.6, 0.25, 0.3], np.float32)
    tone += 0.16 * np.clip(normal @ back, 0, 1)
    spark = light**14
    tone = np.where(
        kind == 1,
        0.05 + (0.50 + 0.10 * np.sin(place[:, 0] * 9)) * open_ + 0.2 * hollow,
        tone + 0.25 * spark,
    )
    v = y.reshape(-1)
    tone = np.where(wall, 0.34 + 0.55 * x.reshape(-1) - 0.15 * v, tone)
    kind = np.where(wall, 0, kind)
    a, b, c = (place[:, i].reshape(shape).astype(np.float32) for i in range(3))
    return tone.reshape(shape).astype(np.float32), (a, b, c), kind.reshape(shape).astype(np.float32)


def _directions(hit: list[Field], which: Field, x: Field, y: Field) -> list[Field]:
    """Three phases of hatching: across the form, against it, and oblique on the page."""
    a, b, c = hit
    first = np.where(
        which >= 2,
        b * 0.24 + 0.06 * c - 0.03 * a,
        np.where(which == 1, c * 0.15 + 0.03 * a, y + 0.10 * np.sin(x * 3)),
    )
    second = np.where(
        which >= 2,
        a * 0.20 - c * 0.12 + 0.10 * b,
        np.where(which == 1, 0.75 * x + 0.45 * y, 0.6 * x + 0.75 * y),
    )
    third = 0.72 * x - 0.68 * y
    return [np.asarray(f, np.float32) for f in (first, second, third)]
