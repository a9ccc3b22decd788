"""How a painting is enlarged: its strokes stay, its weave goes, its edges are steep."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nst import Options, finish, schedule, stylize
from nst.finish import combed, finished
from nst.objective import Objective
from nst.painter import enlarged
from nst.schedule import Stage
from nst.subject import Floats, scaled
from tests.nst.test_painter import Run, Watched

STAGES = [Stage(32, 24, 0, 6), Stage(64, 48, 4, 3), Stage(128, 96, 0, 0)]


def never() -> bool:
    return False


def stripes(angle: float, length: float = 12.0, size: tuple[int, int] = (96, 128)) -> Floats:
    """Grey waves of `length` pixels across `angle`, in 0…1."""
    y, x = np.indices(size)
    wave = np.cos((np.cos(angle) * x + np.sin(angle) * y) * 2 * np.pi / length)
    return np.repeat(np.asarray(0.5 + 0.4 * wave, np.float32)[..., np.newaxis], 3, 2)


def inner(picture: Floats) -> Floats:
    return picture[16:-16, 16:-16]


def done(picture: Floats) -> Floats:
    result = finished(picture, never)
    assert result is not None
    return result


class TestFinished:
    @pytest.mark.parametrize("angle", [0.0, 0.5, np.pi / 4, np.pi / 2, 2.5])
    def test_a_weave_on_strokes_goes_and_the_strokes_stay(self, angle: float) -> None:
        clean = stripes(angle)
        cloth = (np.indices((96, 128)) // 2).sum(0) % 2 - 0.5  # enlarged, two pixels are four
        weave = np.asarray(0.2 * cloth[..., np.newaxis], np.float32)
        before = _alike(inner(clean + weave), inner(clean))
        after = _alike(inner(done(clean + weave)), inner(done(clean)))
        assert 1 - after < 0.8 * (1 - before)

    @pytest.mark.parametrize("angle", [0.0, 0.5, np.pi / 4, np.pi / 2, 2.5])
    def test_edges_are_steeper_than_they_were(self, angle: float) -> None:
        soft = stripes(angle, 24.0)
        assert _steepest(inner(done(soft))) > 1.2 * _steepest(inner(soft))

    def test_what_is_flat_stays(self) -> None:
        flat = np.full((40, 56, 3), (0.2, 0.5, 0.7), np.float32)
        np.testing.assert_allclose(done(flat), flat, atol=1e-6)

    def test_the_mean_colour_stays(self) -> None:
        noise = np.random.default_rng(1).random((96, 128, 3), np.float32)
        np.testing.assert_allclose(done(noise).mean((0, 1)), noise.mean((0, 1)), atol=0.01)

    def test_each_colour_is_one_that_was_near(self) -> None:
        """No rings beside edges: nothing is brighter or darker than all it was made of."""
        noise = np.random.default_rng(2).random((64, 64, 3), np.float32)
        result = done(noise)
        assert noise.min() - 1e-6 <= result.min()
        assert result.max() <= noise.max() + 1e-6

    @pytest.mark.parametrize("turn", [1, 2, 3])
    def test_no_direction_is_another_than_the_others(self, turn: int) -> None:
        picture = stripes(0.4) + stripes(1.9, 17.0)
        turned = np.rot90(done(np.ascontiguousarray(np.rot90(picture, turn))), -turn)
        np.testing.assert_allclose(inner(turned), inner(done(picture)), atol=2e-3)

    def test_tiles_have_to_the_last_bit_what_the_whole_has(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        picture = np.random.default_rng(3).random((200, 232, 3), np.float32)
        whole = done(picture)
        monkeypatch.setattr(finish, "TILE", 110 * 110)
        asked = count()
        split = finished(picture, lambda: next(asked) < 0)
        assert next(asked) >= 9
        np.testing.assert_array_equal(split, whole)

    @settings(max_examples=20, deadline=None)
    @given(st.integers(16, 60), st.integers(16, 60), st.integers(0, 9))
    def test_any_size_and_any_value_is_finished(self, height: int, width: int, seed: int) -> None:
        picture = np.random.default_rng(seed).normal(0.5, 5, (height, width, 3)).astype(np.float32)
        result = done(picture)
        assert result.shape == picture.shape
        assert result.dtype == np.float32
        assert np.isfinite(result).all()

    def test_it_ends_between_tiles(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(finish, "TILE", 110 * 110)
        answers: Iterator[bool] = iter([False, False, True])
        assert finished(stripes(0.3, size=(200, 232)), lambda: next(answers)) is None


class TestCombed:
    @pytest.mark.parametrize("angle", [0.0, 0.5, 2.5])  # at 45 degrees the weave is a stroke
    def test_a_weave_on_strokes_fades_and_the_strokes_stay(self, angle: float) -> None:
        clean = stripes(angle, size=(96, 640))
        cloth = np.indices((96, 640)).sum(0) % 2 - 0.5
        weave = np.asarray(0.2 * cloth[..., np.newaxis], np.float32)
        assert inner(combed(clean + weave) - clean).std() < 0.75 * inner(weave).std()
        assert inner(combed(clean) - clean).std() < 0.02

    def test_the_larger_the_picture_the_more(self) -> None:
        noise = np.random.default_rng(4).random((64, 1024, 3), np.float32)
        small = combed(np.ascontiguousarray(noise[:, :256])).std()
        assert combed(noise).std() < 0.9 * small < 0.9 * noise.std()

    def test_what_is_flat_stays(self) -> None:
        flat = np.full((16, 900, 3), (0.2, 0.5, 0.7), np.float32)
        np.testing.assert_allclose(combed(flat), flat, atol=1e-6)

    def test_a_painting_is_and_a_large_one_is_finished_instead(
        self, photo: Image.Image, style: Image.Image, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sizes: list[tuple[int, ...]] = []

        def noted(picture: Floats) -> Floats:
            sizes.append(picture.shape)
            return np.zeros_like(picture)

        monkeypatch.setattr(finish, "combed", noted)
        options = Options(size=96, quality="draft")
        assert not np.asarray(stylize(photo, style, options).image).any()
        monkeypatch.setattr(schedule, "FINISH_AREA", 95 * 60)
        assert np.asarray(stylize(photo, style, replace(options, size=128)).image).any()
        assert [max(size) for size in sizes] == [96]


class TestStage:
    @pytest.fixture
    def run(self, objective: Objective, photo: Image.Image, style: Image.Image) -> Run:
        return Run(Watched(objective), photo, [style], stages=STAGES)

    def test_takes_no_step_and_the_loss_is_of_the_size_that_was_painted(self, run: Run) -> None:
        assert not [call for call in run.objective.calls if call[1] == 128]
        assert ("measure", 64) in run.objective.calls
        assert run.painting.loss is not None

    def test_the_report_has_it(self, run: Run) -> None:
        last = run.painting.schedule[-1]
        assert (last["width"], last["height"], last["steps"]) == (128, 96, 0)
        assert run.painting.picture.shape == (96, 128, 3)

    def test_begins_with_the_best_that_was_painted(
        self, run: Run, objective: Objective, photo: Image.Image, style: Image.Image
    ) -> None:
        """The newest point has not been evaluated, and no step would mend it."""
        painted = Run(Watched(objective), photo, [style], stages=STAGES[:2]).painting.picture
        wanted = done(enlarged(painted, scaled(photo, STAGES[2])))
        np.testing.assert_allclose(run.painting.picture, wanted, atol=1e-6)

    def test_one_follows_another(
        self, objective: Objective, photo: Image.Image, style: Image.Image
    ) -> None:
        stages = [*STAGES, Stage(256, 192, 0, 0)]
        run = Run(Watched(objective), photo, [style], stages=stages)
        assert run.painting.picture.shape == (192, 256, 3)
        assert [stage["steps"] for stage in run.painting.schedule] == [6, 7, 0, 0]

    def test_asked_to_stop_it_gives_what_was_painted(
        self, objective: Objective, photo: Image.Image, style: Image.Image
    ) -> None:
        steps = sum(stage.steps for stage in STAGES)
        run = Run(Watched(objective), photo, [style], stages=STAGES, stop_after=steps)
        assert run.painting.stopped
        assert run.painting.picture.shape == (48, 64, 3)
        assert run.painting.loss is not None

    def test_a_deadline_is_for_the_last_scale_that_is_painted(
        self,
        objective: Objective,
        photo: Image.Image,
        style: Image.Image,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(schedule, "FINISH_AREA", 128 * 96)
        stages = schedule.plan(256, 192, schedule.MIN_EFFORT)
        assert [stage.finishing for stage in stages] == [False, True]
        run = Run(Watched(objective), photo, [style], stages=stages, seconds=3)
        assert run.painting.picture.shape == (192, 256, 3)
        assert {moment.stage for moment in run.moments} == {0}
        assert run.painting.schedule[0]["steps"] > stages[0].steps


def _steepest(picture: Floats) -> float:
    return max(float(np.abs(np.diff(picture, axis=axis)).max()) for axis in (0, 1))


def _alike(one: Floats, other: Floats) -> float:
    """The correlation."""
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])
