"""The loss in blocks is that of the whole picture, and so is its gradient, to rounding.

Mostly with a network of the same layers and few channels: what is at stake is where each of its
positions looks, not what it sees.
"""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from nst import budget
from nst.objective import Objective
from nst.vgg import CONTENT_LAYER, STYLE_LAYERS, Vgg
from nst.weights import Convolution
from tests.nst.test_objective import noise
from tests.nst.tracing import traces

ROUNDING = 3e-5  # of the largest derivative: what another order of summing changes
CHANNELS = 4
VGG19, VGG16 = (2, 2, 4, 4, 4), (2, 2, 3, 3, 3)


def small(blocks: tuple[int, ...], *, shifting: bool = False) -> Vgg:
    """Few channels, random; or each convolution looks only at what is to the left."""
    rng = np.random.default_rng(7)
    convolutions, channels = {}, 3
    for block, layers in enumerate(blocks, 1):
        for layer in range(1, layers + 1):
            kernel = rng.normal(0, (2 / 9 / channels) ** 0.5, (3, 3, channels, CHANNELS))
            if shifting:
                kernel = np.zeros_like(kernel)
                kernel[1, 0] = rng.uniform(0.5, 1.0, kernel.shape[2:]) / channels
            bias = np.zeros(CHANNELS) if shifting else rng.normal(0, 0.1, CHANNELS)
            convolutions[f"conv{block}_{layer}"] = Convolution(
                kernel.astype(np.float32), bias.astype(np.float32)
            )
            channels = CHANNELS
    return Vgg(convolutions, "float32")


@pytest.fixture(scope="module")
def vgg19() -> Objective:
    return Objective(small(VGG19))


def picture(height: int, width: int, seed: int = 1) -> tf.Tensor:
    return tf.constant(noise(seed, 1, height, width, 3, low=-0.1, high=1.1))


def mask(height: int, width: int) -> tf.Tensor:
    """Soft, and black at the left: there a tile has nothing that counts."""
    across, down = np.linspace(-1.0, 1.5, width).clip(0, 1), np.linspace(1.0, 0.3, height)
    return tf.constant(np.outer(down, across)[np.newaxis, ..., np.newaxis].astype(np.float32))


class Both:
    """The same targets for a whole picture and for blocks of at most `most` pixels."""

    def __init__(
        self,
        objective: Objective,
        height: int,
        width: int,
        most: int,
        masked: bool = False,
        **more: Any,
    ) -> None:
        self.objective = objective
        self.picture = picture(height, width)
        self.anchor = picture(height, width, 2)
        given = (
            picture(height, width, 3),
            [picture(height + 9, width - 7, 4), picture(64, 80, 5)],
            [2.0, 1.0],
            1.5,
            mask(height, width) if masked else None,
        )
        self.whole = objective.targets(*given, **more)
        self.blocks = objective.targets(*given, **more, most=most)
        assert not self.whole.blocks
        assert len(self.blocks.blocks) > 1

    def apart(self) -> float:
        """The gradients' largest difference over the largest derivative; the losses are alike."""
        (one, slope), (other, slope_) = (
            self.objective.evaluate(self.picture, targets) for targets in (self.whole, self.blocks)
        )
        measured = self.objective.measure(self.picture, self.blocks)
        for name in ("total", "style", "content"):
            assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-3)
            assert getattr(measured, name) == pytest.approx(getattr(other, name), rel=1e-6)
        assert other.total == pytest.approx(one.total, rel=1e-5)
        return difference(slope, slope_)

    def apart_in_texture(self) -> float:
        (one, slope), (other, slope_) = (
            self.objective.evaluate_texture(self.picture, targets, self.anchor)
            for targets in (self.whole, self.blocks)
        )
        assert other == pytest.approx(one, rel=1e-5)
        return difference(slope, slope_)


def difference(one: tf.Tensor, other: tf.Tensor) -> float:
    assert one.shape == other.shape
    return float(np.abs(one.numpy() - other.numpy()).max() / np.abs(one.numpy()).max())


sides = st.integers(208, 300)  # of less than 208 no tile leaves anything out


@pytest.mark.parametrize(
    ("height", "width", "most", "masked"),
    [(215, 213, 40_000, False), (407, 75, 20_000, True)],
)
def test_the_full_loss_is_the_same(
    vgg19: Objective, height: int, width: int, most: int, masked: bool
) -> None:
    assert Both(vgg19, height, width, most, masked).apart() < ROUNDING


@settings(max_examples=2, deadline=None)
@given(sides, sides, st.integers(1, 9), st.booleans(), st.booleans())
def test_the_texture_s_loss_is_the_same(
    vgg19: Objective, height: int, width: int, share: int, masked: bool, only: bool
) -> None:
    """Whether its targets are all there are, or full steps follow."""
    both = Both(vgg19, height, width, height * width // (1 + share), masked, texture_only=only)
    assert both.apart_in_texture() < ROUNDING


def test_so_it_is_with_the_real_network(objective: Objective) -> None:
    both = Both(objective, 64, 232, 14_000)
    assert both.apart() < ROUNDING
    assert both.apart_in_texture() < ROUNDING


def test_so_it_is_with_fewer_layers() -> None:
    both = Both(Objective(small(VGG16)), 75, 333, 20_000, masked=True)
    assert both.apart() < ROUNDING
    assert both.apart_in_texture() < ROUNDING


@pytest.mark.parametrize(("blocks", "pixels"), [(VGG19, 70), (VGG16, 58)])
def test_the_reach_is_as_far_as_a_pixel_matters(blocks: tuple[int, ...], pixels: int) -> None:
    """In a network that looks to the left as far as it can."""
    vgg = small(blocks, shifting=True)
    assert vgg.reach((*STYLE_LAYERS, CONTENT_LAYER)) == pixels
    ramp = picture(48, 320)
    with tf.GradientTape() as tape:
        tape.watch(ramp)
        seen = tf.reduce_sum(vgg.features(ramp, STYLE_LAYERS)["conv5_1"][:, :, 10:])
    columns = np.abs(tape.gradient(seen, ramp).numpy()).sum((0, 1, 3))
    assert np.flatnonzero(columns)[0] == 160 - pixels


@pytest.mark.parametrize(("margin", "exact"), [(80, True), (64, False)])
def test_a_margin_is_as_wide_as_it_must_be(margin: int, exact: bool) -> None:
    objective = Objective(small(VGG19, shifting=True))
    objective.blocks.full._margin = margin
    both = Both(objective, 64, 333, 18_000)
    whole, blocks = (
        objective.measure(both.picture, targets).style for targets in (both.whole, both.blocks)
    )
    assert (blocks == pytest.approx(whole, rel=1e-4)) == exact


def test_the_margins_are_those_that_work_is_predicted_by(vgg19: Objective) -> None:
    assert (vgg19.blocks._margin, vgg19.blocks._narrow) == (budget.MARGIN, budget.NARROW)


def test_every_size_uses_the_same_traces(vgg19: Objective) -> None:
    for height, width in ((200, 333), (333, 200)):
        both = Both(vgg19, height, width, 40_000)
        both.apart()
        both.apart_in_texture()
    counts = {name: count for name, count in traces(vgg19).items() if name.startswith("blocks.")}
    assert len(counts) >= 8, counts
    assert set(counts.values()) == {1}, counts
