"""The one entry point of the engine: pictures in, picture out. Knows nothing of users or Telegram.

TensorFlow is imported inside the functions, so that importing `nst` stays cheap.
"""

import functools
import hashlib
import math
import os
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from nst import sketch
from nst.checkpoint import Checkpoint
from nst.errors import BadOptions, Cancelled, OutOfMemory
from nst.images import fit, load, resize, to_image
from nst.options import Options
from nst.result import Progress, Result
from nst.schedule import Stage, cost_left, plan

if TYPE_CHECKING:
    from nst.objective import Objective
    from nst.painter import Moment, Painting

Picture = str | os.PathLike[str] | bytes | Image.Image

# A guess for the first estimate, before any step has been timed: a 2-core CPU's.
SECONDS_PER_PIXEL = 6e-6


def stylize(
    content: Picture,
    styles: Picture | Sequence[Picture],
    options: Options = Options(),  # noqa: B008 - frozen, so one for all calls is safe
    *,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    resume: bytes | None = None,
) -> Result:
    """Paint `content` in the style of `styles` (Gatys, Ecker and Bethge 2015).

    `content` and each of `styles` are a path, bytes or a PIL image, in any format that
    `nst.images.load` reads. `on_progress` is called with the sketch, where the feed-forward
    network is installed, and then after every step. `cancelled` is asked before every step; once
    it returns True, `Cancelled` is raised with the picture so far. `resume` is a checkpoint that
    an earlier run of the same pictures and options gave to `on_progress`.

    Raises `NstError`: unreadable, too large, too small, weights missing, out of memory,
    cancelled, bad options.
    """
    began = time.perf_counter()
    given = [styles] if isinstance(styles, str | bytes | os.PathLike | Image.Image) else [*styles]
    if not given:
        raise BadOptions("Give at least one style picture.")
    run = _Run(options, content, given, resume)
    report = on_progress or (lambda progress: None)
    stop = cancelled or (lambda: False)
    if run.start is None and sketch.is_installed():
        report(run.sketch_progress())
    return run.paint(report, stop, began)


def warm_up(options: Options = Options()) -> None:  # noqa: B008 - frozen, as above
    """Load and trace all that the first call of `stylize` would: a worker's first act.

    Raises `WeightsMissing`.
    """
    small = Image.fromarray(np.full((64, 64, 3), 127, np.uint8))
    if sketch.is_installed():
        sketch.sketch(small, small)
    objective = _objective(options.precision)
    import tensorflow as tf

    from nst.images import to_array

    picture = tf.constant(to_array(small)[np.newaxis])
    targets = objective.targets(picture, [picture], options.strength)
    objective.evaluate(picture, targets)
    objective.evaluate_texture(picture, targets, picture)
    objective.measure(picture, targets)


class _Run:
    """One call of `stylize`: its pictures, its plan and where it starts."""

    def __init__(
        self, options: Options, content: Picture, styles: list[Picture], resume: bytes | None
    ) -> None:
        self.options = options
        self.content = load(content, target=options.size)
        self.styles = [load(style, target=options.size) for style in styles]
        self.size = fit(self.content.size, options.size)
        self.stages = plan(*self.size, options.quality)
        self.identity = {
            "options": options.to_dict(),
            "pictures": [_digest(picture) for picture in (self.content, *self.styles)],
        }
        self.start = self._read_checkpoint(resume) if resume is not None else None

    def sketch_progress(self) -> Progress:
        picture = functools.cache(lambda: sketch.sketch(self.content, self.styles[0]))
        return Progress(
            step=0,
            steps=self.steps,
            scale=max(self.stages[0].width, self.stages[0].height),
            loss=math.nan,
            seconds_left=cost_left(self.stages, 0, 0) * SECONDS_PER_PIXEL,
            sketch=True,
            image=picture,
            checkpoint=lambda: self._checkpoint(0, 0, self._coarse_content()),
        )

    @property
    def steps(self) -> int:
        return sum(stage.steps for stage in self.stages)

    def paint(
        self, report: Callable[[Progress], None], stop: Callable[[], bool], began: float
    ) -> Result:
        """Load the network, paint, and give the result or raise `Cancelled` with it."""
        objective = _objective(self.options.precision)
        import tensorflow as tf

        from nst.painter import Painter

        painter = Painter(objective, self.content, self.styles, self.stages, self.options.strength)
        at = self.start
        start = (at.stage, at.step, at.image) if at is not None else None
        loaded = time.perf_counter()
        try:
            painting = painter.paint(lambda moment: report(self._progress(moment)), stop, start)
        except (tf.errors.ResourceExhaustedError, MemoryError) as error:
            raise OutOfMemory(
                f"There is not enough memory for {max(self.size)} pixels: ask for a smaller size."
            ) from error
        result = self._result(painting, loaded - began, time.perf_counter() - loaded)
        if painting.stopped:
            raise Cancelled(partial=result if painting.loss else None)
        return result

    def _progress(self, moment: "Moment") -> Progress:
        stage = self.stages[moment.stage]
        return Progress(
            step=sum(done.steps for done in self.stages[: moment.stage]) + moment.step,
            steps=self.steps,
            scale=max(stage.width, stage.height),
            loss=moment.loss,
            seconds_left=moment.seconds_left,
            sketch=False,
            image=lambda: to_image(moment.picture()),
            checkpoint=lambda: self._checkpoint(moment.stage, moment.step, moment.picture()),
        )

    def _result(self, painting: "Painting", loading: float, seconds: float) -> Result:
        from nst import devices

        loss = painting.loss
        report: dict[str, Any] = {
            "seconds": round(seconds, 3),
            "seconds_loading": round(loading, 3),
            "device": devices.device(),
            "precision": _precision(self.options.precision),
            "backbone": "vgg19",
            "width": self.size[0],
            "height": self.size[1],
            "schedule": painting.schedule,
            "loss": {"total": loss.total, "style": loss.style, "content": loss.content}
            if loss
            else None,
            "peak_rss_mb": devices.peak_rss_mb(),
            "options": self.options.to_dict(),
        }
        return Result(resize(to_image(painting.picture), self.size), self.options, report)

    def _checkpoint(self, stage: int, step: int, picture: Any) -> bytes:
        return Checkpoint(picture, stage, step, self.identity).to_bytes()

    def _read_checkpoint(self, data: bytes) -> Checkpoint:
        checkpoint = Checkpoint.from_bytes(data)
        if checkpoint.run != self.identity:
            raise BadOptions("The checkpoint is of other pictures or options; start without it.")
        return checkpoint

    def _coarse_content(self) -> Any:
        from nst.images import to_array

        stage: Stage = self.stages[0]
        return to_array(resize(self.content, (stage.width, stage.height)))


def _digest(picture: Image.Image) -> str:
    return hashlib.sha256(picture.tobytes()).hexdigest()


def _precision(wanted: str) -> str:
    from nst import devices

    return devices.best_precision() if wanted == "auto" else wanted


def _objective(precision: str) -> "Objective":
    return _load_objective(_precision(precision))


@functools.lru_cache(maxsize=1)
def _load_objective(precision: str) -> "Objective":
    """The network, kept for the next call: loading and tracing it takes seconds."""
    from nst.objective import Objective
    from nst.vgg import Vgg
    from nst.weights import load_vgg19

    return Objective(Vgg(load_vgg19(), precision))
