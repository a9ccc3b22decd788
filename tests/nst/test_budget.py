"""What is chosen for the memory there is: the whole picture where it fits, else tiles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nst import budget, lbfgs
from nst.budget import Budget
from nst.schedule import Stage, plan

FULL = Stage(1600, 1200, 10, 9)
TEXTURE = Stage(1600, 1200, 8, 0)


def test_it_remembers_as_much_as_the_optimiser_can() -> None:
    assert budget.HISTORY == lbfgs.HISTORY


def test_where_nobody_tells_how_much_there_is_nothing_is_split() -> None:
    found = Budget(None).fit(TEXTURE)
    assert found is not None
    assert (found.most, found.history) == (None, budget.HISTORY)


def test_what_fits_is_painted_as_a_whole() -> None:
    found = Budget(8000).fit(FULL)
    assert found is not None
    assert found.most is None
    assert found.history == budget.HISTORY


@given(
    st.integers(300, 30_000), st.integers(0, 10**8), st.booleans(), st.sampled_from([FULL, TEXTURE])
)
def test_what_is_chosen_stays_within_the_room(
    room: int, sources: int, masked: bool, stage: Stage
) -> None:
    found = Budget(room, sources, masked=masked).fit(stage)
    if found is not None:
        assert found.mb <= room
        assert budget.SHORTEST <= found.history <= budget.HISTORY
        assert (
            found.most is None or budget.SMALLEST_TILE <= found.most <= stage.width * stage.height
        )


@given(st.integers(300, 30_000), st.integers(1, 3000), st.sampled_from([FULL, TEXTURE]))
def test_more_room_is_used_for_larger_tiles_and_longer_histories(
    room: int, more: int, stage: Stage
) -> None:
    whole = stage.width * stage.height
    less, found = Budget(room).fit(stage), Budget(room + more).fit(stage)
    if less is None or found is None:
        assert less is None
    elif less.history == found.history:
        assert (found.most or whole) >= (less.most or whole)


def test_less_room_first_shortens_the_history_and_then_the_tiles() -> None:
    found = [Budget(room).fit(TEXTURE) for room in range(8000, 400, -20)]
    kinds = [
        "whole" if one.most is None else "good" if one.most >= budget.GOOD_TILE else "small"
        for one in found
        if one is not None
    ]
    assert kinds == sorted(kinds, key=["whole", "good", "small"].index)
    assert set(kinds) == {"whole", "good", "small"}
    assert {one.history for one in found if one and one.most} >= {3, 10}


def test_work_in_tiles_is_more_and_the_smaller_they_are_the_more() -> None:
    found = [Budget(room).fit(FULL) for room in (8000, 4000, 3000, 1800)]
    works = [one.work for one in found if one is not None]
    assert len(works) == 4
    assert works[0] == 1.0
    assert works == sorted(works)
    assert 1.5 < works[1] < works[-1] < 4


def test_pictures_that_are_kept_and_a_mask_count() -> None:
    one, other = (Budget(None, sources).fit(FULL) for sources in (0, 10**8))
    assert one is not None
    assert other is not None
    assert other.mb - one.mb == pytest.approx(4 * 10**8 / 2**20, abs=1)
    covered = Budget(None, masked=True).fit(FULL)
    assert covered is not None
    assert covered.mb > one.mb


def test_a_full_step_takes_what_was_measured() -> None:
    """1.95 GB beside TensorFlow and the weights, 1024 x 768 in float32."""
    assert 1790 < budget.needed_mb(1024, 768) < 2300


@pytest.mark.parametrize("size", [(4, 3), (3, 4), (1, 1), (1000, 50)])
@pytest.mark.parametrize("room", [500, 1000, 8000])
def test_the_largest_side_is_painted_and_one_a_little_larger_is_not(
    size: tuple[int, int], room: int
) -> None:
    def holds(side: int) -> bool:
        width, height = (max(1, one * side // max(size)) for one in size)
        stages = plan(width, height, 2.0)
        return Budget(room, finished=budget.finished_area(stages)).holds(stages)

    side = budget.largest_side(size, room)
    assert side % 16 == 0
    assert all(holds(one) for one in range(64, side + 1, 64))
    assert side == 8192 or not holds(side + 16)


def test_no_room_is_for_no_picture() -> None:
    assert budget.largest_side((4, 3), 0) == budget.largest_side((4, 3), budget.FIXED_MB) == 0


def test_what_is_finished_takes_as_much_whatever_is_painted_before() -> None:
    stages = plan(4096, 3072, 1.0)
    area = budget.finished_area(stages)
    assert area == 4096 * 3072
    for stage in stages:
        less, more = Budget(None).fit(stage), Budget(None, finished=area).fit(stage)
        assert less is not None
        assert more is not None
        assert more.mb - less.mb == pytest.approx(budget.FINISH * area / 2**20, abs=1)
    assert budget.finished_area(plan(1024, 768, 1.0)) == 0


def test_what_there_is_no_room_to_finish_is_refused_before_it_is_painted() -> None:
    stages = plan(8192, 6144, 1.0)
    assert not Budget(2400, finished=budget.finished_area(stages)).holds(stages)
    assert Budget(3600, finished=budget.finished_area(stages)).holds(stages)
