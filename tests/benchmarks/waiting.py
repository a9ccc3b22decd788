"""An engine of known cost: it waits for as long as `WAITING_SECONDS` says, and uses no processor.

Its pictures are noise, so what is encoded and sent is as large as of a painting, or larger.
"""

import os
import time
from collections.abc import Callable, Sequence
from functools import cache

from PIL import Image

import nst

SECONDS = "WAITING_SECONDS"
STEPS = 10


def warm_up() -> None:
    """Nothing to load."""


def stylize(
    content: bytes,
    styles: Sequence[bytes],
    options: nst.Options,
    *,
    on_progress: Callable[[nst.Progress], None],
    cancelled: Callable[[], bool],
    resume: bytes | None = None,
) -> nst.Result:
    """Wait: a sketch at once, and then steps of equal length."""
    seconds = float(os.environ[SECONDS])
    for step in range(STEPS + 1):
        if cancelled():
            raise nst.Cancelled
        on_progress(
            nst.Progress(
                step=step,
                steps=STEPS,
                scale=512,
                loss=1.0,
                seconds_left=seconds * (1 - step / STEPS),
                sketch=step == 0,
                image=_noise,
                checkpoint=lambda: bytes(500_000),
            )
        )
        if step < STEPS:
            time.sleep(seconds / STEPS)
    return nst.Result(_noise(), options, {"seconds": seconds})


@cache
def _noise() -> Image.Image:
    return Image.effect_noise((512, 384), 60).convert("RGB")
