"""L-BFGS on functions whose minimum is known, and on losses that go wrong."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from nst.lbfgs import HISTORY, Lbfgs

Function = Callable[[tf.Tensor], tf.Tensor]


def minimise(function: Function, start: tf.Tensor, steps: int) -> tuple[Lbfgs, list[float]]:
    optimiser, losses = Lbfgs(start), []
    for _ in range(steps):
        loss, gradient = value_and_gradient(function, optimiser.point)
        losses.append(loss)
        optimiser.step(loss, gradient)
    return optimiser, losses


def value_and_gradient(function: Function, point: tf.Tensor) -> tuple[float, tf.Tensor]:
    with tf.GradientTape() as tape:
        tape.watch(point)
        loss = function(point)
    return float(loss), tape.gradient(loss, point)


def quadratic(point: tf.Tensor) -> tf.Tensor:
    """Condition number 1000; its minimum, 0, is at 0.3 everywhere."""
    weights = tf.constant(np.logspace(-3, 0, 60), tf.float32)
    return tf.reduce_sum(weights * tf.square(point - 0.3))


def rosenbrock(point: tf.Tensor) -> tf.Tensor:
    """Many narrow curved valleys side by side; the minimum, 0, is at 1 everywhere."""
    x, y = point[0], point[1]
    return tf.reduce_mean(tf.square(1 - x) + 20 * tf.square(y - tf.square(x)))


class TestMinimising:
    def test_reaches_the_minimum_of_an_ill_conditioned_quadratic(self) -> None:
        optimiser, losses = minimise(quadratic, tf.ones([60]), 80)
        assert optimiser.best_loss < 1e-5 * losses[0], losses[::10]

    def test_needs_far_fewer_steps_than_steepest_descent(self) -> None:
        """Which, at the best fixed rate, has (1 - 1/1000)^2 of the slowest part left a step."""
        point, rate = tf.ones([60]), 0.99  # the curvature is at most 2
        for _ in range(80):
            point -= rate * value_and_gradient(quadratic, point)[1]
        optimiser, _ = minimise(quadratic, tf.ones([60]), 80)
        assert optimiser.best_loss < 0.01 * float(quadratic(point))

    def test_follows_curved_valleys(self) -> None:
        start = tf.constant(np.random.default_rng(2).uniform(-0.5, 0.5, (2, 30)), tf.float32)
        optimiser, losses = minimise(rosenbrock, start, 150)
        assert optimiser.best_loss < 1e-2 * losses[0], losses[::15]

    def test_stays_at_a_minimum(self) -> None:
        optimiser, losses = minimise(quadratic, tf.fill([60], 0.3), 5)
        assert losses == [0.0] * 5
        np.testing.assert_allclose(optimiser.point, 0.3)

    def test_keeps_the_shape_and_type_of_its_start(self) -> None:
        optimiser, _ = minimise(lambda x: tf.reduce_sum(x**2), tf.ones([1, 4, 5, 3]), 3)
        assert optimiser.point.shape == optimiser.best.shape == (1, 4, 5, 3)
        assert optimiser.point.dtype == tf.float32

    def test_holds_a_bounded_history(self) -> None:
        optimiser, _ = minimise(quadratic, tf.ones([60]), 3 * HISTORY)
        assert [[part.shape for part in pair] for pair in optimiser._pairs] == [[(2, 60)]] * HISTORY

    @pytest.mark.parametrize("history", [1, 3, HISTORY])
    def test_keeps_as_many_pairs_as_it_may(self, history: int) -> None:
        optimiser = Lbfgs(tf.ones([60]), history)
        for _ in range(history + 5):
            optimiser.step(*value_and_gradient(quadratic, optimiser.point))
        assert len(optimiser._pairs) == history

    def test_a_short_history_still_beats_steepest_descent(self) -> None:
        """By far, on the quadratic: see the test above."""
        point, rate = tf.ones([60]), 0.99
        for _ in range(80):
            point -= rate * value_and_gradient(quadratic, point)[1]
        optimiser = Lbfgs(tf.ones([60]), 3)
        for _ in range(80):
            optimiser.step(*value_and_gradient(quadratic, optimiser.point))
        assert optimiser.best_loss < 0.1 * float(quadratic(point))

    @pytest.mark.parametrize("part", [7, 16, 59])
    def test_parts_change_nothing_but_rounding(
        self, part: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        start = tf.constant(np.random.default_rng(4).uniform(-0.5, 0.5, (2, 30)), tf.float32)
        whole, _ = minimise(rosenbrock, start, 12)
        monkeypatch.setattr("nst.lbfgs.PART", part)
        parts, _ = minimise(rosenbrock, start, 12)
        assert len(parts._pairs[0]) == math.ceil(60 / part)
        np.testing.assert_allclose(parts.point, whole.point, atol=1e-3)

    def test_the_loss_of_best_never_rises_and_is_that_of_best(self) -> None:
        start = tf.constant(np.random.default_rng(3).uniform(-1, 1, (2, 30)), tf.float32)
        optimiser, bests = Lbfgs(start), []
        for _ in range(60):
            optimiser.step(*value_and_gradient(rosenbrock, optimiser.point))
            bests.append(optimiser.best_loss)
            assert float(rosenbrock(optimiser.best)) == pytest.approx(optimiser.best_loss)
        assert bests == sorted(bests, reverse=True)
        assert bests[-1] < bests[0]


class TestTrouble:
    @pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e30])
    def test_a_bad_loss_sends_it_back_to_the_best_point(self, bad: float) -> None:
        optimiser, _ = minimise(quadratic, tf.ones([60]), 6)
        best, best_loss = optimiser.best, optimiser.best_loss
        point = optimiser.step(bad, tf.fill([60], math.nan))
        np.testing.assert_array_equal(point, best)
        assert optimiser.best_loss == best_loss

    @pytest.mark.parametrize("bad", [math.nan, math.inf, 1e30])
    def test_goes_on_to_the_minimum_after_bad_losses(self, bad: float) -> None:
        optimiser, losses = Lbfgs(tf.ones([60])), []
        for step in range(120):
            loss, gradient = value_and_gradient(quadratic, optimiser.point)
            losses.append(loss)
            optimiser.step(bad if step in (4, 5, 30) else loss, gradient)
        assert optimiser.best_loss < 1e-3 * losses[0], losses[::10]

    def test_takes_shorter_steps_after_a_bad_one(self) -> None:
        """From the same point with the same gradient."""
        lengths = []
        for bad in (0, 1, 2):
            optimiser = Lbfgs(tf.ones([60]))
            first = value_and_gradient(quadratic, optimiser.point)
            optimiser.step(*first)
            for _ in range(bad):
                optimiser.step(math.nan, first[1])
            if bad:
                optimiser.step(*first)
            lengths.append(float(tf.norm(optimiser.point - optimiser.best)))
        assert lengths[0] > lengths[1] > lengths[2] > 0, lengths

    def test_a_function_that_is_a_cliff_is_left_by_its_best_side(self) -> None:
        """Beyond 0.5 the loss explodes: the best point stays on the good side."""

        def cliff(point: tf.Tensor) -> tf.Tensor:
            return tf.reduce_mean(tf.square(point - 0.55)) + tf.reduce_sum(
                tf.where(point > 0.5, 1e6 * (point - 0.5), 0)
            )

        optimiser, losses = minimise(cliff, tf.zeros([20]), 60)
        assert optimiser.best_loss < 0.2 * losses[0], losses
        assert float(tf.reduce_max(optimiser.best)) <= 0.5001

    def test_negative_curvature_is_not_remembered(self) -> None:
        """On a hill's top y·s < 0: kept, such a pair would turn the next step uphill."""
        optimiser, losses = minimise(lambda x: 5 + tf.reduce_sum(tf.cos(x)), tf.ones([4]), 100)
        assert losses[0] > losses[1] > losses[2]
        assert optimiser.best_loss < 1.01, losses[::10]  # the valley, at pi, is found
        assert optimiser._pairs
        for ((s, y),) in optimiser._pairs:
            assert float(tf.reduce_sum(s * y)) > 0

    def test_a_flat_function_moves_nothing(self) -> None:
        optimiser, _ = minimise(lambda x: 1.0 + 0 * tf.reduce_sum(x), tf.ones([5]), 4)
        np.testing.assert_array_equal(optimiser.point, np.ones(5))

    @given(
        st.lists(
            st.tuples(
                st.one_of(
                    st.floats(0, 10, width=32),
                    st.sampled_from([math.nan, math.inf, 1e30, 1e-30]),
                ),
                st.sampled_from([0.0, 1e-12, 1e-6, 1.0, -1.0, 1e6, 1e15]),
            ),
            min_size=1,
            max_size=12,
        ),
        st.integers(0, 2**16),
    )
    @settings(max_examples=60, deadline=None)
    def test_no_sequence_of_losses_leads_to_a_point_that_is_not_finite(
        self, given_: list[tuple[float, float]], seed: int
    ) -> None:
        rng = np.random.default_rng(seed)
        optimiser, finite = Lbfgs(tf.ones([6])), [math.inf]
        for loss, scale in given_:
            finite += [loss] if math.isfinite(loss) else []
            point = optimiser.step(loss, tf.constant(scale * rng.normal(size=6), tf.float32))
            assert np.isfinite(point).all()
            assert np.isfinite(optimiser.best).all()
            assert optimiser.best_loss == min(finite)

    @pytest.mark.parametrize("bad", [math.nan, math.inf])
    @pytest.mark.parametrize("before", [0, 1, 4])
    def test_a_gradient_that_is_not_finite_is_not_followed(self, bad: float, before: int) -> None:
        optimiser, _ = minimise(quadratic, tf.ones([60]), before)
        loss, gradient = value_and_gradient(quadratic, optimiser.point)
        broken = tf.tensor_scatter_nd_update(gradient, [[7]], [bad])
        assert np.isfinite(optimiser.step(loss, broken)).all()
