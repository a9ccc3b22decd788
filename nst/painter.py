"""The optimisation, coarse to fine: the image itself is the variable. TensorFlow, no files."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from PIL import Image

from nst.images import fit, resize, to_array
from nst.lbfgs import Lbfgs
from nst.objective import Loss, Objective, Targets
from nst.schedule import Stage, cost_left

Floats = npt.NDArray[np.float32]
Evaluate = Callable[[tf.Tensor], tuple[float, tf.Tensor]]


@dataclass(frozen=True)
class Moment:
    """The state after a step. `picture` is float32, (height, width, 3), not yet clipped."""

    stage: int
    step: int  # within the stage
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
    """Paints one content with one set of styles over the stages of a plan, once."""

    def __init__(
        self,
        objective: Objective,
        content: Image.Image,
        styles: list[Image.Image],
        stages: list[Stage],
        strength: float,
    ) -> None:
        self.objective, self.content, self.styles = objective, content, styles
        self.stages, self.strength = stages, strength
        self._seconds, self._cost = 0.0, 0.0  # of the steps so far

    def paint(
        self,
        on_step: Callable[[Moment], None],
        stop: Callable[[], bool],
        start: tuple[int, int, Floats] | None = None,
    ) -> Painting:
        """Run every stage, or those that remain after `start` (stage, step, picture).

        `stop` is asked before each step; once it says yes, the painting so far comes back with
        `stopped` set.
        """
        first, skip, picture = start or (0, 0, self.scaled_content(self.stages[0]))
        painting = Painting(picture)
        for number in range(first, len(self.stages)):
            stage, began = self.stages[number], time.perf_counter()
            if painting.picture.shape[:2] != (stage.height, stage.width):
                painting.picture = self._enlarge(painting.picture, stage)
            targets = self._targets(stage)
            step = self._paint_stage(painting, number, skip, targets, on_step, stop)
            if step and (painting.stopped or number == len(self.stages) - 1):
                point = tf.constant(painting.picture[np.newaxis])
                painting.loss = self.objective.measure(point, targets)
            painting.schedule.append(
                {
                    "width": stage.width,
                    "height": stage.height,
                    "steps": step - skip,
                    "seconds": round(time.perf_counter() - began, 3),
                }
            )
            if painting.stopped:
                break
            skip = 0
        return painting

    def _paint_stage(
        self,
        painting: Painting,
        number: int,
        skip: int,
        targets: Targets,
        on_step: Callable[[Moment], None],
        stop: Callable[[], bool],
    ) -> int:
        """Paint one stage from step `skip` on; returns the step it has reached."""
        stage, step = self.stages[number], skip
        for end, evaluate in self._phases(painting, stage, targets):
            optimiser = Lbfgs(tf.constant(painting.picture[np.newaxis]))
            while step < end and not painting.stopped:
                if stop():
                    painting.stopped = True
                    break
                loss = self._step(optimiser, evaluate, stage.cost(step) - stage.cost(step + 1))
                step += 1
                left = cost_left(self.stages, number, step) * self._seconds / self._cost
                on_step(Moment(number, step, loss, left, lambda: _to_array(optimiser.best)))  # noqa: B023 - used within the call
            # The newest point has not been evaluated: later steps would correct a bad one, but
            # what is given away must be the best that is known.
            finished = painting.stopped or (step == stage.steps and stage is self.stages[-1])
            painting.picture = _to_array(optimiser.best if finished else optimiser.point)
        return step

    def _phases(
        self, painting: Painting, stage: Stage, targets: Targets
    ) -> list[tuple[int, Evaluate]]:
        """Up to which step which loss is minimised."""
        anchor = tf.constant(painting.picture[np.newaxis])

        def texture(point: tf.Tensor) -> tuple[float, tf.Tensor]:
            return self.objective.evaluate_texture(point, targets, anchor)

        def full(point: tf.Tensor) -> tuple[float, tf.Tensor]:
            loss, gradient = self.objective.evaluate(point, targets)
            return loss.total, gradient

        return [(stage.texture, texture), (stage.steps, full)]

    def _step(self, optimiser: Lbfgs, evaluate: Evaluate, cost: float) -> float:
        began = time.perf_counter()
        loss, gradient = evaluate(optimiser.point)
        optimiser.step(loss, gradient)
        self._seconds += time.perf_counter() - began
        self._cost += cost
        return loss

    def _targets(self, stage: Stage) -> Targets:
        content = tf.constant(self.scaled_content(stage)[np.newaxis])
        styles = [
            tf.constant(to_array(scaled_style(style, stage))[np.newaxis]) for style in self.styles
        ]
        return self.objective.targets(content, styles, self.strength)

    def scaled_content(self, stage: Stage) -> Floats:
        """The content at a stage's size, float32, (height, width, 3)."""
        return to_array(resize(self.content, (stage.width, stage.height)))

    def _enlarge(self, picture: Floats, stage: Stage) -> Floats:
        """`picture` at the stage's size, with the detail that only the content has at that size.

        The style's layers then start from edges where edges belong, which saves several steps.
        """
        content = self.scaled_content(stage)
        coarse = tf.image.resize(content, picture.shape[:2], "bicubic", antialias=True)
        both = tf.image.resize(tf.stack([picture, coarse]), content.shape[:2], "bicubic").numpy()
        enlarged: Floats = both[0] + content - both[1]
        return enlarged


def scaled_style(style: Image.Image, stage: Stage) -> Image.Image:
    """The style picture at the stage's area, whatever its shape: strokes keep their scale."""
    factor = (stage.width * stage.height / (style.width * style.height)) ** 0.5
    return resize(style, fit(style.size, max(1, round(max(style.size) * factor))))


def _to_array(point: tf.Tensor) -> Floats:
    array: Floats = point[0].numpy()
    return array
