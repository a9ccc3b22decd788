"""Steps one by one and together, in one run: what a step's way back to Python costs here.

Run with: uv run pytest -m benchmark -s tests/benchmarks/test_steps.py
Nothing else should compute meanwhile. A processor takes its steps one by one; this is to show that
it loses nothing by it. `tests/gpu` measures a GPU.
"""

import math
import statistics
import time
from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf
from rich.console import Console
from rich.table import Table

from nst import gallery, network, samples
from nst.images import fit, to_array
from nst.lbfgs import Lbfgs
from nst.options import Options
from nst.schedule import Stage
from nst.steps import full, towards
from nst.strides import Strides
from nst.subject import scaled, scaled_style

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1800)]

SIZES = (128, 256, 512)
TOGETHER = 4  # steps in a call
ROUNDS = 7  # of which the first is not counted


def test_steps() -> None:
    table = Table(title="Milliseconds a step, and over those of the bare loop")
    for heading in ("pixels", "bare loop", "nst.steps", "ratio", "together", "ratio"):
        table.add_column(heading, justify="right")
    for size in SIZES:
        bare, ours, together = measured(size)
        figures = [bare, ours, ours / bare, together, together / bare]
        assert all(math.isfinite(one) and one > 0 for one in figures), figures
        shown = [f"{1000 * bare:.1f}", f"{1000 * ours:.1f}", f"{ours / bare:.3f}"]
        table.add_row(str(size), *shown, f"{1000 * together:.1f}", f"{together / bare:.3f}")
    Console(width=100).print(table)


def measured(size: int) -> list[float]:
    """Seconds a step: the loss and `Lbfgs` alone, as the painter takes it, and in one graph."""
    photo, style = samples.content(), gallery.style("nocturne")
    stage = Stage(*fit(photo.size, size), texture=0, full=1)
    content, strokes = (
        tf.constant(array[np.newaxis])
        for array in (scaled(photo, stage), to_array(scaled_style(style, stage, 1.0)))
    )
    objective = network.objective(Options())
    targets = objective.targets(content, [strokes], [1.0], 1.0)
    bare, painters = Lbfgs(content), towards(full(objective, targets), content)
    graph = objective.full_graph(targets)
    assert graph is not None
    together = Strides(graph[0], graph[1], content)

    def loop() -> None:
        for _ in range(TOGETHER):
            loss, gradient = objective.evaluate(bare.point, targets)
            bare.step(loss.total, gradient)

    def as_painted() -> None:
        for _ in range(TOGETHER):
            painters.take(1)

    return in_turn([loop, as_painted, lambda: together.take(TOGETHER)])


def in_turn(functions: list[Callable[[], object]]) -> list[float]:
    """The median of each, in turn, so that a slow moment strikes all."""
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(ROUNDS):
        for function, seconds in zip(functions, times, strict=True):
            began = time.perf_counter()
            function()
            seconds.append((time.perf_counter() - began) / TOGETHER)
    return [statistics.median(seconds[1:]) for seconds in times]
