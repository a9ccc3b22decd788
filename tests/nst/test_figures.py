"""What follows from a bench's figures: how long the tutorial's recipe needs, and how many times."""

import json

import pytest

from nst.figures import Check, Figures, Needed, Painted, Speed

OURS = Painted("standard", seconds=10.0, loss=0.5, tutorial_loss=900.0)


def figures(*losses: float) -> Figures:
    """The tutorial's picture looked at every ten steps of 2 s each."""
    checks = [Check(10 * n, 20.0 * n, loss, 1000.0 - n) for n, loss in enumerate(losses)]
    return Figures("cpu", "float32", 64, 48, painted=[OURS], tutorial=checks)


def test_a_loss_between_two_looks_is_on_the_line_between_them() -> None:
    needed = figures(2.0, 1.0, 0.6, 0.2).needed(OURS, "loss")
    assert needed
    assert (needed.reached, needed.steps) == (True, 23)
    assert (needed.seconds, needed.times) == pytest.approx((45.0, 4.5))


def test_a_loss_that_a_look_has_is_there() -> None:
    assert figures(2.0, 0.5, 0.1).needed(OURS, "loss") == Needed(True, 10, 20.0, 2.0)


def test_the_first_time_counts_though_the_loss_rises_again() -> None:
    assert figures(2.0, 0.5, 0.9, 0.5, 0.4).needed(OURS, "loss") == Needed(True, 10, 20.0, 2.0)


def test_where_it_was_not_reached_all_of_it_was_not_enough() -> None:
    assert figures(2.0, 0.7, 0.6).needed(OURS, "loss") == Needed(False, 20, 40.0, 4.0)


def test_each_measure_has_its_own_answer() -> None:
    found = figures(2.0, 0.7, 0.4)
    ours = Painted("draft", 10.0, loss=0.7, tutorial_loss=998.0)
    assert found.needed(ours, "loss") == Needed(True, 10, 20.0, 2.0)
    assert found.needed(ours, "tutorial_loss") == Needed(True, 20, 40.0, 4.0)


def test_a_start_that_is_as_good_needs_nothing() -> None:
    assert figures(0.3, 0.2).needed(OURS, "loss") == Needed(True, 0, 0.0, 0.0)


def test_what_was_not_looked_at_has_no_answer() -> None:
    assert figures().needed(OURS, "loss") is None


def test_units_are_those_of_the_painted_size() -> None:
    found = figures()
    assert found.units(3.0) is None
    found.speeds += [Speed(32, 24, 1, 1, 9.0), Speed(64, 48, 1, 1, 0.5), Speed(128, 96, 1, 1, 7.0)]
    assert found.units(3.0) == 6.0
    found.speeds[1] = Speed(64, 48, 1, 1, None)
    assert found.units(3.0) is None


def test_the_dictionary_is_json_and_holds_what_follows() -> None:
    found = figures(2.0, 1.0, 0.6, 0.2)
    found.speeds.append(Speed(64, 48, 0.1, None, 0.5))
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert told["speeds"] == [
        {
            "width": 64,
            "height": 48,
            "float32": 0.1,
            "bfloat16": None,
            "unit": 0.5,
            "tensorfloat32": None,
        }
    ]
    assert told["unit"] == 0.5
    assert told["needed"]["standard"]["loss"]["times"] == pytest.approx(4.5)
    assert told["needed"]["standard"]["tutorial_loss"]["reached"] is False
    assert [check["steps"] for check in told["tutorial"]] == [0, 10, 20, 30]
    assert told["interrupted"] is False
