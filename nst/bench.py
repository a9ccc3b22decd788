"""What this machine can do: seconds a step, time to quality. Times TensorFlow; prints nothing."""

import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np
import tensorflow as tf

from nst import budget, devices, engine, gallery, memory, network, samples, steps, weights
from nst.errors import Cancelled, OutOfMemory
from nst.figures import Check, Figures, Painted, Speed
from nst.images import fit, to_array, to_image
from nst.objective import Objective
from nst.options import MAX_SIZE, MIN_SIZE, Options, Quality
from nst.schedule import Stage
from nst.subject import Floats, scaled, scaled_style
from nst.tutorial import STEPS, Tutorial

REPEATS = 3  # calls whose median is told, after a first
ENOUGH = 30.0  # seconds: what has taken longer, after a first call, is not called again
SPACING = 1.1  # from one look at the tutorial's picture to the next, in steps

STYLE = "nocturne"
PRECISIONS = ("bfloat16", "float32")
TOGETHER = 10  # steps that a graphics card takes at a time


class Bench:
    """One round of measurements on the built-in photo and style; `figures` grows on the way."""

    def __init__(
        self,
        size: int,
        seconds: float,
        qualities: tuple[Quality, ...],
        tell: Callable[[str], None],
        cancelled: Callable[[], bool],
    ) -> None:
        """`size` is the long side in pixels; `seconds`, how long the tutorial's recipe may run.

        `tell` is called with a line before each part. `cancelled` is asked before every step.
        """
        self._size, self._seconds, self._qualities = size, seconds, qualities
        self._tell, self._cancelled = tell, cancelled
        self._content, self._style = samples.content(), gallery.style(STYLE)
        device = devices.device()
        precision = network.precision(Options())
        self.figures = Figures(device, precision, *fit(self._content.size, size))
        self.figures.cards += devices.cards()

    def run(self) -> None:
        """Measure everything. Raises `WeightsMissing`."""
        try:
            self._measure_speeds()
            self._compare()
        except Cancelled:
            self.figures.interrupted = True

    def _measure_speeds(self) -> None:
        """At the size asked for, half and twice that."""
        names = devices.CARD_PRECISIONS if self.figures.device == "gpu" else PRECISIONS
        objectives = {name: network.objective_in(name) for name in names}
        for size in (self._size // 2, self._size, self._size * 2):
            if MIN_SIZE <= size <= MAX_SIZE:
                self.figures.speeds.append(self._speed(size, objectives))

    def _speed(self, size: int, objectives: dict[str, Objective]) -> Speed:
        stage = self._stage(size)
        self._tell(f"speed at {stage.width} x {stage.height} pixels")
        if not self._fits(stage):
            return Speed(stage.width, stage.height, None, None, None)
        content, style = self._pictures(stage)
        calls = [
            _computing_in(name, _steps(objective, content, style))
            for name, objective in objectives.items()
        ]
        *found, unit = self._medians([*calls, _computing_in("float32", _units(content, style))])
        ours = dict(zip(objectives, found, strict=True))
        return Speed(stage.width, stage.height, unit=unit, **ours)

    def _medians(self, calls: list[Iterator[int]]) -> list[float | None]:
        """Seconds of each, in turn, so that a slow moment strikes all; None: too little memory.

        A call yields how many it has made of what is timed.
        """
        times: list[list[float]] = [[] for _ in calls]
        failed: set[int] = set()
        for _ in range(1 + REPEATS):
            for number, call in enumerate(calls):
                if sum(times[number][1:]) > ENOUGH or number in failed:
                    continue
                self._stop_if_cancelled()
                began, made = time.perf_counter(), 1
                try:
                    made = next(call)
                except (tf.errors.ResourceExhaustedError, MemoryError):
                    failed.add(number)
                times[number].append((time.perf_counter() - began) / made)
        return [
            None if number in failed else statistics.median(seconds[1:])
            for number, seconds in enumerate(times)
        ]

    def _compare(self) -> None:
        """Paint with each quality, then let the tutorial's recipe try to be as good."""
        stage = self._stage(self._size)
        try:
            if not self._fits(stage):
                raise MemoryError
            judge = _Judge(*self._pictures(stage))
            for quality in self._qualities:
                self._paint(quality, judge)
            if self.figures.painted:
                self._follow(judge)
        except (tf.errors.ResourceExhaustedError, MemoryError):
            done = {one.quality for one in self.figures.painted}
            parts = [*self._qualities, "tutorial"]
            lacked = self.figures.lacked_memory
            lacked += [part for part in parts if part not in done and part not in lacked]

    def _paint(self, quality: Quality, judge: "_Judge") -> None:
        self._tell(f"{quality} at {self._size} pixels")
        self._stop_if_cancelled()
        options = Options(size=self._size, quality=quality)
        network.trace(options)
        try:
            result = engine.stylize(self._content, self._style, options, cancelled=self._cancelled)
        except OutOfMemory:
            self.figures.lacked_memory.append(quality)
            return
        losses = judge.losses(to_array(result.image))
        self.figures.painted.append(Painted(quality, result.report["seconds"], *losses))

    def _follow(self, judge: "_Judge") -> None:
        """Take the tutorial's steps until its picture has the least of our losses, or time is up.

        Looking at its picture is not counted, nor is tracing.
        """
        self._tell(f"the tutorial's recipe, for {self._seconds:.0f} s of its steps at most")
        goal = min(ours.loss for ours in self.figures.painted)
        recipe, checks = judge.recipe, self.figures.tutorial
        steps, seconds = 0, 0.0
        checks.append(Check(steps, seconds, *judge.losses(recipe.picture)))
        while checks[-1].loss > goal and steps < STEPS and seconds < self._seconds:
            self._stop_if_cancelled()
            began = time.perf_counter()
            recipe.step()
            seconds += time.perf_counter() - began
            steps += 1
            over = steps == STEPS or seconds >= self._seconds
            if over or steps >= checks[-1].steps * SPACING:
                checks.append(Check(steps, seconds, *judge.losses(recipe.picture)))

    def _stop_if_cancelled(self) -> None:
        if self._cancelled():
            raise Cancelled

    def _stage(self, size: int) -> Stage:
        return Stage(*fit(self._content.size, size), texture=0, full=1)

    def _pictures(self, stage: Stage) -> tuple[Floats, Floats]:
        """The photo and the style as the engine would have them at this size."""
        return scaled(self._content, stage), to_array(scaled_style(self._style, stage, 1.0))

    def _fits(self, stage: Stage) -> bool:
        """Whether to try: a graphics card says itself when it is full, a machine swaps or kills."""
        available = memory.available_mb()
        if self.figures.device == "gpu" or available is None:
            return True
        return budget.needed_mb(stage.width, stage.height) <= available


class _Judge:
    """Measures pictures of one size, as they are saved, by both losses; holds the recipe."""

    def __init__(self, content: Floats, style: Floats) -> None:
        self._objective = network.objective(Options(precision="float32"))
        self._targets = self._objective.targets(_tensor(content), [_tensor(style)], [1.0], 1.0)
        self.recipe = Tutorial(weights.load_vgg19(), content, style)

    def losses(self, picture: Floats) -> tuple[float, float]:
        """The engine's loss, and the tutorial's."""
        devices.compute_in("float32")
        saved = to_array(to_image(picture))
        ours = self._objective.measure(_tensor(saved), self._targets)
        return ours.total, self.recipe.losses(saved).total


def _steps(objective: Objective, content: Floats, style: Floats) -> Iterator[int]:
    """Full steps of ours, as many a turn as the device takes at once; the first makes ready."""
    point = _tensor(content)
    targets = objective.targets(point, [_tensor(style)], [1.0], 1.0)
    taken = steps.towards(steps.full(objective, targets), point)
    count = min(TOGETHER, taken.most)
    while True:
        taken.take(count)
        yield count


def _units(content: Floats, style: Floats) -> Iterator[int]:
    """The tutorial's units, one a turn; the first makes ready."""
    recipe = Tutorial(weights.load_vgg19(), content, style)
    while True:
        recipe.unit()
        yield 1


def _computing_in(precision: str, turns: Iterator[int]) -> Iterator[int]:
    """The same turns; a card computes each in this precision."""
    while True:
        devices.compute_in(precision)
        yield next(turns)


def _tensor(picture: Floats) -> tf.Tensor:
    return tf.constant(picture[np.newaxis])
