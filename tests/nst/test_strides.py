"""Steps that are taken together are those that are taken one by one, on good and bad losses.

The engine's other losses: `uv run pytest -m slow tests/nst/test_strides.py`.
"""

import functools
import math
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from nst.graphs import graph
from nst.images import resize, to_array
from nst.lbfgs import HISTORY, Lbfgs
from nst.objective import Objective, Targets
from nst.strides import MOST, Strides, beginning, following, strides

Function = Callable[[tf.Tensor], tf.Tensor]


@functools.cache
def evaluated(function: Function) -> Any:
    """The graph of a function's value, twice that, and the value's gradient."""

    def trace(point: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(point)
            value = function(point)
        return value, 2 * value, tape.gradient(value, point)

    return graph(trace, input_signature=[tf.TensorSpec([None], tf.float32)])


def one_by_one(
    evaluate: Any, start: tf.Tensor, steps: int, history: int = HISTORY, arguments: Any = ()
) -> tuple[Lbfgs, list[float]]:
    optimiser, losses = Lbfgs(start, history), []
    for _ in range(steps):
        value, *_, gradient = evaluate(optimiser.point, *arguments)
        losses.append(float(value))
        optimiser.step(float(value), gradient)
    return optimiser, losses


def quadratic(point: tf.Tensor) -> tf.Tensor:
    """Condition number 100; its minimum is at 0.3 everywhere."""
    weights = tf.constant(np.logspace(-2, 0, 60), tf.float32)
    return tf.reduce_sum(weights * tf.square(point - 0.3))


def valleys(point: tf.Tensor) -> tf.Tensor:
    x, y = tf.split(point, 2)
    return tf.reduce_mean(tf.square(1 - x) + 20 * tf.square(y - tf.square(x)))


def hill(point: tf.Tensor) -> tf.Tensor:
    """Curved the wrong way where it begins."""
    return 5 + tf.reduce_sum(tf.cos(point))


def abyss(point: tf.Tensor) -> tf.Tensor:
    """Of no value beyond 0.5, where it would lead."""
    value = tf.reduce_mean(tf.square(point - 0.55))
    return tf.where(tf.reduce_max(point) > 0.5, math.nan, value)


def cliff(point: tf.Tensor) -> tf.Tensor:
    """Explodes there."""
    beyond = tf.nn.relu(point - 0.5)
    return tf.reduce_mean(tf.square(point - 0.55)) + 1e6 * tf.reduce_sum(beyond)


def torn(point: tf.Tensor) -> tf.Tensor:
    """Finite there, with a gradient that is not."""
    beyond = tf.reduce_max(point) > 0.5
    root = tf.sqrt(tf.where(beyond, 0.0, 1.0) * point * point)
    return 1 + tf.reduce_mean(tf.square(root - 0.55))


def flat(point: tf.Tensor) -> tf.Tensor:
    return 1 + 0 * tf.reduce_sum(point)


BAD = (abyss, cliff, torn)
STARTS: dict[Function, Any] = {
    quadratic: np.ones(60),
    valleys: np.random.default_rng(2).uniform(-0.5, 0.5, 60),
    hill: np.full(4, 0.1),
    abyss: np.linspace(0.1, 0.3, 20),
    cliff: np.linspace(0.1, 0.3, 20),
    torn: np.linspace(0.1, 0.3, 20),
    flat: np.ones(5),
}


class TestEqual:
    @pytest.mark.parametrize("function", STARTS, ids=lambda function: function.__name__)
    def test_to_the_steps_of_the_other_optimiser(self, function: Function) -> None:
        evaluate, start = evaluated(function), tf.constant(STARTS[function], tf.float32)
        other, losses = one_by_one(evaluate, start, 14, 4)
        for calls in ((1,) * 14, (14,), (1, 9, 4)):
            ours = Strides(evaluate, [], start, 4)
            ours_losses = [loss for count in calls for loss in ours.take(count)]
            np.testing.assert_allclose(ours_losses, losses, rtol=2e-3, atol=1e-6)
            np.testing.assert_allclose(ours.point, other.point, atol=2e-3)
            np.testing.assert_allclose(ours.best, other.best, atol=2e-3)
            assert ours.best_loss == pytest.approx(other.best_loss, rel=2e-3, abs=1e-6)
        if function in BAD:  # or it would prove little
            assert float(ours._state.shrink) < 1, losses

    @pytest.mark.parametrize(
        "losses",
        [
            (5, 4, 4.5, math.nan, 4.2, 4.1, 3),  # bad after one that was worse than the best
            (5, 4, 3.9, 17, 3, math.inf, 2, 1, 0.5),
            (5, 4, 25, 3),  # explodes before there is a history
            (math.nan, math.nan, 2, 1),
            (1, 1, 1, 1, 1, 1),
            (3, 2, -math.inf, 1),
        ],
        ids=str,
    )
    def test_whatever_the_losses_are(self, losses: tuple[float, ...]) -> None:
        """Those of a quadratic's gradients, as if it had them; not in a graph."""
        start = tf.constant(np.random.default_rng(7).uniform(0, 1, 60), tf.float32)
        other, state = Lbfgs(start, 3), beginning(start, 3, 1)
        for loss in losses:
            _, _, gradient = evaluated(quadratic)(state.point)
            other.step(loss, evaluated(quadratic)(other.point)[2])
            state = following(state, tf.constant([loss], tf.float32), gradient)
            np.testing.assert_allclose(state.point, other.point, atol=2e-3)
            np.testing.assert_allclose(state.best, other.best, atol=2e-3)
            assert float(state.best_loss) == pytest.approx(other.best_loss)

    def test_with_the_usual_history(self) -> None:
        evaluate, start = evaluated(valleys), tf.constant(STARTS[valleys], tf.float32)
        other, losses = one_by_one(evaluate, start, 16)
        ours = Strides(evaluate, [], start)
        np.testing.assert_allclose(ours.take(16), losses, rtol=5e-3)
        np.testing.assert_allclose(ours.point, other.point, atol=5e-3)

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("kind", "masked"),
        [("full", False), ("full", True), ("texture", False), ("texture", True)],
    )
    def test_on_the_engines_losses(
        self, objective: Objective, photo: Image.Image, style: Image.Image, kind: str, masked: bool
    ) -> None:
        content, strokes = (
            tf.constant(to_array(resize(picture, size))[np.newaxis])
            for picture, size in ((photo, (48, 36)), (style, (40, 40)))
        )
        mask = tf.tile(tf.linspace(0.0, 1.0, 48)[:, tf.newaxis], [36, 1])
        mask = tf.reshape(mask, [1, 36, 48, 1]) if masked else None
        targets = objective.targets(content, [strokes], [1.0], 1.0, mask)
        evaluate, arguments = graph_of(objective, kind, targets, content)
        other, losses = one_by_one(evaluate, content, 8, 4, arguments)
        ours = Strides(evaluate, arguments, content, 4)
        np.testing.assert_allclose(ours.take(5) + ours.take(3), losses, rtol=2e-3)
        np.testing.assert_allclose(ours.best, other.best, atol=5e-3)
        if kind == "full":
            loss = objective.measure(ours.best, targets)
            found = [loss.total, loss.style, loss.content]
            assert ours.best_values == pytest.approx(found, rel=1e-4)


def graph_of(
    objective: Objective, kind: str, targets: Targets, anchor: tf.Tensor
) -> tuple[Any, list[Any]]:
    graph = (
        objective.full_graph(targets)
        if kind == "full"
        else objective.texture_graph(targets, anchor)
    )
    assert graph is not None
    return graph


class TestStrides:
    def test_reaches_the_minimum(self) -> None:
        ours = Strides(evaluated(quadratic), [], tf.ones([60]), 4)
        first = ours.take(1)[0]
        ours.take(60)
        assert ours.best_loss < 1e-4 * first

    def test_the_best_is_what_was_evaluated_there(self) -> None:
        ours = Strides(evaluated(valleys), [], tf.constant(STARTS[valleys], tf.float32), 4)
        losses = ours.take(20)
        assert ours.best_loss == min(losses)
        assert ours.best_values == [ours.best_loss, 2 * ours.best_loss]
        assert float(valleys(ours.best)) == pytest.approx(ours.best_loss, rel=1e-5)

    def test_before_the_first_step_the_best_is_the_start(self) -> None:
        start = tf.ones([60])
        ours = Strides(evaluated(quadratic), [], start, 4)
        assert ours.best_loss == math.inf
        np.testing.assert_array_equal(ours.best, start)
        np.testing.assert_array_equal(ours.point, start)

    def test_every_step_of_a_long_call_is_told(self) -> None:
        losses = Strides(evaluated(quadratic), [], tf.ones([60]), 4).take(MOST)
        assert len(losses) == MOST
        assert losses[0] > 100 * losses[-1]

    def test_one_graph_serves_all_sizes_and_counts(self) -> None:
        traced = []

        def trace(point: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            traced.append(point)
            return tf.reduce_sum(point**2), 2 * point

        evaluate = graph(trace, input_signature=[tf.TensorSpec([None], tf.float32)])
        for size in (3, 5, 8):
            ours = Strides(evaluate, [], tf.ones([size]), 2)
            ours.take(size)
            ours.take(2)
        assert len(traced) == 1
        assert strides(evaluate, 2, compiled=False).experimental_get_tracing_count() == 1

    @pytest.mark.slow
    def test_xla_takes_the_same_steps(self) -> None:
        start = tf.constant(STARTS[cliff], tf.float32)
        plain, compiled = (
            Strides(evaluated(cliff), [], start, 4, compiled=xla).take(12) for xla in (False, True)
        )
        np.testing.assert_allclose(compiled, plain, rtol=2e-3, atol=1e-6)

    @pytest.mark.slow
    def test_another_device_computes_than_decides(self) -> None:
        """As with a GPU; here both are the processor, under two names."""
        code = """
            import tensorflow as tf
            (processor,) = tf.config.list_physical_devices("CPU")
            two = [tf.config.LogicalDeviceConfiguration()] * 2
            tf.config.set_logical_device_configuration(processor, two)
            from nst.strides import Strides
            from tests.nst.test_strides import STARTS, cliff, evaluated, one_by_one
            with tf.device("/CPU:1"):
                start = tf.constant(STARTS[cliff], tf.float32)
                optimiser = Strides(evaluated(cliff), [], start, 4)
                losses = optimiser.take(14)
            assert optimiser.point.device.endswith("CPU:1"), optimiser.point.device
            expected = one_by_one(evaluated(cliff), start, 14, 4)[1]
            assert all(abs(a - b) < 2e-3 * b + 1e-6 for a, b in zip(losses, expected)), losses
        """
        root = Path(__file__).parents[2]
        command = [sys.executable, "-c", textwrap.dedent(code)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=root)
        assert done.returncode == 0, done.stderr[-2000:]
