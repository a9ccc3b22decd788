"""The coarse-to-fine plan, for every size and shape that may be asked for."""

import itertools
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nst.options import Quality
from nst.schedule import (
    EFFORT,
    FINISH_AREA,
    FINISH_COST,
    MAX_EFFORT,
    MIN_EFFORT,
    TEXTURE_COST,
    Stage,
    cost_left,
    largest,
    overhead,
    plan,
    retouch,
    within,
)

QUALITIES: tuple[Quality, ...] = get_args(Quality)


@st.composite
def sizes(draw: st.DrawFn) -> tuple[int, int]:
    """A long side of 16 to 8192 pixels, up to 20 times the short one, either way up."""
    long = draw(st.integers(16, 8192))
    short = max(1, round(long / draw(st.floats(1, 20))))
    return (long, short) if draw(st.booleans()) else (short, long)


@st.composite
def _plans(draw: st.DrawFn) -> list[Stage]:
    width, height = draw(sizes())
    return plan(width, height, EFFORT[draw(st.sampled_from(QUALITIES))])


plans = _plans()


@given(sizes(), st.sampled_from(QUALITIES))
def test_ends_at_the_size_asked_for(size: tuple[int, int], quality: Quality) -> None:
    last = plan(*size, EFFORT[quality])[-1]
    assert (last.width, last.height) == size


@given(plans)
def test_grows_from_stage_to_stage(stages: list[Stage]) -> None:
    for coarse, fine in itertools.pairwise(stages):
        assert coarse.width <= fine.width
        assert coarse.height <= fine.height
        assert coarse.width * coarse.height < fine.width * fine.height


@given(plans)
def test_every_stage_has_pixels_and_steps(stages: list[Stage]) -> None:
    for stage in stages:
        assert stage.width >= 1
        assert stage.height >= 1
        assert min(stage.texture, stage.full) >= 0
        assert stage.steps == stage.texture + stage.full
        assert stage.steps >= 1 or stage.area > FINISH_AREA


@given(plans)
def test_the_coarsest_stage_is_painted_with_the_full_loss(stages: list[Stage]) -> None:
    """Nothing before it has seen the content or the style's larger forms."""
    assert stages[0].texture == 0


@given(plans)
def test_finer_stages_take_no_more_steps(stages: list[Stage]) -> None:
    """They cost four times as much a step, and only refine."""
    steps = [stage.steps for stage in stages]
    assert steps == sorted(steps, reverse=True)


@given(plans)
def test_keeps_the_aspect(stages: list[Stage]) -> None:
    """To the rounding of each side, half a pixel."""
    last = stages[-1]
    for stage in stages:
        factor = max(stage.width, stage.height) / max(last.width, last.height)
        assert abs(stage.width - last.width * factor) <= 1
        assert abs(stage.height - last.height * factor) <= 1


@given(sizes(), st.sampled_from(QUALITIES))
def test_a_picture_on_its_side_is_planned_alike(size: tuple[int, int], quality: Quality) -> None:
    turned = [replace(s, width=s.height, height=s.width) for s in plan(*size, EFFORT[quality])]
    width, height = size
    assert plan(height, width, EFFORT[quality]) == turned


@given(sizes())
def test_a_better_quality_costs_more(size: tuple[int, int]) -> None:
    costs = [cost_left(plan(*size, EFFORT[quality]), 0, 0) for quality in QUALITIES]
    assert costs == sorted(set(costs))


@given(plans)
def test_what_is_left_falls_with_every_step_to_nothing(stages: list[Stage]) -> None:
    left = [
        cost_left(stages, number, step)
        for number, stage in enumerate(stages)
        for step in range(max(1, stage.steps))
    ]
    end = cost_left(stages, len(stages) - 1, max(1, stages[-1].steps))
    assert all(later < earlier for earlier, later in itertools.pairwise([*left, end]))
    assert end == 0


@given(plans)
def test_a_finished_stage_leaves_what_the_next_one_costs(stages: list[Stage]) -> None:
    for number, (done, _) in enumerate(itertools.pairwise(stages)):
        left = cost_left(stages, number, max(1, done.steps))
        assert left == pytest.approx(cost_left(stages, number + 1, 0))


def test_the_cost_is_that_of_the_steps_that_remain() -> None:
    stages = [Stage(10, 20, 0, 7), Stage(20, 40, 3, 5), Stage(40, 80, 4, 0)]
    last = 3200 * 4 * TEXTURE_COST
    assert cost_left(stages, 0, 2) == pytest.approx(200 * 5 + 800 * (3 * TEXTURE_COST + 5) + last)
    assert cost_left(stages, 1, 2) == pytest.approx(800 * (1 * TEXTURE_COST + 5) + last)
    assert cost_left(stages, 1, 6) == pytest.approx(800 * 2 + last)


@pytest.mark.parametrize("quality", QUALITIES)
def test_large_pictures_start_small_and_small_ones_do_not_start_tiny(quality: Quality) -> None:
    large, small = plan(4096, 3072, EFFORT[quality]), plan(64, 64, EFFORT[quality])
    assert 64 <= max(large[0].width, large[0].height) <= 256
    assert [(stage.width, stage.height) for stage in small] == [(64, 64)]


class TestLargePictures:
    """Above `FINISH_AREA` a scale is finished, without a step."""

    @given(sizes(), st.floats(MIN_EFFORT, MAX_EFFORT))
    def test_what_is_too_large_is_finished_and_nothing_else(
        self, size: tuple[int, int], effort: float
    ) -> None:
        for stage in plan(*size, effort):
            assert stage.finishing == (stage.area > FINISH_AREA)
            assert stage.finishing == (stage.steps == 0)

    @pytest.mark.parametrize(
        ("quality", "steps"),
        [
            ("draft", [(0, 16), (0, 8), (8, 0)]),
            ("standard", [(0, 54), (0, 32), (10, 9)]),
            ("fine", [(0, 150), (0, 100), (12, 55)]),
        ],
    )
    def test_512_pixels_are_painted_as_ever(
        self, quality: Quality, steps: list[tuple[int, int]]
    ) -> None:
        stages = plan(512, 384, EFFORT[quality])
        assert [(stage.texture, stage.full) for stage in stages] == steps

    @pytest.mark.parametrize("quality", QUALITIES)
    @pytest.mark.parametrize("side", [2048, 4096, 8192])
    def test_a_pixel_costs_little_over_half_of_one_at_1024(
        self, quality: Quality, side: int
    ) -> None:
        costs = []
        for width in (1024, side):
            stages = plan(width, width * 3 // 4, EFFORT[quality])
            costs.append((cost_left(stages, 0, 0) + overhead(stages)) / stages[-1].area)
        assert costs[1] < 0.55 * costs[0]

    @given(sizes(), st.floats(MIN_EFFORT, MAX_EFFORT))
    def test_is_planned_from_a_picture_that_is_painted(
        self, size: tuple[int, int], effort: float
    ) -> None:
        finishing = [stage.finishing for stage in plan(*size, effort)]
        assert not finishing[0]
        assert finishing == sorted(finishing)

    def test_a_size_that_is_cheap_for_it_is_finished_waits_for_the_dearer_to_be_paid(self) -> None:
        effort = EFFORT["standard"]
        costs = {
            side: cost_left(plan(side, side * 3 // 4, effort), 0, 0)
            for side in range(320, 2048 + 1, 64)
        }
        painted = [side for side in costs if side * side * 3 // 4 <= FINISH_AREA]
        dearest = max(costs[side] for side in painted)
        assert costs[2048] < dearest
        assert largest(0.75, effort, 0.99 * dearest) in painted
        assert largest(0.75, effort, dearest) == 2048

    @pytest.mark.parametrize("quality", QUALITIES)
    def test_a_retouch_paints_two_scales_and_finishes_the_rest(self, quality: Quality) -> None:
        whole = plan(4096, 3072, EFFORT[quality])
        stages = retouch(4096, 3072, EFFORT[quality])
        assert [(stage.width, stage.finishing) for stage in stages] == [
            (512, False),
            (1024, False),
            (2048, True),
            (4096, True),
        ]
        assert all(stage.full >= 1 for stage in stages[:2])
        assert stages[2:] == whole[-2:]
        assert cost_left(stages, 0, 0) < cost_left(whole, 0, 0)

    @pytest.mark.parametrize("share", [0.3, 0.7, 1.0, 3.0])
    def test_a_deadline_is_met_by_the_scales_that_are_painted(self, share: float) -> None:
        stages = plan(4096, 3072, EFFORT["standard"])
        finishing = [stage.area * FINISH_COST for stage in stages[-2:]]
        cost = sum(finishing) + share * cost_left(stages[:-2], 0, 0)
        fitted = within(stages, cost)
        assert [stage.width for stage in fitted] == [stage.width for stage in stages]
        assert 0.6 * cost <= cost_left(fitted, 0, 0) <= cost

    def test_it_has_no_targets_and_its_evaluation_costs_little(self) -> None:
        painted, finished = Stage(1024, 768, 10, 4), Stage(4096, 3072, 0, 0)
        assert painted.targets_cost > painted.area
        assert finished.targets_cost == 0
        assert finished.measure_cost < finished.area / 10
