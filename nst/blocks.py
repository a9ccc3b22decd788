"""The loss and its gradient block by block, for pictures that memory does not hold as a whole.

Exact, not an approximation: the style's distance is a function of Gram matrices alone, and these
are sums over positions, as every other term is. A first pass over the blocks gathers the sums; the
distance is derived with respect to them; a second pass carries that on to the pixels. Each block
has a margin so wide that what lies beyond cannot change the features that count. TensorFlow only.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from nst import loss
from nst.graphs import graph
from nst.loss import TEXTURE_LAYERS, Part, Terms
from nst.tiles import GRID, Tile, tiles
from nst.vgg import CONTENT_LAYER, STYLE_LAYERS, Vgg, stride

ALL_LAYERS = (*STYLE_LAYERS, CONTENT_LAYER)

_PICTURE = tf.TensorSpec([1, None, None, 3], tf.float32)
_PART = tf.TensorSpec([6], tf.int32)
_MATRIX = tf.TensorSpec([None, None], tf.float32)
_NUMBER = tf.TensorSpec([], tf.float32)
_SHARE = tf.TensorSpec([1, None, None, 1], tf.float32)


@dataclass(frozen=True)
class Block:
    """A tile of the picture, and what belongs to it of the targets."""

    tile: Tile
    content: list[tf.Tensor]  # the content's features there and their whole square, or nothing
    shares: list[tf.Tensor]  # what each layer has of the mask there, or nothing


class Pass:
    """A loss in blocks: `terms` takes a tile's pixels, what holds them, the shares, the part.

    The values are the total, the style's loss and the content's, as `nst.objective.Loss` has them.
    """

    def __init__(
        self,
        terms: Callable[[tf.Tensor, list[tf.Tensor], list[tf.Tensor], Part], Terms],
        held: list[tf.TensorSpec],
        layers: int,
        margin: int,
    ) -> None:
        self._terms, self._layers, self._margin = terms, layers, margin
        matrices = [_MATRIX] * layers
        given = [[_PICTURE, _PART, held, shares] for shares in ([], [_SHARE] * layers)]
        self._gather = tuple(graph(self._trace_gather, input_signature=one) for one in given)
        self._carry = tuple(
            graph(self._trace_carry, input_signature=[*one, matrices, _NUMBER]) for one in given
        )
        self._distance = graph(self._trace_distance, input_signature=[matrices, matrices])

    def measure(
        self, picture: tf.Tensor, blocks: list[Block], wanted: list[tf.Tensor], weight: tf.Tensor
    ) -> list[tf.Tensor]:
        """The values; `wanted` are the Gram matrices, `weight` the content's."""
        return self._measured(picture, blocks, wanted, weight, None)[0]

    def evaluate(
        self,
        picture: tf.Tensor,
        blocks: list[Block],
        wanted: list[tf.Tensor],
        weight: tf.Tensor,
        anchor: tf.Tensor | None = None,
    ) -> list[tf.Tensor]:
        """The values, and the gradient; `anchor` is for the texture's loss, and only for it."""
        values, slopes = self._measured(picture, blocks, wanted, weight, anchor)
        _, height, width, _ = picture.shape
        gradient = np.zeros(picture.shape, np.float32)  # tiles overlap; no tensor can be added to
        for block in blocks:
            carry = self._carry[bool(block.shares)]
            found = carry(*self._given(picture, block, anchor), slopes, weight)
            rows, columns = block.tile.around(self._margin, height, width).edges()
            gradient[:, rows, columns] += found.numpy()
        return [*values, tf.convert_to_tensor(gradient)]

    def _measured(
        self,
        picture: tf.Tensor,
        blocks: list[Block],
        wanted: list[tf.Tensor],
        weight: tf.Tensor,
        anchor: tf.Tensor | None,
    ) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
        """The values, and the derivatives of the style's loss by the Gram matrices."""
        terms = _added(
            self._gather[bool(block.shares)](*self._given(picture, block, anchor))
            for block in blocks
        )
        style, slopes = self._distance(terms.grams, wanted)
        return [loss.total(style, weight, terms), style, terms.content], slopes

    def _given(
        self, picture: tf.Tensor, block: Block, anchor: tf.Tensor | None
    ) -> tuple[tf.Tensor, tf.Tensor, list[tf.Tensor], list[tf.Tensor]]:
        pixels, part = cut(picture, block.tile, self._margin)
        held = block.content
        if anchor is not None:
            held = [cut(anchor, block.tile, self._margin)[0]]
        return pixels, part, held, block.shares[: self._layers]

    def _trace_gather(
        self, pixels: tf.Tensor, part: tf.Tensor, held: list[tf.Tensor], shares: list[tf.Tensor]
    ) -> Terms:
        return self._terms(pixels, held, shares, Part(*tf.unstack(part)))

    def _trace_carry(
        self,
        pixels: tf.Tensor,
        part: tf.Tensor,
        held: list[tf.Tensor],
        shares: list[tf.Tensor],
        slopes: list[tf.Tensor],
        weight: tf.Tensor,
    ) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            terms = self._terms(pixels, held, shares, Part(*tf.unstack(part)))
            along = [
                tf.reduce_sum(slope * gram) for slope, gram in zip(slopes, terms.grams, strict=True)
            ]
            total = loss.total(tf.add_n(along), weight, terms)
        return tape.gradient(total, pixels)

    def _trace_distance(
        self, grams: list[tf.Tensor], wanted: list[tf.Tensor]
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        with tf.GradientTape() as tape:
            tape.watch(grams)
            distance = loss.style_loss(grams, wanted)
        return distance, tape.gradient(distance, grams)


class Blocks:
    """One network's losses in blocks, and their targets."""

    def __init__(self, vgg: Vgg) -> None:
        self._vgg = vgg
        self._margin, self._narrow = (
            -(-vgg.reach(layers) // GRID) * GRID for layers in (ALL_LAYERS, TEXTURE_LAYERS)
        )
        features = tf.TensorSpec([1, None, None, None], vgg.dtype)
        self.full = Pass(self._full_terms, [features, _NUMBER], len(STYLE_LAYERS), self._margin)
        self.texture = Pass(self._texture_terms, [_PICTURE], len(TEXTURE_LAYERS), self._narrow)
        self._statistics = graph(self._trace_statistics, input_signature=[_PICTURE, _PART])
        self._grams = graph(self._trace_grams, input_signature=[_PICTURE, _PART])
        self._content = graph(self._trace_content, input_signature=[_PICTURE, _PART])

    def split(self, picture: tf.Tensor, most: int, *, texture_only: bool) -> list[Tile]:
        """The tiles of a picture, each with its margin of at most `most` pixels."""
        margin = self._narrow if texture_only else self._margin
        return tiles(picture.shape[1], picture.shape[2], most, margin)

    def statistics(self, style: tf.Tensor, tiles_: list[Tile]) -> tuple[list[tf.Tensor], tf.Tensor]:
        """A style's Gram matrices, and the mean square of its content layer."""
        found: tuple[list[tf.Tensor], tf.Tensor] = _added(
            self._statistics(*cut(style, tile, self._margin)) for tile in tiles_
        )
        return found

    def texture_grams(self, style: tf.Tensor, tiles_: list[Tile]) -> list[tf.Tensor]:
        """A style's Gram matrices of the texture's layers."""
        found: list[tf.Tensor] = _added(
            self._grams(*cut(style, tile, self._narrow)) for tile in tiles_
        )
        return found

    def contents(self, content: tf.Tensor, tiles_: list[Tile]) -> list[tf.Tensor]:
        """The content's features, tile by tile."""
        return [self._content(*cut(content, tile, self._margin)) for tile in tiles_]

    def blocks(
        self,
        tiles_: list[Tile],
        layers: tuple[str, ...],
        mask: tf.Tensor | None,
        content: list[list[tf.Tensor]],
    ) -> list[Block]:
        """A block for each tile. Of `content`, as `Block` has it, there is as much, or nothing."""
        whole = [] if mask is None else [(layer, loss.shares(mask, layer)) for layer in layers]
        return [
            Block(tile, held, [found[:, *tile.edges(stride(layer))] for layer, found in whole])
            for tile, held in zip(tiles_, content or [[] for _ in tiles_], strict=True)
        ]

    def _full_terms(
        self, pixels: tf.Tensor, held: list[tf.Tensor], shares: list[tf.Tensor], part: Part
    ) -> Terms:
        target, square = held
        return loss.full(self._vgg, pixels, target, shares, part, square)

    def _texture_terms(
        self, pixels: tf.Tensor, held: list[tf.Tensor], shares: list[tf.Tensor], part: Part
    ) -> Terms:
        return loss.texture(self._vgg, pixels, held[0], shares, part)

    def _trace_statistics(
        self, picture: tf.Tensor, where: tf.Tensor
    ) -> tuple[list[tf.Tensor], tf.Tensor]:
        part = Part(*tf.unstack(where))
        features = self._vgg.features(picture, ALL_LAYERS)
        found = loss.inner(features[CONTENT_LAYER], CONTENT_LAYER, part)
        count = found.shape[-1] * loss.positions(CONTENT_LAYER, part)
        return loss.grams(features, STYLE_LAYERS, [], part), loss.square(found) / count

    def _trace_grams(self, picture: tf.Tensor, where: tf.Tensor) -> list[tf.Tensor]:
        features = self._vgg.features(picture, TEXTURE_LAYERS)
        return loss.grams(features, TEXTURE_LAYERS, [], Part(*tf.unstack(where)))

    def _trace_content(self, picture: tf.Tensor, where: tf.Tensor) -> tf.Tensor:
        features = self._vgg.features(picture, (CONTENT_LAYER,))
        return loss.inner(features[CONTENT_LAYER], CONTENT_LAYER, Part(*tf.unstack(where)))


def cut(picture: tf.Tensor, tile: Tile, margin: int) -> tuple[tf.Tensor, tf.Tensor]:
    """The tile's pixels with their margin, and as numbers which `Part` they are."""
    _, height, width, _ = picture.shape
    outer = tile.around(margin, height, width)
    rows, columns = outer.edges()
    inner = tile.inside(outer)
    part = [inner.top, inner.bottom, inner.left, inner.right, height, width]
    return picture[:, rows, columns], tf.constant(part)


def _added(parts: Iterator[Any]) -> Any:
    """The sum of structures of tensors, one after another."""
    total = next(parts)
    for part in parts:
        total = tf.nest.map_structure(tf.add, total, part)
    return total
