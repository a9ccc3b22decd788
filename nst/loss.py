"""The loss of Gatys et al. (2015), term by term. TensorFlow only, no state.

The terms are means over a picture's positions, so they can be gathered from its parts: given a
`Part`, what a function returns is that part's share of the mean over the whole picture.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import tensorflow as tf

from nst.vgg import CONTENT_LAYER, STYLE_LAYERS, Vgg, stride

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


@dataclass(frozen=True)
class Part:
    """Which pixels of a tile count, from `top` and `left` to before `bottom` and `right`.

    `height` and `width` are those of the whole picture; all are int32 scalars. The tile's first
    row and column, and those that count, are multiples of 16 in the whole picture. Where more of
    the picture follows after `bottom` or `right`, more of it is in the tile.
    """

    top: tf.Tensor
    bottom: tf.Tensor
    left: tf.Tensor
    right: tf.Tensor
    height: tf.Tensor
    width: tf.Tensor


def whole(picture: tf.Tensor) -> Part:
    """All of it."""
    height, width = tf.unstack(tf.shape(picture)[1:3])
    return Part(tf.constant(0), height, tf.constant(0), width, height, width)


class Terms(NamedTuple):
    """What the loss is made of: parts of a picture add up, term by term."""

    grams: list[tf.Tensor]
    content: tf.Tensor  # the relative distance
    rest: tf.Tensor  # weighted


def inner(features: tf.Tensor, layer: str, part: Part | None) -> tf.Tensor:
    """Those of `layer`'s features of a tile that are the part's own."""
    return features if part is None else _cut(features, part, stride(layer))


def positions(layer: str, part: Part) -> tf.Tensor:
    """How many `layer` has in the whole picture."""
    count = (part.height // stride(layer)) * (part.width // stride(layer))
    return tf.cast(count, tf.float32)


def full(
    vgg: Vgg,
    picture: tf.Tensor,
    target: tf.Tensor,
    shares: list[tf.Tensor],
    part: Part | None = None,
    target_square: tf.Tensor | None = None,
) -> Terms:
    """The full loss's terms: of STYLE_LAYERS and CONTENT_LAYER, whose `target` is given."""
    features = vgg.features(picture, (*STYLE_LAYERS, CONTENT_LAYER))
    found = inner(features[CONTENT_LAYER], CONTENT_LAYER, part)
    return Terms(
        grams(features, STYLE_LAYERS, shares, part),
        relative(found, target, target_square),
        regularity(picture, part),
    )


def texture(
    vgg: Vgg,
    picture: tf.Tensor,
    anchor: tf.Tensor,
    shares: list[tf.Tensor],
    part: Part | None = None,
) -> Terms:
    """The terms of the loss of texture steps: of TEXTURE_LAYERS, with no content.

    `anchor`, a picture of the same shape, holds the coarse colours in place.
    """
    features = vgg.features(picture, TEXTURE_LAYERS)
    held = ANCHOR_WEIGHT * moved(picture, anchor, part)
    return Terms(
        grams(features, TEXTURE_LAYERS, shares, part),
        tf.constant(0.0),
        held + regularity(picture, part),
    )


def total(style: tf.Tensor, content_weight: tf.Tensor, terms: Terms) -> tf.Tensor:
    """The loss, with the style's, which is a function of `terms.grams`."""
    return style + content_weight * terms.content + terms.rest


def content_weight(area: int, strength: float) -> float:
    """The content's weight against the style's, for a picture of `area` pixels.

    What the coarsest scale forgets of the content no finer one brings back.
    """
    coarse = COARSE_CONTENT * (COARSE_AREA / area) ** 2
    return CONTENT_WEIGHT * min(max(coarse, 1.0), COARSE_CONTENT) / strength**2


def balance(own: tf.Tensor, style_square: tf.Tensor) -> tf.Tensor:
    """What the content's weight is multiplied with: its square over the mean of both pictures'.

    The content's loss is relative to its own square. A flat photo's is so small that no brush
    stroke could pay for it, and a busy one's so large that a calm style would wash it away.
    """
    return 2.0 * own / tf.maximum(own + style_square, 1e-12)


def square(features: tf.Tensor) -> tf.Tensor:
    """The sum of the squares of all activations, in float32."""
    return tf.reduce_sum(tf.square(tf.cast(features, tf.float32)))


def style_loss(grams: list[tf.Tensor], wanted: list[tf.Tensor]) -> tf.Tensor:
    """The weighted mean of the layers' Gram matrices' relative distances (equation 5).

    Of fewer layers than STYLE_LAYERS, they are the first. It is no sum over parts: its arguments
    are.
    """
    weights = LAYER_WEIGHTS[: len(grams)]
    distances = [
        weight * relative(found, target)
        for weight, found, target in zip(weights, grams, wanted, strict=True)
    ]
    return tf.add_n(distances) / sum(weights)


def grams(
    features: Mapping[str, tf.Tensor],
    layers: Sequence[str],
    shares: Sequence[tf.Tensor] = (),
    part: Part | None = None,
) -> list[tf.Tensor]:
    """The layers' Gram matrices; `shares` are what each layer's positions have of a mask."""
    return [
        gram(
            inner(features[layer], layer, part),
            shares[number] if shares else None,
            positions(layer, part) if part else None,
        )
        for number, layer in enumerate(layers)
    ]


def gram(
    features: tf.Tensor, shares: tf.Tensor | None = None, count: tf.Tensor | None = None
) -> tf.Tensor:
    """The Gram matrix (equation 3), a mean over positions: (1, height, width, C) to (C, C).

    In float32 whatever the features are in: the sums run over up to millions of positions. With
    `shares`, (1, height, width, 1), each position counts as much as it has of them (Gatys et al.
    2017, section 4.1); otherwise they are alike, one of `count`, or of as many as there are.
    """
    channels = features.shape[-1]
    flat = tf.reshape(tf.cast(features, tf.float32), [-1, channels])
    if shares is not None:
        return tf.matmul(flat * tf.reshape(shares, [-1, 1]), flat, transpose_a=True)
    if count is None:
        count = tf.cast(tf.shape(flat)[0], tf.float32)
    return tf.matmul(flat, flat, transpose_a=True) / count


def shares(mask: tf.Tensor, layer: str) -> tf.Tensor:
    """What each of `layer`'s positions has of the whole `mask`, (1, height, width, 1)."""
    size = tf.shape(mask)[1:3] // stride(layer)
    weights = tf.image.resize(mask, size, "area")
    return weights / tf.maximum(tf.reduce_sum(weights), 1e-6)


def blended(grams: Iterable[list[tf.Tensor]], weights: list[float]) -> list[tf.Tensor]:
    """The weighted mean of several styles' matrices, layer by layer."""
    return [mean(of_layer, weights) for of_layer in zip(*grams, strict=True)]


def mean(tensors: Iterable[tf.Tensor], weights: list[float]) -> tf.Tensor:
    """The weighted mean; the weights' sum is 1."""
    return tf.add_n([tensor * weight for tensor, weight in zip(tensors, weights, strict=True)])


def relative(
    value: tf.Tensor, target: tf.Tensor, target_square: tf.Tensor | None = None
) -> tf.Tensor:
    """Squared distance over the target's squared norm: of order 1 whatever the layer's scale.

    In place of the paper's constants (equations 1 and 4), which leave the layers' losses orders
    of magnitude apart; with it every layer counts alike and L-BFGS is well scaled.
    `target_square` is the whole target's where `target` is a part.
    """
    norm = square(target) if target_square is None else target_square
    return square(tf.cast(value, tf.float32) - tf.cast(target, tf.float32)) / tf.maximum(
        norm, 1e-12
    )


def regularity(picture: tf.Tensor, part: Part | None = None) -> tf.Tensor:
    """What any picture should be, whatever its style: not hatched, not out of range."""
    return VARIATION_WEIGHT * variation(picture, part) + RANGE_WEIGHT * excess(picture, part)


def variation(picture: tf.Tensor, part: Part | None = None) -> tf.Tensor:
    """The mean squared difference of neighbouring pixels, both ways."""
    own = part or whole(picture)
    seen = picture[:, own.top : own.bottom + 1, own.left : own.right + 1]
    columns = seen[:, :, : own.right - own.left]
    rows = seen[:, : own.bottom - own.top]
    down = square(columns[:, 1:] - columns[:, :-1])
    right = square(rows[:, :, 1:] - rows[:, :, :-1])
    return down / _values(own.height - 1, own.width) + right / _values(own.height, own.width - 1)


def excess(picture: tf.Tensor, part: Part | None = None) -> tf.Tensor:
    """The mean squared distance from 0…1. Clamping inside L-BFGS would break its curvature."""
    own = part or whole(picture)
    pixels = picture if part is None else _cut(picture, part, 1)
    outside = tf.nn.relu(-pixels) + tf.nn.relu(pixels - 1.0)
    return square(outside) / _values(own.height, own.width)


def moved(picture: tf.Tensor, anchor: tf.Tensor, part: Part | None = None) -> tf.Tensor:
    """The mean squared change of the colours of cells since `anchor`, a picture of this shape.

    A cell at the right or lower edge that is not whole counts for what there is of it.
    """
    own = part or whole(picture)
    change = picture - anchor if part is None else _cut(picture - anchor, part, 1)
    height, width = own.bottom - own.top, own.right - own.left
    change = tf.pad(change, [[0, 0], [0, -height % ANCHOR_CELL], [0, -width % ANCHOR_CELL], [0, 0]])
    cells = tf.nn.avg_pool2d(change, ANCHOR_CELL, ANCHOR_CELL, "VALID")
    return square(cells) / _values(-(-own.height // ANCHOR_CELL), -(-own.width // ANCHOR_CELL))


def _cut(x: tf.Tensor, part: Part, step: int) -> tf.Tensor:
    edges = (part.top, part.bottom, part.left, part.right)
    top, bottom, left, right = (edge // step for edge in edges)
    return x[:, top:bottom, left:right]


def _values(height: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
    return tf.cast(3 * height * width, tf.float32)
