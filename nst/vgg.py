"""VGG features (Simonyan and Zisserman 2014) on tensors. Pure TensorFlow: no files, no state.

Two departures from the network that was trained: L2 pooling instead of maximum pooling, where
Gatys et al. (2015, section 2) have the average, and a replicated instead of a zero border at
conv1_1, so that the picture's frame leaves no mark.
"""

from collections.abc import Mapping, Sequence

import tensorflow as tf

from nst.weights import Convolution

MEANS_BGR = (103.939, 116.779, 123.68)  # of ImageNet, as the original network had them
STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")
CONTENT_LAYER = "conv4_2"
SMALLEST_SQUARE = 1e-8  # the root's gradient at nothing would be infinite


class Vgg:
    """A network that is ready to run: kernels as tensors of one precision."""

    def __init__(self, convolutions: Mapping[str, Convolution], precision: str) -> None:
        self.dtype = tf.as_dtype(precision)
        self.layers = {
            name: (tf.constant(layer.kernel, self.dtype), tf.constant(layer.bias, self.dtype))
            for name, layer in convolutions.items()
        }

    def features(self, image: tf.Tensor, wanted: Sequence[str]) -> dict[str, tf.Tensor]:
        """The activations after ReLU of the `wanted` layers.

        `image` is float32, (1, height, width, 3), RGB in 0…1; each result is of the network's
        precision, (1, height / 2^k, width / 2^k, channels).
        """
        x = tf.reverse(image, axis=[-1]) * 255.0 - tf.constant(MEANS_BGR)
        x = tf.cast(bordered(x), self.dtype)
        found = {}
        block = "1"
        for name, (kernel, bias) in self.layers.items():
            if name[4] != block:
                block = name[4]
                x = pooled(x)
            padding = "VALID" if name == "conv1_1" else "SAME"
            x = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, padding), bias))
            if name in wanted:
                found[name] = x
            if len(found) == len(wanted):
                break
        return found

    def reach(self, wanted: Sequence[str]) -> int:
        """How many pixels away a pixel can change what the `wanted` layers say of a place."""
        names = list(self.layers)
        deepest = max(names.index(layer) for layer in wanted)
        return sum(stride(name) for name in names[: deepest + 1])  # each kernel is 3 by 3


def stride(layer: str) -> int:
    """The distance of two neighbouring positions of a layer, in pixels."""
    return int(2 ** (int(layer[4]) - 1))


def bordered(x: tf.Tensor) -> tf.Tensor:
    """The picture with its outermost pixels repeated once, for a convolution without padding."""
    return tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="SYMMETRIC")


def pooled(x: tf.Tensor) -> tf.Tensor:
    """Half the height and width of the activations: the root of the mean square of each four.

    It keeps more of the strong activations than the mean does, and unlike the maximum it gives
    all four a gradient (Hénaff and Simoncelli 2016, "Geodesics of learned representations").
    """
    return tf.sqrt(tf.nn.avg_pool2d(tf.square(x), 2, 2, padding="VALID") + SMALLEST_SQUARE)
