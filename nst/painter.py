"""The optimisation, coarse to fine: the image itself is the variable. TensorFlow, no files."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

from nst import grain
from nst.budget import Budget, Fit
from nst.clock import Clock
from nst.finish import finished
from nst.images import to_array
from nst.objective import Loss, Objective, Targets
from nst.schedule import Stage, overhead, within
from nst.steps import Goal, Steps, full, texture, towards
from nst.subject import Floats, Subject, scaled, scaled_style

CALL_SECONDS = 0.5  # that steps in one call may last: nothing is told and nobody asked meanwhile


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
        self,
        objective: Objective,
        subject: Subject,
        stages: list[Stage],
        clock: Clock,
        budget: Budget = Budget(None),  # noqa: B008 - never changed, so one for all is safe
    ) -> None:
        self.objective, self.subject, self.budget = objective, subject, budget
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

        `stop` is asked before each step, on a GPU before each half second of them; once it says
        yes, the painting so far comes back with `stopped` set.
        """
        painting = Painting(picture)
        for number in range(stage, len(self.stages)):
            began = time.perf_counter()
            first = step if number == stage else 0
            self._replan(number)
            reached = self._fit_and_paint(painting, number, first, on_step, stop)
            touched = reached > 0 or number > 0
            ended = painting.stopped or number == len(self.stages) - 1
            if touched and ended and painting.loss is None:
                painting.loss = self._measured(painting, number)
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
        affordable = self.clock.affordable(overhead(self.stages[number:]))
        if affordable is not None:
            work = max(self._fitted(stage).work for stage in self.stages[number:])
            self.stages[number:] = within(self.stages[number:], affordable / work)

    def _fit_and_paint(
        self,
        painting: Painting,
        number: int,
        step: int,
        on_step: Callable[[Moment], None],
        stop: Callable[[], bool],
    ) -> int:
        """Paint or finish a stage; where a card's memory is full after all, again with half of it.

        Raises `MemoryError` where that is too little.
        """
        while True:
            try:
                if self.stages[number].finishing:
                    self._finish(painting, self.stages[number], stop)
                    return step
                targets = self._begun(painting, self.stages[number])
                return self._paint_stage(painting, number, step, targets, on_step, stop)
            except tf.errors.ResourceExhaustedError:
                self.budget = self.budget.halved(self.stages[number])

    def _begun(self, painting: Painting, stage: Stage) -> Targets:
        """The stage's targets; the picture is brought to its size."""
        content, styles = scaled(self.subject.content, stage), self._styles(stage)
        if painting.picture.shape != content.shape:
            noise = grain.strength(styles, self.subject.weights)
            painting.picture = grain.grained(enlarged(painting.picture, content), noise)
        return self._targets(stage, content, styles)

    def _finish(self, painting: Painting, stage: Stage, stop: Callable[[], bool]) -> None:
        """Bring the picture to the stage's size; once `stop` says yes it stays what it was."""
        self._fitted(stage)
        content = scaled(self.subject.content, stage)
        if painting.picture.shape != content.shape:
            larger = finished(enlarged(painting.picture, content), stop)
            painting.stopped, painting.loss = larger is None, None
            if larger is not None:
                painting.picture = larger

    def _styles(self, stage: Stage) -> list[Image.Image]:
        """The style pictures, as large as they are compared with the stage's picture."""
        subject = self.subject
        return [scaled_style(style, stage, subject.style_scale) for style in subject.styles]

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
        for end, goal in self._phases(painting, number, targets):
            start = tf.constant(painting.picture[np.newaxis])
            painting.picture = _to_array(start)  # the same memory: there are enough copies
            steps = towards(goal, start, self._fitted(stage).history)
            most = 1  # in the first call: only that tells how long a step takes
            while step < end and not (painting.stopped or late):
                count, cost = self._ahead(number, step, min(end - step, steps.most, most))
                most = 2 * count
                if stop():
                    painting.stopped = True
                elif self.clock.is_over(cost + self._end_cost(number)):
                    late = True
                else:
                    self.stages[number] = stage = stage.longer(step + count - stage.steps)
                    for loss in self._take(painting, steps, count, cost):
                        step += 1
                        on_step(self._moment(number, step, loss, steps))
            # The newest point has not been evaluated: later steps would correct a bad one, but
            # what is given away must be the best that is known.
            done = painting.stopped or late or step == stage.steps
            best = done and (painting.stopped or self._is_last(number))
            painting.picture = _to_array(steps.best if best else steps.point)
            painting.loss = painting.loss if best else None
        return step

    def _is_last(self, number: int) -> bool:
        """Whether this stage is the last that is painted."""
        return all(stage.finishing for stage in self.stages[number + 1 :])

    def _end_cost(self, number: int) -> float:
        """What comes after this stage at the least."""
        finishing = (stage.cost() for stage in self.stages[number + 1 :] if stage.finishing)
        return self.stages[number].measure_cost + sum(finishing)

    def _ahead(self, number: int, step: int, most: float) -> tuple[int, float]:
        """How many steps to take in one call, `most` at most, and what they cost together."""
        stage = self.stages[number]
        longer = stage.longer(step + 1 - stage.steps)
        cost = (longer.cost(step) - longer.cost(step + 1)) * self._fitted(stage).work
        count = max(1, int(min(most, CALL_SECONDS / max(cost * self.clock.speed, 1e-9))))
        while count > 1 and self.clock.is_over(count * cost + self._end_cost(number)):
            count //= 2
        return count, count * cost

    def _moment(self, number: int, step: int, loss: float, steps: Steps) -> Moment:
        left = self.clock.left(self._cost_left(number, step))
        return Moment(number, step, list(self.stages), loss, left, lambda: _to_array(steps.best))

    def _cost_left(self, number: int, step: int) -> float:
        costs = [self.stages[number].cost(step), *(one.cost() for one in self.stages[number + 1 :])]
        fits = map(self._fitted, self.stages[number:])
        return sum(cost * fit.work for cost, fit in zip(costs, fits, strict=True))

    def _phases(
        self, painting: Painting, number: int, targets: Targets
    ) -> list[tuple[float, Goal]]:
        """Up to which step which loss is minimised; at least one, as a stage is.

        With a deadline the last has no end but that: plans are careful, and leave some time.
        """
        stage = self.stages[number]
        phases: list[tuple[float, Goal]] = []
        if stage.texture:
            anchor = tf.constant(painting.picture[np.newaxis])
            phases.append((stage.texture, texture(self.objective, targets, anchor)))
        if stage.full:
            phases.append((stage.steps, full(self.objective, targets)))
        if self._is_last(number) and self.clock.has_deadline:
            phases[-1] = (math.inf, phases[-1][1])
        return phases

    def _take(self, painting: Painting, steps: Steps, count: int, cost: float) -> list[float]:
        began = time.perf_counter()
        losses, painting.loss = steps.take(count)
        self.clock.add(time.perf_counter() - began, cost)
        return losses

    def _targets(self, stage: Stage, content: Floats, pictures: list[Image.Image]) -> Targets:
        """The stage's targets; `content` and the styles' `pictures` are at its size."""
        subject, mask = self.subject, self.subject.mask
        styles = (tf.constant(to_array(picture)[np.newaxis]) for picture in pictures)
        targets = self.objective.targets(
            tf.constant(content[np.newaxis]),
            styles,
            subject.weights,
            subject.strength,
            mask and tf.constant(scaled(mask, stage)[np.newaxis, ..., :1]),
            texture_only=stage.full == 0,
            most=self._fitted(stage).most,
        )
        if stage.full:
            self._full = (stage, targets)
        return targets

    def _fitted(self, stage: Stage) -> Fit:
        """How memory holds it. Raises `MemoryError` where it does not."""
        fit = self.budget.fit(stage)
        if fit is None:
            raise MemoryError
        return fit

    def _measured(self, painting: Painting, number: int) -> Loss:
        """The full loss of the picture, at the finest stage up to this that has full steps."""
        if self._full is None:
            before = [stage for stage in self.stages[: number + 1] if stage.full]
            stage = before[-1] if before else replace(self.stages[number], full=1)
            self._targets(stage, scaled(self.subject.content, stage), self._styles(stage))
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
    larger: Floats = (
        content + tf.image.resize(picture - coarse, content.shape[:2], "bicubic").numpy()
    )
    return larger


def _to_array(point: tf.Tensor) -> Floats:
    array: Floats = point[0].numpy()
    return array
