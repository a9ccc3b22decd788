"""Keeping the content's colours: the style's statistics before painting, the chroma after."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from nst.colours import recoloured, with_chroma
from nst.images import to_array


def noise(seed: int, mean: tuple[float, ...], spread: tuple[float, ...]) -> Image.Image:
    """A picture of random colours, correlated, well inside the range."""
    rng = np.random.default_rng(seed)
    mixed = rng.normal(0, 1, (64, 64, 3)) @ rng.normal(0, 1, (3, 3))
    mixed /= mixed.std(axis=(0, 1))
    values = np.clip(np.array(mean) + np.array(spread) * mixed, 0, 1)
    return Image.fromarray(np.uint8(values * 255))


def statistics(picture: Image.Image) -> tuple[Any, Any]:
    pixels = to_array(picture).reshape(-1, 3).astype(np.float64)
    return pixels.mean(axis=0), np.cov(pixels.T)


@pytest.fixture
def style() -> Image.Image:
    return noise(1, (0.6, 0.4, 0.3), (0.08, 0.05, 0.06))


@pytest.fixture
def content() -> Image.Image:
    return noise(2, (0.4, 0.5, 0.6), (0.05, 0.08, 0.06))


def test_a_recoloured_style_has_the_contents_mean_and_covariance(
    style: Image.Image, content: Image.Image
) -> None:
    (mean, covariance), (wanted, shape) = map(statistics, (recoloured(style, content), content))
    np.testing.assert_allclose(mean, wanted, atol=0.005)
    np.testing.assert_allclose(covariance, shape, atol=0.0003)


def test_a_recoloured_style_keeps_its_marks(style: Image.Image, content: Image.Image) -> None:
    """Where the style is brighter than its mean, the recoloured one is, too."""
    before, after = (to_array(p).mean(axis=2) for p in (style, recoloured(style, content)))
    assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.8


def test_its_own_colours_change_nothing(style: Image.Image) -> None:
    np.testing.assert_allclose(to_array(recoloured(style, style)), to_array(style), atol=2 / 255)


@pytest.mark.parametrize("grey", ["content", "style", "both"])
def test_grey_pictures_neither_fail_nor_burst(
    style: Image.Image, content: Image.Image, grey: str
) -> None:
    if grey in ("style", "both"):
        style = style.convert("L").convert("RGB")
    if grey in ("content", "both"):
        content = content.convert("L").convert("RGB")
    mean, covariance = statistics(recoloured(style, content))
    wanted, shape = statistics(content)
    np.testing.assert_allclose(mean, wanted, atol=0.02)
    assert np.trace(covariance) < 2 * np.trace(shape) + 0.01


def test_a_flat_style_takes_the_mean_colour(content: Image.Image) -> None:
    mean, _ = statistics(recoloured(Image.new("RGB", (32, 32), (200, 10, 10)), content))
    np.testing.assert_allclose(mean, statistics(content)[0], atol=0.01)


def test_chroma_comes_from_the_content_and_brightness_from_the_painting(
    style: Image.Image, content: Image.Image
) -> None:
    y, cb, cr = with_chroma(style, content).convert("YCbCr").split()
    painted, photo = style.convert("YCbCr").split(), content.convert("YCbCr").split()
    for found, wanted in ((y, painted[0]), (cb, photo[1]), (cr, photo[2])):
        difference = np.abs(np.asarray(found, int) - np.asarray(wanted, int))
        assert difference.mean() < 3
