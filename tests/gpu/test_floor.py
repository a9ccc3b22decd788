"""The least work of a step, against figures that are known of the network."""

import pytest

from nst.weights import Convolution
from tests.gpu import floor


@pytest.fixture(scope="module")
def kernels(convolutions: dict[str, Convolution]) -> dict[str, floor.Shape]:
    return {name: layer.kernel.shape for name, layer in convolutions.items()}


def test_the_arithmetic_is_vggs(kernels: dict[str, floor.Shape]) -> None:
    """361 thousand multiply-adds a pixel up to conv5_1, there and back; and the Gram matrices'."""
    work = floor.step(kernels, 512, 512, 4)
    convolutions, grams = 2 * 2 * 361e3, 3 * 2 * (4 * 64**2 + 64**2 / 4)
    assert work.flops / 512**2 == pytest.approx(convolutions + grams, rel=0.01)


def test_four_times_the_pixels_are_four_times_the_work(kernels: dict[str, floor.Shape]) -> None:
    one, four = floor.step(kernels, 256, 192, 4), floor.step(kernels, 512, 384, 4)
    assert four.flops == pytest.approx(4 * one.flops)
    assert four.bytes == pytest.approx(4 * one.bytes)


def test_half_the_size_of_a_value_moves_less_and_computes_as_much(
    kernels: dict[str, floor.Shape],
) -> None:
    wide, narrow = floor.step(kernels, 256, 256, 4), floor.step(kernels, 256, 256, 2)
    assert wide.flops == narrow.flops
    assert 0.5 < narrow.bytes / wide.bytes < 0.6  # pictures and history are float32 in both


def test_a_longer_history_moves_more(kernels: dict[str, floor.Shape]) -> None:
    ten, none = (floor.step(kernels, 256, 256, 4, history) for history in (10, 0))
    assert ten.bytes - none.bytes == 2 * 10 * 2 * 3 * 256 * 256 * 4


def test_seconds_are_work_over_speed() -> None:
    assert floor.Work(6e12, 8e9).seconds(3e12, 2e9) == (2.0, 4.0)
