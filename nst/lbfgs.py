"""L-BFGS without a line search, on tensors (Nocedal and Wright 2006, algorithm 7.4). No pictures.

A line search would cost further evaluations of the network, each as dear as a step. What keeps
the bare method stable instead: a loss of order 1 that is never negative, a first step of known
length, a cap on every step's length, a curvature guard, and a return to the best iterate after a
bad step.

The recursion runs on coefficients (Chen et al. 2014, "Large-scale L-BFGS using MapReduce"). The
inner products of what is remembered are kept; those of the newest step, its gradient's change and
the gradient come from one matrix product, and the direction from another, so that a step reads its
history twice and not once a pair. Large tensors are worked on in parts, so that what a step takes
beside its history does not grow with them.
"""

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from nst.graphs import graph

HISTORY = 10
PART = 2**22  # values worked on at once: all of a picture of up to 1.4 million pixels
FIRST_STEP = 0.01  # root mean square change of a value in the first step
LONGEST_STEP = 0.10  # the same, of any step
RAMP = 3  # steps over which the step grows to its full length
CURVATURE = 1e-10  # pairs with s·y at or below this times y·y are left out
SMALLEST = 1e-30  # a squared length below it is nothing: float32 would divide by zero

S, Y, G = -3, -2, -1  # the newest rows, after all others: step, gradient's change, gradient

Floats = npt.NDArray[np.float64]


class Lbfgs:
    """Minimises a function of one float32 tensor, given its value and gradient at each point."""

    def __init__(self, start: tf.Tensor, history: int = HISTORY) -> None:
        """`history`, at most `HISTORY`: how many pairs are kept, each twice the size of `start`."""
        self.point = start
        self.best, self.best_loss = start, math.inf
        self._history = history
        count = int(tf.size(start))
        self._parts = [(first, min(first + PART, count)) for first in range(0, count, PART)]
        lengths = {end - first for first, end in self._parts}
        self._nothing = {length: tf.zeros([2, length]) for length in lengths}
        self._shrink = 1.0
        self._forget()

    def _forget(self) -> None:
        self._pairs: list[list[tf.Tensor]] = []  # rows s and y each, in parts; the oldest first
        self._products = np.zeros((0, 0))  # inner products of all their rows, in this order
        self._last: tuple[tf.Tensor, tf.Tensor] | None = None
        self._age = 0

    def step(self, loss: float, gradient: tf.Tensor) -> tf.Tensor:
        """The next point to evaluate, given the loss and gradient at the present one."""
        exploded = self._age > 1 and loss > 4 * self.best_loss
        if exploded or not math.isfinite(loss):
            return self._recover()
        pair = self._newest(gradient)
        products = self._with(pair, gradient)
        if not math.isfinite(products[G, G]):
            return self._recover()
        if loss < self.best_loss:
            self.best, self.best_loss = self.point, loss
        self._last = (self.point, gradient)
        self._age += 1
        self.point = self._next(gradient, self._remember(pair, products))
        return self.point

    def _recover(self) -> tf.Tensor:
        self._forget()
        self._shrink /= 2
        self.point = self.best
        return self.point

    def _newest(self, gradient: tf.Tensor) -> list[tf.Tensor]:
        """The rows s and y, in parts."""
        tensors = (self.point, gradient, *(self._last or (self.point, gradient)))
        return [_pair(*parts) for parts in zip(*map(self._in_parts, tensors), strict=True)]

    def _with(self, pair: list[tf.Tensor], gradient: tf.Tensor) -> Floats:
        """The inner products of the remembered rows and the newest: s, y and the gradient."""
        old = len(self._products)
        found = [
            _inner(self._padded(number), rows, part)
            for number, (rows, part) in enumerate(zip(pair, self._in_parts(gradient), strict=True))
        ]
        columns, corner = (tf.add_n(products).numpy() for products in zip(*found, strict=True))
        return np.block([[self._products, columns[:old]], [columns[:old].T, corner]])

    def _remember(self, pair: list[tf.Tensor], products: Floats) -> Floats:
        """Keep the newest s and y, `pair`, unless they would spoil the curvature.

        `products` are all inner products, the newest rows' last; what comes back are those of the
        rows that are kept, and the gradient's.
        """
        yy = products[Y, Y]
        if yy < SMALLEST or not products[S, Y] > CURVATURE * yy:
            rows = [*range(len(self._products)), len(products) - 1]
            return products[np.ix_(rows, rows)]
        if len(self._pairs) == self._history:
            del self._pairs[0]
            products = products[2:, 2:]
        self._pairs.append(pair)
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
        factors = tf.constant(moves, tf.float32)
        moved = [
            _moved(part, self._padded(number), slope, factors)
            for number, (part, slope) in enumerate(
                zip(self._in_parts(self.point), self._in_parts(gradient), strict=True)
            )
        ]
        flat = moved[0] if len(moved) == 1 else tf.concat(moved, 0)
        return tf.reshape(flat, tf.shape(gradient))

    def _padded(self, number: int) -> list[tf.Tensor]:
        """Part `number` of the pairs; always as many, so that one graph serves."""
        first, end = self._parts[number]
        pairs = [pair[number] for pair in self._pairs]
        return [*pairs, *[self._nothing[end - first]] * (HISTORY - len(pairs))]

    def _in_parts(self, tensor: tf.Tensor) -> Iterator[tf.Tensor]:
        """Flat, one after another; none is a copy."""
        flat = tf.reshape(tensor, [-1])
        return (flat[first:end] for first, end in self._parts)

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
_ROW = tf.TensorSpec([None], tf.float32)
_COEFFICIENTS = tf.TensorSpec([None], tf.float32)


@graph(input_signature=[_ROW] * 4)  # type: ignore[untyped-decorator]
def _pair(
    point: tf.Tensor, gradient: tf.Tensor, last_point: tf.Tensor, last_gradient: tf.Tensor
) -> tf.Tensor:
    """The rows s and y."""
    return tf.stack([point - last_point, gradient - last_gradient])


@graph(input_signature=[_PAIRS, _ROWS, _ROW])  # type: ignore[untyped-decorator]
def _inner(
    pairs: list[tf.Tensor], pair: tf.Tensor, gradient: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """The inner products of the pairs' rows with the newest, and of these with one another.

    The newest are those of `pair` and `gradient`. In float64: parts are added up.
    """
    newest = tf.concat([pair, gradient[tf.newaxis]], 0)
    products = [tf.matmul(rows, newest, transpose_b=True) for rows in (*pairs, newest)]
    return (
        tf.cast(tf.concat(products[:-1], 0), tf.float64),
        tf.cast(products[-1], tf.float64),
    )


@graph(input_signature=[_ROW, _PAIRS, _ROW, _COEFFICIENTS])  # type: ignore[untyped-decorator]
def _moved(
    point: tf.Tensor, pairs: list[tf.Tensor], gradient: tf.Tensor, coefficients: tf.Tensor
) -> tf.Tensor:
    """`point` plus the pairs' rows and the gradient, each times its coefficient."""
    factors = tf.split(coefficients[:-1], len(pairs))
    past = [
        tf.linalg.matvec(rows, factor, transpose_a=True)
        for rows, factor in zip(pairs, factors, strict=True)
    ]
    return point + tf.add_n(past) + coefficients[-1] * gradient
