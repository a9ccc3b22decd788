"""Keeping the content's colours: the style is recoloured before painting, the chroma set after.

Gatys et al. (2016, "Preserving Color in Neural Artistic Style Transfer") have both as
alternatives. Matching alone lets the content's colours wander between its things (a red bridge
loses its red to the sky); chroma alone leaves the brightness of the style's palette. Pure.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from nst.images import ROWS, to_array, to_image

FLOOR = 1e-5  # of the covariance's eigenvalues: a grey picture has only one that is not 0


def recoloured(style: Image.Image, content: Image.Image) -> Image.Image:
    """`style` with the mean and covariance of `content`'s colours (section 3.1)."""
    mean, covariance = _moments(style)
    wanted, wanted_covariance = _moments(content)
    transform = _root(wanted_covariance) @ np.linalg.inv(_root(covariance))
    moved = np.empty((style.height, style.width, 3), np.float32)
    for row, pixels in _strips(style):
        moved[row : row + ROWS] = (pixels - mean) @ transform.T + wanted
    return to_image(moved)


def _moments(picture: Image.Image) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The mean of the colours, and their covariance."""
    total, products, count = np.zeros(3), np.zeros((3, 3)), 0
    for _, pixels in _strips(picture):
        flat = pixels.reshape(-1, 3)
        total += flat.sum(axis=0)
        products += flat.T @ flat
        count += len(flat)
    mean = total / count
    return mean, (products - count * np.outer(mean, mean)) / (count - 1)


def _strips(picture: Image.Image) -> Iterator[tuple[int, npt.NDArray[np.float64]]]:
    """Rows of the picture, and the first one's number: as float64 the whole would be large."""
    for row in range(0, picture.height, ROWS):
        strip = picture.crop((0, row, picture.width, min(row + ROWS, picture.height)))
        yield row, to_array(strip).astype(np.float64)


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
