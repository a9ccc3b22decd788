"""The loaded network, kept from one call to the next: loading and tracing it takes seconds."""

import functools
import time

import tensorflow as tf

from nst import devices, steps, weights
from nst.objective import Objective, Targets
from nst.options import Backbone, Options
from nst.vgg import Vgg

# Of the picture that speed is measured with; a card that has less to do waits for its orders.
_SIZES = {"cpu": (192, 128), "gpu": (768, 512)}


def precision(options: Options) -> str:
    """The precision that `auto` stands for here."""
    return devices.best_precision() if options.precision == "auto" else options.precision


def objective(options: Options) -> Objective:
    """The loss for the options' network; a card computes in its precision from now on.

    Raises `WeightsMissing`.
    """
    return objective_in(precision(options), options.backbone)


def objective_in(precision: str, backbone: Backbone = "vgg19") -> Objective:
    """The same in one of the precisions that `nst.devices` knows."""
    devices.compute_in(precision)
    return _objective(backbone, devices.dtype(precision))


def seconds_per_cost(options: Options) -> float:
    """What one full step takes for each pixel, measured once."""
    return _seconds_per_cost(options.backbone, precision(options))


def trace(options: Options) -> None:
    """Run every function of the loss once, so that the first painting need not wait for it."""
    loss = objective(options)
    point, targets = _trial(loss, *_SIZES["cpu"])
    for goal in (steps.full(loss, targets), steps.texture(loss, targets, point)):
        steps.towards(goal, point).take(1)
    loss.measure(point, targets)
    loss.targets(point, [point], [1.0], 1.0, texture_only=True)


@functools.lru_cache(maxsize=1)
def _objective(backbone: Backbone, dtype: str) -> Objective:
    return Objective(Vgg(weights.load(backbone), dtype))


@functools.lru_cache(maxsize=1)
def _seconds_per_cost(backbone: Backbone, precision: str) -> float:
    loss = objective_in(precision, backbone)
    width, height = _SIZES[devices.device()]
    point, targets = _trial(loss, width, height)
    loss.evaluate(point, targets)  # traced, and the library's own caches filled
    began = time.perf_counter()
    loss.evaluate(point, targets)
    return (time.perf_counter() - began) / (width * height)


def _trial(loss: Objective, width: int, height: int) -> tuple[tf.Tensor, Targets]:
    point = tf.fill([1, height, width, 3], 0.5)
    return point, loss.targets(point, [point], [1.0], 1.0)
