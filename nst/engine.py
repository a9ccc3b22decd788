"""The one entry point of the engine: pictures in, picture out. Knows nothing of users or Telegram.

TensorFlow is imported inside the functions, so that importing `nst` stays cheap.
"""

import os
import time
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from nst import sketch
from nst.errors import BadOptions
from nst.images import load
from nst.options import Options
from nst.result import Progress, Result
from nst.run import Run

Picture = str | os.PathLike[str] | bytes | Image.Image

AUTO_TARGET = 2048  # pixels: the largest long side that `auto` chooses


def stylize(
    content: Picture,
    styles: Picture | Sequence[Picture],
    options: Options = Options(),  # noqa: B008 - frozen, so one for all calls is safe
    *,
    mask: Picture | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    resume: Picture | None = None,
) -> Result:
    """Paint `content` in the style of `styles` (Gatys, Ecker and Bethge 2015).

    Every picture is a path, bytes or a PIL image, in any format that `nst.images.load` reads.
    `mask`, of any size, says where to paint: white is painted, black is kept, grey is in between.
    `on_progress` is called with the sketch, where the feed-forward network is installed, and then
    after every step; what it raises ends the run and reaches the caller. `cancelled` is asked
    before every step; once it returns True, `Cancelled` is raised with the picture so far. On a GPU
    steps are taken half a second at a time: they are told, and it is asked, in between.
    `resume` is a checkpoint that an earlier run of the same pictures and options gave to
    `on_progress`; or an earlier result of the same content, which is then changed to what the
    options ask, for a quarter of the time; what is above two megapixels is finished anew. A
    deadline too near to paint gives the sketch, or where there is none a few steps of the coarsest
    scale: never the content as it was.

    Raises `NstError`: unreadable, too large, too small, weights missing, out of memory,
    cancelled, bad options.
    """
    began = time.perf_counter()
    given = [styles] if isinstance(styles, str | bytes | os.PathLike | Image.Image) else [*styles]
    if not given:
        raise BadOptions("Give at least one style picture.")
    weights = [*(options.style_weights or [1.0] * len(given))]
    if len(weights) != len(given):
        raise BadOptions(f"Give one weight a style picture: {len(given)}, not {len(weights)}.")
    target = AUTO_TARGET if options.size == "auto" else options.size
    pictures = [load(picture, target=target) for picture in (content, *given)]
    where = load(mask, target=target).convert("L") if mask is not None else None
    run = Run(options, pictures[0], pictures[1:], weights, where, resume)
    return run.paint(on_progress or (lambda progress: None), cancelled or (lambda: False), began)


def warm_up(options: Options = Options()) -> None:  # noqa: B008 - frozen, as above
    """Load and trace all that the first call of `stylize` would: a worker's first act.

    Raises `WeightsMissing`.
    """
    if sketch.is_installed():
        small = Image.fromarray(np.full((64, 64, 3), 127, np.uint8))
        sketch.sketch(small, small)

    from nst import network

    network.trace(options)
