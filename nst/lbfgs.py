"""L-BFGS without a line search, on tensors (Nocedal and Wright 2006, algorithm 7.4). No pictures.

A line search would cost further evaluations of the network, each as dear as a step. What keeps
the bare method stable instead: a loss of order 1 that is never negative, a first step of known
length, a cap on every step's length, a curvature guard, and a return to the best iterate after a
bad step.

The recursion runs on coefficients (Chen et al. 2014, "Large-scale L-BFGS using MapReduce"). The
inner products of what is remembered are kept; those of the newest step, its gradient's change and
the gradient come from one matrix product, and the direction from another, so that a step reads its
history twice and not once a pair.
"""

import math

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from nst.graphs import graph

HISTORY = 10
FIRST_STEP = 0.01  # root mean square change of a value in the first step
LONGEST_STEP = 0.10  # the same, of any step
RAMP = 3  # steps over which the step grows to its full length
CURVATURE = 1e-10  # pairs with s·y at or below this times y·y are left out
SMALLEST = 1e-30  # a squared length below it is nothing: float32 would divide by zero

S, Y, G = -3, -2, -1  # the newest rows, after all others: step, gradient's change, gradient

Floats = npt.NDArray[np.float64]


class Lbfgs:
    """Minimises a function of one float32 tensor, given its value and gradient at each point."""

    def __init__(self, start: tf.Tensor) -> None:
        self.point = start
        self.best, self.best_loss = start, math.inf
        self._nothing = tf.zeros([2, tf.size(start)])
        self._shrink = 1.0
        self._forget()

    def _forget(self) -> None:
        self._pairs: list[tf.Tensor] = []  # rows s and y each, the oldest first
        self._products = np.zeros((0, 0))  # inner products of all their rows, in this order
        self._last: tuple[tf.Tensor, tf.Tensor] | None = None
        self._age = 0

    def step(self, loss: float, gradient: tf.Tensor) -> tf.Tensor:
        """The next point to evaluate, given the loss and gradient at the present one."""
        exploded = self._age > 1 and loss > 4 * self.best_loss
        if exploded or not math.isfinite(loss):
            return self._recover()
        newest = _newest(self.point, gradient, *(self._last or (self.point, gradient)))
        products = self._with(newest)
        if not math.isfinite(products[G, G]):
            return self._recover()
        if loss < self.best_loss:
            self.best, self.best_loss = self.point, loss
        self._last = (self.point, gradient)
        self._age += 1
        self.point = self._next(gradient, self._remember(newest, products))
        return self.point

    def _recover(self) -> tf.Tensor:
        self._forget()
        self._shrink /= 2
        self.point = self.best
        return self.point

    def _with(self, newest: tf.Tensor) -> Floats:
        """The inner products of the remembered rows and the newest: s, y and the gradient."""
        old = len(self._products)
        columns, corner = (
            products.numpy().astype(np.float64) for products in _inner(self._padded(), newest)
        )
        return np.block([[self._products, columns[:old]], [columns[:old].T, corner]])

    def _remember(self, newest: tf.Tensor, products: Floats) -> Floats:
        """Keep the newest s and y, unless they would spoil the curvature.

        `products` are all inner products, the newest rows' last; what comes back are those of the
        rows that are kept, and the gradient's.
        """
        yy = products[Y, Y]
        if yy < SMALLEST or not products[S, Y] > CURVATURE * yy:
            rows = [*range(len(self._products)), len(products) - 1]
            return products[np.ix_(rows, rows)]
        if len(self._pairs) == HISTORY:
            del self._pairs[0]
            products = products[2:, 2:]
        self._pairs.append(newest[:2])
        self._products = products[:G, :G]
        return products

    def _next(self, gradient: tf.Tensor, products: Floats) -> tf.Tensor:
        coefficients = _two_loops(products)
        squared = float(coefficients @ products @ coefficients)
        length = math.sqrt(max(squared, 0.0) / int(tf.size(gradient)))
        moves = np.zeros(2 * HISTORY + 1)
        moves[: len(self._products)] = coefficients[:G]
        moves[G] = coefficients[G]
        moves *= -self._scale(length)
        return _moved(self.point, self._padded(), gradient, tf.constant(moves, tf.float32))

    def _padded(self) -> list[tf.Tensor]:
        """Always as many pairs, so that one graph serves."""
        return [*self._pairs, *[self._nothing] * (HISTORY - len(self._pairs))]

    def _scale(self, length: float) -> float:
        """What to multiply a direction of root mean square `length` with."""
        if not self._pairs:
            return FIRST_STEP * self._shrink / max(length, 1e-30)
        scale = min(1.0, (self._age - 1) / RAMP) * self._shrink
        return min(scale, LONGEST_STEP * self._shrink / max(length, 1e-30))


def _two_loops(products: Floats) -> Floats:
    """The inverse Hessian's estimate times the gradient, as coefficients of s, y and gradient.

    `products` are the inner products of all of them: each pair's s and y, the oldest first, and
    the gradient last.
    """
    c = np.zeros(len(products))
    c[G] = 1.0
    pairs = range(0, len(products) - 1, 2)
    alphas = {}
    for s in reversed(pairs):
        y = s + 1
        alphas[s] = (products[s] @ c) / products[s, y]
        c[y] -= alphas[s]
    if pairs:
        c *= products[pairs[-1], pairs[-1] + 1] / products[pairs[-1] + 1, pairs[-1] + 1]
    for s in pairs:
        y = s + 1
        c[s] += alphas[s] - (products[y] @ c) / products[s, y]
    return c


# Open signatures: one graph each for all sizes.
_ROWS = tf.TensorSpec([None, None], tf.float32)
_PAIRS = [_ROWS] * HISTORY
_PICTURE = tf.TensorSpec(None, tf.float32)
_COEFFICIENTS = tf.TensorSpec([None], tf.float32)


@graph(input_signature=[_PICTURE] * 4)  # type: ignore[untyped-decorator]
def _newest(
    point: tf.Tensor, gradient: tf.Tensor, last_point: tf.Tensor, last_gradient: tf.Tensor
) -> tf.Tensor:
    """The rows s, y and gradient."""
    rows = (point - last_point, gradient - last_gradient, gradient)
    return tf.stack([tf.reshape(row, [-1]) for row in rows])


@graph(input_signature=[_PAIRS, _ROWS])  # type: ignore[untyped-decorator]
def _inner(pairs: list[tf.Tensor], newest: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The inner products of the pairs' rows with the newest, and of these with one another."""
    products = [tf.matmul(rows, newest, transpose_b=True) for rows in (*pairs, newest)]
    return tf.concat(products[:-1], 0), products[-1]


@graph(input_signature=[_PICTURE, _PAIRS, _PICTURE, _COEFFICIENTS])  # type: ignore[untyped-decorator]
def _moved(
    point: tf.Tensor, pairs: list[tf.Tensor], gradient: tf.Tensor, coefficients: tf.Tensor
) -> tf.Tensor:
    """`point` plus the pairs' rows and the gradient, each times its coefficient."""
    factors = tf.split(coefficients[:-1], len(pairs))
    past = [
        tf.linalg.matvec(rows, factor, transpose_a=True)
        for rows, factor in zip(pairs, factors, strict=True)
    ]
    return point + tf.reshape(tf.add_n(past), tf.shape(point)) + coefficients[-1] * gradient
