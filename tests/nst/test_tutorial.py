"""The recipe that we compare with is the tutorial's: against Keras's own network and optimiser."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from nst import tutorial
from nst.images import to_array
from nst.tutorial import Adam, Tutorial
from nst.weights import Convolution


@pytest.fixture
def recipe(
    convolutions: dict[str, Convolution], photo: Image.Image, style: Image.Image
) -> Tutorial:
    return Tutorial(convolutions, to_array(photo), to_array(style))


def test_features_are_those_of_keras(
    recipe: Tutorial, convolutions: dict[str, Convolution], photo: Image.Image
) -> None:
    network = keras.applications.VGG19(include_top=False, weights=None)
    for name, layer in convolutions.items():
        keras_name = f"block{name[4]}_conv{name[6]}"
        network.get_layer(keras_name).set_weights([layer.kernel, layer.bias])
    outputs = [
        network.get_layer(n).output for n in ("block1_conv1", "block3_conv1", "block5_conv2")
    ]
    prepared = keras.applications.vgg19.preprocess_input(255 * to_array(photo)[np.newaxis])
    expected = keras.Model(network.input, outputs)(prepared)
    wanted = ("conv1_1", "conv3_1", "conv5_2")
    found = recipe.features(tf.constant(to_array(photo)[np.newaxis]), wanted)
    for name, features in zip(wanted, expected, strict=True):
        np.testing.assert_allclose(found[name], features, rtol=1e-3, atol=0.05, err_msg=name)


def test_adam_is_that_of_keras() -> None:
    rng = np.random.default_rng(1)
    start = rng.uniform(0, 1, (4, 5)).astype(np.float32)
    variable = keras.Variable(start)
    theirs = keras.optimizers.Adam(
        tutorial.LEARNING_RATE, tutorial.BETA_1, epsilon=tutorial.EPSILON
    )
    ours = Adam(tf.constant(start))
    for scale in (1, 100, 1e-3, 5):
        gradient = tf.constant(scale * rng.normal(size=(4, 5)), tf.float32)
        theirs.apply([gradient], [variable])
        ours.step(gradient)
    assert np.abs(ours.point - start).min() > 1e-3
    np.testing.assert_allclose(ours.point, variable.value, rtol=1e-4)


def test_the_loss_is_the_sum_of_its_parts_and_falls(recipe: Tutorial, photo: Image.Image) -> None:
    np.testing.assert_array_equal(recipe.picture, to_array(photo))
    losses = [recipe.step() for _ in range(8)]
    for loss in losses:
        assert loss.total == pytest.approx(loss.style + loss.content + loss.variation)
    assert losses[0].content == 0  # it starts from the content
    assert losses[-1].total < losses[0].total
    assert losses[-1].style < losses[0].style
    assert recipe.picture.min() >= 0
    assert recipe.picture.max() <= 1


def test_the_first_losses_are_those_of_sums_by_hand(
    recipe: Tutorial, photo: Image.Image, style: Image.Image
) -> None:
    array = to_array(photo).astype(np.float64)
    variation = np.abs(np.diff(array, axis=0)).sum() + np.abs(np.diff(array, axis=1)).sum()
    grams = []
    for picture in (photo, style):
        features = recipe.features(
            tf.constant(to_array(picture)[np.newaxis]), tutorial.STYLE_LAYERS
        )
        flat = [features[n].numpy()[0].astype(np.float64) for n in tutorial.STYLE_LAYERS]
        grams.append([np.einsum("ijc,ijd->cd", x, x) / x[..., 0].size for x in flat])
    distances = [((a - b) ** 2).mean() for a, b in zip(*grams, strict=True)]
    first = recipe.step()
    assert first.style == pytest.approx(1e-2 * np.mean(distances), rel=1e-3)
    assert first.variation == pytest.approx(30 * variation, rel=1e-3)


def test_a_unit_leaves_the_picture_alone(recipe: Tutorial) -> None:
    before = recipe.picture
    assert np.isfinite(recipe.unit())
    np.testing.assert_array_equal(recipe.picture, before)


def test_losses_of_any_picture_leave_its_own_alone_and_trace_for_the_steps(
    recipe: Tutorial, photo: Image.Image
) -> None:
    array = to_array(photo)
    first = recipe.losses(array)
    assert recipe.losses(np.clip(array + 0.1, 0, 1)).content > 0
    traced = recipe._evaluate.experimental_get_tracing_count()
    np.testing.assert_array_equal(recipe.picture, array)
    assert recipe.step().total == pytest.approx(first.total, rel=1e-4)
    assert recipe._evaluate.experimental_get_tracing_count() == traced == 1
