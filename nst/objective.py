"""The loss of Gatys et al. (2015) and its gradient with respect to the picture. TensorFlow only.

Every function is traced once for all sizes: a `tf.function` keeps a graph for each input shape it
meets, for ever, so the signatures leave height and width open.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from nst.graphs import graph
from nst.vgg import CONTENT_LAYER, STYLE_LAYERS, Vgg

CONTENT_WEIGHT = 0.075  # against the style's, at strength 1; it falls with the strength's square
COARSE_CONTENT = 6.0  # times that weight at COARSE_AREA and below: there faces would get lost
COARSE_AREA = 128**2  # pixels
VARIATION_WEIGHT = 0.1  # keeps pixel-scale hatching down without softening strokes
RANGE_WEIGHT = 1.0
ANCHOR_WEIGHT = 3.0
ANCHOR_CELL = 4  # pixels: what is larger than this, texture steps leave as it is
TEXTURE_LAYERS = STYLE_LAYERS[:3]
# The deepest layer is the slowest to follow, and brings the motifs: twice the others' weight.
LAYER_WEIGHTS = (1.0, 1.0, 1.0, 1.0, 2.0)

_PICTURE = tf.TensorSpec([1, None, None, 3], tf.float32)
_GRAMS = [tf.TensorSpec([None, None], tf.float32) for _ in STYLE_LAYERS]
_CONTENT = tf.TensorSpec([1, None, None, 512], tf.float32)
_FULL = [_PICTURE, _GRAMS, _CONTENT, tf.TensorSpec([], tf.float32)]
_TEXTURE = [_PICTURE, _GRAMS[: len(TEXTURE_LAYERS)], _PICTURE]
_MASK = tf.TensorSpec([1, None, None, 1], tf.float32)


@dataclass(frozen=True)
class Targets:
    """What the picture is to resemble, at one scale."""

    grams: list[tf.Tensor]  # of STYLE_LAYERS, or of TEXTURE_LAYERS only
    content: tf.Tensor | None  # None where the texture is all that is asked for
    content_weight: tf.Tensor
    mask: list[tf.Tensor]  # one, or none where the whole picture is painted


@dataclass(frozen=True)
class Loss:
    """The loss at a picture: the weighted total, and its two main parts before weighting."""

    total: float
    style: float
    content: float


class Objective:
    """The loss as a function of the picture, for one network."""

    def __init__(self, vgg: Vgg) -> None:
        self._vgg = vgg
        self._grams = graph(self._trace_grams, input_signature=[_PICTURE])
        self._texture_grams = graph(self._trace_texture_grams, input_signature=[_PICTURE])
        self._content = graph(self._trace_content, input_signature=[_PICTURE])
        self._measure = _by_mask(self._trace_loss, _FULL)
        self._full = _by_mask(self._trace_full, _FULL)
        self._texture = _by_mask(self._trace_texture, _TEXTURE)

    def targets(
        self,
        content: tf.Tensor,
        styles: list[tf.Tensor],
        weights: list[float],
        strength: float,
        mask: tf.Tensor | None = None,
        *,
        texture_only: bool = False,
    ) -> Targets:
        """Targets from pictures, each float32 (1, height, width, 3) in 0…1.

        Several styles are blended by the weighted mean of their Gram matrices. `mask`, of the
        content's height and width with one channel, says where the style is to be: 1 there.
        With `texture_only`, targets for `evaluate_texture` and nothing else, at a third of the
        cost.
        """
        shares = [weight / sum(weights) for weight in weights]
        masks = [] if mask is None else [mask]
        height, width = content.shape[1:3]
        weight = content_weight(height * width, strength)
        if texture_only:
            grams = [self._texture_grams(style) for style in styles]
            return Targets(_blended(grams, shares), None, tf.constant(weight), masks)
        found = [self._grams(style) for style in styles]
        features = self._content(content)
        style_square = tf.add_n(_weighed((square for _, square in found), shares))
        grams = _blended((grams for grams, _ in found), shares)
        return Targets(grams, features, weight * balance(features, style_square), masks)

    def measure(self, picture: tf.Tensor, targets: Targets) -> Loss:
        """The full loss at `picture`, without its gradient."""
        values = self._measure[len(targets.mask)](
            picture, targets.grams, targets.content, targets.content_weight, *targets.mask
        )
        return Loss(*map(float, values))

    def evaluate(self, picture: tf.Tensor, targets: Targets) -> tuple[Loss, tf.Tensor]:
        """The full loss at `picture` and its gradient, of the same shape."""
        *values, gradient = self._full[len(targets.mask)](
            picture, targets.grams, targets.content, targets.content_weight, *targets.mask
        )
        return Loss(*map(float, values)), gradient

    def evaluate_texture(
        self, picture: tf.Tensor, targets: Targets, anchor: tf.Tensor
    ) -> tuple[float, tf.Tensor]:
        """The style's loss of the first blocks only, and its gradient.

        `anchor`, a picture of the same shape, holds the coarse colours in place.
        """
        grams = targets.grams[: len(TEXTURE_LAYERS)]
        total, gradient = self._texture[len(targets.mask)](picture, grams, anchor, *targets.mask)
        return float(total), gradient

    def _trace_grams(self, picture: tf.Tensor) -> tuple[list[tf.Tensor], tf.Tensor]:
        """The Gram matrices, and the content layer's mean square."""
        features = self._vgg.features(picture, (*STYLE_LAYERS, CONTENT_LAYER))
        square = mean_square(features[CONTENT_LAYER])
        return [gram(features[layer]) for layer in STYLE_LAYERS], square

    def _trace_texture_grams(self, picture: tf.Tensor) -> list[tf.Tensor]:
        features = self._vgg.features(picture, TEXTURE_LAYERS)
        return [gram(features[layer]) for layer in TEXTURE_LAYERS]

    def _trace_content(self, picture: tf.Tensor) -> tf.Tensor:
        return tf.cast(self._vgg.features(picture, (CONTENT_LAYER,))[CONTENT_LAYER], tf.float32)

    def _trace_loss(
        self,
        picture: tf.Tensor,
        grams: list[tf.Tensor],
        target: tf.Tensor,
        weight: tf.Tensor,
        mask: tf.Tensor | None = None,
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        features = self._vgg.features(picture, (*STYLE_LAYERS, CONTENT_LAYER))
        style = style_loss([features[layer] for layer in STYLE_LAYERS], grams, mask)
        content = relative(tf.cast(features[CONTENT_LAYER], tf.float32), target)
        return style + weight * content + regularity(picture), style, content

    def _trace_full(
        self,
        picture: tf.Tensor,
        grams: list[tf.Tensor],
        target: tf.Tensor,
        weight: tf.Tensor,
        mask: tf.Tensor | None = None,
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(picture)
            total, style, content = self._trace_loss(picture, grams, target, weight, mask)
        return total, style, content, tape.gradient(total, picture)

    def _trace_texture(
        self,
        picture: tf.Tensor,
        grams: list[tf.Tensor],
        anchor: tf.Tensor,
        mask: tf.Tensor | None = None,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(picture)
            features = self._vgg.features(picture, TEXTURE_LAYERS)
            style = style_loss([features[layer] for layer in TEXTURE_LAYERS], grams, mask)
            moved = tf.nn.avg_pool2d(picture - anchor, ANCHOR_CELL, ANCHOR_CELL, "SAME")
            total = style + ANCHOR_WEIGHT * tf.reduce_mean(tf.square(moved)) + regularity(picture)
        return total, tape.gradient(total, picture)


def content_weight(area: int, strength: float) -> float:
    """The content's weight against the style's, for a picture of `area` pixels.

    What the coarsest scale forgets of the content no finer one brings back.
    """
    coarse = COARSE_CONTENT * (COARSE_AREA / area) ** 2
    return CONTENT_WEIGHT * min(max(coarse, 1.0), COARSE_CONTENT) / strength**2


def balance(content: tf.Tensor, style_square: tf.Tensor) -> tf.Tensor:
    """What the content's weight is multiplied with: its square over the mean of both pictures'.

    The content's loss is relative to its own square. A flat photo's is so small that no brush
    stroke could pay for it, and a busy one's so large that a calm style would wash it away.
    """
    own = mean_square(content)
    return 2.0 * own / tf.maximum(own + style_square, 1e-12)


def mean_square(features: tf.Tensor) -> tf.Tensor:
    """Of all activations, in float32."""
    return tf.reduce_mean(tf.square(tf.cast(features, tf.float32)))


def style_loss(
    features: list[tf.Tensor], grams: list[tf.Tensor], mask: tf.Tensor | None
) -> tf.Tensor:
    """The weighted mean of the layers' Gram matrices' relative distances (equation 5).

    Of fewer layers than STYLE_LAYERS, they are the first.
    """
    weights = LAYER_WEIGHTS[: len(features)]
    distances = [
        weight * relative(gram(layer, mask), wanted)
        for weight, layer, wanted in zip(weights, features, grams, strict=True)
    ]
    return tf.add_n(distances) / sum(weights)


def gram(features: tf.Tensor, mask: tf.Tensor | None = None) -> tf.Tensor:
    """The Gram matrix (equation 3), a mean over positions: (1, height, width, C) to (C, C).

    In float32 whatever the features are in: the sums run over up to millions of positions. A
    `mask`, (1, any height, any width, 1), weighs the positions (Gatys et al. 2017, section 4.1).
    """
    channels = features.shape[-1]
    flat = tf.reshape(tf.cast(features, tf.float32), [-1, channels])
    if mask is None:
        return tf.matmul(flat, flat, transpose_a=True) / tf.cast(tf.shape(flat)[0], tf.float32)
    weights = tf.reshape(tf.image.resize(mask, tf.shape(features)[1:3], "area"), [-1, 1])
    total = tf.maximum(tf.reduce_sum(weights), 1e-6)
    return tf.matmul(flat * weights, flat, transpose_a=True) / total


def relative(value: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """Squared distance over the target's squared norm: of order 1 whatever the layer's scale.

    In place of the paper's constants (equations 1 and 4), which leave the layers' losses orders
    of magnitude apart; with it every layer counts alike and L-BFGS is well scaled.
    """
    return tf.reduce_sum(tf.square(value - target)) / tf.maximum(
        tf.reduce_sum(tf.square(target)), 1e-12
    )


def regularity(picture: tf.Tensor) -> tf.Tensor:
    """What any picture should be, whatever its style: not hatched, not out of range."""
    return VARIATION_WEIGHT * variation(picture) + RANGE_WEIGHT * excess(picture)


def variation(picture: tf.Tensor) -> tf.Tensor:
    """The mean squared difference of neighbouring pixels, both ways."""
    down = tf.reduce_mean(tf.square(picture[:, 1:] - picture[:, :-1]))
    right = tf.reduce_mean(tf.square(picture[:, :, 1:] - picture[:, :, :-1]))
    return down + right


def excess(picture: tf.Tensor) -> tf.Tensor:
    """The mean squared distance from 0…1. Clamping inside L-BFGS would break its curvature."""
    outside = tf.nn.relu(-picture) + tf.nn.relu(picture - 1.0)
    return tf.reduce_mean(tf.square(outside))


def _weighed(tensors: Iterable[tf.Tensor], shares: list[float]) -> list[tf.Tensor]:
    return [tensor * share for tensor, share in zip(tensors, shares, strict=True)]


def _blended(grams: Iterable[list[tf.Tensor]], shares: list[float]) -> list[tf.Tensor]:
    """The weighted mean of several styles' matrices, layer by layer."""
    return [tf.add_n(_weighed(of_layer, shares)) for of_layer in zip(*grams, strict=True)]


def _by_mask(trace: Callable[..., Any], signature: list[Any]) -> tuple[Any, Any]:
    """Two graphs: without a mask, and with one as the last argument."""
    return (
        graph(trace, input_signature=signature),
        graph(trace, input_signature=[*signature, _MASK]),
    )
