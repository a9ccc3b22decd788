"""How a picture too large to be painted begins its last steps. Pure NumPy.

A painting has a weave of two pixels, which the network's poolings leave, and which is hardly seen.
Enlarged it is one of four, and looks like cloth: half of it is taken away before. The texture steps
that follow bring back the edges of strokes (RECIPE.md, "Large pictures").
"""

import numpy as np

from nst.subject import Floats

KEPT = 0.5  # of the finest waves; none, and the strokes stay soft; all, and the weave stays


def softened(picture: Floats) -> Floats:
    """`picture`, (height, width, 3), with half of what changes from one pixel to the next."""
    smooth = picture
    for axis in (0, 1):
        padding = [(1, 1) if axis == each else (0, 0) for each in range(3)]
        lines = np.moveaxis(np.pad(smooth, padding, "edge"), axis, 0)
        mean = (lines[:-2] + 2 * lines[1:-1] + lines[2:]) / 4
        smooth = np.asarray(np.moveaxis(mean, 0, axis), np.float32)
    return np.asarray(KEPT * picture + (1 - KEPT) * smooth, np.float32)
