"""How many steps at which size: the coarse-to-fine plan. Pure arithmetic.

The coarse scales are cheap and bring the large strokes and motifs; the finer ones only refine
what is there already, so they need fewer steps. A fine scale begins with texture steps, which
look at the network's first blocks only and so cost a third: they turn the enlarged picture's blur
into brush marks, and the full steps that follow start from there.
"""

import math
from dataclasses import dataclass

from nst.options import Quality

# (texture, full) steps from the coarsest scale on; the last pair holds for every further scale.
STEPS: dict[Quality, tuple[tuple[int, int], ...]] = {
    "draft": ((0, 28), (0, 10), (9, 0)),
    "standard": ((0, 60), (0, 40), (10, 10), (10, 4)),
    "fine": ((0, 150), (0, 100), (12, 55), (12, 20)),
}
TEXTURE_COST = 0.31  # of a full step: the multiply-adds of VGG-19 to conv3_1 over those to conv5_1
COARSEST_AREA = 80**2  # pixels; below this the layout of the content drifts
COARSEST_SIDE = 48  # pixels of the short side: three positions at conv5_1


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

    def cost(self, done: int = 0) -> float:
        """What the steps after the first `done` cost, in full steps times pixels."""
        texture = max(0, self.texture - done)
        full = self.steps - max(done, self.texture)
        return self.width * self.height * (TEXTURE_COST * texture + full)


def plan(width: int, height: int, quality: Quality) -> list[Stage]:
    """The stages from the coarsest to the last, which is `width` by `height` pixels."""
    halvings = max(
        0,
        min(
            int(math.log2(max(1.0, width * height / COARSEST_AREA)) / 2),
            int(math.log2(max(1.0, min(width, height) / COARSEST_SIDE))),
        ),
    )
    steps = STEPS[quality]
    return [
        Stage(
            width=max(1, round(width / 2**level)),
            height=max(1, round(height / 2**level)),
            texture=steps[min(halvings - level, len(steps) - 1)][0],
            full=steps[min(halvings - level, len(steps) - 1)][1],
        )
        for level in range(halvings, -1, -1)
    ]


def cost_left(stages: list[Stage], stage: int, step: int) -> float:
    """What remains after `step` steps of `stages[stage]`, in full steps times pixels."""
    return stages[stage].cost(step) + sum(later.cost() for later in stages[stage + 1 :])
