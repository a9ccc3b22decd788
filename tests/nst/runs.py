"""Runs of the engine for the tests: what was heard on the way, and how to stop them."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import nst
from nst import Options, Progress, Result
from nst.images import to_array
from nst.loss import gram, relative
from nst.objective import Objective
from nst.vgg import STYLE_LAYERS

# In so small a picture the content weighs six times as much as in any that a person would ask for.
OPTIONS = Options(size=96, quality="standard", strength=2.0, precision="float32")
QUICK = Options(size=64, quality="draft", precision="float32")

Picture = Image.Image


@dataclasses.dataclass
class Painted:
    """A run, and what was heard of it."""

    result: Result
    heard: list[Progress]
    images: list[Picture | None]  # of every tenth moment, taken during the call
    checkpoints: list[bytes]


def paint(content: Any, styles: Any, options: Options = OPTIONS, **more: Any) -> Painted:
    heard: list[Progress] = []
    images: list[Picture | None] = []
    checkpoints = []

    def listen(progress: Progress) -> None:
        heard.append(progress)
        images.append(progress.image() if progress.step % 10 == 0 else None)
        checkpoints.append(progress.checkpoint())

    result = nst.stylize(content, styles, options, on_progress=listen, **more)
    return Painted(result, heard, images, checkpoints)


def stopper(after: int) -> tuple[Callable[[Progress], None], Callable[[], bool]]:
    """`on_progress` and `cancelled` that let `after` steps pass."""
    steps: list[int] = []

    def listen(progress: Progress) -> None:
        if not progress.sketch:
            steps.append(progress.step)

    return listen, lambda: len(steps) >= after


def start_and_stop(content: Any, styles: Any, after: int = 1, **more: Any) -> nst.Cancelled:
    listen, cancelled = stopper(after)
    with pytest.raises(nst.Cancelled) as caught:
        nst.stylize(content, styles, QUICK, on_progress=listen, cancelled=cancelled, **more)
    return caught.value


def style_distance(objective: Objective, image: Picture, style: Picture) -> float:
    """The mean over the style layers of the relative distance of the Gram matrices."""
    features = [
        objective._vgg.features(tf.constant(to_array(picture)[np.newaxis]), STYLE_LAYERS)
        for picture in (image, style)
    ]
    each = [relative(*(gram(one[layer]) for one in features)) for layer in STYLE_LAYERS]
    return float(np.mean(each))
