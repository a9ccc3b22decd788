"""An engine for tests that decodes what it gets, as the real one does, and paints nothing."""

from collections.abc import Callable, Sequence
from pathlib import Path

import nst
from nst import limits
from nst.images import load

SPIN = b"spin"
SIZE = 512


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
    """Give the content back. `SPIN`: as a decoder that comes to no end."""
    if content == SPIN:
        limits.SECONDS = 0.5
        with limits.decoding(100):
            while True:
                pass
    for style in styles:
        load(style, target=SIZE)
    image = load(content, target=SIZE)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = int(status.split("VmHWM:")[1].split()[0]) // 1024
    return nst.Result(image, options, {"peak_mb": peak, "seconds": 0.0})
