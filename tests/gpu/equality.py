"""Whether a card computes what a processor does: losses, gradients, the way that steps go."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from nst.lbfgs import Lbfgs
from nst.objective import Objective
from nst.strides import Strides
from tests.gpu.timing import Pictures, objective_in, whole

STEPS = 12

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Equality:
    """Of one precision on the card, against float32 on the processor."""

    precision: str
    loss_error: float  # relative
    gradient_error: float  # the length of the difference over that of the gradient
    cosine: float  # of the angle between the two gradients
    ways_error: float  # relative: the last loss of steps together and of steps one by one
    last_loss: float  # after STEPS steps together


def compare(precisions: list[str], size: int) -> list[Equality]:
    """At a point that differs from all targets, where the gradient is of usual size."""
    pictures = Pictures(size)
    noise = tf.random.stateless_normal(pictures.content.shape, (3, 4), stddev=0.1)
    point = pictures.content + noise
    with tf.device("/CPU:0"):
        value, gradient = _evaluated(objective_in("float32"), pictures, point)
    return [_compared(name, pictures, point, value, gradient) for name in precisions]


def _compared(
    precision: str, pictures: Pictures, point: tf.Tensor, value: float, gradient: Floats
) -> Equality:
    objective = objective_in(precision)
    other_value, other = _evaluated(objective, pictures, point)
    lengths = np.linalg.norm(gradient), np.linalg.norm(other)
    alone, together = _ways(objective, pictures, point)
    return Equality(
        precision,
        abs(other_value - value) / value,
        float(np.linalg.norm(other - gradient) / lengths[0]),
        float(np.vdot(gradient, other) / (lengths[0] * lengths[1])),
        abs(together - alone) / alone,
        together,
    )


def _evaluated(objective: Objective, pictures: Pictures, point: tf.Tensor) -> tuple[float, Floats]:
    targets = objective.targets(pictures.content, [pictures.style], [1.0], 1.0)
    loss, gradient = objective.evaluate(point, targets)
    return loss.total, gradient.numpy().astype(np.float64)


def _ways(objective: Objective, pictures: Pictures, point: tf.Tensor) -> tuple[float, float]:
    """The best loss after STEPS steps one by one, and together."""
    targets = objective.targets(pictures.content, [pictures.style], [1.0], 1.0)
    alone = Lbfgs(point)
    for _ in range(STEPS):
        loss, gradient = objective.evaluate(alone.point, targets)
        alone.step(loss.total, gradient)
    together = Strides(*whole(objective, targets), point)
    together.take(STEPS)
    return alone.best_loss, together.best_loss
