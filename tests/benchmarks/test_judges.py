"""The judges measure what they say they do: on networks of random weights, and on the real ones."""

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

from nst import gallery, samples
from nst.images import resize, to_array
from tests.benchmarks import judges
from tests.benchmarks.judges import Judge, Network

KERNELS: dict[Network, list[tuple[int, int, int]]] = {
    "alexnet": [(11, 3, 64), (5, 64, 192), (3, 192, 384), (3, 384, 256), (3, 256, 256)],
    "vgg16": [
        (3, a, b)
        for a, b in zip(
            (3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512),
            (64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512),
            strict=True,
        )
    ],
}


def parameters(network: Network) -> dict[str, Any]:
    """Random weights in the package's layout."""
    rng = np.random.default_rng(1)
    layers = {
        f"Conv_{number}": {
            "kernel": rng.normal(0, (2 / (side * side * given)) ** 0.5, (side, side, given, made)),
            "bias": rng.normal(0, 0.1, made),
        }
        for number, (side, given, made) in enumerate(KERNELS[network])
    }
    widths = [64, 192, 384, 256, 256] if network == "alexnet" else [64, 128, 256, 512, 512]
    linear = {
        f"NetLinLayer_{number}": {"Conv_0": {"kernel": rng.uniform(0, 1, (1, 1, width, 1))}}
        for number, width in enumerate(widths)
    }
    as_float32 = {"Net_0": layers, **linear}
    return {
        name: {
            key: {k: v.astype(np.float32) for k, v in values.items()}
            for key, values in group.items()
        }
        for name, group in as_float32.items()
    }


@pytest.fixture(scope="module", params=["vgg16", "alexnet"])
def judge(request: pytest.FixtureRequest) -> Judge:
    return Judge(parameters(request.param))


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return resize(samples.content(), (96, 72))


@pytest.fixture(scope="module")
def style() -> Image.Image:
    return resize(gallery.style("mosaic"), (80, 80))


def test_the_layers_have_the_networks_sizes(judge: Judge, photo: Image.Image) -> None:
    shapes = [tuple(layer.shape[1:]) for layer in judge.features(to_array(photo))]
    assert shapes in (
        [(72, 96, 64), (36, 48, 128), (18, 24, 256), (9, 12, 512), (4, 6, 512)],
        [(17, 23, 64), (8, 11, 192), (3, 5, 384), (3, 5, 256), (3, 5, 256)],
    )


def test_a_picture_is_at_no_distance_from_itself(judge: Judge, photo: Image.Image) -> None:
    array = to_array(photo)
    assert judge.lpips(array, array) == 0
    assert judge.gram_distance(array, array) == 0
    assert judge.moments_distance(array, array) == 0


def test_more_blur_is_farther(judge: Judge, photo: Image.Image) -> None:
    array = to_array(photo)
    distances = [
        judge.lpips(to_array(photo.filter(ImageFilter.GaussianBlur(radius))), array)
        for radius in (0.5, 1, 3)
    ]
    assert 0 < distances[0] < distances[1] < distances[2]


def test_style_distances_ignore_where_things_are(
    judge: Judge, photo: Image.Image, style: Image.Image
) -> None:
    turned = to_array(style)[:, ::-1]
    for distance in (judge.gram_distance, judge.moments_distance):
        assert distance(turned, to_array(style)) < 0.2 * distance(to_array(photo), to_array(style))


@pytest.mark.skipif(not judges.installed(), reason="needs: uv sync --group benchmark")
def test_the_real_networks_know_a_style_from_a_photo(
    photo: Image.Image, style: Image.Image
) -> None:
    content, wanted = to_array(photo), to_array(style)
    other = resize(gallery.style("mosaic", 640), (80, 80)).transpose(
        Image.Transpose.FLIP_TOP_BOTTOM
    )
    near = judges.verdict(to_array(resize(other, photo.size)), content, wanted)
    far = judges.verdict(content, content, wanted)
    assert near.vgg16_gram < far.vgg16_gram
    assert near.alexnet_gram < far.alexnet_gram
    assert far.lpips_vgg16 == far.lpips_alexnet == 0
    assert near.lpips_alexnet > 0.1
