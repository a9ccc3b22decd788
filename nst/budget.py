"""How a painting is fitted into the memory there is: predictions, and what is chosen by them.

Pure arithmetic, on bytes a pixel as they were measured: `tests/benchmarks/test_memory.py` has the
table. What TensorFlow has taken it keeps until its process ends, so a painting needs as much as
its dearest stage, and what comes after that is on top: a large picture that is finished, too.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from nst.images import fit
from nst.options import MAX_SIZE
from nst.schedule import EFFORT, Stage, plan

FIXED_MB = 60  # kernels and graphs
FULL, TEXTURE = 2040, 1840  # of what a step works on at once
STATE = 130  # of the picture, its copies and the gradients
PAIR = 24  # of each step that is remembered
CONTENT, MASK = 32, 16  # of the content's features, and of what each layer has of a mask
FINISH = 46  # of a picture that is finished: of its tiles there is one at a time
SOURCE = 4  # of a picture as it was loaded

HISTORY, SHORTEST = 10, 3  # steps that are remembered
GOOD_TILE = 2**20  # pixels: of smaller ones the margins cost more than short histories do
SMALLEST_TILE = 2**18
LARGEST_TILE = 2**21  # larger ones would gain little, and leave others less
MARGIN, NARROW = 80, 16  # around a tile: where full steps look, and where those of texture do
TWICE = 1.5  # the features once more: a gradient takes as long as they do
CAREFUL = 0.9  # of the room: a prediction may be a little off


@dataclass(frozen=True)
class Fit:
    """How a stage is painted: whole or in tiles, and how many steps are remembered."""

    most: int | None  # pixels of a tile, with its margin; None: the picture as a whole
    history: int
    mb: int  # what it needs, in megabytes (2^20 bytes), beside a process that has loaded all
    work: float = 1.0  # of a step, against the picture as a whole


class Budget:
    """What one painting may take."""

    def __init__(
        self, room_mb: int | None, sources: int = 0, *, masked: bool = False, finished: int = 0
    ) -> None:
        """`room_mb` is what there is, None where that is unknown.

        `sources` are the pixels loaded, `finished` those of the largest stage that is finished.
        """
        self._room = None if room_mb is None else int(room_mb * CAREFUL)
        self._sources, self._masked, self._finished = sources, masked, finished

    def fit(self, stage: Stage) -> Fit | None:
        """The fastest way to paint the stage; None where there is not enough memory for any."""
        if stage.finishing:
            return self._held(None, 0, 0)
        for history in range(HISTORY, SHORTEST - 1, -1):
            if (found := self._fit(stage, None, history)) is not None:
                return found
        for tile in (GOOD_TILE, SMALLEST_TILE):
            for history in range(HISTORY, SHORTEST - 1, -1):
                if (found := self._in_tiles(stage, tile, history)) is not None:
                    return found
        return None

    def halved(self, stage: Stage) -> "Budget":
        """Half of what the stage was given: it was not enough, whatever is predicted."""
        found = self.fit(stage)
        room = 0 if found is None else found.mb // 2
        return Budget(
            int(room / CAREFUL), self._sources, masked=self._masked, finished=self._finished
        )

    def holds(self, stages: Iterable[Stage]) -> bool:
        """Whether there is a way for each."""
        return all(self.fit(stage) is not None for stage in stages)

    def _in_tiles(self, stage: Stage, least: int, history: int) -> Fit | None:
        """With tiles as large as can be, `least` pixels or more."""
        smallest = self._fit(stage, least, history)
        if smallest is None or self._room is None:
            return smallest
        more = (self._room - smallest.mb) * 2**20 // _step(stage)
        most = min(least + more, LARGEST_TILE, stage.area)
        return self._fit(stage, most, history)

    def _fit(self, stage: Stage, most: int | None, history: int) -> Fit | None:
        pairs = min(history, max(stage.texture, stage.full))
        held = STATE + PAIR * pairs + CONTENT * bool(stage.full) + MASK * self._masked
        count = held * stage.area + _step(stage) * (stage.area if most is None else most)
        return self._held(most, history, count, 1.0 if most is None else _work(stage, most))

    def _held(self, most: int | None, history: int, count: int, work: float = 1.0) -> Fit | None:
        """With `count` bytes beside the pictures; None where that is too much."""
        mb = FIXED_MB + (count + SOURCE * self._sources + FINISH * self._finished) // 2**20
        if self._room is not None and mb > self._room:
            return None
        return Fit(most, history, mb, work)


def needed_mb(width: int, height: int) -> int:
    """What full steps take of a picture as a whole, beside TensorFlow itself, in megabytes."""
    found = Budget(None).fit(Stage(width, height, 0, HISTORY))
    assert found is not None  # noqa: S101 - there is no limit
    return found.mb


def finished_area(stages: Iterable[Stage]) -> int:
    """The pixels of the largest stage that is finished; 0 where all are painted."""
    return max((stage.area for stage in stages if stage.finishing), default=0)


def largest_side(
    size: tuple[int, int], room_mb: int, sources: int = 0, *, masked: bool = False
) -> int:
    """The long side, a multiple of 16, up to which pictures of `size`'s shape fit into `room_mb`.

    A larger one may fit, too: where it is finished, it is painted at half of its size.
    """
    for side in range(16, MAX_SIZE + 1, 16):
        stages = plan(*fit(size, side), EFFORT["fine"])
        budget = Budget(room_mb, sources, masked=masked, finished=finished_area(stages))
        if not budget.holds(stages):
            return side - 16
    return MAX_SIZE


def _work(stage: Stage, most: int) -> float:
    """The features are computed twice, and the margins besides."""
    side = math.sqrt(min(most, stage.area))
    inner = max(1.0, side - 2 * (MARGIN if stage.full else NARROW))
    return TWICE * math.pow(side / inner, 2)


def _step(stage: Stage) -> int:
    return FULL if stage.full else TEXTURE
