"""`nst.stylize` as a caller sees it: the result, the report, progress, the machine."""

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import nst
from nst import Options, Progress, devices, images, network, sketch
from nst.images import to_array
from nst.loss import relative
from nst.objective import Objective
from tests.nst.runs import OPTIONS, QUICK, Painted, Picture, paint, start_and_stop, style_distance
from tests.nst.tracing import traces

pytestmark = pytest.mark.usefixtures("objective")


class TestResult:
    def test_has_the_size_asked_for(self, painted: Painted) -> None:
        assert painted.result.image.size == (96, 72)
        assert painted.result.image.mode == "RGB"
        assert painted.result.options == OPTIONS

    def test_takes_the_style(
        self, painted: Painted, objective: Objective, photo: Picture, style: Picture
    ) -> None:
        before = style_distance(objective, photo, style)
        after = style_distance(objective, painted.result.image, style)
        assert after < before / 4, f"{before} -> {after}"

    def test_takes_the_styles_colours(
        self, painted: Painted, photo: Picture, style: Picture
    ) -> None:
        was, wanted, found = (
            to_array(picture).mean((0, 1)) for picture in (photo, style, painted.result.image)
        )
        assert np.linalg.norm(found - wanted) < 0.4 * np.linalg.norm(was - wanted), found

    def test_is_not_the_style_picture_but_shows_the_content(
        self, painted: Painted, objective: Objective, photo: Picture, style: Picture
    ) -> None:
        """At the content's layer it is nearer to the photo than the style picture is."""
        from nst.vgg import CONTENT_LAYER

        def features(picture: Picture) -> Any:
            array = tf.constant(to_array(picture.resize((96, 72)))[np.newaxis])
            return objective._vgg.features(array, (CONTENT_LAYER,))[CONTENT_LAYER]

        wanted = features(photo)
        found = float(relative(features(painted.result.image), wanted))
        assert found < 0.8 * float(relative(features(style), wanted))

    def test_is_the_same_again(self, painted: Painted, photo: Picture, style: Picture) -> None:
        again = paint(photo, style)
        assert again.result.image.tobytes() == painted.result.image.tobytes()
        assert again.result.report["loss"] == painted.result.report["loss"]
        assert again.checkpoints == painted.checkpoints


class TestReport:
    def test_holds_what_the_contract_says(self, painted: Painted) -> None:
        report = painted.result.report
        assert set(report) == {
            "seconds",
            "seconds_loading",
            "device",
            "precision",
            "backbone",
            "width",
            "height",
            "schedule",
            "loss",
            "peak_rss_mb",
            "options",
        }
        assert (report["width"], report["height"]) == (96, 72)
        assert report["backbone"] == "vgg19"
        assert report["precision"] == "float32"
        assert report["device"] == devices.device()
        assert report["options"] == OPTIONS.to_dict()

    def test_can_be_written_as_json(self, painted: Painted) -> None:
        text = json.dumps(painted.result.report, allow_nan=False)
        assert json.loads(text) == painted.result.report

    def test_the_options_in_it_make_the_same_run(self, painted: Painted) -> None:
        assert Options.from_dict(painted.result.report["options"]) == OPTIONS

    def test_the_schedule_ends_at_the_size_and_adds_up(self, painted: Painted) -> None:
        report = painted.result.report
        for stage in report["schedule"]:
            assert set(stage) == {"width", "height", "steps", "seconds"}
        last = report["schedule"][-1]
        assert (last["width"], last["height"]) == (report["width"], report["height"])
        assert sum(stage["steps"] for stage in report["schedule"]) == painted.heard[0].steps
        painting = sum(stage["seconds"] for stage in report["schedule"])
        assert 0 < painting <= report["seconds"] + 0.01

    def test_the_losses_are_finite_and_the_total_is_more_than_the_style(
        self, painted: Painted
    ) -> None:
        loss = painted.result.report["loss"]
        assert set(loss) == {"total", "style", "content"}
        assert all(math.isfinite(value) for value in loss.values())
        assert loss["total"] > loss["style"] > 0
        assert loss["content"] > 0

    def test_memory_and_seconds_are_plausible(self, painted: Painted) -> None:
        report = painted.result.report
        assert 100 < report["peak_rss_mb"] < 4000
        assert 0 < report["seconds"] < 120
        assert 0 <= report["seconds_loading"] < 60

    def test_the_precision_is_chosen_by_the_machine(self) -> None:
        assert network.precision(Options()) == devices.best_precision()
        assert network.precision(Options(precision="bfloat16")) == "bfloat16"


class TestProgress:
    def test_begins_with_the_sketch_where_it_is_installed(self, painted: Painted) -> None:
        sketches = [progress.sketch for progress in painted.heard]
        assert sketches == [sketch.is_installed()] + [False] * (len(sketches) - 1)
        if sketch.is_installed():
            first = painted.heard[0]
            assert first.step == 0
            assert math.isnan(first.loss)
            assert first.seconds_left > 0

    def test_counts_every_step_once(self, painted: Painted) -> None:
        steps = [progress.step for progress in painted.heard if not progress.sketch]
        assert steps == list(range(1, painted.heard[0].steps + 1))
        assert {progress.steps for progress in painted.heard} == {len(steps)}

    def test_time_left_is_never_negative_and_ends_at_nothing(self, painted: Painted) -> None:
        left = [progress.seconds_left for progress in painted.heard]
        assert min(left[:-1]) > 0
        assert left[-1] == 0

    def test_losses_are_finite_and_fall(self, painted: Painted) -> None:
        losses = [progress.loss for progress in painted.heard if not progress.sketch]
        assert all(math.isfinite(loss) for loss in losses), losses
        assert losses[-1] < losses[0] / 2, losses

    def test_pictures_have_the_scales_size(self, painted: Painted) -> None:
        for progress, image in zip(painted.heard, painted.images, strict=True):
            if image is not None and not progress.sketch:
                assert max(image.size) == progress.scale
                assert image.mode == "RGB"

    def test_pictures_on_the_way_come_nearer_to_the_style(
        self, painted: Painted, objective: Objective, style: Picture
    ) -> None:
        snapshots = [
            image
            for progress, image in zip(painted.heard, painted.images, strict=True)
            if image is not None and not progress.sketch and progress.step >= 10
        ]
        first, second = (style_distance(objective, image, style) for image in snapshots[:2])
        assert second < first

    def test_pictures_cost_nothing_until_they_are_asked_for(
        self, photo: Picture, style: Picture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        drawn: list[str] = []

        def count(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
            def counted(*given: Any) -> Any:
                drawn.append(name)
                return function(*given)

            return counted

        monkeypatch.setattr("nst.run.to_image", count("picture", images.to_image))
        monkeypatch.setattr(sketch, "sketch", count("sketch", sketch.sketch))
        start_and_stop(photo, style, after=3)
        assert drawn == ["picture"]  # the partial result's

        def look(progress: Progress) -> None:
            progress.image()
            if progress.step == 1:
                raise KeyError  # any error of the listener ends the run

        with pytest.raises(KeyError):
            nst.stylize(photo, style, QUICK, on_progress=look)
        assert drawn[1:] == ["sketch"] * sketch.is_installed() + ["picture"]

    def test_goes_without_a_sketch_where_none_is_installed(
        self, photo: Picture, style: Picture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sketch, "is_installed", lambda: False)
        heard: list[Progress] = []
        with pytest.raises(nst.Cancelled):
            nst.stylize(
                photo, style, QUICK, on_progress=heard.append, cancelled=lambda: len(heard) > 1
            )
        assert [(progress.step, progress.sketch) for progress in heard] == [(1, False), (2, False)]

    def test_nobody_needs_to_listen(self, photo: Picture, style: Picture) -> None:
        asked: list[int] = []

        def cancelled() -> bool:
            asked.append(len(asked))
            return len(asked) > 2

        with pytest.raises(nst.Cancelled):
            nst.stylize(photo, style, QUICK, cancelled=cancelled)
        assert asked == [0, 1, 2]  # once before each step


class TestMachine:
    @pytest.mark.parametrize(
        "error", [MemoryError(), tf.errors.ResourceExhaustedError(None, None, "OOM")]
    )
    def test_too_little_memory_is_one_sentence(
        self,
        photo: Picture,
        style: Picture,
        objective: Objective,
        monkeypatch: pytest.MonkeyPatch,
        error: Exception,
    ) -> None:
        def fail(*given: Any) -> None:
            raise error

        monkeypatch.setattr(objective, "evaluate", fail)
        with pytest.raises(nst.OutOfMemory, match=r"^There is not enough memory for 64 pixels: "):
            nst.stylize(photo, style, QUICK)

    def test_warming_up_traces_what_painting_needs(self, objective: Objective) -> None:
        nst.warm_up(OPTIONS)
        assert network.objective(OPTIONS) is objective
        assert set(traces(objective).values()) == {1}

    def test_all_these_sizes_were_traced_once(self, painted: Painted, objective: Objective) -> None:
        assert painted.heard
        assert set(traces(objective).values()) == {1}, traces(objective)
