"""The loaded network, kept from one call to the next: loading and tracing it takes seconds."""

import functools
import time

import tensorflow as tf

from nst import devices, weights
from nst.lbfgs import Lbfgs
from nst.objective import Objective, Targets
from nst.options import Backbone, Options
from nst.vgg import Vgg

_WIDTH, _HEIGHT = 192, 128  # of the picture that speed is measured with


def precision(options: Options) -> str:
    """The precision that `auto` stands for here."""
    return devices.best_precision() if options.precision == "auto" else options.precision


def objective(options: Options) -> Objective:
    """The loss for the options' network. Raises `WeightsMissing`."""
    return _objective(options.backbone, precision(options))


def seconds_per_cost(options: Options) -> float:
    """What one full step takes for each pixel, measured once."""
    return _seconds_per_cost(options.backbone, precision(options))


def trace(options: Options) -> None:
    """Run every function of the loss once, so that the first painting need not wait for it."""
    loss, point, targets = _trial(options.backbone, precision(options))
    value, gradient = loss.evaluate(point, targets)
    loss.evaluate_texture(point, targets, point)
    loss.measure(point, targets)
    loss.targets(point, [point], [1.0], 1.0, texture_only=True)
    Lbfgs(point).step(value.total, gradient)


@functools.lru_cache(maxsize=1)
def _objective(backbone: Backbone, dtype: str) -> Objective:
    return Objective(Vgg(weights.load(backbone), dtype))


@functools.lru_cache(maxsize=1)
def _seconds_per_cost(backbone: Backbone, dtype: str) -> float:
    loss, point, targets = _trial(backbone, dtype)
    loss.evaluate(point, targets)  # traced, and the library's own caches filled
    began = time.perf_counter()
    loss.evaluate(point, targets)
    return (time.perf_counter() - began) / (_WIDTH * _HEIGHT)


def _trial(backbone: Backbone, dtype: str) -> tuple[Objective, tf.Tensor, Targets]:
    loss = _objective(backbone, dtype)
    point = tf.fill([1, _HEIGHT, _WIDTH, 3], 0.5)
    return loss, point, loss.targets(point, [point], [1.0], 1.0)
