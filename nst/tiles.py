"""How a picture is split into tiles, and the margins around them. Pure arithmetic."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

GRID = 16  # pixels: a position of the network's deepest layer covers so many each way
MOST = 96  # tiles in a row or column: then they have under a hundred pixels, at the largest size


@dataclass(frozen=True)
class Tile:
    """A rectangle of pixels: from `top` and `left` to before `bottom` and `right`."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def area(self) -> int:
        """In pixels."""
        return (self.bottom - self.top) * (self.right - self.left)

    def edges(self, step: int = 1) -> tuple[slice, slice]:
        """Its rows and columns in an array, where one position stands for `step` pixels."""
        rows = slice(self.top // step, self.bottom // step)
        return rows, slice(self.left // step, self.right // step)

    def around(self, margin: int, height: int, width: int) -> "Tile":
        """With `margin` more on each side, where the picture has it."""
        return Tile(
            max(0, self.top - margin),
            min(height, self.bottom + margin),
            max(0, self.left - margin),
            min(width, self.right + margin),
        )

    def inside(self, outer: "Tile") -> "Tile":
        """The same pixels, counted from the top left of `outer`, which has them all."""
        return Tile(
            self.top - outer.top,
            self.bottom - outer.top,
            self.left - outer.left,
            self.right - outer.left,
        )


def tiles(height: int, width: int, most: int, margin: int) -> list[Tile]:
    """Tiles that cover the picture once, each with its margin of at most `most` pixels.

    Of all such the cheapest, with as little overlap as may be. Their edges inside the picture are
    multiples of `GRID`; `margin` must be one. Where `most` is less than any tile has, they are as
    small as they can be.
    """
    rows, columns = list(_splits(height, margin)), list(_splits(width, margin))
    found = [(one, other) for one in rows for other in columns]
    fitting = [pair for pair in found if _largest(*pair) <= most]
    chosen = min(fitting, key=_cost) if fitting else min(found, key=lambda pair: _largest(*pair))
    return [
        Tile(top, bottom, left, right)
        for top, bottom in pairwise(chosen[0].edges)
        for left, right in pairwise(chosen[1].edges)
    ]


@dataclass(frozen=True)
class _Split:
    """One side of the picture in parts: where they meet, and their lengths with the margins."""

    edges: list[int]
    longest: int
    total: int


def _splits(side: int, margin: int) -> Iterator[_Split]:
    """In one part, in two, in three …, as equal as the grid lets them be."""
    cells = side // GRID
    for count in range(1, min(max(1, cells), MOST) + 1):
        edges = [*(GRID * (cells * number // count) for number in range(count)), side]
        lengths = [
            min(side, end + margin) - max(0, start - margin) for start, end in pairwise(edges)
        ]
        yield _Split(edges, max(lengths), sum(lengths))


def _largest(rows: _Split, columns: _Split) -> int:
    return rows.longest * columns.longest


def _cost(pair: tuple[_Split, _Split]) -> int:
    return pair[0].total * pair[1].total
