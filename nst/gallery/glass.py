"""Stained glass: a sunrise over a winding river. Pure numpy and Pillow."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from nst.gallery.noise import (
    Field,
    blur,
    cellular,
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

SKY = palette("1f4fb5", "2f7fd6", "3f9fe0", "5f6fd0", "7a4fc0", "b04fb0", "e85f8a")
RAYS = palette("ffd24a", "ffb52e", "ff8f2a", "ffe48a", "f76a3a", "f2497a")
HILLS = palette("0f6a4a", "1f8f4a", "5fb53a", "a8cf3a", "0f8f7a", "176a8a")
WATER = palette("1fb0c8", "2f8fe0", "6fd8d8", "1f5fc0", "b8f0e8")
LEAVES = palette("e0242e", "f2552a", "c01f4f", "f79a1f", "8f1f5f", "ffc23a")
TRUNK = palette("5a2f4a", "7a3f3a", "8f5a3a")
BORDER = palette("c01f3a", "f2a51f", "1f4fb5", "0f8f6a")
SUN = 0.40  # the sun's height


def stained_glass(size: int) -> Image.Image:
    """Leaded panes, each of its own streaky glass, lit from behind."""
    rng = np.random.default_rng(3)
    shape = (size * 4 // 3, round(size * 0.76) * 4 // 3)
    x, y = grid(shape)
    width = shape[1] / shape[0]
    pane, colour = _panes(x, y, width, rng)
    long = max(shape)
    edges = (np.abs(np.diff(pane, axis=0, append=pane[-1:])) > 0.5) | (
        np.abs(np.diff(pane, axis=1, append=pane[:, -1:])) > 0.5
    )
    thick = max(3, int(long * 0.0085) | 1)
    mask = Image.fromarray((edges * 255).astype(np.uint8)).filter(ImageFilter.MaxFilter(thick))
    lead = blur(np.asarray(mask, np.float32) / 255, long * 0.0011)
    near = blur(lead, long * 0.008)
    bend = fbm(shape, 5, 3, rng) * 6
    streak = np.sin(bend * 5 + fbm(shape, (26, 7), 4, rng) * 3.2)
    seeds = smoothstep(0.75, 1.05, noise(shape, 120, rng))  # bubbles in the glass
    ripple = fbm(shape, 60, 3, rng)
    glass = colour * (0.92 + 0.20 * streak + 0.16 * ripple)[..., None]
    glass = mix(glass, glass**0.45, np.clip(0.30 * streak - 0.1, 0, 1) + 0.35 * seeds)
    glow = np.exp(-(((x - 0.5 * width) / 0.34) ** 2) - ((y - 0.40) / 0.42) ** 2)
    glass = glass * (0.72 + 0.48 * glow - 0.55 * near)[..., None]
    glass = glass + 0.20 * blur(np.clip(glass, 0, 1) ** 2, long * 0.012)
    down, right = slopes(blur(lead, long * 0.0022))
    bevel = np.clip(-(down + 0.7 * right) * long / 90, -0.6, 1)
    solder = rgb("17161c") + (0.17 * bevel * (1 + 0.6 * ripple))[..., None] * rgb("c8d0e0") * 1.6
    picture = mix(glass, np.clip(solder, 0.02, 1), smoothstep(0.35, 0.65, lead))
    return to_image(picture).resize((round(size * 0.76), size), Image.Resampling.LANCZOS)


def _panes(x: Field, y: Field, width: float, rng: np.random.Generator) -> tuple[Field, Field]:
    """A number and a colour for every pane, drawn region over region."""
    window = Window(x.shape, rng)
    _heaven(window, x, y, width)
    _land(window, x, y, width)
    which, _ = cellular(x + 0.01 * np.sin(y * 40), y, 17, rng)
    turn = np.arctan2(y - SUN, x - 0.5 * width) + np.pi
    crown = np.minimum(np.hypot((x - 0.10) / 1.1, y - 0.24), np.hypot((x - 0.02) / 0.9, y - 0.42))
    crown = np.minimum(crown, np.hypot(x - width, (y - 0.20) / 1.2) + 0.03)
    window.lay(crown < 0.155 + 0.02 * np.sin(turn * 20), which, LEAVES, 60_000)
    trunk = np.abs(x - 0.085 - 0.03 * np.sin(y * 9)) - 0.018 - 0.05 * np.clip(y - 0.7, 0, 1)
    window.lay((trunk < 0) & (y > 0.33), np.floor(y * 11), TRUNK, 70_000)
    across, down = np.minimum(x, width - x), np.minimum(y, 1 - y)
    side = np.where(across < down, np.floor(y * 15), 500 + np.floor(x / width * 11))
    side = side + 100 * (x > width / 2) + 200 * (y > 0.5)
    window.lay(np.minimum(across, down) < 0.036, side, BORDER, 80_000)
    return window.pane.astype(np.float32), window.colour


class Window:
    """The numbers and colours of the panes, region over region."""

    def __init__(self, shape: tuple[int, ...], rng: np.random.Generator) -> None:
        self.pane = np.zeros(shape, np.int64)
        self.colour = np.zeros((*shape, 3), np.float32)
        self._rng = rng

    def lay(self, where: NDArray[np.bool_], ids: Field, colours: Field, base: int) -> None:
        """Panes numbered `ids` from `base` on, each in one of `colours`, a little varied."""
        kinds = ids[where].astype(np.int64) % 4096
        shuffle = self._rng.integers(0, len(colours), 4096)
        tone = self._rng.uniform(0.80, 1.12, (4096, 1)).astype(np.float32)
        self.pane[where] = base + kinds
        self.colour[where] = colours[shuffle[kinds]] * tone[kinds]


def _heaven(window: Window, x: Field, y: Field, width: float) -> None:
    """Rings of sky about a sun of rays."""
    cx, cy = 0.5 * width, SUN
    far, turn = np.hypot(x - cx, y - cy), np.arctan2(y - cy, x - cx) + np.pi
    ring = np.floor((far - 0.13) / 0.115 + 0.15 * np.sin(turn * 6))
    ray = np.floor(turn / (2 * np.pi) * 26 + 0.35 * ring)
    ids = ray + 40 * np.maximum(ring, 0)
    window.lay(far > -1, ids, SKY, 10_000)
    window.lay(far < 0.262, ids, RAYS, 14_000)
    window.lay(
        far < 0.13, np.floor(turn / (2 * np.pi) * 8) + 8 * (far < 0.075), RAYS[[0, 1, 3]], 20_000
    )
    window.lay(far < 0.035, np.zeros_like(x), palette("fff0c0"), 21_000)


def _land(window: Window, x: Field, y: Field, width: float) -> None:
    """Hills in bands, and a river that widens towards the viewer."""
    for k, (level, swing, phase) in enumerate(
        ((0.47, 0.035, 0.4), (0.56, 0.045, 2.4), (0.66, 0.05, 4.6))
    ):
        crest = level + swing * np.sin(x * 9 + phase) + 0.3 * swing * np.sin(x * 23 + phase)
        band = np.floor((y - crest) / 0.045)
        bits = np.floor(x * 6.5 + 0.4 * band + 0.25 * np.sin(y * 30) + 0.37 * k)
        window.lay(y > crest, bits + 20 * np.maximum(band, 0), HILLS, 30_000 + 5_000 * k)
    bank = 0.5 * width + 0.10 * np.sin((y - 0.5) * 15) * (0.4 + (y - 0.5) * 2.2)
    half = 0.016 + 0.42 * np.clip(y - 0.5, 0, 1) ** 1.25
    flow = (x - bank) / half
    lanes = np.clip(np.floor(half / 0.022), 1, 6)
    step = np.floor(np.log(np.maximum(y - 0.43, 1e-3)) * 6.5 + 0.3 * np.sin(flow * 3))
    lane = np.floor((flow + 1) / 2 * lanes) + 7 * step
    window.lay((np.abs(flow) < 1) & (y > 0.505), lane + 2000, WATER, 50_000)
