"""Who takes the steps: on a processor one after the other, on a GPU several in one call.

On a processor a step takes so much longer than what lies between two that nothing would be gained,
and large histories are worked on in parts there (`nst.lbfgs`). What is evaluated in blocks has no
graph as a whole: its steps are taken one by one on any device.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import tensorflow as tf

from nst import devices, strides
from nst.lbfgs import HISTORY, Lbfgs
from nst.objective import Loss, Objective, Targets
from nst.strides import Strides


@dataclass(frozen=True)
class Goal:
    """What is to be minimised, at one scale."""

    # A point's loss and gradient, and the full loss where it is known.
    evaluate: Callable[[tf.Tensor], tuple[float, tf.Tensor, Loss | None]]
    # The same as a graph, and its arguments after the point; None in blocks.
    graph: Callable[[], tuple[Any, list[Any]] | None]


class Steps(Protocol):
    """Steps towards a goal."""

    most: int  # in one call

    @property
    def point(self) -> tf.Tensor:
        """The next point to be evaluated."""

    @property
    def best(self) -> tf.Tensor:
        """The best that has been; the start before the first step."""

    def take(self, count: int) -> tuple[list[float], Loss | None]:
        """Take `count` steps: the loss that each began with, and the full loss of `best`."""


def full(objective: Objective, targets: Targets) -> Goal:
    """The whole loss."""

    def evaluate(point: tf.Tensor) -> tuple[float, tf.Tensor, Loss]:
        loss, gradient = objective.evaluate(point, targets)
        return loss.total, gradient, loss

    return Goal(evaluate, lambda: objective.full_graph(targets))


def texture(objective: Objective, targets: Targets, anchor: tf.Tensor) -> Goal:
    """The style's loss of the first blocks; `anchor` holds the coarse colours in place."""

    def evaluate(point: tf.Tensor) -> tuple[float, tf.Tensor, None]:
        return *objective.evaluate_texture(point, targets, anchor), None

    return Goal(evaluate, lambda: objective.texture_graph(targets, anchor))


def towards(goal: Goal, start: tf.Tensor, history: int = HISTORY) -> Steps:
    """Steps from `start` on that remember `history` pairs, in the way that suits the device."""
    if devices.device() == "gpu" and (graph := goal.graph()):
        return _Together(graph, start, history)
    return _OneByOne(goal, start, history)


class _OneByOne:
    most = 1

    def __init__(self, goal: Goal, start: tf.Tensor, history: int) -> None:
        self._evaluate, self._optimiser = goal.evaluate, Lbfgs(start, history)
        self._loss: Loss | None = None

    @property
    def point(self) -> tf.Tensor:
        return self._optimiser.point

    @property
    def best(self) -> tf.Tensor:
        return self._optimiser.best

    def take(self, count: int) -> tuple[list[float], Loss | None]:
        losses = []
        for _ in range(count):
            value, gradient, loss = self._evaluate(self._optimiser.point)
            self._optimiser.step(value, gradient)
            if self._optimiser.best_loss == value:
                self._loss = loss
            losses.append(value)
        return losses, self._loss


class _Together:
    most = strides.MOST

    def __init__(self, graph: tuple[Any, list[Any]], start: tf.Tensor, history: int) -> None:
        self._optimiser = Strides(*graph, start, history)

    @property
    def point(self) -> tf.Tensor:
        return self._optimiser.point

    @property
    def best(self) -> tf.Tensor:
        return self._optimiser.best

    def take(self, count: int) -> tuple[list[float], Loss | None]:
        losses = self._optimiser.take(count)
        values = self._optimiser.best_values
        known = len(values) > 1 and math.isfinite(values[0])
        return losses, Loss(*values) if known else None
