"""The coarse-to-fine plan, for every size and shape that may be asked for."""

import itertools
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nst.options import Quality
from nst.schedule import EFFORT, TEXTURE_COST, Stage, cost_left, plan

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
        assert stage.steps == stage.texture + stage.full >= 1


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
        for step in range(stage.steps)
    ]
    end = cost_left(stages, len(stages) - 1, stages[-1].steps)
    assert all(later < earlier for earlier, later in itertools.pairwise([*left, end]))
    assert end == 0


@given(plans)
def test_a_finished_stage_leaves_what_the_next_one_costs(stages: list[Stage]) -> None:
    for number, (done, _) in enumerate(itertools.pairwise(stages)):
        left = cost_left(stages, number, done.steps)
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
