"""The loss against sums by hand in numpy, and its gradient against finite differences."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from nst import loss as module
from nst.loss import excess, gram, relative, variation
from nst.objective import Objective, Targets
from nst.vgg import CONTENT_LAYER, STYLE_LAYERS
from tests.nst.tracing import traces

Floats = npt.NDArray[np.float32]


def noise(seed: int, *shape: int, low: float = 0, high: float = 1) -> Floats:
    """Blurred noise, so that neighbouring pixels are alike, as in a photo."""
    x = np.random.default_rng(seed).uniform(low, high, shape)
    for axis in (1, 2):
        x = (np.roll(x, 1, axis) + np.roll(x, -1, axis)) / 4 + x / 2
    return x.astype(np.float32)


@pytest.fixture(scope="module")
def targets(objective: Objective) -> Targets:
    return objective.targets(
        tf.constant(noise(1, 1, 32, 40, 3)), [tf.constant(noise(2, 1, 36, 36, 3))], [1.0], 1.0
    )


class TestTerms:
    def test_gram_is_the_mean_product_of_channels(self) -> None:
        features = np.random.default_rng(3).normal(size=(1, 4, 5, 6)).astype(np.float32)
        by_hand = np.zeros((6, 6))
        for row in range(4):
            for column in range(5):
                by_hand += np.outer(features[0, row, column], features[0, row, column])
        np.testing.assert_allclose(gram(tf.constant(features)), by_hand / 20, rtol=1e-5, atol=1e-6)

    def test_gram_does_not_depend_on_where_things_are(self) -> None:
        features = np.random.default_rng(4).normal(size=(1, 8, 8, 3)).astype(np.float32)
        moved = np.roll(features, (3, 2), (1, 2))
        tiled = np.tile(features, (1, 2, 3, 1))
        for other in (moved, tiled):
            np.testing.assert_allclose(gram(tf.constant(other)), gram(tf.constant(features)), 1e-4)

    def test_gram_of_bfloat16_features_is_summed_in_float32(self) -> None:
        found = gram(tf.ones([1, 64, 64, 2], tf.bfloat16))
        assert found.dtype == tf.float32
        np.testing.assert_array_equal(found, np.ones((2, 2)))  # bfloat16 sums would end at 256

    def test_relative_is_the_share_of_the_targets_square(self) -> None:
        value, target = tf.constant([1.0, 2.0, 5.0]), tf.constant([3.0, 0.0, 4.0])
        assert float(relative(value, target)) == pytest.approx((4 + 4 + 1) / 25)

    @pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
    def test_relative_is_one_at_nothing_whatever_the_scale(self, scale: float) -> None:
        target = scale * tf.constant([3.0, 4.0])
        assert float(relative(0 * target, target)) == pytest.approx(1)
        assert float(relative(target, target)) == 0

    def test_relative_to_nothing_is_finite(self) -> None:
        assert np.isfinite(float(relative(tf.constant([0.5]), tf.constant([0.0]))))
        assert float(relative(tf.constant([0.0]), tf.constant([0.0]))) == 0

    def test_variation_counts_neighbours_both_ways(self) -> None:
        picture = np.zeros((1, 2, 3, 3), np.float32)
        picture[0, :, 2] = 1.0  # a step to the right, in 1 of 2 pairs a row
        picture[0, 1] += 0.5  # and one down, everywhere
        assert float(variation(tf.constant(picture))) == pytest.approx(0.25 + 1 / 2)
        assert float(variation(tf.fill([1, 4, 4, 3], 0.3))) == 0

    def test_excess_is_what_lies_outside_the_range(self) -> None:
        picture = np.zeros((1, 2, 2, 3), np.float32)
        picture[0, 0, 0] = (-0.5, 0.5, 1.2)
        assert float(excess(tf.constant(picture))) == pytest.approx((0.25 + 0.04) / 12)
        assert float(excess(tf.constant(noise(5, 1, 8, 8, 3)))) == 0


class TestTargets:
    def test_are_the_grams_of_the_style_and_the_features_of_the_content(
        self, objective: Objective, targets: Targets
    ) -> None:
        features = objective._vgg.features(tf.constant(noise(2, 1, 36, 36, 3)), STYLE_LAYERS)
        for layer, found in zip(STYLE_LAYERS, targets.grams, strict=True):
            flat = features[layer].numpy().reshape(-1, found.shape[0]).astype(np.float64)
            np.testing.assert_allclose(
                found, flat.T @ flat / len(flat), rtol=1e-3, atol=1e-2, err_msg=layer
            )
        content = objective._vgg.features(tf.constant(noise(1, 1, 32, 40, 3)), (CONTENT_LAYER,))
        assert targets.content is not None
        np.testing.assert_allclose(targets.content, content[CONTENT_LAYER], rtol=1e-3, atol=1e-2)

    def test_of_several_styles_are_the_mean_of_their_grams(self, objective: Objective) -> None:
        content = tf.constant(noise(1, 1, 32, 32, 3))
        styles = [tf.constant(noise(seed, 1, 32, 24 + 8 * seed, 3)) for seed in (1, 2, 3)]
        alone = [objective.targets(content, [style], [1.0], 1.0).grams for style in styles]
        together = objective.targets(content, styles, [1.0, 1.0, 1.0], 1.0).grams
        for layer, blended, *each in zip(STYLE_LAYERS, together, *alone, strict=True):
            mean = sum(g.numpy() for g in each) / 3
            np.testing.assert_allclose(blended, mean, rtol=1e-4, atol=1e-3, err_msg=layer)

    def test_the_content_weighs_more_in_small_pictures(self) -> None:
        weights = [module.content_weight(side * side, 1.0) for side in (64, 128, 140, 160, 256)]
        assert (
            weights[0] == weights[1] == pytest.approx(module.COARSE_CONTENT * module.CONTENT_WEIGHT)
        )
        assert (
            weights[1]
            > weights[2]
            > weights[3]
            > weights[4]
            == pytest.approx(module.CONTENT_WEIGHT)
        )
        assert module.content_weight(256**2, 2.0) == pytest.approx(module.CONTENT_WEIGHT / 4)

    @pytest.mark.parametrize(("brightness", "balance"), [(0.0, 1.0), (0.1, 0.2)])
    def test_a_content_with_less_in_it_than_the_style_weighs_less(
        self, objective: Objective, brightness: float, balance: float
    ) -> None:
        """The same at no difference; by as much as its square is below the mean of both."""
        picture = noise(1, 1, 32, 32, 3)
        flat = picture * brightness + 0.5 if brightness else picture
        targets = objective.targets(tf.constant(flat), [tf.constant(picture)], [1.0], 1.0)
        alike = module.content_weight(32 * 32, 1.0)
        found = float(targets.content_weight) / alike
        assert found == pytest.approx(1.0, rel=1e-3) if balance == 1.0 else 0 < found < balance

    def test_the_balance_is_between_nothing_and_two(self) -> None:
        own = tf.constant(0.7)
        found = [float(module.balance(own, own * ratio)) for ratio in (0, 1, 3, 1e9)]
        assert found == pytest.approx([2.0, 1.0, 0.5, 0.0], abs=1e-6)

    def test_strength_weighs_the_style_against_the_content(self, objective: Objective) -> None:
        content = tf.constant(noise(1, 1, 32, 32, 3))
        weak, strong = (objective.targets(content, [content], [1.0], s) for s in (0.5, 2.0))
        assert float(weak.content_weight) == pytest.approx(16 * float(strong.content_weight))


def distances(
    objective: Objective, picture: Floats, targets: Targets, layers: Sequence[str]
) -> list[float]:
    """By hand: each layer's Gram matrix against the target's."""
    features = objective._vgg.features(tf.constant(picture), layers)
    found = []
    for layer, target in zip(layers, targets.grams, strict=False):
        flat = features[layer].numpy().reshape(-1, target.shape[0]).astype(np.float64)
        wanted = target.numpy().astype(np.float64)
        found.append(((flat.T @ flat / len(flat) - wanted) ** 2).sum() / (wanted**2).sum())
    return found


def regularity(picture: Floats) -> float:
    """By hand: the variation and the excess, weighted."""
    smooth = (np.diff(picture, axis=1) ** 2).mean() + (np.diff(picture, axis=2) ** 2).mean()
    outside = ((picture - picture.clip(0, 1)) ** 2).mean()
    assert outside > 0, "the picture is to be out of range in places"
    return float(module.VARIATION_WEIGHT * smooth + module.RANGE_WEIGHT * outside)


def agrees_with_differences(
    evaluate: Callable[[tf.Tensor], tuple[float, tf.Tensor]], picture: Floats, seed: int
) -> None:
    """The gradient against central differences along a way that is half gradient, half noise.

    The loss is of order 1 and float32, so a difference of two carries an error of about 1e-6; a
    step of 1e-3 in root mean square changes it by 1e-3 and more, and bends it by about a
    hundredth of that: 3 % is a bound for both.
    """
    gradient = evaluate(tf.constant(picture))[1].numpy()
    assert gradient.shape == picture.shape
    rng = np.random.default_rng(seed)
    way = gradient / np.sqrt((gradient**2).mean()) + rng.normal(size=picture.shape)
    way *= 1e-3 / np.sqrt((way**2).mean())
    ahead, behind = (
        evaluate(tf.constant((picture + sign * way).astype(np.float32)))[0] for sign in (1, -1)
    )
    slope = (gradient.astype(np.float64) * way).sum()
    assert (ahead - behind) / 2 == pytest.approx(slope, rel=0.03)


class TestEvaluate:
    def test_is_the_weighted_sum_of_its_terms(self, objective: Objective, targets: Targets) -> None:
        picture = noise(6, 1, 32, 40, 3, low=-0.3, high=1.3)
        style = np.average(
            distances(objective, picture, targets, STYLE_LAYERS), weights=module.LAYER_WEIGHTS
        )
        assert targets.content is not None
        wanted = targets.content.numpy().astype(np.float64)
        features = objective._vgg.features(tf.constant(picture), (CONTENT_LAYER,))
        content = ((features[CONTENT_LAYER].numpy() - wanted) ** 2).sum() / (wanted**2).sum()
        total = style + float(targets.content_weight) * content + regularity(picture)
        found, _ = objective.evaluate(tf.constant(picture), targets)
        assert found.style == pytest.approx(style, rel=1e-3)
        assert found.content == pytest.approx(content, rel=1e-3)
        assert found.total == pytest.approx(total, rel=1e-3)

    def test_gives_nothing_but_regularity_at_the_target_itself(self, objective: Objective) -> None:
        picture = tf.constant(noise(7, 1, 32, 32, 3))
        found, _ = objective.evaluate(picture, objective.targets(picture, [picture], [1.0], 1.0))
        assert found.style == pytest.approx(0, abs=1e-6)
        assert found.content == pytest.approx(0, abs=1e-6)
        assert found.total == pytest.approx(float(module.regularity(picture)), rel=1e-3)

    @pytest.mark.parametrize("seed", range(3))
    def test_gradient_is_that_of_finite_differences(
        self, objective: Objective, targets: Targets, seed: int
    ) -> None:
        def full(point: tf.Tensor) -> tuple[float, tf.Tensor]:
            loss, gradient = objective.evaluate(point, targets)
            return loss.total, gradient

        agrees_with_differences(full, noise(10 + seed, 1, 32, 40, 3, low=-0.1, high=1.1), seed)

    def test_measuring_gives_the_same_loss(self, objective: Objective, targets: Targets) -> None:
        picture = tf.constant(noise(8, 1, 32, 40, 3))
        measured, (evaluated, _) = (
            objective.measure(picture, targets),
            objective.evaluate(picture, targets),
        )
        assert measured.total == pytest.approx(evaluated.total, rel=1e-5)
        assert measured.style == pytest.approx(evaluated.style, rel=1e-5)
        assert measured.content == pytest.approx(evaluated.content, rel=1e-5)

    def test_gives_the_same_again(self, objective: Objective, targets: Targets) -> None:
        picture = tf.constant(noise(11, 1, 32, 40, 3))
        (first, one), (second, other) = (objective.evaluate(picture, targets) for _ in range(2))
        assert first == second
        np.testing.assert_array_equal(one, other)


class TestEvaluateTexture:
    def test_is_the_style_of_the_first_blocks_with_the_coarse_colours_held(
        self, objective: Objective, targets: Targets
    ) -> None:
        picture = noise(6, 1, 32, 40, 3, low=-0.3, high=1.3)
        anchor = noise(7, 1, 32, 40, 3)
        cell = module.ANCHOR_CELL
        assert 32 % cell == 40 % cell == 0
        moved = (picture - anchor).reshape(32 // cell, cell, 40 // cell, cell, 3).mean((1, 3))
        style = np.mean(distances(objective, picture, targets, module.TEXTURE_LAYERS))
        total = style + module.ANCHOR_WEIGHT * (moved**2).mean() + regularity(picture)
        found, _ = objective.evaluate_texture(tf.constant(picture), targets, tf.constant(anchor))
        assert found == pytest.approx(total, rel=1e-3)

    @pytest.mark.parametrize("seed", range(3))
    def test_gradient_is_that_of_finite_differences(
        self, objective: Objective, targets: Targets, seed: int
    ) -> None:
        anchor = tf.constant(noise(20, 1, 32, 40, 3))
        agrees_with_differences(
            lambda point: objective.evaluate_texture(point, targets, anchor),
            noise(10 + seed, 1, 32, 40, 3, low=-0.1, high=1.1),
            seed,
        )


@pytest.mark.parametrize(("height", "width"), [(32, 32), (33, 47), (64, 20)])
def test_every_size_uses_the_same_traces(objective: Objective, height: int, width: int) -> None:
    picture = tf.constant(noise(9, 1, height, width, 3))
    targets = objective.targets(picture, [picture, picture], [1.0, 1.0], 1.0)
    loss, gradient = objective.evaluate(picture, targets)
    assert np.isfinite(loss.total)
    assert gradient.shape == picture.shape
    objective.evaluate_texture(picture, targets, picture)
    objective.measure(picture, targets)
    objective.targets(picture, [picture], [1.0], 1.0, texture_only=True)
    counts = traces(objective)
    assert len(counts) >= 5
    assert set(counts.values()) == {1}, counts


def test_texture_targets_are_the_first_of_the_full_ones(objective: Objective) -> None:
    content, style = tf.constant(noise(1, 1, 32, 40, 3)), tf.constant(noise(2, 1, 36, 36, 3))
    full = objective.targets(content, [style], [1.0], 1.0)
    texture = objective.targets(content, [style], [1.0], 1.0, texture_only=True)
    assert texture.content is None
    assert len(texture.grams) == len(module.TEXTURE_LAYERS)
    for found, wanted in zip(texture.grams, full.grams, strict=False):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-3)
