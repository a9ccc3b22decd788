"""What was tried: each trial replaces a few names of the engine, in a process of its own.

The engine holds what won and no switches for what lost; a trial puts what lost back in its place.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf

from nst import lbfgs, sketch
from nst.lbfgs import Lbfgs
from nst.loss import LAYER_WEIGHTS, relative
from nst.run import Run
from nst.schedule import Stage
from nst.subject import Floats, scaled
from nst.vgg import STYLE_LAYERS

Steps = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Trial:
    """`changes` maps the full names of the engine's parts to what stands in for them."""

    name: str
    question: str
    changes: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


def _steps(*standard: tuple[int, int]) -> dict[str, Any]:
    """A plan for `standard`, in place of the engine's."""
    return {"nst.schedule.STEPS": (standard, standard, standard)}


# Pooling and border.


def average_pooled(x: tf.Tensor) -> tf.Tensor:
    """The mean of four, as Gatys et al. have it."""
    return tf.nn.avg_pool2d(x, 2, 2, "VALID")


def max_pooled(x: tf.Tensor) -> tf.Tensor:
    """As the network was trained."""
    return tf.nn.max_pool2d(x, 2, 2, "VALID")


def blurred_pooled(x: tf.Tensor) -> tf.Tensor:
    """A binomial filter of four before every second value is dropped (Zhang 2019)."""
    line = tf.constant([1.0, 3.0, 3.0, 1.0]) / 8.0
    kernel = tf.cast(line[:, None] * line[None, :], x.dtype)
    kernel = tf.tile(kernel[:, :, None, None], [1, 1, x.shape[-1], 1])
    padded = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], "SYMMETRIC")
    return tf.nn.depthwise_conv2d(padded, kernel, [1, 2, 2, 1], "VALID")


def zero_bordered(x: tf.Tensor) -> tf.Tensor:
    """As the network was trained."""
    return tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])


# The style's loss.


def gram_with_means(
    features: tf.Tensor, shares: tf.Tensor | None = None, count: tf.Tensor | None = None
) -> tf.Tensor:
    """The Gram matrix of the channels and a channel of ones: its last row holds the means."""
    assert shares is None
    assert count is None
    flat = tf.reshape(tf.cast(features, tf.float32), [-1, features.shape[-1]])
    flat = tf.concat([flat, tf.ones_like(flat[:, :1])], 1)
    return tf.matmul(flat, flat, transpose_a=True) / tf.cast(tf.shape(flat)[0], tf.float32)


def _parts(matrix: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """The Gram matrix, the means and the covariance."""
    mean = matrix[-1, :-1]
    return matrix[:-1, :-1], mean, matrix[:-1, :-1] - mean[:, None] * mean[None, :]


def _deviations(covariance: tf.Tensor) -> tf.Tensor:
    return tf.sqrt(tf.nn.relu(tf.linalg.diag_part(covariance)) + 1e-3)


def style_loss_with_moments(grams: list[tf.Tensor], wanted: list[tf.Tensor]) -> tf.Tensor:
    """The Gram matrices' distance, and a quarter each of the means' and the deviations'."""
    distances = []
    for weight, found, target in _weighted(grams, wanted):
        gram, mean, covariance = _parts(found)
        gram_, mean_, covariance_ = _parts(target)
        distance = (
            relative(gram, gram_)
            + 0.25 * relative(mean, mean_)
            + 0.25 * relative(_deviations(covariance), _deviations(covariance_))
        )
        distances.append(weight * distance)
    return tf.add_n(distances) / sum(LAYER_WEIGHTS[: len(grams)])


def style_loss_w2_when_fine(grams: list[tf.Tensor], wanted: list[tf.Tensor]) -> tf.Tensor:
    """The Gaussians' squared Wasserstein distance in texture steps, the Gram's in full ones."""
    full = len(grams) == len(STYLE_LAYERS)
    distances = []
    for weight, found, target in _weighted(grams, wanted):
        distance = relative(found[:-1, :-1], target[:-1, :-1]) if full else _w2(found, target)
        distances.append(weight * distance)
    return tf.add_n(distances) / sum(LAYER_WEIGHTS[: len(grams)])


def _weighted(
    grams: list[tf.Tensor], wanted: list[tf.Tensor]
) -> Iterator[tuple[float, tf.Tensor, tf.Tensor]]:
    """Each layer's weight, matrix and target, as the engine has them."""
    return zip(LAYER_WEIGHTS[: len(grams)], grams, wanted, strict=True)


def _w2(found: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
    """Over the wanted second moment, so that it is of order 1 like the Gram's distance."""
    _, mean, covariance = _parts(found)
    gram_, mean_, covariance_ = _parts(wanted)
    small = 1e-4 * tf.linalg.trace(covariance_) / tf.cast(tf.shape(mean)[0], tf.float32)
    eye = tf.eye(tf.shape(mean)[0])
    root = _square_root(covariance_ + small * eye)
    cross = _square_root(tf.matmul(root, tf.matmul(covariance + small * eye, root)))
    bures = tf.linalg.trace(covariance) + tf.linalg.trace(covariance_) - 2 * tf.linalg.trace(cross)
    return (tf.reduce_sum(tf.square(mean - mean_)) + bures) / tf.linalg.trace(gram_)


def _square_root(matrix: tf.Tensor) -> tf.Tensor:
    """Twelve iterations of Newton and Schulz."""
    norm = tf.sqrt(tf.reduce_sum(tf.square(matrix)))
    eye = tf.eye(tf.shape(matrix)[0])
    y, z = matrix / norm, eye
    for _ in range(12):
        step = 1.5 * eye - 0.5 * tf.matmul(z, y)
        y, z = tf.matmul(y, step), tf.matmul(step, z)
    return y * tf.sqrt(norm)


# The content's loss.


def over_its_own_square(content: tf.Tensor, style_square: tf.Tensor) -> tf.Tensor:
    """The content's loss relative to the content alone."""
    return tf.constant(1.0)


# The optimiser.

_lbfgs_step = Lbfgs.step


def step_that_regrows(self: Lbfgs, loss: float, gradient: tf.Tensor) -> tf.Tensor:
    """After a recovery the step grows back by a tenth with every good one."""
    if loss < self.best_loss:
        self._shrink = min(1.0, self._shrink * 1.1)
    return _lbfgs_step(self, loss, gradient)


def _history(pairs: int) -> dict[str, Any]:
    """So many pairs remembered; the graphs take as many."""
    rows, row = tf.TensorSpec([None, None], tf.float32), tf.TensorSpec([None], tf.float32)
    some = [rows] * pairs
    return {
        "nst.lbfgs.HISTORY": pairs,
        "nst.budget.HISTORY": pairs,
        "nst.lbfgs._inner": tf.function(
            lbfgs._inner.python_function, input_signature=[some, rows, row]
        ),
        "nst.lbfgs._moved": tf.function(
            lbfgs._moved.python_function, input_signature=[row, some, row, row]
        ),
    }


# Where a run begins.


def start_from_noise(self: Run, stage: Stage) -> Floats:
    """White noise, as in the paper."""
    noise = np.random.default_rng(1).uniform(0, 1, (stage.height, stage.width, 3))
    return noise.astype(np.float32)


def start_from_sketch(self: Run, stage: Stage) -> Floats:
    """What the feed-forward network makes of the pair."""
    return scaled(sketch.sketch(self.content, self.subject.styles[0]), stage)


_POOLED = "nst.vgg.pooled"
_STYLE_LOSS = "nst.loss.style_loss"
_WEIGHTS = "nst.loss.LAYER_WEIGHTS"
_MEANS = {"nst.loss.gram": gram_with_means}

BASELINE = Trial("the engine", "what the others are compared with")

TRIALS = (
    BASELINE,
    Trial("pooling: average", "pooling", {_POOLED: average_pooled}),
    Trial("pooling: maximum", "pooling", {_POOLED: max_pooled}),
    Trial("pooling: blurred", "pooling", {_POOLED: blurred_pooled}),
    Trial("border: zeros", "border", {"nst.vgg.bordered": zero_bordered}),
    Trial("loss: and moments", "loss", {**_MEANS, _STYLE_LOSS: style_loss_with_moments}),
    Trial("loss: W2 when fine", "loss", {**_MEANS, _STYLE_LOSS: style_loss_w2_when_fine}),
    Trial("layers: 16 8 4 2 1", "layers", {_WEIGHTS: (16, 8, 4, 2, 1)}),
    Trial("layers: 1 2 4 8 16", "layers", {_WEIGHTS: (1, 2, 4, 8, 16)}),
    Trial("layers: 1 1 1 1 1", "layers", {_WEIGHTS: (1, 1, 1, 1, 1)}),
    Trial("layers: 1 1 1 1 3", "layers", {_WEIGHTS: (1, 1, 1, 1, 3)}),
    Trial("layers: 1 1 1 2 2", "layers", {_WEIGHTS: (1, 1, 1, 2, 2)}),
    Trial("variation: 0", "variation", {"nst.loss.VARIATION_WEIGHT": 0.0}),
    Trial("variation: 0.5", "variation", {"nst.loss.VARIATION_WEIGHT": 0.5}),
    Trial("content: x 2", "content", {"nst.loss.CONTENT_WEIGHT": 0.15}),
    Trial("content: x 0.5", "content", {"nst.loss.CONTENT_WEIGHT": 0.0375}),
    Trial("content: alike at all scales", "content", {"nst.loss.COARSE_CONTENT": 1.0}),
    Trial(
        "content: x 0.67, x 3 when coarse",
        "content",
        {"nst.loss.CONTENT_WEIGHT": 0.05, "nst.loss.COARSE_CONTENT": 3.0},
    ),
    Trial("content: over its own square", "content", {"nst.loss.balance": over_its_own_square}),
    Trial(
        "scales: one",
        "scales",
        {"nst.schedule.COARSEST_AREA": 1e9, **_steps((0, 26))},
    ),
    Trial(
        "scales: two",
        "scales",
        {"nst.schedule.COARSEST_AREA": 160.0**2, **_steps((0, 44), (10, 9))},
    ),
    Trial(
        "scales: four",
        "scales",
        {
            "nst.schedule.COARSEST_AREA": 40.0**2,
            "nst.schedule.COARSEST_SIDE": 24,
            **_steps((0, 60), (0, 50), (0, 30), (10, 9)),
        },
    ),
    Trial("steps: no texture", "steps", _steps((0, 54), (0, 32), (0, 12))),
    Trial("steps: coarse", "steps", _steps((0, 80), (0, 40), (10, 5))),
    Trial("steps: fine", "steps", _steps((0, 40), (0, 20), (12, 12))),
    Trial("history: 5", "optimiser", _history(5)),
    Trial("history: 20", "optimiser", _history(20)),
    Trial("ramp: 10 steps", "optimiser", {"nst.lbfgs.RAMP": 10, "nst.lbfgs.FIRST_STEP": 0.02}),
    Trial("step: regrows", "optimiser", {"nst.lbfgs.Lbfgs.step": step_that_regrows}),
    Trial("start: noise", "start", {"nst.run.Run._first_picture": start_from_noise}),
    Trial("start: sketch", "start", {"nst.run.Run._first_picture": start_from_sketch}),
    Trial("style scale: 0.7", "style scale", options={"style_scale": 0.7}),
    Trial("style scale: 1.4", "style scale", options={"style_scale": 1.4}),
)
