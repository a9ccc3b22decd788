"""Several steps of L-BFGS in one call of TensorFlow, for a GPU. No pictures, no files.

On a GPU a step takes milliseconds, and going back to Python after each would keep it waiting. So
here the loss, its gradient and the step of `nst.lbfgs` are one graph, which runs as often as it is
told. Rules and numbers are those of that module. Only what decides about a step, some hundred
values, is worked on by the processor; there the recursion is written as two triangular systems
(Byrd, Nocedal and Schnabel 1994, theorem 2.2), for a loop of tiny products would take longer than
the rest of the step.
"""

import functools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from nst.graphs import graph
from nst.lbfgs import CURVATURE, FIRST_STEP, HISTORY, LONGEST_STEP, RAMP, SMALLEST

MOST = 64  # steps in one call
DECIDING = "/CPU:0"  # where a few values are worked on

S, Y, G = 0, 1, 2  # the newest rows: step, gradient's change, gradient


class State(NamedTuple):
    """What one step hands to the next. Pictures are float32, single values float64."""

    point: tf.Tensor
    best: tf.Tensor
    best_values: tf.Tensor  # float32: what was evaluated there, the loss first
    best_loss: tf.Tensor  # infinite before the first step
    last_point: tf.Tensor
    last_gradient: tf.Tensor
    pairs: list[tf.Tensor]  # rows s and y, the oldest first; zeros where there is none yet
    products: tf.Tensor  # float64, (2, pairs, 2, pairs): the inner products of all their rows
    age: tf.Tensor  # steps since the history began
    shrink: tf.Tensor  # what the lengths of steps are multiplied with


class Strides:
    """Minimises the first value of a graph by L-BFGS, as `nst.lbfgs.Lbfgs` does, many steps a call.

    `evaluate` is a `tf.function` with an input signature: a float32 tensor and `arguments` in;
    float32 scalars, and the gradient of the first of them, out.
    """

    def __init__(
        self,
        evaluate: Any,
        arguments: Sequence[Any],
        start: tf.Tensor,
        history: int = HISTORY,
        *,
        compiled: bool = False,
    ) -> None:
        """`history`: how many pairs are kept. `compiled`: by XLA, anew for each size."""
        self._graph = strides(evaluate, history, compiled=compiled)
        self._arguments = list(arguments)
        self._state = beginning(start, history, _values(evaluate))

    @property
    def point(self) -> tf.Tensor:
        """The next point to be evaluated."""
        return self._state.point

    @property
    def best(self) -> tf.Tensor:
        """The best point so far; the start before the first step."""
        return self._state.best

    @property
    def best_loss(self) -> float:
        """The loss there; infinite before the first step."""
        return float(self._state.best_loss)

    @property
    def best_values(self) -> list[float]:
        """All that was evaluated there."""
        return [float(value) for value in self._state.best_values.numpy()]

    def take(self, count: int) -> list[float]:
        """Take `count` steps, 1 to `MOST`; returns the loss that each began with."""
        self._state, losses = self._graph(self._state, tf.constant(count), self._arguments)
        return [float(loss) for loss in losses.numpy()[:count]]


def beginning(start: tf.Tensor, history: int, values: int) -> State:
    """The state before the first step."""
    one = functools.partial(tf.constant, dtype=tf.float64)
    return State(
        point=start,
        best=start,
        best_values=tf.fill([values], math.nan),
        best_loss=one(math.inf),
        last_point=start,
        last_gradient=tf.zeros_like(start),
        pairs=[tf.zeros([2, tf.size(start)])] * history,
        products=tf.zeros([2, history, 2, history], tf.float64),
        age=one(0),
        shrink=one(1),
    )


@functools.lru_cache(maxsize=8)  # the losses of one network, with and without a mask
def strides(evaluate: Any, history: int, *, compiled: bool) -> Any:
    """The graph: a state, a count and `evaluate`'s further arguments in; state and losses out.

    It serves all sizes.
    """
    picture, *further = evaluate.input_signature
    state = _signature(picture, _values(evaluate), history)
    signature = [state, tf.TensorSpec([], tf.int32), further]

    def run(state: State, count: tf.Tensor, arguments: list[Any]) -> tuple[State, tf.Tensor]:
        def body(step: tf.Tensor, losses: Any, state: State) -> tuple[tf.Tensor, Any, State]:
            *values, gradient = evaluate(state.point, *arguments)
            losses = losses.write(step, values[0])
            return step + 1, losses, following(state, tf.stack(values), gradient)

        losses = tf.TensorArray(tf.float32, MOST, element_shape=[])
        _, losses, state = tf.while_loop(
            lambda step, losses, state: step < count, body, (tf.constant(0), losses, state)
        )
        return state, losses.stack()

    return graph(run, input_signature=signature, jit_compile=compiled)


def following(state: State, values: tf.Tensor, gradient: tf.Tensor) -> State:
    """The state after a step, given what was evaluated at its point."""
    moves = (state.point - state.last_point, gradient - state.last_gradient, gradient)
    newest = tf.stack([tf.reshape(row, [-1]) for row in moves])
    products = [tf.matmul(rows, newest, transpose_b=True) for rows in (*state.pairs, newest)]
    with tf.device(DECIDING):
        wide = [tf.cast(product, tf.float64) for product in products]
        loss = tf.cast(values[0], tf.float64)
        good = _is_good(state, loss, wide[-1])
        kept = good & _is_curved(state, wide[-1])
        better = good & (loss < state.best_loss)
        products, slopes = _remembered(state.products, wide, kept)
        factors, downhill, square = _direction(products, slopes, wide[-1][G, G])
        length = tf.sqrt(tf.maximum(square, 0) / tf.cast(tf.size(gradient), tf.float64))
        scale = -_scale(state, products, length)
        factors, downhill = (
            tf.cast(scale * factors, tf.float32),
            tf.cast(scale * downhill, tf.float32),
        )

    def advanced() -> State:
        pairs = tf.cond(kept, lambda: [*state.pairs[1:], newest[:G]], lambda: state.pairs)
        return state._replace(
            point=_moved(state.point, pairs, factors, downhill * gradient),
            best=tf.cond(better, lambda: state.point, lambda: state.best),
            best_values=tf.where(better, values, state.best_values),
            best_loss=tf.where(better, loss, state.best_loss),
            last_point=state.point,
            last_gradient=gradient,
            pairs=pairs,
            products=products,
            age=state.age + 1,
        )

    after: State = tf.cond(good, advanced, lambda: _recovered(state))
    return after


def _recovered(state: State) -> State:
    """Back at the best point, with shorter steps and no history."""
    nothing = tf.zeros_like(state.pairs[0])
    return state._replace(
        point=state.best,
        pairs=[nothing] * len(state.pairs),
        products=tf.zeros_like(state.products),
        age=tf.zeros_like(state.age),
        shrink=state.shrink / 2,
    )


def _is_good(state: State, loss: tf.Tensor, newest: tf.Tensor) -> tf.Tensor:
    """Whether loss and gradient are finite, and the loss has not exploded."""
    exploded = (state.age > 1) & (loss > 4 * state.best_loss)
    return tf.math.is_finite(loss) & tf.math.is_finite(newest[G, G]) & ~exploded


def _is_curved(state: State, newest: tf.Tensor) -> tf.Tensor:
    """Whether the newest s and y may be kept; there are none at a history's first step."""
    yy = newest[Y, Y]
    return (state.age > 0) & (yy >= SMALLEST) & (newest[S, Y] > CURVATURE * yy)


def _remembered(
    old: tf.Tensor, found: list[tf.Tensor], kept: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """The inner products of the pairs from now on, and those of their rows with the gradient.

    `found`: those of each pair's rows with the newest, and of the newest with one another. Where
    the newest is `kept`, it takes the place of the oldest.
    """
    pairs = old.shape[1]
    columns, corner = tf.stack(found[:-1], 1), found[-1]
    right, below = columns[..., :G, tf.newaxis], tf.transpose(columns[..., :G], [2, 0, 1])
    last = tf.concat([below[:, tf.newaxis], corner[:G, tf.newaxis, :G, tf.newaxis]], 3)
    every = tf.concat([tf.concat([old, right], 3), last], 1)
    slopes = tf.concat([columns[..., G], corner[:G, G, tf.newaxis]], 1)
    first = tf.cast(kept, tf.int32)
    return (
        tf.slice(every, [0, first, 0, first], [2, pairs, 2, pairs]),
        tf.slice(slopes, [0, first], [2, pairs]),
    )


def _direction(
    products: tf.Tensor, slopes: tf.Tensor, steepness: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """The inverse Hessian's estimate times the gradient, as coefficients of the rows and of it.

    And its squared length. `steepness` is the gradient's.
    """
    sy, yy = products[S, :, Y], products[Y, :, Y]
    curvature = tf.linalg.diag_part(sy)
    diagonal = tf.where(curvature > 0, curvature, 1)  # nothing stands for pairs yet to come
    triangle = tf.linalg.set_diag(tf.linalg.band_part(sy, 0, -1), diagonal)
    downhill = tf.where(curvature[-1] > 0, curvature[-1] / yy[-1, -1], 1)
    first = _solved(triangle, slopes[S])
    change = curvature * first + downhill * (tf.linalg.matvec(yy, first) - slopes[Y])
    factors = tf.stack([_solved(triangle, change, adjoint=True), -downhill * first])
    square = (
        tf.reduce_sum(factors * tf.tensordot(products, factors, 2))
        + 2 * downhill * tf.reduce_sum(factors * slopes)
        + downhill**2 * steepness
    )
    return factors, downhill, square


def _scale(state: State, products: tf.Tensor, length: tf.Tensor) -> tf.Tensor:
    """What to multiply a direction of root mean square `length` with."""
    has_pairs = products[S, -1, Y, -1] > 0
    usual = tf.minimum(state.age / RAMP, 1)
    length = tf.maximum(length, SMALLEST)
    longest = tf.minimum(usual, LONGEST_STEP / length)
    return state.shrink * tf.where(has_pairs, longest, FIRST_STEP / length)


def _solved(triangle: tf.Tensor, right: tf.Tensor, *, adjoint: bool = False) -> tf.Tensor:
    column = right[:, tf.newaxis]
    return tf.linalg.triangular_solve(triangle, column, lower=False, adjoint=adjoint)[:, 0]


def _moved(
    point: tf.Tensor, pairs: list[tf.Tensor], factors: tf.Tensor, straight: tf.Tensor
) -> tf.Tensor:
    """`point` plus the pairs' rows, each times its factor, plus `straight`."""
    past = [
        tf.linalg.matvec(rows, factors[:, number], transpose_a=True)
        for number, rows in enumerate(pairs)
    ]
    return point + tf.reshape(tf.add_n(past), tf.shape(point)) + straight


def _values(evaluate: Any) -> int:
    """How many scalars it gives."""
    return len(evaluate.get_concrete_function().structured_outputs) - 1


def _signature(picture: tf.TensorSpec, values: int, history: int) -> State:
    number = tf.TensorSpec([], tf.float64)
    return State(
        point=picture,
        best=picture,
        best_values=tf.TensorSpec([values], tf.float32),
        best_loss=number,
        last_point=picture,
        last_gradient=picture,
        pairs=[tf.TensorSpec([2, None], tf.float32)] * history,
        products=tf.TensorSpec([2, history, 2, history], tf.float64),
        age=number,
        shrink=number,
    )
