"""What is to be painted: the pictures, brought to the sizes that a plan asks for. Pure; Pillow."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from nst.images import fit, resize, to_array
from nst.schedule import Stage

SHORTEST_SIDE = 16  # pixels: of less, the network's four poolings leave nothing for conv5_1

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Subject:
    """What is to be painted, and how. All pictures are RGB; `mask` is grey: paint where white."""

    content: Image.Image
    styles: list[Image.Image]
    weights: list[float]
    strength: float = 1.0
    style_scale: float = 1.0
    mask: Image.Image | None = None


def scaled(picture: Image.Image, stage: Stage) -> Floats:
    """The picture at a stage's size, float32, (height, width, 3)."""
    return to_array(resize(picture, (stage.width, stage.height)))


def scaled_style(style: Image.Image, stage: Stage, scale: float) -> Image.Image:
    """The style picture at `scale` squared times the stage's area, whatever its shape."""
    factor = scale * (stage.width * stage.height / (style.width * style.height)) ** 0.5
    width, height = fit(style.size, max(1, round(max(style.size) * factor)))
    return resize(style, (max(width, SHORTEST_SIDE), max(height, SHORTEST_SIDE)))
