"""The loss of Gatys et al. (2015) and its gradient with respect to the picture. TensorFlow only.

Every function is traced once for all sizes: a `tf.function` keeps a graph for each input shape it
meets, for ever, so the signatures leave height and width open.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import tensorflow as tf

from nst import loss
from nst.blocks import ALL_LAYERS, Block, Blocks
from nst.graphs import graph
from nst.loss import TEXTURE_LAYERS
from nst.tiles import Tile
from nst.vgg import CONTENT_LAYER, STYLE_LAYERS, Vgg

_PICTURE = tf.TensorSpec([1, None, None, 3], tf.float32)
_GRAMS = [tf.TensorSpec([None, None], tf.float32) for _ in STYLE_LAYERS]
_CONTENT = tf.TensorSpec([1, None, None, None], tf.float32)
_FULL = [_PICTURE, _GRAMS, _CONTENT, tf.TensorSpec([], tf.float32)]
_TEXTURE = [_PICTURE, _GRAMS[: len(TEXTURE_LAYERS)], _PICTURE]
_MASK = tf.TensorSpec([1, None, None, 1], tf.float32)


@dataclass(frozen=True)
class Targets:
    """What the picture is to resemble, at one scale."""

    grams: list[tf.Tensor]  # of STYLE_LAYERS, or of TEXTURE_LAYERS only
    content: tf.Tensor | None  # None in blocks, and where the texture is all that is asked for
    content_weight: tf.Tensor
    mask: list[tf.Tensor]  # one, or none in blocks, and where the whole picture is painted
    blocks: list[Block] = field(default_factory=list)  # several, or none: the picture as a whole


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
        self.blocks = Blocks(vgg)
        self._statistics = graph(self._trace_statistics, input_signature=[_PICTURE])
        self._texture_grams = graph(self._trace_texture_grams, input_signature=[_PICTURE])
        self._content = graph(self._trace_content, input_signature=[_PICTURE])
        self._measure = _by_mask(self._trace_loss, _FULL)
        self._full = _by_mask(self._trace_full, _FULL)
        self._texture = _by_mask(self._trace_texture, _TEXTURE)

    def targets(
        self,
        content: tf.Tensor,
        styles: Iterable[tf.Tensor],
        weights: list[float],
        strength: float,
        mask: tf.Tensor | None = None,
        *,
        texture_only: bool = False,
        most: int | None = None,
    ) -> Targets:
        """Targets from pictures, each float32 (1, height, width, 3) in 0…1.

        Several styles, taken one after another, are blended by the weighted mean of their Gram
        matrices. `mask`, of the content's height and width with one channel, says where the style
        is to be: 1 there.
        With `texture_only`, targets for `evaluate_texture` and nothing else, at a third of the
        cost. `most`: how many pixels are worked on at once; a larger picture is split into blocks.
        """
        portions = [weight / sum(weights) for weight in weights]
        weight = loss.content_weight(content.shape[1] * content.shape[2], strength)
        tiles = self._split(content, most, texture_only)
        masks = [] if mask is None or tiles else [mask]
        if texture_only:
            grams = [self._texture_of(style, most) for style in styles]
            blocks = self.blocks.blocks(tiles, TEXTURE_LAYERS, mask, [])
            return Targets(loss.blended(grams, portions), None, tf.constant(weight), masks, blocks)
        found = [self._statistics_of(style, most) for style in styles]
        parts = self.blocks.contents(content, tiles) if tiles else [self._content(content)]
        square = tf.add_n([loss.square(part) for part in parts])
        own = square / sum(float(tf.size(part)) for part in parts)
        held = [[part, square] for part in parts if tiles]
        balance = loss.balance(own, loss.mean([square for _, square in found], portions))
        return Targets(
            loss.blended((grams for grams, _ in found), portions),
            None if tiles else parts[0],
            weight * balance,
            masks,
            self.blocks.blocks(tiles, STYLE_LAYERS, mask, held),
        )

    def measure(self, picture: tf.Tensor, targets: Targets) -> Loss:
        """The full loss at `picture`, without its gradient."""
        if targets.blocks:
            values = self.blocks.full.measure(
                picture, targets.blocks, targets.grams, targets.content_weight
            )
        else:
            values = self._measure[len(targets.mask)](
                picture, targets.grams, targets.content, targets.content_weight, *targets.mask
            )
        return Loss(*map(float, values))

    def evaluate(self, picture: tf.Tensor, targets: Targets) -> tuple[Loss, tf.Tensor]:
        """The full loss at `picture` and its gradient, of the same shape."""
        if targets.blocks:
            *values, gradient = self.blocks.full.evaluate(
                picture, targets.blocks, targets.grams, targets.content_weight
            )
        else:
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
        count = len(TEXTURE_LAYERS)
        grams = targets.grams[:count]
        if targets.blocks:
            total, *_, gradient = self.blocks.texture.evaluate(
                picture, targets.blocks, grams, tf.constant(0.0), anchor
            )
        else:
            total, gradient = self._texture[len(targets.mask)](
                picture, grams, anchor, *targets.mask
            )
        return float(total), gradient

    def full_graph(self, targets: Targets) -> tuple[Any, list[Any]] | None:
        """What `evaluate` runs and its arguments after the picture; None in blocks."""
        if targets.blocks:
            return None
        known = [targets.grams, targets.content, targets.content_weight, *targets.mask]
        return self._full[len(targets.mask)], known

    def texture_graph(self, targets: Targets, anchor: tf.Tensor) -> tuple[Any, list[Any]] | None:
        """What `evaluate_texture` runs and its arguments after the picture; None in blocks."""
        if targets.blocks:
            return None
        grams = targets.grams[: len(TEXTURE_LAYERS)]
        return self._texture[len(targets.mask)], [grams, anchor, *targets.mask]

    def _split(self, picture: tf.Tensor, most: int | None, texture_only: bool) -> list[Tile]:
        """The tiles of a picture; none where it is worked on as a whole."""
        if most is None or picture.shape[1] * picture.shape[2] <= most:
            return []
        tiles = self.blocks.split(picture, most, texture_only=texture_only)
        return tiles if len(tiles) > 1 else []

    def _statistics_of(
        self, style: tf.Tensor, most: int | None
    ) -> tuple[list[tf.Tensor], tf.Tensor]:
        tiles = self._split(style, most, False)
        return self.blocks.statistics(style, tiles) if tiles else self._statistics(style)

    def _texture_of(self, style: tf.Tensor, most: int | None) -> list[tf.Tensor]:
        tiles = self._split(style, most, True)
        return self.blocks.texture_grams(style, tiles) if tiles else self._texture_grams(style)

    def _trace_statistics(self, picture: tf.Tensor) -> tuple[list[tf.Tensor], tf.Tensor]:
        """The Gram matrices, and the content layer's mean square."""
        features = self._vgg.features(picture, ALL_LAYERS)
        found = features[CONTENT_LAYER]
        count = tf.cast(tf.size(found), tf.float32)
        return loss.grams(features, STYLE_LAYERS), loss.square(found) / count

    def _trace_texture_grams(self, picture: tf.Tensor) -> list[tf.Tensor]:
        return loss.grams(self._vgg.features(picture, TEXTURE_LAYERS), TEXTURE_LAYERS)

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
        terms = loss.full(self._vgg, picture, target, _shares(mask, STYLE_LAYERS))
        style = loss.style_loss(terms.grams, grams)
        return loss.total(style, weight, terms), style, terms.content

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
            terms = loss.texture(self._vgg, picture, anchor, _shares(mask, TEXTURE_LAYERS))
            total = loss.style_loss(terms.grams, grams) + terms.rest
        return total, tape.gradient(total, picture)


def _shares(mask: tf.Tensor | None, layers: Sequence[str]) -> list[tf.Tensor]:
    return [] if mask is None else [loss.shares(mask, layer) for layer in layers]


def _by_mask(trace: Callable[..., Any], signature: list[Any]) -> tuple[Any, Any]:
    """Two graphs: without a mask, and with one as the last argument."""
    return (
        graph(trace, input_signature=signature),
        graph(trace, input_signature=[*signature, _MASK]),
    )
