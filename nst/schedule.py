"""How many steps at which size: the coarse-to-fine plan. Pure arithmetic.

The coarse scales are cheap and bring the large strokes and motifs; the finer ones only refine
what is there already, so they need fewer steps. A fine scale begins with texture steps, which
look at the network's first blocks only and so cost a third: they turn the enlarged picture's blur
into brush marks, and the full steps that follow start from there. Above `FINISH_AREA` steps pay no
more: such a scale is finished without any (`nst.finish`).
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
FINISH_AREA = 2**21  # pixels: 1672 x 1254 is painted, 2048 x 1536 finished
EFFORT: dict[Quality, float] = {"draft": 0.0, "standard": 1.0, "fine": 2.0}
MIN_EFFORT, MAX_EFFORT = -0.9, 40.0
TEXTURE_COST = 0.31  # of a full step: the multiply-adds of VGG-19 to conv3_1 over those to conv5_1
# What a stage costs besides its steps, in full steps: its targets, and at the end the evaluation
# without a gradient, and the combing.
TARGETS_COST, MEASURE_COST = 1.2, 0.5
FINISH_COST = 0.3  # of a stage that is finished, in full steps
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

    @property
    def area(self) -> int:
        """In pixels."""
        return self.width * self.height

    @property
    def finishing(self) -> bool:
        """Whether the stage has nothing to paint, and only makes a larger picture crisp."""
        return not self.steps

    def longer(self, steps: int = 1) -> "Stage":
        """So many steps more, of the kind that it ends with; none where `steps` is negative."""
        more = max(0, steps)
        if self.full:
            return replace(self, full=self.full + more)
        return replace(self, texture=self.texture + more)

    def cost(self, done: int = 0) -> float:
        """What the steps after the first `done` cost, in full steps times pixels.

        To finish counts as one.
        """
        if self.finishing:
            return 0.0 if done else self.area * FINISH_COST
        texture = max(0, self.texture - done)
        full = self.steps - max(done, self.texture)
        return self.area * (TEXTURE_COST * texture + full)

    @property
    def targets_cost(self) -> float:
        """What the targets cost, likewise."""
        return 0.0 if self.finishing else self.area * TARGETS_COST

    @property
    def measure_cost(self) -> float:
        """What the last evaluation costs after this stage: a finished one's is of one before it."""
        return MEASURE_COST * min(self.area, FINISH_AREA)


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
            *_steps(halvings - level, width * height / 4**level, effort),
        )
        for level in range(halvings, -1, -1)
    ]


def retouch(width: int, height: int, effort: float) -> list[Stage]:
    """The stages that change a finished picture: the last two, for a quarter of their full cost.

    A large picture's are the last two that are painted, and all that finish it, whole.
    """
    stages = plan(width, height, effort)
    painted = [stage for stage in stages if not stage.finishing]
    last = painted[-2:]
    share = min(1.0, RETOUCH * cost_left(painted, 0, 0) / cost_left(last, 0, 0))
    changed = [
        Stage(
            stage.width,
            stage.height,
            int(stage.texture * share),
            max(1, int(stage.full * share)),
        )
        for stage in last
    ]
    return changed + stages[len(painted) :]


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


def overhead(stages: list[Stage]) -> float:
    """What all stages cost besides their steps, in full steps times pixels."""
    return sum(stage.targets_cost for stage in stages) + stages[-1].measure_cost


def largest(ratio: float, effort: float, cost: float) -> int:
    """The long side of the largest picture that `cost` pays for, a multiple of 64, 256 to 2048.

    `ratio` is the short side over the long side. A size just above `FINISH_AREA` is cheaper than
    one just below, since less of it is painted: it is taken only where the dearer is paid for, too.
    """
    best, dearest = 256, 0.0
    for side in range(320, 2048 + 1, 64):
        stages = plan(side, max(1, round(side * ratio)), effort)
        needed = cost_left(stages, 0, 0)
        if not stages[-1].finishing:
            dearest = max(dearest, needed)
        if max(needed, dearest if stages[-1].finishing else 0.0) <= cost:
            best = side
    return best


def _steps(index: int, area: float, effort: float) -> tuple[int, int]:
    """(texture, full) steps of the scale number `index`, of `area` pixels, at any effort."""
    if area > FINISH_AREA:
        return 0, 0
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
