"""L-BFGS without a line search, on tensors (Nocedal and Wright 2006, algorithm 7.4). No pictures.

A line search would cost further evaluations of the network, each as dear as a step. What keeps
the bare method stable instead: a loss of order 1, a first step of known length, a cap on every
step's length, a curvature guard, and a return to the best iterate after a bad step.
"""

import math

import tensorflow as tf

HISTORY = 10
FIRST_STEP = 0.01  # root mean square change of a value in the first step
LONGEST_STEP = 0.10  # the same, of any step
RAMP = 3  # steps over which the step grows to its full length
CURVATURE = 1e-10  # pairs with s·y at or below this times y·y are left out


class Lbfgs:
    """Minimises a function of one float32 tensor, given its value and gradient at each point."""

    def __init__(self, start: tf.Tensor) -> None:
        self.point = start
        self.best, self.best_loss = start, math.inf
        self._shrink = 1.0
        self._forget()

    def _forget(self) -> None:
        self._pairs: list[tuple[tf.Tensor, tf.Tensor]] = []
        self._last: tuple[tf.Tensor, tf.Tensor] | None = None
        self._age = 0

    def step(self, loss: float, gradient: tf.Tensor) -> tf.Tensor:
        """The next point to evaluate, given the loss and gradient at the present one."""
        exploded = self._age > 1 and loss > 4 * self.best_loss
        if exploded or not (math.isfinite(loss) and math.isfinite(_rms(gradient))):
            return self._recover()
        if loss < self.best_loss:
            self.best, self.best_loss = self.point, loss
        if self._last is not None:
            self._remember(self.point - self._last[0], gradient - self._last[1])
        self._last = (self.point, gradient)
        self._age += 1
        step = -self._direction(gradient) * self._length(gradient)
        self.point = self.point + _capped(step, LONGEST_STEP * self._shrink)
        return self.point

    def _recover(self) -> tf.Tensor:
        self._forget()
        self._shrink /= 2
        self.point = self.best
        return self.point

    def _remember(self, s: tf.Tensor, y: tf.Tensor) -> None:
        if _dot(s, y) > CURVATURE * max(_dot(y, y), 1e-30):
            self._pairs = [*self._pairs, (s, y)][-HISTORY:]

    def _length(self, gradient: tf.Tensor) -> float:
        if not self._pairs:
            return FIRST_STEP * self._shrink / max(_rms(gradient), 1e-30)
        return min(1.0, (self._age - 1) / RAMP) * self._shrink

    def _direction(self, gradient: tf.Tensor) -> tf.Tensor:
        """The two-loop recursion: the inverse Hessian's estimate times the gradient."""
        q = gradient
        alphas = []
        for s, y in reversed(self._pairs):
            alpha = tf.reduce_sum(s * q) / tf.reduce_sum(s * y)
            q -= alpha * y
            alphas.append(alpha)
        if self._pairs:
            s, y = self._pairs[-1]
            q *= tf.reduce_sum(s * y) / tf.reduce_sum(y * y)
        for (s, y), alpha in zip(self._pairs, reversed(alphas), strict=True):
            q += s * (alpha - tf.reduce_sum(y * q) / tf.reduce_sum(s * y))
        return q


def _dot(a: tf.Tensor, b: tf.Tensor) -> float:
    return float(tf.reduce_sum(a * b))


def _rms(tensor: tf.Tensor) -> float:
    return math.sqrt(float(tf.reduce_mean(tf.square(tensor))))


def _capped(step: tf.Tensor, longest: float) -> tf.Tensor:
    length = _rms(step)
    return step if length <= longest else step * (longest / length)
