"""The TensorFlow tutorial's recipe, to compare with. TensorFlow on tensors: no files, no clock.

What everybody starts from (tensorflow.org/tutorials/generative/style_transfer): VGG-19 as it was
trained, with maximum pooling and zero borders; Gram matrices of conv1_1 … conv5_1, features of
conv5_2, total variation; Adam on the picture at one scale, from the content, clipped to 0…1 after
every step. The constants are the tutorial's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from nst.graphs import graph
from nst.vgg import MEANS_BGR
from nst.weights import Convolution

STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")
CONTENT_LAYER = "conv5_2"
STYLE_WEIGHT = 1e-2
CONTENT_WEIGHT = 1e4
VARIATION_WEIGHT = 30.0
LEARNING_RATE, BETA_1, BETA_2, EPSILON = 0.02, 0.99, 0.999, 0.1
STEPS = 1000

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Losses:
    """One step's loss and its three parts, each with its weight."""

    total: float
    style: float
    content: float
    variation: float


class Tutorial:
    """One picture on its way: `content` and `style` are (height, width, 3) in 0…1."""

    def __init__(
        self, convolutions: Mapping[str, Convolution], content: Floats, style: Floats
    ) -> None:
        self._layers = {
            name: (tf.constant(layer.kernel), tf.constant(layer.bias))
            for name, layer in convolutions.items()
        }
        start, style_picture = (tf.constant(array[np.newaxis]) for array in (content, style))
        of_style = self.features(style_picture, STYLE_LAYERS)
        self._grams = [gram(of_style[layer]) for layer in STYLE_LAYERS]
        self._content = self.features(start, (CONTENT_LAYER,))[CONTENT_LAYER]
        self._adam = Adam(start)
        self._evaluate = graph(self._trace_evaluate)
        self._unit = graph(self._trace_unit)

    @property
    def picture(self) -> Floats:
        """What has been reached: (height, width, 3) in 0…1."""
        array: Floats = self._adam.point[0].numpy()
        return array

    def step(self) -> Losses:
        """One step of Adam; the losses are those before it."""
        *losses, gradient = self._evaluate(self._adam.point)
        self._adam.step(gradient)
        self._adam.point = tf.clip_by_value(self._adam.point, 0.0, 1.0)
        return Losses(*map(float, losses))

    def losses(self, picture: Floats) -> Losses:
        """Those of any picture of the content's size; the first call of this or of `step` traces.

        It changes nothing.
        """
        *losses, _ = self._evaluate(tf.constant(picture[np.newaxis]))
        return Losses(*map(float, losses))

    def unit(self) -> float:
        """What costs are counted in: VGG-19 to conv5_1, forward and gradient, at this size."""
        loss, gradient = self._unit(self._adam.point)
        return float(loss) + float(gradient[0, 0, 0, 0])

    def features(self, picture: tf.Tensor, wanted: Sequence[str]) -> dict[str, tf.Tensor]:
        """The activations of the `wanted` layers; `picture` is (1, height, width, 3) in 0…1."""
        x = tf.reverse(picture, [-1]) * 255.0 - tf.constant(MEANS_BGR)
        found: dict[str, tf.Tensor] = {}
        block = "1"
        for name, (kernel, bias) in self._layers.items():
            if name[4] != block:
                block = name[4]
                x = tf.nn.max_pool2d(x, 2, 2, "VALID")
            x = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, "SAME"), bias))
            if name in wanted:
                found[name] = x
            if len(found) == len(wanted):
                break
        return found

    def _style_loss(self, features: Mapping[str, tf.Tensor]) -> tf.Tensor:
        distances = [
            tf.reduce_mean(tf.square(gram(features[layer]) - target))
            for layer, target in zip(STYLE_LAYERS, self._grams, strict=True)
        ]
        return STYLE_WEIGHT * tf.add_n(distances) / len(STYLE_LAYERS)

    def _trace_evaluate(self, picture: tf.Tensor) -> tuple[tf.Tensor, ...]:
        with tf.GradientTape() as tape:
            tape.watch(picture)
            features = self.features(picture, (*STYLE_LAYERS, CONTENT_LAYER))
            style = self._style_loss(features)
            distance = tf.square(features[CONTENT_LAYER] - self._content)
            content = CONTENT_WEIGHT * tf.reduce_mean(distance)
            variation = VARIATION_WEIGHT * tf.reduce_sum(tf.image.total_variation(picture))
            total = style + content + variation
        return total, style, content, variation, tape.gradient(total, picture)

    def _trace_unit(self, picture: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(picture)
            loss = self._style_loss(self.features(picture, STYLE_LAYERS))
        return loss, tape.gradient(loss, picture)


class Adam:
    """Kingma and Ba 2015, with ε where Keras has it: outside the correction of the moments."""

    def __init__(self, start: tf.Tensor) -> None:
        self.point = start
        self._mean = self._square = tf.zeros_like(start)
        self._steps = 0

    def step(self, gradient: tf.Tensor) -> None:
        """Move `point` against `gradient`."""
        self._steps += 1
        self._mean = BETA_1 * self._mean + (1 - BETA_1) * gradient
        self._square = BETA_2 * self._square + (1 - BETA_2) * tf.square(gradient)
        rate = LEARNING_RATE * (1 - BETA_2**self._steps) ** 0.5 / (1 - BETA_1**self._steps)
        self.point = self.point - rate * self._mean / (tf.sqrt(self._square) + EPSILON)


def gram(features: tf.Tensor) -> tf.Tensor:
    """The mean over positions of the channels' products: (1, height, width, C) to (C, C)."""
    flat = tf.reshape(features, [-1, features.shape[-1]])
    return tf.matmul(flat, flat, transpose_a=True) / tf.cast(tf.shape(flat)[0], tf.float32)
