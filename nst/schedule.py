"""How many steps at which size: the coarse-to-fine plan. Pure arithmetic.

The coarse scales are cheap and bring the large strokes and motifs; the finer ones only refine
what is there already, so they need fewer steps (RECIPE.md has the measurements).
"""

import math
from dataclasses import dataclass

from nst.options import Quality

# Steps from the coarsest scale to the finest; the last figure holds for every further scale.
STEPS: dict[Quality, tuple[int, ...]] = {
    "draft": (30, 12, 3),
    "standard": (60, 40, 15, 10),
    "fine": (120, 90, 50, 30),
}
COARSEST_AREA = 80**2  # pixels; below this the layout of the content drifts
COARSEST_SIDE = 48  # pixels of the short side: three positions at conv5_1


@dataclass(frozen=True)
class Stage:
    """One scale of the plan."""

    width: int
    height: int
    steps: int

    @property
    def pixels(self) -> int:
        """The stage's area: what one step at it costs, up to a factor."""
        return self.width * self.height


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
            steps=steps[min(halvings - level, len(steps) - 1)],
        )
        for level in range(halvings, -1, -1)
    ]


def seconds_left(stages: list[Stage], stage: int, step: int, seconds_per_pixel: float) -> float:
    """What remains after `step` steps of `stages[stage]`, from the speed measured so far."""
    rest = (stages[stage].steps - step) * stages[stage].pixels
    rest += sum(later.steps * later.pixels for later in stages[stage + 1 :])
    return rest * seconds_per_pixel
