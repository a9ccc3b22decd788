"""What is expected of a painting's time."""

from bot.estimates import Estimates, Took

STANDARD = {"quality": "standard", "size": 512}


def test_the_median_of_the_same_kind_is_expected() -> None:
    estimates = Estimates([Took(STANDARD, seconds) for seconds in (50.0, 60.0, 3000.0)])
    assert estimates.seconds({**STANDARD, "strength": 3.0}) == 60.0


def test_another_size_is_scaled_by_its_pixels() -> None:
    estimates = Estimates([Took(STANDARD, 60.0)])
    assert estimates.seconds({**STANDARD, "size": 1024}) == 240.0


def test_what_was_never_measured_is_unknown() -> None:
    estimates = Estimates([Took(STANDARD, 60.0)])
    assert estimates.seconds({"quality": "fine", "size": 512}) is None
    assert estimates.seconds({"quality": "standard", "size": "auto"}) is None
    assert estimates.seconds({**STANDARD, "seconds": 20.0}) is None
    assert Estimates().seconds(STANDARD) is None


def test_each_quality_is_told_over_its_sizes() -> None:
    took = [Took(STANDARD, 60.0), Took({**STANDARD, "size": 256}, 20.0)]
    assert Estimates(took).by_quality() == {"standard": 40.0}
