"""How a painting ends: smooth along its strokes, or larger, with crisp ones. TensorFlow, no files.

A painting has a weave of two pixels, which the network's poolings leave. Enlarged it is blurred,
and the weave is one of four pixels, which looks like cloth. Coherence-enhancing filtering
(Kyprianidis and Kang 2011, "Image and Video Abstraction by Coherence-Enhancing Filtering") mends
both, as a painter would: it follows each stroke. Along the stroke colours are smoothed, which the
weave does not survive; across it each pixel becomes what the middle of its stroke is, so that edges
are steep. The mean colour of a place stays what it was.

Each pixel depends on those near it, never on the whole: large pictures are finished in tiles.
"""

import math
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from nst.graphs import graph
from nst.subject import Floats
from nst.tiles import tiles

# All in pixels of the enlarged picture, of which the painting's are two wide. Chosen by eye: of a
# smaller TENSOR strokes follow the weave and curl, of larger values of the others they become
# marble (RECIPE.md, "Large pictures").
TENSOR = 5.0  # standard deviation of where a stroke's direction is found
ALONG, LAST = 2.5, 0.7  # those of the smoothing before and after edges are made steep
EDGE = 1.0  # that of the second derivative that tells a stroke's middle from its border
REACH = 1.0  # how far away a pixel may find its stroke's middle
STEEP = 40.0  # how little of a second derivative is enough
# The same for a picture as it was painted; the weave shows the more, the larger the picture is.
COMBED_TENSOR, COMBED_REACH = 3.0, 2
COMBED = 0.022  # times the long side's root: 0.5 pixels at 512, 0.7 at 1024
MARGIN = 32  # what a pixel depends on is nearer: the sum of all these, two or three times each
TILE = 2**18  # pixels, with the margin: larger ones are no faster

_BRIGHTNESS = (0.299, 0.587, 0.114)
_RIGHT, _DOWN = np.array([[1, 0], [0, 1]], np.int32)
_DERIVATIVE = (0.183, 0.634, 0.183)  # beside a central difference: the directions are even


def finished(picture: Floats, is_over: Callable[[], bool]) -> Floats | None:
    """`picture`, (height, width, 3), enlarged by about two, with crisp strokes.

    `is_over` is asked before each tile; None once it says yes.
    """
    return _in_tiles(picture, _crisp, is_over)


def combed(picture: Floats) -> Floats:
    """`picture`, (height, width, 3), as large as it was painted, smoother along its strokes."""
    sigma = tf.constant(COMBED * max(picture.shape) ** 0.5)
    result = _in_tiles(picture, lambda tile: _comb(tile, sigma), lambda: False)
    assert result is not None  # noqa: S101 - it is never over
    return result


def _in_tiles(
    picture: Floats, function: Callable[[tf.Tensor], tf.Tensor], is_over: Callable[[], bool]
) -> Floats | None:
    """What `function` makes of each pixel, from those up to `MARGIN` away."""
    height, width, _ = picture.shape
    result = np.empty_like(picture)
    for tile in tiles(height, width, TILE, MARGIN):
        if is_over():
            return None
        outer = tile.around(MARGIN, height, width)
        whole = function(tf.constant(picture[outer.edges()])).numpy()
        result[tile.edges()] = whole[tile.inside(outer).edges()]
    return result


def _trace_crisp(picture: tf.Tensor) -> tf.Tensor:
    across = _across(picture, TENSOR)
    smooth = _smoothed(picture, across, ALONG, math.ceil(2 * ALONG))
    return _smoothed(_steepened(smooth, across), across, LAST, math.ceil(2 * LAST))


def _trace_comb(picture: tf.Tensor, sigma: tf.Tensor) -> tf.Tensor:
    return _smoothed(picture, _across(picture, COMBED_TENSOR), sigma, COMBED_REACH)


def _across(picture: tf.Tensor, sigma: float) -> tf.Tensor:
    """The unit vectors (x, y) across the strokes, (height, width, 2).

    They belong to the larger eigenvalue of the structure tensor, the sum over colours of the
    gradient's products, smoothed by a Gaussian. Kyprianidis and Kang, section 3.1.
    """
    padded = tf.pad(picture, [[1, 1], [1, 1], [0, 0]], "SYMMETRIC")
    wide, high = padded[:, 2:] - padded[:, :-2], padded[2:] - padded[:-2]
    a, b, c = _DERIVATIVE
    x = a * wide[:-2] + b * wide[1:-1] + c * wide[2:]
    y = a * high[:, :-2] + b * high[:, 1:-1] + c * high[:, 2:]
    products = [tf.reduce_sum(one * other, -1) for one, other in ((x, x), (x, y), (y, y))]
    xx, xy, yy = tf.unstack(_blurred(tf.stack(products, -1), sigma), axis=-1)
    angle = tf.atan2(2.0 * xy, xx - yy) / 2.0
    return tf.stack([tf.cos(angle), tf.sin(angle)], -1)


def _blurred(values: tf.Tensor, sigma: float) -> tf.Tensor:
    """By a Gaussian, each channel."""
    reach = math.ceil(2.5 * sigma)
    weights = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * sigma**2)).astype(np.float32)
    weights /= weights.sum()
    padded = tf.pad(values, [[reach, reach], [reach, reach], [0, 0]], "SYMMETRIC")[tf.newaxis]
    for shape in ((-1, 1, 1, 1), (1, -1, 1, 1)):
        kernel = np.tile(weights.reshape(shape), (1, 1, values.shape[-1], 1))
        padded = tf.nn.depthwise_conv2d(padded, kernel, [1, 1, 1, 1], "VALID")
    return padded[0]


def _smoothed(
    picture: tf.Tensor, across: tf.Tensor, sigma: float | tf.Tensor, reach: int
) -> tf.Tensor:
    """By a Gaussian along each pixel's stroke, which is followed where it bends. Section 3.2."""
    x, y = across[..., 0], across[..., 1]
    along = tf.stack([-y, x], -1)
    total, weights = picture, 1.0
    for sign in (1.0, -1.0):
        offset = direction = sign * along
        for step in range(1, reach + 1):
            weight = tf.exp(-(step**2) / (2 * sigma**2))
            total += weight * _at(picture, offset)
            weights += weight
            if step < reach:
                there = _nearest(along, offset)  # a direction is as good as its opposite
                same = tf.reduce_sum(there * direction, -1, keepdims=True) >= 0
                direction = tf.where(same, there, -there)
                offset += direction
    return total / weights


def _steepened(picture: tf.Tensor, across: tf.Tensor) -> tf.Tensor:
    """Each pixel the brightest or darkest of three across its stroke, whichever is its middle's.

    A shock filter: the second derivative's sign says whether the stroke is darker than what is
    beside it. Section 3.3.
    """
    brightness = tf.tensordot(picture, tf.constant(_BRIGHTNESS), 1)[..., tf.newaxis]
    steps = np.arange(-math.ceil(3 * EDGE), math.ceil(3 * EDGE) + 1)
    second = (steps**2 / EDGE**2 - 1) * np.exp(-(steps**2) / (2 * EDGE**2))
    second -= second.mean()  # of what is flat there is none
    second /= np.abs(second).sum() / 2
    found = tf.add_n(
        [
            float(weight) * _at(brightness, float(step) * across)
            for step, weight in zip(steps, second, strict=True)
        ]
    )
    both = tf.concat([picture, brightness], -1)
    beside = [_at(both, sign * REACH * across) for sign in (-1.0, 1.0)]
    brightest = darkest = both
    for one in beside:
        brightest = tf.where(one[..., 3:] > brightest[..., 3:], one, brightest)
        darkest = tf.where(one[..., 3:] < darkest[..., 3:], one, darkest)
    share = tf.tanh(STEEP * found)
    moved = tf.where(share > 0, darkest, brightest)
    return (both + tf.abs(share) * (moved - both))[..., :3]


def _nearest(picture: tf.Tensor, offset: tf.Tensor) -> tf.Tensor:
    """The pixels nearest to each pixel's `offset`, (x, y), from itself."""
    return _gathered(picture, tf.cast(tf.round(offset), tf.int32))


def _at(picture: tf.Tensor, offset: tf.Tensor) -> tf.Tensor:
    """The picture at each pixel's `offset` from itself, between pixels bilinear.

    Offsets are small, so a tile of a picture has to the last bit what the picture has.
    """
    corner = tf.floor(offset)
    x, y = tf.unstack((offset - corner)[..., tf.newaxis, :], axis=-1)
    first = tf.cast(corner, tf.int32)
    upper = _gathered(picture, first) * (1.0 - x) + _gathered(picture, first + _RIGHT) * x
    lower = _gathered(picture, first + _DOWN) * (1.0 - x) + _gathered(picture, first + 1) * x
    return upper * (1.0 - y) + lower * y


def _gathered(picture: tf.Tensor, offset: tf.Tensor) -> tf.Tensor:
    """The pixels at whole offsets; beyond the border the border's."""
    size = tf.shape(picture)
    x = tf.clip_by_value(tf.range(size[1]) + offset[..., 0], 0, size[1] - 1)
    y = tf.clip_by_value(tf.range(size[0])[:, tf.newaxis] + offset[..., 1], 0, size[0] - 1)
    flat = tf.reshape(picture, [size[0] * size[1], picture.shape[-1]])
    return tf.gather(flat, y * size[1] + x)


_PICTURE = tf.TensorSpec([None, None, 3], tf.float32)
_crisp = graph(_trace_crisp, input_signature=[_PICTURE])
_comb = graph(_trace_comb, input_signature=[_PICTURE, tf.TensorSpec([], tf.float32)])
