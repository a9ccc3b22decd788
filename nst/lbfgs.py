"""L-BFGS without a line search, on tensors (Nocedal and Wright 2006, algorithm 7.4). No pictures.

A line search would cost further evaluations of the network, each as dear as a step. What keeps
the bare method stable instead: a loss of order 1 that is never negative, a first step of known
length, a cap on every step's length, a curvature guard, and a return to the best iterate after a
bad step.

The recursion runs on coefficients (Chen et al. 2014, "Large-scale L-BFGS using MapReduce"): all
inner products come from one matrix product, and the direction from another, so that a step reads
its history twice and not once a pair.
"""

import math

import numpy as np
import numpy.typing as npt
import tensorflow as tf

HISTORY = 10
FIRST_STEP = 0.01  # root mean square change of a value in the first step
LONGEST_STEP = 0.10  # the same, of any step
RAMP = 3  # steps over which the step grows to its full length
CURVATURE = 1e-10  # pairs with s·y at or below this times y·y are left out
SMALLEST = 1e-30  # a squared length below it is nothing: float32 would divide by zero

Floats = npt.NDArray[np.float64]


class Lbfgs:
    """Minimises a function of one float32 tensor, given its value and gradient at each point."""

    def __init__(self, start: tf.Tensor) -> None:
        self.point = start
        self.best, self.best_loss = start, math.inf
        # Rows 0 to HISTORY - 1 hold the steps s, the others the gradients' changes y.
        self._history = tf.Variable(tf.zeros([2 * HISTORY, tf.size(start)]))
        self._shrink = 1.0
        self._forget()

    def _forget(self) -> None:
        self._slots: list[int] = []  # rows in use, the oldest first
        self._last: tuple[tf.Tensor, tf.Tensor] | None = None
        self._age = 0

    def step(self, loss: float, gradient: tf.Tensor) -> tf.Tensor:
        """The next point to evaluate, given the loss and gradient at the present one."""
        exploded = self._age > 1 and loss > 4 * self.best_loss
        if exploded or not (math.isfinite(loss) and math.isfinite(_dot(gradient, gradient))):
            return self._recover()
        if loss < self.best_loss:
            self.best, self.best_loss = self.point, loss
        if self._last is not None:
            self._remember(self.point - self._last[0], gradient - self._last[1])
        self._last = (self.point, gradient)
        self._age += 1
        self.point = self._next(gradient)
        return self.point

    def _recover(self) -> tf.Tensor:
        self._forget()
        self._shrink /= 2
        self.point = self.best
        return self.point

    def _remember(self, s: tf.Tensor, y: tf.Tensor) -> None:
        yy = _dot(y, y)
        if yy < SMALLEST or _dot(s, y) <= CURVATURE * yy:
            return
        slot = self._slots.pop(0) if len(self._slots) == HISTORY else len(self._slots)
        self._history[slot].assign(tf.reshape(s, [-1]))
        self._history[HISTORY + slot].assign(tf.reshape(y, [-1]))
        self._slots.append(slot)

    def _next(self, gradient: tf.Tensor) -> tf.Tensor:
        products = _products(self._history, gradient).numpy().astype(np.float64)
        coefficients = _two_loops(products, self._slots)
        squared = coefficients @ products @ coefficients
        length = math.sqrt(max(squared, 0.0) / int(tf.size(gradient)))
        scale = self._scale(length)
        return _moved(
            self.point, self._history, gradient, tf.constant(-scale * coefficients, tf.float32)
        )

    def _scale(self, length: float) -> float:
        """What to multiply a direction of root mean square `length` with."""
        if not self._slots:
            return FIRST_STEP * self._shrink / max(length, 1e-30)
        scale = min(1.0, (self._age - 1) / RAMP) * self._shrink
        return min(scale, LONGEST_STEP * self._shrink / max(length, 1e-30))


def _two_loops(products: Floats, slots: list[int]) -> Floats:
    """The inverse Hessian's estimate times the gradient, as coefficients of s, y and gradient.

    `products` are the inner products of all of them, the gradient last.
    """
    c = np.zeros(2 * HISTORY + 1)
    c[-1] = 1.0
    alphas: list[tuple[int, float]] = []
    for i in reversed(slots):
        alpha = (products[i] @ c) / products[i, HISTORY + i]
        c[HISTORY + i] -= alpha
        alphas.append((i, alpha))
    if slots:
        newest = slots[-1]
        y = HISTORY + newest
        c *= products[newest, y] / products[y, y]
    for i, alpha in reversed(alphas):
        c[i] += alpha - (products[HISTORY + i] @ c) / products[i, HISTORY + i]
    return c


# Open signatures: one graph each for all sizes.
_HISTORY = tf.TensorSpec([None, None], tf.float32)
_PICTURE = tf.TensorSpec(None, tf.float32)
_COEFFICIENTS = tf.TensorSpec([None], tf.float32)


@tf.function(input_signature=[_HISTORY, _PICTURE])  # type: ignore[untyped-decorator]
def _products(history: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
    """The inner products of the history's rows and the gradient, which comes last."""
    g = tf.reshape(gradient, [-1, 1])
    square = tf.matmul(history, history, transpose_b=True)
    column = tf.matmul(history, g)
    corner = tf.matmul(g, g, transpose_a=True)
    return tf.concat(
        [tf.concat([square, column], 1), tf.concat([tf.transpose(column), corner], 1)], 0
    )


@tf.function(input_signature=[_PICTURE, _HISTORY, _PICTURE, _COEFFICIENTS])  # type: ignore[untyped-decorator]
def _moved(
    point: tf.Tensor, history: tf.Tensor, gradient: tf.Tensor, coefficients: tf.Tensor
) -> tf.Tensor:
    """`point` plus the history's rows and the gradient, each times its coefficient."""
    past = tf.matmul(tf.expand_dims(coefficients[:-1], 0), history)
    return point + tf.reshape(past, tf.shape(point)) + coefficients[-1] * gradient


def _dot(a: tf.Tensor, b: tf.Tensor) -> float:
    return float(tf.reduce_sum(a * b))
