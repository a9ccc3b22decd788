"""An engine that keeps one core busy for as long as a painting takes, and paints nothing."""

import time
from collections.abc import Callable, Sequence

from PIL import Image

import nst

SECONDS, STEPS = 10.0, 50


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
    """Burn."""
    image = Image.effect_noise((512, 384), 60).convert("RGB")
    for step in range(STEPS):
        end = time.monotonic() + SECONDS / STEPS
        while time.monotonic() < end:
            pass
        if cancelled():
            raise nst.Cancelled
        on_progress(
            nst.Progress(
                step=step,
                steps=STEPS,
                scale=512,
                loss=1.0,
                seconds_left=SECONDS * (1 - step / STEPS),
                sketch=False,
                image=lambda: image,
                checkpoint=lambda: bytes(500_000),
            )
        )
    return nst.Result(image, options, {"seconds": SECONDS})
