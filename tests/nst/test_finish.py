"""How the last steps of a large picture begin, and that they make it crisp."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from nst import schedule
from nst.finish import KEPT, softened
from nst.objective import Objective
from nst.schedule import Stage
from nst.subject import Floats, scaled_style
from tests.nst.test_painter import Run, Watched

STAGES = [Stage(32, 24, 0, 6), Stage(64, 48, 4, 3), Stage(128, 96, 5, 0)]


def _coloured(grey: Any) -> Floats:
    return np.repeat(np.asarray(grey, np.float32)[..., np.newaxis], 3, 2)


@pytest.fixture
def finishing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last of `STAGES` is too large to be painted."""
    monkeypatch.setattr(schedule, "FINISH_AREA", 64 * 48)


class TestSoftened:
    @pytest.mark.parametrize("axes", [(0,), (1,), (0, 1)])
    def test_a_weave_of_two_pixels_is_halved(self, axes: tuple[int, ...]) -> None:
        weave = _coloured(np.indices((32, 40))[list(axes)].sum(0) % 2)
        soft = softened(weave)
        inner = soft[1:-1, 1:-1]
        assert np.ptp(inner) == pytest.approx(KEPT, abs=1e-6)
        assert inner.mean() == pytest.approx(0.5, abs=1e-6)

    def test_what_is_even_stays(self) -> None:
        flat = np.full((5, 7, 3), 0.3, np.float32)
        np.testing.assert_allclose(softened(flat), flat, atol=1e-6)

    def test_slow_changes_and_the_border_stay(self) -> None:
        wave = _coloured(np.cos((np.indices((64, 48))[1] + 0.5) * 2 * np.pi / 24))
        assert np.abs(softened(wave) - wave).max() < 0.02
        assert softened(wave).shape == wave.shape
        assert softened(wave).dtype == np.float32


class TestStyle:
    @pytest.mark.usefixtures("finishing")
    def test_is_never_enlarged_for_it(self) -> None:
        assert scaled_style(Image.new("RGB", (60, 40)), STAGES[2], 1.0).size == (60, 40)
        assert scaled_style(Image.new("RGB", (60, 40)), STAGES[2], 4.0).size == (60, 40)

    @pytest.mark.usefixtures("finishing")
    def test_is_made_smaller_as_for_any_other(self) -> None:
        found = scaled_style(Image.new("RGB", (640, 480)), STAGES[2], 1.0)
        assert found.size == (128, 96)

    def test_is_enlarged_for_what_is_painted(self) -> None:
        assert scaled_style(Image.new("RGB", (64, 48)), STAGES[2], 1.0).size == (128, 96)


class TestFinishing:
    @pytest.fixture
    def run(
        self, objective: Objective, photo: Image.Image, style: Image.Image, finishing: None
    ) -> Run:
        return Run(Watched(objective), photo, [style], stages=STAGES)

    def test_takes_texture_steps_alone_and_measures_at_the_size_that_was_painted(
        self, run: Run
    ) -> None:
        steps = [call for call in run.objective.steps() if call[1] == 128]
        assert steps == [("evaluate_texture", 128)] * 5
        assert ("measure", 64) in run.objective.calls
        assert ("measure", 128) not in run.objective.calls
        assert run.painting.loss is not None

    def test_the_report_has_it(self, run: Run) -> None:
        last = run.painting.schedule[-1]
        assert (last["width"], last["height"], last["steps"]) == (128, 96, 5)
        assert run.painting.picture.shape == (96, 128, 3)

    def test_is_crisper_than_it_began(self, run: Run) -> None:
        began, ended = run.pictures[len(run.pictures) - 5], run.painting.picture
        assert _edges(ended) > 1.1 * _edges(began)

    def test_takes_the_best_point_whether_more_scales_follow_or_not(
        self, objective: Objective, photo: Image.Image, style: Image.Image, finishing: None
    ) -> None:
        """The newest has not been evaluated, and no full step would mend it."""
        stages = [*STAGES, Stage(160, 120, 1, 0)]
        run = Run(Watched(objective), photo, [style], stages=stages)
        before = Run(Watched(objective), photo, [style], stages=STAGES)
        np.testing.assert_array_equal(run.pictures[-2], before.painting.picture)

    def test_resumed_in_it_the_loss_is_that_of_the_size_that_was_painted(self, run: Run) -> None:
        again = Run(
            run.objective,
            run.content,
            run.painter.subject.styles,
            stages=STAGES,
            start=(2, 5, run.painting.picture),
        )
        assert again.painting.loss is not None
        assert run.painting.loss is not None
        assert again.painting.loss.total == pytest.approx(run.painting.loss.total, rel=1e-4)

    def test_a_deadline_far_away_does_not_hatch_it(
        self, objective: Objective, photo: Image.Image, style: Image.Image, finishing: None
    ) -> None:
        start = (2, 0, np.full((96, 128, 3), 0.5, np.float32))
        run = Run(Watched(objective), photo, [style], stages=STAGES, start=start, seconds=600)
        assert len(run.moments) == schedule.MOST_FINISH_STEPS


def _edges(picture: Floats) -> float:
    return float(np.abs(np.diff(picture, axis=0)).mean() + np.abs(np.diff(picture, axis=1)).mean())
