"""The fields that the pictures are made of."""

import numpy as np
import pytest

from nst.gallery.noise import blur, fbm, mix, noise, palette, ramp, rgb, sample, slopes, smoothstep


def test_noise_is_the_same_picture_at_every_size() -> None:
    small = noise((60, 80), 5, np.random.default_rng(1))
    large = noise((240, 320), 5, np.random.default_rng(1))
    reduced = large.reshape(60, 4, 80, 4).mean((1, 3))
    assert np.abs(small - reduced).max() < 0.05


def test_fbm_keeps_its_power_however_many_octaves() -> None:
    spread = [float(fbm((256, 256), 8, n, np.random.default_rng(2)).std()) for n in (1, 3, 6)]
    assert max(spread) < 1.3 * min(spread), spread


def test_blur_is_a_gaussian_of_the_radius_asked_for() -> None:
    spot = np.zeros((81, 81), np.float32)
    spot[40, 40] = 1
    soft = blur(spot, 6)
    rows = np.arange(81) - 40
    assert soft.sum() == pytest.approx(1, rel=1e-4)
    assert np.sqrt((soft.sum(1) * rows**2).sum()) == pytest.approx(6, rel=0.1)


def test_blur_keeps_a_flat_field_to_its_edges() -> None:
    assert blur(np.full((20, 30), 0.4, np.float32), 5) == pytest.approx(0.4, abs=1e-6)


def test_sample_is_linear_between_pixels_and_clamped_outside() -> None:
    field = np.add.outer(10 * np.arange(4), np.arange(5)).astype(np.float32)
    assert sample(field, [1.5], [2.25])[0] == pytest.approx(24.0, abs=1e-4)
    assert sample(field, [-9.0], [-9.0])[0] == pytest.approx(0.0)
    assert sample(field, [99.0], [99.0])[0] == pytest.approx(34.0, abs=0.02)
    colour = np.stack([field, 2 * field, 3 * field], -1)
    assert sample(colour, [1.5], [2.25])[0] == pytest.approx([24.0, 48.0, 72.0], abs=1e-3)


def test_mix_takes_one_weight_a_pixel_or_a_colour() -> None:
    half = np.full((2, 4), 0.5, np.float32)
    assert mix(rgb("000000"), rgb("ff8000"), half).shape == (2, 4, 3)
    assert mix(half, half, half).shape == (2, 4)
    assert mix(rgb("000000"), rgb("ffffff"), np.array([[0.25], [0.75]])) == pytest.approx(
        np.array([[0.25] * 3, [0.75] * 3])
    )


def test_ramp_passes_through_its_colours() -> None:
    colours = palette("102030", "ff8000", "ffffff")
    assert ramp(colours, np.array([0.0, 0.5, 1.0])) == pytest.approx(colours)
    assert ramp(colours, 0.2, (0, 0.2, 1)) == pytest.approx(colours[1], abs=1e-6)


def test_smoothstep_runs_either_way() -> None:
    assert smoothstep(1, 3, [0, 1, 2, 3, 9]) == pytest.approx([0, 0, 0.5, 1, 1])
    assert smoothstep(3, 1, [0, 1, 2, 3, 9]) == pytest.approx([1, 1, 0.5, 0, 0])


def test_slopes_are_downwards_then_rightwards() -> None:
    field = np.add.outer(3 * np.arange(6), 2 * np.arange(7)).astype(np.float32)
    down, right = slopes(field)
    assert down == pytest.approx(3)
    assert right == pytest.approx(2)
