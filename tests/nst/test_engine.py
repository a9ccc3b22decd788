"""`nst.stylize` as a caller sees it: the result, the report, progress, stopping, going on."""

import dataclasses
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import nst
from nst import Options, Progress, Result, devices, images, network, schedule, sketch
from nst.images import to_array
from nst.objective import Objective, gram, relative
from nst.schedule import Stage
from nst.vgg import STYLE_LAYERS
from tests.nst.tracing import traces

pytestmark = pytest.mark.usefixtures("objective")

OPTIONS = Options(size=96, quality="draft", precision="float32")
QUICK = Options(size=64, quality="draft", precision="float32")

Picture = Image.Image


@dataclasses.dataclass
class Painted:
    """A run, and what was heard of it."""

    result: Result
    heard: list[Progress]
    images: list[Picture | None]  # of every tenth moment, taken during the call
    checkpoints: list[bytes]


def paint(content: Any, styles: Any, options: Options = OPTIONS, **more: Any) -> Painted:
    heard: list[Progress] = []
    images: list[Picture | None] = []
    checkpoints = []

    def listen(progress: Progress) -> None:
        heard.append(progress)
        images.append(progress.image() if progress.step % 10 == 0 else None)
        checkpoints.append(progress.checkpoint())

    result = nst.stylize(content, styles, options, on_progress=listen, **more)
    return Painted(result, heard, images, checkpoints)


def stopper(after: int) -> tuple[Callable[[Progress], None], Callable[[], bool]]:
    """`on_progress` and `cancelled` that let `after` steps pass."""
    steps: list[int] = []

    def listen(progress: Progress) -> None:
        if not progress.sketch:
            steps.append(progress.step)

    return listen, lambda: len(steps) >= after


def start_and_stop(content: Any, styles: Any, after: int = 1, **more: Any) -> nst.Cancelled:
    listen, cancelled = stopper(after)
    with pytest.raises(nst.Cancelled) as caught:
        nst.stylize(content, styles, QUICK, on_progress=listen, cancelled=cancelled, **more)
    return caught.value


def style_distance(objective: Objective, image: Picture, style: Picture) -> float:
    """The mean over the style layers of the relative distance of the Gram matrices."""
    features = [
        objective._vgg.features(tf.constant(to_array(picture)[np.newaxis]), STYLE_LAYERS)
        for picture in (image, style)
    ]
    each = [relative(*(gram(one[layer]) for one in features)) for layer in STYLE_LAYERS]
    return float(np.mean(each))


@pytest.fixture(scope="module")
def painted(photo: Picture, style: Picture) -> Painted:
    return paint(photo, style)


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


class TestScales:
    """With a short plan of two scales in place of the real one."""

    STAGES = (Stage(48, 36, 0, 3), Stage(96, 72, 2, 1))

    @pytest.fixture
    def two_scales(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(schedule, "plan", lambda *size: list(self.STAGES))

    @pytest.mark.usefixtures("two_scales")
    def test_steps_are_counted_over_all_scales(self, photo: Picture, style: Picture) -> None:
        again = paint(photo, style)
        steps = [(p.step, p.scale) for p in again.heard if not p.sketch]
        assert steps == [(1, 48), (2, 48), (3, 48), (4, 96), (5, 96), (6, 96)]
        assert again.heard[0].scale == 48
        sizes = [(s["width"], s["height"], s["steps"]) for s in again.result.report["schedule"]]
        assert sizes == [(48, 36, 3), (96, 72, 3)]

    @pytest.mark.usefixtures("two_scales")
    def test_a_partial_picture_of_a_coarse_scale_has_the_size_asked_for(
        self, photo: Picture, style: Picture
    ) -> None:
        listen, cancelled = stopper(2)
        with pytest.raises(nst.Cancelled) as caught:
            nst.stylize(photo, style, OPTIONS, on_progress=listen, cancelled=cancelled)
        assert caught.value.partial is not None
        assert caught.value.partial.image.size == (96, 72)

    @pytest.mark.usefixtures("two_scales")
    def test_a_stop_between_two_scales_keeps_the_picture(
        self, photo: Picture, style: Picture
    ) -> None:
        listen, cancelled = stopper(3)
        with pytest.raises(nst.Cancelled) as caught:
            nst.stylize(photo, style, OPTIONS, on_progress=listen, cancelled=cancelled)
        assert caught.value.partial is not None


class TestCancelling:
    def test_keeps_the_picture_so_far(self, photo: Picture, style: Picture) -> None:
        partial = start_and_stop(photo, style, after=4).partial
        assert partial is not None
        assert partial.image.size == (64, 48)
        assert partial.report["schedule"][-1]["steps"] == 4
        assert math.isfinite(partial.report["loss"]["total"])
        plain = to_array(photo.resize((64, 48), Image.Resampling.LANCZOS))
        assert np.abs(to_array(partial.image) - plain).mean() > 0.01

    def test_before_the_first_step_there_is_none(self, photo: Picture, style: Picture) -> None:
        cancelled = start_and_stop(photo, style, after=0)
        assert cancelled.partial is None
        assert cancelled.code == "cancelled"


class TestResuming:
    def test_goes_on_from_the_step_it_was_at(
        self, painted: Painted, photo: Picture, style: Picture
    ) -> None:
        total = painted.heard[0].steps
        middle = total * 2 // 3
        places = [(p.step, p.sketch) for p in painted.heard]
        again = paint(photo, style, resume=painted.checkpoints[places.index((middle, False))])
        assert [progress.step for progress in again.heard] == list(range(middle + 1, total + 1))
        assert not any(progress.sketch for progress in again.heard)
        assert again.result.image.size == (96, 72)
        found, whole = (r.result.report["loss"]["total"] for r in (again, painted))
        assert found < 1.25 * whole
        assert again.heard[0].loss < painted.heard[middle // 2].loss

    def test_the_sketchs_checkpoint_is_the_beginning(
        self, painted: Painted, photo: Picture, style: Picture
    ) -> None:
        listen, cancelled = stopper(1)
        heard: list[Progress] = []

        def both(progress: Progress) -> None:
            heard.append(progress)
            listen(progress)

        with pytest.raises(nst.Cancelled):
            nst.stylize(
                photo,
                style,
                OPTIONS,
                on_progress=both,
                cancelled=cancelled,
                resume=painted.checkpoints[0],
            )
        assert [progress.step for progress in heard] == [1]

    def test_after_the_last_step_the_same_picture_comes_at_once(
        self, painted: Painted, photo: Picture, style: Picture
    ) -> None:
        again = paint(photo, style, resume=painted.checkpoints[-1])
        assert again.heard == []
        apart = to_array(again.result.image) - to_array(painted.result.image)
        assert np.abs(apart).max() <= 1.01 / 255
        assert again.result.report["loss"]["total"] == pytest.approx(
            painted.result.report["loss"]["total"], rel=0.01
        )

    def test_does_not_go_on_with_other_pictures_or_options(
        self, painted: Painted, photo: Picture, style: Picture
    ) -> None:
        other = photo.copy()
        other.putpixel((3, 3), (1, 2, 3))
        stronger = dataclasses.replace(OPTIONS, strength=2.0)
        for content, styles, options in (
            (other, [style], OPTIONS),
            (photo, [other], OPTIONS),
            (photo, [style, style], OPTIONS),
            (photo, [style], stronger),
        ):
            with pytest.raises(nst.BadOptions, match="other pictures or options"):
                nst.stylize(content, styles, options, resume=painted.checkpoints[-1])

    def test_refuses_damaged_bytes(self, painted: Painted, photo: Picture, style: Picture) -> None:
        for data in (b"", b"nonsense", painted.checkpoints[-1][:-1]):
            with pytest.raises(nst.BadOptions, match="damaged"):
                nst.stylize(photo, style, OPTIONS, resume=data)


class TestInputs:
    def test_a_path_bytes_and_a_picture_are_the_same(
        self, photo: Picture, style: Picture, tmp_path: Path
    ) -> None:
        path = tmp_path / "photo.png"
        photo.save(path)
        buffer = io.BytesIO()
        style.save(buffer, "PNG")
        found = [
            start_and_stop(content, styles, after=2).partial
            for content, styles in (
                (photo, style),
                (path, buffer.getvalue()),
                (str(path), [buffer.getvalue()]),
                (path.read_bytes(), (style,)),
            )
        ]
        assert len({result.image.tobytes() for result in found if result}) == 1
        assert None not in found

    def test_several_styles_are_painted(self, photo: Picture, style: Picture) -> None:
        other = style.rotate(90)
        alone = start_and_stop(photo, [style], after=3).partial
        both = start_and_stop(photo, [style, other], after=3).partial
        assert alone is not None
        assert both is not None
        assert alone.image.tobytes() != both.image.tobytes()

    def test_no_style_is_refused(self, photo: Picture) -> None:
        with pytest.raises(nst.BadOptions, match="at least one style"):
            nst.stylize(photo, [])

    @pytest.mark.parametrize("bad", ["content", "style"])
    def test_what_is_not_a_picture_is_refused_before_anything_is_painted(
        self, photo: Picture, bad: str
    ) -> None:
        heard: list[Progress] = []
        content, style = (b"text", photo) if bad == "content" else (photo, b"text")
        with pytest.raises(nst.Unreadable):
            nst.stylize(content, style, QUICK, on_progress=heard.append)
        assert heard == []

    @pytest.mark.parametrize("mode", ["L", "RGBA", "CMYK", "P", "I;16"])
    def test_other_modes_are_painted(self, photo: Picture, style: Picture, mode: str) -> None:
        given = photo.convert("L" if mode == "I;16" else mode)
        if mode == "I;16":
            given = Image.fromarray(np.asarray(given, np.uint16) * 257)
        assert start_and_stop(given, style, after=1).partial is not None

    @pytest.mark.parametrize(
        ("content", "style_size", "size"),
        [
            pytest.param((640, 32), (80, 80), (64, 4), id="20:1 across"),
            pytest.param((32, 640), (80, 80), (4, 64), id="20:1 down"),
            pytest.param((640, 32), (80, 80), (200, 10), id="20:1, larger"),
            pytest.param((200, 50), (80, 80), (64, 16), id="4:1"),
            pytest.param((64, 64), (640, 32), (64, 64), id="in a style of 20:1"),
            pytest.param((16, 16), (16, 16), (64, 64), id="from 16 pixels"),
        ],
    )
    def test_awkward_shapes_are_painted(
        self,
        photo: Picture,
        style: Picture,
        content: tuple[int, int],
        style_size: tuple[int, int],
        size: tuple[int, int],
    ) -> None:
        given = photo.resize(content)
        listen, cancelled = stopper(3)
        options = dataclasses.replace(QUICK, size=max(size))
        with pytest.raises(nst.Cancelled) as caught:
            nst.stylize(
                given, style.resize(style_size), options, on_progress=listen, cancelled=cancelled
            )
        partial = caught.value.partial
        assert partial is not None
        assert partial.image.size == size
        assert math.isfinite(partial.report["loss"]["total"])
        unpainted = to_array(given.resize(size, Image.Resampling.LANCZOS))
        assert np.abs(to_array(partial.image) - unpainted).mean() > 0.005


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
