"""The optimisation over the stages: it lowers the loss, stops, and goes on where it was."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from nst.clock import Clock
from nst.images import resize, to_array
from nst.objective import Objective
from nst.painter import Moment, Painter, Painting
from nst.schedule import Stage
from nst.subject import Floats, Subject, scaled, scaled_style

STAGES = [Stage(32, 24, 0, 6), Stage(64, 48, 4, 3)]
STEPS = [(0, step) for step in range(1, 7)] + [(1, step) for step in range(1, 8)]


class Watched:
    """An objective that notes each evaluation: which loss, at which size."""

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        self.calls: list[tuple[str, int]] = []

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._objective, name)

        def noted(picture: tf.Tensor, *others: Any, **more: Any) -> Any:
            self.calls.append((name, int(picture.shape[2])))
            return function(picture, *others, **more)

        return noted

    def steps(self) -> list[tuple[str, int]]:
        return [call for call in self.calls if call[0].startswith("evaluate")]


class Run:
    """One painting and what it told on the way."""

    def __init__(
        self,
        objective: Any,
        content: Image.Image,
        styles: list[Image.Image],
        *,
        stages: Sequence[Stage] = STAGES,
        start: tuple[int, int, Floats] | None = None,
        weights: list[float] | None = None,
        seconds: float | None = None,
        mask: Image.Image | None = None,
        stop_after: int | None = None,
    ) -> None:
        self.objective = objective
        self.moments: list[Moment] = []
        self.pictures: list[Floats] = []
        subject = Subject(content, styles, weights or [1.0] * len(styles), mask=mask)
        self.painter = Painter(objective, subject, list(stages), Clock(1e-6, seconds))
        stage, step, picture = start or (0, 0, scaled(content, stages[0]))
        self.painting: Painting = self.painter.paint(
            self._note, lambda: len(self.moments) == stop_after, picture, stage, step
        )
        self.content = content

    def _note(self, moment: Moment) -> None:
        self.moments.append(moment)
        self.pictures.append(moment.picture())

    def taken(self) -> list[tuple[int, int]]:
        return [(moment.stage, moment.step) for moment in self.moments]


@pytest.fixture(scope="module")
def watched(objective: Objective) -> Watched:
    return Watched(objective)


@pytest.fixture(scope="module")
def whole(objective: Objective, photo: Image.Image, style: Image.Image) -> Run:
    return Run(Watched(objective), photo, [style])


class TestWhole:
    def test_takes_the_steps_of_the_plan(self, whole: Run) -> None:
        assert whole.taken() == STEPS
        assert not whole.painting.stopped

    def test_evaluates_once_a_step_the_coarse_in_full_the_fine_first_in_texture(
        self, whole: Run
    ) -> None:
        assert whole.objective.steps() == (
            [("evaluate", 32)] * 6 + [("evaluate_texture", 64)] * 4 + [("evaluate", 64)] * 3
        )

    def test_computes_targets_once_a_stage(self, whole: Run) -> None:
        calls = whole.objective.calls
        assert [width for name, width in calls if name == "targets"] == [32, 64]

    def test_ends_at_the_last_stages_size(self, whole: Run) -> None:
        assert whole.painting.picture.shape == (48, 64, 3)
        assert whole.painting.picture.dtype == np.float32
        assert np.isfinite(whole.painting.picture).all()

    def test_lowers_the_loss_at_every_stage(self, whole: Run) -> None:
        losses = [moment.loss for moment in whole.moments]
        assert losses[5] < losses[0], losses  # the coarse stage
        assert losses[9] < losses[6], losses  # texture
        assert losses[12] < losses[10], losses  # the fine stage

    def test_ends_nearer_to_the_style_than_the_content_is(
        self, whole: Run, objective: Objective
    ) -> None:
        """The total of so few steps may be higher: the content's own loss begins at nothing."""
        painter, stage = whole.painter, STAGES[-1]
        targets = painter._targets(stage, scaled(whole.content, stage), painter._styles(stage))
        content = tf.constant(scaled(whole.content, STAGES[-1])[np.newaxis])
        before, after = objective.measure(content, targets), whole.painting.loss
        assert after is not None
        assert after.style < 0.85 * before.style, (before, after)

    def test_the_loss_it_tells_is_that_of_its_picture(
        self, whole: Run, objective: Objective
    ) -> None:
        painter, stage = whole.painter, STAGES[-1]
        targets = painter._targets(stage, scaled(whole.content, stage), painter._styles(stage))
        measured = objective.measure(tf.constant(whole.painting.picture[np.newaxis]), targets)
        assert whole.painting.loss is not None
        assert whole.painting.loss.total == pytest.approx(measured.total, rel=1e-5)
        assert whole.painting.loss.total <= min(m.loss for m in whole.moments[-3:]) * 1.00001

    def test_the_schedule_is_what_was_done(self, whole: Run) -> None:
        done = [dict(stage) for stage in whole.painting.schedule]
        assert all(stage.pop("seconds") > 0 for stage in done)
        assert done == [
            {"width": 32, "height": 24, "steps": 6},
            {"width": 64, "height": 48, "steps": 7},
        ]

    def test_pictures_on_the_way_have_their_stages_size(self, whole: Run) -> None:
        shapes = [picture.shape for picture in whole.pictures]
        assert shapes == [(24, 32, 3)] * 6 + [(48, 64, 3)] * 7

    def test_time_left_ends_at_nothing(self, whole: Run) -> None:
        assert all(moment.seconds_left > 0 for moment in whole.moments[:-1])
        assert whole.moments[-1].seconds_left == 0

    def test_starts_from_the_content(self, whole: Run, photo: Image.Image) -> None:
        """The best point after the first evaluation is where it began."""
        np.testing.assert_array_equal(whole.pictures[0], to_array(resize(photo, (32, 24))))

    def test_a_finer_stage_starts_from_the_coarser_one(self, whole: Run) -> None:
        coarse = Image.fromarray((whole.pictures[5].clip(0, 1) * 255).astype(np.uint8))
        enlarged = to_array(coarse.resize((64, 48), Image.Resampling.BICUBIC))
        content = scaled(whole.content, STAGES[1])
        first = whole.pictures[6]
        assert np.abs(first - enlarged).mean() < 0.5 * np.abs(first - content).mean()


class TestStopping:
    @pytest.mark.parametrize("after", [1, 4, 8, 12])
    def test_stops_before_the_next_step(
        self, watched: Watched, photo: Image.Image, style: Image.Image, whole: Run, after: int
    ) -> None:
        watched.calls.clear()
        run = Run(watched, photo, [style], stop_after=after)
        assert run.painting.stopped
        assert len(watched.steps()) == after
        assert run.taken() == STEPS[:after]
        assert sum(stage["steps"] for stage in run.painting.schedule) == after
        assert run.painting.loss is not None
        # The best so far, which is the last that was told.
        np.testing.assert_array_equal(run.painting.picture, run.pictures[-1])
        np.testing.assert_array_equal(run.painting.picture, whole.pictures[after - 1])

    def test_stops_before_the_first(
        self, watched: Watched, photo: Image.Image, style: Image.Image
    ) -> None:
        watched.calls.clear()
        run = Run(watched, photo, [style], stop_after=0)
        assert run.painting.stopped
        assert run.painting.loss is None
        assert not watched.steps()

    def test_stops_between_two_stages(
        self, watched: Watched, photo: Image.Image, style: Image.Image
    ) -> None:
        run = Run(watched, photo, [style], stop_after=6)
        assert run.painting.stopped
        assert run.painting.loss is not None


class TestResuming:
    @pytest.mark.parametrize("done", [3, 6, 8, 12])
    def test_goes_on_without_repeating_steps(
        self, watched: Watched, photo: Image.Image, style: Image.Image, whole: Run, done: int
    ) -> None:
        stage, step = STEPS[done - 1]
        watched.calls.clear()
        run = Run(watched, photo, [style], start=(stage, step, whole.pictures[done - 1]))
        assert run.taken() == STEPS[done:]
        assert len(watched.steps()) == len(STEPS) - done
        assert run.painting.loss is not None
        assert whole.painting.loss is not None
        assert run.painting.loss.total < 1.5 * whole.painting.loss.total

    def test_starts_from_the_picture_it_is_given(
        self, watched: Watched, photo: Image.Image, style: Image.Image, whole: Run
    ) -> None:
        run = Run(watched, photo, [style], start=(1, 4, whole.pictures[9]), stop_after=1)
        np.testing.assert_array_equal(run.pictures[0], whole.pictures[9])

    def test_after_the_last_step_only_the_loss_is_measured(
        self, watched: Watched, photo: Image.Image, style: Image.Image, whole: Run
    ) -> None:
        watched.calls.clear()
        run = Run(watched, photo, [style], start=(1, 7, whole.pictures[-1]))
        assert not watched.steps()
        assert run.painting.loss == whole.painting.loss
        np.testing.assert_array_equal(run.painting.picture, whole.painting.picture)


class TestStyles:
    def test_several_styles_are_blended(
        self, objective: Objective, photo: Image.Image, style: Image.Image
    ) -> None:
        """Between red and blue strokes the picture is between red and blue."""
        r, g, b = style.split()
        blue = Image.merge("RGB", (b, g, r))
        stages = [Stage(32, 24, 0, 8)]
        warmth = []
        for styles in ([style], [style, blue], [blue]):
            red, _, other = Run(objective, photo, styles, stages=stages).painting.picture.mean(
                (0, 1)
            )
            warmth.append(red - other)
        assert warmth[0] > warmth[1] > warmth[2], warmth

    @pytest.mark.parametrize("size", [(80, 80), (200, 100), (30, 90), (640, 480)])
    def test_are_scaled_to_the_stages_area_in_their_own_shape(self, size: tuple[int, int]) -> None:
        found = scaled_style(Image.new("RGB", size), Stage(96, 72, 0, 1), 1.0)
        assert found.width * found.height == pytest.approx(96 * 72, rel=0.03)
        assert found.width / found.height == pytest.approx(size[0] / size[1], rel=0.03)
