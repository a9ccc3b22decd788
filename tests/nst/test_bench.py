"""The bench measures what it says: a tiny one for real, and its rules with a clock of our own."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from nst import bench, budget, devices, engine, gallery, memory, network, samples
from nst.bench import Bench
from nst.errors import Cancelled, OutOfMemory
from nst.figures import Check, Speed
from nst.images import resize, to_array
from nst.objective import Objective
from nst.options import Options
from nst.result import Result
from nst.schedule import Stage
from nst.subject import scaled_style
from nst.tutorial import Tutorial
from nst.weights import Convolution
from tests.nst.benches import QUALITIES, Calls, Clock, World

pytestmark = pytest.mark.usefixtures("objective_is_kept")


@pytest.fixture(autouse=True)
def pair(photo: Image.Image, style: Image.Image, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the built-in pictures, which take seconds to render."""
    monkeypatch.setattr(samples, "content", lambda: photo)
    monkeypatch.setattr(gallery, "style", lambda name: {bench.STYLE: style}[name])


class TestForReal:
    """Nothing is replaced but the pictures."""

    def test_all_of_it_at_64_pixels(
        self,
        objective: Objective,
        convolutions: dict[str, Convolution],
        photo: Image.Image,
        style: Image.Image,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        results: list[Result] = []
        stylize = engine.stylize

        def note(*given: Any, **named: Any) -> Result:
            results.append(stylize(*given, **named))
            return results[-1]

        monkeypatch.setattr(engine, "stylize", note)
        monkeypatch.setattr(bench, "MAX_SIZE", 64)  # each further size costs seconds
        told: list[str] = []
        run = Bench(64, 0.5, ("draft",), told.append, lambda: False)
        run.run()
        figures = run.figures
        assert len(told) == 3, told  # a size, a quality, the tutorial
        (row,) = figures.speeds
        assert (row.width, row.height) == (64, 48)
        assert all(seconds and seconds > 0 for seconds in (row.float32, row.bfloat16, row.unit))
        assert (figures.device, figures.precision) == (
            devices.device(),
            network.precision(Options()),
        )
        assert not figures.interrupted
        assert figures.lacked_memory == []

        (ours,), (result,) = figures.painted, results
        assert result.options == Options(size=64, quality="draft")
        assert ours.seconds == result.report["seconds"]
        content = to_array(resize(photo, (64, 48)))
        painting = to_array(scaled_style(style, Stage(64, 48, 0, 1), 1.0))
        targets = objective.targets(
            tf.constant(content[np.newaxis]), [tf.constant(painting[np.newaxis])], [1.0], 1.0
        )
        saved = to_array(result.image)
        by_ours = objective.measure(tf.constant(saved[np.newaxis]), targets).total
        by_its_own = Tutorial(convolutions, content, painting).losses(saved).total
        assert ours.loss == pytest.approx(by_ours, rel=1e-3)
        assert ours.tutorial_loss == pytest.approx(by_its_own, rel=1e-3)

        first, *_, last = figures.tutorial
        start = objective.measure(tf.constant(content[np.newaxis]), targets).total
        assert (first.steps, first.seconds) == (0, 0.0)
        assert first.loss == pytest.approx(start, rel=1e-3)
        assert last.tutorial_loss < first.tutorial_loss
        assert last.seconds >= 0.5 or last.loss <= ours.loss


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(bench, "time", found)
    monkeypatch.setattr(devices, "device", lambda: "cpu")
    monkeypatch.setattr(network, "objective_in", lambda precision: precision)
    monkeypatch.setattr(devices, "compute_in", lambda precision: None)
    monkeypatch.setattr(memory, "available_mb", lambda: None)
    return found


@pytest.fixture
def calls(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Calls:
    return Calls(clock, monkeypatch)


def speeds(size: int = 64, cancelled: Any = lambda: False) -> list[Speed]:
    run = Bench(size, 60.0, QUALITIES, lambda line: None, cancelled)
    run.run()
    return run.figures.speeds


class TestSpeeds:
    def test_are_medians_without_the_first_call(self, calls: Calls) -> None:
        assert speeds()[0] == Speed(64, 48, float32=2.0, bfloat16=20.0, unit=300.0)

    def test_are_measured_in_turn(self, calls: Calls) -> None:
        speeds()
        assert [name for name, _ in calls.made[:6]] == ["bfloat16", "float32", "unit"] * 2
        assert {size for _, size in calls.made[:9]} == {64}

    def test_what_takes_long_is_called_less_often(self, calls: Calls) -> None:
        calls.seconds["bfloat16"] = [100.0, 16.0, 18.0]
        assert speeds()[0] == Speed(64, 48, float32=2.0, bfloat16=17.0, unit=300.0)
        names = ("float32", "bfloat16", "unit")
        assert [calls.made.count((name, 64)) for name in names] == [4, 3, 2]

    @pytest.mark.parametrize(
        ("size", "sides"), [(64, [64, 128]), (130, [65, 130, 260]), (260, [130, 260])]
    )
    def test_are_of_half_and_twice_the_size_within_the_limits(
        self, calls: Calls, monkeypatch: pytest.MonkeyPatch, size: int, sides: list[int]
    ) -> None:
        monkeypatch.setattr(bench, "MAX_SIZE", 300)
        assert [row.width for row in speeds(size)] == sides

    def test_a_size_that_will_not_fit_is_not_tried(
        self, calls: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(memory, "available_mb", lambda: budget.needed_mb(64, 48))
        assert speeds()[1] == Speed(128, 96, None, None, None)
        assert {size for _, size in calls.made} == {64}
        monkeypatch.setattr(memory, "available_mb", lambda: budget.needed_mb(64, 48) - 1)
        assert speeds()[0] == Speed(64, 48, None, None, None)

    def test_a_graphics_card_is_tried_whatever_the_machine_has(
        self, calls: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(devices, "device", lambda: "gpu")
        monkeypatch.setattr(memory, "available_mb", lambda: 1)
        assert speeds()[1].float32 == 2.0

    def test_a_graphics_card_has_another_precision(
        self, calls: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        computing: list[str] = []
        monkeypatch.setattr(devices, "device", lambda: "gpu")
        monkeypatch.setattr(devices, "compute_in", computing.append)
        assert speeds()[0] == Speed(
            64, 48, float32=2.0, bfloat16=20.0, unit=300.0, tensorfloat32=1.5
        )
        assert computing[:5] == ["float32", "tensorfloat32", "bfloat16", "float32", "float32"]

    def test_steps_that_are_taken_together_are_told_one_by_one(self, calls: Calls) -> None:
        run = Bench(64, 60.0, QUALITIES, lambda line: None, lambda: False)

        def five() -> Iterator[int]:
            while True:
                calls.clock.now += 10.0
                yield 5

        assert run._medians([five()]) == [2.0]

    def test_memory_that_runs_out_costs_its_own_figure_only(self, calls: Calls) -> None:
        calls.fails = ("float32", 128)
        small, large = speeds()
        assert small.float32 == 2.0
        assert large == Speed(128, 96, float32=None, bfloat16=20.0, unit=300.0)
        assert calls.made.count(("float32", 128)) == 1

    def test_an_interrupt_keeps_the_sizes_that_were_done(self, calls: Calls) -> None:
        run = Bench(64, 60.0, QUALITIES, lambda line: None, lambda: ("unit", 128) in calls.made)
        run.run()
        assert run.figures.interrupted
        assert [row.width for row in run.figures.speeds] == [64]
        assert calls.made[-1] == ("unit", 128)


@pytest.fixture
def world(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(clock, monkeypatch)


class TestTimeToQuality:
    def test_the_tutorial_stops_once_it_has_the_best_of_our_losses(self, world: World) -> None:
        figures = world.run()
        assert [(one.quality, one.seconds, one.loss) for one in figures.painted] == [
            ("draft", 2.0, 1 / 20),
            ("standard", 4.0, 1 / 40),
        ]
        before, last = figures.tutorial[-2:]
        assert before.loss > 1 / 40 >= last.loss
        needed = figures.needed(figures.painted[1], "loss")
        assert needed.reached
        assert 39 <= needed.steps <= last.steps < 39 * bench.SPACING + 1
        assert needed.times == pytest.approx(2 * 39 / 4.0, rel=0.02)

    def test_fine_is_painted_where_it_is_asked_for_and_then_it_is_the_goal(
        self, world: World
    ) -> None:
        figures = world.run(qualities=("draft", "standard", "fine"))
        assert figures.painted[-1].quality == "fine"
        assert figures.tutorial[-1].loss <= 1 / 80

    def test_looks_come_at_geometric_steps_and_take_none_of_the_time(self, world: World) -> None:
        figures = world.run()
        steps = [check.steps for check in figures.tutorial]
        assert steps[:12] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
        for before, after in itertools.pairwise(steps[1:]):
            assert after - 1 < before * bench.SPACING <= after, steps
        assert all(check.seconds == 2.0 * check.steps for check in figures.tutorial)

    def test_the_tutorial_stops_after_its_time_and_its_last_step_is_looked_at(
        self, world: World
    ) -> None:
        figures = world.run(seconds=45.0)
        assert figures.tutorial[-1] == Check(23, 46.0, 1 / 24, 2 / 24)
        needed = figures.needed(figures.painted[1], "loss")
        assert (needed.reached, needed.steps, needed.times) == (False, 23, 46.0 / 4.0)
        assert figures.needed(figures.painted[0], "loss").reached

    def test_the_recipe_ends_where_the_tutorial_does(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bench, "STEPS", 14)
        assert [check.steps for check in world.run().tutorial][-2:] == [13, 14]

    def test_an_interrupt_keeps_what_there_is(self, world: World) -> None:
        world.interrupt_at = 5
        figures = world.run()
        assert figures.interrupted
        assert len(figures.painted) == 2
        assert [check.steps for check in figures.tutorial] == [0, 1, 2, 3, 4, 5]
        assert not figures.needed(figures.painted[0], "loss").reached

    def test_an_interrupt_while_painting_keeps_the_quality_before(self, world: World) -> None:
        world.fails["standard"] = Cancelled()
        figures = world.run()
        assert figures.interrupted
        assert [one.quality for one in figures.painted] == ["draft"]
        assert figures.tutorial == []

    def test_each_part_is_told_of_before_it_begins(self, world: World) -> None:
        world.run(seconds=50.0)
        assert [line.split()[0] for line in world.told] == ["draft", "standard", "the"]
        assert "50 s" in world.told[-1]


class TestTooLittleMemory:
    def test_nothing_is_painted_that_will_not_fit(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(memory, "available_mb", lambda: budget.needed_mb(96, 72) - 1)
        figures = world.run()
        assert (figures.painted, figures.tutorial) == ([], [])
        assert figures.lacked_memory == ["draft", "standard", "tutorial"]
        assert world.told == []

    def test_a_quality_that_runs_out_of_it_leaves_the_others(self, world: World) -> None:
        world.fails["standard"] = OutOfMemory("full")
        figures = world.run()
        assert figures.lacked_memory == ["standard"]
        assert [one.quality for one in figures.painted] == ["draft"]
        assert figures.tutorial[-1].loss <= 1 / 20

    def test_without_a_picture_of_ours_there_is_nothing_to_compare(self, world: World) -> None:
        world.fails = dict.fromkeys(QUALITIES, OutOfMemory("full"))
        figures = world.run()
        assert figures.tutorial == []
        assert figures.lacked_memory == ["draft", "standard"]

    def test_a_tutorial_that_runs_out_of_it_keeps_what_it_has_reached(self, world: World) -> None:
        world.recipe.fails_at = 7
        figures = world.run()
        assert figures.lacked_memory == ["tutorial"]
        assert [check.steps for check in figures.tutorial] == [0, 1, 2, 3, 4, 5, 6, 7]
        assert len(figures.painted) == 2

    def test_each_part_without_it_is_named_once(self, world: World) -> None:
        world.recipe.fails_at = 7
        world.fails["draft"] = OutOfMemory("full")
        assert world.run().lacked_memory == ["draft", "tutorial"]
