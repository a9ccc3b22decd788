"""One run of the engine: its pictures, its plan, and what it tells on the way.

TensorFlow is imported inside the functions: the sketch need not wait for it.
"""

import functools
import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageFilter

from nst import budget, memory, schedule, sketch
from nst.budget import Budget
from nst.checkpoint import Checkpoint
from nst.clock import Clock
from nst.colours import recoloured, with_chroma
from nst.containers import open_picture
from nst.errors import BadOptions, Cancelled, NstError, OutOfMemory
from nst.images import fit, load, resize, to_array, to_image
from nst.options import MAX_SIZE, MIN_SIZE, Options, Quality
from nst.result import Progress, Result
from nst.schedule import Stage, cost_left
from nst.subject import SHORTEST_SIDE, Floats, Subject, scaled

if TYPE_CHECKING:
    from nst.objective import Objective
    from nst.painter import Moment, Painting

AUTO_SECONDS: dict[Quality, float] = {"draft": 15, "standard": 60, "fine": 180}
SEED_NOISE = 0.15  # of the coarsest start, for a seed that is not 0
# A guess for the first estimate, before any step has been timed: a 2-core CPU's.
SECONDS_PER_COST = 6e-6
BARE_STEPS = 8  # fewer show little: the first goes no further than 0.01
HURRIED_EFFORT = -0.5  # of a plan; with less time, a scale fewer gives the better picture
FEATHER = 1 / 128  # of the long side: how soft a mask's edge becomes


class Run:
    """One call of `stylize`."""

    def __init__(
        self,
        options: Options,
        content: Image.Image,
        styles: list[Image.Image],
        weights: list[float],
        mask: Image.Image | None,
        resume: Any,
    ) -> None:
        """Raises `BadOptions` where `resume` does not fit."""
        self.options, self.content, self.styles = options, content, styles
        self.effort = schedule.EFFORT[options.quality]
        self.keeps_colours, self._is_masked = options.colours == "content", mask is not None
        self.size = fit(content.size, self._long_side())
        # Narrower than the network can see is painted wider, and narrowed at the end.
        self.canvas = (max(self.size[0], SHORTEST_SIDE), max(self.size[1], SHORTEST_SIDE))
        self.mask = mask and _feathered(mask, self.size)
        self.subject = Subject(
            content,
            [recoloured(style, content) if self.keeps_colours else style for style in styles],
            weights,
            options.strength,
            options.style_scale,
            self.mask,
        )
        pictures = [content, *styles, *([mask] if mask else [])]
        self.identity = {
            "options": options.to_dict(),
            "pictures": [hashlib.sha256(picture.tobytes()).hexdigest() for picture in pictures],
        }
        self.fresh = resume is None
        self.stages, self.picture, self.stage, self.step = self._start(resume)

    def paint(
        self, report: Callable[[Progress], None], stop: Callable[[], bool], began: float
    ) -> Result:
        """Sketch, load the network, paint; give the result or raise `Cancelled` with it."""
        if self.fresh and sketch.is_installed():
            report(self._sketch())
        import tensorflow as tf

        from nst import network
        from nst.finish import combed
        from nst.painter import Painter

        objective = network.objective(self.options)
        held = self._budget()
        speed = self._speed()
        stages = self._in_time(speed)
        clock = Clock(speed, self.options.seconds)
        painter = Painter(objective, self.subject, stages, clock, held)
        loaded = time.perf_counter()
        try:
            painting = painter.paint(
                lambda moment: report(self._progress(moment)),
                stop,
                self.picture,
                self.stage,
                self.step,
            )
            if self._is_bare(painting):
                painting = self._not_bare(objective, stop)
            elif painting.picture.shape[0] * painting.picture.shape[1] <= schedule.FINISH_AREA:
                painting.picture = combed(painting.picture)
        except (tf.errors.ResourceExhaustedError, MemoryError) as error:
            raise OutOfMemory(
                f"There is not enough memory for {max(self.size)} pixels: ask for a smaller size."
            ) from error
        result = self._result(painting, loaded - began, time.perf_counter() - loaded)
        if painting.stopped:
            raise Cancelled(partial=result if painting.loss else None)
        return result

    def _budget(self) -> Budget:
        """What there is memory for.

        Refuses what would not fail with an error, but have the system end the process.
        """
        finished = budget.finished_area(self.stages)
        held = Budget(_room_mb(), self._sources(), masked=self._is_masked, finished=finished)
        if not held.holds(self.stages):
            largest = self._largest_in_memory(self.canvas)
            instead = (
                f"at most {largest}" if largest >= MIN_SIZE else "less, and close other programs"
            )
            raise OutOfMemory(
                f"There is not enough memory for {max(self.size)} pixels: ask for {instead}."
            )
        return held

    def _largest_in_memory(self, size: tuple[int, int]) -> int:
        """The long side, in pixels, that a picture of this shape may have."""
        if (room := _room_mb()) is None:
            return MAX_SIZE
        return budget.largest_side(size, room, self._sources(), masked=self._is_masked)

    def _sources(self) -> int:
        """The pixels of all the pictures that are kept as they were loaded."""
        pictures = [self.content, *self.styles]
        if self.keeps_colours:
            pictures += self.styles  # and once more in other colours
        return sum(picture.width * picture.height for picture in pictures)

    def _in_time(self, speed: float) -> list[Stage]:
        """The stages without the finest, where a deadline is too near for half a draft of them.

        Each costs its targets before the first step: of all, a large picture's would take minutes.
        """
        stages = list(self.stages)
        if self.options.seconds is None or not self.fresh:
            return stages
        costs = [
            stage.cost() + stage.targets_cost
            for stage in schedule.plan(*self.canvas, HURRIED_EFFORT)
        ]
        while len(stages) > 1 and sum(costs[: len(stages)]) > self.options.seconds / speed:
            stages.pop()
        return stages

    def _is_bare(self, painting: "Painting") -> bool:
        """Whether a deadline came so soon that the content is as good as it was."""
        steps = sum(stage["steps"] for stage in painting.schedule)
        hurried = self.options.seconds is not None and steps < BARE_STEPS
        return hurried and self.fresh and not painting.stopped

    def _not_bare(self, objective: "Objective", stop: Callable[[], bool]) -> "Painting":
        """The sketch, or else a few steps at the coarsest scale: late by less than a second."""
        from nst.painter import Painter, Painting

        if sketch.is_installed():
            return Painting(to_array(self._sketched))
        stages = [replace(self.stages[0], texture=0, full=BARE_STEPS)]
        painter = Painter(objective, self.subject, stages, Clock(SECONDS_PER_COST, None))
        return painter.paint(lambda moment: None, stop, self.picture)

    @functools.cached_property
    def _sketched(self) -> Image.Image:
        return sketch.sketch(self.content, self.subject.styles[0])

    def _speed(self) -> float:
        """Seconds per full step and pixel: measured where a plan depends on it."""
        if self.options.seconds is None and self.options.size != "auto":
            return SECONDS_PER_COST
        from nst import network

        return network.seconds_per_cost(self.options)

    def _long_side(self) -> int:
        if self.options.size != "auto":
            return self.options.size
        seconds = self.options.seconds or AUTO_SECONDS[self.options.quality]
        largest = schedule.largest(
            min(self.content.size) / max(self.content.size), self.effort, seconds / self._speed()
        )
        in_memory = max(MIN_SIZE, self._largest_in_memory(self.content.size))
        return min(largest, in_memory, max(512, *self.content.size))

    def _start(self, resume: Any) -> tuple[list[Stage], Floats, int, int]:
        """The plan; the picture to begin with, and at which stage and step of the plan."""
        if resume is None:
            stages = schedule.plan(*self.canvas, self.effort)
            return stages, self._first_picture(stages[0]), 0, 0
        if isinstance(resume, bytes) and open_picture(resume) is None:
            checkpoint = Checkpoint.from_bytes(resume)
            run = dict(checkpoint.run)
            stages = [Stage(*stage) for stage in run.pop("stages", ())]
            if run != self.identity or not stages:
                raise BadOptions(
                    "The checkpoint is of other pictures or options; start without it."
                )
            return stages, checkpoint.image, checkpoint.stage, checkpoint.step
        earlier = load(resume, target=max(self.size))
        stages = schedule.retouch(*self.canvas, self.effort)
        return stages, scaled(earlier, stages[0]), 0, 0

    def _first_picture(self, stage: Stage) -> Floats:
        picture = scaled(self.content, stage)
        if self.options.seed:
            noise = np.random.default_rng(self.options.seed).normal(0, SEED_NOISE, picture.shape)
            picture = picture + noise.astype(np.float32)
        return picture

    def _sketch(self) -> Progress:
        return Progress(
            step=0,
            steps=sum(stage.steps for stage in self.stages),
            scale=max(self.stages[0].width, self.stages[0].height),
            loss=math.nan,
            seconds_left=self.options.seconds or cost_left(self.stages, 0, 0) * self._speed(),
            sketch=True,
            image=lambda: self._sketched,
            checkpoint=lambda: self._checkpoint(self.stages, 0, 0, self.picture),
        )

    def _progress(self, moment: "Moment") -> Progress:
        stage = moment.stages[moment.stage]
        before = sum(done.steps for done in moment.stages[: moment.stage])
        return Progress(
            step=before + moment.step,
            steps=sum(stage.steps for stage in moment.stages),
            scale=max(stage.width, stage.height),
            loss=moment.loss,
            seconds_left=moment.seconds_left,
            sketch=False,
            image=lambda: self._finished(to_image(moment.picture())),
            checkpoint=lambda: self._checkpoint(
                moment.stages, moment.stage, moment.step, moment.picture()
            ),
        )

    def _checkpoint(self, stages: list[Stage], stage: int, step: int, picture: Floats) -> bytes:
        plan = [[one.width, one.height, one.texture, one.full] for one in stages]
        return Checkpoint(picture, stage, step, {**self.identity, "stages": plan}).to_bytes()

    def _finished(self, painted: Image.Image) -> Image.Image:
        """`painted` with the content's colours, and over the content, where that is wanted."""
        content = resize(self.content, painted.size)
        if self.keeps_colours:
            painted = with_chroma(painted, content)
        if self.mask is None:
            return painted
        return Image.composite(painted, content, resize(self.mask, painted.size))

    def _result(self, painting: "Painting", loading: float, seconds: float) -> Result:
        from nst import devices, network

        loss = painting.loss
        if loss is not None and not math.isfinite(loss.total):
            raise NstError("The painting went wrong: try again with less strength.")
        report: dict[str, Any] = {
            "seconds": round(seconds, 3),
            "seconds_loading": round(loading, 3),
            "device": devices.device(),
            "precision": network.precision(self.options),
            "backbone": self.options.backbone,
            "width": self.size[0],
            "height": self.size[1],
            "schedule": painting.schedule,
            "loss": {"total": loss.total, "style": loss.style, "content": loss.content}
            if loss
            else None,
            "peak_rss_mb": devices.peak_rss_mb(),
            "options": self.options.to_dict(),
        }
        image = self._finished(resize(to_image(painting.picture), self.size))
        return Result(image, self.options, report)


def _room_mb() -> int | None:
    """What there is where the painting is computed; None where nobody tells."""
    from nst import devices

    return devices.card_room_mb() if devices.device() == "gpu" else memory.room_mb()


def _feathered(mask: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The mask at the picture's size, its edge a little soft: a hard one shows as a seam."""
    return resize(mask, size).filter(ImageFilter.GaussianBlur(FEATHER * max(size)))
