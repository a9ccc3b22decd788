"""What a bench has measured, and what follows from it. Pure."""

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from nst.options import Quality

# What pictures are compared by: the engine's loss, or that which the tutorial's recipe minimises.
Measure = Literal["loss", "tutorial_loss"]
MEASURES: tuple[Measure, ...] = get_args(Measure)


@dataclass(frozen=True)
class Speed:
    """Seconds a step at one size; None where there is not enough memory."""

    width: int
    height: int
    float32: float | None  # a full step of ours: the loss, its gradient, L-BFGS
    bfloat16: float | None
    unit: float | None  # the tutorial's network to conv5_1, float32, forward and gradient
    tensorfloat32: float | None = None  # of ours; graphics cards have it


@dataclass(frozen=True)
class Painted:
    """One picture of ours."""

    quality: Quality
    seconds: float  # from loaded weights to the finished picture
    loss: float
    tutorial_loss: float


@dataclass(frozen=True)
class Check:
    """The tutorial's picture after some steps of its recipe, and what they took."""

    steps: int
    seconds: float
    loss: float
    tutorial_loss: float


@dataclass(frozen=True)
class Needed:
    """What the tutorial's recipe needs to be as good; where it was not: what was not enough."""

    reached: bool
    steps: int
    seconds: float
    times: float  # the seconds over those of our picture


@dataclass
class Figures:
    """All that was measured so far. Losses are of pictures as they are saved, of one size."""

    device: str
    precision: str  # what `auto` chooses here
    width: int  # of the painted pictures
    height: int
    speeds: list[Speed] = field(default_factory=list)
    painted: list[Painted] = field(default_factory=list)
    tutorial: list[Check] = field(default_factory=list)  # from step 0, the content, on
    lacked_memory: list[str] = field(default_factory=list)  # qualities, `tutorial`
    interrupted: bool = False
    cards: list[str] = field(default_factory=list)  # the names of the graphics cards

    @property
    def unit(self) -> float | None:
        """Seconds of a unit at the size of the painted pictures."""
        size = (self.width, self.height)
        return next((row.unit for row in self.speeds if (row.width, row.height) == size), None)

    def units(self, seconds: float) -> float | None:
        """`seconds` counted in units."""
        return None if self.unit is None else seconds / self.unit

    def needed(self, ours: Painted, measure: Measure) -> Needed | None:
        """When the tutorial's picture first was as good as ours; None where none was looked at.

        Between two looks the loss is taken to fall along a straight line.
        """
        if not self.tutorial:
            return None
        goal = getattr(ours, measure)
        losses = [getattr(check, measure) for check in self.tutorial]
        reached = next((n for n, loss in enumerate(losses) if loss <= goal), None)
        after = self.tutorial[-1 if reached is None else reached]
        steps, seconds = float(after.steps), after.seconds
        if reached:
            before = self.tutorial[reached - 1]
            part = (losses[reached - 1] - goal) / (losses[reached - 1] - losses[reached])
            steps = before.steps + part * (after.steps - before.steps)
            seconds = before.seconds + part * (after.seconds - before.seconds)
        return Needed(reached is not None, math.ceil(steps), seconds, seconds / ours.seconds)

    def to_dict(self) -> dict[str, Any]:
        """All of it and what follows from it, as JSON has it."""
        return {
            **asdict(self),
            "unit": self.unit,
            "needed": {
                ours.quality: {
                    measure: asdict(needed)
                    for measure in MEASURES
                    if (needed := self.needed(ours, measure))
                }
                for ours in self.painted
            },
        }
