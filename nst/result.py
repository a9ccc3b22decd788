"""What painting reports: progress on the way, a result at the end. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from nst.options import Options


@dataclass(frozen=True)
class Progress:
    """One moment of a run, given to `on_progress` after every step.

    Before the first step comes one call with `sketch=True` where the feed-forward network is
    installed. `image` and `checkpoint` cost nothing until they are called, and are valid only
    during the call of `on_progress`.
    """

    step: int  # steps done, over all scales; 0 for the sketch
    steps: int  # steps planned, over all scales
    scale: int  # long side of the scale being painted, in pixels
    loss: float  # the last step's total loss; NaN for the sketch
    seconds_left: float  # an estimate
    sketch: bool
    image: Callable[[], Image.Image]  # sRGB, at the scale's own size; a sketch is 512 px long
    checkpoint: Callable[[], bytes]  # what `resume` takes to go on from here


@dataclass(frozen=True)
class Result:
    """A finished picture.

    `report` holds `seconds`, `seconds_loading`, `device`, `precision`, `backbone`, `width`,
    `height`, `schedule` (a list of `{width, height, steps, seconds}`), `loss` (`total`, `style`,
    `content`), `peak_rss_mb` and `options`; it can be written as JSON. The loss is that of the
    picture, measured at the finest scale that has full steps (a draft's is half the size). Where a
    deadline left no time to paint, the picture is the sketch, `schedule` is empty and `loss` None.
    """

    image: Image.Image  # sRGB, at the size asked for
    options: Options
    report: dict[str, Any] = field(default_factory=dict)
