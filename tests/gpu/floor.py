"""The least work that a step of the engine is: multiplications, and bytes moved. Pure arithmetic.

Counted are the convolutions up to conv5_1 forwards and backwards to the picture, the Gram
matrices' products, and the history of L-BFGS. What is left out (pooling, ReLU, the regularity) is
little arithmetic, and on its way through memory together with the convolution beside it at best.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from nst.vgg import STYLE_LAYERS

Shape = tuple[int, ...]  # of a kernel: height, width, channels in, channels out

HISTORY_READS = 2  # of every pair: for the inner products, and for the direction
PICTURES = 12  # read or written beside the history: points, gradients, the newest pair


@dataclass(frozen=True)
class Work:
    """What one full step needs at least."""

    flops: float  # a multiplication and an addition are two
    bytes: float

    def seconds(self, flops_a_second: float, bytes_a_second: float) -> tuple[float, float]:
        """By the arithmetic alone, and by the memory alone: a step takes the larger at least."""
        return self.flops / flops_a_second, self.bytes / bytes_a_second


def step(
    kernels: Mapping[str, Shape], width: int, height: int, size: int, history: int = 10
) -> Work:
    """Of a picture of `width` by `height` pixels; a value of an activation has `size` bytes.

    `kernels`: of the layers in their order, conv1_1 first; those after conv5_1 are not counted.
    """
    pixels = width * height
    flops, moved = 0.0, 0.0
    block = "1"
    for name, (rows, columns, before, after) in kernels.items():
        if name[4] != block:
            block = name[4]
            width, height = width // 2, height // 2
        positions = width * height
        flops += 2 * 2 * rows * columns * before * after * positions  # and back again
        # Forwards input and output; backwards the output, its gradient and the input's.
        moved += size * positions * (2 * before + 3 * after)
        if name in STYLE_LAYERS:
            flops += 3 * 2 * after * after * positions  # a product forwards, two backwards
            moved += size * positions * 3 * after
        if name == STYLE_LAYERS[-1]:
            break
    moved += 4 * 3 * pixels * (HISTORY_READS * 2 * history + PICTURES)
    return Work(flops, moved)
