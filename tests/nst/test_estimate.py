"""How long a painting takes, from another."""

import pytest

from nst import estimate
from nst.options import Quality

REPORT = {"seconds": 10.0, "width": 512, "height": 384, "options": {"quality": "standard"}}


def test_the_same_again_takes_as_long() -> None:
    assert estimate.seconds(REPORT, (512, 384), "standard") == 10.0


def test_four_times_the_pixels_cost_less_than_four_times_as_much() -> None:
    assert 2.0 < estimate.seconds(REPORT, (1024, 768), "standard") / 10.0 < 4.0


# README, "How fast": measured on one machine, in seconds.
@pytest.mark.parametrize(("quality", "measured"), [("draft", 9.6)])
def test_it_agrees_with_what_was_measured(quality: Quality, measured: float) -> None:
    standard = {**REPORT, "seconds": 35.5}
    assert estimate.seconds(standard, (512, 384), quality) == pytest.approx(measured, rel=0.25)
