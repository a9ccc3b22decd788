"""The one entry point of the engine. Knows nothing of files' whereabouts, users or Telegram."""

import os
from collections.abc import Callable, Sequence

from PIL import Image

from nst.options import Options
from nst.result import Progress, Result

Picture = str | os.PathLike[str] | bytes | Image.Image


def stylize(
    content: Picture,
    styles: Picture | Sequence[Picture],
    options: Options = Options(),  # noqa: B008 - frozen, so one for all calls is safe
    *,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    resume: bytes | None = None,
) -> Result:
    """Paint `content` in the style of `styles` (Gatys et al. 2015)."""
    raise NotImplementedError


def warm_up(options: Options = Options()) -> None:  # noqa: B008 - frozen, as above
    """Load everything that the first call of `stylize` would load: a worker's first act."""
    raise NotImplementedError
