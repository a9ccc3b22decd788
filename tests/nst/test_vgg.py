"""VGG features against sums by hand: shapes, pooling, borders, preprocessing, precision."""

import numpy as np
import pytest
import tensorflow as tf

from nst.vgg import CONTENT_LAYER, MEANS_BGR, STYLE_LAYERS, Vgg, pooled
from nst.weights import Convolution, Floats


@pytest.fixture(scope="module")
def vgg(convolutions: dict[str, Convolution]) -> Vgg:
    return Vgg(convolutions, "float32")


@pytest.fixture(scope="module")
def picture() -> Floats:
    """A smooth colour field with some noise, (1, 48, 64, 3)."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[0:48, 0:64]
    waves = [0.5 + 0.4 * np.sin(x / 9 + k) * np.cos(y / 7 - k) for k in range(3)]
    noisy = np.stack(waves, -1) + rng.normal(0, 0.05, (48, 64, 3))
    return np.clip(noisy, 0, 1)[np.newaxis].astype(np.float32)


def convolve_at(x: Floats, layer: Convolution, row: int, column: int) -> Floats:
    """One position of convolution, bias and ReLU by hand; `x` is (height, width, in)."""
    patch = x[row - 1 : row + 2, column - 1 : column + 2].astype(np.float64)
    sums = np.einsum("hwi,hwio->o", patch, layer.kernel.astype(np.float64)) + layer.bias
    found: Floats = np.maximum(sums, 0).astype(np.float32)
    return found


def test_shapes_halve_from_block_to_block(vgg: Vgg, picture: Floats) -> None:
    wanted = (*STYLE_LAYERS, CONTENT_LAYER, "conv5_4")
    shapes = {name: tuple(x.shape) for name, x in vgg.features(picture, wanted).items()}
    assert shapes == {
        "conv1_1": (1, 48, 64, 64),
        "conv2_1": (1, 24, 32, 128),
        "conv3_1": (1, 12, 16, 256),
        "conv4_1": (1, 6, 8, 512),
        "conv4_2": (1, 6, 8, 512),
        "conv5_1": (1, 3, 4, 512),
        "conv5_4": (1, 3, 4, 512),
    }


def test_odd_sides_are_rounded_down(vgg: Vgg) -> None:
    features = vgg.features(tf.zeros([1, 39, 53, 3]), ("conv3_1",))
    assert tuple(features["conv3_1"].shape) == (1, 9, 13, 256)


def test_only_what_is_wanted_comes_back(vgg: Vgg, picture: Floats) -> None:
    assert set(vgg.features(picture, ("conv2_2",))) == {"conv2_2"}


def test_activations_are_after_relu(vgg: Vgg, picture: Floats) -> None:
    for name, x in vgg.features(picture, (*STYLE_LAYERS, CONTENT_LAYER)).items():
        values = x.numpy()
        assert values.min() == 0, name  # some are cut
        assert values.max() > 0, name  # not all


def test_conv1_1_is_a_convolution_of_bgr_less_the_means(
    vgg: Vgg, picture: Floats, convolutions: dict[str, Convolution]
) -> None:
    found = vgg.features(picture, ("conv1_1",))["conv1_1"].numpy()[0]
    prepared = picture[0, :, :, ::-1] * 255 - np.array(MEANS_BGR, np.float32)
    for row, column in ((1, 1), (20, 31), (46, 62)):
        by_hand = convolve_at(prepared, convolutions["conv1_1"], row, column)
        np.testing.assert_allclose(found[row, column], by_hand, rtol=1e-4, atol=1e-2)


def test_blocks_are_joined_by_l2_pooling(
    vgg: Vgg, picture: Floats, convolutions: dict[str, Convolution]
) -> None:
    found = vgg.features(picture, ("conv1_2", "conv2_1"))
    squares = found["conv1_2"].numpy()[0].reshape(24, 2, 32, 2, 64) ** 2
    pooled = np.sqrt(squares.mean((1, 3)))
    by_hand = convolve_at(pooled, convolutions["conv2_1"], 11, 17)
    np.testing.assert_allclose(found["conv2_1"][0, 11, 17], by_hand, rtol=1e-4, atol=1e-2)


def test_pooling_of_nothing_has_a_gradient() -> None:
    with tf.GradientTape() as tape:
        x = tf.zeros([1, 4, 4, 2])
        tape.watch(x)
        total = tf.reduce_sum(pooled(x))
    assert np.isfinite(tape.gradient(total, x)).all()


def test_a_plain_picture_has_no_frame_at_conv1_1(vgg: Vgg) -> None:
    plain = tf.constant(np.full((1, 32, 32, 3), (0.9, 0.4, 0.1), np.float32))
    found = vgg.features(plain, ("conv1_1",))["conv1_1"].numpy()[0]
    assert found.max() > 10
    np.testing.assert_allclose(found, np.broadcast_to(found[16, 16], found.shape), atol=1e-2)


def test_the_border_is_the_outermost_pixels_repeated(vgg: Vgg, picture: Floats) -> None:
    framed = np.pad(picture, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    bare = vgg.features(picture, ("conv1_1",))["conv1_1"].numpy()
    inside = vgg.features(framed, ("conv1_1",))["conv1_1"].numpy()[:, 1:-1, 1:-1]
    np.testing.assert_allclose(bare, inside, rtol=1e-4, atol=1e-2)


def test_moving_the_picture_moves_the_features(vgg: Vgg, picture: Floats) -> None:
    """By 4 pixels a position of block 3, away from the convolutions' zero borders."""
    whole = vgg.features(picture, ("conv3_1",))
    part = vgg.features(picture[:, 8:, 16:], ("conv3_1",))
    np.testing.assert_allclose(
        whole["conv3_1"][0, 2 + 6, 4 + 6], part["conv3_1"][0, 6, 6], rtol=1e-3, atol=0.1
    )
    assert not np.allclose(whole["conv3_1"][0, 6, 6], part["conv3_1"][0, 6, 6], atol=1)


def test_bfloat16_is_close_to_float32(
    vgg: Vgg, picture: Floats, convolutions: dict[str, Convolution]
) -> None:
    wanted = ("conv1_1", "conv3_1", "conv5_1")
    exact = vgg.features(picture, wanted)
    rough = Vgg(convolutions, "bfloat16").features(picture, wanted)
    for name in wanted:
        assert exact[name].dtype == tf.float32
        assert rough[name].dtype == tf.bfloat16
        a, b = exact[name].numpy(), tf.cast(rough[name], tf.float32).numpy()
        # bfloat16 keeps 8 bits, a relative error up to 2^-9 an operation; it adds up by layer.
        error = np.linalg.norm(a - b) / np.linalg.norm(a)
        assert 0 < error < 0.03, f"{name}: {error}"
