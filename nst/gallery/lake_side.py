"""What lies around the lake: woods, a cabin, water, a boat, a shore. Pure numpy and Pillow."""

import numpy as np
from PIL import Image, ImageDraw

from nst.gallery.lake_land import HEIGHT, SHORE, WIDTH
from nst.gallery.noise import (
    Field,
    fbm,
    mix,
    noise,
    palette,
    ramp,
    rgb,
    sample,
    smoothstep,
    to_image,
)


def fir(
    rng: np.random.Generator, size: tuple[int, int] = (150, 420), levels: int = 40, sunny: float = 1
) -> Field:
    """One fir tree, its left side in the sun: (height, width, 4), the last one opacity."""
    width, height = size
    picture = Image.new("RGBA", (width * 2, height * 2), (22, 32, 26, 0))
    draw = ImageDraw.Draw(picture)
    draw.line((width, 30, width, height * 2), fill=(40, 32, 28, 255), width=9)
    crown = rng.uniform(0.82, 1.0)
    suns = ramp(palette("0f1b1b", "1a2a1d", "353f22", "64602e", "b39747"), np.linspace(0, 1, 16))
    greens = [(int(r * 255), int(g * 255), int(b * 255), 255) for r, g, b in suns.tolist()]
    for level in np.linspace(0.01, 0.97, levels):
        y = level * height * 2
        reach = crown * width * (0.04 + 0.96 * level**0.95) * rng.uniform(0.72, 1.05)
        for turn in rng.permutation(np.linspace(-1, 1, 11)):
            span = reach * turn * rng.uniform(0.7, 1.1)
            droop = 14 + 0.34 * abs(span) + 10 * (1 - abs(turn))
            for twig in np.linspace(0.2, 1, 5):
                sun = min(max(0.30 - 0.75 * turn + rng.normal(0, 0.2), 0), 1) * sunny
                x, top = width + span * twig, y + droop * twig**1.3
                back = (x - 0.3 * span, top - 0.3 * droop)
                hang = (x + rng.normal(0, 6), top + 10 + 14 * level)
                draw.line((*back, x, top, *hang), fill=greens[int(sun * 15)], width=4)
    small = picture.resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(small, np.float32) / np.float32(255)


def woods(land: Field, firs: list[Field], rng: np.random.Generator) -> Field:
    """Firs on the banks, the farther ones smaller and in haze."""
    canvas = to_image(np.clip(land, 0, 1)).convert("RGBA")
    banks = (  # where along the shore, up to how high above it, how tall, how hazy
        (rng.uniform(0, WIDTH, 420), 0.02, WIDTH, (9, 15), 0.52),
        (WIDTH - 420 * rng.beta(1, 1.6, 340), 0.20, -640, (17, 27), 0.33),
        (470 * rng.beta(1, 1.5, 420), 0.30, 430, (24, 40), 0.2),
        (230 * rng.beta(1, 1.8, 90), 0.20, 200, (52, 92), 0.05),
    )
    for xs, steep, end, (least, most), haze in banks:
        tints = [_tinted(one, haze) for one in firs]
        hill = steep * np.maximum(0, end - xs if end > 0 else xs + end)
        lift = hill * rng.uniform(0, 1, len(xs)) ** 0.8
        for i in np.argsort(-lift):
            tall = int(rng.uniform(least, most) * (1 - 0.25 * lift[i] / 130))
            tree = tints[rng.integers(len(tints))]
            wide = max(3, int(tall * rng.uniform(0.40, 0.52)))
            sprite = tree.resize((wide, tall), Image.Resampling.BILINEAR, reducing_gap=2.0)
            at = (int(xs[i]) - wide // 2, int(SHORE - lift[i] - tall + 2))
            canvas.alpha_composite(sprite, (max(at[0], 0), at[1]), (max(-at[0], 0), 0))
    return np.asarray(canvas.convert("RGB"), np.float32) / np.float32(255)


def _tinted(tree: Field, haze: float) -> Image.Image:
    colour = mix(tree[..., :3], rgb("a98f96"), haze)
    return Image.fromarray((np.dstack([colour, tree[..., 3]]) * 255 + 0.5).astype(np.uint8), "RGBA")


def _paste(picture: Field, drawing: Image.Image, at: tuple[int, int], scale: int) -> Field:
    """`drawing` (RGBA, `scale` times too large) over `picture`, its upper left corner `at`."""
    size = (drawing.width // scale, drawing.height // scale)
    small = np.asarray(drawing.resize(size, Image.Resampling.LANCZOS), np.float32) / np.float32(255)
    x, y = at
    under = picture[y : y + size[1], x : x + size[0]]
    small = small[: under.shape[0], : under.shape[1]]
    under += (small[..., :3] - under) * small[..., 3:]
    return picture


def cabin(land: Field, rng: np.random.Generator) -> Field:
    """A log cabin on the left bank, two windows lit, smoke from its chimney."""
    drawing = Image.new("RGBA", (480, 360), (60, 48, 44, 0))
    draw = ImageDraw.Draw(drawing)
    draw.polygon([(300, 60), (330, 60), (330, 130), (300, 130)], fill=(92, 78, 76, 255))
    draw.polygon(
        [(60, 180), (60, 318), (200, 330), (200, 184), (128, 92)], fill=(176, 116, 70, 255)
    )
    draw.polygon([(200, 180), (200, 330), (420, 318), (420, 180)], fill=(74, 54, 48, 255))
    for y in range(186, 330, 12):
        draw.line((60, y, 200, y + 2, 420, y), fill=(44, 30, 28, 150), width=3)
    draw.polygon([(128, 78), (216, 196), (448, 190), (372, 82)], fill=(70, 60, 66, 255))
    draw.line((40, 196, 128, 78, 216, 196), fill=(228, 170, 112, 255), width=9)
    draw.line((128, 78, 372, 82), fill=(250, 205, 150, 255), width=5)
    for x0, y0, x1, y1 in ((236, 222, 282, 272), (340, 220, 384, 268), (106, 220, 150, 270)):
        draw.rectangle((x0, y0, x1, y1), fill=(255, 214, 120, 255))
        draw.line(((x0 + x1) / 2, y0, (x0 + x1) / 2, y1), fill=(96, 58, 30, 255), width=4)
        draw.line((x0, (y0 + y1) / 2, x1, (y0 + y1) / 2), fill=(96, 58, 30, 255), width=4)
    draw.polygon([(30, 318), (200, 332), (470, 316), (480, 360), (0, 360)], fill=(50, 46, 34, 255))
    x, y = 236, SHORE - 86
    land = _paste(land, drawing, (x, y), 4)
    rows, columns = np.mgrid[0:SHORE, 0:WIDTH].astype(np.float32)
    for wx, wy in ((65, 62), (90, 61), (32, 61)):
        glow = np.exp(-np.hypot(columns - x - wx, rows - y - wy) / 13)
        land += 0.42 * glow[..., None] * rgb("ffb050")
    rise = y + 16 - rows
    drift = columns - (x + 78) - 0.00035 * rise**2 * 9 - 5 * np.sin(rise / 17)
    wisp = (
        np.exp(-((drift / (3 + 0.13 * np.maximum(rise, 0))) ** 2)) * (rise > 0) * np.exp(-rise / 70)
    )
    wisp *= 0.6 + 0.6 * fbm(land.shape[:2], 40, 4, rng)
    return mix(land, rgb("d9b7ac"), np.clip(0.55 * wisp, 0, 1))


def water(land: Field, rng: np.random.Generator) -> Field:
    """The picture with the lake below the shore: the land mirrored, broken by ripples."""
    depth = HEIGHT - SHORE
    d, x = np.mgrid[0:depth, 0:WIDTH].astype(np.float32)
    d += 0.7
    near = smoothstep(0, 320, d)
    shape = (depth, WIDTH)
    far, middle, close = (noise(shape, n, rng) for n in ((70, 210), (30, 84), (11, 30)))
    fine = noise(shape, (48, 120), rng)
    first, second = smoothstep(15, 60, d), smoothstep(70, 240, d)
    swell = mix(far, mix(middle, close + 0.3 * middle, second), first) + 0.35 * fine * second
    calm = smoothstep(-0.5, 0.5, noise(shape, (2, 6), rng))
    slope = swell * (0.25 + 0.75 * calm) * (0.8 + 10 * near)
    mirror = sample(land, x + 0.5 * slope, SHORE - 1 - d * 1.2 - 1.2 * np.abs(slope) - slope)
    mirror = 0.5 * mirror + 0.25 * (np.roll(mirror, 1, 0) + np.roll(mirror, -1, 0))
    deep = ramp(palette("4a6470", "1f3b44", "12262d"), near)
    fresnel = np.clip(0.88 - 0.45 * near - 0.020 * slope, 0.15, 0.95)
    lake = mix(deep, mirror * rgb("f4efee"), fresnel)
    gust = smoothstep(0.55, 1.0, noise((depth, WIDTH), (1.5, 26), rng)) * np.exp(-d / 60)
    lake = mix(lake, rgb("e2b9a4"), 0.35 * gust)
    bank = np.exp(-d / 2.2)
    lake = mix(lake, rgb("2a2622"), 0.75 * bank)
    return np.concatenate([land, lake])


def _boat() -> Image.Image:
    """A rowing boat, four times too large."""
    drawing = Image.new("RGBA", (4 * 300, 4 * 110), (30, 24, 24, 0))
    draw = ImageDraw.Draw(drawing)
    bow, stern = (70, 150), (1010, 190)
    draw.polygon(
        [bow, (180, 262), (420, 312), (820, 306), (980, 262), stern], fill=(52, 36, 32, 255)
    )
    draw.polygon(
        [bow, (250, 196), (600, 226), stern, (760, 150), (330, 128)], fill=(30, 22, 22, 255)
    )
    draw.polygon(
        [(330, 138), (760, 158), (930, 184), (600, 200), (260, 176)], fill=(84, 56, 40, 255)
    )
    for x0 in (330, 560, 780):
        draw.polygon(
            [(x0, 140), (x0 + 60, 142), (x0 + 40, 208), (x0 - 30, 204)], fill=(168, 110, 66, 255)
        )
    draw.line((*bow, 250, 194, 600, 224, *stern), fill=(246, 184, 120, 255), width=9, joint="curve")
    draw.line((*bow, 330, 128, 760, 150, *stern), fill=(150, 100, 70, 255), width=7, joint="curve")
    for k, y in enumerate((232, 262, 288)):
        draw.line(
            (140 + 40 * k, y, 420, y + 18, 830, y + 12, 985 - 10 * k, y - 10),
            fill=(104, 66, 48, 255),
            width=4,
        )
    return drawing


def foreground(picture: Field, rng: np.random.Generator) -> Field:
    """A boat on the water, then the shore before it."""
    drawing = _boat()
    x, y = 610, 566
    flip = drawing.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    dim = np.asarray(flip, np.float32)
    wave = noise(dim.shape[:2], (5, 22), rng) * 16
    rows, columns = np.mgrid[0 : dim.shape[0], 0 : dim.shape[1]].astype(np.float32)
    dim = sample(dim, columns + wave, rows + 0.5 * wave)
    dim[..., :3] *= 0.6
    dim[..., 3] *= 0.72
    picture = _paste(picture, Image.fromarray(dim.astype(np.uint8), "RGBA"), (x, y + 40), 4)
    picture = _paste(picture, drawing, (x, y), 4)
    return _shore(picture, rng)


def _shore(picture: Field, rng: np.random.Generator) -> Field:
    """Stones and grass along the lower edge, and firs that frame the view."""
    for x, base, tall in ((935, 762, 500), (1006, 774, 640), (8, 735, 330)):
        tree = fir(rng, (int(tall * 0.44), tall), tall // 8, 0.55)
        left = max(0, tree.shape[1] // 2 - x)
        drawing = Image.fromarray((tree[:, left:] * 255 + 0.5).astype(np.uint8), "RGBA")
        picture = _paste(picture, drawing, (max(0, x - tree.shape[1] // 2), base - tall), 1)
    drawing = Image.new("RGBA", (WIDTH * 2, 260 * 2), (20, 20, 18, 0))
    draw = ImageDraw.Draw(drawing)
    for _ in range(420):
        at = rng.uniform(-20, WIDTH + 20)
        _stone(draw, at, _edge(at) + rng.exponential(40), rng)
    for _ in range(1500):
        at = float(WIDTH * rng.choice([rng.beta(1, 5), 1 - rng.beta(1, 12)]))
        _blade(draw, at, _edge(at) + rng.exponential(50) + 8, rng)
    return _paste(picture, drawing, (0, HEIGHT - 260), 2)


def _edge(x: float) -> float:
    """Where the shore begins at column `x`, in rows of its drawing."""
    x = min(max(x, 0.0), float(WIDTH))
    return float(250 - 150 * np.exp(-x / 240) - 110 * np.exp(-(WIDTH - x) / 110))


def _stone(draw: ImageDraw.ImageDraw, x: float, y: float, rng: np.random.Generator) -> None:
    """A stone: its shadow, its body, and its lit face to the upper left."""
    size = rng.uniform(4, 16) * (0.5 + y / 220)
    turn = np.linspace(0, 2 * np.pi, 9)[:-1]
    jag = size * rng.uniform(0.72, 1.1, 8)
    tone = rng.uniform(0.5, 1.0)
    for colour, lift, grow in (
        ((26, 24, 26), 0.0, 1.0),
        ((84, 76, 74), -0.16, 0.82),
        ((204, 152, 110), -0.34, 0.42),
    ):
        px = x + jag * grow * np.cos(turn) + lift * size * 0.9
        py = y + jag * grow * 0.62 * np.sin(turn) + lift * size * 0.8
        corners = [(2 * float(a), 2 * float(b)) for a, b in zip(px, py, strict=True)]
        draw.polygon(corners, fill=(*(int(c * tone) for c in colour), 255))


def _blade(draw: ImageDraw.ImageDraw, x: float, y: float, rng: np.random.Generator) -> None:
    tall, lean = rng.uniform(14, 44), rng.normal(5, 8)
    colour = mix(rgb("1c2418"), rgb("c99a52"), rng.uniform(0, 1) ** 2)
    bend = [(x, y), (x + lean * 0.3, y - tall * 0.6), (x + lean, y - tall)]
    fill = (*(int(c * 255) for c in colour), 255)
    draw.line([(a * 2, b * 2) for a, b in bend], fill=fill, width=2)
