"""Runs of `nst.stylize` that are stopped, go on, change scale, or begin with awkward pictures."""

import dataclasses
import io
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nst
from nst import Progress, schedule
from nst.images import to_array
from nst.schedule import Stage
from tests.nst.runs import (
    OPTIONS,
    QUICK,
    Painted,
    Picture,
    paint,
    start_and_stop,
    stopper,
)

pytestmark = pytest.mark.usefixtures("objective")


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
        assert np.abs(to_array(partial.image) - plain).mean() > 0.005

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
        stronger = dataclasses.replace(OPTIONS, strength=3.0)
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
            pytest.param((640, 32), (80, 80), (64, 3), id="20:1 across"),
            pytest.param((32, 640), (80, 80), (3, 64), id="20:1 down"),
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
        listen, cancelled = stopper(8)
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
