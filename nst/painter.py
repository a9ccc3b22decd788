"""The optimisation, coarse to fine: the image itself is the variable. TensorFlow, no files."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import tensorflow as tf

from nst.clock import Clock
from nst.images import to_array
from nst.lbfgs import Lbfgs
from nst.objective import Loss, Objective, Targets
from nst.schedule import Stage, cost_left, within
from nst.subject import Floats, Subject, scaled, scaled_style

# A point's loss and gradient, and the full loss where it is known.
Evaluate = Callable[[tf.Tensor], tuple[float, tf.Tensor, Loss | None]]


@dataclass(frozen=True)
class Moment:
    """The state after a step. `picture` is float32, (height, width, 3), not yet clipped."""

    stage: int
    step: int  # within the stage
    stages: list[Stage]  # the plan, which a deadline may change on the way
    loss: float
    seconds_left: float
    picture: Callable[[], Floats]


@dataclass
class Painting:
    """What a run has reached, and how long each stage took."""

    picture: Floats
    loss: Loss | None = None  # of `picture`; None before the first step
    schedule: list[dict[str, Any]] = field(default_factory=list)
    stopped: bool = False


class Painter:
    """Paints one subject over the stages of a plan, once."""

    def __init__(
        self, objective: Objective, subject: Subject, stages: list[Stage], clock: Clock
    ) -> None:
        self.objective, self.subject = objective, subject
        self.stages, self.clock = list(stages), clock
        self._full: tuple[Stage, Targets] | None = None  # the finest full targets so far

    def paint(
        self,
        on_step: Callable[[Moment], None],
        stop: Callable[[], bool],
        picture: Floats,
        stage: int = 0,
        step: int = 0,
    ) -> Painting:
        """Run every stage from step `step` of `stage` on, beginning with `picture`.

        `stop` is asked before each step; once it says yes, the painting so far comes back with
        `stopped` set.
        """
        painting = Painting(picture)
        for number in range(stage, len(self.stages)):
            began = time.perf_counter()
            first = step if number == stage else 0
            self._replan(number)
            content = scaled(self.subject.content, self.stages[number])
            if painting.picture.shape != content.shape:
                painting.picture = enlarged(painting.picture, content)
            targets = self._targets(self.stages[number], content)
            reached = self._paint_stage(painting, number, first, targets, on_step, stop)
            touched = reached > 0 or number > 0
            ended = painting.stopped or number == len(self.stages) - 1
            if touched and ended and painting.loss is None:
                painting.loss = self._measured(painting, self.stages[number])
            painting.schedule.append(
                {
                    "width": self.stages[number].width,
                    "height": self.stages[number].height,
                    "steps": reached - first,
                    "seconds": round(time.perf_counter() - began, 3),
                }
            )
            if painting.stopped:
                break
        return painting

    def _replan(self, number: int) -> None:
        """Where there is a deadline, fit the rest of the plan to the speed measured so far."""
        pixels = [stage.width * stage.height for stage in self.stages[number:]]
        affordable = self.clock.affordable(pixels[0], sum(pixels[1:]))
        if affordable is not None:
            self.stages[number:] = within(self.stages[number:], affordable)

    def _paint_stage(
        self,
        painting: Painting,
        number: int,
        step: int,
        targets: Targets,
        on_step: Callable[[Moment], None],
        stop: Callable[[], bool],
    ) -> int:
        """Paint one stage from `step` on; returns the step it has reached."""
        stage = self.stages[number]
        late = False
        for end, evaluate in self._phases(painting, number, targets):
            optimiser = Lbfgs(tf.constant(painting.picture[np.newaxis]))
            while step < end and not (painting.stopped or late):
                longer = stage if step < stage.steps else stage.longer()
                cost = longer.cost(step) - longer.cost(step + 1)
                if stop():
                    painting.stopped = True
                elif self.clock.is_over(cost, stage.width * stage.height):
                    late = True
                else:
                    self.stages[number] = stage = longer
                    loss = self._step(painting, optimiser, evaluate, cost)
                    step += 1
                    on_step(self._moment(number, step, loss, optimiser))
            # The newest point has not been evaluated: later steps would correct a bad one, but
            # what is given away must be the best that is known.
            done = painting.stopped or late or step == stage.steps
            best = done and (painting.stopped or number == len(self.stages) - 1)
            painting.picture = _to_array(optimiser.best if best else optimiser.point)
            painting.loss = painting.loss if best else None
        return step

    def _moment(self, number: int, step: int, loss: float, optimiser: Lbfgs) -> Moment:
        left = self.clock.left(cost_left(self.stages, number, step))
        return Moment(
            number, step, list(self.stages), loss, left, lambda: _to_array(optimiser.best)
        )

    def _phases(
        self, painting: Painting, number: int, targets: Targets
    ) -> list[tuple[float, Evaluate]]:
        """Up to which step which loss is minimised; at least one, as a stage is.

        With a deadline the last has no end but that: plans are careful, and leave some time.
        """
        anchor = tf.constant(painting.picture[np.newaxis])

        def texture(point: tf.Tensor) -> tuple[float, tf.Tensor, None]:
            return *self.objective.evaluate_texture(point, targets, anchor), None

        def full(point: tf.Tensor) -> tuple[float, tf.Tensor, Loss]:
            loss, gradient = self.objective.evaluate(point, targets)
            return loss.total, gradient, loss

        stage = self.stages[number]
        phases: list[tuple[float, Evaluate]] = []
        if stage.texture:
            phases.append((stage.texture, texture))
        if stage.full:
            phases.append((stage.steps, full))
        if number == len(self.stages) - 1 and self.clock.has_deadline:
            phases[-1] = (math.inf, phases[-1][1])
        return phases

    def _step(self, painting: Painting, optimiser: Lbfgs, evaluate: Evaluate, cost: float) -> float:
        began = time.perf_counter()
        value, gradient, loss = evaluate(optimiser.point)
        optimiser.step(value, gradient)
        if optimiser.best_loss == value:
            painting.loss = loss
        self.clock.add(time.perf_counter() - began, cost)
        return value

    def _targets(self, stage: Stage, content: Floats) -> Targets:
        """The stage's targets; `content` is the content at its size."""
        subject, mask = self.subject, self.subject.mask
        styles = [
            tf.constant(to_array(scaled_style(style, stage, subject.style_scale))[np.newaxis])
            for style in subject.styles
        ]
        targets = self.objective.targets(
            tf.constant(content[np.newaxis]),
            styles,
            subject.weights,
            subject.strength,
            mask and tf.constant(scaled(mask, stage)[np.newaxis, ..., :1]),
            texture_only=stage.full == 0,
        )
        if stage.full:
            self._full = (stage, targets)
        return targets

    def _measured(self, painting: Painting, stage: Stage) -> Loss:
        """The full loss of the picture; where its stage has none, at the stage before that."""
        if self._full is None:
            self._targets(replace(stage, full=1), scaled(self.subject.content, stage))
        assert self._full is not None  # noqa: S101 - for the type checker
        known, targets = self._full
        size = (known.height, known.width)
        point = tf.image.resize(painting.picture[np.newaxis], size, antialias=True)
        return self.objective.measure(point, targets)


def enlarged(picture: Floats, content: Floats) -> Floats:
    """`picture` at the size of `content`, with the detail that only the content has at that size.

    The style's layers then start from edges where edges belong, which saves several steps.
    """
    coarse = tf.image.resize(content, picture.shape[:2], "bicubic", antialias=True)
    both = tf.image.resize(tf.stack([picture, coarse]), content.shape[:2], "bicubic").numpy()
    larger: Floats = both[0] + content - both[1]
    return larger


def _to_array(point: tf.Tensor) -> Floats:
    array: Floats = point[0].numpy()
    return array
