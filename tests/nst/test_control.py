"""What a caller can steer: each option does what it says, seen in the picture or the plan."""

import time
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

import nst
from nst import Options, Progress, Result
from nst.images import to_array
from nst.objective import Objective
from nst.run import Run
from tests.nst.tracing import traces

pytestmark = pytest.mark.usefixtures("objective")

Picture = Image.Image


def paint(content: Any, styles: Any, **more: Any) -> Result:
    given = {key: more.pop(key) for key in ("mask", "resume", "on_progress") if key in more}
    options = {"size": 96, "quality": "draft", "precision": "float32", **more}
    return nst.stylize(content, styles, Options(**options), **given)


def mean(picture: Picture) -> Any:
    return to_array(picture).mean((0, 1))


def apart(one: Picture, other: Picture) -> float:
    return float(np.abs(to_array(one) - to_array(other)).mean())


@pytest.fixture(scope="module")
def plain(photo: Picture, style: Picture) -> Result:
    return paint(photo, style)


@pytest.fixture(scope="module")
def blue(style: Picture) -> Picture:
    r, g, b = style.split()
    return Image.merge("RGB", (b, g, r))


class TestStyles:
    def test_weights_move_the_blend_from_one_to_the_other(
        self, photo: Picture, style: Picture, blue: Picture
    ) -> None:
        warmth = []
        for weights in ((1.0, 0.0), (3.0, 1.0), (1.0, 3.0), (0.0, 1.0)):
            red, _, other = mean(paint(photo, [style, blue], style_weights=weights).image)
            warmth.append(red - other)
        assert warmth == sorted(warmth, reverse=True), warmth
        assert warmth[0] - warmth[-1] > 0.2

    def test_a_weight_of_one_style_is_no_different(
        self, photo: Picture, style: Picture, plain: Result
    ) -> None:
        weighted = paint(photo, style, style_weights=(7.0,))
        assert weighted.image.tobytes() == plain.image.tobytes()

    def test_a_weight_for_each_style_is_required(self, photo: Picture, style: Picture) -> None:
        with pytest.raises(nst.BadOptions, match="one weight a style"):
            paint(photo, [style, style], style_weights=(1.0,))

    def test_a_larger_scale_makes_larger_marks(self, photo: Picture, style: Picture) -> None:
        """Larger marks: neighbouring pixels differ less."""

        def roughness(scale: float) -> float:
            array = to_array(paint(photo, style, style_scale=scale).image)
            return float(np.abs(np.diff(array, axis=1)).mean())

        assert roughness(2.0) < roughness(0.5)


def test_strength_moves_the_picture_away_from_the_content(photo: Picture, style: Picture) -> None:
    losses = [
        paint(photo, style, strength=strength).report["loss"]["content"]
        for strength in (0.2, 1.0, 5.0)
    ]
    assert losses == sorted(losses), losses


def test_a_seed_makes_a_variation_and_repeats_it(
    photo: Picture, style: Picture, plain: Result
) -> None:
    first, again, other = (paint(photo, style, seed=seed).image for seed in (1, 1, 2))
    assert first.tobytes() == again.tobytes()
    assert apart(first, other) > 0.01
    assert apart(first, plain.image) > 0.01


def test_the_contents_colours_are_kept(photo: Picture, style: Picture, plain: Result) -> None:
    kept = paint(photo, style, colours="content")

    def distance(picture: Picture) -> float:
        return float(np.linalg.norm(mean(picture) - mean(photo)))

    assert distance(kept.image) < 0.4 * distance(plain.image)
    assert apart(kept.image, photo) > 0.02  # and yet it is painted


class TestMask:
    @pytest.fixture
    def left(self) -> Picture:
        """White on the left half, at a size of its own."""
        mask = Image.new("L", (50, 40), 0)
        ImageDraw.Draw(mask).rectangle((0, 0, 24, 39), fill=255)
        return mask

    def test_black_is_spared_and_white_is_painted(
        self, photo: Picture, style: Picture, left: Picture
    ) -> None:
        change = np.abs(to_array(paint(photo, style, mask=left).image) - to_array(photo))
        assert change[:, 56:].max() <= 1.5 / 255
        assert change[:, :40].mean() > 0.05

    def test_pictures_on_the_way_are_masked_too(
        self, photo: Picture, style: Picture, left: Picture
    ) -> None:
        seen: list[Picture] = []

        def look(progress: Progress) -> None:
            if progress.step == 10:
                seen.append(progress.image())

        paint(photo, style, mask=left, on_progress=look)
        content = photo.resize(seen[0].size, Image.Resampling.LANCZOS)
        change = np.abs(to_array(seen[0]) - to_array(content))
        assert change[:, int(0.6 * seen[0].width) :].max() <= 1.5 / 255

    def test_the_style_is_measured_where_it_is_painted(
        self, photo: Picture, style: Picture, left: Picture, plain: Result
    ) -> None:
        """The spared half must not drive the painted half to extremes."""
        half = paint(photo, style, mask=left).image.crop((0, 0, 40, 72))
        wanted = plain.image.crop((0, 0, 40, 72))
        assert np.linalg.norm(mean(half) - mean(wanted)) < 0.12

    def test_a_mask_adds_one_graph_a_function(self, objective: Objective) -> None:
        assert set(traces(objective).values()) <= {0, 1}, traces(objective)


class TestGoingOn:
    def test_from_a_result_costs_a_quarter(
        self, photo: Picture, style: Picture, plain: Result
    ) -> None:
        changed = paint(photo, style, resume=plain.image, strength=3.0)

        def steps(result: Result) -> int:
            return sum(stage["steps"] for stage in result.report["schedule"])

        assert steps(changed) <= 0.3 * steps(plain)

    def test_from_a_result_it_begins_with_that(
        self, photo: Picture, style: Picture, blue: Picture
    ) -> None:
        """The same again stays near; another style moves it."""
        options = {"quality": "standard", "strength": 2.0}
        first = paint(photo, style, **options).image
        same, other = (
            paint(photo, given, resume=first, **options).image for given in (style, blue)
        )
        assert apart(same, first) < 0.5 * apart(other, first)

    def test_a_result_may_be_a_file_and_no_sketch_is_made(
        self, photo: Picture, style: Picture, plain: Result, tmp_path: Any
    ) -> None:
        path = tmp_path / "result.png"
        plain.image.save(path)
        sketches: list[bool] = []
        options = {"on_progress": lambda progress: sketches.append(progress.sketch)}
        from_path = paint(photo, style, resume=path, **options)
        from_bytes = paint(photo, style, resume=path.read_bytes(), **options)
        assert from_path.image.tobytes() == from_bytes.image.tobytes()
        assert sketches
        assert not any(sketches)

    def test_a_checkpoint_of_any_options_is_read_again(
        self, photo: Picture, style: Picture, blue: Picture
    ) -> None:
        more = {"style_weights": (1.0, 2.0), "seed": 3, "colours": "content"}
        kept: list[bytes] = []

        def keep(progress: Progress) -> None:
            if progress.step == 10:
                kept.append(progress.checkpoint())

        whole = paint(photo, [style, blue], on_progress=keep, **more)
        rest = paint(photo, [style, blue], resume=kept[0], **more)
        done = sum(stage["steps"] for stage in rest.report["schedule"])
        assert done == sum(stage["steps"] for stage in whole.report["schedule"]) - 10


class TestDeadline:
    @pytest.fixture
    def slow(self, objective: Objective, monkeypatch: pytest.MonkeyPatch) -> None:
        """A clock of the test's own, on which each full step takes half a second."""
        now = [0.0]
        evaluate = objective.evaluate

        def wait(*given: Any) -> Any:
            now[0] += 0.5
            return evaluate(*given)

        monkeypatch.setattr(time, "perf_counter", lambda: now[0])
        monkeypatch.setattr(objective, "evaluate", wait)
        monkeypatch.setattr("nst.network.seconds_per_cost", lambda options: 0.5 / (96 * 72))

    @pytest.mark.usefixtures("slow")
    def test_more_seconds_are_more_steps(self, photo: Picture, style: Picture) -> None:
        def steps(seconds: float) -> int:
            report = paint(photo, style, seconds=seconds).report
            return sum(stage["steps"] for stage in report["schedule"])

        assert 0 < steps(6.0) < steps(12.0)

    @pytest.mark.usefixtures("slow")
    @pytest.mark.parametrize("guess", [0.25, 0.5, 2.0])
    def test_the_time_is_used_and_kept_whatever_a_step_takes(
        self, photo: Picture, style: Picture, monkeypatch: pytest.MonkeyPatch, guess: float
    ) -> None:
        monkeypatch.setattr("nst.network.seconds_per_cost", lambda options: guess / (96 * 72))
        painted = paint(photo, style, seconds=10.0)
        assert painted.report["seconds"] <= 10.0
        assert painted.report["seconds"] >= 9.0

    def test_a_deadline_that_is_too_near_still_gives_the_size(
        self, photo: Picture, style: Picture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("nst.network.seconds_per_cost", lambda options: 1.0)
        assert paint(photo, style, seconds=1.0, size=200).image.size == (200, 150)


class TestAutomaticSize:
    @pytest.mark.parametrize(("speed", "side"), [(1e-3, 256), (1e-9, 512)])
    def test_is_what_the_time_allows_up_to_the_contents_own(
        self,
        photo: Picture,
        style: Picture,
        monkeypatch: pytest.MonkeyPatch,
        speed: float,
        side: int,
    ) -> None:
        monkeypatch.setattr("nst.network.seconds_per_cost", lambda options: speed)
        options = Options(size="auto", quality="draft", precision="float32")
        assert max(Run(options, photo, [style], [1.0], None, None).size) == side
