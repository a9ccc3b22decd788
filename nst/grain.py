"""The noise that an enlarged picture gets, so that strokes grow from it. Pure; NumPy, Pillow.

An enlarged picture is smooth, and repeats itself along the axes every other pixel: the steps would
make a weave of that. Noise gives them something to make brush strokes of, in any direction. It is
as strong as what the style itself has between neighbouring pixels, for what the steps do not need
they leave: a calm style with much noise would stay grainy.
"""

from collections.abc import Iterable

import numpy as np
from PIL import Image

from nst.images import resize
from nst.subject import Floats

SHARE = 1.2  # of the style's own detail; half the style's pixels have less of it than is measured
MOST = 0.05  # standard deviation of the noise: with more, faces suffer


def strength(styles: Iterable[Image.Image], weights: list[float]) -> float:
    """The standard deviation, of values in 0…1. The styles are as large as they are compared."""
    found = [SHARE * _detail(style) for style in styles]
    return min(MOST, float(np.average(found, weights=weights)))


def grained(picture: Floats, strength: float) -> Floats:
    """`picture` itself, (height, width, 3), with noise: the same for all pictures of one size."""
    noise = np.random.default_rng(picture.shape[:2])
    for row in picture:  # a whole picture of noise would need as much memory again
        row += strength * noise.standard_normal(row.shape, np.float32)
    return picture


def _detail(style: Image.Image) -> float:
    """The median of what brightness has that a picture of half the size has not, in 0…1."""
    grey = style.convert("L")
    half = (max(1, grey.width // 2), max(1, grey.height // 2))
    coarse = resize(resize(grey, half), grey.size)
    fine = np.asarray(grey, np.int16) - np.asarray(coarse, np.int16)
    return float(np.median(np.abs(fine))) / 255.0
