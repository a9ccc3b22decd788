"""The throughput curve as a picture: measured, simulated, and what would be ideal. Pure Pillow."""

import math
from collections.abc import Iterable, Sequence

from PIL import Image, ImageDraw, ImageFont

from tests.benchmarks.figures import EXECUTORS, Figures

SIZE = (920, 560)
LEFT, TOP, RIGHT, BOTTOM = 80, 70, 890, 490
ZOOM = 2  # drawn larger, and made small: smooth lines
PAPER, INK, GRID = (250, 248, 243), (60, 54, 48), (225, 220, 210)
COLOURS = {"waiting": (46, 98, 140), "ray": (190, 92, 46)}

Points = Sequence[tuple[float, float]]


class Chart:
    """Two logarithmic axes."""

    def __init__(self, across: Sequence[int], most: float, least: float) -> None:
        self._across, self._low, self._high = across, math.log(least), math.log(most)
        self.image = Image.new("RGB", (SIZE[0] * ZOOM, SIZE[1] * ZOOM), PAPER)
        self._draw = ImageDraw.Draw(self.image)

    def at(self, workers: float, rate: float) -> tuple[float, float]:
        """Where a point is, in pixels of the drawing."""
        x = math.log(workers / self._across[0]) / math.log(self._across[-1] / self._across[0])
        y = (math.log(rate) - self._low) / (self._high - self._low)
        return ZOOM * (LEFT + x * (RIGHT - LEFT)), ZOOM * (BOTTOM - y * (BOTTOM - TOP))

    def grid(self, rates: Iterable[float]) -> None:
        """Lines, and what they stand for."""
        for workers in self._across:
            x, _ = self.at(workers, math.exp(self._low))
            self._draw.line([(x, ZOOM * TOP), (x, ZOOM * BOTTOM)], GRID, ZOOM)
            self.text((x, ZOOM * (BOTTOM + 8)), f"{workers}", "ma")
        for rate in rates:
            _, y = self.at(1, rate)
            self._draw.line([(ZOOM * LEFT, y), (ZOOM * RIGHT, y)], GRID, ZOOM)
            self.text((ZOOM * (LEFT - 8), y), f"{rate:g}", "rm")

    def line(self, points: Points, colour: tuple[int, int, int], *, dashed: bool = False) -> None:
        """From point to point."""
        for (a, b), (c, d) in zip(
            [self.at(*one) for one in points[:-1]],
            [self.at(*one) for one in points[1:]],
            strict=True,
        ):
            pieces = max(1, round(math.hypot(c - a, d - b) / (7 * ZOOM))) if dashed else 1
            for number in range(0, pieces, 2):
                start, end = number / pieces, (number + 1) / pieces
                ends = [(a + (c - a) * t, b + (d - b) * t) for t in (start, end)]
                self._draw.line(ends, colour, 2 * ZOOM)

    def dots(self, points: Points, colour: tuple[int, int, int]) -> None:
        """What was measured."""
        for one in points:
            x, y = self.at(*one)
            self._draw.circle((x, y), 5 * ZOOM, colour)

    def text(
        self,
        at: tuple[float, float],
        words: str,
        anchor: str = "la",
        size: int = 14,
        colour: tuple[int, int, int] = INK,
    ) -> None:
        """Words, in pixels of the drawing."""
        font = ImageFont.load_default(size * ZOOM)
        self._draw.text(at, words, colour, font, anchor=anchor)

    def legend(self, row: int, words: str, colour: tuple[int, int, int], kind: str) -> None:
        """What a line or a dot is."""
        x, y = ZOOM * (LEFT + 20), ZOOM * (TOP + 16 + 24 * row)
        if kind == "dot":
            self._draw.circle((x + 14 * ZOOM, y), 5 * ZOOM, colour)
        else:
            for start in (0, 10, 20) if kind == "dashed" else (0, 7, 14, 21):
                wide = 6 if kind == "dashed" else 7
                self._draw.line(
                    [(x + start * ZOOM, y), (x + (start + wide) * ZOOM, y)], colour, 2 * ZOOM
                )
        self.text((x + 40 * ZOOM, y), words, "lm")


def drawn(figures: Figures) -> Image.Image:
    """The picture: `SIZE` pixels."""
    measured = {name: figures.points(name) for name in EXECUTORS if figures.points(name)}
    across = sorted({workers for points in measured.values() for workers, _ in points})
    ideal = [(float(workers), workers / figures.painting) for workers in across]
    chart = Chart(across, 1.3 * ideal[-1][1], 0.6 * ideal[0][1])
    chart.grid([rate for _, rate in ideal])
    chart.line(ideal, INK, dashed=True)
    chart.legend(0, f"ideal: a painting takes {figures.painting:g} s", INK, "dashed")
    for row, (name, points) in enumerate(measured.items()):
        simulated = [(float(workers), figures.simulated(name, workers)) for workers, _ in points]
        chart.line(simulated, COLOURS[name])
        chart.dots(points, COLOURS[name])
        chart.legend(1 + 2 * row, f"measured: {EXECUTORS[name]}", COLOURS[name], "dot")
        chart.legend(2 + 2 * row, f"simulated: {EXECUTORS[name]}", COLOURS[name], "line")
    title = "Paintings a second against workers: one bot, all on one machine of two cores"
    chart.text((ZOOM * LEFT, ZOOM * 24), title, size=18)
    chart.text((ZOOM * (LEFT + RIGHT) / 2, ZOOM * (BOTTOM + 34)), "workers", "ma")
    return chart.image.resize(SIZE, Image.Resampling.LANCZOS)
