"""Keeping the content's colours: the style is recoloured before painting, the chroma set after.

Gatys et al. (2016, "Preserving Color in Neural Artistic Style Transfer") have both as
alternatives. Matching alone lets the content's colours wander between its things (a red bridge
loses its red to the sky); chroma alone leaves the brightness of the style's palette. Pure.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from nst.images import to_array, to_image

FLOOR = 1e-5  # of the covariance's eigenvalues: a grey picture has only one that is not 0


def recoloured(style: Image.Image, content: Image.Image) -> Image.Image:
    """`style` with the mean and covariance of `content`'s colours (section 3.1)."""
    pixels = to_array(style).reshape(-1, 3).astype(np.float64)
    wanted = to_array(content).reshape(-1, 3).astype(np.float64)
    transform = _root(np.cov(wanted.T)) @ np.linalg.inv(_root(np.cov(pixels.T)))
    moved = (pixels - pixels.mean(axis=0)) @ transform.T + wanted.mean(axis=0)
    return to_image(moved.reshape(style.height, style.width, 3))


def _root(covariance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The symmetric square root: of all roots the one that moves the colours least."""
    values, vectors = np.linalg.eigh(covariance)
    root: npt.NDArray[Any] = (vectors * np.sqrt(np.maximum(values, FLOOR))) @ vectors.T
    return root


def with_chroma(painted: Image.Image, content: Image.Image) -> Image.Image:
    """The brightness of `painted` with the chroma of `content`, of the same size (section 3.2)."""
    y, _, _ = painted.convert("YCbCr").split()
    _, cb, cr = content.convert("YCbCr").split()
    return Image.merge("YCbCr", (y, cb, cr)).convert("RGB")
