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
from nst.schedule import Stage, seconds_left

Floats = npt.NDArray[np.float32]


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
    """A run: what it has reached, and how long each stage took."""

    picture: Floats
    loss: Loss | None = None
    schedule: list[dict[str, Any]] = field(default_factory=list)
    stopped: bool = False


class Painter:
    """Paints one content with one set of styles over the stages of a plan."""

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
        first, skip, picture = start or (0, 0, self._scaled_content(self.stages[0]))
        painting = Painting(picture)
        for number in range(first, len(self.stages)):
            stage = self.stages[number]
            if painting.picture.shape[:2] != (stage.height, stage.width):
                painting.picture = self._enlarge(painting.picture, stage)
            began = time.perf_counter()
            taken = self._run_stage(painting, number, skip, on_step, stop)
            seconds = round(time.perf_counter() - began, 3)
            painting.schedule.append(
                {"width": stage.width, "height": stage.height, "steps": taken, "seconds": seconds}
            )
            if painting.stopped:
                break
            skip = 0
        return painting

    def _run_stage(
        self,
        painting: Painting,
        number: int,
        skip: int,
        on_step: Callable[[Moment], None],
        stop: Callable[[], bool],
    ) -> int:
        """Paint one stage from step `skip` on; returns the steps taken."""
        stage, last = self.stages[number], number == len(self.stages) - 1
        targets = self._targets(stage)
        optimiser = Lbfgs(tf.constant(painting.picture[np.newaxis]))
        began = time.perf_counter()
        taken = 0
        while skip + taken < stage.steps:
            if stop():
                painting.stopped = True
                break
            loss = self.objective.evaluate(optimiser.point, targets)
            optimiser.step(loss.total, loss.gradient)
            if optimiser.best_loss == loss.total:
                painting.loss = loss
            taken += 1
            speed = (time.perf_counter() - began) / (taken * stage.pixels)
            left = seconds_left(self.stages, number, skip + taken, speed)
            on_step(
                Moment(number, skip + taken, loss.total, left, lambda: _to_array(optimiser.best))
            )
        # The newest point has not been evaluated: the next stage would correct a bad one, but
        # what is given away must be the best that is known.
        finished = last or painting.stopped
        painting.picture = _to_array(optimiser.best if finished else optimiser.point)
        return taken

    def _targets(self, stage: Stage) -> Targets:
        content = tf.constant(self._scaled_content(stage)[np.newaxis])
        styles = [
            tf.constant(to_array(scaled_style(style, stage))[np.newaxis]) for style in self.styles
        ]
        return self.objective.targets(content, styles, self.strength)

    def _scaled_content(self, stage: Stage) -> Floats:
        return to_array(resize(self.content, (stage.width, stage.height)))

    def _enlarge(self, picture: Floats, stage: Stage) -> Floats:
        """`picture` at the stage's size, with the detail that only the content has at that size.

        The style's layers then start from edges where edges belong, which saves several steps.
        """
        content = self._scaled_content(stage)
        coarse = tf.image.resize(content, picture.shape[:2], "bicubic", antialias=True)
        both = tf.image.resize(tf.stack([picture, coarse]), content.shape[:2], "bicubic").numpy()
        enlarged: Floats = both[0] + content - both[1]
        return enlarged


def scaled_style(style: Image.Image, stage: Stage) -> Image.Image:
    """The style picture at the stage's area, whatever its shape: strokes keep their scale."""
    factor = (stage.pixels / (style.width * style.height)) ** 0.5
    return resize(style, fit(style.size, max(1, round(max(style.size) * factor))))


def _to_array(point: tf.Tensor) -> Floats:
    array: Floats = point[0].numpy()
    return array
