"""An enlarged picture gets noise: as much as the style has of fine detail, always the same."""

import numpy as np
import pytest
from PIL import Image

from nst import grain
from nst.images import to_image


def _style(deviation: float) -> Image.Image:
    """Grey, with noise between neighbouring pixels."""
    noise = np.random.default_rng(1).normal(0, deviation, (96, 128, 1))
    return to_image(np.repeat(0.5 + noise, 3, 2).astype(np.float32))


class TestStrength:
    def test_follows_the_style_s_own_detail(self) -> None:
        calm, rough = (grain.strength([_style(one)], [1.0]) for one in (0.01, 0.04))
        assert 0 < calm < 0.02
        assert 2 * calm < rough < grain.MOST

    def test_is_nothing_for_a_style_without_detail(self) -> None:
        ramp = Image.linear_gradient("L").convert("RGB")
        assert grain.strength([ramp], [1.0]) == 0
        assert grain.strength([Image.new("RGB", (1, 1))], [1.0]) == 0

    def test_is_bounded(self) -> None:
        assert grain.strength([_style(0.3)], [1.0]) == grain.MOST

    def test_of_several_styles_counts_each_by_its_weight(self) -> None:
        calm, rough = _style(0.005), _style(0.04)
        alone = [grain.strength([one], [1.0]) for one in (calm, rough)]
        both = grain.strength([calm, rough], [3.0, 1.0])
        assert both == pytest.approx((3 * alone[0] + alone[1]) / 4)


class TestGrained:
    def test_adds_noise_of_that_strength_to_every_channel(self) -> None:
        picture = np.full((200, 150, 3), 0.5, np.float32)
        changed = grain.grained(picture, 0.04)
        assert changed is picture
        assert changed.std((0, 1)) == pytest.approx([0.04] * 3, rel=0.05)
        channels = np.corrcoef(changed.reshape(-1, 3).T)
        assert np.abs(channels - np.eye(3)).max() < 0.05

    def test_is_the_same_each_time(self) -> None:
        one, other = (grain.grained(np.zeros((9, 8, 3), np.float32), 0.04) for _ in range(2))
        assert np.array_equal(one, other)
        assert not np.array_equal(one[0], one[1])

    def test_leaves_a_picture_without_any_as_it_is(self) -> None:
        assert not grain.grained(np.zeros((9, 8, 3), np.float32), 0.0).any()
