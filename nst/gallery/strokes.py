"""Brush strokes with bristles and thickness, thousands at a time. Pure numpy and Pillow."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nst.gallery.noise import Field, blur, sample, slopes, to_image

DENSITY = 1.35  # points a pixel, along and across a stroke: enough that no pixel is missed
BATCH = 1_500_000  # points painted at once


@dataclass(frozen=True)
class Brush:
    """How a layer of strokes looks. Lengths are fractions of the canvas's long side."""

    length: float
    width: float
    spacing: float  # between strokes, as a multiple of the square root of length x width
    jitter: float = 0.05  # how much a stroke's colour strays from the scene's
    bristle: float = 0.10  # how much the bristles' tones differ within a stroke
    ragged: float = 0.25  # how unevenly the bristles leave the canvas, 0 to 1
    taper: float = 0.5  # how much the ends narrow, 0 to 1
    thick: float = 1.0  # of the paint's relief
    turn: float = 0.08  # standard deviation of the direction, in radians


class Canvas:
    """A picture in progress: colours and the paint's relief, at `over` times the final size."""

    def __init__(self, shape: tuple[int, int], ground: Field, over: float = 1.5) -> None:
        self.final = shape
        self.shape = (round(shape[0] * over), round(shape[1] * over))
        self.long = max(self.shape)
        self.colour = np.empty((self.shape[0] * self.shape[1], 3), np.float32)
        self.colour[:] = ground.reshape(-1, 3) if ground.ndim == 3 else ground
        self.relief = np.zeros(self.shape[0] * self.shape[1], np.float32)

    def cover(
        self,
        scene: Field,
        angle: Field,
        brush: Brush,
        rng: np.random.Generator,
        where: Field | None = None,
    ) -> None:
        """Strokes all over, with colours of `scene`, along `angle` (radians), where `where` > 0.5.

        The maps may have any size: they are stretched over the canvas.
        """
        gap = brush.spacing * float(np.sqrt(brush.length * brush.width)) * self.long
        rows, columns = int(self.shape[0] / gap) + 2, int(self.shape[1] / gap) + 2
        row, column = np.mgrid[0:rows, 0:columns]
        places = np.stack([column, row], -1).reshape(-1, 2)
        places = (places + rng.uniform(-0.5, 0.5, places.shape)) * gap
        at: Field = rng.permutation(places).astype(np.float32)
        if where is not None:
            at = at[_look(where, at, self.shape) > 0.5]
        colours = _look(scene, at, self.shape)
        colours = colours + rng.normal(0, brush.jitter, colours.shape).astype(np.float32)
        colours += rng.normal(0, brush.jitter, (len(at), 1)).astype(np.float32)
        self.strokes(at, colours, angle, brush, rng)

    def strokes(
        self, at: Field, colours: Field, angle: Field, brush: Brush, rng: np.random.Generator
    ) -> None:
        """One stroke through each of `at` (canvas pixels, shape (n, 2)), the last one on top."""
        length, width = brush.length * self.long, brush.width * self.long
        steps, across = max(3, int(length * DENSITY)), max(2, int(width * DENSITY))
        size = max(1, BATCH // (steps * across))
        for first in range(0, len(at), size):
            part = slice(first, first + size)
            lengths = length * rng.uniform(0.65, 1.2, len(at[part])).astype(np.float32)
            paths, turns = self._trace(at[part], lengths, steps, angle, brush, rng)
            self._lay(paths, turns, colours[part], width, across, brush, rng)

    def _trace(
        self,
        at: Field,
        lengths: Field,
        steps: int,
        angle: Field,
        brush: Brush,
        rng: np.random.Generator,
    ) -> tuple[Field, Field]:
        """Centre lines (n, steps, 2) along the field and their directions (n, steps)."""
        few = min(steps, 12)
        lean = rng.normal(0, brush.turn, len(at)).astype(np.float32)
        halves = []
        for way in (-1, 1):
            place, line = at, [at]
            for _ in range(few // 2):
                turn = _look(angle, place, self.shape) + lean
                stride = (way * lengths / few)[:, None]
                place = place + stride * np.stack([np.cos(turn), np.sin(turn)], -1)
                line.append(place)
            halves.append(np.stack(line, 1))
        knots = np.concatenate([halves[0][:, :0:-1], halves[1]], 1)
        t = np.linspace(0, knots.shape[1] - 1.001, steps, dtype=np.float32)
        low = t.astype(np.int32)
        part = (t - low)[None, :, None]
        paths = knots[:, low] * (1 - part) + knots[:, low + 1] * part
        tangent = knots[:, low + 1] - knots[:, low]
        return paths, np.arctan2(tangent[..., 1], tangent[..., 0])

    def _lay(
        self,
        paths: Field,
        turns: Field,
        colours: Field,
        width: float,
        across: int,
        brush: Brush,
        rng: np.random.Generator,
    ) -> None:
        count, steps = turns.shape
        v = np.linspace(-1, 1, across, dtype=np.float32)
        t = np.linspace(-1, 1, steps, dtype=np.float32)
        girth = rng.uniform(0.7, 1.25, (count, 1)).astype(np.float32)
        half = 0.5 * width * girth * (1 - brush.taper * t[None, :] ** 4)
        off = half[..., None] * v
        x = paths[..., 0, None] - np.sin(turns)[..., None] * off
        y = paths[..., 1, None] + np.cos(turns)[..., None] * off
        column, row = x.astype(np.int32), y.astype(np.int32)
        height, wide = self.shape
        end = 1 - brush.ragged * rng.uniform(0, 1, (count, 1, across)).astype(np.float32)
        keep = (np.abs(t)[None, :, None] <= end) & (x >= 0) & (y >= 0)
        keep &= (column < wide) & (row < height)
        hairs = rng.normal(0, 1, (count, across)).astype(np.float32)
        hairs = 0.6 * hairs + 0.4 * np.roll(hairs, 1, 1)
        tone = hairs[:, None, :] * (0.7 + 0.3 * t[None, :, None])
        body = (
            np.sqrt(np.maximum(0, 1.05 - v**2))[None, None, :] * (1.1 + 0.5 * t**3)[None, :, None]
        )
        index = (row * wide + column)[keep]
        which = np.broadcast_to(np.arange(count)[:, None, None], keep.shape)[keep]
        self.colour[index] = colours[which] + (brush.bristle * tone[keep])[:, None]
        self.relief[index] = brush.thick * (body + 0.35 * tone)[keep]

    def finish(self, shine: float = 0.16, shade: float = 0.35) -> Image.Image:
        """The picture at its final size, its relief lit from the upper left."""
        relief = blur(self.relief.reshape(self.shape), 0.8)
        down, right = slopes(relief)
        light = -(0.6 * right + 0.8 * down) * self.long / 1152
        picture: Field = self.colour.reshape((*self.shape, 3))
        picture = picture * (1 + shade * np.tanh(light * 1.4))[..., None]
        picture = picture + shine * np.clip(light - 0.25, 0, 1)[..., None]
        size = (self.final[1], self.final[0])
        return to_image(np.asarray(picture, np.float32)).resize(size, Image.Resampling.LANCZOS)


def _look(field: Field, at: Field, shape: tuple[int, int]) -> Field:
    """The nearest values of a map that is stretched over the canvas."""
    height, width = field.shape[:2]
    column: NDArray[np.int32] = np.clip(at[:, 0] * width / shape[1], 0, width - 1).astype(np.int32)
    row: NDArray[np.int32] = np.clip(at[:, 1] * height / shape[0], 0, height - 1).astype(np.int32)
    return np.asarray(field[row, column], np.float32)


def along(field: Field) -> Field:
    """Angles along the contours of `field`, in radians."""
    down, right = slopes(field)
    return np.asarray(np.arctan2(-right, down), np.float32)


def advect(field: Field, angle: Field, distance: float, steps: int = 12) -> Field:
    """`field` smeared along `angle` over `distance` pixels either way: streaks."""
    rows, columns = np.mgrid[0 : field.shape[0], 0 : field.shape[1]].astype(np.float32)
    total = field.copy()
    for way in (-1, 1):
        x, y = columns, rows
        for _ in range(steps // 2):
            turn = sample(angle, x, y)
            x = x + way * distance / (steps // 2) * np.cos(turn)
            y = y + way * distance / (steps // 2) * np.sin(turn)
            total = total + sample(field, x, y)
    return np.asarray(total / (steps // 2 * 2 + 1), np.float32)
