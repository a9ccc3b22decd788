"""How many steps at which size: the coarse-to-fine plan. Pure arithmetic.

The coarse scales are cheap and bring the large strokes and motifs; the finer ones only refine
what is there already, so they need fewer steps. A fine scale begins with texture steps, which
look at the network's first blocks only and so cost a third: they turn the enlarged picture's blur
into brush marks, and the full steps that follow start from there.
"""

import math
from dataclasses import dataclass, replace

from nst.options import Quality

# (texture, full) steps from the coarsest scale on; the last pair holds for every further scale.
# The qualities are points on one line of effort: 0, 1, 2.
STEPS: tuple[tuple[tuple[int, int], ...], ...] = (
    ((0, 16), (0, 8), (8, 0), (8, 0)),
    ((0, 54), (0, 32), (10, 9), (10, 4)),
    ((0, 150), (0, 100), (12, 55), (12, 20)),
)
EFFORT: dict[Quality, float] = {"draft": 0.0, "standard": 1.0, "fine": 2.0}
MIN_EFFORT, MAX_EFFORT = -0.9, 40.0
TEXTURE_COST = 0.31  # of a full step: the multiply-adds of VGG-19 to conv3_1 over those to conv5_1
COARSEST_AREA = 80**2  # pixels; below this the layout of the content drifts
COARSEST_SIDE = 48  # pixels of the short side: three positions at conv5_1
RETOUCH = 0.25  # of the usual cost, for going on from a finished picture


@dataclass(frozen=True)
class Stage:
    """One scale of the plan."""

    width: int
    height: int
    texture: int  # steps of the texture loss, which come first
    full: int  # steps of the full loss

    @property
    def steps(self) -> int:
        """All steps of the stage."""
        return self.texture + self.full

    def longer(self, steps: int = 1) -> "Stage":
        """So many steps more, of the kind that it ends with; none where `steps` is negative."""
        more = max(0, steps)
        if self.full:
            return replace(self, full=self.full + more)
        return replace(self, texture=self.texture + more)

    def cost(self, done: int = 0) -> float:
        """What the steps after the first `done` cost, in full steps times pixels."""
        texture = max(0, self.texture - done)
        full = self.steps - max(done, self.texture)
        return self.width * self.height * (TEXTURE_COST * texture + full)


def plan(width: int, height: int, effort: float) -> list[Stage]:
    """The stages from the coarsest to the last, which is `width` by `height` pixels."""
    halvings = max(
        0,
        min(
            int(math.log2(max(1.0, width * height / COARSEST_AREA)) / 2),
            int(math.log2(max(1.0, min(width, height) / COARSEST_SIDE))),
        ),
    )
    return [
        Stage(
            max(1, round(width / 2**level)),
            max(1, round(height / 2**level)),
            *_steps(halvings - level, effort),
        )
        for level in range(halvings, -1, -1)
    ]


def retouch(width: int, height: int, effort: float) -> list[Stage]:
    """The stages that change a finished picture: the last two, for a quarter of the full cost."""
    full = plan(width, height, effort)
    last = full[-2:]
    share = min(1.0, RETOUCH * cost_left(full, 0, 0) / cost_left(last, 0, 0))
    return [
        Stage(
            stage.width,
            stage.height,
            int(stage.texture * share),
            max(1, int(stage.full * share)),
        )
        for stage in last
    ]


def within(stages: list[Stage], cost: float) -> list[Stage]:
    """The same scales with as many steps as `cost` pays for, in full steps times pixels."""
    if not stages:
        return stages

    def at(effort: float) -> list[Stage]:
        whole = plan(stages[-1].width, stages[-1].height, effort)
        return whole[len(whole) - len(stages) :]

    low, high = MIN_EFFORT, MAX_EFFORT
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if cost_left(at(middle), 0, 0) <= cost else (low, middle)
    return at(low)


def cost_left(stages: list[Stage], stage: int, step: int) -> float:
    """What remains after `step` steps of `stages[stage]`, in full steps times pixels."""
    return stages[stage].cost(step) + sum(later.cost() for later in stages[stage + 1 :])


def largest(ratio: float, effort: float, cost: float) -> int:
    """The long side of the largest picture that `cost` pays for, a multiple of 64, 256 to 2048.

    `ratio` is the short side over the long side.
    """
    for side in range(2048, 256, -64):
        if cost_left(plan(side, max(1, round(side * ratio)), effort), 0, 0) <= cost:
            return side
    return 256


def _steps(index: int, effort: float) -> tuple[int, int]:
    """(texture, full) steps of the scale number `index`, at any effort."""
    rows = [row[min(index, len(row) - 1)] for row in STEPS]
    if effort <= 0:
        texture, full = (count * (1 + effort) for count in rows[0])
    elif effort >= 2:
        texture, full = rows[2][0], rows[2][1] * (effort - 1)
    else:
        below, above = rows[int(effort)], rows[int(effort) + 1]
        part = effort - int(effort)
        texture, full = (a + (b - a) * part for a, b in zip(below, above, strict=True))
    steps = round(texture), round(full)
    return steps if sum(steps) else (0, 1)
