"""Painting with several steps in one call, as on a GPU: the same painting, in fewer calls."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from nst import devices, steps
from nst.objective import Objective
from nst.painter import CALL_SECONDS
from nst.schedule import Stage
from nst.steps import full, texture, towards
from tests.nst.test_painter import STAGES, Run


@pytest.fixture(scope="module")
def alone(objective: Objective, photo: Image.Image, style: Image.Image) -> Run:
    return Run(objective, photo, [style])


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many steps each call took, in a process that believes to have a GPU."""
    counts: list[int] = []
    take = steps._Together.take

    def noted(self: Any, count: int) -> Any:
        counts.append(count)
        return take(self, count)

    monkeypatch.setattr(devices, "device", lambda: "gpu")
    monkeypatch.setattr(steps._Together, "take", noted)
    return counts


@pytest.fixture
def instant(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps take no time, so that a call may take as many as there are."""
    monkeypatch.setattr("nst.painter.CALL_SECONDS", 1e9)


@pytest.mark.usefixtures("instant")
def test_a_painting_is_the_same(
    objective: Objective, photo: Image.Image, style: Image.Image, alone: Run, calls: list[int]
) -> None:
    run = Run(objective, photo, [style])
    assert run.taken() == alone.taken()
    # The coarse stage, the fine one's texture, and its full steps.
    assert calls == [1, 2, 3, 1, 2, 1, 1, 2]
    ours, theirs = ([moment.loss for moment in one.moments] for one in (run, alone))
    np.testing.assert_allclose(ours, theirs, rtol=0.01)
    np.testing.assert_allclose(run.painting.picture, alone.painting.picture, atol=0.03)
    assert run.painting.loss is not None
    assert alone.painting.loss is not None
    assert run.painting.loss.style == pytest.approx(alone.painting.loss.style, rel=0.01)
    assert [one["steps"] for one in run.painting.schedule] == [6, 7]
    assert all(moment.seconds_left >= 0 for moment in run.moments)


def test_a_call_lasts_no_longer_than_a_person_would_wait(
    objective: Objective,
    photo: Image.Image,
    style: Image.Image,
    calls: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the clock's own measure: here a step takes a fifth of that."""
    monkeypatch.setattr(
        "nst.clock.Clock.speed", property(lambda clock: CALL_SECONDS / 5 / (32 * 24))
    )
    Run(objective, photo, [style], stages=[Stage(32, 24, 0, 20)])
    assert calls == [1, 2, 4, 5, 5, 3]


@pytest.mark.usefixtures("instant")
def test_it_stops_between_two_calls(
    objective: Objective, photo: Image.Image, style: Image.Image, calls: list[int]
) -> None:
    run = Run(objective, photo, [style], stop_after=3)
    assert run.painting.stopped
    assert calls == [1, 2]
    assert run.taken() == [(0, step) for step in range(1, 4)]
    assert run.painting.loss is not None
    np.testing.assert_array_equal(run.painting.picture, run.pictures[-1])


def test_a_deadline_is_kept(
    objective: Objective, photo: Image.Image, style: Image.Image, calls: list[int]
) -> None:
    """With calls of as many steps as there is time for; the last phase has no other end."""
    run = Run(objective, photo, [style], seconds=3.0, stages=STAGES[:1])
    assert sum(calls) == len(run.moments) > 6
    assert max(calls) > 1
    left = [moment.seconds_left for moment in run.moments]
    assert left == sorted(left, reverse=True)
    assert left[-1] < 0.5  # and the last call was not begun too late


def test_a_processor_takes_one_step_a_call(
    objective: Objective, photo: Image.Image, style: Image.Image
) -> None:
    content = tf.zeros([1, 24, 32, 3])
    targets = objective.targets(content, [content], [1.0], 1.0)
    for goal in (full(objective, targets), texture(objective, targets, content)):
        assert towards(goal, content).most == 1


def test_a_picture_in_blocks_is_stepped_one_by_one(
    objective: Objective, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no graph of all its blocks."""
    monkeypatch.setattr(devices, "device", lambda: "gpu")
    content = tf.random.stateless_uniform([1, 640, 32, 3], (1, 2))
    targets = objective.targets(content, [content[:, :64]], [1.0], 1.0, most=12_000)
    assert targets.blocks
    assert towards(full(objective, targets), content).most == 1
    assert towards(texture(objective, targets, content), content).most == 1
