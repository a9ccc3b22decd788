"""What is timed on a card: its peaks, steps of the engine, whole paintings. Prints nothing.

All of it runs on a processor, too, where it says little but that it works.
"""

import functools
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from nst import devices, engine, gallery, network, samples
from nst.graphs import graph
from nst.images import fit, to_array
from nst.lbfgs import Lbfgs
from nst.objective import Objective, Targets
from nst.options import Options, Quality
from nst.schedule import Stage
from nst.strides import Strides
from nst.subject import scaled, scaled_style
from nst.vgg import Vgg
from nst.weights import load_vgg19
from tests.gpu import floor

REPEATS = 5  # calls whose median is told, after a first
STYLE = "nocturne"


@dataclass(frozen=True)
class Peak:
    """What the card does at best in one precision."""

    precision: str
    flops_a_second: float | None  # of a product of square matrices; None: it has no such thing


@dataclass(frozen=True)
class Step:
    """Seconds of a step at one size, in several ways; None where it could not be run."""

    width: int
    height: int
    precision: str
    one_by_one: float | None  # by `nst.lbfgs`, back in Python after each
    together: float | None  # `count` steps in one call
    compiled: float | None  # the same by XLA
    count: int
    first_seconds: float | None  # of the first call `together`: the libraries choose what to run
    compile_seconds: float | None
    memory_mb: int | None  # of the card, at most, with the steps together
    flops: float  # what a step is at least
    bytes: float


@dataclass(frozen=True)
class Painted:
    """A whole painting, as a person would have it."""

    quality: Quality
    size: int
    precision: str
    first_seconds: float  # the first of its size in the process
    seconds: float  # and the second
    loss: float
    memory_mb: int | None


class Pictures:
    """The built-in photo and style at one size, as the engine would have them."""

    def __init__(self, size: int) -> None:
        photo, style = samples.content(), gallery.style(STYLE)
        self.stage = Stage(*fit(photo.size, size), texture=0, full=1)
        self.content = tf.constant(scaled(photo, self.stage)[np.newaxis])
        shown = to_array(scaled_style(style, self.stage, 1.0))
        self.style = tf.constant(shown[np.newaxis])


def objective_in(precision: str) -> Objective:
    """The engine's loss; a card computes in this precision from now on."""
    devices.compute_in(precision)
    return _objective(devices.dtype(precision))


def whole(objective: Objective, targets: Targets) -> tuple[Any, list[Any]]:
    """The graph of the whole loss, and its arguments."""
    graph = objective.full_graph(targets)
    assert graph is not None
    return graph


def peak(precision: str, side: int) -> Peak:
    """Of products of matrices of `side` by `side` random numbers, ten after one another."""
    devices.compute_in(precision)

    def products(x: tf.Tensor) -> tf.Tensor:
        y = x
        for _ in range(10):
            y = tf.matmul(x, y)
        return tf.reduce_sum(tf.cast(y[:1], tf.float32))

    try:
        x = tf.random.stateless_normal([side, side], (1, 2)) / side**0.5
        x = tf.cast(x, devices.dtype(precision))
        run = graph(products)
        seconds = median(lambda: float(run(x)))
    except tf.errors.OpError:
        return Peak(precision, None)
    return Peak(precision, 10 * 2 * side**3 / seconds)


def copied_bytes_a_second(mib: int) -> float:
    """Read and written, while the card adds one to `mib` MiB, ten times."""
    zeros = tf.zeros([mib * 2**18])

    def added() -> float:
        x = zeros
        for _ in range(10):  # not in a graph, which would make one sum of them
            x = x + 1.0
        return float(x[0])

    return 10 * 2 * 4 * int(tf.size(zeros)) / median(added)


def step(size: int, precision: str, count: int, *, compiled: bool) -> Step:
    """Time full steps at `size`; what does not fit into memory is None."""
    pictures = Pictures(size)
    objective = objective_in(precision)
    width, height = pictures.stage.width, pictures.stage.height
    kernels = {name: layer.kernel.shape for name, layer in load_vgg19().items()}
    least = floor.step(kernels, width, height, tf.as_dtype(devices.dtype(precision)).size)
    one = _try(lambda: _one_by_one(objective, pictures))
    forget_peak()
    together = _try(lambda: _together(objective, pictures, count, compiled=False))
    memory = peak_mb()
    by_xla = (
        _try(lambda: _together(objective, pictures, count, compiled=True)) if compiled else None
    )
    return Step(
        width,
        height,
        precision,
        one and one[1],
        together and together[1],
        by_xla and by_xla[1],
        count,
        together and together[0],
        by_xla and by_xla[0],
        memory if together else None,
        least.flops,
        least.bytes,
    )


def painting(quality: Quality, size: int) -> Painted:
    """Paint twice with the engine's defaults, the graphs traced before."""
    options = Options(size=size, quality=quality)
    network.trace(options)
    content, style = samples.content(), gallery.style(STYLE)
    forget_peak()
    first, second = (engine.stylize(content, style, options).report for _ in range(2))
    return Painted(
        quality,
        size,
        second["precision"],
        first["seconds"],
        second["seconds"],
        second["loss"]["total"],
        peak_mb(),
    )


def median(function: Callable[[], object]) -> float:
    """Seconds of a call, after a first."""
    function()
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        function()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def forget_peak() -> None:
    """Begin anew with the most that the card's memory holds."""
    if devices.device() == "gpu":
        tf.config.experimental.reset_memory_stats("GPU:0")


def peak_mb() -> int | None:
    """That; None on a processor."""
    if devices.device() != "gpu":
        return None
    return int(tf.config.experimental.get_memory_info("GPU:0")["peak"] // 2**20)


@functools.cache
def _objective(dtype: str) -> Objective:
    return Objective(Vgg(load_vgg19(), dtype))


def _one_by_one(objective: Objective, pictures: Pictures) -> tuple[float, float]:
    targets = objective.targets(pictures.content, [pictures.style], [1.0], 1.0)
    optimiser = Lbfgs(pictures.content)

    def step() -> None:
        loss, gradient = objective.evaluate(optimiser.point, targets)
        optimiser.step(loss.total, gradient)

    return _first_and_median(step, 1)


def _together(
    objective: Objective, pictures: Pictures, count: int, *, compiled: bool
) -> tuple[float, float]:
    targets = objective.targets(pictures.content, [pictures.style], [1.0], 1.0)
    optimiser = Strides(*whole(objective, targets), pictures.content, compiled=compiled)
    return _first_and_median(lambda: optimiser.take(count), count)


def _first_and_median(function: Callable[[], object], count: int) -> tuple[float, float]:
    """Seconds of the first call, and of one of the `count` steps of those that follow."""
    began = time.perf_counter()
    function()
    first = time.perf_counter() - began
    return first, median(function) / count


def _try(measure: Callable[[], tuple[float, float]]) -> tuple[float, float] | None:
    """None where memory is not enough, or XLA has no such operation."""
    try:
        return measure()
    except (tf.errors.OpError, MemoryError):
        return None
